/* Lists of runs: filter and order compiled, the page selected, then only that page filled. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tracker/core.h"
#include "tracker/load.h"
#include "tracker/query_plan.h"
#include "tracker/query_sql.h"

enum { ORDERS_MAX = 16, ORDER_ARENA_MAX = 256 * 1024 };

void run_list_release(struct run_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		run_release(&l->items[i]);
	free(l->items);
	*l = (struct run_list){ 0 };
}

/* What a filter parses to. */
struct parsed {
	struct query *query;
	struct arena *arena;
	struct query_order orders[ORDERS_MAX];
	size_t order_count;
	struct query_plan plan;
};

static void parsed_release(struct parsed *p)
{
	query_plan_release(&p->plan);
	query_free(p->query);
	arena_free(p->arena);
}
DEFINE_CLEANUP_VALUE(parsed_release, struct parsed);

static bool same_field(const struct query_field *a, const struct query_field *b)
{
	return a->kind == b->kind && a->aspect == b->aspect && a->name == b->name && str_eq(a->key, b->key);
}

static int parse_orders(struct parsed *p, const struct tracker_filter *f, struct query_mark *mark, struct error *err)
{
	if (f->order_count > ORDERS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d order keys", ORDERS_MAX);
	for (size_t i = 0; i < f->order_count; i++) {
		if (query_parse_order(p->arena, f->orders[i], &p->orders[i], mark, err) != 0)
			return error_wrap(err, "order key %zu", i + 1);
		for (size_t j = 0; j < i; j++) {
			if (same_field(&p->orders[i].field, &p->orders[j].field))
				return error_set(err, ERR_INVALID, "the order names %s twice", f->orders[j]);
		}
		p->order_count++;
	}
	return 0;
}

static int parse_filter(const struct tracker_filter *f, struct parsed *out, struct query_mark *mark, struct error *err)
{
	out->arena = arena_new(ORDER_ARENA_MAX);
	if (query_parse(f->filter, &out->query, mark, err) != 0)
		return error_wrap(err, "filter");
	return parse_orders(out, f, mark, err);
}

static void add_where(struct sql *s, const struct tracker_filter *f, const struct parsed *p)
{
	buf_puts(&s->text, " WHERE ");
	if (f->only_deleted)
		buf_puts(&s->text, "r.deleted_ns != 0 AND ");
	else if (!f->with_deleted)
		buf_puts(&s->text, "r.deleted_ns = 0 AND ");
	if (f->experiment) {
		buf_puts(&s->text, "r.experiment = (SELECT id FROM experiments WHERE name = ");
		sql_text(s, f->experiment);
		buf_puts(&s->text, ") AND ");
	}
	sql_condition(s, p->query);
}

/* One more than asked for tells whether there are more. */
static void add_limit(struct sql *s, const struct tracker_filter *f)
{
	if (!f->limit && !f->offset)
		return;
	buf_puts(&s->text, " LIMIT ");
	sql_int(s, f->limit && f->limit < INT64_MAX ? (int64_t)f->limit + 1 : -1);
	buf_puts(&s->text, " OFFSET ");
	sql_int(s, f->offset < INT64_MAX ? (int64_t)f->offset : INT64_MAX);
}

/* All that fit, sorted; or, by an attribute that an index keeps in order, as far as the page goes. */
static void write_sorted(struct sql *s, const struct tracker_filter *f, const struct parsed *p)
{
	buf_puts(&s->text, "SELECT r.id FROM runs r");
	sql_order_joins(s, p->orders, p->order_count);
	add_where(s, f, p);
	sql_order_by(s, p->orders, p->order_count);
	add_limit(s, f);
}

/* Along the values of the first key, as far as the page goes. */
static void write_walk(struct sql *s, const struct tracker_filter *f, const struct parsed *p)
{
	buf_puts(&s->text, "SELECT r.id FROM ");
	sql_walk_from(s, p->orders, p->order_count);
	add_where(s, f, p);
	buf_puts(&s->text, " AND ");
	sql_walk_condition(s, p->orders);
	sql_walk_order_by(s, p->orders, p->order_count);
	add_limit(s, f);
}

static int read_page(struct tracker *t, struct db_stmt *s, const struct tracker_filter *f, struct run_list *list,
		     struct error *err)
{
	CLEANUP(loader_release) struct loader loader = { .columns = NULL };
	size_t cap = 0;
	int rc;

	if (loader_init(&loader, t, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		int64_t row = db_int(s, 0);

		if (f->limit && list->count == f->limit) {
			list->more = true;
			break;
		}
		mem_reserve(&list->items, &cap, list->count + 1);
		if (loader_start(&loader, row, &list->items[list->count], err) != 0)
			return -1;
		list->count++;
		if (!f->bare && loader_fill(&loader, row, &list->items[list->count - 1], err) != 0)
			return -1;
	}
	return rc < 0 ? -1 : 0;
}

static int list_by(struct tracker *t, const struct tracker_filter *f, const struct parsed *p,
		   void (*write)(struct sql *s, const struct tracker_filter *f, const struct parsed *p), struct run_list *out,
		   struct error *err)
{
	CLEANUP(sql_release) struct sql sql;
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	sql_init(&sql);
	write(&sql, f, p);
	return sql_prepare(&sql, t->db, &s, err) != 0 ? -1 : read_page(t, s, f, out, err);
}

int tracker_list(struct tracker *t, const struct tracker_filter *f, struct run_list *out, struct query_mark *mark,
		 struct error *err)
{
	CLEANUP(parsed_release) struct parsed p = { .query = NULL };
	CLEANUP(run_list_release) struct run_list list = { .items = NULL };

	if (parse_filter(f, &p, mark, err) != 0 || query_plan_make(p.query, t->db, &p.plan, err) != 0)
		return -1;
	if (f->limit && !p.plan.is_selective && sql_is_walkable(p.orders, p.order_count) &&
	    list_by(t, f, &p, write_walk, &list, err) != 0)
		return -1;
	/* A walk passes over runs without a value: only a page that it fills, with more behind, is the page. */
	if (!list.more) {
		run_list_release(&list);
		if (list_by(t, f, &p, write_sorted, &list, err) != 0)
			return -1;
	}
	*out = list;
	list = (struct run_list){ .items = NULL };
	return 0;
}

int tracker_count(struct tracker *t, const struct tracker_filter *f, uint64_t *out, struct query_mark *mark,
		  struct error *err)
{
	CLEANUP(sql_release) struct sql sql;
	CLEANUP(parsed_release) struct parsed p = { .query = NULL };
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	sql_init(&sql);
	if (parse_filter(f, &p, mark, err) != 0 || query_plan_make(p.query, t->db, &p.plan, err) != 0)
		return -1;
	buf_puts(&sql.text, "SELECT count(*) FROM runs r");
	add_where(&sql, f, &p);
	if (sql_prepare(&sql, t->db, &s, err) != 0 || db_step(s, err) < 0)
		return -1;
	*out = (uint64_t)db_int(s, 0);
	return 0;
}

int tracker_decision_each(struct tracker *t, const struct tracker_filter *f, decision_fn *fn, void *data,
			  struct query_mark *mark, struct error *err)
{
	CLEANUP(sql_release) struct sql sql;
	CLEANUP(parsed_release) struct parsed p = { .query = NULL };
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	int rc;

	sql_init(&sql);
	if (parse_filter(f, &p, mark, err) != 0 || query_plan_make(p.query, t->db, &p.plan, err) != 0)
		return -1;
	buf_puts(&sql.text, "SELECT r.uuid, r.name, r.start_ns, d.decision, d.document FROM runs r JOIN decisions d ON d.run = r.id");
	sql_order_joins(&sql, p.orders, p.order_count);
	add_where(&sql, f, &p);
	sql_order_by(&sql, p.orders, p.order_count);
	add_limit(&sql, f);
	if (sql_prepare(&sql, t->db, &s, err) != 0)
		return -1;
	while ((rc = db_step(s, err)) > 0) {
		const struct tracker_decision d = {
			.run_id = db_text(s, 0), .name = db_text(s, 1), .start_ns = db_int(s, 2), .decision = db_text(s, 3),
			.document = db_text(s, 4), .document_len = db_text_len(s, 4),
		};
		int stop = fn(data, &d, err);

		if (stop)
			return stop;
	}
	return rc;
}
