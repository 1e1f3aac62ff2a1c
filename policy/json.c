/* Values to and from JSON and the language's own notation. */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "policy/num.h"
#include "policy/value.h"

struct reader {
	struct pool *pool;
	const char *text;
	size_t at, len;
	enum json_flags flags;
	struct error *err;
	/* Elements of the collections that are open, the innermost last. */
	struct value *stack;
	size_t n, cap;
};

static int bad(struct reader *r, size_t at, const char *what)
{
	size_t row = 1, col = 1;

	for (size_t i = 0; i < at && i < r->len; i++) {
		col = r->text[i] == '\n' ? 1 : col + 1;
		row += r->text[i] == '\n';
	}
	return error_set(r->err, ERR_INVALID, "JSON, line %zu, column %zu: %s", row, col, what);
}

static void skip_space(struct reader *r)
{
	while (r->at < r->len &&
	       (r->text[r->at] == ' ' || r->text[r->at] == '\n' || r->text[r->at] == '\t' || r->text[r->at] == '\r'))
		r->at++;
}

static void push(struct reader *r, struct value v)
{
	mem_reserve(&r->stack, &r->cap, r->n + 1);
	r->stack[r->n++] = v;
}

/* Everything above base, in the pool. */
static struct value *take_above(struct reader *r, size_t base, size_t *out_n)
{
	struct value *items = pool_alloc(r->pool, (r->n - base) * sizeof *items);

	*out_n = r->n - base;
	if (*out_n)
		memcpy(items, r->stack + base, *out_n * sizeof *items);
	r->n = base;
	return items;
}

static bool eat(struct reader *r, char c)
{
	skip_space(r);
	if (r->at >= r->len || r->text[r->at] != c)
		return false;
	r->at++;
	return true;
}

static int hex4(const char *s, size_t n, uint32_t *out)
{
	unsigned char bytes[2];
	char four[5] = { 0 };

	if (n < 4)
		return -1;
	memcpy(four, s, 4);
	if (!str_unhex(four, bytes, 2))
		return -1;
	*out = (uint32_t)bytes[0] << 8 | bytes[1];
	return 0;
}

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* \uXXXX at s (after the u): joins surrogate pairs, a lone one becomes U+FFFD. Bytes consumed, 0 when malformed. */
static size_t read_unicode(const char *s, size_t n, uint32_t *c)
{
	uint32_t low;

	if (hex4(s, n, c) < 0)
		return 0;
	if (*c < 0xd800 || *c > 0xdfff)
		return 4;
	if (*c < 0xdc00 && n >= 10 && s[4] == '\\' && s[5] == 'u' && hex4(s + 6, n - 6, &low) == 0 && low >= 0xdc00 &&
	    low <= 0xdfff) {
		*c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
		return 10;
	}
	*c = 0xfffd;
	return 4;
}

static int read_escape(struct reader *r, char *out, size_t *used)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->len ? r->text[r->at++] : '\0';
	const char *known = c ? strchr(from, c) : NULL;
	uint32_t point;
	size_t n;

	if (known) {
		out[(*used)++] = to[known - from];
		return 0;
	}
	if (c != 'u')
		return bad(r, r->at - 1, "unknown escape in a string");
	n = read_unicode(r->text + r->at, r->len - r->at, &point);
	if (!n)
		return bad(r, r->at, "\\u takes four hex digits");
	r->at += n;
	*used += put_utf8(out + *used, point);
	return 0;
}

static int read_string(struct reader *r, struct value *out)
{
	size_t start = r->at, end = start, used = 0;
	bool plain = true;
	char *copy;

	while (end < r->len && r->text[end] != '"') {
		if ((unsigned char)r->text[end] < 0x20)
			return bad(r, end, "a string may not hold raw control characters");
		if (r->text[end] == '\\') {
			plain = false;
			end++;
		}
		end++;
	}
	if (end >= r->len)
		return bad(r, start, "a string is not closed");
	if (plain) {
		*out = value_string(r->pool, r->text + start, end - start);
		r->at = end + 1;
		return 0;
	}
	copy = pool_alloc(r->pool, end - start + 1);
	while (r->at < end) {
		if (r->text[r->at] != '\\') {
			copy[used++] = r->text[r->at++];
			continue;
		}
		r->at++;
		if (read_escape(r, copy, &used) < 0)
			return -1;
	}
	r->at = end + 1;
	copy[used] = '\0';
	*out = value_borrow(copy, used);
	return 0;
}

