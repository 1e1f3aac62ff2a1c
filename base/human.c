/* Numbers and times for people. */
#include "config.h"

#include "base/human.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define SECOND_NS INT64_C(1000000000)
#define MONTH_S ((int64_t)30 * 24 * 60 * 60)

void human_ago(struct buf *b, int64_t then_ns, int64_t now_ns)
{
	int64_t s = (now_ns - then_ns) / SECOND_NS;

	if (s < 1)
		buf_puts(b, "now");
	else if (s < 60)
		buf_printf(b, "%" PRId64 "s ago", s);
	else if (s < 60 * 60)
		buf_printf(b, "%" PRId64 "m ago", s / 60);
	else if (s < 48 * 60 * 60)
		buf_printf(b, "%" PRId64 "h ago", s / (60 * 60));
	else if (s < MONTH_S)
		buf_printf(b, "%" PRId64 "d ago", s / (24 * 60 * 60));
	else
		clock_format_local(b, then_ns);
}

void human_number(struct buf *b, double v)
{
	double size = fabs(v);

	if (!isfinite(v))
		str_format_double(b, v);
	else if (v == floor(v) && size < 1e15)
		buf_printf(b, "%.0f", v);
	else if (size >= 1e-4 && size < 1e7)
		buf_printf(b, "%.6g", v);
	else
		buf_printf(b, "%.4e", v);
}

void human_count(struct buf *b, uint64_t n)
{
	char digits[32];
	int len = snprintf(digits, sizeof digits, "%" PRIu64, n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_putc(b, ' ');
		buf_putc(b, digits[i]);
	}
}
