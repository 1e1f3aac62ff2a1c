/* store/store.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "store/store.h"

/* One folder for the whole program. */
static const char *top(void)
{
	static const char *dir;

	if (!dir)
		dir = wb_test_tmpdir();
	return dir;
}

static char *fresh(const char *name)
{
	return fs_join(top(), name);
}

static void store_init__a_new_path__makes_a_private_store_that_opens(void **state)
{
	CLEANUP(free) char *path = fresh("deep/er/.wb");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };
	struct stat st;

	(void)state;
	assert_ok(store_init(path, &err), &err);
	assert_ok(stat(path, &st), &err);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_ok(store_open(path, &s, &err), &err);
	assert_string_equal(store_path(s), path);
	assert_true(fs_is_dir(store_dirfd(s), "objects"));
	assert_string_equal(wb_test_slurp(path, "format"), "wb store 1\n");
	assert_string_equal(wb_test_slurp(path, ".gitignore"), "*\n");
	assert_refused(store_init(path, &err), &err, ERR_EXISTS, "is a store already");
}

static void store_init__half_made__is_completed(void **state)
{
	CLEANUP(free) char *path = fresh("half");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(store_init(path, &err), &err);
	{
		CLEANUP(free) char *format = fs_join(path, "format"), *trees = fs_join(path, "trees");

		assert_int_equal(unlink(format), 0);
		assert_int_equal(rmdir(trees), 0);
	}
	assert_refused(store_open(path, &s, &err), &err, ERR_NOT_FOUND, "no format file");
	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &s, &err), &err);
	assert_true(fs_is_dir(store_dirfd(s), "trees"));
}

static void store_init__a_folder_with_other_files__is_refused(void **state)
{
	CLEANUP(free) char *path = fresh("thesis");
	struct error err = { 0 };

	(void)state;
	wb_test_put(path, "chapter1.tex", "words");
	assert_refused(store_init(path, &err), &err, ERR_EXISTS, "chapter1.tex");
	assert_false(store_exists(path));
}

static void store_open__a_newer_format__is_refused_with_a_hint(void **state)
{
	CLEANUP(free) char *path = fresh("newer");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(store_init(path, &err), &err);
	wb_test_put(path, "format", "wb store 2\n");
	assert_refused(store_open(path, &s, &err), &err, ERR_UNSUPPORTED, "made by a newer wb");
	assert_contains(err.hint, "newer wb");
	wb_test_put(path, "format", "gibberish");
	assert_refused(store_open(path, &s, &err), &err, ERR_CORRUPT, "format file");
}

static void store_open__nothing_there__says_what_to_do(void **state)
{
	CLEANUP(free) char *path = fresh("absent");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };

	(void)state;
	assert_refused(store_open(path, &s, &err), &err, ERR_NOT_FOUND, "absent");
	assert_contains(err.hint, "wb init");
}

static void store_open__writable_by_all__is_refused(void **state)
{
	CLEANUP(free) char *path = fresh("open");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(store_init(path, &err), &err);
	assert_int_equal(chmod(path, 0777), 0);
	assert_refused(store_open(path, &s, &err), &err, ERR_DENIED, "everybody may write");
}

static void store_open__of_another_user__is_refused(void **state)
{
	CLEANUP(free) char *path = fresh("theirs");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };

	(void)state;
	if (geteuid() != 0)
		wb_test_skip("only root can give a folder away");
	assert_ok(store_init(path, &err), &err);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_refused(store_open(path, &s, &err), &err, ERR_DENIED, "another user");
	/* A team's: setgid, group-writable, and we are of the group. */
	assert_int_equal(chown(path, 12345, getegid()), 0);
	assert_int_equal(chmod(path, 02770), 0);
	assert_ok(store_open(path, &s, &err), &err);
	assert_int_equal(store_object_mode(s), 0440);
}

static void store_locate__each_way__in_its_order(void **state)
{
	CLEANUP(free) char *project = fresh("proj/.wb"), *inside = fresh("proj/a/b"), *outside = fresh("elsewhere");
	CLEANUP(free) char *found = NULL, *by_user = NULL, *by_env = NULL, *by_override = NULL, *want = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(store_init(project, &err), &err);
	assert_ok(fs_mkdir_p(AT_FDCWD, inside, 0755, &err), &err);
	assert_ok(fs_mkdir_p(AT_FDCWD, outside, 0755, &err), &err);
	setenv("WB_STORE", "/env/store", 1);
	setenv("XDG_DATA_HOME", "/data", 1);
	assert_int_equal(store_locate(NULL, inside, &found, &err), STORE_BY_PROJECT);
	assert_string_equal(found, project);
	assert_int_equal(store_locate(NULL, outside, &by_env, &err), STORE_BY_ENVIRONMENT);
	assert_string_equal(by_env, "/env/store");
	assert_int_equal(store_locate("/other/place", inside, &by_override, &err), STORE_BY_OVERRIDE);
	assert_string_equal(by_override, "/other/place");
	unsetenv("WB_STORE");
	assert_int_equal(store_locate(NULL, outside, &by_user, &err), STORE_BY_USER);
	assert_string_equal(by_user, "/data/wb");
	unsetenv("XDG_DATA_HOME");
	setenv("HOME", "/home/x", 1);
	assert_int_equal(store_locate(NULL, outside, &want, &err), STORE_BY_USER);
	assert_string_equal(want, "/home/x/.local/share/wb");
	unsetenv("HOME");
	{
		char *none = NULL;

		assert_refused(store_locate(NULL, outside, &none, &err), &err, ERR_NOT_FOUND, "no store");
	}
}

