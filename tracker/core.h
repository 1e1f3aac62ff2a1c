/* What the files of tracker/ share: the open store and its writer's lock. Not for other folders. */
#ifndef WB_TRACKER_CORE_H
#define WB_TRACKER_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "tracker/db.h"
#include "tracker/tracker.h"

enum { EDIT_WAIT_MS = 10000 };

struct tracker {
	int store;      /* the store's folder */
	char *db_path;
	struct db *db;
	int lock_fd;    /* db.lock, or -1 until first needed */
	bool is_locked;
	bool is_shared; /* on a network file system: rollback journal */
	bool is_alone;  /* opened in exclusive mode: the lock is kept until closing */
	struct db_stmt *key_find; /* prepared on first use */
	struct db_stmt *key_add;
};

/* The writer's lock: 1 taken, 0 held by another process for all of wait_ms. */
int tracker_lock(struct tracker *t, int wait_ms, struct error *err) WB_MUST_CHECK;

/* Empties a write-ahead log that has grown, then releases. */
void tracker_unlock(struct tracker *t);

/* Lock and transaction of one edit: ERR_BUSY after EDIT_WAIT_MS. */
int edit_begin(struct tracker *t, struct error *err) WB_MUST_CHECK;
/* Commits when ok, else rolls back; unlocks. Returns 0 only when committed. */
int edit_end(struct tracker *t, bool ok, struct error *err) WB_MUST_CHECK;

/* The row of a run, ERR_NOT_FOUND. */
int run_row(struct tracker *t, const char *run_id, int64_t *out_row, struct error *err) WB_MUST_CHECK;

/* Ids of interned words, made on first use (inside a transaction). */
int key_intern(struct tracker *t, const char *name, size_t n, int64_t *out_id, struct error *err) WB_MUST_CHECK;
int experiment_intern(struct tracker *t, const char *name, int64_t *out_id, struct error *err) WB_MUST_CHECK;

/* Heap copy of a column. */
char *column_copy(struct db_stmt *s, int column);

#endif
