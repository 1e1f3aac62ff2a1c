/* Moments by the calendar, and texts of them by layouts. */
#include "config.h"

#include "policy/moment.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* Howard Hinnant, chrono-compatible low-level date algorithms: proleptic Gregorian, eras of 400 years. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = moment_floor_div(y, 400);
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, struct moment *out)
{
	int64_t era, doe, yoe, doy, mp;

	out->weekday = (int)(((z + 4) % 7 + 7) % 7);
	z += 719468;
	era = moment_floor_div(z, 146097);
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (int)(mp + (mp < 10 ? 3 : -9));
	out->year = yoe + era * 400 + (out->month <= 2);
}

struct moment moment_of(int64_t ns, int64_t offset)
{
	struct moment m = { .offset = offset, .utc = offset == 0 };
	int64_t s = moment_floor_div(ns, MOMENT_NS_PER_S) + offset, days = moment_floor_div(s, 86400), rest = s - days * 86400;

	civil_from_days(days, &m);
	m.ns = (int)((ns % MOMENT_NS_PER_S + MOMENT_NS_PER_S) % MOMENT_NS_PER_S);
	m.hour = (int)(rest / 3600);
	m.minute = (int)(rest / 60 % 60);
	m.second = (int)(rest % 60);
	return m;
}

bool moment_to_ns(const struct moment *m, int64_t *out)
{
	int64_t s;

	if (m->year < 1677 || m->year > 2262)
		return false;
	s = days_from_civil(m->year, m->month, 1) + m->day - 1;
	s = s * 86400 + m->hour * 3600 + m->minute * 60 + m->second - m->offset;
	return !__builtin_mul_overflow(s, (int64_t)MOMENT_NS_PER_S, out) && !__builtin_add_overflow(*out, (int64_t)m->ns, out);
}

/* ---- layouts --------------------------------------------------------------------------------------------- */

enum part {
	P_LONG_MONTH, P_MONTH, P_NUM_MONTH, P_ZERO_MONTH, P_LONG_WEEKDAY, P_WEEKDAY, P_DAY, P_UNDER_DAY, P_ZERO_DAY,
	P_ZERO_YEARDAY, P_UNDER_YEARDAY, P_HOUR, P_HOUR12, P_ZERO_HOUR12, P_MINUTE, P_ZERO_MINUTE, P_SECOND, P_ZERO_SECOND,
	P_LONG_YEAR, P_YEAR, P_PM, P_LITTLE_PM, P_ZONE_NAME, P_Z_ZONE, P_Z_COLON_ZONE, P_Z_HOUR_ZONE, P_ZONE, P_COLON_ZONE,
	P_HOUR_ZONE, P_FRACTION, P_FRACTION_CUT,
};

/* How Go writes "the time when ..." (package time, constants of Layout). Longer texts first. */
static const struct {
	const char *text;
	enum part part;
} parts[] = {
	{ "January", P_LONG_MONTH }, { "Jan", P_MONTH }, { "Monday", P_LONG_WEEKDAY }, { "Mon", P_WEEKDAY }, { "MST", P_ZONE_NAME },
	{ "002", P_ZERO_YEARDAY }, { "01", P_ZERO_MONTH }, { "02", P_ZERO_DAY }, { "03", P_ZERO_HOUR12 }, { "04", P_ZERO_MINUTE },
	{ "05", P_ZERO_SECOND }, { "06", P_YEAR }, { "15", P_HOUR }, { "1", P_NUM_MONTH }, { "2006", P_LONG_YEAR }, { "2", P_DAY },
	{ "__2", P_UNDER_YEARDAY }, { "_2", P_UNDER_DAY }, { "3", P_HOUR12 }, { "4", P_MINUTE }, { "5", P_SECOND }, { "PM", P_PM },
	{ "pm", P_LITTLE_PM }, { "Z07:00", P_Z_COLON_ZONE }, { "Z0700", P_Z_ZONE }, { "Z07", P_Z_HOUR_ZONE },
	{ "-07:00", P_COLON_ZONE }, { "-0700", P_ZONE }, { "-07", P_HOUR_ZONE },
};

static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September",
				      "October", "November", "December" };
const char *const moment_weekdays[7] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

