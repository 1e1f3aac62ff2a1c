/* The sprintf builtin: what OPA hands to Go's fmt, and what that makes of it. */
#include "config.h"

#include "policy/sprintf.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "policy/num.h"
#include "policy/unicode.h"

enum { WIDTH_MAX = 1000000, PRECISION_MAX = 400, EXPONENT_FROM = 6, LEAST_EXPONENT = -4 };

struct spec {
	bool minus, plus, sharp, space, zero, has_width, has_prec;
	bool sharp_v; /* %#v */
	int width, prec;
	const char *verb; /* NULL: none; a character of any length */
	size_t verb_len;
};

/* A call in progress. */
struct call {
	struct pool *pool;
	struct buf *out;
	struct value args;
	uint32_t used;
	bool reordered, bad_index;
	struct spec spec;
};

enum arg_kind { ARG_INT, ARG_BIG, ARG_FLOAT, ARG_TEXT };

static enum arg_kind kind_of(struct value v)
{
	if (v.tag != V_NUMBER)
		return ARG_TEXT;
	if (v.num != NUM_DEC)
		return v.num == NUM_INT ? ARG_INT : ARG_BIG;
	return isfinite((double)num_to_float(v)) ? ARG_FLOAT : ARG_TEXT;
}

static const char *type_of(struct value v)
{
	static const char *const names[] = { "int64", "*big.Int", "float64", "string" };

	return names[kind_of(v)];
}

/* ---- padding --------------------------------------------------------------------------------------------- */

static size_t count_chars(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

static void repeat(struct buf *out, char c, size_t n)
{
	while (n--)
		buf_putc(out, c);
}

/* signs: zeros come behind a sign. */
static void pad(struct call *c, const struct buf *text, bool signs)
{
	const struct spec *spec = &c->spec;
	size_t chars = count_chars(buf_text(text), text->len), skip = 0;
	size_t gap = spec->has_width && (size_t)spec->width > chars ? (size_t)spec->width - chars : 0;

	if (spec->minus) {
		buf_append(c->out, buf_text(text), text->len);
		repeat(c->out, ' ', gap);
		return;
	}
	if (spec->zero && signs && text->len && strchr("+- ", text->data[0])) {
		buf_putc(c->out, text->data[0]);
		skip = 1;
	}
	repeat(c->out, spec->zero ? '0' : ' ', gap);
	buf_append(c->out, buf_text(text) + skip, text->len - skip);
}

/* ---- whole numbers --------------------------------------------------------------------------------------- */

static void upper(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		b->data[i] = (char)toupper((unsigned char)b->data[i]);
}

static const char *prefix_of(const struct spec *spec, unsigned base, char verb, const char *digits)
{
	if (verb == 'O')
		return "0o";
	if (!spec->sharp)
		return "";
	if (base == 8)
		return digits[0] == '0' ? "" : "0";
	return base == 2 ? "0b" : base == 16 ? (verb == 'X' ? "0X" : "0x") : "";
}

static void put_integer(struct call *c, struct value v, unsigned base, char verb)
{
	CLEANUP(buf_release) struct buf digits = BUF_INIT(SIZE_MAX / 2), text = BUF_INIT(SIZE_MAX / 2);
	struct spec *spec = &c->spec, saved = *spec;
	bool negative = num_sign(v) < 0;
	const char *sign = negative ? "-" : spec->plus ? "+" : spec->space ? " " : "", *prefix;
	size_t least = spec->has_prec ? (size_t)spec->prec : 0, n;

	num_format_base(c->pool, v, base, &digits);
	if (verb == 'X')
		upper(&digits);
	n = digits.len - negative;
	prefix = prefix_of(spec, base, verb, buf_text(&digits) + negative);
	if (spec->zero && spec->has_width && !spec->has_prec && !spec->minus) {
		size_t taken = strlen(sign) + (kind_of(v) == ARG_BIG ? strlen(prefix) : 0);

		least = (size_t)spec->width > taken ? (size_t)spec->width - taken : 0;
	}
	if (!(spec->has_prec && !spec->prec && !num_sign(v))) {
		buf_puts(&text, sign);
		buf_puts(&text, prefix);
		repeat(&text, '0', least > n ? least - n : 0);
		buf_append(&text, buf_text(&digits) + negative, n);
	}
	spec->zero = false;
	pad(c, &text, false);
	*spec = saved;
}

/* ---- fractions ------------------------------------------------------------------------------------------- */

/* The fewest digits that read back as f: D.DDDe+XX. */
static void shortest(double f, struct buf *out)
{
	char text[64];

	for (int digits = 0; digits < 17; digits++) {
		snprintf(text, sizeof text, "%.*e", digits, f);
		if (!islessgreater(strtod(text, NULL), f))
			break;
	}
	buf_puts(out, text);
}

static void put_general(double f, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);
	const char *e;
	int exp, digits;

	shortest(f, &text);
	e = strchr(buf_text(&text), 'e');
	exp = (int)strtol(e + 1, NULL, 10);
	digits = 0;
	for (const char *s = buf_text(&text); s < e; s++)
		digits += isdigit((unsigned char)*s) != 0;
	if (exp < LEAST_EXPONENT || exp >= EXPONENT_FROM)
		buf_puts(out, buf_text(&text));
	else
		buf_printf(out, "%.*f", digits - 1 > exp ? digits - 1 - exp : 0, f);
}

