/* Help: what can be done in the place below, straight from the table of actions. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/list.h"
#include "tui/view.h"

enum { KEYS_WIDTH = 16, LINES_MAX = 128, LINE_MAX_ = 300 };

struct help_view {
	struct list list;
	unsigned below;       /* the place that help is given for */
	size_t lines[LINES_MAX]; /* indexes into actions */
	size_t n;
	char search[128];
};

static void help_open(void *state, const struct view_context *c, const struct reaction *why)
{
	struct help_view *v = state;

	(void)why;
	v->below = c->below;
	for (size_t i = 0; i < action_count && v->n < LINES_MAX; i++)
		if (actions[i].where & v->below)
			v->lines[v->n++] = i;
	list_set_count(&v->list, v->n);
}

static void help_close(void *state)
{
	(void)state;
}

static void keys_text(const struct action *a, struct buf *out)
{
	for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++) {
		buf_puts(out, k ? " " : "");
		key_format(out, a->keys[k]);
	}
}

static void line_text(const struct action *a, struct buf *out)
{
	keys_text(a, out);
	buf_printf(out, " :%s %s", a->name, a->help);
}

static bool matches(const struct help_view *v, size_t i)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LINE_MAX_);

	if (!v->search[0])
		return false;
	line_text(&actions[v->lines[i]], &b);
	return strcasestr(buf_text(&b), v->search) != NULL;
}

static void draw_line(const struct help_view *v, size_t i, const struct area *a, int y)
{
	const struct action *action = &actions[v->lines[i]];
	CLEANUP(buf_release) struct buf keys = BUF_INIT(LINE_MAX_);
	CLEANUP(buf_release) struct buf name = BUF_INIT(LINE_MAX_);
	enum pen pen = matches(v, i) ? PEN_MATCH : PEN_PLAIN;
	int x;

	keys_text(action, &keys);
	buf_printf(&name, ":%s%s%s", action->name, action->argument ? " " : "", action->argument ? action->argument : "");
	x = area_field(a, 1, y, KEYS_WIDTH, false, PEN_KEY, buf_text(&keys)) + 1;
	if (a->width >= 100)
		x = area_field(a, x, y, 24, false, PEN_FAINT, buf_text(&name)) + 1;
	area_field(a, x, y, a->width - x, false, pen, action->help);
}

static void help_draw(void *state, const struct view_context *c, const struct area *a)
{
	struct help_view *v = state;
	struct area body = area_part(a, 0, 1, a->width, a->height - 1);

	(void)c;
	for (int y = 0; y < a->height; y++)
		area_fill(a, y, PEN_PLAIN);
	area_text(a, 1, 0, PEN_STRONG, "Keys");
	area_field(a, 1 + KEYS_WIDTH + 1, 0, a->width - KEYS_WIDTH - 2, false, PEN_FAINT,
		   "each also by name after ':', for example :stop");
	list_set_page(&v->list, body.height);
	for (int y = 0; y < body.height; y++) {
		uint64_t index = v->list.top + (uint64_t)y;

		if (index >= v->n)
			break;
		draw_line(v, (size_t)index, &body, y);
		if (index == v->list.cursor)
			area_select(&body, y);
	}
}

static unsigned help_place(const void *state)
{
	(void)state;
	return PLACE_HELP;
}

static unsigned help_met(const void *state, const struct view_context *c)
{
	(void)state;
	(void)c;
	return 0;
}

static void help_title(const void *state, const struct view_context *c, struct buf *out)
{
	(void)state;
	(void)c;
	buf_puts(out, "help");
}

static void search_on(struct help_view *v, bool forward, bool from_here, struct reaction *out)
{
	for (size_t step = from_here ? 0 : 1; step <= v->n; step++) {
		size_t at = ((size_t)v->list.cursor + (forward ? step : v->n * 2 - step)) % (v->n ? v->n : 1);

		if (v->n && matches(v, at)) {
			list_go(&v->list, at);
			return;
		}
	}
	snprintf(out->message, sizeof out->message, "no '%.100s' here", v->search);
}

static void help_act(void *state, const struct view_context *c, enum action_id id, const char *argument, struct reaction *out)
{
	struct help_view *v = state;

	(void)c;
	if (list_act(&v->list, id))
		return;
	if (id == ACT_SEARCH) {
		snprintf(v->search, sizeof v->search, "%s", argument);
		search_on(v, true, true, out);
	} else if (id == ACT_SEARCH_NEXT || id == ACT_SEARCH_PREVIOUS) {
		search_on(v, id == ACT_SEARCH_NEXT, false, out);
	} else if (id == ACT_BACK || id == ACT_CLOSE) {
		out->close = true;
	} else {
		out->not_mine = true;
	}
}

const struct view_driver view_help = {
	.state_size = sizeof(struct help_view),
	.is_overlay = true,
	.open = help_open,
	.close = help_close,
	.draw = help_draw,
	.place = help_place,
	.met = help_met,
	.title = help_title,
	.act = help_act,
};
