/* wb policy replay */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/cmd_policy.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/replay.h"

enum { REASONS_SHOWN = 20 };

#define QUIET_NS INT64_C(1000000000)
#define REDRAW_NS INT64_C(200000000)

struct replay_command_options {
	struct arg_list with;
	bool all;
};

static const struct option_spec replay_specs[] = {
	OPTION_LIST('w', "with", struct replay_command_options, with, "FILE",
		    "decide by this file or folder instead of by what decided then; may be repeated"),
	OPTION_FLAG('a', "all", struct replay_command_options, all, "show also what stays as it was"),
	OPTION_END,
};

struct showing {
	struct app *app;
	bool with;
	int64_t start_ns, drawn_ns;
};

/* ---- showing --------------------------------------------------------------------------------------------- */

static void clear_progress(struct showing *s)
{
	struct error ignored = { 0 };

	if (s->drawn_ns) {
		output_puts(&s->app->err, "\r\033[K");
		if (output_flush(&s->app->err, &ignored) < 0)
			error_clear(&ignored);
	}
	s->drawn_ns = 0;
}

static void on_progress(void *data, uint64_t done)
{
	struct showing *s = data;
	struct error ignored = { 0 };
	int64_t now;

	if (s->app->globals.quiet || s->app->globals.json || !isatty(STDERR_FILENO))
		return;
	now = clock_mono(s->app->clock);
	if (now - s->start_ns < QUIET_NS || now - s->drawn_ns < REDRAW_NS)
		return;
	s->drawn_ns = now;
	output_printf(&s->app->err, "\r\033[K%" PRIu64 " runs decided again", done);
	if (output_flush(&s->app->err, &ignored) < 0)
		s->drawn_ns = 0;
}

static struct jval *texts_of(const struct policy_reason *list, size_t n)
{
	struct jval *array = jval_array();

	for (size_t i = 0; i < n; i++)
		jval_push(array, jval_new_text(list[i].text));
	return array;
}

/* What it would be refused for, or be told; owned by the caller. */
static struct jval *reasons_of(const struct replayed *r, bool warnings)
{
	const struct policy_decision *d = r->decision;
	const struct jval *recorded = jval_get(r->record, warnings ? "warnings" : "reasons");

	if (d)
		return warnings ? texts_of(d->warnings, d->nwarnings) : texts_of(d->reasons, d->nreasons);
	return recorded ? jval_copy(recorded) : jval_array();
}

static void print_json(struct showing *s, const struct replayed *r)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "run_id", r->before->run_id);
	jval_set_text(v, "name", r->before->name);
	jval_set_text(v, "result", replay_result_name(r->result));
	jval_set_text(v, "before", r->before->decision);
	if (r->result == REPLAY_UNKNOWN) {
		jval_set_text(v, "why", r->why);
	} else {
		jval_set_text(v, "now", r->denied ? "deny" : "allow");
		if (r->member)
			jval_set_text(v, "differs_in", r->member);
		jval_set(v, "reasons", reasons_of(r, false));
		jval_set(v, "warnings", reasons_of(r, true));
	}
	output_json(&s->app->out, v);
}

static void print_result(struct output *out, const struct showing *s, const struct replayed *r)
{
	bool was_allowed = str_eq(r->before->decision, "allow");

	switch (r->result) {
	case REPLAY_SAME:
		output_printf(out, "%s", was_allowed ? "allowed" : "denied");
		output_puts(out, s->with ? ", as then" : ", as then, to the last byte of the record");
		break;
	case REPLAY_DIFFERS:
		output_styled(out, STYLE_WARN, was_allowed ? "allowed" : "denied");
		output_printf(out, ", as then, but the record's \"%s\" comes out otherwise", r->member);
		break;
	case REPLAY_DENIED:
		output_styled(out, STYLE_BAD, "would be denied");
		output_puts(out, ", was allowed");
		break;
	case REPLAY_ALLOWED:
		output_styled(out, STYLE_GOOD, "would be allowed");
		output_puts(out, ", was denied");
		break;
	case REPLAY_UNKNOWN:
	case REPLAY_RESULTS_:
		output_styled(out, STYLE_WARN, "unknown");
		output_puts(out, ": ");
		output_untrusted(out, r->why);
		break;
	}
	output_puts(out, "\n");
}

static void on_run(void *data, const struct replayed *r)
{
	struct showing *s = data;
	struct output *out = &s->app->out;
	CLEANUP(jval_free) struct jval *reasons = reasons_of(r, false);
	size_t n = jval_count(reasons);

	clear_progress(s);
	if (s->app->globals.json) {
		print_json(s, r);
		return;
	}
	output_style(out, STYLE_NAME);
	output_printf(out, "%.*s", RUNVIEW_ID, r->before->run_id);
	output_style(out, STYLE_PLAIN);
	output_puts(out, " (");
	output_untrusted(out, r->before->name);
	output_puts(out, ") ");
	print_result(out, s, r);
	for (size_t i = 0; r->denied && i < n && i < REASONS_SHOWN; i++) {
		output_puts(out, "  - ");
		output_untrusted(out, jval_text(jval_at(reasons, i)));
		output_puts(out, "\n");
	}
	if (r->denied && n > REASONS_SHOWN)
		output_printf(out, "  and %zu more\n", n - REASONS_SHOWN);
}

