/* base/vtfilter.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/limits.h"
#include "base/vtfilter.h"

/* What comes out for in, given whole, must be out; given byte by byte it must be the same. */
static void check(const char *in, const char *out)
{
	CLEANUP(buf_release) struct buf whole = BUF_INIT(LIMIT_KIB * 64), bytes = BUF_INIT(LIMIT_KIB * 64);
	struct vtfilter f = { 0 }, g = { 0 };

	vtfilter_pass(&f, in, strlen(in), &whole);
	assert_string_equal(buf_text(&whole), out);
	for (const char *p = in; *p; p++)
		vtfilter_pass(&g, p, 1, &bytes);
	assert_string_equal(buf_text(&bytes), out);
}

static void same(const char *text)
{
	check(text, text);
}

static void check_end(const char *in, const char *end)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_KIB * 64);
	struct vtfilter f = { 0 };

	vtfilter_pass(&f, in, strlen(in), &out);
	buf_clear(&out);
	vtfilter_end(&f, &out);
	assert_string_equal(buf_text(&out), end);
	buf_clear(&out);
	vtfilter_end(&f, &out);
	assert_int_equal(out.len, 0);
}

static void vtfilter_pass__what_programs_write__comes_through(void **state)
{
	(void)state;
	same("text\ttabs\r\n\a\b");
	same("\x1b[1;38;5;196mred\x1b[0m \x1b[38:2::255:0:0mcolon\x1b[m");
	same("\x1b[2J\x1b[H\x1b[10;20H\x1b[K\x1b[A\x1b[3;20r\x1bM\x1b" "7\x1b" "8");
	same("\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?2004h");
	same("\x1b[6n\x1b[c\x1b[>c\x1b[18t\x1b[22;0t");
	same("\x1b(0lqqk\x1b(B\x1b)0\x1b#8");
	same("\x1b[4 q\x1b[!p\x1b=\x1b>\x1b[>4;2m\x1b[>1u\x1b[<u\x1b[?2026$p");
	same("caf\xc3\xa9 \xe6\x97\xa5 \xf0\x9f\x98\x80");
	same("\x1b]0;a title\x1b\\\x1b]11;?\x1b\\\x1b]133;A\x1b\\");
	check("\x1b]2;ends with a bell\a", "\x1b]2;ends with a bell\x1b\\");
	same("\x1b]8;;https://example.org/\x1b\\link\x1b]8;;\x1b\\");
}

static void vtfilter_pass__what_reaches_beyond_the_screen__is_left_out(void **state)
{
	(void)state;
	check("a\x1b]52;c;cm0gLXJmIC8=\ab", "ab");
	check("a\x1b]52;c;?\x1b\\b", "ab");
	check("a\x1b]1337;File=name=eA==:AAAA\ab", "ab");
	check("a\x1b]9;notify\ab\x1b]777;notify;x;y\ac", "abc");
	check("a\x1b]lspoofed\x1b\\b\x1b]50;?\ac", "abc");
	check("a\x1b]8;;file:///etc/passwd\x1b\\b\x1b]8;;ssh://x\x1b\\c", "abc");
	check("a\x1b[21tb\x1b[20tc\x1b[3;0;0td\x1b[8;9;9te", "abcde");
	check("a\x1bP$qm\x1b\\b\x1bP1$r0m\x1b\\c\x1bP+q544e\x1b\\d", "abcd");
	check("a\x1bPtmux;\x1b\x1b]52;c;eA==\a\x1b\\b", "ab");
	check("a\x1b_Gf=32;AAAA\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d\x1bktitle\x1b\\e", "abcde");
	check("a\x05" "b", "ab");
	check("a\x1b[ib\x1b[?5ic\x1b[2hd\x1b[1;1;1;1;1;5*ye", "abcde");
	check("a\x1b[?40hb\x1b[?3hc\x1b[>1td\x1b[1$we\x1b[62;1\"pf\x1b[>qg\x1b[=ch", "abcdefgh");
	check("a\x1bZb\x1b Fc\x1b%@d", "abcd");
	check("a\x1b[1;2;3;4;5Tb", "ab");
}

