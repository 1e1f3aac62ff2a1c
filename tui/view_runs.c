/* The table of runs: a window onto however many there are. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "tui/columns.h"
#include "tui/list.h"
#include "tui/view.h"

enum { MARK_COLUMN = 2, GAP = 2, COLUMNS_MAX = 24, CELL_MAX = 16 * 1024, WIDEST = 32, HEAD = 1 };

struct runs_view {
	struct list list;
	uint64_t generation;
	char cursor_id[33];       /* the run that the cursor is on, for when rows move */
	struct words marked;      /* ids */
	struct words columns;     /* chosen by what the runs have, when nobody chose */
	char cursor_name[128];
	bool cursor_running;
};

static void runs_open(void *state, const struct view_context *c, const struct reaction *why)
{
	(void)state;
	(void)c;
	(void)why;
}

static void runs_close(void *state)
{
	struct runs_view *v = state;

	words_release(&v->marked);
	words_release(&v->columns);
}

static const struct run *row_at(const struct model_rows *rows, uint64_t index)
{
	return index >= rows->first && index - rows->first < rows->count ? &rows->runs[index - rows->first] : NULL;
}

static void remember_cursor(struct runs_view *v, const struct model_rows *rows)
{
	const struct run *r = row_at(rows, v->list.cursor);

	if (!r)
		return;
	memcpy(v->cursor_id, r->id, sizeof v->cursor_id);
	snprintf(v->cursor_name, sizeof v->cursor_name, "%s", r->name);
	v->cursor_running = r->state == RUN_RUNNING;
}

/* After a load: as many rows as there are known to be, and the cursor on the run it was on. */
static void follow_rows(struct runs_view *v, const struct model_rows *rows)
{
	uint64_t seen = rows->first + rows->count;

	list_set_count(&v->list, rows->has_total && rows->total > seen ? rows->total : seen);
	if (v->generation == rows->generation)
		return;
	v->generation = rows->generation;
	for (size_t i = 0; i < rows->count && v->cursor_id[0]; i++)
		if (str_eq(rows->runs[i].id, v->cursor_id)) {
			list_shift(&v->list, (int64_t)(rows->first + i) - (int64_t)v->list.cursor);
			break;
		}
}

static const struct words *columns_of(struct runs_view *v, const struct view_context *c, const struct model_rows *rows)
{
	if (c->prefs->columns.n)
		return &c->prefs->columns;
	if (!v->columns.n && rows->count)
		columns_choose(rows, &v->columns);
	return &v->columns;
}

struct layout {
	struct column columns[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	size_t n;
};

static const char *title_of(const struct column *c)
{
	return c->title ? c->title : c->key;
}

static void measure(struct layout *l, const struct model_rows *rows, const struct list *list, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);

	for (size_t i = 0; i < l->n; i++) {
		size_t widest = text_width(title_of(&l->columns[i]), strlen(title_of(&l->columns[i])));

		for (uint64_t y = list->top; y < list->top + list->page; y++) {
			const struct run *r = row_at(rows, y);
			size_t w;

			if (!r)
				continue;
			buf_clear(&b);
			column_text(&l->columns[i], r, now_ns, &b);
			w = text_width(buf_text(&b), b.len);
			widest = w > widest ? w : widest;
		}
		l->widths[i] = widest > WIDEST ? WIDEST : (int)widest;
	}
}

static int total_width(const struct layout *l)
{
	int total = MARK_COLUMN;

	for (size_t i = 0; i < l->n; i++)
		total += l->widths[i] + (i ? GAP : 0);
	return total;
}

/* Narrows the widest column that may give, then drops columns from the right, until the row fits. */
static void fit(struct layout *l, int width)
{
	while (l->n > 1 && total_width(l) > width) {
		size_t widest = l->n;

		for (size_t i = 0; i < l->n; i++)
			if (l->widths[i] > l->columns[i].least && (widest == l->n || l->widths[i] > l->widths[widest]))
				widest = i;
		if (widest < l->n)
			l->widths[widest]--;
		else
			l->n--;
	}
}

