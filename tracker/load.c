/* Loading runs: the row itself, then what hangs on it. */
#include "config.h"

#include "tracker/load.h"

#include <string.h>

#include "base/mem.h"
#include "tracker/run.h"

static const char columns_sql[] =
	"SELECT r.uuid, e.name, e.id, r.name, r.user, r.host, r.tree, r.state, r.detail, r.start_ns, r.end_ns,"
	" r.exit_code, r.signal, r.deleted_ns, r.damaged FROM runs r CROSS JOIN experiments e ON e.id = r.experiment WHERE r.id = ?";

int loader_start(struct loader *l, int64_t row, struct run *out, struct error *err)
{
	struct db_stmt *s = l->columns;
	struct run r = { .duration_ns = -1 };
	int rc;

	db_bind_int(s, 1, row);
	rc = db_step(s, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return error_set(err, ERR_NOT_FOUND, "the run is not in the database any more");
	memcpy(r.id, db_text(s, 0), db_text_len(s, 0) < sizeof r.id ? db_text_len(s, 0) : sizeof r.id - 1);
	r.experiment = column_copy(s, 1);
	r.experiment_id = column_copy(s, 2);
	r.name = column_copy(s, 3);
	r.user = column_copy(s, 4);
	r.host = column_copy(s, 5);
	r.tree = column_copy(s, 6);
	r.state = (enum run_state)db_int(s, 7);
	r.detail = column_copy(s, 8);
	r.start_ns = db_int(s, 9);
	r.end_ns = db_int(s, 10);
	if (r.state != RUN_RUNNING)
		r.duration_ns = r.end_ns > r.start_ns ? r.end_ns - r.start_ns : 0;
	r.exit_code = (int)db_int(s, 11);
	r.signal = (int)db_int(s, 12);
	r.deleted_ns = db_int(s, 13);
	r.damaged_bytes = (uint64_t)db_int(s, 14);
	db_reset(s);
	*out = r;
	return 0;
}

int loader_init(struct loader *l, struct tracker *t, struct error *err)
{
	static const char pairs[] = "SELECT k.name, p.value FROM %s p JOIN keys k ON k.id = p.key WHERE p.run = ? ORDER BY k.name";
	CLEANUP(free) char *params = mem_printf(pairs, "params");
	CLEANUP(free) char *tags = mem_printf(pairs, "tags");

	return db_prepare(t->db, columns_sql, &l->columns, err) != 0 ||
	       db_prepare(t->db, params, &l->params, err) != 0 || db_prepare(t->db, tags, &l->tags, err) != 0 ||
	       db_prepare(t->db,
			  "SELECT k.name, l.value, l.step, l.time_ms, l.min, l.max, l.count,"
			  " l.value = 0 AND EXISTS(SELECT 1 FROM minus_zeros z WHERE z.run = l.run AND z.key = l.key"
			  " AND z.step = l.step)"
			  " FROM latest l JOIN keys k ON k.id = l.key WHERE l.run = ? ORDER BY k.name",
			  &l->metrics, err) != 0 ? -1 : 0;
}

void loader_release(struct loader *l)
{
	db_stmt_free(l->columns);
	db_stmt_free(l->params);
	db_stmt_free(l->tags);
	db_stmt_free(l->metrics);
}

static int fill_pairs(struct db_stmt *s, int64_t row, struct run_pair **out, size_t *out_count, struct error *err)
{
	size_t cap = *out_count;
	int rc;

	db_bind_int(s, 1, row);
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(out, &cap, *out_count + 1);
		(*out)[(*out_count)++] = (struct run_pair){ column_copy(s, 0), column_copy(s, 1) };
	}
	return rc;
}

static int fill_metrics(struct db_stmt *s, int64_t row, struct run *r, struct error *err)
{
	size_t cap = r->metric_count;
	int rc;

	db_bind_int(s, 1, row);
	while ((rc = db_step(s, err)) > 0) {
		mem_reserve(&r->metrics, &cap, r->metric_count + 1);
		r->metrics[r->metric_count++] = (struct run_metric){
			.key = column_copy(s, 0),
			.value = db_real_signed(s, 1, 7),
			.step = db_int(s, 2),
			.time_ms = db_int(s, 3),
			.min = db_real(s, 4),
			.max = db_real(s, 5),
			.count = (uint64_t)db_int(s, 6),
		};
	}
	return rc;
}

int loader_fill(struct loader *l, int64_t row, struct run *r, struct error *err)
{
	return fill_pairs(l->params, row, &r->params, &r->param_count, err) != 0 ||
	       fill_pairs(l->tags, row, &r->tags, &r->tag_count, err) != 0 || fill_metrics(l->metrics, row, r, err) != 0 ? -1 : 0;
}
