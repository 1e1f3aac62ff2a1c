/* The system clock, the fixed clock, and how times are written. */
#include "config.h"

#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_now(const struct clock *c)
{
	(void)c;
	return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(const struct clock *c)
{
	(void)c;
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t fixed(const struct clock *c)
{
	return c->fixed_ns;
}

const struct clock clock_system = { .now_ns = system_now, .mono_ns = system_mono };

struct clock clock_fixed(int64_t now_ns)
{
	return (struct clock){ .now_ns = fixed, .mono_ns = fixed, .fixed_ns = now_ns };
}

void clock_format_rfc3339(struct buf *b, int64_t ns)
{
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;

	char text[40];

	if (gmtime_r(&s, &tm))
		buf_append(b, text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm));
}

void clock_format_local(struct buf *b, int64_t ns)
{
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;

	char text[40];

	if (localtime_r(&s, &tm))
		buf_append(b, text, strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm));
}