static void draw_head(const struct layout *l, const struct area *a)
{
	int x = MARK_COLUMN;

	for (size_t i = 0; i < l->n; i++)
		x = area_field(a, x, 0, l->widths[i], l->columns[i].right, PEN_STRONG, title_of(&l->columns[i])) + GAP;
}

static bool is_marked(const struct runs_view *v, const char *id, size_t *at)
{
	for (size_t i = 0; i < v->marked.n; i++)
		if (str_eq(v->marked.items[i], id)) {
			if (at)
				*at = i;
			return true;
		}
	return false;
}

static void draw_row(const struct runs_view *v, const struct layout *l, const struct view_context *c, const struct run *r,
		     const struct area *a, int y)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX);
	bool marked = is_marked(v, r->id, NULL);
	int x = MARK_COLUMN;

	area_text(a, 0, y, PEN_MARK, marked ? "*" : " ");
	for (size_t i = 0; i < l->n; i++) {
		buf_clear(&b);
		column_text(&l->columns[i], r, c->now_ns, &b);
		x = area_field(a, x, y, l->widths[i], l->columns[i].right, marked ? PEN_MARK : column_pen(&l->columns[i], r),
			       buf_text(&b)) + GAP;
	}
}

static void draw_table(struct runs_view *v, const struct view_context *c, const struct model_rows *rows, const struct area *a)
{
	const struct words *names = columns_of(v, c, rows);
	struct layout l = { .n = 0 };

	for (size_t i = 0; i < names->n && l.n < COLUMNS_MAX; i++)
		l.n += column_find(names->items[i], &l.columns[l.n]);
	measure(&l, rows, &v->list, c->now_ns);
	fit(&l, a->width);
	draw_head(&l, a);
	for (int y = HEAD; y < a->height; y++) {
		uint64_t index = v->list.top + (uint64_t)(y - HEAD);
		const struct run *r = row_at(rows, index);

		if (index >= v->list.count)
			break;
		if (r)
			draw_row(v, &l, c, r, a, y);
		else
			area_text(a, MARK_COLUMN, y, PEN_FAINT, c->ascii ? "..." : "…");
		if (index == v->list.cursor)
			area_select(a, y);
	}
}

static void runs_draw(void *state, const struct view_context *c, const struct area *a)
{
	struct runs_view *v = state;
	const struct model_rows *rows = model_rows(c->model);
	uint64_t page;

	list_set_page(&v->list, a->height - HEAD);
	page = v->list.page;
	follow_rows(v, rows);
	remember_cursor(v, rows);
	model_want_rows(c->model, v->list.top > page ? v->list.top - page : 0, 3 * page);
	if (rows->error.code) {
		view_error(a, &rows->error);
		return;
	}
	if (!rows->loaded)
		return;
	if (!rows->count && !v->list.count) {
		if (*model_filter(c->model))
			view_notice(a, PEN_PLAIN, "no run matches the filter", "Esc shows all runs again");
		else
			view_notice(a, PEN_PLAIN, "no runs yet", "start one with:  wb run -- COMMAND");
		return;
	}
	draw_table(v, c, rows, a);
}

static unsigned runs_place(const void *state)
{
	(void)state;
	return PLACE_RUNS;
}

static unsigned runs_met(const void *state, const struct view_context *c)
{
	const struct runs_view *v = state;

	(void)c;
	if (!v->list.count || !v->cursor_id[0])
		return 0;
	/* Of several marked ones each is asked by itself. */
	if (v->marked.n)
		return NEED_RUN | NEED_RUNNING | NEED_ENDED;
	return NEED_RUN | (v->cursor_running ? NEED_RUNNING : NEED_ENDED);
}

