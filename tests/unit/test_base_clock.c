/* base/clock.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

static void clock_fixed__stands_still(void **state)
{
	struct clock c = clock_fixed(42);

	(void)state;
	assert_int_equal(clock_now(&c), 42);
	assert_int_equal(clock_mono(&c), 42);
	assert_int_equal(clock_now(&c), 42);
}

static void clock_system__mono__never_goes_back(void **state)
{
	int64_t last = clock_mono(&clock_system);

	(void)state;
	assert_true(clock_now(&clock_system) > INT64_C(1600000000000000000));
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_mono(&clock_system);

		assert_true(now >= last);
		last = now;
	}
}

static void clock_format__utc_and_local(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(100);

	(void)state;
	clock_format_rfc3339(&b, INT64_C(1772600767999999999));
	assert_string_equal(buf_text(&b), "2026-03-04T05:06:07Z");
	buf_clear(&b);
	setenv("TZ", "WBT-2", 1);
	tzset();
	clock_format_local(&b, INT64_C(1772600767000000000));
	assert_string_equal(buf_text(&b), "2026-03-04 07:06:07");
	buf_clear(&b);
	clock_format_rfc3339(&b, 0);
	assert_string_equal(buf_text(&b), "1970-01-01T00:00:00Z");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(clock_fixed__stands_still),
	cmocka_unit_test(clock_system__mono__never_goes_back),
	cmocka_unit_test(clock_format__utc_and_local),
};

WB_TEST_MAIN(tests)
