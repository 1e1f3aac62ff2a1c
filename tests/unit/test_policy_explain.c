/* policy/explain.c and miss.c: a decision in words. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/jval.h"
#include "policy/policy.h"

#define WHO \
	"{\"schema\":1,\"action\":\"data.export\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":9}," \
	"\"user\":{\"name\":\"ann\",\"uid\":1000,\"groups\":[]},\"x\":"

static char text[65536];

static const char *explained(const char *module, const char *input, bool json)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(policy_decision_release) struct policy_decision d = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(sizeof text), whole = BUF_INIT(sizeof text);
	struct error err = { 0 };

	if (policy_add_module(p, "a.rego", module, strlen(module), POLICY_AUTO, &diags) < 0 || policy_compile(p, NULL, &diags) < 0)
		fail_msg("%s", diags.items[0].message);
	buf_printf(&whole, WHO "%s}", input);
	assert_ok(policy_decide(p, whole.data, whole.len, NULL, &d, &err), &err);
	if (json)
		policy_decision_json(&d, &out);
	else
		policy_explain(&d, &out);
	snprintf(text, sizeof text, "%s", buf_text(&out));
	return text;
}

static void explain__a_denial__names_each_failed_condition(void **state)
{
	const char *shown = explained("package wb\n\ndefault allow := false\n\nallow if {\n\tinput.x.gpus <= 4\n\tsmall\n}\n\n"
				      "allow if input.x.user == \"root\"\n\nsmall if {\n\tcount(input.x.files) < 2\n}\n",
				      "{\"gpus\":3,\"files\":[1,2,3]}", false);

	(void)state;
	assert_contains(shown, "Denied");
	assert_contains(shown, "small does not hold (small is not true)");
	assert_contains(shown, "a.rego:7  small (small is not true)");
	assert_contains(shown, "a.rego:13  count(input.x.files) < 2 (count(input.x.files) is 3, input.x.files is [1, 2, 3])");
	assert_contains(shown, "a.rego:10  input.x.user == \"root\" (input.x.user is missing)");
}

static void explain__loops_and_negations__show_what_they_saw(void **state)
{
	const char *shown;

	(void)state;
	shown = explained("package wb\nallow if {\n\tsome d in input.x.data\n\td.tag == \"PUBLIC\"\n}\n",
			  "{\"data\":[{\"tag\":\"PII\"}]}", false);
	assert_contains(shown, "d.tag == \"PUBLIC\" does not hold (d.tag is \"PII\")");
	shown = explained("package wb\nallow if {\n\tnot input.x.dirty\n}\n", "{\"dirty\":true}", false);
	assert_contains(shown, "not input.x.dirty does not hold (input.x.dirty is true)");
	shown = explained("package wb\nallow if {\n\tinput.x.a + input.x.b < 5\n}\n", "{\"a\":3,\"b\":4}", false);
	assert_contains(shown, "(input.x.a + input.x.b is 7, input.x.a is 3, input.x.b is 4)");
	shown = explained("package wb\nallow if {\n\tsome x in input.x.none\n\tx\n}\n", "{}", false);
	assert_contains(shown, "input.x.none is missing");
}

static void explain__hostile_text__is_escaped(void **state)
{
	const char *shown = explained("package wb\ndeny contains input.x.m\n", "{\"m\":\"\\u001b[31mred\\nnext\"}", false);

	(void)state;
	assert_null(strchr(shown, '\x1b'));
	assert_contains(shown, "\\x1b[31mred\\nnext");
}

static void explain__as_json__can_be_read(void **state)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };
	const char *json = explained("package wb\ndeny contains \"a \\\"quoted\\\" one\"\nwarn contains \"w\"\n", "{}", true);
	const struct jval *reason;

	(void)state;
	assert_ok(jval_parse(json, strlen(json), &v, &err), &err);
	assert_int_equal(jval_get_int(v, "v", 0), 1);
	assert_string_equal(jval_get_text(v, "decision"), "deny");
	reason = jval_at(jval_get(v, "reasons"), 0);
	assert_string_equal(jval_get_text(reason, "text"), "a \"quoted\" one");
	assert_string_equal(jval_get_text(reason, "package"), "wb");
	assert_string_equal(jval_get_text(reason, "rule"), "deny");
	assert_int_equal(jval_get_int(reason, "row", 0), 2);
	assert_int_equal(jval_count(jval_get(v, "warnings")), 1);
	assert_int_equal(strlen(jval_get_text(v, "input_sha256")), 64);
	assert_string_equal(jval_get_text(jval_at(jval_get(v, "policies"), 0), "file"), "a.rego");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(explain__a_denial__names_each_failed_condition),
	cmocka_unit_test(explain__loops_and_negations__show_what_they_saw),
	cmocka_unit_test(explain__hostile_text__is_escaped),
	cmocka_unit_test(explain__as_json__can_be_read),
};
WB_TEST_MAIN(tests)
