/* Finding builtins; comparison, membership, types and aggregates. */
#include "config.h"

#include "policy/builtin.h"

#include <string.h>

#include "base/str.h"
#include "policy/num.h"

static const struct builtin *const tables[] = {
	builtins_core, builtins_string, builtins_number, builtins_object, builtins_encode, builtins_regex, builtins_units,
	builtins_net, builtins_time, builtins_patch, builtins_yaml, builtins_jwt,
	builtins_sign, builtins_cert, builtins_pkey, builtins_uri, builtins_request, builtins_globs, builtins_schema,
	builtins_template, builtins_graphql, builtins_module,
};

void builtin_each(void (*fn)(void *data, const struct builtin *b), void *data)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const struct builtin *b = tables[i]; b->name; b++)
			fn(data, b);
}

const struct builtin *builtin_find(const char *name)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct builtin *b = tables[t]; b->name; b++)
			if (b->name[0] == name[0] && strcmp(b->name, name) == 0)
				return b;
	return NULL;
}

const char *builtin_nearest(const char *name)
{
	const char *names[256];
	size_t n = 0;

	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct builtin *b = tables[t]; b->name && n < 256; b++)
			if (strncmp(b->name, "internal.", 9) != 0)
				names[n++] = b->name;
	return str_nearest(name, names, n);
}

static struct value fn_equal(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(value_eq(a[0], a[1]));
}

static struct value fn_neq(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(!value_eq(a[0], a[1]));
}

static struct value fn_lt(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(value_cmp(a[0], a[1]) < 0);
}

static struct value fn_lte(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(value_cmp(a[0], a[1]) <= 0);
}

static struct value fn_gt(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(value_cmp(a[0], a[1]) > 0);
}

static struct value fn_gte(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_bool(value_cmp(a[0], a[1]) >= 0);
}

static struct value fn_member(struct eval *ev, const struct value *a)
{
	if (a[1].tag == V_SET)
		return value_bool(value_set_has(a[1], a[0]));
	if (a[1].tag == V_ARRAY || a[1].tag == V_OBJECT)
		for (uint32_t i = 0; i < a[1].len && eval_charge(ev, 1); i++)
			if (value_eq(a[1].tag == V_ARRAY ? a[1].items[i] : a[1].pairs[i].val, a[0]))
				return value_bool(true);
	return value_bool(false);
}

static struct value fn_member_with_key(struct eval *ev, const struct value *a)
{
	struct value found = VALUE_UNDEF;

	(void)ev;
	if (a[2].tag == V_SET)
		return value_bool(value_eq(a[0], a[1]) && value_set_has(a[2], a[1]));
	if (a[2].tag == V_ARRAY || a[2].tag == V_OBJECT)
		found = value_get(a[2], a[0]);
	return value_bool(found.tag != V_UNDEF && value_eq(found, a[1]));
}

static uint32_t utf8_count(struct value s)
{
	uint32_t n = 0, c;

	/* A byte that is no UTF-8 counts as one. */
	for (uint32_t i = 0; i < s.len; n++) {
		size_t len = (unsigned char)s.s[i] < 0x80 ? 1 : str_utf8_decode(s.s + i, s.len - i, &c);

		i += len ? (uint32_t)len : 1;
	}
	return n;
}

static struct value fn_count(struct eval *ev, const struct value *a)
{
	(void)ev;
	return value_int(a[0].tag == V_STRING ? utf8_count(a[0]) : a[0].len);
}

static bool only_numbers(struct eval *ev, struct value list, const char *name)
{
	const char *kind = list.tag == V_SET ? "set" : "array";

	for (uint32_t i = 0; i < list.len; i++)
		if (list.items[i].tag != V_NUMBER) {
			eval_fail(ev, TYPE_ERROR, "%s: operand 1 must be %s of numbers but got %s containing %s", name, kind, kind,
				  value_type_name(list.items[i]));
			return false;
		}
	return eval_charge(ev, list.len);
}

static struct value fn_sum(struct eval *ev, const struct value *a)
{
	struct value sum = value_int(0);

	if (!only_numbers(ev, a[0], "sum"))
		return VALUE_UNDEF;
	for (uint32_t i = 0; i < a[0].len; i++)
		sum = num_add(eval_pool(ev), sum, a[0].items[i]);
	return sum;
}

static struct value fn_product(struct eval *ev, const struct value *a)
{
	uint64_t weight = 0;

