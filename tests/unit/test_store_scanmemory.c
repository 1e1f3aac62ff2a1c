/* store/scanmemory.c: what is remembered of a scan, and what is not believed. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/scan.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

#define KEY "0123456789abcdef0123456789abcdef"

/* A scan of paths a, b, c; each id begins with its letter. */
static void fill(struct scan *s, const char *letters)
{
	size_t cap = 0;

	*s = (struct scan){ .paths = BUF_INIT(4096) };
	for (const char *p = letters; *p; p++) {
		mem_reserve(&s->files, &cap, s->n + 1);
		s->files[s->n] = (struct scan_file){ .path = s->paths.len, .n_path = 1, .size = 5, .mtime_ns = 7, .ctime_ns = 8,
						     .mode = 0100644, .flags = SCAN_HAS_ID };
		s->files[s->n++].id.b[0] = (unsigned char)*p;
		buf_append(&s->paths, (char[]){ *p, 0 }, 2);
	}
}

static void remember(struct store_fixture *f, const char *letters)
{
	CLEANUP(scan_release) struct scan s = { 0 };
	struct scan_memory facts = { .tree = { "\x42" }, .commit = "abc", .dirty = true };
	struct error err = { 0 };

	fill(&s, letters);
	assert_ok(scan_memory_save(f->store, KEY, &s, &facts, &err), &err);
}

static void what_is_saved__comes_back(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(scan_memory_release) struct scan_memory m = { 0 };

	scan_memory_load(f->store, KEY, &m);
	assert_false(m.usable);
	remember(f, "abc");
	scan_memory_load(f->store, KEY, &m);
	assert_true(m.usable && m.dirty && !m.untracked);
	assert_string_equal(m.commit, "abc");
	assert_int_equal(m.tree.b[0], 0x42);
	assert_int_equal(m.files.n, 3);
	assert_string_equal(scan_path(&m.files, &m.files.files[2]), "c");
}

static void any_bit_or_length__otherwise__is_not_believed(void **state)
{
	struct store_fixture *f = *state;
	char whole[2048];
	ssize_t n;
	int fd;

	remember(f, "abc");
	fd = openat(store_dirfd(f->store), "scan/" KEY, O_RDWR | O_CLOEXEC);
	n = pread(fd, whole, sizeof whole, 0);
	assert_true(n > 300);
	for (ssize_t at = 0; at < n; at++)
		for (int bit = 1; bit < 256; bit <<= 3) {
			CLEANUP(scan_memory_release) struct scan_memory m = { 0 };
			char c = (char)(whole[at] ^ bit);

			assert_int_equal(pwrite(fd, &c, 1, at), 1);
			scan_memory_load(f->store, KEY, &m);
			/* Four bytes of padding behind the head mean nothing. */
			if (m.usable && !(at >= 156 && at < 160))
				fail_msg("byte %zd, bit %d", at, bit);
			assert_int_equal(pwrite(fd, whole + at, 1, at), 1);
		}
	for (ssize_t cut = n - 1; cut >= 0; cut--) {
		CLEANUP(scan_memory_release) struct scan_memory m = { 0 };

		assert_int_equal(ftruncate(fd, cut), 0);
		scan_memory_load(f->store, KEY, &m);
		assert_false(m.usable);
	}
	close(fd);
}

static void a_link__in_its_place__is_not_read(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(scan_memory_release) struct scan_memory m = { 0 };

	remember(f, "abc");
	assert_int_equal(renameat(store_dirfd(f->store), "scan/" KEY, store_dirfd(f->store), "scan/real"), 0);
	assert_int_equal(symlinkat("real", store_dirfd(f->store), "scan/" KEY), 0);
	scan_memory_load(f->store, KEY, &m);
	assert_false(m.usable);
}

static void files__that_are_the_same__get_their_ids_back(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(scan_memory_release) struct scan_memory m = { 0 };
	CLEANUP(scan_release) struct scan now = { 0 };

	remember(f, "acde");
	scan_memory_load(f->store, KEY, &m);
	m.files.files[3].flags |= SCAN_RACY;
	fill(&now, "abcde");
	for (size_t i = 0; i < now.n; i++) {
		now.files[i].flags = 0;
		memset(&now.files[i].id, 0, sizeof now.files[i].id);
	}
	now.files[2].mtime_ns++;
	/* b is new, c was touched, e was too young to trust. */
	assert_int_equal(scan_recall(&now, &m), 3);
	assert_int_equal(now.files[0].flags, SCAN_HAS_ID);
	assert_int_equal(now.files[0].id.b[0], 'a');
	assert_int_equal(now.files[1].flags, 0);
	assert_int_equal(now.files[2].flags, SCAN_OLD_ID);
	assert_int_equal(now.files[2].id.b[0], 'c');
	assert_int_equal(now.files[3].flags, SCAN_HAS_ID);
	assert_int_equal(now.files[4].flags, SCAN_OLD_ID);
}

static void stat_data__of_each_kind__tell_a_change(void **state)
{
	struct scan_file a = { .size = 1, .mtime_ns = 2, .ctime_ns = 3, .ino = 4, .dev = 5, .mode = 6 }, b = a;

	(void)state;
	assert_true(scan_same_stat(&a, &b));
	b.size++;
	assert_false(scan_same_stat(&a, &b));
	b = a;
	b.ctime_ns++;
	assert_false(scan_same_stat(&a, &b));
	b = a;
	b.ino++;
	assert_false(scan_same_stat(&a, &b));
	b = a;
	b.mode++;
	assert_false(scan_same_stat(&a, &b));
}

static void lists__with_one_difference__are_another_tree(void **state)
{
	CLEANUP(scan_release) struct scan a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	fill(&a, "abc");
	fill(&b, "abc");
	fill(&c, "abd");
	assert_true(scan_same_tree(&a, &b));
	assert_false(scan_same_tree(&a, &c));
	b.files[1].id.b[19] = 1;
	assert_false(scan_same_tree(&a, &b));
	b.files[1].id.b[19] = 0;
	b.files[1].mode = 0100755;
	assert_false(scan_same_tree(&a, &b));
	b.n = 2;
	assert_false(scan_same_tree(&a, &b));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(what_is_saved__comes_back),
	CASE(any_bit_or_length__otherwise__is_not_believed),
	CASE(a_link__in_its_place__is_not_read),
	CASE(files__that_are_the_same__get_their_ids_back),
	CASE(stat_data__of_each_kind__tell_a_change),
	CASE(lists__with_one_difference__are_another_tree),
};

WB_TEST_MAIN(tests)
