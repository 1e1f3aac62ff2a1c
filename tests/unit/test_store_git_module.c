/* store/git_module.c: reading, adding and comparing through the library, with a repository that is damaged. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

static struct git_db *open_db(const struct store_fixture *f)
{
	CLEANUP(free) char *path = fs_join(f->path, "code.git");
	struct git_db *db = NULL;
	struct error err = { 0 };

	assert_ok(wb_git_ops.open(path, &db, &err), &err);
	return db;
}

static void a_repository__that_is_none__is_refused(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *absent = fs_join(f->dir, "absent");
	struct git_db *db = NULL;
	struct error err = { 0 };

	assert_int_equal(wb_git_ops.open(absent, &db, &err), -1);
	assert_contains(err.text, "absent");
	assert_int_equal(wb_git_ops.open(f->project, &db, &err), -1);
	assert_null(db);
}

static void an_object__added__is_visible_after_the_commit_only(void **state)
{
	struct store_fixture *f = *state;
	struct git_db *db = open_db(f), *reader = open_db(f);
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct error err = { 0 };
	struct blob_id id, again;

	assert_ok(wb_git_ops.add(db, GIT_TYPE_BLOB, "hello\n", 6, &id, &err), &err);
	assert_ok(wb_git_ops.add(db, GIT_TYPE_BLOB, "hello\n", 6, &again, &err), &err);
	assert_memory_equal(&id, &again, sizeof id);
	assert_refused(wb_git_ops.read(reader, &id, GIT_TYPE_BLOB, &b, &err), &err, ERR_NOT_FOUND,
		       "ce013625030ba8dba906f756967f9e9ca394464a");
	assert_ok(wb_git_ops.commit(db, &err), &err);
	assert_ok(wb_git_ops.commit(db, &err), &err);
	assert_ok(wb_git_ops.read(db, &id, GIT_TYPE_BLOB, &b, &err), &err);
	assert_string_equal(buf_text(&b), "hello\n");
	assert_refused(wb_git_ops.read(db, &id, GIT_TYPE_TREE, &b, &err), &err, ERR_CORRUPT, "is not a tree");
	wb_git_ops.close(db);
	wb_git_ops.close(reader);
}

static void a_blob__larger_than_the_buffer__is_refused(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT(4);
	struct blob_id id = odb_put(f, GIT_TYPE_BLOB, "hello\n", 6);
	struct git_db *db = open_db(f);
	struct error err = { 0 };

	assert_refused(wb_git_ops.read(db, &id, GIT_TYPE_BLOB, &b, &err), &err, ERR_LIMIT, "");
	wb_git_ops.close(db);
}

/* Any byte of a stored object changed: never other bytes without an error. */
static void an_object__with_any_byte_changed__is_corrupt(void **state)
{
	struct store_fixture *f = *state;
	struct blob_id id = odb_put(f, GIT_TYPE_BLOB, "some text that is long enough to be compressed, enough, enough", 62);
	CLEANUP(free) char *name = NULL;
	char hex[41];
	struct stat st;
	int fd;

	str_hex(id.b, BLOB_ID_BYTES, hex);
	name = mem_printf("code.git/objects/%.2s/%s", hex, hex + 2);
	assert_int_equal(fchmodat(store_dirfd(f->store), name, 0600, 0), 0);
	fd = openat(store_dirfd(f->store), name, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
		struct git_db *db = open_db(f);
		struct error err = { 0 };
		char was, now;

		assert_int_equal(pread(fd, &was, 1, at), 1);
		now = (char)(was ^ 0x10);
		assert_int_equal(pwrite(fd, &now, 1, at), 1);
		if (wb_git_ops.read(db, &id, GIT_TYPE_BLOB, &b, &err) == 0)
			assert_string_equal(buf_text(&b), "some text that is long enough to be compressed, enough, enough");
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
		wb_git_ops.close(db);
	}
	for (off_t n = 0; n < st.st_size; n += 7) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
		struct git_db *db = open_db(f);
		struct error err = { 0 };

		assert_int_equal(ftruncate(fd, st.st_size - 1 - n), 0);
		assert_int_equal(wb_git_ops.read(db, &id, GIT_TYPE_BLOB, &b, &err), -1);
		wb_git_ops.close(db);
	}
	close(fd);
}

/* The store's only pack file with that ending, opened for writing. */
static int open_pack(const struct store_fixture *f, const char *ending, struct stat *st)
{
	CLEANUP(closedir) DIR *dir = fdopendir(openat(store_dirfd(f->store), "code.git/objects/pack", O_RDONLY | O_CLOEXEC));
	struct dirent *e;
	int fd = -1;

	while ((e = readdir(dir)))
		if (str_ends(e->d_name, ending)) {
			assert_int_equal(fchmodat(dirfd(dir), e->d_name, 0600, 0), 0);
			fd = openat(dirfd(dir), e->d_name, O_RDWR | O_CLOEXEC);
		}
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, st), 0);
	return fd;
}

