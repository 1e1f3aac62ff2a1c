/* wb show */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/report.h"

static int show_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = report_run(&r);

		output_json(&app->out, v);
	} else {
		runview_page(&app->out, &r, app->globals.verbose, clock_now(app->clock));
	}
	return STATUS_YES;
}

const struct command cmd_show = {
	.name = "show",
	.summary = "show all that is known of a run",
	.group = GROUP_LOOK,
	.operands = "RUN",
	.about = "With -v also the metrics that wb measured (system/...); --json has all of it.",
	.examples = {
		{ "wb show @", "the newest run" },
		{ "wb show 0192f3a1", "by the beginning of its id" },
		{ "wb show --json @~1 | jq .metrics", "the run before it, as data" },
	},
	.run = show_run,
};
