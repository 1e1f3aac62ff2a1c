/* store/git_guard.c: nothing but regular files in other people's object folders. */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "store/git_guard.h"
#include "tests/support/wb_test.h"

static void make_fifo(const char *dir, const char *name)
{
	CLEANUP(free) char *path = fs_join(dir, name);

	assert_int_equal(mkfifo(path, 0600), 0);
}

/* Opens the guard on DIR/one. Returns how many folders there are to look in. */
static int look(const char *dir, struct error *err)
{
	CLEANUP(free) char *one = fs_join(dir, "one");
	CLEANUP(git_guard_close) struct git_guard *g = NULL;
	size_t n;

	if (git_guard_open(one, &g, err) < 0)
		return -1;
	assert_string_equal(git_guard_dirs(g, &n)[0], one);
	return (int)n;
}

static void folders__absent_or_ordinary__pass(void **state)
{
	const char *dir = wb_test_tmpdir();
	struct error err = { 0 };

	(void)state;
	assert_int_equal(look(dir, &err), 1);
	wb_test_put(dir, "one/pack/pack-1.idx", "x");
	wb_test_put(dir, "one/info/alternates", "# comment\n\n../two\n/nowhere/at/all\n");
	wb_test_put(dir, "two/pack/pack-2.pack", "x");
	assert_int_equal(look(dir, &err), 3);
}

static void a_fifo__anywhere_in_the_chain__is_refused(void **state)
{
	static const char *const places[] = { "one/pack/pack-1.idx", "one/info/alternates", "two/pack/multi-pack-index", "two/info/alternates" };

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *dir = wb_test_tmpdir();
		CLEANUP(free) char *path = fs_join(dir, places[i]);
		struct error err = { 0 };

		wb_test_put(dir, "one/pack/p", "x");
		wb_test_put(dir, "one/info/alternates", "../two\n");
		wb_test_put(dir, "two/pack/p", "x");
		wb_test_put(dir, "two/info/x", "x");
		unlink(path);
		make_fifo(dir, places[i]);
		assert_refused(look(dir, &err), &err, ERR_DENIED, "not a regular file");
	}
}

static void a_link__to_a_device__is_refused_and_one_to_a_file_is_not(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(free) char *link = fs_join(dir, "one/pack/pack-1.pack"), *file = fs_join(dir, "file");
	struct error err = { 0 };

	(void)state;
	wb_test_put(dir, "one/pack/pack-1.keep", "x");
	wb_test_put(dir, "file", "x");
	assert_int_equal(symlink(file, link), 0);
	assert_ok(look(dir, &err), &err);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("/dev/zero", link), 0);
	assert_refused(look(dir, &err), &err, ERR_DENIED, "pack-1.pack");
}

/* An index of version 1 with one object, at that place of a pack of 64 bytes. */
static void put_index(const char *dir, uint32_t place, size_t size)
{
	unsigned char index[4 * 256 + 24 + 40] = { 0 };
	CLEANUP(free) char *path = fs_join(dir, "one/pack/pack-2.idx");
	CLEANUP(free) char *pack = fs_join(dir, "one/pack/pack-2.pack");
	int fd;

	size = size < sizeof index ? size : sizeof index;
	wb_test_put(dir, "one/pack/pack-2.pack", "");
	wb_test_put(dir, "one/pack/pack-2.idx", "");
	assert_int_equal(truncate(pack, 64), 0);
	for (size_t i = 0; i < 256; i++)
		index[4 * i + 3] = 1;
	for (size_t i = 0; i < 4; i++)
		index[4 * 256 + i] = (unsigned char)(place >> (24 - 8 * i));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, index, size), (ssize_t)size);
	close(fd);
}

static void an_index__that_points_outside_its_pack__is_corrupt(void **state)
{
	static const uint32_t outside[] = { 0, 11, 44, 64, 0x400000, 0xffffffff };
	const char *dir = wb_test_tmpdir();
	struct error err = { 0 };

	(void)state;
	put_index(dir, 12, SIZE_MAX);
	assert_ok(look(dir, &err), &err);
	put_index(dir, 43, SIZE_MAX);
	assert_ok(look(dir, &err), &err);
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		put_index(dir, outside[i], SIZE_MAX);
		assert_refused(look(dir, &err), &err, ERR_CORRUPT, "pack-2.idx points outside its pack");
	}
}

static void an_index__cut_off_anywhere__is_corrupt(void **state)
{
	const char *dir = wb_test_tmpdir();
	struct error err = { 0 };

	(void)state;
	for (size_t size = 0; size < 4 * 256 + 24 + 40; size += 37) {
		put_index(dir, 12, size);
		assert_refused(look(dir, &err), &err, ERR_CORRUPT, "pack-2.idx");
	}
	put_index(dir, 12, SIZE_MAX);
}

static void alternates__in_a_circle_or_without_end__are_bounded(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(buf_release) struct buf many = BUF_INIT(65536);
	struct error err = { 0 };

	(void)state;
	wb_test_put(dir, "one/info/alternates", "../two\n../one");
	wb_test_put(dir, "two/info/alternates", "../one\n");
	assert_ok(look(dir, &err), &err);
	for (int i = 0; i < 100; i++)
		buf_printf(&many, "../x%d\n", i);
	wb_test_put(dir, "one/info/alternates", buf_text(&many));
	assert_refused(look(dir, &err), &err, ERR_LIMIT, "object folders");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(folders__absent_or_ordinary__pass),
	cmocka_unit_test(a_fifo__anywhere_in_the_chain__is_refused),
	cmocka_unit_test(a_link__to_a_device__is_refused_and_one_to_a_file_is_not),
	cmocka_unit_test(an_index__that_points_outside_its_pack__is_corrupt),
	cmocka_unit_test(an_index__cut_off_anywhere__is_corrupt),
	cmocka_unit_test(alternates__in_a_circle_or_without_end__are_bounded),
};

WB_TEST_MAIN(tests)
