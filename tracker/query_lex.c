/* The lexer of the filter language. It never fails: what it cannot read becomes a token that says so. */
#include "config.h"

#include "tracker/query_lex.h"

#include <stdbool.h>
#include <string.h>

void lexer_init(struct lexer *l, const char *text)
{
	*l = (struct lexer){ .text = text, .next = text };
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes above ASCII belong to words: names may be in any script. */
static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t word_length(const char *s, bool is_key)
{
	size_t n = 0;

	while (is_word(s[n]) || (is_key && s[n] && strchr("-/:", s[n])))
		n++;
	return n;
}

/* Digits, a fraction, an exponent or units: everything that a number or duration may hold. */
static size_t number_length(const char *s)
{
	size_t n = *s == '-' || *s == '+';

	while (is_word(s[n]) || s[n] == '.' || ((s[n] == '-' || s[n] == '+') && (s[n - 1] == 'e' || s[n - 1] == 'E')))
		n++;
	return n;
}

static struct token quoted(const char *s)
{
	struct token t = { TOKEN_UNCLOSED, s, 1 };
	size_t n = 1;

	for (; s[n]; n++) {
		if (s[n] != *s)
			continue;
		if (s[n + 1] != *s) {
			t.kind = *s == '\'' ? TOKEN_TEXT : *s == '"' ? TOKEN_QUOTED : TOKEN_BACKTICK;
			t.length = n + 1;
			return t;
		}
		n++;
	}
	t.length = n;
	return t;
}

static struct token operator(const char *s)
{
	static const char *const two[] = { "==", "!=", "<>", "<=", ">=" };

	for (size_t i = 0; i < sizeof two / sizeof *two; i++) {
		if (strncmp(s, two[i], 2) == 0)
			return (struct token){ TOKEN_OPERATOR, s, 2 };
	}
	return (struct token){ *s == '!' ? TOKEN_STRAY : TOKEN_OPERATOR, s, 1 };
}

static struct token read_token(const char *s, bool is_key)
{
	switch (*s) {
	case '\0':
		return (struct token){ TOKEN_END, s, 0 };
	case '\'':
	case '"':
	case '`':
		return quoted(s);
	case '(':
		return (struct token){ TOKEN_OPEN, s, 1 };
	case ')':
		return (struct token){ TOKEN_CLOSE, s, 1 };
	case ',':
		return (struct token){ TOKEN_COMMA, s, 1 };
	case '=':
	case '!':
	case '<':
	case '>':
		return operator(s);
	default:
		break;
	}
	if (is_key && is_word(*s))
		return (struct token){ TOKEN_WORD, s, word_length(s, true) };
	if (is_digit(*s) || (*s && strchr("+-.", *s) && (is_digit(s[1]) || (*s != '.' && (s[1] == '.' || is_word(s[1]))))))
		return (struct token){ TOKEN_NUMBER, s, number_length(s) };
	if (*s == '.')
		return (struct token){ TOKEN_DOT, s, 1 };
	if (is_word(*s))
		return (struct token){ TOKEN_WORD, s, word_length(s, false) };
	return (struct token){ TOKEN_STRAY, s, 1 };
}

struct token lexer_next(struct lexer *l)
{
	struct token t;

	while (is_blank(*l->next))
		l->next++;
	t = read_token(l->next, l->after_dot);
	l->after_dot = t.kind == TOKEN_DOT;
	l->next = t.at + t.length;
	return t;
}
