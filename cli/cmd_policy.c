/* wb policy, wb policy check */
#include "config.h"

#include "cli/cmd_policy.h"
#include "cli/policy_errors.h"

#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "store/store.h"

struct check_options {
	bool strict, fail_on_warnings;
	struct dialect_options dialect;
	const char *format;
	const char *explain;
};

static const struct option_spec check_specs[] = {
	OPTION_FLAG(0, "strict", struct check_options, strict, "unused names and old builtins are errors too, as for opa"),
	OPTION_FLAG(0, "fail-on-warnings", struct check_options, fail_on_warnings, "exit status 1 when there is a warning"),
	OPTION_CHOICE('f', "format", struct check_options, format, "text|json|github",
		      "json: what 'opa check --format json' prints; github: annotations"),
	OPTION_STRING(0, "explain", struct check_options, explain, "CODE", "say what a number like P0201 means, with an example"),
	DIALECT_OPTIONS(struct check_options, dialect),
	OPTION_END,
};

int cmd_policy_dialect(const struct dialect_options *o, enum policy_dialect *out, struct error *err)
{
	bool v0 = o->v0 || str_eq(o->word, "v0"), v1 = o->v1 || str_eq(o->word, "v1");

	if (v0 && v1) {
		error_set(err, ERR_INVALID, "--v0 and --v1 contradict each other");
		return error_hint(err, "without either, each file is read as what it is");
	}
	*out = v0 ? POLICY_V0 : v1 ? POLICY_V1 : POLICY_AUTO;
	return 0;
}

int cmd_policy_store(struct app *app, char **out, struct error *err)
{
	CLEANUP(free) char *path = NULL;
	int found = store_locate(app->globals.store, NULL, &path, err);

	if (found < 0)
		return -1;
	if (store_exists(path)) {
		*out = take_ptr(&path);
		return 0;
	}
	/* Nobody named it: there is just none. Somebody did: its policy must not be taken for none. */
	if (found == STORE_BY_USER)
		return 0;
	error_set(err, ERR_NOT_FOUND, "%s is not a store", path);
	return error_hint(err, "'wb init' makes one in a project");
}

int cmd_policy_load(struct app *app, const struct arg_list *data, const struct policies_options *options,
		    struct policies *out, struct error *err)
{
	CLEANUP(free) char *store = NULL;

	if (data->count)
		return policies_of_paths(data->items, data->count, options, out, err);
	return cmd_policy_store(app, &store, err) < 0 ? -1 : policies_of_store(store, options, out, err);
}

int cmd_policy_read(const char *path, struct buf *out, struct error *err)
{
	if (str_eq(path, "-"))
		return fs_read_fd(STDIN_FILENO, "standard input", out, err);
	return fs_read_file(AT_FDCWD, path, out, err);
}

static int load(struct app *app, const struct call *call, struct policies *out, struct error *err)
{
	const struct check_options *o = call->options;
	struct policies_options options = { .strict = o->strict, .with_tests = true };
	const struct arg_list named = { .items = (const char **)(uintptr_t)call->operands, .count = call->count };

	if (cmd_policy_dialect(&o->dialect, &options.dialect, err) < 0 || cmd_policy_load(app, &named, &options, out, err) < 0)
		return -1;
	if (call->count && !out->files.n) {
		error_set(err, ERR_NOT_FOUND, "%s: there is no .rego, .json or .yaml file in it", call->operands[0]);
		return error_hint(err, "name the files, or the folder that holds them");
	}
	return 0;
}

static const char *kind_of(const struct policies *p, const char *file)
{
	for (size_t k = 0; k < p->nlayers; k++)
		for (size_t i = 0; i < policy_module_count(p->layers[k]); i++)
			if (str_eq(policy_module_file(p->layers[k], i), file))
				return policy_module_dialect(p->layers[k], i) == POLICY_V0 ? "Rego v0" : "Rego v1";
	return policy_file_kind_of(file) == POLICY_FILE_REGO ? "Rego" : "data";
}

static size_t count_warnings(const struct policy_diags *diags)
{
	size_t n = 0;

	for (size_t i = 0; i < diags->n; i++)
		n += diags->items[i].severity == POLICY_SEV_WARNING;
	return n;
}

static void print_text(struct output *out, const struct policies *p, bool ok)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	size_t warnings = count_warnings(&p->diags);

	policy_diags_print(&p->diags, &text);
	output_puts(out, buf_text(&text));
	for (size_t i = 0; ok && i < p->files.n; i++) {
		output_styled(out, STYLE_GOOD, "ok");
		output_puts(out, " ");
		output_untrusted(out, p->files.items[i].path);
		output_printf(out, " (%s)\n", kind_of(p, p->files.items[i].path));
	}
	if (!p->files.n)
		output_puts(out, "there is no policy: nothing is refused, and 'wb init' writes one to start from\n");
	else if (p->diags.n)
		output_printf(out, "%zu error%s and %zu warning%s in %zu file%s\n", p->diags.errors, p->diags.errors == 1 ? "" : "s",
			      warnings, warnings == 1 ? "" : "s", p->files.n, p->files.n == 1 ? "" : "s");
}

struct jval *cmd_policy_findings(const struct policy_diags *diags)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_JSON);
	struct error ignored = { 0 };
	struct jval *v = NULL;

	policy_diags_json(diags, &text);
	return jval_parse(buf_text(&text), text.len, &v, &ignored) == 0 ? v : jval_object();
}

void cmd_policy_copy_members(struct jval *into, const struct jval *from)
{
	const struct jval *value;
	const char *key;
	void *it = NULL;

	while ((it = jval_next(from, it, &key, &value)))
		jval_set(into, key, jval_copy(value));
}

