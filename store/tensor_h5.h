/*
 * What the HDF5 files of the worker share. The only place that includes the
 * library's header; no file outside store/tensor_h5*.c and tensor_hdf5.c sees it.
 */
#ifndef WB_STORE_TENSOR_H5_H
#define WB_STORE_TENSOR_H5_H

/* One set of function versions for HDF5 1.10 to 2.0. */
#define H5_USE_110_API 1
#include <hdf5.h>
#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

#include "store/tensor_sink.h"

/* Ceilings of one file; past them the answer is an error, never a shortened truth. */
enum { TENSOR_NAME_MAX = 1024, TENSOR_ATTRS_MAX = 1000 };

/* HDF5 identifiers as scope-cleaned owners. */
static inline void id_close(hid_t id)
{
	if (id > 0)
		H5Idec_ref(id);
}
DEFINE_CLEANUP(id_close, hid_t);

/* Raises ERR_CORRUPT: what, with the innermost reason that the library gives. */
int tensor_h5_error(struct error *err, const char *what);

/* The job's file, through the read-only driver. Returns its identifier. */
hid_t tensor_h5_open(const struct tensor_job *job, struct error *err) WB_MUST_CHECK;

/* Fills in all but the path. After a failure too the caller releases. */
int tensor_h5_dataset(hid_t dataset, struct tensor_info *info, struct error *err) WB_MUST_CHECK;

/* NumPy's name where there is one ("float32"), else a description ("compound{x:int8}"). Heap text. */
char *tensor_h5_type_name(hid_t type);

int tensor_h5_shape(hid_t space, struct tensor_shape *out, struct error *err) WB_MUST_CHECK;

/* One attribute with its value, or all of an object's, appended. After a failure too the caller releases. */
int tensor_h5_attr(hid_t attr, const char *name, struct tensor_attr *out, struct error *err) WB_MUST_CHECK;
int tensor_h5_attrs(hid_t object, struct tensor_attr **list, size_t *count, struct error *err) WB_MUST_CHECK;

#endif
