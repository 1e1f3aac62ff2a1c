/* Builtins that read and write encodings: JSON, base64, hex, URL queries. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "policy/base64.h"
#include "policy/builtin.h"

static struct value fn_json_marshal(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	value_format(a[0], TEXT_JSON_HTML, &b);
	return builtin_text_end(ev, &b);
}

static struct value fn_json_marshal_options(struct eval *ev, const struct value *a)
{
	struct value pretty = value_get_text(a[1], "pretty"), indent = value_get_text(a[1], "indent"),
		     prefix = value_get_text(a[1], "prefix");
	bool lines = pretty.tag == V_UNDEF ? indent.tag != V_UNDEF || prefix.tag != V_UNDEF : !value_is_false(pretty);
	struct buf b = builtin_text_begin(ev);

	for (uint32_t i = 0; i < a[1].len; i++) {
		struct value key = a[1].pairs[i].key, val = a[1].pairs[i].val;
		bool flag = value_is_text(key, "pretty");

		if (!flag && !value_is_text(key, "indent") && !value_is_text(key, "prefix"))
			return eval_fail(ev, TYPE_ERROR, "json.marshal_with_options: object contained unknown key \"%.*s\"",
					 key.tag == V_STRING ? (int)key.len : 0, key.tag == V_STRING ? key.s : "");
		if (flag ? val.tag != V_BOOL : val.tag != V_STRING)
			return eval_fail(ev, TYPE_ERROR, "json.marshal_with_options: operand 2 has a key with a value of the wrong type");
	}
	if (!lines)
		value_format(a[0], TEXT_JSON_HTML, &b);
	else {
		if (prefix.tag == V_STRING)
			buf_puts(&b, prefix.s);
		value_format_pretty(a[0], prefix.tag == V_STRING ? prefix.s : "", indent.tag == V_STRING ? indent.s : "\t", &b);
	}
	return builtin_text_end(ev, &b);
}

static struct value fn_json_unmarshal(struct eval *ev, const struct value *a)
{
	struct error err = { 0 };
	struct value v;

	if (!eval_charge(ev, 1 + a[0].len / 16))
		return VALUE_UNDEF;
	if (value_from_json(eval_pool(ev), a[0].s, a[0].len, JSON_LAST_KEY_WINS, &v, &err) < 0)
		return eval_fail(ev, BUILTIN_ERROR, "json.unmarshal: %s", err.text);
	return v;
}

static struct value fn_json_is_valid(struct eval *ev, const struct value *a)
{
	struct error err = { 0 };
	struct value v;

	if (a[0].tag != V_STRING)
		return value_bool(false);
	if (!eval_charge(ev, 1 + a[0].len / 16))
		return VALUE_UNDEF;
	return value_bool(value_from_json(eval_pool(ev), a[0].s, a[0].len, JSON_LAST_KEY_WINS, &v, &err) == 0);
}

static struct value encode64(struct eval *ev, struct value s, enum base64_form form)
{
	if (!eval_charge(ev, 1 + s.len / 48) || !pool_fits(eval_pool(ev), (size_t)s.len * 2))
		return VALUE_UNDEF;
	return base64_encode(eval_pool(ev), (struct bytes){ (const unsigned char *)s.s, s.len }, form);
}

static struct value fn_base64_encode(struct eval *ev, const struct value *a)
{
	return encode64(ev, a[0], BASE64_STD);
}

static struct value fn_base64url_encode(struct eval *ev, const struct value *a)
{
	return encode64(ev, a[0], BASE64_URL);
}

static struct value fn_base64url_encode_no_pad(struct eval *ev, const struct value *a)
{
	return encode64(ev, a[0], BASE64_URL_RAW);
}

static struct value decoded(struct eval *ev, struct value s, const char *name, enum base64_form form)
{
	struct bytes b;
	int64_t bad;

	if (!eval_charge(ev, 1 + s.len / 64))
		return VALUE_UNDEF;
	bad = base64_decode(eval_pool(ev), s, form, &b);
	if (bad >= 0)
		return eval_fail(ev, BUILTIN_ERROR, "%s: illegal base64 data at input byte %lld", name, (long long)bad);
	return value_string(eval_pool(ev), (const char *)b.p, b.n);
}

static struct value fn_base64_decode(struct eval *ev, const struct value *a)
{
	return decoded(ev, a[0], "base64.decode", BASE64_STD);
}

/* With padding or without. */
static struct value fn_base64url_decode(struct eval *ev, const struct value *a)
{
	return decoded(ev, a[0], "base64url.decode", a[0].len && a[0].s[a[0].len - 1] == '=' ? BASE64_URL : BASE64_URL_RAW);
}

