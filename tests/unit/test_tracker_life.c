/* tracker/life.c: markers, who is alive, what is given up. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

#define ID "0123456789abcdef0123456789abcdef"
#define OTHER "0123456789abcdef0123456789abcdee"

static int disarm(void **state)
{
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	return fixture_teardown(state);
}

static void a_run__begun__is_alive_until_let_go(void **state)
{
	struct fixture *f = *state;
	CLEANUP(life_release) struct life l = LIFE_INIT;
	struct error err = { 0 };
	int fd = -1;

	assert_false(life_is_alive(f->fd, ID));
	assert_ok(life_begin(f->fd, ID, &l, &err), &err);
	assert_true(life_is_alive(f->fd, ID));
	assert_true(fs_is_dir(f->fd, "runs/" ID));
	assert_int_equal(life_try_take(f->fd, ID, &fd, &err), 0);
	life_release(&l);
	assert_false(life_is_alive(f->fd, ID));
	assert_int_equal(life_try_take(f->fd, ID, &fd, &err), 1);
	assert_true(life_is_alive(f->fd, ID));
	close(fd);
	assert_ok(life_end(f->fd, ID, &err), &err);
	assert_ok(life_end(f->fd, ID, &err), &err);
	assert_int_equal(life_try_take(f->fd, ID, &fd, &err), 0);
}

static void a_lock__handed_to_a_child__keeps_the_run_alive(void **state)
{
	struct fixture *f = *state;
	struct life l = LIFE_INIT;
	struct error err = { 0 };
	int gate[2], status;
	pid_t pid;

	assert_ok(life_begin(f->fd, ID, &l, &err), &err);
	assert_int_equal(pipe(gate), 0);
	pid = fork();
	if (pid == 0) {
		char c;

		close(gate[1]);
		_exit(read(gate[0], &c, 1) == 0 ? 0 : 1);
	}
	close(gate[0]);
	life_release(&l);
	assert_true(life_is_alive(f->fd, ID));
	close(gate[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(life_is_alive(f->fd, ID));
}

static void the_same_id__twice__is_refused_and_the_first_lives_on(void **state)
{
	struct fixture *f = *state;
	CLEANUP(life_release) struct life first = LIFE_INIT, second = LIFE_INIT;
	struct error err = { 0 };

	assert_ok(life_begin(f->fd, ID, &first, &err), &err);
	assert_refused(life_begin(f->fd, ID, &second, &err), &err, ERR_EXISTS, "pending marker");
	assert_true(life_is_alive(f->fd, ID));
	assert_true(fs_is_dir(f->fd, "runs/" ID));
	/* A finished run has no marker any more: its folder alone refuses. */
	life_release(&first);
	assert_ok(life_end(f->fd, ID, &err), &err);
	assert_refused(life_begin(f->fd, ID, &second, &err), &err, ERR_EXISTS, "folder of run");
	assert_true(fs_is_dir(f->fd, "runs/" ID));
}

static void ids__that_are_none__lead_nowhere(void **state)
{
	static const char *const ids[] = { "", "..", "../../../../../../etc/passwd______", "0123456789ABCDEF0123456789ABCDEF", ID "0" };
	struct fixture *f = *state;
	struct life l = LIFE_INIT;
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		assert_refused(life_begin(f->fd, ids[i], &l, &err), &err, ERR_INTERNAL, "not a run id");
	assert_false(fs_exists(f->fd, "runs"));
}

static int count(void *data, const char *run_id, struct error *err)
{
	struct fixture *f = data;

	/* The callback may end what it is told. */
	assert_ok(life_end(f->fd, run_id, err), err);
	return 0;
}

static int refuse(void *data, const char *run_id, struct error *err)
{
	++*(int *)data;
	return error_set(err, ERR_CANCELLED, "%s", run_id);
}

static void pending_runs__listed__are_only_those_with_an_id(void **state)
{
	struct fixture *f = *state;
	struct life a = LIFE_INIT, b = LIFE_INIT;
	struct error err = { 0 };
	int calls = 0;

	assert_ok(life_each(f->fd, refuse, &calls, &err), &err);
	assert_ok(life_begin(f->fd, ID, &a, &err), &err);
	assert_ok(life_begin(f->fd, OTHER, &b, &err), &err);
	wb_test_put(f->path, "pending/readme", "x");
	wb_test_put(f->path, "pending/.new-x", "x");
	assert_refused(life_each(f->fd, refuse, &calls, &err), &err, ERR_CANCELLED, OTHER);
	assert_int_equal(calls, 1);
	assert_ok(life_each(f->fd, count, f, &err), &err);
	assert_false(fs_exists(f->fd, "pending/" ID) || fs_exists(f->fd, "pending/" OTHER));
	assert_true(fs_exists(f->fd, "pending/readme") && fs_exists(f->fd, "pending/.new-x"));
	life_release(&a);
	life_release(&b);
}

static void a_marker__left_half_made_long_ago__goes(void **state)
{
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	struct fixture *f = *state;
	struct error err = { 0 };
	int calls = 0;

	wb_test_put(f->path, "pending/.new-" ID, "");
	wb_test_put(f->path, "pending/.new-" OTHER, "");
	assert_int_equal(utimensat(f->fd, "pending/.new-" ID, old, 0), 0);
	assert_ok(life_each(f->fd, refuse, &calls, &err), &err);
	assert_false(fs_exists(f->fd, "pending/.new-" ID));
	assert_true(fs_exists(f->fd, "pending/.new-" OTHER));
}

static void a_link__in_place_of_a_marker__is_not_followed(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	int fd = -1;

	wb_test_put(f->path, "elsewhere", "");
	assert_ok(fs_mkdir_p(f->fd, "pending", 0700, &err), &err);
	assert_int_equal(symlinkat("../elsewhere", f->fd, "pending/" ID), 0);
	assert_false(life_is_alive(f->fd, ID));
	assert_int_equal(life_try_take(f->fd, ID, &fd, &err), -1);
}

static void beginning__with_any_call_failing__leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;
	unsigned nth = 1;

	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	for (bool failed = true; failed; nth++) {
		CLEANUP(life_release) struct life l = LIFE_INIT;
		struct error err = { 0 };
		struct error ignored = { 0 };

		assert_ok(fs_remove_tree(f->fd, "runs", &err), &err);
		assert_ok(fs_remove_tree(f->fd, "pending", &err), &err);
		sys_fault_arm(SYS_FAULT_ANY, nth, ENOSPC);
		failed = life_begin(f->fd, ID, &l, &err) != 0;
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		if (!failed)
			break;
		assert_int_equal(err.sys, ENOSPC);
		assert_false(life_is_alive(f->fd, ID));
		assert_false(fs_exists(f->fd, "pending/" ID) || fs_exists(f->fd, "runs/" ID) ||
			     fs_exists(f->fd, "pending/.new-" ID));
		assert_ok(life_begin(f->fd, ID, &l, &ignored), &ignored);
	}
	assert_true(nth > 5);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, disarm)

static const struct CMUnitTest tests[] = {
	CASE(a_run__begun__is_alive_until_let_go),
	CASE(a_lock__handed_to_a_child__keeps_the_run_alive),
	CASE(the_same_id__twice__is_refused_and_the_first_lives_on),
	CASE(ids__that_are_none__lead_nowhere),
	CASE(pending_runs__listed__are_only_those_with_an_id),
	CASE(a_marker__left_half_made_long_ago__goes),
	CASE(a_link__in_place_of_a_marker__is_not_followed),
	CASE(beginning__with_any_call_failing__leaves_nothing_behind),
};

WB_TEST_MAIN(tests)
