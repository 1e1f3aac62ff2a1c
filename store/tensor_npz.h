/*
 * .npz files: zip archives of .npy files. Each member is unpacked into a
 * memory file that was made before the cage closed, and read there like any
 * .npy file.
 */
#ifndef WB_STORE_TENSOR_NPZ_H
#define WB_STORE_TENSOR_NPZ_H

#include "store/tensor_source.h"

/* Larger members are listed, and their values refused. */
#define TENSOR_NPZ_MAX ((uint64_t)1024 * LIMIT_MIB)

struct tensor_npz {
	const struct tensor_job *job;
	int memory_fd;
	char *unpacked;     /* the member that is there in full, or NULL */
	uint64_t bytes;
};

int tensor_npz_read(struct tensor_npz *z, struct error *err) WB_MUST_CHECK;

/* A tensor_find_fn; data is the struct tensor_npz. */
int tensor_npz_find(void *data, const char *path, struct tensor_source *out, struct error *err) WB_MUST_CHECK;

#endif
