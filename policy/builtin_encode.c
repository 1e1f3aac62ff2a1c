/* Builtins that read and write encodings: JSON, base64, hex, URL queries. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "policy/builtin.h"

static struct buf room(struct eval *ev)
{
	struct pool *p = eval_pool(ev);

	return (struct buf)BUF_INIT(p->used < p->max ? p->max - p->used : 1);
}

static struct value finish(struct eval *ev, struct buf *b)
{
	struct value v = VALUE_UNDEF;

	if (b->full)
		eval_pool(ev)->over = true;
	if (eval_charge(ev, 1 + b->len / 64))
		v = value_string(eval_pool(ev), buf_text(b), b->len);
	buf_release(b);
	return v;
}

static struct value fn_json_marshal(struct eval *ev, const struct value *a)
{
	struct buf b = room(ev);

	value_format(a[0], TEXT_JSON_HTML, &b);
	return finish(ev, &b);
}

static struct value fn_json_marshal_options(struct eval *ev, const struct value *a)
{
	struct value pretty = value_get_text(a[1], "pretty"), indent = value_get_text(a[1], "indent"),
		     prefix = value_get_text(a[1], "prefix");
	bool lines = pretty.tag == V_UNDEF ? indent.tag != V_UNDEF || prefix.tag != V_UNDEF : !value_is_false(pretty);
	struct buf b = room(ev);

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
	return finish(ev, &b);
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

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct value encode64(struct eval *ev, struct value s, const char *letters, bool padding)
{
	struct buf b = room(ev);

	for (uint32_t i = 0; i < s.len; i += 3) {
		uint32_t left = s.len - i, w = (uint32_t)(unsigned char)s.s[i] << 16;

		w |= left > 1 ? (uint32_t)(unsigned char)s.s[i + 1] << 8 : 0;
		w |= left > 2 ? (unsigned char)s.s[i + 2] : 0;
		buf_putc(&b, letters[w >> 18]);
		buf_putc(&b, letters[w >> 12 & 63]);
		if (left > 1 || padding)
			buf_putc(&b, left > 1 ? letters[w >> 6 & 63] : '=');
		if (left > 2 || padding)
			buf_putc(&b, left > 2 ? letters[w & 63] : '=');
	}
	return finish(ev, &b);
}

/* padding: 1 demanded, 0 forbidden, -1 either. */
static bool decode64(struct value s, const char *letters, int padding, struct buf *out)
{
	uint32_t w = 0, bits = 0, n = s.len, data, pads = 0;

	while (n && s.s[n - 1] == '=' && pads < 2 && padding != 0) {
		n--;
		pads++;
	}
	data = n;
	if ((padding == 1 || pads) && (data + pads) % 4)
		return false;
	if (data % 4 == 1)
		return false;
	for (uint32_t i = 0; i < data; i++) {
		const char *at = s.s[i] ? strchr(letters, s.s[i]) : NULL;

		if (!at)
			return false;
		w = w << 6 | (uint32_t)(at - letters);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_putc(out, (char)(w >> bits & 0xff));
		}
	}
	return true;
}

static struct value fn_base64_encode(struct eval *ev, const struct value *a)
{
	return encode64(ev, a[0], alphabet, true);
}

static struct value fn_base64url_encode(struct eval *ev, const struct value *a)
{
	return encode64(ev, a[0], url_alphabet, true);
}

static struct value fn_base64url_encode_no_pad(struct eval *ev, const struct value *a)
{
	return encode64(ev, a[0], url_alphabet, false);
}

/* Line ends inside base64 are skipped, as Go's decoder does. */
static struct value without_newlines(struct eval *ev, struct value s)
{
	char *copy;
	uint32_t n = 0;

	if (!memchr(s.s, '\n', s.len) && !memchr(s.s, '\r', s.len))
		return s;
	copy = pool_alloc(eval_pool(ev), s.len + 1);
	for (uint32_t i = 0; i < s.len; i++)
		if (s.s[i] != '\n' && s.s[i] != '\r')
			copy[n++] = s.s[i];
	copy[n] = '\0';
	return value_borrow(copy, n);
}

static struct value decoded(struct eval *ev, struct value s, const char *name, const char *letters, int padding)
{
	struct buf b = room(ev);

	if (decode64(without_newlines(ev, s), letters, padding, &b))
		return finish(ev, &b);
	buf_release(&b);
	return eval_fail(ev, BUILTIN_ERROR, "%s: illegal base64 data", name);
}

static struct value fn_base64_decode(struct eval *ev, const struct value *a)
{
	return decoded(ev, a[0], "base64.decode", alphabet, 1);
}

static struct value fn_base64url_decode(struct eval *ev, const struct value *a)
{
	return decoded(ev, a[0], "base64url.decode", url_alphabet, -1);
}

static struct value fn_base64_is_valid(struct eval *ev, const struct value *a)
{
	struct buf b = room(ev);
	bool ok = a[0].tag == V_STRING && decode64(without_newlines(ev, a[0]), alphabet, 1, &b);

	buf_release(&b);
	return value_bool(ok);
}

static struct value fn_hex_encode(struct eval *ev, const struct value *a)
{
	struct buf b = room(ev);

	for (uint32_t i = 0; i < a[0].len; i++)
		buf_printf(&b, "%02x", (unsigned char)a[0].s[i]);
	return finish(ev, &b);
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

		if (isalnum(c) || strchr("-_.~", c))
			buf_putc(b, c ? (char)c : '%');
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
	struct buf b = room(ev);

	query_escape(&b, a[0].s, a[0].len);
	return finish(ev, &b);
}

static struct value fn_urlquery_decode(struct eval *ev, const struct value *a)
{
	struct buf b = room(ev);

	if (query_unescape(&b, a[0].s, a[0].len))
		return finish(ev, &b);
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
	struct buf b = room(ev);

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
	return finish(ev, &b);
}

static bool decode_part(struct eval *ev, const char *s, size_t n, struct value *out)
{
	struct buf b = room(ev);
	bool ok = query_unescape(&b, s, n);

	*out = ok ? finish(ev, &b) : VALUE_UNDEF;
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
