/* Actions that change runs: from a key to a question to a command, and its answer. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/app_parts.h"

enum { NAME_MAX_ = 1024, ID_SHOWN = 12 };

unsigned app_submit(struct app *app, struct jval *command, const struct view_driver *from)
{
	struct ticket *t = NULL;
	unsigned number = 0;

	for (size_t i = 0; i < TICKETS_MAX && !t; i++)
		if (!app->tickets[i].number)
			t = &app->tickets[i];
	if (t) {
		if (++app->last_ticket == 0)
			app->last_ticket = 1;
		number = app->last_ticket;
		*t = (struct ticket){ number, from };
		app->options.submit(app->options.data, command, number);
	} else {
		app_say(app, true, "too many commands are under way; try again in a moment");
	}
	jval_free(command);
	return number;
}

/* The question that is open says what has been learnt about it meanwhile. */
static void add_to_question(struct app *app, unsigned number, const struct jval *answer)
{
	const char *about = jval_get_text(answer, "about");
	struct question *q = &app->question;
	CLEANUP(buf_release) struct buf text = BUF_INIT(MESSAGE_MAX * 8);

	if (!about || !*about || !q->active || q->about != number)
		return;
	buf_printf(&text, "%.*s: %s?", (int)strlen(q->text) - 1, q->text, about);
	snprintf(q->text, sizeof q->text, "%.380s", buf_text(&text));
}

static void keep_undo(struct app *app, const struct jval *answer)
{
	const struct jval *undo = jval_get(answer, "undo");
	const char *what = jval_get_text(answer, "undo_text");

	if (!undo)
		return;
	jval_free(app->undo);
	app->undo = jval_copy(undo);
	snprintf(app->undo_text, sizeof app->undo_text, "%s", what ? what : "change");
}

void app_answer(struct app *app, unsigned number, const struct jval *answer)
{
	const char *text = jval_get_text(answer, "text"), *hint = jval_get_text(answer, "hint");
	bool ok = jval_get_bool(answer, "ok", false);
	const struct view_driver *from = NULL;

	for (size_t i = 0; i < TICKETS_MAX; i++)
		if (app->tickets[i].number == number) {
			from = app->tickets[i].from;
			app->tickets[i] = (struct ticket){ 0 };
		}
	keep_undo(app, answer);
	add_to_question(app, number, answer);
	if (text && *text)
		app_say(app, !ok, "%s%s%s", text, hint && *hint ? "; " : "", hint && *hint ? hint : "");
	for (size_t i = 0; i < app->depth; i++)
		if (app->stack[i].driver == from && from->reply)
			from->reply(app->stack[i].state, answer);
	model_refresh(app->model);
	app->dirty = true;
}

struct question *app_ask(struct app *app, struct jval *take_command, const char *text)
{
	jval_free(app->question.command);
	app->question = (struct question){ .active = true, .command = take_command };
	snprintf(app->question.text, sizeof app->question.text, "%.380s", text);
	return &app->question;
}

/* What is deleted is no longer seen, and must not be meant by the next action. */
static void unmark(struct app *app)
{
	struct view_context c = app_context(app);
	struct reaction ignored = { .push = NULL };

	app_top(app)->driver->act(app_top(app)->state, &c, ACT_UNMARK, NULL, &ignored);
}

/* y does it; Enter is the safe answer. Any other key leaves the question open, so that a slip does nothing. */
void app_question_key(struct app *app, tui_key key)
{
	struct jval *command = app->question.command;

	if (key == 'y' || key == 'Y') {
		if (app->question.is_undo) {
			jval_free(app->undo);
			app->undo = NULL;
		}
		app->question = (struct question){ .active = false };
		if (str_eq(jval_get_text(command, "do"), "delete"))
			unmark(app);
		app_say(app, false, "under way");
		app_submit(app, command, NULL);
	} else if (key == 'n' || key == 'N' || key == 'q' || key == TK_ENTER || key == TK_ESCAPE || key == TK_CTRL('C')) {
		app->question = (struct question){ .active = false };
		jval_free(command);
		app_say(app, false, "nothing was done");
	}
}

