/* Editing a line. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "tests/support/wb_test.h"
#include "tui/prompt.h"

struct fixture {
	struct prompt prompt;
	struct words history;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	prompt_init(&f.prompt);
	f.prompt.history = &f.history;
	prompt_start(&f.prompt, "label: ", "");
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	prompt_release(&f->prompt);
	words_release(&f->history);
	return 0;
}

static void type(struct prompt *p, const char *text)
{
	for (size_t n = strlen(text), i = 0; i < n;) {
		uint32_t c = 0;

		i += str_utf8_decode(text + i, n - i, &c);
		assert_int_equal(prompt_key(p, c), PROMPT_EDITING);
	}
}

static void press(struct prompt *p, tui_key key)
{
	assert_int_equal(prompt_key(p, key), PROMPT_EDITING);
}

static void key__editing__works_on_whole_characters(void **state)
{
	struct prompt *p = &((struct fixture *)*state)->prompt;

	type(p, "aé漢");
	press(p, TK_LEFT);
	press(p, TK_BACKSPACE);
	type(p, "x");
	assert_string_equal(buf_text(&p->text), "ax漢");
	press(p, TK_HOME);
	press(p, TK_DELETE);
	press(p, TK_END);
	press(p, TK_BACKSPACE);
	assert_string_equal(buf_text(&p->text), "x");
}

static void key__control__cuts_words_and_lines(void **state)
{
	struct prompt *p = &((struct fixture *)*state)->prompt;

	type(p, "one two  three");
	press(p, TK_CTRL('W'));
	assert_string_equal(buf_text(&p->text), "one two  ");
	press(p, TK_CTRL('W'));
	assert_string_equal(buf_text(&p->text), "one ");
	press(p, TK_CTRL('A'));
	press(p, TK_CTRL('K'));
	assert_string_equal(buf_text(&p->text), "");
	type(p, "abc");
	press(p, TK_CTRL('B'));
	press(p, TK_CTRL('U'));
	assert_string_equal(buf_text(&p->text), "c");
}

static void key__tab__completes_as_far_as_it_is_clear(void **state)
{
	struct prompt *p = &((struct fixture *)*state)->prompt;

	words_add(&p->candidates, "metrics.loss");
	words_add(&p->candidates, "metrics.lr");
	words_add(&p->candidates, "params.lr");
	type(p, "m");
	press(p, TK_TAB);
	assert_string_equal(buf_text(&p->text), "metrics.l");
	assert_contains(buf_text(&p->choices), "metrics.loss  metrics.lr");
	type(p, "o");
	press(p, TK_TAB);
	assert_string_equal(buf_text(&p->text), "metrics.loss ");
	type(p, "> 1 AND (p");
	press(p, TK_TAB);
	assert_string_equal(buf_text(&p->text), "metrics.loss > 1 AND (params.lr ");
	type(p, "zzz");
	press(p, TK_TAB);
	assert_string_equal(buf_text(&p->text), "metrics.loss > 1 AND (params.lr zzz");
}

static void key__history__goes_back_and_forth(void **state)
{
	struct fixture *f = *state;
	struct prompt *p = &f->prompt;

	type(p, "first");
	assert_int_equal(prompt_key(p, TK_ENTER), PROMPT_DONE);
	prompt_start(p, "label: ", "");
	type(p, "second");
	assert_int_equal(prompt_key(p, TK_ENTER), PROMPT_DONE);
	prompt_start(p, "label: ", "");
	press(p, TK_UP);
	assert_string_equal(buf_text(&p->text), "second");
	press(p, TK_UP);
	press(p, TK_UP);
	assert_string_equal(buf_text(&p->text), "first");
	press(p, TK_DOWN);
	press(p, TK_DOWN);
	press(p, TK_DOWN);
	assert_string_equal(buf_text(&p->text), "");
	for (int i = 0; i < 3 * PROMPT_HISTORY; i++) {
		prompt_start(p, "label: ", i % 2 ? "odd" : "even");
		assert_int_equal(prompt_key(p, TK_ENTER), PROMPT_DONE);
	}
	assert_int_equal(f->history.n, PROMPT_HISTORY);
}

static void key__leaving__is_escape_and_backspace_in_an_empty_line(void **state)
{
	struct prompt *p = &((struct fixture *)*state)->prompt;

	type(p, "a");
	press(p, TK_BACKSPACE);
	assert_int_equal(prompt_key(p, TK_BACKSPACE), PROMPT_LEFT);
	assert_int_equal(prompt_key(p, TK_ESCAPE), PROMPT_LEFT);
	assert_int_equal(prompt_key(p, TK_CTRL('C')), PROMPT_LEFT);
}

static void key__too_much__is_left_out(void **state)
{
	struct prompt *p = &((struct fixture *)*state)->prompt;

	for (int i = 0; i < 2 * PROMPT_MAX; i++)
		press(p, 'a');
	assert_true(p->text.len < PROMPT_MAX);
	press(p, TK_HOME);
	press(p, 'b');
	assert_true(p->at <= 1);
}

#define WITH_PROMPT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static const struct CMUnitTest tests[] = {
	WITH_PROMPT(key__editing__works_on_whole_characters),
	WITH_PROMPT(key__control__cuts_words_and_lines),
	WITH_PROMPT(key__tab__completes_as_far_as_it_is_clear),
	WITH_PROMPT(key__history__goes_back_and_forth),
	WITH_PROMPT(key__leaving__is_escape_and_backspace_in_an_empty_line),
	WITH_PROMPT(key__too_much__is_left_out),
};

WB_TEST_MAIN(tests)
