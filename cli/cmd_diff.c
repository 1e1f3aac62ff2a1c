/* wb diff */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "cli/table.h"
#include "engine/compare.h"
#include "engine/engine.h"

struct diff_options {
	bool exit_code;
};

static const struct option_spec diff_specs[] = {
	OPTION_FLAG(0, "exit-code", struct diff_options, exit_code, "exit status 1 when something differs"),
	OPTION_END,
};

static const struct {
	const char *key;
	const char *title;
} sections[] = {
	{ "command", "Command" },	  { "setup", "Setup" },	    { "params", "Params" },   { "metrics", "Metrics" },
	{ "inputs", "Inputs" },		  { "outputs", "Outputs" }, { "result", "Result" },
	{ "environment", "Environment" },
};

/* A side's value on one line: a text as itself, a command as typed, anything else as JSON. */
static void value_cell(struct table *t, const struct jval *v, bool is_command, enum output_style style)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);

	if (jval_type(v) == JVAL_NULL) {
		table_cell_styled(t, STYLE_FAINT, "-");
		return;
	}
	if (jval_text(v))
		buf_puts(&b, jval_text(v));
	else if (is_command)
		run_command_format(&b, v, RUNVIEW_COMMAND);
	else
		jval_format(v, JVAL_COMPACT, &b);
	table_cell_styled(t, style, buf_text(&b));
}

static void title(struct output *out, const char *text)
{
	output_puts(out, "\n");
	output_styled(out, STYLE_STRONG, text);
	output_puts(out, "\n");
}

static void print_list(struct output *out, const char *heading, const struct jval *list)
{
	const struct table_column columns[] = { { "", false, 8 }, { "", false, 12 }, { "", false, 12 } };
	CLEANUP(table_free) struct table *t = NULL;

	if (!jval_count(list))
		return;
	title(out, heading);
	t = table_new(columns, 3);
	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *d = jval_at(list, i);
		CLEANUP(buf_release) struct buf key = BUF_INIT(LIMIT_PATH);

		bool is_command = str_eq(jval_get_text(d, "key"), "command");

		buf_printf(&key, "  %s", jval_get_text(d, "key"));
		table_cell(t, buf_text(&key));
		value_cell(t, jval_get(d, "a"), is_command, STYLE_BAD);
		value_cell(t, jval_get(d, "b"), is_command, STYLE_GOOD);
	}
	table_print_body(t, out);
}

static enum output_style patch_style(const char *line, size_t n)
{
	if (n >= 3 && (strncmp(line, "+++", 3) == 0 || strncmp(line, "---", 3) == 0))
		return STYLE_STRONG;
	if (str_starts(line, "diff ") || str_starts(line, "index "))
		return STYLE_STRONG;
	switch (n ? line[0] : ' ') {
	case '+':
		return STYLE_GOOD;
	case '-':
		return STYLE_BAD;
	case '@':
		return STYLE_BUSY;
	default:
		return STYLE_PLAIN;
	}
}

/* To a terminal escaped and coloured, line by line; elsewhere as it is, so that it can be applied. */
static void print_patch(struct output *out, const char *patch)
{
	if (!isatty(out->fd)) {
		output_puts(out, patch);
		return;
	}
	while (*patch) {
		size_t n = strcspn(patch, "\n");

		enum output_style style = patch_style(patch, n);

		if (style != STYLE_PLAIN)
			output_style(out, style);
		output_untrusted_text(out, patch, n);
		if (style != STYLE_PLAIN)
			output_style(out, STYLE_PLAIN);
		output_puts(out, "\n");
		patch += n + (patch[n] == '\n');
	}
}

static void print_code(struct output *out, const struct jval *code)
{
	const struct jval *files = jval_get(code, "files");

	if (str_eq(jval_get_text(code, "a"), jval_get_text(code, "b")))
		return;
	title(out, "Code");
	if (!jval_count(files))
		output_puts(out, "  one of them has none\n");
	for (size_t i = 0; i < jval_count(files); i++) {
		output_puts(out, "  ");
		output_untrusted(out, jval_get_text(jval_at(files, i), "change"));
		output_puts(out, "  ");
		output_untrusted(out, jval_get_text(jval_at(files, i), "path"));
		output_puts(out, "\n");
	}
	if (jval_get_text(code, "patch") && *jval_get_text(code, "patch")) {
		output_puts(out, "\n");
		print_patch(out, jval_get_text(code, "patch"));
	}
}

static void print_side(struct output *out, const char *word, enum output_style style, const struct run *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	run_status_format(&b, r->state, r->detail);
	output_styled(out, style, word);
	output_printf(out, " %.*s ", RUNVIEW_ID, r->id);
	output_untrusted(out, r->name);
	output_puts(out, "  ");
	output_style(out, runview_style(r->state));
	output_untrusted(out, buf_text(&b));
	output_style(out, STYLE_PLAIN);
	output_puts(out, "\n");
}

static void print_people(struct output *out, const struct run *a, const struct run *b, const struct jval *v)
{
	print_side(out, "a", STYLE_BAD, a);
	print_side(out, "b", STYLE_GOOD, b);
	if (jval_get_bool(v, "same", false)) {
		output_puts(out, str_eq(a->id, b->id) ? "they are the same run\n" : "nothing differs but times\n");
		return;
	}
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		print_list(out, sections[i].title, jval_get(v, sections[i].key));
	print_code(out, jval_get(v, "code"));
}

static int diff_run(struct app *app, const struct call *call, struct error *err)
{
	const struct diff_options *o = call->options;
	CLEANUP(run_release) struct run a;
	CLEANUP(run_release) struct run b;
	CLEANUP(jval_free) struct jval *v = NULL;
	struct engine *e;

	run_init(&a);
	run_init(&b);
	if (app_engine(app, &e, err) < 0 || pick_run(app, call->operands[0], &a, err) < 0 ||
	    pick_run(app, call->operands[1], &b, err) < 0 || compare_runs(e, &a, &b, &v, err) < 0)
		return -1;
	if (app->globals.json)
		output_json(&app->out, v);
	else
		print_people(&app->out, &a, &b, v);
	return o->exit_code && !jval_get_bool(v, "same", false) ? STATUS_NO : STATUS_YES;
}

const struct command cmd_diff = {
	.name = "diff",
	.summary = "show what differs between two runs",
	.group = GROUP_LOOK,
	.operands = "RUN RUN",
	.about = "Compares command, params, metrics, inputs, outputs, environment, result and code;\n"
		 "the code as a unified diff between the two frozen trees. Times, names, tags,\n"
		 "notes and system/ metrics are not differences.",
	.examples = {
		{ "wb diff @~1 @", "the two newest runs" },
		{ "wb diff --exit-code @~1 @ >/dev/null || echo changed", "in a script" },
		{ "wb diff --json @~1 @ | jq .metrics", "as data" },
	},
	.options = diff_specs,
	.options_size = sizeof(struct diff_options),
	.run = diff_run,
};
