/* From spools into the database: what arrives, what is repeated, who is LOST. */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

static const char rich[] =
	",\"user\":\"u\",\"params\":{\"lr\":\"0.1\",\"n\":3},\"tags\":{\"team\":\"a\"},\"snapshot\":{\"tree\":\"abc\",\"files\":2},"
	"\"inputs\":[{\"name\":\"d\",\"path\":\"d.h5\",\"sha256\":\"ff\",\"bytes\":7,\"tags\":[\"PII\",\"EU\"]}],"
	"\"policy\":{\"decision\":\"allow\",\"reasons\":[],\"warnings\":[\"w\"]}";

static void append_everything(struct test_run *r)
{
	struct buf *b = spool_buffer(r->spool);
	struct error err = { 0 };

	spool_encode_param(b, "epochs", "5", 1);
	spool_encode_param(b, "lr", "0.9", 2); /* the first value stays */
	spool_encode_tag(b, "team", "b", 3);   /* the last one stays */
	spool_encode_output(b, "out/w.h5", 10, "aa");
	spool_encode_output(b, "out/w.h5", 11, "bb");
	spool_encode_denial(b, "connect", "10.0.0.1:80", 2);
	spool_encode_denial(b, "connect", "10.0.0.1:80", 3);
	spool_encode_note(b, "me", "hello", 9);
	spool_encode_warning(b, "bad line 3", 9);
	spool_encode_metric(b, "loss", 2.0, 1, 10);
	spool_encode_metric(b, "loss", 1.0, 3, 12);
	spool_encode_metric(b, "loss", 1.5, 2, 11);
	spool_encode_metric(b, "nan", (double)NAN, 0, 1);
	spool_encode_metric(b, "inf", (double)INFINITY, 0, 1);
	assert_ok(spool_commit(r->spool, &err), &err);
	assert_ok(spool_sync(r->spool, &err), &err);
}

static void check_everything(const struct run *r)
{
	assert_string_equal(r->experiment, "exp1");
	assert_string_equal(run_param(r, "lr"), "0.1");
	assert_string_equal(run_param(r, "n"), "3");
	assert_string_equal(run_param(r, "epochs"), "5");
	assert_string_equal(run_tag(r, "team"), "b");
	assert_string_equal(r->tree, "abc");
	assert_int_equal(r->input_count, 1);
	assert_string_equal(r->inputs[0].tags, "PII,EU");
	assert_int_equal(r->output_count, 1);
	assert_string_equal(r->outputs[0].sha256, "bb");
	assert_int_equal(r->outputs[0].bytes, 11);
	assert_int_equal(r->denial_count, 1);
	assert_int_equal(r->denials[0].count, 5);
	assert_int_equal(r->note_count, 1);
	assert_string_equal(r->notes[0].author, "me");
	assert_int_equal(r->warning_count, 1);
	assert_true(run_metric(r, "loss")->value == 1.0);
	assert_true(run_metric(r, "loss")->min == 1.0);
	assert_true(run_metric(r, "loss")->max == 2.0);
	assert_int_equal(run_metric(r, "loss")->count, 3);
	assert_true(isnan(run_metric(r, "nan")->value));
	assert_true(isinf(run_metric(r, "inf")->value));
	assert_string_equal(jval_get_text(jval_get(r->start, "policy"), "decision"), "allow");
}

static void a_run__everything_it_can_record__is_loaded_back(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	struct test_run r;

	test_run_begin(f, &r, 1, "first", rich);
	append_everything(&r);
	fixture_open(f);
	assert_int_equal(fixture_sync(f).runs, 1);
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	assert_int_equal(run.state, RUN_RUNNING);
	assert_int_equal(run.duration_ns, -1);
	check_everything(&run);
	run_release(&run);
	test_run_end(&r, "FAILED", "3");
	assert_int_equal(fixture_sync(f).sealed, 1);
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	assert_int_equal(run.state, RUN_FAILED);
	assert_string_equal(run.detail, "3");
	assert_true(run.duration_ns == 120000000000);
	check_everything(&run);
}

