/* policy/graphql_walk.c, graphql_rules.c, graphql_values.c, graphql_merge.c, graphql_paths.c: every rule, kept and broken. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#include "policy/value.h"

static const char assets[] =
	"interface Asset { id: ID! owner: String }\n"
	"type Table implements Asset { id: ID! owner: String rows(limit: Int = 10, after: String!): [Row!]! same: Int }\n"
	"type Model implements Asset { id: ID! owner: String accuracy: Float same: String card(in: Card, one: Pick): Shade }\n"
	"type Row { cells: [String] }\n"
	"union Found = Table | Model\n"
	"enum Shade { LIGHT DARK }\n"
	"input Card { title: String! size: Int = 3 shades: [Shade!] }\n"
	"input Pick @oneOf { a: Int b: String }\n"
	"directive @trace(label: String!) on FIELD\n"
	"directive @step(n: Int) repeatable on FIELD | QUERY\n"
	"scalar Date\n"
	"type Query { asset(id: ID!): Asset find(shade: Shade, dates: [Date]): [Found] table: Table model: Model }\n"
	"type Subscription { one: Int two: Int }\n";

/* What graphql.parse says about queries of these assets. */
static void expect_faults(const struct policy_graphql_fault *cases, size_t n)
{
	policy_case_graphql(cases, n, assets, ": ");
}

