/* policy/tree.c: rules that clash, and rules that need themselves. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void tree__rules_that_do_not_fit__are_told_with_both_places(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np := 1\np contains 2", "the other one is at m.rego:3" },
		{ "package a\nf(x) := x\nf := 2", "a function and a rule" },
		{ "package a\nf(x) := x\nf(x, y) := x", "the number of arguments differs" },
		{ "package a\ndefault p := 1\ndefault p := 2", "two default rules, at m.rego:2 and m.rego:3" },
		{ "package a\np := {}\np.q := 1", "other rules define parts of it" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void tree__circles__are_named(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np := p", "the rule needs itself: data.a.p -> data.a.p" },
		{ "package a\np := q\nq := p", "data.a.p -> data.a.q -> data.a.p" },
		{ "package a\nf(x) := f(x)", "data.a.f -> data.a.f" },
		{ "package a\np if { not q }\nq if { some x in [1]; data.a.p }", "needs itself" },
		{ "package a\np := data.a", "needs itself" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tree__rules_that_do_not_fit__are_told_with_both_places),
	cmocka_unit_test(tree__circles__are_named),
};
WB_TEST_MAIN(tests)
