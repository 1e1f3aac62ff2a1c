/* Builtins on numbers: arithmetic, rounding, ranges, bits. */
#include "config.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "policy/builtin.h"
#include "policy/num.h"

static struct value set_difference(struct eval *ev, struct value a, struct value b)
{
	struct vec list = { 0 };

	for (uint32_t i = 0; i < a.len && eval_charge(ev, 1); i++)
		if (!value_set_has(b, a.items[i]))
			vec_push(eval_pool(ev), &list, a.items[i]);
	return value_set(list.v, list.n);
}

static struct value number(struct eval *ev, struct value v, const char *name)
{
	return v.tag == V_UNDEF ? eval_fail(ev, BUILTIN_ERROR, "%s: the result is not a number", name) : v;
}

static struct value fn_plus(struct eval *ev, const struct value *a)
{
	return number(ev, num_add(eval_pool(ev), a[0], a[1]), "plus");
}

static struct value fn_minus(struct eval *ev, const struct value *a)
{
	if (a[0].tag == V_SET && a[1].tag == V_SET)
		return set_difference(ev, a[0], a[1]);
	if (a[0].tag != V_NUMBER || a[1].tag != V_NUMBER)
		return eval_fail(ev, TYPE_ERROR, "minus: operand 2 must be %s but got %s",
				 a[0].tag == V_SET ? "set" : "number", value_type_name(a[1]));
	return number(ev, num_sub(eval_pool(ev), a[0], a[1]), "minus");
}

static struct value fn_mul(struct eval *ev, const struct value *a)
{
	return number(ev, num_mul(eval_pool(ev), a[0], a[1]), "mul");
}

static struct value fn_div(struct eval *ev, const struct value *a)
{
	if (num_is_zero(a[1]))
		return eval_fail(ev, BUILTIN_ERROR, "div: divide by zero");
	return number(ev, num_div(eval_pool(ev), a[0], a[1]), "div");
}

static struct value fn_rem(struct eval *ev, const struct value *a)
{
	if (!num_is_integer(a[0]) || !num_is_integer(a[1]))
		return eval_fail(ev, BUILTIN_ERROR, "rem: modulo on floating-point number");
	if (num_is_zero(a[1]))
		return eval_fail(ev, BUILTIN_ERROR, "rem: modulo by zero");
	return number(ev, num_rem(eval_pool(ev), a[0], a[1]), "rem");
}

static struct value fn_abs(struct eval *ev, const struct value *a)
{
	if (a[0].num != NUM_INT)
		return num_from_float(eval_pool(ev), fabsl(num_to_float(a[0])));
	return num_sign(a[0]) < 0 ? num_neg(eval_pool(ev), a[0]) : a[0];
}

static struct value fn_round(struct eval *ev, const struct value *a)
{
	return num_round(eval_pool(ev), a[0], ROUND_HALF_AWAY);
}

/* Between -1 and 0: as OPA has it, 1 rounded up and 0 rounded down. */
static bool is_little_below(struct value v)
{
	return !num_is_integer(v) && num_sign(v) < 0 && num_to_float(v) > -1;
}

static struct value fn_ceil(struct eval *ev, const struct value *a)
{
	return is_little_below(a[0]) ? value_int(1) : num_round(eval_pool(ev), a[0], ROUND_UP);
}

static struct value fn_floor(struct eval *ev, const struct value *a)
{
	return is_little_below(a[0]) ? value_int(0) : num_round(eval_pool(ev), a[0], ROUND_DOWN);
}

static struct value range(struct eval *ev, const char *name, struct value from, struct value to, struct value step)
{
	struct vec list = { 0 };
	struct pool *p = eval_pool(ev);
	bool up = value_cmp(from, to) <= 0;

	if (!up)
		step = num_neg(p, step);
	for (struct value v = from; up ? value_cmp(v, to) <= 0 : value_cmp(v, to) >= 0; v = num_add(p, v, step)) {
		if (!eval_charge(ev, 1))
			return VALUE_UNDEF;
		vec_push(p, &list, v);
	}
	(void)name;
	return value_array(list.v, list.n);
}

static bool whole(struct eval *ev, const char *name, const struct value *a, int n)
{
	for (int i = 0; i < n; i++)
		if (!num_is_integer(a[i])) {
			eval_fail(ev, TYPE_ERROR, "%s: operand %d must be integer number but got floating-point number", name,
				  i + 1);
			return false;
		}
	return true;
}

static struct value fn_range(struct eval *ev, const struct value *a)
{
	if (!whole(ev, "numbers.range", a, 2))
		return VALUE_UNDEF;
	return range(ev, "numbers.range", num_add(eval_pool(ev), a[0], value_int(0)), a[1], value_int(1));
}

static struct value fn_range_step(struct eval *ev, const struct value *a)
{
	if (!whole(ev, "numbers.range_step", a, 3))
		return VALUE_UNDEF;
	if (num_sign(a[2]) <= 0)
		return eval_fail(ev, BUILTIN_ERROR, "numbers.range_step: step must be a positive number above zero");
	return range(ev, "numbers.range_step", num_add(eval_pool(ev), a[0], value_int(0)), a[1], a[2]);
}

static struct value bits(struct eval *ev, const char *name, const struct value *a, enum num_bits op)
{
	return whole(ev, name, a, 2) ? number(ev, num_bitwise(eval_pool(ev), a[0], a[1], op), name) : VALUE_UNDEF;
}

static struct value fn_bits_and(struct eval *ev, const struct value *a)
{
	return bits(ev, "bits.and", a, BITS_AND);
}

