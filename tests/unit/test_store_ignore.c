/* store/ignore.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/ignore.h"

static enum ignore_verdict ask(const char *rules, const char *path, bool is_dir)
{
	CLEANUP(ignore_free) struct ignore_rules *r = ignore_parse(rules, strlen(rules));

	return ignore_match(r, path, is_dir);
}

struct ask_case {
	const char *rules, *path;
	bool is_dir;
	enum ignore_verdict want;
};

/* Each is what `git check-ignore` answers. */
static const struct ask_case cases[] = {
	{ "*.log", "a/b/c.log", false, IGNORE_OUT },
	{ "*.log", "c.logs", false, IGNORE_NONE },
	{ "build/", "build", true, IGNORE_OUT },
	{ "build/", "build", false, IGNORE_NONE },
	{ "build/", "x/build", true, IGNORE_OUT },
	{ "/build", "x/build", false, IGNORE_NONE },
	{ "/build", "build", false, IGNORE_OUT },
	{ "a/b", "x/a/b", false, IGNORE_NONE },
	{ "a/b", "a/b", false, IGNORE_OUT },
	{ "**/foo", "foo", false, IGNORE_OUT },
	{ "**/foo", "a/b/foo", false, IGNORE_OUT },
	{ "a/**", "a", true, IGNORE_NONE },
	{ "a/**", "a/b/c", false, IGNORE_OUT },
	{ "a/**/b", "a/b", false, IGNORE_OUT },
	{ "a/**/b", "a/x/y/b", false, IGNORE_OUT },
	{ "a/**/b/**/c", "a/b/b/x/b/c", false, IGNORE_OUT },
	{ "a**b", "axxb", false, IGNORE_OUT },
	{ "a*b/c", "a/b/c", false, IGNORE_NONE },
	{ "a?c", "abc", false, IGNORE_OUT },
	{ "[ab]x", "bx", false, IGNORE_OUT },
	{ "[!ab]x", "bx", false, IGNORE_NONE },
	{ "[^ab]x", "cx", false, IGNORE_OUT },
	{ "[a-c]x", "bx", false, IGNORE_OUT },
	{ "[]a]x", "]x", false, IGNORE_OUT },
	{ "[[:digit:]]x", "7x", false, IGNORE_OUT },
	{ "[[:digit:]]x", "ax", false, IGNORE_NONE },
	{ "[\\]]x", "]x", false, IGNORE_OUT },
	{ "[ab", "[ab", false, IGNORE_NONE },
	{ "\\*x", "*x", false, IGNORE_OUT },
	{ "\\*x", "ax", false, IGNORE_NONE },
	{ "\\#x", "#x", false, IGNORE_OUT },
	{ "#x", "#x", false, IGNORE_NONE },
	{ "\\!x", "!x", false, IGNORE_OUT },
	{ "*.c\n!keep.c", "keep.c", false, IGNORE_IN },
	{ "!keep.c\n*.c", "keep.c", false, IGNORE_OUT },
	{ "a  ", "a", false, IGNORE_OUT },
	{ "a\\ ", "a ", false, IGNORE_OUT },
	{ "a\r\nb\r\n", "b", false, IGNORE_OUT },
	{ "\xef\xbb\xbf" "a", "a", false, IGNORE_OUT },
	{ "x\n\n  \n/\n", "/", true, IGNORE_NONE },
	{ "[z/*.o/[a-c]*", ".git", false, IGNORE_OUT },
	{ "*", ".hidden", false, IGNORE_OUT },
	{ "\xff*", "\xff\xfe", false, IGNORE_OUT },
};

static void ignore_match__each_form__answers_like_git(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ask_case *c = &cases[i];

		if (ask(c->rules, c->path, c->is_dir) != c->want)
			fail_msg("'%s' asked of '%s'%s", c->rules, c->path, c->is_dir ? " (a folder)" : "");
	}
}

static void ignore_parse__nothing_but_blanks__has_no_rules(void **state)
{
	(void)state;
	assert_null(ignore_parse("", 0));
	assert_null(ignore_parse("# only\n\n   \n", 12));
	assert_int_equal(ignore_match(NULL, "a", false), IGNORE_NONE);
}

/* Patterns of this kind take the naive matcher longer than the universe lasts: that this ends is the assertion. */
static void ignore_match__many_stars__ends(void **state)
{
	CLEANUP(free) char *stars = mem_alloc(4001), *as = mem_alloc(4001), *deep = mem_alloc(4001);
	CLEANUP(free) char *path = NULL, *pattern = NULL;

	(void)state;
	for (int i = 0; i < 4000; i += 2) {
		memcpy(stars + i, "*a", 2);
		memcpy(as + i, "aa", 2);
		memcpy(deep + i, "a/", 2);
	}
	stars[4000] = as[4000] = deep[4000] = '\0';
	pattern = mem_printf("%sb", stars);
	assert_int_equal(ask(pattern, as, false), IGNORE_NONE);
	free(take_ptr(&pattern));
	pattern = mem_printf("**/a/**/a/**/a/**/a/**/a/**/a/**/b");
	path = mem_printf("%sa", deep);
	assert_int_equal(ask(pattern, path, false), IGNORE_NONE);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ignore_match__each_form__answers_like_git),
	cmocka_unit_test(ignore_parse__nothing_but_blanks__has_no_rules),
	cmocka_unit_test(ignore_match__many_stars__ends),
};
WB_TEST_MAIN(tests)
