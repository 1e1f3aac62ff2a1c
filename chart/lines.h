/* What both drawers start from: series made ready, and the columns they fall into. */
#ifndef WB_CHART_LINES_H
#define WB_CHART_LINES_H

#include "chart/chart.h"
#include "chart/scale.h"

/* One series, smoothed and sorted by x. */
struct line {
	const char *name;
	struct chart_point *points; /* owned */
	size_t count;
	size_t hidden;              /* points that cannot be shown */
};

struct lines {
	struct line *items;
	size_t count;
	struct scale x, y;
	bool any;                   /* at least one point can be shown */
};

/* Released by the caller. */
void lines_make(const struct chart_spec *spec, struct lines *out);
void lines_release(struct lines *l);
DEFINE_CLEANUP_VALUE(lines_release, struct lines);

/* All points of a line that fall into one column. */
struct envelope {
	bool used;
	bool joined;         /* to the used column before: no gap lies between */
	double first, low, high, last;
};

/* columns entries of out, over the scale of x. */
void line_envelope(const struct line *l, const struct lines *all, size_t columns, struct envelope *out);

#endif
