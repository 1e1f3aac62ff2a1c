/* store/gitload.c: the module beside the program, or a reason why not. */
#include "config.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "store/snapshot_ops.h"
#include "tests/support/wb_test.h"

/* A test program stands in tests/unit, the module at the top of the build: it is not beside this one. */
static void a_module__that_is_not_there_or_no_module__is_refused_with_a_hint(void **state)
{
	CLEANUP(free) char *dir = NULL, *beside = NULL;
	const struct snapshot_ops *ops = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(fs_program_dir(&dir, &err), &err);
	beside = fs_join(dir, "wb-git.so");
	assert_false(fs_exists(AT_FDCWD, beside));
	if (!fs_exists(AT_FDCWD, WB_LIBEXECDIR "/wb-git.so")) {
		assert_refused(snapshot_ops_get(&ops, &err), &err, ERR_UNSUPPORTED, "does not load");
		assert_contains(err.hint, "libgit2");
	}
	if (access(dir, W_OK) == 0) {
		wb_test_put(dir, "wb-git.so", "this is no module");
		assert_int_equal(snapshot_ops_get(&ops, &err), -1);
		unlink(beside);
		assert_contains(err.text, "does not load");
	}
	assert_null(ops);
}

static void a_table__given_by_the_program__is_the_one_used(void **state)
{
	static const struct snapshot_ops mine = { .version = SNAPSHOT_OPS_VERSION };
	const struct snapshot_ops *ops = NULL;
	struct error err = { 0 };

	(void)state;
	snapshot_ops_use(&mine);
	assert_ok(snapshot_ops_get(&ops, &err), &err);
	assert_ptr_equal(ops, &mine);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_module__that_is_not_there_or_no_module__is_refused_with_a_hint),
	cmocka_unit_test(a_table__given_by_the_program__is_the_one_used),
};

WB_TEST_MAIN(tests)