/* ".000" or ",999" that no digit follows; its length, or 0. */
static size_t fraction_length(const char *s, size_t n)
{
	size_t len = 1;

	if (n < 2 || (s[0] != '.' && s[0] != ',') || (s[1] != '0' && s[1] != '9'))
		return 0;
	while (len < n && s[len] == s[1])
		len++;
	return len < n && isdigit((unsigned char)s[len]) ? 0 : len;
}

/* The part at the start of s and its length; 0 for plain text. */
static size_t part_at(const char *s, size_t n, enum part *out)
{
	size_t fraction = fraction_length(s, n);

	if (fraction) {
		*out = s[1] == '0' ? P_FRACTION : P_FRACTION_CUT;
		return fraction;
	}
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t len = strlen(parts[i].text);
		bool word = parts[i].part == P_MONTH || parts[i].part == P_WEEKDAY;

		if (len > n || memcmp(s, parts[i].text, len) != 0)
			continue;
		if (word && len < n && islower((unsigned char)s[len]))
			continue;
		/* "_2006" is a line and a year. */
		if (parts[i].part == P_UNDER_DAY && n >= 5 && memcmp(s, "_2006", 5) == 0)
			continue;
		*out = parts[i].part;
		return len;
	}
	return 0;
}

static void put_zone(const struct moment *m, enum part part, struct buf *out)
{
	bool z = part == P_Z_ZONE || part == P_Z_COLON_ZONE || part == P_Z_HOUR_ZONE;
	bool hour_only = part == P_Z_HOUR_ZONE || part == P_HOUR_ZONE;
	int minutes = (int)(m->offset < 0 ? -m->offset : m->offset) / 60;

	if (z && m->offset == 0) {
		buf_putc(out, 'Z');
		return;
	}
	buf_printf(out, "%c%02d", m->offset < 0 ? '-' : '+', minutes / 60);
	if (!hour_only)
		buf_printf(out, "%s%02d", part == P_COLON_ZONE || part == P_Z_COLON_ZONE ? ":" : "", minutes % 60);
}

static void put_fraction(const struct moment *m, const char *layout, size_t len, bool cut, struct buf *out)
{
	char digits[16];
	size_t n = len - 1 > 9 ? 9 : len - 1;

	snprintf(digits, sizeof digits, "%09d", m->ns);
	while (cut && n && digits[n - 1] == '0')
		n--;
	if (n) {
		buf_putc(out, layout[0]);
		buf_append(out, digits, n);
	}
}

static int yearday(const struct moment *m)
{
	return (int)(days_from_civil(m->year, m->month, m->day) - days_from_civil(m->year, 1, 1)) + 1;
}

static void put_part(const struct moment *m, enum part part, struct buf *out)
{
	int hour12 = m->hour % 12 ? m->hour % 12 : 12;

	switch (part) {
	case P_LONG_MONTH: buf_puts(out, months[m->month - 1]); return;
	case P_MONTH: buf_append(out, months[m->month - 1], 3); return;
	case P_NUM_MONTH: buf_printf(out, "%d", m->month); return;
	case P_ZERO_MONTH: buf_printf(out, "%02d", m->month); return;
	case P_LONG_WEEKDAY: buf_puts(out, moment_weekdays[m->weekday]); return;
	case P_WEEKDAY: buf_append(out, moment_weekdays[m->weekday], 3); return;
	case P_DAY: buf_printf(out, "%d", m->day); return;
	case P_UNDER_DAY: buf_printf(out, "%2d", m->day); return;
	case P_ZERO_DAY: buf_printf(out, "%02d", m->day); return;
	case P_ZERO_YEARDAY: buf_printf(out, "%03d", yearday(m)); return;
	case P_UNDER_YEARDAY: buf_printf(out, "%3d", yearday(m)); return;
	case P_HOUR: buf_printf(out, "%02d", m->hour); return;
	case P_HOUR12: buf_printf(out, "%d", hour12); return;
	case P_ZERO_HOUR12: buf_printf(out, "%02d", hour12); return;
	case P_MINUTE: buf_printf(out, "%d", m->minute); return;
	case P_ZERO_MINUTE: buf_printf(out, "%02d", m->minute); return;
	case P_SECOND: buf_printf(out, "%d", m->second); return;
	case P_ZERO_SECOND: buf_printf(out, "%02d", m->second); return;
	case P_LONG_YEAR: buf_printf(out, "%04" PRId64, m->year); return;
	case P_YEAR: buf_printf(out, "%02d", (int)(m->year % 100)); return;
	case P_PM: buf_puts(out, m->hour >= 12 ? "PM" : "AM"); return;
	case P_LITTLE_PM: buf_puts(out, m->hour >= 12 ? "pm" : "am"); return;
	case P_ZONE_NAME:
		if (m->zone[0])
			buf_puts(out, m->zone);
		else if (m->utc)
			buf_puts(out, "UTC");
		else
			put_zone(m, P_ZONE, out);
		return;
	default: put_zone(m, part, out); return;
	}
}

