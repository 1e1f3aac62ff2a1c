/* policy/index.c: rules found by what they compare the input with. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/policy.h"

static const char module[] =
	"package a\n"
	"import rego.v1\n"
	"default allow := false\n"
	"allow if { input.role == \"admin\" }\n"
	"allow if { \"editor\" == input.role; input.action != \"delete\" }\n"
	"allow if { input.role = \"reader\"; input.action == \"read\" }\n"
	"allow if { input.role == 7 }\n"
	"allow if { input.open }\n"
	"names contains \"a\" if input.role == \"admin\"\n"
	"names contains \"b\" if input.role == \"admin\"\n"
	"names contains \"c\" if input.role == \"editor\"\n"
	"names contains \"d\" if input.role == {\"x\": [1]}\n"
	"names contains \"e\" if input.open\n"
	"price(\"a\", n) := n\n"
	"price(\"b\", n) := n * 2\n"
	"price(\"c\", n) := n * 3\n"
	"price(\"d\", n) := n * 4 if { n > 100 } else := 0\n"
	"price(x, _) := 9 if { startswith(x, \"z\") }\n"
	"sizes[k] := 1 if { input.role == \"admin\"; k := \"x\" }\n"
	"sizes[k] := 2 if { input.role == \"editor\"; k := \"y\" }\n"
	"sizes[k] := 3 if { input.role == \"reader\"; k := \"z\" }\n"
	"sizes[k] := 4 if { input.role == \"nobody\"; k := \"w\" }\n"
	"grade := 1 if { input.role == \"admin\" } else := 5 if { true }\n"
	"grade := 5 if { input.role == \"editor\" }\n"
	"grade := 5 if { input.role == \"reader\" }\n"
	"grade := 5 if { input.role == \"nobody\" }\n"
	"grade := 5 if { input.role == \"none\" }\n"
	"again := [x | some r in [\"admin\", \"editor\", \"none\", 7]; x := allow with input.role as r]\n";

static const char *const queries[] = {
	"data.a.allow", "data.a.names", "[data.a.price(x, 10) | some x in [\"a\", \"b\", \"c\", \"d\", \"zz\", \"q\", 1]]",
	"data.a.sizes", "data.a.grade", "data.a.again", "data.a",
};

static const char *const inputs[] = {
	"{\"role\":\"admin\"}", "{\"role\":\"editor\",\"action\":\"delete\"}", "{\"role\":\"editor\",\"action\":\"x\"}",
	"{\"role\":\"reader\",\"action\":\"read\"}", "{\"role\":7.0}", "{\"role\":{\"x\":[1]}}", "{\"open\":true}", "{\"role\":null}",
	"{\"role\":[\"admin\"],\"open\":1}", "[]", "{}",
};

static void answer(const struct policy *p, const char *query, const char *input, bool plain, struct buf *out)
{
	struct policy_query q = { .text = query, .dialect = POLICY_V1, .input = input, .plain = plain };
	struct error err = { 0 };

	q.input_len = strlen(input);
	assert_true(policy_eval(p, &q, out, &err) >= 0);
}

static void index__any_input__answers_as_going_through_all_rules_does(void **state)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	unsigned undefined = 0;

	(void)state;
	assert_int_equal(policy_add_module(p, "a.rego", module, strlen(module), POLICY_V1, &diags), 0);
	assert_int_equal(policy_compile(p, NULL, &diags), 0);
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		for (size_t k = 0; k < sizeof queries / sizeof *queries; k++) {
			CLEANUP(buf_release) struct buf fast = BUF_INIT(1 << 16);
			CLEANUP(buf_release) struct buf slow = BUF_INIT(1 << 16);

			answer(p, queries[k], inputs[i], false, &fast);
			answer(p, queries[k], inputs[i], true, &slow);
			assert_string_equal(buf_text(&fast), buf_text(&slow));
			undefined += strcmp(buf_text(&fast), "{}") == 0;
		}
	/* Not all of it said nothing. */
	assert_true(undefined < 20);
}

static void index__a_thousand_rules__cost_what_ten_do(void **state)
{
	uint64_t steps[2] = { 20, 20 };
	const unsigned sizes[] = { 10, 1000 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(policy_free) struct policy *p = policy_new();
		CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
		CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);
		CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 16);
		const struct policy_budget small = { .steps = steps[i], .depth = 10, .memory = 1 << 20 };
		struct policy_query q = { .text = "data.a.p", .dialect = POLICY_V1, .budget = &small };
		struct error err = { 0 };

		q.input = "{\"n\":\"r7\"}";
		q.input_len = 10;
		buf_puts(&text, "package a\n");
		for (unsigned n = 0; n < sizes[i]; n++)
			buf_printf(&text, "p if { input.n == \"r%u\" }\n", n);
		assert_int_equal(policy_add_module(p, "a.rego", buf_text(&text), text.len, POLICY_V1, &diags), 0);
		assert_int_equal(policy_compile(p, NULL, &diags), 0);
		assert_int_equal(policy_eval(p, &q, &out, &err), 0);
		assert_contains(buf_text(&out), "true");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(index__any_input__answers_as_going_through_all_rules_does),
	cmocka_unit_test(index__a_thousand_rules__cost_what_ten_do),
};
WB_TEST_MAIN(tests)
