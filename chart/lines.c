/* Smoothing, sorting, and the envelope that loses no spike. */
#include "config.h"

#include "chart/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The average of n values weighs 1 - weight^n in all; dividing by that takes the start's pull out. */
void chart_smooth(const struct chart_point *points, size_t n, double weight, struct chart_point *out)
{
	double average = 0, missing = 1;

	for (size_t i = 0; i < n; i++) {
		out[i] = points[i];
		if (!isfinite(points[i].y))
			continue;
		average = average * weight + (1 - weight) * points[i].y;
		missing *= weight;
		out[i].y = average / (1 - missing);
	}
}

size_t chart_nearest(const struct chart_point *points, size_t count, double x)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (points[middle].x < x)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || (low > 0 && x - points[low - 1].x < points[low].x - x))
		low--;
	return low;
}

static int by_x(const void *a, const void *b)
{
	double x = ((const struct chart_point *)a)->x, y = ((const struct chart_point *)b)->x;

	return (x > y) - (x < y);
}

static bool is_sorted(const struct line *l)
{
	for (size_t i = 1; i < l->count; i++)
		if (!(l->points[i - 1].x <= l->points[i].x))
			return false;
	return true;
}

/* Points without a place on x are left out before sorting. */
static void keep_placed(struct line *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++)
		if (isfinite(l->points[i].x))
			l->points[kept++] = l->points[i];
	l->hidden += l->count - kept;
	l->count = kept;
}

static void make_line(const struct chart_series *s, double smooth, struct line *out)
{
	*out = (struct line){ .name = s->name, .count = s->count };
	out->points = mem_calloc(s->count ? s->count : 1, sizeof *out->points);
	memcpy(out->points, s->points, s->count * sizeof *s->points);
	keep_placed(out);
	if (!is_sorted(out))
		qsort(out->points, out->count, sizeof *out->points, by_x);
	if (smooth > 0)
		chart_smooth(out->points, out->count, smooth < 0.9999 ? smooth : 0.9999, out->points);
}

void lines_make(const struct chart_spec *spec, struct lines *out)
{
	struct span x = { .any = false }, y = { .any = false };

	*out = (struct lines){ .items = mem_calloc(spec->count ? spec->count : 1, sizeof *out->items), .count = spec->count };
	for (size_t i = 0; i < spec->count; i++) {
		struct line *l = &out->items[i];

		make_line(&spec->series[i], spec->smooth, l);
		for (size_t k = 0; k < l->count; k++) {
			if (!scale_shows(spec->log_y, l->points[k].y)) {
				l->hidden++;
				continue;
			}
			span_add(&x, l->points[k].x);
			span_add(&y, l->points[k].y);
		}
	}
	out->any = x.any;
	out->x = scale_make(&x, false);
	out->y = scale_make(&y, spec->log_y);
}

void lines_release(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].points);
	free(l->items);
	*l = (struct lines){ .count = 0 };
}

void line_envelope(const struct line *l, const struct lines *all, size_t columns, struct envelope *out)
{
	bool joined = false;

	memset(out, 0, columns * sizeof *out);
	for (size_t i = 0; i < l->count; i++) {
		const struct chart_point *p = &l->points[i];
		struct envelope *e;

		if (!scale_shows(all->y.is_log, p->y)) {
			joined = false;
			continue;
		}
		e = &out[(size_t)lround(scale_unit(&all->x, p->x) * (double)(columns - 1))];
		if (!e->used) {
			*e = (struct envelope){ .used = true, .joined = joined, .first = p->y, .low = p->y, .high = p->y };
		}
		e->low = fmin(e->low, p->y);
		e->high = fmax(e->high, p->y);
		e->last = p->y;
		joined = true;
	}
}
