/*
 * Statistics of many numbers in one pass, computed in float64: pieces may come
 * in any order and from several processes, and are put together afterwards.
 *
 * The histogram needs no second pass: its bins are a power of two wide and lie
 * at whole multiples of that width, so that it can be made coarser when a value
 * falls outside, and two of them can be merged, without moving any count.
 */
#ifndef WB_STORE_TENSOR_STATS_H
#define WB_STORE_TENSOR_STATS_H

#include <stdint.h>

#include "base/error.h"
#include "base/jval.h"
#include "store/tensor_number.h"

enum { STATS_BINS = 4096 };

struct tensor_stats {
	uint64_t count;          /* all values */
	uint64_t nan, pos_inf, neg_inf, zeros;
	uint64_t finite;         /* those that the rest is about */
	double min, max;         /* meaningless while finite is 0 */
	double mean;
	double m2;               /* sum of squared distances from the mean */
	double width;            /* of a bin, a power of two; 0: no bin yet */
	int64_t first;           /* bin i holds [ (first+i) * width, (first+i+1) * width ) */
	bool no_bins;            /* leave the histogram out */
	uint64_t bins[STATS_BINS];
};

/* Adds n values as they lie in a file. */
void tensor_stats_add(struct tensor_stats *s, const struct number_type *t, const void *p, size_t n);

/* As if part's values had been added to into. */
void tensor_stats_merge(struct tensor_stats *into, const struct tensor_stats *part);

/* Of the finite values, as numpy.std; NaN for none. */
double tensor_stats_std(const struct tensor_stats *s);

/* At most max bins over the range of the values: counts[0..n) with n+1 edges. Returns n. */
size_t tensor_stats_histogram(const struct tensor_stats *s, size_t max, double *edges, uint64_t *counts);

/* Between worker and client. Decoding trusts nothing. */
struct jval *tensor_stats_encode(const struct tensor_stats *s);
int tensor_stats_decode(const struct jval *v, struct tensor_stats *out, struct error *err) WB_MUST_CHECK;

#endif
