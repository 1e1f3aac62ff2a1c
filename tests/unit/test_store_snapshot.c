/* store/snapshot.c: what a snapshot tells, and what it does when the store or the disk fails it. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "store/object.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

static void a_project__taken_twice__is_unchanged_the_second_time(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(snapshot_release) struct snapshot first = { 0 }, second = { 0 };

	project_put(f, "a/b", "one");
	project_put(f, "c", "two");
	first = project_take(f);
	second = project_take(f);
	assert_false(first.unchanged);
	assert_true(second.unchanged);
	assert_string_equal(first.tree.hex, second.tree.hex);
	assert_int_equal(second.files, 2);
	assert_int_equal(second.bytes, 6);
	assert_false(second.git.present);
}

static void an_empty_project__has_gits_empty_tree(void **state)
{
	/* The id that git gives a tree without entries. */
	assert_string_equal(project_tree(*state).hex, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void a_tree__of_one_known_file__has_the_id_that_git_gives_it(void **state)
{
	project_put(*state, "hello", "hello\n");
	/* printf 'hello\n' >hello; git add hello; git write-tree */
	assert_string_equal(project_tree(*state).hex, "b4d01e9b0c4a9356736dfddf8830ba9a54f5271c");
}

static void a_project__that_is_not_there__is_named(void **state)
{
	struct store_fixture *f = *state;
	struct snapshot s = { 0 };
	struct error err = { 0 };

	assert_refused(snapshot_take(f->store, "/nowhere/at/all", &s, &err), &err, ERR_NOT_FOUND, "/nowhere/at/all");
	project_put(f, "file", "x");
	{
		CLEANUP(free) char *file = fs_join(f->project, "file");

		assert_int_equal(snapshot_take(f->store, file, &s, &err), -1);
		assert_contains(err.text, "project folder");
	}
}

static void notes__of_what_is_left_out__say_why(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *fifo = fs_join(f->project, "pipe");
	CLEANUP(snapshot_release) struct snapshot s = { 0 };
	struct error err = { 0 };

	project_put(f, ".env", "KEY=1");
	project_put(f, "kept", "x");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	wb_test_put(f->project, "ignored.log", "x");
	wb_test_put(f->project, ".gitignore", "*.log\n");
	{
		CLEANUP(free) char *empty = fs_join(f->project, "empty");

		assert_ok(fs_mkdir_p(AT_FDCWD, empty, 0755, &err), &err);
	}
	s = project_take(f);
	assert_contains(snapshot_note_of(&s, ".env", SNAPSHOT_WITHHELD), "secret");
	assert_contains(snapshot_note_of(&s, "pipe", SNAPSHOT_SPECIAL), "FIFO");
	assert_non_null(snapshot_note_of(&s, "empty", SNAPSHOT_EMPTY_DIR));
	assert_int_equal(s.ignored, 1);
	assert_int_equal(s.files, 2);
	assert_int_equal(s.n_notes, 3);
}

/* The next snapshot of the same files must be right, whatever happened before. */
static void check_recovers(struct store_fixture *f, const char *text)
{
	CLEANUP(snapshot_release) struct snapshot s = project_take(f);
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct error err = { 0 };

	assert_ok(snapshot_verify(f->store, s.tree.hex, &err), &err);
	assert_ok(snapshot_read(f->store, s.tree.hex, "sub/file", &b, &err), &err);
	assert_string_equal(buf_text(&b), text);
}

static void sweep(struct store_fixture *f, enum sys_fault kind, int sys)
{
	unsigned nth = 1;

	for (;; nth++) {
		struct snapshot s = { 0 };
		struct error err = { 0 };
		char text[64];
		bool hit;
		int rc;

		snprintf(text, sizeof text, "sweep %d %d %u", (int)kind, sys, nth);
		project_put(f, "sub/file", text);
		snprintf(text + 40, 24, " ");
		project_put(f, "object", text);
		{
			char pointer[96];

			snprintf(pointer, sizeof pointer, "wb-object-v1\n%s", text);
			project_put(f, "object", pointer);
		}
		sys_fault_arm(kind, nth, sys);
		rc = snapshot_take(f->store, f->project, &s, &err);
		hit = sys_fault_seen() >= nth;
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		if (rc == 0)
			assert_ok(snapshot_verify(f->store, s.tree.hex, &err), &err);
		else
			assert_int_equal(err.sys, sys);
		snapshot_release(&s);
		check_recovers(f, text);
		if (!hit)
			break;
	}
	assert_true(nth > 1);
}

static void a_snapshot__with_any_call_failing__fails_or_is_whole(void **state)
{
	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	sweep(*state, SYS_FAULT_OPEN, EMFILE);
	sweep(*state, SYS_FAULT_WRITE, ENOSPC);
	sweep(*state, SYS_FAULT_FSYNC, EIO);
	sweep(*state, SYS_FAULT_RENAME, EIO);
	sweep(*state, SYS_FAULT_MKDIR, ENOSPC);
}

/* RLIMIT_FSIZE stands for a disk that takes a part of what is written. */
static void a_disk__that_is_full__is_one_error_and_costs_nothing_stored(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id before;
	CLEANUP(free) char *large = mem_alloc(300001);
	struct error err = { 0 };
	int status;
	pid_t pid;

	project_put(f, "sub/file", "before");
	before = project_tree(f);
	/* Bytes that no compression makes small (xorshift). */
	for (uint32_t i = 0, x = 1; i < 300000; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		large[i] = (char)(x % 255 + 1);
	}
	large[300000] = '\0';
	project_put(f, "large", large);
	pid = fork();
	if (pid == 0) {
		struct rlimit limit = { 20000, 20000 };
		struct snapshot s = { 0 };

		signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || snapshot_take(f->store, f->project, &s, &err) == 0)
			_exit(1);
		_exit(err.sys == EFBIG && err.text[0] ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_ok(snapshot_verify(f->store, before.hex, &err), &err);
	check_recovers(f, "before");
}

static void a_stat_cache__damaged_anyhow__costs_time_only(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(closedir) DIR *dir = NULL;
	struct tree_id tree;
	struct dirent *e;
	char name[80] = "";
	int fd;

	project_put(f, "sub/file", "x");
	tree = project_tree(f);
	fd = openat(store_dirfd(f->store), "scan", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fdopendir(fd);
	while ((e = readdir(dir)))
		if (strlen(e->d_name) == 32)
			snprintf(name, sizeof name, "scan/%s", e->d_name);
	assert_true(name[0]);
	for (off_t at = 0; at < 400; at += 3) {
		CLEANUP(close) int file = openat(store_dirfd(f->store), name, O_RDWR | O_CLOEXEC);
		char c;

		if (pread(file, &c, 1, at) == 1) {
			c ^= 0x41;
			assert_int_equal(pwrite(file, &c, 1, at), 1);
		}
		assert_string_equal(project_tree(f).hex, tree.hex);
	}
	assert_int_equal(ftruncate(openat(store_dirfd(f->store), name, O_RDWR | O_CLOEXEC), 50), 0);
	assert_string_equal(project_tree(f).hex, tree.hex);
	wb_test_put(f->path, name, "");
	assert_string_equal(project_tree(f).hex, tree.hex);
}

static void objects__removed_behind_our_back__are_written_again(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id tree;
	struct error err = { 0 };

	project_put(f, "sub/file", "x");
	tree = project_tree(f);
	assert_ok(fs_remove_tree(store_dirfd(f->store), "code.git", &err), &err);
	{
		CLEANUP(free) char *format = fs_join(f->path, "format");

		/* As a store that was half made: what is missing is completed. */
		assert_int_equal(unlink(format), 0);
	}
	assert_ok(store_init(f->path, &err), &err);
	assert_string_equal(project_tree(f).hex, tree.hex);
	check_recovers(f, "x");
}

static void a_removal__that_holds_the_store__is_waited_for(void **state)
{
	struct store_fixture *f = *state;
	struct error err = { 0 };
	CLEANUP(close) int shared = store_lock(f->store, STORE_SHARED, 0, &err);
	int exclusive;

	assert_ok(shared, &err);
	exclusive = store_lock(f->store, STORE_EXCLUSIVE, 0, &err);
	assert_refused(exclusive, &err, ERR_BUSY, "");
	project_put(f, "sub/file", "x");
	check_recovers(f, "x");
}

/* Several processes at once, on one project and on two. */
static void takers__at_once__get_the_same_tree(void **state)
{
	struct store_fixture *f = *state;
	pid_t pids[8];
	int failed = 0;

	for (int i = 0; i < 60; i++) {
		char name[32];

		snprintf(name, sizeof name, "d%d/f%d", i % 7, i);
		project_put(f, name, name);
	}
	for (size_t i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct store *store = NULL;
			struct snapshot s = { 0 };
			struct error err = { 0 };
			CLEANUP(free) char *sub = fs_join(f->project, i % 2 ? "d1" : "");

			if (store_open(f->path, &store, &err) < 0 || snapshot_take(store, sub, &s, &err) < 0 ||
			    snapshot_verify(store, s.tree.hex, &err) < 0) {
				fprintf(stderr, "# %s\n", err.text);
				_exit(1);
			}
			_exit(s.files == (i % 2 ? 9 : 60) ? 0 : 2);
		}
	}
	for (size_t i = 0; i < 8; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		failed += status != 0;
	}
	assert_int_equal(failed, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_project__taken_twice__is_unchanged_the_second_time),
	CASE(an_empty_project__has_gits_empty_tree),
	CASE(a_tree__of_one_known_file__has_the_id_that_git_gives_it),
	CASE(a_project__that_is_not_there__is_named),
	CASE(notes__of_what_is_left_out__say_why),
	CASE(a_snapshot__with_any_call_failing__fails_or_is_whole),
	CASE(a_disk__that_is_full__is_one_error_and_costs_nothing_stored),
	CASE(a_stat_cache__damaged_anyhow__costs_time_only),
	CASE(objects__removed_behind_our_back__are_written_again),
	CASE(a_removal__that_holds_the_store__is_waited_for),
	CASE(takers__at_once__get_the_same_tree),
};

WB_TEST_MAIN(tests)
