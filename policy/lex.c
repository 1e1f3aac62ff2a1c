/* The lexer. */
#include "config.h"

#include "policy/lex.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "policy/num.h"

enum { RECENT = 256, RECENT_LENGTH = 40 };

struct lexer {
	struct pool *pool;
	const struct source *src;
	struct policy_diags *diags;
	uint32_t at, end;
	struct token *v;
	size_t n, cap;
	bool says_resource;
	uint32_t recent[RECENT]; /* by hash, one more than the place of a token with that text: names come again and again */
};

void tokens_release(struct tokens *t)
{
	free(t->v);
	*t = (struct tokens){ 0 };
}

static bool name_start(int c)
{
	return ((unsigned)c | 0x20) - 'a' < 26 || c == '_';
}

static bool is_name_byte(unsigned c)
{
	return (c | 0x20) - 'a' < 26 || c - '0' < 10 || c == '_';
}

static int peek(const struct lexer *l, uint32_t ahead)
{
	return l->at + ahead < l->end ? (unsigned char)l->src->text[l->at + ahead] : -1;
}

static struct token *push(struct lexer *l, enum token_kind kind, uint32_t at, bool newline, bool space)
{
	mem_reserve(&l->v, &l->cap, l->n + 1);
	l->v[l->n] = (struct token){ .kind = (uint8_t)kind, .at = at, .end = l->at, .newline = newline, .space = space };
	return &l->v[l->n++];
}

/* Without escapes, control characters and what would have to be checked. */
static bool is_plain_text(const char *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e || s[i] == '\\' || s[i] == '"')
			return false;
	return true;
}

bool lex_string(struct pool *p, const struct source *src, uint32_t at, uint32_t end, struct value *out,
		struct policy_diags *diags)
{
	CLEANUP(buf_release) struct buf quoted = BUF_INIT(SIZE_MAX / 2);
	struct error err = { 0 };

	if (is_plain_text(src->text + at, end - at)) {
		*out = value_string(p, src->text + at, end - at);
		return true;
	}
	buf_putc(&quoted, '"');
	buf_append(&quoted, src->text + at, end - at);
	buf_putc(&quoted, '"');
	if (value_from_json(p, quoted.data, quoted.len, JSON_STRICT, out, &err) == 0)
		return true;
	diag_add(diags, DIAG_STRING, src, at - 1, end + 1, "this string has a bad escape or a raw control character");
	diag_help(diags, "escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX; use `backticks` for text without escapes");
	return false;
}

/* Just past the closing quote; 0 when there is none on this line (or at all, for backticks). */
static uint32_t string_end(const struct lexer *l, uint32_t from, char quote, bool template)
{
	unsigned depth = 0;

	for (uint32_t i = from; i < l->end; i++) {
		char c = l->src->text[i];

		if (template && c == '\\' && i + 1 < l->end && (quote == '"' || l->src->text[i + 1] == '{'))
			i++;
		else if (!template && quote == '"' && c == '\\')
			i++;
		else if (template && c == '{')
			depth++;
		else if (template && depth && c == '}')
			depth--;
		else if (c == quote && depth == 0)
			return i + 1;
		else if (c == '\n' && quote == '"')
			return 0;
	}
	return 0;
}

static void read_string(struct lexer *l, bool newline, bool space)
{
	uint32_t at = l->at;
	bool template = peek(l, 0) == '$';
	char quote = (char)peek(l, template);
	uint32_t stop = string_end(l, at + template + 1, quote, template);
	struct token *t;

	if (!stop) {
		diag_add(l->diags, DIAG_STRING, l->src, at, at + 1, "this string is not closed");
		diag_help(l->diags, quote == '"' ? "a string in double quotes ends on its own line" :
						   "a raw string ends with another backtick");
		while (l->at < l->end && (quote == '`' || peek(l, 0) != '\n'))
			l->at++;
		push(l, TK_ERROR, at, newline, space);
		return;
	}
	l->at = stop;
	t = push(l, template ? TK_TEMPLATE : TK_STRING, at, newline, space);
	if (template)
		return;
	if (quote == '`')
		t->value = value_string(l->pool, l->src->text + at + 1, stop - at - 2);
	else if (!lex_string(l->pool, l->src, at + 1, stop - 1, &t->value, l->diags))
		t->kind = TK_ERROR;
	l->says_resource |= value_is_text(t->value, "resource");
}

