/* Exact integers of any size: sign and magnitude, schoolbook arithmetic. Results live in a pool and are normalised. */
#ifndef WB_POLICY_BIGINT_H
#define WB_POLICY_BIGINT_H

#include "policy/num.h"

struct big *big_new(struct pool *p, uint32_t limbs);
const struct big *big_from_i64(struct pool *p, int64_t i);
/* n decimal digits. */
const struct big *big_from_digits(struct pool *p, const char *digits, size_t n, bool neg);
const struct big *big_add(struct pool *p, const struct big *a, const struct big *b);
const struct big *big_negate(struct pool *p, const struct big *a);
const struct big *big_mul(struct pool *p, const struct big *a, const struct big *b);
/* Truncating; b is not zero. out_rem has the sign of a. */
const struct big *big_divmod(struct pool *p, const struct big *a, const struct big *b, const struct big **out_rem);
int big_cmp_magnitude(const struct big *a, const struct big *b);
bool big_to_i64(const struct big *a, int64_t *out);
long double big_to_float(const struct big *a);
const struct big *big_bitwise(struct pool *p, const struct big *a, const struct big *b, enum num_bits op);
const struct big *big_shift_left(struct pool *p, const struct big *a, uint32_t bits);
/* Towards minus infinity. */
const struct big *big_shift_right(struct pool *p, const struct big *a, uint32_t bits);
void big_format(struct pool *p, const struct big *a, unsigned base, struct buf *out);

#endif
