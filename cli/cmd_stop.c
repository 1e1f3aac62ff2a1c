/* wb stop */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/watch.h"

struct stop_options {
	bool kill;
};

static const struct option_spec stop_specs[] = {
	OPTION_FLAG('k', "kill", struct stop_options, kill, "do not ask first: kill everything of it now"),
	OPTION_END,
};

static int stop_run(struct app *app, const struct call *call, struct error *err)
{
	const struct stop_options *o = call->options;
	struct engine *e;
	char id[33];
	int stopped;

	if (app_engine(app, &e, err) < 0 || pick_run_id(app, call->operands[0], id, err) < 0)
		return -1;
	stopped = run_stop(e, id, o->kill, err);
	if (stopped < 0)
		return -1;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", id);
		jval_set_bool(v, "stopped", stopped);
		output_json(&app->out, v);
	} else if (!app->globals.quiet) {
		output_printf(&app->err, "run %.*s %s\n", RUNVIEW_ID, id, stopped ? "stopped" : "had ended already");
	}
	return stopped ? STATUS_YES : STATUS_NO;
}

const struct command cmd_stop = {
	.name = "stop",
	.summary = "stop a running run",
	.group = GROUP_RUN,
	.operands = "RUN",
	.about = "The run gets SIGTERM, and what is left of it after its grace time is killed.\n"
		 "Nothing of it is left when this returns. Exit status 1: it had ended already.",
	.examples = {
		{ "wb stop @", "the newest run" },
		{ "wb stop --kill 0192f3a1", "at once" },
	},
	.options = stop_specs,
	.options_size = sizeof(struct stop_options),
	.run = stop_run,
};
