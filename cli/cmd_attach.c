/* wb attach */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/launch.h"
#include "cli/pick.h"
#include "engine/engine.h"

struct attach_options {
	bool only_new;
};

static const struct option_spec attach_specs[] = {
	OPTION_FLAG(0, "new", struct attach_options, only_new, "show only what comes from now on"),
	OPTION_END,
};

static int attach_run(struct app *app, const struct call *call, struct error *err)
{
	const struct attach_options *o = call->options;
	struct engine *e;
	char id[33];

	if (app_engine(app, &e, err) < 0 || pick_run_id(app, call->operands[0], id, err) < 0)
		return -1;
	return launch_follow(app, e, id, !o->only_new, true, err);
}

const struct command cmd_attach = {
	.name = "attach",
	.summary = "look at a running run, as if 'wb run' had not been left",
	.group = GROUP_RUN,
	.operands = "RUN",
	.about = "Prints what the run has written and writes until it ends. Ctrl-C asks it to stop,\n"
		 "a second one kills it; use 'wb logs -f' to look without that. Exit status: the\n"
		 "run's, as 'wb run'.",
	.examples = {
		{ "wb attach @", "the newest run" },
		{ "wb attach --new @", "without what it wrote before" },
	},
	.options = attach_specs,
	.options_size = sizeof(struct attach_options),
	.run = attach_run,
};
