/* Telling tensor formats apart by their first bytes. */
#include "config.h"

#include "store/tensor_format.h"

#include <stdbool.h>

#include "base/sys.h"

static bool bytes_are(int fd, uint64_t at, const char *magic, size_t n)
{
	char got[16];

	return n <= sizeof got && sys_pread(fd, got, n, (off_t)at) == (ssize_t)n && memcmp(got, magic, n) == 0;
}

/* The signature stands at 0, or behind a user block of 512 bytes, 1024, 2048, ... (HDF5 file format, II.A). */
static bool is_hdf5(int fd, uint64_t size)
{
	static const char magic[] = "\x89HDF\r\n\x1a\n";

	for (uint64_t at = 0; at < size; at = at ? at * 2 : 512) {
		if (bytes_are(fd, at, magic, sizeof magic - 1))
			return true;
	}
	return false;
}

/* A little-endian length, then a JSON object of that length. */
static bool is_safetensors(int fd, uint64_t size)
{
	unsigned char head[9];
	uint64_t n = 0;

	if (sys_pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head || head[8] != '{')
		return false;
	for (int i = 7; i >= 0; i--)
		n = n << 8 | head[i];
	return n >= 2 && n <= size - 8;
}

enum tensor_format tensor_format_of(int fd, uint64_t size)
{
	if (is_hdf5(fd, size))
		return TENSOR_FORMAT_HDF5;
	if (bytes_are(fd, 0, "\x93NUMPY", 6))
		return TENSOR_FORMAT_NPY;
	/* The first local header of a zip archive; an empty one (no tensors) has none. */
	if (bytes_are(fd, 0, "PK\3\4", 4))
		return TENSOR_FORMAT_NPZ;
	if (is_safetensors(fd, size))
		return TENSOR_FORMAT_SAFETENSORS;
	return TENSOR_FORMAT_NONE;
}

const char *tensor_format_name(enum tensor_format format)
{
	static const char *const names[] = {
		[TENSOR_FORMAT_NONE] = "", [TENSOR_FORMAT_HDF5] = "hdf5",
		[TENSOR_FORMAT_NPY] = "npy", [TENSOR_FORMAT_SAFETENSORS] = "safetensors", [TENSOR_FORMAT_NPZ] = "npz",
	};

	return names[format];
}
