/* Exact integers of any size. */
#include "config.h"

#include "policy/bigint.h"

#include <math.h>
#include <string.h>

struct big *big_new(struct pool *p, uint32_t limbs)
{
	struct big *b = pool_alloc(p, sizeof *b + (size_t)limbs * sizeof b->limb[0]);

	b->n = limbs;
	b->neg = false;
	memset(b->limb, 0, (size_t)limbs * sizeof b->limb[0]);
	return b;
}

static const struct big *trimmed(struct big *b)
{
	while (b->n && b->limb[b->n - 1] == 0)
		b->n--;
	if (b->n == 0)
		b->neg = false;
	return b;
}

const struct big *big_from_i64(struct pool *p, int64_t i)
{
	struct big *b = big_new(p, 2);
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	b->neg = i < 0;
	b->limb[0] = (uint32_t)u;
	b->limb[1] = (uint32_t)(u >> 32);
	return trimmed(b);
}

const struct big *big_from_digits(struct pool *p, const char *digits, size_t n, bool neg)
{
	/* 10^9 < 2^30, so nine digits never need more than one limb. */
	struct big *b = big_new(p, (uint32_t)(n / 9 + 2));
	uint32_t used = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t carry = (uint64_t)(digits[i] - '0');

		for (uint32_t k = 0; k < used; k++) {
			carry += (uint64_t)b->limb[k] * 10;
			b->limb[k] = (uint32_t)carry;
			carry >>= 32;
		}
		if (carry)
			b->limb[used++] = (uint32_t)carry;
	}
	b->neg = neg;
	return trimmed(b);
}

