/* policy/schema.c, schema_match.c, builtin_schema.c, builtin_request.c, builtin_globs.c. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

#define VERIFY(schema) "json.verify_schema(" schema ")[1]"
#define FAILS(doc, schema) "[e.error | some e in json.match_schema(" doc ", " schema ")[1]]"

static void schema__that_is_none__is_refused_with_why(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, VERIFY("{\"type\": \"boolean\"}"), "null" },
		{ NULL, VERIFY("`{\"type\": [\"string\", \"null\"]}`"), "null" },
		{ NULL, VERIFY("`[`"), "\"jsonschema: invalid JSON string\"" },
		{ NULL, VERIFY("`5`"), "\"jsonschema: schema is invalid\"" },
		{ NULL, VERIFY("{\"type\": [\"string\", \"string\"]}"), "\"jsonschema: string type is duplicated\"" },
		{ NULL, VERIFY("{\"minLength\": 3, \"maxLength\": 2}"), "\"jsonschema: minLength cannot be greater than maxLength\"" },
		{ NULL, VERIFY("{\"pattern\": \"(\"}"), "\"jsonschema: pattern must be a valid regex\"" },
		{ NULL, VERIFY("{\"items\": [{}, 5]}"),
		  "\"jsonschema: Invalid type. Expected: Valid Schema/Array Of Schemas, given: items\"" },
		{ NULL, VERIFY("{\"$ref\": \"#/definitions/a\"}"), "\"jsonschema: Object has no key 'definitions'\"" },
		{ NULL, VERIFY("{\"$ref\": \"http://x.y/z\"}"), "\"jsonschema: Reference http://x.y/z must be within the document\"" },
		{ NULL, VERIFY("{\"$ref\": \"#/definitions/a\", \"definitions\": {\"a\": {\"$ref\": \"#\"}}}"), "null" },
		{ NULL, VERIFY("{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"exclusiveMinimum\": 3}"),
		  "\"jsonschema: Invalid type. Expected: boolean, given: exclusiveMinimum\"" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void document__that_breaks_its_schema__is_told_where(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, FAILS("{\"a\": 1}", "{\"properties\": {\"a\": {\"type\": \"string\"}}}"),
		  "[\"a: Invalid type. Expected: string, given: integer\"]" },
		{ NULL, FAILS("`[1, \"b\"]`", "{\"items\": {\"type\": \"integer\"}}"),
		  "[\"1: Invalid type. Expected: integer, given: string\"]" },
		{ NULL, FAILS("{\"a\": 1.0}", "{\"properties\": {\"a\": {\"type\": \"integer\"}}}"), "[]" },
		{ NULL, FAILS("{}", "{\"required\": [\"a\"]}"), "[\"(Root): a is required\"]" },
		{ NULL, FAILS("{\"a\": 0.3}", "{\"properties\": {\"a\": {\"multipleOf\": 0.1}}}"), "[]" },
		{ NULL, FAILS("{\"a\": 5}", "{\"properties\": {\"a\": {\"maximum\": 5, \"exclusiveMaximum\": true}}}"),
		  "[\"a: Must be less than 5\"]" },
		{ NULL, FAILS("{\"a\": \"x\"}", "{\"properties\": {\"a\": {\"pattern\": \"^y\", \"format\": \"date\"}}}"),
		  "[\"a: Does not match format 'date'\",\"a: Does not match pattern '^y'\"]" },
		{ NULL, FAILS("{\"a\": \"2024-02-29\"}", "{\"properties\": {\"a\": {\"format\": \"date\"}}}"), "[]" },
		{ NULL, FAILS("{\"a\": \"2023-02-29\"}", "{\"properties\": {\"a\": {\"format\": \"date\"}}}"),
		  "[\"a: Does not match format 'date'\"]" },
		{ NULL, FAILS("{\"a\": {\"a\": 1}}", "{\"type\": \"object\", \"properties\": {\"a\": {\"$ref\": \"#\"}}}"),
		  "[\"a.a: Invalid type. Expected: object, given: integer\"]" },
		{ NULL, FAILS("{\"a\": 1}", "{\"additionalProperties\": false}"), "[\"(Root): Additional property a is not allowed\"]" },
		{ NULL, FAILS("{\"a\": [1, 1]}", "{\"properties\": {\"a\": {\"uniqueItems\": true}}}"),
		  "[\"a: array items[0,1] must be unique\"]" },
		{ NULL, FAILS("{\"a\": 1}", "{\"oneOf\": [{}, true]}"),
		  "[\"(Root): Must validate one and only one schema (oneOf)\"]" },
		{ NULL, "json.match_schema({}, {\"type\": \"other\"})", "undefined" },
		{ NULL, "json.match_schema(\"x\", {})", "undefined" },
		{ NULL, "json.match_schema({\"a\": 1}, {\"$ref\": \"#\"})", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void globs__meet__where_one_text_fits_both(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "regex.globs_match(\"a.a.[0-9]+z\", \".b.b2359825792*594823z\")", "true" },
		{ NULL, "regex.globs_match(\"[a-z]+\", \"[0-9]*\")", "false" },
		{ NULL, "regex.globs_match(\"x.*y\", \"x.*z\")", "false" },
		{ NULL, "regex.globs_match(\"a+\", \"b*a\")", "true" },
		{ NULL, "regex.globs_match(\"a\\\\+\", \"a.\")", "true" },
		{ NULL, "regex.globs_match(\"\", \"\")", "true" },
		{ NULL, "regex.globs_match(\"a]\", \"a\")", "undefined" },
		{ NULL, "regex.globs_match(\"[b-a]\", \"a\")", "undefined" },
		{ NULL, "regex.globs_match(\"[a\", \"a\")", "undefined" },
		{ NULL, "regex.globs_match(\"a\\\\\", \"a\")", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

#define CONFIG "{\"aws_service\": \"s3\", \"aws_access_key\": \"a\", \"aws_secret_access_key\": \"b\", \"aws_region\": \"r\"}"

static void request__is_signed__or_refused(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL,
		  "providers.aws.sign_req({\"method\": \"get\", \"url\": \"http://example.com\"}, {\"aws_access_key\": "
		  "\"MYAWSACCESSKEYGOESHERE\", \"aws_secret_access_key\": \"MYAWSSECRETACCESSKEYGOESHERE\", \"aws_session_token\": "
		  "\"MYAWSSECURITYTOKENGOESHERE\", \"aws_service\": \"s3\", \"aws_region\": \"us-east-1\"}, "
		  "1451311705000000000).headers[\"x-amz-date\"]",
		  "\"20151228T140825Z\"" },
		{ NULL, "providers.aws.sign_req({\"method\": \"get\", \"url\": \"http://h:1/\"}, " CONFIG ", 0).headers.host", "\"h:1\"" },
		{ NULL, "providers.aws.sign_req({\"method\": \"get\"}, " CONFIG ", 0)", "undefined" },
		{ NULL, "providers.aws.sign_req({\"method\": \"get\", \"url\": \":\"}, " CONFIG ", 0)", "undefined" },
		{ NULL, "providers.aws.sign_req({\"method\": \"get\", \"url\": \"/\"}, {}, 0)", "undefined" },
		{ NULL, "net.lookup_ip_addr(\"10.0.0.0\")", "[\"10.0.0.0\"]" },
		{ NULL, "net.lookup_ip_addr(\"example.com\")", "undefined" },
		{ NULL, "http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1\"})", "undefined" },
		{ NULL, "x := http.send({}) with http.send as {\"status_code\": 200}", "{\"x\":{\"status_code\":200}}" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(schema__that_is_none__is_refused_with_why),
	cmocka_unit_test(document__that_breaks_its_schema__is_told_where),
	cmocka_unit_test(globs__meet__where_one_text_fits_both),
	cmocka_unit_test(request__is_signed__or_refused),
};
WB_TEST_MAIN(tests)
