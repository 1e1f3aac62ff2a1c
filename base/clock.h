/*
 * Time, injectable: whoever needs the time is handed a struct clock, so that a
 * test can hold it still. Nanoseconds everywhere.
 */
#ifndef WB_BASE_CLOCK_H
#define WB_BASE_CLOCK_H

#include <stdint.h>

#include "base/buf.h"

struct clock {
	int64_t (*now_ns)(const struct clock *c);  /* since 1970-01-01 UTC */
	int64_t (*mono_ns)(const struct clock *c); /* since some fixed point; never steps */
	int64_t fixed_ns;                          /* for clock_fixed() */
};

extern const struct clock clock_system;

/* A clock that stands at now_ns. */
struct clock clock_fixed(int64_t now_ns);

static inline int64_t clock_now(const struct clock *c)
{
	return c->now_ns(c);
}

static inline int64_t clock_mono(const struct clock *c)
{
	return c->mono_ns(c);
}

/* "2026-03-04T05:06:07Z" (RFC 3339, UTC, whole seconds). Appended. */
void clock_format_rfc3339(struct buf *b, int64_t ns);

/* "2026-03-04 05:06:07" in the local zone, for people. Appended. */
void clock_format_local(struct buf *b, int64_t ns);

#endif