static void read_number(struct lexer *l, bool newline, bool space)
{
	uint32_t at = l->at;
	char text[16] = "0";
	struct token *t;
	bool ok;

	while (isdigit(peek(l, 0)) || peek(l, 0) == '.' ||
	       ((peek(l, 0) == '+' || peek(l, 0) == '-') && strchr("eE", l->src->text[l->at - 1])) ||
	       name_start(peek(l, 0))) {
		/* "1.x" ends the number; "a[0].b" does too. */
		if (peek(l, 0) == '.' && !isdigit(peek(l, 1)))
			break;
		l->at++;
	}
	t = push(l, TK_NUMBER, at, newline, space);
	if (l->src->text[at] == '.' && l->at - at < sizeof text - 1) {
		memcpy(text + 1, l->src->text + at, l->at - at);
		ok = num_parse(l->pool, text, l->at - at + 1, &t->value);
	} else {
		ok = num_parse(l->pool, l->src->text + at, l->at - at, &t->value);
	}
	if (ok)
		return;
	diag_add(l->diags, DIAG_NUMBER, l->src, at, l->at, "'%.*s' is not a number", (int)(l->at - at > 40 ? 40 : l->at - at),
		 l->src->text + at);
	diag_help(l->diags, "numbers are written as in JSON: no leading zeros, no 0x, exponents up to 100000");
	t->kind = TK_ERROR;
}

static enum token_kind punctuation(int c, int next, uint32_t *len)
{
	static const uint8_t kinds[128] = {
		['{'] = TK_LBRACE, ['}'] = TK_RBRACE, ['['] = TK_LBRACKET, [']'] = TK_RBRACKET, ['('] = TK_LPAREN,
		[')'] = TK_RPAREN, ['.'] = TK_DOT, [','] = TK_COMMA, [';'] = TK_SEMICOLON, [':'] = TK_COLON, ['='] = TK_UNIFY,
		['<'] = TK_LT, ['>'] = TK_GT, ['+'] = TK_PLUS, ['-'] = TK_MINUS, ['*'] = TK_STAR, ['/'] = TK_SLASH,
		['%'] = TK_PERCENT, ['&'] = TK_AND, ['|'] = TK_OR,
	};

	*len = 2;
	if (next == '=') {
		switch (c) {
		case ':': return TK_ASSIGN;
		case '=': return TK_EQ;
		case '!': return TK_NE;
		case '<': return TK_LE;
		case '>': return TK_GE;
		default: break;
		}
	}
	*len = 1;
	return c >= 0 && c < 128 && kinds[c] ? (enum token_kind)kinds[c] : TK_ERROR;
}

/* 'text' on one line; 1 where the quote stands alone. */
static uint32_t quoted_length(const struct lexer *l)
{
	for (uint32_t i = 1; peek(l, i) >= 0 && peek(l, i) != '\n'; i++)
		if (peek(l, i) == '\'')
			return i + 1;
	return 1;
}

static void read_other(struct lexer *l, bool newline, bool space)
{
	uint32_t at = l->at, len, point = 0;
	enum token_kind kind = punctuation(peek(l, 0), peek(l, 1), &len);

	if (kind == TK_ERROR) {
		len = (uint32_t)str_utf8_decode(l->src->text + at, l->end - at, &point);
		if (!len)
			len = 1;
		/* What stands between single quotes would only be called wrong a second time. */
		if (peek(l, 0) == '\'')
			len = quoted_length(l);
		diag_add(l->diags, DIAG_SYNTAX, l->src, at, at + len, "this character has no meaning here");
		if (peek(l, 0) == '\'' || (point >= 0x2018 && point <= 0x201f))
			diag_help(l->diags, "strings take straight double quotes: \"like this\"");
		else if (peek(l, 0) == '!')
			diag_help(l->diags, "write `not` in front of a condition, or != between two values");
	}
	l->at += len;
	push(l, kind, at, newline, space);
}

