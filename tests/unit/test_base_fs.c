/* base/fs.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"

/* A folder of its own for each case: path, and an open descriptor closed by the teardown. */
struct place {
	const char *path;
	int fd;
};

static struct place place = { .fd = -1 };

static int setup(void **state)
{
	struct error err = { 0 };

	place.path = wb_test_tmpdir();
	place.fd = fs_open_dir(AT_FDCWD, place.path, &err);
	*state = &place;
	return place.fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	close(place.fd);
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	return 0;
}

static size_t count_entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void fs_open__missing__names_the_path(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_refused(fs_open(place.fd, "no/such", &err), &err, ERR_NOT_FOUND, "no/such");
	assert_refused(fs_open_dir(place.fd, "none", &err), &err, ERR_NOT_FOUND, "none");
	wb_test_put(place.path, "file", "x");
	assert_refused(fs_open_dir(place.fd, "file", &err), &err, ERR_NOT_FOUND, "file");
}

static void fs_open_beneath__escapes__are_denied(void **state)
{
	static const char *const escapes[] = {
		"../outside", "a/../../outside", "/etc/passwd", "link", "dirlink/x", "a/up/outside", "proc/self/root/etc/passwd",
	};
	struct error err = { 0 };

	(void)state;
	wb_test_put(place.path, "a/inner", "ok");
	wb_test_put(place.path, "b/x", "ok");
	assert_int_equal(symlinkat("a/inner", place.fd, "link"), 0);
	assert_int_equal(symlinkat("b", place.fd, "dirlink"), 0);
	assert_int_equal(symlinkat("..", place.fd, "a/up"), 0);
	assert_int_equal(symlinkat("/proc", place.fd, "proc"), 0);
	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
		assert_refused(fs_open_beneath(place.fd, escapes[i], O_RDONLY, 0, &err), &err, ERR_DENIED, escapes[i]);
	assert_refused(fs_open_beneath(place.fd, "a/none", O_RDONLY, 0, &err), &err, ERR_NOT_FOUND, "a/none");
}