static void field__that_its_type_has_not__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ table { idd } }",
		  "Cannot query field \"idd\" on type \"Table\". Did you mean \"id\"?\n in GraphQL string at location "
		  "1:11" },
		{ "{ asset(id: 1) { same } }",
		  "Cannot query field \"same\" on type \"Asset\". Did you mean to use an inline fragment on \"Model\" "
		  "or \"Table\"?\n in GraphQL string at location 1:18" },
		{ "{ find { owner } }",
		  "Cannot query field \"owner\" on type \"Found\". Did you mean to use an inline fragment on "
		  "\"Asset\", \"Model\", or \"Table\"?\n in GraphQL string at location 1:10" },
		{ "{ asset(id: 1) { ownr } }",
		  "Cannot query field \"ownr\" on type \"Asset\". Did you mean \"owner\"?\n in GraphQL string at "
		  "location 1:18" },
		{ "{ table { id } nothing }",
		  "Cannot query field \"nothing\" on type \"Query\" in GraphQL string at location 1:16" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void arguments__unknown_missing_or_twice__are_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ asset { id } }",
		  "Field \"asset\" argument \"id\" of type \"ID!\" is required, but it was not provided in GraphQL "
		  "string at location 1:3" },
		{ "{ asset(id: 1, idd: 2) { id } }",
		  "Unknown argument \"idd\" on field \"Query.asset\". Did you mean \"id\"?\n in GraphQL string at "
		  "location 1:3" },
		{ "{ asset(id: 1, id: 2, id: 3) { id } }",
		  "There can be only one argument named \"id\" in GraphQL string at location 1:16" },
		{ "{ table { rows { cells } } }",
		  "Field \"rows\" argument \"after\" of type \"String!\" is required, but it was not provided in "
		  "GraphQL string at location 1:11" },
		{ "{ table { id @trace } }",
		  "Directive \"@trace\" argument \"label\" of type \"String!\" is required, but it was not provided in "
		  "GraphQL string at location 1:15" },
		{ "{ table { id @trace(labl: \"x\") } }",
		  "Unknown argument \"labl\" on directive \"@trace\". Did you mean \"label\"?\ninput:1:15: Directive "
		  "\"@trace\" argument \"label\" of type \"String!\" is required, but it was not provided in GraphQL "
		  "string at location 1:15" },
		{ "{ table { id @trace(label: \"x\", label: \"y\") } }",
		  "There can be only one argument named \"label\" in GraphQL string at location 1:33" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void directive__unknown_or_out_of_place__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ table { id @nothing } }",
		  "Unknown directive \"@nothing\" in GraphQL string at location 1:15" },
		{ "query @trace(label: \"x\") { table { id } }",
		  "Directive \"@trace\" may not be used on QUERY in GraphQL string at location 1:8" },
		{ "{ table { id @skip(if: true) @skip(if: false) } }",
		  "The directive \"@skip\" can only be used once at this location in GraphQL string at location 1:31" },
		{ "{ table { id @step @step(n: 2) } }",
		  "" },
		{ "{ table @include(if: 1) { id } }",
		  "Boolean cannot represent a non boolean value: 1\n in GraphQL string at location 1:22" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void fragment__that_cannot_be_spread__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ ...Nothing }",
		  "Unknown fragment \"Nothing\" in GraphQL string at location 1:6" },
		{ "{ table { id } } fragment F on Table { id }",
		  "Fragment \"F\" is never used in GraphQL string at location 1:18" },
		{ "{ table { ...F } } fragment F on Tabel { id }",
		  "Unknown type \"Tabel\". Did you mean \"Table\", \"Date\", or \"Model\"?\n in GraphQL string at "
		  "location 1:20" },
		{ "{ table { ...F } } fragment F on Shade { id }",
		  "Cannot query field \"id\" on type \"Shade\".\ninput:1:42: Cannot query field \"id\" on type "
		  "\"Shade\".\ninput:1:20: Fragment \"F\" cannot condition on non composite type \"Shade\" in GraphQL "
		  "string at location 1:42" },
		{ "{ table { ... on Date { id } } }",
		  "Cannot query field \"id\" on type \"Date\".\ninput:1:15: Fragment cannot condition on non composite "
		  "type \"Date\" in GraphQL string at location 1:25" },
		{ "{ table { ... on Nothing { id } } }",
		  "Unknown type \"Nothing\" in GraphQL string at location 1:15" },
		{ "{ table { ...F } } fragment F on Model { id }",
		  "Fragment \"F\" cannot be spread here as objects of type \"Table\" can never be of type \"Model\" in "
		  "GraphQL string at location 1:14" },
		{ "{ table { ... on Model { id } } }",
		  "Fragment cannot be spread here as objects of type \"Table\" can never be of type \"Model\" in "
		  "GraphQL string at location 1:15" },
		{ "{ asset(id: 1) { ... on Table { id } ... on Model { accuracy } } }",
		  "" },
		{ "{ table { ...F } } fragment F on Table { id ...F }",
		  "Cannot spread fragment \"F\" within itself in GraphQL string at location 1:48" },
		{ "{ table { ...F } } fragment F on Table { ...G } fragment G on Table { ...H } fragment H on Table { "
		  "...F id }",
		  "Cannot spread fragment \"F\" within itself via \"G\", \"H\" in GraphQL string at location 1:103" },
		{ "{ table { ...F } } fragment F on Table { id } fragment F on Table { id }",
		  "There can be only one fragment named \"F\" in GraphQL string at location 1:47" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void operations__that_do_not_stand_together__are_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ table { id } } { model { id } }",
		  "This anonymous operation must be the only defined operation.\ninput:1:18: This anonymous operation "
		  "must be the only defined operation.\ninput:1:18: There can be only one operation named \"\" in "
		  "GraphQL string at location 1:1" },
		{ "query A { table { id } } query A { model { id } }",
		  "There can be only one operation named \"A\" in GraphQL string at location 1:26" },
		{ "mutation { a }",
		  "Schema does not support operation type \"mutation\"\n in GraphQL string at location 1:1" },
		{ "subscription { one two }",
		  "Anonymous Subscription must select only one top level field in GraphQL string at location 1:20" },
		{ "subscription S { __typename }",
		  "Subscription \"S\" must not select an introspection top level field in GraphQL string at location "
		  "1:18" },
		{ "subscription S { ...F } fragment F on Subscription { one two }",
		  "Subscription \"S\" must select only one top level field in GraphQL string at location 1:58" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void variable__that_does_not_fit__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "query ($a: Int) { table { id } }",
		  "Variable \"$a\" is never used in GraphQL string at location 1:8" },
		{ "query Q($a: Int) { table { id } }",
		  "Variable \"$a\" is never used in operation \"Q\" in GraphQL string at location 1:9" },
		{ "{ asset(id: $a) { id } }",
		  "Variable \"$a\" is not defined in GraphQL string at location 1:13" },
		{ "query Q { asset(id: $a) { id } }",
		  "Variable \"$a\" is not defined by operation \"Q\" in GraphQL string at location 1:21" },
		{ "query ($a: ID!, $a: ID!) { asset(id: $a) { id } }",
		  "Variable \"$a\" is never used.\ninput:1:17: There can be only one variable named \"$a\" in GraphQL "
		  "string at location 1:17" },
		{ "query ($a: Table) { find(shade: $a) { __typename } }",
		  "Variable \"$a\" of type \"Table\" used in position expecting type \"Shade\".\ninput:1:8: Variable "
		  "\"$a\" cannot be non-input type \"Table\" in GraphQL string at location 1:33" },
		{ "query ($a: Nothing) { asset(id: $a) { id } }",
		  "Unknown type \"Nothing\".\ninput:1:33: Variable \"$a\" of type \"Nothing\" used in position "
		  "expecting type \"ID!\" in GraphQL string at location 1:8" },
		{ "query ($a: ID) { asset(id: $a) { id } }",
		  "Variable \"$a\" of type \"ID\" used in position expecting type \"ID!\" in GraphQL string at "
		  "location 1:28" },
		{ "query ($a: ID = \"x\") { asset(id: $a) { id } }",
		  "" },
		{ "query ($a: [Date]!) { find(dates: $a) { __typename } }",
		  "" },
		{ "query ($a: Date!) { find(dates: [$a]) { __typename } }",
		  "" },
		{ "query ($a: Int) { model { card(one: {a: $a}) } }",
		  "Variable \"$a\" is of type \"Int\" but must be non-nullable to be used for OneOf Input Object "
		  "\"Pick\" in GraphQL string at location 1:8" },
		{ "query ($a: Int!) { model { card(one: {a: $a}) } }",
		  "" },
		{ "query ($a: Int) { table { rows(limit: $a, after: \"\") { cells } } }",
		  "" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void value__of_another_type__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ find(shade: LIHGT) { __typename } }",
		  "Value \"LIHGT\" does not exist in \"Shade\" enum. Did you mean the enum value \"LIGHT\"?\n in "
		  "GraphQL string at location 1:15" },
		{ "{ find(shade: \"DARK\") { __typename } }",
		  "Enum \"Shade\" cannot represent non-enum value: \"DARK\". Did you mean the enum value \"DARK\"?\n "
		  "in GraphQL string at location 1:16" },
		{ "{ find(shade: 1) { __typename } }",
		  "Enum \"Shade\" cannot represent non-enum value: 1 in GraphQL string at location 1:15" },
		{ "{ asset(id: 1.5) { id } }",
		  "ID cannot represent a non-string and non-integer value: 1.5\n in GraphQL string at location 1:13" },
		{ "{ asset(id: null) { id } }",
		  "Expected value of type \"ID!\", found null in GraphQL string at location 1:13" },
		{ "{ asset(id: true) { id } }",
		  "ID cannot represent a non-string and non-integer value: true\n in GraphQL string at location 1:13" },
		{ "{ asset(id: {}) { id } }",
		  "" },
		{ "{ table { rows(after: 1) { cells } } }",
		  "String cannot represent a non string value: 1\n in GraphQL string at location 1:23" },
		{ "{ table { rows(limit: \"1\", after: \"\") { cells } } }",
		  "Int cannot represent non-integer value: \"1\"\n in GraphQL string at location 1:24" },
		{ "{ table { rows(limit: 99999999999999999999, after: \"\") { cells } } }",
		  "Int cannot represent non 32-bit signed integer value: 99999999999999999999\n in GraphQL string at "
		  "location 1:23" },
		{ "{ table { rows(limit: [1], after: \"\") { cells } } }",
		  "Int cannot represent non-integer value: [1]\n in GraphQL string at location 1:23" },
		{ "{ model { card(in: {}) } }",
		  "Field \"Card.title\" of required type \"String!\" was not provided in GraphQL string at location "
		  "1:20" },
		{ "{ model { card(in: {title: \"t\", titl: \"u\"}) } }",
		  "Field \"titl\" is not defined by type \"Card\". Did you mean \"title\"?\n in GraphQL string at "
		  "location 1:33" },
		{ "{ model { card(in: {title: \"t\", title: \"u\"}) } }",
		  "There can be only one input field named \"title\" in GraphQL string at location 1:33" },
		{ "{ model { card(in: {title: \"t\", shades: LIGHT}) } }",
		  "" },
		{ "{ model { card(in: {title: \"t\", shades: [LIGHT, null]}) } }",
		  "Expected value of type \"Shade!\", found null in GraphQL string at location 1:49" },
		{ "{ model { card(one: {a: 1, b: \"x\"}) } }",
		  "OneOf Input Object \"Pick\" must specify exactly one key in GraphQL string at location 1:21" },
		{ "{ model { card(one: {a: null}) } }",
		  "Field \"Pick.a\" must be non-null in GraphQL string at location 1:25" },
		{ "{ find(dates: [1, \"x\", {a: 1}]) { __typename } }",
		  "" },
		{ "{ table { id @include(if: \"x\") } }",
		  "Boolean cannot represent a non boolean value: \"x\"\n in GraphQL string at location 1:28" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void selection__where_none_can_be_or_none_is__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ table }",
		  "Field \"table\" of type \"Table\" must have a selection of subfields. Did you mean \"table { ... "
		  "}\"?\n in GraphQL string at location 1:3" },
		{ "{ table { id { x } } }",
		  "Cannot query field \"x\" on type \"ID\".\ninput:1:11: Field \"id\" must not have a selection since "
		  "type \"ID\" has no subfields in GraphQL string at location 1:16" },
		{ "{ table { rows(after: \"\") } }",
		  "Field \"rows\" of type \"[Row!]!\" must have a selection of subfields. Did you mean \"rows { ... "
		  "}\"?\n in GraphQL string at location 1:11" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void fields__under_one_name__ask_for_one_thing(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ table { id x: id x: owner } }",
		  "Fields \"x\" conflict because \"id\" and \"owner\" are different fields. Use different aliases on "
		  "the fields to fetch both if this was intentional in GraphQL string at location 1:20" },
		{ "{ a: asset(id: 1) { id } a: asset(id: 2) { id } }",
		  "Fields \"a\" conflict because they have differing arguments. Use different aliases on the fields to "
		  "fetch both if this was intentional in GraphQL string at location 1:26" },
		{ "{ find { ... on Table { same } ... on Model { same } } }",
		  "Fields \"same\" conflict because they return conflicting types \"Int\" and \"String\". Use "
		  "different aliases on the fields to fetch both if this was intentional in GraphQL string at location "
		  "1:47" },
		{ "{ table { rows(after: \"a\") { cells } rows(after: \"a\") { cells } } }",
		  "" },
		{ "{ t: table { x: id } t: table { x: owner } }",
		  "Fields \"t\" conflict because subfields \"x\" conflict because \"id\" and \"owner\" are different "
		  "fields. Use different aliases on the fields to fetch both if this was intentional in GraphQL string "
		  "at location 1:22" },
		{ "{ table { ...F ...G } } fragment F on Table { x: id } fragment G on Table { x: owner }",
		  "Fields \"x\" conflict because \"id\" and \"owner\" are different fields. Use different aliases on "
		  "the fields to fetch both if this was intentional in GraphQL string at location 1:77" },
		{ "{ find { ... on Table { x: id } ... on Model { x: owner } } }",
		  "Fields \"x\" conflict because they return conflicting types \"ID!\" and \"String\". Use different "
		  "aliases on the fields to fetch both if this was intentional in GraphQL string at location 1:48" },
		{ "{ model { card(in: {title: \"a\", size: 1}) card(in: {size: 1, title: \"a\"}) } }",
		  "" },
		{ "{ table { x: rows(after: \"a\") { cells } ...F } } fragment F on Table { x: rows(after: \"b\") { "
		  "cells } }",
		  "Fields \"x\" conflict because they have differing arguments. Use different aliases on the fields to "
		  "fetch both if this was intentional in GraphQL string at location 1:72" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void introspection__too_deep__is_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "{ __schema { types { name fields { name } } } }",
		  "" },
		{ "{ __type(name: \"Table\") { fields { type { fields { type { fields { name } } } } } } }",
		  "Maximum introspection depth exceeded\n in GraphQL string at location 1:3" },
		{ "{ __type { name } }",
		  "Field \"__type\" argument \"name\" of type \"String!\" is required, but it was not provided in "
		  "GraphQL string at location 1:3" },
		{ "{ __typename }",
		  "" },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(field__that_its_type_has_not__is_told),
	cmocka_unit_test(arguments__unknown_missing_or_twice__are_told),
	cmocka_unit_test(directive__unknown_or_out_of_place__is_told),
	cmocka_unit_test(fragment__that_cannot_be_spread__is_told),
	cmocka_unit_test(operations__that_do_not_stand_together__are_told),
	cmocka_unit_test(variable__that_does_not_fit__is_told),
	cmocka_unit_test(value__of_another_type__is_told),
	cmocka_unit_test(selection__where_none_can_be_or_none_is__is_told),
	cmocka_unit_test(fields__under_one_name__ask_for_one_thing),
	cmocka_unit_test(introspection__too_deep__is_told),
};

WB_TEST_MAIN(tests)