static void runs_title(const void *state, const struct view_context *c, struct buf *out)
{
	const struct runs_view *v = state;
	const struct model_rows *rows = model_rows(c->model);

	buf_puts(out, "runs");
	if (rows->loaded && v->list.count) {
		buf_puts(out, "  ");
		human_count(out, v->list.cursor + 1);
		buf_puts(out, " of ");
		human_count(out, v->list.count);
		if (!rows->has_total)
			buf_putc(out, '+');
	}
	if (v->marked.n)
		buf_printf(out, "  %zu marked", v->marked.n);
	if (*model_filter(c->model))
		buf_printf(out, "  filter: %s", model_filter(c->model));
	if (*model_order(c->model))
		buf_printf(out, "  by: %s", model_order(c->model));
}

static void toggle_mark(struct runs_view *v)
{
	size_t at;

	if (is_marked(v, v->cursor_id, &at)) {
		free(v->marked.items[at]);
		memmove(v->marked.items + at, v->marked.items + at + 1, (v->marked.n - at) * sizeof *v->marked.items);
		v->marked.n--;
	} else {
		words_add(&v->marked, v->cursor_id);
	}
	list_act(&v->list, ACT_DOWN);
}

/* A new filter or order is a new list: from its start. */
static void set_query(struct runs_view *v, const struct view_context *c, const char *filter, const char *order,
		      struct reaction *out)
{
	struct query_mark mark = { 0 };
	struct error err = { 0 };

	if (model_set_query(c->model, filter, order, &mark, &err) < 0) {
		snprintf(out->message, sizeof out->message, "%.230s", err.text);
		out->is_bad = true;
		return;
	}
	v->cursor_id[0] = '\0';
	list_go(&v->list, 0);
	prefs_set_order(c->prefs, order);
}

static void sort_by(struct runs_view *v, const struct view_context *c, const char *typed, struct reaction *out)
{
	CLEANUP(buf_release) struct buf order = BUF_INIT(PROMPT_TEXT_MAX);

	column_order(&order, typed);
	set_query(v, c, model_filter(c->model), buf_text(&order), out);
}

/* The first key's direction becomes the other one; no order is the newest first. */
static void turn_order(struct runs_view *v, const struct view_context *c, struct reaction *out)
{
	CLEANUP(buf_release) struct buf order = BUF_INIT(PROMPT_TEXT_MAX);
	const char *now = *model_order(c->model) ? model_order(c->model) : "start_time DESC";
	size_t first = strcspn(now, ",");
	CLEANUP(free) char *key = mem_strndup(now, first);
	size_t n = strlen(key);

	while (n && key[n - 1] == ' ')
		key[--n] = '\0';
	if (n > 5 && strcasecmp(key + n - 5, " DESC") == 0)
		buf_printf(&order, "%.*s", (int)(n - 5), key);
	else
		buf_printf(&order, "%.*s DESC", (int)(n > 4 && strcasecmp(key + n - 4, " ASC") == 0 ? n - 4 : n), key);
	buf_puts(&order, now + first);
	set_query(v, c, model_filter(c->model), buf_text(&order), out);
}

static void open_run(const struct runs_view *v, unsigned place, struct reaction *out)
{
	out->push = &view_run;
	out->push_place = place;
	memcpy(out->push_id, v->cursor_id, sizeof out->push_id);
}

/* The marked ones, else this run and its neighbour below. */
static void compare(const struct runs_view *v, const struct model_rows *rows, struct reaction *out)
{
	const struct run *below = row_at(rows, v->list.cursor + 1);
	struct jval *ids = jval_array();

	for (size_t i = 0; i < v->marked.n; i++)
		jval_push(ids, jval_new_text(v->marked.items[i]));
	if (v->marked.n < 2)
		jval_push(ids, jval_new_text(v->cursor_id));
	if (!v->marked.n && below)
		jval_push(ids, jval_new_text(below->id));
	if (jval_count(ids) != 2 || str_eq(jval_text(jval_at(ids, 0)), jval_text(jval_at(ids, 1)))) {
		snprintf(out->message, sizeof out->message, "two runs are compared: Space marks one, and another is marked or chosen");
		jval_free(ids);
		return;
	}
	out->push = &view_compare;
	out->command = jval_object();
	jval_set_text(out->command, "do", "compare");
	jval_set(out->command, "runs", ids);
}