static void print_json(struct output *out, const struct policies *p, bool ok)
{
	CLEANUP(jval_free) struct jval *findings = cmd_policy_findings(&p->diags);
	CLEANUP(jval_free) struct jval *v = jval_object();
	struct jval *files;

	jval_set_int(v, "v", 1);
	jval_set_bool(v, "ok", ok);
	files = jval_set(v, "files", jval_array());
	for (size_t i = 0; i < p->files.n; i++) {
		struct jval *file = jval_push(files, jval_object());

		jval_set_text(file, "file", p->files.items[i].path);
		jval_set_text(file, "kind", kind_of(p, p->files.items[i].path));
	}
	jval_set(v, "errors", jval_array());
	jval_set(v, "warnings", jval_array());
	cmd_policy_copy_members(v, findings);
	output_json(out, v);
}

static void print_example(struct output *out, const char *what, const char *text)
{
	output_printf(out, "\n%s:\n\n", what);
	while (*text) {
		int n = (int)strcspn(text, "\n");

		output_printf(out, "    %.*s\n", n, text);
		text += n + 1;
	}
}

static int explain_code(struct app *app, const char *id, struct error *err)
{
	const struct policy_code *c = policy_code_find(id);
	CLEANUP(jval_free) struct jval *v = jval_object();

	if (!c) {
		error_set(err, ERR_NOT_FOUND, "policy check: no finding has the number '%s'", id);
		return error_hint(err, "numbers stand in brackets behind what was found, as in [P0201]");
	}
	if (app->globals.json) {
		jval_set_int(v, "v", 1);
		jval_set_text(v, "id", c->id);
		jval_set_text(v, "code", c->code);
		jval_set_text(v, "title", c->title);
		jval_set_text(v, "about", c->about);
		jval_set_text(v, "wrong", c->wrong);
		jval_set_text(v, "right", c->right);
		output_json(&app->out, v);
		return STATUS_YES;
	}
	output_printf(&app->out, "%s (%s): %s\n\n%s\n", c->id, c->code, c->title, c->about);
	if (c->wrong)
		print_example(&app->out, "Wrong", c->wrong);
	if (c->right)
		print_example(&app->out, "Right", c->right);
	return STATUS_YES;
}

static int check_run(struct app *app, const struct call *call, struct error *err)
{
	const struct check_options *o = call->options;
	CLEANUP(policies_release) struct policies p = { 0 };
	bool ok;

	if (o->explain)
		return explain_code(app, o->explain, err);
	if (load(app, call, &p, err) < 0) {
		const char *format = app->globals.json && !str_eq(o->format, "github") ? "json" : o->format;

		return policy_error_show(&app->out, format, app->globals.json, err) ? STATUS_ERROR : error_wrap(err, "policy check");
	}
	ok = p.nlayers > 0;
	if (str_eq(o->format, "github")) {
		cmd_policy_annotate_findings(&app->out, &p.diags);
	} else if (str_eq(o->format, "json")) {
		CLEANUP(jval_free) struct jval *v = cmd_policy_findings(&p.diags);

		output_json(&app->out, v);
	} else if (app->globals.json) {
		print_json(&app->out, &p, ok);
	} else {
		print_text(&app->out, &p, ok);
	}
	/* As an error, not as a no: nothing can be decided with a policy that is wrong. */
	if (!ok)
		return STATUS_ERROR;
	return o->fail_on_warnings && count_warnings(&p.diags) ? STATUS_NO : STATUS_YES;
}

static const struct command policy_check = {
	.name = "check",
	.summary = "find mistakes in policy files",
	.operands = "[FILE|DIR…]",
	.about = "Parses and compiles *.rego files as one policy, with *.json files as its data, and\n"
		 "shows every mistake with its line. Without FILE: what 'wb run' would use here, the\n"
		 "site's " POLICIES_SITE_DIR " and the project's .wb/policy.\n"
		 "\n"
		 "FILE may be '-': Rego on standard input. Data is *.json, *.yaml and *.yml; in a folder\n"
		 "below DIR it lies at that folder's name in 'data'. *_test.rego hold tests: they are\n"
		 "checked, and decide about no run.\n"
		 "\n"
		 "Exit status: 0 accepted, 2 rejected or not checked.",
	.examples = {
		{ "wb policy check", "what decides about runs here" },
		{ "wb policy check team.rego limits.json", "files, before they are put to use" },
		{ "wb policy check --json | jq -r '.errors[].message'", "as data" },
	},
	.options = check_specs,
	.options_size = sizeof(struct check_options),
	.run = check_run,
};

static const struct command *const policy_commands[] = {
	&policy_check, &policy_test_command, &policy_fmt_command, &policy_eval_command, &policy_explain_command,
	&policy_replay_command, &policy_fields_command, &policy_capabilities_command, &policy_bench_command, NULL,
};

const struct command cmd_policy = {
	.name = "policy",
	.summary = "check, test, ask and explain the policy of runs",
	.group = GROUP_GOVERN,
	.subcommands = policy_commands,
	.about = "Before a run starts, the *.rego files of " POLICIES_SITE_DIR " and of .wb/policy are asked.\n"
		 "Any 'deny' or 'violation' refuses it, 'warn' is said, and an 'allow' must be true.",
	.examples = {
		{ "wb policy check", "are there mistakes in it?" },
		{ "wb policy explain @", "why was the newest run allowed or denied?" },
		{ "wb policy explain -i patients.h5 -- python3 train.py", "would this run be allowed?" },
		{ "wb policy eval 'data.wb.max_gpus'", "the value of a rule" },
		{ "wb policy test", "do the rules say what they should?" },
		{ "wb policy fields", "what a rule can look at" },
	},
};
