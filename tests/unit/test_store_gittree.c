/* store/gittree.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "store/gittree.h"

static const struct blob_id id = { "\1\2\3\0\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23" };

static void gittree_next__what_was_appended__comes_back(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct gittree_entry e;
	struct error err = { 0 };
	size_t at = 0;

	(void)state;
	gittree_append(&b, 0100755, "run.sh", 6, &id);
	gittree_append(&b, GIT_MODE_TREE, "src\xff/cut", 4, &id);
	assert_int_equal(gittree_next(&b, &at, &e, &err), 1);
	assert_int_equal(e.mode, 0100755);
	assert_string_equal(e.name, "run.sh");
	assert_memory_equal(e.id.b, id.b, sizeof id.b);
	assert_int_equal(gittree_next(&b, &at, &e, &err), 1);
	assert_int_equal(e.mode, GIT_MODE_TREE);
	assert_string_equal(e.name, "src\xff");
	assert_int_equal(gittree_next(&b, &at, &e, &err), 0);
	assert_int_equal(b.len, strlen("100755 run.sh") + 21 + strlen("40000 src.") + 21);
}

static void gittree_next__a_name_that_leads_elsewhere__is_corrupt(void **state)
{
	static const char *const names[] = { "..", ".", ".git", "a/b", "/etc", "" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
		struct gittree_entry e;
		struct error err = { 0 };
		size_t at = 0;

		gittree_append(&b, 0100644, names[i], strlen(names[i]), &id);
		assert_refused(gittree_next(&b, &at, &e, &err), &err, ERR_CORRUPT, "cannot be");
	}
}

static void gittree_next__a_mode_of_no_file__is_corrupt(void **state)
{
	static const uint32_t modes[] = { 0, 0104755, 0100777, 0020666, 07777777 };

	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
		struct gittree_entry e;
		struct error err = { 0 };
		size_t at = 0;

		gittree_append(&b, modes[i], "x", 1, &id);
		assert_refused(gittree_next(&b, &at, &e, &err), &err, ERR_CORRUPT, "cannot be");
	}
}

static void gittree_next__cut_anywhere__is_corrupt(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	size_t whole;

	(void)state;
	gittree_append(&b, 0100644, "name", 4, &id);
	whole = b.len;
	for (size_t n = 1; n < whole; n++) {
		struct gittree_entry e;
		struct error err = { 0 };
		size_t at = 0;

		buf_truncate(&b, whole);
		b.len = n;
		assert_refused(gittree_next(&b, &at, &e, &err), &err, ERR_CORRUPT, "cut off");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(gittree_next__what_was_appended__comes_back),
	cmocka_unit_test(gittree_next__a_name_that_leads_elsewhere__is_corrupt),
	cmocka_unit_test(gittree_next__a_mode_of_no_file__is_corrupt),
	cmocka_unit_test(gittree_next__cut_anywhere__is_corrupt),
};
WB_TEST_MAIN(tests)
