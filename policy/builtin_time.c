/*
 * Builtins on time. What time it is comes with the question, the rules of
 * named zones through the host.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "policy/builtin.h"
#include "policy/moment.h"
#include "policy/num.h"
#include "policy/zone.h"

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

	if (zone && !zone_at(zone->file.s, zone->file.len, moment_floor_div(ns, MOMENT_NS_PER_S), &rule))
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
	return value_borrow(moment_weekdays[m.weekday], strlen(moment_weekdays[m.weekday]));
}

/* The offset where the clock on the wall shows ns. In an hour that does not exist, or exists twice: as Go chooses. */
static int64_t offset_on_wall(const struct moment *m, int64_t ns)
{
	struct moment then;

	if (!m->in || !moment_in(m->in, ns, &then) || !moment_in(m->in, ns - then.offset * MOMENT_NS_PER_S, &then))
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
	m.year += by[0] + moment_floor_div(month, 12);
	m.month = (int)(month - moment_floor_div(month, 12) * 12) + 1;
	m.day += (int)by[2];
	m.offset = 0;
	if (moment_to_ns(&m, &ns))
		ns -= offset_on_wall(&m, ns) * MOMENT_NS_PER_S;
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
		d[2] += moment_days_in_month(x.year, x.month);
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
		      { "s", MOMENT_NS_PER_S }, { "m", 60 * (int64_t)MOMENT_NS_PER_S }, { "h", 3600 * (int64_t)MOMENT_NS_PER_S },
		      { "d", 24 * 3600 * (int64_t)MOMENT_NS_PER_S }, { "w", 7 * 24 * 3600 * (int64_t)MOMENT_NS_PER_S },
		      { "y", 365 * 24 * 3600 * (int64_t)MOMENT_NS_PER_S } };
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
