/* engine/kept.c: layers put aside, found, freed and copied. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/kept.h"

static const char run_id[] = "0192f3a1b2c34d5e8f60718293a4b5c6";

struct place {
	char *dir;
	struct store *store;
	int run_fd;
};

static int place_setup(void **state)
{
	struct place *p = mem_zalloc(sizeof *p);
	CLEANUP(free) char *store = NULL;
	struct error err = { 0 };

	p->dir = mem_printf("%s/kept", wb_test_tmpdir());
	store = fs_join(p->dir, "store");
	if (fs_remove_tree(AT_FDCWD, p->dir, &err) < 0 || store_init(store, &err) < 0 || store_open(store, &p->store, &err) < 0)
		return -1;
	p->run_fd = store_run_dir(p->store, run_id, true, &err);
	*state = p;
	return p->run_fd < 0 ? -1 : 0;
}

static int place_teardown(void **state)
{
	struct place *p = *state;

	close(p->run_fd);
	store_close(p->store);
	free(p->dir);
	free(p);
	return 0;
}

static void put(const struct place *p, const char *name, const char *text)
{
	CLEANUP(free) char *path = store_run_path(p->store, run_id);

	wb_test_put(path, name, text);
}

static int open_dir(const struct place *p, const char *name)
{
	struct error err = { 0 };
	int fd;

	assert_ok(fs_mkdir_p(AT_FDCWD, p->dir, 0700, &err), &err);
	fd = fs_open_dir(AT_FDCWD, p->dir, &err);
	assert_ok(fs_mkdir_p(fd, name, 0700, &err), &err);
	close(fd);
	{
		CLEANUP(free) char *path = fs_join(p->dir, name);

		fd = fs_open_dir(AT_FDCWD, path, &err);
	}
	assert_true(fd >= 0);
	return fd;
}

static void kept_take__a_layer__is_found_and_holds_a_lock(void **state)
{
	struct place *p = *state;
	struct kept k = KEPT_INIT;
	struct error err = { 0 };

	assert_int_equal(kept_find(p->store, run_id, false, &k, &err), 0);
	assert_false(kept_exists(p->store, run_id));
	put(p, "work/upper/a", "x");
	put(p, "out/o", "y");
	assert_ok(kept_take(p->run_fd, false, &err), &err);
	assert_true(kept_exists(p->store, run_id));
	assert_int_equal(kept_find(p->store, run_id, false, &k, &err), 1);
	assert_false(k.copied);
	assert_contains(k.tree, "/kept/upper");
	assert_contains(k.out, "/kept/out");
	assert_true(kept_is_held(p->store, run_id));
	assert_refused(kept_free(p->store, run_id, &err), &err, ERR_BUSY, "in use");
	assert_true(kept_exists(p->store, run_id));
	kept_release(&k);
	assert_false(kept_is_held(p->store, run_id));
	assert_int_equal(kept_free(p->store, run_id, &err), 1);
	assert_int_equal(kept_free(p->store, run_id, &err), 0);
	assert_false(kept_exists(p->store, run_id));
}

static void kept_take__a_private_copy__is_found_as_one(void **state)
{
	struct place *p = *state;
	CLEANUP(kept_release) struct kept k = KEPT_INIT;
	struct error err = { 0 };

	put(p, "work/tree/a", "x");
	put(p, "out/o", "y");
	assert_ok(kept_take(p->run_fd, true, &err), &err);
	assert_int_equal(kept_find(p->store, run_id, false, &k, &err), 1);
	assert_true(k.copied);
	assert_contains(k.tree, "/kept/tree");
}

static void kept_find__what_an_orphan_worked_in__is_a_layer_only_when_asked_for(void **state)
{
	struct place *p = *state;
	CLEANUP(kept_release) struct kept k = KEPT_INIT;
	CLEANUP(free) char *run = store_run_path(p->store, run_id);
	CLEANUP(free) char *want = fs_join(run, "work/upper");
	struct error err = { 0 };

	put(p, "work/upper/a", "x");
	put(p, "out/o", "y");
	assert_int_equal(kept_find(p->store, run_id, false, &k, &err), 0);
	assert_int_equal(kept_find(p->store, run_id, true, &k, &err), 1);
	assert_string_equal(k.tree, want);
}

static void kept_take__nothing_to_take__is_an_error(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	assert_int_equal(kept_take(p->run_fd, false, &err), -1);
}

static struct stat look(int dirfd, const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static void kept_copy__files_links_and_modes__are_the_same(void **state)
{
	struct place *p = *state;
	int from = open_dir(p, "from"), to = open_dir(p, "to");
	struct error err = { 0 };
	char text[16] = "";

	wb_test_put(p->dir, "from/d/e/f", "deep");
	wb_test_put(p->dir, "from/script", "run");
	wb_test_put(p->dir, "outside", "safe");
	assert_int_equal(fchmodat(from, "script", 0751, 0), 0);
	assert_int_equal(symlinkat("../outside", from, "link"), 0);
	assert_int_equal(mkfifoat(from, "pipe", 0600), 0);
	/* What is there already gives way; a link there is replaced, not followed. */
	wb_test_put(p->dir, "to/script", "old and longer");
	assert_int_equal(symlinkat("../outside", to, "d"), 0);
	assert_ok(kept_copy(from, to, &err), &err);
	assert_int_equal(look(to, "script").st_mode & 07777, 0751);
	assert_int_equal(look(to, "script").st_size, 3);
	assert_int_equal(look(to, "d/e/f").st_size, 4);
	assert_int_equal(readlinkat(to, "link", text, sizeof text), 10);
	assert_true(S_ISDIR(look(to, "d").st_mode));
	assert_int_equal(faccessat(to, "pipe", F_OK, AT_SYMLINK_NOFOLLOW), -1);
	close(from);
	close(to);
	{
		int top = open_dir(p, ".");

		assert_int_equal(look(top, "outside").st_size, 4);
		close(top);
	}
}