/* Reads every object. What is answered is right, and there is an answer. */
static void read_all(const struct store_fixture *f, const struct blob_id *ids, unsigned n)
{
	CLEANUP(free) char *path = fs_join(f->path, "code.git");
	struct git_db *db = NULL;
	struct error err = { 0 };

	/* An index that points elsewhere is refused as a whole. */
	if (wb_git_ops.open(path, &db, &err) < 0) {
		assert_int_equal(err.code, ERR_CORRUPT);
		assert_non_null(strstr(err.text, ".idx"));
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
		char text[32];

		err = (struct error){ 0 };

		snprintf(text, sizeof text, "blob number %u", i);
		if (wb_git_ops.read(db, &ids[i], GIT_TYPE_BLOB, &b, &err) == 0)
			assert_string_equal(buf_text(&b), text);
	}
	wb_git_ops.close(db);
}

static void a_pack__damaged_or_cut_off__is_read_to_an_end(void **state)
{
	static const char *const endings[] = { ".pack", ".idx" };
	struct store_fixture *f = *state;
	struct git_db *db = open_db(f);
	struct blob_id ids[250];
	struct error err = { 0 };
	struct stat st;

	for (unsigned i = 0; i < 250; i++) {
		char text[32];

		snprintf(text, sizeof text, "blob number %u", i);
		assert_ok(wb_git_ops.add(db, GIT_TYPE_BLOB, text, strlen(text), &ids[i], &err), &err);
	}
	assert_ok(wb_git_ops.commit(db, &err), &err);
	wb_git_ops.close(db);
	for (size_t e = 0; e < 2; e++) {
		int fd = open_pack(f, endings[e], &st);
		CLEANUP(free) char *whole = mem_alloc((size_t)st.st_size);

		assert_int_equal(pread(fd, whole, (size_t)st.st_size, 0), st.st_size);
		for (off_t at = 0; at < st.st_size; at += 41) {
			char flipped = (char)(whole[at] ^ 0x40);

			assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
			read_all(f, ids, 250);
			assert_int_equal(pwrite(fd, whole + at, 1, at), 1);
		}
		for (off_t n = 0; n < st.st_size; n += 97) {
			assert_int_equal(ftruncate(fd, n), 0);
			read_all(f, ids, 250);
			assert_int_equal(pwrite(fd, whole, (size_t)st.st_size, 0), st.st_size);
		}
		close(fd);
	}
}

static struct blob_id id_of(const struct tree_id *hex)
{
	struct blob_id id;

	assert_true(str_unhex(hex->hex, id.b, BLOB_ID_BYTES));
	return id;
}

static void trees__that_differ__are_listed_as_git_does(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(buf_release) struct buf names = BUF_INIT(4096), patch = BUF_INIT(65536);
	CLEANUP(free) char *run = fs_join(f->project, "run");
	struct tree_id before, after;
	struct blob_id a, b;
	struct error err = { 0 };
	struct git_db *db;

	project_put(f, "changed", "one\ntwo\n");
	project_put(f, "removed", "gone\n");
	project_put(f, "odd \"name\"\n\xc3\xb6", "x\n");
	project_put(f, "run", "#!\n");
	before = project_tree(f);
	project_put(f, "changed", "one\n2\n");
	project_put(f, "sub/added", "new\n");
	project_put(f, "odd \"name\"\n\xc3\xb6", "y\n");
	assert_int_equal(chmod(run, 0755), 0);
	{
		CLEANUP(free) char *removed = fs_join(f->project, "removed");

		assert_int_equal(unlink(removed), 0);
	}
	after = project_tree(f);
	a = id_of(&before);
	b = id_of(&after);
	db = open_db(f);
	assert_int_equal(wb_git_ops.diff(db, &a, &b, &names, &patch, &err), 5);
	assert_string_equal(buf_text(&names), "M\tchanged\nM\t\"odd \\\"name\\\"\\n\\303\\266\"\nD\tremoved\nM\trun\nA\tsub/added\n");
	assert_contains(buf_text(&patch), "-two\n+2\n");
	assert_contains(buf_text(&patch), "old mode 100644\nnew mode 100755");
	buf_clear(&names);
	assert_int_equal(wb_git_ops.diff(db, &a, &a, &names, NULL, &err), 0);
	assert_int_equal(names.len, 0);
	a = (struct blob_id){ "\x01" };
	assert_refused(wb_git_ops.diff(db, &a, &b, &names, NULL, &err), &err, ERR_NOT_FOUND, "tree");
	wb_git_ops.close(db);
}

static void configuration__of_the_user__changes_nothing(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(free) char *home = fs_join(f->dir, "home");

	wb_test_put(home, ".gitconfig", "[core]\n\tautocrlf = input\n\tattributesFile = ~/attributes\n[filter \"x\"]\n\tclean = false\n");
	wb_test_put(home, "attributes", "* text=auto filter=x ident\n");
	setenv("HOME", home, 1);
	project_put(f, "crlf", "a\r\n$Id$\r\n");
	project_put(f, ".gitattributes", "* text=auto ident\n");
	{
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
		struct tree_id tree = project_tree(f);
		struct error err = { 0 };

		assert_ok(snapshot_read(f->store, tree.hex, "crlf", &b, &err), &err);
		assert_string_equal(buf_text(&b), "a\r\n$Id$\r\n");
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_repository__that_is_none__is_refused),
	CASE(an_object__added__is_visible_after_the_commit_only),
	CASE(a_blob__larger_than_the_buffer__is_refused),
	CASE(an_object__with_any_byte_changed__is_corrupt),
	CASE(a_pack__damaged_or_cut_off__is_read_to_an_end),
	CASE(trees__that_differ__are_listed_as_git_does),
	CASE(configuration__of_the_user__changes_nothing),
};

WB_TEST_MAIN(tests)
