/* wb policy eval */
#include "config.h"


#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/policy_errors.h"
#include "engine/decide.h"

struct eval_options {
	struct arg_list data;
	const char *input;
	struct dialect_options dialect;
	const char *format;
	bool fail;
	bool strict_errors;
};

static const struct option_spec eval_specs[] = {
	POLICY_DATA_OPTION(struct eval_options, data),
	OPTION_STRING('i', "input", struct eval_options, input, "FILE", "JSON that is 'input' (-: standard input)"),
	OPTION_CHOICE('f', "format", struct eval_options, format, "pretty|json|raw|github|text",
		      "json: as 'opa eval --format json'; raw: texts unquoted; github: annotations"),
	DIALECT_OPTIONS(struct eval_options, dialect),
	OPTION_FLAG(0, "fail", struct eval_options, fail, "exit status 1 when the answer is undefined or false"),
	OPTION_FLAG(0, "strict-builtin-errors", struct eval_options, strict_errors, "a builtin that fails ends the evaluation"),
	OPTION_END,
};

static int load(struct app *app, const struct eval_options *o, struct policies_options *options, struct policies *out,
		struct error *err)
{
	if (cmd_policy_dialect(&o->dialect, &options->dialect, err) < 0)
		return -1;
	return cmd_policy_load(app, &o->data, options, out, err);
}

static void print_value(struct output *out, const struct jval *v, enum jval_style style)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON * 4);

	jval_format(v, style, &text);
	output_json_text(out, buf_text(&text));
	output_puts(out, "\n");
}

static void print_row(struct output *out, const struct jval *row)
{
	const struct jval *expressions = jval_get(row, "expressions"), *bindings = jval_get(row, "bindings"), *value;
	const char *name;
	void *it = NULL;

	while ((it = jval_next(bindings, it, &name, &value))) {
		output_style(out, STYLE_NAME);
		output_untrusted(out, name);
		output_style(out, STYLE_PLAIN);
		output_puts(out, " = ");
		print_value(out, value, JVAL_COMPACT);
	}
	for (size_t i = 0; !jval_count(bindings) && i < jval_count(expressions); i++)
		print_value(out, jval_get(jval_at(expressions, i), "value"), JVAL_PRETTY);
}

/* For scripts: each value on its lines, a text as itself. */
static void print_raw(struct output *out, const struct jval *answer)
{
	const struct jval *rows = jval_get(answer, "result");

	for (size_t i = 0; i < jval_count(rows); i++) {
		const struct jval *expressions = jval_get(jval_at(rows, i), "expressions");

		for (size_t k = 0; k < jval_count(expressions); k++) {
			const struct jval *value = jval_get(jval_at(expressions, k), "value");

			if (!jval_text(value)) {
				print_value(out, value, JVAL_COMPACT);
				continue;
			}
			if (isatty(out->fd))
				output_untrusted(out, jval_text(value));
			else
				output_write(out, jval_text(value), jval_text_len(value));
			output_puts(out, "\n");
		}
	}
}

static void print_people(struct output *out, const char *json, const struct jval *answer)
{
	const struct jval *rows = jval_get(answer, "result");

	/* A number that no machine word holds: as it came. */
	if (!answer) {
		output_json_text(out, json);
		output_puts(out, "\n");
		return;
	}
	if (!jval_count(rows))
		output_puts(out, "undefined\n");
	for (size_t i = 0; i < jval_count(rows); i++) {
		if (i && jval_count(jval_get(jval_at(rows, i), "bindings")) > 1)
			output_puts(out, "\n");
		print_row(out, jval_at(rows, i));
	}
}

/* As it is for other programs, or with "v" first as all of wb's own. */
static void print_json(struct app *app, const char *json, bool as_opa)
{
	if (as_opa) {
		output_json_text(&app->out, json);
	} else {
		output_puts(&app->out, "{\"v\":1");
		output_puts(&app->out, json[1] == '}' ? "" : ",");
		output_json_text(&app->out, json + 1);
	}
	output_puts(&app->out, "\n");
}

static bool is_yes(const struct jval *answer)
{
	const struct jval *rows = jval_get(answer, "result");

	for (size_t i = 0; i < jval_count(rows); i++) {
		const struct jval *expressions = jval_get(jval_at(rows, i), "expressions");

		for (size_t k = 0; k < jval_count(expressions); k++)
			if (jval_type(jval_get(jval_at(expressions, k), "value")) == JVAL_BOOL &&
			    !jval_get_bool(jval_at(expressions, k), "value", false))
				return false;
	}
	return !answer || jval_count(rows);
}

static bool wants_json(const struct app *app, const struct eval_options *o)
{
	return app->globals.json || str_eq(o->format, "json");
}

/* The policy cannot be asked: in the answer's shape where one reads it, else in full as an error. */
static int broken(struct app *app, const struct eval_options *o, const struct policies *p, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);

	if (wants_json(app, o)) {
		policy_diags_json(&p->diags, &text);
		print_json(app, buf_text(&text), str_eq(o->format, "json"));
		return STATUS_ERROR;
	}
	if (str_eq(o->format, "github")) {
		cmd_policy_annotate_findings(&app->out, &p->diags);
		return STATUS_ERROR;
	}
	policy_diags_print(&p->diags, &app->detail);
	error_set(err, ERR_INVALID, "policy eval: the policy has %s", p->diags.errors == 1 ? "an error" : "errors");
	return -1;
}

