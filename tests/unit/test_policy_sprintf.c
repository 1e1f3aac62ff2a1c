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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(sprintf__verbs__print_as_go_does),
};
WB_TEST_MAIN(tests)
