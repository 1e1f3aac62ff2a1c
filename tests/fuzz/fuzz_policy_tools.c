/* What stands around the evaluator: formatting keeps its promises; tests, coverage, ways and traces of any text end. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/fmt.h"
#include "policy/testing.h"

static const char input[] =
	"{\"schema\":1,\"action\":\"run.start\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":9},"
	"\"user\":{\"name\":\"ada\",\"uid\":1000,\"groups\":[\"lab\"]},\"host\":{\"name\":\"box\",\"gpus\":8},"
	"\"experiment\":\"Default\",\"run\":{\"name\":\"\",\"tags\":{}},\"command\":[\"true\"],\"params\":{},"
	"\"resources\":{\"gpus\":5,\"cpus\":1.5,\"memory_bytes\":0,\"disk_bytes\":0,\"wall_seconds\":0},"
	"\"data\":[{\"name\":\"patients\",\"path\":\"p.h5\",\"sha256\":\"cafe\",\"bytes\":1,\"tags\":[\"PII\"],\"tag_sources\":{},"
	"\"age_days\":1}],\"network\":[],\"secrets\":[],"
	"\"code\":{\"tree\":\"\",\"commit\":\"\",\"branch\":\"\",\"dirty\":true,\"remote\":\"\"},"
	"\"sandbox\":{\"tier\":1,\"layers\":[]},\"approvals\":[],\"usage\":{\"user_gpus\":0,\"experiment_gpus\":0}}";

static const struct policy_budget small = { .steps = 20000, .depth = 64, .memory = 16 * LIMIT_MIB };

/* What data is, or nothing where the text is no policy or reaches a limit. */
static void answer(const char *text, size_t n, struct buf *out)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct policy_query q = { .text = "data", .input = input, .input_len = strlen(input), .budget = &small };
	struct error err = { 0 };

	if (policy_add_module(p, "a.rego", text, n, POLICY_AUTO, &diags) == 0 && policy_compile(p, NULL, &diags) == 0 &&
	    policy_eval(p, &q, out, &err) != 0)
		buf_clear(out);
}

/* What was formatted is formatted, is read as before, and says the same. */
static void format(const char *text, size_t n)
{
	CLEANUP(buf_release) struct buf once = BUF_INIT(LIMIT_JSON), twice = BUF_INIT(LIMIT_JSON);
	CLEANUP(buf_release) struct buf before = BUF_INIT(LIMIT_JSON), after = BUF_INIT(LIMIT_JSON);
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };

	if (policy_fmt("a.rego", text, n, POLICY_AUTO, &once, &diags) < 0) {
		fuzz_check(diags.errors > 0 && !once.len);
		return;
	}
	fuzz_check(policy_fmt("a.rego", buf_text(&once), once.len, POLICY_AUTO, &twice, &diags) == 0);
	fuzz_check(once.len == twice.len && (!once.len || memcmp(once.data, twice.data, once.len) == 0));
	answer(text, n, &before);
	answer(buf_text(&once), once.len, &after);
	fuzz_check(str_eq(buf_text(&before), buf_text(&after)));
}

static void test(const struct policy *p)
{
	CLEANUP(policy_tests_release) struct policy_tests tests = { 0 };
	CLEANUP(policy_cover_free) struct policy_cover *cover = policy_cover_new(p);
	struct error err = { 0 };

	fuzz_check(policy_tests_find(p, NULL, &tests, &err) == 0);
	for (size_t i = 0; i < tests.n; i++) {
		CLEANUP(policy_test_outcome_release) struct policy_test_outcome o = { 0 };

		policy_test_run(p, &tests.items[i], 1, cover, &o);
		fuzz_check(o.result != POLICY_TEST_ERROR || o.why);
	}
	for (size_t i = 0; i < policy_cover_count(cover); i++) {
		CLEANUP(policy_cover_file_release) struct policy_cover_file f = { 0 };

		policy_cover_file(cover, i, &f);
		fuzz_check(f.reached <= f.lines);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf ways = BUF_INIT(LIMIT_MIB), trace = BUF_INIT(LIMIT_MIB);
	CLEANUP(free) char *text = mem_strndup((const char *)data, size);
	struct error err = { 0 };

	format(text, size);
	if (policy_add_module(p, "a.rego", text, size, POLICY_AUTO, &diags) < 0 || policy_compile(p, NULL, &diags) < 0)
		return 0;
	test(p);
	fuzz_check(policy_look(p, input, strlen(input), &ways, &trace, &err) == 0);
	return 0;
}
