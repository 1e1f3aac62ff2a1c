/* Numbers and times for people. */
#include "config.h"

#include <math.h>

#include "base/human.h"
#include "tests/support/wb_test.h"

#define SECOND INT64_C(1000000000)

static void ago__each_unit__is_named(void **state)
{
	static const struct { int64_t seconds; const char *text; } cases[] = {
		{ -5, "now" }, { 0, "now" }, { 1, "1s ago" }, { 59, "59s ago" }, { 60, "1m ago" }, { 3599, "59m ago" },
		{ 3600, "1h ago" }, { 47 * 3600, "47h ago" }, { 48 * 3600, "2d ago" }, { 29 * 86400, "29d ago" },
		{ 40 * 86400, "2023-10-05 22:13:20" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(64);
		int64_t now = INT64_C(1700000000) * SECOND;

		human_ago(&b, now - cases[i].seconds * SECOND, now);
		assert_string_equal(buf_text(&b), cases[i].text);
	}
}

static void number__any__is_short(void **state)
{
	static const struct { double v; const char *text; } cases[] = {
		{ 0, "0" }, { -3, "-3" }, { 0.1, "0.1" }, { 1.0 / 3, "0.333333" }, { 1234567, "1234567" }, { 1e-7, "1.0000e-07" },
		{ 123456789.5, "1.2346e+08" }, { NAN, "NaN" }, { -INFINITY, "-Infinity" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(64);

		human_number(&b, cases[i].v);
		assert_string_equal(buf_text(&b), cases[i].text);
	}
}

static void count__digits__stand_in_threes(void **state)
{
	static const struct { uint64_t n; const char *text; } cases[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1 000" }, { 100000, "100 000" }, { UINT64_MAX, "18 446 744 073 709 551 615" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(64);

		human_count(&b, cases[i].n);
		assert_string_equal(buf_text(&b), cases[i].text);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ago__each_unit__is_named),
	cmocka_unit_test(number__any__is_short),
	cmocka_unit_test(count__digits__stand_in_threes),
};

WB_TEST_MAIN(tests)
