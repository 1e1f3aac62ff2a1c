/* The sprintf builtin. */
#include "config.h"

#include "policy/sprintf.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/num.h"
#include "policy/unicode.h"

enum { WIDTH_MAX = 10000 };

struct spec {
	bool minus, plus, sharp, space, zero, has_prec;
	int width, prec;
	char verb;
};

static const char *parse_number(const char *s, const char *end, int *out)
{
	int n = 0;

	while (s < end && isdigit((unsigned char)*s)) {
		n = n < WIDTH_MAX ? n * 10 + (*s - '0') : WIDTH_MAX;
		s++;
	}
	*out = n < WIDTH_MAX ? n : WIDTH_MAX;
	return s;
}

static const char *parse_spec(const char *s, const char *end, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	for (; s < end && strchr("-+# 0", *s) && *s; s++) {
		spec->minus |= *s == '-';
		spec->plus |= *s == '+';
		spec->sharp |= *s == '#';
		spec->space |= *s == ' ';
		spec->zero |= *s == '0';
	}
	s = parse_number(s, end, &spec->width);
	if (s < end && *s == '.') {
		spec->has_prec = true;
		s = parse_number(s + 1, end, &spec->prec);
	}
	if (s < end)
		spec->verb = *s++;
	return s;
}

static size_t count_chars(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

static void pad(const struct spec *spec, const char *s, size_t n, bool number, struct buf *out)
{
	size_t chars = count_chars(s, n), gap = (size_t)spec->width > chars ? (size_t)spec->width - chars : 0;
	bool zeros = spec->zero && !spec->minus && number;

	if (zeros && n && (*s == '-' || *s == '+')) {
		buf_putc(out, *s++);
		n--;
	}
	for (size_t i = 0; !spec->minus && i < gap; i++)
		buf_putc(out, zeros ? '0' : ' ');
	buf_append(out, s, n);
	for (size_t i = 0; spec->minus && i < gap; i++)
		buf_putc(out, ' ');
}

/* As Go would name the value's type: what OPA hands to fmt. */
static const char *go_type(struct value v)
{
	if (v.tag == V_NUMBER)
		return v.num == NUM_INT ? "int64" : v.num == NUM_BIG ? "*big.Int" : "float64";
	return "string";
}

static void plain(struct value v, struct buf *out)
{
	if (v.tag == V_STRING)
		buf_append(out, v.s, v.len);
	else
		value_format(v, TEXT_REGO, out);
}

static void bad_verb(const struct spec *spec, struct value v, struct buf *out)
{
	buf_printf(out, "%%!%c(%s=", spec->verb, go_type(v));
	plain(v, out);
	buf_putc(out, ')');
}

static void put_integer(struct pool *p, const struct spec *spec, struct value v, unsigned base, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(SIZE_MAX / 2);

	if (num_sign(v) >= 0 && (spec->plus || spec->space))
		buf_putc(&text, spec->plus ? '+' : ' ');
	if (spec->sharp && num_sign(v) >= 0)
		buf_puts(&text, base == 16 ? "0x" : base == 8 ? "0" : base == 2 ? "0b" : "");
	num_format_base(p, v, base, &text);
	if (spec->verb == 'X')
		for (size_t i = 0; i < text.len; i++)
			text.data[i] = (char)toupper((unsigned char)text.data[i]);
	pad(spec, text.data, text.len, true, out);
}

static void put_float(const struct spec *spec, struct value v, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);
	double f = (double)num_to_float(v);
	int prec = spec->has_prec ? spec->prec : 6;

	if (prec > 400)
		prec = 400;
	if (f >= 0 && (spec->plus || spec->space))
		buf_putc(&text, spec->plus ? '+' : ' ');
	switch (spec->verb) {
	case 'e':
	case 'E':
		buf_printf(&text, spec->verb == 'e' ? "%.*e" : "%.*E", prec, f);
		break;
	case 'g':
	case 'G':
		buf_printf(&text, spec->verb == 'g' ? "%.*g" : "%.*G", spec->has_prec ? prec : 17, f);
		if (!spec->has_prec)
			for (int digits = 1; digits < 17; digits++) {
				char shorter[64];

				snprintf(shorter, sizeof shorter, "%.*g", digits, f);
				if (strtod(shorter, NULL) < f || strtod(shorter, NULL) > f)
					continue;
				buf_clear(&text);
				buf_puts(&text, shorter);
				break;
			}
		break;
	default:
		buf_printf(&text, "%.*f", prec, f);
	}
	pad(spec, text.data, text.len, true, out);
}

