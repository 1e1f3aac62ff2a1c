/* Numbers, texts, dates, durations and states beside a field. */
#include "config.h"

#include "tracker/query_value.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "base/text.h"
#include "tracker/run.h"

static const int64_t ns_per_s = 1000000000;

/* Days from 1970-01-01 of a proleptic Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned year_of_era, day_of_year;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	year_of_era = (unsigned)(y - era * 400);
	day_of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year) - 719468;
}

/* "", "Z", "+hh:mm". */
static bool parse_zone(const char *s, int64_t *out_s)
{
	unsigned h, m;
	int used = 0;

	*out_s = 0;
	if (*s == '\0' || ((*s == 'Z' || *s == 'z') && s[1] == '\0'))
		return true;
	if ((*s != '+' && *s != '-') || sscanf(s + 1, "%2u:%2u%n", &h, &m, &used) != 2 || s[1 + used] || h > 14 || m > 59)
		return false;
	*out_s = (int64_t)(h * 3600 + m * 60) * (*s == '-' ? -1 : 1);
	return true;
}

bool value_parse_date(const char *text, int64_t *out_ns)
{
	unsigned year, month, day, h = 0, m = 0, s = 0;
	int used = 0, used_time = 0;
	int64_t zone;

	if (sscanf(text, "%4u-%2u-%2u%n", &year, &month, &day, &used) != 3 || used != 10)
		return false;
	text += used;
	if (*text == ' ' || *text == 'T' || *text == 't') {
		if (sscanf(text + 1, "%2u:%2u%n", &h, &m, &used_time) != 2 || used_time != 5)
			return false;
		text += 1 + used_time;
		if (*text == ':') {
			if (sscanf(text + 1, "%2u%n", &s, &used_time) != 1 || used_time != 2)
				return false;
			text += 1 + used_time;
		}
	}
	if (!parse_zone(text, &zone) || year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1 || day > 31 || h > 23 ||
	    m > 59 || s > 60)
		return false;
	*out_ns = (days_of((int64_t)year, month, day) * 86400 + (int64_t)(h * 3600 + m * 60 + s) - zone) * ns_per_s;
	return true;
}

static int parse_number(const char *text, double *out)
{
	struct error ignored = { 0 };

	return str_parse_double(text, out, &ignored);
}

/* Whole ns of a number in units of scale ns; what does not fit becomes the nearest end. */
static int64_t to_ns(double v, double scale)
{
	double ns = v * scale;

	if (isnan(ns))
		return 0;
	return ns >= 9.2e18 ? INT64_MAX : ns <= -9.2e18 ? INT64_MIN : (int64_t)ns;
}

static int parse_status(const char *text, struct query_value *out, struct error *err)
{
	const char *names[RUN_STATE_COUNT_], *near;
	char upper[32];
	enum run_state state;
	size_t n = strlen(text);

	for (unsigned i = 0; i < RUN_STATE_COUNT_; i++)
		names[i] = run_state_name((enum run_state)i);
	for (size_t i = 0; i <= n && n < sizeof upper; i++)
		upper[i] = (char)toupper((unsigned char)text[i]);
	if (n < sizeof upper && run_state_parse(upper, &state)) {
		out->integer = state;
		return 0;
	}
	error_set(err, ERR_INVALID, "'%.60s' is not a status", text);
	near = n < sizeof upper ? str_nearest(upper, names, RUN_STATE_COUNT_) : NULL;
	if (near)
		return error_hint(err, "did you mean '%s'?", near);
	return error_hint(err, "known are RUNNING FINISHED FAILED KILLED LIMIT DENIED LOST");
}

static int parse_time(const char *text, bool is_quoted, struct query_value *out, struct error *err)
{
	double ms;

	if (!is_quoted && parse_number(text, &ms) == 0) {
		out->integer = to_ns(ms, 1e6);
		return 0;
	}
	if (value_parse_date(text, &out->integer))
		return 0;
	error_set(err, ERR_INVALID, "'%.60s' is not a time", text);
	return error_hint(err, "a date such as '2026-03-04 05:06' (UTC), or milliseconds since 1970 without quotes");
}

static int parse_duration(const char *text, struct query_value *out, struct error *err)
{
	struct error why = { 0 };

	if (str_parse_duration(text, &out->integer, &why) == 0)
		return 0;
	error_set(err, ERR_INVALID, "'%.60s' is not a duration", text);
	return error_hint(err, "seconds, or 1h30m, 500ms, 2d");
}

int value_parse(const struct query_field *field, enum compare_op op, const char *text, bool is_quoted, struct query_value *out,
		struct error *err)
{
	struct query_value v = { .is_number = false, .text = NULL };

	if (op == OP_LIKE || op == OP_ILIKE) {
		if (!is_quoted)
			return error_hint((error_set(err, ERR_INVALID, "LIKE takes a text in quotes"), err),
					  "for example name LIKE 'base%%'");
		v.text = text;
	} else if (field->type == TYPE_STATUS) {
		if (parse_status(text, &v, err) != 0)
			return -1;
	} else if (field->type == TYPE_TIME) {
		if (parse_time(text, is_quoted, &v, err) != 0)
			return -1;
	} else if (field->type == TYPE_DURATION) {
		if (parse_duration(text, &v, err) != 0)
			return -1;
	} else if (is_quoted || field->type == TYPE_TEXT) {
		v.text = text;
	} else {
		v.is_number = parse_number(text, &v.number) == 0;
	}
	if (field->type == TYPE_NUMBER && is_quoted) {
		error_set(err, ERR_INVALID, "a number is compared here, '%.60s' is text", text);
		return error_hint(err, "write the number without quotes");
	}
	if ((field->type == TYPE_NUMBER || field->type == TYPE_EITHER) && !v.is_number && !v.text) {
		error_set(err, ERR_INVALID, "'%.60s' is not a number", text);
		return error_hint(err, "write text in quotes: '%.60s'", text);
	}
	if (field->type == TYPE_TEXT && !is_quoted && op != OP_LIKE && op != OP_ILIKE) {
		error_set(err, ERR_INVALID, "expected a text in quotes, found %.60s", text);
		return error_hint(err, "write it in quotes: '%.60s'", text);
	}
	*out = v;
	return 0;
}
