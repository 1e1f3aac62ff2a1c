/* policy/lint_ask.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/policy.h"

struct fixture {
	struct policy *policy;
	struct policy_diags diags;
	struct buf shown;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .policy = policy_new(), .shown = BUF_INIT(65536) };
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	policy_diags_release(&f->diags);
	policy_free(f->policy);
	buf_release(&f->shown);
	return 0;
}

static void add(struct fixture *f, const char *name, const char *text)
{
	if (policy_add_module(f->policy, name, text, strlen(text), POLICY_AUTO, &f->diags) < 0)
		fail_msg("%s is refused", name);
}

static const char *findings(struct fixture *f)
{
	assert_int_equal(policy_compile(f->policy, NULL, &f->diags), 0);
	policy_diags_print(&f->diags, &f->shown);
	return buf_text(&f->shown);
}

static void compile__a_field_that_no_input_has__is_a_warning_with_the_nearest(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package team\nimport rego.v1\nimport input.resources as res\n"
			 "deny contains \"a\" if input.resources.gpu > 4\n"
			 "deny contains \"b\" if { some d in input.data; \"PII\" in d.tagz }\n"
			 "deny contains \"c\" if res.cpu > 4\n"
			 "deny contains \"d\" if input.frobnicate\n");
	assert_contains(findings(f), "a.rego:4:22: warning: no input has the field 'gpu'");
	assert_contains(buf_text(&f->shown), "did you mean 'gpus'?");
	assert_contains(buf_text(&f->shown), "a.rego:5:55: warning: no input has the field 'tagz'");
	assert_contains(buf_text(&f->shown), "a.rego:6:22: warning: no input has the field 'cpu'");
	assert_contains(buf_text(&f->shown), "a.rego:7:22: warning: no input has the field 'frobnicate'");
	assert_int_equal(f->diags.n, 4);
}

static void compile__fields_that_there_are_or_may_be__are_no_finding(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package team\nimport rego.v1\n"
			 "deny contains \"a\" if { input.params.lr == \"1\"; input.run.tags.any; input.approvals[_].by == \"eve\" }\n"
			 "deny contains \"b\" if { input.resource == \"network\"; input.host == \"x\"; input.port == 1 }\n"
			 "deny contains \"c\" if { input.else_where with input as {\"else_where\": 1} }\n"
			 "unused if input.frobnicate\n");
	assert_string_equal(findings(f), "");
}

static void compile__a_name_near_to_deny__is_a_warning_unless_it_is_used(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package team\nimport rego.v1\ndenny contains \"x\" if true\nallowed if true\nallow if allowed\n");
	assert_contains(findings(f), "a.rego:3:1: warning: no rule uses 'denny'");
	assert_contains(buf_text(&f->shown), "did you mean 'deny'?");
	assert_int_equal(f->diags.n, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(compile__a_field_that_no_input_has__is_a_warning_with_the_nearest),
	CASE(compile__fields_that_there_are_or_may_be__are_no_finding),
	CASE(compile__a_name_near_to_deny__is_a_warning_unless_it_is_used),
};

WB_TEST_MAIN(tests)
