/* policy/starter.rego, as it is embedded */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/policy.h"

static void starter_text__is_the_file_in_the_tree__byte_for_byte(void **state)
{
	const char *file = wb_test_slurp(wb_test_srcdir(), "policy/starter.rego");

	(void)state;
	assert_non_null(file);
	assert_string_equal(policy_starter_text(), file);
	assert_int_equal(strncmp(policy_starter_text(), "# What runs of this project may do.\n", 36), 0);
	assert_contains(policy_starter_text(), "\npackage wb\n\nimport rego.v1\n");
}

static void starter_text__is_checked__without_any_finding(void **state)
{
	struct policy *p = policy_new();
	struct policy_diags diags = { 0 };
	struct buf shown = BUF_INIT(65536);
	const char *text = policy_starter_text();

	(void)state;
	if (policy_add_module(p, "starter.rego", text, strlen(text), POLICY_AUTO, &diags) == 0)
		assert_int_equal(policy_compile(p, &(struct policy_check){ .strict = true }, &diags), 0);
	policy_diags_print(&diags, &shown);
	assert_string_equal(buf_text(&shown), "");
	assert_int_equal(policy_module_count(p), 1);
	assert_int_equal(policy_module_dialect(p, 0), POLICY_V1);
	buf_release(&shown);
	policy_diags_release(&diags);
	policy_free(p);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(starter_text__is_the_file_in_the_tree__byte_for_byte),
	cmocka_unit_test(starter_text__is_checked__without_any_finding),
};

WB_TEST_MAIN(tests)