/* Go writes two digits of an exponent of 2 at least. */
static void put_hex_float(double f, const struct spec *spec, struct buf *out)
{
	char text[512];
	const char *e;
	int exp;

	if (spec->has_prec)
		snprintf(text, sizeof text, "%.*a", spec->prec, f);
	else
		snprintf(text, sizeof text, "%a", f);
	e = strchr(text, 'p');
	exp = (int)strtol(e + 1, NULL, 10);
	buf_append(out, text, (size_t)(e - text));
	buf_printf(out, "p%c%02d", exp < 0 ? '-' : '+', abs(exp));
}

static void put_binary_float(double f, struct buf *out)
{
	int exp;
	double part = frexp(f, &exp);

	buf_printf(out, "%.0fp%+d", ldexp(part, 53), exp - 53);
}

static void put_float(struct call *c, struct value v, char verb)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);
	const struct spec *spec = &c->spec;
	double f = (double)num_to_float(v);
	int prec = spec->has_prec ? spec->prec : 6;

	if (prec > PRECISION_MAX)
		prec = PRECISION_MAX;
	if (!signbit(f) && (spec->plus || spec->space))
		buf_putc(&text, spec->plus ? '+' : ' ');
	if (verb == 'e' || verb == 'E')
		buf_printf(&text, "%.*e", prec, f);
	else if (verb == 'f' || verb == 'F')
		buf_printf(&text, "%.*f", prec, f);
	else if (verb == 'x' || verb == 'X')
		put_hex_float(f, spec, &text);
	else if (verb == 'b')
		put_binary_float(f, &text);
	else if (spec->has_prec)
		buf_printf(&text, "%.*g", prec, f);
	else
		put_general(f, &text);
	if (verb == 'E' || verb == 'G' || verb == 'X')
		upper(&text);
	pad(c, &text, true);
}

/* ---- text ------------------------------------------------------------------------------------------------ */

/* What OPA makes of a value that is no number. */
static void plain(struct value v, struct buf *out)
{
	if (v.tag == V_STRING)
		buf_append(out, v.s, v.len);
	else
		value_format(v, TEXT_REGO, out);
}

static void cut(const struct spec *spec, struct buf *text)
{
	size_t chars = 0, n = 0;

	for (; spec->has_prec && n < text->len; n++)
		if (((unsigned char)text->data[n] & 0xc0) != 0x80 && chars++ == (size_t)spec->prec)
			break;
	if (spec->has_prec)
		buf_truncate(text, n);
}

static void put_text(struct call *c, struct value v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(c->out->max);

	plain(v, &text);
	cut(&c->spec, &text);
	pad(c, &text, false);
}

static void put_hex_text(struct call *c, struct value v, bool capital)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(c->out->max), hex = BUF_INIT(c->out->max);
	const struct spec *spec = &c->spec;
	size_t n;

	plain(v, &text);
	n = spec->has_prec && (size_t)spec->prec < text.len ? (size_t)spec->prec : text.len;
	for (size_t i = 0; i < n; i++) {
		if (spec->space && i)
			buf_putc(&hex, ' ');
		if (spec->sharp && (spec->space || !i))
			buf_puts(&hex, "0x");
		buf_printf(&hex, "%02x", (unsigned char)text.data[i]);
	}
	if (capital)
		upper(&hex);
	pad(c, &hex, false);
}

