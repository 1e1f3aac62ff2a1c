/* The records after kill -9 at each system call that changes files: sound, and all that was promised is in them. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "tests/support/crash.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

enum { POINTS = 6 };

/* What the child promised. */
struct promised {
	unsigned points; /* synced */
	bool ended;
	bool edited;
};

static struct promised *promised;

static int setup(void **state)
{
	crash_use_memory();
	if (!promised)
		promised = crash_shared(sizeof *promised);
	*promised = (struct promised){ 0 };
	return fixture_setup(state);
}

static void need_tracing(void)
{
	if (!crash_can_trace())
		wb_test_skip("no process may be traced here");
}

struct job {
	struct fixture *f;
	unsigned number;
};

static void finding(void *data, const char *run_id, const char *what)
{
	(void)data;
	print_error("# %s: %s\n", run_id, what);
}

/* Syncs twice, as two commands would, and holds the database against the spools. */
static void check_records(struct fixture *f)
{
	struct error err = { 0 };

	fixture_open(f);
	fixture_sync(f);
	assert_int_equal(fixture_sync(f).records, 0);
	assert_int_equal(tracker_check(f->t, NULL, finding, NULL, &err), 0);
}

static void id_of(unsigned number, char out[33])
{
	snprintf(out, 33, "%08x%024x", number, number);
}

/* Writing a run. */

static bool write_points(struct job *j, struct life *life, struct error *err)
{
	char start[160], id[33];
	struct spool *spool;

	id_of(j->number, id);
	if (spool_create(life->dirfd, &spool, err) != 0)
		return false;
	snprintf(start, sizeof start, "{\"run_id\":\"%s\",\"experiment\":\"e\",\"name\":\"n\",\"start_ns\":1700000000000000000}", id);
	spool_encode_start(spool_buffer(spool), start, strlen(start));
	for (unsigned i = 1; i <= POINTS; i++) {
		spool_encode_metric(spool_buffer(spool), "m", i, i, i);
		if (spool_commit(spool, err) != 0 || spool_sync(spool, err) != 0)
			return false;
		promised->points = i;
	}
	if (spool_finish(spool, "{\"state\":\"FINISHED\"}", 20, err) != 0)
		return false;
	promised->ended = true;
	return true;
}

static bool run_in_child(void *user)
{
	struct job *j = user;
	struct life life = LIFE_INIT;
	struct error err = { 0 };
	char id[33];

	id_of(j->number, id);
	return life_begin(j->f->fd, id, &life, &err) == 0 && write_points(j, &life, &err);
}

static void check_run(struct job *j)
{
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	char id[33];
	bool known;

	id_of(j->number, id);
	known = tracker_get(j->f->t, id, &run, &err) == 0;
	assert_false(life_is_alive(j->f->fd, id));
	if (!known) {
		assert_int_equal(promised->points, 0);
		assert_int_equal(err.code, ERR_NOT_FOUND);
		return;
	}
	assert_int_equal(run.damaged_bytes, 0);
	assert_true(run.state == RUN_FINISHED || (run.state == RUN_LOST && !promised->ended));
	assert_true((run_metric(&run, "m") ? run_metric(&run, "m")->count : 0) >= promised->points);
}

static void a_run__killed_anywhere__loses_no_point_that_was_synced(void **state)
{
	struct job j = { .f = *state };
	bool killed = true;

	need_tracing();
	for (unsigned nth = 1; killed; nth += crash_step()) {
		j.number = nth;
		*promised = (struct promised){ 0 };
		killed = crash_at(nth, run_in_child, &j);
		check_records(j.f);
		check_run(&j);
	}
	assert_true(promised->ended);
}

/* Moving. */

static bool sync_in_child(void *user)
{
	struct job *j = user;
	struct tracker *t;
	struct error err = { 0 };

	return tracker_open(j->f->path, &t, &err) == 0 && tracker_sync(t, 1000, NULL, &err) == 0;
}

/* One that ended, one whose writer vanished, one that never started. */
static void add_runs(struct fixture *f, unsigned nth)
{
	struct life life = LIFE_INIT;
	struct error err = { 0 };
	struct test_run r;
	char id[33];

	test_run_begin(f, &r, 3 * nth, "ended", ",\"params\":{\"p\":\"1\"},\"tags\":{\"t\":\"1\"}");
	for (int i = 0; i < 20; i++)
		test_run_metric(&r, i % 2 ? "a" : "b", i, i);
	test_run_end(&r, "FINISHED", "");
	test_run_begin(f, &r, 3 * nth + 1, "vanished", "");
	test_run_metric(&r, "a", 1, 1);
	assert_ok(spool_sync(r.spool, &err), &err);
	test_run_vanish(&r);
	id_of(3 * nth + 2, id);
	assert_ok(life_begin(f->fd, id, &life, &err), &err);
	life_release(&life);
}

