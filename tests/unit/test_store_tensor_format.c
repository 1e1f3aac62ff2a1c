/* store/tensor_format.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "store/tensor_format.h"

static enum tensor_format format_at(size_t at, const void *bytes, size_t n)
{
	CLEANUP(close) int fd = memfd_create("f", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, (off_t)at), n);
	return tensor_format_of(fd, at + n);
}

static void format_of__signatures__are_known(void **state)
{
	(void)state;
	assert_int_equal(format_at(0, "\x89HDF\r\n\x1a\n", 8), TENSOR_FORMAT_HDF5);
	assert_int_equal(format_at(0, "\x93NUMPY\1\0", 8), TENSOR_FORMAT_NPY);
	assert_int_equal(format_at(0, "\2\0\0\0\0\0\0\0{}", 10), TENSOR_FORMAT_SAFETENSORS);
}

static void format_of__user_block__is_hdf5_at_powers_of_two_only(void **state)
{
	(void)state;
	assert_int_equal(format_at(512, "\x89HDF\r\n\x1a\n", 8), TENSOR_FORMAT_HDF5);
	assert_int_equal(format_at(65536, "\x89HDF\r\n\x1a\n", 8), TENSOR_FORMAT_HDF5);
	assert_int_equal(format_at(256, "\x89HDF\r\n\x1a\n", 8), TENSOR_FORMAT_NONE);
	assert_int_equal(format_at(1536, "\x89HDF\r\n\x1a\n", 8), TENSOR_FORMAT_NONE);
}

static void format_of__other_bytes__is_none(void **state)
{
	(void)state;
	assert_int_equal(format_at(0, "", 0), TENSOR_FORMAT_NONE);
	assert_int_equal(format_at(0, "\x89HDF\r\n\x1a", 7), TENSOR_FORMAT_NONE);
	assert_int_equal(format_at(0, "\x93NUMP", 5), TENSOR_FORMAT_NONE);
	assert_int_equal(format_at(0, "\3\0\0\0\0\0\0\0{}", 10), TENSOR_FORMAT_NONE);
	assert_int_equal(format_at(0, "\2\0\0\0\0\0\0\0[]", 10), TENSOR_FORMAT_NONE);
	assert_int_equal(format_at(0, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), TENSOR_FORMAT_NONE);
	assert_int_equal(tensor_format_of(-1, 100), TENSOR_FORMAT_NONE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(format_of__signatures__are_known),
	cmocka_unit_test(format_of__user_block__is_hdf5_at_powers_of_two_only),
	cmocka_unit_test(format_of__other_bytes__is_none),
};

WB_TEST_MAIN(tests)
