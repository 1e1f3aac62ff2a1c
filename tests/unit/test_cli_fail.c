/* cli/fail.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <string.h>

#include "cli/fail.h"

static void fail_advise__every_kind_of_error__gets_a_next_step(void **state)
{
	(void)state;
	for (int code = ERR_NONE + 1; code < ERR_COUNT_; code++) {
		struct error err = { 0 };

		error_set(&err, (enum error_code)code, "it is so");
		fail_advise(&err, "wb ls", "");
		assert_true(err.hint[0] != '\0');
		assert_string_equal(err.text, "it is so");
	}
	for (int sys = 1; sys < 134; sys++) {
		struct error err = { 0 };

		errno = sys;
		error_sys(&err, "there");
		fail_advise(&err, "wb ls", "");
		assert_true(err.hint[0] != '\0');
	}
}

static void fail_advise__an_error_with_a_hint__keeps_it(void **state)
{
	struct error err = { 0 };

	(void)state;
	errno = ENOSPC;
	error_sys(&err, "there");
	error_hint(&err, "do this");
	fail_advise(&err, "wb ls", "  ^\n");
	assert_string_equal(err.hint, "do this");
}

static void fail_advise__what_is_known__names_the_step(void **state)
{
	static const struct {
		int sys;
		const char *path, *detail, *want;
	} cases[] = {
		{ ENOSPC, "wb ls", "", "make room" },
		{ EACCES, "wb ls", "", "ls -ld" },
		{ ENOENT, "wb ls", "", "check the path" },
		{ 0, "wb policy check", "", "'wb policy check --help'" },
		{ 0, "wb", "", "'wb help'" },
		{ 0, "wb ls", "a <\n   ^\n", "correct it there" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = { 0 };

		errno = cases[i].sys;
		if (cases[i].sys)
			error_sys(&err, "there");
		else
			error_set(&err, ERR_INVALID, "so");
		fail_advise(&err, cases[i].path, cases[i].detail);
		assert_non_null(strstr(err.hint, cases[i].want));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(fail_advise__every_kind_of_error__gets_a_next_step),
	cmocka_unit_test(fail_advise__an_error_with_a_hint__keeps_it),
	cmocka_unit_test(fail_advise__what_is_known__names_the_step),
};

WB_TEST_MAIN(tests)
