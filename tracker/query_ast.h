/* The parsed form of a filter: what query_parse.c builds and query_sql.c turns into SQL. */
#ifndef WB_TRACKER_QUERY_AST_H
#define WB_TRACKER_QUERY_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "tracker/query.h"

enum {
	QUERY_TEXT_MAX = 64 * 1024,
	QUERY_DEPTH_MAX = 100,
	QUERY_COMPARES_MAX = 400,
	QUERY_VALUES_MAX = 5000,
};

enum field_kind { FIELD_ATTRIBUTE, FIELD_METRIC, FIELD_PARAM, FIELD_TAG, FIELD_DATASET };
enum field_aspect { ASPECT_LAST, ASPECT_MIN, ASPECT_MAX, ASPECT_COUNT };

/* How values of a field compare. */
enum field_type {
	TYPE_TEXT,
	TYPE_NUMBER,
	TYPE_EITHER,   /* params and tags: text, or as a number beside a bare number */
	TYPE_TIME,     /* ns in the tables; numbers are ms (MLflow's), texts are dates */
	TYPE_DURATION, /* ns in the tables; numbers are seconds */
	TYPE_STATUS,
};

/* A column that has a name of its own. */
struct query_name {
	const char *name;
	const char *aliases[3];
	enum field_type type;
	const char *sql; /* over runs AS r, or over inputs; NULL when there is no value */
};

struct query_field {
	enum field_kind kind;
	enum field_type type;
	enum field_aspect aspect;
	const struct query_name *name; /* attributes and datasets */
	const char *key;               /* metrics, params, tags */
};

enum compare_op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_LIKE, OP_ILIKE, OP_IN, OP_BETWEEN, OP_NULL };

struct query_value {
	bool is_number;
	double number;
	int64_t integer; /* times and durations in ns; a status as its number */
	const char *text;
};

/* How rows of something logged are searched; query_plan.h chooses. */
enum compare_way {
	WAY_LIST,  /* collect the few runs that fit, let the search begin with them */
	WAY_PROBE, /* ask each run that is left */
	WAY_BITS,  /* mark the many runs that fit in a set of bits, beforehand */
};

struct query_compare {
	struct query_field field;
	enum compare_op op;
	bool negated; /* NOT LIKE, NOT IN, IS NOT NULL, NOT BETWEEN */
	enum compare_way way;
	unsigned bits; /* WAY_BITS: which set */
	struct query_value *values;
	size_t value_count;
};

enum node_kind { NODE_AND, NODE_OR, NODE_NOT, NODE_COMPARE };

struct query_node {
	enum node_kind kind;
	struct query_node **children;
	size_t child_count;
	struct query_compare compare;
};

struct query {
	struct arena *arena;
	struct query_node *root; /* NULL: everything */
};

/* One key of an order: its field borrows from arena. */
struct query_order {
	struct query_field field;
	bool descending;
};

/* "metrics.loss DESC"; mark and errors as of a filter. */
int query_parse_order(struct arena *arena, const char *text, struct query_order *out, struct query_mark *mark,
		      struct error *err) WB_MUST_CHECK;

/* Names. */
bool query_prefix_find(const char *word, size_t n, enum field_kind *out);
const struct query_name *query_name_find(enum field_kind kind, const char *word, size_t n);
const char *query_prefix_nearest(const char *word);
const char *query_name_nearest(enum field_kind kind, const char *word);
const char *compare_op_name(enum compare_op op);

/* "metrics.loss.min" */
void query_field_format(struct buf *b, const struct query_field *f);

#endif