/* One character of a literal of Go's. */
static void put_escaped(const char *s, size_t n, char quote, struct buf *out)
{
	static const char named[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
	const char *at = *s ? strchr(named, *s) : NULL;

	if (at)
		buf_printf(out, "\\%c", letters[at - named]);
	else if (*s == quote || *s == '\\')
		buf_printf(out, "\\%c", *s);
	else if ((unsigned char)*s < ' ' || *s == 0x7f)
		buf_printf(out, "\\x%02x", (unsigned char)*s);
	else
		buf_append(out, s, n);
}

static void put_quoted(struct call *c, struct value v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(c->out->max), quoted = BUF_INIT(c->out->max);
	bool raw = c->spec.sharp;

	plain(v, &text);
	cut(&c->spec, &text);
	for (size_t i = 0; raw && i < text.len; i++)
		raw = text.data[i] != '`' && text.data[i] != 0x7f && ((unsigned char)text.data[i] >= ' ' || text.data[i] == '\t');
	buf_putc(&quoted, raw ? '`' : '"');
	if (raw)
		buf_append(&quoted, buf_text(&text), text.len);
	for (size_t i = 0, n; !raw && i < text.len; i += n) {
		for (n = 1; i + n < text.len && ((unsigned char)text.data[i + n] & 0xc0) == 0x80; n++)
			;
		put_escaped(text.data + i, n, '"', &quoted);
	}
	buf_putc(&quoted, raw ? '`' : '"');
	pad(c, &quoted, false);
}

/* %c and %q of a whole number. */
static void put_rune(struct call *c, struct value v, bool quote)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);
	uint32_t rune = v.i >= 0 && v.i <= 0x10ffff && !(v.i >= 0xd800 && v.i < 0xe000) ? (uint32_t)v.i : 0xfffd;
	char bytes[4];
	size_t n = str_utf8_encode(rune, bytes);

	if (quote)
		buf_putc(&text, '\'');
	if (quote)
		put_escaped(bytes, n, '\'', &text);
	else
		buf_append(&text, bytes, n);
	if (quote)
		buf_putc(&text, '\'');
	pad(c, &text, false);
}

static void put_code_point(struct call *c, struct value v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64);
	struct spec saved = c->spec;

	buf_printf(&text, "U+%0*llX", saved.has_prec && saved.prec > 4 && saved.prec < 20 ? saved.prec : 4, (unsigned long long)v.i);
	c->spec.zero = false;
	pad(c, &text, false);
	c->spec = saved;
}

/* ---- verbs ----------------------------------------------------------------------------------------------- */

/* The value under %v. */
static void put_value(struct call *c, struct value v)
{
	if (v.tag == V_NUMBER && kind_of(v) == ARG_FLOAT)
		put_float(c, v, 'g');
	else if (v.tag == V_NUMBER && kind_of(v) != ARG_TEXT)
		put_integer(c, v, 10, 'v');
	else if (c->spec.sharp_v)
		put_quoted(c, v);
	else
		put_text(c, v);
}

/* Flags stay in force, as they do in Go. */
static void bad_verb(struct call *c, struct value v)
{
	bool big = kind_of(v) == ARG_BIG;

	buf_puts(c->out, "%!");
	buf_append(c->out, c->spec.verb, c->spec.verb_len);
	buf_printf(c->out, "(%s=", big ? "big.Int" : type_of(v));
	if (big)
		num_format(v, c->out);
	else
		put_value(c, v);
	buf_putc(c->out, ')');
}

static unsigned base_of(char verb)
{
	return verb == 'b' ? 2 : verb == 'o' || verb == 'O' ? 8 : verb == 'x' || verb == 'X' ? 16 : verb == 'd' ? 10 : 0;
}

static void put_number(struct call *c, struct value v, char verb)
{
	enum arg_kind kind = kind_of(v);

	if (kind == ARG_FLOAT && verb && strchr("eEfFgGxXb", verb))
		put_float(c, v, verb);
	else if (kind != ARG_FLOAT && base_of(verb))
		put_integer(c, v, base_of(verb), verb);
	else if (kind == ARG_BIG && verb == 's')
		put_integer(c, v, 10, verb);
	else if (kind == ARG_INT && (verb == 'c' || verb == 'q'))
		put_rune(c, v, verb == 'q');
	else if (kind == ARG_INT && verb == 'U')
		put_code_point(c, v);
	else
		bad_verb(c, v);
}

static void put(struct call *c, struct value v)
{
	char verb = c->spec.verb_len == 1 ? c->spec.verb[0] : '\0';
	struct buf name = BUF_INIT(64);

	if (verb == 'T') {
		buf_puts(&name, type_of(v));
		pad(c, &name, false);
		buf_release(&name);
	} else if (verb == 'v') {
		/* Not signs and prefixes: other ways to write the whole. */
		c->spec.sharp_v = c->spec.sharp;
		c->spec.sharp = false;
		c->spec.plus &= kind_of(v) == ARG_BIG;
		put_value(c, v);
	} else if (kind_of(v) != ARG_TEXT) {
		put_number(c, v, verb);
	} else if (verb == 's') {
		put_text(c, v);
	} else if (verb == 'x' || verb == 'X') {
		put_hex_text(c, v, verb == 'X');
	} else if (verb == 'q') {
		put_quoted(c, v);
	} else {
		bad_verb(c, v);
	}
}

/* ---- the format ------------------------------------------------------------------------------------------ */

