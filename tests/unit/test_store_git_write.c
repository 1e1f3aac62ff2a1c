/* store/git_write.c: loose objects and packs that git's own reader accepts, or nothing. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/git_write.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

static struct blob_id id_of_blob(const char *p, size_t n)
{
	CLEANUP(sha1_free) struct sha1 *h = sha1_new();
	struct blob_id id;
	char head[32];
	int n_head = snprintf(head, sizeof head, "blob %zu", n);

	sha1_update(h, head, (size_t)n_head + 1);
	sha1_update(h, p, n);
	sha1_finish(h, id.b);
	return id;
}

static struct git_writer *open_writer(const struct store_fixture *f)
{
	CLEANUP(free) char *objects = fs_join(f->path, "code.git/objects");
	struct git_writer *w = NULL;
	struct error err = { 0 };

	assert_ok(git_writer_open(objects, &w, &err), &err);
	return w;
}

/* Blob i is i's text, repeated i times. */
static char *text_of(unsigned i)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 24);

	for (unsigned n = 0; n <= i; n++)
		buf_printf(&b, "blob %u ", i);
	return mem_strdup(buf_text(&b));
}

static void add_blobs(struct git_writer *w, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		CLEANUP(free) char *text = text_of(i);
		struct blob_id id = id_of_blob(text, strlen(text));
		struct error err = { 0 };

		assert_ok(git_writer_add(w, GIT_TYPE_BLOB, text, strlen(text), &id, &err), &err);
		assert_true(git_writer_has(w, &id));
	}
}

/* How many of the blobs a fresh reader finds; each must be right. */
static unsigned found(const struct store_fixture *f, unsigned from, unsigned to)
{
	CLEANUP(free) char *path = fs_join(f->path, "code.git");
	struct git_db *db = NULL;
	struct error err = { 0 };
	unsigned n = 0;

	assert_ok(wb_git_ops.open(path, &db, &err), &err);
	for (unsigned i = from; i < to; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 24);
		CLEANUP(free) char *text = text_of(i);
		struct blob_id id = id_of_blob(text, strlen(text));

		if (wb_git_ops.read(db, &id, GIT_TYPE_BLOB, &b, &err) < 0) {
			assert_int_equal(err.code, ERR_NOT_FOUND);
			continue;
		}
		assert_string_equal(buf_text(&b), text);
		n++;
	}
	wb_git_ops.close(db);
	return n;
}

/* Names in a folder of the repository that begin so. */
static unsigned count(const struct store_fixture *f, const char *folder, const char *prefix)
{
	CLEANUP(free) char *path = mem_printf("%s/code.git/%s", f->path, folder);
	CLEANUP(closedir) DIR *dir = opendir(path);
	unsigned n = 0;
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		n += str_starts(e->d_name, prefix);
	return n;
}

static void numbers__few_and_many__are_all_read_back(void **state)
{
	static const unsigned numbers[] = { 1, 16, 17, 199, 200, 201, 700 };
	struct store_fixture *f = *state;
	unsigned from = 0;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		CLEANUP(git_writer_close) struct git_writer *w = open_writer(f);
		struct error err = { 0 };

		add_blobs(w, from, from + numbers[i]);
		assert_int_equal(found(f, from, from + numbers[i]), 0);
		assert_ok(git_writer_commit(w, &err), &err);
		assert_int_equal(found(f, from, from + numbers[i]), numbers[i]);
		from += numbers[i];
	}
	assert_int_equal(count(f, "objects/pack", "pack-"), 2 * 2);
	assert_int_equal(count(f, "objects/pack", "tmp_") + count(f, "objects", "tmp_"), 0);
}

static void a_writer__used_again_after_its_commit__goes_on(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(git_writer_close) struct git_writer *w = open_writer(f);
	struct error err = { 0 };

	assert_ok(git_writer_commit(w, &err), &err);
	for (unsigned i = 0; i < 3; i++) {
		add_blobs(w, i * 250, i * 250 + 250);
		add_blobs(w, i * 250, i * 250 + 10);
		assert_ok(git_writer_commit(w, &err), &err);
	}
	assert_int_equal(found(f, 0, 750), 750);
}

