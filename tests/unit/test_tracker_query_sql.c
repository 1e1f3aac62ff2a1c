/* Filters and orders over runs that differ in known ways. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

/* Number, name, START's further members, loss (NaN allowed), state. Run 5 logs no loss. */
static const struct {
	unsigned number;
	const char *name, *extra, *state;
	double losses[3];
	size_t loss_count;
} runs[] = {
	{ 1, "base", ",\"params\":{\"lr\":\"0.1\",\"opt\":\"sgd\"},\"tags\":{\"team\":\"Red\"}", "FINISHED", { 3, 0.5, 1 }, 3 },
	{ 2, "Base two", ",\"params\":{\"lr\":\"0.01\",\"opt\":\"adam\"},\"tags\":{\"team\":\"red\"}", "FAILED", { 2 }, 1 },
	{ 3, "100%_x", ",\"params\":{\"lr\":\"1e-3\"},\"inputs\":[{\"name\":\"digits\",\"path\":\"d.h5\",\"sha256\":\"AA11\","
	  "\"bytes\":9,\"tags\":[\"PII\"]}]", "LIMIT", { -1 }, 1 },
	{ 4, "it's", ",\"params\":{\"lr\":\"auto\"},\"tags\":{\"a b\":\"c\"}", "KILLED", { NAN }, 1 },
	{ 5, "[x]*", "", "FINISHED", { 0 }, 0 },
};

static int setup(void **state)
{
	struct fixture *f;
	struct test_run r;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
		test_run_begin(f, &r, runs[i].number, runs[i].name, runs[i].extra);
		for (size_t k = 0; k < runs[i].loss_count; k++)
			test_run_metric(&r, "loss", runs[i].losses[k], (int64_t)k);
		test_run_end(&r, runs[i].state, "");
	}
	fixture_open(f);
	fixture_sync(f);
	return 0;
}