static void fs_open_beneath__inside__opens_close_on_exec(void **state)
{
	struct error err = { 0 };
	int fd;

	(void)state;
	wb_test_put(place.path, "a/inner", "ok");
	fd = fs_open_beneath(place.fd, "a/./inner", O_RDONLY, 0, &err);
	assert_ok(fd, &err);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void fs_open_beneath__fifo_without_writer__does_not_block(void **state)
{
	struct error err = { 0 };
	int fd;

	(void)state;
	assert_int_equal(mkfifoat(place.fd, "fifo", 0600), 0);
	fd = fs_open_beneath(place.fd, "fifo", O_RDONLY, 0, &err);
	assert_ok(fd, &err);
	close(fd);
}

static void fs_open_beneath__other_mount__is_denied(void **state)
{
	struct error err = { 0 };
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_refused(fs_open_beneath(root, "proc/self/status", O_RDONLY, 0, &err), &err, ERR_DENIED, "mount");
	close(root);
}

static void fs_read_file__past_the_ceiling__is_a_limit(void **state)
{
	CLEANUP(buf_release) struct buf exact = BUF_INIT(5), small = BUF_INIT(4);
	struct error err = { 0 };

	(void)state;
	wb_test_put(place.path, "f", "12345");
	assert_ok(fs_read_file(place.fd, "f", &exact, &err), &err);
	assert_string_equal(buf_text(&exact), "12345");
	assert_refused(fs_read_file(place.fd, "f", &small, &err), &err, ERR_LIMIT, "f is larger than 4 bytes");
	assert_refused(fs_read_file(place.fd, ".", &exact, &err), &err, ERR_SYSTEM, "reading .");
}

static void fs_write_all__full_device__names_the_file_and_the_cause(void **state)
{
	struct error err = { 0 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_refused(fs_write_all(fd, "the spool", "x", 1, &err), &err, ERR_SYSTEM, "writing the spool: No space left");
	assert_int_equal(err.sys, ENOSPC);
	close(fd);
}

static void fs_write_atomic__replaces_and_leaves_no_litter(void **state)
{
	struct error err = { 0 };
	struct stat st;

	(void)state;
	assert_ok(fs_write_atomic(place.fd, "f", "one", 3, 0600, &err), &err);
	assert_ok(fs_write_atomic(place.fd, "f", "two!", 4, 0640, &err), &err);
	assert_string_equal(wb_test_slurp(place.path, "f"), "two!");
	assert_int_equal(fstatat(place.fd, "f", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(count_entries(place.path), 1);
	assert_refused(fs_write_atomic(place.fd, "no/f", "x", 1, 0600, &err), &err, ERR_NOT_FOUND, "no/f");
}

static void fs_write_atomic__symlink__is_replaced_not_followed(void **state)
{
	struct error err = { 0 };
	struct stat st;

	(void)state;
	wb_test_put(place.path, "target", "old");
	assert_int_equal(symlinkat("target", place.fd, "link"), 0);
	assert_ok(fs_write_atomic(place.fd, "link", "new", 3, 0600, &err), &err);
	assert_string_equal(wb_test_slurp(place.path, "target"), "old");
	assert_int_equal(fstatat(place.fd, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
}

/* Fails each call in turn: afterwards the file holds the old or the new bytes, and nothing else lies there. */
static void fs_write_atomic__any_call_failing__leaves_old_or_new(void **state)
{
	bool failed = true;

	(void)state;
	if (!wb_test_has_faults())
		wb_test_skip("built without --enable-faults");
	for (unsigned nth = 1; failed; nth++) {
		struct error err = { 0 };
		const char *now;

		wb_test_put(place.path, "f", "old");
		sys_fault_arm(SYS_FAULT_ANY, nth, ENOSPC);
		failed = fs_write_atomic(place.fd, "f", "new", 3, 0600, &err) < 0;
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		now = wb_test_slurp(place.path, "f");
		assert_true(str_eq(now, "new") || (failed && str_eq(now, "old")));
		assert_int_equal(count_entries(place.path), 1);
		if (failed)
			assert_int_equal(err.sys, ENOSPC);
		assert_true(nth < 20);
	}
}

static void fs_mkdir_p__file_in_the_way__is_refused(void **state)
{
	struct error err = { 0 };

	(void)state;
	wb_test_put(place.path, "file", "x");
	assert_refused(fs_mkdir_p(place.fd, "file", 0700, &err), &err, ERR_EXISTS, "file");
	assert_refused(fs_mkdir_p(place.fd, "file/below", 0700, &err), &err, ERR_NOT_FOUND, "file");
	assert_refused(fs_mkdir_p(place.fd, "", 0700, &err), &err, ERR_INVALID, "empty");
}

static void fs_mkdir_p__existing_and_odd_slashes__are_fine(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_ok(fs_mkdir_p(place.fd, "a//b/c/", 0700, &err), &err);
	assert_ok(fs_mkdir_p(place.fd, "a/b/c", 0700, &err), &err);
	assert_ok(fs_mkdir_p(AT_FDCWD, "/", 0700, &err), &err);
	assert_true(fs_is_dir(place.fd, "a/b/c"));
}

static void fs_remove_tree__links__are_removed_not_followed(void **state)
{
	struct error err = { 0 };

	(void)state;
	wb_test_put(place.path, "keep/precious", "x");
	wb_test_put(place.path, "gone/sub/f", "x");
	assert_int_equal(symlinkat("../keep", place.fd, "gone/link"), 0);
	assert_ok(fs_remove_tree(place.fd, "gone", &err), &err);
	assert_false(fs_exists(place.fd, "gone"));
	assert_true(fs_exists(place.fd, "keep/precious"));
	assert_int_equal(symlinkat("keep", place.fd, "toplink"), 0);
	assert_ok(fs_remove_tree(place.fd, "toplink", &err), &err);
	assert_true(fs_exists(place.fd, "keep/precious"));
	assert_ok(fs_remove_tree(place.fd, "never-was", &err), &err);
}

static void fs_remove_tree__folders_without_rights__are_removed(void **state)
{
	struct error err = { 0 };

	(void)state;
	wb_test_put(place.path, "gone/locked/f", "x");
	wb_test_put(place.path, "gone/blind/f", "x");
	assert_int_equal(fchmodat(place.fd, "gone/locked", 0500, 0), 0);
	assert_int_equal(fchmodat(place.fd, "gone/blind", 0, 0), 0);
	assert_ok(fs_remove_tree(place.fd, "gone", &err), &err);
	assert_false(fs_exists(place.fd, "gone"));
}

static void fs_remove_tree__very_deep__ends(void **state)
{
	struct error err = { 0 };
	int fd = dup(place.fd), next;

	(void)state;
	for (int i = 0; i < 300; i++) {
		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(fd);
	assert_ok(fs_remove_tree(place.fd, "d", &err), &err);
}

static void fs_copy__holes_and_ceiling(void **state)
{
	struct error err = { 0 };
	uint64_t bytes = 0;
	struct stat st;
	char tail[4] = "";
	int in, out;

	(void)state;
	in = openat(place.fd, "in", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	out = openat(place.fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(in, "end", 3, 10 << 20), 3);
	assert_refused(fs_copy(in, out, 1 << 20, &bytes, &err), &err, ERR_LIMIT, "larger than");
	assert_ok(fs_copy(in, out, 1 << 24, &bytes, &err), &err);
	assert_int_equal(bytes, (10 << 20) + 3);
	assert_int_equal(fstat(out, &st), 0);
	assert_int_equal(st.st_size, (10 << 20) + 3);
	assert_int_equal(pread(out, tail, 3, 10 << 20), 3);
	assert_string_equal(tail, "end");
	close(in);
	close(out);
}

static void fs_paths__join_base_program(void **state)
{
	struct error err = { 0 };
	CLEANUP(free) char *joined = fs_join("a/", "b"), *absolute = fs_join("a", "/b"), *plain = fs_join("", "b");
	CLEANUP(free) char *here = NULL, *real = NULL;

	(void)state;
	assert_string_equal(joined, "a/b");
	assert_string_equal(absolute, "/b");
	assert_string_equal(plain, "b");
	assert_string_equal(fs_basename("a/b/c"), "c");
	assert_string_equal(fs_basename("c"), "c");
	assert_string_equal(fs_basename("a/"), "");
	assert_ok(fs_program_dir(&here, &err), &err);
	assert_true(fs_is_dir(AT_FDCWD, here));
	assert_refused(fs_realpath("/no/such/place", &real, &err), &err, ERR_NOT_FOUND, "/no/such/place");
	assert_null(real);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
static void fs_remove_tree__ten_thousand_folders_deep__is_gone(void **state)
{
	CLEANUP(free) char *top = fs_join(wb_test_tmpdir(), "deep");
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(mkdir(top, 0700), 0);
	fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Its names are in the way of what is moved up. */
	assert_int_equal(mkdirat(fd, ".wb-deep-0", 0700), 0);
	for (int i = 0; i < 10000; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "d", 0700), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(fd);
		fd = next;
	}
	assert_ok(fs_remove_tree(AT_FDCWD, top, &err), &err);
	assert_false(fs_exists(AT_FDCWD, top));
}

static void fs_is_plain_path__what_leads_elsewhere__is_none(void **state)
{
	static const char *const plain[] = { "a", "a/b", "...", "a/.b/..c", " " };
	static const char *const others[] = { "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/./b", "../a", "a/..", "a/../b" };

	(void)state;
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		assert_true(fs_is_plain_path(plain[i]));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(fs_is_plain_path(others[i]));
}

static void fs_tree_bytes__files_alone_count__shared_ones_unless_own(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(free) char *one = fs_join(dir, "sizes/a/one"), *other = fs_join(dir, "sizes/other"), *away = fs_join(dir, "sizes/away");
	CLEANUP(free) char *top = fs_join(dir, "sizes");

	(void)state;
	assert_int_equal(fs_tree_bytes(AT_FDCWD, top, false), 0);
	wb_test_put(dir, "sizes/a/one", "four");
	wb_test_put(dir, "sizes/b/two", "seventy");
	assert_int_equal(fs_tree_bytes(AT_FDCWD, top, true), 11);
	assert_int_equal(link(one, other), 0);
	assert_int_equal(symlink("/usr", away), 0);
	assert_int_equal(fs_tree_bytes(AT_FDCWD, top, false), 15);
	assert_int_equal(fs_tree_bytes(AT_FDCWD, top, true), 7);
	assert_int_equal(fs_tree_bytes(AT_FDCWD, one, false), 0);
}

static void fs_program_part__beside_or_installed(void **state)
{
	struct error err = { 0 };
	CLEANUP(free) char *here = NULL, *beside = NULL, *part = NULL, *missing = fs_program_part("no-such-part");

	(void)state;
	assert_ok(fs_program_dir(&here, &err), &err);
	beside = fs_join(here, "test_base_fs");
	part = fs_program_part("test_base_fs");
	assert_string_equal(part, beside);
	assert_string_equal(missing, WB_LIBEXECDIR "/no-such-part");
}

static const struct CMUnitTest tests[] = {
	CASE(fs_open__missing__names_the_path),
	CASE(fs_open_beneath__escapes__are_denied),
	CASE(fs_open_beneath__inside__opens_close_on_exec),
	CASE(fs_open_beneath__fifo_without_writer__does_not_block),
	CASE(fs_open_beneath__other_mount__is_denied),
	CASE(fs_read_file__past_the_ceiling__is_a_limit),
	CASE(fs_write_all__full_device__names_the_file_and_the_cause),
	CASE(fs_write_atomic__replaces_and_leaves_no_litter),
	CASE(fs_write_atomic__symlink__is_replaced_not_followed),
	CASE(fs_write_atomic__any_call_failing__leaves_old_or_new),
	CASE(fs_mkdir_p__file_in_the_way__is_refused),
	CASE(fs_mkdir_p__existing_and_odd_slashes__are_fine),
	CASE(fs_remove_tree__links__are_removed_not_followed),
	CASE(fs_remove_tree__ten_thousand_folders_deep__is_gone),
	CASE(fs_remove_tree__folders_without_rights__are_removed),
	CASE(fs_remove_tree__very_deep__ends),
	CASE(fs_copy__holes_and_ceiling),
	CASE(fs_paths__join_base_program),
	CASE(fs_is_plain_path__what_leads_elsewhere__is_none),
	CASE(fs_tree_bytes__files_alone_count__shared_ones_unless_own),
	CASE(fs_program_part__beside_or_installed),
};

WB_TEST_MAIN(tests)
