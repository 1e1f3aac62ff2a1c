/* store/git_guard.c: nothing but regular files in other people's object folders. */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
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

static void put_number(struct buf *b, uint64_t n, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		buf_putc(b, (char)(n >> (8 * i) & 0xff));
}

enum { MULTI_PARTS = 5, MULTI_AT = 12 + 12 * (MULTI_PARTS + 1) };

/* An index over two packs with one object in each; at PLACE in pack number PACK, or the far one. */
static void make_multi(struct buf *b, uint32_t pack, uint32_t place, uint64_t far)
{
	static const char names[] = "pack-1.idx\0pack-2.idx";
	static const char *const parts[] = { "PNAM", "OIDF", "OIDL", "OOFF", "LOFF" };
	const size_t sizes[] = { sizeof names, 1024, 40, 16, 8 };
	uint64_t at = MULTI_AT;

	buf_append(b, "MIDX\1\1\5\0", 8);
	put_number(b, 2, 4);
	for (size_t i = 0; i < MULTI_PARTS; i++) {
		buf_append(b, parts[i], 4);
		put_number(b, at, 8);
		at += sizes[i];
	}
	put_number(b, 0, 4);
	put_number(b, at, 8);
	buf_append(b, names, sizeof names);
	for (int i = 0; i < 256; i++)
		put_number(b, 2, 4);
	for (int i = 0; i < 40; i++)
		buf_putc(b, (char)(i / 20));
	put_number(b, pack, 4);
	put_number(b, place, 4);
	put_number(b, 1, 4);
	put_number(b, 12, 4);
	put_number(b, far, 8);
	for (int i = 0; i < 20; i++)
		buf_putc(b, 0);
}

static void put_multi(const char *dir, const struct buf *b, size_t n)
{
	CLEANUP(free) char *path = fs_join(dir, "one/pack/multi-pack-index");
	FILE *f;

	wb_test_put(dir, "one/pack/pack-1.pack", "012345678901234567890123456789012345678901234567890123456789");
	wb_test_put(dir, "one/pack/pack-2.pack", "012345678901234567890123456789012345678901234567890123456789");
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void a_multi_pack_index__that_points_outside_its_packs__is_corrupt(void **state)
{
	static const struct {
		uint32_t pack, place;
		uint64_t far;
		const char *part; /* NULL: it is fine */
	} cases[] = {
		{ 0, 39, 12, NULL },
		{ 1, 0x80000000, 12, NULL },
		{ 2, 12, 12, "a pack that it does not name" },
		{ 0, 40, 12, "outside its pack" },
		{ 0, 11, 12, "outside its pack" },
		{ 0, 0x80000000, 40, "outside its pack" },
		{ 0, 0x80000001, 12, "outside its pack" },
	};
	const char *dir = wb_test_tmpdir();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);
		struct error err = { 0 };

		make_multi(&b, cases[i].pack, cases[i].place, cases[i].far);
		put_multi(dir, &b, b.len);
		if (cases[i].part)
			assert_refused(look(dir, &err), &err, ERR_CORRUPT, cases[i].part);
		else
			assert_ok(look(dir, &err), &err);
	}
}

static void a_multi_pack_index__cut_off_or_with_parts_elsewhere__is_corrupt(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);
	struct error err = { 0 };

	(void)state;
	make_multi(&b, 0, 12, 12);
	for (size_t n = 0; n < b.len - 20; n++) {
		put_multi(dir, &b, n);
		assert_refused(look(dir, &err), &err, ERR_CORRUPT, "multi-pack-index");
	}
	for (size_t part = 0; part <= MULTI_PARTS; part++) {
		char *place = b.data + 12 + 12 * part + 4;
		char was = *place;

		*place = 0x7f;
		put_multi(dir, &b, b.len);
		assert_refused(look(dir, &err), &err, ERR_CORRUPT, "multi-pack-index");
		*place = was;
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(folders__absent_or_ordinary__pass),
	cmocka_unit_test(a_fifo__anywhere_in_the_chain__is_refused),
	cmocka_unit_test(a_link__to_a_device__is_refused_and_one_to_a_file_is_not),
	cmocka_unit_test(an_index__that_points_outside_its_pack__is_corrupt),
	cmocka_unit_test(an_index__cut_off_anywhere__is_corrupt),
	cmocka_unit_test(a_multi_pack_index__that_points_outside_its_packs__is_corrupt),
	cmocka_unit_test(a_multi_pack_index__cut_off_or_with_parts_elsewhere__is_corrupt),
	cmocka_unit_test(alternates__in_a_circle_or_without_end__are_bounded),
};

WB_TEST_MAIN(tests)