static void objects__empty_or_not_compressible__are_read_back(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(git_writer_close) struct git_writer *w = open_writer(f);
	CLEANUP(free) char *path = fs_join(f->path, "code.git"), *noise = mem_alloc(3 << 20);
	CLEANUP(buf_release) struct buf b = BUF_INIT(4 << 20);
	struct git_db *db = NULL;
	struct error err = { 0 };
	struct blob_id empty = id_of_blob("", 0), id;

	for (uint32_t i = 0, x = 1; i < 3 << 20; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		noise[i] = (char)x;
	}
	id = id_of_blob(noise, 3 << 20);
	assert_ok(git_writer_add(w, GIT_TYPE_BLOB, NULL, 0, &empty, &err), &err);
	assert_ok(git_writer_add(w, GIT_TYPE_BLOB, noise, 3 << 20, &id, &err), &err);
	assert_ok(git_writer_commit(w, &err), &err);
	/* Again, as parts of a pack. */
	assert_ok(wb_git_ops.open(path, &db, &err), &err);
	assert_ok(wb_git_ops.read(db, &empty, GIT_TYPE_BLOB, &b, &err), &err);
	assert_int_equal(b.len, 0);
	assert_ok(wb_git_ops.read(db, &id, GIT_TYPE_BLOB, &b, &err), &err);
	assert_int_equal(b.len, 3 << 20);
	assert_memory_equal(b.data, noise, b.len);
	wb_git_ops.close(db);
}

static void more_than_fits_in_memory__becomes_a_pack(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(git_writer_close) struct git_writer *w = open_writer(f);
	CLEANUP(free) char *text = mem_alloc(8 << 20);
	struct error err = { 0 };

	for (unsigned i = 0; i < 6; i++) {
		struct blob_id id;

		memset(text, (int)('a' + i), 8 << 20);
		id = id_of_blob(text, 8 << 20);
		assert_ok(git_writer_add(w, GIT_TYPE_BLOB, text, 8 << 20, &id, &err), &err);
	}
	assert_ok(git_writer_commit(w, &err), &err);
	assert_int_equal(count(f, "objects/pack", "pack-"), 2);
}

static void a_writer__closed_without_commit__leaves_nothing(void **state)
{
	struct store_fixture *f = *state;

	for (unsigned n = 5; n < 400; n += 300) {
		struct git_writer *w = open_writer(f);

		add_blobs(w, 0, n);
		git_writer_close(w);
		assert_int_equal(found(f, 0, n), 0);
		assert_int_equal(count(f, "objects/pack", "") + count(f, "objects", "tmp_"), 2);
	}
}

static void a_commit__with_any_call_failing__is_an_error_and_can_be_repeated(void **state)
{
	struct store_fixture *f = *state;
	unsigned done = 0;

	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	for (unsigned n = 3; n < 400; n += 217)
		for (unsigned nth = 1;; nth++) {
			CLEANUP(git_writer_close) struct git_writer *w = open_writer(f);
			CLEANUP(git_writer_close) struct git_writer *again = open_writer(f);
			struct error err = { 0 };
			int rc;

			sys_fault_arm(SYS_FAULT_ANY, nth, ENOSPC);
			rc = 0;
			for (unsigned i = done; i < done + n && rc == 0; i++) {
				CLEANUP(free) char *text = text_of(i);
				struct blob_id id = id_of_blob(text, strlen(text));

				rc = git_writer_add(w, GIT_TYPE_BLOB, text, strlen(text), &id, &err);
			}
			if (rc == 0)
				rc = git_writer_commit(w, &err);
			sys_fault_arm(SYS_FAULT_NONE, 0, 0);
			if (rc == 0) {
				assert_int_equal(found(f, done, done + n), n);
				done += n;
				break;
			}
			assert_int_equal(err.sys, ENOSPC);
			git_writer_close(take_ptr(&w));
			assert_int_equal(count(f, "objects/pack", "tmp_") + count(f, "objects", "tmp_"), 0);
			add_blobs(again, done, done + n);
			assert_ok(git_writer_commit(again, &err), &err);
			assert_int_equal(found(f, done, done + n), n);
			done += n;
		}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(numbers__few_and_many__are_all_read_back),
	CASE(a_writer__used_again_after_its_commit__goes_on),
	CASE(objects__empty_or_not_compressible__are_read_back),
	CASE(more_than_fits_in_memory__becomes_a_pack),
	CASE(a_writer__closed_without_commit__leaves_nothing),
	CASE(a_commit__with_any_call_failing__is_an_error_and_can_be_repeated),
};

WB_TEST_MAIN(tests)
