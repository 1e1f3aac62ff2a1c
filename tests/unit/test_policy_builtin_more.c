/* policy/builtin_{units,net,time,patch}.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include "tests/support/policy_case.h"

static void units__amounts_and_versions__are_exact(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "units.parse_bytes(\"1KB\")", "1000" },
		{ NULL, "units.parse_bytes(\"1.5KiB\")", "1536" },
		{ NULL, "units.parse_bytes(\"0.1kb\")", "100" },
		{ NULL, "units.parse_bytes(\"10\")", "10" },
		{ NULL, "units.parse(\"10m\")", "0.0100000000" },
		{ NULL, "units.parse(\"4.1Mi\")", "4299161.6000000000" },
		{ NULL, "units.parse(\"2G\")", "2000000000" },
		{ NULL, "units.parse(\"1e2k\")", "100000" },
		{ NULL, "units.parse(\"-1.25k\")", "-1250" },
		{ NULL, "units.parse(\"k\")", "undefined" },
		{ NULL, "units.parse(\"1 k\")", "undefined" },
		{ NULL, "units.parse(\"1zz\")", "undefined" },
		{ NULL, "units.parse(\"1e999999k\")", "undefined" },
		{ NULL, "semver.compare(\"1.2.3\", \"1.10.0\")", "-1" },
		{ NULL, "semver.compare(\"1.0.0-rc.1\", \"1.0.0\")", "-1" },
		{ NULL, "semver.compare(\"1.0.0-rc.2\", \"1.0.0-rc.10\")", "-1" },
		{ NULL, "semver.compare(\"1.0.0+a\", \"1.0.0+b\")", "0" },
		{ NULL, "semver.is_valid(\"1.0\")", "false" },
		{ NULL, "uuid.parse(\"00000000-0000-4000-8000-000000000000\")", "{\"variant\":\"RFC4122\",\"version\":4}" },
		{ NULL, "uuid.parse(\"x\")", "undefined" },
		{ NULL, "uuid.rfc4122(\"a\") == uuid.rfc4122(\"a\")", "true" },
		{ NULL, "uuid.rfc4122(\"a\") == uuid.rfc4122(\"b\")", "false" },
		{ NULL, "rand.intn(\"a\", 10) < 10", "true" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void net__blocks__hold_merge_and_expand(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "net.cidr_contains(\"10.0.0.0/8\", \"10.1.2.3\")", "true" },
		{ NULL, "net.cidr_contains(\"10.0.0.0/8\", \"11.0.0.0/24\")", "false" },
		{ NULL, "net.cidr_contains(\"::/0\", \"fe80::1/128\")", "true" },
		{ NULL, "net.cidr_contains(\"0.0.0.0/0\", \"fe80::1/128\")", "false" },
		{ NULL, "net.cidr_contains(\"10.0.0.0/33\", \"10.0.0.1\")", "undefined" },
		{ NULL, "net.cidr_is_valid(\"10.0.0.0/08\")", "false" },
		{ NULL, "net.cidr_intersects(\"192.168.1.0/25\", \"192.168.1.64/26\")", "true" },
		{ NULL, "net.cidr_expand(\"10.0.0.1/31\")", "[\"10.0.0.0\",\"10.0.0.1\"]" },
		{ NULL, "net.cidr_expand(\"10.0.0.0/8\")", "undefined" },
		{ NULL, "net.cidr_merge([\"10.0.0.0/24\", \"10.0.1.0/24\", \"10.0.3.0/24\"])", "[\"10.0.0.0/23\",\"10.0.3.0/24\"]" },
		{ NULL, "net.cidr_merge([\"0.0.0.0/1\", \"128.0.0.0/1\"])", "[\"0.0.0.0/0\"]" },
		{ NULL, "net.cidr_merge([\"::/1\", \"8000::/1\"])", "[\"::/0\"]" },
		{ NULL, "net.cidr_contains_matches([\"1.1.1.0/24\"], {\"a\": \"1.1.1.7\", \"b\": \"2.2.2.2\"})", "[[0,\"a\"]]" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void time__dates__follow_the_calendar(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "time.date(1582977600000000000)", "[2020,2,29]" },
		{ NULL, "time.date(-1)", "[1969,12,31]" },
		{ NULL, "time.clock([1517832000000000000, \"UTC\"])", "[12,0,0]" },
		{ NULL, "time.clock([0, \"Europe/Paris\"])", "undefined" },
		{ NULL, "time.weekday(0)", "\"Thursday\"" },
		{ NULL, "time.add_date(1582977600000000000, 1, 0, 0)", "1614600000000000000" },
		{ NULL, "time.parse_rfc3339_ns(\"2020-02-29T12:00:00.5+01:00\")", "1582974000500000000" },
		{ NULL, "time.parse_rfc3339_ns(\"2021-02-29T12:00:00Z\")", "undefined" },
		{ NULL, "time.parse_rfc3339_ns(\"2020-02-29\")", "undefined" },
		{ NULL, "time.parse_ns(\"02 Jan 06 3:04pm\", \"29 Feb 20 1:07pm\")", "1582981620000000000" },
		{ NULL, "time.format(1582977600500000000)", "\"2020-02-29T12:00:00.5Z\"" },
		{ NULL, "time.format([1582977600000000000, \"UTC\", \"Mon Jan _2 15:04 2006\"])", "\"Sat Feb 29 12:00 2020\"" },
		{ NULL, "time.format([0, \"\", \"RFC1123\"])", "\"Thu, 01 Jan 1970 00:00:00 UTC\"" },
		{ NULL, "time.parse_duration_ns(\"1h1.5s\")", "3601500000000" },
		{ NULL, "time.parse_duration_ns(\"1x\")", "undefined" },
		{ NULL, "time.diff(1582977600000000000, 1585656000000000000)", "[0,1,2,0,0,0]" },
		{ NULL, "time.parse_rfc3339_ns(\"9999-01-01T00:00:00Z\")", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static void patch__operations__change_a_copy(void **state)
{
	static const struct policy_case cases[] = {
		{ NULL, "json.patch({\"a\": [1, 2]}, [{\"op\": \"add\", \"path\": \"/a/1\", \"value\": 9}])", "{\"a\":[1,9,2]}" },
		{ NULL, "json.patch({\"a\": [1, 2]}, [{\"op\": \"add\", \"path\": \"/a/-\", \"value\": 9}])", "{\"a\":[1,2,9]}" },
		{ NULL, "json.patch({\"a\": 1, \"b\": 2}, [{\"op\": \"remove\", \"path\": \"a\"}])", "{\"b\":2}" },
		{ NULL, "json.patch({\"a\": 1}, [{\"op\": \"move\", \"from\": \"/a\", \"path\": \"/b\"}])", "{\"b\":1}" },
		{ NULL, "json.patch({\"a/b\": 1}, [{\"op\": \"replace\", \"path\": \"/a~1b\", \"value\": 2}])", "{\"a/b\":2}" },
		{ NULL, "json.patch({\"a\": {1, 2}}, [{\"op\": \"remove\", \"path\": [\"a\", 1]}])", "{\"a\":[2]}" },
		{ NULL, "json.patch([1], [{\"op\": \"add\", \"path\": \"/7\", \"value\": 9}])", "undefined" },
		{ NULL, "json.patch({}, [{\"op\": \"test\", \"path\": \"/a\", \"value\": 1}])", "undefined" },
		{ NULL, "json.patch({}, [{\"op\": \"replace\", \"path\": \"/a\", \"value\": 1}])", "undefined" },
	};

	(void)state;
	policy_case_run(cases, sizeof cases / sizeof *cases, POLICY_V1, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(units__amounts_and_versions__are_exact),
	cmocka_unit_test(net__blocks__hold_merge_and_expand),
	cmocka_unit_test(time__dates__follow_the_calendar),
	cmocka_unit_test(patch__operations__change_a_copy),
};
WB_TEST_MAIN(tests)
