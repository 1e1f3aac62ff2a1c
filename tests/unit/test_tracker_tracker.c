/* tracker/tracker.c: opening a store's records, whatever state they are in. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "tests/support/tracker_fixture.h"
#include "tests/support/wb_test.h"
#include "tracker/core.h"

#define ID "00000001000000000000000000000001"

static void fill(struct fixture *f)
{
	test_run_make(f, 1, "first", ",\"params\":{\"a\":\"1\"}");
	fixture_open(f);
	fixture_sync(f);
	tracker_close(take_ptr(&f->t));
}

static void a_store__that_is_none__is_named(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *absent = fs_join(f->path, "absent");
	CLEANUP(free) char *file = fs_join(f->path, "file");
	struct error err = { 0 };

	wb_test_put(f->path, "file", "x");
	assert_refused(tracker_open(absent, &f->t, &err), &err, ERR_NOT_FOUND, "absent");
	assert_int_equal(tracker_open(file, &f->t, &err), -1);
	assert_null(f->t);
}

static void a_database__of_a_newer_wb__is_refused_unchanged(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	fill(f);
	fixture_open(f);
	assert_ok(db_exec(f->t->db, "PRAGMA user_version=1000", &err), &err);
	tracker_close(take_ptr(&f->t));
	assert_refused(tracker_open(f->path, &f->t, &err), &err, ERR_UNSUPPORTED, "version 1000");
	assert_contains(err.hint, "newer");
}

static void a_database__that_is_junk_or_foreign__is_refused(void **state)
{
	struct fixture *f = *state;
	CLEANUP(buf_release) struct buf junk = BUF_INIT(1 << 16);
	struct error err = { 0 };

	for (int i = 0; i < 2000; i++)
		buf_puts(&junk, "junk junk ");
	wb_test_put(f->path, "wb.db", buf_text(&junk));
	assert_refused(tracker_open(f->path, &f->t, &err), &err, ERR_CORRUPT, "wb.db");
	assert_string_equal(wb_test_slurp(f->path, "wb.db"), buf_text(&junk));
}

static void remove_database(struct fixture *f)
{
	struct error err = { 0 };

	tracker_close(take_ptr(&f->t));
	assert_ok(fs_remove_tree(f->fd, "wb.db", &err), &err);
	assert_ok(fs_remove_tree(f->fd, "wb.db-wal", &err), &err);
	assert_ok(fs_remove_tree(f->fd, "wb.db-shm", &err), &err);
}

static void a_database__lost__is_made_anew_from_what_the_runs_recorded(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	struct test_run r;

	fill(f);
	test_run_begin(f, &r, 2, "alive", "");
	test_run_metric(&r, "m", 1, 1);
	fixture_open(f);
	fixture_sync(f);
	for (int i = 0; i < 2; i++) {
		remove_database(f);
		if (i)
			wb_test_put(f->path, "wb.db", "");
		wb_test_put(f->path, "runs/not a run/spool", "");
		fixture_open(f);
		assert_int_equal(fixture_sync(f).runs, 2);
		assert_string_equal(fixture_find(f, "params.a = '1' AND status = 'FINISHED'", NULL), "1");
		assert_string_equal(fixture_find(f, "status = 'RUNNING'", NULL), "2");
		assert_int_equal(tracker_check(f->t, NULL, NULL, NULL, &err), 0);
		assert_false(fs_exists(f->fd, "pending/" ID));
	}
	assert_true(life_is_alive(f->fd, r.id));
	test_run_end(&r, "FINISHED", "");
	assert_int_equal(fixture_sync(f).sealed, 1);
}

static void a_link__in_place_of_the_database__is_not_followed(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_int_equal(symlinkat("elsewhere.db", f->fd, "wb.db"), 0);
	assert_int_equal(tracker_open(f->path, &f->t, &err), -1);
	assert_false(fs_exists(f->fd, "elsewhere.db"));
	assert_int_equal(unlinkat(f->fd, "wb.db", 0), 0);
	assert_int_equal(symlinkat("elsewhere.lock", f->fd, "db.lock"), 0);
	assert_int_equal(tracker_open(f->path, &f->t, &err), -1);
	assert_false(fs_exists(f->fd, "elsewhere.lock"));
}

static void a_first_opening__beside_another__waits_for_the_lock(void **state)
{
	struct fixture *f = *state;
	struct tracker_synced synced;
	struct error err = { 0 };
	int fd;

	fill(f);
	fd = openat(f->fd, "db.lock", O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	/* Reading needs no lock. */
	fixture_open(f);
	assert_string_equal(fixture_find(f, "", NULL), "1");
	test_run_make(f, 2, "second", "");
	assert_ok(tracker_sync(f->t, 5, &synced, &err), &err);
	assert_true(synced.busy);
	close(fd);
	assert_int_equal(fixture_sync(f).runs, 1);
}

