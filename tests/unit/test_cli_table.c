/* Tables: widths, cuts, escapes. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/mem.h"
#include "cli/output.h"
#include "cli/table.h"

static int setup(void **state)
{
	struct output *out = mem_alloc(sizeof *out);

	if (!out)
		return -1;
	output_init(out, -1, COLOR_NEVER);
	out->width = 0;
	*state = out;
	return 0;
}

static int teardown(void **state)
{
	struct output *out = *state;

	output_release(out);
	free(out);
	return 0;
}

static const struct table_column columns[] = { { "NAME", false, 4 }, { "N", true, 0 }, { "LAST", false, 0 } };

static void fill(struct table *t)
{
	table_cell(t, "short");
	table_cell(t, "1");
	table_cell(t, "a");
	table_cell(t, "quite a long name");
	table_cell(t, "1000");
	table_cell(t, NULL);
}

static void table_print__no_width__aligns_and_cuts_nothing(void **state)
{
	struct output *out = *state;
	struct table *t = table_new(columns, 3);

	fill(t);
	table_print(t, out);
	assert_int_equal(table_rows(t), 2);
	assert_int_equal(table_least_width(t), 4 + 2 + 4 + 2 + 4);
	table_free(t);
	assert_string_equal(buf_text(&out->pending), "NAME                  N  LAST\n"
						     "short                 1  a\n"
						     "quite a long name  1000\n");
}

static void table_print__narrow__cuts_what_may_be_cut(void **state)
{
	struct output *out = *state;
	struct table *t = table_new(columns, 3);

	fill(t);
	out->width = 22;
	table_print(t, out);
	table_free(t);
	assert_string_equal(buf_text(&out->pending), "NAME           N  LAST\n"
						     "short          1  a\n"
						     "quite a l…  1000\n");
}

static void table_print__narrower_than_possible__keeps_the_least(void **state)
{
	struct output *out = *state;
	struct table *t = table_new(columns, 3);

	fill(t);
	out->width = 1;
	table_print_body(t, out);
	table_free(t);
	assert_string_equal(buf_text(&out->pending), "sho…     1  a\n"
						     "qui…  1000\n");
}

static void table_print__hostile_cells_and_titles__are_escaped(void **state)
{
	static const struct table_column hostile[] = { { "a\033[2J", false, 0 }, { "b", false, 0 } };
	struct output *out = *state;
	struct table *t = table_new(hostile, 2);

	table_cell(t, "x\ny\t\xff");
	table_cell(t, "\xe2\x80\xaegnp.exe");
	table_print(t, out);
	table_free(t);
	assert_null(strchr(buf_text(&out->pending), '\033'));
	assert_contains(buf_text(&out->pending), "x\\ny\\t\\xff");
	assert_contains(buf_text(&out->pending), "\\u202egnp.exe");
}

static void table_print__wide_characters__align_by_columns(void **state)
{
	struct output *out = *state;
	struct table *t = table_new(columns, 3);

	table_cell(t, "日本");
	table_cell(t, "1");
	table_cell(t, "z");
	table_cell(t, "abcd");
	table_cell(t, "2");
	table_cell(t, "z");
	table_print_body(t, out);
	table_free(t);
	assert_string_equal(buf_text(&out->pending), "日本  1  z\nabcd  2  z\n");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(table_print__no_width__aligns_and_cuts_nothing),
	CASE(table_print__narrow__cuts_what_may_be_cut),
	CASE(table_print__narrower_than_possible__keeps_the_least),
	CASE(table_print__hostile_cells_and_titles__are_escaped),
	CASE(table_print__wide_characters__align_by_columns),
};

WB_TEST_MAIN(tests)
