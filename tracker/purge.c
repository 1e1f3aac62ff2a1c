/* Removing runs from the database for good. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/sys.h"
#include "tracker/core.h"
#include "tracker/reserve.h"

/* Children before parents. */
static const char *const tables[] = {
	"documents", "params", "tags", "metrics", "latest", "inputs", "outputs", "decisions", "denials", "notes", "warnings",
	"network", "minus_zeros",
};

static int delete_rows(struct tracker *t, const char *sql, int64_t row, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	if (db_prepare(t->db, sql, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	return db_run(s, err);
}

/* 1 when the run is still deleted: somebody may have brought it back since it was chosen. */
static int is_deleted(struct tracker *t, int64_t row, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	if (db_prepare(t->db, "SELECT 1 FROM runs WHERE id = ? AND deleted_ns != 0", &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	return db_step(s, err);
}

/* Out of sight first, and durably: a record that stayed would be found again when the database is filled anew. */
static int put_aside(struct tracker *t, const char *run_id, const char *aside, struct error *err)
{
	char folder[64];

	snprintf(folder, sizeof folder, "runs/%.32s", run_id);
	if (sys_renameat(t->store, folder, t->store, aside) != 0 && errno != ENOENT)
		return error_sys(err, "removing the folder of run %.8s", run_id);
	return fs_sync_dir(t->store, "runs", err);
}

static int purge(struct tracker *t, const char *run_id, const char *aside, struct error *err)
{
	int64_t row = 0;
	int deleted;

	if (run_row(t, run_id, &row, err) != 0)
		return -1;
	deleted = is_deleted(t, row, err);
	if (deleted <= 0)
		return deleted;
	if (put_aside(t, run_id, aside, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		char sql[64];

		snprintf(sql, sizeof sql, "DELETE FROM %s WHERE run = ?1", tables[i]);
		if (delete_rows(t, sql, row, err) != 0)
			return -1;
	}
	return delete_rows(t, "DELETE FROM runs WHERE id = ?1", row, err) != 0 ? -1 : 1;
}

static int try_purge(struct tracker *t, const char *run_id, const char *aside, struct error *err)
{
	int rc;

	if (edit_begin(t, err) != 0)
		return -1;
	rc = purge(t, run_id, aside, err);
	return edit_end(t, rc >= 0, err) != 0 ? -1 : rc;
}

int tracker_purge(struct tracker *t, const char *run_id, const char *aside, struct error *err)
{
	int rc = try_purge(t, run_id, aside, err);

	if (rc >= 0 || !reserve_spend(t, err))
		return rc;
	error_clear(err);
	return try_purge(t, run_id, aside, err);
}