static void check_moved(struct fixture *f, unsigned nth)
{
	CLEANUP(run_release) struct run ended = { .experiment = NULL }, vanished = { .experiment = NULL };
	struct error err = { 0 };
	struct run none;
	char id[33];

	id_of(3 * nth, id);
	assert_ok(tracker_get(f->t, id, &ended, &err), &err);
	assert_int_equal(ended.state, RUN_FINISHED);
	assert_int_equal(run_metric(&ended, "a")->count, 10);
	assert_int_equal(run_metric(&ended, "b")->count, 10);
	assert_true(run_metric(&ended, "a")->value == 19);
	assert_string_equal(run_param(&ended, "p"), "1");
	id_of(3 * nth + 1, id);
	assert_ok(tracker_get(f->t, id, &vanished, &err), &err);
	assert_int_equal(vanished.state, RUN_LOST);
	assert_int_equal(run_metric(&vanished, "a")->count, 1);
	id_of(3 * nth + 2, id);
	assert_refused(tracker_get(f->t, id, &none, &err), &err, ERR_NOT_FOUND, "no run");
}

static void a_move__killed_anywhere__is_finished_by_the_next(void **state)
{
	struct job j = { .f = *state };
	bool killed = true;

	need_tracing();
	fixture_open(j.f);
	for (unsigned nth = 1; killed; nth += crash_step()) {
		add_runs(j.f, nth);
		tracker_close(take_ptr(&j.f->t));
		killed = crash_at(nth, sync_in_child, &j);
		check_records(j.f);
		check_moved(j.f, nth);
	}
}

static void the_first_move__killed_anywhere__leaves_a_database_or_none(void **state)
{
	unsigned nth = 0;
	bool killed = true;

	need_tracing();
	while (killed) {
		struct job j = { .f = *state };

		/* The store of the round before is whole: a fresh one. */
		if (nth++) {
			assert_int_equal(fixture_teardown(state), 0);
			assert_int_equal(fixture_setup(state), 0);
			j.f = *state;
		}
		add_runs(j.f, nth);
		killed = crash_at(nth, sync_in_child, &j);
		check_records(j.f);
		check_moved(j.f, nth);
	}
	assert_true(nth > 40);
}

/* Edits. */

static bool edit_in_child(void *user)
{
	struct job *j = user;
	struct tracker *t;
	struct error err = { 0 };
	char id[33];

	id_of(1, id);
	if (tracker_open(j->f->path, &t, &err) != 0 || tracker_set_tag(t, id, "edited", "yes", &err) != 0 ||
	    tracker_delete(t, id, 5, &err) != 0)
		return false;
	promised->edited = true;
	return true;
}

static void an_edit__killed_anywhere__is_made_or_not(void **state)
{
	struct job j = { .f = *state };
	bool killed = true;

	need_tracing();
	test_run_make(j.f, 1, "kept", ",\"tags\":{\"edited\":\"no\"}");
	check_records(j.f);
	for (unsigned nth = 1; killed; nth += crash_step()) {
		CLEANUP(run_release) struct run run = { .experiment = NULL };
		struct error err = { 0 };
		char id[33];

		id_of(1, id);
		assert_ok(tracker_set_tag(j.f->t, id, "edited", "no", &err), &err);
		assert_ok(tracker_restore(j.f->t, id, &err), &err);
		tracker_close(take_ptr(&j.f->t));
		*promised = (struct promised){ 0 };
		killed = crash_at(nth, edit_in_child, &j);
		check_records(j.f);
		assert_ok(tracker_get(j.f->t, id, &run, &err), &err);
		/* The deletion came second. */
		assert_true(run.deleted_ns == 0 || strcmp(run_tag(&run, "edited"), "yes") == 0);
		assert_true(!promised->edited || run.deleted_ns == 5);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_run__killed_anywhere__loses_no_point_that_was_synced),
	CASE(a_move__killed_anywhere__is_finished_by_the_next),
	CASE(the_first_move__killed_anywhere__leaves_a_database_or_none),
	CASE(an_edit__killed_anywhere__is_made_or_not),
};

WB_TEST_MAIN(tests)