static void print_count(struct app *app, const struct replay_count *c, int64_t ns)
{
	const uint64_t *n = c->by_result;

	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();

		jval_set_int(v, "v", 1);
		jval_set_int(v, "runs", (int64_t)c->runs);
		for (size_t i = 0; i < REPLAY_RESULTS_; i++)
			jval_set_int(v, replay_result_name((enum replay_result)i), (int64_t)n[i]);
		jval_set_num(v, "seconds", (double)ns / 1e9);
		output_json(&app->out, v);
		return;
	}
	output_printf(&app->out, "%" PRIu64 " run%s decided again: %" PRIu64 " as then", c->runs, c->runs == 1 ? "" : "s", n[REPLAY_SAME]);
	if (n[REPLAY_DIFFERS])
		output_printf(&app->out, ", %" PRIu64 " with another record", n[REPLAY_DIFFERS]);
	if (n[REPLAY_DENIED])
		output_printf(&app->out, ", %" PRIu64 " would be denied", n[REPLAY_DENIED]);
	if (n[REPLAY_ALLOWED])
		output_printf(&app->out, ", %" PRIu64 " would be allowed", n[REPLAY_ALLOWED]);
	if (n[REPLAY_UNKNOWN])
		output_printf(&app->out, ", %" PRIu64 " unknown", n[REPLAY_UNKNOWN]);
	output_puts(&app->out, "\n");
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

/* Runs by name become "run_id IN (...)"; what compares something is a filter. Both: both have to hold. */
static int add_operands(struct app *app, const struct call *call, struct buf *filter, bool *out_named, struct error *err)
{
	CLEANUP(buf_release) struct buf ids = BUF_INIT(LIMIT_MIB);
	char id[33];

	for (size_t i = 0; i < call->count; i++) {
		if (strpbrk(call->operands[i], " =<>!")) {
			buf_printf(filter, "%s(%s)", filter->len ? " AND " : "", call->operands[i]);
			continue;
		}
		if (pick_run_id(app, call->operands[i], id, err) < 0)
			return -1;
		buf_printf(&ids, "%s'%s'", ids.len ? ", " : "", id);
	}
	*out_named = ids.len > 0;
	if (ids.len)
		buf_printf(filter, "%srun_id IN (%s)", filter->len ? " AND " : "", buf_text(&ids));
	return buf_check(filter, "the filter", err) < 0 ? -1 : buf_check(&ids, "the list of runs", err);
}

static int load_with(struct app *app, const struct arg_list *with, struct policies *out, struct error *err)
{
	const struct policies_options options = { 0 };

	if (!with->count)
		return 0;
	if (cmd_policy_load(app, with, &options, out, err) < 0)
		return -1;
	if (!out->nlayers) {
		policy_diags_print(&out->diags, &app->detail);
		return error_set(err, ERR_INVALID, "the policy has %s", out->diags.errors == 1 ? "an error" : "errors");
	}
	if (!out->files.n)
		return error_set(err, ERR_NOT_FOUND, "%s: there is no .rego, .json or .yaml file in it", with->items[0]);
	return 0;
}

static int replay_command(struct app *app, const struct call *call, struct error *err)
{
	const struct replay_command_options *o = call->options;
	CLEANUP(policies_release) struct policies with = { 0 };
	CLEANUP(buf_release) struct buf filter = BUF_INIT(LIMIT_MIB);
	struct showing showing = { .app = app, .with = o->with.count > 0, .start_ns = clock_mono(app->clock) };
	struct replay_options options = { .fn = on_run, .progress = on_progress, .data = &showing };
	struct query_mark mark = { 0 };
	struct replay_count count;
	struct tracker *tracker;
	struct engine *e;
	bool named = false;

	if (pick_tracker(app, &tracker, err) < 0 || app_engine(app, &e, err) < 0 ||
	    add_operands(app, call, &filter, &named, err) < 0 || load_with(app, &o->with, &with, err) < 0)
		return error_wrap(err, "policy replay");
	options.with = o->with.count ? &with : NULL;
	options.filter.filter = filter.len ? buf_text(&filter) : NULL;
	options.all = o->all || named;
	if (replay(e, &options, &count, &mark, err) < 0) {
		if (mark.text)
			query_mark_format(&app->detail, &mark, app->err.width ? app->err.width : 100);
		return error_wrap(err, "policy replay");
	}
	clear_progress(&showing);
	print_count(app, &count, clock_mono(app->clock) - showing.start_ns);
	return count.by_result[REPLAY_SAME] == count.runs ? STATUS_YES : STATUS_NO;
}

const struct command policy_replay_command = {
	.name = "replay",
	.summary = "decide about past runs again, by the policy of then or a new one",
	.operands = "[RUN|FILTER]…",
	.about = "The record of a run keeps what was asked and the files that decided. Without --with\n"
		 "they decide again, and the record must come out the same to the last byte. With\n"
		 "--with other files decide: which runs would they have denied? Without RUN and FILTER\n"
		 "(see 'wb ls'): the whole history.\n"
		 "\n"
		 "Exit status: 0 all as then, 1 something changes, 2 it could not be done.",
	.examples = {
		{ "wb policy replay @", "is the newest run's decision what its record says?" },
		{ "wb policy replay --with policy/ \"start_time > '2026-10-01'\"", "what would a new policy have denied?" },
		{ "wb policy replay --with team.rego --json | jq -r 'select(.result == \"denied\").run_id'", "as data" },
	},
	.options = replay_specs,
	.options_size = sizeof(struct replay_command_options),
	.run = replay_command,
};
