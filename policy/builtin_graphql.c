/* Builtins on GraphQL: trees of queries and schemas, and whether the one fits the other. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "policy/graphql.h"

/* A call: what it asks about, and what is wrong. Its trees live no longer than it does. */
struct asked {
	struct gql g;
	struct pool trees;
	struct buf faults;
	struct gql_query_doc *query;
	struct gql_schema_doc *schema;
	struct value query_value, schema_value;
	const char *before; /* of the message */
};

static void asked_init(struct asked *a, struct eval *ev)
{
	const struct pool *all = eval_pool(ev);

	*a = (struct asked){ .faults = BUF_INIT(GQL_FAULTS_MAX), .before = "" };
	pool_init(&a->trees, all->max > all->used ? all->max - all->used : 0);
	a->g = (struct gql){ .ev = ev, .pool = &a->trees, .faults = &a->faults };
}

static void asked_release(struct asked *a)
{
	buf_release(&a->faults);
	pool_release(&a->trees);
}
DEFINE_CLEANUP_VALUE(asked_release, struct asked);

/* A whole number at s, up to a colon; NULL when there is none. */
static const char *skip_number(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && s[n] == ':' ? s + n + 1 : NULL;
}

/*
 * "input:3:4: TEXT.\n" as "TEXT in GraphQL string at location 3:4", where it has a place that can be shown so; all
 * further faults follow in TEXT, each on its own line.
 */
static struct value fail(struct asked *a, const char *name)
{
	const char *all = buf_text(&a->faults), *row = strchr(all, ':'), *column = NULL, *text = NULL;
	size_t len;

	if (row)
		column = skip_number(++row);
	if (column)
		text = skip_number(column);
	if (*a->before)
		return eval_fail(a->g.ev, BUILTIN_ERROR, "%s: %s%s", name, a->before, all);
	if (!text)
		return eval_fail(a->g.ev, BUILTIN_ERROR, "%s: GraphQL parse error: %s", name, all);
	text += strspn(text, " ");
	len = strlen(text);
	if (len >= 2 && strcmp(text + len - 2, ".\n") == 0)
		len -= 2;
	return eval_fail(a->g.ev, BUILTIN_ERROR, "%s: %.*s in GraphQL string at location %lu:%lu", name, (int)len, text,
			 strtoul(row, NULL, 10), strtoul(column, NULL, 10));
}

/* What of it the evaluation keeps. */
static struct value kept(const struct asked *a, struct value tree)
{
	return value_copy(eval_pool(a->g.ev), tree);
}

static bool read_query(struct asked *a, struct value v)
{
	a->query = v.tag == V_STRING ? gql_parse_query(&a->g, v) : gql_query_from(&a->g, v);
	if (!a->query || a->g.stopped)
		return false;
	a->query_value = gql_query_value(&a->g, a->query);
	return !a->g.stopped;
}

static bool read_schema(struct asked *a, struct value v)
{
	a->schema = v.tag == V_STRING ? gql_parse_schema(&a->g, v, false) : gql_schema_from(&a->g, v);
	if (!a->schema || a->g.stopped)
		return false;
	a->schema_value = gql_schema_value(&a->g, a->schema);
	return !a->g.stopped;
}

static struct gql_schema *build_schema(struct asked *a)
{
	struct gql_schema *built = gql_schema_build(&a->g, a->schema);

	if (!built)
		a->before = "Error in gqlparser SchemaDocument to Schema conversion: ";
	return built;
}

/* Whether the query fits the schema; every: told in full where not. */
static bool verify(struct asked *a, struct value query, struct value schema, bool every)
{
	struct gql_schema *built;

	if (!read_query(a, query) || !read_schema(a, schema))
		return false;
	built = build_schema(a);
	a->g.every = every;
	return built && gql_validate(&a->g, built, a->query);
}

static struct value array_of(struct eval *ev, struct value first, struct value second, struct value third)
{
	struct vec items = { 0 };

	if (first.tag != V_UNDEF)
		vec_push(eval_pool(ev), &items, first);
	vec_push(eval_pool(ev), &items, second);
	vec_push(eval_pool(ev), &items, third);
	return value_array(items.v, items.n);
}

static bool is_document(struct value v)
{
	return v.tag == V_STRING || v.tag == V_OBJECT;
}

static struct value fn_parse(struct eval *ev, const struct value *args)
{
	CLEANUP(asked_release) struct asked a;

	asked_init(&a, ev);
	for (int i = 0; i < 2; i++)
		if (!is_document(args[i]))
			return eval_fail(ev, TYPE_ERROR, "graphql.parse: operand %d must be one of {string, object} but got %s", i,
					 value_type_name(args[i]));
	if (!verify(&a, args[0], args[1], true))
		return fail(&a, "graphql.parse");
	return array_of(ev, VALUE_UNDEF, kept(&a, a.query_value), kept(&a, a.schema_value));
}

static struct value fn_parse_and_verify(struct eval *ev, const struct value *args)
{
	CLEANUP(asked_release) struct asked a;
	struct value empty = value_object_last(NULL, 0);

	asked_init(&a, ev);
	if (!is_document(args[0]) || !is_document(args[1]) || !verify(&a, args[0], args[1], false))
		return array_of(ev, value_bool(false), empty, empty);
	return array_of(ev, value_bool(true), kept(&a, a.query_value), kept(&a, a.schema_value));
}

static struct value fn_is_valid(struct eval *ev, const struct value *args)
{
	CLEANUP(asked_release) struct asked a;

	asked_init(&a, ev);
	return value_bool(is_document(args[0]) && is_document(args[1]) && verify(&a, args[0], args[1], false));
}

static struct value fn_parse_query(struct eval *ev, const struct value *args)
{
	CLEANUP(asked_release) struct asked a;

	asked_init(&a, ev);
	return read_query(&a, args[0]) ? kept(&a, a.query_value) : fail(&a, "graphql.parse_query");
}

static struct value fn_parse_schema(struct eval *ev, const struct value *args)
{
	CLEANUP(asked_release) struct asked a;

	asked_init(&a, ev);
	return read_schema(&a, args[0]) ? kept(&a, a.schema_value) : fail(&a, "graphql.parse_schema");
}

static struct value fn_schema_is_valid(struct eval *ev, const struct value *args)
{
	CLEANUP(asked_release) struct asked a;

	asked_init(&a, ev);
	return value_bool(is_document(args[0]) && read_schema(&a, args[0]) && build_schema(&a));
}

#define DOCUMENT (TY_STR | TY_OBJ)

const struct builtin builtins_graphql[] = {
	{ "graphql.is_valid", 2, { DOCUMENT, DOCUMENT }, TY_BOOL, fn_is_valid, BUILTIN_LAX },
	{ "graphql.parse", 2, { DOCUMENT, DOCUMENT }, TY_ARR, fn_parse, BUILTIN_LAX },
	{ "graphql.parse_and_verify", 2, { DOCUMENT, DOCUMENT }, TY_ARR, fn_parse_and_verify, BUILTIN_LAX },
	{ "graphql.parse_query", 1, { TY_STR }, TY_OBJ, fn_parse_query, 0 },
	{ "graphql.parse_schema", 1, { TY_STR }, TY_OBJ, fn_parse_schema, 0 },
	{ "graphql.schema_is_valid", 1, { DOCUMENT }, TY_BOOL, fn_schema_is_valid, BUILTIN_LAX },
	{ 0 },
};
