/* Tokens of GraphQL. Rows end as the reference counts them: after \r\n a column is one too many outside of strings. */
#include "config.h"

#include "policy/graphql_lex.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

const char *gql_token_name(enum gql_token_kind kind)
{
	static const char *const names[] = {
		"<Invalid>", "<EOF>", "!", "$", "&", "(", ")", "...", ":", "=", "@", "[", "]", "{", "}", "|",
		"Name", "Int", "Float", "String", "BlockString", "Comment",
	};

	return names[kind];
}

void gql_lexer_init(struct gql_lexer *l, struct gql *g, struct value text, bool prelude)
{
	*l = (struct gql_lexer){ .g = g, .s = text.s, .n = text.len, .row = 1, .prelude = prelude };
}

static void take(struct gql_lexer *l, size_t n)
{
	l->at += n;
	l->chars += (uint32_t)n;
}

/* One character of any width. */
static void take_char(struct gql_lexer *l)
{
	uint32_t c;
	size_t n = (unsigned char)l->s[l->at] < 0x80 ? 1 : str_utf8_decode(l->s + l->at, l->n - l->at, &c);

	l->at += n ? n : 1;
	l->chars++;
}

static void new_row(struct gql_lexer *l)
{
	l->row++;
	l->row_start = l->chars;
}

static struct gql_token token(struct gql_lexer *l, enum gql_token_kind kind, struct value text)
{
	return (struct gql_token){
		.kind = kind, .text = text,
		.pos = { .row = l->row, .column = (int32_t)l->from_chars - (int32_t)l->row_start + 1, .prelude = l->prelude },
	};
}

static struct gql_token slice(struct gql_lexer *l, enum gql_token_kind kind)
{
	return token(l, kind, value_borrow(l->s + l->from, l->at - l->from));
}

static struct gql_token invalid(struct gql_lexer *l, const char *fmt, ...) WB_PRINTF(2, 3);
static struct gql_token invalid(struct gql_lexer *l, const char *fmt, ...)
{
	struct gql_token t = token(l, GQL_T_INVALID, value_borrow("", 0));
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->wrong, sizeof l->wrong, fmt, ap);
	va_end(ap);
	t.pos.column = (int32_t)l->chars - (int32_t)l->row_start + 1;
	return t;
}

static void skip_blanks(struct gql_lexer *l)
{
	while (l->at < l->n) {
		char c = l->s[l->at];

		if (c == '\xef' && l->n - l->at >= 3 && memcmp(l->s + l->at, "\xef\xbb\xbf", 3) == 0) {
			take_char(l);
			continue;
		}
		if (c != '\t' && c != ' ' && c != ',' && c != '\n' && c != '\r')
			return;
		take(l, 1);
		if (c == '\n' || c == '\r')
			new_row(l);
		if (c == '\r' && l->at < l->n && l->s[l->at] == '\n')
			take(l, 1);
	}
}

/* ---- numbers --------------------------------------------------------------------------------------------- */

static bool take_one_of(struct gql_lexer *l, const char *set)
{
	if (l->at >= l->n || !l->s[l->at] || !strchr(set, l->s[l->at]))
		return false;
	take(l, 1);
	return true;
}

static size_t take_digits(struct gql_lexer *l)
{
	size_t from = l->at;

	while (l->at < l->n && l->s[l->at] >= '0' && l->s[l->at] <= '9')
		take(l, 1);
	return l->at - from;
}

/* The byte that is next, as the character of that number. */
static const char *upcoming(const struct gql_lexer *l, char *out, size_t size)
{
	char utf8[8];
	size_t n;

	if (l->at >= l->n)
		return "<EOF>";
	n = str_utf8_encode((unsigned char)l->s[l->at], utf8);
	snprintf(out, size, "\"%.*s\"", (int)n, utf8);
	return out;
}

static struct gql_token no_digit(struct gql_lexer *l)
{
	char next[16];

	return invalid(l, "Invalid number, expected digit but got: %s.", upcoming(l, next, sizeof next));
}

static struct gql_token read_number(struct gql_lexer *l)
{
	enum gql_token_kind kind = GQL_T_INT;
	char next[16];

	take_one_of(l, "-");
	if (take_one_of(l, "0")) {
		if (l->at < l->n && l->s[l->at] >= '0' && l->s[l->at] <= '9')
			return invalid(l, "Invalid number, unexpected digit after 0: %s.", upcoming(l, next, sizeof next));
	} else if (!take_digits(l)) {
		return no_digit(l);
	}
	if (take_one_of(l, ".")) {
		kind = GQL_T_FLOAT;
		if (!take_digits(l))
			return no_digit(l);
	}
	if (take_one_of(l, "eE")) {
		kind = GQL_T_FLOAT;
		take_one_of(l, "-+");
		if (!take_digits(l))
			return no_digit(l);
	}
	return slice(l, kind);
}

/* ---- strings --------------------------------------------------------------------------------------------- */