void moment_format(const struct moment *m, const char *layout, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n;) {
		enum part part;
		size_t len = part_at(layout + i, n - i, &part);

		if (!len)
			buf_putc(out, layout[i++]);
		else if (part == P_FRACTION || part == P_FRACTION_CUT)
			put_fraction(m, layout + i, len, part == P_FRACTION_CUT, out);
		else
			put_part(m, part, out);
		i += len;
	}
}

/* ---- reading by a layout --------------------------------------------------------------------------------- */

struct reading {
	const char *s, *end;
	struct moment m;
	bool pm, pm_given, failed;
	int yearday;
};

/* min..max digits as a number. */
static int take_digits(struct reading *r, int min, int max)
{
	int v = 0, n = 0;

	for (; n < max && r->s < r->end && isdigit((unsigned char)*r->s); n++)
		v = v * 10 + (*r->s++ - '0');
	r->failed |= n < min;
	return v;
}

static int take_within(struct reading *r, int min, int max, int low, int high)
{
	int v = take_digits(r, min, max);

	r->failed |= v < low || v > high;
	return v;
}

static int take_name(struct reading *r, const char *const *names, int n, bool whole)
{
	for (int i = 0; i < n; i++) {
		size_t len = whole ? strlen(names[i]) : 3;

		if ((size_t)(r->end - r->s) >= len && strncasecmp(r->s, names[i], len) == 0) {
			r->s += len;
			return i;
		}
	}
	r->failed = true;
	return 0;
}

static void take_zone(struct reading *r, enum part part)
{
	bool z = part == P_Z_ZONE || part == P_Z_COLON_ZONE || part == P_Z_HOUR_ZONE;
	bool colon = part == P_Z_COLON_ZONE || part == P_COLON_ZONE;
	int sign, hours, minutes = 0;

	if (z && r->s < r->end && *r->s == 'Z') {
		r->s++;
		r->m.utc = true;
		return;
	}
	if (r->s == r->end || (*r->s != '+' && *r->s != '-')) {
		r->failed = true;
		return;
	}
	sign = *r->s++ == '-' ? -1 : 1;
	hours = take_within(r, 2, 2, 0, 24);
	if (colon) {
		r->failed |= r->s == r->end || *r->s != ':';
		r->s += !r->failed;
	}
	if (part != P_Z_HOUR_ZONE && part != P_HOUR_ZONE)
		minutes = take_within(r, 2, 2, 0, 59);
	r->m.offset = (int64_t)sign * (hours * 3600 + minutes * 60);
}

static void take_fraction(struct reading *r)
{
	int scale = MOMENT_NS_PER_S / 10;

	for (r->s++, r->m.ns = 0; r->s < r->end && isdigit((unsigned char)*r->s); r->s++, scale /= 10)
		r->m.ns += (*r->s - '0') * scale;
}

static bool at_fraction(const struct reading *r)
{
	return r->end - r->s >= 2 && (*r->s == '.' || *r->s == ',') && isdigit((unsigned char)r->s[1]);
}

static void take_zone_name(struct reading *r)
{
	if (r->end - r->s >= 3 && memcmp(r->s, "UTC", 3) == 0) {
		r->s += 3;
		r->m.utc = true;
		return;
	}
	/* Any other abbreviation says nothing about an offset: Go takes it as UTC. */
	for (int n = 0; n < 5 && r->s < r->end && isupper((unsigned char)*r->s); n++)
		r->s++;
}

