/* Tokens to a syntax tree. */
#ifndef WB_POLICY_PARSE_H
#define WB_POLICY_PARSE_H

#include "policy/lex.h"

enum keyword {
	KW_IN = 1,
	KW_EVERY = 2,
	KW_IF = 4,
	KW_CONTAINS = 8,
	KW_NOT = 16, /* not with everything inside */
	KW_FUTURE = KW_IN | KW_EVERY | KW_IF | KW_CONTAINS,
};

struct parser {
	struct pool *pool;
	const struct source *src;
	struct policy_diags *diags;
	struct tokens tokens;
	size_t at;
	enum policy_dialect dialect;
	unsigned keywords;
	unsigned depth;
	unsigned chained; /* operators and calls behind calls of the rule so far: they nest without brackets */
	unsigned trial;   /* > 0: failures are not reported */
	uint64_t work;    /* tokens taken, going back counted again */
	bool no_or;       /* a bare | ends the term */
	bool failed;
	bool says_resource; /* as of tokens, inside a template */
};

/* Terms (parse_term.c). NULL after a failure, which was reported unless on trial. */
struct term *parse_expr_term(struct parser *p);
/* What some and every go through: no "k, v in" begins there. */
struct term *parse_domain(struct parser *p);
/* One of the patterns between "some" or "every" and "in". */
struct term *parse_some_item(struct parser *p);
struct body *parse_query(struct parser *p, enum token_kind end);
struct literal *parse_literal(struct parser *p);

/* Shared between the parser's files. */
static inline const struct token *parse_peek(const struct parser *p)
{
	return &p->tokens.v[p->at];
}

static inline const struct token *parse_ahead(const struct parser *p, size_t n)
{
	size_t at = p->at + n;

	return &p->tokens.v[at < p->tokens.n ? at : p->tokens.n - 1];
}

static inline bool parse_is(const struct parser *p, enum token_kind kind)
{
	return parse_peek(p)->kind == kind;
}

const struct token *parse_take(struct parser *p);
/* A keyword that is followed by . or [ is a plain name, the head of a reference. */
bool parse_heads_ref(const struct parser *p);
bool parse_is_word(const struct parser *p, const char *word);
bool parse_is_keyword(const struct parser *p, enum keyword kw);
bool parse_eat(struct parser *p, enum token_kind kind);
bool parse_eat_word(struct parser *p, const char *word);
bool parse_expect(struct parser *p, enum token_kind kind, const char *what);
void *parse_fail(struct parser *p, struct diag_kind kind, struct span at, const char *fmt, ...) WB_PRINTF(4, 5);
void *parse_unexpected(struct parser *p, const char *wanted);
void parse_help(struct parser *p, const char *fmt, ...) WB_PRINTF(2, 3);
struct span parse_span_from(const struct parser *p, uint32_t at);
bool parse_reserved(const struct parser *p, const struct token *t);
const char *token_text(struct parser *p, const struct token *t);
struct term *parse_ref_tail(struct parser *p, struct term *head);
struct term *parse_call_tail(struct parser *p, struct term *op);

/* A module, or -1 after errors. keywords are those active from the start. */
int parse_module(struct pool *pool, const struct source *src, enum policy_dialect dialect, unsigned keywords,
		 struct module *out, struct policy_diags *diags);

/* A query: a body at top level. */
struct body *parse_query_text(struct pool *pool, const struct source *src, enum policy_dialect dialect,
			      struct policy_diags *diags);

#endif
