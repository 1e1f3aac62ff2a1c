/* tracker/query_plan.c: the chosen way changes the time of a search, never its answer. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/core.h"
#include "tracker/query_plan.h"

enum { MANY = 3500 };

/* Rows made directly: more runs of one value than a plan calls few, one run of another. */
static int setup(void **state)
{
	struct fixture *f;
	struct error err = { 0 };

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	fixture_open(f);
	if (edit_begin(f->t, &err) != 0)
		return -1;
	return edit_end(f->t, db_exec(f->t->db,
			"INSERT INTO keys(id, name) VALUES(1, 'p'), (2, 'm');"
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3500)"
			" INSERT INTO runs(id, uuid, experiment, name, user, host, tree, state, detail, start_ns)"
			" SELECT i, printf('%08x%024x', i, i), 0, 'run' || i, '', '', '', 1, '', i FROM n;"
			"INSERT INTO params SELECT id, 1, CASE WHEN id = 7 THEN 'rare' ELSE 'common' END FROM runs;"
			"INSERT INTO latest SELECT id, 2, 1, 1, id, id, id, 1 FROM runs", &err) == 0, &err);
}

static struct query *planned(struct fixture *f, const char *filter, struct query_plan *plan)
{
	struct error err = { 0 };
	struct query *q = NULL;

	assert_ok(query_parse(filter, &q, NULL, &err), &err);
	assert_ok(query_plan_make(q, f->t->db, plan, &err), &err);
	return q;
}

static void check(struct fixture *f, const char *filter, bool is_selective, size_t sets)
{
	CLEANUP(query_plan_release) struct query_plan plan = { .sets = NULL };
	CLEANUP(query_free) struct query *q = planned(f, filter, &plan);

	if (plan.is_selective != is_selective || plan.set_count != sets)
		fail_msg("%s: selective %d, %zu sets", filter, plan.is_selective, plan.set_count);
}

static void plans__by_what_fits__are_the_expected(void **state)
{
	struct fixture *f = *state;

	check(f, "", false, 0);
	check(f, "params.p = 'rare'", true, 0);
	check(f, "params.p = 'common'", false, 1);
	check(f, "params.p = 'common' AND params.p = 'rare'", true, 0);
	check(f, "params.p = 'common' OR params.p = 'rare'", false, 1);
	check(f, "NOT params.p = 'rare'", false, 0);
	check(f, "params.p LIKE 'c%' AND metrics.m > 5", false, 2);
	check(f, "name = 'run3'", true, 0);
	check(f, "status = 'FINISHED'", false, 0);
	check(f, "metrics.m > 3495", true, 0);
}

static void answers__by_each_way__are_the_same(void **state)
{
	static const struct {
		const char *filter;
		uint64_t count;
	} cases[] = {
		{ "params.p = 'rare'", 1 },
		{ "params.p = 'common'", MANY - 1 },
		{ "params.p = 'common' AND params.p = 'rare'", 0 },
		{ "params.p = 'common' OR params.p = 'rare'", MANY },
		{ "NOT params.p = 'rare'", MANY - 1 },
		{ "NOT (params.p LIKE 'c%' AND metrics.m > 10)", 10 },
		{ "params.p LIKE 'c%' AND metrics.m > 10", MANY - 10 },
		{ "metrics.m > 3495 OR params.p = 'rare'", 6 },
		{ "metrics.m IS NULL", 0 },
		{ "metrics.none IS NULL AND params.p = 'rare'", 1 },
	};
	struct fixture *f = *state;
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tracker_filter filter = { .filter = cases[i].filter };
		uint64_t n = 0;

		assert_ok(tracker_count(f->t, &filter, &n, NULL, &err), &err);
		if (n != cases[i].count)
			fail_msg("%s: %llu", cases[i].filter, (unsigned long long)n);
	}
}

static void a_plan__of_an_empty_store__has_empty_sets(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_ok(db_exec(f->t->db, "DELETE FROM params; DELETE FROM latest; DELETE FROM runs", &err), &err);
	check(f, "params.p = 'common'", true, 0);
	check(f, "params.p LIKE '%'", false, 1);
	assert_string_equal(fixture_find(f, "params.p LIKE '%' OR NOT metrics.m > 1", NULL), "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(plans__by_what_fits__are_the_expected),
	CASE(answers__by_each_way__are_the_same),
	CASE(a_plan__of_an_empty_store__has_empty_sets),
};

WB_TEST_MAIN(tests)
