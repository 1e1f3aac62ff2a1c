/*
 * Builtins on time. What time it is comes with the question, the rules of
 * named zones through the host.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/builtin.h"
#include "policy/num.h"
#include "policy/zone.h"

enum { NS_PER_S = 1000000000 };

/* Broken down, in its own zone. */
struct moment {
	int64_t year;
	int month, day, hour, minute, second, ns;
	int weekday;     /* 0: Sunday */
	int64_t offset;  /* seconds east */
	bool utc;
	char zone[12]; /* of a named zone: what it is called then */
	const struct known_zone *in;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Howard Hinnant, chrono-compatible low-level date algorithms: proleptic Gregorian, eras of 400 years. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = floor_div(y, 400);
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, struct moment *out)
{
	int64_t era, doe, yoe, doy, mp;

	out->weekday = (int)(((z + 4) % 7 + 7) % 7);
	z += 719468;
	era = floor_div(z, 146097);
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	out->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	out->month = (int)(mp + (mp < 10 ? 3 : -9));
	out->year = yoe + era * 400 + (out->month <= 2);
}

static struct moment moment_of(int64_t ns, int64_t offset)
{
	struct moment m = { .offset = offset, .utc = offset == 0 };
	int64_t s = floor_div(ns, NS_PER_S) + offset, days = floor_div(s, 86400), rest = s - days * 86400;

	civil_from_days(days, &m);
	m.ns = (int)((ns % NS_PER_S + NS_PER_S) % NS_PER_S);
	m.hour = (int)(rest / 3600);
	m.minute = (int)(rest / 60 % 60);
	m.second = (int)(rest % 60);
	return m;
}

/* False when it is outside of what nanoseconds of 64 bits can say. */
static bool moment_to_ns(const struct moment *m, int64_t *out)
{
	int64_t s;

	if (m->year < 1677 || m->year > 2262)
		return false;
	s = days_from_civil(m->year, m->month, 1) + m->day - 1;
	s = s * 86400 + m->hour * 3600 + m->minute * 60 + m->second - m->offset;
	return !__builtin_mul_overflow(s, (int64_t)NS_PER_S, out) && !__builtin_add_overflow(*out, (int64_t)m->ns, out);
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
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

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
	case P_LONG_WEEKDAY: buf_puts(out, weekdays[m->weekday]); return;
	case P_WEEKDAY: buf_append(out, weekdays[m->weekday], 3); return;
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

static void moment_format(const struct moment *m, const char *layout, size_t n, struct buf *out)
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
	int scale = NS_PER_S / 10;

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
	case P_LONG_WEEKDAY: take_name(r, weekdays, 7, true); return;
	case P_WEEKDAY: take_name(r, weekdays, 7, false); return;
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
	case P_HOUR: m->hour = take_within(r, 2, 2, 0, 23); return;
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

static int days_in_month(int64_t year, int month)
{
	return (int)(days_from_civil(year + (month == 12), month % 12 + 1, 1) - days_from_civil(year, month, 1));
}

static bool moment_parse(const char *layout, size_t n, struct value text, struct moment *out)
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
	} else if (r.m.day > days_in_month(r.m.year, r.m.month)) {
		return false;
	}
	*out = r.m;
	return true;
}

/* ---- functions ------------------------------------------------------------------------------------------- */

static const struct {
	const char *name, *layout;
} named_layouts[] = {
	{ "ANSIC", "Mon Jan _2 15:04:05 2006" }, { "UnixDate", "Mon Jan _2 15:04:05 MST 2006" },
	{ "RubyDate", "Mon Jan 02 15:04:05 -0700 2006" }, { "RFC822", "02 Jan 06 15:04 MST" },
	{ "RFC822Z", "02 Jan 06 15:04 -0700" }, { "RFC850", "Monday, 02-Jan-06 15:04:05 MST" },
	{ "RFC1123", "Mon, 02 Jan 2006 15:04:05 MST" }, { "RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700" },
	{ "RFC3339", "2006-01-02T15:04:05Z07:00" }, { "RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00" },
};

