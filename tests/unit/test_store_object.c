/* store/object.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "store/object.h"

/* One folder for the whole program. */
static const char *top(void)
{
	static const char *dir;

	if (!dir)
		dir = wb_test_tmpdir();
	return dir;
}

/* SHA-256 of "abc" and of nothing: FIPS 180-4's own examples. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int open_fresh(void **state)
{
	static unsigned count;
	struct error err = { 0 };
	struct store *s = NULL;
	char name[32];
	CLEANUP(free) char *path = NULL;

	snprintf(name, sizeof name, "s%u", count++);
	path = fs_join(top(), name);
	if (store_init(path, &err) < 0 || store_open(path, &s, &err) < 0) {
		print_error("%s\n", err.text);
		return -1;
	}
	*state = s;
	return 0;
}

static int close_it(void **state)
{
	sys_fault_arm(SYS_FAULT_NONE, 0, 0);
	store_close(*state);
	return 0;
}

static unsigned count_names(struct store *s, const char *folder)
{
	CLEANUP(closedir) DIR *dir = NULL;
	unsigned n = 0;
	struct dirent *e;

	dir = fdopendir(openat(store_dirfd(s), folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	assert_non_null(dir);
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	return n;
}

static int file_with(const char *name, const void *p, size_t n)
{
	CLEANUP(free) char *path = fs_join(top(), name);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (long)n);
	return fd;
}

static void object_put_bytes__known_text__has_the_known_name(void **state)
{
	struct store *s = *state;
	struct error err = { 0 };
	struct digest d, want;
	uint64_t bytes = 0;
	struct stat st;

	assert_ok(object_put_bytes(s, "abc", 3, &d, &err), &err);
	assert_true(digest_parse(ABC, &want) && digest_eq(&d, &want));
	assert_int_equal(fstatat(store_dirfd(s), "objects/ba/" "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
				 &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_int_equal(object_find(s, &d, &bytes, &err), 1);
	assert_int_equal(bytes, 3);
	assert_ok(object_put_bytes(s, "", 0, &d, &err), &err);
	assert_string_equal(digest_hex(&d).text, EMPTY);
	assert_int_equal(count_names(s, "tmp"), 0);
}

static void object_put_fd__the_same_twice__is_kept_once(void **state)
{
	struct store *s = *state;
	CLEANUP(close) int fd = file_with("twice", "hello", 5);
	struct error err = { 0 };
	struct digest a, b;
	uint64_t bytes = 0;

	lseek(fd, 3, SEEK_SET);
	assert_ok(object_put_fd(s, fd, "twice", 0, &a, &bytes, &err), &err);
	assert_ok(object_put_fd(s, fd, "twice", 0, &b, NULL, &err), &err);
	assert_true(digest_eq(&a, &b));
	assert_int_equal(bytes, 5);
	assert_int_equal(count_names(s, "objects"), 1);
	assert_int_equal(count_names(s, "tmp"), 0);
}

static void object_put_fd__past_the_limit_or_no_file__is_refused(void **state)
{
	struct store *s = *state;
	CLEANUP(close) int fd = file_with("limit", "hello", 5);
	CLEANUP(close) int dir = open(top(), O_RDONLY | O_CLOEXEC);
	struct error err = { 0 };
	struct digest d;

	assert_refused(object_put_fd(s, fd, "limit", 4, &d, NULL, &err), &err, ERR_LIMIT, "limit: 5 bytes");
	assert_refused(object_put_fd(s, dir, "folder", 0, &d, NULL, &err), &err, ERR_INVALID, "not a regular file");
	assert_int_equal(count_names(s, "tmp"), 0);
}

static void object_put_fd__a_file_with_a_hole__keeps_it_and_hashes_zeros(void **state)
{
	struct store *s = *state;
	CLEANUP(close) int fd = file_with("hole", "x", 1);
	CLEANUP(close) int stored = -1;
	CLEANUP(hasher_free) struct hasher *h = hasher_new();
	CLEANUP(free) char *zeros = mem_zalloc(1 << 20);
	struct error err = { 0 };
	struct digest d, want;
	struct stat st;

	assert_int_equal(pwrite(fd, "y", 1, 16 << 20), 1);
	hasher_update(h, "x", 1);
	for (int i = 0; i < 16; i++)
		hasher_update(h, zeros, (1 << 20) - (i == 0));
	hasher_update(h, "y", 1);
	want = hasher_finish(h);
	assert_ok(object_put_fd(s, fd, "hole", 0, &d, NULL, &err), &err);
	assert_true(digest_eq(&d, &want));
	stored = object_open(s, &d, NULL, &err);
	assert_ok(stored, &err);
	assert_int_equal(fstat(stored, &st), 0);
	assert_int_equal(st.st_size, (16 << 20) + 1);
	assert_true(st.st_blocks * 512 < 2 << 20);
	assert_ok(object_verify(s, &d, &err), &err);
}

static void object_batch__before_commit__shows_nothing(void **state)
{
	struct store *s = *state;
	struct object_batch *b = NULL;
	struct error err = { 0 };
	struct digest d[20];

	assert_ok(object_batch_open(s, &b, &err), &err);
	for (int i = 0; i < 20; i++) {
		char text[16];
		CLEANUP(close) int fd = -1;

		snprintf(text, sizeof text, "file %d", i / 2);
		fd = file_with("batch", text, strlen(text));
		assert_ok(object_batch_add(b, fd, "batch", 0, &d[i], NULL, &err), &err);
		assert_int_equal(object_find(s, &d[i], NULL, &err), 0);
	}
	assert_ok(object_batch_commit(b, &err), &err);
	for (int i = 0; i < 20; i++)
		assert_ok(object_verify(s, &d[i], &err), &err);
	object_batch_close(b);
	assert_int_equal(count_names(s, "tmp"), 0);
}

static void object_batch_close__without_commit__leaves_nothing(void **state)
{
	struct store *s = *state;
	CLEANUP(close) int fd = file_with("drop", "dropped", 7);
	struct object_batch *b = NULL;
	struct error err = { 0 };
	struct digest d;

	assert_ok(object_batch_open(s, &b, &err), &err);
	assert_ok(object_batch_add(b, fd, "drop", 0, &d, NULL, &err), &err);
	object_batch_close(b);
	assert_int_equal(object_find(s, &d, NULL, &err), 0);
	assert_int_equal(count_names(s, "tmp"), 0);
	assert_int_equal(count_names(s, "objects"), 0);
}

/* Flips one byte of the stored object. */
static void damage(struct store *s, const struct digest *d)
{
	CLEANUP(free) char *name = mem_printf("objects/%.2s/%s", digest_hex(d).text, digest_hex(d).text + 2);
	int fd;

	assert_int_equal(fchmodat(store_dirfd(s), name, 0600, 0), 0);
	fd = openat(store_dirfd(s), name, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "X", 1, 1), 1);
	close(fd);
}