static void take_part(struct reading *r, enum part part)
{
	struct moment *m = &r->m;

	switch (part) {
	case P_LONG_MONTH: m->month = take_name(r, months, 12, true) + 1; return;
	case P_MONTH: m->month = take_name(r, months, 12, false) + 1; return;
	case P_NUM_MONTH: m->month = take_within(r, 1, 2, 1, 12); return;
	case P_ZERO_MONTH: m->month = take_within(r, 2, 2, 1, 12); return;
	case P_LONG_WEEKDAY: take_name(r, moment_weekdays, 7, true); return;
	case P_WEEKDAY: take_name(r, moment_weekdays, 7, false); return;
	case P_UNDER_DAY:
		r->s += r->s < r->end && *r->s == ' ';
		m->day = take_within(r, 1, 2, 1, 31);
		return;
	case P_DAY: m->day = take_within(r, 1, 2, 1, 31); return;
	case P_ZERO_DAY: m->day = take_within(r, 2, 2, 1, 31); return;
	case P_ZERO_YEARDAY:
	case P_UNDER_YEARDAY:
		while (part == P_UNDER_YEARDAY && r->s < r->end && *r->s == ' ')
			r->s++;
		r->yearday = take_within(r, 1, 3, 1, 366);
		return;
	case P_HOUR: m->hour = take_within(r, 1, 2, 0, 23); return;
	case P_HOUR12: m->hour = take_within(r, 1, 2, 0, 12); return;
	case P_ZERO_HOUR12: m->hour = take_within(r, 2, 2, 0, 12); return;
	case P_MINUTE: m->minute = take_within(r, 1, 2, 0, 59); return;
	case P_ZERO_MINUTE: m->minute = take_within(r, 2, 2, 0, 59); return;
	case P_SECOND: m->second = take_within(r, 1, 2, 0, 59); return;
	case P_ZERO_SECOND: m->second = take_within(r, 2, 2, 0, 59); return;
	case P_LONG_YEAR: m->year = take_digits(r, 4, 4); return;
	case P_YEAR: m->year = take_digits(r, 2, 2); m->year += m->year >= 69 ? 1900 : 2000; return;
	case P_PM:
	case P_LITTLE_PM:
		r->failed |= r->end - r->s < 2 || (strncasecmp(r->s, "am", 2) != 0 && strncasecmp(r->s, "pm", 2) != 0);
		r->pm_given = !r->failed;
		r->pm = r->pm_given && tolower((unsigned char)*r->s) == 'p';
		r->s += r->failed ? 0 : 2;
		return;
	case P_ZONE_NAME: take_zone_name(r); return;
	case P_FRACTION:
	case P_FRACTION_CUT:
		if (at_fraction(r))
			take_fraction(r);
		else
			r->failed |= part == P_FRACTION;
		return;
	default: take_zone(r, part); return;
	}
}

int moment_days_in_month(int64_t year, int month)
{
	return (int)(days_from_civil(year + (month == 12), month % 12 + 1, 1) - days_from_civil(year, month, 1));
}

bool moment_parse(const char *layout, size_t n, struct value text, struct moment *out)
{
	struct reading r = { .s = text.s, .end = text.s + text.len, .m = { .year = 0, .month = 1, .day = 1 } };

	for (size_t i = 0; i < n && !r.failed;) {
		enum part part;
		size_t len = part_at(layout + i, n - i, &part);

		if (!len) {
			r.failed = r.s == r.end || *r.s++ != layout[i++];
			continue;
		}
		take_part(&r, part);
		i += len;
		/* A fraction may follow the seconds though the layout names none. */
		if ((part == P_SECOND || part == P_ZERO_SECOND) && !fraction_length(layout + i, n - i) && at_fraction(&r))
			take_fraction(&r);
	}
	if (r.failed || r.s != r.end)
		return false;
	if (r.pm_given)
		r.m.hour = r.m.hour % 12 + (r.pm ? 12 : 0);
	if (r.yearday) {
		r.m.month = 1;
		r.m.day = r.yearday;
	} else if (r.m.day > moment_days_in_month(r.m.year, r.m.month)) {
		return false;
	}
	*out = r.m;
	return true;
}