int big_cmp_magnitude(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (uint32_t i = a->n; i-- > 0;)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

static const struct big *add_magnitudes(struct pool *p, const struct big *a, const struct big *b, bool neg)
{
	uint32_t n = a->n > b->n ? a->n : b->n;
	struct big *r = big_new(p, n + 1);
	uint64_t carry = 0;

	for (uint32_t i = 0; i <= n; i++) {
		carry += (i < a->n ? a->limb[i] : 0);
		carry += (i < b->n ? b->limb[i] : 0);
		r->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	r->neg = neg;
	return trimmed(r);
}

/* |a| >= |b| */
static const struct big *sub_magnitudes(struct pool *p, const struct big *a, const struct big *b, bool neg)
{
	struct big *r = big_new(p, a->n);
	int64_t borrow = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		int64_t d = (int64_t)a->limb[i] - (i < b->n ? b->limb[i] : 0) + borrow;

		r->limb[i] = (uint32_t)d;
		borrow = d < 0 ? -1 : 0;
	}
	r->neg = neg;
	return trimmed(r);
}

const struct big *big_add(struct pool *p, const struct big *a, const struct big *b)
{
	if (a->neg == b->neg)
		return add_magnitudes(p, a, b, a->neg);
	if (big_cmp_magnitude(a, b) >= 0)
		return sub_magnitudes(p, a, b, a->neg);
	return sub_magnitudes(p, b, a, b->neg);
}

const struct big *big_negate(struct pool *p, const struct big *a)
{
	struct big *r = big_new(p, a->n);

	memcpy(r->limb, a->limb, a->n * sizeof a->limb[0]);
	r->neg = !a->neg;
	return trimmed(r);
}

const struct big *big_mul(struct pool *p, const struct big *a, const struct big *b)
{
	struct big *r = big_new(p, a->n + b->n + 1);

	for (uint32_t i = 0; i < a->n; i++) {
		uint64_t carry = 0;

		for (uint32_t j = 0; j < b->n || carry; j++) {
			carry += r->limb[i + j];
			if (j < b->n)
				carry += (uint64_t)a->limb[i] * b->limb[j];
			r->limb[i + j] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	r->neg = a->neg != b->neg;
	return trimmed(r);
}

/* In place; the remainder. */
static uint32_t div_small(struct big *a, uint32_t by)
{
	uint64_t rem = 0;

	for (uint32_t i = a->n; i-- > 0;) {
		rem = rem << 32 | a->limb[i];
		a->limb[i] = (uint32_t)(rem / by);
		rem %= by;
	}
	trimmed(a);
	return (uint32_t)rem;
}

static struct big *copy_of(struct pool *p, const struct big *a, uint32_t spare)
{
	struct big *r = big_new(p, a->n + spare);

	memcpy(r->limb, a->limb, a->n * sizeof a->limb[0]);
	r->neg = a->neg;
	return r;
}

/* Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D; u is normalised and becomes the remainder. */
static void long_division(struct big *u, const struct big *v, struct big *q)
{
	uint32_t n = v->n;
	uint64_t top = v->limb[n - 1], next = v->limb[n - 2];

	for (uint32_t j = q->n; j-- > 0;) {
		uint64_t head = (uint64_t)u->limb[j + n] << 32 | u->limb[j + n - 1];
		uint64_t guess = head / top, rest = head % top, carry = 0;
		int64_t borrow = 0;

		while (guess >> 32 || guess * next > (rest << 32 | u->limb[j + n - 2])) {
			guess--;
			rest += top;
			if (rest >> 32)
				break;
		}
		for (uint32_t i = 0; i < n; i++) {
			int64_t d;

			carry += guess * v->limb[i];
			d = (int64_t)u->limb[i + j] - (int64_t)(uint32_t)carry + borrow;
			u->limb[i + j] = (uint32_t)d;
			borrow = d < 0 ? -1 : 0;
			carry >>= 32;
		}
		borrow += (int64_t)u->limb[j + n] - (int64_t)carry;
		u->limb[j + n] = (uint32_t)borrow;
		if (borrow < 0) {
			guess--;
			carry = 0;
			for (uint32_t i = 0; i < n; i++) {
				carry += (uint64_t)u->limb[i + j] + v->limb[i];
				u->limb[i + j] = (uint32_t)carry;
				carry >>= 32;
			}
			u->limb[j + n] += (uint32_t)carry;
		}
		q->limb[j] = (uint32_t)guess;
	}
}

static uint32_t leading_zeros(uint32_t x)
{
	return (uint32_t)__builtin_clz(x);
}

static const struct big *shifted(struct pool *p, const struct big *a, uint32_t bits, uint32_t spare)
{
	struct big *r = big_new(p, a->n + bits / 32 + 1 + spare);
	uint32_t words = bits / 32, rest = bits % 32;

	for (uint32_t i = 0; i < a->n; i++) {
		uint64_t w = (uint64_t)a->limb[i] << rest;

		r->limb[i + words] |= (uint32_t)w;
		r->limb[i + words + 1] |= (uint32_t)(w >> 32);
	}
	r->neg = a->neg;
	return r;
}

static const struct big *shift_magnitude_right(struct pool *p, const struct big *a, uint32_t bits)
{
	uint32_t words = bits / 32, rest = bits % 32;
	struct big *r = big_new(p, a->n > words ? a->n - words : 0);

	for (uint32_t i = words; i < a->n; i++) {
		uint64_t w = (uint64_t)(i + 1 < a->n ? a->limb[i + 1] : 0) << 32 | a->limb[i];

		r->limb[i - words] = (uint32_t)(w >> rest);
	}
	r->neg = a->neg;
	return trimmed(r);
}

const struct big *big_divmod(struct pool *p, const struct big *a, const struct big *b, const struct big **out_rem)
{
	struct big *q, *u;
	uint32_t shift;

	if (big_cmp_magnitude(a, b) < 0) {
		*out_rem = a;
		return big_new(p, 0);
	}
	if (b->n == 1) {
		struct big *rem = big_new(p, 1);

		q = copy_of(p, a, 0);
		rem->limb[0] = div_small(q, b->limb[0]);
		rem->neg = a->neg;
		*out_rem = trimmed(rem);
	} else {
		shift = leading_zeros(b->limb[b->n - 1]);
		u = copy_of(p, shifted(p, a, shift, 0), 1);
		q = big_new(p, u->n - b->n);
		q->n = u->n - b->n - 1;
		b = shifted(p, b, shift, 0);
		{
			struct big *v = copy_of(p, b, 0);

			trimmed(v);
			q->n = u->n - v->n - 1;
			long_division(u, v, q);
		}
		u->neg = a->neg;
		trimmed(u);
		*out_rem = shift_magnitude_right(p, u, shift);
	}
	q->neg = a->neg != b->neg;
	return trimmed(q);
}

bool big_to_i64(const struct big *a, int64_t *out)
{
	uint64_t u = 0;

	if (a->n > 2)
		return false;
	for (uint32_t i = a->n; i-- > 0;)
		u = u << 32 | a->limb[i];
	if (u > (uint64_t)INT64_MAX + a->neg)
		return false;
	*out = a->neg ? (int64_t)(0 - u) : (int64_t)u;
	return true;
}

long double big_to_float(const struct big *a)
{
	long double f = 0;

	for (uint32_t i = a->n; i-- > 0;)
		f = f * 4294967296.0L + (long double)a->limb[i];
	return a->neg ? -f : f;
}

/* Two's complement in n limbs. */
static struct big *to_complement(struct pool *p, const struct big *a, uint32_t n)
{
	struct big *r = big_new(p, n);
	uint64_t carry = 1;

	memcpy(r->limb, a->limb, a->n * sizeof a->limb[0]);
	for (uint32_t i = 0; a->neg && i < n; i++) {
		carry += (uint32_t)~r->limb[i];
		r->limb[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return r;
}

const struct big *big_bitwise(struct pool *p, const struct big *a, const struct big *b, enum num_bits op)
{
	uint32_t n = (a->n > b->n ? a->n : b->n) + 1;
	struct big *x = to_complement(p, a, n), *y = to_complement(p, b, n);

	for (uint32_t i = 0; i < n; i++)
		x->limb[i] = op == BITS_AND ? x->limb[i] & y->limb[i] :
			     op == BITS_OR ? x->limb[i] | y->limb[i] : x->limb[i] ^ y->limb[i];
	if (x->limb[n - 1] >> 31) {
		x->neg = true;
		x = to_complement(p, x, n);
		x->neg = true;
	}
	return trimmed(x);
}

const struct big *big_shift_left(struct pool *p, const struct big *a, uint32_t bits)
{
	return trimmed(copy_of(p, shifted(p, a, bits, 0), 0));
}

const struct big *big_shift_right(struct pool *p, const struct big *a, uint32_t bits)
{
	const struct big *r = shift_magnitude_right(p, a, bits), *back;

	if (!a->neg)
		return r;
	back = big_shift_left(p, r, bits);
	return big_cmp_magnitude(back, a) == 0 ? r : big_add(p, r, big_from_i64(p, -1));
}

void big_format(struct pool *p, const struct big *a, unsigned base, struct buf *out)
{
	/* As many digits at once as a limb holds. */
	uint32_t step = base, width = 1;
	struct big *rest = copy_of(p, a, 0);
	size_t max = (size_t)a->n * 32 + 2, at = max;
	char *text = pool_alloc(p, max);

	while ((uint64_t)step * base <= UINT32_MAX) {
		step *= base;
		width++;
	}
	trimmed(rest);
	do {
		uint32_t part = div_small(rest, step);

		for (uint32_t i = 0; i < width && (part || rest->n || i == 0); i++, part /= base)
			text[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[part % base];
	} while (rest->n);
	while (at < max - 1 && text[at] == '0')
		at++;
	if (a->neg)
		buf_putc(out, '-');
	buf_append(out, text + at, max - at);
}
