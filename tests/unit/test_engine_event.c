/* engine/event.c */
#include "config.h"

#include "tests/support/wb_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/event.h"

#define NOW_MS 1700000000123

/* Everything delivered, one "kind key value step time" a line. */
static void collect(void *data, const struct event *e)
{
	static const char *const kinds[] = { "metric", "param", "tag", "sync" };
	struct buf *b = data;

	buf_printf(b, "%s ", kinds[e->kind]);
	if (e->kind == EVENT_METRIC) {
		buf_printf(b, "%s ", e->key);
		str_format_double(b, e->value);
		buf_printf(b, " %lld %lld", (long long)e->step, (long long)e->time_ms);
	} else if (e->kind == EVENT_SYNC) {
		buf_printf(b, "%llu", (unsigned long long)e->token);
	} else {
		buf_printf(b, "%s [%s]", e->key, e->text);
	}
	buf_putc(b, '\n');
}

struct line {
	const char *text;
	const char *want; /* what is delivered, or part of the refusal */
};

static void event_parse__good_lines__are_delivered(void **state)
{
	static const struct line lines[] = {
		{ "{\"metric\":\"loss\",\"value\":0.12,\"step\":3}", "metric loss 0.12 3 1700000000123\n" },
		{ "{\"metric\":\"loss\",\"value\":1}", "metric loss 1.0 0 1700000000123\n" },
		{ "{\"metric\":\"loss\",\"value\":\"NaN\",\"step\":2,\"time_ms\":5}", "metric loss NaN 2 5\n" },
		{ "{\"metric\":\"loss\",\"value\":\"-Infinity\"}", "metric loss -Infinity 0 1700000000123\n" },
		{ "{\"metric\":\"loss\",\"value\":NaN}", "metric loss NaN 0 1700000000123\n" },
		{ "{\"metrics\": {\"a NaN\": -Infinity, \"\\\"NaN\": Infinity}, \"step\": 1}",
		  "metric a NaN -Infinity 1 1700000000123\nmetric \"NaN Infinity 1 1700000000123\n" },
		{ "{\"metric\":\"x\",\"value\":-0.0}", "metric x -0.0 0 1700000000123\n" },
		{ "{\"metrics\":{\"a\":1.5,\"b/c\":-2},\"step\":7}", "metric a 1.5 7 1700000000123\nmetric b/c -2.0 7 1700000000123\n" },
		{ "{\"metric\":\"x\",\"value\":1,\"step\":4.0}", "metric x 1.0 4 1700000000123\n" },
		{ "{\"metric\":\"x\",\"value\":1,\"time_ms\":9223372036854775807}", "metric x 1.0 0 9223372036854775807\n" },
		{ "{\"metric\":\"x\",\"value\":1,\"time_ms\":1700000000123.7}", "metric x 1.0 0 1700000000123\n" },
		{ "{\"param\":\"lr\",\"value\":\"0.1\"}", "param lr [0.1]\n" },
		{ "{\"param\":\"n\",\"value\":3}", "param n [3]\n" },
		{ "{\"param\":\"flag\",\"value\":true}", "param flag [true]\n" },
		{ "{\"tag\":\"kind\",\"value\":\"two\\nlines\"}", "tag kind [two\nlines]\n" },
		{ "{\"sync\":42}", "sync 42\n" },
		{ "metric loss=0.12 step=3", "metric loss 0.12 3 1700000000123\n" },
		{ "metric loss=nan acc=1e-3 step=-1 time_ms=9", "metric loss NaN -1 9\nmetric acc 0.001 -1 9\n" },
		{ "param lr=0.1 name=a=b", "param lr [0.1]\nparam name [a=b]\n" },
		{ "tag note=\"two \\\"words\\\"\" kind=x", "tag note [two \"words\"]\ntag kind [x]\n" },
		{ "sync 7\r", "sync 7\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buf got = BUF_INIT(4096);
		struct error err = { 0 };

		assert_ok(event_parse(lines[i].text, strlen(lines[i].text), NOW_MS, collect, &got, &err), &err);
		assert_string_equal(buf_text(&got), lines[i].want);
		buf_release(&got);
	}
}

static void event_parse__bad_lines__deliver_nothing(void **state)
{
	static const struct line lines[] = {
		{ "hello", "a line is JSON" },
		{ "{", "not valid JSON" },
		{ "{\"metric\":\"x\",\"value\":NaN,}", "not valid JSON" },
		{ "{\"metric\":\"x\",\"value\":NaNs}", "not valid JSON" },
		{ "{\"metric\":\"x\",\"value\":1,\"step\":NaN}", "not a whole number" },
		{ "{}", "neither" },
		{ "{\"metric\":\"loss\"}", "no numeric value" },
		{ "{\"metric\":\"loss\",\"value\":\"high\"}", "no numeric value" },
		{ "{\"metric\":\"\",\"value\":1}", "a name has 1 to" },
		{ "{\"metric\":3,\"value\":1}", "a name has 1 to" },
		{ "{\"metric\":\"a\",\"value\":1,\"step\":1.5}", "not a whole number" },
		{ "{\"metric\":\"a\",\"value\":1,\"step\":\"1\"}", "not a whole number" },
		{ "{\"metric\":\"a\",\"value\":1,\"time_ms\":1e300}", "out of range" },
		{ "{\"metric\":\"a\",\"value\":1,\"time_ms\":\"1\"}", "not a number" },
		{ "{\"metrics\":{\"a\":1,\"b\":\"x\"}}", "no numeric value" },
		{ "{\"metrics\":{}}", "not an object of numbers" },
		{ "{\"param\":\"p\",\"value\":[1]}", "neither text nor a number" },
		{ "{\"metric\":\"a\",\"value\":1,\"value\":2}", "not valid JSON" },
		{ "metric", "no NAME=VALUE" },
		{ "metric loss", "not NAME=VALUE" },
		{ "metric a=1 b=x", "not a number" },
		{ "metric a=1 step=x", "not a whole number" },
		{ "tag a=\"open", "does not end" },
		{ "sync x", "not a whole number" },
		{ "metric \xff=1", "not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct buf got = BUF_INIT(4096);
		struct error err = { 0 };

		assert_refused(event_parse(lines[i].text, strlen(lines[i].text), NOW_MS, collect, &got, &err), &err, ERR_INVALID,
			       lines[i].want);
		assert_int_equal(got.len, 0);
		buf_release(&got);
	}
}

static void event_parse__a_nul_byte__is_refused(void **state)
{
	struct buf got = BUF_INIT(64);
	struct error err = { 0 };

	(void)state;
	assert_refused(event_parse("tag a=b\0c", 9, NOW_MS, collect, &got, &err), &err, ERR_INVALID, "NUL");
	buf_release(&got);
}

static void event_parse__an_oversized_key__is_refused(void **state)
{
	char line[400];
	struct error err = { 0 };
	struct buf got = BUF_INIT(64);

	(void)state;
	memset(line, 'k', sizeof line);
	memcpy(line, "metric ", 7);
	memcpy(line + 300, "=1", 3);
	assert_refused(event_parse(line, 302, NOW_MS, collect, &got, &err), &err, ERR_INVALID, "1 to 250 bytes");
	buf_release(&got);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(event_parse__good_lines__are_delivered),
	cmocka_unit_test(event_parse__bad_lines__deliver_nothing),
	cmocka_unit_test(event_parse__a_nul_byte__is_refused),
	cmocka_unit_test(event_parse__an_oversized_key__is_refused),
};

WB_TEST_MAIN(tests)
