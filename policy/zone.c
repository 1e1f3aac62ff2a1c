/* Named time zones: the transitions of a TZif file, and behind its last one the rule in its footer. */
#include "config.h"

#include "base/bigend.h"
#include "policy/zone.h"

#include <ctype.h>
#include <string.h>

enum { HEADER = 44, SECOND_BLOCK_MIN = 2 * HEADER, TYPE_SIZE = 6, DAY = 86400 };

struct tzif {
	const unsigned char *times; /* 8 bytes each */
	const unsigned char *kinds; /* one byte a time */
	const unsigned char *types;
	const char *names;
	uint32_t ntimes, ntypes, nnames;
	const char *footer; /* a POSIX TZ string */
	size_t nfooter;
};

/* Bytes of a block behind its header. */
static uint64_t block_size(const unsigned char *h, unsigned time_size)
{
	uint64_t nut = be32_load(h + 20), nstd = be32_load(h + 24), nleap = be32_load(h + 28);
	uint64_t ntimes = be32_load(h + 32), ntypes = be32_load(h + 36), nnames = be32_load(h + 40);

	return ntimes * (time_size + 1) + ntypes * TYPE_SIZE + nnames + nleap * (time_size + 4) + nstd + nut;
}

static bool open_file(const char *file, size_t len, struct tzif *out)
{
	const unsigned char *p = (const unsigned char *)file, *end = p + len;
	uint64_t size;

	if (len < SECOND_BLOCK_MIN || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
		return false;
	size = block_size(p, 4);
	if (size > len - SECOND_BLOCK_MIN)
		return false;
	p += HEADER + size;
	size = block_size(p, 8);
	if (memcmp(p, "TZif", 4) != 0 || size > (size_t)(end - p) - HEADER)
		return false;
	out->ntimes = be32_load(p + 32);
	out->ntypes = be32_load(p + 36);
	out->nnames = be32_load(p + 40);
	out->times = p + HEADER;
	out->kinds = out->times + (size_t)out->ntimes * 8;
	out->types = out->kinds + out->ntimes;
	out->names = (const char *)out->types + (size_t)out->ntypes * TYPE_SIZE;
	out->footer = (const char *)p + HEADER + size;
	out->nfooter = (size_t)((const char *)end - out->footer);
	return out->ntypes > 0;
}

static bool rule_of_type(const struct tzif *z, uint32_t type, struct zone_rule *out)
{
	const unsigned char *t = z->types + (size_t)type * TYPE_SIZE;
	size_t n = 0;

	if (type >= z->ntypes || t[5] >= z->nnames)
		return false;
	out->offset = (int32_t)be32_load(t);
	while (t[5] + n < z->nnames && z->names[t[5] + n] && n < sizeof out->name - 1)
		n++;
	memcpy(out->name, z->names + t[5], n);
	out->name[n] = '\0';
	return true;
}

/* ---- the footer: "CET-1CEST,M3.5.0,M10.5.0/3" ------------------------------------------------------------ */

struct reader {
	const char *s, *end;
	bool ok;
};

static bool take(struct reader *r, char c)
{
	if (r->s == r->end || *r->s != c)
		return false;
	r->s++;
	return true;
}

static int64_t take_number(struct reader *r)
{
	int64_t n = 0;

	if (r->s == r->end || !isdigit((unsigned char)*r->s))
		r->ok = false;
	for (; r->s < r->end && isdigit((unsigned char)*r->s) && n < 100000; r->s++)
		n = n * 10 + (*r->s - '0');
	return n;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int64_t take_clock(struct reader *r)
{
	bool minus = take(r, '-');
	int64_t s;

	if (!minus)
		take(r, '+');
	s = take_number(r) * 3600;
	if (take(r, ':'))
		s += take_number(r) * 60;
	if (take(r, ':'))
		s += take_number(r);
	return minus ? -s : s;
}

static void take_name(struct reader *r, char *out, size_t size)
{
	bool quoted = take(r, '<');
	size_t n = 0;

	for (; r->s < r->end && (quoted ? *r->s != '>' : isalpha((unsigned char)*r->s)); r->s++)
		if (n < size - 1)
			out[n++] = *r->s;
	out[n] = '\0';
	if (!n || (quoted && !take(r, '>')))
		r->ok = false;
}

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100) || y % 400 == 0;
}

