/*
 * The records that wb-tensor writes and tensor.c reads: one JSON object a line.
 *
 *     {"file":{"format":"hdf5","attributes":[ATTR...]}}
 *     {"tensor":{"path","dtype","shape","chunks","compression","filters","bytes","attributes":[ATTR...],"refused"}}
 *     {"skipped":{"path","why"}}
 *     {"tags":[TEXT...]}
 *     {"error":{"code","text"}}       what is wrong with the file; nothing follows
 *     {"end":true}                    all was said; without it or an error the worker did not finish
 *
 * ATTR is {"name","dtype","shape","value"}; a shape is an array, or null for no value (chunks: for not chunked).
 * Both directions live here so that they cannot drift apart. Decoding trusts nothing: the worker had a hostile file
 * in its memory.
 */
#ifndef WB_STORE_TENSOR_CODEC_H
#define WB_STORE_TENSOR_CODEC_H

#include "store/tensor.h"

void tensor_attr_release(struct tensor_attr *attr);
void tensor_info_release(struct tensor_info *info);
DEFINE_CLEANUP_VALUE(tensor_attr_release, struct tensor_attr);
DEFINE_CLEANUP_VALUE(tensor_info_release, struct tensor_info);

/* A zeroed element appended to *list; the caller fills it. */
struct tensor_attr *tensor_attr_add(struct tensor_attr **list, size_t *count);

/* The caller owns the results. */
struct jval *tensor_shape_encode(const struct tensor_shape *shape);
struct jval *tensor_attrs_encode(const struct tensor_attr *attrs, size_t count);
struct jval *tensor_info_encode(const struct tensor_info *info);

/* ERR_CORRUPT when the record is not one of ours. The outputs are the caller's to release. */
int tensor_shape_decode(const struct jval *v, struct tensor_shape *out, struct error *err) WB_MUST_CHECK;
int tensor_attrs_decode(const struct jval *v, struct tensor_attr **out, size_t *out_count,
			struct error *err) WB_MUST_CHECK;
int tensor_info_decode(const struct jval *v, struct tensor_info *out, struct error *err) WB_MUST_CHECK;

#endif
