/* Removing runs from the database for good. */
#include "config.h"

#include <stdio.h>

#include "tracker/core.h"

/* Children before parents. */
static const char *const tables[] = {
	"documents", "params", "tags", "metrics", "latest", "inputs", "outputs", "decisions", "denials", "notes", "warnings",
	"network",
};

static int delete_rows(struct tracker *t, const char *sql, int64_t row, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	if (db_prepare(t->db, sql, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	return db_run(s, err);
}

int tracker_purge(struct tracker *t, const char *run_id, struct error *err)
{
	int64_t row = 0;
	bool ok;

	if (edit_begin(t, err) != 0)
		return -1;
	ok = run_row(t, run_id, &row, err) == 0;
	for (size_t i = 0; ok && i < sizeof tables / sizeof *tables; i++) {
		char sql[64];

		snprintf(sql, sizeof sql, "DELETE FROM %s WHERE run = ?1", tables[i]);
		ok = delete_rows(t, sql, row, err) == 0;
	}
	ok = ok && delete_rows(t, "DELETE FROM runs WHERE id = ?1", row, err) == 0;
	return edit_end(t, ok, err);
}
