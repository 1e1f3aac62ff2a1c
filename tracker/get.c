/* One run: everything about it, and the history of its metrics. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "base/str.h"
#include "tracker/core.h"
#include "tracker/load.h"

enum { NEAR_KEYS_MAX = 2000 };

static int open_rows(struct tracker *t, const char *sql, int64_t row, struct db_stmt **out, struct error *err)
{
	if (db_prepare(t->db, sql, out, err) != 0)
		return -1;
	db_bind_int(*out, 1, row);
	return 0;
}

static int fill_inputs(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	size_t cap = 0;
	int rc;

	if (open_rows(t, "SELECT name, path, sha256, bytes, tags FROM inputs WHERE run = ? ORDER BY n", row, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&r->inputs, &cap, r->input_count + 1);
		r->inputs[r->input_count++] = (struct run_input){
			.name = column_copy(s, 0),
			.path = column_copy(s, 1),
			.sha256 = column_copy(s, 2),
			.bytes = (uint64_t)db_int(s, 3),
			.tags = column_copy(s, 4),
		};
	}
	return rc;
}

static int fill_outputs(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	size_t cap = 0;
	int rc;

	if (open_rows(t, "SELECT path, sha256, bytes FROM outputs WHERE run = ? ORDER BY path", row, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&r->outputs, &cap, r->output_count + 1);
		r->outputs[r->output_count++] = (struct run_output){
			.path = column_copy(s, 0), .sha256 = column_copy(s, 1), .bytes = (uint64_t)db_int(s, 2),
		};
	}
	return rc;
}

static int fill_denials(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	size_t cap = 0;
	int rc;

	if (open_rows(t, "SELECT call, object, count FROM denials WHERE run = ? ORDER BY call, object", row, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&r->denials, &cap, r->denial_count + 1);
		r->denials[r->denial_count++] = (struct run_denial){
			.call = column_copy(s, 0), .object = column_copy(s, 1), .count = (uint64_t)db_int(s, 2),
		};
	}
	return rc;
}

static int fill_notes(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	size_t cap = 0;
	int rc;

	if (open_rows(t, "SELECT author, text, time_ms FROM notes WHERE run = ? ORDER BY time_ms, id", row, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&r->notes, &cap, r->note_count + 1);
		r->notes[r->note_count++] = (struct run_note){
			.author = column_copy(s, 0), .text = column_copy(s, 1), .time_ms = db_int(s, 2),
		};
	}
	return rc;
}

static int fill_warnings(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	size_t cap = 0;
	int rc;

	if (open_rows(t, "SELECT text FROM warnings WHERE run = ? ORDER BY seq", row, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&r->warnings, &cap, r->warning_count + 1);
		r->warnings[r->warning_count++] = column_copy(s, 0);
	}
	return rc;
}

/* A document that cannot be read is an empty one; the run has a warning that says why. */
static struct jval *parse_document(struct db_stmt *s, int column)
{
	struct error ignored = { 0 };
	struct jval *v = NULL;

	if (jval_parse(db_text(s, column), db_text_len(s, column), &v, &ignored) != 0)
		return jval_object();
	return v;
}

static int fill_documents(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (open_rows(t, "SELECT start, end FROM documents WHERE run = ?", row, &s, err) != 0)
		return -1;
	rc = db_step(s, err);
	if (rc < 0)
		return -1;
	r->start = rc ? parse_document(s, 0) : jval_object();
	if (rc && !db_is_null(s, 1))
		r->end = parse_document(s, 1);
	return 0;
}

static int fill_network(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	if (open_rows(t, "SELECT document FROM network WHERE run = ? ORDER BY n", row, &s, err) != 0)
		return -1;
	r->network = jval_array();
	while ((rc = db_step(s, err)) > 0) {
		struct jval *v = parse_document(s, 0);

		/* A place in the list that was given up again is an empty object. */
		if (jval_count(v))
			jval_push(r->network, v);
		else
			jval_free(v);
	}
	return rc;
}

static int fill_everything(struct tracker *t, int64_t row, struct run *r, struct error *err)
{
	return fill_inputs(t, row, r, err) != 0 || fill_outputs(t, row, r, err) != 0 || fill_denials(t, row, r, err) != 0 ||
	       fill_notes(t, row, r, err) != 0 || fill_warnings(t, row, r, err) != 0 || fill_documents(t, row, r, err) != 0 ||
	       fill_network(t, row, r, err) != 0
		       ? -1 : 0;
}

