/* policy/metadata.c: annotations, and whom they are about; their YAML through the engine's reader. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/limits.h"
#include "engine/policy_host.h"
#include "policy/policy.h"

static const char outer[] = "# METADATA\n# scope: subpackages\n# title: outer\npackage a\n";
static const char inner[] = "# METADATA\n# description: inner\npackage a.b\n"
			    "import rego.v1\n"
			    "s := `\n# METADATA\n# title: in a text\n`\n"
			    "# METADATA\n# scope: document\n# authors:\n# - Jane Doe <jane@example.com>\n\n"
			    "# METADATA\n# title: first\n"
			    "p contains 1 if false\n"
			    "# METADATA\n# title: second\n# related_resources:\n# - https://example.com\n"
			    "p contains x if some x in rego.metadata.chain()\n"
			    "q := rego.metadata.rule()\n"
			    "# METADATA\n# title: r\n"
			    "r := 1 if { false } else := rego.metadata.rule()\n"
			    "# METADATA\n# title: t\n"
			    "t := x if rego.metadata.rule(x)\n"
			    "u := rego.metadata.chain()[0].path\n";

/* What is wrong with the modules, or the answer. Owned by the caller. */
static char *ask(const char *second, const char *query)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct policy_query q = { .text = query, .dialect = POLICY_V1 };
	struct buf out = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	policy_set_host(p, &policy_host_system);
	assert_int_equal(policy_add_module(p, "a.rego", outer, strlen(outer), POLICY_V1, &diags), 0);
	assert_int_equal(policy_add_module(p, "b.rego", second, strlen(second), POLICY_V1, &diags), 0);
	if (policy_compile(p, NULL, &diags) < 0)
		buf_puts(&out, diags.items[0].message);
	else
		assert_ok(policy_eval(p, &q, &out, &err), &err);
	return buf_take(&out);
}

static void annotations__are_those_of_the_rule_that_asks(void **state)
{
	static const char *const cases[][2] = {
		{ "data.a.b.q", "\"value\":{}" },
		{ "data.a.b.r", "\"value\":{}" },
		{ "data.a.b.t", "\"value\":{\"scope\":\"rule\",\"title\":\"t\"}" },
		{ "data.a.b.u", "\"value\":[\"a\",\"b\",\"u\"]" },
		{ "count(data.a.b.p)", "\"value\":4" },
		{ "data.a.b.p", "{\"ref\":\"https://example.com\"}" },
		{ "data.a.b.p", "{\"email\":\"jane@example.com\",\"name\":\"Jane Doe\"}" },
		{ "data.a.b.p", "{\"annotations\":{\"description\":\"inner\",\"scope\":\"package\"},\"path\":[\"a\",\"b\"]}" },
		{ "data.a.b.p", "{\"annotations\":{\"scope\":\"subpackages\",\"title\":\"outer\"},\"path\":[\"a\"]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(free) char *have = ask(inner, cases[i][0]);

		assert_contains(have, cases[i][1]);
	}
}

static void annotation__that_is_broken__is_told_where_it_is_asked_for(void **state)
{
	static const char broken[] = "package b\n# METADATA\n# title: [\np := rego.metadata.rule()\n";
	static const char twice[] = "package b\n# METADATA\n# scope: document\n# title: x\n\n# METADATA\n# scope: document\n# title: y\n"
				    "p := rego.metadata.chain()\n";
	CLEANUP(free) char *first = ask(broken, "1");
	CLEANUP(free) char *second = ask(twice, "1");

	(void)state;
	assert_contains(first, "the metadata that it asks for cannot be read: yaml:");
	assert_contains(second, "has metadata twice");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(annotations__are_those_of_the_rule_that_asks),
	cmocka_unit_test(annotation__that_is_broken__is_told_where_it_is_asked_for),
};
WB_TEST_MAIN(tests)
