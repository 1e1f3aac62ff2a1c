/* Charts in cells. What they look like is held by the goldens of `wb plot`. */
#include "config.h"

#include <math.h>

#include "chart/chart.h"
#include "tests/support/wb_test.h"

static void draw__any_size__stays_inside(void **state)
{
	const struct chart_point points[] = { { 0, 1e308 }, { 1, -1e308 }, { 2, 0 }, { 3, 1e-308 } };
	struct chart_series series[8];

	(void)state;
	for (int i = 0; i < 8; i++)
		series[i] = (struct chart_series){ "a name that is too long \033[1m 漢字 for any legend", points, 4 };
	for (int width = -1; width < 90; width += 7)
		for (int height = -1; height < 30; height += 3)
			for (int flags = 0; flags < 16; flags++) {
				CLEANUP(chart_grid_release) struct chart_grid g = { .width = 0 };
				struct chart_spec spec = {
					.series = series, .count = (size_t)(flags % 8) + 1, .width = width, .height = height,
					.log_y = flags & 1, .ascii = flags & 2, .x_is_time = flags & 4, .has_cursor = flags & 8,
					.cursor = width * 2, .smooth = flags & 1 ? 0.9 : 0,
				};

				chart_draw(&spec, &g);
				assert_true(g.width >= CHART_LEAST_WIDTH && g.height >= CHART_LEAST_HEIGHT);
				assert_true(g.width == width || width < CHART_LEAST_WIDTH);
				for (int i = 0; i < g.width * g.height; i++)
					assert_true(g.cells[i].ch == 0 || g.cells[i].ch >= ' ');
			}
}

static void draw__nothing_finite__is_empty(void **state)
{
	const struct chart_point points[] = { { 0, NAN }, { 1, INFINITY } };
	struct chart_series series = { "s", points, 2 };
	struct chart_spec spec = { .series = &series, .count = 1, .width = 60, .height = 12 };
	CLEANUP(chart_grid_release) struct chart_grid g = { .width = 0 };
	CLEANUP(chart_grid_release) struct chart_grid none = { .width = 0 };

	(void)state;
	chart_draw(&spec, &g);
	assert_true(g.is_empty);
	spec.count = 0;
	chart_draw(&spec, &none);
	assert_true(none.is_empty);
}

/* The row of the plot in which a series has its highest cell of a column. */
static int highest(const struct chart_grid *g, int column)
{
	for (int y = 0; y < g->rows; y++)
		if (g->cells[(g->top + y) * g->width + g->left + column].role == CHART_SERIES)
			return y;
	return -1;
}

static void draw__extremes__touch_the_first_and_last_row(void **state)
{
	const struct chart_point points[] = { { 0, -2 }, { 1, 5 } };
	struct chart_series series = { "s", points, 2 };

	(void)state;
	for (int ascii = 0; ascii <= 1; ascii++) {
		struct chart_spec spec = { .series = &series, .count = 1, .width = 60, .height = 20, .ascii = ascii };
		CLEANUP(chart_grid_release) struct chart_grid g = { .width = 0 };

		chart_draw(&spec, &g);
		assert_int_equal(highest(&g, 0), g.rows - 1);
		assert_int_equal(highest(&g, g.columns - 1), 0);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(draw__any_size__stays_inside),
	cmocka_unit_test(draw__nothing_finite__is_empty),
	cmocka_unit_test(draw__extremes__touch_the_first_and_last_row),
};

WB_TEST_MAIN(tests)
