/* A query, a line "---", a schema: read and checked within the budget, and all builtins agree about them. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "policy/policy.h"
#include "policy/value.h"

static const char module[] =
	"package t\n"
	"verdict := graphql.parse_and_verify(input.q, input.s)\n"
	"bad contains \"valid\" if graphql.is_valid(input.q, input.s) != verdict[0]\n"
	"bad contains \"schema\" if { verdict[0]; not graphql.schema_is_valid(input.s) }\n"
	"bad contains \"trees\" if { verdict[0]; graphql.parse(input.q, input.s) != [verdict[1], verdict[2]] }\n"
	"bad contains \"refused\" if { not verdict[0]; graphql.parse(input.q, input.s) }\n"
	"bad contains \"query\" if { verdict[0]; graphql.parse_query(input.q) != verdict[1] }\n"
	/* A tree says what its text says. */
	"bad contains \"tree\" if {\n"
	"\ttree := graphql.parse_schema(input.s)\n"
	"\tgraphql.schema_is_valid(tree) != graphql.schema_is_valid(input.s)\n"
	"}\n";

static const struct policy_budget small = { .steps = 60000, .depth = 64, .memory = 32 * LIMIT_MIB };

/* Policies see no text but UTF-8. */
static void put_text(struct buf *out, const char *s, size_t n)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);

	for (size_t i = 0, len; i < n; i += len) {
		uint32_t c;

		len = str_utf8_decode(s + i, n - i, &c);
		buf_append(&text, len ? s + i : "?", len ? len : 1);
		len += !len;
	}
	value_format_string(buf_text(&text), text.len, TEXT_JSON, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf input = BUF_INIT(LIMIT_JSON), json = BUF_INIT(LIMIT_JSON);
	const char *text = (const char *)data, *cut = memmem(data, size, "\n---\n", 5);
	size_t n = cut ? (size_t)(cut - text) : size;
	struct policy_query q = { .text = "data.t.bad", .budget = &small };
	struct error err = { 0 };
	int rc;

	fuzz_check(policy_add_module(p, "a.rego", module, strlen(module), POLICY_V1, &diags) == 0);
	fuzz_check(policy_compile(p, NULL, &diags) == 0);
	buf_puts(&input, "{\"q\": ");
	put_text(&input, text, n);
	buf_puts(&input, ", \"s\": ");
	put_text(&input, cut ? cut + 5 : "", cut ? size - n - 5 : 0);
	buf_putc(&input, '}');
	q.input = buf_text(&input);
	q.input_len = input.len;
	rc = policy_eval(p, &q, &json, &err);
	/* Nothing is bad, or there was no budget to find out. */
	fuzz_check(strstr(buf_text(&json), rc < 0 || strstr(buf_text(&json), "errors") ? "eval_limit_error" : "\"value\":[]"));
	return 0;
}
