/* engine/collect.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/collect.h"
#include "store/object.h"

struct place {
	char *dir;
	struct store *store;
	struct job_collect job;
};

static int place_setup(void **state)
{
	struct place *p = mem_zalloc(sizeof *p);
	struct error err = { 0 };
	char *store;

	p->dir = mem_printf("%s/collect", wb_test_tmpdir());
	if (fs_remove_tree(AT_FDCWD, p->dir, &err) < 0)
		return -1;
	store = fs_join(p->dir, "store");
	p->job.tree_dir = fs_join(p->dir, "upper");
	p->job.lower = fs_join(p->dir, "lower");
	p->job.outputs_dir = fs_join(p->dir, "out");
	p->job.cwd = mem_strdup("");
	wb_test_put(p->dir, "upper/.keep", "");
	wb_test_put(p->dir, "lower/same.txt", "same");
	wb_test_put(p->dir, "out/.keep", "");
	if (store_init(store, &err) < 0 || store_open(store, &p->store, &err) < 0)
		return -1;
	free(store);
	*state = p;
	return 0;
}

static int place_teardown(void **state)
{
	struct place *p = *state;

	store_close(p->store);
	free(p->job.tree_dir);
	free(p->job.lower);
	free(p->job.outputs_dir);
	free(p->job.cwd);
	words_release(&p->job.exclude);
	free(p->dir);
	free(p);
	return 0;
}

static const struct collected_file *file_of(const struct collected *c, const char *path)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (str_eq(c->files[i].path, path))
			return &c->files[i];
	return NULL;
}

static const char *why_of(const struct collected *c, const char *path)
{
	for (size_t i = 0; i < c->n_notes; i++)
		if (str_eq(c->notes[i].path, path))
			return c->notes[i].why;
	return NULL;
}

static void collect_outputs__written_files__become_objects(void **state)
{
	struct place *p = *state;
	struct collected c = { 0 };
	struct error err = { 0 };

	wb_test_put(p->dir, "upper/sub/new.txt", "new");
	wb_test_put(p->dir, "upper/same.txt", "same");
	wb_test_put(p->dir, "upper/both.txt", "from the tree");
	wb_test_put(p->dir, "out/both.txt", "from outputs");
	assert_ok(collect_outputs(p->store, &p->job, &c, &err), &err);
	assert_non_null(file_of(&c, "sub/new.txt"));
	assert_null(file_of(&c, "same.txt"));
	assert_int_equal(file_of(&c, "both.txt")->bytes, strlen("from outputs"));
	assert_ok(object_verify(p->store, &file_of(&c, "sub/new.txt")->digest, &err), &err);
	collected_release(&c);
}

static void collect_outputs__below_the_working_directory__is_named_from_there(void **state)
{
	struct place *p = *state;
	struct collected c = { 0 };
	struct error err = { 0 };

	free(p->job.cwd);
	p->job.cwd = mem_strdup("examples/digits");
	wb_test_put(p->dir, "upper/examples/digits/w.h5", "w");
	wb_test_put(p->dir, "upper/examples/other.txt", "o");
	assert_ok(collect_outputs(p->store, &p->job, &c, &err), &err);
	assert_non_null(file_of(&c, "w.h5"));
	assert_non_null(file_of(&c, "examples/other.txt"));
	collected_release(&c);
}

static void collect_outputs__hostile_entries__cost_a_line_each(void **state)
{
	struct place *p = *state;
	struct collected c = { 0 };
	struct error err = { 0 };
	char *upper = p->job.tree_dir, *path;
	int fd;

	path = fs_join(upper, "link");
	assert_int_equal(symlink("/etc/shadow", path), 0);
	free(path);
	path = fs_join(upper, "fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	path = fs_join(upper, "sparse");
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, (off_t)1 << 40), 0);
	close(fd);
	free(path);
	wb_test_put(p->dir, "upper/bad\n\x1b[31m\xff.txt", "x");
	assert_ok(collect_outputs(p->store, &p->job, &c, &err), &err);
	assert_string_equal(why_of(&c, "link"), "symbolic link");
	assert_string_equal(why_of(&c, "fifo"), "not a regular file");
	assert_contains(why_of(&c, "sparse"), "only holes");
	assert_non_null(file_of(&c, "bad\n\x1b[31m\xff.txt"));
	collected_release(&c);
}

static void put_holes(const char *dir, const char *name, off_t size)
{
	CLEANUP(free) char *path = fs_join(dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void collect_outputs__many_files_of_holes__are_too_much_together(void **state)
{
	struct place *p = *state;
	struct collected c = { 0 };
	struct error err = { 0 };

	put_holes(p->job.tree_dir, "a", 8 * (off_t)LIMIT_MIB);
	put_holes(p->job.tree_dir, "b", 1020 * (off_t)LIMIT_MIB);
	put_holes(p->job.tree_dir, "c", 8 * (off_t)LIMIT_MIB);
	assert_ok(collect_outputs(p->store, &p->job, &c, &err), &err);
	assert_non_null(file_of(&c, "a"));
	assert_non_null(file_of(&c, "c"));
	assert_contains(why_of(&c, "b"), "only holes");
	collected_release(&c);
}

static void collect_outputs__excluded_paths__are_left_out(void **state)
{
	struct place *p = *state;
	struct collected c = { 0 };
	struct error err = { 0 };

	words_add(&p->job.exclude, "digits.h5");
	words_add(&p->job.exclude, "venv");
	wb_test_put(p->dir, "upper/digits.h5", "");
	wb_test_put(p->dir, "upper/venv/x", "x");
	assert_ok(collect_outputs(p->store, &p->job, &c, &err), &err);
	assert_null(file_of(&c, "digits.h5"));
	assert_null(file_of(&c, "venv/x"));
	collected_release(&c);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(collect_outputs__written_files__become_objects, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(collect_outputs__below_the_working_directory__is_named_from_there, place_setup,
					place_teardown),
	cmocka_unit_test_setup_teardown(collect_outputs__hostile_entries__cost_a_line_each, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(collect_outputs__many_files_of_holes__are_too_much_together, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(collect_outputs__excluded_paths__are_left_out, place_setup, place_teardown),
};

WB_TEST_MAIN(tests)
