/* store/restore.c: trees that want to write elsewhere, trees that are damaged, and what an ordinary one becomes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/gittree.h"
#include "store/object.h"
#include "store/pointer.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

/* A tree of several entries, in the given order. */
struct entry {
	uint32_t mode;
	const char *name;
	struct blob_id id;
};

static struct tree_id tree_of(struct store_fixture *f, const struct entry *entries, size_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(65536);
	struct tree_id hex;
	struct blob_id id;

	for (size_t i = 0; i < n; i++)
		gittree_append(&b, entries[i].mode, entries[i].name, strlen(entries[i].name), &entries[i].id);
	id = odb_put(f, GIT_TYPE_TREE, b.data, b.len);
	str_hex(id.b, BLOB_ID_BYTES, hex.hex);
	return hex;
}

static struct blob_id blob(struct store_fixture *f, const char *text)
{
	return odb_put(f, GIT_TYPE_BLOB, text, strlen(text));
}

static struct blob_id id_of(const struct tree_id *hex)
{
	struct blob_id id;

	assert_true(str_unhex(hex->hex, id.b, BLOB_ID_BYTES));
	return id;
}

/* The checkout must fail for that reason, and leave nothing of it anywhere. */
static void check_refused(struct store_fixture *f, const struct tree_id *tree, const char *part)
{
	CLEANUP(free) char *dest = fs_join(f->dir, "dest");
	struct error err = { 0 };

	assert_refused(snapshot_checkout(f->store, tree->hex, dest, &err), &err, ERR_CORRUPT, part);
	assert_false(fs_exists(AT_FDCWD, dest));
	assert_false(fs_exists(AT_FDCWD, "/tmp/wb-escaped"));
	assert_null(wb_test_slurp(f->dir, "escaped"));
}

static void names__that_lead_elsewhere__are_refused(void **state)
{
	static const char *const names[] = { "..", ".", ".git", "../escaped", "/tmp/wb-escaped", "a/b" };
	struct store_fixture *f = *state;
	struct blob_id id = blob(f, "escaped");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct tree_id file = odb_put_tree(f, 0100644, names[i], &id);
		struct blob_id inner = id_of(&file);
		struct tree_id folder = odb_put_tree(f, GIT_MODE_TREE, names[i], &inner);

		check_refused(f, &file, "cannot be");
		check_refused(f, &folder, "cannot be");
	}
}

/* A link to the folder above, then a folder of the same name whose file would go there. */
static void a_link_and_a_folder__of_one_name__write_nothing_through_the_link(void **state)
{
	struct store_fixture *f = *state;
	struct blob_id up = blob(f, ".."), file = blob(f, "escaped");
	struct tree_id inner = odb_put_tree(f, 0100644, "escaped", &file);
	const struct entry link_first[] = { { GIT_MODE_LINK, "x", up }, { GIT_MODE_TREE, "x", id_of(&inner) } };
	const struct entry link_last[] = { { GIT_MODE_TREE, "x", id_of(&inner) }, { GIT_MODE_LINK, "x", up } };
	const struct entry files[] = { { 0100644, "x", file }, { 0100644, "x", up } };
	struct tree_id tree = tree_of(f, link_first, 2);

	check_refused(f, &tree, "twice");
	tree = tree_of(f, link_last, 2);
	check_refused(f, &tree, "twice");
	tree = tree_of(f, files, 2);
	check_refused(f, &tree, "twice");
}

static void modes__of_no_file__are_refused(void **state)
{
	static const uint32_t modes[] = { 0104755, 0102755, 0100777, 0060644, 0 };
	struct store_fixture *f = *state;
	struct blob_id id = blob(f, "x");

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct tree_id tree = odb_put_tree(f, modes[i], "x", &id);

		check_refused(f, &tree, "cannot be");
	}
}

static void a_commit_of_another_repository__is_refused(void **state)
{
	struct store_fixture *f = *state;
	struct blob_id id = blob(f, "x");
	struct tree_id tree = odb_put_tree(f, GIT_MODE_REPOSITORY, "sub", &id);

	check_refused(f, &tree, "sub");
}

