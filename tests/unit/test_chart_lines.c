/* Smoothing, and the envelope that loses no spike. */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "chart/lines.h"
#include "tests/support/wb_test.h"

enum { COLUMNS = 120 };

/* A repeatable random number from 0 to below 1. */
static double next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) / 16777216.0;
}

static void envelope__any_points__holds_the_least_and_greatest_of_each_column(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 50; round++) {
		size_t n = 1 + (size_t)(next_random(&seed) * 5000);
		CLEANUP(free) struct chart_point *points = mem_calloc(n, sizeof *points);
		struct chart_series series = { "s", points, n };
		struct chart_spec spec = { .series = &series, .count = 1 };
		CLEANUP(lines_release) struct lines all = { .count = 0 };
		struct envelope e[COLUMNS];

		for (size_t i = 0; i < n; i++)
			points[i] = (struct chart_point){ next_random(&seed) * 1e6, next_random(&seed) - 0.5 };
		lines_make(&spec, &all);
		line_envelope(&all.items[0], &all, COLUMNS, e);
		for (size_t i = 0; i < n; i++) {
			size_t column = (size_t)lround(scale_unit(&all.x, points[i].x) * (COLUMNS - 1));

			assert_true(e[column].used);
			assert_true(e[column].low <= points[i].y && points[i].y <= e[column].high);
		}
	}
}

static void envelope__one_spike_among_a_million__is_seen(void **state)
{
	size_t n = 1000000;
	CLEANUP(free) struct chart_point *points = mem_calloc(n, sizeof *points);
	struct chart_series series = { "s", points, n };
	struct chart_spec spec = { .series = &series, .count = 1 };
	CLEANUP(lines_release) struct lines all = { .count = 0 };
	struct envelope e[COLUMNS];
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		points[i] = (struct chart_point){ (double)i, i == 654321 ? 100 : 0 };
	lines_make(&spec, &all);
	line_envelope(&all.items[0], &all, COLUMNS, e);
	for (size_t i = 0; i < COLUMNS; i++)
		seen += e[i].high == 100 && e[i].low == 0;
	assert_int_equal(seen, 1);
}

static void lines__not_finite__are_gaps_and_counted(void **state)
{
	const struct chart_point points[] = { { 0, 1 }, { 1, NAN }, { 2, 2 }, { 3, INFINITY }, { NAN, 5 }, { 4, 3 } };
	struct chart_series series = { "s", points, 6 };
	struct chart_spec spec = { .series = &series, .count = 1 };
	CLEANUP(lines_release) struct lines all = { .count = 0 };
	struct envelope e[5];

	(void)state;
	lines_make(&spec, &all);
	assert_int_equal(all.items[0].hidden, 3);
	line_envelope(&all.items[0], &all, 5, e);
	assert_true(e[0].used && !e[1].used && e[2].used && !e[3].used && e[4].used);
	assert_false(e[2].joined);
	assert_false(e[4].joined);
	assert_true(all.y.low == 1 && all.y.high == 3);
}

static void lines__logarithmic__hide_what_is_not_above_zero(void **state)
{
	const struct chart_point points[] = { { 0, 10 }, { 1, 0 }, { 2, -3 }, { 3, 100 } };
	struct chart_series series = { "s", points, 4 };
	struct chart_spec spec = { .series = &series, .count = 1, .log_y = true };
	CLEANUP(lines_release) struct lines all = { .count = 0 };

	(void)state;
	lines_make(&spec, &all);
	assert_int_equal(all.items[0].hidden, 2);
	assert_true(all.y.low == 10 && all.y.high == 100);
}

static void lines__out_of_order__are_sorted(void **state)
{
	const struct chart_point points[] = { { 3, 30 }, { 1, 10 }, { 2, 20 } };
	struct chart_series series = { "s", points, 3 };
	struct chart_spec spec = { .series = &series, .count = 1 };
	CLEANUP(lines_release) struct lines all = { .count = 0 };

	(void)state;
	lines_make(&spec, &all);
	for (int i = 0; i < 3; i++)
		assert_true(all.items[0].points[i].x == i + 1);
}

/* By hand: averages 0.5, 1.25, 0.625 of the weights 0.5, 0.75, 0.875. */
static void smooth__short_series__is_the_debiased_average(void **state)
{
	const struct chart_point points[] = { { 0, 1 }, { 1, 2 }, { 2, NAN }, { 3, 0 } };
	struct chart_point out[4];

	(void)state;
	chart_smooth(points, 4, 0.5, out);
	assert_true(fabs(out[0].y - 1) < 1e-12);
	assert_true(fabs(out[1].y - 1.25 / 0.75) < 1e-12);
	assert_true(isnan(out[2].y));
	assert_true(fabs(out[3].y - 0.625 / 0.875) < 1e-12);
	assert_true(out[3].x == 3);
}

static void smooth__constant__stays(void **state)
{
	struct chart_point points[100];

	(void)state;
	for (int i = 0; i < 100; i++)
		points[i] = (struct chart_point){ i, 0.7 };
	chart_smooth(points, 100, 0.99, points);
	for (int i = 0; i < 100; i++)
		assert_true(fabs(points[i].y - 0.7) < 1e-9);
}

static void nearest__any_x__is_the_nearest(void **state)
{
	const struct chart_point points[] = { { 0, 0 }, { 10, 0 }, { 11, 0 }, { 50, 0 } };

	(void)state;
	assert_int_equal(chart_nearest(points, 4, -5), 0);
	assert_int_equal(chart_nearest(points, 4, 4), 0);
	assert_int_equal(chart_nearest(points, 4, 6), 1);
	assert_int_equal(chart_nearest(points, 4, 12), 2);
	assert_int_equal(chart_nearest(points, 4, 1e9), 3);
	assert_int_equal(chart_nearest(points, 1, 7), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(envelope__any_points__holds_the_least_and_greatest_of_each_column),
	cmocka_unit_test(envelope__one_spike_among_a_million__is_seen),
	cmocka_unit_test(lines__not_finite__are_gaps_and_counted),
	cmocka_unit_test(lines__logarithmic__hide_what_is_not_above_zero),
	cmocka_unit_test(lines__out_of_order__are_sorted),
	cmocka_unit_test(smooth__short_series__is_the_debiased_average),
	cmocka_unit_test(smooth__constant__stays),
	cmocka_unit_test(nearest__any_x__is_the_nearest),
};

WB_TEST_MAIN(tests)
