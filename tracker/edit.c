/* What people change in the record: tags, notes, names, deletion; and experiments. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tracker/core.h"
#include "tracker/reserve.h"

/* Runs a statement whose first parameter is the run's row; binds the rest from texts. Returns the rows changed. */
static int64_t change(struct tracker *t, const char *sql, int64_t row, const char *const *texts, size_t n, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	if (db_prepare(t->db, sql, &s, err) != 0)
		return -1;
	db_bind_int(s, 1, row);
	for (size_t i = 0; i < n; i++)
		db_bind_text(s, (int)i + 2, texts[i]);
	return db_run(s, err) != 0 ? -1 : db_changes(t->db);
}

static int64_t try_edit(struct tracker *t, const char *run_id, const char *sql, const char *const *texts, size_t n,
			struct error *err)
{
	int64_t row = 0, changed = -1;
	bool ok;

	if (edit_begin(t, err) != 0)
		return -1;
	ok = run_row(t, run_id, &row, err) == 0;
	if (ok)
		changed = change(t, sql, row, texts, n, err);
	return edit_end(t, changed >= 0, err) != 0 ? -1 : changed;
}

/* One change of one run as a transaction of its own. Returns the rows changed. */
static int64_t edit(struct tracker *t, const char *run_id, const char *sql, const char *const *texts, size_t n,
		    struct error *err)
{
	int64_t changed = try_edit(t, run_id, sql, texts, n, err);

	if (changed >= 0 || !reserve_spend(t, err))
		return changed;
	error_clear(err);
	return try_edit(t, run_id, sql, texts, n, err);
}

static int check_length(const char *what, const char *text, size_t max, struct error *err)
{
	if (strlen(text) > max)
		return error_set(err, ERR_LIMIT, "%s is longer than %zu bytes", what, max);
	return 0;
}

static int check_key(const char *key, struct error *err)
{
	if (!*key)
		return error_set(err, ERR_INVALID, "the key of a tag is empty");
	return check_length("the key of the tag", key, LIMIT_EVENT_KEY, err);
}

static int try_set_tag(struct tracker *t, const char *run_id, const char *key, const char *value, struct error *err)
{
	const char *const texts[] = { value };
	int64_t row = 0, key_id = 0;
	char sql[160];
	bool ok;

	if (check_key(key, err) != 0 || check_length("the value of the tag", value, LIMIT_TAG_VALUE, err) != 0)
		return -1;
	if (edit_begin(t, err) != 0)
		return -1;
	ok = run_row(t, run_id, &row, err) == 0 && key_intern(t, key, strlen(key), &key_id, err) == 0;
	snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO tags(run, key, value) VALUES(?1, %" PRId64 ", ?2)", key_id);
	ok = ok && change(t, sql, row, texts, 1, err) >= 0;
	return edit_end(t, ok, err);
}

int tracker_set_tag(struct tracker *t, const char *run_id, const char *key, const char *value, struct error *err)
{
	int rc = try_set_tag(t, run_id, key, value, err);

	if (rc == 0 || !reserve_spend(t, err))
		return rc;
	error_clear(err);
	return try_set_tag(t, run_id, key, value, err);
}

int tracker_remove_tag(struct tracker *t, const char *run_id, const char *key, struct error *err)
{
	const char *const texts[] = { key };

	return (int)edit(t, run_id, "DELETE FROM tags WHERE run = ?1 AND key = (SELECT id FROM keys WHERE name = ?2)", texts, 1,
			 err);
}

int tracker_add_note(struct tracker *t, const char *run_id, const char *author, const char *text, int64_t time_ms,
		     struct error *err)
{
	const char *const texts[] = { author, text };
	char sql[160];

	if (!*text)
		return error_set(err, ERR_INVALID, "the note is empty");
	if (check_length("the note", text, LIMIT_CONFIG, err) != 0)
		return -1;
	snprintf(sql, sizeof sql, "INSERT INTO notes(run, author, text, time_ms) VALUES(?1, ?2, ?3, %" PRId64 ")", time_ms);
	return edit(t, run_id, sql, texts, 2, err) < 0 ? -1 : 0;
}