static void a_sync__repeated__changes_nothing(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	struct test_run r;

	test_run_begin(f, &r, 1, "first", rich);
	append_everything(&r);
	fixture_open(f);
	fixture_sync(f);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fixture_sync(f).records, 0);
	test_run_end(&r, "FINISHED", "");
	fixture_sync(f);
	assert_int_equal(fixture_sync(f).runs, 0);
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	check_everything(&run);
	assert_false(life_is_alive(f->fd, r.id));
}

static void a_run__whose_writer_vanished__is_lost(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	struct tracker_synced synced;
	struct test_run r;

	test_run_begin(f, &r, 1, "first", rich);
	append_everything(&r);
	test_run_vanish(&r);
	fixture_open(f);
	synced = fixture_sync(f);
	assert_int_equal(synced.lost, 1);
	assert_int_equal(synced.sealed, 1);
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	assert_int_equal(run.state, RUN_LOST);
	check_everything(&run);
}

static void a_run__alive__is_not_judged(void **state)
{
	struct fixture *f = *state;
	struct test_run r;

	test_run_begin(f, &r, 1, "first", "");
	assert_true(life_is_alive(f->fd, r.id));
	fixture_open(f);
	assert_int_equal(fixture_sync(f).lost, 0);
	assert_string_equal(fixture_find(f, "status = 'RUNNING'", NULL), "1");
	test_run_vanish(&r);
	assert_int_equal(fixture_sync(f).lost, 1);
	assert_string_equal(fixture_find(f, "status = 'LOST'", NULL), "1");
}

static void a_run__of_another_host__is_not_judged(void **state)
{
	struct fixture *f = *state;
	struct test_run r;

	test_run_begin(f, &r, 1, "far", ",\"host\":\"another host\"");
	test_run_vanish(&r);
	fixture_open(f);
	assert_int_equal(fixture_sync(f).lost, 0);
	assert_string_equal(fixture_find(f, "status = 'RUNNING'", NULL), "1");
}

static void a_torn_tail__of_a_dead_run__is_cut_and_the_rest_kept(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	struct test_run r;

	test_run_begin(f, &r, 1, "first", rich);
	append_everything(&r);
	assert_int_equal(write(spool_fd(r.spool), "\x30\0\0\0torn", 8), 8);
	test_run_vanish(&r);
	fixture_open(f);
	assert_int_equal(fixture_sync(f).lost, 1);
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	check_everything(&run);
	assert_int_equal(run.damaged_bytes, 0);
}

static void damage_in_the_middle__is_counted_and_the_rest_kept(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	struct test_run r;
	uint64_t before;

	test_run_begin(f, &r, 1, "first", rich);
	before = spool_written(r.spool);
	test_run_metric(&r, "spoiled", 1, 1);
	append_everything(&r);
	{
		char path[700];
		int fd;

		snprintf(path, sizeof path, "%s/runs/%s/spool", f->path, r.id);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, "X", 1, (off_t)before + 20), 1);
		close(fd);
	}
	test_run_end(&r, "FINISHED", "");
	fixture_open(f);
	fixture_sync(f);
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	assert_int_equal(run.state, RUN_FINISHED);
	assert_null(run_metric(&run, "spoiled"));
	assert_true(run.damaged_bytes > 20);
	check_everything(&run);
}

static void a_run__without_start__leaves_no_trace(void **state)
{
	struct fixture *f = *state;
	struct life life = LIFE_INIT;
	struct error err = { 0 };
	const char *id = "00000001000000000000000000000001";

	assert_ok(life_begin(f->fd, id, &life, &err), &err);
	fixture_open(f);
	assert_int_equal(fixture_sync(f).dropped, 0);
	assert_true(fs_exists(f->fd, "runs/00000001000000000000000000000001"));
	life_release(&life);
	assert_int_equal(fixture_sync(f).dropped, 1);
	assert_false(fs_exists(f->fd, "runs/00000001000000000000000000000001"));
	assert_false(fs_exists(f->fd, "pending/00000001000000000000000000000001"));
	assert_string_equal(fixture_find(f, "", NULL), "");
}

