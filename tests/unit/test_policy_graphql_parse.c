/* policy/graphql_lex.c, graphql_parse.c, graphql_sdl.c, graphql_tree.c, builtin_graphql.c: text, trees, and their limits. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "base/limits.h"
#include "policy/value.h"
#include "tests/support/policy_case.h"

#define QUERY(text) "graphql.parse_query(`" text "`)"
#define SCHEMA(text) "graphql.parse_schema(`" text "`)"
#define FIELD(text) QUERY("{ f(a: " text ") }") ".Operations[0].SelectionSet[0].Arguments[0].Value"
#define SCHEMA_OF_ONE "`type Query { a: Int }`"

static void query__of_every_construct__is_a_tree(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, QUERY("{ a }"),
		  "{\"Operations\":[{\"Name\":\"\",\"Operation\":\"query\",\"SelectionSet\":[{\"Alias\":\"a\",\"Name\":\"a\"}]}]}" },
		{ NULL, QUERY(""), "{}" },
		{ NULL, QUERY("mutation M { b: a }") ".Operations[0].SelectionSet", "[{\"Alias\":\"b\",\"Name\":\"a\"}]" },
		{ NULL, QUERY("{ ...F @d ... on T { a } ... { b } }") ".Operations[0].SelectionSet",
		  "[{\"Directives\":[{\"Location\":\"\",\"Name\":\"d\"}],\"Name\":\"F\"},"
		  "{\"SelectionSet\":[{\"Alias\":\"a\",\"Name\":\"a\"}],\"TypeCondition\":\"T\"},"
		  "{\"SelectionSet\":[{\"Alias\":\"b\",\"Name\":\"b\"}],\"TypeCondition\":\"\"}]" },
		{ NULL, QUERY("query ($x: [Int!]! = [1] @d) { a }") ".Operations[0].VariableDefinitions",
		  "[{\"DefaultValue\":{\"Children\":[{\"Name\":\"\",\"Value\":{\"ExpectedTypeHasDefault\":false,\"Kind\":1,\"Raw\":\"1\"}}],"
		  "\"ExpectedTypeHasDefault\":false,\"Kind\":8,\"Raw\":\"\"},\"Directives\":[{\"Location\":\"\",\"Name\":\"d\"}],"
		  "\"Type\":{\"Elem\":{\"NamedType\":\"Int\",\"NonNull\":true},\"NamedType\":\"\",\"NonNull\":true},"
		  "\"Used\":false,\"Variable\":\"x\"}]" },
		{ NULL, QUERY("fragment F($x: Int) on T { a }") ".Fragments[0].VariableDefinition[0].Variable", "\"x\"" },
		/* Comments belong to what follows, where the reference has a place for them. */
		{ NULL, QUERY("# one\n# two\nquery {\n# three\na }") ".Operations[0].Comment.List",
		  "[{\"Value\":\"# one\"},{\"Value\":\"# two\"}]" },
		{ NULL, QUERY("# one\n{ a }") ".Operations[0].Comment", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void value__as_it_is_written__is_kept(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, FIELD("-0.5e+10") ".Raw", "\"-0.5e+10\"" },
		{ NULL, FIELD("\"\\u0041\\\"\\n\\uD83D\"") ".Raw", "\"A\\\"\\n\xef\xbf\xbd\"" },
		{ NULL, FIELD("\"\"\"\n    a\n      b\\\"\"\"\n\n  \"\"\"") ".Raw", "\"a\\n  b\\\"\\\"\\\"\"" },
		{ NULL, FIELD("\"\"\"a\"\"\"\"\"") ".Raw", "\"a\\\"\\\"\"" },
		{ NULL, FIELD("{a: null, b: X, c: $v}") ".Children[2].Value.Raw", "\"v\"" },
		{ NULL, FIELD("[]") ".Kind", "8" },
		{ NULL, FIELD("trueish") ".Kind", "7" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void schema__of_every_construct__is_a_tree(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, SCHEMA("\"d\" type A implements & B & C @x { \"e\" f(a: Int = 1): [A!] }") ".Definitions[0].Interfaces",
		  "[\"B\",\"C\"]" },
		{ NULL, SCHEMA("\"d\" type A { \"e\" f(a: Int = 1): [A!] }") ".Definitions",
		  "[{\"BuiltIn\":false,\"Description\":\"d\",\"Fields\":[{\"Arguments\":[{\"DefaultValue\":{\"ExpectedTypeHasDefault\":false,"
		  "\"Kind\":1,\"Raw\":\"1\"},\"Description\":\"\",\"Name\":\"a\",\"Type\":{\"NamedType\":\"Int\",\"NonNull\":false}}],"
		  "\"Description\":\"e\",\"Name\":\"f\",\"Type\":{\"Elem\":{\"NamedType\":\"A\",\"NonNull\":true},\"NamedType\":\"\","
		  "\"NonNull\":false}}],\"Kind\":\"OBJECT\",\"Name\":\"A\"}]" },
		{ NULL, SCHEMA("enum E { A @x } extend enum E { B } union U = | A | B scalar S") ".Definitions[_].Kind",
		  "\"ENUM\" \"UNION\" \"SCALAR\"" },
		{ NULL, SCHEMA("schema @x { query: Q } extend schema { mutation: M }"),
		  "{\"Schema\":[{\"Description\":\"\",\"Directives\":[{\"Location\":\"\",\"Name\":\"x\"}],"
		  "\"OperationTypes\":[{\"Operation\":\"query\",\"Type\":\"Q\"}]}],"
		  "\"SchemaExtension\":[{\"Description\":\"\",\"OperationTypes\":[{\"Operation\":\"mutation\",\"Type\":\"M\"}]}]}" },
		{ NULL, SCHEMA("directive @d(a: Int) repeatable on | FIELD | QUERY") ".Directives[0]",
		  "{\"Arguments\":[{\"Description\":\"\",\"Name\":\"a\",\"Type\":{\"NamedType\":\"Int\",\"NonNull\":false}}],"
		  "\"Description\":\"\",\"IsRepeatable\":true,\"Locations\":[\"FIELD\",\"QUERY\"],\"Name\":\"d\"}" },
		{ NULL, SCHEMA("type A { a: Int }\n# end") ".Comment.List", "[{\"Value\":\"# end\"}]" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void text__that_is_none__is_told_where(void **state)
{
	static const struct {
		const char *query, *want;
	} cases[] = {
		{ QUERY("{"), "graphql.parse_query: Expected Name, found <EOF> in GraphQL string at location 1:2" },
		{ QUERY("{ a(b: $) }"), "graphql.parse_query: Expected Name, found ) in GraphQL string at location 1:9" },
		{ QUERY("\n\n  {}"), "graphql.parse_query: expected at least one definition, found } in GraphQL string at location 3:4" },
		{ QUERY("{ a(b: 01) }"), "graphql.parse_query: Unexpected <Invalid> in GraphQL string at location 1:9" },
		{ QUERY("query ($a: Int = $b) { a }"), "graphql.parse_query: Unexpected $ in GraphQL string at location 1:18" },
		{ QUERY("fragment F n T { a }"),
		  "graphql.parse_query: Expected \"on\", found Name \"n\" in GraphQL string at location 1:12" },
		{ SCHEMA("schema { 'a }"),
		  "graphql.parse_schema: Unexpected single quote character ('), did you mean to use a double quote (\")? "
		  "in GraphQL string at location 1:10" },
		{ SCHEMA("\"d\" extend type A @x"),
		  "graphql.parse_schema: Unexpected String \"d\" in GraphQL string at location 1:2" },
		{ SCHEMA("extend interface A implements B"),
		  "graphql.parse_schema: Unexpected Name \"implements\" in GraphQL string at location 1:20" },
		{ SCHEMA("directive @d on FIELDS"),
		  "graphql.parse_schema: Unexpected Name \"FIELDS\" in GraphQL string at location 1:17" },
		{ "graphql.parse(1, `type Query { a: Int }`)", "graphql.parse: operand 0 must be one of {string, object} but got number" },
		{ "graphql.parse(`{ a }`, {\"Definitions\": [{\"Name\": 5}]})",
		  "graphql.parse: GraphQL parse error: input: the tree has number where it cannot have that" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool number = strstr(cases[i].query, "parse(1,");
		const char *have = number ? policy_case_fault("graphql.parse(input, \"\")", "1") : policy_case_fault(cases[i].query, "{}");

		assert_string_equal(have, cases[i].want);
	}
}

static void tree__handed_in__is_read_as_the_reference_does(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "graphql.is_valid(graphql.parse_query(`{ a }`), graphql.parse_schema(" SCHEMA_OF_ONE "))", "true" },
		{ NULL, "graphql.is_valid({\"operations\": [{\"SelectionSet\": [{\"Name\": \"a\"}]}]}, " SCHEMA_OF_ONE ")", "true" },
		/* Names within selections are exact. */
		{ NULL, "graphql.is_valid({\"Operations\": [{\"selectionset\": [{\"Name\": \"b\"}]}]}, " SCHEMA_OF_ONE ")", "true" },
		{ NULL, "graphql.is_valid({\"Operations\": [{\"SelectionSet\": [{\"Name\": \"b\"}]}]}, " SCHEMA_OF_ONE ")", "false" },
		{ NULL, "graphql.parse({\"Operations\": [{\"SelectionSet\": [{\"Name\": \"a\", \"Other\": 1}]}]}, " SCHEMA_OF_ONE ")[0]",
		  "{\"Operations\":[{\"Name\":\"\",\"Operation\":\"\",\"SelectionSet\":[{\"Alias\":\"\",\"Name\":\"a\"}]}]}" },
		/* What would end the reference in a crash is wrong here. */
		{ NULL, "graphql.is_valid({\"Operations\": [null]}, " SCHEMA_OF_ONE ")", "false" },
		{ NULL, "graphql.is_valid({\"Operations\": [{\"VariableDefinitions\": [{\"Variable\": \"a\"}]}]}, " SCHEMA_OF_ONE ")", "false" },
		{ NULL, "graphql.is_valid({\"Operations\": [{\"Operation\": \"other\"}]}, " SCHEMA_OF_ONE ")", "false" },
		{ NULL, "graphql.schema_is_valid({\"Definitions\": [{\"Kind\": \"OBJECT\", \"Name\": \"A\", \"Fields\": [{\"Name\": \"a\"}]}]})",
		  "false" },
		{ NULL, "graphql.schema_is_valid({})", "true" },
		{ NULL, "graphql.schema_is_valid(\"\")", "true" },
		{ NULL, "graphql.schema_is_valid(input.x)", "false" },
		{ NULL, "graphql.is_valid(input.x, input.x)", "false" },
		{ NULL, "graphql.parse_and_verify(input.x, \"\")", "[false,{},{}]" },
		{ NULL, "graphql.parse(input.x, \"\")", "undefined" },
		{ NULL, "graphql.parse_query(input.x)", "undefined" },
		{ NULL, "graphql.parse_and_verify(`{ a }`, " SCHEMA_OF_ONE ")[0]", "true" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, "{\"x\": 5}");
}

/* What a hostile text can make of these: refused, or the end of the budget; never more. */
static void document__without_measure__ends(void **state)
{
	static const struct policy_budget budget = { .steps = 300000, .depth = 100, .memory = 64 * LIMIT_MIB };
	static const char times[] = "times(s, n) := concat(\"\", [s | some i in numbers.range(1, n)])\n"
		"chain(n) := concat(\" \", [sprintf(\"fragment F%d on Query { q { ...F%d } }\", [i, i + 1]) | some i in numbers.range(1, n)])\n"
		"doubling(n) := concat(\" \", [sprintf(\"fragment F%d on Query { ...F%d ...F%d q { ...F%d } }\", [i, i + 1, i + 1, i + 1]) |"
		" some i in numbers.range(1, n)])\n"
		"schema := \"type Query { q: Query a(i: I, l: [Int]): Int } input I { i: I }\"\n"
		"same(s) := concat(\"\", [s, s])\n";
	static const struct policy_case cases[] = {
		{ NULL, "graphql.parse_query(concat(\"\", [times(\"{a\", 5000), times(\"}\", 5000)]))", "undefined" },
		{ NULL, "graphql.parse_query(concat(\"\", [\"{a(a:\", times(\"[\", 5000)]))", "undefined" },
		{ NULL, "graphql.parse_query(concat(\"\", [\"{a(a:\", times(\"{a:\", 5000)]))", "undefined" },
		{ NULL, "graphql.parse_query(concat(\"\", [\"query($a:\", times(\"[\", 5000)]))", "undefined" },
		{ NULL, "graphql.parse_schema(concat(\"\", [\"type A{a:\", times(\"[\", 5000)]))", "undefined" },
		{ NULL, "count(graphql.parse_query(concat(\"\", [times(\"{a\", 100), times(\"}\", 100)])))", "1" },
		{ NULL, "graphql.is_valid(sprintf(\"{ q { ...F1 } } %s\", [chain(2000)]), schema)", "false" },
		{ NULL, "graphql.is_valid(sprintf(\"{ ...F1 } %s fragment F41 on Query { a }\", [doubling(40)]), schema)", "true" },
		/* Everything beside everything else. */
		{ NULL, "graphql.is_valid(concat(\"\", [\"{\", times(\" q { a q { a } }\", 3000), \"}\"]), schema)", "eval_limit_error" },
		{ NULL, "graphql.is_valid(\"{ q { ...F } } fragment F on Query { q { a ...F } q { q { ...F } ...F } }\", schema)", "false" },
		{ NULL, "graphql.is_valid(concat(\"\", [\"{\", times(\" a(i: {i: {i: {}}})\", 3000), \"}\"]), schema)", "eval_limit_error" },
		{ NULL, "graphql.parse_query(times(\"# c\\n\", 200000))", "eval_limit_error" },
		{ NULL, "graphql.parse_schema(times(\"\\\"\\\"\\\"\\n \", 20000))", "undefined" },
	};
	CLEANUP(buf_release) struct buf module = BUF_INIT(1 << 16);

	(void)state;
	buf_printf(&module, "package t\n%s", times);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_release) struct buf whole = BUF_INIT(1 << 16);
		const char *have;

		buf_printf(&whole, "%sp := %s\n", buf_text(&module), cases[i].query);
		have = policy_case_ask_within(buf_text(&whole), "data.t.p", &budget);
		if (strcmp(have, cases[i].want) != 0)
			fail_msg("%s\n  gives %.200s\n  not   %s", cases[i].query, have, cases[i].want);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(query__of_every_construct__is_a_tree),
	cmocka_unit_test(value__as_it_is_written__is_kept),
	cmocka_unit_test(schema__of_every_construct__is_a_tree),
	cmocka_unit_test(text__that_is_none__is_told_where),
	cmocka_unit_test(tree__handed_in__is_read_as_the_reference_does),
	cmocka_unit_test(document__without_measure__ends),
};

WB_TEST_MAIN(tests)
