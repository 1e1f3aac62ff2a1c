/*
 * SQLite, behind one file. Text in and out is UTF-8 as it comes; a double that
 * is NaN is stored as NULL and NULL is read as NaN by db_real().
 */
#ifndef WB_TRACKER_DB_H
#define WB_TRACKER_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct db;
struct db_stmt;

enum db_flags {
	DB_CREATE = 1,    /* make the file if missing */
	DB_EXCLUSIVE = 2, /* this process alone (the writer's lock is held): needs no -shm file */
};

/*
 * Opens without touching the journal mode of an existing file. Settings that
 * every connection gets: no memory map, no automatic checkpoint (only whoever
 * holds the writer's lock does that), full syncs, foreign keys, 5 s of patience.
 */
int db_open(const char *path, unsigned flags, struct db **out, struct error *err) WB_MUST_CHECK;
void db_close(struct db *db);
DEFINE_CLEANUP(db_close, struct db *);

/* Turns the write-ahead log on. */
int db_use_wal(struct db *db, struct error *err) WB_MUST_CHECK;

/* Statements without parameters or results. */
int db_exec(struct db *db, const char *sql, struct error *err) WB_MUST_CHECK;

/* One number from one row. */
int db_number(struct db *db, const char *sql, int64_t *out, struct error *err) WB_MUST_CHECK;

/* Owned by the caller, and freed before db is closed. */
int db_prepare(struct db *db, const char *sql, struct db_stmt **out, struct error *err) WB_MUST_CHECK;
void db_stmt_free(struct db_stmt *s);
DEFINE_CLEANUP(db_stmt_free, struct db_stmt *);

/* Parameters count from 1, columns from 0. Bound text is borrowed until the statement is reset or run to its end. */
void db_bind_int(struct db_stmt *s, int at, int64_t v);
void db_bind_real(struct db_stmt *s, int at, double v);
void db_bind_text(struct db_stmt *s, int at, const char *text);
void db_bind_text_n(struct db_stmt *s, int at, const char *text, size_t n);
void db_bind_null(struct db_stmt *s, int at);

/* 1 a row, 0 the end (the statement is reset then), -1. A parameter that could not be bound fails here. */
int db_step(struct db_stmt *s, struct error *err) WB_MUST_CHECK;
/* For statements without rows: runs to the end. */
int db_run(struct db_stmt *s, struct error *err) WB_MUST_CHECK;
void db_reset(struct db_stmt *s);

/* Of the row that db_step() gave: 0 for NULL and what is no number. Lengths in bytes, as db_text() gives them. */
int64_t db_int(struct db_stmt *s, int column);
double db_real(struct db_stmt *s, int column);
/* The same; a zero is -0 where the column is_minus is not 0. */
double db_real_signed(struct db_stmt *s, int column, int is_minus);
const char *db_text(struct db_stmt *s, int column); /* borrowed until the next step; "" for NULL */
size_t db_text_len(struct db_stmt *s, int column);
bool db_is_null(struct db_stmt *s, int column);

/* The row that was inserted last. */
int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db); /* rows changed by the last statement */

/* A set of numbers below count. */
struct db_bits {
	uint64_t *words;
	uint64_t count;
};

/* Lets statements ask fits(N, number) of the n sets, borrowed until the next call. */
int db_use_bits(struct db *db, const struct db_bits *sets, size_t n, struct error *err) WB_MUST_CHECK;

int db_begin(struct db *db, struct error *err) WB_MUST_CHECK; /* immediate */
int db_commit(struct db *db, struct error *err) WB_MUST_CHECK;
/* Fine when no transaction is open; what it answers is nobody's any more. */
void db_rollback(struct db *db);

/* Moves the write-ahead log into the database and empties it, as far as readers let it. Only under the writer's lock. */
int db_checkpoint(struct db *db, struct error *err) WB_MUST_CHECK;

/* Of SQLite: "3.40.1". */
const char *db_version(void);
/* True where the library is 3.51.3 or later, which cannot corrupt a log written and checkpointed at one instant. */
bool db_is_wal_safe(void);

#endif
