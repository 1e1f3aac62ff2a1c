/* policy/policy.c: building a policy from files. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/limits.h"
#include "policy/policy.h"

static struct policy *policy;

static int setup(void **state)
{
	(void)state;
	policy = policy_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	policy_free(policy);
	return 0;
}

static int add(const char *text)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };

	return policy_add_module(policy, "m.rego", text, strlen(text), POLICY_AUTO, &diags);
}

static void policy_add_module__without_a_dialect__finds_it(void **state)
{
	static const struct {
		const char *text;
		enum policy_dialect want;
	} cases[] = {
		{ "package a\nallow if true", POLICY_V1 },
		{ "package a\nallow { true }", POLICY_V0 },
		{ "package a\ndeny[msg] { msg := \"x\" }", POLICY_V0 },
		{ "package a\nimport rego.v1\nallow if true", POLICY_V1 },
		{ "package a\nimport future.keywords\nallow { 1 in [1] }", POLICY_V0 },
		{ "package a\nallow { 1 in [1] }", POLICY_V0 },
		{ "package a\nx := 1", POLICY_V1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (add(cases[i].text) < 0)
			fail_msg("%s is refused", cases[i].text);
		if (policy_module_dialect(policy, i) != cases[i].want)
			fail_msg("%s is taken for the wrong dialect", cases[i].text);
	}
	assert_int_equal(policy_module_count(policy), sizeof cases / sizeof *cases);
	assert_string_equal(policy_module_file(policy, 0), "m.rego");
}

static void policy_add_module__a_broken_one__takes_no_part(void **state)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };

	(void)state;
	assert_int_equal(add("package a\nallow if {"), -1);
	assert_int_equal(policy_module_count(policy), 0);
	assert_int_equal(policy_compile(policy, NULL, &diags), 0);
}

static void policy_add_module__too_much_text__is_refused(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * LIMIT_MIB);
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };

	(void)state;
	buf_puts(&text, "package a\n#");
	while (text.len <= LIMIT_CONFIG)
		buf_puts(&text, "0123456789abcdef0123456789abcdef");
	assert_int_equal(policy_add_module(policy, "m.rego", text.data, text.len, POLICY_AUTO, &diags), -1);
	assert_string_equal(diags.items[0].id, "P0104");
}

static void policy_add_data__files__are_merged(void **state)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	struct policy_query q = { .text = "data.limits", .dialect = POLICY_V1 };
	struct error err = { 0 };

	(void)state;
	assert_ok(policy_add_data(policy, "a.json", "{\"limits\":{\"gpu\":4}}", 20, &err), &err);
	assert_ok(policy_add_data(policy, "b.json", "{\"limits\":{\"cpu\":8}}", 20, &err), &err);
	assert_refused(policy_add_data(policy, "c.json", "{\"limits\":{\"cpu\":9}}", 20, &err), &err, ERR_CONFLICT, "limits.cpu");
	assert_refused(policy_add_data(policy, "d.json", "[1]", 3, &err), &err, ERR_INVALID, "d.json");
	assert_refused(policy_add_data(policy, "e.json", "{", 1, &err), &err, ERR_INVALID, "e.json");
	assert_int_equal(policy_compile(policy, NULL, &diags), 0);
	assert_int_equal(policy_eval(policy, &q, &out, &err), 0);
	assert_contains(buf_text(&out), "{\"cpu\":8,\"gpu\":4}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(policy_add_module__without_a_dialect__finds_it, setup, teardown),
	cmocka_unit_test_setup_teardown(policy_add_module__a_broken_one__takes_no_part, setup, teardown),
	cmocka_unit_test_setup_teardown(policy_add_module__too_much_text__is_refused, setup, teardown),
	cmocka_unit_test_setup_teardown(policy_add_data__files__are_merged, setup, teardown),
};
WB_TEST_MAIN(tests)