	if (!only_numbers(ev, a[0], "product"))
		return VALUE_UNDEF;
	/* Long numbers cost what multiplying them costs. */
	for (uint32_t i = 0; i < a[0].len; i++) {
		weight += value_weight(a[0].items[i]);
		if (!eval_charge(ev, weight * value_weight(a[0].items[i]) / 64))
			return VALUE_UNDEF;
	}
	return num_product(eval_pool(ev), a[0].items, a[0].len);
}

static struct value extreme(struct value list, int sign)
{
	struct value best = VALUE_UNDEF;

	for (uint32_t i = 0; i < list.len; i++)
		if (best.tag == V_UNDEF || value_cmp(list.items[i], best) * sign > 0)
			best = list.items[i];
	return best;
}

static struct value fn_max(struct eval *ev, const struct value *a)
{
	(void)ev;
	return extreme(a[0], 1);
}

static struct value fn_min(struct eval *ev, const struct value *a)
{
	(void)ev;
	return extreme(a[0], -1);
}

static int by_value(const void *a, const void *b)
{
	return value_cmp(*(const struct value *)a, *(const struct value *)b);
}

static struct value fn_sort(struct eval *ev, const struct value *a)
{
	struct value *items;

	if (!eval_charge(ev, a[0].len))
		return VALUE_UNDEF;
	items = pool_alloc(eval_pool(ev), a[0].len * sizeof *items);
	if (a[0].len) {
		memcpy(items, a[0].items, a[0].len * sizeof *items);
		qsort(items, a[0].len, sizeof *items, by_value);
	}
	return value_array(items, a[0].len);
}

static struct value fn_all(struct eval *ev, const struct value *a)
{
	(void)ev;
	for (uint32_t i = 0; i < a[0].len; i++)
		if (a[0].items[i].tag != V_BOOL || !a[0].items[i].i)
			return value_bool(false);
	return value_bool(true);
}

static struct value fn_any(struct eval *ev, const struct value *a)
{
	(void)ev;
	for (uint32_t i = 0; i < a[0].len; i++)
		if (a[0].items[i].tag == V_BOOL && a[0].items[i].i)
			return value_bool(true);
	return value_bool(false);
}

/* In version 0 the is_ family answered undefined, not false; both fail a rule alike, and version 1's answer is kept. */
#define IS(name, tag_) \
	static struct value fn_is_##name(struct eval *ev, const struct value *a) \
	{ \
		(void)ev; \
		return value_bool(a[0].tag == (tag_)); \
	}
IS(null, V_NULL)
IS(boolean, V_BOOL)
IS(number, V_NUMBER)
IS(string, V_STRING)
IS(array, V_ARRAY)
IS(object, V_OBJECT)
IS(set, V_SET)

static struct value fn_type_name(struct eval *ev, const struct value *a)
{
	const char *name = value_type_name(a[0]);

	(void)ev;
	return value_borrow(name, strlen(name));
}

static struct value fn_now(struct eval *ev, const struct value *a)
{
	(void)a;
	return eval_note(ev, "time.now_ns", NULL, 0, value_int(eval_now_ns(ev)));
}

static struct value fn_print(struct eval *ev, const struct value *a)
{
	(void)ev;
	(void)a;
	return value_bool(true);
}

static struct value cast(struct eval *ev, struct value v, unsigned tag)
{
	if (v.tag == tag)
		return v;
	if (tag == V_SET && v.tag == V_ARRAY) {
		struct value *items = pool_alloc(eval_pool(ev), v.len * sizeof *items);

		if (v.len)
			memcpy(items, v.items, v.len * sizeof *items);
		return value_set(items, v.len);
	}
	if (tag == V_ARRAY && v.tag == V_SET) {
		v.tag = V_ARRAY;
		return v;
	}
	return eval_fail(ev, TYPE_ERROR, "operand 1 must be one of {array, set} but got %s", value_type_name(v));
}

#define CAST(name, tag) \
	static struct value fn_cast_##name(struct eval *ev, const struct value *a) \
	{ \
		return cast(ev, a[0], (tag)); \
	}
CAST(array, V_ARRAY)
CAST(set, V_SET)
CAST(string, V_STRING)
CAST(boolean, V_BOOL)
CAST(null, V_NULL)
CAST(object, V_OBJECT)

#define LIST (TY_ARR | TY_SET)
#define ANY2 { TY_ANY, TY_ANY }

