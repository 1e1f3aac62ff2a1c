/* policy/unicode.c: letters of other alphabets. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void unicode__case__is_changed_letter_by_letter(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "upper(\"stra\303\237e h\303\251\")", "\"STRA\303\237E H\303\211\"" },
		{ NULL, "lower(\"\316\221\316\222 \320\226\")", "\"\316\261\316\262 \320\266\"" },
		{ NULL, "count(\"h\303\251llo\")", "5" },
		{ NULL, "substring(\"h\303\251llo\", 1, 2)", "\"\303\251l\"" },
		{ NULL, "strings.reverse(\"h\303\251\")", "\"\303\251h\"" },
		{ NULL, "indexof(\"h\303\251llo\", \"l\")", "2" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(unicode__case__is_changed_letter_by_letter),
};
WB_TEST_MAIN(tests)