/* The runs that an action is about, as a command; words for the question in *what. NULL: there are none. */
static struct jval *command_for(struct app *app, const char *verb, struct buf *what)
{
	struct view_context c = app_context(app);
	const struct open_view *top = app_top(app);
	CLEANUP(words_release) struct words ids = { 0 };
	CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_);
	struct jval *command;

	if (top->driver->targets)
		top->driver->targets(top->state, &c, &ids, &name);
	if (!ids.n)
		return NULL;
	if (ids.n == 1)
		buf_printf(what, "%s (%.*s)", name.len ? buf_text(&name) : "run", ID_SHOWN, ids.items[0]);
	else
		buf_printf(what, "%zu marked runs", ids.n);
	command = jval_object();
	jval_set_text(command, "do", verb);
	jval_set(command, "runs", words_to_jval(&ids));
	return command;
}

static struct question *ask_first(struct app *app, struct jval *take_command, const char *fmt, const char *what)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(MESSAGE_MAX);

	buf_puts(&text, fmt);
	buf_printf(&text, " %s?", what);
	return app_ask(app, take_command, buf_text(&text));
}

/* The same, and what there is to know about it is asked for meanwhile. */
static void ask_about(struct app *app, struct jval *take_command, const char *fmt, const char *what)
{
	struct jval *about = jval_object();

	jval_set_text(about, "do", "about");
	jval_set_text(about, "verb", jval_get_text(take_command, "do"));
	jval_set(about, "runs", jval_copy(jval_get(take_command, "runs")));
	ask_first(app, take_command, fmt, what)->about = app_submit(app, about, NULL);
}

static void change_tag(struct app *app, struct jval *command, const char *argument)
{
	const char *equals = strchr(argument, '=');
	CLEANUP(free) char *key = mem_strndup(argument, equals ? (size_t)(equals - argument) : strlen(argument));

	if (!*key) {
		app_say(app, true, "tag: KEY=VALUE is wanted");
		jval_free(command);
		return;
	}
	/* "KEY" alone is a tag without value; "KEY=" removes it. */
	if (equals && !equals[1])
		jval_set_text(command, "do", "untag");
	else
		jval_set_text(command, "value", equals ? equals + 1 : "");
	jval_set_text(command, "key", key);
	app_submit(app, command, NULL);
}

static void undo(struct app *app)
{
	char text[MESSAGE_MAX];

	snprintf(text, sizeof text, "undo the last %.100s?", app->undo_text);
	app_ask(app, jval_copy(app->undo), text)->is_undo = true;
}

static void copy_ids(struct app *app)
{
	struct view_context c = app_context(app);
	const struct open_view *top = app_top(app);
	CLEANUP(words_release) struct words ids = { 0 };
	CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_);
	CLEANUP(buf_release) struct buf text = BUF_INIT(NAME_MAX_ * 64);

	if (top->driver->targets)
		top->driver->targets(top->state, &c, &ids, &name);
	for (size_t i = 0; i < ids.n; i++)
		buf_printf(&text, "%s%s", i ? " " : "", ids.items[i]);
	if (app->options.copy)
		app->options.copy(app->options.data, buf_text(&text));
	app_say(app, false, "copied %s", ids.n == 1 ? ids.items[0] : "the marked ids");
}

bool app_change(struct app *app, const struct action *action, const char *argument)
{
	static const struct { enum action_id id; const char *verb; } verbs[] = {
		{ ACT_STOP, "stop" }, { ACT_KILL, "stop" }, { ACT_RERUN, "rerun" }, { ACT_TAG, "tag" }, { ACT_NOTE, "note" },
		{ ACT_DELETE, "delete" },
	};
	CLEANUP(buf_release) struct buf what = BUF_INIT(NAME_MAX_);
	struct jval *command = NULL;
	const char *verb = NULL;

	if (action->id == ACT_UNDO || action->id == ACT_COPY) {
		if (action->id == ACT_UNDO)
			undo(app);
		else
			copy_ids(app);
		return true;
	}
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (verbs[i].id == action->id)
			verb = verbs[i].verb;
	if (!verb)
		return false;
	command = command_for(app, verb, &what);
	if (!command) {
		app_say(app, true, "there is no run here");
		return true;
	}
	if (action->id == ACT_TAG) {
		change_tag(app, command, argument);
	} else if (action->id == ACT_NOTE) {
		jval_set_text(command, "text", argument);
		app_submit(app, command, NULL);
	} else if (action->id == ACT_RERUN) {
		ask_about(app, command, "repeat as it was:", buf_text(&what));
	} else if (action->id == ACT_DELETE) {
		ask_about(app, command, "delete", buf_text(&what));
	} else {
		jval_set_bool(command, "kill", action->id == ACT_KILL);
		ask_first(app, command, action->id == ACT_KILL ? "kill at once:" : "stop", buf_text(&what));
	}
	return true;
}
