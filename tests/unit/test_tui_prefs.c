/* What is remembered between uses. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/wb_test.h"
#include "tui/prefs.h"

static char *path_in(const char *dir)
{
	return mem_printf("%s/wb/ui.json", dir);
}

static void load__no_file__is_nothing(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(free) char *path = path_in(dir);
	struct error err = { 0 };
	struct prefs p;

	(void)state;
	assert_ok(prefs_load(&p, path, "/s", &err), &err);
	assert_int_equal(p.columns.n, 0);
	assert_string_equal(p.order, "");
	prefs_release(&p);
}

static void save__two_stores__keep_apart(void **state)
{
	static const char *const stores[] = { "/a", "/b" };
	const char *dir = wb_test_tmpdir();
	CLEANUP(free) char *path = path_in(dir);
	struct error err = { 0 };
	struct prefs p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_ok(prefs_load(&p, path, stores[i], &err), &err);
		words_add(&p.columns, "name");
		words_add(&p.columns, stores[i]);
		prefs_set_order(&p, stores[i]);
		assert_ok(prefs_save(&p, &err), &err);
		prefs_release(&p);
	}
	for (int i = 0; i < 2; i++) {
		assert_ok(prefs_load(&p, path, stores[i], &err), &err);
		assert_int_equal(p.columns.n, 2);
		assert_string_equal(p.columns.items[1], stores[i]);
		assert_string_equal(p.order, stores[i]);
		prefs_release(&p);
	}
}

static void save__nothing_changed__writes_nothing(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(free) char *path = path_in(dir);
	struct error err = { 0 };
	struct prefs p;

	(void)state;
	assert_ok(prefs_load(&p, path, "/s", &err), &err);
	assert_ok(prefs_save(&p, &err), &err);
	prefs_release(&p);
	assert_null(wb_test_slurp(dir, "wb/ui.json"));
}

static void load__broken_file__says_which(void **state)
{
	const char *dir = wb_test_tmpdir();
	CLEANUP(free) char *path = path_in(dir);
	struct error err = { 0 };
	struct prefs p;

	(void)state;
	wb_test_put(dir, "wb/ui.json", "{\"stores\":");
	assert_refused(prefs_load(&p, path, "/s", &err), &err, ERR_INVALID, "wb/ui.json");
	prefs_release(&p);
	wb_test_put(dir, "wb/ui.json", "{\"stores\":{\"/s\":{\"columns\":[1,null,\"name\"],\"order\":7}}}");
	assert_ok(prefs_load(&p, path, "/s", &err), &err);
	assert_int_equal(p.columns.n, 1);
	prefs_release(&p);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(load__no_file__is_nothing),
	cmocka_unit_test(save__two_stores__keep_apart),
	cmocka_unit_test(save__nothing_changed__writes_nothing),
	cmocka_unit_test(load__broken_file__says_which),
};

WB_TEST_MAIN(tests)
