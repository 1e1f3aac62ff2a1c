/* base/uuid.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/uuid.h"

static struct uuid make(int64_t now_ns)
{
	struct clock clock = clock_fixed(now_ns);
	struct error err = { 0 };
	struct uuid id;

	assert_ok(uuid_new(&clock, &id, &err), &err);
	return id;
}

static void uuid_is_valid__anything_else__is_false(void **state)
{
	static const char *const bad[] = {
		"", "0190", "0190a5e3-7e9b-7f00-8000-000000000000", "0190A5E37E9B7F008000000000000000",
		"0190a5e37e9b7f00800000000000000", "0190a5e37e9b7f0080000000000000000", "0190a5e37e9b7f00800000000000000g",
		"../0190a5e37e9b7f00800000000000", "0190a5e37e9b7f0080000000000000\n0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(uuid_is_valid(bad[i]));
}

static void uuid_new__time_version_and_variant__are_where_rfc_9562_puts_them(void **state)
{
	/* RFC 9562 appendix A.6: 2022-02-22T14:22:22 -05:00 is 017F22E279B0 milliseconds. */
	struct uuid id = make(INT64_C(1645557742000) * 1000000);

	(void)state;
	assert_true(uuid_is_valid(id.text));
	assert_memory_equal(id.text, "017f22e279b0", 12);
	assert_int_equal(id.text[12], '7');
	assert_non_null(strchr("89ab", id.text[16]));
}

static void uuid_new__later__sorts_later(void **state)
{
	int64_t now = INT64_C(1700000000000000000);
	struct uuid last = make(now);

	(void)state;
	/* Steps of 1 microsecond: within one millisecond, and across it. */
	for (int i = 1; i <= 3000; i++) {
		struct uuid next = make(now + i * 1000);

		assert_true(strcmp(next.text, last.text) > 0);
		last = next;
	}
}

static void uuid_new__same_instant__differs(void **state)
{
	struct uuid a = make(1), b = make(1);

	(void)state;
	assert_string_not_equal(a.text, b.text);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(uuid_is_valid__anything_else__is_false),
	cmocka_unit_test(uuid_new__time_version_and_variant__are_where_rfc_9562_puts_them),
	cmocka_unit_test(uuid_new__later__sorts_later),
	cmocka_unit_test(uuid_new__same_instant__differs),
};

WB_TEST_MAIN(tests)
