/* Filters and orders as SQL. */
#include "config.h"

#include "tracker/query_sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "tracker/run.h"

enum { SQL_MAX = 1024 * 1024 };

void sql_init(struct sql *s)
{
	*s = (struct sql){ .text = BUF_INIT(SQL_MAX), .run = "r.id" };
}

void sql_release(struct sql *s)
{
	for (size_t i = 0; i < s->bind_count; i++)
		free(s->binds[i].text);
	free(s->binds);
	buf_release(&s->text);
}

static void add_bind(struct sql *s, struct sql_bind b)
{
	mem_reserve(&s->binds, &s->bind_cap, s->bind_count + 1);
	s->binds[s->bind_count++] = b;
	buf_putc(&s->text, '?');
}

void sql_int(struct sql *s, int64_t v)
{
	add_bind(s, (struct sql_bind){ .kind = BIND_INT, .integer = v });
}

void sql_real(struct sql *s, double v)
{
	add_bind(s, (struct sql_bind){ .kind = BIND_REAL, .real = v });
}

void sql_text(struct sql *s, const char *v)
{
	add_bind(s, (struct sql_bind){ .kind = BIND_TEXT, .text = mem_strdup(v) });
}

/*
 * LIKE with case is GLOB with other letters: SQLite's own LIKE ignores the case
 * of ASCII, and its switch for that would hold for the whole connection.
 */
static char *glob_of(const char *like)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4 * QUERY_TEXT_MAX);

	for (; *like; like++) {
		switch (*like) {
		case '%':
			buf_putc(&b, '*');
			break;
		case '_':
			buf_putc(&b, '?');
			break;
		case '*':
		case '?':
		case '[':
			buf_printf(&b, "[%c]", *like);
			break;
		default:
			buf_putc(&b, *like);
		}
	}
	return buf_take(&b);
}

static void add_value(struct sql *s, const struct query_compare *c, const struct query_value *v)
{
	if (v->text)
		sql_text(s, v->text);
	else if (c->field.type == TYPE_TIME || c->field.type == TYPE_DURATION || c->field.type == TYPE_STATUS)
		sql_int(s, v->integer);
	else
		sql_real(s, v->number);
}

/* NaN is stored as NULL: "= NaN" and "!= NaN" ask for that. */
static bool add_nan_test(struct sql *s, const char *expr, const struct query_compare *c)
{
	if ((c->op != OP_EQ && c->op != OP_NE) || c->field.kind != FIELD_METRIC || !isnan(c->values[0].number))
		return false;
	buf_printf(&s->text, "%s IS %sNULL", expr, c->op == OP_NE ? "NOT " : "");
	return true;
}

/* "expr op values", NULL where the expression is. */
static void add_test(struct sql *s, const char *expr, const struct query_compare *c)
{
	if (add_nan_test(s, expr, c))
		return;
	buf_puts(&s->text, expr);
	if (c->negated)
		buf_puts(&s->text, " NOT");
	if (c->op == OP_LIKE) {
		CLEANUP(free) char *pattern = glob_of(c->values[0].text);

		buf_puts(&s->text, " GLOB ");
		sql_text(s, pattern);
		return;
	}
	buf_printf(&s->text, " %s ", c->op == OP_ILIKE ? "LIKE" : compare_op_name(c->op));
	if (c->op == OP_IN)
		buf_putc(&s->text, '(');
	for (size_t i = 0; i < c->value_count; i++) {
		if (i)
			buf_puts(&s->text, c->op == OP_IN ? ", " : " AND ");
		add_value(s, c, &c->values[i]);
	}
	if (c->op == OP_IN)
		buf_putc(&s->text, ')');
}

/* The words of the states, for what compares or sorts them as text. */
static void add_state_name(struct sql *s)
{
	buf_puts(&s->text, "CASE r.state");
	for (unsigned i = 0; i < RUN_STATE_COUNT_; i++)
		buf_printf(&s->text, " WHEN %u THEN '%s'", i, run_state_name((enum run_state)i));
	buf_puts(&s->text, " END");
}

