/* Numbers: reading, order, arithmetic, printing. */
#include "config.h"

#include "policy/num.h"

#include <ctype.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/bigint.h"

/* LIMBS_MAX holds somewhat more than WHOLE_DIGITS_MAX digits; what would be larger is no number. */
enum { EXPONENT_MAX = 100000, MANTISSA_BITS = 64, DIGITS_MAX = 21, WHOLE_DIGITS_MAX = 5000, LIMBS_MAX = 520 };

/* Where long double is wider than 64 bits, the result of each operation is cut back to them. */
static long double round_mantissa(long double f)
{
#if LDBL_MANT_DIG > 64
	int e;
	long double m = frexpl(f, &e);

	return isfinite(f) ? ldexpl(rintl(ldexpl(m, MANTISSA_BITS)), e - MANTISSA_BITS) : f;
#else
	return f;
#endif
}

/* To 53 bits of mantissa, whatever its exponent. */
static long double narrowed(long double f)
{
	int exp;

	if (!isfinite(f))
		return f;
	f = frexpl(f, &exp);
	return ldexpl((long double)(double)f, exp);
}

static struct value of_big(const struct big *b)
{
	int64_t i;

	if (big_to_i64(b, &i))
		return value_int(i);
	if (b->n > LIMBS_MAX)
		return VALUE_UNDEF;
	return (struct value){ .tag = V_NUMBER, .num = NUM_BIG, .big = b };
}

/* Splits "-12.50e3" into sign, significant digits and exponent. digits has room for n. */
static void normalise(struct decimal *d, char *digits, const char *s, size_t n)
{
	long exp = 0, given = 0;
	size_t i = 0, count = 0;
	bool point = false, neg_exp = false;

	d->neg = n && s[0] == '-';
	for (i = d->neg; i < n && s[i] != 'e' && s[i] != 'E'; i++) {
		if (s[i] == '.') {
			point = true;
			continue;
		}
		if (count || s[i] != '0') {
			digits[count++] = s[i];
			exp += !point;
		} else if (point) {
			exp--;
		}
	}
	if (i < n) {
		i++;
		neg_exp = s[i] == '-';
		for (i += s[i] == '-' || s[i] == '+'; i < n; i++)
			given = given * 10 + (s[i] - '0');
		exp += neg_exp ? -given : given;
	}
	while (count && digits[count - 1] == '0')
		count--;
	d->digits = digits;
	d->ndigits = (uint32_t)count;
	d->exp = count ? (int32_t)exp : 0;
	if (!count)
		d->neg = false;
}

/* The extent of a JSON number at s; 0 when there is none. */
static size_t scan_number(const char *s, size_t n, bool *whole)
{
	size_t i = n && s[0] == '-', start;

	*whole = true;
	start = i;
	while (i < n && isdigit((unsigned char)s[i]))
		i++;
	if (i == start || (s[start] == '0' && i - start > 1))
		return 0;
	if (i < n && s[i] == '.') {
		*whole = false;
		for (start = ++i; i < n && isdigit((unsigned char)s[i]);)
			i++;
		if (i == start)
			return 0;
	}
	if (i < n && (s[i] == 'e' || s[i] == 'E')) {
		*whole = false;
		i++;
		if (i < n && (s[i] == '-' || s[i] == '+'))
			i++;
		for (start = i; i < n && isdigit((unsigned char)s[i]);)
			i++;
		if (i == start || i - start > 6)
			return 0;
	}
	return i;
}

bool num_parse(struct pool *p, const char *s, size_t n, struct value *out)
{
	struct decimal *d;
	bool whole, neg = n && s[0] == '-';

	if (scan_number(s, n, &whole) != n || n == 0)
		return false;
	/* -0 keeps its text. */
	whole &= !(n == 2 && neg && s[1] == '0');
	if (whole && n <= 18) {
		int64_t i = 0;

		for (size_t k = neg; k < n; k++)
			i = i * 10 + (s[k] - '0');
		*out = value_int(neg ? -i : i);
		return true;
	}
	if (whole) {
		if (n > WHOLE_DIGITS_MAX)
			return false;
		*out = of_big(big_from_digits(p, s + neg, n - neg, neg));
		return true;
	}
	d = pool_alloc(p, sizeof *d);
	normalise(d, pool_alloc(p, n), s, n);
	if (d->exp > EXPONENT_MAX || d->exp < -EXPONENT_MAX)
		return false;
	d->text = value_string(p, s, n).s;
	d->text_len = (uint32_t)n;
	d->f = round_mantissa(strtold(d->text, NULL));
	*out = (struct value){ .tag = V_NUMBER, .num = NUM_DEC, .dec = d };
	return true;
}