static int read_value(struct reader *r, size_t depth, struct value *out);

static int read_array(struct reader *r, size_t depth, struct value *out)
{
	struct value v, *items;
	size_t base = r->n, n;

	if (!eat(r, ']')) {
		do {
			if (read_value(r, depth + 1, &v) < 0)
				return -1;
			push(r, v);
		} while (eat(r, ','));
		if (!eat(r, ']'))
			return bad(r, r->at, "expected ',' or ']'");
	}
	items = take_above(r, base, &n);
	*out = value_array(items, n);
	return 0;
}

static int read_members(struct reader *r, size_t depth)
{
	struct value v;

	do {
		skip_space(r);
		if (r->at >= r->len || r->text[r->at] != '"')
			return bad(r, r->at, "expected a key in quotes");
		r->at++;
		if (read_string(r, &v) < 0)
			return -1;
		push(r, v);
		if (!eat(r, ':'))
			return bad(r, r->at, "expected ':'");
		if (read_value(r, depth + 1, &v) < 0)
			return -1;
		push(r, v);
	} while (eat(r, ','));
	if (!eat(r, '}'))
		return bad(r, r->at, "expected ',' or '}'");
	return 0;
}

static int read_object(struct reader *r, size_t depth, struct value *out)
{
	size_t start = r->at, base = r->n, n;
	struct pair *pairs;

	if (!eat(r, '}') && read_members(r, depth) < 0)
		return -1;
	/* Keys and values alternate: exactly the layout of pairs. */
	pairs = (struct pair *)(void *)take_above(r, base, &n);
	*out = value_object_last(pairs, n / 2);
	if (out->len != n / 2 && r->flags == JSON_STRICT)
		return bad(r, start, "an object has a key twice");
	return 0;
}