static void kept_copy__whiteouts__remove_what_was_there(void **state)
{
	struct place *p = *state;
	int from = open_dir(p, "from"), to = open_dir(p, "to");
	struct error err = { 0 };

	if (mknodat(from, "gone", S_IFCHR | 0600, makedev(0, 0)) < 0) {
		close(from);
		close(to);
		wb_test_skip("this kernel lets nobody make whiteouts");
	}
	assert_int_equal(mknodat(from, "folder", S_IFCHR | 0600, makedev(0, 0)), 0);
	wb_test_put(p->dir, "to/gone", "x");
	wb_test_put(p->dir, "to/folder/inner", "x");
	wb_test_put(p->dir, "to/stays", "x");
	assert_ok(kept_copy(from, to, &err), &err);
	assert_int_equal(faccessat(to, "gone", F_OK, 0), -1);
	assert_int_equal(faccessat(to, "folder", F_OK, 0), -1);
	assert_int_equal(faccessat(to, "stays", F_OK, 0), 0);
	close(from);
	close(to);
}

static void kept_copy__an_opaque_folder__hides_what_was_below_it(void **state)
{
	struct place *p = *state;
	int from = open_dir(p, "from"), to = open_dir(p, "to");
	CLEANUP(free) char *folder = fs_join(p->dir, "from/d");
	struct error err = { 0 };

	wb_test_put(p->dir, "from/d/new", "x");
	wb_test_put(p->dir, "to/d/old", "x");
	if (setxattr(folder, "user.overlay.opaque", "y", 1, 0) < 0) {
		close(from);
		close(to);
		wb_test_skip("no user attributes on this file system");
	}
	assert_ok(kept_copy(from, to, &err), &err);
	assert_int_equal(faccessat(to, "d/new", F_OK, 0), 0);
	assert_int_equal(faccessat(to, "d/old", F_OK, 0), -1);
	close(from);
	close(to);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(kept_take__a_layer__is_found_and_holds_a_lock, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(kept_take__a_private_copy__is_found_as_one, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(kept_find__what_an_orphan_worked_in__is_a_layer_only_when_asked_for, place_setup,
					place_teardown),
	cmocka_unit_test_setup_teardown(kept_take__nothing_to_take__is_an_error, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(kept_copy__files_links_and_modes__are_the_same, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(kept_copy__whiteouts__remove_what_was_there, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(kept_copy__an_opaque_folder__hides_what_was_below_it, place_setup, place_teardown),
};

WB_TEST_MAIN(tests)