static struct value fn_base64_is_valid(struct eval *ev, const struct value *a)
{
	struct bytes b;

	if (!eval_charge(ev, a[0].tag == V_STRING ? 1 + a[0].len / 64 : 1))
		return VALUE_UNDEF;
	return value_bool(a[0].tag == V_STRING && base64_decode(eval_pool(ev), a[0], BASE64_STD, &b) < 0);
}

static struct value fn_hex_encode(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	for (uint32_t i = 0; i < a[0].len; i++)
		buf_printf(&b, "%02x", (unsigned char)a[0].s[i]);
	return builtin_text_end(ev, &b);
}

static struct value fn_hex_decode(struct eval *ev, const struct value *a)
{
	char *bytes;

	for (uint32_t i = 0; i < a[0].len; i++)
		if (!isxdigit((unsigned char)a[0].s[i]))
			return eval_fail(ev, BUILTIN_ERROR, "hex.decode: encoding/hex: invalid byte: U+%04X%s%c%s",
					 (unsigned char)a[0].s[i], isprint((unsigned char)a[0].s[i]) ? " '" : "",
					 isprint((unsigned char)a[0].s[i]) ? a[0].s[i] : '\0',
					 isprint((unsigned char)a[0].s[i]) ? "'" : "");
	if (a[0].len % 2)
		return eval_fail(ev, BUILTIN_ERROR, "hex.decode: encoding/hex: odd length hex string");
	bytes = pool_alloc(eval_pool(ev), a[0].len / 2 + 1);
	for (uint32_t i = 0; i < a[0].len; i += 2) {
		char two[3] = { a[0].s[i], a[0].s[i + 1], 0 };

		bytes[i / 2] = (char)strtoul(two, NULL, 16);
	}
	bytes[a[0].len / 2] = '\0';
	return value_borrow(bytes, a[0].len / 2);
}

static void query_escape(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (isalnum(c) || (c && strchr("-_.~", c)))
			buf_putc(b, (char)c);
		else if (c == ' ')
			buf_putc(b, '+');
		else
			buf_printf(b, "%%%02X", c);
	}
}

static bool query_unescape(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%') {
			char two[3] = { 0 };

			if (n - i < 3 || !isxdigit((unsigned char)s[i + 1]) || !isxdigit((unsigned char)s[i + 2]))
				return false;
			memcpy(two, s + i + 1, 2);
			buf_putc(b, (char)strtoul(two, NULL, 16));
			i += 2;
		} else {
			buf_putc(b, s[i] == '+' ? ' ' : s[i]);
		}
	}
	return true;
}

static struct value fn_urlquery_encode(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	query_escape(&b, a[0].s, a[0].len);
	return builtin_text_end(ev, &b);
}

static struct value fn_urlquery_decode(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	if (query_unescape(&b, a[0].s, a[0].len))
		return builtin_text_end(ev, &b);
	buf_release(&b);
	return eval_fail(ev, BUILTIN_ERROR, "urlquery.decode: invalid URL escape");
}

static void put_query(struct buf *b, struct value key, struct value v)
{
	if (b->len)
		buf_putc(b, '&');
	query_escape(b, key.s, key.len);
	buf_putc(b, '=');
	query_escape(b, v.s, v.len);
}

