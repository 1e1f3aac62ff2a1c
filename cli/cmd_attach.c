/* wb attach */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/launch.h"
#include "cli/pick.h"
#include "engine/engine.h"
#include "tracker/tracker.h"

struct attach_options {
	bool only_new;
};

static const struct option_spec attach_specs[] = {
	OPTION_FLAG(0, "new", struct attach_options, only_new, "show only what comes from now on"),
	OPTION_END,
};

/* A run with a terminal is joined from one; from elsewhere it is looked at like any other. */
static int find_terminal(struct app *app, const char *id, struct follow_options *how, struct error *err)
{
	CLEANUP(run_release) struct run r;
	struct tracker *t;

	run_init(&r);
	if (pick_tracker(app, &t, err) < 0 || tracker_get(t, id, &r, err) < 0)
		return -1;
	how->tty = r.state == RUN_RUNNING && jval_get_bool(r.start, "tty", false) && launch_has_terminal(app);
	return 0;
}

static int attach_run(struct app *app, const struct call *call, struct error *err)
{
	const struct attach_options *o = call->options;
	struct follow_options how = { .interrupt_stops = true };
	struct engine *e;
	char id[33];

	if (app_engine(app, &e, err) < 0 || pick_run_id(app, call->operands[0], id, err) < 0)
		return -1;
	if (find_terminal(app, id, &how, err) < 0)
		return -1;
	how.from_start = !o->only_new && !how.tty;
	return launch_follow(app, e, id, &how, err);
}

const struct command cmd_attach = {
	.name = "attach",
	.summary = "look at a running run, as if 'wb run' had not been left",
	.group = GROUP_RUN,
	.operands = "RUN",
	.about = "Prints what the run has written and writes until it ends. Ctrl-C asks it to stop,\n"
		 "a second one kills it; use 'wb logs -f' to look without that. Exit status: the\n"
		 "run's, as 'wb run'.\n"
		 "\n"
		 "From a terminal, a run that has one (wb run --tty, wb shell) is joined again: keys\n"
		 "go to it, and Ctrl-] three times leaves it running.",
	.examples = {
		{ "wb attach @", "the newest run" },
		{ "wb attach --new @", "without what it wrote before" },
	},
	.options = attach_specs,
	.options_size = sizeof(struct attach_options),
	.run = attach_run,
};
