/*
 * The rules that a query has to keep (October 2021, 5), each where the walk meets what it is about. In the reference the
 * rules of one meeting are asked by their names in alphabetical order, and every breach is told: so it is here.
 */
#ifndef WB_POLICY_GRAPHQL_RULES_H
#define WB_POLICY_GRAPHQL_RULES_H

#include "policy/graphql.h"

struct gql_check {
	struct gql *g;
	struct gql_schema *schema;
	struct gql_query_doc *doc;
	struct gql_names fragments;      /* the first of each name */
	struct gql_operation *operation; /* that is walked through; NULL in fragments on their own */
	unsigned walk, comparison, count, look;
	bool quiet, cyclic;              /* a first look for cycles only finds out whether there are any */
	unsigned merges;
	unsigned level;                  /* of the walks of trees, through fragments too */
	bool in_fragments;               /* all operations are done, and one fragment */
	struct gql_names used, fragments_seen, operations_seen, misplaced, pairs;
	struct gql_list path;            /* of spreads, along which cycles are looked for */
};

/* One level deeper; the caller comes back in any case. False when that is too deep or there is no budget left. */
bool gql_deeper(struct gql_check *c);

void gql_on_variable(struct gql_check *c, struct gql_variable *v);
void gql_on_operation(struct gql_check *c, struct gql_operation *o);
void gql_on_field(struct gql_check *c, struct gql_selection *s);
void gql_on_inline(struct gql_check *c, struct gql_selection *s);
void gql_on_spread(struct gql_check *c, struct gql_selection *s);
void gql_on_fragment(struct gql_check *c, struct gql_fragment *f);
void gql_on_directive(struct gql_check *c, struct gql_directive *d);
void gql_on_directives(struct gql_check *c, const struct gql_list *list);
void gql_on_value(struct gql_check *c, struct gql_value *v);

/* Rules with files of their own. */
void gql_check_merge(struct gql_check *c, struct gql_list *selections);
void gql_check_cycles(struct gql_check *c, struct gql_fragment *f);
/* Sets cyclic, and tells nothing yet. */
void gql_find_cycles(struct gql_check *c);
void gql_check_introspection(struct gql_check *c, struct gql_selection *s);
void gql_check_subscription(struct gql_check *c, struct gql_operation *o);
void gql_check_input(struct gql_check *c, struct gql_value *v);

bool gql_is_leaf(const struct gql_definition *def);
bool gql_is_composite(const struct gql_definition *def);
bool gql_is_input(const struct gql_definition *def);

/* Which of names (texts) may have been meant by word: " PREFIX a, b, or c?", or nothing. */
void gql_suggest(struct gql_check *c, struct buf *out, const char *prefix, struct value word, const struct vec *names,
		 bool quoted);
/* The names of members, in their order. */
struct vec gql_member_names(struct gql_check *c, const struct gql_list *members);
/* a, b, or c; five at most. */
void gql_put_choice(struct buf *out, const struct vec *names, bool quoted);

#endif
