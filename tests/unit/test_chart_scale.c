/* Scales and their ticks. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "chart/scale.h"
#include "tests/support/wb_test.h"

/* The labels of the ticks, joined by blanks. */
static void check_ticks(double low, double high, bool is_log, size_t want, enum tick_kind kind, const char *expected)
{
	const struct scale s = { low, high, is_log };
	CLEANUP(buf_release) struct buf b = BUF_INIT(1024);
	struct tick ticks[TICKS_MAX];
	size_t n = scale_ticks(&s, want, kind, ticks);

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", ticks[i].label);
	assert_string_equal(buf_text(&b), expected);
}

static void ticks__linear__stand_at_round_values(void **state)
{
	(void)state;
	check_ticks(0, 1, false, 4, TICK_VALUE, "0.0 0.2 0.4 0.6 0.8 1.0");
	check_ticks(0.013, 0.987, false, 2, TICK_VALUE, "0.5");
	check_ticks(-3, 7, false, 5, TICK_VALUE, "-2 0 2 4 6");
	check_ticks(0, 1e9, false, 2, TICK_VALUE, "0 5e+08 1e+09");
	check_ticks(1e-9, 3e-9, false, 2, TICK_VALUE, "1e-09 2e-09 3e-09");
	check_ticks(1000, 1000.5, false, 3, TICK_VALUE, "1000.0 1000.2 1000.4");
}

static void ticks__linear__never_show_minus_zero(void **state)
{
	(void)state;
	check_ticks(-0.3, 0.3, false, 6, TICK_VALUE, "-0.3 -0.2 -0.1 0.0 0.1 0.2 0.3");
	check_ticks(-1e-17, 4, false, 4, TICK_TIME, "0s 1s 2s 3s 4s");
}

static void ticks__steps__are_whole(void **state)
{
	(void)state;
	check_ticks(0, 2, false, 8, TICK_STEP, "0 1 2");
	check_ticks(-0.5, 0.5, false, 5, TICK_STEP, "0");
	check_ticks(0, 50000, false, 5, TICK_STEP, "0 10000 20000 30000 40000 50000");
}

static void ticks__times__are_times_of_the_clock(void **state)
{
	(void)state;
	check_ticks(0, 100, false, 4, TICK_TIME, "0s 30s 1m 1m30");
	check_ticks(0, 7200, false, 4, TICK_TIME, "0s 30m 1h 1h30 2h");
	check_ticks(0, 300000, false, 3, TICK_TIME, "0s 1d 2d 3d");
	check_ticks(0, 0.5, false, 5, TICK_TIME, "0s 0.1s 0.2s 0.3s 0.4s 0.5s");
}

static void ticks__logarithmic__stand_at_powers_of_ten(void **state)
{
	(void)state;
	check_ticks(0.001, 1000, true, 6, TICK_VALUE, "0.001 0.01 0.1 1 10 100 1000");
	check_ticks(1, 100, true, 6, TICK_VALUE, "1 2 5 10 20 50 100");
	check_ticks(1e-12, 1e12, true, 4, TICK_VALUE, "1e-12 1e-06 1 1e+06 1e+12");
	/* Within one digit: as on a linear scale. */
	check_ticks(1.1, 1.4, true, 3, TICK_VALUE, "1.1 1.2 1.3 1.4");
}

static void scale__no_or_one_value__is_not_empty(void **state)
{
	static const double values[] = { 0, 1, -1, 1e300, -1e-300 };
	struct span none = { .any = false };

	(void)state;
	assert_true(scale_make(&none, false).low < scale_make(&none, false).high);
	assert_true(scale_make(&none, true).low > 0);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct span one = { .any = false };
		struct scale s;

		span_add(&one, values[i]);
		s = scale_make(&one, false);
		assert_true(s.low < values[i] && values[i] < s.high);
	}
}

static void scale__widest_span__does_not_overflow(void **state)
{
	const struct scale s = { -1.7e308, 1.7e308, false };
	struct tick ticks[TICKS_MAX];
	size_t n = scale_ticks(&s, 4, TICK_VALUE, ticks);

	(void)state;
	assert_true(fabs(scale_unit(&s, 0) - 0.5) < 1e-9);
	assert_true(fabs(scale_value(&s, 1) / 1.7e308 - 1) < 1e-9);
	assert_true(n > 0 && n <= TICKS_MAX);
	for (size_t i = 0; i < n; i++)
		assert_true(isfinite(ticks[i].at));
}

static void scale_unit__and_value__are_inverse(void **state)
{
	(void)state;
	for (int is_log = 0; is_log <= 1; is_log++) {
		const struct scale s = { 0.01, 250, is_log };

		for (double v = 0.01; v < 250; v *= 1.7)
			assert_true(fabs(scale_value(&s, scale_unit(&s, v)) / v - 1) < 1e-9);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ticks__linear__stand_at_round_values),
	cmocka_unit_test(ticks__linear__never_show_minus_zero),
	cmocka_unit_test(ticks__steps__are_whole),
	cmocka_unit_test(ticks__times__are_times_of_the_clock),
	cmocka_unit_test(ticks__logarithmic__stand_at_powers_of_ten),
	cmocka_unit_test(scale__no_or_one_value__is_not_empty),
	cmocka_unit_test(scale__widest_span__does_not_overflow),
	cmocka_unit_test(scale_unit__and_value__are_inverse),
};

WB_TEST_MAIN(tests)
