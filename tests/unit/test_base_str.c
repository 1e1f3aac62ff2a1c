/* base/str.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void str_eq__null__equals_only_null(void **state)
{
	(void)state;
	assert_true(str_eq(NULL, NULL));
	assert_false(str_eq(NULL, ""));
	assert_false(str_eq("a", NULL));
	assert_true(str_starts("abc", ""));
	assert_false(str_starts("ab", "abc"));
	assert_true(str_ends("a.json", ".json"));
	assert_false(str_ends("json", ".json"));
}

static void str_parse_i64__not_a_number__is_refused_and_out_untouched(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "1x", "x", "0x10", "1.5", "--1", "9223372036854775808", "\n1" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = { 0 };
		int64_t v = 77;

		assert_refused(str_parse_i64(bad[i], &v, &err), &err, ERR_INVALID, "");
		assert_int_equal(v, 77);
	}
}

static void str_parse_i64__the_whole_range__is_read(void **state)
{
	struct error err = { 0 };
	int64_t v;

	(void)state;
	assert_ok(str_parse_i64("-9223372036854775808", &v, &err), &err);
	assert_true(v == INT64_MIN);
	assert_ok(str_parse_i64("9223372036854775807", &v, &err), &err);
	assert_true(v == INT64_MAX);
}

static void str_parse_u64__signs_and_overflow__are_refused(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", " 1", "18446744073709551616", "1e3" };
	struct error err = { 0 };
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(str_parse_u64(bad[i], &v, &err), &err, ERR_INVALID, bad[i]);
	assert_ok(str_parse_u64("18446744073709551615", &v, &err), &err);
	assert_true(v == UINT64_MAX);
}

static void str_parse_double__junk_and_overflow__are_refused(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "0x1p3", "nan(1)", "1e999", "-1e999", "1,5", "one" };
	struct error err = { 0 };
	double v;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(str_parse_double(bad[i], &v, &err), &err, ERR_INVALID, bad[i]);
}

static void str_parse_double__special_values__are_read(void **state)
{
	struct error err = { 0 };
	double v;

	(void)state;
	assert_ok(str_parse_double("NaN", &v, &err), &err);
	assert_true(isnan(v));
	assert_ok(str_parse_double("-Infinity", &v, &err), &err);
	assert_true(isinf(v) && v < 0);
	assert_ok(str_parse_double("inf", &v, &err), &err);
	assert_true(isinf(v) && v > 0);
	/* Underflow is a number near zero, not an error. */
	assert_ok(str_parse_double("1e-400", &v, &err), &err);
	assert_true(v >= 0 && v < 1e-300);
}

static void str_parse_size__table(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "64K", 65536 }, { "256M", 268435456 }, { "1.5G", 1610612736 },
		{ "2GiB", 2147483648 }, { "10mb", 10485760 }, { "1t", 1099511627776 }, { "512b", 512 },
	};
	static const char *const bad[] = { "", "-1", "K", "1Q", "1 K", "1K1", "1e3", "1E3", "0x10", "0X10", "1.5.5", "9e9T",
					   "99999999T", "inf", "nan", "1KK" };
	struct error err = { 0 };
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_ok(str_parse_size(good[i].text, &v, &err), &err);
		assert_true(v == good[i].bytes);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(str_parse_size(bad[i], &v, &err), &err, ERR_INVALID, bad[i]);
}

static void str_parse_duration__table(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {
		{ "2s", 2000000000 }, { "90", 90000000000 }, { "1h30m", 5400000000000 }, { "500ms", 500000000 },
		{ "2d", 172800000000000 }, { "0", 0 }, { "1.5s", 1500000000 }, { "1m30", 90000000000 }, { "7ns", 7 },
	};
	static const char *const bad[] = { "", "s", "-1s", "1 s", "1y", "1.5.5", "1e3", "1E3s", "99999999999d", "5 5", "1h-3m" };
	struct error err = { 0 };
	int64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_ok(str_parse_duration(good[i].text, &v, &err), &err);
		assert_true(v == good[i].ns);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_refused(str_parse_duration(bad[i], &v, &err), &err, ERR_INVALID, bad[i]);
}

static void check_format(void (*format)(struct buf *, double), double v, const char *expected)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(100);

	format(&b, v);
	assert_string_equal(buf_text(&b), expected);
}

static void format_size(struct buf *b, double v)
{
	str_format_size(b, (uint64_t)v);
}

static void format_duration(struct buf *b, double v)
{
	str_format_duration(b, (int64_t)v);
}

static void str_format__sizes_and_durations__table(void **state)
{
	(void)state;
	check_format(format_size, 0, "0 B");
	check_format(format_size, 1023, "1023 B");
	check_format(format_size, 1024, "1.0 KiB");
	check_format(format_size, 1610612736, "1.5 GiB");
	check_format(format_duration, 0, "0ms");
	check_format(format_duration, 999e6, "999ms");
	check_format(format_duration, 1500e6, "1.5s");
	check_format(format_duration, 123e9, "2m 03s");
	check_format(format_duration, 3723e9, "1h 02m");
}

static void check_quoted(const char *word, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(256);

	str_quote_shell(&b, word);
	assert_string_equal(buf_text(&b), want);
}

