/* base/text.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/str.h"
#include "base/text.h"

static void check_escape(const char *s, size_t n, const char *expected)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1000);

	text_escape(&b, s, n);
	assert_string_equal(buf_text(&b), expected);
}

static void check_fit(const char *s, size_t width, bool pad, const char *expected)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1000);

	text_fit(&b, s, width, pad);
	assert_string_equal(buf_text(&b), expected);
}

static void text_escape__hostile_bytes__are_shown_not_sent(void **state)
{
	(void)state;
	check_escape("\x1b]0;owned\x07", 10, "\\x1b]0;owned\\x07");
	check_escape("a\nb\tc\r", 6, "a\\nb\\tc\\r");
	check_escape("\0", 1, "\\x00");
	check_escape("\x9b" "31m", 4, "\\x9b31m");
	/* U+009B in UTF-8 is the same escape sequence to a terminal. */
	check_escape("\xc2\x9b", 2, "\\x9b");
	check_escape("\xe2\x80\xae" "evil", 7, "\\u202eevil");
	check_escape("\xe2\x81\xa6", 3, "\\u2066");
	check_escape("\xef\xbb\xbf", 3, "\\ufeff");
	check_escape("\xf3\xa0\x81\x81", 4, "\\U000e0041");
	check_escape("\xff\xfe", 2, "\\xff\\xfe");
	check_escape("\xe2\x82", 2, "\\xe2\\x82");
	check_escape("\x7f", 1, "\\x7f");
}

static void text_escape__ordinary_text__stays(void **state)
{
	(void)state;
	check_escape("C:\\dir caf\xc3\xa9 \xe6\xbc\xa2", 16, "C:\\dir caf\xc3\xa9 \xe6\xbc\xa2");
	check_escape("", 0, "");
}

/* Every single byte and every code point: what comes out is printable UTF-8. */
static void text_escape__everything__gives_printable_utf8(void **state)
{
	(void)state;
	for (uint32_t c = 0; c < 0x3000; c++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(100);
		char s[2] = { (char)(c >> 8), (char)c };

		text_escape(&b, s, sizeof s);
		assert_true(str_is_utf8(buf_text(&b), b.len));
		for (size_t i = 0; i < b.len; i++)
			assert_true((unsigned char)b.data[i] >= 0x20 && b.data[i] != 0x7f);
	}
}

static void text_width__wide_combining_and_escaped(void **state)
{
	(void)state;
	assert_int_equal(text_width("abc", 3), 3);
	assert_int_equal(text_width("\xe6\xbc\xa2\xe5\xad\x97", 6), 4);
	assert_int_equal(text_width("e\xcc\x81", 3), 1);
	assert_int_equal(text_width("\x1b", 1), 4);
}

static void text_fit__cut_and_padded__has_exactly_its_width(void **state)
{
	(void)state;
	check_fit("abcdef", 6, true, "abcdef");
	check_fit("abcdef", 4, true, "abc\xe2\x80\xa6");
	check_fit("ab", 4, true, "ab  ");
	check_fit("ab", 4, false, "ab");
	/* A wide character that does not fit leaves a blank rather than half of itself. */
	check_fit("\xe6\xbc\xa2\xe5\xad\x97x", 4, true, "\xe6\xbc\xa2\xe2\x80\xa6 ");
	check_fit("abc", 0, true, "");
	check_fit("\x1b\x1b", 4, true, "\xe2\x80\xa6   ");
}

static void text_next__unit_by_unit__is_what_text_escape_shows(void **state)
{
	static const char text[] = "a\xe6\xbc\xa2""e\xcc\x81\x1b\n\xff\xe2\x80\xae";
	CLEANUP(buf_release) struct buf whole = BUF_INIT(1000);
	CLEANUP(buf_release) struct buf units = BUF_INIT(1000);
	size_t cols = 0;

	(void)state;
	text_escape(&whole, text, sizeof text - 1);
	for (size_t i = 0; i < sizeof text - 1;) {
		struct text_unit u;

		i += text_next(text + i, sizeof text - 1 - i, &u);
		buf_append(&units, u.bytes, u.n);
		cols += u.cols;
	}
	assert_string_equal(buf_text(&units), buf_text(&whole));
	assert_int_equal(cols, text_width(text, sizeof text - 1));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(text_escape__hostile_bytes__are_shown_not_sent),
	cmocka_unit_test(text_escape__ordinary_text__stays),
	cmocka_unit_test(text_escape__everything__gives_printable_utf8),
	cmocka_unit_test(text_next__unit_by_unit__is_what_text_escape_shows),
	cmocka_unit_test(text_width__wide_combining_and_escaped),
	cmocka_unit_test(text_fit__cut_and_padded__has_exactly_its_width),
};

WB_TEST_MAIN(tests)
