/* wb policy capabilities */
#include "config.h"

#include <string.h>

#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/table.h"
#include "policy/capabilities.h"

static const char *const features[] = {
	"default_functions", "dynamic_dispatch", "every", "keywords_in_refs", "negated_bodies", "rego_v0", "rego_v1",
	"rego_v1_import", "rule_head_ref_string_prefixes", "rule_head_refs", "template_strings", "with_functions", NULL,
};

static const char *const keywords[] = { "contains", "every", "if", "in", "not", NULL };

static void add_row(void *data, const struct capability *c)
{
	CLEANUP(buf_release) struct buf signature = BUF_INIT(4096);
	struct table *t = data;

	buf_putc(&signature, '(');
	for (int i = 0; i < c->nargs; i++)
		buf_printf(&signature, "%s%s", i ? ", " : "", capability_type(c->args[i]).text);
	buf_printf(&signature, ") %s", capability_type(c->result).text);
	table_cell_styled(t, STYLE_NAME, c->name);
	table_cell(t, buf_text(&signature));
	table_cell_styled(t, STYLE_FAINT, c->unavailable ? "to be mocked: has no value here" :
				  c->nondeterministic ? "from the input, kept in the record" : c->v0_only ? "Rego v0 only" : "");
}

/* {"type":"number"}, or {"type":"any","of":[…]} for several. */
static struct jval *type_to_jval(unsigned bits)
{
	struct capability_type type = capability_type(bits);
	struct jval *v = jval_object(), *of;
	char *rest = NULL;

	if (!strchr(type.text, '|')) {
		jval_set_text(v, "type", type.text);
		return v;
	}
	jval_set_text(v, "type", "any");
	of = jval_set(v, "of", jval_array());
	for (char *name = strtok_r(type.text, "|", &rest); name; name = strtok_r(NULL, "|", &rest))
		jval_set_text(jval_push(of, jval_object()), "type", name);
	return v;
}

static void add_json(void *data, const struct capability *c)
{
	struct jval *v = jval_push(data, jval_object()), *decl, *args;

	jval_set_text(v, "name", c->name);
	decl = jval_set(v, "decl", jval_object());
	jval_set_text(decl, "type", "function");
	args = jval_set(decl, "args", jval_array());
	for (int i = 0; i < c->nargs; i++)
		jval_push(args, type_to_jval(c->args[i]));
	jval_set(decl, "result", type_to_jval(c->result));
	if (c->relation)
		jval_set_bool(v, "relation", true);
	if (c->v0_only)
		jval_set_bool(v, "deprecated", true);
	if (c->nondeterministic)
		jval_set_bool(v, "nondeterministic", true);
	if (c->unavailable)
		jval_set_bool(v, "unavailable", true);
}

static void add_words(struct jval *v, const char *name, const char *const *words)
{
	struct jval *array = jval_set(v, name, jval_array());

	for (; *words; words++)
		jval_push(array, jval_new_text(*words));
}

static void add_limits(struct jval *v)
{
	struct jval *limits = jval_set(v, "limits", jval_object());

	jval_set_int(limits, "steps", (int64_t)policy_budget_default.steps);
	jval_set_int(limits, "depth", (int64_t)policy_budget_default.depth);
	jval_set_int(limits, "memory_bytes", (int64_t)policy_budget_default.memory);
}

static void print_words(struct output *out, const char *title, const char *const *words)
{
	output_printf(out, "%s", title);
	for (; *words; words++)
		output_printf(out, " %s", *words);
	output_puts(out, "\n");
}

static int capabilities_run(struct app *app, const struct call *call, struct error *err)
{
	static const struct table_column columns[] = { { "BUILTIN", false, 0 }, { "TAKES AND GIVES", false, 0 }, { "NOTE", false, 0 } };
	CLEANUP(table_free) struct table *t = table_new(columns, 3);

	(void)call;
	(void)err;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		capabilities_each(add_json, jval_set(v, "builtins", jval_array()));
		add_words(v, "features", features);
		add_words(v, "future_keywords", keywords);
		add_limits(v);
		output_json(&app->out, v);
		return STATUS_YES;
	}
	capabilities_each(add_row, t);
	table_print(t, &app->out);
	print_words(&app->out, "\nlanguage:", features);
	print_words(&app->out, "keywords of version 1, to be imported before:", keywords);
	output_printf(&app->out, "budget of one decision: %llu steps, %u calls deep, %zu MiB\n",
		      (unsigned long long)policy_budget_default.steps, policy_budget_default.depth,
		      policy_budget_default.memory / (1024 * 1024));
	return STATUS_YES;
}

const struct command policy_capabilities_command = {
	.name = "capabilities",
	.summary = "list the functions and the language that policies can use",
	.about = "Every builtin function with the types it takes and gives, what of the language there\n"
		 "is, and what one decision may cost. --json has the shape of 'opa capabilities'.",
	.examples = {
		{ "wb policy capabilities | grep glob", "is there such a function?" },
		{ "wb policy capabilities --json | jq -r '.builtins[].name'", "as data" },
	},
	.run = capabilities_run,
};
