/*
 * Line charts as data: series in, cells of text or an SVG document out. Pure:
 * no terminal, no files, no clock. The command line and the full screen draw
 * the same charts with it.
 *
 * Nothing is lost to the width: a column shows the least and the greatest of
 * all points that fall into it, so that a spike of one step is seen among
 * millions. What is not a finite number (or not above zero, on a logarithmic
 * axis) is a gap, and is counted in the legend.
 */
#ifndef WB_CHART_CHART_H
#define WB_CHART_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"

struct chart_point {
	double x, y;
};

struct chart_series {
	const char *name;                 /* untrusted */
	const struct chart_point *points; /* in any order of x; borrowed */
	size_t count;
};

struct chart_spec {
	const struct chart_series *series;
	size_t count;
	double smooth;   /* weight of what came before, 0 (none) to below 1: TensorBoard's */
	bool log_y;
	bool x_is_time;  /* x counts seconds */
	bool ascii;
	int width, height; /* cells */
	bool has_cursor;   /* a vertical line */
	int cursor;        /* its column within the plot, held inside it */
};

/* What a cell belongs to; a series is CHART_SERIES and its number on. */
enum chart_role { CHART_BLANK, CHART_TEXT, CHART_AXIS, CHART_CURSOR, CHART_SERIES };

struct chart_cell {
	uint32_t ch;  /* 0: the right half of a wide character */
	uint8_t role;
};

struct chart_grid {
	int width, height;
	struct chart_cell *cells;     /* row by row */
	int left, top, columns, rows; /* where the plot lies in it */
	double x_low, x_high;         /* what its columns span */
	bool is_empty;                /* there is nothing to plot */
};

enum { CHART_LEAST_WIDTH = 20, CHART_LEAST_HEIGHT = 5 };

/* A spec smaller than the least gives an empty grid of that size. */
void chart_draw(const struct chart_spec *spec, struct chart_grid *out);
void chart_grid_release(struct chart_grid *g);
DEFINE_CLEANUP_VALUE(chart_grid_release, struct chart_grid);

/* As a whole document; width and height are pixels then. Equal input gives equal bytes. Appended. */
void chart_svg(const struct chart_spec *spec, const char *title, struct buf *out);

/*
 * The smoothed values of n points, in their order: an exponential moving average without the pull of its start
 * (each value is divided by the weight it really has). What is not finite stays as it is and is passed over.
 */
void chart_smooth(const struct chart_point *points, size_t n, double weight, struct chart_point *out);

/* The point nearest to x, of points sorted by x. count > 0. */
size_t chart_nearest(const struct chart_point *points, size_t count, double x);

#endif
