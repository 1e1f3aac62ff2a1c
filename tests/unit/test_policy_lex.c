/* policy/lex.c: tokens, and texts that are none. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "policy/lex.h"
#include "tests/support/policy_case.h"

static void lex__a_line__is_cut_into_tokens(void **state)
{
	static const enum token_kind want[] = {
		TK_NAME, TK_LBRACKET, TK_NAME, TK_RBRACKET, TK_ASSIGN, TK_NUMBER, TK_MINUS, TK_NUMBER, TK_NAME, TK_STRING,
		TK_LE, TK_STRING, TK_NE, TK_TEMPLATE, TK_PERCENT, TK_EOF,
	};
	const char *text = "p[x] := 1.5 -2e3 # comment\nif \"a\\n\" <= `raw\n` != $\"{x}\" %";
	struct source src = { "m.rego", text, strlen(text) };
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(tokens_release) struct tokens tokens = { 0 };

	(void)state;
	pool_init(&pool, 1 << 20);
	lex(&pool, &src, 0, (uint32_t)src.len, &tokens, &diags);
	assert_int_equal(diags.n, 0);
	assert_int_equal(tokens.n, sizeof want / sizeof *want);
	for (size_t i = 0; i < tokens.n; i++)
		assert_int_equal(tokens.v[i].kind, want[i]);
	assert_true(tokens.v[8].newline);
	assert_false(tokens.v[1].space);
	assert_true(value_is_text(tokens.v[9].value, "a\n"));
	assert_true(value_is_text(tokens.v[11].value, "raw\n"));
}

static void lex__wrong_texts__are_told_with_their_place(void **state)
{
	static const struct policy_mistake cases[] = {
		{ "package a\np := \"x", "m.rego:2:6: error: " },
		{ "package a\np := \"\\q\"", "m.rego:2:" },
		{ "package a\np := \"a\tb\"", "m.rego:2:" },
		{ "package a\np := 01", "m.rego:2:6" },
		{ "package a\np := 1.", "m.rego:2:" },
		{ "package a\np := 0x1f", "m.rego:2:6" },
		{ "package a\np := 'a'", "m.rego:2:6" },
		{ "package a\np := `x", "m.rego:2:6" },
		{ "package a\np := 1e100001", "m.rego:2:6" },
		{ "package a\np := \"\xff\"", "m.rego:2:7: error: the text is not UTF-8" },
		{ "package a\np := 1 ~ 2", "m.rego:2:8" },
	};

	(void)state;
	policy_case_mistakes(cases, sizeof cases / sizeof *cases, POLICY_V1, false);
}

static void lex__a_mark_of_byte_order__is_skipped_at_the_start_only(void **state)
{
	(void)state;
	assert_string_equal(policy_case_check("\xef\xbb\xbfpackage a\np := 1\n", POLICY_V1, false), "");
	assert_string_not_equal(policy_case_check("package a\n\xef\xbb\xbfp := 1\n", POLICY_V1, false), "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(lex__a_line__is_cut_into_tokens),
	cmocka_unit_test(lex__wrong_texts__are_told_with_their_place),
	cmocka_unit_test(lex__a_mark_of_byte_order__is_skipped_at_the_start_only),
};
WB_TEST_MAIN(tests)
