/* policy/eval_doc.c: documents made of rules and data, functions. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void doc__packages__hold_what_is_defined(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a.b\np := 1\nq if { false }\nf(x) := x", "data.a", "{\"b\":{\"p\":1}}" },
		{ "package a\np[x] := 1 if { some x in [\"u\", \"v\"] }", "data.a.p.u", "1" },
		{ "package a\np[x].y contains z if { some x, z in [7, 8] }", "data.a.p", "{\"0\":{\"y\":[7]},\"1\":{\"y\":[8]}}" },
		{ "package a\np contains 1\np contains \"x\"", "data.a.p[\"x\"]", "\"x\"" },
		{ "package a\np contains 1", "data.a.p[2]", "undefined" },
		{ "package a\np := 1\nq := 2", "x := data.a[k]", "{\"k\":\"p\",\"x\":1} {\"k\":\"q\",\"x\":2}" },
		{ "package a\nf(x) := y if { y := x + 1 }\np := [y | some x in [1, 1, 2]; y := f(x)]", "data.a.p", "[2,2,3]" },
		{ "package a\ndefault f(_) := 0\nf(x) := 1 if x > 5\np := [f(1), f(9)]", "data.a.p", "[0,1]" },
		{ "package a\nf(x) := 1 if x > 5\np := f(1)", "data.a.p", "undefined" },
		{ "package a\np := x if { x := 1 + input.s }", "data.a.p", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"s\":\"x\"}");
}

static void doc__a_reference_by_variable__may_not_come_back_to_itself(void **state)
{
	(void)state;
	assert_string_equal(policy_case_ask("package a\np if { data.a[input.k] }", POLICY_V1, "data.a.p", "{\"k\":\"p\"}"),
			    "the rule needs itself: data.a.p -> data.a.p");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(doc__packages__hold_what_is_defined),
	cmocka_unit_test(doc__a_reference_by_variable__may_not_come_back_to_itself),
};
WB_TEST_MAIN(tests)