/* Text that grows in the pool; borrowed from the source for as long as it is the source's. */
struct text {
	char *s;
	size_t n;
};

static void put(struct text *t, const char *s, size_t n)
{
	memcpy(t->s + t->n, s, n);
	t->n += n;
}

static void put_code_point(struct text *t, uint32_t c)
{
	t->n += str_utf8_encode(c >= 0xd800 && c < 0xe000 ? 0xfffd : c, t->s + t->n);
}

static bool read_hex(const char *s, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		char c = s[i];

		if (c >= '0' && c <= '9')
			*out = *out << 4 | (uint32_t)(c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			*out = *out << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* \uXXXX. False with what is wrong. */
static bool read_code_point(struct gql_lexer *l, struct text *t, struct gql_token *out)
{
	uint32_t c;

	if (l->at + 6 < l->n && read_hex(l->s + l->at + 2, &c)) {
		put_code_point(t, c);
		take(l, 6);
		return true;
	}
	take(l, 1);
	*out = invalid(l, "Invalid character escape sequence: \\%.*s.", l->at + 5 < l->n ? 5 : (int)(l->n - l->at), l->s + l->at);
	return false;
}

static bool read_escape(struct gql_lexer *l, struct text *t, struct gql_token *out)
{
	static const char letters[] = "\"/\\bfnrt", meant[] = "\"/\\\b\f\n\r\t";
	char c = l->at + 1 < l->n ? l->s[l->at + 1] : 0;
	const char *at = c ? strchr(letters, c) : NULL;
	char next[16];

	if (c == 'u')
		return read_code_point(l, t, out);
	if (at) {
		put(t, &meant[at - letters], 1);
		take(l, 2);
		return true;
	}
	take(l, 1);
	if (l->at >= l->n)
		*out = invalid(l, "Invalid character escape sequence.");
	else
		*out = invalid(l, "Invalid character escape sequence: \\%.*s.", (int)strcspn(upcoming(l, next, sizeof next) + 1, "\""),
			       next + 1);
	return false;
}

/* How long the string that goes on here can get. */
static size_t string_room(const struct gql_lexer *l)
{
	size_t i = l->at;

	while (i < l->n && l->s[i] != '"' && l->s[i] != '\n' && l->s[i] != '\r')
		i += l->s[i] == '\\' ? 2 : 1;
	return (i < l->n ? i : l->n) - l->from + 4;
}

static struct gql_token read_string(struct gql_lexer *l)
{
	struct text t = { 0 };
	struct gql_token out;

	take(l, 1);
	l->from = l->at;
	l->from_chars = l->chars;
	while (l->at < l->n && l->s[l->at] != '\n' && l->s[l->at] != '\r') {
		unsigned char c = (unsigned char)l->s[l->at];
		size_t from = l->at;

		if (c < ' ' && c != '\t')
			return invalid(l, "Invalid character within String: \"\\u%04x\".", c);
		if (c == '"') {
			out = t.s ? token(l, GQL_T_STRING, value_borrow(t.s, t.n)) : slice(l, GQL_T_STRING);
			take(l, 1);
			return out;
		}
		if (c == '\\' && !t.s) {
			t.s = pool_alloc(l->g->pool, string_room(l));
			put(&t, l->s + l->from, l->at - l->from);
		}
		if (c == '\\') {
			if (!read_escape(l, &t, &out))
				return out;
			continue;
		}
		take_char(l);
		if (t.s)
			put(&t, l->s + from, l->at - from);
	}
	return invalid(l, "Unterminated string.");
}

/* The number of blanks that a line begins with; SIZE_MAX when it is nothing else. */
static size_t indent_of(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	return i < n ? i : SIZE_MAX;
}

static size_t line_end(const struct text *t, size_t from)
{
	const char *end = memchr(t->s + from, '\n', t->n - from);

	return end ? (size_t)(end - t->s) : t->n;
}

/* BlockStringValue() of the specification, 2.9.4, but that the first line's indentation counts too. In place. */
static struct value block_value(struct text *t)
{
	size_t common = SIZE_MAX, n = 0, keep = 0;
	bool started = false;

	for (size_t at = 0; at <= t->n; at = line_end(t, at) + 1) {
		size_t indent = indent_of(t->s + at, line_end(t, at) - at);

		common = indent < common ? indent : common;
	}
	for (size_t at = 0, end; at <= t->n; at = end + 1) {
		size_t from = at, len;
		bool blank;

		end = line_end(t, at);
		blank = indent_of(t->s + at, end - at) == SIZE_MAX;
		if (common != SIZE_MAX && at)
			from = end - at < common ? end : at + common;
		if (blank && !started)
			continue;
		if (started)
			t->s[n++] = '\n';
		started = true;
		len = end - from;
		memmove(t->s + n, t->s + from, len);
		n += len;
		keep = blank ? keep : n;
	}
	return value_borrow(t->s, keep);
}

/* False at the closing quotes, which are the last three of any number. */
static bool read_quotes(struct gql_lexer *l, struct text *t)
{
	size_t n = 1;

	while (l->at + n < l->n && l->s[l->at + n] == '"')
		n++;
	for (size_t i = 3; i < n; i++)
		put(t, "\"", 1);
	if (n < 3) {
		put(t, "\"", 1);
		take(l, 1);
		return true;
	}
	return false;
}

static void read_block_char(struct gql_lexer *l, struct text *t)
{
	size_t from = l->at;

	if (l->n - l->at >= 4 && memcmp(l->s + l->at, "\\\"\"\"", 4) == 0) {
		put(t, "\"\"\"", 3);
		take(l, 4);
	} else if (l->s[l->at] == '\r') {
		put(t, "\n", 1);
		take(l, l->at + 1 < l->n && l->s[l->at + 1] == '\n' ? 2 : 1);
		new_row(l);
	} else {
		take_char(l);
		put(t, l->s + from, l->at - from);
		if (l->s[from] == '\n')
			new_row(l);
	}
}

static size_t block_room(const struct gql_lexer *l)
{
	size_t i = l->at;

	while (l->n - i >= 3 && memcmp(l->s + i, "\"\"\"", 3) != 0)
		i += l->n - i >= 4 && memcmp(l->s + i, "\\\"\"\"", 4) == 0 ? 4 : 1;
	while (i < l->n && (l->n - i < 3 || l->s[i] == '"'))
		i++;
	return i - l->at + 1;
}

static struct gql_token read_block(struct gql_lexer *l)
{
	struct text t = { 0 };
	struct gql_token out;

	take(l, 3);
	l->from = l->at;
	l->from_chars = l->chars;
	t.s = pool_alloc(l->g->pool, block_room(l));
	while (l->at < l->n) {
		unsigned char c = (unsigned char)l->s[l->at];

		if (c == '"') {
			if (read_quotes(l, &t))
				continue;
			out = token(l, GQL_T_BLOCK, block_value(&t));
			while (l->at < l->n && l->s[l->at] == '"')
				take(l, 1);
			return out;
		}
		if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
			return invalid(l, "Invalid character within String: \"\\u%04x\".", c);
		read_block_char(l, &t);
	}
	return invalid(l, "Unterminated string.");
}

/* ---- one token ------------------------------------------------------------------------------------------- */

static struct gql_token read_comment(struct gql_lexer *l)
{
	while (l->at < l->n && ((unsigned char)l->s[l->at] > 0x1f || l->s[l->at] == '\t'))
		take_char(l);
	return slice(l, GQL_T_COMMENT);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct gql_token read_name(struct gql_lexer *l)
{
	while (l->at < l->n && (is_letter(l->s[l->at]) || is_digit(l->s[l->at])))
		take(l, 1);
	return slice(l, GQL_T_NAME);
}

static struct gql_token unexpected(struct gql_lexer *l)
{
	unsigned char c = (unsigned char)l->s[l->at];
	char next[16];

	if (c < ' ')
		return invalid(l, "Cannot contain the invalid character \"\\u%04x\"", c);
	if (c == '\'')
		return invalid(l, "Unexpected single quote character ('), did you mean to use a double quote (\")?");
	return invalid(l, "Cannot parse the unexpected character %s.", upcoming(l, next, sizeof next));
}

struct gql_token gql_lexer_next(struct gql_lexer *l)
{
	static const char marks[] = "!$&():=@[]{}|";
	static const enum gql_token_kind kinds[] = {
		GQL_T_BANG, GQL_T_DOLLAR, GQL_T_AMP, GQL_T_PAREN_L, GQL_T_PAREN_R, GQL_T_COLON, GQL_T_EQUALS, GQL_T_AT,
		GQL_T_BRACKET_L, GQL_T_BRACKET_R, GQL_T_BRACE_L, GQL_T_BRACE_R, GQL_T_PIPE,
	};
	const char *at;
	char c;

	skip_blanks(l);
	l->from = l->at;
	l->from_chars = l->chars;
	if (l->at >= l->n)
		return token(l, GQL_T_EOF, value_borrow("", 0));
	c = l->s[l->at];
	at = c ? strchr(marks, c) : NULL;
	if (at) {
		take(l, 1);
		return token(l, kinds[at - marks], value_borrow("", 0));
	}
	if (l->n - l->at >= 3 && memcmp(l->s + l->at, "...", 3) == 0) {
		take(l, 3);
		return token(l, GQL_T_SPREAD, value_borrow("", 0));
	}
	if (l->n - l->at >= 3 && memcmp(l->s + l->at, "\"\"\"", 3) == 0)
		return read_block(l);
	if (c == '#')
		return read_comment(l);
	if (is_letter(c))
		return read_name(l);
	if (c == '-' || is_digit(c))
		return read_number(l);
	return c == '"' ? read_string(l) : unexpected(l);
}