/* Under NOT the answer must be true or false, so that NOT means "all others"; elsewhere NULL is as good as false. */
static void add_attribute(struct sql *s, const struct query_compare *c, bool is_inverted)
{
	if (c->op == OP_NULL) {
		buf_printf(&s->text, "(%s IS %sNULL)", c->field.name->sql, c->negated ? "NOT " : "");
		return;
	}
	buf_putc(&s->text, '(');
	if (c->field.type == TYPE_STATUS && (c->op == OP_LIKE || c->op == OP_ILIKE)) {
		buf_putc(&s->text, '(');
		add_state_name(s);
		add_test(s, ")", c);
	} else {
		add_test(s, c->field.name->sql, c);
	}
	buf_puts(&s->text, is_inverted ? ") IS TRUE" : ")");
}

static const char *table_of(enum field_kind kind)
{
	static const char *const tables[] = {
		[FIELD_METRIC] = "latest", [FIELD_PARAM] = "params", [FIELD_TAG] = "tags", [FIELD_DATASET] = "inputs",
	};

	return tables[kind];
}

static const char *column_of(const struct query_field *f)
{
	static const char *const columns[] = {
		[ASPECT_LAST] = "value", [ASPECT_MIN] = "min", [ASPECT_MAX] = "max", [ASPECT_COUNT] = "count",
	};

	return f->kind == FIELD_DATASET ? f->name->sql : columns[f->aspect];
}

static void add_key(struct sql *s, const char *key)
{
	buf_puts(&s->text, "(SELECT id FROM keys WHERE name = ");
	sql_text(s, key);
	buf_putc(&s->text, ')');
}

bool compare_is_numeric(const struct query_compare *c)
{
	if (c->field.type != TYPE_EITHER || c->op == OP_NULL || c->op == OP_LIKE || c->op == OP_ILIKE)
		return false;
	for (size_t i = 0; i < c->value_count; i++) {
		if (c->values[i].text)
			return false;
	}
	return true;
}

static void add_number_test(struct sql *s, const struct query_compare *c)
{
	static const char looks_like_number[] =
		" AND value GLOB '*[0-9]*' AND value NOT GLOB '*[^-+.0-9eE]*' AND value NOT GLOB '[eE]*'";

	add_test(s, "CAST(value AS REAL)", c);
	buf_puts(&s->text, looks_like_number);
}

/* A run without the key has no row, so that no comparison fits it. */
void sql_rows(struct sql *s, const struct query_compare *c)
{
	buf_printf(&s->text, "%s WHERE ", table_of(c->field.kind));
	if (c->field.kind != FIELD_DATASET) {
		buf_puts(&s->text, "key = ");
		add_key(s, c->field.key);
		if (c->op != OP_NULL)
			buf_puts(&s->text, " AND ");
	}
	if (c->op == OP_NULL)
		buf_puts(&s->text, c->field.kind == FIELD_DATASET ? "1" : "");
	else if (compare_is_numeric(c))
		add_number_test(s, c);
	else
		add_test(s, column_of(&c->field), c);
}

static void add_row_search(struct sql *s, const struct query_compare *c)
{
	const char *absent = c->op == OP_NULL && !c->negated ? "NOT " : "";

	if (c->way == WAY_BITS) {
		buf_printf(&s->text, "%sfits(%u, %s)", absent, c->bits, s->run);
		return;
	}
	if (c->way == WAY_PROBE)
		buf_printf(&s->text, "%sEXISTS (SELECT 1 FROM ", absent);
	else
		buf_printf(&s->text, "%s %sIN (SELECT run FROM ", s->run, absent);
	sql_rows(s, c);
	if (c->way == WAY_PROBE)
		buf_printf(&s->text, " AND run = %s", s->run);
	buf_putc(&s->text, ')');
}

static void add_node(struct sql *s, const struct query_node *n, bool is_inverted)
{
	if (n->kind == NODE_COMPARE) {
		if (n->compare.field.kind == FIELD_ATTRIBUTE)
			add_attribute(s, &n->compare, is_inverted);
		else
			add_row_search(s, &n->compare);
		return;
	}
	buf_puts(&s->text, n->kind == NODE_NOT ? "(NOT " : "(");
	for (size_t i = 0; i < n->child_count; i++) {
		if (i)
			buf_puts(&s->text, n->kind == NODE_AND ? " AND " : " OR ");
		add_node(s, n->children[i], is_inverted || n->kind == NODE_NOT);
	}
	buf_putc(&s->text, ')');
}

