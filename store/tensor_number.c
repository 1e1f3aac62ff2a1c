/* Number types of tensors. */
#include "config.h"

#include "store/tensor_number.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

static const struct {
	const char *name;
	struct number_type type;
} types[] = {
	{ "bool", { NUMBER_BOOL, 1, false } },
	{ "int8", { NUMBER_INT, 1, false } }, { "int16", { NUMBER_INT, 2, false } },
	{ "int32", { NUMBER_INT, 4, false } }, { "int64", { NUMBER_INT, 8, false } },
	{ "uint8", { NUMBER_UINT, 1, false } }, { "uint16", { NUMBER_UINT, 2, false } },
	{ "uint32", { NUMBER_UINT, 4, false } }, { "uint64", { NUMBER_UINT, 8, false } },
	{ "float16", { NUMBER_FLOAT, 2, false } }, { "float32", { NUMBER_FLOAT, 4, false } },
	{ "float64", { NUMBER_FLOAT, 8, false } }, { "bfloat16", { NUMBER_BFLOAT, 2, false } },
	{ "complex64", { NUMBER_COMPLEX, 8, false } }, { "complex128", { NUMBER_COMPLEX, 16, false } },
};

bool number_type_parse(const char *dtype, struct number_type *out)
{
	size_t n = strlen(dtype);
	bool is_big = n > 2 && str_ends(dtype, "be");

	n -= is_big ? 2 : 0;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (strlen(types[i].name) == n && memcmp(types[i].name, dtype, n) == 0) {
			*out = types[i].type;
			out->is_big = is_big;
			return true;
		}
	}
	return false;
}

static uint64_t load(const struct number_type *t, const unsigned char *p, unsigned width)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < width; i++)
		v |= (uint64_t)p[t->is_big ? width - 1 - i : i] << (8 * i);
	return v;
}

/* IEEE 754 binary16. */
static double half_value(uint16_t bits)
{
	int exponent = bits >> 10 & 31;
	double m = bits & 1023;
	double v = exponent == 31 ? (bits & 1023 ? (double)NAN : (double)INFINITY) :
		   exponent ? ldexp(m + 1024, exponent - 25) : ldexp(m, -24);

	return bits & 0x8000 ? -v : v;
}

static double float_value(uint64_t bits, unsigned width)
{
	uint32_t b32 = (uint32_t)bits;
	float f;
	double d;

	if (width == 2)
		return half_value((uint16_t)bits);
	if (width == 4) {
		memcpy(&f, &b32, sizeof f);
		return (double)f;
	}
	memcpy(&d, &bits, sizeof d);
	return d;
}

static int64_t int_value(uint64_t bits, unsigned width)
{
	unsigned unused = 64 - 8 * width;

	return (int64_t)(bits << unused) >> unused;
}

void number_parts(const struct number_type *t, const void *p, double *re, double *im)
{
	unsigned half = t->bytes / 2;

	*im = 0;
	switch (t->kind) {
	case NUMBER_BOOL:
		*re = *(const unsigned char *)p != 0;
		break;
	case NUMBER_INT:
		*re = (double)int_value(load(t, p, t->bytes), t->bytes);
		break;
	case NUMBER_UINT:
		*re = (double)load(t, p, t->bytes);
		break;
	case NUMBER_FLOAT:
		*re = float_value(load(t, p, t->bytes), t->bytes);
		break;
	case NUMBER_BFLOAT:
		/* The upper half of a float32. */
		*re = float_value(load(t, p, 2) << 16, 4);
		break;
	case NUMBER_COMPLEX:
		*re = float_value(load(t, p, half), half);
		*im = float_value(load(t, (const unsigned char *)p + half, half), half);
		break;
	}
}

/* The common types without the detour over single bytes. */
#define DECODE_AS(type) \
	do { \
		const unsigned char *at_ = p; \
		for (size_t i = 0; i < n; i++) { \
			type v_; \
			memcpy(&v_, at_ + i * sizeof v_, sizeof v_); \
			out[i] = (double)v_; \
		} \
		return; \
	} while (0)

static void decode_slowly(const struct number_type *t, const void *p, size_t n, double *out)
{
	for (size_t i = 0; i < n; i++) {
		double im;

		number_parts(t, (const unsigned char *)p + i * t->bytes, &out[i], &im);
		if (t->kind == NUMBER_COMPLEX)
			out[i] = hypot(out[i], im);
	}
}

static void decode_ints(const struct number_type *t, const void *p, size_t n, double *out)
{
	if (t->kind == NUMBER_INT) {
		switch (t->bytes) {
		case 1:
			DECODE_AS(int8_t);
		case 2:
			DECODE_AS(int16_t);
		case 4:
			DECODE_AS(int32_t);
		default:
			DECODE_AS(int64_t);
		}
	}
	switch (t->bytes) {
	case 1:
		DECODE_AS(uint8_t);
	case 2:
		DECODE_AS(uint16_t);
	case 4:
		DECODE_AS(uint32_t);
	default:
		DECODE_AS(uint64_t);
	}
}

void number_decode(const struct number_type *t, const void *p, size_t n, double *out)
{
	if (t->is_big && t->bytes > 1)
		decode_slowly(t, p, n, out);
	else if (t->kind == NUMBER_INT || t->kind == NUMBER_UINT)
		decode_ints(t, p, n, out);
	else if (t->kind == NUMBER_FLOAT && t->bytes == 4)
		DECODE_AS(float);
	else if (t->kind == NUMBER_FLOAT && t->bytes == 8)
		DECODE_AS(double);
	else
		decode_slowly(t, p, n, out);
}

void number_to_little(const struct number_type *t, void *p, size_t n)
{
	unsigned width = t->kind == NUMBER_COMPLEX ? t->bytes / 2 : t->bytes;
	unsigned char *at = p;
	unsigned char *end = at + n * t->bytes;

	for (; t->is_big && width > 1 && at < end; at += width) {
		for (unsigned i = 0; i < width / 2; i++) {
			unsigned char c = at[i];

			at[i] = at[width - 1 - i];
			at[width - 1 - i] = c;
		}
	}
}

/* With the digits that the type itself distinguishes. */
static void format_float(struct buf *b, double v, bool is_single)
{
	char text[48];

	if (!is_single || !isfinite(v)) {
		str_format_double(b, v);
		return;
	}
	for (int digits = 1; digits <= 9; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, v);
		if (strtof(text, NULL) == (float)v)
			break;
	}
	buf_puts(b, text);
}

void number_format(const struct number_type *t, const void *p, char out[64])
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	double re, im;
	bool is_single = t->bytes <= 4 || (t->kind == NUMBER_COMPLEX && t->bytes == 8);

	number_parts(t, p, &re, &im);
	if (t->kind == NUMBER_BOOL) {
		buf_puts(&b, re != 0 ? "true" : "false");
	} else if (t->kind == NUMBER_INT) {
		buf_printf(&b, "%" PRId64, int_value(load(t, p, t->bytes), t->bytes));
	} else if (t->kind == NUMBER_UINT) {
		buf_printf(&b, "%" PRIu64, load(t, p, t->bytes));
	} else {
		format_float(&b, re, is_single);
		if (t->kind == NUMBER_COMPLEX) {
			buf_puts(&b, signbit(im) && !isnan(im) ? "-" : "+");
			format_float(&b, fabs(im), is_single);
			buf_putc(&b, 'i');
		}
	}
	snprintf(out, 64, "%s", buf_text(&b));
}