int tracker_remove_note(struct tracker *t, const char *run_id, const char *author, const char *text, int64_t time_ms,
			struct error *err)
{
	const char *const texts[] = { author, text };
	char sql[200];

	/* What the run itself wrote has a seq, and stays. */
	snprintf(sql, sizeof sql,
		 "DELETE FROM notes WHERE id = (SELECT max(id) FROM notes WHERE run = ?1 AND author = ?2 AND text = ?3"
		 " AND time_ms = %" PRId64 " AND seq IS NULL)", time_ms);
	return (int)edit(t, run_id, sql, texts, 2, err);
}

int tracker_rename(struct tracker *t, const char *run_id, const char *name, struct error *err)
{
	const char *const texts[] = { name };

	if (!*name)
		return error_set(err, ERR_INVALID, "a run's name cannot be empty");
	if (*name == '@') {
		error_set(err, ERR_INVALID, "a run's name cannot begin with @");
		return error_hint(err, "@ and @~N mean the newest runs");
	}
	if (check_length("the name", name, LIMIT_RUN_NAME, err) != 0)
		return -1;
	return edit(t, run_id, "UPDATE runs SET name = ?2 WHERE id = ?1", texts, 1, err) < 0 ? -1 : 0;
}

int tracker_delete(struct tracker *t, const char *run_id, int64_t now_ns, struct error *err)
{
	char sql[128];
	int64_t changed;

	snprintf(sql, sizeof sql, "UPDATE runs SET deleted_ns = %" PRId64 " WHERE id = ?1 AND state != %d",
		 now_ns > 0 ? now_ns : 1, RUN_RUNNING);
	changed = edit(t, run_id, sql, NULL, 0, err);
	if (changed < 0)
		return -1;
	if (changed == 0) {
		error_set(err, ERR_CONFLICT, "run %.8s is still running", run_id);
		return error_hint(err, "stop it first: wb stop %.8s", run_id);
	}
	return 0;
}

int tracker_restore(struct tracker *t, const char *run_id, struct error *err)
{
	char folder[64];

	snprintf(folder, sizeof folder, "runs/%.32s", run_id);
	if (!fs_exists(t->store, folder)) {
		error_set(err, ERR_NOT_FOUND, "run %.8s: its folder is gone, as `wb gc` has begun to remove it", run_id);
		return error_hint(err, "`wb gc` finishes it");
	}
	return edit(t, run_id, "UPDATE runs SET deleted_ns = 0 WHERE id = ?1", NULL, 0, err) < 0 ? -1 : 0;
}

void experiment_list_release(struct experiment_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].id);
		free(l->items[i].name);
	}
	free(l->items);
	*l = (struct experiment_list){ 0 };
}

int tracker_experiments(struct tracker *t, struct experiment_list *out, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	CLEANUP(experiment_list_release) struct experiment_list list = { .items = NULL };
	size_t cap = 0;
	int rc;

	if (db_prepare(t->db,
		       "SELECT e.id, e.name, count(r.id), coalesce(max(r.start_ns), 0) FROM experiments e"
		       " LEFT JOIN runs r ON r.experiment = e.id AND r.deleted_ns = 0 GROUP BY e.id ORDER BY e.id",
		       &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&list.items, &cap, list.count + 1);
		list.items[list.count++] = (struct experiment){
			.id = column_copy(s, 0),
			.name = column_copy(s, 1),
			.run_count = (uint64_t)db_int(s, 2),
			.last_start_ns = db_int(s, 3),
		};
	}
	if (rc < 0)
		return -1;
	*out = list;
	list = (struct experiment_list){ .items = NULL };
	return 0;
}

int tracker_experiment_ensure(struct tracker *t, const char *name, char **out_id, struct error *err)
{
	int64_t id = 0;
	bool ok;

	if (!*name)
		return error_set(err, ERR_INVALID, "an experiment's name cannot be empty");
	if (check_length("the experiment's name", name, LIMIT_RUN_NAME, err) != 0 || edit_begin(t, err) != 0)
		return -1;
	ok = experiment_intern(t, name, &id, err) == 0;
	if (edit_end(t, ok, err) != 0)
		return -1;
	*out_id = mem_printf("%" PRId64, id);
	return 0;
}
