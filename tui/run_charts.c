/* Charts of a run's metrics: a list of them, and the chosen ones drawn. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/mem.h"
#include "base/str.h"
#include "chart/chart.h"
#include "tui/run_page.h"

enum { LIST_LEAST = 18, LIST_MOST = 34, OVERLAYS_MAX = PEN_SERIES_COUNT - 1, VALUES_MAX = 1024, CURSOR_JUMP = 10 };

static const double smooth_steps[] = { 0, 0.6, 0.8, 0.9, 0.95, 0.99 };

enum { SMOOTH_STEPS = sizeof smooth_steps / sizeof *smooth_steps };

static enum pen pen_of(unsigned role)
{
	if (role >= CHART_SERIES)
		return PEN_SERIES + (role - CHART_SERIES) % PEN_SERIES_COUNT;
	return role == CHART_TEXT ? PEN_PLAIN : PEN_FAINT;
}

/* The points of a series as the chart takes them: x is the step, or the seconds since the run began. */
static struct chart_point *points_of(const struct model_series *s, const struct run *r, bool by_time)
{
	struct chart_point *points = mem_calloc(s->count ? s->count : 1, sizeof *points);

	for (size_t i = 0; i < s->count; i++)
		points[i] = (struct chart_point){
			.x = by_time ? (double)s->points[i].time_ms / 1e3 - (double)r->start_ns / 1e9 : (double)s->points[i].step,
			.y = s->points[i].value,
		};
	return points;
}

static void show_grid(const struct chart_grid *g, const struct area *a)
{
	for (int y = 0; y < g->height; y++)
		for (int x = 0; x < g->width; x++) {
			const struct chart_cell *cell = &g->cells[y * g->width + x];
			char bytes[4];

			if (cell->role != CHART_BLANK && cell->ch)
				area_text_n(a, x, y, pen_of(cell->role), bytes, str_utf8_encode(cell->ch, bytes));
		}
}

