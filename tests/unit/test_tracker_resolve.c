/* tracker/resolve.c: from what people type to a run. */
#include "config.h"

#include <stdio.h>

#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

static int setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	test_run_make(f, 0x1234aaaa, "base", "");
	test_run_make(f, 0x1234aaab, "base", "");
	test_run_make(f, 0x1234bbbb, "wide", "");
	test_run_make(f, 0xabcd0001, "1234", "");
	test_run_make(f, 0xabcd0002, "gone", "");
	fixture_open(f);
	fixture_sync(f);
	return 0;
}

static void check(struct fixture *f, const char *ref, unsigned number)
{
	struct error err = { 0 };
	char id[33], want[33];

	snprintf(want, sizeof want, "%08x%024x", number, number);
	assert_ok(tracker_resolve(f->t, ref, id, &err), &err);
	assert_string_equal(id, want);
}

static void refs__of_each_form__find_their_run(void **state)
{
	struct fixture *f = *state;

	check(f, "@", 0xabcd0002);
	check(f, "@~1", 0xabcd0001);
	check(f, "@~4", 0x1234aaaa);
	check(f, "base", 0x1234aaab);
	check(f, "1234b", 0x1234bbbb);
	check(f, "1234B", 0x1234bbbb);
	check(f, "1234aaaa00000000000000001234aaaa", 0x1234aaaa);
	/* A name goes before the beginning of an id. */
	check(f, "1234", 0xabcd0001);
}

static void refs__that_name_none__say_what_would(void **state)
{
	static const char *const cases[][3] = {
		{ "@x", "names no run", "@~1" },
		{ "@~", "names no run", "@~1" },
		{ "@~-1", "names no run", "@~1" },
		{ "@~99999999999999999999", "names no run", "@~1" },
		{ "wde", "no run is called 'wde'", "'wide'" },
		{ "ab", "no run is called", "4 characters" },
		{ "entirely different", "no run is called", "wb ls" },
		{ "fffff", "no run is called", "wb ls" },
		{ "", "no run is called", "" },
		{ "esc\033[31m", "\\x1b", "" },
	};
	struct fixture *f = *state;
	char id[33];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = { 0 };

		assert_int_equal(tracker_resolve(f->t, cases[i][0], id, &err), -1);
		assert_contains(err.text, cases[i][1]);
		assert_contains(err.hint, cases[i][2]);
	}
}

static void a_beginning__of_several_ids__lists_them(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	char id[33] = "untouched";

	assert_refused(tracker_resolve(f->t, "1234a", id, &err), &err, ERR_CONFLICT, "several runs");
	assert_contains(err.hint, "1234aaaa00000000000000001234aaaa");
	assert_contains(err.hint, "1234aaab00000000000000001234aaab");
	assert_string_equal(id, "untouched");
}

static void a_deleted_run__gives_way_to_others_of_its_name(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_ok(tracker_delete(f->t, "1234aaab00000000000000001234aaab", 5, &err), &err);
	check(f, "base", 0x1234aaaa);
	assert_ok(tracker_delete(f->t, "abcd000200000000000000" "00abcd0002", 5, &err), &err);
	check(f, "@", 0xabcd0001);
	check(f, "gone", 0xabcd0002);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(refs__of_each_form__find_their_run),
	CASE(refs__that_name_none__say_what_would),
	CASE(a_beginning__of_several_ids__lists_them),
	CASE(a_deleted_run__gives_way_to_others_of_its_name),
};

WB_TEST_MAIN(tests)
