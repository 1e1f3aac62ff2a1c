/* policy/eval.c: bodies, iteration, undefined, limits. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "tests/support/policy_case.h"

static void eval__everyday_rules__give_their_values(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\np := 1", "data.a.p", "1" },
		{ "package a\np if { input.n > 2 }", "data.a.p", "true" },
		{ "package a\np if { input.n > 3 }", "data.a.p", "undefined" },
		{ "package a\ndefault p := false\np if { input.n > 3 }", "data.a.p", "false" },
		{ "package a\np := 1 if { input.n == 1 } else := 2 if { input.n == 3 } else := 3", "data.a.p", "2" },
		{ "package a\np contains x if { some x in input.xs; x > 1 }", "data.a.p", "[2,3]" },
		{ "package a\np[k] := v if { some k, v in {\"x\": 1, \"y\": 2} }", "data.a.p", "{\"x\":1,\"y\":2}" },
		{ "package a\nf(x) := x * 2\np := f(f(3))", "data.a.p", "12" },
		{ "package a\nf(0) := \"none\"\nf(x) := \"some\" if x > 0\np := [f(0), f(5)]", "data.a.p", "[\"none\",\"some\"]" },
		{ "package a\np.q.r := 1\np.q.s := 2", "data.a.p", "{\"q\":{\"r\":1,\"s\":2}}" },
		{ "package a\np := [x | some x in input.xs; x != 2]", "data.a.p", "[1,3]" },
		{ "package a\np := {x: y | some x, y in input.xs}", "data.a.p", "{\"0\":1,\"1\":2,\"2\":3}" },
		{ "package a\np if { every x in input.xs { x > 0 } }", "data.a.p", "true" },
		{ "package a\np if { every x in input.xs { x > 1 } }", "data.a.p", "undefined" },
		{ "package a\np if { input.missing == 1 }\nq := data.a.p", "data.a.q", "undefined" },
		{ "package a\np := input.xs[i] if { i := 1 }", "data.a.p", "2" },
		{ "package a\np := [i, j] if { input.xs[i] == 1; input.xs[j] == 3 }", "data.a.p", "[0,2]" },
		{ "package a\np := x if { [x, 2] = [1, 2] }", "data.a.p", "1" },
		{ "package a\np := x if { {\"a\": x, \"b\": 2} = {\"a\": 1, \"b\": 2} }", "data.a.p", "1" },
		{ "package a\np := $\"n is {input.n} and {input.none}\"", "data.a.p", "\"n is 3 and <undefined>\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"n\":3,\"xs\":[1,2,3]}");
}

static void eval__the_older_dialect__reads_short_rules(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\ndefault allow = false\nallow { input.n <= 4 }", "data.a.allow", "true" },
		{ "package a\ndeny[msg] { input.n > 1; msg := \"too many\" }", "data.a.deny", "[\"too many\"]" },
		{ "package a\np[x] = y { x := \"k\"; y := 1 }", "data.a.p", "{\"k\":1}" },
		{ "package a\np { input.n == 1 } { input.n == 3 }", "data.a.p", "true" },
		{ "package a\np.q { true }", "data.a.p", "[\"q\"]" },
		{ "package a\nimport future.keywords\np contains 1 if true", "data.a.p", "[1]" },
		{ "package a\np = any([true, false]) { true }", "data.a.p", "true" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V0, "{\"n\":3}");
}

static void eval__what_contradicts_itself__ends_the_evaluation(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\np := 1 if true\np := 2 if true", "data.a.p", "eval_conflict_error" },
		{ "package a\nf(x) := 1 if x > 0\nf(x) := 2 if x > 1\np := f(5)", "data.a.p", "eval_conflict_error" },
		{ "package a\np := {k: v | k := \"x\"; v := [1, 2][_]}", "data.a.p", "eval_conflict_error" },
		{ "package a\np[k] := v if { k := \"x\"; v := [1, 2][_] }", "data.a.p", "eval_conflict_error" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void eval__with__replaces_for_one_literal_only(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\nq := input.x\np := [y, z] if { y := q with input.x as 5; z := q }", "data.a.p", "[5,1]" },
		{ "package a\nq := data.b.c\np := x if { x := q with data.b as {\"c\": 7} }", "data.a.p", "7" },
		{ "package a\nf(x) := x\ng(x) := x + 1\np := x if { x := f(1) with f as g }", "data.a.p", "2" },
		{ "package a\np := x if { x := count([1, 2]) with count as 42 }", "data.a.p", "42" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"x\":1}");
}

static void eval__endless_work__reaches_a_limit(void **state)
{
	static const struct policy_case cases[] = {
		{ "package a\nr := numbers.range(1, 1000)\np := [1 | r[x]; r[y]; r[z]]", "data.a.p", "eval_limit_error" },
		{ "package a\np := numbers.range(1, 100000000)", "data.a.p", "eval_limit_error" },
		{ "package a\np := concat(\"\", [s | r := numbers.range(1, 1000); r[_]; r[_]; s := \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"])",
		  "data.a.p", "eval_limit_error" },
		{ "package a\np := bits.lsh(1, 1000000000)", "data.a.p", "eval_limit_error" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

/* Each rule holds the one before twice: 60 rules make 2^60 values of it. */
static void eval__values_that_double__reach_a_limit(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(65536);

	(void)state;
	buf_puts(&text, "package a\np0 := [1]\n");
	for (int i = 1; i < 60; i++)
		buf_printf(&text, "p%d := [p%d, p%d]\n", i, i - 1, i - 1);
	assert_string_equal(policy_case_ask(buf_text(&text), POLICY_V1, "data.a.p59 == data.a.p58", NULL), "eval_limit_error");
}

