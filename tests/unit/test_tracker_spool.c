/* Writing spools: buffering, handing over, full disks, torn ends. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"

static size_t count_records(int dirfd, struct spool_record *out_last)
{
	CLEANUP(spool_reader_close) struct spool_reader *r = NULL;
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };
	struct spool_record rec;
	size_t n = 0;
	int rc;

	fd = fs_open(dirfd, "spool", &err);
	assert_ok(fd, &err);
	assert_ok(spool_reader_open(fd, 0, &r, &err), &err);
	while ((rc = spool_reader_next(r, &rec, &err)) > 0) {
		n++;
		if (out_last)
			*out_last = rec;
	}
	assert_ok(rc, &err);
	assert_int_equal(spool_reader_torn(r), 0);
	return n;
}

static void events__committed__are_in_the_file_after_a_flush(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;

	test_run_begin(f, &r, 1, "n", "");
	test_run_metric(&r, "a", 1, 1);
	assert_int_equal(count_records(r.life.dirfd, NULL), 1);
	assert_ok(spool_flush(r.spool, &err), &err);
	assert_int_equal(count_records(r.life.dirfd, NULL), 2);
	assert_true(spool_synced(r.spool) < spool_written(r.spool));
	assert_ok(spool_sync(r.spool, &err), &err);
	assert_true(spool_synced(r.spool) == spool_written(r.spool));
	test_run_vanish(&r);
}

static void a_second_spool__in_one_run__is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct spool *second;
	struct test_run r;

	test_run_begin(f, &r, 1, "n", "");
	assert_refused(spool_create(r.life.dirfd, &second, &err), &err, ERR_EXISTS, "spool");
	test_run_vanish(&r);
}

static void an_oversized_record__committed__is_refused_and_the_others_stay(void **state)
{
	static char large[SPOOL_EVENT_MAX + 10];
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;

	memset(large, 'x', sizeof large - 1);
	test_run_begin(f, &r, 1, "n", "");
	test_run_metric(&r, "a", 1, 1);
	spool_encode_param(spool_buffer(r.spool), "p", large, 0);
	assert_refused(spool_commit(r.spool, &err), &err, ERR_LIMIT, "too large");
	test_run_metric(&r, "a", 2, 2);
	assert_ok(spool_flush(r.spool, &err), &err);
	assert_int_equal(count_records(r.life.dirfd, NULL), 3);
	test_run_vanish(&r);
}

static void a_spool__handed_over__goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;
	CLEANUP(spool_free) struct spool *s = NULL;
	struct error err = { 0 };
	struct spool_record last;
	struct test_run r;
	int fd;

	test_run_begin(f, &r, 1, "n", "");
	fd = spool_take_fd(r.spool);
	assert_ok(spool_adopt(r.life.dirfd, fd, &s, &err), &err);
	assert_true(spool_written(s) == spool_written(r.spool));
	spool_encode_metric(spool_buffer(s), "after", 1, 1, 1);
	assert_ok(spool_commit(s, &err), &err);
	assert_ok(spool_finish(s, "{\"state\":\"FINISHED\"}", 20, &err), &err);
	assert_int_equal(count_records(r.life.dirfd, &last), 3);
	assert_int_equal(last.type, SPOOL_END);
	test_run_vanish(&r);
}

static void a_torn_tail__adopted__is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct spool *s = NULL;
	struct error err = { 0 };
	struct test_run r;
	int fd;

	test_run_begin(f, &r, 1, "n", "");
	test_run_metric(&r, "a", 1, 1);
	assert_ok(spool_flush(r.spool, &err), &err);
	fd = spool_take_fd(r.spool);
	assert_int_equal(ftruncate(fd, (off_t)spool_written(r.spool) - 3), 0);
	assert_ok(spool_adopt(r.life.dirfd, fd, &s, &err), &err);
	spool_encode_metric(spool_buffer(s), "b", 1, 1, 1);
	assert_ok(spool_commit(s, &err), &err);
	assert_ok(spool_sync(s, &err), &err);
	assert_int_equal(count_records(r.life.dirfd, NULL), 2);
	spool_free(s);
	test_run_vanish(&r);
}

static void a_spool__that_has_ended__is_not_adopted(void **state)
{
	struct fixture *f = *state;
	CLEANUP(close) int fd = -1;
	struct spool *s;
	struct error err = { 0 };
	char path[64];

	snprintf(path, sizeof path, "runs/%s", test_run_make(f, 1, "n", ""));
	{
		CLEANUP(close) int dir = fs_open_dir(f->fd, path, &err);

		fd = openat(dir, "spool", O_RDWR | O_APPEND | O_CLOEXEC);
		assert_refused(spool_adopt(dir, fd, &s, &err), &err, ERR_CONFLICT, "ended");
		assert_false(fs_exists(dir, "spool.reserve"));
	}
}

/* RLIMIT_FSIZE stands for the end of the disk: write(2) takes what fits, then fails. */
static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int lift_file_limit(void **state)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_DFL);
	return fixture_teardown(state);
}

