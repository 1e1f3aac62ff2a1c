/* policy/resolve.c: what each name means, and declarations. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void resolve__wrong_declarations__are_refused(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np if { x := 1; x := 2 }", "'x' is declared twice" },
		{ "package a\np if { y := x; x := 1 }", "'x' is used above the line that declares it" },
		{ "package a\nf(x) := 1 if { x := 2 }", "'x' is an argument already" },
		{ "package a\np if { input.x := 1 }", "cannot assign to a reference" },
		{ "package a\np if { 1 := 1 }", "cannot assign to number" },
		{ "package a\np if { input := 1 }", "a local may not be called 'input'" },
		{ "package a\ninput := 1", "a rule may not be called 'input'" },
		{ "package a\nf(x) := 1\np := f(x) if { x := 1; g(x) }", "there is no function 'g'" },
		{ "package a\np := contain(\"a\", \"b\")", "did you mean 'contains'?" },
		{ "package a\np if { some x }", "'x' is declared but never used" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void resolve__strict__finds_what_is_unused(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\nimport data.b\np := 1", "the import 'b' is never used" },
		{ "package a\np if { x := 1 }", "'x' is declared but never used" },
		{ "package a\np if { some i, v in [1]; v > 0 }", "" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, true);
}

static void resolve__names__mean_what_is_nearest(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\nx := 1\np := y if { x := 2; y := x }", "data.a.p", "2" },
		{ "package a\nimport input.n as m\np := m", "data.a.p", "3" },
		{ "package a\nimport input.n\np := n", "data.a.p", "3" },
		{ "package a\np := [x | x := 1] if { x := 2; x == 2 }", "data.a.p", "[1]" },
		{ "package a\np := y if { ys := [x | x = [1, 2][_]]; x := 7; y := [x, ys] }", "data.a.p", "[7,[1,2]]" },
		{ "package a\nupper := 1\np := upper", "data.a.p", "1" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"n\":3}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(resolve__wrong_declarations__are_refused),
	cmocka_unit_test(resolve__strict__finds_what_is_unused),
	cmocka_unit_test(resolve__names__mean_what_is_nearest),
};
WB_TEST_MAIN(tests)