static void a_known_run__whose_spool_is_gone__ends_as_lost(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;

	test_run_begin(f, &r, 1, "first", "");
	fixture_open(f);
	fixture_sync(f);
	test_run_vanish(&r);
	assert_ok(fs_remove_tree(f->fd, "runs", &err), &err);
	assert_int_equal(fixture_sync(f).lost, 1);
	assert_string_equal(fixture_find(f, "status = 'LOST' AND detail = 'record missing'", NULL), "1");
	assert_int_equal(fixture_sync(f).lost, 0);
}

static void a_database__that_was_removed__is_filled_again_from_the_spools(void **state)
{
	static const char *const files[] = { "wb.db", "wb.db-wal", "wb.db-shm" };
	struct fixture *f = *state;
	CLEANUP(run_release) struct run run = { .experiment = NULL };
	struct error err = { 0 };
	struct test_run r, live;

	test_run_begin(f, &r, 1, "first", rich);
	append_everything(&r);
	test_run_end(&r, "FINISHED", "");
	test_run_begin(f, &live, 2, "second", "");
	fixture_open(f);
	fixture_sync(f);
	tracker_close(take_ptr(&f->t));
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		unlinkat(f->fd, files[i], 0);
	assert_false(fs_exists(f->fd, "pending/00000001000000000000000000000001"));

	fixture_open(f);
	assert_int_equal(fixture_sync(f).runs, 2);
	assert_string_equal(fixture_find(f, "status = 'RUNNING'", NULL), "2");
	assert_ok(tracker_get(f->t, r.id, &run, &err), &err);
	check_everything(&run);
	assert_int_equal(run.state, RUN_FINISHED);
	assert_false(fs_exists(f->fd, "pending/00000001000000000000000000000001"));
	test_run_end(&live, "FINISHED", "");
}

static void many_runs_and_points__in_one_sync__are_all_there(void **state)
{
	struct fixture *f = *state;
	CLEANUP(run_list_release) struct run_list list = { .items = NULL };
	struct tracker_filter all = { .limit = 10 };
	struct error err = { 0 };
	struct test_run r;
	uint64_t n;

	for (unsigned i = 1; i <= 30; i++) {
		test_run_begin(f, &r, i, "many", "");
		for (int step = 0; step < 5000; step++)
			test_run_metric(&r, step % 2 ? "a" : "b", step, step / 2);
		test_run_end(&r, "FINISHED", "");
	}
	fixture_open(f);
	assert_int_equal(fixture_sync(f).records, 30 * 5002);
	assert_ok(tracker_count(f->t, &all, &n, NULL, &err), &err);
	assert_int_equal(n, 30);
	assert_ok(tracker_list(f->t, &all, &list, NULL, &err), &err);
	assert_int_equal(list.count, 10);
	assert_true(list.more);
	assert_int_equal(run_metric(&list.items[0], "a")->count, 2500);
	assert_true(run_metric(&list.items[0], "a")->value == 4999);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_run__everything_it_can_record__is_loaded_back),
	CASE(a_sync__repeated__changes_nothing),
	CASE(a_run__whose_writer_vanished__is_lost),
	CASE(a_run__alive__is_not_judged),
	CASE(a_run__of_another_host__is_not_judged),
	CASE(a_torn_tail__of_a_dead_run__is_cut_and_the_rest_kept),
	CASE(damage_in_the_middle__is_counted_and_the_rest_kept),
	CASE(a_run__without_start__leaves_no_trace),
	CASE(a_known_run__whose_spool_is_gone__ends_as_lost),
	CASE(a_database__that_was_removed__is_filled_again_from_the_spools),
	CASE(many_runs_and_points__in_one_sync__are_all_there),
};

WB_TEST_MAIN(tests)