/* Under the cursor line: the exact values there. */
static void show_values(const struct chart_grid *g, const struct chart_spec *spec, const struct run_charts *how,
			const struct area *a)
{
	int column = how->cursor < 0 ? 0 : how->cursor >= g->columns ? g->columns - 1 : how->cursor;
	double x = g->x_low + (g->x_high - g->x_low) * (g->columns > 1 ? (double)column / (g->columns - 1) : 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT(VALUES_MAX);

	for (size_t i = 0; i < spec->count; i++) {
		const struct chart_series *s = &spec->series[i];
		const struct chart_point *p;

		if (!s->count)
			continue;
		p = &s->points[chart_nearest(s->points, s->count, x)];
		if (!b.len) {
			buf_puts(&b, spec->x_is_time ? "after " : "step ");
			human_number(&b, p->x);
			buf_puts(&b, spec->x_is_time ? " s" : "");
		}
		buf_printf(&b, "  %s ", s->name);
		human_number(&b, p->y);
	}
	area_field(a, g->left, a->height - 1, a->width - g->left, false, PEN_STRONG, buf_text(&b));
}

/* One line where there is no chart to draw. */
static void no_chart(const struct area *a, const struct model_series *s)
{
	if (s->error.code)
		view_error(a, &s->error);
	else if (s->complete)
		view_notice(a, PEN_FAINT, "nothing to draw: no value is a number that this axis can show", "");
}

void run_chart_draw(const struct view_context *c, const struct run *r, const char *const *keys, size_t n,
		    const struct run_charts *how, const struct area *a)
{
	struct chart_series series[PEN_SERIES_COUNT];
	struct chart_point *points[PEN_SERIES_COUNT] = { NULL };
	const struct model_series *loaded = NULL;
	CLEANUP(chart_grid_release) struct chart_grid g = { .width = 0 };
	struct chart_spec spec = {
		.series = series, .count = n, .smooth = smooth_steps[how->smooth], .log_y = how->log_y, .x_is_time = how->by_time,
		.ascii = c->ascii, .width = a->width, .height = a->height - (how->has_cursor ? 1 : 0),
		.has_cursor = how->has_cursor, .cursor = how->cursor,
	};

	if (a->width < CHART_LEAST_WIDTH || a->height <= CHART_LEAST_HEIGHT) {
		if (a->height > 1)
			area_field(a, 0, 1, a->width, false, PEN_FAINT, "no room for a chart");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		loaded = model_want_series(c->model, keys[i]);
		points[i] = points_of(loaded, r, how->by_time);
		series[i] = (struct chart_series){ keys[i], points[i], loaded->count };
	}
	chart_draw(&spec, &g);
	show_grid(&g, a);
	if (g.is_empty && loaded)
		no_chart(a, loaded);
	else if (how->has_cursor)
		show_values(&g, &spec, how, a);
	for (size_t i = 0; i < n; i++)
		free(points[i]);
}

void run_charts_release(struct run_charts *ch)
{
	words_release(&ch->keys);
	words_release(&ch->overlaid);
}

static bool contains(const struct words *w, const char *word, size_t *at)
{
	for (*at = 0; *at < w->n; ++*at)
		if (str_eq(w->items[*at], word))
			return true;
	return false;
}

/* The run's own first, what wb measured behind them. */
static void take_keys(struct run_charts *ch, const struct run *r)
{
	words_release(&ch->keys);
	for (int system = 0; system <= 1; system++)
		for (size_t i = 0; i < r->metric_count; i++)
			if (str_starts(r->metrics[i].key, "system/") == (system == 1))
				words_add(&ch->keys, r->metrics[i].key);
	list_set_count(&ch->list, ch->keys.n);
}

static void draw_list(struct run_charts *ch, const struct area *a)
{
	size_t at;

	list_set_page(&ch->list, a->height);
	for (int y = 0; y < a->height; y++) {
		uint64_t index = ch->list.top + (uint64_t)y;

		if (index >= ch->keys.n)
			break;
		if (contains(&ch->overlaid, ch->keys.items[index], &at))
			area_text(a, 0, y, PEN_MARK, "*");
		area_field(a, 1, y, a->width - 1, false, PEN_PLAIN, ch->keys.items[index]);
		if (index == ch->list.cursor)
			area_select(a, y);
	}
}

/* How many points the chart shows, and how it shows them. */
static void draw_settings(const struct run_charts *ch, const struct model_series *s, const struct area *a)
{
	CLEANUP(buf_release) struct buf points = BUF_INIT(VALUES_MAX);

	human_count(&points, s->count);
	area_printf(a, 0, 0, PEN_FAINT, "%s %s  smooth %g  %s y  by %s",
		    s->complete ? buf_text(&points) : "loading", s->cut ? "points, the first of more" : !s->complete ? "" : s->count == 1 ? "point" : "points",
		    smooth_steps[ch->smooth], ch->log_y ? "log" : "linear", ch->by_time ? "time" : "step");
}

static void charts_draw(struct run_view *v, const struct view_context *c, const struct run *r, const struct area *a)
{
	struct run_charts *ch = &v->charts;
	const char *keys[PEN_SERIES_COUNT];
	int wide = a->width / 4 < LIST_LEAST ? LIST_LEAST : a->width / 4 > LIST_MOST ? LIST_MOST : a->width / 4;
	struct area list = area_part(a, 0, 0, wide, a->height);
	struct area head = area_part(a, wide + 1, 0, a->width - wide - 1, 1);
	struct area chart = area_part(a, wide + 1, 1, a->width - wide - 1, a->height - 1);
	size_t n = 0;

	take_keys(ch, r);
	if (!ch->keys.n) {
		view_notice(a, PEN_PLAIN, "the run has logged no metrics", r->state == RUN_RUNNING ? "yet" : NULL);
		return;
	}
	draw_list(ch, &list);
	keys[n++] = ch->keys.items[ch->list.cursor];
	draw_settings(ch, model_want_series(c->model, keys[0]), &head);
	for (size_t i = 0; i < ch->overlaid.n && n < PEN_SERIES_COUNT; i++)
		if (!str_eq(ch->overlaid.items[i], keys[0]))
			keys[n++] = ch->overlaid.items[i];
	run_chart_draw(c, r, keys, n, ch, &chart);
}

static void toggle_overlay(struct run_charts *ch, struct reaction *out)
{
	const char *key = ch->keys.n ? ch->keys.items[ch->list.cursor] : NULL;
	size_t at;

	if (!key)
		return;
	if (contains(&ch->overlaid, key, &at)) {
		free(ch->overlaid.items[at]);
		memmove(ch->overlaid.items + at, ch->overlaid.items + at + 1, (ch->overlaid.n - at) * sizeof *ch->overlaid.items);
		ch->overlaid.n--;
	} else if (ch->overlaid.n < OVERLAYS_MAX) {
		words_add(&ch->overlaid, key);
	} else {
		snprintf(out->message, sizeof out->message, "at most %d metrics lie over each other", OVERLAYS_MAX + 1);
	}
}

static void move_cursor(struct run_charts *ch, int by)
{
	if (!ch->has_cursor)
		ch->cursor = 0;
	else
		ch->cursor += by;
	if (ch->cursor < 0)
		ch->cursor = 0;
	if (ch->cursor > SCREEN_SIDE_MAX)
		ch->cursor = SCREEN_SIDE_MAX;
	ch->has_cursor = true;
}

static bool charts_act(struct run_view *v, const struct view_context *c, enum action_id id, const char *argument,
		       struct reaction *out)
{
	struct run_charts *ch = &v->charts;

	(void)c;
	(void)argument;
	if (list_act(&ch->list, id))
		return true;
	switch (id) {
	case ACT_SMOOTH_MORE: ch->smooth += ch->smooth + 1 < SMOOTH_STEPS; return true;
	case ACT_SMOOTH_LESS: ch->smooth -= ch->smooth > 0; return true;
	case ACT_LOG_AXIS: ch->log_y = !ch->log_y; return true;
	case ACT_X_AXIS: ch->by_time = !ch->by_time; return true;
	case ACT_OVERLAY: toggle_overlay(ch, out); return true;
	case ACT_LEFT: move_cursor(ch, -1); return true;
	case ACT_RIGHT: move_cursor(ch, 1); return true;
	case ACT_LEFT_MORE: move_cursor(ch, -CURSOR_JUMP); return true;
	case ACT_RIGHT_MORE: move_cursor(ch, CURSOR_JUMP); return true;
	case ACT_BACK:
		if (!ch->has_cursor)
			return false;
		ch->has_cursor = false;
		return true;
	default: return false;
	}
}

const struct run_tab run_tab_charts = { "Charts", PLACE_CHARTS, charts_draw, charts_act };
