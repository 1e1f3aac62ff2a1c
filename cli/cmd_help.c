/* wb help */
#include "config.h"

#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/help.h"

static int help_run(struct app *app, const struct call *call, struct error *err)
{
	const struct command *const *list = commands;
	const struct command *found = NULL;
	CLEANUP(free) char *path = mem_strdup("wb");

	for (size_t i = 0; i < call->count; i++) {
		CLEANUP(free) char *above = take_ptr(&path);

		found = list ? command_find(list, call->operands[i]) : NULL;
		path = mem_printf("%s %s", above, call->operands[i]);
		if (!found && list)
			return command_unknown(list, above, call->operands[i], err);
		if (!found) {
			error_set(err, ERR_INVALID, "'%s' has no commands of its own", above);
			return error_hint(err, "'%s --help' explains it", above);
		}
		list = found->subcommands;
	}
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = help_to_jval(path, found);

		output_json(&app->out, v);
	} else if (found) {
		help_print_command(&app->out, path, found);
	} else {
		help_print_all(&app->out);
	}
	return STATUS_YES;
}

const struct command cmd_help = {
	.name = "help",
	.summary = "explain a command",
	.group = GROUP_OPERATE,
	.operands = "[COMMAND]…",
	.examples = {
		{ "wb help run", "options of 'wb run', with examples" },
		{ "wb help policy check", "a command below another" },
	},
	.run = help_run,
};
