/* tracker/query_names.c: names, nearest names, and showing where a filter is wrong. */
#include "config.h"

#include <string.h>

#include "tests/support/wb_test.h"
#include "tracker/query_ast.h"

static void prefixes__in_any_case__are_found(void **state)
{
	enum field_kind kind;

	(void)state;
	assert_true(query_prefix_find("METRIC", 6, &kind) && kind == FIELD_METRIC);
	assert_true(query_prefix_find("parameters.x", 10, &kind) && kind == FIELD_PARAM);
	assert_true(query_prefix_find("inputs", 6, &kind) && kind == FIELD_DATASET);
	assert_false(query_prefix_find("metri", 5, &kind));
	assert_false(query_prefix_find("", 0, &kind));
	assert_string_equal(query_prefix_nearest("metrcs"), "metrics");
}

static void attributes__by_name_and_alias__are_the_same(void **state)
{
	(void)state;
	assert_ptr_equal(query_name_find(FIELD_ATTRIBUTE, "run_id", 6), query_name_find(FIELD_ATTRIBUTE, "ID", 2));
	assert_ptr_equal(query_name_find(FIELD_ATTRIBUTE, "name", 4), query_name_find(FIELD_ATTRIBUTE, "Run name", 8));
	assert_ptr_equal(query_name_find(FIELD_DATASET, "context", 7), query_name_find(FIELD_DATASET, "tags", 4));
	assert_null(query_name_find(FIELD_ATTRIBUTE, "statu", 5));
	assert_null(query_name_find(FIELD_DATASET, "status", 6));
	assert_string_equal(query_name_nearest(FIELD_ATTRIBUTE, "statsu"), "status");
	assert_string_equal(query_name_nearest(FIELD_DATASET, "diget"), "digest");
}

static void check_mark(const char *text, size_t start, size_t length, size_t width, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct query_mark m = { .text = text, .start = start, .length = length };

	query_mark_format(&b, &m, width);
	assert_string_equal(buf_text(&b), want);
}

static void a_mark__is_a_caret_below_its_place(void **state)
{
	(void)state;
	check_mark("metrics.loss << 3", 13, 2, 80, "metrics.loss << 3\n             ^~");
	check_mark("a", 1, 0, 80, "a\n ^");
	check_mark("", 0, 0, 80, "\n^");
	/* Columns, not bytes: two wide characters and a control character that is shown escaped. */
	check_mark("\xe6\xbc\xa2\xe5\xad\x97 =", 7, 1, 80, "\xe6\xbc\xa2\xe5\xad\x97 =\n     ^");
	check_mark("\033 =", 2, 1, 80, "\\x1b =\n     ^");
}

static void a_mark__in_a_long_text__is_seen(void **state)
{
	char text[400];
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct query_mark m = { .text = text, .start = 300, .length = 5 };
	const char *second;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text + 300, "WRONG", 5);
	text[sizeof text - 1] = '\0';
	query_mark_format(&b, &m, 40);
	second = strchr(buf_text(&b), '\n');
	assert_non_null(second);
	assert_true(second - buf_text(&b) <= 40);
	assert_int_equal(strstr(buf_text(&b), "WRONG") - buf_text(&b), strchr(second, '^') - second - 1);
	assert_string_equal(strchr(second, '^'), "^~~~~");
}

static void fields__are_written_as_they_can_be_read(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct query_field metric = { .kind = FIELD_METRIC, .aspect = ASPECT_MIN, .key = "val/loss" };
	struct query_field attribute = { .kind = FIELD_ATTRIBUTE, .name = query_name_find(FIELD_ATTRIBUTE, "user", 4) };

	(void)state;
	query_field_format(&b, &metric);
	buf_putc(&b, ' ');
	query_field_format(&b, &attribute);
	assert_string_equal(buf_text(&b), "metrics.`val/loss`.min user_id");
	assert_string_equal(compare_op_name(OP_ILIKE), "ILIKE");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(prefixes__in_any_case__are_found),
	cmocka_unit_test(attributes__by_name_and_alias__are_the_same),
	cmocka_unit_test(a_mark__is_a_caret_below_its_place),
	cmocka_unit_test(a_mark__in_a_long_text__is_seen),
	cmocka_unit_test(fields__are_written_as_they_can_be_read),
};

WB_TEST_MAIN(tests)
