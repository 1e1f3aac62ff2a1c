/* Parts of tensors as people write them: "[0:3,:]", NumPy's basic slices with steps above zero. */
#ifndef WB_STORE_TENSOR_SELECT_H
#define WB_STORE_TENSOR_SELECT_H

#include "store/tensor.h"

/* Along each axis count values from start, step apart. */
struct tensor_box {
	uint64_t start[TENSOR_RANK_MAX];
	uint64_t step[TENSOR_RANK_MAX];
	uint64_t count[TENSOR_RANK_MAX];
};

struct tensor_select {
	struct tensor_box box;
	struct tensor_shape shape;   /* of the result: axes that an index picked one place of are gone */
};

/* text NULL or "": everything. ERR_INVALID names what is wrong with it for this shape. */
int tensor_select_parse(const char *text, const struct tensor_shape *of, struct tensor_select *out,
			struct error *err) WB_MUST_CHECK;

/* Where in "PATH[...]" the selection begins; at its end when there is none. */
size_t tensor_select_find(const char *text);

/* Values of a shape; 0 for none. */
uint64_t tensor_shape_count(const struct tensor_shape *shape);

#endif
