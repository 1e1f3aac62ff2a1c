/* What is asked of Landlock on a kernel of each version, and what is said to be missing. */
#include "config.h"

#include "sandbox/landlock_abi.h"

#include "tests/support/wb_test.h"

static void landlock_rules__each_version__has_its_rights_and_size(void **state)
{
	static const struct landlock_rules expected[] = {
		[0] = { 0, 0, 0, 0 },       [1] = { 0x1fff, 0, 0, 8 },  [2] = { 0x3fff, 0, 0, 8 },  [3] = { 0x7fff, 0, 0, 8 },
		[4] = { 0x7fff, 3, 0, 16 }, [5] = { 0xffff, 3, 0, 16 }, [6] = { 0xffff, 3, 3, 24 }, [7] = { 0xffff, 3, 3, 24 },
	};

	(void)state;
	for (int abi = 0; abi <= 7; abi++) {
		struct landlock_rules flat = landlock_rules_for(abi, 2);
		struct landlock_rules full = landlock_rules_for(abi, 1);

		assert_int_equal(flat.fs, expected[abi].fs);
		assert_int_equal(flat.net, expected[abi].net);
		assert_int_equal(flat.scoped, expected[abi].scoped);
		assert_int_equal(flat.size, expected[abi].size);
		/* The same but for the network, of which tier 1 has its own. */
		assert_int_equal(full.fs, expected[abi].fs);
		assert_int_equal(full.net, 0);
		assert_int_equal(full.scoped, expected[abi].scoped);
		assert_int_equal(full.size, expected[abi].size);
		assert_int_equal(landlock_rules_for(abi, 3).size, 0);
	}
	assert_int_equal(landlock_rules_for(99, 2).size, 24);
}

static void landlock_rights__each_version__adds_what_it_handles(void **state)
{
	(void)state;
	for (int abi = 1; abi <= LANDLOCK_ABI_USED; abi++) {
		struct landlock_rules before = landlock_rules_for(abi - 1, 2), now = landlock_rules_for(abi, 2);
		const struct landlock_right *r;
		unsigned named = 0;

		for (unsigned i = 0; (r = landlock_right_at(i)); i++)
			named += r->abi == abi;
		/* Nothing is handled without a name for its absence. */
		assert_true(named > 0);
		assert_true(now.fs != before.fs || now.net != before.net || now.scoped != before.scoped);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(landlock_rules__each_version__has_its_rights_and_size),
	cmocka_unit_test(landlock_rights__each_version__adds_what_it_handles),
};

WB_TEST_MAIN(tests)
