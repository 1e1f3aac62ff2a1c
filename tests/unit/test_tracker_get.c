/* tracker/get.c and tracker/load.c: one run with everything, and its histories. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/core.h"
#include "tracker/load.h"

#define ID "00000001000000000000000000000001"

static void make(struct fixture *f)
{
	struct test_run r;

	test_run_begin(f, &r, 1, "n", "");
	/* Out of order, twice at one step, and at the ends of the numbers. */
	test_run_metric(&r, "loss", 3, 2);
	test_run_metric(&r, "loss", 1, INT64_MAX - 1000);
	test_run_metric(&r, "loss", 2, 1);
	test_run_metric(&r, "loss", 4, 1);
	test_run_metric(&r, "loss", (double)NAN, -5);
	test_run_metric(&r, "loss", -INFINITY, INT64_MIN);
	test_run_metric(&r, "val/loss", 1, 1);
	test_run_end(&r, "FINISHED", "");
	fixture_open(f);
	fixture_sync(f);
}

struct seen {
	double values[16];
	int n, stop_after;
};

static int see(void *data, const struct metric_point *p)
{
	struct seen *s = data;

	s->values[s->n++] = p->value;
	return s->n == s->stop_after;
}

static void points__of_a_metric__come_in_order_of_step_and_arrival(void **state)
{
	struct fixture *f = *state;
	struct seen s = { .n = 0 };
	struct error err = { 0 };

	make(f);
	assert_ok(tracker_metric_each(f->t, ID, "loss", see, &s, &err), &err);
	assert_int_equal(s.n, 6);
	assert_true(isinf(s.values[0]) && isnan(s.values[1]));
	assert_true(s.values[2] == 2 && s.values[3] == 4 && s.values[4] == 3 && s.values[5] == 1);
	s = (struct seen){ .stop_after = 2 };
	assert_ok(tracker_metric_each(f->t, ID, "loss", see, &s, &err), &err);
	assert_int_equal(s.n, 2);
}

static int see_sign(void *data, const struct metric_point *p)
{
	int *signs = data;

	*signs = *signs * 10 + (p->value == 0 ? 1 + !!signbit(p->value) : 0);
	return 0;
}

static void a_zero__of_either_sign__keeps_it(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct metric_place place = { .begun = false };
	struct metric_point points[8];
	struct test_run r;
	struct error err = { 0 };
	int signs = 0;

	test_run_begin(f, &r, 1, "n", "");
	test_run_metric(&r, "m", 0.0, 1);
	test_run_metric(&r, "m", 3.0, 2);
	test_run_metric(&r, "m", -0.0, 3);
	test_run_end(&r, "FINISHED", "");
	fixture_open(f);
	fixture_sync(f);
	assert_ok(tracker_metric_each(f->t, ID, "m", see_sign, &signs, &err), &err);
	assert_int_equal(signs, 102);
	assert_int_equal(tracker_metric_slice(f->t, ID, "m", &place, points, 8, &err), 3);
	assert_true(!signbit(points[0].value) && signbit(points[2].value));
	assert_ok(tracker_get(f->t, ID, &run, &err), &err);
	assert_true(run.metrics[0].value == 0 && signbit(run.metrics[0].value));
}

static void a_metric__that_was_not_logged__names_the_nearest(void **state)
{
	struct fixture *f = *state;
	struct seen s = { .n = 0 };
	struct error err = { 0 };

	make(f);
	assert_refused(tracker_metric_each(f->t, ID, "val/los", see, &s, &err), &err, ERR_NOT_FOUND, "'val/los'");
	assert_contains(err.hint, "'val/loss'");
	assert_refused(tracker_metric_each(f->t, "ff", "loss", see, &s, &err), &err, ERR_NOT_FOUND, "ff");
	test_run_make(f, 2, "silent", "");
	fixture_sync(f);
	assert_refused(tracker_metric_each(f->t, "00000002000000000000000000000002", "loss", see, &s, &err), &err, ERR_NOT_FOUND,
		       "'loss'");
	assert_contains(err.hint, "no metrics at all");
}

