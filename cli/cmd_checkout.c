/* wb checkout */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/folders.h"
#include "store/snapshot.h"

static int make_empty_folders(void *run, int dirfd, struct error *err)
{
	const struct run *r = run;

	return folders_make(dirfd, jval_get(r->start, "snapshot"), err);
}

static int checkout_run(struct app *app, const struct call *call, struct error *err)
{
	const char *dest = call->operands[1];
	CLEANUP(run_release) struct run r;
	struct engine *e;

	run_init(&r);
	if (app_engine(app, &e, err) < 0 || pick_run(app, call->operands[0], &r, err) < 0)
		return -1;
	if (!tree_id_is_valid(r.tree)) {
		error_set(err, ERR_NOT_FOUND, "run %.*s has no frozen code", RUNVIEW_ID, r.id);
		return error_hint(err, "'wb show %.*s' says how it ended", RUNVIEW_ID, r.id);
	}
	if (snapshot_checkout_with(engine_store(e), r.tree, dest, make_empty_folders, &r, err) < 0)
		return -1;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", r.id);
		jval_set_text(v, "tree", r.tree);
		jval_set_text(v, "path", dest);
		output_json(&app->out, v);
	} else if (!app->globals.quiet) {
		output_printf(&app->err, "the code of run %.*s is in ", RUNVIEW_ID, r.id);
		output_untrusted(&app->err, dest);
		output_puts(&app->err, "\n");
	}
	return STATUS_YES;
}

const struct command cmd_checkout = {
	.name = "checkout",
	.summary = "write the code of a run into a new folder",
	.group = GROUP_KEEP,
	.operands = "RUN DIR",
	.about = "DIR must be new or empty. It holds exactly the files the run started from,\nempty folders too.",
	.examples = { { "wb checkout @~3 /tmp/then", "the code of three runs ago" } },
	.run = checkout_run,
};