static void skip_blank(struct lexer *l, bool *newline, bool *space)
{
	for (;;) {
		int c = peek(l, 0);

		if (c == '#') {
			const char *line_end = memchr(l->src->text + l->at, '\n', l->end - l->at);

			l->at = line_end ? (uint32_t)(line_end - l->src->text) : l->end;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
			*newline |= c == '\n';
			l->at++;
		} else {
			return;
		}
		*space = true;
	}
}

static enum word word_of(struct value name)
{
	static const struct {
		const char *text;
		enum word word;
	} words[] = {
		{ "package", WORD_RESERVED }, { "import", WORD_RESERVED }, { "as", WORD_RESERVED }, { "default", WORD_RESERVED },
		{ "else", WORD_RESERVED }, { "not", WORD_RESERVED }, { "some", WORD_RESERVED }, { "with", WORD_RESERVED },
		{ "null", WORD_RESERVED }, { "true", WORD_RESERVED }, { "false", WORD_RESERVED }, { "in", WORD_IN },
		{ "every", WORD_EVERY }, { "if", WORD_IF },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (words[i].text[0] == name.s[0] && value_is_text(name, words[i].text))
			return words[i].word;
	return WORD_NONE;
}

static void read_name(struct lexer *l, bool newline, bool space)
{
	const char *text = l->src->text;
	uint32_t at = l->at, hash = 0, *place, n;
	const struct token *before;
	struct token *t;

	for (; l->at < l->end && is_name_byte((unsigned char)text[l->at]); l->at++)
		hash = hash * 31 + (unsigned char)text[l->at];
	n = l->at - at;
	t = push(l, TK_NAME, at, newline, space);
	place = &l->recent[(hash ^ hash >> 8) % RECENT];
	before = *place ? &l->v[*place - 1] : NULL;
	if (before && before->value.len == n && memcmp(before->value.s, text + at, n) == 0) {
		t->value = before->value;
		t->word = before->word;
		return;
	}
	t->value = value_string(l->pool, text + at, n);
	t->word = (uint8_t)word_of(t->value);
	l->says_resource |= value_is_text(t->value, "resource");
	if (n <= RECENT_LENGTH)
		*place = (uint32_t)l->n;
}

void lex(struct pool *p, const struct source *src, uint32_t from, uint32_t to, struct tokens *out,
	 struct policy_diags *diags)
{
	struct lexer l = { .pool = p, .src = src, .diags = diags, .at = from, .end = to };

	mem_reserve(&l.v, &l.cap, (to - from) / 4 + 8);
	for (;;) {
		bool newline = false, space = false;
		uint32_t at;
		int c;

		skip_blank(&l, &newline, &space);
		at = l.at;
		c = peek(&l, 0);
		if (c < 0) {
			push(&l, TK_EOF, at, true, true);
			break;
		}
		if (name_start(c)) {
			read_name(&l, newline, space);
		} else if (c == '"' || c == '`' || (c == '$' && (peek(&l, 1) == '"' || peek(&l, 1) == '`'))) {
			read_string(&l, newline, space);
		} else if (isdigit(c) || (c == '.' && isdigit(peek(&l, 1)) &&
					  (space || !l.n || l.v[l.n - 1].kind == TK_ASSIGN))) {
			read_number(&l, newline, space);
		} else {
			read_other(&l, newline, space);
		}
	}
	*out = (struct tokens){ l.v, l.n, l.says_resource };
}
