/* engine/runlog.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys.h"
#include "engine/runlog.h"

static int fresh_dir(const char *name)
{
	struct error err = { 0 };
	int top = fs_open_dir(AT_FDCWD, wb_test_tmpdir(), &err), fd;

	assert_ok(fs_mkdir_p(top, name, 0700, &err), &err);
	fd = fs_open_dir(top, name, &err);
	assert_true(fd >= 0);
	close(top);
	return fd;
}

static void runlog_next__two_streams__come_in_order_byte_for_byte(void **state)
{
	int dir = fresh_dir("order");
	struct runlog_writer *w = NULL;
	struct runlog_reader *r = NULL;
	struct runlog_piece p;
	struct error err = { 0 };

	(void)state;
	assert_ok(runlog_create(dir, 1000, &w, &err), &err);
	assert_ok(runlog_open(dir, &r, &err), &err);
	assert_int_equal(runlog_next(r, &p, &err), 0);
	assert_ok(runlog_append(w, RUNLOG_OUT, 5, "a\0b", 3, &err), &err);
	assert_ok(runlog_append(w, RUNLOG_ERR, 6, "oops", 4, &err), &err);
	assert_int_equal(runlog_next(r, &p, &err), 1);
	assert_int_equal(p.stream, RUNLOG_OUT);
	assert_int_equal(p.time_ns, 5);
	assert_int_equal(p.n, 3);
	assert_memory_equal(p.data, "a\0b", 3);
	assert_int_equal(runlog_next(r, &p, &err), 1);
	assert_int_equal(p.stream, RUNLOG_ERR);
	assert_int_equal(runlog_next(r, &p, &err), 0);
	runlog_close(w);
	runlog_reader_close(r);
	close(dir);
}

static void runlog_append__past_the_ceiling__counts_what_is_dropped(void **state)
{
	int dir = fresh_dir("ceiling");
	struct runlog_writer *w = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(runlog_create(dir, 5, &w, &err), &err);
	assert_ok(runlog_append(w, RUNLOG_OUT, 1, "abc", 3, &err), &err);
	assert_ok(runlog_append(w, RUNLOG_OUT, 1, "defg", 4, &err), &err);
	assert_ok(runlog_append(w, RUNLOG_OUT, 1, "h", 1, &err), &err);
	assert_int_equal(runlog_bytes(w), 5);
	assert_int_equal(runlog_dropped(w), 3);
	runlog_close(w);
	close(dir);
}

static void runlog_next__a_torn_tail__is_ignored(void **state)
{
	int dir = fresh_dir("torn"), index;
	struct runlog_writer *w = NULL;
	struct runlog_reader *r = NULL;
	struct runlog_piece p;
	struct error err = { 0 };

	(void)state;
	assert_ok(runlog_create(dir, 100, &w, &err), &err);
	assert_ok(runlog_append(w, RUNLOG_OUT, 1, "whole", 5, &err), &err);
	runlog_close(w);
	index = sys_openat(dir, "log.index", O_WRONLY | O_APPEND, 0);
	assert_int_equal(write(index, "torn", 4), 4);
	close(index);
	assert_ok(runlog_open(dir, &r, &err), &err);
	assert_int_equal(runlog_next(r, &p, &err), 1);
	assert_int_equal(runlog_next(r, &p, &err), 0);
	runlog_reader_close(r);
	close(dir);
}

static void runlog_next__an_index_that_lies__is_corrupt(void **state)
{
	int dir = fresh_dir("lies"), log;
	struct runlog_writer *w = NULL;
	struct runlog_reader *r = NULL;
	struct runlog_piece p;
	struct error err = { 0 };

	(void)state;
	assert_ok(runlog_create(dir, 100, &w, &err), &err);
	assert_ok(runlog_append(w, RUNLOG_OUT, 1, "whole", 5, &err), &err);
	runlog_close(w);
	log = sys_openat(dir, "log", O_WRONLY, 0);
	assert_int_equal(ftruncate(log, 2), 0);
	close(log);
	assert_ok(runlog_open(dir, &r, &err), &err);
	assert_refused(runlog_next(r, &p, &err), &err, ERR_CORRUPT, "shorter than its index");
	runlog_reader_close(r);
	close(dir);
}

static void runlog_append__a_full_disk__leaves_a_readable_log(void **state)
{
	int dir = fresh_dir("full");
	struct runlog_writer *w = NULL;
	struct runlog_reader *r = NULL;
	struct runlog_piece p;
	struct error err = { 0 };
	int pieces = 0;

	(void)state;
	if (!wb_test_has_faults())
		wb_test_skip("needs a build with --enable-faults");
	assert_ok(runlog_create(dir, 100, &w, &err), &err);
	for (unsigned nth = 1; nth <= 4; nth++) {
		sys_fault_arm(SYS_FAULT_WRITE, nth, ENOSPC);
		pieces += runlog_append(w, RUNLOG_OUT, 1, "xy", 2, &err) == 0;
		pieces += runlog_append(w, RUNLOG_OUT, 1, "zw", 2, &err) == 0;
	}
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	runlog_close(w);
	assert_ok(runlog_open(dir, &r, &err), &err);
	while (runlog_next(r, &p, &err) == 1)
		pieces--;
	assert_int_equal(pieces, 0);
	runlog_reader_close(r);
	close(dir);
}

static void runlog_seek_tail__any_size__begins_inside_the_last_bytes(void **state)
{
	int dir = fresh_dir("tail");
	struct runlog_writer *w = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(runlog_create(dir, 100000, &w, &err), &err);
	for (int i = 0; i < 100; i++)
		assert_ok(runlog_append(w, RUNLOG_OUT, i, "0123456789", 10, &err), &err);
	for (uint64_t max = 0; max < 1100; max += 7) {
		struct runlog_reader *r = NULL;
		struct runlog_piece p;
		uint64_t bytes = 0;
		int before;

		assert_ok(runlog_open(dir, &r, &err), &err);
		before = runlog_seek_tail(r, max, &err);
		while (runlog_next(r, &p, &err) > 0)
			bytes += p.n;
		assert_int_equal(bytes, max < 1000 ? max / 10 * 10 : 1000);
		assert_int_equal(before, bytes < 1000);
		runlog_reader_close(r);
	}
	runlog_close(w);
	close(dir);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(runlog_next__two_streams__come_in_order_byte_for_byte),
	cmocka_unit_test(runlog_append__past_the_ceiling__counts_what_is_dropped),
	cmocka_unit_test(runlog_seek_tail__any_size__begins_inside_the_last_bytes),
	cmocka_unit_test(runlog_next__a_torn_tail__is_ignored),
	cmocka_unit_test(runlog_next__an_index_that_lies__is_corrupt),
	cmocka_unit_test(runlog_append__a_full_disk__leaves_a_readable_log),
};

WB_TEST_MAIN(tests)
