/* Many processes at one store: no run is lost, nobody is told that the database is busy. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

enum { PROCESSES = 8, RUNS_EACH = 6, POINTS = 300, NUMBERS = 100 };

typedef bool work_fn(struct fixture *f, unsigned process);

/* Starts all at once (they wait for the pipe to close) and lets each end well. */
static void in_processes(struct fixture *f, unsigned n, work_fn *fn)
{
	pid_t pids[PROCESSES];
	int gate[2], failed = 0;

	assert_true(n <= PROCESSES);
	assert_int_equal(pipe(gate), 0);
	for (unsigned i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			char c;

			close(gate[1]);
			_exit(read(gate[0], &c, 1) == 0 && fn(f, i) ? 0 : 1);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (unsigned i = 0; i < n; i++) {
		int status = -1;

		failed += pids[i] < 0 || waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	}
	assert_int_equal(failed, 0);
}

static bool tell(const struct error *err)
{
	fprintf(stderr, "# %s\n", err->text);
	return false;
}

static void finding(void *data, const char *run_id, const char *what)
{
	(void)data;
	print_error("# %s: %s\n", run_id, what);
}

static void check_all(struct fixture *f, uint64_t runs, uint64_t points)
{
	CLEANUP(run_list_release) struct run_list list = { .items = NULL };
	struct tracker_filter all = { .filter = "status = 'FINISHED'" };
	struct error err = { 0 };

	fixture_open(f);
	fixture_sync(f);
	assert_ok(tracker_list(f->t, &all, &list, NULL, &err), &err);
	assert_int_equal(list.count, runs);
	for (size_t i = 0; i < list.count; i++)
		assert_int_equal(run_metric(&list.items[i], "m")->count, points);
	assert_int_equal(tracker_check(f->t, NULL, finding, NULL, &err), 0);
}

static void make_runs(struct fixture *f, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct test_run r;

		test_run_begin(f, &r, first + i, "run", ",\"params\":{\"lr\":\"0.1\"}");
		for (int step = 0; step < POINTS; step++)
			test_run_metric(&r, "m", step, step);
		test_run_end(&r, "FINISHED", "");
	}
}

static bool open_and_sync(struct fixture *f, unsigned process)
{
	struct tracker_synced synced;
	struct tracker *t = NULL;
	struct error err = { 0 };

	(void)process;
	if (tracker_open(f->path, &t, &err) != 0)
		return tell(&err);
	if (tracker_sync(t, 20000, &synced, &err) != 0)
		return tell(&err);
	tracker_close(t);
	return !synced.busy;
}

static void eight_processes__moving_the_same_spools__move_each_once(void **state)
{
	struct fixture *f = *state;

	make_runs(f, 1, 40);
	in_processes(f, PROCESSES, open_and_sync);
	check_all(f, 40, POINTS);
}

static void eight_processes__opening_a_store_for_the_first_time__make_one_database(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++) {
		struct error err = { 0 };

		in_processes(f, PROCESSES, open_and_sync);
		assert_true(fs_exists(f->fd, "wb.db"));
		assert_ok(fs_remove_tree(f->fd, "wb.db", &err), &err);
		assert_ok(fs_remove_tree(f->fd, "wb.db-wal", &err), &err);
		assert_ok(fs_remove_tree(f->fd, "wb.db-shm", &err), &err);
	}
}

/* Writes runs of its own and moves whatever is there after each few points. */
static bool write_and_sync(struct fixture *f, unsigned process)
{
	struct tracker *t = NULL;
	struct error err = { 0 };

	if (tracker_open(f->path, &t, &err) != 0)
		return tell(&err);
	for (unsigned n = 0; n < RUNS_EACH; n++) {
		struct test_run r;

		test_run_begin(f, &r, 1 + process * NUMBERS + n, "run", "");
		for (int step = 0; step < POINTS; step++) {
			test_run_metric(&r, "m", step, step);
			if (step % 50 == 49 && (spool_sync(r.spool, &err) != 0 || tracker_sync(t, 0, NULL, &err) != 0))
				return tell(&err);
		}
		test_run_end(&r, "FINISHED", "");
	}
	if (tracker_sync(t, 20000, NULL, &err) != 0)
		return tell(&err);
	tracker_close(t);
	return true;
}

static void eight_processes__writing_and_moving_at_once__lose_nothing(void **state)
{
	struct fixture *f = *state;

	in_processes(f, PROCESSES, write_and_sync);
	check_all(f, PROCESSES * RUNS_EACH, POINTS);
}

/* Half of them edit, the others read; each sees its own edits. */
static bool edit_and_read(struct fixture *f, unsigned process)
{
	CLEANUP(tracker_close) struct tracker *t = NULL;
	struct error err = { 0 };
	char id[33], key[16];

	if (tracker_open(f->path, &t, &err) != 0)
		return tell(&err);
	snprintf(id, sizeof id, "%08x%024x", 1, 1);
	snprintf(key, sizeof key, "process%u", process);
	for (int i = 0; i < 60; i++) {
		struct run run = { .experiment = NULL };
		char value[16];
		bool same;

		snprintf(value, sizeof value, "%d", i);
		if (process % 2 && tracker_set_tag(t, id, key, value, &err) != 0)
			return tell(&err);
		if (tracker_get(t, id, &run, &err) != 0)
			return tell(&err);
		same = !(process % 2) || strcmp(run_tag(&run, key), value) == 0;
		run_release(&run);
		if (!same)
			return false;
	}
	return true;
}

static void edits__from_many_processes__wait_for_each_other(void **state)
{
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct fixture *f = *state;
	struct error err = { 0 };

	make_runs(f, 1, 1);
	fixture_open(f);
	fixture_sync(f);
	tracker_close(take_ptr(&f->t));
	in_processes(f, PROCESSES, edit_and_read);
	fixture_open(f);
	assert_ok(tracker_get(f->t, "00000001000000000000000000000001", &run, &err), &err);
	assert_int_equal(run.tag_count, PROCESSES / 2);
	assert_string_equal(run_tag(&run, "process7"), "59");
}

/* Readers who hold the database open while others write and empty the log. */
static bool read_long(struct fixture *f, unsigned process)
{
	CLEANUP(tracker_close) struct tracker *t = NULL;
	struct error err = { 0 };
	uint64_t before = 0;

	if (process < 2)
		return write_and_sync(f, process);
	if (tracker_open(f->path, &t, &err) != 0)
		return tell(&err);
	for (int i = 0; i < 200; i++) {
		struct tracker_filter all = { .filter = NULL };
		struct run_list list = { .items = NULL };
		size_t n;

		if (tracker_list(t, &all, &list, NULL, &err) != 0)
			return tell(&err);
		n = list.count;
		run_list_release(&list);
		if (n < before)
			return false;
		before = n;
	}
	return true;
}

static void readers__beside_writers__see_whole_states_only(void **state)
{
	struct fixture *f = *state;

	fixture_open(f);
	tracker_close(take_ptr(&f->t));
	in_processes(f, PROCESSES, read_long);
	check_all(f, 2 * RUNS_EACH, POINTS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(eight_processes__moving_the_same_spools__move_each_once),
	CASE(eight_processes__opening_a_store_for_the_first_time__make_one_database),
	CASE(eight_processes__writing_and_moving_at_once__lose_nothing),
	CASE(edits__from_many_processes__wait_for_each_other),
	CASE(readers__beside_writers__see_whole_states_only),
};

WB_TEST_MAIN(tests)
