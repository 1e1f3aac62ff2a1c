/* The store after kill -9 at each system call that changes files: nothing broken, what was promised is there. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/object.h"
#include "store/prune.h"
#include "store/snapshot.h"
#include "store/snapshot_ops.h"
#include "tests/support/crash.h"
#include "tests/support/wb_test.h"

/* A project and the store beside it. tree is what the child was told: shared with it. */
struct scene {
	char *project, *store;
	char *tree;
	unsigned round;
	unsigned files;
};

static struct scene *scene_new(void)
{
	struct scene *s = mem_zalloc(sizeof *s);
	const char *dir = wb_test_tmpdir();

	s->project = fs_join(dir, "p");
	s->store = fs_join(dir, "store");
	s->tree = crash_shared(SNAPSHOT_ID_HEX + 1);
	return s;
}

static int scene_setup(void **state)
{
	struct error err = { 0 };
	struct scene *s;

	crash_use_memory();
	s = scene_new();
	snapshot_ops_use(&wb_git_ops);
	*state = s;
	return store_init(s->store, &err) < 0 ? -1 : 0;
}

static int scene_teardown(void **state)
{
	struct scene *s = *state;

	free(s->project);
	free(s->store);
	free(s);
	return 0;
}

static void need_tracing(void)
{
	if (!crash_can_trace())
		wb_test_skip("no process may be traced here");
}

/* New content in every file; one of them goes to the object store. */
static void edit_project(struct scene *s, unsigned round)
{
	char name[32], text[64];

	s->round = round;
	for (unsigned i = 0; i < s->files; i++) {
		snprintf(name, sizeof name, "dir%u/file%u", i % 3, i);
		snprintf(text, sizeof text, "round %u file %u\n", round, i);
		wb_test_put(s->project, name, text);
	}
	snprintf(text, sizeof text, "wb-object-v1\nround %u\n", round);
	wb_test_put(s->project, "object", text);
}

static bool take_in_child(void *user)
{
	struct scene *s = user;
	struct snapshot snapshot = { 0 };
	struct store *store = NULL;
	struct error err = { 0 };

	if (store_open(s->store, &store, &err) < 0 || snapshot_take(store, s->project, &snapshot, &err) < 0)
		return false;
	memcpy(s->tree, snapshot.tree.hex, sizeof snapshot.tree.hex);
	return true;
}

static int check_object(void *user, const struct digest *d, uint64_t bytes, struct error *err)
{
	(void)bytes;
	return object_verify(user, d, err);
}

static void check_file(struct store *store, const struct scene *s, const char *tree, const char *name)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct error err = { 0 };

	assert_ok(snapshot_read(store, tree, name, &b, &err), &err);
	assert_string_equal(buf_text(&b), wb_test_slurp(s->project, name));
}

/* Opens the store that a crash left; what was promised before is whole, and the next snapshot is right. */
static void check_after_crash(struct scene *s)
{
	CLEANUP(store_close) struct store *store = NULL;
	CLEANUP(snapshot_release) struct snapshot snapshot = { 0 };
	struct error err = { 0 };

	assert_ok(store_open(s->store, &store, &err), &err);
	if (s->tree[0])
		assert_ok(snapshot_verify(store, s->tree, &err), &err);
	assert_ok(object_each(store, check_object, store, &err), &err);
	assert_ok(snapshot_take(store, s->project, &snapshot, &err), &err);
	assert_ok(snapshot_verify(store, snapshot.tree.hex, &err), &err);
	check_file(store, s, snapshot.tree.hex, "dir0/file0");
	check_file(store, s, snapshot.tree.hex, "dir1/file1");
	check_file(store, s, snapshot.tree.hex, "object");
	memcpy(s->tree, snapshot.tree.hex, sizeof snapshot.tree.hex);
}

static void a_snapshot_of_few_files__killed_anywhere__leaves_a_sound_store(void **state)
{
	struct scene *s = *state;
	unsigned nth = 1;

	need_tracing();
	s->files = 5;
	for (edit_project(s, nth); crash_at(nth, take_in_child, s); edit_project(s, nth += crash_step()))
		check_after_crash(s);
	check_after_crash(s);
	assert_true(nth > 30);
}

