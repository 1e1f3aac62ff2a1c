/* policy/diag.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "policy/diag.h"

struct fixture {
	struct policy_diags diags;
	struct buf shown;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .shown = BUF_INIT(1 << 20) };
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	policy_diags_release(&f->diags);
	buf_release(&f->shown);
	return 0;
}

/* The finding about bytes at..end of text, as it is shown. */
static const char *shown(struct fixture *f, const char *text, uint32_t at, uint32_t end)
{
	const struct source src = { "a.rego", text, strlen(text) };

	diag_add(&f->diags, DIAG_SYNTAX, &src, at, end, "wrong");
	buf_clear(&f->shown);
	policy_diags_print(&f->diags, &f->shown);
	policy_diags_release(&f->diags);
	return buf_text(&f->shown);
}

static void print__a_span__has_a_caret_and_its_length_below(void **state)
{
	assert_string_equal(shown(*state, "one\ntwo three\nfour", 8, 13),
			    "a.rego:2:5: error: wrong [P0101]\n  two three\n      ^~~~~\n");
}

static void print__tabs_wide_and_control_characters__keep_the_caret_in_place(void **state)
{
	assert_string_equal(shown(*state, "\tx", 1, 2), "a.rego:1:2: error: wrong [P0101]\n      x\n      ^\n");
	assert_string_equal(shown(*state, "漢x", 3, 4), "a.rego:1:4: error: wrong [P0101]\n  漢x\n    ^\n");
	assert_string_equal(shown(*state, "\033x", 1, 2), "a.rego:1:2: error: wrong [P0101]\n  \\x1bx\n      ^\n");
	assert_string_equal(shown(*state, "\xffx", 1, 2), "a.rego:1:2: error: wrong [P0101]\n  \\xffx\n      ^\n");
}

static void print__the_end_of_the_text__is_a_place_too(void **state)
{
	assert_string_equal(shown(*state, "ab", 2, 2), "a.rego:1:3: error: wrong [P0101]\n  ab\n    ^\n");
	assert_string_equal(shown(*state, "ab\n", 3, 3), "a.rego:2:1: error: wrong [P0101]\n");
	assert_string_equal(shown(*state, "ab\r\ncd", 1, 4), "a.rego:1:2: error: wrong [P0101]\n  ab\n   ^\n");
}

static void print__a_long_line__is_shown_around_the_place(void **state)
{
	char text[1001];
	const char *line, *caret;

	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	memcpy(text + 500, "here", 4);
	line = strchr(shown(*state, text, 500, 504), '\n') + 1;
	caret = strchr(line, '\n') + 1;
	assert_true(caret - line < 180);
	assert_contains(line, "…");
	assert_string_equal(strchr(caret, '^'), "^~~~\n");
	/* Both cuts and the caret's own place: columns, where the first "…" counts one for its three bytes. */
	assert_int_equal(strchr(caret, '^') - caret, strstr(line, "here") - line - 2);
}

static void print__a_long_line_of_broken_characters__stays_inside_it(void **state)
{
	char text[400];

	memset(text, 0x92, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (uint32_t at = 0; at < sizeof text; at += 7)
		assert_contains(shown(*state, text, at, at + 1), "^");
}

static void print__a_name_as_long_as_a_file__is_cut(void **state)
{
	struct fixture *f = *state;
	char *name = mem_alloc(100001);

	memset(name, 'n', 100000);
	name[100000] = '\0';
	diag_add(&f->diags, DIAG_SYNTAX, NULL, 0, 0, "'%s'", name);
	diag_help(&f->diags, "not %s", name);
	free(name);
	assert_true(strlen(f->diags.items[0].message) < 500 && strlen(f->diags.items[0].help) < 500);
	assert_contains(f->diags.items[0].message, "nnn…");
}

static void add__a_flood__is_counted_and_kept_short(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 1000; i++)
		diag_add(&f->diags, DIAG_SYNTAX, NULL, 0, 0, "%d", i);
	assert_int_equal(f->diags.errors, 1000);
	assert_int_equal(f->diags.n, 200);
	policy_diags_print(&f->diags, &f->shown);
	assert_contains(buf_text(&f->shown), "... and 800 more errors\n");
}

static void add_file__its_name__is_said_once(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	assert_int_equal(error_set(&err, ERR_INVALID, "a.json: no good"), -1);
	policy_diags_add_file(&f->diags, "a.json", &err);
	assert_int_equal(error_set(&err, ERR_LIMIT, "a.json is larger than 5 bytes"), -1);
	assert_int_equal(error_hint(&err, "make it smaller"), -1);
	policy_diags_add_file(&f->diags, "a.json", &err);
	assert_int_equal(error_set(&err, ERR_INVALID, "a.json: JSON, line 2, column 7: no good"), -1);
	policy_diags_add_file(&f->diags, "a.json", &err);
	assert_int_equal(error_set(&err, ERR_INVALID, "JSON, line 2, column x: no good"), -1);
	policy_diags_add_file(&f->diags, "a.json", &err);
	policy_diags_print(&f->diags, &f->shown);
	assert_string_equal(buf_text(&f->shown), "a.json: error: no good [P0601]\n"
						 "a.json: error: the file is larger than 5 bytes [P0601]\n"
						 "  help: make it smaller\n"
						 "a.json:2:7: error: no good [P0601]\n"
						 "a.json: error: JSON, line 2, column x: no good [P0601]\n");
}

static void json__errors_and_warnings__stand_apart(void **state)
{
	struct fixture *f = *state;
	const struct source src = { "a.rego", "x\ny", 3 };

	policy_diags_json(&f->diags, &f->shown);
	assert_string_equal(buf_text(&f->shown), "{}");
	buf_clear(&f->shown);
	diag_add(&f->diags, DIAG_UNSAFE, &src, 2, 3, "bad \"%s\"", "\033");
	diag_add(&f->diags, DIAG_LINT_MIX, &src, 0, 1, "odd");
	diag_sort(&f->diags);
	policy_diags_json(&f->diags, &f->shown);
	assert_string_equal(buf_text(&f->shown),
			    "{\"errors\":[{\"message\":\"bad \\\"\\u001b\\\"\",\"code\":\"rego_unsafe_var_error\",\"id\":\"P0201\","
			    "\"location\":{\"file\":\"a.rego\",\"row\":2,\"col\":1}}],"
			    "\"warnings\":[{\"message\":\"odd\",\"code\":\"rego_lint\",\"id\":\"P0402\","
			    "\"location\":{\"file\":\"a.rego\",\"row\":1,\"col\":1}}]}");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	CASE(print__a_span__has_a_caret_and_its_length_below),
	CASE(print__tabs_wide_and_control_characters__keep_the_caret_in_place),
	CASE(print__the_end_of_the_text__is_a_place_too),
	CASE(print__a_long_line__is_shown_around_the_place),
	CASE(print__a_long_line_of_broken_characters__stays_inside_it),
	CASE(print__a_name_as_long_as_a_file__is_cut),
	CASE(add__a_flood__is_counted_and_kept_short),
	CASE(add_file__its_name__is_said_once),
	CASE(json__errors_and_warnings__stand_apart),
};

WB_TEST_MAIN(tests)
