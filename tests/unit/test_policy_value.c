/* policy/value.c: order, sets, objects, lookup. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/value.h"

static struct pool pool;

static int setup(void **state)
{
	(void)state;
	pool_init(&pool, (size_t)16 << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_release(&pool);
	return 0;
}

static struct value json(const char *text)
{
	struct error err = { 0 };
	struct value v;

	assert_ok(value_from_json(&pool, text, strlen(text), JSON_STRICT, &v, &err), &err);
	return v;
}

static void value_cmp__all_kinds__are_in_one_order(void **state)
{
	static const char *const ascending[] = {
		"null", "false", "true", "-1e30", "-3", "-2.5", "0", "1", "1.5", "12345678901234567890", "1e40", "\"\"", "\"A\"",
		"\"a\"", "\"aa\"", "\"b\"", "[]", "[1]", "[1,1]", "[2]", "{}", "{\"a\":1}", "{\"a\":1,\"b\":1}", "{\"a\":2}",
		"{\"b\":0}",
	};
	size_t n = sizeof ascending / sizeof *ascending;

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			int c = value_cmp(json(ascending[i]), json(ascending[k]));

			if ((c > 0) - (c < 0) != (i > k) - (i < k))
				fail_msg("%s and %s are in the wrong order", ascending[i], ascending[k]);
		}
	assert_true(value_cmp(json("{\"b\":0}"), value_set(NULL, 0)) < 0);
}

static void value_hash__equal_numbers__hash_alike(void **state)
{
	(void)state;
	assert_true(value_eq(json("1"), json("1.0")));
	assert_true(value_hash(json("1")) == value_hash(json("1.0")));
	assert_true(value_hash(json("[100]")) == value_hash(json("[1e2]")));
}

static void value_object__one_key_twice__conflicts_unless_equal(void **state)
{
	struct pair same[] = { { json("\"k\""), json("1") }, { json("\"k\""), json("1.0") } };
	struct pair clash[] = { { json("\"k\""), json("1") }, { json("\"a\""), json("1") }, { json("\"k\""), json("2") } };
	struct value key = VALUE_UNDEF, v;

	(void)state;
	assert_int_equal(value_object(same, 2, &key).len, 1);
	assert_int_equal(value_object(clash, 3, &key).tag, V_UNDEF);
	assert_true(value_is_text(key, "k"));
	v = value_object_last((struct pair[]){ { json("\"k\""), json("1") }, { json("\"k\""), json("2") } }, 2);
	assert_int_equal(value_get_text(v, "k").i, 2);
}

static void value_get__outside_a_collection__is_undefined(void **state)
{
	(void)state;
	assert_int_equal(value_get(json("[1,2]"), json("2")).tag, V_UNDEF);
	assert_int_equal(value_get(json("[1,2]"), json("-1")).tag, V_UNDEF);
	assert_int_equal(value_get(json("[1,2]"), json("0.5")).tag, V_UNDEF);
	assert_int_equal(value_get(json("[1,2]"), json("1.0")).i, 2);
	assert_int_equal(value_get(json("{\"a\":1}"), json("\"b\"")).tag, V_UNDEF);
	assert_int_equal(value_get(json("3"), json("0")).tag, V_UNDEF);
}

static void value_put__leaves_the_original_alone(void **state)
{
	struct value before = json("{\"a\":1,\"c\":3}"), after = value_put(&pool, before, json("\"b\""), json("2"));
	struct value path[] = { json("\"x\""), json("\"y\"") };
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024);

	(void)state;
	assert_int_equal(before.len, 2);
	after = value_put_path(&pool, after, path, 2, json("true"));
	value_format(after, TEXT_JSON, &text);
	assert_string_equal(buf_text(&text), "{\"a\":1,\"b\":2,\"c\":3,\"x\":{\"y\":true}}");
}

static void value_weight__shared_values__count_each_time(void **state)
{
	struct value v = json("[1]");

	(void)state;
	assert_int_equal(value_weight(v), 2);
	for (int i = 0; i < 50; i++) {
		struct value *twice = pool_alloc(&pool, 2 * sizeof *twice);

		twice[0] = twice[1] = v;
		v = value_array(twice, 2);
	}
	assert_true(value_weight(v) > (uint64_t)1 << 50);
	for (int i = 0; i < 20; i++) {
		struct value *twice = pool_alloc(&pool, 2 * sizeof *twice);

		twice[0] = twice[1] = v;
		v = value_array(twice, 2);
	}
	assert_true(value_weight(v) > (uint64_t)1 << 59);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(value_cmp__all_kinds__are_in_one_order, setup, teardown),
	cmocka_unit_test_setup_teardown(value_hash__equal_numbers__hash_alike, setup, teardown),
	cmocka_unit_test_setup_teardown(value_object__one_key_twice__conflicts_unless_equal, setup, teardown),
	cmocka_unit_test_setup_teardown(value_get__outside_a_collection__is_undefined, setup, teardown),
	cmocka_unit_test_setup_teardown(value_put__leaves_the_original_alone, setup, teardown),
	cmocka_unit_test_setup_teardown(value_weight__shared_values__count_each_time, setup, teardown),
};
WB_TEST_MAIN(tests)