static struct value layout_of(struct value v)
{
	for (size_t i = 0; i < sizeof named_layouts / sizeof *named_layouts; i++)
		if (value_is_text(v, named_layouts[i].name))
			return value_borrow(named_layouts[i].layout, strlen(named_layouts[i].layout));
	return v;
}

/* A zone's file, read once. */
struct known_zone {
	struct value name, file;
	struct known_zone *next;
};

static const struct known_zone *zone_named(struct eval *ev, struct value name)
{
	CLEANUP(buf_release) struct buf file = BUF_INIT(256 * 1024);
	struct known_zone **list = eval_zones(ev), *z;

	for (z = *list; z; z = z->next)
		if (value_eq(z->name, name))
			return z;
	if (!eval_charge(ev, 100) || strlen(name.s) != name.len || !eval_read_zone(ev, name.s, &file))
		return NULL;
	z = pool_alloc(eval_lasting(ev), sizeof *z);
	*z = (struct known_zone){ value_string(eval_lasting(ev), name.s, name.len),
				  value_string(eval_lasting(ev), buf_text(&file), file.len), *list };
	return *list = z;
}

static bool moment_in(const struct known_zone *zone, int64_t ns, struct moment *out)
{
	struct zone_rule rule = { 0 };

	if (zone && !zone_at(zone->file.s, zone->file.len, floor_div(ns, NS_PER_S), &rule))
		return false;
	*out = moment_of(ns, rule.offset);
	out->in = zone;
	memcpy(out->zone, rule.name, sizeof out->zone);
	return true;
}

/* ns, or [ns, zone], or [ns, zone, layout]. */
static bool read_moment(struct eval *ev, const char *name, struct value v, struct moment *out, struct value *layout)
{
	struct value number = v.tag == V_ARRAY && v.len ? v.items[0] : v, zone = VALUE_UNDEF;
	int64_t ns;

	if (v.tag == V_ARRAY && v.len > 1)
		zone = v.items[1];
	if (layout && v.tag == V_ARRAY && v.len > 2)
		*layout = layout_of(v.items[2]);
	if (number.tag != V_NUMBER || (zone.tag != V_UNDEF && zone.tag != V_STRING) || (layout && layout->tag != V_STRING)) {
		eval_fail(ev, TYPE_ERROR, "%s: operand 1 must be a number, or a number and a time zone", name);
		return false;
	}
	if (!num_to_i64(number, &ns)) {
		eval_fail(ev, BUILTIN_ERROR, "%s: timestamp too big", name);
		return false;
	}
	if (zone.tag == V_STRING && zone.len && !value_is_text(zone, "UTC") && !value_is_text(zone, "Local")) {
		const struct known_zone *known = zone_named(ev, zone);

		if (known && moment_in(known, ns, out))
			return true;
		eval_fail(ev, BUILTIN_ERROR, "%s: unknown time zone %.*s", name, (int)zone.len, zone.s);
		return false;
	}
	return moment_in(NULL, ns, out);
}

static struct value numbers(struct eval *ev, const int64_t *v, size_t n)
{
	struct value *items = pool_alloc(eval_pool(ev), n * sizeof *items);

	for (size_t i = 0; i < n; i++)
		items[i] = value_int(v[i]);
	return value_array(items, n);
}

static struct value fn_date(struct eval *ev, const struct value *a)
{
	struct moment m;

	if (!read_moment(ev, "time.date", a[0], &m, NULL))
		return VALUE_UNDEF;
	return numbers(ev, (int64_t[]){ m.year, m.month, m.day }, 3);
}

static struct value fn_clock(struct eval *ev, const struct value *a)
{
	struct moment m;

	if (!read_moment(ev, "time.clock", a[0], &m, NULL))
		return VALUE_UNDEF;
	return numbers(ev, (int64_t[]){ m.hour, m.minute, m.second }, 3);
}

static struct value fn_weekday(struct eval *ev, const struct value *a)
{
	struct moment m;