static void str_quote_shell__words__table(void **state)
{
	(void)state;
	check_quoted("lr=0.1", "lr=0.1");
	check_quoted("données/é.csv", "données/é.csv");
	check_quoted("", "''");
	check_quoted("a b", "'a b'");
	check_quoted("it's", "'it'\\''s'");
	check_quoted("$(reboot)", "'$(reboot)'");
	check_quoted("~/x", "'~/x'");
	check_quoted("a\nb", "'a\nb'");
	check_quoted("\033[1m", "'\033[1m'");
}

static void str_format_double__shortest_that_reads_back(void **state)
{
	static const double odd[] = { 1.0 / 3, DBL_MIN, DBL_MAX, 5e-324, 1e21, 123456789.123456789, -0.0, 1e-7 };

	(void)state;
	check_format(str_format_double, 0.1, "0.1");
	check_format(str_format_double, 1, "1.0");
	check_format(str_format_double, -2.5, "-2.5");
	check_format(str_format_double, (double)NAN, "NaN");
	check_format(str_format_double, (double)-INFINITY, "-Infinity");
	for (size_t i = 0; i < COUNT(odd); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(100);
		double back;

		str_format_double(&b, odd[i]);
		back = strtod(buf_text(&b), NULL);
		assert_memory_equal(&back, &odd[i], sizeof back);
	}
}

static void str_nearest__only_when_near(void **state)
{
	static const char *const words[] = { "run", "rerun", "show", "checkout", "metrics" };

	(void)state;
	assert_string_equal(str_nearest("shwo", words, COUNT(words)), "show");
	assert_string_equal(str_nearest("chekout", words, COUNT(words)), "checkout");
	assert_string_equal(str_nearest("metric", words, COUNT(words)), "metrics");
	assert_null(str_nearest("frobnicate", words, COUNT(words)));
	assert_null(str_nearest("a-word-that-is-much-longer-than-forty-characters-is-no-crash", words, COUNT(words)));
	assert_null(str_nearest("x", words, 0));
}

static void str_is_utf8__malformed__is_refused(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"a\xc3", "\xe2\x82", "\xff", "\xc3\x28",
	};
	static const char *const good[] = { "", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(str_is_utf8(bad[i], strlen(bad[i])));
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(str_is_utf8(good[i], strlen(good[i])));
	/* A sequence that the length cuts is invalid even where the bytes behind it would complete it. */
	assert_false(str_is_utf8("\xe2\x82\xac", 2));
}

static void str_utf8_encode__every_length__is_read_back(void **state)
{
	static const uint32_t points[] = { 0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0x6f22, 0xffff, 0x10000, 0x10ffff };

	(void)state;
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		char bytes[4];
		uint32_t back = 1;
		size_t n = str_utf8_encode(points[i], bytes);

		assert_int_equal(str_utf8_decode(bytes, n, &back), n);
		assert_int_equal(back, points[i]);
	}
}

static void str_unhex__wrong_length_or_digit__is_false(void **state)
{
	unsigned char out[2];
	char text[5];

	(void)state;
	assert_false(str_unhex("abc", out, 2));
	assert_false(str_unhex("abcde", out, 2));
	assert_false(str_unhex("abcg", out, 2));
	assert_true(str_unhex("aBC0", out, 2));
	str_hex(out, 2, text);
	assert_string_equal(text, "abc0");
}

static void str_hex_value__every_byte__is_a_digit_or_none(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *at = c ? strchr(digits, c) : NULL;
		int want = at ? (int)(at - digits) : -1;

		assert_int_equal(str_hex_value((char)c), want < 16 ? want : want - 6);
	}
}

static void str_is_choice__only_a_whole_one__counts(void **state)
{
	(void)state;
	assert_true(str_is_choice("auto|always|never", "auto"));
	assert_true(str_is_choice("auto|always|never", "always"));
	assert_true(str_is_choice("auto|always|never", "never"));
	assert_true(str_is_choice("one", "one"));
	assert_false(str_is_choice("auto|always|never", ""));
	assert_false(str_is_choice("auto|always|never", "alway"));
	assert_false(str_is_choice("auto|always|never", "nevers"));
	assert_false(str_is_choice("auto|always|never", "auto|always"));
	assert_false(str_is_choice("", "auto"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(str_eq__null__equals_only_null),
	cmocka_unit_test(str_parse_i64__not_a_number__is_refused_and_out_untouched),
	cmocka_unit_test(str_parse_i64__the_whole_range__is_read),
	cmocka_unit_test(str_parse_u64__signs_and_overflow__are_refused),
	cmocka_unit_test(str_parse_double__junk_and_overflow__are_refused),
	cmocka_unit_test(str_parse_double__special_values__are_read),
	cmocka_unit_test(str_parse_size__table),
	cmocka_unit_test(str_parse_duration__table),
	cmocka_unit_test(str_format__sizes_and_durations__table),
	cmocka_unit_test(str_quote_shell__words__table),
	cmocka_unit_test(str_format_double__shortest_that_reads_back),
	cmocka_unit_test(str_nearest__only_when_near),
	cmocka_unit_test(str_is_utf8__malformed__is_refused),
	cmocka_unit_test(str_utf8_encode__every_length__is_read_back),
	cmocka_unit_test(str_unhex__wrong_length_or_digit__is_false),
	cmocka_unit_test(str_hex_value__every_byte__is_a_digit_or_none),
	cmocka_unit_test(str_is_choice__only_a_whole_one__counts),
};

WB_TEST_MAIN(tests)
