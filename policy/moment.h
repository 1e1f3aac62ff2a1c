/*
 * Inside policy/: moments as the calendar shows them, and as texts by layouts that write "the time when ..." as Go does
 * (package time). Times are nanoseconds since 1970.
 */
#ifndef WB_POLICY_MOMENT_H
#define WB_POLICY_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "policy/value.h"

enum { MOMENT_NS_PER_S = 1000000000 };

struct known_zone;

/* Broken down, in its own zone. */
struct moment {
	int64_t year;
	int month, day, hour, minute, second, ns;
	int weekday;     /* 0: Sunday */
	int64_t offset;  /* seconds east */
	bool utc;
	char zone[12]; /* of a named zone: what it is called then */
	const struct known_zone *in; /* the caller's; untouched here */
};

/* English, from Sunday. */
extern const char *const moment_weekdays[7];

static inline int64_t moment_floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

struct moment moment_of(int64_t ns, int64_t offset);

/* False when it is outside of what nanoseconds of 64 bits can say. Months and days may be outside of theirs. */
bool moment_to_ns(const struct moment *m, int64_t *out);

/* Of the proleptic Gregorian calendar; month from 1. */
int moment_days_in_month(int64_t year, int month);

/* Appended. */
void moment_format(const struct moment *m, const char *layout, size_t n, struct buf *out);

/* False when the whole text does not fit the layout. */
bool moment_parse(const char *layout, size_t n, struct value text, struct moment *out);

#endif
