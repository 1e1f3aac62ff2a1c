/* engine/ttyframe.c: frames come out as they went in, however they are cut. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/limits.h"
#include "engine/ttyframe.h"

/* Everything read from bytes, given in pieces of step, as one text: typed bytes, <ROWSxCOLS>, [word], !. */
static void read_all(const struct buf *bytes, size_t step, struct buf *out)
{
	struct ttyframe_reader r = { .have = 0 };

	for (size_t from = 0; from < bytes->len; from += step) {
		const char *p = bytes->data + from;
		size_t n = bytes->len - from < step ? bytes->len - from : step;

		while (n) {
			struct ttyframe f;
			size_t used = ttyframe_next(&r, p, n, &f);

			assert_true(used > 0 && used <= n);
			p += used;
			n -= used;
			if (f.kind == TTYFRAME_TYPED)
				buf_append(out, f.data, f.n);
			else if (f.kind == TTYFRAME_SIZE)
				buf_printf(out, "<%dx%d>", f.size.rows, f.size.cols);
			else if (f.kind == TTYFRAME_WORD)
				buf_printf(out, "[%s]", f.word);
			else if (f.kind == TTYFRAME_BAD) {
				buf_putc(out, '!');
				return;
			}
		}
	}
}

static void check(const struct buf *bytes, const char *text)
{
	for (size_t step = 1; step <= bytes->len; step = step < 8 ? step + 1 : step * 7) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_MIB);

		read_all(bytes, step, &out);
		assert_string_equal(buf_text(&out), text);
	}
}

static void ttyframe_next__all_kinds_in_any_pieces__come_out_as_they_went_in(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);

	(void)state;
	ttyframe_put_size(&b, &(struct pty_size){ .rows = 24, .cols = 300 });
	ttyframe_put_typed(&b, "ls\n", 3);
	ttyframe_put_word(&b, "interrupt");
	ttyframe_put_typed(&b, "x", 1);
	ttyframe_put_size(&b, &(struct pty_size){ .rows = 1, .cols = 65535 });
	check(&b, "<24x300>ls\n[interrupt]x<1x65535>");
}

static void ttyframe_put_typed__more_than_one_frame_holds__is_cut_into_some(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB), text = BUF_INIT(LIMIT_MIB);

	(void)state;
	for (int i = 0; i < 3 * TTYFRAME_MAX + 5; i++)
		buf_putc(&text, (char)('a' + i % 26));
	ttyframe_put_typed(&b, text.data, text.len);
	assert_int_equal(b.len, text.len + 4 * TTYFRAME_HEAD);
	check(&b, buf_text(&text));
}

static void ttyframe_next__what_is_no_frame__is_told(void **state)
{
	static const char *const bad[] = { "x\1\1y", "s\5\1yyyyy", "w\21\1", "d\1\20", "s\1\1", "\n\1\1" };
	static const char empty[] = { 'd', 0, 0, 'y' };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT(64);

		buf_puts(&b, bad[i]);
		check(&b, "!");
	}
	{
		CLEANUP(buf_release) struct buf b = BUF_INIT(64);

		buf_append(&b, empty, sizeof empty);
		check(&b, "!");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ttyframe_next__all_kinds_in_any_pieces__come_out_as_they_went_in),
	cmocka_unit_test(ttyframe_put_typed__more_than_one_frame_holds__is_cut_into_some),
	cmocka_unit_test(ttyframe_next__what_is_no_frame__is_told),
};

WB_TEST_MAIN(tests)
