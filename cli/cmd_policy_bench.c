/* wb policy bench */
#include "config.h"

#include <stdlib.h>

#include "base/limits.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"

struct bench_options {
	struct arg_list data;
	const char *input;
	struct dialect_options dialect;
	bool strict_errors;
};

static const struct option_spec bench_specs[] = {
	POLICY_DATA_OPTION(struct bench_options, data),
	OPTION_STRING('i', "input", struct bench_options, input, "FILE", "JSON that is 'input' (-: standard input)"),
	OPTION_FLAG(0, "strict-builtin-errors", struct bench_options, strict_errors, "a builtin that fails ends the evaluation"),
	DIALECT_OPTIONS(struct bench_options, dialect),
	OPTION_END,
};

/* A second in all, as rounds of which the median counts: a round that was interrupted changes nothing. */
enum { ROUNDS = 20, ROUND_NS = 50 * 1000 * 1000 };

struct timing {
	const struct clock *clock;
	struct policy_prepared *query;
	double rounds[ROUNDS];
	size_t n;
};

static int64_t ask_times(struct timing *t, uint64_t n)
{
	int64_t start = clock_mono(t->clock);

	for (uint64_t i = 0; i < n; i++)
		if (policy_eval_prepared(t->query, NULL))
			break; /* it answered without an error before, and answers the same each time */
	return clock_mono(t->clock) - start;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int64_t measure(struct timing *t)
{
	uint64_t n = 1;
	int64_t took;

	/* Towards three quarters of a round, so that one more try is enough; a few answers in one tick say nothing. */
	while ((took = ask_times(t, n)) < ROUND_NS / 2 && n < (uint64_t)1 << 40)
		n = took > 1000 ? 1 + (uint64_t)((double)n * 0.75 * ROUND_NS / (double)took) : n * 100;
	for (t->n = 0; t->n < ROUNDS; t->n++) {
		t->rounds[t->n] = (double)ask_times(t, n) / (double)n;
		/* A query that takes long is not asked longer than it needs to be known. */
		if (n == 1 && took > ROUND_NS * (ROUNDS / 4) && t->n >= 2)
			break;
	}
	qsort(t->rounds, t->n, sizeof *t->rounds, by_size);
	return (int64_t)(t->rounds[t->n / 2] + 0.5);
}

static int load(struct app *app, const struct bench_options *o, struct policies_options *options, struct policies *out,
		struct error *err)
{
	if (cmd_policy_dialect(&o->dialect, &options->dialect, err) < 0 ||
	    cmd_policy_load(app, &o->data, options, out, err) < 0)
		return -1;
	if (out->nlayers)
		return 0;
	policy_diags_print(&out->diags, &app->detail);
	return error_set(err, ERR_INVALID, "the policy has %s", out->diags.errors == 1 ? "an error" : "errors");
}

/* Ready, and asked once: what has no answer has no speed. */
static int prepare(const struct policies *p, const struct policy_query *q, struct policy_prepared **out, struct error *err)
{
	CLEANUP(policy_prepared_free) struct policy_prepared *made = NULL;
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON * 4);
	int rc = policy_prepare(p->layers[0], q, &made, &text, err);

	if (rc < 0)
		return -1;
	if (rc > 0 || policy_eval_prepared(made, &text)) {
		error_set(err, ERR_INVALID, "the query has no answer");
		return error_hint(err, "'wb policy eval' with the same files says why");
	}
	*out = take_ptr(&made);
	return 0;
}

static int bench_run(struct app *app, const struct call *call, struct error *err)
{
	const struct bench_options *o = call->options;
	CLEANUP(policies_release) struct policies p = { 0 };
	CLEANUP(policy_prepared_free) struct policy_prepared *query = NULL;
	CLEANUP(buf_release) struct buf input = BUF_INIT(LIMIT_JSON);
	struct timing t = { .clock = app->clock };
	struct policies_options options = { .joined = true };
	struct policy_query q = {
		.text = call->operands[0],
		.strict_builtin_errors = o->strict_errors,
		.now_ns = clock_now(app->clock),
	};

	if (load(app, o, &options, &p, err) < 0 || (o->input && cmd_policy_read(o->input, &input, err) < 0))
		return error_wrap(err, "policy bench");
	q.dialect = options.dialect;
	if (o->input) {
		q.input = buf_text(&input);
		q.input_len = input.len;
	}
	if (prepare(&p, &q, &query, err) < 0)
		return error_wrap(err, "policy bench");
	t.query = query;
	output_printf(&app->out, "{%s\"ns_per_op\":%lld}\n", app->globals.json ? "\"v\":1," : "", (long long)measure(&t));
	return STATUS_YES;
}

const struct command policy_bench_command = {
	.name = "bench",
	.summary = "measure how long a query of policy files takes",
	.operands = "QUERY",
	.about = "Asks a query as 'wb policy eval' does, for about a second, and prints the nanoseconds\n"
		 "that one answer takes: {\"ns_per_op\":N}. Files, query and input are read once, before.",
	.examples = {
		{ "wb policy bench -d team.rego -i input.json 'data.team.allow'", "a decision, warm" },
		{ "wb policy bench 'data.wb'", "the policy of this project" },
	},
	.options = bench_specs,
	.options_size = sizeof(struct bench_options),
	.run = bench_run,
};