const struct builtin builtins_core[] = {
	{ "equal", 2, ANY2, TY_BOOL, fn_equal, 0 },
	{ "eq", 2, ANY2, TY_BOOL, fn_equal, 0 },
	{ "neq", 2, ANY2, TY_BOOL, fn_neq, 0 },
	{ "lt", 2, ANY2, TY_BOOL, fn_lt, 0 },
	{ "lte", 2, ANY2, TY_BOOL, fn_lte, 0 },
	{ "gt", 2, ANY2, TY_BOOL, fn_gt, 0 },
	{ "gte", 2, ANY2, TY_BOOL, fn_gte, 0 },
	{ "internal.member_2", 2, ANY2, TY_BOOL, fn_member, 0 },
	{ "internal.member_3", 3, { TY_ANY, TY_ANY, TY_ANY }, TY_BOOL, fn_member_with_key, 0 },
	{ "count", 1, { LIST | TY_OBJ | TY_STR }, TY_NUM, fn_count, 0 },
	{ "sum", 1, { LIST }, TY_NUM, fn_sum, 0 },
	{ "product", 1, { LIST }, TY_NUM, fn_product, 0 },
	{ "max", 1, { LIST }, TY_ANY, fn_max, 0 },
	{ "min", 1, { LIST }, TY_ANY, fn_min, 0 },
	{ "sort", 1, { LIST }, TY_ARR, fn_sort, 0 },
	{ "all", 1, { LIST }, TY_BOOL, fn_all, BUILTIN_DEPRECATED },
	{ "any", 1, { LIST }, TY_BOOL, fn_any, BUILTIN_DEPRECATED },
	{ "is_null", 1, { TY_ANY }, TY_BOOL, fn_is_null, 0 },
	{ "is_boolean", 1, { TY_ANY }, TY_BOOL, fn_is_boolean, 0 },
	{ "is_number", 1, { TY_ANY }, TY_BOOL, fn_is_number, 0 },
	{ "is_string", 1, { TY_ANY }, TY_BOOL, fn_is_string, 0 },
	{ "is_array", 1, { TY_ANY }, TY_BOOL, fn_is_array, 0 },
	{ "is_object", 1, { TY_ANY }, TY_BOOL, fn_is_object, 0 },
	{ "is_set", 1, { TY_ANY }, TY_BOOL, fn_is_set, 0 },
	{ "type_name", 1, { TY_ANY }, TY_STR, fn_type_name, 0 },
	{ "time.now_ns", 0, { 0 }, TY_NUM, fn_now, 0 },
	{ "print", 0, { 0 }, TY_BOOL, fn_print, BUILTIN_VARIADIC },
	{ "trace", 1, { TY_STR }, TY_BOOL, fn_print, 0 },
	{ "cast_array", 1, { TY_ANY }, TY_ARR, fn_cast_array, BUILTIN_DEPRECATED },
	{ "cast_set", 1, { TY_ANY }, TY_SET, fn_cast_set, BUILTIN_DEPRECATED },
	{ "cast_string", 1, { TY_ANY }, TY_STR, fn_cast_string, BUILTIN_DEPRECATED },
	{ "cast_boolean", 1, { TY_ANY }, TY_BOOL, fn_cast_boolean, BUILTIN_DEPRECATED },
	{ "cast_null", 1, { TY_ANY }, TY_NULL, fn_cast_null, BUILTIN_DEPRECATED },
	{ "cast_object", 1, { TY_ANY }, TY_OBJ, fn_cast_object, BUILTIN_DEPRECATED },
	/* Declared so that tests can put their own in place: it cannot act from inside a policy here. */
	/* Replaced by what they give when a policy is compiled. */
	{ "rego.metadata.chain", 0, { 0 }, TY_ARR, NULL, BUILTIN_METADATA },
	{ "rego.metadata.rule", 0, { 0 }, TY_ANY, NULL, BUILTIN_METADATA },
	{ "opa.runtime", 0, { 0 }, TY_OBJ, NULL, BUILTIN_IMPURE },
	{ 0 },
};

struct buf builtin_text_begin(struct eval *ev)
{
	struct pool *p = eval_pool(ev);

	return (struct buf)BUF_INIT(p->used < p->max ? p->max - p->used : 1);
}

struct value builtin_text_end(struct eval *ev, struct buf *b)
{
	struct value v = VALUE_UNDEF;

	if (b->full)
		eval_pool(ev)->over = true;
	if (eval_charge(ev, 1 + b->len / 64))
		v = value_string(eval_pool(ev), buf_text(b), b->len);
	buf_release(b);
	return v;
}
