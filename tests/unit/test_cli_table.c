/* Tables and the output they go through. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

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

static void output_style__without_color__prints_nothing(void **state)
{
	struct output *out = *state;

	output_styled(out, STYLE_BAD, "x");
	assert_string_equal(buf_text(&out->pending), "x");
	out->color = true;
	output_styled(out, STYLE_BAD, "y");
	assert_string_equal(buf_text(&out->pending), "x\033[31my\033[0m");
}

static void output_untrusted__control_bytes__are_shown(void **state)
{
	struct output *out = *state;

	output_untrusted(out, "a\033]0;x\007b\r\n");
	output_untrusted(out, NULL);
	assert_string_equal(buf_text(&out->pending), "a\\x1b]0;x\\x07b\\r\\n");
}

static void output_untrusted_text__tabs__become_blanks(void **state)
{
	struct output *out = *state;

	output_untrusted_text(out, "a\tb\033", 4);
	assert_string_equal(buf_text(&out->pending), "a        b\\x1b");
}

static void output_json__one_object__is_one_line(void **state)
{
	struct output *out = *state;
	struct jval *v = jval_object();

	jval_set_int(v, "v", 1);
	jval_set_text(v, "name", "a\nb");
	output_json(out, v);
	jval_free(v);
	assert_string_equal(buf_text(&out->pending), "{\"v\":1,\"name\":\"a\\nb\"}\n");
}

static void output_json__characters_that_act__are_escaped(void **state)
{
	struct output *out = *state;
	struct jval *v = jval_new_text("\x7f \xc2\x9b \xe2\x80\xae \xe2\x81\xa6 \xc2\xa9 \xd8\xa7 \xe2\x82\xac");
	struct jval *list = jval_array();

	jval_push(list, v);
	output_json(out, list);
	jval_free(list);
	assert_string_equal(buf_text(&out->pending),
			    "[\"\\u007f \\u009b \\u202e \\u2066 \xc2\xa9 \xd8\xa7 \xe2\x82\xac\"]\n");
}

static void output_flush__full_device__is_an_error_that_names_it(void **state)
{
	struct output *out = *state;
	struct error err = { 0 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		wb_test_skip("no /dev/full here");
	out->fd = fd;
	output_puts(out, "text");
	assert_refused(output_flush(out, &err), &err, ERR_SYSTEM, "No space left");
	assert_int_equal(err.sys, ENOSPC);
	close(fd);
}

static void output_flush__reader_gone__is_no_error(void **state)
{
	struct output *out = *state;
	struct error err = { 0 };
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	out->fd = ends[1];
	output_puts(out, "text");
	assert_ok(output_flush(out, &err), &err);
	close(ends[1]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(table_print__no_width__aligns_and_cuts_nothing),
	CASE(table_print__narrow__cuts_what_may_be_cut),
	CASE(table_print__narrower_than_possible__keeps_the_least),
	CASE(table_print__hostile_cells_and_titles__are_escaped),
	CASE(table_print__wide_characters__align_by_columns),
	CASE(output_style__without_color__prints_nothing),
	CASE(output_untrusted__control_bytes__are_shown),
	CASE(output_untrusted_text__tabs__become_blanks),
	CASE(output_json__one_object__is_one_line),
	CASE(output_json__characters_that_act__are_escaped),
	CASE(output_flush__full_device__is_an_error_that_names_it),
	CASE(output_flush__reader_gone__is_no_error),
};

WB_TEST_MAIN(tests)
