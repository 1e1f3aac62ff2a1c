/* base/buf.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/buf.h"

static void buf_append__past_the_ceiling__drops_and_tells(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4);
	struct error err = { 0 };

	(void)state;
	buf_puts(&b, "abc");
	buf_puts(&b, "de");
	assert_string_equal(buf_text(&b), "abc");
	assert_true(b.full);
	assert_refused(buf_check(&b, "the line", &err), &err, ERR_LIMIT, "the line is larger than 4 bytes");
}

static void buf_append__exactly_the_ceiling__fits(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4);
	struct error err = { 0 };

	(void)state;
	buf_puts(&b, "abcd");
	assert_ok(buf_check(&b, "x", &err), &err);
	buf_puts(&b, "");
	assert_ok(buf_check(&b, "x", &err), &err);
	buf_putc(&b, 'e');
	assert_true(b.full);
	assert_int_equal(b.len, 4);
}

static void buf_printf__past_the_ceiling__appends_nothing(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(6);

	(void)state;
	buf_printf(&b, "%s", "ab");
	buf_printf(&b, "%d", 1234567);
	assert_string_equal(buf_text(&b), "ab");
	assert_true(b.full);
	buf_clear(&b);
	assert_false(b.full);
	buf_printf(&b, "%d", 123456);
	assert_string_equal(buf_text(&b), "123456");
}

static void buf_room__more_than_max__is_null_without_overflow(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(16);

	(void)state;
	buf_puts(&b, "x");
	assert_null(buf_room(&b, SIZE_MAX));
	assert_null(buf_room(&b, 16));
	assert_non_null(buf_room(&b, 15));
}

static void buf_text__empty__is_an_empty_text(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(16);

	(void)state;
	assert_string_equal(buf_text(&b), "");
	buf_puts(&b, "abc");
	buf_truncate(&b, 0);
	assert_string_equal(buf_text(&b), "");
	buf_truncate(&b, 10);
	assert_int_equal(b.len, 0);
}

static void buf_consume__part__keeps_the_rest_with_its_nul(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(16);

	(void)state;
	buf_consume(&b, 0);
	buf_append(&b, "ab\0cd", 5);
	buf_consume(&b, 3);
	assert_int_equal(b.len, 2);
	assert_string_equal(buf_text(&b), "cd");
}

static void buf_take__empty__is_owned_empty_text(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(16);
	CLEANUP(free) char *text = buf_take(&b);

	(void)state;
	assert_string_equal(text, "");
	assert_null(b.data);
	assert_int_equal(b.max, 16);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(buf_append__past_the_ceiling__drops_and_tells),
	cmocka_unit_test(buf_append__exactly_the_ceiling__fits),
	cmocka_unit_test(buf_printf__past_the_ceiling__appends_nothing),
	cmocka_unit_test(buf_room__more_than_max__is_null_without_overflow),
	cmocka_unit_test(buf_text__empty__is_an_empty_text),
	cmocka_unit_test(buf_consume__part__keeps_the_rest_with_its_nul),
	cmocka_unit_test(buf_take__empty__is_owned_empty_text),
};

WB_TEST_MAIN(tests)