/* A view of any number as a decimal; text is where an integer's digits go. */
static struct decimal as_decimal(struct value v, struct buf *text)
{
	struct decimal d = { 0 };

	if (v.num == NUM_DEC)
		return *v.dec;
	num_format(v, text);
	/* In place: digits never run ahead of the text they come from. */
	normalise(&d, text->data, text->data, text->len);
	return d;
}

static int cmp_decimal(const struct decimal *a, const struct decimal *b)
{
	uint32_t n = a->ndigits < b->ndigits ? a->ndigits : b->ndigits;
	int c, sign = a->neg ? -1 : 1;

	if (!a->ndigits || !b->ndigits)
		return (a->ndigits ? sign : 0) - (b->ndigits ? (b->neg ? -1 : 1) : 0);
	if (a->neg != b->neg)
		return sign;
	if (a->exp != b->exp)
		return a->exp < b->exp ? -sign : sign;
	c = memcmp(a->digits, b->digits, n);
	if (c)
		return c < 0 ? -sign : sign;
	return a->ndigits == b->ndigits ? 0 : a->ndigits < b->ndigits ? -sign : sign;
}

int num_cmp(struct value a, struct value b)
{
	CLEANUP(buf_release) struct buf ta = BUF_INIT(SIZE_MAX / 2);
	CLEANUP(buf_release) struct buf tb = BUF_INIT(SIZE_MAX / 2);
	struct decimal da, db;

	if (a.num == NUM_INT && b.num == NUM_INT)
		return (a.i > b.i) - (a.i < b.i);
	if (a.num == NUM_BIG && b.num == NUM_BIG) {
		int c;

		if (a.big->neg != b.big->neg)
			return a.big->neg ? -1 : 1;
		c = big_cmp_magnitude(a.big, b.big);
		return a.big->neg ? -c : c;
	}
	da = as_decimal(a, &ta);
	db = as_decimal(b, &tb);
	return cmp_decimal(&da, &db);
}

uint64_t num_hash(struct value v)
{
	double d = (double)num_to_float(v);
	uint64_t bits;

	if (d == 0)
		d = 0; /* one zero */
	memcpy(&bits, &d, sizeof bits);
	return bits;
}

struct value num_copy(struct pool *p, struct value v)
{
	if (v.num == NUM_BIG) {
		struct big *b = big_new(p, v.big->n);

		memcpy(b->limb, v.big->limb, b->n * sizeof b->limb[0]);
		b->neg = v.big->neg;
		v.big = b;
	} else if (v.num == NUM_DEC) {
		struct decimal *d = pool_alloc(p, sizeof *d);

		*d = *v.dec;
		d->text = value_string(p, v.dec->text, v.dec->text_len).s;
		d->digits = value_string(p, v.dec->digits, v.dec->ndigits).s;
		v.dec = d;
	}
	return v;
}

bool num_is_integer(struct value v)
{
	return v.num != NUM_DEC || (v.dec->exp >= (int32_t)v.dec->ndigits && v.dec->exp <= WHOLE_DIGITS_MAX);
}

bool num_to_i64(struct value v, int64_t *out)
{
	uint64_t u = 0;

	if (v.num == NUM_INT) {
		*out = v.i;
		return true;
	}
	if (v.num == NUM_BIG)
		return big_to_i64(v.big, out);
	if (!num_is_integer(v) || v.dec->exp > 19)
		return false;
	for (int32_t i = 0; i < v.dec->exp; i++)
		u = u * 10 + (i < (int32_t)v.dec->ndigits ? (uint64_t)(v.dec->digits[i] - '0') : 0);
	if (u > INT64_MAX)
		return false;
	*out = v.dec->neg ? -(int64_t)u : (int64_t)u;
	return true;
}

long double num_to_float(struct value v)
{
	return v.num == NUM_INT ? (long double)v.i : v.num == NUM_BIG ? big_to_float(v.big) : v.dec->f;
}

/* An integer value as a big; decimals such as 1e30 are written out. */
static const struct big *to_big(struct pool *p, struct value v)
{
	char *digits;

	if (v.num == NUM_BIG)
		return v.big;
	if (v.num == NUM_INT)
		return big_from_i64(p, v.i);
	digits = pool_alloc(p, (size_t)v.dec->exp + 1);
	memset(digits, '0', (size_t)v.dec->exp + 1);
	memcpy(digits, v.dec->digits, v.dec->ndigits);
	return big_from_digits(p, digits, (size_t)v.dec->exp, v.dec->neg);
}