static struct value fn_bits_or(struct eval *ev, const struct value *a)
{
	return bits(ev, "bits.or", a, BITS_OR);
}

static struct value fn_bits_xor(struct eval *ev, const struct value *a)
{
	return bits(ev, "bits.xor", a, BITS_XOR);
}

static struct value fn_bits_negate(struct eval *ev, const struct value *a)
{
	if (!whole(ev, "bits.negate", a, 1))
		return VALUE_UNDEF;
	return num_sub(eval_pool(ev), value_int(-1), a[0]);
}

static struct value shift(struct eval *ev, const char *name, const struct value *a, bool left)
{
	int64_t by;

	if (!whole(ev, name, a, 2))
		return VALUE_UNDEF;
	if (num_sign(a[1]) < 0)
		return eval_fail(ev, TYPE_ERROR, "%s: operand 2 must be an unsigned integer number but got a negative integer",
				 name);
	if (!num_to_i64(a[1], &by) || by > INT32_MAX || (left && !pool_fits(eval_pool(ev), (size_t)by / 8 * 3))) {
		eval_charge(ev, UINT32_MAX);
		return VALUE_UNDEF;
	}
	if (!eval_charge(ev, left ? (uint64_t)by / 64 : 1))
		return VALUE_UNDEF;
	return left ? number(ev, num_shift_left(eval_pool(ev), a[0], (uint32_t)by), "bits.lsh") :
		      num_shift_right(eval_pool(ev), a[0], (uint32_t)by);
}

static struct value fn_bits_lsh(struct eval *ev, const struct value *a)
{
	return shift(ev, "bits.lsh", a, true);
}

static struct value fn_bits_rsh(struct eval *ev, const struct value *a)
{
	return shift(ev, "bits.rsh", a, false);
}

/* The spellings that a float parser knows for what is no number. */
static bool is_no_number(struct value v)
{
	static const char *const words[] = { "nan", "inf", "infinity" };
	uint32_t sign = v.len && (v.s[0] == '-' || v.s[0] == '+');

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (v.len - sign == strlen(words[i]) && strncasecmp(v.s + sign, words[i], v.len - sign) == 0)
			return true;
	return false;
}

static struct value fn_to_number(struct eval *ev, const struct value *a)
{
	struct value v;

	switch (a[0].tag) {
	case V_NULL:
		return value_int(0);
	case V_BOOL:
		return value_int(a[0].i);
	case V_NUMBER:
		return a[0];
	default:
		if (num_parse(eval_pool(ev), a[0].s, a[0].len, &v) && isfinite((double)num_to_float(v)))
			return v;
		return eval_fail(ev, is_no_number(a[0]) ? TYPE_ERROR : BUILTIN_ERROR, "to_number: invalid syntax");
	}
}

static struct value fn_format_int(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(SIZE_MAX / 2);
	struct value v = num_is_integer(a[0]) ? num_add(eval_pool(ev), a[0], value_int(0)) :
						num_round(eval_pool(ev), a[0], ROUND_DOWN);
	int64_t base;

	if (!num_to_i64(a[1], &base) || (base != 2 && base != 8 && base != 10 && base != 16))
		return eval_fail(ev, TYPE_ERROR, "format_int: operand 2 must be one of {2, 8, 10, 16}");
	if (v.tag == V_UNDEF)
		return v;
	/* Towards zero, as the text of a fraction is cut. */
	if (!num_is_integer(a[0]) && num_sign(a[0]) < 0)
		v = num_add(eval_pool(ev), v, value_int(1));
	num_format_base(eval_pool(ev), v, (unsigned)base, &text);
	return value_string(eval_pool(ev), text.data, text.len);
}

#define NUM2 { TY_NUM, TY_NUM }

const struct builtin builtins_number[] = {
	{ "plus", 2, NUM2, TY_NUM, fn_plus, 0 },
	{ "minus", 2, { TY_NUM | TY_SET, TY_NUM | TY_SET }, TY_NUM | TY_SET, fn_minus, 0 },
	{ "mul", 2, NUM2, TY_NUM, fn_mul, 0 },
	{ "div", 2, NUM2, TY_NUM, fn_div, 0 },
	{ "rem", 2, NUM2, TY_NUM, fn_rem, 0 },
	{ "abs", 1, { TY_NUM }, TY_NUM, fn_abs, 0 },
	{ "round", 1, { TY_NUM }, TY_NUM, fn_round, 0 },
	{ "ceil", 1, { TY_NUM }, TY_NUM, fn_ceil, 0 },
	{ "floor", 1, { TY_NUM }, TY_NUM, fn_floor, 0 },
	{ "numbers.range", 2, NUM2, TY_ARR, fn_range, 0 },
	{ "numbers.range_step", 3, { TY_NUM, TY_NUM, TY_NUM }, TY_ARR, fn_range_step, 0 },
	{ "bits.and", 2, NUM2, TY_NUM, fn_bits_and, 0 },
	{ "bits.or", 2, NUM2, TY_NUM, fn_bits_or, 0 },
	{ "bits.xor", 2, NUM2, TY_NUM, fn_bits_xor, 0 },
	{ "bits.negate", 1, { TY_NUM }, TY_NUM, fn_bits_negate, 0 },
	{ "bits.lsh", 2, NUM2, TY_NUM, fn_bits_lsh, 0 },
	{ "bits.rsh", 2, NUM2, TY_NUM, fn_bits_rsh, 0 },
	{ "to_number", 1, { TY_NULL | TY_BOOL | TY_NUM | TY_STR }, TY_NUM, fn_to_number, 0 },
	{ "format_int", 2, NUM2, TY_STR, fn_format_int, 0 },
	{ 0 },
};
