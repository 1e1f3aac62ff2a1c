/* policy/lint.c: what is allowed but seldom meant. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void lint__suspicious_rules__are_warned_about(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\ndeny[msg] if { msg := \"x\" }", "warning: 'deny[...] if' makes an object" },
		{ "package a\nimport data.x\nimport data.x\np := x", "'x' is imported twice" },
		{ "package a\nlt(x, y) := x", "also the name of an operator" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void lint__plain_rules__are_not(void **state)
{
	(void)state;
	assert_string_equal(policy_case_check("package a\ndeny contains msg if { msg := \"x\" }", POLICY_V1, false), "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lint__suspicious_rules__are_warned_about),
	cmocka_unit_test(lint__plain_rules__are_not),
};
WB_TEST_MAIN(tests)
