/* tracker/list.c: pages, orders and both ways to search them. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

enum { RUNS = 30 };

/* Run i has metric "m" = i * 7 % 30 unless i % 5 is 0 (none) or 1 (NaN), and param "p" = i % 3. */
static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	for (unsigned i = 1; i <= RUNS; i++) {
		char extra[64];
		struct test_run r;

		snprintf(extra, sizeof extra, ",\"params\":{\"p\":\"%u\"}", i % 3);
		test_run_begin(f, &r, i, i % 2 ? "odd" : "even", extra);
		if (i % 5)
			test_run_metric(&r, "m", i % 5 == 1 ? (double)NAN : i * 7 % 30, 1);
		test_run_end(&r, "FINISHED", "");
	}
	fixture_open(f);
	fixture_sync(f);
	return 0;
}

/* The page's run numbers, joined; "+" last when there are more. */
static const char *page(struct fixture *f, const struct tracker_filter *filter, struct buf *b)
{
	CLEANUP(run_list_release) struct run_list list = { .items = NULL };
	struct error err = { 0 };

	buf_clear(b);
	assert_ok(tracker_list(f->t, filter, &list, NULL, &err), &err);
	for (size_t i = 0; i < list.count; i++)
		buf_printf(b, "%s%lu", i ? " " : "", strtoul((char[]){ list.items[i].id[6], list.items[i].id[7], 0 }, NULL, 16));
	buf_puts(b, list.more ? "+" : "");
	return buf_text(b);
}

static void pages__one_after_the_other__are_the_whole_list(void **state)
{
	static const char *const orders[] = { "metrics.m DESC", "metrics.m ASC", "start_time", "params.p DESC", "name" };
	static const char *const filters[] = { NULL, "name = 'odd'", "params.p = '1'", "metrics.m > 10", "NOT metrics.m IS NULL" };
	struct fixture *f = *state;

	for (size_t o = 0; o < sizeof orders / sizeof *orders; o++)
		for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
			CLEANUP(buf_release) struct buf whole = BUF_INIT(4096), pages = BUF_INIT(4096), one = BUF_INIT(4096);
			struct tracker_filter all = { .filter = filters[i], .orders = &orders[o], .order_count = 1 };
			struct tracker_filter part = all;
			bool more = true;

			page(f, &all, &whole);
			for (part.limit = 4; more; part.offset += 4) {
				const char *text = page(f, &part, &one);

				more = strchr(text, '+') != NULL;
				buf_printf(&pages, "%s%.*s", part.offset ? " " : "", (int)strcspn(text, "+"), text);
			}
			assert_string_equal(buf_text(&pages), buf_text(&whole));
		}
}

static void runs__without_a_value__come_last_both_ways(void **state)
{
	static const char *const up = "metrics.m", *const down = "metrics.m DESC";
	struct fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct tracker_filter filter = { .orders = &up, .order_count = 1, .limit = 3 };

	/* 7 * 13 % 30 = 1, 7 * 4 % 30 = 28 % 30, and so on: the least and greatest by hand. */
	assert_string_equal(page(f, &filter, &b), "13 9 22+");
	filter.orders = &down;
	assert_string_equal(page(f, &filter, &b), "17 4 8+");
	filter.offset = 18;
	filter.limit = 50;
	assert_int_equal(strlen(page(f, &filter, &b)) > 0, 1);
	assert_null(strchr(buf_text(&b), '+'));
}

static void a_page__past_the_end__is_empty(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct tracker_filter filter = { .limit = 5, .offset = RUNS };

	assert_string_equal(page(f, &filter, &b), "");
	filter.offset = UINT64_MAX;
	assert_string_equal(page(f, &filter, &b), "");
	filter.offset = 0;
	filter.limit = UINT64_MAX;
	assert_non_null(strstr(page(f, &filter, &b), " 1"));
}

static void orders__that_make_no_sense__are_refused(void **state)
{
	static const char *const twice[] = { "metrics.m", "metrics.m DESC" };
	static const char *const wrong[] = { "metrics.m SIDEWAYS" };
	static const char *many[20];
	struct fixture *f = *state;
	struct run_list list;
	struct query_mark mark;
	struct error err = { 0 };
	struct tracker_filter filter = { .orders = twice, .order_count = 2 };

	assert_refused(tracker_list(f->t, &filter, &list, &mark, &err), &err, ERR_INVALID, "twice");
	filter = (struct tracker_filter){ .orders = wrong, .order_count = 1 };
	assert_refused(tracker_list(f->t, &filter, &list, &mark, &err), &err, ERR_INVALID, "order key 1");
	for (size_t i = 0; i < 20; i++)
		many[i] = "name";
	filter = (struct tracker_filter){ .orders = many, .order_count = 20 };
	assert_refused(tracker_list(f->t, &filter, &list, &mark, &err), &err, ERR_LIMIT, "order keys");
	filter = (struct tracker_filter){ .filter = "metrics.m >" };
	assert_refused(tracker_list(f->t, &filter, &list, &mark, &err), &err, ERR_INVALID, "filter");
	assert_int_equal(mark.start, 11);
}

static void counts__are_those_of_the_lists(void **state)
{
	static const char *const filters[] = { NULL, "params.p = '2'", "metrics.m BETWEEN 5 AND 12", "name LIKE 'o%'", "metrics.m IS NULL" };
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_ok(tracker_delete(f->t, "00000002000000000000000000000002", 5, &err), &err);
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
		for (int deleted = 0; deleted < 3; deleted++) {
			CLEANUP(run_list_release) struct run_list list = { .items = NULL };
			struct tracker_filter filter = { .filter = filters[i], .experiment = deleted == 2 ? "exp0" : NULL,
							 .with_deleted = deleted == 1, .only_deleted = deleted == 2 };
			uint64_t n = 0;

			assert_ok(tracker_list(f->t, &filter, &list, NULL, &err), &err);
			assert_ok(tracker_count(f->t, &filter, &n, NULL, &err), &err);
			assert_int_equal(n, list.count);
		}
}

static void a_bare_list__leaves_the_details_out(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_list_release) struct run_list list = { .items = NULL };
	struct tracker_filter filter = { .limit = 3, .bare = true };
	struct error err = { 0 };

	assert_ok(tracker_list(f->t, &filter, &list, NULL, &err), &err);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.items[0].param_count + list.items[1].metric_count, 0);
	assert_string_equal(list.items[0].name, "even");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(pages__one_after_the_other__are_the_whole_list),
	CASE(runs__without_a_value__come_last_both_ways),
	CASE(a_page__past_the_end__is_empty),
	CASE(orders__that_make_no_sense__are_refused),
	CASE(counts__are_those_of_the_lists),
	CASE(a_bare_list__leaves_the_details_out),
};

WB_TEST_MAIN(tests)
