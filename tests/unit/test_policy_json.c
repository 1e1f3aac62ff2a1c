/* policy/json.c: JSON in, JSON and the language's own notation out. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/value.h"

struct pair_of_texts {
	const char *in, *out;
};

static void json__what_is_read__is_written_the_same(void **state)
{
	static const struct pair_of_texts cases[] = {
		{ " { \"b\" : [ 1 , 2.50 ] , \"a\" : null } ", "{\"a\":null,\"b\":[1,2.50]}" },
		{ "\"\\u00e9\\n\\\"\\\\\\/\"", "\"\303\251\\n\\\"\\\\/\"" },
		{ "\"\\ud83d\\ude00\"", "\"\360\237\230\200\"" },
		{ "\"\\ud800x\"", "\"\357\277\275x\"" },
		{ "123456789012345678901234567890", "123456789012345678901234567890" },
		{ "1e3", "1e3" },
		{ "[true,false]", "[true,false]" },
		{ "\"\\u0000\"", "\"\\u0000\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(pool_release) struct pool pool = { 0 };
		CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
		struct error err = { 0 };
		struct value v;

		pool_init(&pool, 1 << 20);
		assert_ok(value_from_json(&pool, cases[i].in, strlen(cases[i].in), JSON_STRICT, &v, &err), &err);
		value_format(v, TEXT_JSON, &out);
		assert_string_equal(buf_text(&out), cases[i].out);
	}
}

static void json__what_is_malformed__is_refused_with_its_place(void **state)
{
	static const struct pair_of_texts cases[] = {
		{ "", "line 1" },       { "{", "line 1" },          { "[1,]", "column" },      { "{\"a\":1,\"a\":2}", "a" },
		{ "01", "line 1" },     { "\"\x01\"", "line 1" },   { "nul", "line 1" },       { "1 2", "line 1" },
		{ "[1\n,\n}", "line 3" }, { "\"\xff\"", "UTF-8" }, { "{\"a\" 1}", "column" }, { "'a'", "line 1" },
		{ "\"\\x41\"", "line 1" }, { "[1e999999999]", "line 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(pool_release) struct pool pool = { 0 };
		struct error err = { 0 };
		struct value v;

		pool_init(&pool, 1 << 20);
		if (value_from_json(&pool, cases[i].in, strlen(cases[i].in), JSON_STRICT, &v, &err) == 0)
			fail_msg("%s is taken", cases[i].in);
		assert_contains(err.text, cases[i].out);
	}
}

static void json__nested_too_deeply__is_refused(void **state)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);
	struct error err = { 0 };
	struct value v;

	(void)state;
	pool_init(&pool, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_putc(&text, '[');
	assert_refused(value_from_json(&pool, text.data, text.len, JSON_STRICT, &v, &err), &err, ERR_INVALID, "nested");
}

static void value_format__a_full_buffer__ends_the_writing(void **state)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(1000);
	struct value v = value_int(1);

	(void)state;
	pool_init(&pool, 1 << 20);
	/* Written out, more values than can be written in a lifetime. */
	for (int i = 0; i < 60; i++) {
		struct value *twice = pool_alloc(&pool, 2 * sizeof *twice);

		twice[0] = twice[1] = v;
		v = value_array(twice, 2);
	}
	value_format(v, TEXT_JSON, &out);
	assert_true(out.full);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(json__what_is_read__is_written_the_same),
	cmocka_unit_test(json__what_is_malformed__is_refused_with_its_place),
	cmocka_unit_test(json__nested_too_deeply__is_refused),
	cmocka_unit_test(value_format__a_full_buffer__ends_the_writing),
};
WB_TEST_MAIN(tests)