static const char *parse_number(const char *s, const char *end, bool *out_any, int *out)
{
	int n = 0;

	for (*out_any = false; s < end && isdigit((unsigned char)*s); s++) {
		n = n < WIDTH_MAX ? n * 10 + (*s - '0') : WIDTH_MAX;
		*out_any = true;
	}
	*out = n < WIDTH_MAX ? n : WIDTH_MAX;
	return s;
}

/* "[2]": which argument comes next. */
static const char *parse_index(struct call *c, const char *s, const char *end)
{
	const char *close = s < end && *s == '[' ? memchr(s, ']', (size_t)(end - s)) : NULL;
	const char *stop;
	bool any;
	int n;

	if (s == end || *s != '[')
		return s;
	c->reordered = true;
	if (!close) {
		c->bad_index = true;
		return s + 1;
	}
	stop = parse_number(s + 1, close, &any, &n);
	c->bad_index |= !any || stop != close || n < 1 || (uint32_t)n > c->args.len;
	if (any && stop == close && n >= 1 && (uint32_t)n <= c->args.len)
		c->used = (uint32_t)n - 1;
	return close + 1;
}

/* A number, or * for the next argument's value; *out_any: there is one. */
static const char *parse_size(struct call *c, const char *s, const char *end, bool *out_any, int *out)
{
	struct value v;

	s = parse_index(c, s, end);
	if (s == end || *s != '*')
		return parse_number(s, end, out_any, out);
	v = c->used < c->args.len ? c->args.items[c->used++] : VALUE_UNDEF;
	*out_any = v.tag == V_NUMBER && v.num == NUM_INT && v.i >= -WIDTH_MAX && v.i <= WIDTH_MAX;
	*out = *out_any ? (int)v.i : 0;
	return s + 1;
}

static const char *parse_spec(struct call *c, const char *s, const char *end)
{
	struct spec *spec = &c->spec;
	const char *from;
	uint32_t ignored;

	*spec = (struct spec){ 0 };
	c->bad_index = false;
	for (; s < end && *s && strchr("-+# 0", *s); s++) {
		spec->minus |= *s == '-';
		spec->plus |= *s == '+';
		spec->sharp |= *s == '#';
		spec->space |= *s == ' ';
		spec->zero |= *s == '0';
	}
	from = s = parse_index(c, s, end);
	s = parse_size(c, s, end, &spec->has_width, &spec->width);
	if (s > from && s[-1] == '*' && !spec->has_width)
		buf_puts(c->out, "%!(BADWIDTH)");
	if (spec->width < 0) {
		spec->width = -spec->width;
		spec->minus = true;
	}
	if (s < end && *s == '.') {
		from = ++s;
		s = parse_size(c, s, end, &spec->has_prec, &spec->prec);
		if (s > from && s[-1] == '*' && (!spec->has_prec || spec->prec < 0)) {
			spec->has_prec = false;
			buf_puts(c->out, "%!(BADPREC)");
		} else {
			spec->has_prec = true;
		}
	}
	s = parse_index(c, s, end);
	if (s == end)
		return s;
	spec->verb = s;
	spec->verb_len = str_utf8_decode(s, (size_t)(end - s), &ignored);
	return s + spec->verb_len;
}

static void extra(struct call *c)
{
	if (c->reordered || c->used >= c->args.len)
		return;
	c->spec = (struct spec){ 0 };
	buf_puts(c->out, "%!(EXTRA ");
	for (uint32_t i = c->used; i < c->args.len; i++) {
		buf_printf(c->out, "%s%s=", i > c->used ? ", " : "", type_of(c->args.items[i]));
		put_value(c, c->args.items[i]);
	}
	buf_putc(c->out, ')');
}

static void put_next(struct call *c)
{
	const struct spec *spec = &c->spec;

	if (!spec->verb) {
		buf_puts(c->out, "%!(NOVERB)");
	} else if (*spec->verb == '%') {
		buf_putc(c->out, '%');
	} else if (c->bad_index || c->used >= c->args.len) {
		buf_puts(c->out, "%!");
		buf_append(c->out, spec->verb, spec->verb_len);
		buf_puts(c->out, c->bad_index ? "(BADINDEX)" : "(MISSING)");
	} else {
		put(c, c->args.items[c->used++]);
	}
}

void policy_sprintf(struct pool *p, struct value format, struct value args, struct buf *out)
{
	const char *s = format.s, *end = s + format.len;
	struct call c = { .pool = p, .out = out, .args = args };

	while (s < end && !out->full) {
		const char *percent = memchr(s, '%', (size_t)(end - s));

		if (!percent) {
			buf_append(out, s, (size_t)(end - s));
			break;
		}
		buf_append(out, s, (size_t)(percent - s));
		s = parse_spec(&c, percent + 1, end);
		put_next(&c);
	}
	extra(&c);
}
