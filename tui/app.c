/* The stack of views, and the way of a key: question, prompt, action. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/store.h"
#include "tui/app_parts.h"

struct view_context app_context(struct app *app)
{
	return (struct view_context){
		.model = app->model,
		.prefs = &app->prefs,
		.now_ns = clock_now(engine_clock(app->options.engine)),
		.ascii = app->options.ascii,
	};
}

struct open_view *app_top(struct app *app)
{
	return &app->stack[app->depth - 1];
}

unsigned app_place(struct app *app)
{
	const struct open_view *top = app_top(app);

	return top->driver->place(top->state);
}

unsigned app_met(struct app *app)
{
	struct view_context c = app_context(app);
	const struct open_view *top = app_top(app);

	return top->driver->met(top->state, &c) | (app->undo ? NEED_UNDO : 0);
}

void app_say(struct app *app, bool is_bad, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(app->message, sizeof app->message, fmt, ap);
	va_end(ap);
	app->message_is_bad = is_bad;
	app->dirty = true;
}

void app_push(struct app *app, const struct view_driver *driver, const struct reaction *why)
{
	struct view_context c = app_context(app);
	struct open_view *v;

	if (app->depth == STACK_MAX)
		return;
	c.below = app->depth ? app_place(app) : 0;
	v = &app->stack[app->depth];
	*v = (struct open_view){ driver, mem_zalloc(driver->state_size) };
	driver->open(v->state, &c, why);
	app->depth++;
}

static void pop(struct app *app)
{
	struct open_view *top = app_top(app);
	struct error err = { 0 };

	top->driver->close(top->state);
	free(top->state);
	app->depth--;
	for (size_t i = 0; i < TICKETS_MAX; i++)
		if (app->tickets[i].from == top->driver)
			app->tickets[i].from = NULL;
	if (app_save(app, &err) < 0)
		app_say(app, true, "%s", err.text);
}

int app_new(const struct app_options *options, struct app **out, struct error *err)
{
	CLEANUP(app_free) struct app *app = mem_zalloc(sizeof *app);
	struct query_mark mark = { 0 };
	struct error ignored = { 0 };

	app->options = *options;
	prompt_init(&app->prompt);
	app->typed_detail = (struct buf)BUF_INIT(DETAIL_MAX);
	if (model_open(options->engine, &app->model, err) < 0)
		return -1;
	/* Preferences that cannot be read are no reason not to start. */
	if (prefs_load(&app->prefs, options->prefs_path, store_path(engine_store(options->engine)), &ignored) < 0)
		app_say(app, true, "%s", ignored.text);
	if (*app->prefs.order && model_set_query(app->model, "", app->prefs.order, &mark, &ignored) < 0)
		prefs_set_order(&app->prefs, "");
	app_push(app, &view_runs, &(struct reaction){ .push = NULL });
	app->dirty = true;
	*out = take_ptr(&app);
	return 0;
}

void app_free(struct app *app)
{
	if (!app)
		return;
	while (app->depth) {
		struct open_view *top = app_top(app);

		top->driver->close(top->state);
		free(top->state);
		app->depth--;
	}
	model_close(app->model);
	prefs_release(&app->prefs);
	prompt_release(&app->prompt);
	for (size_t i = 0; i < ACT_COUNT_; i++)
		words_release(&app->histories[i]);
	buf_release(&app->typed_detail);
	jval_free(app->question.command);
	jval_free(app->undo);
	free(app);
}

int app_save(struct app *app, struct error *err)
{
	return prefs_save(&app->prefs, err);
}

/* What views that are no longer seen wished for is not loaded. */
static void apply(struct app *app, struct reaction *r)
{
	if (r->message[0])
		app_say(app, r->is_bad, "%s", r->message);
	if (r->command && !r->push)
		app_submit(app, r->command, app_top(app)->driver);
	if (r->close && app->depth > 1)
		pop(app);
	if (r->push)
		app_push(app, r->push, r);
	if (r->command && r->push)
		app_submit(app, r->command, r->push);
}

/* Actions of the program itself. False when the action is none of these. */
static bool act_on_program(struct app *app, const struct action *action)
{
	switch (action->id) {
	case ACT_QUIT:
		app->wish = APP_QUITS;
		return true;
	case ACT_CLOSE:
		if (app->depth > 1)
			return false;
		app->wish = APP_QUITS;
		return true;
	case ACT_SUSPEND:
		app->wish = APP_SUSPENDS;
		return true;
	case ACT_HELP:
		app_push(app, &view_help, &(struct reaction){ .push = NULL });
		return true;
	case ACT_COMMAND:
		app_prompt_open(app, NULL);
		return true;
	case ACT_REDRAW:
		return true;
	default:
		return false;
	}
}

/* Overlays first: the view that an action is about lies below them. */
static void show_runs(struct app *app)
{
	while (app->depth > 1)
		pop(app);
}

void app_do(struct app *app, const struct action *action, const char *argument)
{
	struct view_context c = app_context(app);
	const char *refusal = action_refusal(action, app_met(app));
	struct reaction r = { .push = NULL };
	struct open_view *top = app_top(app);

	app->dirty = true;
	if (refusal) {
		app_say(app, true, "%s: %s", action->name, refusal);
		return;
	}
	if (action->argument && !argument) {
		app_prompt_open(app, action);
		return;
	}
	if (act_on_program(app, action) || app_change(app, action, argument))
		return;
	top->driver->act(top->state, &c, action->id, argument, &r);
	if (r.not_mine && action->id == ACT_SHOW_RUNS)
		show_runs(app);
	apply(app, &r);
}

/* Ctrl-C at the top asks as q does; it never stops a run. */
static void leave_by_interrupt(struct app *app)
{
	if (app->depth == 1)
		app_say(app, false, "q leaves; runs go on without this window");
}

/* What changes nothing: nobody answers a question that is not seen. */
static void key_unseen(struct app *app, tui_key key)
{
	const struct action *action = action_by_key(key, PLACE_RUNS);

	if (action && (action->id == ACT_QUIT || action->id == ACT_SUSPEND || action->id == ACT_REDRAW))
		act_on_program(app, action);
}

void app_key(struct app *app, tui_key key)
{
	const struct action *action;

	app->dirty = true;
	if (app->is_blind) {
		key_unseen(app, key);
		return;
	}
	if (app->question.active) {
		app_question_key(app, key);
		return;
	}
	if (app->prompt.active) {
		app_prompt_key(app, key);
		return;
	}
	app->message[0] = '\0';
	action = action_by_key(key, app_place(app));
	if (!action)
		return;
	if (key == TK_CTRL('C'))
		leave_by_interrupt(app);
	app_do(app, action, NULL);
}

bool app_step(struct app *app)
{
	bool more = model_step(app->model);

	app->dirty = app->dirty || more;
	return more;
}

void app_tick(struct app *app)
{
	/* Running times pass on the screen even where nothing was written. */
	model_poll(app->model);
	app->dirty = true;
}

bool app_is_dirty(const struct app *app)
{
	return app->dirty;
}

void app_touch(struct app *app)
{
	app->dirty = true;
}

void app_draw(struct app *app, struct screen *s)
{
	app->dirty = false;
	app_draw_frame(app, s);
}

enum app_wish app_wish(const struct app *app)
{
	return app->wish;
}

void app_resume(struct app *app)
{
	app->wish = APP_GOES_ON;
	app->dirty = true;
}
