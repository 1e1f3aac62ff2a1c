/* engine/policy_host.c: time zones of this machine, and YAML. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "engine/policy_host.h"

static void zone__names_that_lead_elsewhere__are_none(void **state)
{
	static const char *const names[] = { "", "/etc/passwd", "../../../etc/passwd", "Europe/../../../../etc/passwd", "a//b",
					     "Europe/", "tzdata.zi", "Nowhere/Atall", "Europe" };
	struct buf out = BUF_INIT(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(policy_host_system.zone(NULL, names[i], &out), -1);
	buf_release(&out);
}

static void yaml__of_all_kinds__becomes_json(void **state)
{
	static const char *const cases[][2] = {
		{ "a: 1\nb: [x, 2.5, true, ~]\nc: '1'\nd:\n  e: |\n    hi\n", "{\"a\":1,\"b\":[\"x\",2.5,true,null],\"c\":\"1\",\"d\":{\"e\":\"hi\\n\"}}" },
		{ "", "null" },
		{ "x", "\"x\"" },
		{ "a: yes", "{\"a\":\"yes\"}" },
		{ "a: 0x1f\nb: 010\nc: 1_000\nd: -5\ne: 1e3\nf: 2020-01-01\n",
		  "{\"a\":31,\"b\":8,\"c\":1000,\"d\":-5,\"e\":1000,\"f\":\"2020-01-01\"}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf json = BUF_INIT(4096);
		struct error err = { 0 };

		assert_int_equal(policy_host_system.yaml(NULL, cases[i][0], strlen(cases[i][0]), &json, &err), 0);
		assert_string_equal(buf_text(&json), cases[i][1]);
		buf_release(&json);
	}
}

static void yaml__that_is_broken__says_where(void **state)
{
	struct buf json = BUF_INIT(4096);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(policy_host_system.yaml(NULL, "a: [", 4, &json, &err), -1);
	assert_contains(err.text, "yaml:");
	buf_release(&json);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(zone__names_that_lead_elsewhere__are_none),
	cmocka_unit_test(yaml__of_all_kinds__becomes_json),
	cmocka_unit_test(yaml__that_is_broken__says_where),
};
WB_TEST_MAIN(tests)
