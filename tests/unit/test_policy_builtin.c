/* policy/builtin*.c: what the functions answer, and how they fail. */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void builtins__of_collections__answer(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "count({1, 2, 2})", "2" },
		{ NULL, "sum([1, 2.5])", "3.5" },
		{ NULL, "max([1, 3, 2])", "3" },
		{ NULL, "max([])", "undefined" },
		{ NULL, "sort([3, 1, 2])", "[1,2,3]" },
		{ NULL, "array.concat([1], [2])", "[1,2]" },
		{ NULL, "array.slice([1, 2, 3], 1, 9)", "[2,3]" },
		{ NULL, "object.get({\"a\": {\"b\": 1}}, [\"a\", \"b\"], 0)", "1" },
		{ NULL, "object.get({}, \"a\", 5)", "5" },
		{ NULL, "object.union({\"a\": 1}, {\"a\": 2, \"b\": 3})", "{\"a\":2,\"b\":3}" },
		{ NULL, "object.remove({\"a\": 1, \"b\": 2}, [\"a\"])", "{\"b\":2}" },
		{ NULL, "object.keys({\"a\": 1})", "[\"a\"]" },
		{ NULL, "union({{1}, {2}})", "[1,2]" },
		{ NULL, "intersection({{1, 2}, {2}})", "[2]" },
		{ NULL, "{1, 2} - {2}", "[1]" },
		{ NULL, "count([p | walk({\"a\": [1]}, [p, _])])", "3" },
		{ NULL, "json.filter({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])", "{\"a\":{\"b\":1}}" },
		{ NULL, "json.remove({\"a\": {\"b\": 1, \"c\": 2}}, [\"a/b\"])", "{\"a\":{\"c\":2}}" },
		{ NULL, "numbers.range(3, 1)", "[3,2,1]" },
		{ NULL, "type_name({1})", "\"set\"" },
		{ NULL, "trace(\"x\")", "true" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void builtins__of_texts__answer(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "concat(\"-\", [\"a\", \"b\"])", "\"a-b\"" },
		{ NULL, "split(\"a,b\", \",\")", "[\"a\",\"b\"]" },
		{ NULL, "contains(\"abc\", \"b\")", "true" },
		{ NULL, "startswith(\"abc\", \"ab\")", "true" },
		{ NULL, "replace(\"aaa\", \"a\", \"b\")", "\"bbb\"" },
		{ NULL, "trim_space(\"  a \")", "\"a\"" },
		{ NULL, "trim_prefix(\"abc\", \"a\")", "\"bc\"" },
		{ NULL, "format_int(255, 16)", "\"ff\"" },
		{ NULL, "to_number(\"1e3\")", "1e3" },
		{ NULL, "to_number(\"x\")", "undefined" },
		{ NULL, "json.unmarshal(\"[1]\")", "[1]" },
		{ NULL, "json.marshal({\"a\": {1}})", "\"{\\\"a\\\":[1]}\"" },
		{ NULL, "json.unmarshal(\"[\")", "undefined" },
		{ NULL, "base64.encode(\"hi\")", "\"aGk=\"" },
		{ NULL, "base64.decode(\"aGk=\")", "\"hi\"" },
		{ NULL, "hex.encode(\"hi\")", "\"6869\"" },
		{ NULL, "urlquery.encode(\"a b&\")", "\"a+b%26\"" },
		{ NULL, "time.now_ns()", "1700000000000000000" },
		{ NULL, "http.send({})", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(builtins__of_collections__answer),
	cmocka_unit_test(builtins__of_texts__answer),
};
WB_TEST_MAIN(tests)
