/* base/error.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <string.h>

static void error_set__argument_inside_err__is_read_before_it_is_replaced(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, ERR_INVALID, "inner");
	error_hint(&err, "old hint");
	assert_int_equal(error_set(&err, ERR_CORRUPT, "outer (%s)", err.text), -1);
	assert_string_equal(err.text, "outer (inner)");
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_string_equal(err.hint, "");
}

static void error_set__control_bytes__stay_one_line(void **state)
{
	struct error err = { 0 };

	(void)state;
	error_set(&err, ERR_INVALID, "name '%s'", "a\nb\x1b[31m\x7f");
	assert_string_equal(err.text, "name 'a?b?[31m?'");
	error_hint(&err, "try\n%d", 1);
	assert_string_equal(err.hint, "try?1");
}

static void error_set__longer_than_its_room__is_cut(void **state)
{
	struct error err = { 0 };
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	error_set(&err, ERR_INVALID, "%s", text);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
	error_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
}

static void error_sys__errno__picks_the_code_and_names_the_cause(void **state)
{
	static const struct {
		int sys;
		enum error_code code;
	} cases[] = {
		{ ENOENT, ERR_NOT_FOUND }, { ENOTDIR, ERR_NOT_FOUND }, { EEXIST, ERR_EXISTS }, { EACCES, ERR_DENIED },
		{ EPERM, ERR_DENIED }, { EROFS, ERR_DENIED }, { EBUSY, ERR_BUSY }, { ENOSPC, ERR_SYSTEM }, { EIO, ERR_SYSTEM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = { 0 };

		errno = cases[i].sys;
		assert_int_equal(error_sys(&err, "opening %s", "x"), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(err.sys, cases[i].sys);
		assert_contains(err.text, "opening x: ");
		assert_contains(err.text, strerror(cases[i].sys));
	}
}

static void error_sys__long_name__keeps_the_cause(void **state)
{
	struct error err = { 0 };
	char name[2000];

	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	errno = ENOSPC;
	error_sys(&err, "%s", name);
	assert_contains(err.text, strerror(ENOSPC));
}

static void error_wrap__keeps_code_sys_and_hint(void **state)
{
	struct error err = { 0 };

	(void)state;
	errno = ENOSPC;
	error_sys(&err, "writing");
	error_hint(&err, "free some space");
	assert_int_equal(error_wrap(&err, "sealing run %d", 7), -1);
	assert_contains(err.text, "sealing run 7: writing: ");
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(err.sys, ENOSPC);
	assert_string_equal(err.hint, "free some space");
}

static void error_wrap__repeatedly__keeps_the_lower_message(void **state)
{
	struct error err = { 0 };
	char context[500];

	(void)state;
	memset(context, 'c', sizeof context - 1);
	context[sizeof context - 1] = '\0';
	error_set(&err, ERR_INVALID, "the cause");
	error_wrap(&err, "%s", context);
	assert_contains(err.text, ": the cause");
}

static void error_code_name__every_code__is_named_once(void **state)
{
	(void)state;
	for (int a = 0; a < ERR_COUNT_; a++) {
		assert_non_null(error_code_name((enum error_code)a));
		for (int b = a + 1; b < ERR_COUNT_; b++)
			assert_string_not_equal(error_code_name((enum error_code)a), error_code_name((enum error_code)b));
	}
	assert_string_equal(error_code_name((enum error_code)999), "internal");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(error_set__argument_inside_err__is_read_before_it_is_replaced),
	cmocka_unit_test(error_set__control_bytes__stay_one_line),
	cmocka_unit_test(error_set__longer_than_its_room__is_cut),
	cmocka_unit_test(error_sys__errno__picks_the_code_and_names_the_cause),
	cmocka_unit_test(error_sys__long_name__keeps_the_cause),
	cmocka_unit_test(error_wrap__keeps_code_sys_and_hint),
	cmocka_unit_test(error_wrap__repeatedly__keeps_the_lower_message),
	cmocka_unit_test(error_code_name__every_code__is_named_once),
};

WB_TEST_MAIN(tests)