static void eval__deep_chains_of_rules__reach_a_limit(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(65536);

	(void)state;
	buf_puts(&text, "package a\np0 := 1\n");
	for (int i = 1; i < 600; i++)
		buf_printf(&text, "p%d := p%d + 1\n", i, i - 1);
	assert_string_equal(policy_case_ask(buf_text(&text), POLICY_V1, "data.a.p100", NULL), "101");
	assert_string_equal(policy_case_ask(buf_text(&text), POLICY_V1, "data.a.p599", NULL), "eval_limit_error");
}

static bool at_once(void *arg)
{
	++*(int *)arg;
	return true;
}

static void eval__a_callers_clock__ends_it(void **state)
{
	int asked = 0;
	struct policy_budget b = policy_budget_default;

	(void)state;
	b.expired = at_once;
	b.arg = &asked;
	assert_string_equal(policy_case_ask_within("package a\nr := numbers.range(1, 1000)\np := [1 | r[x]; r[y]]", "data.a.p", &b),
			    "eval_limit_error");
	assert_int_equal(asked, 1);
}

static void eval__a_budget_of_few_steps__is_kept(void **state)
{
	struct policy_budget b = policy_budget_default;

	(void)state;
	b.steps = 50;
	assert_string_equal(policy_case_ask_within("package a\np := 1", "data.a.p", &b), "1");
	assert_string_equal(policy_case_ask_within("package a\np := [x | some x in numbers.range(1, 60)]", "data.a.p", &b),
			    "eval_limit_error");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(eval__everyday_rules__give_their_values),
	cmocka_unit_test(eval__the_older_dialect__reads_short_rules),
	cmocka_unit_test(eval__what_contradicts_itself__ends_the_evaluation),
	cmocka_unit_test(eval__with__replaces_for_one_literal_only),
	cmocka_unit_test(eval__endless_work__reaches_a_limit),
	cmocka_unit_test(eval__values_that_double__reach_a_limit),
	cmocka_unit_test(eval__deep_chains_of_rules__reach_a_limit),
	cmocka_unit_test(eval__a_callers_clock__ends_it),
	cmocka_unit_test(eval__a_budget_of_few_steps__is_kept),
};
WB_TEST_MAIN(tests)