static bool eat_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if (r->len - r->at < n || memcmp(r->text + r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

static int read_number(struct reader *r, struct value *out)
{
	size_t start = r->at;

	for (; r->at < r->len; r->at++) {
		char c = r->text[r->at];

		if (!(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '+' && c != 'e' && c != 'E')
			break;
	}
	if (!num_parse(r->pool, r->text + start, r->at - start, out))
		return bad(r, start, "not a JSON value");
	return 0;
}

static int read_value(struct reader *r, size_t depth, struct value *out)
{
	skip_space(r);
	if (depth > LIMIT_JSON_DEPTH)
		return bad(r, r->at, "nested too deeply");
	if (r->pool->over || r->n > r->pool->max / sizeof *r->stack)
		return error_set(r->err, ERR_LIMIT, "JSON takes more memory than allowed");
	if (r->at >= r->len)
		return bad(r, r->at, "the text ends where a value is expected");
	switch (r->text[r->at]) {
	case '{':
		r->at++;
		return read_object(r, depth, out);
	case '[':
		r->at++;
		return read_array(r, depth, out);
	case '"':
		r->at++;
		return read_string(r, out);
	case 't':
	case 'f':
		*out = value_bool(r->text[r->at] == 't');
		return eat_word(r, out->i ? "true" : "false") ? 0 : bad(r, r->at, "not a JSON value");
	case 'n':
		*out = VALUE_NULL;
		return eat_word(r, "null") ? 0 : bad(r, r->at, "not a JSON value");
	default:
		return read_number(r, out);
	}
}

int value_from_json(struct pool *p, const char *text, size_t n, enum json_flags flags, struct value *out,
		    struct error *err)
{
	struct reader r = { .pool = p, .text = text, .len = n, .flags = flags, .err = err };
	struct value v;
	int rc;

	if (n > LIMIT_JSON)
		return error_set(err, ERR_LIMIT, "JSON is larger than %zu MiB", LIMIT_JSON / LIMIT_MIB);
	if (!str_is_utf8(text, n))
		return error_set(err, ERR_INVALID, "JSON is not valid UTF-8");
	rc = read_value(&r, 0, &v);
	free(r.stack);
	if (rc < 0)
		return -1;
	skip_space(&r);
	if (r.at != n)
		return bad(&r, r.at, "text after the value");
	*out = v;
	return 0;
}

/* Length of the character at s that can stay as it is; 0 with, in *out_text, what stands for it and its length. */
static size_t wide_char(const char *s, size_t n, enum text_style style, char out_text[8], size_t *out_taken)
{
	uint32_t c;
	size_t len = str_utf8_decode(s, n, &c);

	*out_taken = len ? len : 1;
	if (len && !(style != TEXT_REGO && (c == 0x2028 || c == 0x2029)))
		return len;
	if (len)
		snprintf(out_text, 8, "\\u%04x", c);
	else if (style == TEXT_REGO)
		snprintf(out_text, 8, "\\x%02x", (unsigned char)*s);
	else
		snprintf(out_text, 8, "\\ufffd");
	return 0;
}

void value_format_string(const char *s, size_t n, enum text_style style, struct buf *out)
{
	static const char named[] = "\b\f\n\r\t", letters[] = "bfnrt";
	size_t from = 0;

	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		bool html = style == TEXT_JSON_HTML && (c == '<' || c == '>' || c == '&');
		const char *name;

		if (c >= 0x80) {
			size_t taken;
			char text[8];

			if (!wide_char(s + i, n - i, style, text, &taken)) {
				buf_append(out, s + from, i - from);
				buf_puts(out, text);
				from = i + taken;
			}
			i += taken - 1;
			continue;
		}
		if (c >= 0x20 && c != '"' && c != '\\' && !html)
			continue;
		buf_append(out, s + from, i - from);
		from = i + 1;
		name = c ? strchr(named, c) : NULL;
		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (name)
			buf_printf(out, "\\%c", letters[name - named]);
		else
			buf_printf(out, style == TEXT_REGO ? "\\x%02x" : "\\u%04x", c);
	}
	buf_append(out, s + from, n - from);
	buf_putc(out, '"');
}

static void format_key(struct value key, enum text_style style, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(out->max);

	if (key.tag == V_STRING || style == TEXT_REGO) {
		value_format(key, style, out);
		return;
	}
	value_format(key, TEXT_JSON, &text);
	value_format_string(buf_text(&text), text.len, style, out);
	out->full |= text.full;
}

static void format_list(struct value v, enum text_style style, struct buf *out)
{
	bool braces = style == TEXT_REGO && v.tag == V_SET;

	if (braces && v.len == 0) {
		buf_puts(out, "set()");
		return;
	}
	buf_putc(out, braces ? '{' : '[');
	for (uint32_t i = 0; i < v.len && !out->full; i++) {
		if (i)
			buf_puts(out, style == TEXT_REGO ? ", " : ",");
		value_format(v.items[i], style, out);
	}
	buf_putc(out, braces ? '}' : ']');
}

void value_format(struct value v, enum text_style style, struct buf *out)
{
	switch (v.tag) {
	case V_BOOL:
		buf_puts(out, v.i ? "true" : "false");
		return;
	case V_NUMBER:
		num_format(v, out);
		return;
	case V_STRING:
		value_format_string(v.s, v.len, style, out);
		return;
	case V_ARRAY:
	case V_SET:
		format_list(v, style, out);
		return;
	case V_OBJECT:
		buf_putc(out, '{');
		for (uint32_t i = 0; i < v.len && !out->full; i++) {
			if (i)
				buf_puts(out, style == TEXT_REGO ? ", " : ",");
			format_key(v.pairs[i].key, style, out);
			buf_puts(out, style == TEXT_REGO ? ": " : ":");
			value_format(v.pairs[i].val, style, out);
		}
		buf_putc(out, '}');
		return;
	default:
		buf_puts(out, "null");
	}
}

static void break_line(const char *prefix, const char *indent, unsigned depth, struct buf *out)
{
	buf_putc(out, '\n');
	buf_puts(out, prefix);
	while (depth--)
		buf_puts(out, indent);
}

static void format_deep(struct value v, const char *prefix, const char *indent, unsigned depth, struct buf *out)
{
	bool object = v.tag == V_OBJECT;

	if (v.tag < V_ARRAY || v.len == 0) {
		value_format(v, TEXT_JSON_HTML, out);
		return;
	}
	buf_putc(out, object ? '{' : '[');
	for (uint32_t i = 0; i < v.len && !out->full; i++) {
		if (i)
			buf_putc(out, ',');
		break_line(prefix, indent, depth + 1, out);
		if (object) {
			format_key(v.pairs[i].key, TEXT_JSON_HTML, out);
			buf_puts(out, ": ");
		}
		format_deep(object ? v.pairs[i].val : v.items[i], prefix, indent, depth + 1, out);
	}
	break_line(prefix, indent, depth, out);
	buf_putc(out, object ? '}' : ']');
}

void value_format_pretty(struct value v, const char *prefix, const char *indent, struct buf *out)
{
	format_deep(v, prefix, indent, 0, out);
}
