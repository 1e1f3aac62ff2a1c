/* policy/order.c: variables that never get a value, and literals in any order. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void order__unsafe_variables__are_told_once_at_their_cause(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np if { x == 1 }", "m.rego:2:8: error: variable 'x' is never given a value [P0201]" },
		{ "package a\np := x if { true }", "m.rego:2:6: error: variable 'x'" },
		{ "package a\np if { not input.xs[i] == 1 }", "variable 'i'" },
		{ "package a\np if { not [1][_] == 1 }", "'_' stands where a known value is needed" },
		{ "package a\np if { x := y + 1; y > x }", "variable 'y'" },
		{ "package a\np := [x | y := 1]", "variable 'x'" },
		{ "package a\np if { count(x) > 0 }", "variable 'x'" },
		{ "package a\np if { every v in xs { v } }", "variable 'xs'" },
		{ "package a\np if { true with input as x }", "variable 'x'" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void order__literals_in_any_order__run(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\np := z if { z = y + 1; y = x + 1; x = 1 }", "data.a.p", "3" },
		{ "package a\np := x if { x > 1; x = [1, 2][_] }", "data.a.p", "2" },
		{ "package a\np if { not x == 2; x = 1 }", "data.a.p", "true" },
		{ "package a\np := n if { n = count([v | v = xs[_]]); xs = [1, 2] }", "data.a.p", "2" },
		{ "package a\np := [x, y] if { [x, 2] = [1, y] }", "data.a.p", "[1,2]" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void order__what_a_closure_takes__is_known_before_its_condition(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np if { input.xs[i] == count({x | x := i}) }", "m.rego:2:39: error: variable 'i' is never given a value" },
		{ "package a\np if { z := input.xs[i] + count([x | x := i]); z }", "m.rego:2:43: error: variable 'i'" },
		{ "package a\np if { [y, z] = [1, [x | x := y]]; z }", "variable 'y' is never given a value" },
		{ "package a\np if { count(input.xs[i]) == count({x | x := i}) }", "" },
	};
	static const struct policy_case orders[] = {
		{ "package a\np if { i = 1; (i in {i | true}) == (union({{1}})[i] == 1) }", "data.a.p", "true" },
		{ "package a\np if { (i in {i | true}) == (union({{1}})[i] == 1); i = 1 }", "data.a.p", "true" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
	policy_case_run(orders, sizeof orders / sizeof *orders, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(order__what_a_closure_takes__is_known_before_its_condition),
	cmocka_unit_test(order__unsafe_variables__are_told_once_at_their_cause),
	cmocka_unit_test(order__literals_in_any_order__run),
};
WB_TEST_MAIN(tests)
