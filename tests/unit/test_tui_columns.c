/* Columns of the table of runs. */
#include "config.h"

#include "tests/support/wb_test.h"
#include "tui/columns.h"

static void check_order(const char *typed, const char *expected)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1024);

	column_order(&b, typed);
	assert_string_equal(buf_text(&b), expected);
}

static void order__names_of_columns__become_the_query_s(void **state)
{
	(void)state;
	check_order("started", "start_time");
	check_order("started DESC", "start_time DESC");
	check_order("metrics.loss DESC, time, name ASC", "metrics.loss DESC, duration, name ASC");
	check_order("  id", "run_id");
	check_order("", "");
	check_order("nonsense here", "nonsense here");
}

static void find__names__are_split(void **state)
{
	struct column c;

	(void)state;
	assert_true(column_find("metrics.a.b", &c));
	assert_int_equal(c.kind, 'm');
	assert_string_equal(c.key, "a.b");
	assert_true(column_find("params.`l r`", &c));
	assert_string_equal(c.key, "l r");
	assert_true(column_find("status", &c));
	assert_false(column_find("params.", &c));
	assert_false(column_find("other", &c));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(order__names_of_columns__become_the_query_s),
	cmocka_unit_test(find__names__are_split),
};

WB_TEST_MAIN(tests)
