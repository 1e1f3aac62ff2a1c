/* Output: escapes, colours, JSON lines, and what a failed write says. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/output.h"

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

static void output_json_text__many_characters_that_may_act__takes_no_square_time(void **state)
{
	struct output *out = *state;
	enum { COUNT = 400000 };
	CLEANUP(free) char *text = mem_alloc(3 * COUNT + 1);

	for (size_t i = 0; i < COUNT; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 3);
	text[3 * COUNT] = '\0';
	out->fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	output_json_text(out, text);
	assert_int_equal(out->sys, 0);
	close(out->fd);
}

static void output_wants_color__what_is_asked_goes_before_the_environment(void **state)
{
	(void)state;
	setenv("NO_COLOR", "1", 1);
	assert_true(output_wants_color(STDOUT_FILENO, COLOR_ALWAYS));
	assert_false(output_wants_color(STDOUT_FILENO, COLOR_AUTO));
	unsetenv("NO_COLOR");
	assert_false(output_wants_color(STDOUT_FILENO, COLOR_NEVER));
	setenv("TERM", "dumb", 1);
	assert_false(output_wants_color(STDOUT_FILENO, COLOR_AUTO));
}

static void output_init__columns__are_believed_within_reason(void **state)
{
	static const struct {
		const char *columns;
		size_t width;
	} cases[] = { { "40", 40 }, { "19", 0 }, { "10000", 0 }, { "wide", 0 }, { "-1", 0 }, { "", 0 } };
	struct output other;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		setenv("COLUMNS", cases[i].columns, 1);
		output_init(&other, -1, COLOR_NEVER);
		assert_int_equal(other.width, cases[i].width);
		output_release(&other);
	}
	unsetenv("COLUMNS");
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
	CASE(output_style__without_color__prints_nothing),
	CASE(output_untrusted__control_bytes__are_shown),
	CASE(output_untrusted_text__tabs__become_blanks),
	CASE(output_json__one_object__is_one_line),
	CASE(output_json__characters_that_act__are_escaped),
	CASE(output_json_text__many_characters_that_may_act__takes_no_square_time),
	CASE(output_wants_color__what_is_asked_goes_before_the_environment),
	CASE(output_init__columns__are_believed_within_reason),
	CASE(output_flush__full_device__is_an_error_that_names_it),
	CASE(output_flush__reader_gone__is_no_error),
};

WB_TEST_MAIN(tests)
