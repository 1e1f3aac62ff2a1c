/* HDF5, read through a descriptor by a read-only file driver of ours. The only user of the HDF5 library. */
#ifndef WB_STORE_TENSOR_HDF5_H
#define WB_STORE_TENSOR_HDF5_H

#include "store/tensor_sink.h"
#include "store/tensor_source.h"

/* Starts the library and takes its ways to other files away. Before tensor_confine(): it looks around. */
int tensor_hdf5_prepare(struct error *err) WB_MUST_CHECK;

/* Answers the job; the process is to end with _exit() afterwards (the library's own exit code is not to be trusted). */
int tensor_hdf5_read(const struct tensor_job *job, struct error *err) WB_MUST_CHECK;

/* The file opened once for the values of many tensors; it stays open until the process ends. */
int tensor_hdf5_open(const struct tensor_job *job, int64_t *out_file, struct error *err) WB_MUST_CHECK;
int tensor_hdf5_source(const struct tensor_job *job, int64_t file, const char *path, struct tensor_source *out,
		       struct error *err) WB_MUST_CHECK;

#endif
