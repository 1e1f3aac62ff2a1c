/* Tokens of GraphQL (specification of October 2021, 2.1), as far as its parser needs to know them. */
#ifndef WB_POLICY_GRAPHQL_LEX_H
#define WB_POLICY_GRAPHQL_LEX_H

#include "policy/graphql.h"

enum gql_token_kind {
	GQL_T_INVALID,
	GQL_T_EOF,
	GQL_T_BANG,
	GQL_T_DOLLAR,
	GQL_T_AMP,
	GQL_T_PAREN_L,
	GQL_T_PAREN_R,
	GQL_T_SPREAD,
	GQL_T_COLON,
	GQL_T_EQUALS,
	GQL_T_AT,
	GQL_T_BRACKET_L,
	GQL_T_BRACKET_R,
	GQL_T_BRACE_L,
	GQL_T_BRACE_R,
	GQL_T_PIPE,
	GQL_T_NAME,
	GQL_T_INT,
	GQL_T_FLOAT,
	GQL_T_STRING,
	GQL_T_BLOCK,
	GQL_T_COMMENT,
};

struct gql_token {
	enum gql_token_kind kind;
	struct value text; /* of names, numbers, strings (unescaped) and comments; borrowed or in the pool */
	struct gql_pos pos;
};

struct gql_lexer {
	struct gql *g;
	const char *s;
	size_t n, at;
	/* Columns are counted in characters. */
	uint32_t chars, row, row_start;
	size_t from;         /* the token's beginning */
	uint32_t from_chars;
	bool prelude;
	char wrong[120];     /* of the last invalid token */
};

void gql_lexer_init(struct gql_lexer *l, struct gql *g, struct value text, bool prelude);
/* An invalid token leaves why in wrong; the end is found again and again. */
struct gql_token gql_lexer_next(struct gql_lexer *l);

/* "Name", "{", "<EOF>" ... */
const char *gql_token_name(enum gql_token_kind kind);

#endif