static struct value fn_urlquery_encode_object(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	for (uint32_t i = 0; i < a[0].len; i++) {
		struct value key = a[0].pairs[i].key, v = a[0].pairs[i].val;
		bool list = v.tag == V_ARRAY || v.tag == V_SET;
		bool ok = key.tag == V_STRING && (list || v.tag == V_STRING);

		for (uint32_t k = 0; ok && list && k < v.len; k++)
			ok = v.items[k].tag == V_STRING;
		if (!ok) {
			buf_release(&b);
			return eval_fail(ev, TYPE_ERROR,
					 "urlquery.encode_object: operand 1 values must be one of {string, array, set} of strings");
		}
		if (!list)
			put_query(&b, key, v);
		for (uint32_t k = 0; list && k < v.len; k++)
			put_query(&b, key, v.items[k]);
	}
	return builtin_text_end(ev, &b);
}

static bool decode_part(struct eval *ev, const char *s, size_t n, struct value *out)
{
	struct buf b = builtin_text_begin(ev);
	bool ok = query_unescape(&b, s, n);

	*out = ok ? builtin_text_end(ev, &b) : VALUE_UNDEF;
	if (!ok)
		buf_release(&b);
	return ok;
}

static struct value fn_urlquery_decode_object(struct eval *ev, const struct value *a)
{
	struct value object = { .tag = V_OBJECT };
	const char *s = a[0].s, *end = s + a[0].len;

	while (s < end && eval_charge(ev, 1)) {
		const char *stop = memchr(s, '&', (size_t)(end - s)), *eq;
		struct value key, v, old;
		struct vec list = { 0 };

		stop = stop ? stop : end;
		eq = memchr(s, '=', (size_t)(stop - s));
		if (memchr(s, ';', (size_t)(stop - s)))
			return eval_fail(ev, BUILTIN_ERROR, "urlquery.decode_object: invalid semicolon separator in query");
		if (stop > s) {
			if (!decode_part(ev, s, (size_t)((eq ? eq : stop) - s), &key) ||
			    !decode_part(ev, eq ? eq + 1 : stop, eq ? (size_t)(stop - eq - 1) : 0, &v))
				return eval_fail(ev, BUILTIN_ERROR, "urlquery.decode_object: invalid URL escape");
			old = value_get(object, key);
			for (uint32_t i = 0; old.tag == V_ARRAY && i < old.len; i++)
				vec_push(eval_pool(ev), &list, old.items[i]);
			vec_push(eval_pool(ev), &list, v);
			object = value_put(eval_pool(ev), object, key, value_array(list.v, list.n));
		}
		s = stop + 1;
	}
	return object;
}

const struct builtin builtins_encode[] = {
	{ "json.marshal", 1, { TY_ANY }, TY_STR, fn_json_marshal, 0 },
	{ "json.marshal_with_options", 2, { TY_ANY, TY_OBJ }, TY_STR, fn_json_marshal_options, 0 },
	{ "json.unmarshal", 1, { TY_STR }, TY_ANY, fn_json_unmarshal, 0 },
	{ "json.is_valid", 1, { TY_STR }, TY_BOOL, fn_json_is_valid, BUILTIN_LAX },
	{ "base64.encode", 1, { TY_STR }, TY_STR, fn_base64_encode, 0 },
	{ "base64.decode", 1, { TY_STR }, TY_STR, fn_base64_decode, 0 },
	{ "base64.is_valid", 1, { TY_STR }, TY_BOOL, fn_base64_is_valid, BUILTIN_LAX },
	{ "base64url.encode", 1, { TY_STR }, TY_STR, fn_base64url_encode, 0 },
	{ "base64url.encode_no_pad", 1, { TY_STR }, TY_STR, fn_base64url_encode_no_pad, 0 },
	{ "base64url.decode", 1, { TY_STR }, TY_STR, fn_base64url_decode, 0 },
	{ "hex.encode", 1, { TY_STR }, TY_STR, fn_hex_encode, 0 },
	{ "hex.decode", 1, { TY_STR }, TY_STR, fn_hex_decode, 0 },
	{ "urlquery.encode", 1, { TY_STR }, TY_STR, fn_urlquery_encode, 0 },
	{ "urlquery.decode", 1, { TY_STR }, TY_STR, fn_urlquery_decode, 0 },
	{ "urlquery.encode_object", 1, { TY_OBJ }, TY_STR, fn_urlquery_encode_object, 0 },
	{ "urlquery.decode_object", 1, { TY_STR }, TY_OBJ, fn_urlquery_decode_object, 0 },
	{ 0 },
};
