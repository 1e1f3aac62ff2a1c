/* tracker/query_lex.c: words of the filter language. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "tests/support/wb_test.h"
#include "tracker/query_lex.h"

/* The tokens as "KIND:text KIND:text ...". */
static const char *tokens(struct buf *b, const char *text)
{
	static const char letters[] = "EWNTQB.,()O!?";
	struct lexer l;

	buf_clear(b);
	lexer_init(&l, text);
	for (unsigned i = 0; i < 1000; i++) {
		struct token t = lexer_next(&l);

		assert_true(t.at >= text && t.at + t.length <= text + strlen(text));
		if (t.kind == TOKEN_END)
			return buf_text(b);
		buf_printf(b, "%s%c:%.*s", b->len ? " " : "", letters[t.kind], (int)t.length, t.at);
	}
	fail_msg("it does not end");
	return NULL;
}

static void texts__of_each_form__become_their_tokens(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ " \t\r\n", "" },
		{ "metrics.loss<=0.5", "W:metrics .:. W:loss O:<= N:0.5" },
		{ "params.a-b/c:d = 'x'", "W:params .:. W:a-b/c:d O:= T:'x'" },
		{ "a-b", "W:a N:-b" },
		{ "'it''s' \"say \"\"x\"\"\" `odd key`", "T:'it''s' Q:\"say \"\"x\"\"\" B:`odd key`" },
		{ "1h30m -2 +3.5e-7 .5 1e+9x", "N:1h30m N:-2 N:+3.5e-7 N:.5 N:1e+9x" },
		{ "a IN(1,2)", "W:a W:IN (:( N:1 ,:, N:2 ):)" },
		{ "== != <> <= >= < > =", "O:== O:!= O:<> O:<= O:>= O:< O:> O:=" },
		{ "\xc3\xb6l = 1", "W:\xc3\xb6l O:= N:1" },
		{ "a ! b ; c", "W:a ?:! W:b ?:; W:c" },
	};
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(tokens(&b, cases[i][0]), cases[i][1]);
}

static void a_quote__without_its_end__takes_the_rest(void **state)
{
	static const char *const texts[] = { "'", "'abc", "\"a''", "`x y", "'''", "'a''" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct lexer l;
		struct token t;

		lexer_init(&l, texts[i]);
		t = lexer_next(&l);
		assert_int_equal(t.kind, TOKEN_UNCLOSED);
		assert_int_equal(t.length, strlen(texts[i]));
		assert_int_equal(lexer_next(&l).kind, TOKEN_END);
	}
}

static void any_byte__alone_or_doubled__is_read_to_the_end(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);

	(void)state;
	for (int c = 1; c < 256; c++) {
		char one[] = { (char)c, 0 }, two[] = { (char)c, (char)c, 0 }, after_dot[] = { 'a', '.', (char)c, 0 };

		assert_non_null(tokens(&b, one));
		assert_non_null(tokens(&b, two));
		assert_non_null(tokens(&b, after_dot));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(texts__of_each_form__become_their_tokens),
	cmocka_unit_test(a_quote__without_its_end__takes_the_rest),
	cmocka_unit_test(any_byte__alone_or_doubled__is_read_to_the_end),
};

WB_TEST_MAIN(tests)
