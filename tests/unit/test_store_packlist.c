/* store/packlist.c: every entry of a pack with its place and size; damage is refused. */
#include "config.h"

#include "store/packlist.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

enum { FILES = 250 };

/* A pack with FILES files and their folder. Its name without ending, heap text. */
static char *make_pack(const struct store_fixture *f, int *out_fd)
{
	CLEANUP(free) char *path = fs_join(f->path, "code.git/objects/pack");
	CLEANUP(closedir) DIR *dir = NULL;
	struct error err = { 0 };
	char *found = NULL;
	struct dirent *e;

	for (unsigned i = 0; i < FILES; i++) {
		CLEANUP(free) char *name = mem_printf("f%u", i);

		project_put(f, name, name);
	}
	project_tree(f);
	dir = opendir(path);
	assert_non_null(dir);
	while (!found && (e = readdir(dir)))
		if (str_ends(e->d_name, ".pack"))
			found = mem_strndup(e->d_name, strlen(e->d_name) - strlen(".pack"));
	assert_non_null(found);
	*out_fd = fs_open_dir(AT_FDCWD, path, &err);
	assert_true(*out_fd >= 0);
	return found;
}

static void a_pack__is_listed_without_gaps(void **state)
{
	CLEANUP(free) struct pack_entry *list = NULL;
	CLEANUP(free) char *name = NULL, *file = NULL;
	CLEANUP(close) int fd = -1;
	struct error err = { 0 };
	uint64_t at = 12;
	struct stat st;
	size_t n;

	name = make_pack(*state, &fd);
	file = mem_printf("%s.pack", name);
	assert_ok(pack_list(fd, name, &list, &n, &err), &err);
	assert_int_equal(n, FILES + 1);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list[i].at, at);
		assert_true(list[i].bytes > 0);
		at += list[i].bytes;
	}
	assert_int_equal(fstatat(fd, file, &st, 0), 0);
	assert_int_equal(at + 20, st.st_size);
}

static void an_index__cut_off_or_of_another_kind__is_refused(void **state)
{
	CLEANUP(free) struct pack_entry *list = NULL;
	CLEANUP(free) char *name = NULL, *file = NULL;
	CLEANUP(close) int fd = -1;
	CLEANUP(buf_release) struct buf index = BUF_INIT(1 << 20);
	struct error err = { 0 };
	size_t n;

	name = make_pack(*state, &fd);
	file = mem_printf("%s.idx", name);
	assert_ok(fs_read_file(fd, file, &index, &err), &err);
	assert_ok(fs_write_atomic(fd, file, index.data, index.len / 2, 0600, &err), &err);
	assert_refused(pack_list(fd, name, &list, &n, &err), &err, ERR_CORRUPT, "is damaged");
	assert_ok(fs_write_atomic(fd, file, index.data + 8, index.len - 8, 0600, &err), &err);
	assert_refused(pack_list(fd, name, &list, &n, &err), &err, ERR_UNSUPPORTED, "version 2");
	assert_refused(pack_list(fd, "pack-none", &list, &n, &err), &err, ERR_NOT_FOUND, "pack-none");
	assert_null(list);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	CASE(a_pack__is_listed_without_gaps),
	CASE(an_index__cut_off_or_of_another_kind__is_refused),
};
WB_TEST_MAIN(tests)
