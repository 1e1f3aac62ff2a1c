/* wb policy fields */
#include "config.h"

#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/table.h"
#include "policy/contract.h"

static void add_row(void *data, const struct contract_field *f)
{
	CLEANUP(buf_release) struct buf about = BUF_INIT(1024);
	struct table *t = data;

	table_cell_styled(t, STYLE_NAME, f->path);
	table_cell(t, f->type);
	if (f->action)
		buf_printf(&about, "%s (of %s)", f->about, f->action);
	table_cell_styled(t, STYLE_FAINT, f->action ? buf_text(&about) : f->about);
}

static void print_json(void *data, const struct contract_field *f)
{
	struct output *out = data;
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "field", f->path);
	jval_set_text(v, "type", f->type);
	jval_set_text(v, "about", f->about);
	jval_set_bool(v, "of_run", f->of_run);
	if (f->action)
		jval_set_text(v, "action", f->action);
	output_json(out, v);
}

static int fields_run(struct app *app, const struct call *call, struct error *err)
{
	const struct table_column columns[] = { { "FIELD", false, 0 }, { "TYPE", false, 0 }, { "WHAT", false, 16 } };
	CLEANUP(table_free) struct table *t = table_new(columns, 3);

	(void)call;
	(void)err;
	if (app->globals.json) {
		contract_each(print_json, &app->out);
		return STATUS_YES;
	}
	contract_each(add_row, t);
	table_print(t, &app->out);
	return STATUS_YES;
}

const struct command policy_fields_command = {
	.name = "fields",
	.summary = "list what a rule can look at",
	.about = "Every field of 'input', and its type. All but those of another action are there, and\n"
		 "none is null, when a run is decided about: what does not keep to this is denied\n"
		 "before any rule is asked.",
	.examples = {
		{ "wb policy fields", "all of them" },
		{ "wb policy explain --json -- true | jq .input", "the same for a run, with values" },
	},
	.run = fields_run,
};
