/* From a specification to an exit status, with a viewer in between. */
#include "config.h"

#include "cli/launch.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/fail.h"
#include "cli/netview.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/outcome.h"
#include "engine/report.h"
#include "engine/run.h"
#include "engine/settle.h"
#include "engine/spec.h"
#include "engine/watch.h"
#include "engine/watch_tty.h"
#include "store/store.h"
#include "tracker/life.h"
#include "tracker/tracker.h"

/* How long to wait for another process that is moving records, before showing what is there. */
enum { SYNC_WAIT_MS = 2000 };

static int load_record(struct engine *e, const char *run_id, struct run *out, struct error *err)
{
	struct tracker_synced synced = { 0 };
	struct tracker *t;

	if (engine_tracker(e, &t, err) < 0 || tracker_sync(t, SYNC_WAIT_MS, &synced, err) < 0)
		return -1;
	settle_lost(engine_store(e), t, &synced);
	if (tracker_get(t, run_id, out, err) < 0)
		return -1;
	if (!synced.full || out->state != RUN_RUNNING || life_is_alive(store_dirfd(engine_store(e)), run_id))
		return 0;
	error_set(err, ERR_SYSTEM, "there is no space left to take in how run %.*s ended", RUNVIEW_ID, run_id);
	return error_hint(err, "make room on the store's disk, then 'wb show %.*s' tells", RUNVIEW_ID, run_id);
}

static int print_record(struct app *app, struct engine *e, const char *run_id, struct error *err)
{
	CLEANUP(run_release) struct run r;
	CLEANUP(jval_free) struct jval *v = NULL;

	run_init(&r);
	if (load_record(e, run_id, &r, err) < 0)
		return -1;
	v = report_run(&r);
	output_json(&app->out, v);
	return 0;
}

static void warn_not_kept(struct app *app, const struct run *r)
{
	int64_t n = (int64_t)jval_count(jval_get(r->end, "not_collected")) + jval_get_int(r->end, "not_collected_more", 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	if (!n)
		return;
	buf_printf(&b, "%" PRId64 " of the things it wrote %s not kept: 'wb show %.*s' says why", n, n == 1 ? "was" : "were",
		   RUNVIEW_ID, r->id);
	fail_warn(&app->err, buf_text(&b));
}

/* What the viewer was told while the run ran; it is not said again at the end. */
struct told {
	struct app *app;
	char *last; /* the last byte shown */
	struct words lines;
};

static void told_release(struct told *t)
{
	words_release(&t->lines);
}
DEFINE_CLEANUP_VALUE(told_release, struct told);

static void on_told(void *data, const char *text)
{
	struct told *t = data;
	struct error ignored = { 0 };

	words_add(&t->lines, text);
	if (t->app->globals.quiet)
		return;
	if (*t->last != '\n' && isatty(STDERR_FILENO))
		output_puts(&t->app->err, "\n");
	fail_warn(&t->app->err, text);
	/* Where it cannot be shown now, the record has it. */
	if (output_flush(&t->app->err, &ignored) < 0)
		error_clear(&ignored);
}

/* Only somebody who looks on waits for it. */
static void on_informed(void *data, const char *text)
{
	struct told *t = data;
	struct error ignored = { 0 };

	if (t->app->globals.quiet || t->app->globals.json || !isatty(STDERR_FILENO))
		return;
	if (*t->last != '\n')
		output_puts(&t->app->err, "\n");
	*t->last = '\n';
	output_untrusted(&t->app->err, text);
	output_puts(&t->app->err, "\n");
	if (output_flush(&t->app->err, &ignored) < 0)
		error_clear(&ignored);
}

static bool was_told(const struct words *told, const char *text)
{
	for (size_t i = 0; i < told->n; i++)
		if (str_eq(told->items[i], text))
			return true;
	return false;
}

/* What the code lacks because its reader may not read it: the run may look for it. */
static void warn_unreadable(struct app *app, const struct run *r)
{
	const struct jval *skipped = jval_get(jval_get(r->start, "snapshot"), "skipped");
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < jval_count(skipped); i++) {
		const struct jval *item = jval_at(skipped, i);

		if (!str_eq(jval_get_text(item, "why"), "unreadable"))
			continue;
		first = n++ ? first : jval_get_text(item, "path");
	}
	if (n) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_PATH * 2);

		buf_printf(&text, "you may not read %s", first ? first : "");
		if (n > 1)
			buf_printf(&text, " and %zu more", n - 1);
		buf_printf(&text, ": the frozen code is without %s", n > 1 ? "them" : "it");
		fail_warn(&app->err, buf_text(&text));
	}
}

