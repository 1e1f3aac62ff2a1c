/* policy/ask.c: which rules are asked about which things, and what their answers say. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/policy.h"

#define WHO \
	"\"schema\":1,\"action\":\"data.export\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":9}," \
	"\"user\":{\"name\":\"ann\",\"uid\":1000,\"groups\":[]}"
#define DATA(name, tags) \
	"{\"name\":\"" name "\",\"path\":\"p\",\"sha256\":\"ab\",\"bytes\":1,\"tags\":[" tags "],\"tag_sources\":{},\"age_days\":1}"

static const char whole[] =
	"{" WHO ",\"resources\":{\"gpus\":8,\"cpus\":1,\"memory_bytes\":0,\"disk_bytes\":0,\"wall_seconds\":0},"
	"\"data\":[" DATA("d", "\"PII\",\"RAW\"") "," DATA("e", "") "],"
	"\"network\":[{\"host\":\"example.org\",\"port\":443}],\"secrets\":[\"token\"]}";

static struct policy *policy;
static struct policy_decision decision;

static int teardown(void **state)
{
	(void)state;
	policy_decision_release(&decision);
	policy_free(policy);
	policy = NULL;
	return 0;
}

static void add(const char *file, const char *text)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };

	if (!policy)
		policy = policy_new();
	if (policy_add_module(policy, file, text, strlen(text), POLICY_AUTO, &diags) < 0)
		fail_msg("%s", diags.items[0].message);
}

static void decide_within(const char *input, const struct policy_budget *budget)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct error err = { 0 };

	if (!policy)
		policy = policy_new();
	if (policy_compile(policy, NULL, &diags) < 0)
		fail_msg("%s", diags.items[0].message);
	policy_decision_release(&decision);
	assert_ok(policy_decide(policy, input, strlen(input), budget, &decision, &err), &err);
}

static void decide(const char *input)
{
	decide_within(input, NULL);
}

static void decide__no_policy__allows(void **state)
{
	(void)state;
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_ALLOW);
	assert_int_equal(decision.nsources, 0);
	assert_int_equal(decision.nwarnings, 0);
}

static void decide__the_short_style__is_asked_thing_by_thing(void **state)
{
	(void)state;
	add("a.rego", "package a\n\ndefault allow = false\n\nallow {\n\tinput.resource == \"gpu\"\n\tinput.requested <= 4\n}\n\n"
		      "allow {\n\tinput.resource == \"data\"\n\tinput.tag != \"PII\"\n}\n\nallow { input.resource == \"network\" }\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_DENY);
	assert_int_equal(decision.nreasons, 3);
	assert_string_equal(decision.reasons[0].text,
			    "nothing allows gpu (8 requested): input.requested <= 4 does not hold (input.requested is 8)");
	assert_string_equal(decision.reasons[0].file, "a.rego");
	assert_int_equal(decision.reasons[0].row, 7);
	assert_string_equal(decision.reasons[0].package, "a");
	assert_string_equal(decision.reasons[0].rule, "allow");
	assert_contains(decision.reasons[1].text, "nothing allows data 'd' tagged PII");
	assert_int_equal(decision.reasons[1].row, 12);
	assert_string_equal(decision.reasons[2].text, "nothing allows secret token: none of the 3 ways to be allowed is about it");
}

static void decide__a_thing_named_in_the_input__is_the_only_one(void **state)
{
	(void)state;
	add("a.rego", "package a\ndefault allow = false\nallow { input.resource == \"gpu\"; input.requested <= 4 }\n");
	decide("{" WHO ",\"resource\":\"gpu\",\"requested\":4}");
	assert_int_equal(decision.verdict, POLICY_ALLOW);
	policy_decision_release(&decision);
}

static void decide__nothing_requested__has_nothing_to_be_allowed(void **state)
{
	(void)state;
	add("a.rego", "package a\ndefault allow = false\nallow { input.resource == \"gpu\"; input.requested <= 4 }\n");
	decide("{" WHO ",\"data\":[]}");
	assert_int_equal(decision.verdict, POLICY_ALLOW);
}

static void decide__an_allow_of_the_whole_input__must_be_true(void **state)
{
	(void)state;
	add("a.rego", "package a\nallow if { input.user.name == \"bob\" }\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_DENY);
	assert_string_equal(decision.reasons[0].text,
			    "nothing allows this: input.user.name == \"bob\" does not hold (input.user.name is \"ann\")");
}

static void decide__an_allow_that_is_no_boolean__denies(void **state)
{
	(void)state;
	add("a.rego", "package a\nallow := {\"allowed\": true}\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_DENY);
	assert_contains(decision.reasons[0].text, "gives {\"allowed\": true}");
}

static void decide__deny_and_violation__give_their_messages(void **state)
{
	(void)state;
	add("a.rego", "package a\ndeny contains msg if {\n\tsome d in input.data\n\t\"PII\" in d.tags\n"
		      "\tmsg := sprintf(\"%s is private\", [d.name])\n}\n"
		      "violation contains {\"msg\": \"too many\", \"n\": 8} if input.resources.gpus > 4\n"
		      "warn contains \"careful\"\n");
	add("b.rego", "package b\nallow := true\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_DENY);
	assert_int_equal(decision.nreasons, 2);
	assert_string_equal(decision.reasons[0].text, "d is private");
	assert_int_equal(decision.reasons[0].row, 2);
	assert_string_equal(decision.reasons[1].text, "too many");
	assert_string_equal(decision.reasons[1].rule, "violation");
	assert_int_equal(decision.nwarnings, 1);
	assert_string_equal(decision.warnings[0].text, "careful");
}

static void decide__deny_in_any_shape__denies(void **state)
{
	static const char *const rules[][2] = {
		{ "deny if input.resources.gpus > 4", "rule 'deny' holds" },
		{ "deny := \"no\" if true", "no" },
		{ "deny := [\"no\"]", "no" },
		{ "deny[msg] if { msg := \"no\" }", "no" },
		{ "deny[\"id\"] := \"no\"", "no" },
		{ "deny.gpu := \"no\"", "no" },
		{ "deny.gpu contains \"no\"", "no" },
		{ "deny contains 42", "42" },
		{ "deny contains {\"code\": 7, \"message\": \"no\"}", "no" },
		{ "deny := {\"no\": true, \"yes\": false}", "no" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

		buf_printf(&text, "package a\n%s\n", rules[i][0]);
		add("a.rego", buf_text(&text));
		decide(whole);
		if (decision.verdict != POLICY_DENY || decision.nreasons != 1 ||
		    strcmp(decision.reasons[0].text, rules[i][1]) != 0)
			fail_msg("%s: %zu reasons, '%s'", rules[i][0], decision.nreasons,
				 decision.nreasons ? decision.reasons[0].text : "");
		teardown(state);
	}
}

static void decide__an_empty_or_false_deny__allows(void **state)
{
	static const char *const rules[] = { "deny := false", "deny := []", "deny contains msg if { input.nothing; msg := \"x\" }",
					     "deny if { input.resources.gpus > 100 }", "f(x) := x\ndeny(x) := true" };

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

		buf_printf(&text, "package a\nallow := true\n%s\n", rules[i]);
		add("a.rego", buf_text(&text));
		decide(whole);
		assert_int_equal(decision.verdict, POLICY_ALLOW);
		teardown(state);
	}
}

/* A deny in the short style must not vanish because the whole input names no resource. */
static void decide__a_deny_about_a_resource__is_asked_thing_by_thing(void **state)
{
	(void)state;
	add("a.rego", "package a\ndeny contains \"no private data\" if { input.resource == \"data\"; input.tag == \"PII\" }\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_DENY);
	assert_int_equal(decision.nreasons, 1);
}

static void decide__contradictions_and_limits__are_faults(void **state)
{
	(void)state;
	add("a.rego", "package a\nallow := true if input.resources.gpus > 1\nallow := false if input.resources.gpus > 2\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_FAULT);
	assert_contains(decision.reasons[0].text, "the policy failed: complete rules must not produce multiple outputs");
	assert_string_equal(decision.reasons[0].file, "a.rego");
	teardown(state);
	add("a.rego", "package a\nxs := numbers.range(1, 1000)\nallow if { count([1 | xs[a]; xs[b]; xs[c]]) > 1 }\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_FAULT);
	assert_contains(decision.reasons[0].text, "budget");
}

static void decide__rules_that_nobody_asks__are_warned_about(void **state)
{
	(void)state;
	add("a.rego", "package a\nalow := false\n");
	decide(whole);
	assert_int_equal(decision.verdict, POLICY_ALLOW);
	assert_int_equal(decision.nwarnings, 1);
	assert_contains(decision.warnings[0].text, "no rule was asked");
}

static void decide__input_that_breaks_the_contract__reaches_no_rule(void **state)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct error err = { 0 };
	const char *input = "{\"schema\":1,\"action\":\"run.start\",\"resources\":{\"gpus\":null}}";

	(void)state;
	add("a.rego", "package a\nallow := true\n");
	assert_int_equal(policy_compile(policy, NULL, &diags), 0);
	assert_refused(policy_decide(policy, input, strlen(input), NULL, &decision, &err), &err, ERR_INVALID, "");
	input = "{\"a\":";
	assert_refused(policy_decide(policy, input, strlen(input), NULL, &decision, &err), &err, ERR_INVALID, "");
}

static void decide__the_same_input__gives_the_same_record(void **state)
{
	CLEANUP(buf_release) struct buf first = BUF_INIT(65536), second = BUF_INIT(65536);

	(void)state;
	add("a.rego", "package a\ndeny contains msg if { some d in input.data; msg := d.name }\n");
	decide(whole);
	policy_decision_json(&decision, &first);
	policy_decision_release(&decision);
	{
		struct error err = { 0 };
		const char *input = whole;

		assert_ok(policy_decide(policy, input, strlen(input), NULL, &decision, &err), &err);
	}
	policy_decision_json(&decision, &second);
	assert_string_equal(buf_text(&first), buf_text(&second));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_teardown(decide__no_policy__allows, teardown),
	cmocka_unit_test_teardown(decide__the_short_style__is_asked_thing_by_thing, teardown),
	cmocka_unit_test_teardown(decide__a_thing_named_in_the_input__is_the_only_one, teardown),
	cmocka_unit_test_teardown(decide__nothing_requested__has_nothing_to_be_allowed, teardown),
	cmocka_unit_test_teardown(decide__an_allow_of_the_whole_input__must_be_true, teardown),
	cmocka_unit_test_teardown(decide__an_allow_that_is_no_boolean__denies, teardown),
	cmocka_unit_test_teardown(decide__deny_and_violation__give_their_messages, teardown),
	cmocka_unit_test_teardown(decide__deny_in_any_shape__denies, teardown),
	cmocka_unit_test_teardown(decide__an_empty_or_false_deny__allows, teardown),
	cmocka_unit_test_teardown(decide__a_deny_about_a_resource__is_asked_thing_by_thing, teardown),
	cmocka_unit_test_teardown(decide__contradictions_and_limits__are_faults, teardown),
	cmocka_unit_test_teardown(decide__rules_that_nobody_asks__are_warned_about, teardown),
	cmocka_unit_test_teardown(decide__input_that_breaks_the_contract__reaches_no_rule, teardown),
	cmocka_unit_test_teardown(decide__the_same_input__gives_the_same_record, teardown),
};
WB_TEST_MAIN(tests)
