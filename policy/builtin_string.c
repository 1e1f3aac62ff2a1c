/* Builtins on strings. Positions count code points. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/builtin.h"
#include "policy/num.h"
#include "policy/sprintf.h"
#include "policy/unicode.h"

static struct value sub(struct value s, uint32_t from, uint32_t to)
{
	return value_borrow(s.s + from, to - from);
}

static bool has_prefix(struct value s, struct value p)
{
	return p.len <= s.len && memcmp(s.s, p.s, p.len) == 0;
}

static bool has_suffix(struct value s, struct value p)
{
	return p.len <= s.len && memcmp(s.s + s.len - p.len, p.s, p.len) == 0;
}

/* Byte position of needle in s from at on, or UINT32_MAX. */
static uint32_t find(struct value s, struct value needle, uint32_t at)
{
	const char *hit = at <= s.len ? memmem(s.s + at, s.len - at, needle.s, needle.len) : NULL;

	if (needle.len == 0)
		return at <= s.len ? at : UINT32_MAX;
	return hit ? (uint32_t)(hit - s.s) : UINT32_MAX;
}

static uint32_t char_len(struct value s, uint32_t at)
{
	uint32_t n = 1;

	while (at + n < s.len && ((unsigned char)s.s[at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

static int64_t chars_before(struct value s, uint32_t at)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < at; i += char_len(s, i))
		n++;
	return n;
}

static uint32_t byte_of(struct value s, int64_t chars)
{
	uint32_t at = 0;

	while (at < s.len && chars-- > 0)
		at += char_len(s, at);
	return at;
}

static struct value fn_startswith(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(has_prefix(a[0], a[1]));
}

static struct value fn_endswith(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(has_suffix(a[0], a[1]));
}

static struct value fn_contains(struct eval *ev, const struct value *a)
{
	return value_bool(eval_charge(ev, 1 + a[0].len / 64) && find(a[0], a[1], 0) != UINT32_MAX);
}

static struct value fn_lower(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	unicode_lower(a[0].s, a[0].len, &b);
	return builtin_text_end(ev, &b);
}

static struct value fn_upper(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	unicode_upper(a[0].s, a[0].len, &b);
	return builtin_text_end(ev, &b);
}

static struct value fn_concat(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	for (uint32_t i = 0; i < a[1].len; i++) {
		if (a[1].items[i].tag != V_STRING) {
			buf_release(&b);
			return eval_fail(ev, TYPE_ERROR, "concat: operand 2 must be %s of strings but got %s containing %s",
					 a[1].tag == V_SET ? "set" : "array", a[1].tag == V_SET ? "set" : "array",
					 value_type_name(a[1].items[i]));
		}
		if (i)
			buf_append(&b, a[0].s, a[0].len);
		buf_append(&b, a[1].items[i].s, a[1].items[i].len);
	}
	return builtin_text_end(ev, &b);
}

static struct value fn_split(struct eval *ev, const struct value *a)
{
	struct vec list = { 0 };
	uint32_t at = 0, hit;

	if (!eval_charge(ev, 1 + a[0].len / 16))
		return VALUE_UNDEF;
	if (a[1].len == 0) {
		for (; at < a[0].len; at += char_len(a[0], at))
			vec_push(eval_pool(ev), &list, sub(a[0], at, at + char_len(a[0], at)));
		return value_array(list.v, list.n);
	}
	while ((hit = find(a[0], a[1], at)) != UINT32_MAX) {
		vec_push(eval_pool(ev), &list, sub(a[0], at, hit));
		at = hit + a[1].len;
	}
	vec_push(eval_pool(ev), &list, sub(a[0], at, a[0].len));
	return value_array(list.v, list.n);
}

/* The first n parts; the last -n where n is negative. */
static struct value fn_split_n(struct eval *ev, const struct value *a)
{
	struct value all = fn_split(ev, a);
	int64_t n;

	if (!num_to_i64(a[2], &n))
		return eval_fail(ev, TYPE_ERROR, "strings.split_n: operand 3 must be integer number but got floating-point number");
	if (all.tag != V_ARRAY)
		return all;
	if (n < 0 && -(uint64_t)n < all.len)
		return value_array((struct value *)(uintptr_t)all.items + (all.len - -(uint64_t)n), -(uint64_t)n);
	if (n >= 0 && (uint64_t)n < all.len)
		all.len = (uint32_t)n;
	return all;
}

static void replace_into(struct buf *b, struct value s, struct value from, struct value to)
{
	uint32_t at = 0, hit;

	if (from.len == 0) {
		/* Between all characters, as Go does. */
		for (; at < s.len; at += char_len(s, at)) {
			buf_append(b, to.s, to.len);
			buf_append(b, s.s + at, char_len(s, at));
		}
		buf_append(b, to.s, to.len);
		return;
	}
	while ((hit = find(s, from, at)) != UINT32_MAX && !b->full) {
		buf_append(b, s.s + at, hit - at);
		buf_append(b, to.s, to.len);
		at = hit + from.len;
	}
	buf_append(b, s.s + at, s.len - at);
}

static struct value fn_replace(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	replace_into(&b, a[0], a[1], a[2]);
	return builtin_text_end(ev, &b);
}

/* All patterns at once: at each place the first that fits, in the order of the keys. */
static struct value fn_replace_n(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);
	uint32_t at = 0;

	for (uint32_t i = 0; i < a[0].len; i++)
		if (a[0].pairs[i].key.tag != V_STRING || a[0].pairs[i].val.tag != V_STRING) {
			bool key = a[0].pairs[i].key.tag != V_STRING;

			buf_release(&b);
			return eval_fail(ev, TYPE_ERROR, "strings.replace_n: operand 1 %s must be string but got %s",
					 key ? "non-string key found in pattern object:" : "non-string value found in pattern object:",
					 value_type_name(key ? a[0].pairs[i].key : a[0].pairs[i].val));
		}
	while (at <= a[1].len && eval_charge(ev, 1)) {
		uint32_t i = 0;

		while (i < a[0].len && !(a[0].pairs[i].key.len <= a[1].len - at &&
					 memcmp(a[1].s + at, a[0].pairs[i].key.s, a[0].pairs[i].key.len) == 0))
			i++;
		if (i < a[0].len)
			buf_append(&b, a[0].pairs[i].val.s, a[0].pairs[i].val.len);
		if (i < a[0].len && a[0].pairs[i].key.len) {
			at += a[0].pairs[i].key.len;
			continue;
		}
		if (at < a[1].len)
			buf_append(&b, a[1].s + at, char_len(a[1], at));
		at += at < a[1].len ? char_len(a[1], at) : 1;
	}
	return builtin_text_end(ev, &b);
}

/* Whether the character at s[at..] is in the cutset. */
static bool in_cutset(struct value s, uint32_t at, struct value cutset)
{
	uint32_t n = char_len(s, at);

	for (uint32_t i = 0; i < cutset.len; i += char_len(cutset, i))
		if (char_len(cutset, i) == n && memcmp(cutset.s + i, s.s + at, n) == 0)
			return true;
	return false;
}

static struct value trim(struct value s, struct value cutset, bool left, bool right)
{
	uint32_t from = 0, to = s.len;

	while (left && from < to && in_cutset(s, from, cutset))
		from += char_len(s, from);
	while (right && to > from) {
		uint32_t last = to - 1;

		while (last > from && ((unsigned char)s.s[last] & 0xc0) == 0x80)
			last--;
		if (!in_cutset(s, last, cutset))
			break;
		to = last;
	}
	return sub(s, from, to);
}

static struct value fn_trim(struct eval *ev, const struct value *a)
{
	(void)ev;
	return trim(a[0], a[1], true, true);
}

static struct value fn_trim_left(struct eval *ev, const struct value *a)
{
	(void)ev;
	return trim(a[0], a[1], true, false);
}

static struct value fn_trim_right(struct eval *ev, const struct value *a)
{
	(void)ev;
	return trim(a[0], a[1], false, true);
}

static struct value fn_trim_space(struct eval *ev, const struct value *a)
{
	static const char space[] = " \t\n\v\f\r\xc2\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
				    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000";

	(void)ev;
	return trim(a[0], value_borrow(space, sizeof space - 1), true, true);
}

static struct value fn_trim_prefix(struct eval *ev, const struct value *a)
{
	(void)ev;
	return has_prefix(a[0], a[1]) ? sub(a[0], a[1].len, a[0].len) : a[0];
}

static struct value fn_trim_suffix(struct eval *ev, const struct value *a)
{
	(void)ev;
	return has_suffix(a[0], a[1]) ? sub(a[0], 0, a[0].len - a[1].len) : a[0];
}

static struct value fn_substring(struct eval *ev, const struct value *a)
{
	int64_t from, len;
	uint32_t start, end;

	if (!num_to_i64(a[1], &from) || !num_to_i64(a[2], &len))
		return eval_fail(ev, TYPE_ERROR, "substring: operand 2 must be integer number but got floating-point number");
	if (from < 0)
		return eval_fail(ev, BUILTIN_ERROR, "substring: negative offset");
	start = byte_of(a[0], from);
	end = len < 0 ? a[0].len : start + byte_of(sub(a[0], start, a[0].len), len);
	return sub(a[0], start, end);
}

static struct value fn_indexof(struct eval *ev, const struct value *a)
{
	uint32_t hit = find(a[0], a[1], 0);

	if (a[1].len == 0)
		return eval_fail(ev, BUILTIN_ERROR, "indexof: empty search character");
	return value_int(hit == UINT32_MAX ? -1 : chars_before(a[0], hit));
}

static struct value fn_indexof_n(struct eval *ev, const struct value *a)
{
	struct vec list = { 0 };
	uint32_t at = 0, counted = 0, hit;
	int64_t chars = 0;

	if (a[1].len == 0)
		return eval_fail(ev, BUILTIN_ERROR, "indexof_n: empty search character");
	while ((hit = find(a[0], a[1], at)) != UINT32_MAX && eval_charge(ev, 1)) {
		for (; counted < hit; chars++)
			counted += char_len(a[0], counted);
		vec_push(eval_pool(ev), &list, value_int(chars));
		at = hit + char_len(a[0], hit);
	}
	return value_array(list.v, list.n);
}

static struct value fn_reverse(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	for (uint32_t to = a[0].len; to > 0;) {
		uint32_t from = to - 1;

		while (from > 0 && ((unsigned char)a[0].s[from] & 0xc0) == 0x80)
			from--;
		buf_append(&b, a[0].s + from, to - from);
		to = from;
	}
	return builtin_text_end(ev, &b);
}

static struct value fn_strings_count(struct eval *ev, const struct value *a)
{
	uint32_t at = 0, hit;
	int64_t n = 0;

	if (!eval_charge(ev, 1 + a[0].len / 64))
		return VALUE_UNDEF;
	if (a[1].len == 0)
		return value_int(chars_before(a[0], a[0].len) + 1);
	while ((hit = find(a[0], a[1], at)) != UINT32_MAX) {
		n++;
		at = hit + a[1].len;
	}
	return value_int(n);
}

/* Both operands are a string or a collection of strings. */
static struct value any_match(struct eval *ev, const char *name, const struct value *a,
			      bool (*fits)(struct value, struct value))
{
	struct value one[2] = { a[0], a[1] };
	struct value list[2];

	for (int i = 0; i < 2; i++)
		list[i] = a[i].tag == V_STRING ? value_array(&one[i], 1) : a[i];
	for (int i = 0; i < 2; i++)
		for (uint32_t k = 0; k < list[i].len; k++)
			if (list[i].items[k].tag != V_STRING)
				return eval_fail(ev, TYPE_ERROR, "%s: operand %d must be array of strings but got array containing %s",
						 name, i + 1, value_type_name(list[i].items[k]));
	for (uint32_t i = 0; i < list[0].len; i++)
		for (uint32_t k = 0; k < list[1].len; k++) {
			if (!eval_charge(ev, 1))
				return VALUE_UNDEF;
			if (fits(list[0].items[i], list[1].items[k]))
				return value_bool(true);
		}
	return value_bool(false);
}

static struct value fn_any_prefix(struct eval *ev, const struct value *a)
{
	return any_match(ev, "strings.any_prefix_match", a, has_prefix);
}

static struct value fn_any_suffix(struct eval *ev, const struct value *a)
{
	return any_match(ev, "strings.any_suffix_match", a, has_suffix);
}

static struct value fn_sprintf(struct eval *ev, const struct value *a)
{
	struct buf b = builtin_text_begin(ev);

	policy_sprintf(eval_pool(ev), a[0], a[1], &b);
	return builtin_text_end(ev, &b);
}

#define STR2 { TY_STR, TY_STR }
#define STRS (TY_STR | TY_ARR | TY_SET)

const struct builtin builtins_string[] = {
	{ "startswith", 2, STR2, TY_BOOL, fn_startswith, 0 },
	{ "endswith", 2, STR2, TY_BOOL, fn_endswith, 0 },
	{ "contains", 2, STR2, TY_BOOL, fn_contains, 0 },
	{ "lower", 1, { TY_STR }, TY_STR, fn_lower, 0 },
	{ "upper", 1, { TY_STR }, TY_STR, fn_upper, 0 },
	{ "concat", 2, { TY_STR, TY_ARR | TY_SET }, TY_STR, fn_concat, 0 },
	{ "split", 2, STR2, TY_ARR, fn_split, 0 },
	{ "strings.split_n", 3, { TY_STR, TY_STR, TY_NUM }, TY_ARR, fn_split_n, 0 },
	{ "replace", 3, { TY_STR, TY_STR, TY_STR }, TY_STR, fn_replace, 0 },
	{ "strings.replace_n", 2, { TY_OBJ, TY_STR }, TY_STR, fn_replace_n, 0 },
	{ "trim", 2, STR2, TY_STR, fn_trim, 0 },
	{ "trim_left", 2, STR2, TY_STR, fn_trim_left, 0 },
	{ "trim_right", 2, STR2, TY_STR, fn_trim_right, 0 },
	{ "trim_prefix", 2, STR2, TY_STR, fn_trim_prefix, 0 },
	{ "trim_suffix", 2, STR2, TY_STR, fn_trim_suffix, 0 },
	{ "trim_space", 1, { TY_STR }, TY_STR, fn_trim_space, 0 },
	{ "substring", 3, { TY_STR, TY_NUM, TY_NUM }, TY_STR, fn_substring, 0 },
	{ "indexof", 2, STR2, TY_NUM, fn_indexof, 0 },
	{ "indexof_n", 2, STR2, TY_ARR, fn_indexof_n, 0 },
	{ "strings.reverse", 1, { TY_STR }, TY_STR, fn_reverse, 0 },
	{ "strings.count", 2, STR2, TY_NUM, fn_strings_count, 0 },
	{ "strings.any_prefix_match", 2, { STRS, STRS }, TY_BOOL, fn_any_prefix, 0 },
	{ "strings.any_suffix_match", 2, { STRS, STRS }, TY_BOOL, fn_any_suffix, 0 },
	{ "sprintf", 2, { TY_STR, TY_ARR }, TY_STR, fn_sprintf, 0 },
	{ 0 },
};
