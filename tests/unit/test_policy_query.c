/* policy/query.c: answers in OPA's shape. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/policy.h"

static char text[8192];

static int ask(const char *query, const char *input, const char *term, size_t max)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(max);
	const char *module = "package a\np := 1\nq contains x if { some x in [1, 2] }\nc := 1 if true\nc := 2 if true\n";
	struct policy_query q = { .text = query, .dialect = POLICY_V1, .input = input, .input_term = term };
	struct error err = { 0 };
	int rc;

	q.input_len = input ? strlen(input) : 0;
	assert_int_equal(policy_add_module(p, "m.rego", module, strlen(module), POLICY_V1, &diags), 0);
	assert_int_equal(policy_compile(p, NULL, &diags), 0);
	rc = policy_eval(p, &q, &out, &err);
	snprintf(text, sizeof text, "%s", rc < 0 ? err.text : buf_text(&out));
	return rc;
}

static void query__an_answer__has_opas_shape(void **state)
{
	(void)state;
	assert_int_equal(ask("data.a.p", NULL, NULL, 4096), 0);
	assert_string_equal(text, "{\"result\":[{\"expressions\":[{\"value\":1,\"text\":\"data.a.p\","
				  "\"location\":{\"row\":1,\"col\":1}}]}]}");
	assert_int_equal(ask("data.a.nothing", NULL, NULL, 4096), 0);
	assert_string_equal(text, "{}");
	assert_int_equal(ask("data.a.q[x]", NULL, NULL, 4096), 0);
	assert_contains(text, "\"bindings\":{\"x\":2}");
}

static void query__errors__have_class_number_and_place(void **state)
{
	(void)state;
	assert_int_equal(ask("data.a.c", NULL, NULL, 4096), 1);
	assert_contains(text, "{\"errors\":[{\"message\":");
	assert_contains(text, "\"code\":\"eval_conflict_error\"");
	assert_contains(text, "\"location\":{\"file\":\"m.rego\",\"row\":5,\"col\":1}");
	assert_int_equal(ask("1 +", NULL, NULL, 4096), 1);
	assert_contains(text, "rego_parse_error");
	assert_int_equal(ask("x == 1", NULL, NULL, 4096), 1);
	assert_contains(text, "rego_unsafe_var_error");
}

static void query__input__may_be_json_or_a_term(void **state)
{
	(void)state;
	assert_int_equal(ask("input.a", "{\"a\":7}", NULL, 4096), 0);
	assert_contains(text, "\"value\":7");
	assert_int_equal(ask("input.a[x]", NULL, "{\"a\": {7, 8}}", 4096), 0);
	assert_contains(text, "\"x\":8");
	assert_int_equal(ask("input.a", "{\"a\":", NULL, 4096), -1);
	assert_contains(text, "input");
	assert_int_equal(ask("input.a", NULL, "{\"a\":", 4096), -1);
}

static void query__an_answer_too_large_to_show__is_an_error(void **state)
{
	(void)state;
	assert_int_equal(ask("numbers.range(1, 5000)", NULL, NULL, 1000), 1);
	assert_contains(text, "eval_limit_error");
}

static void answer_of(struct policy_prepared *pp, int want_rc, const char *want)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);

	assert_int_equal(policy_eval_prepared(pp, &out), want_rc);
	assert_contains(buf_text(&out), want);
}

static void prepared__asked_again_with_other_inputs__answers_for_each(void **state)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(policy_prepared_free) struct policy_prepared *pp = NULL;
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	const char *module = "package a\np if { input.n > 1; regex.match(input.re, \"abc\") }\nc := input.n\nc := 2 if true\n";
	const struct policy_budget small = { .steps = 200, .depth = 10, .memory = 1 << 20 };
	struct policy_query q = { .text = "[data.a.p, input.n]", .dialect = POLICY_V1, .budget = &small };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(policy_add_module(p, "m.rego", module, strlen(module), POLICY_V1, &diags), 0);
	assert_int_equal(policy_compile(p, NULL, &diags), 0);
	assert_int_equal(policy_prepare(p, &q, &pp, &out, &err), 0);
	answer_of(pp, 0, "{}");
	/* Often enough that one budget for all would not do. */
	for (int i = 0; i < 100; i++) {
		assert_int_equal(policy_prepared_input(pp, "{\"n\":7,\"re\":\"b\"}", 16, &err), 0);
		answer_of(pp, 0, "\"value\":[true,7]");
		assert_int_equal(policy_eval_prepared(pp, NULL), 0);
	}
	assert_int_equal(policy_prepared_input(pp, "{\"n\":7,\"re\":\"x\"}", 16, &err), 0);
	answer_of(pp, 0, "{}");
	assert_int_equal(policy_prepared_input(pp, "{\"n\"", 4, &err), -1);
	answer_of(pp, 0, "{}");
}

static void prepared__a_wrong_query__is_told_before_any_asking(void **state)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(policy_prepared_free) struct policy_prepared *pp = NULL;
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	struct policy_query q = { .text = "x == 1", .dialect = POLICY_V1 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(policy_prepare(p, &q, &pp, &out, &err), -1);
	assert_int_equal(policy_compile(p, NULL, &diags), 0);
	assert_int_equal(policy_prepare(p, &q, &pp, &out, &err), 1);
	assert_null(pp);
	assert_contains(buf_text(&out), "rego_unsafe_var_error");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(query__an_answer__has_opas_shape),
	cmocka_unit_test(query__errors__have_class_number_and_place),
	cmocka_unit_test(query__input__may_be_json_or_a_term),
	cmocka_unit_test(query__an_answer_too_large_to_show__is_an_error),
	cmocka_unit_test(prepared__asked_again_with_other_inputs__answers_for_each),
	cmocka_unit_test(prepared__a_wrong_query__is_told_before_any_asking),
};
WB_TEST_MAIN(tests)
