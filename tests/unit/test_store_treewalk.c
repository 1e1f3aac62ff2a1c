/* store/treewalk.c: listing, reading, checking and comparing trees that are whole, and such that are not. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/object.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

#define OBJECT_TEXT "wb-object-v1\nthis goes to the objects\n"

static struct tree_id sample(struct store_fixture *f)
{
	CLEANUP(free) char *link = fs_join(f->project, "link"), *run = fs_join(f->project, "sub/run");

	project_put(f, "a", "text a");
	project_put(f, "sub/deep/b", "");
	project_put(f, "sub/run", "#!");
	project_put(f, "object", OBJECT_TEXT);
	assert_int_equal(chmod(run, 0755), 0);
	if (symlink("a", link) != 0)
		assert_int_equal(access(link, F_OK), 0);
	return project_tree(f);
}

static int append(void *user, const struct snapshot_entry *e, struct error *err)
{
	(void)err;
	buf_printf(user, "%o %llu %d %s\n", e->mode, (unsigned long long)e->bytes, e->large, e->path);
	return 0;
}

static int stop(void *user, const struct snapshot_entry *e, struct error *err)
{
	(void)e;
	(void)err;
	return ++*(int *)user == 2 ? 7 : 0;
}

static void a_list__of_a_tree__tells_each_file(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct tree_id tree = sample(f);
	struct error err = { 0 };
	int calls = 0;

	assert_ok(snapshot_list(f->store, tree.hex, append, &b, &err), &err);
	assert_string_equal(buf_text(&b), "100644 6 0 a\n120000 1 0 link\n100644 38 1 object\n100644 0 0 sub/deep/b\n"
					  "100755 2 0 sub/run\n");
	assert_int_equal(snapshot_list(f->store, tree.hex, stop, &calls, &err), 7);
	assert_int_equal(calls, 2);
}

static void a_file__read_by_its_path__is_the_file(void **state)
{
	static const char *const absent[] = { "", "b", "sub", "sub/", "a/x", "/a", "sub//run", "./a", "sub/../a", "A", "aa" };
	struct store_fixture *f = *state;
	struct tree_id tree = sample(f);
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

		assert_refused(snapshot_read(f->store, tree.hex, absent[i], &b, &err), &err, ERR_NOT_FOUND, "has no file");
		assert_int_equal(b.len, 0);
	}
	{
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096), small = BUF_INIT(3);

		buf_puts(&b, ">");
		assert_ok(snapshot_read(f->store, tree.hex, "a", &b, &err), &err);
		assert_ok(snapshot_read(f->store, tree.hex, "link", &b, &err), &err);
		assert_ok(snapshot_read(f->store, tree.hex, "object", &b, &err), &err);
		assert_string_equal(buf_text(&b), ">text aa" OBJECT_TEXT);
		assert_refused(snapshot_read(f->store, tree.hex, "a", &small, &err), &err, ERR_LIMIT, "");
		buf_clear(&small);
		assert_refused(snapshot_read(f->store, tree.hex, "object", &small, &err), &err, ERR_LIMIT, "");
	}
}

static void ids__that_are_none__are_refused_everywhere(void **state)
{
	static const char *const ids[] = { "", "abc", "../../../../../../../../../../etc/passwd", "4B825DC642CB6EB9A060E54BF8D69288FBEE4904" };
	struct store_fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct error err = { 0 };

		assert_refused(snapshot_read(f->store, ids[i], "a", &b, &err), &err, ERR_INVALID, "");
		assert_refused(snapshot_verify(f->store, ids[i], &err), &err, ERR_INVALID, "");
		assert_refused(snapshot_list(f->store, ids[i], append, &b, &err), &err, ERR_INVALID, "");
		assert_refused(snapshot_diff(f->store, ids[i], ids[i], &b, NULL, &err), &err, ERR_INVALID, "");
	}
}

static void verify__with_any_part_gone__names_what(void **state)
{
	struct store_fixture *f = *state;
	struct tree_id tree = sample(f);
	struct digest d = digest_of(OBJECT_TEXT, strlen(OBJECT_TEXT));
	CLEANUP(free) char *object = mem_printf("objects/%.2s/%s", digest_hex(&d).text, digest_hex(&d).text + 2);
	struct error err = { 0 };

	assert_ok(snapshot_verify(f->store, tree.hex, &err), &err);
	assert_int_equal(unlinkat(store_dirfd(f->store), object, 0), 0);
	assert_refused(snapshot_verify(f->store, tree.hex, &err), &err, ERR_CORRUPT, "object");
	wb_test_put(f->path, object, "something else");
	assert_refused(snapshot_verify(f->store, tree.hex, &err), &err, ERR_CORRUPT, "object");
	assert_int_equal(unlinkat(store_dirfd(f->store), object, 0), 0);
	assert_int_equal(mkfifoat(store_dirfd(f->store), object, 0600), 0);
	assert_refused(snapshot_verify(f->store, tree.hex, &err), &err, ERR_CORRUPT, "not a regular file");
	assert_int_equal(unlinkat(store_dirfd(f->store), object, 0), 0);
	assert_int_equal(symlinkat("/dev/zero", store_dirfd(f->store), object), 0);
	assert_int_equal(snapshot_verify(f->store, tree.hex, &err), -1);
	assert_refused(snapshot_verify(f->store, "0000000000000000000000000000000000000001", &err), &err, ERR_CORRUPT, "0000000");
}

static void a_fan_folder__that_is_a_link__is_not_followed(void **state)
{
	struct store_fixture *f = *state;
	struct digest d = digest_of("outside", 7);
	CLEANUP(free) char *elsewhere = fs_join(f->dir, "elsewhere");
	CLEANUP(free) char *fan = mem_printf("objects/%.2s", digest_hex(&d).text);
	struct error err = { 0 };
	struct digest got;

	assert_ok(fs_mkdir_p(AT_FDCWD, elsewhere, 0755, &err), &err);
	wb_test_put(elsewhere, digest_hex(&d).text + 2, "outside");
	assert_int_equal(symlinkat("../../elsewhere", store_dirfd(f->store), fan), 0);
	assert_int_equal(object_open(f->store, &d, NULL, &err), -1);
	assert_ok(fs_remove_tree(AT_FDCWD, elsewhere, &err), &err);
	assert_ok(fs_mkdir_p(AT_FDCWD, elsewhere, 0755, &err), &err);
	assert_refused(object_put_bytes(f->store, "outside", 7, &got, &err), &err, ERR_CORRUPT, "not a folder");
	assert_null(wb_test_slurp(elsewhere, digest_hex(&d).text + 2));
}

static void trees__compared__show_names_and_lines(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(buf_release) struct buf names = BUF_INIT(4096), patch = BUF_INIT(65536), small = BUF_INIT(4);
	struct tree_id before = sample(f), after;
	struct error err = { 0 };

	project_put(f, "a", "text b");
	after = project_tree(f);
	assert_int_equal(snapshot_diff(f->store, before.hex, after.hex, &names, &patch, &err), 1);
	assert_string_equal(buf_text(&names), "M\ta\n");
	assert_contains(buf_text(&patch), "-text a");
	assert_contains(buf_text(&patch), "+text b");
	assert_refused(snapshot_diff(f->store, before.hex, after.hex, &names, &small, &err), &err, ERR_LIMIT, "difference");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_list__of_a_tree__tells_each_file),
	CASE(a_file__read_by_its_path__is_the_file),
	CASE(ids__that_are_none__are_refused_everywhere),
	CASE(verify__with_any_part_gone__names_what),
	CASE(a_fan_folder__that_is_a_link__is_not_followed),
	CASE(trees__compared__show_names_and_lines),
};

WB_TEST_MAIN(tests)
