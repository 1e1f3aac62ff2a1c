/* store/prune.c, store/prune_objects.c: what stays can be read, what goes is gone, from loose objects and from packs. */
#include "config.h"

#include "store/prune.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/prune_objects.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

enum { MANY = 300 }; /* more than become loose objects */

static void put_many(const struct store_fixture *f, const char *word)
{
	for (unsigned i = 0; i < MANY; i++) {
		CLEANUP(free) char *name = mem_printf("d%u/f%u", i % 5, i);
		CLEANUP(free) char *text = mem_printf("%s %u\n", i % 2 ? "the same" : word, i);

		project_put(f, name, text);
	}
}

static struct prune_result prune(const struct store_fixture *f, struct tree_id *trees, size_t n, bool dry_run)
{
	const struct prune_options o = { .trees = trees, .n = n, .dry_run = dry_run };
	struct prune_result r = { 0 };
	struct error err = { 0 };

	prune_sort(trees, n);
	assert_ok(prune_memories(f->store, &o, &err), &err);
	assert_ok(prune_code(f->store, &o, &r, &err), &err);
	return r;
}

static bool is_whole(const struct store_fixture *f, const struct tree_id *tree)
{
	struct error err = { 0 };

	return snapshot_verify(f->store, tree->hex, &err) == 0;
}

static bool is_there(const struct store_fixture *f, const char *hex)
{
	CLEANUP(free) char *path = fs_join(f->path, "code.git");
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	struct error err = { 0 };
	struct blob_id id;
	struct git_db *db;
	bool found;

	assert_true(str_unhex(hex, id.b, BLOB_ID_BYTES));
	assert_ok(wb_git_ops.open(path, &db, &err), &err);
	found = wb_git_ops.read(db, &id, GIT_TYPE_TREE, &b, &err) == 0;
	wb_git_ops.close(db);
	return found;
}

static void loose_objects__of_one_tree__go_and_shared_ones_stay(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id first, second;
	struct prune_result r;

	project_put(f, "shared", "shared\n");
	project_put(f, "a/b", "first\n");
	first = project_tree(f);
	project_put(f, "a/b", "second\n");
	second = project_tree(f);
	r = prune(f, &second, 1, true);
	assert_int_equal(r.objects, 3); /* the file, its folder, the top */
	assert_true(r.bytes > 0);
	assert_true(is_whole(f, &first) && is_whole(f, &second));
	assert_int_equal(prune(f, &second, 1, false).objects, 3);
	assert_true(is_whole(f, &second));
	assert_false(is_there(f, first.hex));
	assert_int_equal(prune(f, &second, 1, false).objects, 0);
}

static void a_pack__needed_in_part__is_written_anew(void **state)
{
	struct store_fixture *f = *state;
	struct prune_result dry, r;
	struct tree_id first, second;

	put_many(f, "first");
	first = project_tree(f);
	put_many(f, "second");
	second = project_tree(f);
	dry = prune(f, &second, 1, true);
	r = prune(f, &second, 1, false);
	assert_int_equal(dry.objects, MANY / 2 + 6);
	assert_int_equal(r.objects, dry.objects);
	assert_int_equal(r.bytes, dry.bytes);
	assert_true(is_whole(f, &second));
	assert_false(is_there(f, first.hex));
	assert_int_equal(prune(f, &second, 1, false).objects, 0);
}

static void a_pack__that_nobody_needs__goes_whole(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *pack = fs_join(f->path, "code.git/objects/pack");
	struct error err = { 0 };
	struct tree_id tree;

	put_many(f, "first");
	tree = project_tree(f);
	assert_int_equal(prune(f, NULL, 0, false).objects, MANY + 6);
	assert_false(is_there(f, tree.hex));
	/* Nothing is in the folder any more, or this fails. */
	assert_int_equal(unlinkat(AT_FDCWD, pack, AT_REMOVEDIR), 0);
	assert_ok(fs_mkdir_p(AT_FDCWD, pack, 0700, &err), &err);
}

/* The project as it stands was forgotten with its tree: it is stored again, not believed to be there. */
static void a_snapshot__of_a_project_whose_tree_went__stores_it_again(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(snapshot_release) struct snapshot again = { 0 };
	struct tree_id tree;

	project_put(f, "file", "text\n");
	tree = project_tree(f);
	prune(f, NULL, 0, true);
	again = project_take(f);
	assert_true(again.unchanged);
	snapshot_release(&again);
	prune(f, NULL, 0, false);
	again = project_take(f);
	assert_false(again.unchanged);
	assert_string_equal(again.tree.hex, tree.hex);
	assert_true(is_whole(f, &tree));
}

static void layouts__of_trees_that_went__go_unless_a_run_stands_on_them(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *held = NULL;
	CLEANUP(free) char *left = NULL;
	CLEANUP(close) int lease = -1;
	struct error err = { 0 };
	struct tree_id first, second;
	int fd;

	project_put(f, "file", "first\n");
	first = project_tree(f);
	lease = snapshot_layout(f->store, first.hex, &held, &err);
	project_put(f, "file", "second\n");
	second = project_tree(f);
	fd = snapshot_layout(f->store, second.hex, &left, &err);
	assert_true(lease >= 0 && fd >= 0);
	close(fd);
	prune(f, NULL, 0, false);
	assert_true(fs_exists(AT_FDCWD, held));
	assert_false(fs_exists(AT_FDCWD, left));
}

static void what_killed_processes_left__goes(void **state)
{
	static const char *const names[] = { "tmp_obj_1_2", "pack/tmp_obj_3_4", "pack/pack-aa.pack", "pack/pack-bb.idx" };
	struct store_fixture *f = *state;
	CLEANUP(free) char *objects = fs_join(f->path, "code.git/objects");

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		wb_test_put(objects, names[i], "half");
	assert_int_equal(prune(f, NULL, 0, false).bytes, 16);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CLEANUP(free) char *path = fs_join(objects, names[i]);

		assert_false(fs_exists(AT_FDCWD, path));
	}
}

static void a_tree_that_stays__with_damage__stops_it_all(void **state)
{
	struct store_fixture *f = *state;
	const struct blob_id nobody = { { 1, 2, 3 } };
	struct tree_id broken = odb_put_tree(f, 0040000, "folder", &nobody), other;
	const struct prune_options o = { .trees = &broken, .n = 1 };
	struct prune_result r = { 0 };
	struct error err = { 0 };

	project_put(f, "file", "text\n");
	other = project_tree(f);
	assert_refused(prune_code(f->store, &o, &r, &err), &err, ERR_NOT_FOUND, "code tree");
	assert_true(is_whole(f, &other));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(loose_objects__of_one_tree__go_and_shared_ones_stay),
	CASE(a_pack__needed_in_part__is_written_anew),
	CASE(a_pack__that_nobody_needs__goes_whole),
	CASE(a_snapshot__of_a_project_whose_tree_went__stores_it_again),
	CASE(layouts__of_trees_that_went__go_unless_a_run_stands_on_them),
	CASE(what_killed_processes_left__goes),
	CASE(a_tree_that_stays__with_damage__stops_it_all),
};
WB_TEST_MAIN(tests)
