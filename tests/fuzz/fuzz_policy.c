/* Rego: any text is read, checked, decided by and asked, within its budget; what is shown about it is harmless. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/policy.h"

static const char input[] =
	"{\"schema\":1,\"action\":\"run.start\",\"time\":{\"ns\":1,\"rfc3339\":\"\",\"weekday\":\"Monday\",\"hour\":9},"
	"\"user\":{\"name\":\"ada\",\"uid\":1000,\"groups\":[\"lab\"]},\"host\":{\"name\":\"box\",\"gpus\":8},"
	"\"experiment\":\"Default\",\"run\":{\"name\":\"\",\"tags\":{\"why\":\"try\"}},\"command\":[\"true\"],\"params\":{\"lr\":\"0.1\"},"
	"\"resources\":{\"gpus\":5,\"cpus\":1.5,\"memory_bytes\":0,\"disk_bytes\":0,\"wall_seconds\":0},"
	"\"data\":[{\"name\":\"patients\",\"path\":\"p.h5\",\"sha256\":\"cafe\",\"bytes\":1,\"tags\":[\"PII\"],\"tag_sources\":{},"
	"\"age_days\":1}],\"network\":[{\"host\":\"a\",\"port\":1}],\"secrets\":[\"TOKEN\"],"
	"\"code\":{\"tree\":\"\",\"commit\":\"\",\"branch\":\"\",\"dirty\":true,\"remote\":\"\"},"
	"\"sandbox\":{\"tier\":1,\"layers\":[]},\"approvals\":[],\"usage\":{\"user_gpus\":0,\"experiment_gpus\":0}}";

static const struct policy_budget small = { .steps = 20000, .depth = 64, .memory = 16 * LIMIT_MIB };

static void check_shown(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		fuzz_check(b->data[i] == '\n' || ((unsigned char)b->data[i] >= 0x20 && b->data[i] != 0x7f));
}

static void decide(const struct policy *p, struct buf *json)
{
	CLEANUP(policy_decision_release) struct policy_decision d = { 0 };
	CLEANUP(buf_release) struct buf shown = BUF_INIT(LIMIT_JSON);
	struct error err = { 0 };

	fuzz_check(policy_decide(p, input, strlen(input), &small, &d, &err) == 0);
	fuzz_check((d.verdict == POLICY_ALLOW) == (d.nreasons == 0));
	policy_explain(&d, &shown);
	check_shown(&shown);
	policy_decision_json(&d, json);
}

static void ask(const struct policy *p, const char *query)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT(LIMIT_JSON);
	CLEANUP(buf_release) struct buf plain = BUF_INIT(LIMIT_JSON);
	struct policy_query q = { .text = query, .input = input, .input_len = strlen(input), .budget = &small };
	struct error err = { 0 };
	int rc = policy_eval(p, &q, &json, &err);

	fuzz_check(rc >= 0 || err.text[0]);
	/* Short cuts change no answer; without them a budget may end sooner. */
	q.plain = true;
	if (rc == 0 && policy_eval(p, &q, &plain, &err) == 0)
		fuzz_check(json.len == plain.len && memcmp(buf_text(&json), buf_text(&plain), plain.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf shown = BUF_INIT(LIMIT_JSON), first = BUF_INIT(LIMIT_JSON), second = BUF_INIT(LIMIT_JSON);
	CLEANUP(free) char *text = mem_strndup((const char *)data, size);
	bool good;

	good = policy_add_module(p, "a.rego", (const char *)data, size, POLICY_AUTO, &diags) == 0;
	good = good && policy_compile(p, NULL, &diags) == 0;
	fuzz_check(good == (diags.errors == 0));
	policy_diags_print(&diags, &shown);
	check_shown(&shown);
	if (good) {
		/* Deciding changes nothing. */
		decide(p, &first);
		decide(p, &second);
		fuzz_check(first.len == second.len && memcmp(buf_text(&first), buf_text(&second), first.len) == 0);
		ask(p, "data");
		ask(p, text);
	}
	return 0;
}