static void runs_act(void *state, const struct view_context *c, enum action_id id, const char *argument, struct reaction *out)
{
	struct runs_view *v = state;
	const struct model_rows *rows = model_rows(c->model);

	if (list_act(&v->list, id)) {
		v->cursor_id[0] = '\0';
		remember_cursor(v, rows);
	} else if (id == ACT_OPEN) {
		open_run(v, PLACE_OVERVIEW, out);
	} else if (id == ACT_SHOW_CHARTS || id == ACT_SHOW_LOG || id == ACT_SHOW_FILES) {
		open_run(v, id == ACT_SHOW_CHARTS ? PLACE_CHARTS : id == ACT_SHOW_LOG ? PLACE_LOG : PLACE_FILES, out);
	} else if (id == ACT_MARK) {
		toggle_mark(v);
		v->cursor_id[0] = '\0';
		remember_cursor(v, rows);
	} else if (id == ACT_COMPARE) {
		compare(v, rows, out);
	} else if (id == ACT_UNMARK) {
		words_release(&v->marked);
	} else if (id == ACT_FILTER) {
		set_query(v, c, argument, model_order(c->model), out);
	} else if (id == ACT_SORT) {
		sort_by(v, c, argument, out);
	} else if (id == ACT_SORT_TURN) {
		turn_order(v, c, out);
	} else if (id == ACT_COLUMNS) {
		if (!c->prefs->columns.n)
			for (size_t i = 0; i < v->columns.n; i++)
				words_add(&c->prefs->columns, v->columns.items[i]);
		out->push = &view_columns;
	} else if (id == ACT_BACK && v->marked.n) {
		words_release(&v->marked);
	} else if (id == ACT_BACK && *model_filter(c->model)) {
		set_query(v, c, "", model_order(c->model), out);
	} else {
		out->not_mine = id != ACT_SHOW_RUNS && id != ACT_LEFT && id != ACT_RIGHT;
	}
}

static void runs_targets(const void *state, const struct view_context *c, struct words *ids, struct buf *name)
{
	const struct runs_view *v = state;

	(void)c;
	for (size_t i = 0; i < v->marked.n; i++)
		words_add(ids, v->marked.items[i]);
	if (v->marked.n)
		return;
	words_add(ids, v->cursor_id);
	buf_puts(name, v->cursor_name);
}

static void runs_initial(const void *state, const struct view_context *c, enum action_id id, struct buf *out)
{
	(void)state;
	if (id == ACT_FILTER)
		buf_puts(out, model_filter(c->model));
	else if (id == ACT_SORT)
		buf_puts(out, model_order(c->model));
}

static int runs_check(const void *state, const struct view_context *c, enum action_id id, const char *text,
		      struct query_mark *mark, struct error *err)
{
	CLEANUP(buf_release) struct buf order = BUF_INIT(PROMPT_TEXT_MAX);

	(void)state;
	if (id == ACT_FILTER)
		return model_check_query(c->model, text, "", mark, err);
	if (id != ACT_SORT)
		return 0;
	column_order(&order, text);
	return model_check_query(c->model, "", buf_text(&order), mark, err);
}

const struct view_driver view_runs = {
	.state_size = sizeof(struct runs_view),
	.open = runs_open,
	.close = runs_close,
	.draw = runs_draw,
	.place = runs_place,
	.met = runs_met,
	.title = runs_title,
	.act = runs_act,
	.targets = runs_targets,
	.initial = runs_initial,
	.check = runs_check,
};