static void object_verify__one_byte_changed__is_corrupt(void **state)
{
	struct store *s = *state;
	struct error err = { 0 };
	struct digest d;
	CLEANUP(close) int dir = open(top(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_ok(object_put_bytes(s, "precious", 8, &d, &err), &err);
	damage(s, &d);
	assert_refused(object_verify(s, &d, &err), &err, ERR_CORRUPT, digest_hex(&d).text);
	assert_refused(object_get_file(s, &d, dir, "out-damaged", 0644, &err), &err, ERR_CORRUPT, "hash to");
	assert_false(fs_exists(dir, "out-damaged"));
	assert_refused(object_get_fd(s, &d, 1, &err), &err, ERR_CORRUPT, "hash to");
}

static void object_put__an_object_cut_short__is_repaired(void **state)
{
	struct store *s = *state;
	struct error err = { 0 };
	struct digest d;
	CLEANUP(free) char *name = NULL;

	assert_ok(object_put_bytes(s, "precious", 8, &d, &err), &err);
	name = mem_printf("objects/%.2s/%s", digest_hex(&d).text, digest_hex(&d).text + 2);
	assert_int_equal(fchmodat(store_dirfd(s), name, 0600, 0), 0);
	{
		CLEANUP(close) int fd = openat(store_dirfd(s), name, O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_true(fd >= 0);
	}
	assert_refused(object_verify(s, &d, &err), &err, ERR_CORRUPT, "hash to");
	assert_ok(object_put_bytes(s, "precious", 8, &d, &err), &err);
	assert_ok(object_verify(s, &d, &err), &err);
}

static void object_get_file__never_replaces(void **state)
{
	struct store *s = *state;
	struct error err = { 0 };
	struct digest d, absent;
	CLEANUP(close) int dir = open(top(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	assert_ok(object_put_bytes(s, "bytes", 5, &d, &err), &err);
	assert_ok(object_get_file(s, &d, dir, "got", 0640, &err), &err);
	assert_string_equal(wb_test_slurp(top(), "got"), "bytes");
	assert_int_equal(fstatat(dir, "got", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_refused(object_get_file(s, &d, dir, "got", 0640, &err), &err, ERR_EXISTS, "got");
	assert_true(digest_parse(EMPTY, &absent));
	assert_refused(object_get_file(s, &absent, dir, "none", 0640, &err), &err, ERR_NOT_FOUND, EMPTY);
}

struct seen {
	unsigned n;
	struct digest last;
};

static int see(void *user, const struct digest *d, uint64_t bytes, struct error *err)
{
	struct seen *seen = user;

	(void)err;
	assert_true(!seen->n || memcmp(&seen->last, d, sizeof *d) < 0);
	assert_int_equal(bytes, 4);
	seen->last = *d;
	return ++seen->n == 30 ? 7 : 0;
}

static void object_each__all_in_order__until_told_to_stop(void **state)
{
	struct store *s = *state;
	struct error err = { 0 };
	struct seen seen = { 0 };
	struct digest d;

	for (int i = 0; i < 40; i++) {
		char text[8];

		snprintf(text, sizeof text, "%04d", i);
		assert_ok(object_put_bytes(s, text, 4, &d, &err), &err);
	}
	wb_test_put(store_path(s), "objects/00/not-an-object", "x");
	assert_int_equal(object_each(s, see, &seen, &err), 7);
	assert_int_equal(seen.n, 30);
}

/* Whatever call fails: an error, no object, no litter; and the store goes on working. */
static void sweep(struct store *s, enum sys_fault kind, int sys)
{
	for (unsigned nth = 1; nth < 100; nth++) {
		struct error err = { 0 };
		struct digest d;
		CLEANUP(close) int fd = -1;
		char text[64];
		int rc;

		snprintf(text, sizeof text, "sweep %d %u %d", (int)kind, nth, sys);
		fd = file_with("sweep", text, strlen(text));
		sys_fault_arm(kind, nth, sys);
		rc = object_put_fd(s, fd, "sweep", 0, &d, NULL, &err);
		if (sys_fault_seen() < nth) {
			sys_fault_arm(SYS_FAULT_NONE, 0, 0);
			assert_ok(rc, &err);
			assert_true(nth > 1);
			return;
		}
		sys_fault_arm(SYS_FAULT_NONE, 0, 0);
		assert_int_equal(rc, -1);
		assert_true(err.code != ERR_NONE && err.text[0]);
		if (sys == ENOSPC)
			assert_contains(err.hint, "make room");
		d = digest_of(text, strlen(text));
		/* Failing after the rename leaves a whole object, which is only not yet promised to be durable. */
		if (object_find(s, &d, NULL, &err))
			assert_ok(object_verify(s, &d, &err), &err);
		assert_int_equal(count_names(s, "tmp"), 0);
	}
	fail();
}

static void object_put_fd__each_call_failing__leaves_no_half_object(void **state)
{
	if (!wb_test_has_faults())
		wb_test_skip("needs --enable-faults");
	sweep(*state, SYS_FAULT_OPEN, EMFILE);
	sweep(*state, SYS_FAULT_WRITE, ENOSPC);
	sweep(*state, SYS_FAULT_FSYNC, EIO);
	sweep(*state, SYS_FAULT_RENAME, ENOSPC);
	sweep(*state, SYS_FAULT_MKDIR, ENOSPC);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(object_put_bytes__known_text__has_the_known_name, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_put_fd__the_same_twice__is_kept_once, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_put_fd__past_the_limit_or_no_file__is_refused, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_put_fd__a_file_with_a_hole__keeps_it_and_hashes_zeros, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_batch__before_commit__shows_nothing, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_batch_close__without_commit__leaves_nothing, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_verify__one_byte_changed__is_corrupt, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_put__an_object_cut_short__is_repaired, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_get_file__never_replaces, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_each__all_in_order__until_told_to_stop, open_fresh, close_it),
	cmocka_unit_test_setup_teardown(object_put_fd__each_call_failing__leaves_no_half_object, open_fresh, close_it),
};
WB_TEST_MAIN(tests)