static void put_text(const struct spec *spec, struct value v, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(out->max);
	size_t n;

	plain(v, &text);
	n = text.len;
	if (spec->has_prec && v.tag == V_STRING) {
		size_t chars = 0;

		for (n = 0; n < text.len; n++) {
			if (((unsigned char)text.data[n] & 0xc0) != 0x80 && chars++ == (size_t)spec->prec)
				break;
		}
	}
	pad(spec, buf_text(&text), n, v.tag == V_NUMBER, out);
}

static void put_hex_text(const struct spec *spec, struct value v, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(out->max);
	CLEANUP(buf_release) struct buf hex = BUF_INIT(out->max);

	plain(v, &text);
	for (size_t i = 0; i < text.len; i++)
		buf_printf(&hex, spec->verb == 'x' ? "%02x" : "%02X", (unsigned char)text.data[i]);
	pad(spec, buf_text(&hex), hex.len, false, out);
}

static void put_quoted(const struct spec *spec, struct value v, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(out->max);
	CLEANUP(buf_release) struct buf quoted = BUF_INIT(out->max);

	plain(v, &text);
	value_format_string(buf_text(&text), text.len, TEXT_REGO, &quoted);
	pad(spec, buf_text(&quoted), quoted.len, false, out);
}

static void put(struct pool *p, const struct spec *spec, struct value v, struct buf *out)
{
	bool number = v.tag == V_NUMBER, whole = number && (v.num != NUM_DEC || num_is_integer(v));
	int64_t c;

	switch (spec->verb) {
	case 'v':
	case 's':
		/* Go prints a big integer under any of its verbs. */
		if (number && spec->verb == 's' && v.num != NUM_BIG)
			bad_verb(spec, v, out);
		else
			put_text(spec, v, out);
		return;
	case 'd':
	case 'b':
	case 'o':
		if (whole)
			put_integer(p, spec, v, spec->verb == 'd' ? 10 : spec->verb == 'b' ? 2 : 8, out);
		else
			bad_verb(spec, v, out);
		return;
	case 'x':
	case 'X':
		if (whole)
			put_integer(p, spec, v, 16, out);
		else if (!number)
			put_hex_text(spec, v, out);
		else
			bad_verb(spec, v, out);
		return;
	case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
		if (number && v.num == NUM_DEC)
			put_float(spec, v, out);
		else
			bad_verb(spec, v, out);
		return;
	case 'c':
		if (whole && num_to_i64(v, &c) && c >= 0 && c <= 0x10ffff)
			unicode_put(out, (uint32_t)c);
		else
			bad_verb(spec, v, out);
		return;
	case 'q':
		put_quoted(spec, v, out);
		return;
	case 't':
	case 'T':
		if (spec->verb == 'T')
			buf_puts(out, go_type(v));
		else
			bad_verb(spec, v, out);
		return;
	default:
		bad_verb(spec, v, out);
	}
}

static void extra(struct value args, uint32_t from, struct buf *out)
{
	if (from >= args.len)
		return;
	buf_puts(out, "%!(EXTRA ");
	for (uint32_t i = from; i < args.len; i++) {
		buf_printf(out, "%s%s=", i > from ? ", " : "", go_type(args.items[i]));
		plain(args.items[i], out);
	}
	buf_putc(out, ')');
}

void policy_sprintf(struct pool *p, struct value format, struct value args, struct buf *out)
{
	const char *s = format.s, *end = s + format.len;
	uint32_t used = 0;
	struct spec spec;

	while (s < end && !out->full) {
		const char *percent = memchr(s, '%', (size_t)(end - s));

		if (!percent) {
			buf_append(out, s, (size_t)(end - s));
			break;
		}
		buf_append(out, s, (size_t)(percent - s));
		s = parse_spec(percent + 1, end, &spec);
		if (!spec.verb)
			buf_puts(out, "%!(NOVERB)");
		else if (spec.verb == '%')
			buf_putc(out, '%');
		else if (used >= args.len)
			buf_printf(out, "%%!%c(MISSING)", spec.verb);
		else
			put(p, &spec, args.items[used++], out);
	}
	extra(args, used, out);
}
