/* store/codeset.c: ids once each, with their types; trees with all below them. */
#include "config.h"

#include "store/codeset.h"

#include <string.h>

#include "tests/support/store_fixture.h"
#include "tests/support/wb_test.h"

static struct blob_id id_of(unsigned n)
{
	struct blob_id id = { { 0 } };

	/* The same first bytes: they fall into one slot. */
	memcpy(id.b + 12, &n, sizeof n);
	return id;
}

static void ids__added_twice__are_there_once(void **state)
{
	CLEANUP(code_set_release) struct code_set set = { 0 };
	struct blob_id id = id_of(0);

	(void)state;
	assert_null(code_set_find(&set, &id));
	for (unsigned i = 0; i < 2000; i++) {
		id = id_of(i);
		assert_true(code_set_add(&set, &id, i % 2 ? GIT_TYPE_TREE : GIT_TYPE_BLOB));
		assert_false(code_set_add(&set, &id, GIT_TYPE_BLOB));
	}
	assert_int_equal(set.n, 2000);
	for (unsigned i = 0; i < 2000; i++) {
		id = id_of(i);
		assert_int_equal(code_set_find(&set, &id)->type, i % 2 ? GIT_TYPE_TREE : GIT_TYPE_BLOB);
	}
	id = id_of(2000);
	assert_null(code_set_find(&set, &id));
}

static void trees__of_two_states__share_what_is_the_same(void **state)
{
	struct store_fixture *f = *state;
	CLEANUP(tree_reader_close) struct tree_reader reader = { 0 };
	CLEANUP(code_set_release) struct code_set set = { 0 };
	struct error err = { 0 };
	struct tree_id first, second;
	struct blob_id id;

	project_put(f, "d/a", "a\n");
	project_put(f, "b", "b\n");
	first = project_tree(f);
	project_put(f, "b", "other\n");
	second = project_tree(f);
	assert_ok(tree_reader_open(f->store, &reader, &err), &err);
	assert_ok(tree_parse_id(first.hex, &id, &err), &err);
	assert_ok(code_set_add_tree(&set, &reader, &id, &err), &err);
	assert_int_equal(set.n, 4);
	assert_ok(tree_parse_id(second.hex, &id, &err), &err);
	assert_ok(code_set_add_tree(&set, &reader, &id, &err), &err);
	assert_int_equal(set.n, 6);
	id = id_of(7);
	assert_refused(code_set_add_tree(&set, &reader, &id, &err), &err, ERR_NOT_FOUND, "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_fixture_setup, store_fixture_teardown)

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ids__added_twice__are_there_once),
	CASE(trees__of_two_states__share_what_is_the_same),
};
WB_TEST_MAIN(tests)
