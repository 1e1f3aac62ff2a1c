/* Builtins on YAML: writing it; reading goes through the host. */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/builtin.h"
#include "policy/num.h"

enum { WRITTEN_MAX = 64 * 1024 * 1024 };

static bool reads_as_word(struct value s)
{
	static const char *const words[] = { "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf",
					     "-.inf", "+.inf", "<<", "=" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == s.len && strncasecmp(words[i], s.s, s.len) == 0)
			return true;
	return false;
}

/* Number-like, date-like: anything of digits and the marks that go with them. */
static bool reads_as_number(struct value s)
{
	const char *p = s.s, *end = s.s + s.len;
	bool digit = false;

	if (p < end && (*p == '+' || *p == '-'))
		p++;
	if (p == end || !(isdigit((unsigned char)*p) || *p == '.'))
		return false;
	for (; p < end; p++) {
		digit |= isdigit((unsigned char)*p) != 0;
		if (!isxdigit((unsigned char)*p) && !strchr("+-._:xoTZ ", *p))
			return false;
	}
	return digit;
}

/* A text that YAML would not read as itself without quotes. */
static bool needs_quotes(struct value s)
{
	bool mark = s.len > 1 && strchr("-?:", s.s[0]) && s.s[1] != ' ' && strncmp(s.s, "---", 3) != 0;

	if (!s.len || s.s[s.len - 1] == ' ' || s.s[s.len - 1] == ':' || reads_as_word(s) || reads_as_number(s))
		return true;
	if (strchr("-?:,[]{}#&*!|>'\"%@` ", s.s[0]) && !mark)
		return true;
	for (uint32_t i = 0; i < s.len; i++)
		if ((s.s[i] == ':' && s.s[i + 1] == ' ') || (s.s[i] == ' ' && s.s[i + 1] == '#') ||
		    iscntrl((unsigned char)s.s[i]))
			return true;
	return false;
}

static void put_string(struct value s, struct buf *out)
{
	bool plain = !needs_quotes(s), single = true;

	for (uint32_t i = 0; i < s.len; i++)
		single &= !iscntrl((unsigned char)s.s[i]);
	if (plain) {
		buf_append(out, s.s, s.len);
	} else if (!single) {
		value_format_string(s.s, s.len, TEXT_JSON, out);
	} else if (s.len && !reads_as_word(s) && !reads_as_number(s)) {
		buf_putc(out, '\'');
		for (uint32_t i = 0; i < s.len; i++)
			buf_append(out, s.s[i] == '\'' ? "''" : &s.s[i], s.s[i] == '\'' ? 2 : 1);
		buf_putc(out, '\'');
	} else {
		value_format_string(s.s, s.len, TEXT_JSON, out);
	}
}

static void indent_by(unsigned n, struct buf *out)
{
	for (unsigned i = 0; i < n; i++)
		buf_puts(out, "  ");
}

/* Lines of text below a key or a dash. False when they need quotes all the same. */
static bool put_lines(struct value s, unsigned level, struct buf *out)
{
	if (!memchr(s.s, '\n', s.len) || s.s[0] == ' ' || s.s[0] == '\n' || (s.len > 1 && memcmp(s.s + s.len - 2, "\n\n", 2) == 0))
		return false;
	for (uint32_t i = 0; i < s.len; i++)
		if ((iscntrl((unsigned char)s.s[i]) && s.s[i] != '\n') || (s.s[i] == ' ' && s.s[i + 1] == '\n'))
			return false;
	buf_puts(out, s.s[s.len - 1] == '\n' ? "|" : "|-");
	for (const char *p = s.s, *end = s.s + s.len; p < end; p++) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));

		eol = eol ? eol : end;
		buf_putc(out, '\n');
		if (eol > p)
			indent_by(level, out);
		buf_append(out, p, (size_t)(eol - p));
		p = eol;
	}
	return true;
}

static void put_block(struct value v, unsigned level, bool inline_first, struct buf *out);

static bool is_list(struct value v)
{
	return v.tag == V_ARRAY || v.tag == V_SET;
}

