/* policy/regex.c and regex_run.c, and the functions over them. */
#include "config.h"

#include "tests/support/wb_test.h"

#include <stdio.h>
#include <string.h>

#include "policy/regex.h"
#include "tests/support/policy_case.h"

struct regex_case {
	const char *pattern, *text, *want; /* "0-2 1-2": ends of the whole and of the groups; "-": none; else why it is refused */
};

static const char *found(const char *pattern, const char *text)
{
	static char out[400];
	CLEANUP(pool_release) struct pool pool = { 0 };
	int32_t spots[64];
	uint64_t fuel = 10000000;
	struct regex *re;
	size_t n = 0;

	pool_init(&pool, 64 << 20);
	re = regex_compile(&pool, pattern, strlen(pattern), out, sizeof out);
	if (!re)
		return out;
	if (regex_find(re, text, strlen(text), 0, spots, &fuel) != 1)
		return "-";
	out[0] = '\0';
	for (uint32_t i = 0; i <= re->groups && n < sizeof out - 32; i++)
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%d-%d", i ? " " : "", spots[2 * i], spots[2 * i + 1]);
	return out;
}

static void regex_find__the_leftmost_preferred_way__wins(void **state)
{
	static const struct regex_case cases[] = {
		{ "a", "bab", "1-2" },
		{ "a*", "baa", "0-0" },
		{ "a+", "baa", "1-3" },
		{ "a+?", "baa", "1-2" },
		{ "(a|ab)(c|bcd)", "abcd", "0-4 0-1 1-4" },
		{ "(a+)(b?)", "aab", "0-3 0-2 2-3" },
		{ "^abc$", "abc", "0-3" },
		{ "^abc$", "xabc", "-" },
		{ "(?m)^b$", "a\nb\nc", "2-3" },
		{ "a.c", "a\nc", "-" },
		{ "(?s)a.c", "a\nc", "0-3" },
		{ "(?i)ABC", "xaBc", "1-4" },
		{ "(?i:a)b", "Ab", "0-2" },
		{ "(?i:a)b", "AB", "-" },
		{ "[^a-c]+", "abcxyz", "3-6" },
		{ "[]a]+", "x]a", "1-3" },
		{ "[[:digit:]]{2,3}", "a12345", "1-4" },
		{ "\\d{2}", "a1b22", "3-5" },
		{ "x{2}?", "xxx", "0-2" },
		{ "\\bfoo\\b", "a foo b", "2-5" },
		{ "\\w+@\\w+\\.com", "me@example.com", "0-14" },
		{ "\\Qa.b\\E+", "a.bb", "0-4" },
		{ "\\Qa|)\\E|c", "a|)", "0-3" },
		{ "(?P<y>\\d+)-(?P<m>\\d+)", "2026-03", "0-7 0-4 5-7" },
		{ "(a)|b", "b", "0-1 -1--1" },
		{ "h.llo", "h\303\251llo", "0-6" },
		{ "", "abc", "0-0" },
		{ "a||b", "b", "0-0" },
		{ "(a*)*", "b", "0-0" },
		{ "a{0}b", "ab", "1-2" },
		{ "\\x41\\x{42}", "AB", "0-2" },
		{ "a{,2}", "a{,2}", "0-5" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strncmp(found(cases[i].pattern, cases[i].text), cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s in %s: %s, not %s", cases[i].pattern, cases[i].text, found(cases[i].pattern, cases[i].text),
				 cases[i].want);
}

static void regex_compile__what_is_malformed__is_refused_in_gos_words(void **state)
{
	static const struct regex_case cases[] = {
		{ "[a", NULL, "error parsing regexp: missing closing ]: `[a`" },
		{ "(a", NULL, "error parsing regexp: missing closing ): `(a`" },
		{ "a)", NULL, "error parsing regexp: unexpected ): `)`" },
		{ "*a", NULL, "error parsing regexp: missing argument to repetition operator: `*`" },
		{ "a**", NULL, "error parsing regexp: invalid nested repetition operator: `**`" },
		{ "a{1001}", NULL, "error parsing regexp: invalid repeat count: `{1001}`" },
		{ "a\\", NULL, "error parsing regexp: trailing backslash at end of expression" },
		{ "(?=a)", NULL, "error parsing regexp: invalid or unsupported Perl syntax: `(?=`" },
		{ "\\8", NULL, "error parsing regexp: invalid escape sequence: `\\8`" },
		{ "[b-a]", NULL, "error parsing regexp: invalid character class range" },
		{ "((a{100}){100}){100}", NULL, "error parsing regexp: expression too large" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strncmp(found(cases[i].pattern, ""), cases[i].want, strlen(cases[i].want)) != 0)
			fail_msg("%s: %s, not %s", cases[i].pattern, found(cases[i].pattern, ""), cases[i].want);
}

static void regex_find__an_expression_that_explodes_elsewhere__stays_linear(void **state)
{
	char text[5001];

	(void)state;
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_string_equal(found("(a*)*b", text), "-");
	assert_int_equal(strncmp(found("(a|a|aa)+$", text), "0-5000", 6), 0);
	assert_string_equal(found("(x+x+)+y", text), "-");
}

static void regex_find__without_fuel__gives_up(void **state)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	char why[200], text[1000];
	uint64_t fuel = 100;
	struct regex *re;

	(void)state;
	pool_init(&pool, 1 << 20);
	memset(text, 'a', sizeof text);
	re = regex_compile(&pool, "a*b", 3, why, sizeof why);
	assert_non_null(re);
	assert_int_equal(regex_find(re, text, sizeof text, 0, NULL, &fuel), -1);
}

static void builtins__over_expressions__answer_as_gos(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "regex.match(\"^[a-z]+$\", \"abc\")", "true" },
		{ NULL, "regex.match(\"[\", \"abc\")", "undefined" },
		{ NULL, "regex.find_n(\"a.\", \"paranormal\", -1)", "[\"ar\",\"an\",\"al\"]" },
		{ NULL, "regex.find_n(\"a*\", \"baac\", -1)", "[\"\",\"aa\",\"\"]" },
		{ NULL, "regex.replace(\"-ab-axxb-\", \"a(x*)b\", \"<$1>\")", "\"-<>-<xx>-\"" },
		{ NULL, "regex.replace(\"foo\", \"o*\", \"x\")", "\"xfx\"" },
		{ NULL, "regex.replace(\"a1\", \"(?P<l>[a-z])(\\\\d)\", \"${2}$l$$\")", "\"1a$\"" },
		{ NULL, "regex.split(\"z+\", \"pizza\")", "[\"pi\",\"a\"]" },
		{ NULL, "regex.is_valid(\"(\")", "false" },
		{ NULL, "regex.template_match(\"urn:foo:<.*>\", \"urn:foo:bar\", \"<\", \">\")", "true" },
		{ NULL, "glob.match(\"*.org\", [\".\"], \"example.org\")", "true" },
		{ NULL, "glob.match(\"*.org\", [\".\"], \"a.example.org\")", "false" },
		{ NULL, "glob.match(\"**.org\", [\".\"], \"a.example.org\")", "true" },
		{ NULL, "glob.match(\"{a,b}[0-9]?\", [], \"b7x\")", "true" },
		{ NULL, "glob.match(\"[a\", [], \"a\")", "undefined" },
		{ NULL, "glob.quote_meta(\"*.a\")", "\"\\\\*.a\"" },
		{ "package a\nr := concat(\"\", [\"a\" | numbers.range(1, 40000)[_]])\np := regex.match(\"(a?){900}b\", r)", "data.a.p",
		  "eval_limit_error" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(regex_find__the_leftmost_preferred_way__wins),
	cmocka_unit_test(regex_compile__what_is_malformed__is_refused_in_gos_words),
	cmocka_unit_test(regex_find__an_expression_that_explodes_elsewhere__stays_linear),
	cmocka_unit_test(regex_find__without_fuel__gives_up),
	cmocka_unit_test(builtins__over_expressions__answer_as_gos),
};
WB_TEST_MAIN(tests)
