/* wb logs */
#include "config.h"

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/runlog.h"
#include "engine/watch.h"
#include "store/store.h"
#include "tracker/tracker.h"

struct logs_options {
	bool follow;
};

static const struct option_spec logs_specs[] = {
	OPTION_FLAG('f', "follow", struct logs_options, follow, "go on until the run ends"),
	OPTION_END,
};

/* {"v":1,"stream":"stdout","time_ms","text"}: one object for each stretch as it was written. */
static void print_piece(struct output *out, const struct runlog_piece *p)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "stream", p->stream == RUNLOG_OUT ? "stdout" : "stderr");
	jval_set_int(v, "time_ms", p->time_ns / 1000000);
	jval_set(v, "text", jval_new_text_n(p->data, p->n));
	output_json(out, v);
}

static int print_json(struct app *app, struct engine *e, const char *run_id, struct error *err)
{
	CLEANUP(close) int dir = store_run_dir(engine_store(e), run_id, false, err);
	CLEANUP(runlog_reader_close) struct runlog_reader *r = NULL;
	struct runlog_piece piece;
	int more;

	if (dir < 0)
		return -1;
	if (runlog_open(dir, &r, err) < 0) {
		/* A run that was denied or not set up has no log. */
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
		return STATUS_YES;
	}
	while ((more = runlog_next(r, &piece, err)) == 1)
		print_piece(&app->out, &piece);
	return more < 0 ? -1 : STATUS_YES;
}

/* Why so little of a diode run is there. */
static void say_withheld(struct app *app, const char *id)
{
	CLEANUP(run_release) struct run r;
	struct error ignored = { 0 };
	struct tracker *t;

	run_init(&r);
	if (app->globals.quiet || pick_tracker(app, &t, &ignored) < 0 || tracker_get(t, id, &r, &ignored) < 0)
		return;
	if (runview_is_withheld(&r))
		output_puts(&app->err, "wb: output of this run is withheld: a diode run lets only metrics out\n");
}

static int logs_run(struct app *app, const struct call *call, struct error *err)
{
	const struct logs_options *o = call->options;
	const struct watch_options options = {
		.out_fd = STDOUT_FILENO,
		.err_fd = STDERR_FILENO,
		.from_start = true,
		.follow = o->follow,
	};
	struct engine *e;
	char id[33];

	if (o->follow && app->globals.json) {
		error_set(err, ERR_INVALID, "logs: --follow and --json do not go together");
		return error_hint(err, "'wb attach --json RUN' prints the run's record when it ends");
	}
	if (app_engine(app, &e, err) < 0 || pick_run_id(app, call->operands[0], id, err) < 0)
		return -1;
	if (app->globals.json)
		return print_json(app, e, id, err);
	if (run_watch(e, id, &options, err) < 0)
		return -1;
	say_withheld(app, id);
	return STATUS_YES;
}

const struct command cmd_logs = {
	.name = "logs",
	.summary = "print what a run wrote",
	.group = GROUP_RUN,
	.operands = "RUN",
	.about = "What the run wrote to standard error goes to standard error. Ctrl-C ends the\n"
		 "looking, never the run.\n"
		 "\n"
		 "Each of the two streams is in its own order; between them it is the order in which\n"
		 "they arrived: two pipes have none in common, and what was written within the same\n"
		 "millisecond may be swapped. One stream keeps it: wb run -- sh -c 'exec CMD 2>&1'.",
	.examples = {
		{ "wb logs @", "the newest run's output" },
		{ "wb logs -f 0192f3a1", "and what still comes" },
		{ "wb logs --json @", "with stream and time" },
	},
	.options = logs_specs,
	.options_size = sizeof(struct logs_options),
	.run = logs_run,
};
