/* Short paths for a run in tier 2. */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/scratch.h"
#include "tests/support/wb_test.h"
#include "tracker/life.h"

static const char first[] = "01a1fdf373837a28bcd3000000000001";
static const char second[] = "01a1fdf373837a28bcd3000000000002";

/* A store that lies deep enough, and what a case leaves in /tmp. */
struct fixture {
	char *store;
	int store_fd;
	struct life life;
	char *made[2];
};

static int set_up(void **state)
{
	static unsigned n;
	struct fixture *f = mem_zalloc(sizeof *f);
	struct error err = { 0 };

	f->store = mem_printf("%s/%u/a-folder-with-a-name/and-another-one-in-it", wb_test_tmpdir(), n++);
	wb_test_put(f->store, "runs/.keep", "");
	wb_test_put(f->store, "pending/.keep", "");
	f->store_fd = open(f->store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->life = (struct life)LIFE_INIT;
	*state = f;
	return f->store_fd < 0 || err.code;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	struct error ignored = { 0 };

	for (size_t i = 0; i < 2; i++) {
		if (f->made[i] && fs_remove_tree(AT_FDCWD, f->made[i], &ignored) < 0)
			ignored = (struct error){ 0 };
		free(f->made[i]);
	}
	life_release(&f->life);
	close(f->store_fd);
	free(f->store);
	free(f);
	return 0;
}

static void make(struct fixture *f, const char *id, char **out)
{
	CLEANUP(free) char *run = mem_printf("%s/runs/%s", f->store, id);
	struct error err = { 0 };

	if (scratch_make(run, id, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void scratch_make__a_short_store__needs_none(void **state)
{
	struct error err = { 0 };
	char *dir = (char *)&err;

	(void)state;
	assert_int_equal(scratch_make("/s/runs/x", first, &dir, &err), 0);
	assert_null(dir);
}

static void scratch_make__a_deep_store__gives_a_private_short_way(void **state)
{
	struct fixture *f = *state;
	CLEANUP(free) char *want = mem_printf("%s/runs/%s/%s", f->store, first, "work/tmp");
	CLEANUP(free) char *link = NULL;
	char target[4096] = "";
	struct stat st;

	make(f, first, &f->made[0]);
	assert_non_null(f->made[0]);
	assert_true(strlen(f->made[0]) < 50);
	assert_int_equal(lstat(f->made[0], &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	link = fs_join(f->made[0], "tmp");
	assert_true(readlink(link, target, sizeof target - 1) > 0);
	assert_string_equal(target, want);
}

static void scratch_make__beside_a_living_run__leaves_that_one_alone(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	if (life_begin(f->store_fd, first, &f->life, &err) < 0)
		fail_msg("%s", err.text);
	make(f, first, &f->made[0]);
	make(f, second, &f->made[1]);
	assert_int_equal(access(f->made[0], F_OK), 0);
}

static void scratch_make__after_a_killed_run__removes_what_it_left(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	if (life_begin(f->store_fd, first, &f->life, &err) < 0)
		fail_msg("%s", err.text);
	make(f, first, &f->made[0]);
	life_release(&f->life);
	f->life = (struct life)LIFE_INIT;
	make(f, second, &f->made[1]);
	assert_int_equal(access(f->made[0], F_OK), -1);
	assert_int_equal(access(f->made[1], F_OK), 0);
}

static void scratch_make__a_folder_of_that_name_without_our_link__is_not_touched(void **state)
{
	struct fixture *f = *state;

	f->made[0] = mem_printf("/tmp/wb-%u-somebody-else", (unsigned)geteuid());
	assert_int_equal(mkdir(f->made[0], 0700), 0);
	make(f, second, &f->made[1]);
	assert_int_equal(access(f->made[0], F_OK), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(scratch_make__a_short_store__needs_none),
	cmocka_unit_test_setup_teardown(scratch_make__a_deep_store__gives_a_private_short_way, set_up, tear_down),
	cmocka_unit_test_setup_teardown(scratch_make__beside_a_living_run__leaves_that_one_alone, set_up, tear_down),
	cmocka_unit_test_setup_teardown(scratch_make__after_a_killed_run__removes_what_it_left, set_up, tear_down),
	cmocka_unit_test_setup_teardown(scratch_make__a_folder_of_that_name_without_our_link__is_not_touched, set_up, tear_down),
};
WB_TEST_MAIN(tests)
