/* Source text to tokens, all at once: the parser looks ahead and goes back freely. */
#ifndef WB_POLICY_LEX_H
#define WB_POLICY_LEX_H

#include "policy/ast.h"

enum token_kind {
	TK_EOF,
	TK_NAME,
	TK_NUMBER,
	TK_STRING,
	TK_TEMPLATE, /* $"..." or $`...`: at..end with the quotes */
	TK_ERROR,    /* reported already */
	/* Punctuation. */
	TK_LBRACE, TK_RBRACE, TK_LBRACKET, TK_RBRACKET, TK_LPAREN, TK_RPAREN,
	TK_DOT, TK_COMMA, TK_SEMICOLON, TK_COLON,
	TK_ASSIGN, TK_UNIFY, TK_EQ, TK_NE, TK_LT, TK_LE, TK_GT, TK_GE,
	TK_PLUS, TK_MINUS, TK_STAR, TK_SLASH, TK_PERCENT, TK_AND, TK_OR,
};

/* What a name is besides: always a word of the language, or one where a keyword is imported. */
enum word { WORD_NONE, WORD_RESERVED, WORD_IN, WORD_EVERY, WORD_IF };

struct token {
	uint8_t kind; /* enum token_kind */
	uint8_t word; /* enum word, of TK_NAME */
	bool newline; /* a line end stands before it */
	bool space;   /* white space or a comment stands before it */
	uint32_t at, end;
	struct value value; /* TK_STRING, TK_NUMBER, TK_NAME (its text) */
};

/* On the heap; what their values point to lives in the pool. */
struct tokens {
	struct token *v;
	size_t n;
	bool says_resource; /* a name or a string is "resource" */
};

void tokens_release(struct tokens *t);
DEFINE_CLEANUP_VALUE(tokens_release, struct tokens);

/* Always ends with TK_EOF. Errors go to diags. from and to delimit the part of src to read. */
void lex(struct pool *p, const struct source *src, uint32_t from, uint32_t to, struct tokens *out,
	 struct policy_diags *diags);

/* Decodes the escapes of at..end (without quotes) of a string. */
bool lex_string(struct pool *p, const struct source *src, uint32_t at, uint32_t end, struct value *out,
		struct policy_diags *diags);

#endif