static void filters__of_every_kind__find_their_runs(void **state)
{
	static const struct {
		const char *filter, *found;
	} cases[] = {
		{ "", "5 4 3 2 1" },
		{ "metrics.loss < 1.5", "3 1" },
		{ "metrics.loss = 1", "1" },
		{ "metrics.loss.min <= 0.5", "3 1" },
		{ "metrics.loss.max >= 3", "1" },
		{ "metrics.loss.count = 3", "1" },
		{ "metrics.loss != 2", "3 1" },
		{ "NOT metrics.loss = 2", "5 4 3 1" },
		{ "metrics.loss = NaN", "4" },
		{ "metrics.loss != NaN", "3 2 1" },
		{ "metrics.loss IS NULL", "5" },
		{ "metrics.loss IS NOT NULL", "4 3 2 1" },
		{ "metrics.loss IN (1, 2)", "2 1" },
		{ "metrics.loss NOT IN (1, 2)", "3" },
		{ "metrics.loss BETWEEN 0 AND 1", "1" },
		{ "metrics.other > 0", "" },
		{ "params.lr = '0.1'", "1" },
		{ "params.lr = 0.1", "1" },
		{ "params.lr < 0.05", "3 2" },
		{ "params.lr = 0.001", "3" },
		{ "params.lr = '0.001'", "" },
		{ "params.lr > '0.05'", "4 3 1" },
		{ "params.opt != 'sgd'", "2" },
		{ "params.opt IS NULL", "5 4 3" },
		{ "NOT params.opt = 'sgd'", "5 4 3 2" },
		{ "tags.team = 'red'", "2" },
		{ "tags.team LIKE 'r%'", "2" },
		{ "tags.team ILIKE 'r%'", "2 1" },
		{ "tags.team NOT LIKE 'r%'", "1" },
		{ "tags.`a b` = 'c'", "4" },
		{ "name LIKE '100%'", "3" },
		{ "name LIKE 'bas_'", "1" },
		{ "name LIKE '[x]*'", "5" },
		{ "name ILIKE 'BASE%'", "2 1" },
		{ "name = 'it''s'", "4" },
		{ "name IN ('base', 'it''s')", "4 1" },
		{ "status = 'FINISHED'", "5 1" },
		{ "status != 'finished'", "4 3 2" },
		{ "status IN ('LIMIT', 'KILLED')", "4 3" },
		{ "status LIKE 'F%'", "5 2 1" },
		{ "status = FAILED OR status = KILLED", "4 2" },
		{ "duration > 3m", "5 4 3" },
		{ "duration <= 120", "1" },
		{ "start_time > 1700000003000", "5 4" },
		{ "start_time < '2023-11-14 22:13:22'", "1" },
		{ "end_time IS NOT NULL", "5 4 3 2 1" },
		{ "experiment = 'exp1'", "5 3 1" },
		{ "experiment_name LIKE '%0'", "4 2" },
		{ "run_id = '00000002000000000000000000000002'", "2" },
		{ "dataset.name = 'digits'", "3" },
		{ "dataset.digest LIKE 'AA%'", "3" },
		{ "dataset.tags LIKE '%PII%' AND metrics.loss < 0", "3" },
		{ "dataset.bytes > 8", "3" },
		{ "dataset.name IS NULL", "5 4 2 1" },
		{ "(name = 'base' OR metrics.loss = 2) AND NOT params.opt = 'adam'", "1" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *found = fixture_find(f, cases[i].filter, NULL);

		if (strcmp(found, cases[i].found) != 0)
			fail_msg("%s\n finds   %s\n instead %s", cases[i].filter, found, cases[i].found);
	}
}

static void orders__with_nan_and_absent__put_those_last_both_ways(void **state)
{
	static const struct {
		const char *order, *found;
	} cases[] = {
		{ "metrics.loss", "3 1 2 4 5" },
		{ "metrics.loss DESC", "2 1 3 4 5" },
		{ "metrics.loss.min", "3 1 2 4 5" },
		{ "params.opt", "2 1 5 4 3" },
		{ "params.opt DESC", "1 2 5 4 3" },
		{ "start_time", "1 2 3 4 5" },
		{ "start_time DESC", "5 4 3 2 1" },
		{ "status", "2 5 1 4 3" },
		{ "name", "3 2 5 1 4" },
		{ "duration DESC", "5 4 3 2 1" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *found = fixture_find(f, NULL, cases[i].order);

		if (strcmp(found, cases[i].found) != 0)
			fail_msg("%s\n gives   %s\n instead %s", cases[i].order, found, cases[i].found);
	}
}

static void a_page__at_each_offset__joins_to_the_whole(void **state)
{
	static const char *const orders[] = { "metrics.loss DESC", "metrics.loss", "start_time", "params.opt" };
	struct fixture *f = *state;
	struct error err = { 0 };

	for (size_t o = 0; o < 4; o++) {
		CLEANUP(run_list_release) struct run_list whole = { .items = NULL };
		struct tracker_filter filter = { .orders = &orders[o], .order_count = 1 };

		assert_ok(tracker_list(f->t, &filter, &whole, NULL, &err), &err);
		assert_int_equal(whole.count, 5);
		for (uint64_t at = 0; at < 5; at++) {
			for (uint64_t limit = 1; limit <= 6; limit++) {
				CLEANUP(run_list_release) struct run_list page = { .items = NULL };

				filter.offset = at;
				filter.limit = limit;
				assert_ok(tracker_list(f->t, &filter, &page, NULL, &err), &err);
				assert_int_equal(page.count, limit < 5 - at ? limit : 5 - at);
				assert_int_equal(page.more, at + limit < 5);
				for (size_t i = 0; i < page.count; i++)
					assert_string_equal(page.items[i].id, whole.items[at + i].id);
			}
		}
	}
}

static void an_order__naming_a_key_twice__is_refused(void **state)
{
	static const char *const orders[] = { "metrics.loss", "metric.loss DESC" };
	struct fixture *f = *state;
	struct tracker_filter filter = { .orders = orders, .order_count = 2 };
	struct run_list list;
	struct error err = { 0 };

	assert_refused(tracker_list(f->t, &filter, &list, NULL, &err), &err, ERR_INVALID, "twice");
}

static void deleted_runs__listed__only_when_asked(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct tracker_filter filter = { .with_deleted = true };
	uint64_t n;

	assert_ok(tracker_delete(f->t, "00000002000000000000000000000002", 5, &err), &err);
	assert_string_equal(fixture_find(f, "", NULL), "5 4 3 1");
	assert_ok(tracker_count(f->t, &filter, &n, NULL, &err), &err);
	assert_int_equal(n, 5);
	filter = (struct tracker_filter){ .only_deleted = true };
	assert_ok(tracker_count(f->t, &filter, &n, NULL, &err), &err);
	assert_int_equal(n, 1);
	filter = (struct tracker_filter){ .experiment = "exp1" };
	assert_ok(tracker_count(f->t, &filter, &n, NULL, &err), &err);
	assert_int_equal(n, 3);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(filters__of_every_kind__find_their_runs),
	CASE(orders__with_nan_and_absent__put_those_last_both_ways),
	CASE(a_page__at_each_offset__joins_to_the_whole),
	CASE(an_order__naming_a_key_twice__is_refused),
	CASE(deleted_runs__listed__only_when_asked),
};

WB_TEST_MAIN(tests)
