/* The self-test of `wb doctor`: all is well where there is a sandbox, and it says so where there is none. */
#include "config.h"

#include "sandbox/selftest.h"

#include <string.h>

#include "base/fs.h"
#include "base/str.h"
#include "sandbox/probe.h"
#include "tests/support/wb_test.h"

static int tier_here(void)
{
	struct sandbox_caps caps;
	struct error err = { 0 };

	assert_ok(sandbox_probe(&caps, &err), &err);
	return sandbox_caps_tier(&caps);
}

static void run_all(int tier, struct selftest *out)
{
	CLEANUP(free) char *program = fs_join(wb_test_builddir(), "wb");
	CLEANUP(free) char *real = NULL;
	struct error err = { 0 };

	assert_ok(fs_realpath(program, &real, &err), &err);
	assert_ok(selftest_run(tier, real, out, &err), &err);
	assert_true(out->count >= 20);
}

static const struct selftest_result *find(const struct selftest *t, const char *name)
{
	for (unsigned i = 0; i < t->count; i++)
		if (str_eq(t->results[i].name, name))
			return &t->results[i];
	fail_msg("no probe is called '%s'", name);
	return NULL;
}

static void selftest__in_a_sandbox__finds_no_hole(void **state)
{
	int best = tier_here();

	(void)state;
	if (best == 0)
		wb_test_skip("this machine has no sandbox");
	for (int tier = best; tier <= 2; tier++) {
		struct selftest t;

		run_all(tier, &t);
		for (unsigned i = 0; i < t.count; i++)
			if (!t.results[i].ok)
				fail_msg("tier %d, %s: %s", tier, t.results[i].name, t.results[i].detail);
		assert_int_equal(t.failed, 0);
	}
}

static void selftest__where_nothing_confines_files__says_so(void **state)
{
	struct selftest t;

	(void)state;
	if (tier_here() == 0)
		wb_test_skip("this machine has no call filter");
	run_all(3, &t);
	assert_false(find(&t, "read a file of yours")->ok);
	assert_false(find(&t, "write outside")->ok);
	assert_true(t.failed >= 2);
	/* What the call filter holds alone still holds. */
	assert_true(find(&t, "reach this machine's loopback")->ok);
	assert_true(find(&t, "signal a process outside")->ok);
	assert_true(find(&t, "change the mode of a file of yours")->ok);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(selftest__in_a_sandbox__finds_no_hole),
	cmocka_unit_test(selftest__where_nothing_confines_files__says_so),
};

WB_TEST_MAIN(tests)
