/* Moving through lists. */
#include "config.h"

#include "tests/support/wb_test.h"
#include "tui/list.h"

static struct list list_of(uint64_t count, int page)
{
	struct list l = { .cursor = 0 };

	list_set_page(&l, page);
	list_set_count(&l, count);
	return l;
}

static void act__at_the_ends__stays(void **state)
{
	static const enum action_id moves[] = {
		ACT_UP, ACT_DOWN, ACT_PAGE_UP, ACT_PAGE_DOWN, ACT_HALF_UP, ACT_HALF_DOWN, ACT_FIRST, ACT_LAST,
	};

	(void)state;
	for (uint64_t count = 0; count < 4; count++)
		for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
			struct list l = list_of(count, 2);

			for (int k = 0; k < 5; k++)
				assert_true(list_act(&l, moves[i]));
			assert_true(l.cursor < count || count == 0);
			assert_true(l.top <= l.cursor && l.cursor < l.top + l.page);
		}
}

static void act__page_down__keeps_the_cursor_in_sight(void **state)
{
	struct list l = list_of(100, 10);

	(void)state;
	list_act(&l, ACT_PAGE_DOWN);
	assert_int_equal(l.cursor, 10);
	assert_int_equal(l.top, 1);
	list_act(&l, ACT_LAST);
	assert_int_equal(l.cursor, 99);
	assert_int_equal(l.top, 90);
	assert_false(list_act(&l, ACT_OPEN));
}

static void set_count__fewer__pulls_the_cursor_back(void **state)
{
	struct list l = list_of(100, 10);

	(void)state;
	list_act(&l, ACT_LAST);
	list_set_count(&l, 5);
	assert_int_equal(l.cursor, 4);
	assert_int_equal(l.top, 0);
	list_set_count(&l, 0);
	assert_int_equal(l.cursor, 0);
}

static void shift__rows_above__stays_on_its_row(void **state)
{
	struct list l = list_of(100, 10);

	(void)state;
	list_go(&l, 50);
	l.count = 103;
	list_shift(&l, 3);
	assert_int_equal(l.cursor, 53);
	/* At the start one goes on seeing the start. */
	l = list_of(100, 10);
	list_shift(&l, 2);
	assert_int_equal(l.top, 0);
	assert_int_equal(l.cursor, 2);
	list_shift(&l, -7);
	assert_int_equal(l.cursor, 0);
}

static void act__longest_list__does_not_wrap_round(void **state)
{
	struct list l = list_of(UINT64_MAX, 10);

	(void)state;
	list_act(&l, ACT_LAST);
	list_act(&l, ACT_PAGE_DOWN);
	list_act(&l, ACT_DOWN);
	assert_true(l.cursor == UINT64_MAX - 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(act__at_the_ends__stays),
	cmocka_unit_test(act__page_down__keeps_the_cursor_in_sight),
	cmocka_unit_test(set_count__fewer__pulls_the_cursor_back),
	cmocka_unit_test(shift__rows_above__stays_on_its_row),
	cmocka_unit_test(act__longest_list__does_not_wrap_round),
};

WB_TEST_MAIN(tests)