void sql_condition(struct sql *s, const struct query *q)
{
	if (q && q->root)
		add_node(s, q->root, false);
	else
		buf_putc(&s->text, '1');
}

static void add_join(struct sql *s, const struct query_order *o, size_t i)
{
	buf_printf(&s->text, " LEFT JOIN %s o%zu ON o%zu.run = r.id AND o%zu.key = ", table_of(o->field.kind), i, i, i);
	add_key(s, o->field.key);
}

void sql_order_joins(struct sql *s, const struct query_order *orders, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (orders[i].field.kind != FIELD_ATTRIBUTE)
			add_join(s, &orders[i], i);
	}
}

/* Present before NaN before absent, in both directions. */
static void add_order(struct sql *s, const struct query_order *o, size_t i)
{
	const char *way = o->descending ? "DESC" : "ASC";

	if (o->field.kind != FIELD_ATTRIBUTE) {
		buf_printf(&s->text, "o%zu.run IS NULL, o%zu.%s IS NULL, o%zu.%s %s, ", i, i, column_of(&o->field), i,
			   column_of(&o->field), way);
	} else if (o->field.type == TYPE_STATUS) {
		add_state_name(s);
		buf_printf(&s->text, " %s, ", way);
	} else if (o->field.name->sql[0] == 'r') {
		/* Plain columns are never NULL, and an index may serve them. */
		buf_printf(&s->text, "%s %s, ", o->field.name->sql, way);
	} else {
		buf_printf(&s->text, "%s IS NULL, %s %s, ", o->field.name->sql, o->field.name->sql, way);
	}
}

void sql_order_by(struct sql *s, const struct query_order *orders, size_t n)
{
	buf_puts(&s->text, " ORDER BY ");
	for (size_t i = 0; i < n; i++)
		add_order(s, &orders[i], i);
	buf_puts(&s->text, "r.start_ns DESC, r.uuid");
}

bool sql_is_walkable(const struct query_order *orders, size_t n)
{
	return n > 0 && orders[0].field.kind != FIELD_ATTRIBUTE && orders[0].field.aspect == ASPECT_LAST;
}

void sql_walk_from(struct sql *s, const struct query_order *orders, size_t n)
{
	s->run = "o0.run";
	buf_printf(&s->text, "%s o0 CROSS JOIN runs r ON r.id = o0.run", table_of(orders[0].field.kind));
	for (size_t i = 1; i < n; i++) {
		if (orders[i].field.kind != FIELD_ATTRIBUTE)
			add_join(s, &orders[i], i);
	}
}

void sql_walk_condition(struct sql *s, const struct query_order *orders)
{
	buf_puts(&s->text, "o0.value IS NOT NULL AND o0.key = ");
	add_key(s, orders[0].field.key);
}

void sql_walk_order_by(struct sql *s, const struct query_order *orders, size_t n)
{
	buf_printf(&s->text, " ORDER BY o0.value %s, ", orders[0].descending ? "DESC" : "ASC");
	for (size_t i = 1; i < n; i++)
		add_order(s, &orders[i], i);
	buf_puts(&s->text, "r.start_ns DESC, r.uuid");
}

int sql_prepare(struct sql *s, struct db *db, struct db_stmt **out, struct error *err)
{
	if (buf_check(&s->text, "the query", err) != 0 || db_prepare(db, buf_text(&s->text), out, err) != 0)
		return -1;
	for (size_t i = 0; i < s->bind_count; i++) {
		const struct sql_bind *b = &s->binds[i];
		int at = (int)i + 1;

		if (b->kind == BIND_TEXT)
			db_bind_text(*out, at, b->text);
		else if (b->kind == BIND_INT)
			db_bind_int(*out, at, b->integer);
		else
			db_bind_real(*out, at, b->real);
	}
	return 0;
}