static void links__with_odd_targets__are_refused_or_kept_as_they_are(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *dest = fs_join(f->dir, "links");
	CLEANUP(free) char *long_target = mem_alloc(5001);
	struct blob_id empty = odb_put(f, GIT_TYPE_BLOB, "", 0), nul = odb_put(f, GIT_TYPE_BLOB, "a\0b", 3), absolute, large;
	struct tree_id tree = odb_put_tree(f, GIT_MODE_LINK, "x", &empty);
	struct error err = { 0 };
	char target[64] = "";

	check_refused(f, &tree, "link's target");
	tree = odb_put_tree(f, GIT_MODE_LINK, "x", &nul);
	check_refused(f, &tree, "link's target");
	memset(long_target, 'x', 5000);
	long_target[5000] = '\0';
	large = blob(f, long_target);
	tree = odb_put_tree(f, GIT_MODE_LINK, "x", &large);
	check_refused(f, &tree, "link's target");
	absolute = blob(f, "/etc/passwd");
	tree = odb_put_tree(f, GIT_MODE_LINK, "x", &absolute);
	assert_ok(snapshot_checkout(f->store, tree.hex, dest, &err), &err);
	{
		CLEANUP(free) char *path = fs_join(dest, "x");

		assert_int_equal(readlink(path, target, sizeof target), 11);
		assert_string_equal(target, "/etc/passwd");
	}
}

static void a_tree__with_parts_missing_or_of_another_kind__is_refused(void **state)
{
	struct store_fixture *f = *state;
	struct blob_id absent = { "\x01\x02" }, file = blob(f, "x");
	struct tree_id tree = odb_put_tree(f, 0100644, "gone", &absent), inner;
	CLEANUP(free) char *dest = fs_join(f->dir, "dest");
	struct error err = { 0 };

	assert_int_equal(snapshot_checkout(f->store, tree.hex, dest, &err), -1);
	assert_contains(err.text, "gone");
	assert_false(fs_exists(AT_FDCWD, dest));
	inner = tree;
	{
		struct blob_id tree_id = id_of(&inner);

		tree = odb_put_tree(f, 0100644, "folder-as-file", &tree_id);
		check_refused(f, &tree, "folder-as-file");
		tree = odb_put_tree(f, GIT_MODE_TREE, "file-as-folder", &file);
		check_refused(f, &tree, "is not a tree");
	}
}

static void folders__nested_too_deeply__are_refused_before_the_stack_ends(void **state)
{
	struct store_fixture *f = *state;
	struct blob_id id = blob(f, "x");
	struct tree_id tree = odb_put_tree(f, 0100644, "x", &id);

	for (int i = 0; i < 310; i++) {
		id = id_of(&tree);
		tree = odb_put_tree(f, GIT_MODE_TREE, "d", &id);
	}
	check_refused(f, &tree, "nested too deeply");
}

static void a_pointer__to_a_missing_or_damaged_object__is_refused(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	CLEANUP(free) char *dest = fs_join(f->dir, "dest"), *name = NULL;
	struct error err = { 0 };
	struct digest d = digest_of("large", 5);
	struct blob_id id;
	struct tree_id tree;
	int fd;

	pointer_format(&b, &d, 5);
	id = odb_put(f, GIT_TYPE_BLOB, b.data, b.len);
	tree = odb_put_tree(f, 0100755, "large", &id);
	assert_int_equal(snapshot_checkout(f->store, tree.hex, dest, &err), -1);
	assert_false(fs_exists(AT_FDCWD, dest));
	assert_ok(object_put_bytes(f->store, "large", 5, &d, &err), &err);
	assert_ok(snapshot_checkout(f->store, tree.hex, dest, &err), &err);
	assert_string_equal(wb_test_slurp(dest, "large"), "large");
	assert_ok(fs_remove_tree(AT_FDCWD, dest, &err), &err);
	name = mem_printf("objects/%.2s/%s", digest_hex(&d).text, digest_hex(&d).text + 2);
	assert_int_equal(fchmodat(store_dirfd(f->store), name, 0600, 0), 0);
	fd = openat(store_dirfd(f->store), name, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "L", 1, 0), 1);
	close(fd);
	check_refused(f, &tree, "damaged");
	/* A pointer that is none. */
	id = blob(f, "wb-object-v1\nnonsense\n");
	tree = odb_put_tree(f, 0100644, "x", &id);
	check_refused(f, &tree, "x");
}

