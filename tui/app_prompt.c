/* The prompt line: arguments of actions, and actions by their names. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/app_parts.h"
#include "tui/columns.h"

enum { INITIAL_MAX = 8192, CARET_WIDTH = 56 };

static void add_candidate(void *data, const char *name)
{
	words_add(data, name);
}

/* Tab completes names of columns where a query is typed, and names of actions after ':'. */
static void fill_candidates(struct app *app, const struct action *action)
{
	static const char *const words[] = { "AND", "OR", "NOT", "LIKE", "IN", "IS", "NULL", "BETWEEN", "DESC", "ASC" };
	struct words *to = &app->prompt.candidates;
	unsigned place = app_place(app);

	if (!action) {
		for (size_t i = 0; i < action_count; i++)
			if (actions[i].where & place)
				words_add(to, actions[i].name);
		return;
	}
	if (action->id != ACT_FILTER && action->id != ACT_SORT)
		return;
	model_each_name(app->model, add_candidate, to);
	for (size_t i = 0; column_fixed[i]; i++) {
		struct column c;

		if (column_find(column_fixed[i], &c))
			words_add(to, c.order);
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		words_add(to, words[i]);
}

void app_prompt_open(struct app *app, const struct action *action)
{
	struct view_context c = app_context(app);
	const struct open_view *top = app_top(app);
	CLEANUP(buf_release) struct buf initial = BUF_INIT(INITIAL_MAX);
	char label[48];

	app->asked = action;
	snprintf(label, sizeof label, "%s", action ? action->name : "");
	snprintf(label + strlen(label), sizeof label - strlen(label), ": ");
	if (action && (action->id == ACT_SEARCH))
		snprintf(label, sizeof label, "/");
	if (!action)
		snprintf(label, sizeof label, ":");
	if (action && top->driver->initial)
		top->driver->initial(top->state, &c, action->id, &initial);
	app->prompt.history = &app->histories[action ? action->id : ACT_COMMAND];
	error_clear(&app->typed_error);
	buf_clear(&app->typed_detail);
	prompt_start(&app->prompt, label, buf_text(&initial));
	fill_candidates(app, action);
}

static void close_prompt(struct app *app)
{
	error_clear(&app->typed_error);
	buf_clear(&app->typed_detail);
	prompt_stop(&app->prompt);
}

/* Is what was typed so far good? Says so as one types. */
static bool check_typed(struct app *app)
{
	struct view_context c = app_context(app);
	const struct open_view *top = app_top(app);
	struct query_mark mark = { 0 };

	error_clear(&app->typed_error);
	buf_clear(&app->typed_detail);
	if (!app->asked || !top->driver->check)
		return true;
	if (top->driver->check(top->state, &c, app->asked->id, buf_text(&app->prompt.text), &mark, &app->typed_error) == 0)
		return true;
	if (mark.text)
		query_mark_format(&app->typed_detail, &mark, CARET_WIDTH);
	return false;
}

/* "tag a=b": the action's name, a blank, its argument. */
static void do_command(struct app *app, const char *line)
{
	const char *blank = strchr(line, ' ');
	CLEANUP(free) char *name = mem_strndup(line, blank ? (size_t)(blank - line) : strlen(line));
	const struct action *action = action_by_name(name, app_place(app));
	const char *argument = blank ? blank + strspn(blank, " ") : NULL;

	if (!*name)
		return;
	if (!action) {
		const char *names[ACT_COUNT_ * 2], *near;
		size_t n = 0;

		for (size_t i = 0; i < action_count && n < ACT_COUNT_ * 2; i++)
			if (actions[i].where & app_place(app))
				names[n++] = actions[i].name;
		near = str_nearest(name, names, n);
		app_say(app, true, "there is no '%s' here%s%s%s", name, near ? "; did you mean '" : "", near ? near : "",
			near ? "'?" : "");
		return;
	}
	app_do(app, action, action->argument ? (argument && *argument ? argument : NULL) : NULL);
}

void app_prompt_key(struct app *app, tui_key key)
{
	CLEANUP(free) char *typed = NULL;
	const struct action *asked = app->asked;
	enum prompt_result result = prompt_key(&app->prompt, key);

	if (result == PROMPT_EDITING) {
		check_typed(app);
		return;
	}
	if (result == PROMPT_DONE && !check_typed(app))
		return;
	typed = mem_strdup(buf_text(&app->prompt.text));
	close_prompt(app);
	if (result == PROMPT_LEFT)
		return;
	if (asked)
		app_do(app, asked, typed);
	else
		do_command(app, typed);
}
