/* policy/fmt.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <string.h>

#include "base/limits.h"
#include "policy/fmt.h"

static char text[65536];

static const char *formatted(const char *module)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf once = BUF_INIT(LIMIT_MIB), twice = BUF_INIT(LIMIT_MIB);

	if (policy_fmt("a.rego", module, strlen(module), POLICY_AUTO, &once, &diags) < 0)
		return "refused";
	assert_int_equal(policy_fmt("a.rego", buf_text(&once), once.len, POLICY_AUTO, &twice, &diags), 0);
	assert_string_equal(buf_text(&twice), buf_text(&once));
	snprintf(text, sizeof text, "%s", buf_text(&once));
	return text;
}

static void fmt__blanks__stand_where_they_belong(void **state)
{
	(void)state;
	assert_string_equal(formatted("package  a\n\nx:=1+2*-3\n"), "package a\n\nx := 1 + 2 * -3\n");
	assert_string_equal(formatted("package a\n\nx   = {\"a\" :1 , \"b\":[ 1,2 ]}\n"), "package a\n\nx = {\"a\": 1, \"b\": [1, 2]}\n");
	assert_string_equal(formatted("package a\n\nimport rego.v1\nf( a,b ) := c if{c:=a-b;c>-1}\n"),
			    "package a\n\nimport rego.v1\nf(a, b) := c if { c := a - b; c > -1 }\n");
	assert_string_equal(formatted("package a\n\nx := { y|y:=input.z[ _ ] }\n"), "package a\n\nx := {y | y := input.z[_]}\n");
	assert_string_equal(formatted("package a\n\nx { not  -1 == y ;  y := -1 }\n"), "package a\n\nx { not -1 == y; y := -1 }\n");
}

static void fmt__lines__are_indented_by_nesting(void **state)
{
	(void)state;
	assert_string_equal(formatted("package a\n\nx {\ny := f({\n\"a\": [\n1,\n2]\n})\n  z\n   }\n"),
			    "package a\n\nx {\n\ty := f({\n\t\t\"a\": [\n\t\t\t1,\n\t\t\t2]\n\t})\n\tz\n}\n");
	assert_string_equal(formatted("package a\n\nx := 1 +\n2\n"), "package a\n\nx := 1 +\n\t2\n");
}

static void fmt__comments__stay_where_they_are(void **state)
{
	(void)state;
	assert_string_equal(formatted("# top\npackage a # p\n\n\n\n# of x\nx {#in\n  # first\n\n\n y # behind\n # last\n}# end\n#eof"),
			    "# top\npackage a # p\n\n# of x\nx { #in\n\t# first\n\n\ty # behind\n\t# last\n} # end\n#eof\n");
}

static void fmt__parts_of_several_lines__are_set_apart(void **state)
{
	(void)state;
	assert_string_equal(formatted("package a\nx {\n y\n} # x\nz := 1\nw := 2\n"),
			    "package a\n\nx {\n\ty\n} # x\n\nz := 1\nw := 2\n");
	assert_string_equal(formatted("package a\nx {\n y\n}\nelse = 2 {\n z\n}\nz := 1\n"),
			    "package a\n\nx {\n\ty\n}\nelse = 2 {\n\tz\n}\n\nz := 1\n");
}

static void fmt__strings__are_left_alone(void **state)
{
	(void)state;
	assert_string_equal(formatted("package a\n\nx := `a\n  b  {`\ny := \"#  \\\" {\"\n"), "package a\n\nx := `a\n  b  {`\ny := \"#  \\\" {\"\n");
}

static void fmt__needless_semicolons__go(void **state)
{
	(void)state;
	assert_string_equal(formatted("package a\n\nx {\n\ty := 1;\n\ty\n}\n"), "package a\n\nx {\n\ty := 1\n\ty\n}\n");
}

static void fmt__what_cannot_be_parsed__is_refused(void **state)
{
	(void)state;
	assert_string_equal(formatted("package a {"), "refused");
	assert_string_equal(formatted(""), "refused");
	assert_string_equal(formatted("package a\n\nx {\n\ty := 1;\n\ty;\n}\n"), "refused");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(fmt__blanks__stand_where_they_belong),
	cmocka_unit_test(fmt__lines__are_indented_by_nesting),
	cmocka_unit_test(fmt__comments__stay_where_they_are),
	cmocka_unit_test(fmt__parts_of_several_lines__are_set_apart),
	cmocka_unit_test(fmt__strings__are_left_alone),
	cmocka_unit_test(fmt__needless_semicolons__go),
	cmocka_unit_test(fmt__what_cannot_be_parsed__is_refused),
};

WB_TEST_MAIN(tests)