static void modes__as_they_were__are_restored_under_the_umask(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *run = fs_join(f->project, "run"), *dest = fs_join(f->dir, "dest");
	CLEANUP(free) char *got = fs_join(dest, "run"), *plain = fs_join(dest, "plain");
	struct error err = { 0 };
	struct tree_id tree;
	struct stat st;
	mode_t before;

	project_put(f, "run", "#!/bin/sh\n");
	project_put(f, "plain", "x");
	assert_int_equal(chmod(run, 04755), 0);
	tree = project_tree(f);
	before = umask(027);
	assert_ok(snapshot_checkout(f->store, tree.hex, dest, &err), &err);
	umask(before);
	assert_int_equal(stat(got, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0750);
	assert_int_equal(stat(plain, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void a_folder__with_something_in_it__is_left_alone(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *dest = fs_join(f->dir, "dest"), *link = fs_join(f->dir, "link");
	struct error err = { 0 };
	struct tree_id tree;

	project_put(f, "x", "x");
	tree = project_tree(f);
	wb_test_put(dest, ".hidden", "mine");
	assert_refused(snapshot_checkout(f->store, tree.hex, dest, &err), &err, ERR_EXISTS, "not empty");
	assert_string_equal(wb_test_slurp(dest, ".hidden"), "mine");
	assert_null(wb_test_slurp(dest, "x"));
	wb_test_put(f->dir, "file", "mine");
	{
		CLEANUP(free) char *file = fs_join(f->dir, "file");

		assert_int_equal(snapshot_checkout(f->store, tree.hex, file, &err), -1);
		assert_string_equal(wb_test_slurp(f->dir, "file"), "mine");
	}
	/* A link that dangles is neither a new nor an empty folder. */
	assert_int_equal(symlink("nowhere", link), 0);
	assert_int_equal(snapshot_checkout(f->store, tree.hex, link, &err), -1);
	assert_null(wb_test_slurp(f->dir, "nowhere"));
	assert_refused(snapshot_checkout(f->store, "not an id", dest, &err), &err, ERR_INVALID, "not an id");
}

static void a_disk__that_fills_up__leaves_nothing_of_a_checkout(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *dest = fs_join(f->dir, "dest");
	struct tree_id tree;
	unsigned nth = 1;

	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	project_put(f, "a/b/c", "x");
	project_put(f, "d", "y");
	tree = project_tree(f);
	for (;; nth++) {
		struct error err = { 0 };
		int rc;

		sys_fault_arm(SYS_FAULT_ANY, nth, ENOSPC);
		rc = snapshot_checkout(f->store, tree.hex, dest, &err);
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		if (rc == 0)
			break;
		assert_int_equal(err.sys, ENOSPC);
		if (fs_exists(AT_FDCWD, dest))
			fail_msg("call %u: %s", nth, err.text);
	}
	assert_true(nth > 5);
	assert_string_equal(wb_test_slurp(dest, "a/b/c"), "x");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(names__that_lead_elsewhere__are_refused),
	CASE(a_link_and_a_folder__of_one_name__write_nothing_through_the_link),
	CASE(modes__of_no_file__are_refused),
	CASE(a_commit_of_another_repository__is_refused),
	CASE(links__with_odd_targets__are_refused_or_kept_as_they_are),
	CASE(a_tree__with_parts_missing_or_of_another_kind__is_refused),
	CASE(folders__nested_too_deeply__are_refused_before_the_stack_ends),
	CASE(a_pointer__to_a_missing_or_damaged_object__is_refused),
	CASE(modes__as_they_were__are_restored_under_the_umask),
	CASE(a_folder__with_something_in_it__is_left_alone),
	CASE(a_disk__that_fills_up__leaves_nothing_of_a_checkout),
};

WB_TEST_MAIN(tests)
