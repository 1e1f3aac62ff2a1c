/* Policies in tests. */
#include "config.h"

#include "tests/support/policy_case.h"

#include <string.h>

#include "base/limits.h"
#include "policy/value.h"
#include "tests/support/wb_test.h"

/* One answer at a time: tests read it before they ask again. */
static char answer[65536];

static const char *keep(const char *text)
{
	snprintf(answer, sizeof answer, "%s", text);
	return answer;
}

static void put_rows(struct value rows, struct buf *out)
{
	for (uint32_t i = 0; i < rows.len; i++) {
		struct value bindings = value_get_text(rows.items[i], "bindings");
		struct value expressions = value_get_text(rows.items[i], "expressions");

		if (i)
			buf_putc(out, ' ');
		if (bindings.tag == V_OBJECT)
			value_format(bindings, TEXT_JSON, out);
		else
			value_format(value_get_text(expressions.items[expressions.len - 1], "value"), TEXT_JSON, out);
	}
}

/* The interesting part of policy_eval()'s JSON. */
static const char *boil_down(const struct buf *json)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(sizeof answer);
	struct error err = { 0 };
	struct value v, errors;

	pool_init(&pool, 64 * LIMIT_MIB);
	assert_ok(value_from_json(&pool, json->data, json->len, JSON_LAST_KEY_WINS, &v, &err), &err);
	errors = value_get_text(v, "errors");
	if (errors.tag == V_ARRAY)
		return keep(value_get_text(errors.items[0], "code").s);
	put_rows(value_get_text(v, "result"), &out);
	return keep(out.len ? buf_text(&out) : "undefined");
}

static const char *ask(const char *module, const struct policy_query *q)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * LIMIT_MIB);
	struct error err = { 0 };

	if (module && policy_add_module(p, "m.rego", module, strlen(module), q->dialect, &diags) < 0)
		return keep(diags.items[0].message);
	if (policy_compile(p, NULL, &diags) < 0)
		return keep(diags.items[0].message);
	if (policy_eval(p, q, &out, &err) < 0)
		return keep(err.text);
	return boil_down(&out);
}

const char *policy_case_ask(const char *module, enum policy_dialect dialect, const char *query, const char *input)
{
	struct policy_query q = { .text = query, .dialect = dialect, .now_ns = 1700000000000000000 };

	q.input = input;
	q.input_len = input ? strlen(input) : 0;
	return ask(module, &q);
}

const char *policy_case_ask_within(const char *module, const char *query, const struct policy_budget *budget)
{
	struct policy_query q = { .text = query, .dialect = POLICY_V1, .budget = budget };

	return ask(module, &q);
}

const char *policy_case_fault(const char *query, const char *input)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * LIMIT_MIB);
	struct policy_query q = { .text = query, .dialect = POLICY_V1, .strict_builtin_errors = true, .input = input };
	struct value v, errors;
	struct error err = { 0 };

	q.input_len = strlen(input);
	assert_int_equal(policy_compile(p, NULL, &diags), 0);
	if (policy_eval(p, &q, &out, &err) < 0 && !out.len)
		return keep(err.text);
	pool_init(&pool, 64 * LIMIT_MIB);
	assert_ok(value_from_json(&pool, out.data, out.len, JSON_LAST_KEY_WINS, &v, &err), &err);
	errors = value_get_text(v, "errors");
	return keep(errors.tag == V_ARRAY ? value_get_text(errors.items[0], "message").s : "");
}

void policy_case_run(const struct policy_case *cases, size_t n, enum policy_dialect dialect, const char *input)
{
	for (size_t i = 0; i < n; i++) {
		const char *have = policy_case_ask(cases[i].module, dialect, cases[i].query, input);

		if (strcmp(have, cases[i].want) != 0)
			fail_msg("%s\n%s\n  gives %s\n  not   %s", cases[i].module ? cases[i].module : "", cases[i].query, have,
				 cases[i].want);
	}
}

const char *policy_case_check(const char *module, enum policy_dialect dialect, bool strict)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_MIB);
	struct policy_check check = { .strict = strict };

	if (policy_add_module(p, "m.rego", module, strlen(module), dialect, &diags) == 0)
		(void)!policy_compile(p, &check, &diags);
	policy_diags_print(&diags, &out);
	return keep(buf_text(&out));
}

void policy_case_mistakes(const struct policy_mistake *cases, size_t n, enum policy_dialect dialect, bool strict)
{
	for (size_t i = 0; i < n; i++) {
		const char *have = policy_case_check(cases[i].module, dialect, strict);

		if (cases[i].want[0] ? !strstr(have, cases[i].want) : have[0] != '\0')
			fail_msg("%s\n  shows %s\n  not   %s", cases[i].module, have, cases[i].want);
	}
}

static const char *graphql_fault(const char *query, const char *schema)
{
	CLEANUP(buf_release) struct buf input = BUF_INIT(LIMIT_MIB);

	buf_puts(&input, "{\"q\": ");
	value_format_string(query, strlen(query), TEXT_JSON, &input);
	buf_puts(&input, ", \"s\": ");
	value_format_string(schema, strlen(schema), TEXT_JSON, &input);
	buf_putc(&input, '}');
	return policy_case_fault("graphql.parse(input.q, input.s)", buf_text(&input));
}

void policy_case_graphql(const struct policy_graphql_fault *cases, size_t n, const char *schema, const char *after)
{
	for (size_t i = 0; i < n; i++) {
		const char *document = cases[i].document;
		const char *have = schema ? graphql_fault(document, schema) : graphql_fault("", document);
		const char *text = strstr(have, after);

		text = text ? text + strlen(after) : have;
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s\n  gives %s\n  not   %s", document, text, cases[i].want);
	}
}
