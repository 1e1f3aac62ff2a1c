/* wb explain */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/app.h"
#include "cli/commands.h"
#include "cli/pick.h"
#include "cli/runview.h"
#include "engine/engine.h"
#include "engine/explain.h"
#include "engine/gpus.h"
#include "engine/runlog.h"
#include "store/store.h"

#define TAIL_MAX (64 * LIMIT_KIB)

/* The end of what it printed; a run that never executed printed nothing. */
static int read_tail(struct engine *e, const char *run_id, struct buf *out, struct error *err)
{
	CLEANUP(close) int dirfd = store_run_dir(engine_store(e), run_id, false, err);
	CLEANUP(runlog_reader_close) struct runlog_reader *log = NULL;
	struct runlog_piece piece;
	int more;

	if (dirfd < 0)
		return -1;
	if (runlog_open(dirfd, &log, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	if (runlog_seek_tail(log, TAIL_MAX, err) < 0)
		return -1;
	while ((more = runlog_next(log, &piece, err)) > 0) {
		if (out->len + piece.n > out->max)
			buf_consume(out, out->len + piece.n - out->max > out->len ? out->len : out->len + piece.n - out->max);
		buf_append(out, piece.data, piece.n);
	}
	return more;
}

/* Never cut: whole lines are copied from here. */
static void print_item(struct output *out, const struct explain_item *item)
{
	output_puts(out, "  ");
	output_style(out, STYLE_WARN);
	output_untrusted(out, item->what);
	output_style(out, STYLE_PLAIN);
	if (item->count > 1)
		output_printf(out, "  (%" PRIu64 " times)", item->count);
	output_puts(out, "\n");
	if (item->allow) {
		output_printf(out, "      %s: ", explain_kind_advice(item->kind));
		output_style(out, STYLE_GOOD);
		output_untrusted(out, item->allow);
		output_style(out, STYLE_PLAIN);
		output_puts(out, "\n");
	}
	if (!item->why)
		return;
	output_puts(out, "      ");
	output_untrusted(out, item->why);
	output_puts(out, "\n");
}

static void print_items(struct output *out, const struct explanation *x, enum explain_kind kind)
{
	bool titled = false;

	for (size_t i = 0; i < x->n; i++) {
		if (x->items[i].kind != kind)
			continue;
		if (!titled) {
			output_puts(out, "\n");
			output_styled(out, STYLE_STRONG, explain_kind_title(kind));
			output_puts(out, "\n");
		}
		titled = true;
		print_item(out, &x->items[i]);
	}
}

static void print_people(struct app *app, const struct run *r, const struct explanation *x)
{
	struct output *out = &app->out;

	runview_footer(out, r);
	if (x->cause) {
		output_puts(out, "\n");
		if (x->is_sure)
			output_printf(out, "%c", toupper((unsigned char)x->cause[0]));
		else
			output_puts(out, "It seems that ");
		output_untrusted(out, x->cause + x->is_sure);
		output_puts(out, ".\n");
	} else if (!x->n) {
		output_puts(out, "\nNothing was refused to it, and no limit was near.\n");
	}
	for (enum explain_kind kind = 0; kind < EXPLAIN_KINDS; kind++)
		print_items(out, x, kind);
	if (!x->traced && r->state == RUN_FAILED && r->exit_code > 0 && !app->globals.quiet)
		output_printf(&app->err, "hint: 'wb rerun --trace-files %.*s' also notes each file that it looks for in vain\n",
			      RUNVIEW_ID, r->id);
}

/* A run that has not begun is held up by other runs, which its own record does not know. */
static void add_wait(struct engine *e, const struct run *r, struct explanation *x)
{
	struct error ignored = { 0 };
	CLEANUP(close) int dirfd = r->state == RUN_RUNNING ? store_run_dir(engine_store(e), r->id, false, &ignored) : -1;
	CLEANUP(free) char *waiting = dirfd < 0 ? NULL : gpus_waiting(dirfd);

	if (!waiting)
		return;
	free(x->cause);
	x->cause = mem_printf("it is %s", waiting);
}

static int explain_it(struct app *app, const struct call *call, struct error *err)
{
	CLEANUP(run_release) struct run r;
	CLEANUP(explanation_release) struct explanation x = { 0 };
	CLEANUP(buf_release) struct buf tail = BUF_INIT(TAIL_MAX);
	struct explain_ask ask = { .run = &r, .outside = explain_outside };
	struct engine *e;

	run_init(&r);
	if (pick_run(app, call->operands[0], &r, err) < 0 || app_engine(app, &e, err) < 0 ||
	    read_tail(e, r.id, &tail, err) < 0)
		return -1;
	ask.tail = buf_text(&tail);
	ask.tail_len = tail.len;
	explain_run(&ask, &x);
	add_wait(e, &r, &x);
	if (app->globals.json) {
		CLEANUP(jval_free) struct jval *v = jval_object();
		CLEANUP(jval_free) struct jval *told = explanation_to_jval(&x);
		CLEANUP(buf_release) struct buf status = BUF_INIT(LIMIT_KIB);
		const struct jval *value;
		const char *key;

		jval_set_int(v, "v", 1);
		jval_set_text(v, "run_id", r.id);
		jval_set_text(v, "name", r.name);
		run_status_format(&status, r.state, r.detail);
		jval_set_text(v, "status", buf_text(&status));
		for (void *it = jval_next(told, NULL, &key, &value); it; it = jval_next(told, it, &key, &value))
			jval_set(v, key, jval_copy(value));
		output_json(&app->out, v);
	} else {
		print_people(app, &r, &x);
	}
	return STATUS_YES;
}

const struct command cmd_explain = {
	.name = "explain",
	.summary = "say why a run ended as it did, and what would allow what it was refused",
	.group = GROUP_RUN,
	.operands = "RUN",
	.about = "The cause, where it is known, in one sentence; then what was refused to the run,\n"
		 "the limits that ended it or were near, the files it looked for and could not see,\n"
		 "each with the option of 'wb run' or the line of the policy that would allow it.\n"
		 "\"It seems that\" marks what is read from the run's last words, not from the record.\n"
		 "\n"
		 "Files that a run only asks about (does it exist? how big is it?) are noted when it\n"
		 "runs with --trace-files: 'wb rerun --trace-files RUN', then 'wb explain @'.",
	.examples = {
		{ "wb explain @", "what was in the way of the newest run" },
		{ "wb explain --json @ | jq -r '.findings[].allow'", "the options that it lacked" },
	},
	.run = explain_it,
};
