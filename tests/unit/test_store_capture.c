/* store/capture.c: reading files that are not what the scan saw any more. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/capture.h"
#include "store/object.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

/* A scan of the project, and its capture not begun. */
struct taking {
	int root;
	struct scan scan;
	struct capture *capture;
};

static void taking_release(struct taking *t)
{
	capture_close(t->capture);
	scan_release(&t->scan);
	close(t->root);
}
DEFINE_CLEANUP_VALUE(taking_release, struct taking);

static struct taking *look(struct store_fixture *f, struct taking *t)
{
	struct scan_options o = { .root_path = f->project, .store_dirfd = store_dirfd(f->store) };
	struct error err = { 0 };

	t->root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	o.root = t->root;
	assert_ok(scan_project(&o, &t->scan, &err), &err);
	assert_ok(capture_open(f->store, t->root, &t->scan, &t->capture, &err), &err);
	return t;
}

/* Reads what the scan listed; *tree is checked whole. */
static void finish(struct store_fixture *f, struct taking *t, struct tree_id *tree)
{
	struct error err = { 0 };
	struct blob_id id;

	assert_ok(capture_files(t->capture, &err), &err);
	assert_ok(capture_commit(t->capture, &id, &err), &err);
	str_hex(id.b, BLOB_ID_BYTES, tree->hex);
	assert_ok(snapshot_verify(f->store, tree->hex, &err), &err);
}

static const struct snapshot_note *note_of(const struct taking *t, const char *path)
{
	for (size_t i = 0; i < t->scan.n_notes; i++)
		if (str_eq(t->scan.notes[i].path, path))
			return &t->scan.notes[i];
	fail_msg("no note of %s", path);
	return NULL;
}

static void files__gone_or_replaced_before_they_are_read__are_noted(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(taking_release) struct taking t = { .root = -1 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct tree_id tree;
	struct error err = { 0 };

	project_put(f, "dir/file", "x");
	project_put(f, "gone", "x");
	project_put(f, "kept", "x");
	project_put(f, "to-fifo", "x");
	project_put(f, "to-folder", "x");
	project_put(f, "to-link", "x");
	wb_test_put(f->dir, "outside", "secret");
	look(f, &t);
	assert_int_equal(unlinkat(t.root, "gone", 0), 0);
	assert_int_equal(unlinkat(t.root, "to-fifo", 0) | mkfifoat(t.root, "to-fifo", 0600), 0);
	assert_int_equal(unlinkat(t.root, "to-folder", 0) | mkdirat(t.root, "to-folder", 0700), 0);
	assert_int_equal(unlinkat(t.root, "to-link", 0) | symlinkat("../outside", t.root, "to-link"), 0);
	/* A folder on the way becomes a link out of the project. */
	assert_int_equal(renameat(t.root, "dir", t.root, "../elsewhere"), 0);
	assert_int_equal(symlinkat("../elsewhere", t.root, "dir"), 0);
	finish(f, &t, &tree);
	assert_int_equal(t.scan.n, 1);
	assert_int_equal(note_of(&t, "gone")->why, SNAPSHOT_VANISHED);
	assert_int_equal(note_of(&t, "to-fifo")->why, SNAPSHOT_VANISHED);
	assert_non_null(note_of(&t, "to-folder"));
	assert_non_null(note_of(&t, "to-link"));
	assert_non_null(note_of(&t, "dir/file"));
	assert_ok(snapshot_read(f->store, tree.hex, "kept", &b, &err), &err);
	assert_refused(snapshot_read(f->store, tree.hex, "to-link", &b, &err), &err, ERR_NOT_FOUND, "to-link");
}

static void a_file__that_grew_or_shrank_since__is_taken_as_it_is(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(taking_release) struct taking t = { .root = -1 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct tree_id tree;
	struct error err = { 0 };

	project_put(f, "grows", "x");
	project_put(f, "shrinks", "a longer text");
	project_put(f, "sub/link", "x");
	look(f, &t);
	project_put(f, "grows", "x and more");
	project_put(f, "shrinks", "");
	finish(f, &t, &tree);
	assert_int_equal(t.scan.n_notes, 0);
	assert_int_equal(t.scan.files[0].size, 10);
	assert_ok(snapshot_read(f->store, tree.hex, "grows", &b, &err), &err);
	assert_string_equal(buf_text(&b), "x and more");
}

/* Over the limit between the scan and the reading: it goes to the objects all the same. */
static void a_file__that_became_large__goes_to_the_objects(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(taking_release) struct taking t = { .root = -1 };
	CLEANUP(close) int fd = -1;
	struct tree_id tree;

	project_put(f, "grows", "x");
	look(f, &t);
	fd = openat(t.root, "grows", O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, (off_t)SNAPSHOT_LARGE_BYTES + 1), 0);
	finish(f, &t, &tree);
	assert_true(t.scan.files[0].flags & SCAN_LARGE);
	assert_int_equal(t.scan.files[0].size, SNAPSHOT_LARGE_BYTES + 1);
}

static void sizes__around_the_limit__are_restored_alike(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *dest = fs_join(f->dir, "dest");
	CLEANUP(close) int root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };
	struct tree_id tree;

	for (int i = -1; i <= 1; i++) {
		char name[8];
		int fd;

		snprintf(name, sizeof name, "f%d", i + 1);
		project_put(f, name, "begins so");
		fd = openat(root, name, O_RDWR | O_CLOEXEC);
		assert_int_equal(ftruncate(fd, (off_t)SNAPSHOT_LARGE_BYTES + i), 0);
		close(fd);
	}
	tree = project_tree(f);
	assert_ok(snapshot_checkout(f->store, tree.hex, dest, &err), &err);
	for (int i = -1; i <= 1; i++) {
		CLEANUP(free) char *path = mem_printf("%s/f%d", dest, i + 1);
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, (off_t)SNAPSHOT_LARGE_BYTES + i);
	}
}

static void a_file__touched_but_not_changed__is_no_new_tree(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(snapshot_release) struct snapshot second = { 0 };
	CLEANUP(close) int root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	struct tree_id tree;

	project_put(f, "a", "x");
	tree = project_tree(f);
	assert_int_equal(utimensat(root, "a", old, 0), 0);
	second = project_take(f);
	assert_true(second.unchanged);
	assert_string_equal(second.tree.hex, tree.hex);
}

/* The same size and the same time stamps as before, by utimensat: the change time still tells. */
static void a_file__changed_with_its_times_set_back__is_read_again(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(close) int root = open(f->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	struct tree_id before, after;

	project_put(f, "a", "x");
	assert_int_equal(utimensat(root, "a", old, 0), 0);
	before = project_tree(f);
	project_put(f, "a", "y");
	assert_int_equal(utimensat(root, "a", old, 0), 0);
	after = project_tree(f);
	assert_string_not_equal(before.hex, after.hex);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(files__gone_or_replaced_before_they_are_read__are_noted),
	CASE(a_file__that_grew_or_shrank_since__is_taken_as_it_is),
	CASE(a_file__that_became_large__goes_to_the_objects),
	CASE(sizes__around_the_limit__are_restored_alike),
	CASE(a_file__touched_but_not_changed__is_no_new_tree),
	CASE(a_file__changed_with_its_times_set_back__is_read_again),
};

WB_TEST_MAIN(tests)
