/* A chart in cells: braille dots, two wide and four high a cell, or one ASCII mark. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "chart/lines.h"

enum { BRAILLE = 0x2800, LEGEND_ROWS = 3, NAME_SHOWN = 40, ROWS_PER_TICK = 4, COLUMNS_PER_TICK = 14, AXIS_ROWS = 2 };

static const char ascii_marks[] = "*+xo#@";

/* The dots of the plot: which cell holds which, and the series that drew there last. */
struct canvas {
	int columns, rows;  /* cells */
	int across, down;   /* dots a cell */
	uint8_t *bits;
	uint8_t *owner;     /* series + 1; 0: nobody */
};

static void set_cell(struct chart_grid *g, int x, int y, uint32_t ch, unsigned role)
{
	if (x >= 0 && y >= 0 && x < g->width && y < g->height)
		g->cells[y * g->width + x] = (struct chart_cell){ ch, (uint8_t)role };
}

/* Draws at most width columns; returns how many. Combining marks are beyond the need of a legend. */
static int put_text(struct chart_grid *g, int x, int y, int width, unsigned role, const char *text)
{
	struct text_unit u;
	int used = 0;

	for (size_t i = 0, n = strlen(text); i < n;) {
		uint32_t c = '?';

		i += text_next(text + i, n - i, &u);
		if (used + (int)u.cols > width)
			break;
		if (u.n > 1 && u.cols == u.n) {
			for (size_t k = 0; k < u.n; k++)
				set_cell(g, x + used++, y, (unsigned char)u.bytes[k], role);
			continue;
		}
		if (u.cols && str_utf8_decode(u.bytes, u.n, &c))
			set_cell(g, x + used++, y, c, role);
		if (u.cols == 2)
			set_cell(g, x + used++, y, 0, role);
	}
	return used;
}

static void set_dot(struct canvas *c, int x, int y, size_t series)
{
	static const uint8_t dots[4][2] = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };
	int cell = y / c->down * c->columns + x / c->across;

	c->bits[cell] |= dots[y % c->down][x % c->across];
	c->owner[cell] = (uint8_t)(series + 1);
}

/* Bresenham's line. */
static void draw_line(struct canvas *c, int x0, int y0, int x1, int y1, size_t series)
{
	int dx = abs(x1 - x0), dy = -abs(y1 - y0), sx = x0 < x1 ? 1 : -1, sy = y0 < y1 ? 1 : -1, error = dx + dy;

	for (;;) {
		int twice = 2 * error;

		set_dot(c, x0, y0, series);
		if (x0 == x1 && y0 == y1)
			return;
		if (twice >= dy) {
			error += dy;
			x0 += sx;
		}
		if (twice <= dx) {
			error += dx;
			y0 += sy;
		}
	}
}

static int dot_row(const struct canvas *c, const struct scale *y, double v)
{
	return (int)lround((1 - scale_unit(y, v)) * (c->rows * c->down - 1));
}

static void draw_series(struct canvas *c, const struct lines *all, size_t series)
{
	size_t columns = (size_t)(c->columns * c->across);
	CLEANUP(free) struct envelope *e = mem_calloc(columns, sizeof *e);
	int before = -1;

	line_envelope(&all->items[series], all, columns, e);
	for (int x = 0; x < (int)columns; x++) {
		if (!e[x].used)
			continue;
		draw_line(c, x, dot_row(c, &all->y, e[x].low), x, dot_row(c, &all->y, e[x].high), series);
		if (e[x].joined && before >= 0)
			draw_line(c, before, dot_row(c, &all->y, e[before].last), x, dot_row(c, &all->y, e[x].first), series);
		before = x;
	}
}

/* One entry of the legend; returns the column behind it, or x when it does not fit. */
static int legend_entry(struct chart_grid *g, const struct chart_spec *spec, const struct line *l, size_t series, int x, int y)
{
	char hidden[48] = "";
	size_t name = text_width(l->name, strlen(l->name));
	int width;

	if (l->hidden)
		snprintf(hidden, sizeof hidden, " (%zu not %s)", l->hidden, spec->log_y ? "above 0" : "finite");
	width = 3 + (int)(name < NAME_SHOWN ? name : NAME_SHOWN) + (int)strlen(hidden);
	if (x > g->left && x + width > g->width)
		return x;
	if (spec->ascii) {
		set_cell(g, x, y, (unsigned char)ascii_marks[series % (sizeof ascii_marks - 1)], CHART_SERIES + (unsigned)series);
	} else {
		set_cell(g, x, y, 0x2501, CHART_SERIES + (unsigned)series);
		set_cell(g, x + 1, y, 0x2501, CHART_SERIES + (unsigned)series);
	}
	x += 3;
	x += put_text(g, x, y, g->width - x < NAME_SHOWN ? g->width - x : NAME_SHOWN, CHART_TEXT, l->name);
	return x + put_text(g, x, y, g->width - x, CHART_AXIS, hidden) + 2;
}

/* Returns the rows it took. */
static int draw_legend(struct chart_grid *g, const struct chart_spec *spec, const struct lines *all)
{
	int x = g->left, y = 0, most = g->height >= 12 ? LEGEND_ROWS : 1;

	for (size_t i = 0; i < all->count; i++) {
		int next = legend_entry(g, spec, &all->items[i], i, x, y);

		if (next == x && y + 1 < most)
			next = legend_entry(g, spec, &all->items[i], i, x = g->left, ++y);
		if (next == x) {
			char more[32];

			snprintf(more, sizeof more, "+%zu", all->count - i);
			put_text(g, g->width - (int)strlen(more), y, 8, CHART_AXIS, more);
			break;
		}
		x = next;
	}
	return all->count ? y + 1 : 0;
}

