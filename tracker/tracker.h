/*
 * The records of a store: the database wb.db, fed from the spools of runs.
 *
 * Any wb process may open it. Readers never wait for writers. Writing, and
 * moving the write-ahead log into the database, happen under the exclusive
 * flock of db.lock: one process at a time (SQLite before 3.51.3 can corrupt a
 * database when two do both at one instant). On network file systems the
 * database uses a rollback journal, since a write-ahead log needs shared memory.
 *
 * A run ref is an id prefix of at least 4 characters, a run's name (the newest
 * of that name), "@" for the newest run, "@~N" for the N-th before it. Functions
 * that take a run_id want the full 32 characters that tracker_resolve() gives.
 */
#ifndef WB_TRACKER_TRACKER_H
#define WB_TRACKER_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/query.h"
#include "tracker/run.h"

struct tracker;

/* Opens the store's database, making or upgrading it where needed. ERR_UNSUPPORTED for a newer version's. */
int tracker_open(const char *store_path, struct tracker **out, struct error *err) WB_MUST_CHECK;
void tracker_close(struct tracker *t);
DEFINE_CLEANUP(tracker_close, struct tracker *);

struct tracker_synced {
	uint64_t runs;     /* spools that had something new */
	uint64_t records;
	uint64_t sealed;   /* runs whose END is in now */
	uint64_t lost;     /* of these: found without END and without supervisor */
	uint64_t dropped;  /* begun but never started: removed */
	uint64_t unreadable; /* spools that could not be opened or understood: left alone */
	bool full;         /* no space left to move all of it: some spools were left alone */
	bool busy;         /* another process is moving, or this one may only read: some spools were left alone */
};

/*
 * Moves what the spools hold into the database. Waits at most wait_ms for a
 * process that is at it (readers pass a little, or 0, and go on with what is
 * there). out may be NULL. Safe to kill at any instant and to repeat.
 */
int tracker_sync(struct tracker *t, int wait_ms, struct tracker_synced *out, struct error *err) WB_MUST_CHECK;

/* Listing. */
struct tracker_filter {
	const char *filter;        /* query.h; NULL or "": all */
	const char *const *orders; /* "metrics.loss DESC", "start_time"; default start_time DESC */
	size_t order_count;
	const char *experiment;    /* name, or NULL for all */
	uint64_t limit;            /* 0: no limit */
	uint64_t offset;
	bool with_deleted;
	bool only_deleted;
	bool bare;                 /* leave params, tags and metrics out */
};

struct run_list {
	struct run *items;
	size_t count;
	bool more;                 /* further runs match */
};

void run_list_release(struct run_list *l);
DEFINE_CLEANUP_VALUE(run_list_release, struct run_list);

/* mark (may be NULL) tells where in the filter, or in which order key, an ERR_INVALID lies. */
int tracker_list(struct tracker *t, const struct tracker_filter *f, struct run_list *out, struct query_mark *mark,
		 struct error *err) WB_MUST_CHECK;
int tracker_count(struct tracker *t, const struct tracker_filter *f, uint64_t *out, struct query_mark *mark,
		  struct error *err) WB_MUST_CHECK;

/* What the policy decided about a run, as the database has it; borrowed for the call. */
struct tracker_decision {
	const char *run_id, *name;
	int64_t start_ns;
	const char *decision; /* "allow" or "deny" */
	const char *document; /* the record's "policy": JSON on one line */
	size_t document_len;
};

/* Of each run that fits, in the filter's order. fn returns 0 to go on, else the walk ends with that value (-1: err set). */
typedef int decision_fn(void *data, const struct tracker_decision *d, struct error *err);
int tracker_decision_each(struct tracker *t, const struct tracker_filter *f, decision_fn *fn, void *data,
			  struct query_mark *mark, struct error *err) WB_MUST_CHECK;

/* One run. */
int tracker_resolve(struct tracker *t, const char *ref, char out_id[33], struct error *err) WB_MUST_CHECK;
/* What out held, all zero or a run, is released. */
int tracker_get(struct tracker *t, const char *run_id, struct run *out, struct error *err) WB_MUST_CHECK;

