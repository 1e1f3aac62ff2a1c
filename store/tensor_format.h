/* Which tensor format a file is in, by its bytes. */
#ifndef WB_STORE_TENSOR_FORMAT_H
#define WB_STORE_TENSOR_FORMAT_H

#include <stdint.h>

enum tensor_format { TENSOR_FORMAT_NONE, TENSOR_FORMAT_HDF5, TENSOR_FORMAT_NPY, TENSOR_FORMAT_SAFETENSORS,
		     TENSOR_FORMAT_NPZ };

/* Looks at the beginning of a file of `size` bytes; HDF5 may stand behind a user block. Unreadable counts as none. */
enum tensor_format tensor_format_of(int fd, uint64_t size);

/* "hdf5", "npy", "safetensors", "npz"; "" for none. */
const char *tensor_format_name(enum tensor_format format);

#endif
