/* policy/negate.c: what has to be defined outside of a negation. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void not__about_what_is_missing__follows_the_language(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "not input.x", "true" },
		{ NULL, "not input.x == 3", "true" },
		{ NULL, "not input.x > 3", "undefined" },
		{ NULL, "not input.x != 3", "undefined" },
		{ NULL, "not startswith(input.x, \"a\")", "undefined" },
		{ NULL, "not input.x in [1]", "undefined" },
		{ NULL, "not input.y > 3", "true" },
		{ NULL, "not input.y == 2", "undefined" },
		{ NULL, "not false", "true" },
		{ NULL, "not [1][_]", "variable" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases - 1, POLICY_V1, "{\"y\":2}");
	assert_string_equal(policy_case_ask(NULL, POLICY_V1, cases[sizeof cases / sizeof *cases - 1].query, NULL),
			    "rego_unsafe_var_error");
}

static void not__with_everything_inside__succeeds_on_missing(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\nimport future.keywords.not\np if { not input.x > 3 }", "data.a.p", "true" },
		{ "package a\nimport future.keywords.not\np if { not startswith(input.x, \"a\") }", "data.a.p", "true" },
		{ "package a\nimport future.keywords.not\np if { not { input.y > 3; input.y < 1 } }", "data.a.p", "true" },
		{ "package a\nimport future.keywords.not\np if { not { input.y > 1; input.y < 3 } }", "data.a.p", "undefined" },
		/* All words of the future: this one too. */
		{ "package a\nimport future.keywords\np if { not input.x > 3 }", "data.a.p", "true" },
		{ "package a\nimport future.keywords.in\np if { not input.x > 3 }", "data.a.p", "undefined" },
		{ "package a\nimport rego.v1\np if { not input.x > 3 }", "data.a.p", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"y\":2}");
}

static void not__inside_a_head__follows_the_language_too(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\np := {1 | not input.x > 3}", "data.a.p", "[]" },
		{ "package a\np := count([1 | not input.y > 3]) if { true }", "data.a.p", "1" },
		{ "package a\np contains {1 | not input.x > 3} if { true }", "data.a.p", "[[]]" },
		{ "package a\np[k] := {1 | not startswith(input.x, k)} if { k := \"a\" }", "data.a.p", "{\"a\":[]}" },
		{ "package a\nf(n) := [1 | not input.x > n]\np := f(3)", "data.a.p", "[]" },
		{ "package a\np := 1 if { false } else := {1 | not input.x > 3}", "data.a.p", "[]" },
		{ "package a\ndefault p := {1 | not input.x > 3}\np if { false }", "data.a.p", "[]" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"y\":2}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(not__about_what_is_missing__follows_the_language),
	cmocka_unit_test(not__inside_a_head__follows_the_language_too),
	cmocka_unit_test(not__with_everything_inside__succeeds_on_missing),
};
WB_TEST_MAIN(tests)
