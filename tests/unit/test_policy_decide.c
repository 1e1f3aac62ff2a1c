/* policy/decide.c, as it is seen from outside */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/policy.h"

static const char input[] =
	"{\"schema\":1,\"action\":\"run.start\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":9},"
	"\"user\":{\"name\":\"ada\",\"uid\":1000,\"groups\":[]},\"host\":{\"name\":\"box\",\"gpus\":8},"
	"\"experiment\":\"Default\",\"run\":{\"name\":\"many\",\"tags\":{}},\"command\":[\"true\"],\"params\":{},"
	"\"resources\":{\"gpus\":5,\"cpus\":0,\"memory_bytes\":0,\"disk_bytes\":0,\"wall_seconds\":0},"
	"\"data\":[{\"name\":\"patients\",\"path\":\"p.h5\",\"sha256\":\"cafe\",\"bytes\":1,\"tags\":[\"PII\"],\"tag_sources\":{},"
	"\"age_days\":1}],\"network\":[],\"secrets\":[],"
	"\"code\":{\"tree\":\"\",\"commit\":\"\",\"branch\":\"\",\"dirty\":true,\"remote\":\"\"},"
	"\"sandbox\":{\"tier\":1,\"layers\":[]},\"approvals\":[],\"usage\":{\"user_gpus\":0,\"experiment_gpus\":0}}";

struct fixture {
	struct policy *policy;
	struct policy_diags diags;
	struct policy_decision decision;
	struct buf shown;
	struct error err;
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

	policy_decision_release(&f->decision);
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

static const struct policy_decision *decide(struct fixture *f)
{
	assert_int_equal(policy_compile(f->policy, NULL, &f->diags), 0);
	assert_ok(policy_decide(f->policy, input, strlen(input), NULL, &f->decision, &f->err), &f->err);
	return &f->decision;
}

static void decide__no_policy__allows(void **state)
{
	assert_int_equal(decide(*state)->verdict, POLICY_ALLOW);
}

static void decide__the_short_style__asks_about_each_thing(void **state)
{
	struct fixture *f = *state;
	const struct policy_decision *d;

	add(f, "short.rego", "package team\n\ndefault allow = false\n"
			     "allow { input.resource == \"gpu\"; input.requested <= 4 }\n"
			     "allow { input.resource == \"data\"; input.tag != \"PII\" }\n");
	d = decide(f);
	assert_int_equal(d->verdict, POLICY_DENY);
	assert_int_equal(d->nreasons, 2);
	assert_contains(d->reasons[0].text, "gpu (5 requested)");
	assert_contains(d->reasons[0].text, "input.requested <= 4 does not hold");
	assert_contains(d->reasons[1].text, "'patients' tagged PII");
}

static void decide__a_builtin_that_fails_in_a_deny__denies(void **state)
{
	struct fixture *f = *state;
	const struct policy_decision *d;

	add(f, "a.rego", "package team\nimport rego.v1\ndeny contains \"x\" if to_number(input.run.name) > 4\n");
	d = decide(f);
	assert_int_equal(d->verdict, POLICY_FAULT);
	assert_contains(d->reasons[0].text, "to_number");
	assert_int_equal(d->reasons[0].row, 3);
}

/* Package "aaa" is asked before "team": its warning must not settle what the helper says. */
static void decide__a_helper_shared_with_a_warning__still_denies(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package aaa\nimport rego.v1\nbig if to_number(input.run.name) > 4\nwarn contains \"x\" if big\n");
	add(f, "b.rego", "package team\nimport rego.v1\ndeny contains \"x\" if data.aaa.big\n");
	assert_int_equal(decide(f)->verdict, POLICY_FAULT);
}

static void decide__a_builtin_that_fails_elsewhere__is_just_not_true(void **state)
{
	struct fixture *f = *state;
	const struct policy_decision *d;

	add(f, "a.rego", "package team\nimport rego.v1\nwarn contains \"x\" if to_number(input.run.name) > 4\n"
			 "allow if to_number(input.run.name) > 4\nallow if input.user.name == \"ada\"\n");
	d = decide(f);
	assert_int_equal(d->verdict, POLICY_ALLOW);
	assert_int_equal(d->nwarnings, 0);
}

static void decide__rules_that_disagree__are_a_fault(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package team\nimport rego.v1\nlimit := 1 if input.resources.gpus > 1\n"
			 "limit := 2 if input.resources.gpus > 2\ndeny contains \"x\" if input.resources.gpus > limit\n");
	assert_int_equal(decide(f)->verdict, POLICY_FAULT);
}

