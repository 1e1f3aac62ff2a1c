/* wb init */
#include "config.h"

#include "base/fs.h"
#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "engine/engine.h"

static int init_run(struct app *app, const struct call *call, struct error *err)
{
	const char *dir = call->count ? call->operands[0] : ".";
	CLEANUP(free) char *real = NULL;
	CLEANUP(free) char *store = NULL;

	if (app->globals.store) {
		error_set(err, ERR_INVALID, "init: --store does not go with init");
		return error_hint(err, "name the project's folder: wb init DIR");
	}
	if (engine_init(dir, err) < 0 || fs_realpath(dir, &real, err) < 0)
		return -1;
	store = fs_join(real, ".wb");
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "store", store);
		output_json(&app->out, v);
	} else if (!app->globals.quiet) {
		output_puts(&app->out, "made ");
		output_untrusted(&app->out, store);
		output_puts(&app->out, " with a starter policy in policy/\n");
		output_puts(&app->out, "next: wb run -- COMMAND\n");
	}
	return STATUS_YES;
}

const struct command cmd_init = {
	.name = "init",
	.summary = "make a store and a starter policy in a project",
	.group = GROUP_RUN,
	.operands = "[DIR]",
	.about = "Makes DIR/.wb (here, when DIR is left out). Runs started in DIR or below it\n"
		 "are kept there. Its policy/ is read before every run: edit it freely.",
	.examples = {
		{ "wb init", "here" },
		{ "wb init ~/projects/digits", "somewhere else" },
	},
	.run = init_run,
};
