/* The filter language as text: what is accepted, how it groups, where errors point. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/wb_test.h"
#include "tracker/query_ast.h"

/* The fully parenthesised form, or "column N: ... | hint". */
static const char *parsed(const char *text)
{
	static char out[4096];
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);
	CLEANUP(query_free) struct query *q = NULL;
	struct error err = { 0 };

	if (query_parse(text, &q, NULL, &err) != 0) {
		snprintf(out, sizeof out, "%s | %s", err.text, err.hint);
		return out;
	}
	query_format(&b, q);
	snprintf(out, sizeof out, "%s", buf_text(&b));
	return out;
}

static void mlflows_grammar__as_its_own_tests_write_it__is_accepted(void **state)
{
	static const char *const accepted[] = {
		"metric.acc >= 0.94",
		"metric.acc>=100",
		"params.m!='tf'",
		"params.\"m\"!='tf'",
		"metric.\"legit name\" >= 0.243",
		"metrics.XYZ = 3",
		"params.\"cat dog\" = 'pets'",
		"metrics.\"X-Y-Z\" = 3",
		"metric.`X/Y-Z` >= 0.1",
		"params.\"long one.\" LIKE '%x%'",
		"metrics.`spacey name` > 5 and metrics.acc = 1",
		"PARAMETER.a = \"b\" AND tag.`mlflow.source.name` ILIKE 'x'",
		"attribute.status = 'FINISHED'",
		"attributes.run_id IN ('a1', 'b2')",
		"run_id not in ('a')",
		"Attributes.start_time >= 1234567890123",
		"attribute.`Run name` = 'x'",
		"run_name LIKE '%x'",
		"created > 5",
		"dataset.name = 'd' AND datasets.digest IN ('aa','bb')",
		"tags.x IS NULL",
		"params.y is not null",
		"metrics.m > -1e-3 and metrics.n <= +.5",
		"params.`a``b` = 'it''s'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		if (strstr(parsed(accepted[i]), "column"))
			fail_msg("%s: %s", accepted[i], parsed(accepted[i]));
	}
}

static void and_or_not__mixed__bind_in_that_order(void **state)
{
	(void)state;
	assert_string_equal(parsed("metrics.a = 1 OR metrics.b = 2 AND NOT metrics.c = 3"),
			    "(metrics.`a` = 1.0 OR (metrics.`b` = 2.0 AND (NOT metrics.`c` = 3.0)))");
	assert_string_equal(parsed("(metrics.a = 1 or metrics.b = 2) and not not (name = 'x')"),
			    "((metrics.`a` = 1.0 OR metrics.`b` = 2.0) AND run_name = 'x')");
	assert_string_equal(parsed("NOT (name = 'x' AND name = 'y' AND name = 'z')"),
			    "(NOT (run_name = 'x' AND run_name = 'y' AND run_name = 'z'))");
	assert_string_equal(parsed(""), "");
	assert_string_equal(parsed("  \n"), "");
}

static void the_extensions__written__are_understood(void **state)
{
	(void)state;
	assert_string_equal(parsed("metrics.loss.min < .5"), "metrics.`loss`.min < 0.5");
	assert_string_equal(parsed("metrics.`loss.min` < 5.0"), "metrics.`loss.min` < 5.0");
	assert_string_equal(parsed("metrics.a.b.max > 1"), "metrics.`a.b`.max > 1.0");
	assert_string_equal(parsed("metrics.min.x > 1"), "metrics.`min.x` > 1.0");
	assert_string_equal(parsed("metrics.min > 1"), "metrics.`min` > 1.0");
	assert_string_equal(parsed("metrics.system/cpu-0 > 50"), "metrics.`system/cpu-0` > 50.0");
	assert_string_equal(parsed("duration > 1h30m"), "duration > 5400000000000ns");
	assert_string_equal(parsed("duration BETWEEN 5 AND 1m and metrics.a = 1"),
			    "(duration BETWEEN 5000000000ns AND 60000000000ns AND metrics.`a` = 1.0)");
	assert_string_equal(parsed("start_time >= '1970-01-02'"), "start_time >= 86400000000000ns");
	assert_string_equal(parsed("start_time = 1000"), "start_time = 1000000000ns");
	assert_string_equal(parsed("params.lr < 0.1"), "params.`lr` < 0.1");
	assert_string_equal(parsed("metrics.a = nan or metrics.a = -inf"), "(metrics.`a` = NaN OR metrics.`a` = -Infinity)");
	assert_string_equal(parsed("metrics.a NOT IN (1, 2)"), "metrics.`a` NOT IN 1.0, 2.0");
}

