/* policy/builtin_template.c: templates and what they give. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#define RENDER(text, data) "strings.render_template(`" text "`, " data ")"

static void template__of_every_kind_of_action__is_rendered(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, RENDER("x{{.a.b}}y", "{\"a\": {\"b\": [1, \"x\", null, {\"k\": true}]}}"), "\"x[1 x <nil> map[k:true]]y\"" },
		{ NULL, RENDER("{{.a}} {{.b}}", "{\"a\": null}"), "\"<undefined> <undefined>\"" },
		{ NULL, RENDER("{{range $i, $e := .l}}{{if $i}}, {{end}}{{$e}}{{else}}none{{end}}", "{\"l\": [1, 2]}"), "\"1, 2\"" },
		{ NULL, RENDER("{{range .l}}{{.}}{{else}}none{{end}}", "{\"l\": []}"), "\"none\"" },
		{ NULL, RENDER("{{if .a}}A{{else if .b}}B{{else}}C{{end}}", "{\"b\": 0}"), "\"B\"" },
		{ NULL, RENDER("{{with .a}}{{.b}}{{$.c}}{{end}}", "{\"a\": {\"b\": 5}, \"c\": 7}"), "\"57\"" },
		{ NULL, RENDER("a {{- /* c */ -}} b", "{}"), "\"ab\"" },
		{ NULL, RENDER("{{$x := 1}}{{$x}}{{$x = 2}}{{$x}}", "{}"), "\"12\"" },
		{ NULL, RENDER("{{(index .a 0).b | len}}", "{\"a\": [{\"b\": \"xyz\"}]}"), "\"3\"" },
		{ NULL, RENDER("{{lt 1 2}} {{and 1 0}} {{or 0 \"x\"}} {{eq .a \"x\"}}", "{\"a\": \"x\"}"), "\"true 0 x true\"" },
		{ NULL, RENDER("{{printf \"%s-%d\" .a 5}}", "{\"a\": \"x\"}"), "\"x-5\"" },
		{ NULL, RENDER("{{\"}}\"}}", "{}"), "\"}}\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void template__that_is_none__is_undefined(void **state)
{
	static const char *const texts[] = { "{{", "{{.a", "{{}}", "{{end}}", "{{if .a}}", "{{if}}x{{end}}", "{{$y}}", "{{other}}",
					     "{{index .l 5}}", "{{eq 1 \\\"x\\\"}}", "{{.l.x}}", "{{(1}}", "{{nil}}",
					     "{{if 1}}{{else}}{{else}}{{end}}" };
	char query[200];

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		snprintf(query, sizeof query, "strings.render_template(\"%s\", {\"l\": [1]})", texts[i]);
		assert_string_equal(policy_case_ask(NULL, POLICY_V1, query, NULL), "undefined");
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(template__of_every_kind_of_action__is_rendered),
	cmocka_unit_test(template__that_is_none__is_undefined),
};
WB_TEST_MAIN(tests)
