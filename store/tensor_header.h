/* The headers of .npy files and of safetensors: small texts that say what the packed bytes behind them are. */
#ifndef WB_STORE_TENSOR_HEADER_H
#define WB_STORE_TENSOR_HEADER_H

#include "store/tensor_sink.h"

int tensor_npy_read(const struct tensor_job *job, struct error *err) WB_MUST_CHECK;
int tensor_safetensors_read(const struct tensor_job *job, struct error *err) WB_MUST_CHECK;

#endif
