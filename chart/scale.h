/* From values to places, and where the ticks of an axis stand. */
#ifndef WB_CHART_SCALE_H
#define WB_CHART_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "chart/chart.h"

struct scale {
	double low, high; /* low < high; on a logarithmic scale both above zero */
	bool is_log;
};

/* The values that a scale must hold, found one by one. */
struct span {
	double low, high;
	bool any;
};

/* Can the value be shown? */
bool scale_shows(bool is_log, double v);
void span_add(struct span *s, double v);

/* Around one value too: a scale is never empty. */
struct scale scale_make(const struct span *s, bool is_log);

/* 0 at low, 1 at high. */
double scale_unit(const struct scale *s, double v);
double scale_value(const struct scale *s, double unit);

struct tick {
	double at;
	char label[24];
};

enum { TICKS_MAX = 24 };

/* Any number, whole numbers only, seconds. */
enum tick_kind { TICK_VALUE, TICK_STEP, TICK_TIME };

/* About want ticks at round values, from low to high. Returns their number. */
size_t scale_ticks(const struct scale *s, size_t want, enum tick_kind kind, struct tick out[TICKS_MAX]);

#endif
