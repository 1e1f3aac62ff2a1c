/* wb ui, and wb without a command on a terminal: becomes wb-tui. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"

struct ui_options {
	bool keys;
};

static const struct option_spec ui_specs[] = {
	OPTION_FLAG(0, "keys", struct ui_options, keys, "print the keys instead"),
	OPTION_END,
};

static int ui_run(struct app *app, const struct call *call, struct error *err)
{
	/* `wb` without a command has no options. */
	const struct ui_options *o = call->options;
	CLEANUP(free) char *path = fs_program_part("wb-tui");
	const char *argv[6] = { "wb-tui" };
	size_t n = 1;

	if (app->globals.json && !(o && o->keys)) {
		error_set(err, ERR_INVALID, "the full screen has no JSON");
		return error_hint(err, "'wb ls --json' and 'wb show --json' do");
	}
	if (o && o->keys)
		argv[n++] = app->globals.json ? "--keys=json" : "--keys";
	if (app->globals.store) {
		argv[n++] = "--store";
		argv[n++] = app->globals.store;
	}
	if (str_eq(app->globals.color, "always"))
		argv[n++] = "--color=always";
	else if (str_eq(app->globals.color, "never"))
		argv[n++] = "--color=never";
	if (output_flush(&app->out, err) < 0 || output_flush(&app->err, err) < 0)
		return -1;
	execv(path, (char *const *)(uintptr_t)argv);
	error_sys(err, "%s", path);
	return error_hint(err, "install wb again, so that all its parts are there");
}

const struct command cmd_ui = {
	.name = "ui",
	.summary = "browse runs on the full screen",
	.group = GROUP_LOOK,
	.about = "The table of runs, live, and of each run its page: params, metrics with charts,\n"
		 "the log as it grows, what was decided and denied, files and tensors. Two runs\n"
		 "can be compared; runs be stopped, repeated, tagged, noted and deleted there.\n"
		 "'?' lists the keys.\n"
		 "On a terminal, 'wb' without a command does the same.",
	.examples = {
		{ "wb", "the runs of this project" },
		{ "wb --store /srv/team/wb ui", "those of another store" },
		{ "NO_COLOR=1 wb", "without colours" },
		{ "wb ui --keys", "what can be done there" },
	},
	.options = ui_specs,
	.options_size = sizeof(struct ui_options),
	.run = ui_run,
};