static size_t want_ticks(int cells, int cells_per_tick)
{
	return cells < 2 * cells_per_tick ? 2 : (size_t)(cells / cells_per_tick);
}

static void draw_y_axis(struct chart_grid *g, const struct chart_spec *spec, const struct tick *ticks, size_t n,
			const struct scale *y)
{
	for (int row = 0; row < g->rows; row++)
		set_cell(g, g->left - 1, g->top + row, spec->ascii ? '|' : 0x2502, CHART_AXIS);
	for (size_t i = 0; i < n; i++) {
		int row = g->top + (int)lround((1 - scale_unit(y, ticks[i].at)) * (g->rows - 1));
		int width = (int)strlen(ticks[i].label);

		put_text(g, g->left - 1 - width, row, width, CHART_AXIS, ticks[i].label);
		set_cell(g, g->left - 1, row, spec->ascii ? '+' : 0x2524, CHART_AXIS);
	}
}

static void draw_x_axis(struct chart_grid *g, const struct chart_spec *spec, const struct scale *x)
{
	struct tick ticks[TICKS_MAX];
	size_t n = scale_ticks(x, want_ticks(g->columns, COLUMNS_PER_TICK), spec->x_is_time ? TICK_TIME : TICK_STEP, ticks);
	int row = g->top + g->rows, free_from = 0;

	for (int column = 0; column < g->columns; column++)
		set_cell(g, g->left + column, row, spec->ascii ? '-' : 0x2500, CHART_AXIS);
	set_cell(g, g->left - 1, row, spec->ascii ? '+' : 0x2514, CHART_AXIS);
	for (size_t i = 0; i < n; i++) {
		int at = g->left + (int)lround(scale_unit(x, ticks[i].at) * (g->columns - 1));
		int width = (int)strlen(ticks[i].label), from = at - width / 2;

		from = from + width > g->width ? g->width - width : from;
		if (from < free_from)
			continue;
		set_cell(g, at, row, spec->ascii ? '+' : 0x252c, CHART_AXIS);
		put_text(g, from, row + 1, width, CHART_AXIS, ticks[i].label);
		free_from = from + width + 2;
	}
}

static void draw_plot(struct chart_grid *g, const struct chart_spec *spec, const struct lines *all)
{
	struct canvas c = { .columns = g->columns, .rows = g->rows, .across = spec->ascii ? 1 : 2, .down = spec->ascii ? 1 : 4 };
	size_t cells = (size_t)(c.columns * c.rows);
	CLEANUP(free) uint8_t *bits = mem_zalloc(cells);
	CLEANUP(free) uint8_t *owner = mem_zalloc(cells);

	c.bits = bits;
	c.owner = owner;
	/* The first series is drawn last: it lies on top. */
	for (size_t i = all->count; i-- > 0;)
		draw_series(&c, all, i);
	for (int y = 0; y < c.rows; y++)
		for (int x = 0; x < c.columns; x++) {
			int cell = y * c.columns + x;
			unsigned series = owner[cell] ? owner[cell] - 1u : 0;

			if (owner[cell])
				set_cell(g, g->left + x, g->top + y,
					 spec->ascii ? (unsigned char)ascii_marks[series % (sizeof ascii_marks - 1)]
						     : BRAILLE + (uint32_t)bits[cell],
					 CHART_SERIES + series);
		}
}

static void draw_cursor(struct chart_grid *g, const struct chart_spec *spec)
{
	int x = spec->cursor < 0 ? 0 : spec->cursor >= g->columns ? g->columns - 1 : spec->cursor;

	for (int y = 0; y < g->rows; y++) {
		struct chart_cell *c = &g->cells[(g->top + y) * g->width + g->left + x];

		if (c->role == CHART_BLANK)
			*c = (struct chart_cell){ spec->ascii ? ':' : 0x250a, CHART_CURSOR };
	}
}

/* Widest label, and the axis itself. */
static int margin(const struct tick *ticks, size_t n)
{
	size_t widest = 0;

	for (size_t i = 0; i < n; i++)
		widest = strlen(ticks[i].label) > widest ? strlen(ticks[i].label) : widest;
	return (int)widest + 1;
}

void chart_draw(const struct chart_spec *spec, struct chart_grid *out)
{
	CLEANUP(lines_release) struct lines all = { .count = 0 };
	struct tick ticks[TICKS_MAX];
	size_t n;
	struct chart_grid g = {
		.width = spec->width < CHART_LEAST_WIDTH ? CHART_LEAST_WIDTH : spec->width,
		.height = spec->height < CHART_LEAST_HEIGHT ? CHART_LEAST_HEIGHT : spec->height,
	};

	g.cells = mem_calloc((size_t)(g.width * g.height), sizeof *g.cells);
	for (int i = 0; i < g.width * g.height; i++)
		g.cells[i].ch = ' ';
	lines_make(spec, &all);
	n = scale_ticks(&all.y, want_ticks(g.height - AXIS_ROWS, ROWS_PER_TICK), TICK_VALUE, ticks);
	g.left = margin(ticks, n);
	g.columns = g.width - g.left;
	g.top = draw_legend(&g, spec, &all);
	g.rows = g.height - g.top - AXIS_ROWS;
	g.x_low = all.x.low;
	g.x_high = all.x.high;
	g.is_empty = !all.any || g.rows < 1 || g.columns < 1;
	if (!g.is_empty) {
		draw_y_axis(&g, spec, ticks, n, &all.y);
		draw_x_axis(&g, spec, &all.x);
		draw_plot(&g, spec, &all);
		if (spec->has_cursor)
			draw_cursor(&g, spec);
	}
	*out = g;
}

void chart_grid_release(struct chart_grid *g)
{
	free(g->cells);
	*g = (struct chart_grid){ .width = 0 };
}