void num_format(struct value v, struct buf *out)
{
	struct pool scratch;

	switch (v.num) {
	case NUM_INT:
		buf_printf(out, "%" PRId64, v.i);
		return;
	case NUM_DEC:
		buf_append(out, v.dec->text, v.dec->text_len);
		return;
	default:
		pool_init(&scratch, SIZE_MAX / 2);
		big_format(&scratch, v.big, 10, out);
		pool_release(&scratch);
	}
}

void num_format_base(struct pool *p, struct value v, unsigned base, struct buf *out)
{
	big_format(p, to_big(p, v), base, out);
}

/* The fewest digits of f that read back, as DIGITS and a decimal exponent ("1.25e+03" style from printf). */
static size_t shortest(long double f, bool narrow, char text[64])
{
	for (int digits = 0; digits < DIGITS_MAX; digits++) {
		int n = snprintf(text, 64, "%.*Le", digits, f);

		if ((narrow ? narrowed(strtold(text, NULL)) : round_mantissa(strtold(text, NULL))) == f)
			return (size_t)n;
	}
	return strlen(text);
}

/* Lays "d.ddde+XX" out as Go's big floats do: whole numbers in full, and an exponent below -4 or above 5 stays one. */
static void lay_out(const char *sci, size_t n, bool whole, struct buf *out)
{
	const char *e = memchr(sci, 'e', n);
	char digits[64];
	size_t count = 0;
	long exp = strtol(e + 1, NULL, 10);

	if (*sci == '-')
		buf_putc(out, *sci);
	for (const char *s = sci; s < e; s++)
		if (isdigit((unsigned char)*s))
			digits[count++] = *s;
	while (count > 1 && digits[count - 1] == '0')
		count--;
	if (!whole && (exp < -4 || exp > 5)) {
		buf_putc(out, digits[0]);
		if (count > 1)
			buf_putc(out, '.');
		buf_append(out, digits + 1, count - 1);
		buf_printf(out, "e%c%02ld", exp < 0 ? '-' : '+', exp < 0 ? -exp : exp);
		return;
	}
	if (exp < 0) {
		buf_puts(out, "0.");
		for (long i = -1; i > exp; i--)
			buf_putc(out, '0');
		buf_append(out, digits, count);
		return;
	}
	for (size_t i = 0; i < count || i <= (size_t)exp; i++) {
		if (i == (size_t)exp + 1)
			buf_putc(out, '.');
		buf_putc(out, i < count ? digits[i] : '0');
	}
}

static struct value from_float(struct pool *p, long double f, bool narrow)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(WHOLE_DIGITS_MAX + 64);
	struct value v = VALUE_UNDEF;
	char sci[64];
	size_t n;

	if (!isfinite(f))
		return v;
	f = round_mantissa(f);
	if (f == rintl(f) && fabsl(f) < 9e18L)
		return value_int((int64_t)f);
	n = shortest(f, narrow, sci);
	lay_out(sci, n, f == rintl(f), &text);
	return num_parse(p, text.data, text.len, &v) ? v : VALUE_UNDEF;
}

struct value num_from_float(struct pool *p, long double f)
{
	return from_float(p, f, false);
}

struct value num_from_u64(struct pool *p, uint64_t u)
{
	struct big *b;

	if (u <= INT64_MAX)
		return value_int((int64_t)u);
	b = big_new(p, 2);
	b->limb[0] = (uint32_t)u;
	b->limb[1] = (uint32_t)(u >> 32);
	return of_big(b);
}

static bool both_int(struct value a, struct value b)
{
	return a.num == NUM_INT && b.num == NUM_INT;
}

static bool both_whole(struct value a, struct value b)
{
	return num_is_integer(a) && num_is_integer(b);
}

struct value num_add(struct pool *p, struct value a, struct value b)
{
	int64_t r;

	if (both_int(a, b) && !__builtin_add_overflow(a.i, b.i, &r))
		return value_int(r);
	if (both_whole(a, b))
		return of_big(big_add(p, to_big(p, a), to_big(p, b)));
	return num_from_float(p, num_to_float(a) + num_to_float(b));
}

struct value num_neg(struct pool *p, struct value v)
{
	if (v.num == NUM_INT && v.i != INT64_MIN)
		return value_int(-v.i);
	if (num_is_integer(v))
		return of_big(big_negate(p, to_big(p, v)));
	return num_from_float(p, -num_to_float(v));
}

