/* What a run printed: its end, growing. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tui/run_page.h"

enum { SCROLL_COLUMNS = 8, ROWS_OF_A_LINE_MAX = 1200, CUT_WIDTH = 6 };

/* Stands behind a line that is longer than what is kept of one. */
static const char cut[] = " [cut]";

/* Rows that a line takes when it is wrapped. */
static int rows_of(const struct run_log *g, const struct model_line *line, int width)
{
	size_t w;

	if (!g->wrap || width < 1)
		return 1;
	w = text_width(line->text, line->n);
	if (w <= (size_t)width)
		return 1;
	return w / (size_t)width > ROWS_OF_A_LINE_MAX ? ROWS_OF_A_LINE_MAX : (int)((w + (size_t)width - 1) / (size_t)width);
}

static bool has_text(const struct model_line *line, const char *search)
{
	return *search && strcasestr(line->text, search) != NULL;
}

/* Skips columns of a line; returns where to go on. */
static size_t skip_columns(const struct model_line *line, size_t from, size_t columns)
{
	struct text_unit u;
	size_t at = from, done = 0;

	while (at < line->n && done < columns) {
		size_t taken = text_next(line->text + at, line->n - at, &u);

		if (done + u.cols > columns)
			break;
		done += u.cols;
		at += taken;
	}
	return at;
}

/* From its row skip on. Returns the rows drawn. */
static int draw_line(const struct run_log *g, const struct model_line *line, int skip, const struct area *a, int y)
{
	enum pen pen = has_text(line, g->search) ? PEN_MATCH : line->is_err ? PEN_WARN : PEN_PLAIN;
	size_t at = g->wrap ? 0 : skip_columns(line, 0, (size_t)g->left);
	int rows = rows_of(g, line, a->width);

	for (int i = 0; i < rows && y + i - skip < a->height; i++) {
		struct area row = area_part(a, 0, y + i - skip, a->width, 1);
		int x;

		if (i >= skip) {
			x = area_text_n(&row, 0, 0, pen, line->text + at, line->n - at);
			if (i + 1 == rows && line->cut)
				area_text(&row, x < a->width - CUT_WIDTH ? x : a->width - CUT_WIDTH, 0, PEN_FAINT, cut);
		}
		at = skip_columns(line, at, (size_t)a->width);
	}
	return rows - skip;
}

/* A place to begin at: a line, and how many of its rows lie above the screen. */
struct start {
	uint64_t line;
	int skip;
};

/* Where to begin so that the last row of a line is the last one seen. */
static struct start start_for(const struct run_log *g, const struct model_log *log, uint64_t last, const struct area *a)
{
	struct start s = { last, 0 };
	int rows = 0;

	for (uint64_t i = last + 1; i-- > 0 && rows < a->height;) {
		rows += rows_of(g, &log->lines[i], a->width);
		s.line = i;
	}
	s.skip = rows > a->height ? rows - a->height : 0;
	return s;
}

static bool is_before(const struct start *a, const struct start *b)
{
	return a->line < b->line || (a->line == b->line && a->skip < b->skip);
}

/* The cursor is seen, and no row at the end is empty while there are lines before. */
static void place_cursor(struct run_log *g, const struct model_log *log, const struct area *a)
{
	struct start now, lowest, highest;

	list_set_page(&g->list, a->height);
	/* Lines at the start were let go: the cursor stays on its line. */
	if (log->first > g->first) {
		uint64_t gone = log->first - g->first;

		list_shift(&g->list, -(int64_t)gone);
		g->top = g->top > gone ? g->top - gone : 0;
	}
	g->first = log->first;
	list_set_count(&g->list, log->count);
	if (g->follow)
		list_act(&g->list, ACT_LAST);
	now = (struct start){ g->top, g->skip };
	lowest = start_for(g, log, g->list.cursor, a);
	highest = start_for(g, log, log->count - 1, a);
	if (is_before(&now, &lowest))
		now = lowest;
	if (now.line > g->list.cursor)
		now = (struct start){ g->list.cursor, 0 };
	if (is_before(&highest, &now))
		now = highest;
	g->top = now.line;
	g->skip = now.skip;
}

static void draw_state(const struct run_view *v, const struct model_log *log, const struct area *a)
{
	const struct run_log *g = &v->log;
	const char *state = g->follow ? (v->running ? "following" : "at the end") : "";

	area_printf(a, 1, 0, PEN_FAINT, "line %llu of %s%llu  %s%s", (unsigned long long)(log->first + g->list.cursor + 1),
		    log->cut ? "at least " : "", (unsigned long long)(log->first + log->count), state,
		    log->cut ? "  (the start is left out here: 'wb logs' prints all)" : "");
}

static void log_draw(struct run_view *v, const struct view_context *c, const struct run *r, const struct area *a)
{
	const struct model_log *log = model_want_log(c->model);
	struct area body = area_part(a, 0, 1, a->width, a->height - 1);
	struct run_log *g = &v->log;
	int y = 0;

	if (log->error.code) {
		view_error(a, &log->error);
		return;
	}
	if (log->missing || (log->loaded && !log->count)) {
		view_notice(a, PEN_PLAIN, log->missing ? "the run has no log: it never executed" : "the run has printed nothing",
			    r->state == RUN_RUNNING ? "yet" : NULL);
		return;
	}
	if (!log->count)
		return;
	place_cursor(g, log, &body);
	draw_state(v, log, a);
	for (uint64_t i = g->top; i < log->count && y < body.height; i++) {
		int rows = draw_line(g, &log->lines[i], i == g->top ? g->skip : 0, &body, y);

		if (i == g->list.cursor && !g->follow)
			area_select(&body, y);
		y += rows;
	}
}

static bool search_on(struct run_log *g, const struct model_log *log, bool forward, bool from_here)
{
	for (uint64_t step = from_here ? 0 : 1; step <= log->count; step++) {
		uint64_t at = (g->list.cursor + (forward ? step : 2 * log->count - step)) % (log->count ? log->count : 1);

		if (log->count && has_text(&log->lines[at], g->search)) {
			list_go(&g->list, at);
			g->follow = false;
			return true;
		}
	}
	return false;
}

static bool log_act(struct run_view *v, const struct view_context *c, enum action_id id, const char *argument,
		    struct reaction *out)
{
	const struct model_log *log = model_want_log(c->model);
	struct run_log *g = &v->log;
	bool found = true;

	if (list_act(&g->list, id)) {
		g->follow = g->list.cursor + 1 >= g->list.count && (id == ACT_LAST || g->follow);
	} else if (id == ACT_FOLLOW) {
		g->follow = !g->follow;
	} else if (id == ACT_WRAP) {
		g->wrap = !g->wrap;
		g->left = 0;
	} else if (id == ACT_LEFT || id == ACT_RIGHT) {
		g->left += id == ACT_RIGHT ? SCROLL_COLUMNS : g->left ? -SCROLL_COLUMNS : 0;
	} else if (id == ACT_SEARCH) {
		snprintf(g->search, sizeof g->search, "%s", argument);
		found = !*argument || search_on(g, log, false, true);
	} else if (id == ACT_SEARCH_NEXT || id == ACT_SEARCH_PREVIOUS) {
		/* From the end of a log one searches back. */
		found = search_on(g, log, id == ACT_SEARCH_PREVIOUS, false);
	} else {
		return false;
	}
	if (!found)
		snprintf(out->message, sizeof out->message, "no '%.100s' in the log", g->search);
	return true;
}

const struct run_tab run_tab_log = { "Log", PLACE_LOG, log_draw, log_act };
