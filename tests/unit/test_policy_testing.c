/* policy/testing.c and cover.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/testing.h"

struct fixture {
	struct policy *policy;
	struct policy_tests tests;
	struct error err;
};

static struct fixture load(const char *module, const char *pattern)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct fixture f = { .policy = policy_new() };

	if (policy_add_module(f.policy, "a.rego", module, strlen(module), POLICY_AUTO, &diags) < 0 ||
	    policy_compile(f.policy, NULL, &diags) < 0)
		fail_msg("%s", diags.items[0].message);
	assert_ok(policy_tests_find(f.policy, pattern, &f.tests, &f.err), &f.err);
	return f;
}

static void release(struct fixture *f)
{
	policy_tests_release(&f->tests);
	policy_free(f->policy);
}

static enum policy_test_result run(const struct fixture *f, size_t i, const char *want)
{
	CLEANUP(policy_test_outcome_release) struct policy_test_outcome o = { 0 };

	policy_test_run(f->policy, &f->tests.items[i], 7, NULL, &o);
	if (want)
		assert_contains(o.why, want);
	return o.result;
}

static void find__rules_of_one_name__are_tests_of_their_own(void **state)
{
	struct fixture f = load("package a\nimport rego.v1\ntest_x if true\ntest_x if 1 == 2\nother if true\ntodo_test_y if true\n"
				"test_f(x) := x\n", NULL);

	(void)state;
	assert_int_equal(f.tests.n, 3);
	assert_string_equal(f.tests.items[0].name, "test_x");
	assert_string_equal(f.tests.items[1].name, "test_x#01");
	assert_int_equal(run(&f, 0, NULL), POLICY_TEST_PASS);
	assert_int_equal(run(&f, 1, "a.rego:4  1 == 2"), POLICY_TEST_FAIL);
	assert_int_equal(run(&f, 2, NULL), POLICY_TEST_SKIP);
	release(&f);
}

static void find__a_pattern__is_looked_for_in_the_full_name(void **state)
{
	struct fixture f = load("package a.b\nimport rego.v1\ntest_x if true\ntest_y if true\n", "a\\.b\\.test_y$");

	(void)state;
	assert_int_equal(f.tests.n, 1);
	assert_string_equal(f.tests.items[0].package, "data.a.b");
	assert_refused(policy_tests_find(f.policy, "(", &f.tests, &f.err), &f.err, ERR_INVALID, "missing closing )");
	release(&f);
}

static void run__under_replacements__shows_what_was_seen(void **state)
{
	struct fixture f = load("package a\nimport rego.v1\nok if input.n < 3\n"
				"test_with if ok with input as {\"n\": 5}\n"
				"test_missing if ok with input as input.nothing\n"
				"test_member if deny[\"x\"] with input as {}\ndeny contains \"y\"\n", NULL);

	(void)state;
	assert_int_equal(run(&f, 0, "(ok is not true)"), POLICY_TEST_FAIL);
	assert_int_equal(run(&f, 0, "a.rego:3  input.n < 3 (input.n is 5)"), POLICY_TEST_FAIL);
	assert_int_equal(run(&f, 1, "(input.nothing is missing)"), POLICY_TEST_FAIL);
	assert_int_equal(run(&f, 2, "deny is {\"y\"}"), POLICY_TEST_FAIL);
	release(&f);
}

static void run__an_error__is_no_failure(void **state)
{
	struct fixture f = load("package a\nimport rego.v1\nx := 1 if input == {}\nx := 2 if input == {}\n"
				"test_x if x == 1 with input as {}\n", NULL);

	(void)state;
	assert_int_equal(run(&f, 0, "eval_conflict_error"), POLICY_TEST_ERROR);
	release(&f);
}

static void cover__lines__are_reached_by_conditions_and_heads(void **state)
{
	struct fixture f = load("package a\nimport rego.v1\nx if {\n\tinput.y\n\tinput.z\n}\nelse := false\nunused := 1\n"
				"test_x if not x with input as {\"y\": 1}\n", NULL);
	struct policy_cover *cover = policy_cover_new(f.policy);
	struct policy_cover_file file;
	CLEANUP(policy_test_outcome_release) struct policy_test_outcome o = { 0 };

	(void)state;
	policy_test_run(f.policy, &f.tests.items[0], 7, cover, &o);
	assert_int_equal(o.result, POLICY_TEST_PASS);
	policy_cover_file(cover, 0, &file);
	assert_int_equal(file.lines, 5);
	assert_int_equal(file.reached, 3);
	assert_int_equal(file.rows[0], 3);
	assert_false(file.row_reached[0]);
	assert_true(file.row_reached[1] && file.row_reached[2] && file.row_reached[3]);
	assert_int_equal(file.rows[4], 8);
	assert_false(file.row_reached[4]);
	policy_cover_file_release(&file);
	policy_cover_free(cover);
	release(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(find__rules_of_one_name__are_tests_of_their_own),
	cmocka_unit_test(find__a_pattern__is_looked_for_in_the_full_name),
	cmocka_unit_test(run__under_replacements__shows_what_was_seen),
	cmocka_unit_test(run__an_error__is_no_failure),
	cmocka_unit_test(cover__lines__are_reached_by_conditions_and_heads),
};

WB_TEST_MAIN(tests)
