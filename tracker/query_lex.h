/* Words of the filter language. */
#ifndef WB_TRACKER_QUERY_LEX_H
#define WB_TRACKER_QUERY_LEX_H

#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,      /* a bare word, keywords included; dots are tokens of their own */
	TOKEN_NUMBER,    /* begins with a digit or sign: a number or duration, judged by the parser */
	TOKEN_TEXT,      /* 'text' */
	TOKEN_QUOTED,    /* "text": a value or a key, by its place */
	TOKEN_BACKTICK,  /* `key` */
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_OPERATOR,  /* = == != <> < <= > >= */
	TOKEN_UNCLOSED,  /* a quote without its end */
	TOKEN_STRAY,     /* a character that begins nothing */
};

struct token {
	enum token_kind kind;
	const char *at; /* in the text, quotes included */
	size_t length;
};

struct lexer {
	const char *text;
	const char *next;
	int after_dot; /* the next bare word is a key: - / : belong to it */
};

void lexer_init(struct lexer *l, const char *text);
/* It never fails: TOKEN_UNCLOSED and TOKEN_STRAY stand for what is wrong. At the end, and from then on, TOKEN_END. */
struct token lexer_next(struct lexer *l);

#endif
