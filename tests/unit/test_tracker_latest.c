/* tracker/latest.c: the last value by MLflow's rule, least and greatest, over batches. */
#include "config.h"

#include <math.h>
#include <stdio.h>

#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/core.h"
#include "tracker/latest.h"

static void points__in_any_order__have_one_last(void **state)
{
	(void)state;
	assert_true(latest_is_after(2, 0, 0, 1, 9, 9));
	assert_true(latest_is_after(1, 2, 0, 1, 1, 9));
	assert_true(latest_is_after(1, 1, 2, 1, 1, 1));
	assert_false(latest_is_after(1, 1, 1, 1, 1, 1));
	assert_false(latest_is_after(INT64_MIN, 5, 5, 0, 0, 0));
	assert_true(latest_is_after(1, 1, -INFINITY, 1, 1, (double)NAN));
	assert_false(latest_is_after(1, 1, (double)NAN, 1, 1, -INFINITY));
	assert_true(latest_is_after(2, 1, (double)NAN, 1, 1, 1));
}

static void a_slot__given_points__keeps_the_bounds_without_nan(void **state)
{
	struct latest_slot s = { .min = (double)NAN, .max = (double)NAN };

	(void)state;
	latest_add(&s, (double)NAN, 1, 1);
	assert_true(isnan(s.value) && isnan(s.min) && isnan(s.max));
	latest_add(&s, 5, 0, 1);
	assert_true(isnan(s.value) && s.min == 5 && s.max == 5);
	latest_add(&s, -INFINITY, 2, 1);
	latest_add(&s, 7, 1, 1);
	assert_true(isinf(s.value) && isinf(s.min) && s.max == 7);
	assert_int_equal(s.count, 4);
}

static void add(struct latest *l, const char *key, size_t n, double v, int64_t step)
{
	struct latest_slot *slot;
	struct error err = { 0 };

	assert_ok(latest_find(l, key, n, &slot, &err), &err);
	latest_add(slot, v, step, 0);
}

/* More keys than the table holds at once, twice: summaries written back in between are taken up again. */
static void more_keys__than_fit_in_memory__are_all_kept(void **state)
{
	struct fixture *f = *state;
	CLEANUP(latest_free) struct latest *l = NULL;
	struct error err = { 0 };
	int64_t n;

	fixture_open(f);
	assert_ok(edit_begin(f->t, &err), &err);
	assert_ok(latest_new(f->t, &l, &err), &err);
	latest_turn(l, 1);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 9000; i++) {
			char key[16];

			add(l, key, (size_t)snprintf(key, sizeof key, "key%d", i), i + round, round);
		}
	assert_ok(latest_flush(l, &err), &err);
	assert_ok(edit_end(f->t, true, &err), &err);
	assert_ok(db_number(f->t->db, "SELECT count(*) FROM latest WHERE run = 1 AND count = 2 AND step = 1 AND max = min + 1", &n,
			    &err), &err);
	assert_int_equal(n, 9000);
}

static void another_run__has_summaries_of_its_own(void **state)
{
	struct fixture *f = *state;
	CLEANUP(latest_free) struct latest *l = NULL;
	struct error err = { 0 };
	int64_t n;

	fixture_open(f);
	assert_ok(edit_begin(f->t, &err), &err);
	assert_ok(latest_new(f->t, &l, &err), &err);
	latest_turn(l, 1);
	add(l, "a\0b", 3, 1, 1);
	assert_ok(latest_flush(l, &err), &err);
	add(l, "dropped", 7, 1, 1);
	latest_turn(l, 2);
	add(l, "a\0b", 3, 2, 2);
	add(l, "a", 1, 3, 3);
	assert_ok(latest_flush(l, &err), &err);
	assert_ok(db_number(f->t->db, "SELECT sum(run * 10 + value) FROM latest", &n, &err), &err);
	assert_int_equal(n, 11 + 22 + 23);
	assert_ok(db_number(f->t->db, "SELECT count(*) FROM latest", &n, &err), &err);
	assert_int_equal(n, 3);
	assert_ok(edit_end(f->t, true, &err), &err);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(points__in_any_order__have_one_last),
	cmocka_unit_test(a_slot__given_points__keeps_the_bounds_without_nan),
	cmocka_unit_test_setup_teardown(more_keys__than_fit_in_memory__are_all_kept, fixture_setup, fixture_teardown),
	cmocka_unit_test_setup_teardown(another_run__has_summaries_of_its_own, fixture_setup, fixture_teardown),
};

WB_TEST_MAIN(tests)
