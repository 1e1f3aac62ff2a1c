/* policy/parse_term.c: operators, collections, comprehensions, nesting. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#include "base/buf.h"

static void term__operators__bind_as_they_should(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "1 + 2 * 3", "7" },
		{ NULL, "(1 + 2) * 3", "9" },
		{ NULL, "10 - 2 - 3", "5" },
		{ NULL, "1 + 1 == 2", "true" },
		{ NULL, "{1, 2} | {3} & {3, 4}", "[1,2,3]" },
		{ NULL, "-3 + 1", "-2" },
		{ NULL, "2 in [1, 2]", "true" },
		{ NULL, "x := 1 in [1]", "{\"x\":true}" },
		{ NULL, "x := [1 | true]", "{\"x\":[1]}" },
		{ NULL, "{ {1} | {2} }", "[[1]]" },
		{ NULL, "x := {y | y := [1, 1][_]}", "{\"x\":[1]}" },
		{ NULL, "[1, 2, ]", "[1,2]" },
		{ NULL, "{}", "{}" },
		{ NULL, "set()", "[]" },
		{ NULL, "{1: 2, \"a\": [3]}", "{\"1\":2,\"a\":[3]}" },
		{ NULL, "x := (0, 1 in [1])", "{\"x\":true}" },
		{ NULL, "`a\\n`", "\"a\\\\n\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const char *repeated(struct buf *text, const char *open, const char *middle, const char *close, int n)
{
	buf_puts(text, "package a\np := ");
	for (int i = 0; i < n; i++)
		buf_puts(text, open);
	buf_puts(text, middle);
	for (int i = 0; i < n; i++)
		buf_puts(text, close);
	return policy_case_check(buf_text(text), POLICY_V1, false);
}

static void term__nested_too_deeply__is_refused(void **state)
{
	static const char *const shapes[][3] = {
		{ "[", "1", "]" },      { "(", "1", ")" },       { "-", "1", "" },      { "{1: ", "1", "}" },
		{ "1 + ", "1", "" },    { "{x | x := ", "1", "}" }, { "f", "", "(1)[0]" }, { "$\"{", "1", "}\"" },
		{ "[{(", "", "" },      { "x.a[", "1", "]" },    { "{[x |", "x", "]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);

		assert_string_not_equal(repeated(&text, shapes[i][0], shapes[i][1], shapes[i][2], 3000), "");
	}
}

static void term__nested_within_reason__is_fine(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 20);

	(void)state;
	assert_string_equal(repeated(&text, "[", "1", "]", 100), "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(term__operators__bind_as_they_should),
	cmocka_unit_test(term__nested_too_deeply__is_refused),
	cmocka_unit_test(term__nested_within_reason__is_fine),
};
WB_TEST_MAIN(tests)