static void a_partial_write__leaves_whole_records_and_can_go_on(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;
	uint64_t before, one;

	signal(SIGXFSZ, SIG_IGN);
	test_run_begin(f, &r, 1, "n", "");
	before = spool_written(r.spool);
	test_run_metric(&r, "a", 0, 0);
	assert_ok(spool_flush(r.spool, &err), &err);
	one = spool_written(r.spool) - before;
	for (int i = 1; i < 100; i++)
		test_run_metric(&r, "a", i, i);
	set_file_limit((rlim_t)(before + 10 * one + one / 2));
	assert_refused(spool_flush(r.spool, &err), &err, ERR_SYSTEM, "spool");
	assert_int_equal(err.sys, EFBIG);
	assert_int_equal(count_records(r.life.dirfd, NULL), 11);
	assert_true(spool_written(r.spool) == before + 10 * one);
	assert_refused(spool_flush(r.spool, &err), &err, ERR_SYSTEM, "spool");
	set_file_limit(RLIM_INFINITY);
	assert_ok(spool_flush(r.spool, &err), &err);
	assert_int_equal(count_records(r.life.dirfd, NULL), 101);
	test_run_vanish(&r);
}

static void a_write_that_fails__at_each_place__loses_no_acknowledged_event(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	for (unsigned nth = 1; nth <= 12; nth++) {
		CLEANUP(close) int dirfd = -1;
		struct test_run r;
		size_t acknowledged = 1;

		test_run_begin(f, &r, nth, "n", "");
		sys_fault_arm(SYS_FAULT_ANY, nth, ENOSPC);
		for (int i = 0; i < 10; i++) {
			test_run_metric(&r, "a", i, i);
			if (spool_sync(r.spool, &err) == 0)
				acknowledged = (size_t)i + 2;
		}
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		dirfd = fcntl(r.life.dirfd, F_DUPFD_CLOEXEC, 3);
		assert_true(count_records(dirfd, NULL) >= acknowledged);
		test_run_end(&r, "FINISHED", "");
		assert_int_equal(count_records(dirfd, NULL), 12);
	}
}

static void files__synced_with_a_spool__are_promised_together_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;
	int folders[LIFE_FOLDERS], closed[] = { -1 }, many[SYS_SYNC_MAX];

	test_run_begin(f, &r, 1, "n", "");
	assert_ok(life_folders(f->fd, folders, &err), &err);
	test_run_metric(&r, "a", 1, 1);
	assert_refused(spool_sync_with(r.spool, closed, 1, &err), &err, ERR_SYSTEM, "spool");
	assert_true(spool_synced(r.spool) < spool_written(r.spool));
	memset(many, 0, sizeof many);
	assert_refused(spool_sync_with(r.spool, many, SYS_SYNC_MAX, &err), &err, ERR_INTERNAL, "too many");
	assert_ok(spool_sync_with(r.spool, folders, LIFE_FOLDERS, &err), &err);
	assert_true(spool_synced(r.spool) == spool_written(r.spool));
	for (unsigned nth = 1; wb_test_has_faults() && nth <= LIFE_FOLDERS + 1; nth++) {
		test_run_metric(&r, "a", nth, nth);
		sys_fault_arm(SYS_FAULT_FSYNC, nth, EIO);
		assert_refused(spool_sync_with(r.spool, folders, LIFE_FOLDERS, &err), &err, ERR_SYSTEM, "spool");
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		assert_true(spool_synced(r.spool) < spool_written(r.spool));
	}
	close(folders[0]);
	close(folders[1]);
	test_run_vanish(&r);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(events__committed__are_in_the_file_after_a_flush),
	CASE(a_second_spool__in_one_run__is_refused),
	CASE(an_oversized_record__committed__is_refused_and_the_others_stay),
	CASE(a_spool__handed_over__goes_on_where_it_was),
	CASE(a_torn_tail__adopted__is_cut_off),
	CASE(a_spool__that_has_ended__is_not_adopted),
	cmocka_unit_test_setup_teardown(a_partial_write__leaves_whole_records_and_can_go_on, fixture_setup, lift_file_limit),
	CASE(files__synced_with_a_spool__are_promised_together_or_not_at_all),
	CASE(a_write_that_fails__at_each_place__loses_no_acknowledged_event),
};

WB_TEST_MAIN(tests)
