/* policy/parse_rule.c: heads, imports, defaults, and what each dialect asks for. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void rule__wrong_heads__are_refused(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "p := 1", "a policy starts with its package" },
		{ "package\np := 1", "m.rego:2:1" },
		{ "package a\nimport foo.bar", "an import starts with data, input, future or rego" },
		{ "package a\nimport rego.v2", "there is nothing to import under this name" },
		{ "package a\np", "neither a value nor a body" },
		{ "package a\n1 := p", "expected a rule's name" },
		{ "package a\ndefault p := input.x", "a default is a constant" },
		{ "package a\ndefault p if { true }", "default" },
		{ "package a\np if { true } else", "behind 'else'" },
		{ "package a\np contains 1 if { true } else := 2", "has no else" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void rule__the_older_style__needs_its_dialect(void **state)
{
	static const struct policy_mistake refused[] = {
		{ "package a\np { true }", "needs 'if'" },
		{ "package a\np[x] { x := 1 }", "error" },
	};
	static const struct policy_mistake taken[] = {
		{ "package a\np { true }", "" },
		{ "package a\np[x] { x := 1 }", "" },
		{ "package a\np contains 1 if true", "" },
		{ "package a\nimport rego.v1\np contains 1 if true", "" },
	};

	(void)state;
	policy_case_mistakes(refused, 2, POLICY_V1, false);
	policy_case_mistakes(taken, 4, POLICY_AUTO, false);
}

static void rule__a_keyword_that_was_not_imported__is_explained(void **state)
{
	(void)state;
	assert_contains(policy_case_check("package a\np { 1 in [1] }", POLICY_V0, false), "future.keywords.in");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(rule__wrong_heads__are_refused),
	cmocka_unit_test(rule__the_older_style__needs_its_dialect),
	cmocka_unit_test(rule__a_keyword_that_was_not_imported__is_explained),
};
WB_TEST_MAIN(tests)
