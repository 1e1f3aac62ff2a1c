/* policy/parse.c: queries and literals, and how mistakes are shown. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void parse__a_mistake__is_shown_under_its_line(void **state)
{
	(void)state;
	assert_string_equal(policy_case_check("package wb\n\nallow if {\n\tinput.x == \n}\n", POLICY_V1, false),
			    "m.rego:5:1: error: unexpected '}', expected a value [P0101]\n"
			    "  }\n"
			    "  ^\n");
}

static void parse__several_mistakes__are_all_told(void **state)
{
	const char *shown = policy_case_check("package wb\np := [1,\nq := 2\nr if { x := }\n", POLICY_V1, false);

	(void)state;
	assert_contains(shown, "m.rego:3:");
	assert_contains(shown, "m.rego:4:");
}

static void parse__wrong_literals__are_refused(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np if { 1 2 }", "m.rego:2:10" },
		{ "package a\np if { not }", "m.rego:2:12" },
		{ "package a\np if { some }", "m.rego:2:13" },
		{ "package a\np if { some 1 }", "'some' declares names" },
		{ "package a\np if { every 1 in [2] { true } }", "'every' declares names" },
		{ "package a\np if { every x in [2] }", "expected '{'" },
		{ "package a\np if { true with }", "behind 'with'" },
		{ "package a\np if { true with input }", "'as'" },
		{ "package a\np if {", "the text ends" },
		{ "package a\np if { input.x = = 2 }", "m.rego:2:18" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void parse__keywords_before_a_dot__are_names(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\nif.x := 1\np := if.x", "data.a.p", "1" },
		{ "package a\nnot.x := 1\np if {\n\tnot.x == 1\n}", "data.a.p", "true" },
		{ "package a\np := input.package", "data.a.p", "2" },
		{ "package a\np if {\n\t1 in [1]\n\tinput.in == 3\n}", "data.a.p", "true" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"package\":2,\"in\":3}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(parse__a_mistake__is_shown_under_its_line),
	cmocka_unit_test(parse__several_mistakes__are_all_told),
	cmocka_unit_test(parse__wrong_literals__are_refused),
	cmocka_unit_test(parse__keywords_before_a_dot__are_names),
};
WB_TEST_MAIN(tests)
