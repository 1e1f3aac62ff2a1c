/* store/layout.c: laid-out trees are whole, shared, never changed under a reader, and not kept for ever. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

static struct tree_id tree_number(struct store_fixture *f, unsigned n)
{
	char text[32];

	snprintf(text, sizeof text, "number %u", n);
	project_put(f, "sub/changed", text);
	project_put(f, "sub/same", "same");
	project_put(f, "top", "top");
	return project_tree(f);
}

static int lay(struct store_fixture *f, const struct tree_id *tree, char **path)
{
	struct error err = { 0 };
	int fd = snapshot_layout(f->store, tree->hex, path, &err);

	assert_ok(fd, &err);
	return fd;
}

static ino_t inode_of(const char *dir, const char *name)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static unsigned count_layouts(struct store_fixture *f)
{
	CLEANUP(closedir) DIR *dir = fdopendir(openat(store_dirfd(f->store), "trees", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	unsigned n = 0;
	struct dirent *e;

	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	return n;
}

static void a_tree__laid_out_twice__is_the_same_folder(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id tree = tree_number(f, 1);
	CLEANUP(free) char *first = NULL, *second = NULL;
	CLEANUP(close) int a = lay(f, &tree, &first);
	CLEANUP(close) int b = lay(f, &tree, &second);
	struct stat st;

	assert_string_equal(first, second);
	assert_string_equal(wb_test_slurp(first, "sub/changed"), "number 1");
	assert_int_equal(fstat(a, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(count_layouts(f), 1);
}

static void neighbours__share_the_files_that_are_equal(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id one = tree_number(f, 1), two = tree_number(f, 2);
	CLEANUP(free) char *first = NULL, *second = NULL;
	CLEANUP(close) int a = lay(f, &one, &first);
	CLEANUP(close) int b = lay(f, &two, &second);

	assert_true(inode_of(first, "sub/same") == inode_of(second, "sub/same"));
	assert_true(inode_of(first, "top") == inode_of(second, "top"));
	assert_true(inode_of(first, "sub/changed") != inode_of(second, "sub/changed"));
	assert_string_equal(wb_test_slurp(second, "sub/changed"), "number 2");
}

static void a_file__changed_in_a_layout__is_not_shared_on(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id one = tree_number(f, 1), two = tree_number(f, 2);
	CLEANUP(free) char *first = NULL, *second = NULL;
	CLEANUP(close) int a = lay(f, &one, &first);
	CLEANUP(close) int b = -1;

	wb_test_put(first, "sub/same", "spoiled");
	{
		CLEANUP(free) char *top = fs_join(first, "top");

		assert_int_equal(chmod(top, 04755), 0);
	}
	b = lay(f, &two, &second);
	assert_string_equal(wb_test_slurp(second, "sub/same"), "same");
	assert_true(inode_of(first, "top") != inode_of(second, "top"));
}

static void more_layouts__than_are_kept__evict_those_without_a_lease(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id first_tree = tree_number(f, 1000);
	CLEANUP(free) char *first = NULL;
	CLEANUP(close) int held = lay(f, &first_tree, &first);

	for (unsigned i = 0; i < SNAPSHOT_LAYOUTS + 8; i++) {
		struct tree_id tree = tree_number(f, i);
		CLEANUP(free) char *path = NULL;
		CLEANUP(close) int lease = lay(f, &tree, &path);
	}
	assert_true(count_layouts(f) <= SNAPSHOT_LAYOUTS + 1);
	assert_string_equal(wb_test_slurp(first, "sub/changed"), "number 1000");
	/* A copy of the descriptor holds it as well, until the last is closed. */
	close(held);
	held = -1;
	for (unsigned i = 100; i < 100 + SNAPSHOT_LAYOUTS + 8; i++) {
		struct tree_id tree = tree_number(f, i);
		CLEANUP(free) char *path = NULL;
		CLEANUP(close) int lease = lay(f, &tree, &path);
	}
	assert_null(wb_test_slurp(first, "sub/changed"));
	assert_int_equal(count_layouts(f), SNAPSHOT_LAYOUTS);
}

static void a_link__in_place_of_a_layout__is_refused(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id tree = tree_number(f, 1);
	CLEANUP(free) char *name = mem_printf("trees/%s", tree.hex);
	struct error err = { 0 };
	char *path = NULL;

	assert_int_equal(symlinkat("/etc", store_dirfd(f->store), name), 0);
	assert_int_equal(snapshot_layout(f->store, tree.hex, &path, &err), -1);
	assert_null(path);
	assert_refused(snapshot_layout(f->store, "../../etc", &path, &err), &err, ERR_INVALID, "etc");
}

static void processes__laying_out_at_once__all_get_a_whole_tree(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id trees[3];
	pid_t pids[8];
	int failed = 0;

	for (unsigned i = 0; i < 3; i++)
		trees[i] = tree_number(f, i);
	for (unsigned i = 0; i < 8; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct store *store = NULL;
			struct error err = { 0 };
			char *path = NULL, want[32];
			const char *got;

			if (store_open(f->path, &store, &err) < 0 || snapshot_layout(store, trees[i % 3].hex, &path, &err) < 0) {
				fprintf(stderr, "# %s\n", err.text);
				_exit(1);
			}
			snprintf(want, sizeof want, "number %u", i % 3);
			got = wb_test_slurp(path, "sub/changed");
			_exit(got && strcmp(got, want) == 0 ? 0 : 2);
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		int status = -1;

		waitpid(pids[i], &status, 0);
		failed += status != 0;
	}
	assert_int_equal(failed, 0);
}

static void a_layout__with_any_call_failing__is_not_there_or_whole(void **state)
{
	struct store_fixture *f = *state;
	unsigned nth = 1;

	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	for (;; nth++) {
		struct tree_id tree = tree_number(f, nth);
		CLEANUP(free) char *path = NULL, *name = mem_printf("trees/%s", tree.hex);
		CLEANUP(close) int fd = -1;
		struct error err = { 0 };

		sys_fault_arm(SYS_FAULT_ANY, nth, EIO);
		fd = snapshot_layout(f->store, tree.hex, &path, &err);
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		if (fd < 0)
			assert_false(fs_exists(store_dirfd(f->store), name));
		else
			assert_string_equal(wb_test_slurp(path, "sub/same"), "same");
		if (nth > 40)
			break;
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_tree__laid_out_twice__is_the_same_folder),
	CASE(neighbours__share_the_files_that_are_equal),
	CASE(a_file__changed_in_a_layout__is_not_shared_on),
	CASE(more_layouts__than_are_kept__evict_those_without_a_lease),
	CASE(a_link__in_place_of_a_layout__is_refused),
	CASE(processes__laying_out_at_once__all_get_a_whole_tree),
	CASE(a_layout__with_any_call_failing__is_not_there_or_whole),
};

WB_TEST_MAIN(tests)
