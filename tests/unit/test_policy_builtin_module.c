/* policy/builtin_module.c, module_tree.c: policies as trees. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#define MODULE(text) "rego.parse_module(\"m.rego\", \"" text "\")"
#define RULE(text) MODULE("package t\\n" text) ".rules[0]"
#define TERM(text) RULE("p := " text) ".head.value"
#define LINE(text) RULE("p if { " text " }") ".body"
#define VAR(name) "{\"type\":\"var\",\"value\":\"" name "\"}"
#define NUMBER(n) "{\"type\":\"number\",\"value\":" n "}"
#define TEXT(s) "{\"type\":\"string\",\"value\":\"" s "\"}"
#define YES "{\"type\":\"boolean\",\"value\":true}"
#define OPERATOR(name) "{\"type\":\"ref\",\"value\":[" VAR(name) "]}"
#define ALWAYS "[{\"generated\":true,\"index\":0,\"terms\":" YES "}]"

static void module__of_every_part__is_a_tree(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, MODULE("package a.b[`c d`]"), "{\"package\":{\"path\":[" VAR("data") "," TEXT("a") "," TEXT("b") "," TEXT("c d") "]}}" },
		{ NULL, MODULE("package a\\nimport rego.v1\\nimport data.x as y\\nimport data.z") ".imports",
		  "[{\"path\":{\"type\":\"ref\",\"value\":[" VAR("rego") "," TEXT("v1") "]}},"
		  "{\"alias\":\"y\",\"path\":{\"type\":\"ref\",\"value\":[" VAR("data") "," TEXT("x") "]}},"
		  "{\"path\":{\"type\":\"ref\",\"value\":[" VAR("data") "," TEXT("z") "]}}]" },
		{ NULL, MODULE("package a # b\\n# \xc3\xa9 #\\np := `#`") ".comments",
		  "[{\"Location\":{\"col\":11,\"file\":\"m.rego\",\"row\":1},\"Text\":\"IGI=\"},"
		  "{\"Location\":{\"col\":1,\"file\":\"m.rego\",\"row\":2},\"Text\":\"IMOpICM=\"}]" },
		{ NULL, MODULE("package a\\np if {"), "undefined" },
		{ NULL, MODULE(""), "undefined" },
		{ NULL, MODULE("package a\\np[x] { x = 1 }"), "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void rule__of_every_form__is_a_tree(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, RULE("p := 1"),
		  "{\"body\":" ALWAYS ",\"head\":{\"assign\":true,\"name\":\"p\",\"ref\":[" VAR("p") "],\"value\":" NUMBER("1") "}}" },
		{ NULL, RULE("default p = 1"), "{\"body\":" ALWAYS ",\"default\":true,\"head\":{\"name\":\"p\",\"ref\":[" VAR("p") "],"
		  "\"value\":" NUMBER("1") "}}" },
		{ NULL, RULE("p contains 1") ".head", "{\"key\":" NUMBER("1") ",\"name\":\"p\",\"ref\":[" VAR("p") "]}" },
		{ NULL, RULE("p.q contains 1") ".head", "{\"key\":" NUMBER("1") ",\"ref\":[" VAR("p") "," TEXT("q") "]}" },
		/* Names of two parts tell of what they were before. */
		{ NULL, RULE("p.q := 1") ".head", "{\"assign\":true,\"key\":" TEXT("q") ",\"name\":\"p\",\"ref\":[" VAR("p") "," TEXT("q") "],"
		  "\"value\":" NUMBER("1") "}" },
		{ NULL, RULE("p.q := 1 if x") ".head", "{\"assign\":true,\"name\":\"p\",\"ref\":[" VAR("p") "," TEXT("q") "],"
		  "\"value\":" NUMBER("1") "}" },
		{ NULL, RULE("p[x] if x") ".head", "{\"key\":" VAR("x") ",\"ref\":[" VAR("p") "," VAR("x") "],\"value\":" YES "}" },
		{ NULL, RULE("p.q.r if x") ".head", "{\"ref\":[" VAR("p") "," TEXT("q") "," TEXT("r") "],\"value\":" YES "}" },
		{ NULL, RULE("f(x, _) := _ if x") ".head", "{\"args\":[" VAR("x") "," VAR("$0") "],\"assign\":true,\"name\":\"f\","
		  "\"ref\":[" VAR("f") "],\"value\":" VAR("$1") "}" },
		{ NULL, RULE("p := 1 if x else := 2 if y else = 3") ".else.else",
		  "{\"body\":" ALWAYS ",\"head\":{\"name\":\"p\",\"ref\":[" VAR("p") "],\"value\":" NUMBER("3") "}}" },
		{ NULL, "count(" MODULE("package a\\nf(_) if { x } { y }") ".rules)", "2" },
		{ NULL, MODULE("package a\\nf(_) if { x } { _ }") ".rules[1].head.args", "[" VAR("$2") "]" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void term__of_every_kind__is_a_tree(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, TERM("null"), "{\"type\":\"null\",\"value\":{}}" },
		{ NULL, TERM("1.50"), NUMBER("1.50") },
		{ NULL, TERM("- 2"), NUMBER("-2") },
		{ NULL, TERM("input"), OPERATOR("input") },
		{ NULL, TERM("x + 1"), "{\"type\":\"call\",\"value\":[" OPERATOR("plus") "," VAR("x") "," NUMBER("1") "]}" },
		{ NULL, TERM("{x, 2, `b`, 2, 1}"),
		  "{\"type\":\"set\",\"value\":[" NUMBER("1") "," NUMBER("2") "," TEXT("b") "," VAR("x") "]}" },
		{ NULL, TERM("{`b`: x, `a`: 1}"),
		  "{\"type\":\"object\",\"value\":[[" TEXT("a") "," NUMBER("1") "],[" TEXT("b") "," VAR("x") "]]}" },
		{ NULL, TERM("{k: v | a}"), "{\"type\":\"objectcomprehension\",\"value\":{\"body\":[{\"index\":0,\"terms\":" VAR("a") "}],"
		  "\"key\":" VAR("k") ",\"value\":" VAR("v") "}}" },
		{ NULL, TERM("$`a {x}`"), "{\"type\":\"templatestring\",\"value\":{\"multi_line\":true,"
		  "\"parts\":[" TEXT("a ") ",{\"index\":0,\"terms\":" VAR("x") "}]}}" },
		{ NULL, LINE("x := 1"), "[{\"index\":0,\"terms\":[" OPERATOR("assign") "," VAR("x") "," NUMBER("1") "]}]" },
		{ NULL, LINE("not x"), "[{\"index\":0,\"negated\":true,\"terms\":" VAR("x") "}]" },
		{ NULL, LINE("some x, y"), "[{\"index\":0,\"terms\":{\"symbols\":[" VAR("x") "," VAR("y") "]}}]" },
		{ NULL, LINE("some x in y") "[0].terms.symbols[0].value[0].value[1]", TEXT("member_2") },
		{ NULL, LINE("every x in y { x }"), "[{\"index\":0,\"terms\":{\"body\":[{\"index\":0,\"terms\":" VAR("x") "}],"
		  "\"domain\":" VAR("y") ",\"key\":null,\"value\":" VAR("x") "}}]" },
		{ NULL, LINE("x with input as 1"), "[{\"index\":0,\"terms\":" VAR("x") ",\"with\":[{\"target\":" OPERATOR("input") ","
		  "\"value\":" NUMBER("1") "}]}]" },
		{ NULL, MODULE("package a\\nimport future.keywords.not\\np if { not x }") ".rules[0].body[0].terms",
		  "{\"body\":[{\"index\":0,\"terms\":" VAR("x") "}],\"explicit_body\":false,\"type\":\"not\"}" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(module__of_every_part__is_a_tree),
	cmocka_unit_test(rule__of_every_form__is_a_tree),
	cmocka_unit_test(term__of_every_kind__is_a_tree),
};

WB_TEST_MAIN(tests)
