/* tracker/reserve.c: what a full disk leaves possible. */
#include "config.h"

#include "tracker/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

#define RESERVE "wb.db-reserve"

static void the_reserve__is_spent_once_and_only_for_a_full_disk(void **state)
{
	struct fixture *f = *state;
	struct error full = { .sys = ENOSPC }, other = { .sys = EIO }, quota = { .sys = EDQUOT };
	struct stat st;

	fixture_open(f);
	if (fstatat(f->fd, RESERVE, &st, 0) != 0)
		wb_test_skip("this file system cannot allocate ahead");
	assert_true(st.st_size > 0);
	assert_false(reserve_spend(f->t, &other));
	assert_true(fs_exists(f->fd, RESERVE));
	assert_true(reserve_spend(f->t, &full));
	assert_false(fs_exists(f->fd, RESERVE));
	assert_false(reserve_spend(f->t, &full));
	assert_true(reserve_is_full(&quota));
	/* Set aside anew as soon as something was moved. */
	test_run_make(f, 1, "run", "");
	fixture_sync(f);
	assert_true(fs_exists(f->fd, RESERVE));
}

/* The end of a lost run cannot be written: all else can be read, and it is LOST when there is room again. */
static void a_move__without_space__leaves_the_rest_readable(void **state)
{
	struct fixture *f = *state;
	struct tracker_synced synced = { 0 };
	struct error err = { 0 };
	struct test_run r;

	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	test_run_make(f, 1, "before", "");
	fixture_open(f);
	fixture_sync(f);
	unlinkat(f->fd, RESERVE, 0);
	test_run_begin(f, &r, 2, "lost", "");
	test_run_vanish(&r);
	sys_fault_arm(SYS_FAULT_FSYNC, 1, ENOSPC);
	assert_ok(tracker_sync(f->t, 1000, &synced, &err), &err);
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	assert_true(synced.full);
	assert_contains(fixture_find(f, "", NULL), "1");
	assert_false(fixture_sync(f).full);
	assert_string_equal(fixture_find(f, "status = 'LOST'", NULL), "2");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(the_reserve__is_spent_once_and_only_for_a_full_disk),
	CASE(a_move__without_space__leaves_the_rest_readable),
};
WB_TEST_MAIN(tests)