static int answered(struct app *app, const struct eval_options *o, const char *query, const struct buf *json, bool failed,
		    struct error *err)
{
	CLEANUP(jval_free) struct jval *answer = NULL;
	struct error ignored = { 0 };

	if (jval_parse(json->data, json->len, &answer, &ignored) < 0)
		answer = NULL;
	if (failed && str_eq(o->format, "github")) {
		policy_errors_annotate(&app->out, jval_get(answer, "errors"));
		return STATUS_ERROR;
	}
	if (failed && !wants_json(app, o)) {
		policy_errors_format(jval_get(answer, "errors"), query, &app->detail);
		return error_set(err, ERR_INVALID, "policy eval: the query has no answer");
	}
	if (wants_json(app, o))
		print_json(app, buf_text(json), str_eq(o->format, "json"));
	else if (answer && str_eq(o->format, "raw"))
		print_raw(&app->out, answer);
	else
		print_people(&app->out, buf_text(json), answer);
	if (failed)
		return STATUS_ERROR;
	return o->fail && !is_yes(answer) ? STATUS_NO : STATUS_YES;
}

static int eval_query(struct app *app, const struct eval_options *o, const char *query, struct error *err)
{
	CLEANUP(policies_release) struct policies p = { 0 };
	CLEANUP(buf_release) struct buf input = BUF_INIT(LIMIT_JSON);
	CLEANUP(buf_release) struct buf json = BUF_INIT(LIMIT_JSON * 4);
	struct policies_options options = { .joined = true };
	struct policy_query q = { .text = query, .strict_builtin_errors = o->strict_errors, .now_ns = clock_now(app->clock) };
	int rc;

	if (load(app, o, &options, &p, err) < 0 || (o->input && cmd_policy_read(o->input, &input, err) < 0))
		return -1;
	if (!p.nlayers)
		return broken(app, o, &p, err);
	q.dialect = options.dialect;
	if (o->input) {
		q.input = buf_text(&input);
		q.input_len = input.len;
	}
	rc = policy_eval(p.layers[0], &q, &json, err);
	if (rc < 0 || buf_check(&json, "the answer", err) < 0)
		return -1;
	return answered(app, o, q.text, &json, rc > 0, err);
}

/* Without a query: what is decided about the input, as about a run. */
static int eval_decision(struct app *app, const struct eval_options *o, struct error *err)
{
	CLEANUP(policies_release) struct policies p = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	CLEANUP(jval_free) struct jval *input = NULL;
	CLEANUP(decided_release) struct decided d = { 0 };
	struct policies_options options = { 0 };

	if (!o->input) {
		error_set(err, ERR_INVALID, "neither a query nor an input was named");
		return error_hint(err, "wb policy eval QUERY, or --input FILE for the decision about an input");
	}
	if (load(app, o, &options, &p, err) < 0 || cmd_policy_read(o->input, &text, err) < 0)
		return -1;
	if (!p.nlayers)
		return broken(app, o, &p, err);
	if (jval_parse(buf_text(&text), text.len, &input, err) < 0)
		return error_wrap(err, "%s", o->input);
	if (decide_by(&p, input, &d, err) < 0) {
		if (!err->hint[0])
			error_hint(err, "'wb policy explain --json -- true | jq .input' prints a complete one to start from");
		return -1;
	}
	if (wants_json(app, o)) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		cmd_policy_copy_members(v, d.record);
		output_json(&app->out, v);
	} else if (str_eq(o->format, "github")) {
		policy_decision_annotate(&app->out, d.record);
	} else {
		output_puts(&app->out, d.text);
	}
	return d.failed ? STATUS_ERROR : d.denied ? STATUS_NO : STATUS_YES;
}

static int eval_run(struct app *app, const struct call *call, struct error *err)
{
	const struct eval_options *o = call->options;
	int status = call->count ? eval_query(app, o, call->operands[0], err) : eval_decision(app, o, err);

	if (status >= 0)
		return status;
	if (!str_eq(o->format, "json"))
		return str_starts(err->text, "policy eval: ") ? -1 : error_wrap(err, "policy eval");
	policy_error_json(&app->out, false, err);
	return STATUS_ERROR;
}

const struct command policy_eval_command = {
	.name = "eval",
	.summary = "ask a query of policy files, or for their decision",
	.operands = "[QUERY]",
	.about = "Evaluates a Rego query, as 'opa eval' does; 'input' is what --input holds, and is not\n"
		 "checked. Without QUERY: what would be decided about the input, as about a run.\n"
		 "Without --data: against the policy that 'wb run' would use here.\n"
		 "\n"
		 "Exit status of a query: 0 there is an answer, undefined too; 2 it could not be asked.\n"
		 "Of a decision: 0 allowed, 1 denied, 2 it could not be decided.",
	.examples = {
		{ "wb policy eval 'data.wb.max_gpus'", "the value of a rule" },
		{ "wb policy eval -d team.rego -i input.json 'data.team.deny'", "the reasons to refuse an input" },
		{ "wb policy explain --json -- true | jq .input >input.json", "an input to start from" },
		{ "wb policy eval -d team.rego -i input.json", "would it be allowed?" },
		{ "wb policy eval '[x | some x in [1, 2, 3]; x > 1]'", "try the language" },
		{ "wb policy eval --fail 'data.team.ok' -i input.json || echo no", "in a script" },
	},
	.options = eval_specs,
	.options_size = sizeof(struct eval_options),
	.run = eval_run,
};
