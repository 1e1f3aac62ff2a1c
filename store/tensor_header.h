/* The headers of .npy files and of safetensors: small texts that say what the packed bytes behind them are. */
#ifndef WB_STORE_TENSOR_HEADER_H
#define WB_STORE_TENSOR_HEADER_H

#include "store/tensor_sink.h"
#include "store/tensor_source.h"

int tensor_npy_read(const struct tensor_job *job, struct error *err) WB_MUST_CHECK;
int tensor_safetensors_read(const struct tensor_job *job, struct error *err) WB_MUST_CHECK;

/* The record of a .npy file that goes by name: one of several in a .npz. */
int tensor_npy_member(const struct tensor_job *job, const char *name, struct error *err) WB_MUST_CHECK;

/* The values. Of safetensors: the parsed header, and where the values begin, serve many tensors. */
int tensor_npy_source(const struct tensor_job *job, struct tensor_source *out, struct error *err) WB_MUST_CHECK;
int tensor_safetensors_header(const struct tensor_job *job, struct jval **out, uint64_t *out_data,
			      struct error *err) WB_MUST_CHECK;
int tensor_safetensors_source(const struct tensor_job *job, const struct jval *header, uint64_t data, const char *path,
			      struct tensor_source *out, struct error *err) WB_MUST_CHECK;

#endif