static void a_snapshot_of_many_files__killed_anywhere__leaves_a_sound_store(void **state)
{
	struct scene *s = *state;
	unsigned nth = 1;

	need_tracing();
	s->files = 230;
	for (edit_project(s, nth); crash_at(nth, take_in_child, s); edit_project(s, nth += crash_step()))
		check_after_crash(s);
	check_after_crash(s);
	assert_true(nth > 10);
}

/* The same tree again and again, from a store that holds it and one that lost its stat cache. */
static bool layout_in_child(void *user)
{
	struct scene *s = user;
	struct store *store = NULL;
	struct error err = { 0 };
	char *path = NULL;

	return store_open(s->store, &store, &err) == 0 && snapshot_layout(store, s->tree, &path, &err) >= 0;
}

static void check_layout(const struct scene *s)
{
	CLEANUP(store_close) struct store *store = NULL;
	CLEANUP(close) int lease = -1;
	CLEANUP(free) char *path = NULL;
	struct error err = { 0 };

	assert_ok(store_open(s->store, &store, &err), &err);
	lease = snapshot_layout(store, s->tree, &path, &err);
	assert_ok(lease, &err);
	for (unsigned i = 0; i < s->files; i++) {
		char name[32];

		snprintf(name, sizeof name, "dir%u/file%u", i % 3, i);
		assert_string_equal(wb_test_slurp(path, name), wb_test_slurp(s->project, name));
	}
	assert_string_equal(wb_test_slurp(path, "object"), wb_test_slurp(s->project, "object"));
}

static void a_layout__killed_anywhere__is_whole_or_not_there(void **state)
{
	struct scene *s = *state;
	bool killed = true;

	need_tracing();
	s->files = 5;
	for (unsigned nth = 1; killed; nth += crash_step()) {
		edit_project(s, nth);
		check_after_crash(s);
		killed = crash_at(nth, layout_in_child, s);
		check_layout(s);
	}
}

static bool init_in_child(void *user)
{
	struct error err = { 0 };

	return store_init(user, &err) == 0;
}

static void making_a_store__killed_anywhere__is_completed_by_the_next_try(void **state)
{
	const char *dir = wb_test_tmpdir();
	bool killed = true;

	(void)state;
	need_tracing();
	for (unsigned nth = 1; killed; nth += crash_step()) {
		CLEANUP(free) char *path = mem_printf("%s/a/store%u", dir, nth);
		CLEANUP(store_close) struct store *s = NULL;
		struct error err = { 0 };

		killed = crash_at(nth, init_in_child, path);
		if (!store_exists(path))
			assert_ok(store_init(path, &err), &err);
		assert_ok(store_open(path, &s, &err), &err);
	}
}