static void print_ending(struct app *app, const struct run *r, const struct words *told)
{
	const struct jval *warnings = jval_get(jval_get(r->start, "policy"), "warnings");
	const char *reason = jval_get_text(r->end, "reason");

	if (app->globals.quiet)
		return;
	runview_denials(&app->err, r);
	netview_hints(&app->err, r);
	if (r->denial_count)
		output_puts(&app->err, "\n");
	runview_footer(&app->err, r);
	if (reason) {
		output_puts(&app->err, "  ");
		output_untrusted(&app->err, reason);
		output_puts(&app->err, "\n");
	}
	if (r->denial_count && r->state != RUN_FINISHED && !runview_is_withheld(r))
		output_printf(&app->err, "hint: 'wb explain %.*s' says what would allow it\n", RUNVIEW_ID, r->id);
	warn_not_kept(app, r);
	if (jval_get(r->end, "kept"))
		output_printf(&app->err, "  its files are kept as they were: 'wb shell %.*s' opens them\n", RUNVIEW_ID, r->id);
	if (runview_is_withheld(r))
		output_puts(&app->err, "  its output is withheld: a diode run lets only metrics out\n");
	warn_unreadable(app, r);
	for (size_t i = 0; i < jval_count(warnings); i++)
		if (jval_text(jval_at(warnings, i)))
			fail_warn(&app->err, jval_text(jval_at(warnings, i)));
	for (size_t i = 0; i < r->warning_count; i++)
		if (!was_told(told, r->warnings[i]))
			fail_warn(&app->err, r->warnings[i]);
}

/*
 * The record of a run whose supervisor does not speak any more. One that could not write its END (a full disk) may be on
 * its way out still: then the run is not LOST yet.
 */
static int load_ended(struct engine *e, const char *run_id, struct run *out, struct error *err)
{
	enum { STEPS = 100, STEP_MS = 100 };

	for (int i = 0; i < STEPS; i++) {
		if (load_record(e, run_id, out, err) < 0)
			return -1;
		if (out->state != RUN_RUNNING)
			return 0;
		run_release(out);
		run_init(out);
		poll(NULL, 0, STEP_MS);
	}
	error_set(err, ERR_BUSY, "how run %.*s ended is not in the record yet", RUNVIEW_ID, run_id);
	return error_hint(err, "'wb show %.*s' tells as soon as it is", RUNVIEW_ID, run_id);
}

/* How the run ended, as its record has it. */
static int finish(struct app *app, struct engine *e, const char *run_id, const struct words *told, struct error *err)
{
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (load_ended(e, run_id, &r, err) < 0)
		return -1;
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = report_run(&r);

		output_json(&app->out, v);
	} else {
		print_ending(app, &r, told);
	}
	return outcome_exit_status(run_state_name(r.state), r.detail, r.exit_code, r.signal);
}

/* Standard output belongs to the JSON where that is asked for. */
static int output_fd(const struct app *app)
{
	return app->globals.json ? STDERR_FILENO : STDOUT_FILENO;
}

bool launch_has_terminal(const struct app *app)
{
	return isatty(STDIN_FILENO) && isatty(output_fd(app));
}

static int check_terminal(struct app *app, struct run_spec *spec, const struct launch_options *options, struct error *err)
{
	struct pty_size size;

	if (options->detach) {
		error_set(err, ERR_INVALID, "--detach and a terminal (--tty) do not go together");
		return error_hint(err, "start it with --tty; Ctrl-] three times leaves it running");
	}
	if (options->dry_run)
		return 0;
	if (!launch_has_terminal(app)) {
		error_set(err, ERR_INVALID, "--tty: standard %s is not a terminal", isatty(STDIN_FILENO) ? "output" : "input");
		return error_hint(err, "leave --tty out for scripts and pipes; over ssh, ask for a terminal with 'ssh -t'");
	}
	size = watch_tty_size(STDIN_FILENO);
	spec->tty_rows = size.rows;
	spec->tty_cols = size.cols;
	return 0;
}

static void say_goes_on(struct app *app, const char *run_id)
{
	if (!app->globals.quiet)
		output_printf(&app->err, "run %.*s goes on: 'wb attach %.*s' looks at it again, 'wb stop %.*s' ends it\n",
			      RUNVIEW_ID, run_id, RUNVIEW_ID, run_id, RUNVIEW_ID, run_id);
}

/* Whoever read the output has seen enough ("| head"): the status is that of any program then, but the run is not left unsaid. */
static int on_reader_gone(struct app *app, struct engine *e, const char *run_id, struct error *err)
{
	CLEANUP(run_release) struct run r;

	error_clear(err);
	run_init(&r);
	if (load_record(e, run_id, &r, err) < 0)
		return -1;
	if (r.state == RUN_RUNNING)
		say_goes_on(app, run_id);
	return 128 + SIGPIPE;
}

int launch_follow(struct app *app, struct engine *e, const char *run_id, const struct follow_options *how,
		  struct error *err)
{
	char last = '\n';
	CLEANUP(told_release) struct told told = { .app = app, .last = &last };
	const struct watch_options options = {
		.out_fd = output_fd(app),
		.err_fd = STDERR_FILENO,
		.last = &last,
		/* In the middle of somebody's screen nothing is told; it is said at the end. */
		.told = how->tty ? NULL : on_told,
		.informed = how->tty ? NULL : on_informed,
		.told_data = &told,
		.from_start = how->from_start,
		.follow = true,
		.interrupt_stops = how->interrupt_stops,
		.tty = how->tty,
	};
	int result;