static void a_log__that_has_grown__is_emptied_by_the_writer(void **state)
{
	struct fixture *f = *state;
	struct test_run r;
	struct stat st;

	test_run_begin(f, &r, 1, "large", "");
	for (int i = 0; i < 60000; i++)
		test_run_metric(&r, "m", i, i);
	test_run_end(&r, "FINISHED", "");
	fixture_open(f);
	fixture_sync(f);
	assert_int_equal(fstatat(f->fd, "wb.db-wal", &st, 0), 0);
	assert_int_equal(st.st_size, 0);
}

/* Runs in a child that is an ordinary user: root may write everywhere. */
static int read_as_nobody(const char *path)
{
	struct tracker *t = NULL;
	struct error err = { 0 };
	char id[33];

	if (getuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0))
		return 2;
	if (tracker_open(path, &t, &err) != 0 || tracker_resolve(t, "@", id, &err) != 0 || strcmp(id, ID) != 0) {
		fprintf(stderr, "# reading: %s\n", err.text);
		return 3;
	}
	if (tracker_set_tag(t, id, "k", "v", &err) == 0)
		return 4;
	if (err.code != ERR_DENIED && err.code != ERR_SYSTEM) {
		fprintf(stderr, "# writing: %s\n", err.text);
		return 5;
	}
	tracker_close(t);
	return 0;
}

static int unlock_teardown(void **state)
{
	struct fixture *f = *state;

	fchmod(f->fd, 0700);
	return fixture_teardown(state);
}

static void a_store__that_may_only_be_read__is_read(void **state)
{
	static const char *const names[] = { "wb.db", "wb.db-wal", "wb.db-shm", "db.lock" };
	struct fixture *f = *state;
	CLEANUP(free) char *top = mem_strndup(f->path, (size_t)(strrchr(f->path, '/') - f->path));
	int status;
	pid_t pid;

	fill(f);
	assert_int_equal(chmod(top, 0755), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (fchmodat(f->fd, names[i], 0444, 0) != 0)
			assert_int_equal(errno, ENOENT);
	assert_int_equal(fchmod(f->fd, 0555), 0);
	pid = fork();
	if (pid == 0)
		_exit(read_as_nobody(f->path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(WIFEXITED(status));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_store__that_is_none__is_named),
	CASE(a_database__of_a_newer_wb__is_refused_unchanged),
	CASE(a_database__that_is_junk_or_foreign__is_refused),
	CASE(a_database__lost__is_made_anew_from_what_the_runs_recorded),
	CASE(a_link__in_place_of_the_database__is_not_followed),
	CASE(a_first_opening__beside_another__waits_for_the_lock),
	CASE(a_log__that_has_grown__is_emptied_by_the_writer),
	cmocka_unit_test_setup_teardown(a_store__that_may_only_be_read__is_read, fixture_setup, unlock_teardown),
};

WB_TEST_MAIN(tests)
