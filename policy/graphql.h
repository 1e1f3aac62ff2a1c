/*
 * GraphQL documents: the language of the October 2021 specification, in the shape and with the verdicts that the
 * reference evaluator gives, which are those of the library gqlparser (version 2): fragments with variables, @defer and
 * @oneOf, comments kept, a query that is checked rule by rule and every breach told.
 *
 * Every token, node and comparison is charged to the budget of the evaluation, as is the memory of the trees; what is
 * nested deeper than GQL_DEPTH_MAX levels of JSON is refused. Where the reference ends in a crash (a tree that somebody
 * made, with parts missing), the answer here is that the document is wrong.
 */
#ifndef WB_POLICY_GRAPHQL_H
#define WB_POLICY_GRAPHQL_H

#include "policy/builtin.h"
#include "policy/graphql_ast.h"

enum { GQL_DEPTH_MAX = 240, GQL_WALK_MAX = 500, GQL_FAULTS_MAX = 4096 };

/* Where work is done and what went wrong: lines "input:ROW:COLUMN: TEXT". */
struct gql {
	struct eval *ev;
	struct pool *pool;
	struct buf *faults;
	unsigned depth;
	bool failed;  /* a document is wrong, or the budget is gone */
	bool stopped; /* and it makes no sense to go on: the budget is gone, or it is nested too deep */
	bool every;   /* rules: go on after the first fault */
};

/* Things by name. */
struct gql_names {
	struct gql_name {
		struct value name;
		void *item;
	} *slots;
	uint32_t n, cap;
};

struct gql_schema {
	struct gql_definition *query, *mutation, *subscription;
	struct gql_names types, directives;
	struct gql_list sorted_types; /* by name */
};

/* Text to tree. NULL with a fault. */
struct gql_query_doc *gql_parse_query(struct gql *g, struct value text);
struct gql_schema_doc *gql_parse_schema(struct gql *g, struct value text, bool prelude);

/* Trees as values, without what is empty; and back, for trees that a policy hands in. NULL with a fault. */
struct value gql_query_value(struct gql *g, const struct gql_query_doc *doc);
struct value gql_schema_value(struct gql *g, const struct gql_schema_doc *doc);
struct gql_query_doc *gql_query_from(struct gql *g, struct value tree);
struct gql_schema_doc *gql_schema_from(struct gql *g, struct value tree);

/* Joins doc with what every schema has, and checks it: NULL with a fault. doc is changed. */
struct gql_schema *gql_schema_build(struct gql *g, struct gql_schema_doc *doc);
/* Whether the query is one for the schema; the faults otherwise. doc is changed. */
bool gql_validate(struct gql *g, struct gql_schema *schema, struct gql_query_doc *doc);

/* What every schema has; the library's own types and directives, in our words. */
const char *gql_prelude(void);

/* For the files of this language. */
void *gql_new(struct gql *g, size_t size);
void gql_push(struct gql *g, struct gql_list *list, void *item);
void *gql_find(const struct gql_names *names, struct value name);
void *gql_find_word(const struct gql_names *names, const char *name);
/* Replaces what was there. */
void gql_put(struct gql *g, struct gql_names *names, struct value name, void *item);
/* All items by name, in its order. */
struct gql_list gql_sorted(struct gql *g, const struct gql_names *names);
/* The first of a list with that name. */
struct gql_member *gql_member_of(struct gql *g, const struct gql_list *members, struct value name);
struct gql_child *gql_child_of(struct gql *g, const struct gql_list *children, struct value name);
bool gql_has_text(const struct vec *texts, struct value text);
/* What a type is in the end of: [[T]!] is of T. */
struct value gql_type_name(const struct gql_type *t);
struct gql_definition *gql_type_of(const struct gql_schema *s, const struct gql_type *t);
/* Whether a variable of type t can stand where other is wanted. */
bool gql_type_fits(const struct gql_type *t, const struct gql_type *other, bool other_non_null);

/* Always NULL. The fault counts as one of this place. */
void *gql_fault(struct gql *g, struct gql_pos pos, const char *fmt, ...) WB_PRINTF(3, 4);
/* Goes so many levels of JSON deeper; the caller comes back, always. False, and stopped, when that is too deep. */
bool gql_enter(struct gql *g, unsigned levels);
/* False, and stopped, when the budget is gone. */
bool gql_charge(struct gql *g, uint64_t steps);
static inline struct value gql_text(struct value v)
{
	return v.tag == V_STRING ? v : value_borrow("", 0);
}
bool gql_same(struct value a, struct value b);
#define GQL_S(v) (int)gql_text(v).len, gql_text(v).s

/* How messages show texts (as a literal of Go), types and values. */
void gql_put_quoted(struct buf *out, struct value text);
void gql_put_type(struct buf *out, const struct gql_type *t);
void gql_put_value(struct buf *out, const struct gql_value *v);

#endif
