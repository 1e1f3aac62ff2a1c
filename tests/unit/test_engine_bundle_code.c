/* Trees pieced together, and what is missing from them. */
#include "config.h"

#include "engine/bundle_code.h"

#include <string.h>

#include "base/limits.h"
#include "store/gittree.h"
#include "store/pointer.h"
#include "tests/support/wb_test.h"

static struct blob_id id_of(unsigned char n)
{
	struct blob_id id = { { n, n, n, n, n, n, n, n, n } };

	return id;
}

static void add(struct bundle_codes *c, unsigned char n, bool is_tree, const struct buf *b)
{
	struct blob_id id = id_of(n);
	struct error err = { 0 };

	assert_ok(bundle_codes_add(c, &id, is_tree, b, &err), &err);
}

static void add_tree(struct bundle_codes *c, unsigned char n, uint32_t mode, const char *name, unsigned char child)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct blob_id id = id_of(child);

	gittree_append(&b, mode, name, strlen(name), &id);
	add(c, n, true, &b);
}

struct seen {
	int large;
};

static int see_large(void *data, const struct digest *d, struct error *err)
{
	struct seen *s = data;

	(void)d;
	(void)err;
	s->large++;
	return 0;
}

static int check(struct bundle_codes *c, unsigned char root, struct seen *seen, struct error *err)
{
	const struct bundle_code_walk walk = { .codes = c, .large = see_large, .data = seen };
	struct blob_id id = id_of(root);

	return bundle_code_check(&walk, &id, err);
}

static void check__everything_there__also_large_files(void **state)
{
	CLEANUP(bundle_codes_release) struct bundle_codes c = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct digest d = digest_of("x", 1);
	struct seen seen = { 0 };
	struct error err = { 0 };

	(void)state;
	pointer_format(&b, &d, 1);
	add(&c, 1, false, &b);
	add_tree(&c, 2, 0100644, "big.bin", 1);
	add_tree(&c, 3, GIT_MODE_TREE, "folder", 2);
	assert_ok(check(&c, 3, &seen, &err), &err);
	assert_int_equal(seen.large, 1);
}

static void check__something_missing_or_of_another_kind__is_refused(void **state)
{
	CLEANUP(bundle_codes_release) struct bundle_codes c = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct seen seen = { 0 };
	struct error err = { 0 };

	(void)state;
	buf_puts(&b, "text");
	add(&c, 1, false, &b);
	add_tree(&c, 2, 0100644, "file", 9);
	add_tree(&c, 3, GIT_MODE_TREE, "folder", 1);
	add_tree(&c, 4, 0100644, "file", 2);
	add_tree(&c, 5, GIT_MODE_REPOSITORY, "sub", 1);
	assert_refused(check(&c, 9, &seen, &err), &err, ERR_CORRUPT, "lacks folder");
	assert_refused(check(&c, 2, &seen, &err), &err, ERR_CORRUPT, "lacks file");
	assert_refused(check(&c, 3, &seen, &err), &err, ERR_CORRUPT, "lacks folder");
	assert_refused(check(&c, 4, &seen, &err), &err, ERR_CORRUPT, "lacks file");
	assert_refused(check(&c, 5, &seen, &err), &err, ERR_CORRUPT, "another repository");
}

static void check__folder_in_itself__ends(void **state)
{
	CLEANUP(bundle_codes_release) struct bundle_codes c = { 0 };
	struct seen seen = { 0 };
	struct error err = { 0 };

	(void)state;
	add_tree(&c, 1, GIT_MODE_TREE, "again", 1);
	assert_refused(check(&c, 1, &seen, &err), &err, ERR_LIMIT, "too deeply");
}

static void codes__thousands__are_all_found_again(void **state)
{
	CLEANUP(bundle_codes_release) struct bundle_codes c = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct blob_id id = { { (unsigned char)i, (unsigned char)(i >> 8), 7 } };

		assert_ok(bundle_codes_add(&c, &id, false, &b, &err), &err);
		assert_ok(bundle_codes_add(&c, &id, false, &b, &err), &err);
	}
	assert_int_equal(c.n, 5000);
	for (int i = 0; i < 5000; i++) {
		struct blob_id id = { { (unsigned char)i, (unsigned char)(i >> 8), 7 } };

		assert_non_null(bundle_codes_find(&c, &id));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(check__everything_there__also_large_files),
	cmocka_unit_test(check__something_missing_or_of_another_kind__is_refused),
	cmocka_unit_test(check__folder_in_itself__ends),
	cmocka_unit_test(codes__thousands__are_all_found_again),
};
WB_TEST_MAIN(tests)
