/* store/pointer.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "store/pointer.h"

static void pointer_parse__what_was_formatted__comes_back(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);
	struct digest d = digest_of("x", 1), back;
	struct error err = { 0 };
	uint64_t bytes = 0;

	(void)state;
	pointer_format(&b, &d, UINT64_C(123456789012));
	assert_string_equal(buf_text(&b),
			    "wb-object-v1\n"
			    "sha256 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\n"
			    "bytes 123456789012\n");
	assert_true(pointer_is(b.data, b.len));
	assert_ok(pointer_parse(b.data, b.len, &back, &bytes, &err), &err);
	assert_true(digest_eq(&d, &back));
	assert_int_equal(bytes, UINT64_C(123456789012));
}

static void pointer_parse__any_byte_otherwise__is_corrupt(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);
	struct digest d = digest_of("x", 1), back;
	struct error err = { 0 };
	uint64_t bytes;

	(void)state;
	pointer_format(&b, &d, 10);
	for (size_t n = 13; n < b.len; n++)
		assert_refused(pointer_parse(b.data, n, &back, &bytes, &err), &err, ERR_CORRUPT, "pointer");
	b.data[14] = 'S';
	assert_refused(pointer_parse(b.data, b.len, &back, &bytes, &err), &err, ERR_CORRUPT, "pointer");
	b.data[14] = 'h';
	buf_putc(&b, '\n');
	assert_refused(pointer_parse(b.data, b.len, &back, &bytes, &err), &err, ERR_CORRUPT, "pointer");
}

static void pointer_is__other_text__is_not(void **state)
{
	(void)state;
	assert_false(pointer_is("", 0));
	assert_false(pointer_is("wb-object-v1", 12));
	assert_false(pointer_is("wb-object-v2\n", 13));
	assert_true(pointer_is("wb-object-v1\nanything", 21));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(pointer_parse__what_was_formatted__comes_back),
	cmocka_unit_test(pointer_parse__any_byte_otherwise__is_corrupt),
	cmocka_unit_test(pointer_is__other_text__is_not),
};
WB_TEST_MAIN(tests)