static void documents__that_cannot_be_read__are_empty_and_the_run_is_shown(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };

	make(f);
	assert_ok(db_exec(f->t->db, "UPDATE documents SET start = '{\"cut', end = '[[[['", &err), &err);
	assert_ok(tracker_get(f->t, ID, &run, &err), &err);
	assert_int_equal(jval_type(run.start), JVAL_OBJECT);
	assert_int_equal(jval_type(run.end), JVAL_OBJECT);
	assert_string_equal(run.name, "n");
}

static void a_row__that_went_meanwhile__is_not_found(void **state)
{
	struct fixture *f = *state;
	CLEANUP(loader_release) struct loader l = { .columns = NULL };
	struct error err = { 0 };
	struct run run;

	make(f);
	assert_ok(loader_init(&l, f->t, &err), &err);
	assert_refused(loader_start(&l, 4711, &run, &err), &err, ERR_NOT_FOUND, "not in the database any more");
	assert_ok(loader_start(&l, 1, &run, &err), &err);
	assert_ok(loader_fill(&l, 1, &run, &err), &err);
	assert_int_equal(run.metric_count, 2);
	assert_string_equal(run.metrics[0].key, "loss");
	assert_true(run.metrics[0].value == 1 && run.metrics[0].max == 4 && isinf(run.metrics[0].min));
	run_release(&run);
}

static void a_state__from_a_later_version__is_unknown_and_the_run_is_shown(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };

	make(f);
	assert_ok(db_exec(f->t->db, "UPDATE runs SET state = 77", &err), &err);
	assert_ok(tracker_get(f->t, ID, &run, &err), &err);
	assert_string_equal(run_state_name(run.state), "UNKNOWN");
}

static void slices__of_a_history__join_to_the_whole_of_it(void **state)
{
	struct fixture *f = *state;
	struct metric_place place = { .begun = false };
	struct metric_point points[7];
	struct error err = { 0 };
	struct test_run r;
	int total = 0, n;

	test_run_begin(f, &r, 1, "n", "");
	for (int i = 0; i < 50; i++)
		test_run_metric(&r, "m", i, i / 3);
	test_run_end(&r, "FINISHED", "");
	fixture_open(f);
	fixture_sync(f);
	while ((n = tracker_metric_slice(f->t, r.id, "m", &place, points, 7, &err)) > 0)
		for (int i = 0; i < n; i++) {
			assert_true(points[i].value == total);
			assert_int_equal(points[i].step, total / 3);
			total++;
		}
	assert_int_equal(n, 0);
	assert_int_equal(total, 50);
	place = (struct metric_place){ .begun = false };
	assert_int_equal(tracker_metric_slice(f->t, r.id, "other", &place, points, 7, &err), 0);
	assert_refused(tracker_metric_slice(f->t, "00000000000000000000000000000000", "m", &place, points, 7, &err), &err,
		       ERR_NOT_FOUND, "run");
}

static void version__of_the_database__tells_what_others_changed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(tracker_close) struct tracker *other = NULL;
	int64_t before, same, after;
	struct error err = { 0 };

	make(f);
	assert_ok(tracker_open(f->path, &other, &err), &err);
	assert_ok(tracker_version(f->t, &before, &err), &err);
	assert_ok(tracker_version(f->t, &same, &err), &err);
	assert_int_equal(before, same);
	assert_ok(tracker_set_tag(other, ID, "k", "v", &err), &err);
	assert_ok(tracker_version(f->t, &after, &err), &err);
	assert_int_not_equal(before, after);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(points__of_a_metric__come_in_order_of_step_and_arrival),
	CASE(a_metric__that_was_not_logged__names_the_nearest),
	CASE(a_zero__of_either_sign__keeps_it),
	CASE(slices__of_a_history__join_to_the_whole_of_it),
	CASE(version__of_the_database__tells_what_others_changed),
	CASE(documents__that_cannot_be_read__are_empty_and_the_run_is_shown),
	CASE(a_row__that_went_meanwhile__is_not_found),
	CASE(a_state__from_a_later_version__is_unknown_and_the_run_is_shown),
};

WB_TEST_MAIN(tests)