	if (output_flush(&app->out, err) < 0 || output_flush(&app->err, err) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	result = run_watch(e, run_id, &options, err);
	if (result < 0 && err->sys == EPIPE)
		return on_reader_gone(app, e, run_id, err);
	if (result < 0)
		return -1;
	/* What is said next begins on a line of its own. */
	if (last != '\n' && isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && !app->globals.quiet)
		output_puts(&app->err, "\n");
	if (result == WATCH_ENDED)
		return finish(app, e, run_id, &told.lines, err);
	say_goes_on(app, run_id);
	return how->interrupt_stops && result == WATCH_LEFT ? 128 + SIGHUP : STATUS_YES;
}

static int report_detached(struct app *app, const char *run_id)
{
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = report_started(run_id);

		output_json(&app->out, v);
	} else {
		output_printf(&app->out, "%s\n", run_id);
	}
	return STATUS_YES;
}

/* The policy said no: the reasons are the answer. */
static int report_denied(struct app *app, struct engine *e, const struct run_started *s, struct error *err)
{
	struct error denied = { 0 };

	if (app->globals.json && print_record(app, e, s->id.text, err) < 0)
		return -1;
	if (error_set(&denied, ERR_DENIED, "run %.*s: denied by policy", RUNVIEW_ID, s->id.text) < 0)
		error_hint(&denied, "'wb show %.*s' keeps the reasons; the policies lie in %s/policy", RUNVIEW_ID, s->id.text,
			   store_path(engine_store(e)));
	fail_print(&app->err, &denied, s->decision ? s->decision : "");
	return EXIT_POLICY_DENIED;
}

static int report_setup_failure(struct app *app, struct engine *e, struct run_started *s, struct error *err)
{
	if (app->globals.json && print_record(app, e, s->id.text, err) < 0)
		return -1;
	fail_advise(&s->why, "wb run", "");
	fail_print(&app->err, &s->why, "");
	return s->setup_status;
}

static int report_plan(struct app *app, const struct run_started *s)
{
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_bool(v, "dry_run", true);
		jval_set_bool(v, "denied", s->would_deny);
		jval_set_text(v, "decision", s->decision);
		jval_set_text(v, "plan", s->plan_text);
		output_json(&app->out, v);
	} else if (s->plan_text) {
		output_puts(&app->out, s->plan_text);
	}
	if (s->decision && !app->globals.json && (s->would_deny || !app->globals.quiet))
		output_puts(&app->err, s->decision);
	return s->would_deny ? EXIT_POLICY_DENIED : STATUS_YES;
}

static int print_begin(struct app *app, struct engine *e, const char *run_id, struct error *err)
{
	CLEANUP(run_release) struct run r;

	run_init(&r);
	if (load_record(e, run_id, &r, err) < 0)
		return -1;
	runview_begin(&app->err, &r);
	return 0;
}

/* Said whatever was asked to be quiet. */
static void warn_unconfined(struct app *app)
{
	output_styled(&app->err, STYLE_BAD,
		      "TIER 3: NOTHING CONFINES THIS RUN'S FILES: it can read, change and delete all that you can");
	output_puts(&app->err, "\n");
}

static void say_waiting(void *data, const char *text)
{
	struct app *app = data;
	struct error ignored = { 0 };

	if (app->globals.quiet)
		return;
	output_printf(&app->err, "wb: %s\n", text);
	if (output_flush(&app->err, &ignored) < 0)
		error_clear(&ignored);
}

static unsigned start_flags(const struct launch_options *options)
{
	if (options->dry_run)
		return RUN_START_DRY;
	return options->detach ? RUN_START_HOLD | RUN_START_DETACH : RUN_START_HOLD;
}

int launch(struct app *app, struct engine *e, struct run_spec *spec, const struct launch_options *options,
	   struct error *err)
{
	CLEANUP(run_started_release) struct run_started s = { .on_wait = say_waiting, .on_wait_data = app };
	const struct follow_options how = { .from_start = true, .interrupt_stops = true, .tty = spec->tty };
	struct tracker *t;
	int status;

	if (spec->tty && check_terminal(app, spec, options, err) < 0)
		return -1;
	/* A database that cannot be read is told before hours are spent, not after. */
	if (!options->dry_run && engine_tracker(e, &t, err) < 0)
		return -1;
	if (run_start(e, spec, start_flags(options), &s, err) < 0)
		return -1;
	if (options->dry_run)
		return report_plan(app, &s);
	if (s.denied)
		return report_denied(app, e, &s, err);
	if (s.setup_status)
		return report_setup_failure(app, e, &s, err);
	if (spec->tier == 3)
		warn_unconfined(app);
	if (app->globals.verbose && print_begin(app, e, s.id.text, err) < 0)
		return -1;
	if (options->detach)
		return report_detached(app, s.id.text);
	status = launch_follow(app, e, s.id.text, &how, err);
	/* The run does not end with its viewer. */
	if (status < 0)
		error_hint(err, "the run itself is untouched: 'wb attach %.*s' looks at it again", RUNVIEW_ID, s.id.text);
	return status;
}
