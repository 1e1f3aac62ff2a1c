/* policy/infer.c: calls and comparisons that can never succeed. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void types__what_can_never_succeed__is_refused(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np := upper(1)", "argument 1 is number, but has to be string" },
		{ "package a\np := 1 + \"a\"", "plus" },
		{ "package a\np if { 1 == \"a\" }", "these can never be equal: number and string" },
		{ "package a\np if { x := 1; x = \"b\" }", "these can never be equal" },
		{ "package a\np if { x := 1; x.foo }", "there is never a value at 'x.foo'" },
		{ "package a\nq := [1, 2]\np := q[5]", "there is never a value" },
		{ "package a\np := count([1], 2, 3)", "'count' takes 1 argument, not 3" },
		{ "package a\nf(x) := x\np := f(1, 2, 3)", "'f' takes 1 argument, not 3" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void types__what_may_succeed__is_taken(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np := upper(input.x)", "" },
		{ "package a\np if { input.x == \"a\" }", "" },
		{ "package a\nq := [1, 2]\np := q[1]", "" },
		{ "package a\nq := {\"a\": 1}\np := q[input.k]", "" },
		{ "package a\np if { x := input.y; x = \"b\" }", "" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(types__what_can_never_succeed__is_refused),
	cmocka_unit_test(types__what_may_succeed__is_taken),
};
WB_TEST_MAIN(tests)
