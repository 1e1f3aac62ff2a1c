/* tracker/boot.c: whatever a power cut kept of what was not yet synced, the run is whole, LOST, or not there. */
#include "config.h"

#include "tracker/boot.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/life.h"

enum { WHOLE, HALF, BLANK, HEADER, EMPTY, NO_SPOOL, NO_FOLDER, KINDS };

static void finding(void *data, const char *run_id, const char *what)
{
	(void)data;
	fail_msg("run %s: %s", run_id, what);
}

/* The machine starts again: the store was last used before that. */
static void reboot(struct fixture *f)
{
	struct error err = { 0 };

	assert_true(fs_exists(f->fd, "boot"));
	assert_ok(fs_write_atomic(f->fd, "boot", "elsewhere 1-2-3\n", 16, 0600, &err), &err);
}

static void cut(struct fixture *f, const struct test_run *r, int kept, bool marker, bool reserve)
{
	char folder[64], spool[80], other[96];
	struct error err = { 0 };
	struct stat st;
	int fd;

	snprintf(folder, sizeof folder, "runs/%s", r->id);
	snprintf(spool, sizeof spool, "%s/spool", folder);
	snprintf(other, sizeof other, "%s/spool.reserve", folder);
	if (!reserve)
		assert_int_equal(unlinkat(f->fd, other, 0), 0);
	fd = openat(f->fd, spool, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	if (kept == HALF)
		assert_int_equal(ftruncate(fd, st.st_size / 2), 0);
	else if (kept == BLANK)
		assert_true(ftruncate(fd, 0) == 0 && ftruncate(fd, st.st_size) == 0);
	else if (kept == HEADER)
		assert_int_equal(ftruncate(fd, SPOOL_HEADER_BYTES), 0);
	else if (kept == EMPTY)
		assert_int_equal(ftruncate(fd, 0), 0);
	else if (kept == NO_SPOOL)
		assert_int_equal(unlinkat(f->fd, spool, 0), 0);
	else if (kept == NO_FOLDER)
		assert_ok(fs_remove_tree(f->fd, folder, &err), &err);
	close(fd);
	snprintf(other, sizeof other, "pending/%s", r->id);
	if (!marker)
		assert_int_equal(unlinkat(f->fd, other, 0), 0);
}

static void check_after(struct fixture *f, const char *id, bool is_known)
{
	char path[64];
	struct error err = { 0 };

	fixture_open(f);
	fixture_sync(f);
	assert_ok(tracker_check(f->t, NULL, finding, NULL, &err), &err);
	snprintf(path, sizeof path, "pending/%s", id);
	assert_false(fs_exists(f->fd, path));
	snprintf(path, sizeof path, "runs/%s", id);
	assert_true(fs_exists(f->fd, path) == is_known);
	if (is_known) {
		CLEANUP(run_release) struct run run = { .experiment = NULL };

		assert_ok(tracker_get(f->t, id, &run, &err), &err);
		assert_int_equal(run.state, RUN_LOST);
	}
}

static void a_beginning__of_which_any_part_was_not_yet_durable__is_a_run_or_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned number = 1;

	test_run_make(f, number++, "before", "");
	fixture_open(f);
	fixture_sync(f);
	for (int kept = 0; kept < KINDS; kept++)
		for (int i = 0; i < 4; i++) {
			struct test_run r;

			test_run_begin(f, &r, number++, "cut", "");
			test_run_vanish(&r);
			cut(f, &r, kept, i & 1, i & 2);
			reboot(f);
			check_after(f, r.id, kept == WHOLE);
		}
}

/* The marker went for good, the rows did not stay: as after a database was put back from before. */
static void an_ended_run__that_the_database_lost__is_taken_in_again(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	char id[33];

	memcpy(id, test_run_make(f, 1, "ended", ""), sizeof id);
	fixture_open(f);
	fixture_sync(f);
	assert_ok(tracker_lock(f->t, 0, &err), &err);
	assert_ok(db_exec(f->t->db, "PRAGMA foreign_keys=OFF; DELETE FROM runs; DELETE FROM documents", &err), &err);
	tracker_unlock(f->t);
	fixture_sync(f);
	assert_string_equal(fixture_find(f, "", NULL), "");
	reboot(f);
	fixture_sync(f);
	assert_string_equal(fixture_find(f, "status = 'FINISHED'", NULL), "1");
	assert_false(fs_exists(f->fd, "pending/00000001000000000000000000000001"));
}

static void the_file__keeps_the_lines_of_other_hosts(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_release) struct buf first = BUF_INIT(4096);
	struct error err = { 0 };

	fixture_open(f);
	fixture_sync(f);
	reboot(f);
	fixture_sync(f);
	assert_ok(fs_read_file(f->fd, "boot", &first, &err), &err);
	assert_contains(buf_text(&first), "elsewhere 1-2-3\n");
	assert_true(first.len > 20);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_beginning__of_which_any_part_was_not_yet_durable__is_a_run_or_nothing),
	CASE(an_ended_run__that_the_database_lost__is_taken_in_again),
	CASE(the_file__keeps_the_lines_of_other_hosts),
};
WB_TEST_MAIN(tests)