struct value num_sub(struct pool *p, struct value a, struct value b)
{
	int64_t r;

	if (both_int(a, b) && !__builtin_sub_overflow(a.i, b.i, &r))
		return value_int(r);
	if (both_whole(a, b))
		return of_big(big_add(p, to_big(p, a), big_negate(p, to_big(p, b))));
	return num_from_float(p, num_to_float(a) - num_to_float(b));
}

struct value num_mul(struct pool *p, struct value a, struct value b)
{
	int64_t r;

	if (both_int(a, b) && !__builtin_mul_overflow(a.i, b.i, &r))
		return value_int(r);
	if (both_whole(a, b))
		return of_big(big_mul(p, to_big(p, a), to_big(p, b)));
	return num_from_float(p, num_to_float(a) * num_to_float(b));
}

struct value num_product(struct pool *p, const struct value *list, size_t n)
{
	struct value exact = value_int(1);
	size_t i = 0;
	long double f;

	for (; i < n && list[i].num != NUM_DEC; i++)
		exact = num_mul(p, exact, list[i]);
	if (i == n || exact.tag == V_UNDEF)
		return exact;
	for (f = narrowed(num_to_float(exact)); i < n; i++)
		f = narrowed(f * num_to_float(list[i]));
	return from_float(p, f, true);
}

struct value num_div(struct pool *p, struct value a, struct value b)
{
	const struct big *q, *rem;

	if (both_int(a, b) && !(a.i == INT64_MIN && b.i == -1) && a.i % b.i == 0)
		return value_int(a.i / b.i);
	if (both_whole(a, b) && !both_int(a, b)) {
		q = big_divmod(p, to_big(p, a), to_big(p, b), &rem);
		if (rem->n == 0)
			return of_big(q);
	}
	return num_from_float(p, num_to_float(a) / num_to_float(b));
}

struct value num_rem(struct pool *p, struct value a, struct value b)
{
	const struct big *rem;

	if (both_int(a, b))
		return value_int(b.i == -1 ? 0 : a.i % b.i);
	big_divmod(p, to_big(p, a), to_big(p, b), &rem);
	return of_big(rem);
}

bool num_is_zero(struct value v)
{
	return num_sign(v) == 0;
}

int num_sign(struct value v)
{
	if (v.num == NUM_INT)
		return (v.i > 0) - (v.i < 0);
	if (v.num == NUM_BIG)
		return v.big->n == 0 ? 0 : v.big->neg ? -1 : 1;
	return v.dec->ndigits == 0 ? 0 : v.dec->neg ? -1 : 1;
}

/* A whole float, digit by digit. */
static struct value exact(struct pool *p, long double f)
{
	int bits;
	long double mantissa = frexpl(fabsl(f), &bits);
	struct value v = num_shift_left(p, num_from_u64(p, (uint64_t)ldexpl(mantissa, 64)), (uint32_t)(bits - 64));

	return v.tag == V_NUMBER && f < 0 ? num_neg(p, v) : v;
}

struct value num_round(struct pool *p, struct value v, enum num_rounding how)
{
	long double f = num_to_float(v);

	/* Beyond 64 bits what a float has of it is left, as OPA has it. */
	if (num_is_integer(v))
		return fabsl(f) >= 0x1p64L && isfinite(f) ? exact(p, f) : v.num == NUM_DEC ? of_big(to_big(p, v)) : v;
	f = how == ROUND_UP ? ceill(f) : how == ROUND_DOWN ? floorl(f) : roundl(f);
	return fabsl(f) >= 0x1p64L && isfinite(f) ? exact(p, f) : num_from_float(p, f);
}

struct value num_bitwise(struct pool *p, struct value a, struct value b, enum num_bits op)
{
	if (both_int(a, b))
		return value_int(op == BITS_AND ? a.i & b.i : op == BITS_OR ? a.i | b.i : a.i ^ b.i);
	return of_big(big_bitwise(p, to_big(p, a), to_big(p, b), op));
}

struct value num_shift_left(struct pool *p, struct value a, uint32_t bits)
{
	if (num_sign(a) == 0 || bits > LIMBS_MAX * 32)
		return num_sign(a) == 0 ? a : VALUE_UNDEF;
	return of_big(big_shift_left(p, to_big(p, a), bits));
}

struct value num_shift_right(struct pool *p, struct value a, uint32_t bits)
{
	return of_big(big_shift_right(p, to_big(p, a), bits));
}
