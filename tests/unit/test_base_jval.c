/* base/jval.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"

static void check_refused(const char *text, enum error_code code, const char *part)
{
	struct error err = { 0 };
	struct jval *v = NULL;

	assert_refused(jval_parse(text, strlen(text), &v, &err), &err, code, part);
	assert_null(v);
}

static void check_round(const char *text, enum jval_style style, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_MIB);
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };

	assert_ok(jval_parse(text, strlen(text), &v, &err), &err);
	jval_format(v, style, &out);
	assert_string_equal(buf_text(&out), expected);
}

static void jval_parse__malformed__names_line_and_column(void **state)
{
	(void)state;
	check_refused("", ERR_INVALID, "line 1");
	check_refused("{\"a\":1,\n \"b\":}", ERR_INVALID, "line 2");
	check_refused("{\"a\":1} x", ERR_INVALID, "not valid JSON");
	check_refused("{\"a\":1,\"a\":2}", ERR_INVALID, "duplicate");
	check_refused("\"\xff\"", ERR_INVALID, "byte 0xff");
	check_refused("\"a\\u0000b\"", ERR_INVALID, "not valid JSON");
	check_refused("[1,]", ERR_INVALID, "not valid JSON");
	check_refused("NaN", ERR_INVALID, "not valid JSON");
	check_refused("99999999999999999999", ERR_INVALID, "not valid JSON");
	check_refused("1e999", ERR_INVALID, "not valid JSON");
	check_refused("'a'", ERR_INVALID, "not valid JSON");
}

static char *nested(size_t levels)
{
	char *text = mem_alloc(levels * 2 + 1);

	memset(text, '[', levels);
	memset(text + levels, ']', levels);
	text[levels * 2] = '\0';
	return text;
}

static void jval_parse__nested_past_the_limit__is_a_limit(void **state)
{
	CLEANUP(free) char *fits = nested(LIMIT_JSON_DEPTH), *deep = nested(LIMIT_JSON_DEPTH + 1), *hostile = nested(100000);
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(jval_parse(fits, strlen(fits), &v, &err), &err);
	check_refused(deep, ERR_LIMIT, "nested deeper");
	check_refused(hostile, ERR_INVALID, "not valid JSON");
}

static void jval_parse__larger_than_the_limit__is_not_even_read(void **state)
{
	struct error err = { 0 };
	struct jval *v = NULL;

	(void)state;
	assert_refused(jval_parse("1", LIMIT_JSON + 1, &v, &err), &err, ERR_LIMIT, "larger than");
}

static void jval_getters__missing_or_wrong_type__answer_the_default(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"i\":7,\"r\":0.5,\"b\":true,\"n\":null,\"a\":[1,2]}";
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };

	(void)state;
	assert_ok(jval_parse(text, strlen(text), &v, &err), &err);
	assert_int_equal(jval_get_int(v, "s", -3), -3);
	assert_int_equal(jval_get_int(v, "r", -3), -3);
	assert_int_equal(jval_get_int(v, "i", -3), 7);
	assert_true(jval_get_num(v, "i", 0) == 7);
	assert_true(jval_get_num(v, "none", 1.5) == 1.5);
	assert_true(jval_get_bool(v, "b", false));
	assert_true(jval_get_bool(v, "i", true));
	assert_null(jval_get_text(v, "i"));
	assert_null(jval_get_text(NULL, "i"));
	assert_int_equal(jval_type(jval_get(v, "n")), JVAL_NULL);
	assert_int_equal(jval_type(jval_get(v, "none")), JVAL_NONE);
	assert_int_equal(jval_count(jval_get(v, "a")), 2);
	assert_int_equal(jval_count(jval_get(v, "s")), 0);
	assert_int_equal(jval_count(NULL), 0);
	assert_null(jval_at(jval_get(v, "a"), 2));
	assert_null(jval_at(v, 0));
}

static void jval_format__numbers__keep_kind_and_value(void **state)
{
	(void)state;
	check_round("[0.1,1.0,-0.0,1e300,9223372036854775807,-1]", JVAL_COMPACT,
		    "[0.1,1.0,-0.0,1e+300,9223372036854775807,-1]");
}

static void jval_format__non_finite__travel_as_strings_and_come_back(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_MIB);
	CLEANUP(jval_free) struct jval *v = jval_object(), *back = NULL;
	struct error err = { 0 };

	(void)state;
	jval_set_num(v, "a", (double)NAN);
	jval_set_num(v, "b", (double)-INFINITY);
	jval_format(v, JVAL_COMPACT, &out);
	assert_string_equal(buf_text(&out), "{\"a\":\"NaN\",\"b\":\"-Infinity\"}");
	assert_ok(jval_parse(out.data, out.len, &back, &err), &err);
	assert_true(isnan(jval_get_num(back, "a", 0)));
	assert_true(isinf(jval_get_num(back, "b", 0)));
	assert_true(jval_is_num(jval_get(back, "a")));
}

static void jval_format__styles__order_and_layout(void **state)
{
	(void)state;
	check_round("{\"b\":[],\"a\":{}}", JVAL_COMPACT, "{\"b\":[],\"a\":{}}");
	check_round("{\"b\":1,\"a\":2,\"\":3}", JVAL_CANONICAL, "{\"\":3,\"a\":2,\"b\":1}");
	check_round("{\"b\":[1,{\"c\":2}]}", JVAL_PRETTY, "{\n  \"b\": [\n    1,\n    {\n      \"c\": 2\n    }\n  ]\n}");
}

static void jval_format__control_bytes__are_escaped(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_MIB);
	CLEANUP(jval_free) struct jval *v = jval_new_text_n("a\"\\\n\x1b\0\x7f", 7);

	(void)state;
	jval_format(v, JVAL_COMPACT, &out);
	assert_string_equal(buf_text(&out), "\"a\\\"\\\\\\n\\u001b\\u0000\\u007f\"");
}

static void jval_new_text__invalid_utf8__is_repaired_never_lost(void **state)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	(void)state;
	jval_set_text(v, "k\xff", "v\xc3(");
	assert_string_equal(jval_get_text(v, "k\xef\xbf\xbd"), "v\xef\xbf\xbd(");
	assert_null(jval_get_text(v, "none"));
	jval_set_text(v, "null", NULL);
	assert_int_equal(jval_type(jval_get(v, "null")), JVAL_NULL);
}

static void jval_next__iterates_in_insertion_order(void **state)
{
	CLEANUP(jval_free) struct jval *v = jval_object(), *copy = NULL;
	const struct jval *value;
	const char *key;
	char seen[8] = "";
	size_t n = 0;

	(void)state;
	jval_set_int(v, "z", 1);
	jval_set_int(v, "a", 2);
	jval_set_int(v, "m", 3);
	jval_set_int(v, "z", 4);
	copy = jval_copy(v);
	for (void *it = NULL; (it = jval_next(copy, it, &key, &value));)
		seen[n++] = key[0];
	assert_string_equal(seen, "zam");
	assert_int_equal(jval_get_int(copy, "z", 0), 4);
	assert_null(jval_next(NULL, NULL, &key, &value));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(jval_parse__malformed__names_line_and_column),
	cmocka_unit_test(jval_parse__nested_past_the_limit__is_a_limit),
	cmocka_unit_test(jval_parse__larger_than_the_limit__is_not_even_read),
	cmocka_unit_test(jval_getters__missing_or_wrong_type__answer_the_default),
	cmocka_unit_test(jval_format__numbers__keep_kind_and_value),
	cmocka_unit_test(jval_format__non_finite__travel_as_strings_and_come_back),
	cmocka_unit_test(jval_format__styles__order_and_layout),
	cmocka_unit_test(jval_format__control_bytes__are_escaped),
	cmocka_unit_test(jval_new_text__invalid_utf8__is_repaired_never_lost),
	cmocka_unit_test(jval_next__iterates_in_insertion_order),
};

WB_TEST_MAIN(tests)
