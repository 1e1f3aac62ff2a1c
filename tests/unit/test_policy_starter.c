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

/* ---- what it decides ------------------------------------------------------------------------------------- */

struct request {
	int gpus;
	const char *tags;     /* of its one input, as JSON texts */
	const char *network;  /* JSON objects */
	const char *approval; /* a JSON object, or "" */
};

static void decide(const struct request *r, struct policy_decision *out)
{
	static const char form[] =
		"{\"schema\":1,\"action\":\"run.start\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":9},"
		"\"user\":{\"name\":\"ada\",\"uid\":1000,\"groups\":[]},\"host\":{\"name\":\"box\",\"gpus\":8},"
		"\"experiment\":\"Default\",\"run\":{\"name\":\"\",\"tags\":{}},\"command\":[\"true\"],\"params\":{},"
		"\"resources\":{\"gpus\":%d,\"cpus\":0,\"memory_bytes\":0,\"disk_bytes\":0,\"wall_seconds\":0},"
		"\"data\":[{\"name\":\"patients\",\"path\":\"p.h5\",\"sha256\":\"cafe\",\"bytes\":1,\"tags\":[%s],\"tag_sources\":{},"
		"\"age_days\":1}],\"network\":[%s],\"secrets\":[],"
		"\"code\":{\"tree\":\"\",\"commit\":\"\",\"branch\":\"\",\"dirty\":true,\"remote\":\"\"},"
		"\"sandbox\":{\"tier\":1,\"layers\":[]},\"approvals\":[%s],\"usage\":{\"user_gpus\":0,\"experiment_gpus\":0}}";
	struct buf input = BUF_INIT(65536);
	struct policy *p = policy_new();
	struct policy_diags diags = { 0 };
	struct error err = { 0 };
	const char *text = policy_starter_text();

	assert_int_equal(policy_add_module(p, "starter.rego", text, strlen(text), POLICY_AUTO, &diags), 0);
	assert_int_equal(policy_compile(p, NULL, &diags), 0);
	buf_printf(&input, form, r->gpus, r->tags, r->network, r->approval);
	assert_ok(policy_decide(p, buf_text(&input), input.len, NULL, out, &err), &err);
	policy_free(p);
	policy_diags_release(&diags);
	buf_release(&input);
}

#define BY(who, what) "{\"subject\":\"" what "\",\"kind\":\"data\",\"by\":\"" who "\",\"reason\":\"\",\"at_ns\":1}"

static void starter__each_request__is_decided_with_its_reason(void **state)
{
	static const struct {
		struct request request;
		const char *reason; /* NULL: allowed */
	} cases[] = {
		{ { 0, "", "", "" }, NULL },
		{ { 4, "\"PUBLIC\"", "", "" }, NULL },
		{ { 5, "", "", "" }, "5 GPUs were asked for, and a run gets at most 4; ask for --gpus 4 or fewer" },
		{ { 0, "\"PII\"", "", "" }, "input 'patients' is tagged PII, and nobody else has approved its use" },
		{ { 0, "\"X\",\"PII\"", "", "" }, "input 'patients' is tagged PII, and nobody else has approved its use" },
		{ { 0, "\"PII\"", "", BY("eve", "patients") }, NULL },
		{ { 0, "\"PII\"", "", BY("eve", "cafe") }, NULL },
		{ { 0, "\"PII\"", "", BY("ada", "patients") }, "input 'patients' is tagged PII, and nobody else has approved its use" },
		{ { 0, "\"PII\"", "", BY("eve", "doctors") }, "input 'patients' is tagged PII, and nobody else has approved its use" },
		{ { 0, "", "{\"host\":\"data.example.org\",\"port\":443}", "" },
		  "data.example.org:443 is not in allowed_network of the policy, so a run may not connect to it; to allow it, set "
		  "allowed_network := [\"data.example.org:443\"]" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct policy_decision d = { 0 };

		decide(&cases[i].request, &d);
		assert_int_equal(d.verdict, cases[i].reason ? POLICY_DENY : POLICY_ALLOW);
		assert_int_equal(d.nreasons, cases[i].reason != NULL);
		if (cases[i].reason)
			assert_string_equal(d.reasons[0].text, cases[i].reason);
		assert_int_equal(d.nwarnings, 0);
		policy_decision_release(&d);
	}
}

static void starter__everything_at_once__gives_every_reason(void **state)
{
	static const struct request all = { 9, "\"PII\"", "{\"host\":\"a\",\"port\":1},{\"host\":\"b\",\"port\":2}", "" };
	struct policy_decision d = { 0 };

	(void)state;
	decide(&all, &d);
	assert_int_equal(d.verdict, POLICY_DENY);
	assert_int_equal(d.nreasons, 4);
	policy_decision_release(&d);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(starter_text__is_the_file_in_the_tree__byte_for_byte),
	cmocka_unit_test(starter_text__is_checked__without_any_finding),
	cmocka_unit_test(starter__each_request__is_decided_with_its_reason),
	cmocka_unit_test(starter__everything_at_once__gives_every_reason),
};

WB_TEST_MAIN(tests)
