/* The number types of tensors: how their bytes become numbers that can be computed with. Pure. */
#ifndef WB_STORE_TENSOR_NUMBER_H
#define WB_STORE_TENSOR_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

enum number_kind { NUMBER_BOOL, NUMBER_INT, NUMBER_UINT, NUMBER_FLOAT, NUMBER_BFLOAT, NUMBER_COMPLEX };

struct number_type {
	enum number_kind kind;
	unsigned bytes;  /* of one value */
	bool is_big;     /* big-endian */
};

/* "float32", "int64be", "bfloat16", "complex64", "bool"; false for what is no number, or one not computed with. */
bool number_type_parse(const char *dtype, struct number_type *out);

/* Widens n values; of complex numbers the magnitude. Integers past 2^53 are rounded. */
void number_decode(const struct number_type *t, const void *p, size_t n, double *out);

/* The real and the imaginary part of one value (0 where there is none). */
void number_parts(const struct number_type *t, const void *p, double *re, double *im);

/* Makes n values little-endian, in place. */
void number_to_little(const struct number_type *t, void *p, size_t n);

/* The exact decimal text of one value, into 64 bytes. */
void number_format(const struct number_type *t, const void *p, char out[64]);

#endif
