/*
 * Computing with tensors from a safe distance: statistics, values, comparisons
 * and .npy files, of the tensors that tensor_list() (store/tensor.h) found. All
 * parsing happens in confined workers; what reaches us is numbers.
 */
#ifndef WB_STORE_TENSOR_VALUES_H
#define WB_STORE_TENSOR_VALUES_H

#include "store/tensor.h"
#include "store/tensor_client.h"
#include "store/tensor_number.h"
#include "store/tensor_select.h"
#include "store/tensor_stats.h"

struct tensor_stat_options {
	struct tensor_options client;
	bool no_histogram;
	unsigned workers;                /* 0: one for each processor that this process may use */
};

/* True when tensor's values can be computed with; else *why (borrowed from it, or constant) tells. */
bool tensor_is_numeric(const struct tensor_info *tensor, struct number_type *type, const char **why);

/* The named tensor, or (name NULL or "") the only one. ERR_NOT_FOUND suggests the nearest. *out is borrowed. */
int tensor_pick(const struct tensor_list *list, const char *name, const struct tensor_info **out,
		struct error *err) WB_MUST_CHECK;

/* Statistics of n tensors of the file behind fd into out[n]; all must be numeric. */
int tensor_stat(int fd, const struct tensor_list *list, const struct tensor_info *const *tensors, size_t n,
		const struct tensor_stat_options *opt, struct tensor_stats *out, struct error *err) WB_MUST_CHECK;

/* The selected values in C order, little-endian (type->is_big no longer holds). */
int tensor_values_open(int fd, const struct tensor_list *list, const struct tensor_info *tensor,
		       const struct tensor_select *select, struct tensor_stream **out, struct error *err) WB_MUST_CHECK;

struct tensor_difference {
	uint64_t count;          /* pairs compared */
	uint64_t different;      /* not equal; NaN equals NaN */
	uint64_t beyond;         /* |a - b| > atol + rtol * |b|, as numpy.allclose(a, b, equal_nan=True) */
	uint64_t nan_mismatch;   /* NaN in one only */
	double max_abs;          /* over pairs that are both finite */
	double max_rel;          /* |a - b| / |b| where b is not 0 */
	double sum_abs;
	uint64_t first;          /* number, in C order, of the first different pair */
	uint64_t worst;          /* of the pair with max_abs */
};

/* Compares two streams of n values each. */
int tensor_compare(struct tensor_stream *a, const struct number_type *ta, struct tensor_stream *b,
		   const struct number_type *tb, uint64_t n, double rtol, double atol, struct tensor_difference *out,
		   struct error *err) WB_MUST_CHECK;

/* The header of a .npy file (NEP 1, version 1). bfloat16, which NumPy has not, is written as float32. */
int tensor_npy_header(const struct number_type *type, const struct tensor_shape *shape, struct buf *out,
		      struct error *err) WB_MUST_CHECK;

/* The stream's n values to fd, widened where the header says so. progress (may be NULL) is told the bytes so far. */
typedef void tensor_progress_fn(void *data, uint64_t done, uint64_t all);
int tensor_npy_write(struct tensor_stream *s, const struct number_type *type, uint64_t n, int fd, const char *name,
		     tensor_progress_fn *progress, void *data, struct error *err) WB_MUST_CHECK;

#endif