static void decide__endless_work__ends_at_the_budget_and_denies(void **state)
{
	struct fixture *f = *state;
	const struct policy_decision *d;

	add(f, "a.rego", "package team\nimport rego.v1\ndeny contains \"x\" if {\n\tsome a in numbers.range(1, 9000)\n"
			 "\tsome b in numbers.range(1, 9000)\n\ta * b == -1\n}\n");
	d = decide(f);
	assert_int_equal(d->verdict, POLICY_FAULT);
	assert_contains(d->reasons[0].text, "budget");
}

static void decide__odd_members_of_deny__are_reasons(void **state)
{
	struct fixture *f = *state;
	const struct policy_decision *d;

	add(f, "a.rego", "package team\nimport rego.v1\ndeny contains {\"msg\": \"an object\", \"x\": 1} if true\n"
			 "deny contains 7 if true\ndeny contains false if true\nwarn contains \"careful\" if true\n");
	d = decide(f);
	assert_int_equal(d->verdict, POLICY_DENY);
	assert_int_equal(d->nreasons, 2);
	assert_string_equal(d->reasons[0].text, "an object");
	assert_string_equal(d->reasons[1].text, "7");
	assert_int_equal(d->nwarnings, 1);
}

static void decide__text_with_escape_sequences__is_shown_escaped(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package team\nimport rego.v1\ndeny contains \"\\u001b[31mred\\nline\" if true\n");
	policy_explain(decide(f), &f->shown);
	assert_contains(buf_text(&f->shown), "\\x1b[31mred\\nline");
	assert_null(strchr(buf_text(&f->shown), '\033'));
}

static void decide__a_broken_input__is_refused_before_any_rule(void **state)
{
	struct fixture *f = *state;

	add(f, "a.rego", "package team\nimport rego.v1\nallow := true\n");
	assert_int_equal(policy_compile(f->policy, NULL, &f->diags), 0);
	assert_refused(policy_decide(f->policy, "{}", 2, NULL, &f->decision, &f->err), &f->err, ERR_INVALID, "schema is missing");
}

static void decision_join__what_either_refuses__is_refused(void **state)
{
	static const char strict_text[] = "package a\nimport rego.v1\ndeny contains \"no\" if not ok\nok if input.x\n";
	static const char kind_text[] = "package a\nimport rego.v1\nok := true\nwarn contains \"hm\" if true\n";
	struct fixture *f = *state;
	struct policy *other = policy_new();
	struct policy_decision second = { 0 };

	/* The same package in both: the second's rule "ok" is not the first's. */
	add(f, "site.rego", strict_text);
	assert_int_equal(policy_add_module(other, "project.rego", kind_text, strlen(kind_text), POLICY_AUTO, &f->diags), 0);
	assert_int_equal(policy_compile(other, NULL, &f->diags), 0);
	assert_ok(policy_decide(other, input, strlen(input), NULL, &second, &f->err), &f->err);
	policy_free(other);
	assert_int_equal(second.verdict, POLICY_ALLOW);
	decide(f);
	policy_decision_join(&f->decision, &second);
	assert_int_equal(second.nwarnings + second.nsources, 0);
	assert_int_equal(f->decision.verdict, POLICY_DENY);
	assert_int_equal(f->decision.nreasons, 1);
	assert_int_equal(f->decision.nwarnings, 1);
	assert_int_equal(f->decision.nsources, 2);
	assert_string_equal(f->decision.sources[1].file, "project.rego");
}

static void decision_join__an_allow_first__takes_the_others_reasons(void **state)
{
	struct fixture *f = *state;
	struct policy_decision allow = { 0 };

	add(f, "a.rego", "package a\nimport rego.v1\ndeny contains \"no\" if true\n");
	decide(f);
	policy_decision_join(&allow, &f->decision);
	assert_int_equal(allow.verdict, POLICY_DENY);
	assert_string_equal(allow.reasons[0].text, "no");
	policy_decision_release(&allow);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(decide__no_policy__allows),
	CASE(decide__the_short_style__asks_about_each_thing),
	CASE(decide__a_builtin_that_fails_in_a_deny__denies),
	CASE(decide__a_helper_shared_with_a_warning__still_denies),
	CASE(decide__a_builtin_that_fails_elsewhere__is_just_not_true),
	CASE(decide__rules_that_disagree__are_a_fault),
	CASE(decide__endless_work__ends_at_the_budget_and_denies),
	CASE(decide__odd_members_of_deny__are_reasons),
	CASE(decide__text_with_escape_sequences__is_shown_escaped),
	CASE(decide__a_broken_input__is_refused_before_any_rule),
	CASE(decision_join__what_either_refuses__is_refused),
	CASE(decision_join__an_allow_first__takes_the_others_reasons),
};

WB_TEST_MAIN(tests)
