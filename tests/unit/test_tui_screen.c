/* Cells, clipping, wide and hostile text. */
#include "config.h"

#include <string.h>

#include "tests/support/wb_test.h"
#include "tui/screen.h"

enum { WIDTH = 12, HEIGHT = 3 };

static int setup(void **state)
{
	*state = screen_new(WIDTH, HEIGHT);
	return 0;
}

static int teardown(void **state)
{
	screen_free(*state);
	return 0;
}

static void check(const struct screen *s, const char *expected)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	screen_dump(s, false, &b);
	assert_string_equal(buf_text(&b), expected);
}

static void text__past_the_edge__is_cut(void **state)
{
	struct area a = area_whole(*state);

	area_text(&a, 8, 0, PEN_PLAIN, "abcdefgh");
	area_text(&a, -3, 1, PEN_PLAIN, "abcdefgh");
	area_text(&a, 0, 9, PEN_PLAIN, "nowhere");
	area_text(&a, 0, -1, PEN_PLAIN, "nowhere");
	check(*state, "        abcd\ndefgh\n\n");
}

static void text__in_a_part__stays_in_it(void **state)
{
	struct area a = area_whole(*state), part = area_part(&a, 3, 1, 4, 1), nothing = area_part(&a, 20, 20, 5, 5);

	area_text(&part, 0, 0, PEN_PLAIN, "abcdefgh");
	area_text(&part, 0, 1, PEN_PLAIN, "below");
	area_text(&nothing, 0, 0, PEN_PLAIN, "x");
	check(*state, "\n   abcd\n\n");
	assert_int_equal(nothing.width, 0);
}

static void text__wide_at_the_edge__is_left_out_whole(void **state)
{
	struct area a = area_whole(*state), odd = area_part(&a, 0, 0, 3, 1);

	area_text(&odd, 0, 0, PEN_PLAIN, "漢字");
	area_text(&a, 0, 1, PEN_PLAIN, "漢字");
	/* Drawn over one half, the other becomes blank. */
	area_text(&a, 1, 1, PEN_PLAIN, "x");
	area_text(&a, 0, 2, PEN_PLAIN, "漢字");
	area_text(&a, 2, 2, PEN_PLAIN, "x");
	check(*state, "漢\n x字\n漢x\n");
}

static void text__combining_marks__join_the_cell_before(void **state)
{
	struct area a = area_whole(*state);

	area_text(&a, 0, 0, PEN_PLAIN, "e\xcc\x81t\xcc\x80\xcc\x81\xcc\x82!");
	area_text(&a, 0, 1, PEN_PLAIN, "\xcc\x81x");
	check(*state, "e\xcc\x81t\xcc\x80\xcc\x81!\nx\n\n");
}

static void text__hostile__is_escaped(void **state)
{
	struct area a = area_whole(*state);

	area_text(&a, 0, 0, PEN_PLAIN, "\033[2J\n");
	area_text(&a, 0, 1, PEN_PLAIN, "\xff\xe2\x80\xae");
	check(*state, "\\x1b[2J\\n\n\\xff\\u202e\n\n");
}

static void field__too_long__ends_in_an_ellipsis(void **state)
{
	struct area a = area_whole(*state);

	assert_int_equal(area_field(&a, 1, 0, 5, false, PEN_PLAIN, "abcdefgh"), 6);
	area_field(&a, 0, 1, 6, true, PEN_PLAIN, "12");
	area_field(&a, 0, 2, 0, false, PEN_PLAIN, "x");
	check(*state, " abcd…\n    12\n\n");
}

static void wrapped__long_text__breaks_at_blanks(void **state)
{
	struct area a = area_whole(*state);

	assert_int_equal(area_wrapped(&a, 0, 0, 8, 3, PEN_PLAIN, "one two three-and-more"), 3);
	check(*state, "one two\nthree-an\nd-more\n");
}

static void dump__pens__are_letters(void **state)
{
	struct area a = area_whole(*state);
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	area_text(&a, 0, 0, PEN_GOOD, "ok");
	area_text(&a, 3, 0, PEN_SERIES + 1, "2");
	area_text(&a, 0, 1, PEN_BAD, "no");
	area_select(&a, 1);
	screen_dump(*state, true, &b);
	assert_string_equal(buf_text(&b), "ok 2\nno\n\n--\ngg.2\nBB@@@@@@@@@@\n\n");
}

static void size__absurd__is_held(void **state)
{
	struct screen *small = screen_new(-5, 0), *large = screen_new(1 << 30, 1 << 30);

	(void)state;
	assert_int_equal(small->width * small->height, 1);
	assert_int_equal(large->width, SCREEN_SIDE_MAX);
	screen_free(small);
	screen_free(large);
}

#define WITH_SCREEN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static const struct CMUnitTest tests[] = {
	WITH_SCREEN(text__past_the_edge__is_cut),
	WITH_SCREEN(text__in_a_part__stays_in_it),
	WITH_SCREEN(text__wide_at_the_edge__is_left_out_whole),
	WITH_SCREEN(text__combining_marks__join_the_cell_before),
	WITH_SCREEN(text__hostile__is_escaped),
	WITH_SCREEN(field__too_long__ends_in_an_ellipsis),
	WITH_SCREEN(wrapped__long_text__breaks_at_blanks),
	WITH_SCREEN(dump__pens__are_letters),
	cmocka_unit_test(size__absurd__is_held),
};

WB_TEST_MAIN(tests)
