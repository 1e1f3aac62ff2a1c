/* wb policy bench */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"

struct bench_options {
	struct arg_list data;
	const char *input;
	const char *dialect;
	bool strict_errors;
};

static const struct option_spec bench_specs[] = {
	OPTION_LIST('d', "data", struct bench_options, data, "FILE", "Rego, JSON data or a folder of both; may be repeated"),
	OPTION_STRING('i', "input", struct bench_options, input, "FILE", "JSON that is 'input' (-: standard input)"),
	OPTION_CHOICE(0, "dialect", struct bench_options, dialect, "auto|v0|v1", "the Rego that files and query are in"),
	OPTION_FLAG(0, "strict-builtin-errors", struct bench_options, strict_errors, "a builtin that fails ends the evaluation"),
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

	while ((took = ask_times(t, n)) < ROUND_NS / 2 && n < (uint64_t)1 << 40)
		n = took > 1000 ? 1 + n * 3 / 4 * ROUND_NS / (uint64_t)took : n * 100;
	for (t->n = 0; t->n < ROUNDS; t->n++) {
		t->rounds[t->n] = (double)ask_times(t, n) / (double)n;
		/* A query that takes long is not asked longer than it needs to be known. */
		if (n == 1 && took > ROUND_NS * (ROUNDS / 4) && t->n >= 2)
			break;
	}
	qsort(t->rounds, t->n, sizeof *t->rounds, by_size);
	return (int64_t)(t->rounds[t->n / 2] + 0.5);
}

static int read_input(const char *path, struct buf *out, struct error *err)
{
	if (str_eq(path, "-"))
		return fs_read_fd(STDIN_FILENO, "standard input", out, err);
	return fs_read_file(AT_FDCWD, path, out, err);
}

static int load(struct app *app, const struct bench_options *o, struct policies *out, struct error *err)
{
	const struct policies_options options = { .dialect = cmd_policy_dialect(o->dialect), .joined = true };
	CLEANUP(free) char *store = NULL;
	int rc;

	if (o->data.count)
		rc = policies_of_paths(o->data.items, o->data.count, &options, out, err);
	else
		rc = cmd_policy_store(app, &store, err) < 0 ? -1 : policies_of_store(store, &options, out, err);
	if (rc < 0 || out->nlayers)
		return rc;
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
	struct policy_query q = {
		.text = call->operands[0],
		.dialect = cmd_policy_dialect(o->dialect),
		.strict_builtin_errors = o->strict_errors,
		.now_ns = clock_now(app->clock),
	};

	if (load(app, o, &p, err) < 0 || (o->input && read_input(o->input, &input, err) < 0))
		return error_wrap(err, "policy bench");
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