static void store_run_dir__made_once__opens_again(void **state)
{
	CLEANUP(free) char *path = fresh("runs"), *run = NULL;
	CLEANUP(store_close) struct store *s = NULL;
	CLEANUP(close) int a = -1, b = -1;
	const char *id = "0193a1b2c3d4e5f60718293a4b5c6d7e";
	struct error err = { 0 };

	(void)state;
	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &s, &err), &err);
	assert_refused(store_run_dir(s, id, false, &err), &err, ERR_NOT_FOUND, id);
	assert_refused(store_run_dir(s, "../../etc", true, &err), &err, ERR_INVALID, "not a run id");
	a = store_run_dir(s, id, true, &err);
	assert_ok(a, &err);
	b = store_run_dir(s, id, true, &err);
	assert_ok(b, &err);
	run = store_run_path(s, id);
	assert_true(fs_is_dir(AT_FDCWD, run));
}

static void store_lock__held_exclusively__keeps_others_out(void **state)
{
	CLEANUP(free) char *path = fresh("lock");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };
	int a, b;

	(void)state;
	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &s, &err), &err);
	a = store_lock(s, STORE_SHARED, 0, &err);
	b = store_lock(s, STORE_SHARED, 0, &err);
	assert_true(a >= 0 && b >= 0);
	assert_refused(store_lock(s, STORE_EXCLUSIVE, 1000000, &err), &err, ERR_BUSY, "in use by another");
	close(a);
	close(b);
	a = store_lock(s, STORE_EXCLUSIVE, 0, &err);
	assert_ok(a, &err);
	assert_refused(store_lock(s, STORE_SHARED, 0, &err), &err, ERR_BUSY, "in use");
	close(a);
}

static void store_lock__where_nothing_can_be_written__still_holds_removers_off(void **state)
{
	CLEANUP(free) char *path = fresh("readonly");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };
	int fd;

	(void)state;
	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &s, &err), &err);
	sys_fault_arm(SYS_FAULT_OPEN, 1, EROFS);
	fd = store_lock(s, STORE_SHARED, 0, &err);
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	assert_ok(fd, &err);
	assert_refused(store_lock(s, STORE_EXCLUSIVE, 0, &err), &err, ERR_BUSY, "in use");
	close(fd);
	sys_fault_arm(SYS_FAULT_OPEN, 1, EROFS);
	fd = store_lock(s, STORE_EXCLUSIVE, 0, &err);
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	assert_int_equal(fd, -1);
	assert_int_equal(err.sys, EROFS);
}

static void store_tidy__young_leftovers__stay(void **state)
{
	CLEANUP(free) char *path = fresh("tidy");
	CLEANUP(store_close) struct store *s = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(store_init(path, &err), &err);
	assert_ok(store_open(path, &s, &err), &err);
	wb_test_put(path, "tmp/object.1", "half");
	assert_ok(store_tidy(s, &err), &err);
	assert_string_equal(wb_test_slurp(path, "tmp/object.1"), "half");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(store_init__a_new_path__makes_a_private_store_that_opens),
	cmocka_unit_test(store_init__half_made__is_completed),
	cmocka_unit_test(store_init__a_folder_with_other_files__is_refused),
	cmocka_unit_test(store_open__a_newer_format__is_refused_with_a_hint),
	cmocka_unit_test(store_open__nothing_there__says_what_to_do),
	cmocka_unit_test(store_open__writable_by_all__is_refused),
	cmocka_unit_test(store_open__of_another_user__is_refused),
	cmocka_unit_test(store_locate__each_way__in_its_order),
	cmocka_unit_test(store_run_dir__made_once__opens_again),
	cmocka_unit_test(store_lock__held_exclusively__keeps_others_out),
	cmocka_unit_test(store_lock__where_nothing_can_be_written__still_holds_removers_off),
	cmocka_unit_test(store_tidy__young_leftovers__stay),
};
WB_TEST_MAIN(tests)
