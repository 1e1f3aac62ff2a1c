/*
 * Numbers: exact integers of any size; everything else is a decimal text and
 * arithmetic on it is binary floating point with a 64-bit mantissa, printed with
 * the fewest digits that read back (so 0.1 + 0.2 is 0.3).
 */
#ifndef WB_POLICY_NUM_H
#define WB_POLICY_NUM_H

#include "policy/value.h"

/* A magnitude in 32-bit limbs, least first, without leading zero limbs; zero has none. */
struct big {
	uint32_t n;
	bool neg;
	uint32_t limb[];
};

/* The text as it was written, and its normal form 0.DIGITS x 10^exp (no zeros at either end). */
struct decimal {
	const char *text;
	const char *digits;
	uint32_t text_len, ndigits;
	int32_t exp;
	bool neg;
	long double f;
};

/*
 * Reads a JSON number; false when it is none, its exponent is beyond 100 000, or
 * it is written with more than 5 000 digits. Arithmetic whose result would have
 * more than those, or is beyond all floats, gives UNDEF.
 */
bool num_parse(struct pool *p, const char *s, size_t n, struct value *out);

/* By value, exact, however they are written: "1.0" is 1. Negative, 0 or positive; equal ones hash alike. */
int num_cmp(struct value a, struct value b);
uint64_t num_hash(struct value v);
struct value num_copy(struct pool *p, struct value v);

/* True when v is whole, however it is written ("2.0"), and fits. */
bool num_to_i64(struct value v, int64_t *out);
bool num_is_integer(struct value v);
long double num_to_float(struct value v);
void num_format(struct value v, struct buf *out);

struct value num_from_float(struct pool *p, long double f);
struct value num_from_u64(struct pool *p, uint64_t u);

struct value num_add(struct pool *p, struct value a, struct value b);
struct value num_sub(struct pool *p, struct value a, struct value b);
struct value num_mul(struct pool *p, struct value a, struct value b);
/* Of numbers. Once one is not whole, cut to 53 bits after each step: so OPA multiplies lists. */
struct value num_product(struct pool *p, const struct value *list, size_t n);
/* b is not zero. */
struct value num_div(struct pool *p, struct value a, struct value b);
/* Both whole, b not zero; the sign of a. */
struct value num_rem(struct pool *p, struct value a, struct value b);
bool num_is_zero(struct value v);
int num_sign(struct value v);
struct value num_neg(struct pool *p, struct value v);

enum num_rounding { ROUND_HALF_AWAY, ROUND_UP, ROUND_DOWN };
struct value num_round(struct pool *p, struct value v, enum num_rounding how);

enum num_bits { BITS_AND, BITS_OR, BITS_XOR };
/* Two's complement of unbounded width; both whole. */
struct value num_bitwise(struct pool *p, struct value a, struct value b, enum num_bits op);
struct value num_shift_left(struct pool *p, struct value a, uint32_t bits);
struct value num_shift_right(struct pool *p, struct value a, uint32_t bits);

/* A whole number in base 2..36, lower case. */
void num_format_base(struct pool *p, struct value v, unsigned base, struct buf *out);

#endif