	if (!read_moment(ev, "time.weekday", a[0], &m, NULL))
		return VALUE_UNDEF;
	return value_borrow(weekdays[m.weekday], strlen(weekdays[m.weekday]));
}

/* The offset where the clock on the wall shows ns. In an hour that does not exist, or exists twice: as Go chooses. */
static int64_t offset_on_wall(const struct moment *m, int64_t ns)
{
	struct moment then;

	if (!m->in || !moment_in(m->in, ns, &then) || !moment_in(m->in, ns - then.offset * NS_PER_S, &then))
		return 0;
	return then.offset;
}

static struct value fn_add_date(struct eval *ev, const struct value *a)
{
	int64_t by[3], ns, month;
	struct moment m;

	if (!read_moment(ev, "time.add_date", a[0], &m, NULL))
		return VALUE_UNDEF;
	for (int i = 0; i < 3; i++)
		if (a[i + 1].num == NUM_DEC || !num_to_i64(a[i + 1], &by[i]))
			return eval_fail(ev, TYPE_ERROR, "time.add_date: operand %d must be integer number but got %s", i + 2,
					 a[i + 1].num == NUM_DEC ? "floating-point number" : "big integer");
		else if (by[i] > 1000000 || by[i] < -1000000)
			return eval_fail(ev, BUILTIN_ERROR, "time.add_date: time outside of valid range");
	month = m.month - 1 + by[1];
	m.year += by[0] + floor_div(month, 12);
	m.month = (int)(month - floor_div(month, 12) * 12) + 1;
	m.day += (int)by[2];
	m.offset = 0;
	if (moment_to_ns(&m, &ns))
		ns -= offset_on_wall(&m, ns) * NS_PER_S;
	else
		return eval_fail(ev, BUILTIN_ERROR, "time.add_date: time outside of valid range");
	return value_int(ns);
}

/* Years, months, days, hours, minutes, seconds between two moments, each within its unit. */
static struct value fn_diff(struct eval *ev, const struct value *a)
{
	struct moment x, y, swap;
	int64_t d[6], xn, yn;

	if (!read_moment(ev, "time.diff", a[0], &x, NULL) || !read_moment(ev, "time.diff", a[1], &y, NULL))
		return VALUE_UNDEF;
	if (!moment_to_ns(&x, &xn) || !moment_to_ns(&y, &yn))
		return eval_fail(ev, BUILTIN_ERROR, "time.diff: timestamp too big");
	/* Both as the clock of the first one's zone shows them. */
	if (x.in != y.in && !moment_in(x.in, yn, &y))
		return VALUE_UNDEF;
	if (xn > yn) {
		swap = x;
		x = y;
		y = swap;
	}
	d[0] = y.year - x.year;
	d[1] = y.month - x.month;
	d[2] = y.day - x.day;
	d[3] = y.hour - x.hour;
	d[4] = y.minute - x.minute;
	d[5] = y.second - x.second;
	for (int i = 5; i > 2; i--)
		if (d[i] < 0) {
			d[i] += i == 3 ? 24 : 60;
			d[i - 1]--;
		}
	if (d[2] < 0) {
		d[2] += days_in_month(x.year, x.month);
		d[1]--;
	}
	if (d[1] < 0) {
		d[1] += 12;
		d[0]--;
	}
	return numbers(ev, d, 6);
}

static struct value parse_by(struct eval *ev, const char *name, struct value layout, struct value text)
{
	struct moment m;
	int64_t ns;

	if (!eval_charge(ev, 1 + (layout.len + text.len) / 16))
		return VALUE_UNDEF;
	if (!moment_parse(layout.s, layout.len, text, &m))
		return eval_fail(ev, BUILTIN_ERROR, "%s: parsing time \"%.*s\" as \"%.*s\": it does not fit", name, (int)text.len,
				 text.s, (int)layout.len, layout.s);
	if (!moment_to_ns(&m, &ns))
		return eval_fail(ev, BUILTIN_ERROR, "%s: time outside of valid range", name);
	return value_int(ns);
}

