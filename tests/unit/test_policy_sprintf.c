/* policy/sprintf.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void sprintf__verbs__print_as_go_does(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "sprintf(\"%v %s %d\", [\"a\", \"b\", 3])", "\"a b 3\"" },
		{ NULL, "sprintf(\"%5d|%-5d|%05d\", [1, 2, 3])", "\"    1|2    |00003\"" },
		{ NULL, "sprintf(\"%.2f|%6.1f\", [1.234, 2.5])", "\"1.23|   2.5\"" },
		{ NULL, "sprintf(\"%x %X %o %b\", [255, 255, 8, 5])", "\"ff FF 10 101\"" },
		{ NULL, "sprintf(\"%q\", [\"a\\\"b\"])", "\"\\\"a\\\\\\\"b\\\"\"" },
		{ NULL, "sprintf(\"%v\", [{\"a\": [1, {2}]}])", "\"{\\\"a\\\": [1, {2}]}\"" },
		{ NULL, "sprintf(\"%d\", [1.5])", "\"%!d(float64=1.5)\"" },
		{ NULL, "sprintf(\"%d%%\", [50])", "\"50%\"" },
		{ NULL, "sprintf(\"%d %d\", [1])", "\"1 %!d(MISSING)\"" },
		{ NULL, "sprintf(\"%d\", [1, 2])", "\"1%!(EXTRA int64=2)\"" },
		{ NULL, "sprintf(\"%s\", [123456789012345678901234])", "\"123456789012345678901234\"" },
		{ NULL, "sprintf(\"%s\", [input.missing])", "undefined" },
		{ NULL, "sprintf(\"%\", [])", "\"%!(NOVERB)\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{}");
}

static void sprintf__numbers_with_a_fraction__print_as_floats(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "sprintf(\"%v %v %v %v\", [1.0, 2.50, 1e3, 0.1])", "\"1 2.5 1000 0.1\"" },
		{ NULL, "sprintf(\"%v %v %v\", [123456789.125, 1e-7, 1e21])", "\"1.23456789125e+08 1e-07 1e+21\"" },
		{ NULL, "sprintf(\"%v\", [[1.50, 1e-7]])", "\"[1.50, 1e-7]\"" },
		{ NULL, "sprintf(\"%d %d\", [1.0, 1e400])", "\"%!d(float64=1) %!d(string=1e400)\"" },
		{ NULL, "sprintf(\"%x %b\", [1.5, 1.5])", "\"0x1.8p+00 6755399441055744p-52\"" },
		{ NULL, "sprintf(\"%+v %+d % d\", [1, 1, 1])", "\"1 +1  1\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{}");
}

static void sprintf__verbs_that_do_not_fit__keep_their_flags(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "sprintf(\"%5.2f %5.1f\", [1, \"abc\"])", "\"%!f(int64=   01) %!f(string=    a)\"" },
		{ NULL, "sprintf(\"%f\", [12345678901234567890])", "\"%!f(big.Int=12345678901234567890)\"" },
		{ NULL, "sprintf(\"%05v|%-3s|%.1s\", [\"a\", \"b\", \"cd\"])", "\"0000a|b  |c\"" },
		{ NULL, "sprintf(\"%q %c %U\", [65, 65, 65])", "\"'A' A U+0041\"" },
		{ NULL, "sprintf(\"%6.2d|%#x|%#o\", [1, \"a\", 8])", "\"    01|0x61|010\"" },
		{ NULL, "sprintf(\"%[2]d %[1]d\", [1, 2])", "\"2 1\"" },
		{ NULL, "sprintf(\"%*d|%[9]d\", [4, 1])", "\"   1|%!d(BADINDEX)\"" },
		{ NULL, "sprintf(\"%#v %T %y\", [\"a\", 1.5, 1])", "\"\\\"a\\\" float64 %!y(int64=1)\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sprintf__verbs__print_as_go_does),
	cmocka_unit_test(sprintf__numbers_with_a_fraction__print_as_floats),
	cmocka_unit_test(sprintf__verbs_that_do_not_fit__keep_their_flags),
};
WB_TEST_MAIN(tests)