/* What is no integer of 64 bits is a double, with the fewest digits that read back; an exponent below -4 or above 5 stays one. */
static void put_number(struct value v, struct buf *out)
{
	double d = (double)num_to_float(v);
	char text[64], *e;
	int digits = 0;
	long exp;

	if (v.num == NUM_INT || (v.num == NUM_BIG && num_sign(v) > 0 && num_to_float(v) < 0x1p64L) || !isfinite(d)) {
		value_format(v, TEXT_JSON, out);
		return;
	}
	do
		snprintf(text, sizeof text, "%.*e", digits, d);
	while (strtod(text, NULL) != d && ++digits < 17);
	e = strchr(text, 'e');
	exp = strtol(e + 1, NULL, 10);
	if (exp >= -4 && exp < 6)
		snprintf(text, sizeof text, "%.*f", digits > exp ? (int)(digits - exp) : 0, d);
	buf_puts(out, text);
}

static void put_scalar(struct value v, unsigned level, struct buf *out)
{
	if (v.tag == V_STRING && put_lines(v, level, out))
		return;
	if (v.tag == V_STRING)
		put_string(v, out);
	else if (is_list(v))
		buf_puts(out, "[]");
	else if (v.tag == V_OBJECT)
		buf_puts(out, "{}");
	else if (v.tag == V_NUMBER)
		put_number(v, out);
	else
		value_format(v, TEXT_JSON, out);
}

static bool is_block(struct value v)
{
	return (is_list(v) || v.tag == V_OBJECT) && v.len;
}

static void put_key(struct value key, struct buf *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(WRITTEN_MAX);

	if (key.tag == V_STRING) {
		put_string(key, out);
		return;
	}
	value_format(key, TEXT_JSON, &text);
	put_string(value_borrow(buf_text(&text), text.len), out);
}

/* inline_first: the first line is begun already. */
static void put_block(struct value v, unsigned level, bool inline_first, struct buf *out)
{
	for (uint32_t i = 0; i < v.len; i++) {
		struct value item = v.tag == V_OBJECT ? v.pairs[i].val : v.items[i];

		if (i || !inline_first)
			indent_by(level, out);
		if (v.tag != V_OBJECT) {
			buf_puts(out, "- ");
			if (is_block(item)) {
				put_block(item, level + 1, true, out);
				continue;
			}
		} else {
			put_key(v.pairs[i].key, out);
			if (is_block(item)) {
				buf_puts(out, ":\n");
				put_block(item, level + 1, false, out);
				continue;
			}
			buf_puts(out, ": ");
		}
		put_scalar(item, level + 1, out);
		buf_putc(out, '\n');
	}
}

static struct value fn_marshal(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(WRITTEN_MAX);

	if (!eval_charge(ev, value_weight(a[0]) / 16))
		return VALUE_UNDEF;
	if (is_block(a[0])) {
		put_block(a[0], 0, false, &out);
	} else {
		put_scalar(a[0], 1, &out);
		buf_putc(&out, '\n');
	}
	return eval_charge(ev, out.len / 64) ? value_string(eval_pool(ev), buf_text(&out), out.len) : VALUE_UNDEF;
}

static bool read_yaml(struct eval *ev, struct value text, struct value *out, struct error *err)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT(WRITTEN_MAX);

	return eval_charge(ev, 1 + text.len / 16) && eval_read_yaml(ev, text, &json, err) &&
	       value_from_json(eval_pool(ev), buf_text(&json), json.len, JSON_LAST_KEY_WINS, out, err) == 0;
}

static struct value fn_unmarshal(struct eval *ev, const struct value *a)
{
	struct error err = { 0 };
	struct value v;

	if (!read_yaml(ev, a[0], &v, &err))
		return eval_fail(ev, BUILTIN_ERROR, "yaml.unmarshal: %s", err.text);
	return v;
}

static struct value fn_is_valid(struct eval *ev, const struct value *a)
{
	struct error err = { 0 };
	struct value v;

	return value_bool(a[0].tag == V_STRING && read_yaml(ev, a[0], &v, &err));
}

const struct builtin builtins_yaml[] = {
	{ "yaml.marshal", 1, { TY_ANY }, TY_STR, fn_marshal, 0 },
	{ "yaml.unmarshal", 1, { TY_STR }, TY_ANY, fn_unmarshal, 0 },
	{ "yaml.is_valid", 1, { TY_STR }, TY_BOOL, fn_is_valid, BUILTIN_LAX },
	{ 0 },
};
