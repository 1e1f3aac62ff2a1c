/* tracker/query_value.c: literals beside a field. */
#include "config.h"

#include "tests/support/wb_test.h"
#include "tracker/query_value.h"
#include "tracker/run.h"

static const struct query_field text_field = { .kind = FIELD_ATTRIBUTE, .type = TYPE_TEXT };
static const struct query_field number_field = { .kind = FIELD_METRIC, .type = TYPE_NUMBER };
static const struct query_field either_field = { .kind = FIELD_PARAM, .type = TYPE_EITHER };
static const struct query_field time_field = { .kind = FIELD_ATTRIBUTE, .type = TYPE_TIME };
static const struct query_field duration_field = { .kind = FIELD_ATTRIBUTE, .type = TYPE_DURATION };
static const struct query_field status_field = { .kind = FIELD_ATTRIBUTE, .type = TYPE_STATUS };

static struct query_value parsed(const struct query_field *f, const char *text, bool is_quoted)
{
	struct query_value v = { .text = NULL };
	struct error err = { 0 };

	assert_ok(value_parse(f, OP_EQ, text, is_quoted, &v, &err), &err);
	return v;
}

static void dates__as_people_write_them__are_their_instants(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} cases[] = {
		{ "1970-01-01", 0 },
		{ "2000-02-29", 951782400 },
		{ "2026-03-04 05:06", 1772600760 },
		{ "2026-03-04T05:06:07", 1772600767 },
		{ "2026-03-04T05:06:07Z", 1772600767 },
		{ "2026-03-04T05:06:07+05:30", 1772600767 - 19800 },
		{ "2026-03-04t05:06-08:00", 1772600760 + 28800 },
		{ "2100-12-31", 4133894400 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t ns = -1;

		assert_true(value_parse_date(cases[i].text, &ns));
		if (ns != cases[i].s * 1000000000)
			fail_msg("%s is %lld", cases[i].text, (long long)ns);
	}
}

static void dates__that_are_none__are_refused(void **state)
{
	static const char *const texts[] = {
		"", "2026", "2026-1-1", "2026-13-01", "2026-00-10", "2026-01-32", "1969-12-31", "2201-01-01", "2026-01-01x",
		"2026-01-01 1:2", "2026-01-01 24:00", "2026-01-01 10:60", "2026-01-01 10:10:61", "2026-01-01 10:10+15:00",
		"2026-01-01 10:10 UTC", "2026-01-01T", "99999-01-01", "2026-01-01 10:10:1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		int64_t ns;

		if (value_parse_date(texts[i], &ns))
			fail_msg("'%s' is taken for a date", texts[i]);
	}
}

static void values__beside_their_field__have_its_unit(void **state)
{
	(void)state;
	assert_string_equal(parsed(&text_field, "x", true).text, "x");
	assert_true(parsed(&number_field, "-1.5e3", false).number == -1500);
	assert_true(parsed(&either_field, "0.1", false).is_number);
	assert_false(parsed(&either_field, "0.1", true).is_number);
	assert_true(parsed(&time_field, "1500", false).integer == 1500000000);
	assert_true(parsed(&time_field, "1970-01-02", true).integer == 86400000000000);
	assert_true(parsed(&time_field, "1e300", false).integer == INT64_MAX);
	assert_true(parsed(&time_field, "-1e300", false).integer == INT64_MIN);
	assert_true(parsed(&duration_field, "1h30m", false).integer == 5400000000000);
	assert_true(parsed(&duration_field, "2", false).integer == 2000000000);
	assert_int_equal(parsed(&status_field, "finished", true).integer, RUN_FINISHED);
	assert_int_equal(parsed(&status_field, "LOST", false).integer, RUN_LOST);
}

static void values__of_the_wrong_kind__are_refused_with_the_right_form(void **state)
{
	static const struct {
		const struct query_field *field;
		enum compare_op op;
		const char *text;
		bool is_quoted;
		const char *what, *hint;
	} cases[] = {
		{ &text_field, OP_EQ, "bare", false, "expected a text in quotes", "'bare'" },
		{ &number_field, OP_EQ, "1", true, "is text", "without quotes" },
		{ &number_field, OP_EQ, "1h", false, "not a number", "quotes" },
		{ &either_field, OP_EQ, "abc", false, "not a number", "'abc'" },
		{ &text_field, OP_LIKE, "5", false, "LIKE takes a text", "LIKE 'base%'" },
		{ &time_field, OP_EQ, "yesterday", true, "not a time", "2026-03-04" },
		{ &duration_field, OP_EQ, "5 apples", true, "not a duration", "1h30m" },
		{ &status_field, OP_EQ, "FINISHD", true, "not a status", "FINISHED" },
		{ &status_field, OP_EQ, "a word that is longer than any status can be", true, "not a status", "known are" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct query_value v = { .integer = 42 };
		struct error err = { 0 };

		assert_refused(value_parse(cases[i].field, cases[i].op, cases[i].text, cases[i].is_quoted, &v, &err), &err,
			       ERR_INVALID, cases[i].what);
		assert_contains(err.hint, cases[i].hint);
		assert_int_equal(v.integer, 42);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(dates__as_people_write_them__are_their_instants),
	cmocka_unit_test(dates__that_are_none__are_refused),
	cmocka_unit_test(values__beside_their_field__have_its_unit),
	cmocka_unit_test(values__of_the_wrong_kind__are_refused_with_the_right_form),
};

WB_TEST_MAIN(tests)
