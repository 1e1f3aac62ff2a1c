/* wb rm */
#include "config.h"

#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/kept.h"
#include "tracker/tracker.h"

struct rm_options {
	bool restore;
};

static const struct option_spec rm_specs[] = {
	OPTION_FLAG(0, "restore", struct rm_options, restore, "bring deleted runs back"),
	OPTION_END,
};

static int check_over(struct tracker *t, const char *id, struct error *err)
{
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (tracker_get(t, id, &r, err) < 0)
		return -1;
	if (r.state != RUN_RUNNING)
		return 0;
	error_set(err, ERR_BUSY, "run %.*s is still running", RUNVIEW_ID, id);
	return error_hint(err, "'wb stop %.*s' first", RUNVIEW_ID, id);
}

/* Its files, if it failed and they were kept, are not for the trash: they go at once, or when the shell on them ends. */
static int free_layer(struct app *app, const char *id, struct error *err)
{
	struct error why = { 0 };
	struct engine *e;

	if (app_engine(app, &e, err) < 0)
		return -1;
	if (!kept_exists(engine_store(e), id) || kept_free(engine_store(e), id, &why) >= 0 || why.code == ERR_BUSY)
		return 0;
	*err = why;
	return -1;
}

static int rm_one(struct app *app, struct tracker *t, const char *id, bool restore, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;

	if (restore ? tracker_restore(t, id, err) < 0
		    : check_over(t, id, err) < 0 || tracker_delete(t, id, clock_now(app->clock), err) < 0)
		return -1;
	if (!restore && free_layer(app, id, err) < 0)
		return -1;
	if (!app->globals.json)
		return 0;
	v = jval_object();
	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", id);
	jval_set_bool(v, "deleted", !restore);
	output_json(&app->out, v);
	return 0;
}

static int rm_run(struct app *app, const struct call *call, struct error *err)
{
	const struct rm_options *o = call->options;
	CLEANUP(free) char (*ids)[33] = mem_calloc(call->count, sizeof *ids);
	struct tracker *t;

	if (pick_tracker(app, &t, err) < 0)
		return -1;
	/* All are found before the first is touched: '@' must mean the same run throughout. */
	for (size_t i = 0; i < call->count; i++)
		if (tracker_resolve(t, call->operands[i], ids[i], err) < 0)
			return -1;
	for (size_t i = 0; i < call->count; i++)
		if (rm_one(app, t, ids[i], o->restore, err) < 0)
			return -1;
	return STATUS_YES;
}

const struct command cmd_rm = {
	.name = "rm",
	.summary = "delete runs, or bring deleted ones back",
	.group = GROUP_KEEP,
	.operands = "RUN…",
	.about = "A deleted run is only hidden: 'wb ls --deleted' lists it, --restore brings it\n"
		 "back (give it the run's id), and 'wb gc' removes it for good. Files that\n"
		 "'wb run --keep-on-failure' kept of it are removed at once.",
	.examples = {
		{ "wb rm @", "delete the newest run" },
		{ "wb rm --restore 0192f3a1b2c3", "bring one back" },
	},
	.options = rm_specs,
	.options_size = sizeof(struct rm_options),
	.run = rm_run,
};
