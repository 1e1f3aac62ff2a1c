/* Choosing how each part of a filter is searched. */
#include "config.h"

#include "tracker/query_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tracker/query_sql.h"

/* Collecting and sorting that many runs takes a few ms. */
enum { FEW_RUNS = 3000 };

struct planner {
	struct db *db;
	struct query_plan *plan;
	struct error *err;
	size_t words; /* of a set; 0: not asked yet */
};

/* What an index over (key, value) answers as a range: only then is counting a few cheap. */
static bool is_range(const struct query_compare *c)
{
	if (c->negated && c->op != OP_NULL)
		return false;
	if (compare_is_numeric(c) || c->field.aspect != ASPECT_LAST || c->field.kind == FIELD_DATASET)
		return false;
	return c->op != OP_LIKE && c->op != OP_ILIKE && c->op != OP_NE;
}

/* How many rows fit, FEW_RUNS at most. */
static int count_rows(struct planner *p, const struct query_compare *c, int64_t *out)
{
	CLEANUP(sql_release) struct sql sql;
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;

	sql_init(&sql);
	buf_puts(&sql.text, "SELECT count(*) FROM (SELECT 1 FROM ");
	sql_rows(&sql, c);
	buf_printf(&sql.text, " LIMIT %d)", FEW_RUNS);
	if (sql_prepare(&sql, p->db, &s, p->err) != 0 || db_step(s, p->err) < 0)
		return -1;
	*out = db_int(s, 0);
	return 0;
}

/* Ids and names have an index each, and rarely two runs of one value. */
static bool is_selective_attribute(const struct query_compare *c)
{
	const char *column = c->field.name->sql;

	return (c->op == OP_EQ || (c->op == OP_IN && !c->negated)) &&
	       (strcmp(column, "r.uuid") == 0 || strcmp(column, "r.name") == 0);
}

static int plan_compare(struct planner *p, struct query_compare *c, bool must_hold)
{
	int64_t rows = FEW_RUNS;

	if (c->field.kind == FIELD_ATTRIBUTE) {
		p->plan->is_selective = p->plan->is_selective || (must_hold && is_selective_attribute(c));
		return 0;
	}
	if (is_range(c) && count_rows(p, c, &rows) != 0)
		return -1;
	c->way = rows < FEW_RUNS ? WAY_LIST : WAY_PROBE;
	if (must_hold && c->way == WAY_LIST && !(c->op == OP_NULL && !c->negated))
		p->plan->is_selective = true;
	return 0;
}

static int size_sets(struct planner *p)
{
	int64_t last;

	if (p->words)
		return 0;
	if (db_number(p->db, "SELECT max(id) FROM runs", &last, p->err) != 0)
		return -1;
	p->words = (size_t)last / 64 + 1;
	return 0;
}

static int fill_set(struct planner *p, struct query_compare *c)
{
	CLEANUP(sql_release) struct sql sql;
	CLEANUP(db_stmt_free) struct db_stmt *s = NULL;
	struct db_bits *set;
	int rc;

	sql_init(&sql);
	buf_puts(&sql.text, "SELECT run FROM ");
	sql_rows(&sql, c);
	if (size_sets(p) != 0 || sql_prepare(&sql, p->db, &s, p->err) != 0)
		return -1;
	mem_reserve(&p->plan->sets, &p->plan->set_cap, p->plan->set_count + 1);
	c->way = WAY_BITS;
	c->bits = (unsigned)p->plan->set_count;
	set = &p->plan->sets[p->plan->set_count++];
	*set = (struct db_bits){ mem_calloc(p->words, sizeof *set->words), p->words * 64 };
	while ((rc = db_step(s, p->err)) > 0) {
		uint64_t run = (uint64_t)db_int(s, 0);

		if (run < set->count)
			set->words[run / 64] |= (uint64_t)1 << run % 64;
	}
	return rc;
}

static int plan_node(struct planner *p, struct query_node *n, bool must_hold)
{
	if (n->kind == NODE_COMPARE)
		return plan_compare(p, &n->compare, must_hold);
	for (size_t i = 0; i < n->child_count; i++) {
		if (plan_node(p, n->children[i], must_hold && n->kind == NODE_AND) != 0)
			return -1;
	}
	return 0;
}

static int fill_sets(struct planner *p, struct query_node *n)
{
	if (n->kind == NODE_COMPARE)
		return n->compare.field.kind != FIELD_ATTRIBUTE && n->compare.way == WAY_PROBE ? fill_set(p, &n->compare) : 0;
	for (size_t i = 0; i < n->child_count; i++) {
		if (fill_sets(p, n->children[i]) != 0)
			return -1;
	}
	return 0;
}

int query_plan_make(struct query *q, struct db *db, struct query_plan *out, struct error *err)
{
	CLEANUP(query_plan_release) struct query_plan plan = { .sets = NULL };
	struct planner p = { .db = db, .plan = &plan, .err = err };

	if (q->root && (plan_node(&p, q->root, true) != 0 || (!plan.is_selective && fill_sets(&p, q->root) != 0)))
		return -1;
	*out = plan;
	plan = (struct query_plan){ .sets = NULL };
	return db_use_bits(db, out->sets, out->set_count, err);
}

void query_plan_release(struct query_plan *p)
{
	for (size_t i = 0; i < p->set_count; i++)
		free(p->sets[i].words);
	free(p->sets);
	*p = (struct query_plan){ .sets = NULL };
}
