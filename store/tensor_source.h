/*
 * Inside the worker: one tensor's values, wherever they lie. Each format makes
 * a source; store/tensor_compute.c reads any of them.
 */
#ifndef WB_STORE_TENSOR_SOURCE_H
#define WB_STORE_TENSOR_SOURCE_H

#include "store/tensor_number.h"
#include "store/tensor_select.h"
#include "store/tensor_sink.h"

struct tensor_source {
	struct number_type type;
	struct tensor_shape shape;
	uint64_t values;                 /* their number */

	/* Packed in the file from offset: then the rest is unused. */
	bool is_packed;
	bool is_fortran;                 /* the first axis moves fastest */
	int fd;
	uint64_t offset;

	/* Through a library: reads a box in C order; what is best read together is box[] long along each axis. */
	int (*read)(const struct tensor_source *s, const struct tensor_box *box, void *out, struct error *err);
	uint64_t box[TENSOR_RANK_MAX];
	int64_t handle;
	void (*close)(struct tensor_source *s);
};

static inline void tensor_source_release(struct tensor_source *s)
{
	if (s->close)
		s->close(s);
}
DEFINE_CLEANUP_VALUE(tensor_source_release, struct tensor_source);

/* The largest piece that is read or decompressed at once. */
#define TENSOR_PIECE_MAX (128 * LIMIT_MIB)

/* Finds the tensor called path. ERR_NOT_FOUND; ERR_UNSUPPORTED when its values are no numbers or lie elsewhere. */
typedef int tensor_find_fn(void *data, const char *path, struct tensor_source *out, struct error *err);

/* Values of a shape; ERR_LIMIT when they cannot be counted. */
int tensor_source_count(struct tensor_source *s, struct error *err) WB_MUST_CHECK;

#endif
