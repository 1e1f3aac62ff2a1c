/* Scales and ticks. */
#include "config.h"

#include "chart/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool scale_shows(bool is_log, double v)
{
	return isfinite(v) && (!is_log || v > 0);
}

void span_add(struct span *s, double v)
{
	if (!s->any || v < s->low)
		s->low = v;
	if (!s->any || v > s->high)
		s->high = v;
	s->any = true;
}

struct scale scale_make(const struct span *s, bool is_log)
{
	struct scale scale = { s->any ? s->low : is_log ? 1 : 0, s->any ? s->high : is_log ? 10 : 1, is_log };

	if (scale.low < scale.high)
		return scale;
	if (is_log) {
		scale.low /= 2;
		scale.high *= 2;
	} else {
		double around = scale.low != 0 ? fabs(scale.low) / 2 : 0.5;

		scale.low -= around;
		scale.high += around;
	}
	return scale;
}

double scale_unit(const struct scale *s, double v)
{
	/* Halves, so that a span wider than the largest double does not overflow. */
	if (s->is_log)
		return (log10(v) - log10(s->low)) / (log10(s->high) - log10(s->low));
	return (v / 2 - s->low / 2) / (s->high / 2 - s->low / 2);
}

double scale_value(const struct scale *s, double unit)
{
	if (s->is_log)
		return pow(10, log10(s->low) + unit * (log10(s->high) - log10(s->low)));
	return 2 * (s->low / 2 + unit * (s->high / 2 - s->low / 2));
}

/* 1, 2 or 5 times a power of ten: the one nearest to v. */
static double round_step(double v)
{
	double power = pow(10, floor(log10(v))), digit = v / power;

	return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

static double round_time_step(double v)
{
	static const double steps[] = {
		1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
	};

	if (v < 1)
		return round_step(v);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (steps[i] >= v * 0.7)
			return steps[i];
	return 86400 * round_step(v / 86400);
}

/* "90": 1m30; what is below a minute keeps its fraction. */
static void format_time(double v, char *out, size_t size)
{
	long long s = llround(fabs(v));
	const char *sign = v < 0 && s ? "-" : "";

	if (fabs(v) < 60)
		snprintf(out, size, "%.6gs", v);
	else if (s < 3600)
		snprintf(out, size, s % 60 ? "%s%lldm%02lld" : "%s%lldm", sign, s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, size, s % 3600 ? "%s%lldh%02lld" : "%s%lldh", sign, s / 3600, s % 3600 / 60);
	else
		snprintf(out, size, s % 86400 ? "%s%lldd%02lldh" : "%s%lldd", sign, s / 86400, s % 86400 / 3600);
}

/* As many decimals as the step between ticks has. */
static void format_value(double v, double step, char *out, size_t size)
{
	double most = fmax(fabs(v), step);
	int decimals = (int)ceil(-log10(step) - 1e-9);

	if (fabs(v) < step / 1e6)
		v = 0;
	if (most >= 1e6 || step < 1e-5)
		snprintf(out, size, v == 0 ? "0" : "%.3g", v);
	else
		snprintf(out, size, "%.*f", decimals > 0 ? decimals : 0, v);
}

static size_t linear_ticks(const struct scale *s, size_t want, enum tick_kind kind, struct tick *out)
{
	double wanted = (s->high / (double)want - s->low / (double)want), step, at;
	size_t n = 0;

	if (!(wanted > 0) || !isfinite(wanted))
		return 0;
	step = kind == TICK_TIME ? round_time_step(wanted) : round_step(wanted);
	step = kind == TICK_STEP && step < 1 ? 1 : step;
	at = ceil(s->low / step - 1e-9);
	for (double end = s->high / step + 1e-9; at <= end && n < TICKS_MAX; at += 1) {
		/* Not 1e-17 where 0 is meant, and not -0. */
		out[n].at = fabs(at) < 0.5 ? 0 : at * step;
		if (kind == TICK_TIME)
			format_time(out[n].at, out[n].label, sizeof out[n].label);
		else
			format_value(out[n].at, step, out[n].label, sizeof out[n].label);
		n++;
	}
	return n;
}

static void add_log_tick(struct tick *out, size_t *n, double at)
{
	if (*n == TICKS_MAX)
		return;
	out[*n].at = at;
	snprintf(out[*n].label, sizeof out[*n].label, at >= 1e-4 && at < 1e6 ? "%.4g" : "%.0e", at);
	++*n;
}

/* Powers of ten, so far apart that they are not too many; with 2 and 5 between where they are few. */
static size_t log_ticks(const struct scale *s, size_t want, struct tick *out)
{
	double low = log10(s->low), high = log10(s->high), stride = fmax(1, ceil((high - low) / (double)want));
	bool between = high - low < (double)want / 2;
	size_t n = 0;

	for (double power = floor(low / stride) * stride; power <= high; power += stride)
		for (int digit = 1; digit <= (between ? 5 : 1); digit = digit == 1 ? 2 : digit == 2 ? 5 : 10) {
			double at = digit * pow(10, power);

			if (at >= s->low * (1 - 1e-9) && at <= s->high * (1 + 1e-9))
				add_log_tick(out, &n, at);
		}
	return n;
}

size_t scale_ticks(const struct scale *s, size_t want, enum tick_kind kind, struct tick out[TICKS_MAX])
{
	size_t n = 0;

	want = want < 1 ? 1 : want > TICKS_MAX - 4 ? TICKS_MAX - 4 : want;
	if (s->is_log)
		n = log_ticks(s, want, out);
	/* A logarithmic scale within one digit is as good as linear. */
	return n >= 2 ? n : linear_ticks(s, want, kind, out);
}