static void an_error__of_each_kind__names_column_and_way_out(void **state)
{
	static const struct {
		const char *text, *message;
	} refused[] = {
		{ "metrics.a >", "column 12: expected a value, found the end" },
		{ "metrics.a", "column 10: expected a comparison" },
		{ "metrics.a = 'x'", "column 13: a number is compared here, 'x' is text | write the number without quotes" },
		{ "metrics.a = x", "column 13: 'x' is not a number | write text in quotes: 'x'" },
		{ "metric.a = 1 metric.b = 2", "column 14: expected AND, OR or the end, found metric" },
		{ "durration > 3", "column 1: unknown attribute durration | did you mean duration?" },
		{ "loss < 3", "column 1: unknown attribute loss | did you mean host? what a run logged is written metrics.loss" },
		{ "metrc.a = 1", "column 1: unknown prefix metrc | did you mean metric?" },
		{ "name = 'x", "column 8: the quote ' is not closed" },
		{ "(metrics.a = 1", "column 15: expected AND, OR or ), found the end" },
		{ "metrics.a = 1)", "column 14: expected AND, OR or the end, found )" },
		{ "status = 'FINISHD'", "column 10: 'FINISHD' is not a status | did you mean 'FINISHED'?" },
		{ "status > 'FAILED'", "column 8: status has no order" },
		{ "metrics.a LIKE 'x'", "column 11: metrics.`a` is a number: LIKE is for text" },
		{ "name LIKE x", "column 11: LIKE takes a text in quotes" },
		{ "name = x", "column 8: expected a text in quotes, found x | write it in quotes: 'x'" },
		{ "name IN ()", "column 10: expected a value, found )" },
		{ "name IN ('a' 'b')", "column 14: expected , or ), found 'b'" },
		{ "name IS 3", "column 9: expected NULL, found 3" },
		{ "metrics. = 3", "column 10: expected a name after the dot, found =" },
		{ "start_time > 'yesterday'", "column 14: 'yesterday' is not a time | a date such as" },
		{ "duration > 3 parsecs", "column 14: expected AND, OR or the end, found parsecs" },
		{ "dataset.nam = 'x'", "column 9: unknown dataset attribute nam | did you mean name?" },
		{ "metrics.a ! 3", "column 11: expected a comparison" },
		{ "3 < metrics.a", "column 1: expected a name, found 3" },
		{ "name = 'é' & 1", "column 12: expected AND, OR or the end, found &" },
		{ "metrics.a BETWEEN 1", "column 20: expected AND of BETWEEN, found the end" },
		{ ";DROP TABLE runs", "column 1: expected a name, found ;" },
		{ "NOT", "column 4: expected a name, found the end" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		if (!strstr(parsed(refused[i].text), refused[i].message))
			fail_msg("%s\n gives   %s\n instead %s", refused[i].text, parsed(refused[i].text), refused[i].message);
	}
}

static void a_mark__of_an_error__draws_a_caret_under_it(void **state)
{
	static const char text[] = "metrics.loss < 1 AND durration > 5";
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct query_mark mark;
	struct query *q = NULL;
	struct error err = { 0 };

	(void)state;
	assert_refused(query_parse(text, &q, &mark, &err), &err, ERR_INVALID, "durration");
	assert_int_equal(mark.start, 21);
	assert_int_equal(mark.length, 9);
	query_mark_format(&b, &mark, 80);
	assert_string_equal(buf_text(&b), "metrics.loss < 1 AND durration > 5\n                     ^~~~~~~~~");
	buf_clear(&b);
	query_mark_format(&b, &mark, 24);
	assert_string_equal(buf_text(&b), "oss < 1 AND durration > \n            ^~~~~~~~~");
}

static void a_mark__in_hostile_text__is_shown_escaped(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct query_mark mark;
	struct query *q = NULL;
	struct error err = { 0 };

	(void)state;
	assert_refused(query_parse("name = 'a\x1b[2J' oops", &q, &mark, &err), &err, ERR_INVALID, "oops");
	query_mark_format(&b, &mark, 80);
	assert_null(strchr(buf_text(&b), '\x1b'));
	assert_contains(buf_text(&b), "^~~~");
}

static void a_filter__too_deep_or_too_long__is_refused(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 20);

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, "(");
	assert_contains(parsed(buf_text(&b)), "nested more than 100 deep");
	buf_clear(&b);
	buf_puts(&b, "name = 'a'");
	for (int i = 0; i < 1000; i++)
		buf_puts(&b, " AND name = 'a'");
	assert_contains(parsed(buf_text(&b)), "more than 400 comparisons");
	for (int i = 0; i < 10000; i++)
		buf_puts(&b, "          ");
	assert_contains(parsed(buf_text(&b)), "longer than");
}

static const char *ordered(const char *text)
{
	static char out[1024];
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	struct arena *arena = arena_new(65536);
	struct query_order o;
	struct error err = { 0 };

	if (query_parse_order(arena, text, &o, NULL, &err) != 0) {
		snprintf(out, sizeof out, "%s", err.text);
	} else {
		query_field_format(&b, &o.field);
		snprintf(out, sizeof out, "%s %s", buf_text(&b), o.descending ? "DESC" : "ASC");
	}
	arena_free(arena);
	return out;
}

static void an_order_key__with_and_without_direction__is_read(void **state)
{
	(void)state;
	assert_string_equal(ordered("metrics.loss desc"), "metrics.`loss` DESC");
	assert_string_equal(ordered("start_time"), "start_time ASC");
	assert_string_equal(ordered("params.`a b` ASC"), "params.`a b` ASC");
	assert_string_equal(ordered("metrics.loss.min"), "metrics.`loss`.min ASC");
	assert_contains(ordered("dataset.name"), "cannot be ordered");
	assert_contains(ordered("metrics.a down"), "expected ASC, DESC or the end");
	assert_contains(ordered(""), "expected a name");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(mlflows_grammar__as_its_own_tests_write_it__is_accepted),
	cmocka_unit_test(and_or_not__mixed__bind_in_that_order),
	cmocka_unit_test(the_extensions__written__are_understood),
	cmocka_unit_test(an_error__of_each_kind__names_column_and_way_out),
	cmocka_unit_test(a_mark__of_an_error__draws_a_caret_under_it),
	cmocka_unit_test(a_mark__in_hostile_text__is_shown_escaped),
	cmocka_unit_test(a_filter__too_deep_or_too_long__is_refused),
	cmocka_unit_test(an_order_key__with_and_without_direction__is_read),
};

WB_TEST_MAIN(tests)
