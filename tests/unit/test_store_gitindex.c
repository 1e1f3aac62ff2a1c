/* store/gitindex.c: index files written here byte by byte. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "store/gitrepo.h"

enum { PADDED = 2, EXTENDED = 3, COMPRESSED = 4 };

static void put_be32(struct buf *b, uint32_t v)
{
	char p[4] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };

	buf_append(b, p, 4);
}

static void put_zeros(struct buf *b, size_t n)
{
	while (n--)
		buf_putc(b, '\0');
}

static void start(struct buf *b, unsigned version, unsigned count)
{
	buf_puts(b, "DIRC");
	put_be32(b, version);
	put_be32(b, count);
}

/* drop: for version 4, how many bytes of the previous name go. */
static void entry(struct buf *b, unsigned version, size_t id_size, size_t drop, const char *name)
{
	size_t begin = b->len;

	put_zeros(b, 40 + id_size);
	if (version == EXTENDED) {
		buf_append(b, "\x40\0\0\0", 4);
	} else {
		put_zeros(b, 2);
	}
	if (version == COMPRESSED)
		buf_putc(b, (char)drop);
	buf_puts(b, name);
	put_zeros(b, version == COMPRESSED ? 1 : 8 - (b->len - begin) % 8);
}

static struct tracked *load(const char *dir, const struct buf *index, const char *name, bool sha256, char **why)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	struct gitrepo r = { .git_dir = (char *)(uintptr_t)dir, .sha256 = sha256 };
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(buf_text(index), 1, index->len, f), index->len);
	assert_int_equal(fclose(f), 0);
	return tracked_load(&r, why);
}

static void check_three(const struct tracked *t)
{
	assert_non_null(t);
	assert_true(tracked_has(t, "a.c") && tracked_has(t, "dir/b.c") && tracked_has(t, "dir/bb"));
	assert_false(tracked_has(t, "dir/b") || tracked_has(t, "dir") || tracked_has(t, "z"));
	assert_true(tracked_has_below(t, "dir"));
	assert_false(tracked_has_below(t, "di") || tracked_has_below(t, "a.c"));
}

static void tracked_load__each_version_and_id__finds_the_paths(void **state)
{
	(void)state;
	for (unsigned version = PADDED; version <= COMPRESSED; version++)
		for (int sha256 = 0; sha256 < 2; sha256++) {
			CLEANUP(buf_release) struct buf b = BUF_INIT(65536);
			CLEANUP(tracked_free) struct tracked *t = NULL;
			size_t id_size = sha256 ? 32 : 20;

			start(&b, version, 3);
			entry(&b, version, id_size, 0, "a.c");
			entry(&b, version, id_size, 3, "dir/b.c");
			entry(&b, version, id_size, 2, version == COMPRESSED ? "b" : "dir/bb");
			put_zeros(&b, id_size);
			t = load(wb_test_tmpdir(), &b, "index", sha256, NULL);
			check_three(t);
		}
}

static void tracked_load__a_split_index__reads_its_base(void **state)
{
	CLEANUP(buf_release) struct buf base = BUF_INIT(65536), index = BUF_INIT(65536);
	CLEANUP(tracked_free) struct tracked *t = NULL, *unused = NULL;
	const char *dir = wb_test_tmpdir();
	char id[20];

	(void)state;
	memset(id, 0xab, sizeof id);
	start(&base, 2, 2);
	entry(&base, 2, 20, 0, "a.c");
	entry(&base, 2, 20, 0, "dir/b.c");
	put_zeros(&base, 20);
	start(&index, 2, 1);
	entry(&index, 2, 20, 0, "dir/bb");
	buf_puts(&index, "link");
	put_be32(&index, 20);
	buf_append(&index, id, 20);
	put_zeros(&index, 20);
	unused = load(dir, &base, "sharedindex.abababababababababababababababababababab", false, NULL);
	t = load(dir, &index, "index", false, NULL);
	check_three(t);
}

static void tracked_load__cut_anywhere__is_absent_with_a_reason(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(65536);
	const char *dir = wb_test_tmpdir();
	size_t whole;

	(void)state;
	for (unsigned version = PADDED; version <= COMPRESSED; version += 2) {
		buf_clear(&b);
		start(&b, version, 2);
		entry(&b, version, 20, 0, "a.c");
		entry(&b, version, 20, 3, "dir/b.c");
		whole = b.len;
		for (size_t n = 1; n < whole - 8; n++) {
			CLEANUP(free) char *why = NULL;
			struct buf cut = { .data = b.data, .len = n, .max = n };

			assert_null(load(dir, &cut, "index", false, &why));
			assert_non_null(why);
		}
	}
}

static void tracked_load__no_index__is_absent_without_one(void **state)
{
	struct gitrepo r = { .git_dir = (char *)(uintptr_t)wb_test_tmpdir() };
	CLEANUP(free) char *why = NULL;

	(void)state;
	assert_null(tracked_load(&r, &why));
	assert_null(why);
	assert_false(tracked_has(NULL, "a"));
	assert_false(tracked_has_below(NULL, "a"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tracked_load__each_version_and_id__finds_the_paths),
	cmocka_unit_test(tracked_load__a_split_index__reads_its_base),
	cmocka_unit_test(tracked_load__cut_anywhere__is_absent_with_a_reason),
	cmocka_unit_test(tracked_load__no_index__is_absent_without_one),
};
WB_TEST_MAIN(tests)
