/* What the parsers of GraphQL's two kinds of documents share. */
#ifndef WB_POLICY_GRAPHQL_PARSE_H
#define WB_POLICY_GRAPHQL_PARSE_H

#include "policy/graphql_lex.h"

/*
 * One token ahead. Comments are no tokens: those right before the token ahead wait in comment until it is taken. Once
 * something is wrong, g->failed, the token ahead is the last one that was taken, and nothing moves any more.
 */
struct gql_parser {
	struct gql *g;
	struct gql_lexer lex;
	bool peeked, in_comment;
	struct gql_token ahead, last;
	struct gql_comments *comment;
};

void gql_parser_init(struct gql_parser *p, struct gql *g, struct value text, bool prelude);
struct gql_token gql_peek(struct gql_parser *p);
struct gql_token gql_take(struct gql_parser *p);
bool gql_skip(struct gql_parser *p, enum gql_token_kind kind);
bool gql_is_word(struct gql_token t, const char *word);
/* The comments before it, or NULL. */
struct gql_comments *gql_expect(struct gql_parser *p, enum gql_token_kind kind, struct gql_token *out);
struct gql_comments *gql_expect_word(struct gql_parser *p, const char *word);
void gql_unexpected(struct gql_parser *p, struct gql_token t);

/* Items between two marks, where the first is there; at least one. The comments before the last. */
typedef void *gql_item_fn(struct gql_parser *p, bool constant);
struct gql_comments *gql_some(struct gql_parser *p, enum gql_token_kind first, enum gql_token_kind last, gql_item_fn *item,
			      bool constant, struct gql_list *out);

struct gql_pos gql_here(struct gql_parser *p);
struct value gql_take_name(struct gql_parser *p);
struct value gql_take_operation(struct gql_parser *p);
struct gql_type *gql_take_type(struct gql_parser *p);
struct gql_value *gql_take_value(struct gql_parser *p, bool constant);
struct gql_list gql_take_directives(struct gql_parser *p, bool constant);

#endif
