/* policy/graphql_schema.c, graphql_types.c, graphql_prelude.c: schemas, sound and not. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#include "policy/value.h"

/* What graphql.parse says about schemas. */
static void expect_faults(const struct policy_graphql_fault *cases, size_t n)
{
	policy_case_graphql(cases, n, NULL, "conversion: ");
}

static void types__declared_or_extended_wrongly__are_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "type A { a: Int } type A { b: Int }",
		  "input:1:24: Cannot redeclare type A." },
		{ "extend input A { a: Int } type A { b: Int }",
		  "input:1:14: Cannot extend type A because the base type is a OBJECT, not INPUT_OBJECT." },
		{ "directive @a on FIELD directive @a on FIELD",
		  "input:1:34: Cannot redeclare directive a." },
		{ "directive @skip(if: Boolean) on FIELD type Query { a: Int }",
		  "" },
		{ "schema { query: A }",
		  "input:1:10: Schema root query refers to a type A that does not exist." },
		{ "schema { query: A } schema { query: A } type A { a: Int }",
		  "input:1:28: Cannot have multiple schema entry points, consider schema extensions instead." },
		{ "schema @a { query: A } type A { a: Int }",
		  "input:1:9: Undefined directive a." },
		{ "type Query { a: Nothing }",
		  "input:1:17: Undefined type Nothing." },
		{ "type Query { a: [Int!]! __b: Int }",
		  "input:1:25: Name \"__b\" must not begin with \"__\", which is reserved by GraphQL introspection." },
		{ "type __A { a: Int }",
		  "input:1:6: Name \"__A\" must not begin with \"__\", which is reserved by GraphQL introspection." },
		{ "type Query { a(b: Query): Int }",
		  "input:1:16: cannot use Query as argument b because OBJECT is not a valid input type" },
		{ "type Query { a(b: Nothing): Int }",
		  "input:1:19: Undefined type Nothing." },
		{ "type Query { a: In } input In { a: Int }",
		  "input:1:14: OBJECT Query: field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM." },
		{ "input In { a: Query } type Query { a: Int }",
		  "input:1:12: OBJECT a: field must be one of SCALAR, ENUM, INPUT_OBJECT." },
		{ "type Query",
		  "input:1:6: OBJECT Query: must define one or more fields." },
		{ "enum E",
		  "input:1:6: ENUM E: must define one or more unique enum values." },
		{ "input I",
		  "input:1:7: INPUT_OBJECT I: must define one or more input fields." },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void members__twice_or_of_the_wrong_kind__are_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "enum E { A true }",
		  "input:1:6: ENUM E: non-enum value true." },
		{ "enum E { A B A }",
		  "input:1:14: Enum value E.A can only be defined once." },
		{ "type Query { a: Int b: Int a: Int }",
		  "input:1:28: Field Query.a can only be defined once." },
		{ "union U = A | B type A { a: Int }",
		  "input:1:7: Undefined type \"B\"." },
		{ "union U = A | A type A { a: Int }",
		  "input:1:15: Union type U can only include type A once." },
		{ "union U = E enum E { A }",
		  "input:1:7: UNION type \"E\" must be OBJECT." },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void interfaces__not_implemented__are_told(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "type A implements Nothing { a: Int }",
		  "input:1:6: Undefined type \"Nothing\"." },
		{ "type A implements B { a: Int } type B { a: Int }",
		  "input:1:6: \"B\" is a non interface type OBJECT." },
		{ "type A implements B { b: Int } interface B { a: Int }",
		  "input:1:6: For A to implement B it must have a field called a." },
		{ "type A implements B { a: String } interface B { a: Int }",
		  "input:1:23: For A to implement B the field a must have type Int." },
		{ "type A implements B { a: Int! } interface B { a: Int }",
		  "" },
		{ "type A implements B { a: [A] } interface B { a: [B] }",
		  "" },
		{ "type A implements B { a: Int } interface B { a(x: Int): Int }",
		  "input:1:23: For A to implement B the field a must have the same arguments but it is missing x." },
		{ "type A implements B { a(x: String): Int } interface B { a(x: Int): Int }",
		  "input:1:25: For A to implement B the field a must have the same arguments but x has the wrong type." },
		{ "type A implements B { a(x: Int, y: Int!): Int } interface B { a(x: Int): Int }",
		  "input:1:33: For A to implement B any additional arguments on a must be optional or have a default "
		  "value but y is required." },
		{ "type A implements B { a: Int } interface B implements C { a: Int } interface C { a: Int }",
		  "input:1:6: Type A must implement C because it is implemented by B." },
		{ "interface A implements B { a: Int } interface B implements A { a: Int }",
		  "input:1:11: Type A cannot implement B because it would create a circular reference." },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static void directives__on_definitions__are_checked(void **state)
{
	static const struct policy_graphql_fault cases[] = {
		{ "type Query { a: Int @nothing }",
		  "input:1:22: Undefined directive nothing." },
		{ "type Query { a: Int @oneOf }",
		  "input:1:22: Directive oneOf is not applicable on FIELD_DEFINITION." },
		{ "type Query { a: Int @deprecated @deprecated }",
		  "input:1:34: The directive deprecated can only be used once at this location." },
		{ "type Query { a: Int @deprecated(why: \"x\") }",
		  "input:1:33: Undefined argument why for directive deprecated." },
		{ "scalar A @specifiedBy",
		  "input:1:11: Argument url for directive specifiedBy cannot be null." },
		{ "directive @a(x: Int @a) on ARGUMENT_DEFINITION",
		  "input:1:22: Directive a cannot refer to itself." },
		{ "directive @__a on FIELD",
		  "input:1:12: Name \"__a\" must not begin with \"__\", which is reserved by GraphQL introspection." },
		{ "type Query @a { a: Int } extend type Query @a directive @a on OBJECT",
		  "" },
		{ "input A { b: B! } input B { a: A! }",
		  "input:1:11: Cannot reference Input Object \"A\" within itself through a series of non-null fields: "
		  "\"b.a\"." },
		{ "input A { b: B! } input B { a: A }",
		  "" },
		{ "input A { a: [A!]! }",
		  "" },
		{ "extend schema { query: A } type A { a: Int }",
		  "" },
		{ "extend type Query { a: Int }",
		  "" },
		{ "type Query { a: Int } extend type __Type { b: Int }",
		  "" },
		{ "enum E { A @deprecated(reason: \"x\") } type Query { e(x: E = NOTHING @deprecated): E }",
		  "" },
		{ "scalar Int",
		  "input:1:8: Cannot redeclare type Int." },
	};

	(void)state;
	expect_faults(cases, sizeof cases / sizeof *cases);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(types__declared_or_extended_wrongly__are_told),
	cmocka_unit_test(members__twice_or_of_the_wrong_kind__are_told),
	cmocka_unit_test(interfaces__not_implemented__are_told),
	cmocka_unit_test(directives__on_definitions__are_checked),
};

WB_TEST_MAIN(tests)
