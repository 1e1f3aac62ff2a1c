/* Choosing the columns of the table of runs. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/columns.h"
#include "tui/list.h"
#include "tui/view.h"

struct columns_view {
	struct list list;
	struct words names; /* all there are: fixed, chosen, and what the rows have */
};

static void add_name(void *data, const char *name)
{
	struct words *names = data;

	for (size_t i = 0; i < names->n; i++)
		if (str_eq(names->items[i], name))
			return;
	words_add(names, name);
}

static void columns_open(void *state, const struct view_context *c, const struct reaction *why)
{
	struct columns_view *v = state;

	(void)why;
	for (size_t i = 0; i < c->prefs->columns.n; i++)
		add_name(&v->names, c->prefs->columns.items[i]);
	for (size_t i = 0; column_fixed[i]; i++)
		add_name(&v->names, column_fixed[i]);
	model_each_name(c->model, add_name, &v->names);
	list_set_count(&v->list, v->names.n);
}

static void columns_close(void *state)
{
	words_release(&((struct columns_view *)state)->names);
}

static bool find(const struct words *w, const char *name, size_t *at)
{
	for (*at = 0; *at < w->n; ++*at)
		if (str_eq(w->items[*at], name))
			return true;
	return false;
}

static void columns_draw(void *state, const struct view_context *c, const struct area *a)
{
	struct columns_view *v = state;
	int width = a->width < 50 ? a->width : 50;
	struct area box = area_part(a, a->width - width, 0, width, a->height);
	size_t at;

	for (int y = 0; y < box.height; y++)
		area_fill(&box, y, PEN_PLAIN);
	area_field(&box, 1, 0, box.width - 1, false, PEN_STRONG, "Columns, from left to right in this order");
	list_set_page(&v->list, box.height - 1);
	for (int y = 1; y < box.height; y++) {
		uint64_t index = v->list.top + (uint64_t)y - 1;
		bool shown;

		if (index >= v->names.n)
			break;
		shown = find(&c->prefs->columns, v->names.items[index], &at);
		area_text(&box, 1, y, shown ? PEN_GOOD : PEN_FAINT, shown ? "[x]" : "[ ]");
		area_field(&box, 5, y, box.width - 6, false, PEN_PLAIN, v->names.items[index]);
		if (index == v->list.cursor)
			area_select(&box, y);
	}
}

static unsigned columns_place(const void *state)
{
	(void)state;
	return PLACE_COLUMNS;
}

static unsigned columns_met(const void *state, const struct view_context *c)
{
	(void)state;
	(void)c;
	return 0;
}

static void columns_title(const void *state, const struct view_context *c, struct buf *out)
{
	(void)state;
	(void)c;
	buf_puts(out, "columns");
}

/* A column that comes in goes to the right end; the last one stays. */
static void toggle(const struct columns_view *v, struct prefs *p)
{
	const char *name = v->names.n ? v->names.items[v->list.cursor] : NULL;
	size_t at;

	if (!name)
		return;
	if (!find(&p->columns, name, &at)) {
		words_add(&p->columns, name);
	} else if (p->columns.n > 1) {
		free(p->columns.items[at]);
		memmove(p->columns.items + at, p->columns.items + at + 1, (p->columns.n - at) * sizeof *p->columns.items);
		p->columns.n--;
	}
	p->changed = true;
}

static void columns_act(void *state, const struct view_context *c, enum action_id id, const char *argument,
			struct reaction *out)
{
	struct columns_view *v = state;

	(void)argument;
	if (list_act(&v->list, id))
		return;
	if (id == ACT_MARK)
		toggle(v, c->prefs);
	else if (id == ACT_BACK || id == ACT_CLOSE)
		out->close = true;
	else
		out->not_mine = true;
}

const struct view_driver view_columns = {
	.state_size = sizeof(struct columns_view),
	.is_overlay = true,
	.open = columns_open,
	.close = columns_close,
	.draw = columns_draw,
	.place = columns_place,
	.met = columns_met,
	.title = columns_title,
	.act = columns_act,
};
