/* engine/folders.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "engine/folders.h"

struct place {
	char *dir, *top;
	int fd;
};

static int place_setup(void **state)
{
	struct place *p = mem_zalloc(sizeof *p);
	struct error err = { 0 };

	p->dir = mem_printf("%s/folders", wb_test_tmpdir());
	p->top = fs_join(p->dir, "top");
	if (fs_remove_tree(AT_FDCWD, p->dir, &err) < 0)
		return -1;
	wb_test_put(p->dir, "top/kept/file", "x");
	wb_test_put(p->dir, "outside/file", "x");
	p->fd = fs_open_dir(AT_FDCWD, p->top, &err);
	*state = p;
	return p->fd < 0 ? -1 : 0;
}

static int place_teardown(void **state)
{
	struct place *p = *state;

	close(p->fd);
	free(p->top);
	free(p->dir);
	free(p);
	return 0;
}

static int make(const struct place *p, const char *text, struct error *err)
{
	CLEANUP(jval_free) struct jval *v = NULL;

	if (jval_parse(text, strlen(text), &v, err) < 0)
		return -1;
	return folders_make(p->fd, v, err);
}

static void names_that_leave_are_refused(void **state)
{
	static const char *const hostile[] = {
		"{\"empty_dirs\":[\"../evil\"]}",  "{\"empty_dirs\":[\"/evil\"]}", "{\"empty_dirs\":[\"a/../../evil\"]}",
		"{\"empty_dirs\":[\"a//b\"]}",     "{\"empty_dirs\":[\"\"]}",      "{\"empty_dirs\":[\".\"]}",
		"{\"empty_dirs\":[{\"a\":1}]}",
	};

	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct error err = { 0 };

		assert_refused(make(*state, hostile[i], &err), &err, ERR_INVALID, "");
	}
}

static void a_link_on_the_way_is_not_followed(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	assert_int_equal(symlinkat("../outside", p->fd, "link"), 0);
	assert_int_equal(make(p, "{\"empty_dirs\":[\"link/evil\"]}", &err), -1);
	assert_false(fs_exists(p->fd, "../outside/evil"));
}

static void a_file_on_the_way_stays(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	assert_int_equal(make(p, "{\"empty_dirs\":[\"kept/file/sub\"]}", &err), -1);
	assert_true(fs_exists(p->fd, "kept/file"));
}

static void folders_are_made_beside_what_is_there(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	assert_ok(make(p, "{\"empty_dirs\":[\"out\",\"kept/a b/c\",\"out\"]}", &err), &err);
	assert_true(fs_is_dir(p->fd, "out"));
	assert_true(fs_is_dir(p->fd, "kept/a b/c"));
	assert_true(fs_exists(p->fd, "kept/file"));
	assert_ok(make(p, "{}", &err), &err);
	assert_ok(folders_make(p->fd, NULL, &err), &err);
}

static void only_empty_folders_with_plain_names_are_recorded(void **state)
{
	struct snapshot_note notes[] = {
		{ .path = (char *)"out", .why = SNAPSHOT_EMPTY_DIR },
		{ .path = (char *)"\xff\xfe", .why = SNAPSHOT_EMPTY_DIR },
		{ .path = (char *)"pipe", .why = SNAPSHOT_NESTED },
	};
	struct snapshot code = { .notes = notes, .n_notes = 3 };
	CLEANUP(jval_free) struct jval *v = folders_of(&code);

	(void)state;
	assert_int_equal(jval_count(v), 1);
	assert_string_equal(jval_text(jval_at(v, 0)), "out");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(names_that_leave_are_refused, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(a_link_on_the_way_is_not_followed, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(a_file_on_the_way_stays, place_setup, place_teardown),
	cmocka_unit_test_setup_teardown(folders_are_made_beside_what_is_there, place_setup, place_teardown),
	cmocka_unit_test(only_empty_folders_with_plain_names_are_recorded),
};

WB_TEST_MAIN(tests)