struct metric_point {
	double value;
	int64_t step;
	int64_t time_ms;
};

/* In order of (step, time, arrival). fn returns 0 to go on, anything else to stop. ERR_NOT_FOUND, with the nearest key, when
 * the run has no such metric. */
typedef int metric_fn(void *data, const struct metric_point *p);
int tracker_metric_each(struct tracker *t, const char *run_id, const char *key, metric_fn *fn, void *data,
			struct error *err) WB_MUST_CHECK;

/* Where a history was read up to; all zero: nothing yet. */
struct metric_place {
	bool begun;
	int64_t step;
	int64_t seq;
};

/*
 * The next points of a history, at most max of them, in order of (step, arrival); *place moves behind them. Returns their
 * number, 0 at the end. A point that arrived late, with a step before *place, is not seen: run_metric.count tells.
 */
int tracker_metric_slice(struct tracker *t, const char *run_id, const char *key, struct metric_place *place,
			 struct metric_point *out, size_t max, struct error *err) WB_MUST_CHECK;

/* A number that is another one after somebody else has changed the database. Takes microseconds. */
int tracker_version(struct tracker *t, int64_t *out, struct error *err) WB_MUST_CHECK;

/* Edits: durable when they return. Deleting is soft. */
int tracker_set_tag(struct tracker *t, const char *run_id, const char *key, const char *value, struct error *err) WB_MUST_CHECK;
/* 1 removed, 0 there was none. */
int tracker_remove_tag(struct tracker *t, const char *run_id, const char *key, struct error *err) WB_MUST_CHECK;
int tracker_add_note(struct tracker *t, const char *run_id, const char *author, const char *text, int64_t time_ms,
		     struct error *err) WB_MUST_CHECK;
/* Takes back the note that was added with just these: 1 removed, 0 there was none. */
int tracker_remove_note(struct tracker *t, const char *run_id, const char *author, const char *text, int64_t time_ms,
			struct error *err) WB_MUST_CHECK;
int tracker_rename(struct tracker *t, const char *run_id, const char *name, struct error *err) WB_MUST_CHECK;
int tracker_delete(struct tracker *t, const char *run_id, int64_t now_ns, struct error *err) WB_MUST_CHECK;
/* ERR_NOT_FOUND when its folder is gone: removing it for good was begun. */
int tracker_restore(struct tracker *t, const char *run_id, struct error *err) WB_MUST_CHECK;
/*
 * Removes a deleted run for good: 1, or 0 when it is not deleted (any more). Its folder becomes `aside` (below the store)
 * before the database forgets it; killed in between, the run is still in the trash, and purging it again finishes.
 */
int tracker_purge(struct tracker *t, const char *run_id, const char *aside, struct error *err) WB_MUST_CHECK;

/* Experiments. Ids are strings on the wire; "Default" is "0". */
struct experiment {
	char *id;
	char *name;
	uint64_t run_count;     /* deleted ones left out */
	int64_t last_start_ns;  /* 0: no run */
};

struct experiment_list {
	struct experiment *items;
	size_t count;
};

void experiment_list_release(struct experiment_list *l);
DEFINE_CLEANUP_VALUE(experiment_list_release, struct experiment_list);

int tracker_experiments(struct tracker *t, struct experiment_list *out, struct error *err) WB_MUST_CHECK;
/* Finds or makes; *out_id is heap text. */
int tracker_experiment_ensure(struct tracker *t, const char *name, char **out_id, struct error *err) WB_MUST_CHECK;

/*
 * The check behind `wb verify`: the database's own integrity and references,
 * and each run (or one: run_id) against its spool read again from the start:
 * offsets, damage, counts of points and keys. fn is told each finding, in
 * words, with the run it belongs to ("" for the database). Returns the number
 * of findings.
 */
typedef void finding_fn(void *data, const char *run_id, const char *what);
int tracker_check(struct tracker *t, const char *run_id, finding_fn *fn, void *data, struct error *err) WB_MUST_CHECK;

#endif
