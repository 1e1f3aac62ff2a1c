/* wb show */
#include "config.h"

#include "base/str.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/gpus.h"
#include "engine/kept.h"
#include "engine/report.h"
#include "store/store.h"

/* What a run that is on its way to its GPUs waits for, or NULL. */
static char *find_waiting(struct app *app, struct run *r)
{
	CLEANUP(close) int dirfd = -1;
	struct error ignored = { 0 };
	struct engine *e;

	if (r->state != RUN_RUNNING || app_engine(app, &e, &ignored) < 0)
		return NULL;
	gpus_mark_waiting(e, r);
	dirfd = store_run_dir(engine_store(e), r->id, false, &ignored);
	return dirfd < 0 ? NULL : gpus_waiting(dirfd);
}

/* Files kept of a run that failed, and whether they still are. */
static void print_kept(struct app *app, const struct run *r)
{
	const struct jval *kept = jval_get(r->end, "kept");
	CLEANUP(buf_release) struct buf size = BUF_INIT(64);
	struct error ignored = { 0 };
	struct engine *e;

	if (!kept || app_engine(app, &e, &ignored) < 0)
		return;
	if (!kept_exists(engine_store(e), r->id)) {
		output_puts(&app->out, "\nIts files were kept, and have been freed since.\n");
		return;
	}
	str_format_size(&size, (uint64_t)jval_get_int(kept, "bytes", 0));
	output_printf(&app->out, "\nIts files are kept as they were, %s: 'wb shell %.*s' opens them.\n", buf_text(&size), RUNVIEW_ID,
		      r->id);
}

static int show_run(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(run_release) struct run r;
	CLEANUP(free) char *waiting = NULL;

	run_init(&r);
	if (pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	waiting = find_waiting(app, &r);
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = report_run(&r);

		if (waiting)
			jval_set_text(v, "waiting", waiting);
		output_json(&app->out, v);
	} else {
		runview_page(&app->out, &r, app->globals.verbose, clock_now(app->clock));
		print_kept(app, &r);
		if (waiting) {
			output_puts(&app->out, "\n");
			output_untrusted(&app->out, waiting);
			output_puts(&app->out, "\n");
		}
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