static struct value fn_parse_ns(struct eval *ev, const struct value *a)
{
	return parse_by(ev, "time.parse_ns", layout_of(a[0]), a[1]);
}

static struct value fn_parse_rfc3339(struct eval *ev, const struct value *a)
{
	return parse_by(ev, "time.parse_rfc3339_ns", layout_of(value_borrow("RFC3339", 7)), a[0]);
}

static struct value fn_format(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(65536);
	struct value layout = layout_of(value_borrow("RFC3339Nano", 11));
	struct moment m;

	if (!read_moment(ev, "time.format", a[0], &m, &layout) || !eval_charge(ev, 1 + layout.len / 4))
		return VALUE_UNDEF;
	moment_format(&m, layout.s, layout.len, &out);
	return value_string(eval_pool(ev), buf_text(&out), out.len);
}

/* "1h30m", "1.5s", "-2ms": Go's durations. */
static struct value fn_parse_duration(struct eval *ev, const struct value *a)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "\302\265s", 1000 }, { "\316\274s", 1000 }, { "ms", 1000000 },
		      { "s", NS_PER_S }, { "m", 60 * (int64_t)NS_PER_S }, { "h", 3600 * (int64_t)NS_PER_S },
		      { "d", 24 * 3600 * (int64_t)NS_PER_S }, { "w", 7 * 24 * 3600 * (int64_t)NS_PER_S },
		      { "y", 365 * 24 * 3600 * (int64_t)NS_PER_S } };
	const char *s = a[0].s, *end = s + a[0].len;
	bool neg = s < end && *s == '-', any = false;
	long double total = 0;

	s += s < end && (*s == '-' || *s == '+');
	if (end - s == 1 && *s == '0')
		return value_int(0);
	while (s < end) {
		long double v = 0, scale = 1;
		bool point = false, digits = false;
		size_t i = 0;

		for (; s < end && (isdigit((unsigned char)*s) || (*s == '.' && !point)); s++) {
			point |= *s == '.';
			digits |= *s != '.';
			if (*s != '.')
				v = v * 10 + (*s - '0');
			if (point && *s != '.')
				scale *= 10;
		}
		for (; i < sizeof units / sizeof *units; i++) {
			size_t len = strlen(units[i].name);

			if ((size_t)(end - s) >= len && memcmp(s, units[i].name, len) == 0 &&
			    !(len == 1 && *s == 'm' && end - s > 1 && s[1] == 's'))
				break;
		}
		if (!digits || i == sizeof units / sizeof *units)
			break;
		s += strlen(units[i].name);
		total += v / scale * (long double)units[i].ns;
		any = true;
	}
	if (!any || s < end || total > 9.2e18L)
		return eval_fail(ev, BUILTIN_ERROR, "time.parse_duration_ns: invalid duration \"%.*s\"", (int)a[0].len, a[0].s);
	return value_int(neg ? -(int64_t)total : (int64_t)total);
}

#define WHEN (TY_NUM | TY_ARR)

const struct builtin builtins_time[] = {
	{ "time.date", 1, { WHEN }, TY_ARR, fn_date, 0 },
	{ "time.clock", 1, { WHEN }, TY_ARR, fn_clock, 0 },
	{ "time.weekday", 1, { WHEN }, TY_STR, fn_weekday, 0 },
	{ "time.add_date", 4, { TY_NUM, TY_NUM, TY_NUM, TY_NUM }, TY_NUM, fn_add_date, 0 },
	{ "time.diff", 2, { WHEN, WHEN }, TY_ARR, fn_diff, 0 },
	{ "time.parse_ns", 2, { TY_STR, TY_STR }, TY_NUM, fn_parse_ns, 0 },
	{ "time.parse_rfc3339_ns", 1, { TY_STR }, TY_NUM, fn_parse_rfc3339, 0 },
	{ "time.parse_duration_ns", 1, { TY_STR }, TY_NUM, fn_parse_duration, 0 },
	{ "time.format", 1, { WHEN }, TY_STR, fn_format, 0 },
	{ 0 },
};