int tracker_get(struct tracker *t, const char *run_id, struct run *out, struct error *err)
{
	CLEANUP(loader_release) struct loader loader = { .columns = NULL };
	CLEANUP(run_release) struct run r = { .experiment = NULL };
	int64_t row;

	if (run_row(t, run_id, &row, err) != 0 || loader_init(&loader, t, err) != 0 ||
	    loader_start(&loader, row, &r, err) != 0 || loader_fill(&loader, row, &r, err) != 0 ||
	    fill_everything(t, row, &r, err) != 0)
		return -1;
	run_release(out);
	*out = r;
	r = (struct run){ .experiment = NULL };
	return 0;
}

/* Names the metric that may have been meant. */
static int no_such_metric(struct tracker *t, int64_t row, const char *key, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	char *names[NEAR_KEYS_MAX];
	const char *near;
	size_t n = 0;

	if (open_rows(t, "SELECT k.name FROM latest l JOIN keys k ON k.id = l.key WHERE l.run = ?", row, &s, err) != 0)
		return -1;
	while (n < NEAR_KEYS_MAX && db_step(s, err) > 0)
		names[n++] = column_copy(s, 0);
	error_set(err, ERR_NOT_FOUND, "the run logged no metric '%.200s'", key);
	near = str_nearest(key, (const char *const *)names, n);
	if (near)
		error_hint(err, "did you mean '%.200s'?", near);
	else if (n == 0)
		error_hint(err, "it logged no metrics at all");
	else
		error_hint(err, "'wb metrics RUN' lists those that it logged");
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	return -1;
}

/* Of a point m: is its zero -0? */
#define IS_MINUS \
	"m.value = 0 AND EXISTS(SELECT 1 FROM minus_zeros z WHERE z.run = m.run AND z.key = m.key" \
	" AND z.step = m.step AND z.seq = m.seq)"

int tracker_metric_each(struct tracker *t, const char *run_id, const char *key, metric_fn *fn, void *data, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	bool any = false;
	int64_t row;
	int rc;

	if (run_row(t, run_id, &row, err) != 0 ||
	    open_rows(t,
		      "SELECT value, step, time_ms, " IS_MINUS " FROM metrics m"
		      " WHERE run = ? AND key = (SELECT id FROM keys WHERE name = ?2) ORDER BY step, time_ms, seq",
		      row, &s, err) != 0)
		return -1;
	db_bind_text(s, 2, key);
	while ((rc = db_step(s, err)) > 0) {
		struct metric_point p = { db_real_signed(s, 0, 3), db_int(s, 1), db_int(s, 2) };

		any = true;
		if (fn(data, &p) != 0)
			return 0;
	}
	if (rc < 0)
		return -1;
	return any ? 0 : no_such_metric(t, row, key, err);
}

static int read_slice(struct db_stmt *s, struct metric_place *place, struct metric_point *out, size_t max, struct error *err)
{
	size_t n = 0;
	int rc = 0;

	while (n < max && (rc = db_step(s, err)) > 0) {
		out[n++] = (struct metric_point){ db_real_signed(s, 0, 4), db_int(s, 1), db_int(s, 2) };
		*place = (struct metric_place){ true, db_int(s, 1), db_int(s, 3) };
	}
	return rc < 0 ? -1 : (int)n;
}

int tracker_metric_slice(struct tracker *t, const char *run_id, const char *key, struct metric_place *place,
			 struct metric_point *out, size_t max, struct error *err)
{
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	struct metric_place from = *place;
	int64_t row;

	if (run_row(t, run_id, &row, err) != 0 ||
	    open_rows(t,
		      "SELECT value, step, time_ms, seq, " IS_MINUS " FROM metrics m"
		      " WHERE run = ? AND key = (SELECT id FROM keys WHERE name = ?2)"
		      " AND (step, seq) > (?3, ?4) ORDER BY step, seq",
		      row, &s, err) != 0)
		return -1;
	db_bind_text(s, 2, key);
	db_bind_int(s, 3, from.begun ? from.step : INT64_MIN);
	db_bind_int(s, 4, from.begun ? from.seq : INT64_MIN);
	return read_slice(s, place, out, max > INT32_MAX ? INT32_MAX : max, err);
}

int tracker_version(struct tracker *t, int64_t *out, struct error *err)
{
	return db_number(t->db, "PRAGMA data_version", out, err);
}