static void vtfilter_pass__eight_bit_controls_and_broken_text__are_replaced(void **state)
{
	(void)state;
	check("a\xc2\x9b" "31mb", "a\xef\xbf\xbd" "31mb");
	check("a\x9b" "31mb\x90q", "a\xef\xbf\xbd" "31mb\xef\xbf\xbdq");
	check("\xed\xa0\x80", "\xef\xbf\xbd");
	check("\xc3(", "\xef\xbf\xbd(");
	check("\xff", "\xef\xbf\xbd");
	check("\x1b]0;a\xc2\x9c\x1b\\b", "b");
}

static void vtfilter_pass__broken_off_sequences__never_come_out_in_part(void **state)
{
	(void)state;
	check("a\x1b[5\nb", "a\nb");
	check("a\x1b[31\x1b[1mb", "a\x1b[1mb");
	check("a\x1b\x1b[1mb", "a\x1b[1mb");
	check("a\x1b]0;x\nb", "ab");
	check("a\x1b]0;x\x1b[1mb", "a\x1b[1mb");
	check("a\x1b[\x1b]52;c;x\ab", "ab");
	check("a\x1b]5\x1b]2;c;x\ab", "a\x1b]2;c;x\x1b\\b");
	check("a\x1b[31", "a");
	check("a\x1b[?25h", "a\x1b[?25h");
	check("a\x1bPx\x18y", "ay");
}

static void vtfilter_pass__modes_some_of_which_may_be_set__only_those_are(void **state)
{
	(void)state;
	check("\x1b[?25;40;1006h", "\x1b[?25;1006h");
	check("\x1b[?40h.", ".");
}

static void vtfilter_pass__a_sequence_without_end__does_not_pass_and_ends(void **state)
{
	CLEANUP(buf_release) struct buf in = BUF_INIT(LIMIT_KIB * 64), out = BUF_INIT(LIMIT_KIB * 64);
	struct vtfilter f = { 0 };

	(void)state;
	buf_puts(&in, "\x1b[");
	for (int i = 0; i < 2000; i++)
		buf_putc(&in, '1');
	buf_puts(&in, "mtext\x1b]0;");
	for (int i = 0; i < 2000; i++)
		buf_putc(&in, 'x');
	buf_puts(&in, "\x1b\\more");
	vtfilter_pass(&f, in.data, in.len, &out);
	assert_string_equal(buf_text(&out), "textmore");
}

static void vtfilter_end__what_was_left_changed__is_put_back(void **state)
{
	(void)state;
	check_end("plain", "");
	check_end("\x1b[?1049h\x1b[?25l\x1b[?1000;1006h\x1b[1m", "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1006l\x1b[0m");
	check_end("\x1b[?1049h\x1b[?25l\x1b[1mx\x1b[0m\x1b[?25h\x1b[?1049l", "");
	check_end("\x1b[?7l", "\x1b[?7h");
	check_end("\x1b(0", "\x0f\x1b(B");
	check_end("\x1b(0\x1b(B", "");
	check_end("\x1b[3;9r", "\x1b" "7\x1b[r\x1b" "8");
	check_end("\x1b]8;;http://x\x1b\\", "\x1b]8;;\x1b\\");
	check_end("\x1b[>1u\x1b[>1u", "\x1b[<2u");
	check_end("\x1b[?1049h\x1b" "c", "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(vtfilter_pass__what_programs_write__comes_through),
	cmocka_unit_test(vtfilter_pass__what_reaches_beyond_the_screen__is_left_out),
	cmocka_unit_test(vtfilter_pass__eight_bit_controls_and_broken_text__are_replaced),
	cmocka_unit_test(vtfilter_pass__broken_off_sequences__never_come_out_in_part),
	cmocka_unit_test(vtfilter_pass__modes_some_of_which_may_be_set__only_those_are),
	cmocka_unit_test(vtfilter_pass__a_sequence_without_end__does_not_pass_and_ends),
	cmocka_unit_test(vtfilter_end__what_was_left_changed__is_put_back),
};

WB_TEST_MAIN(tests)