static bool put_in_child(void *user)
{
	struct scene *s = user;
	struct object_batch *batch = NULL;
	struct store *store = NULL;
	struct error err = { 0 };
	struct digest d;

	if (store_open(s->store, &store, &err) < 0 || object_batch_open(store, &batch, &err) < 0)
		return false;
	for (unsigned i = 0; i < s->files; i++) {
		char name[32];
		CLEANUP(free) char *path = NULL;
		CLEANUP(close) int fd = -1;

		snprintf(name, sizeof name, "dir%u/file%u", i % 3, i);
		path = fs_join(s->project, name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (object_batch_add(batch, fd, name, 0, &d, NULL, &err) < 0)
			return false;
	}
	if (object_batch_commit(batch, &err) < 0)
		return false;
	s->tree[0] = '1';
	return true;
}

/* After the promise each object is there; before it, what is there is whole. */
static void check_objects(const struct scene *s)
{
	CLEANUP(store_close) struct store *store = NULL;
	struct error err = { 0 };

	assert_ok(store_open(s->store, &store, &err), &err);
	assert_ok(object_each(store, check_object, store, &err), &err);
	for (unsigned i = 0; s->tree[0] && i < s->files; i++) {
		char text[64];
		struct digest d;

		snprintf(text, sizeof text, "round %u file %u\n", s->round, i);
		d = digest_of(text, strlen(text));
		assert_int_equal(object_find(store, &d, NULL, &err), 1);
	}
}

static void a_batch_of_objects__killed_anywhere__names_only_whole_ones(void **state)
{
	struct scene *s = *state;
	bool killed = true;

	need_tracing();
	for (s->files = 3; s->files < 40; s->files += 25, killed = true)
		for (unsigned nth = 1; killed; nth += crash_step()) {
			edit_project(s, s->files * 1000 + nth);
			s->tree[0] = '\0';
			killed = crash_at(nth, put_in_child, s);
			check_objects(s);
		}
}

static bool prune_in_child(void *user)
{
	const struct scene *s = user;
	struct tree_id stays;
	const struct prune_options o = { .trees = &stays, .n = 1 };
	struct prune_result pruned = { 0 };
	struct store *store = NULL;
	struct error err = { 0 };

	memcpy(stays.hex, s->tree, sizeof stays.hex);
	return store_open(s->store, &store, &err) == 0 && prune_memories(store, &o, &err) == 0 &&
	       prune_code(store, &o, &pruned, &err) == 0;
}

/* A store with one tree to keep and one to drop, of objects in packs and loose ones. */
static void make_prunable(struct scene *s, unsigned round)
{
	CLEANUP(store_close) struct store *store = NULL;
	struct error err = { 0 };
	char last[64];

	assert_ok(fs_remove_tree(AT_FDCWD, s->store, &err), &err);
	assert_ok(store_init(s->store, &err), &err);
	assert_ok(store_open(s->store, &store, &err), &err);
	edit_project(s, round);
	assert_true(take_in_child(s));
	snprintf(last, sizeof last, "last of round %u\n", round);
	wb_test_put(s->project, "dir0/file0", last);
	assert_true(take_in_child(s));
}

static void pruning__killed_anywhere__keeps_what_stays(void **state)
{
	struct scene *s = *state;
	unsigned nth = 1;

	need_tracing();
	s->files = 205;
	for (make_prunable(s, nth); crash_at(nth, prune_in_child, s); make_prunable(s, nth += crash_step())) {
		CLEANUP(store_close) struct store *store = NULL;
		struct error err = { 0 };

		assert_ok(store_open(s->store, &store, &err), &err);
		assert_ok(snapshot_verify(store, s->tree, &err), &err);
		assert_true(prune_in_child(s));
		check_after_crash(s);
	}
	assert_true(nth > 10);
}

static bool checkout_in_child(void *user)
{
	const struct scene *s = user;
	CLEANUP(free) char *dest = fs_join(s->project, "../dest/then");
	struct store *store = NULL;
	struct error err = { 0 };

	return store_open(s->store, &store, &err) == 0 && snapshot_checkout(store, s->tree, dest, &err) == 0;
}

static void check_checkout(const struct scene *s)
{
	CLEANUP(free) char *dir = fs_join(s->project, "../dest/then");

	assert_string_equal(wb_test_slurp(dir, "dir0/file0"), wb_test_slurp(s->project, "dir0/file0"));
	assert_string_equal(wb_test_slurp(dir, "object"), wb_test_slurp(s->project, "object"));
}

static void a_checkout__killed_anywhere__is_whole_or_not_there(void **state)
{
	struct scene *s = *state;
	CLEANUP(free) char *dest = fs_join(s->project, "../dest");
	CLEANUP(free) char *then = fs_join(dest, "then");
	struct error err = { 0 };
	unsigned nth = 1;
	bool killed;

	need_tracing();
	s->files = 4;
	edit_project(s, 1);
	assert_true(take_in_child(s));
	do {
		assert_ok(fs_mkdir_p(AT_FDCWD, dest, 0700, &err), &err);
		killed = crash_at(nth, checkout_in_child, s);
		nth += crash_step();
		if (fs_exists(AT_FDCWD, then))
			check_checkout(s);
		else
			assert_true(killed && checkout_in_child(s));
		check_checkout(s);
		assert_ok(fs_remove_tree(AT_FDCWD, then, &err), &err);
		/* Empty again: nothing lies beside it. */
		assert_int_equal(unlinkat(AT_FDCWD, dest, AT_REMOVEDIR), 0);
	} while (killed);
	assert_true(nth > 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_snapshot_of_few_files__killed_anywhere__leaves_a_sound_store),
	CASE(a_snapshot_of_many_files__killed_anywhere__leaves_a_sound_store),
	CASE(a_layout__killed_anywhere__is_whole_or_not_there),
	CASE(making_a_store__killed_anywhere__is_completed_by_the_next_try),
	CASE(a_checkout__killed_anywhere__is_whole_or_not_there),
	CASE(pruning__killed_anywhere__keeps_what_stays),
	CASE(a_batch_of_objects__killed_anywhere__names_only_whole_ones),
};

WB_TEST_MAIN(tests)