static int64_t days_before_year(int64_t y)
{
	int64_t p = y - 1;

	return p * 365 + p / 4 - p / 100 + p / 400 - 719162;
}

static int64_t days_before_month(int64_t y, int64_t month)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

	return before[month - 1] + (month > 2 && is_leap(y));
}

/* Seconds since 1970, of the clock on the wall before it is changed, of a rule "M3.5.0/2", "J60" or "59" in a year. */
static int64_t take_change(struct reader *r, int64_t year)
{
	int64_t day = days_before_year(year);

	if (take(r, 'M')) {
		int64_t month = take_number(r), week, weekday, first, length;

		take(r, '.');
		week = take_number(r);
		take(r, '.');
		weekday = take_number(r);
		if (month < 1 || month > 12 || week < 1 || week > 5 || weekday > 6)
			r->ok = false;
		if (!r->ok)
			return 0;
		length = month == 12 ? 31 : days_before_month(year, month + 1) - days_before_month(year, month);
		day += days_before_month(year, month);
		first = ((weekday - (day + 4)) % 7 + 7) % 7 + (week - 1) * 7;
		day += first < length ? first : first - 7;
	} else if (take(r, 'J')) {
		int64_t n = take_number(r);

		day += n - 1 + (is_leap(year) && n > 59);
	} else {
		day += take_number(r);
	}
	return day * DAY + (take(r, '/') ? take_clock(r) : 2 * 3600);
}

static int64_t year_of(int64_t utc)
{
	int64_t days = utc / DAY - (utc % DAY < 0), year = 1970 + days / 366;

	while (days_before_year(year + 1) <= days)
		year++;
	return year;
}

static bool rule_of_footer(const struct tzif *z, int64_t utc, struct zone_rule *out)
{
	struct reader r = { z->footer, z->footer + z->nfooter, true };
	struct zone_rule standard = { 0 }, summer = { 0 };
	int64_t year, start, end;

	if (!take(&r, '\n'))
		return false;
	take_name(&r, standard.name, sizeof standard.name);
	standard.offset = -take_clock(&r);
	*out = standard;
	if (!r.ok || r.s == r.end || *r.s == '\n')
		return r.ok;
	take_name(&r, summer.name, sizeof summer.name);
	summer.offset = standard.offset + 3600;
	if (r.s < r.end && *r.s != ',')
		summer.offset = -take_clock(&r);
	year = year_of(utc + standard.offset);
	if (!take(&r, ','))
		return false;
	start = take_change(&r, year) - standard.offset;
	if (!take(&r, ','))
		return false;
	end = take_change(&r, year) - summer.offset;
	if (start < end ? utc >= start && utc < end : utc >= start || utc < end)
		*out = summer;
	return r.ok;
}

/* Before the first transition: the first type that is standard time. */
static uint32_t first_type(const struct tzif *z)
{
	for (uint32_t i = 0; i < z->ntypes; i++)
		if (!z->types[(size_t)i * TYPE_SIZE + 4])
			return i;
	return 0;
}

bool zone_at(const char *file, size_t len, int64_t utc, struct zone_rule *out)
{
	uint32_t lo = 0, hi;
	struct tzif z;

	if (!open_file(file, len, &z))
		return false;
	/* lo: how many transitions lie at or before utc. */
	for (hi = z.ntimes; lo < hi;) {
		uint32_t mid = lo + (hi - lo) / 2;

		if ((int64_t)be64_load(z.times + (size_t)mid * 8) <= utc)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == z.ntimes && rule_of_footer(&z, utc, out))
		return true;
	return rule_of_type(&z, lo ? z.kinds[lo - 1] : first_type(&z), out);
}
