/* The bounds of a diode run. */
#include "config.h"

#include "engine/diode.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "tracker/frame.h"
#include "tracker/spool.h"

static bool is_plain_key(const char *key, size_t n)
{
	if (n == 0 || n > DIODE_KEY_BYTES)
		return false;
	/* Not isalnum(): no locale has a say in what leaves. */
	return strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./") == n;
}

static bool key_may_pass(struct diode *d, const char *key, size_t n)
{
	for (size_t i = 0; i < d->n_keys; i++)
		if (str_eq(d->keys[i], key))
			return true;
	if (d->n_keys == DIODE_KEYS || !is_plain_key(key, n))
		return false;
	memcpy(d->keys[d->n_keys++], key, n + 1);
	return true;
}

/* One NaN and one precision: the unused bits of a double would carry text. */
static double plain_value(double v)
{
	return isnan(v) ? (double)NAN : (double)(float)v;
}

static bool metric_may_pass(struct diode *d, const struct spool_record *r)
{
	return r->type == SPOOL_METRIC && d->points < DIODE_POINTS && r->step >= 0 && r->step <= INT32_MAX &&
	       key_may_pass(d, r->key, r->key_len);
}

void diode_events(struct diode *d, const void *records, size_t n, int64_t now_ms, struct buf *out)
{
	const char *at = records;
	size_t size = 0;

	for (; n && frame_check(at, n, &size) == FRAME_WHOLE; at += size, n -= size) {
		struct spool_record r = { 0 };

		frame_decode(at, &r);
		if (!metric_may_pass(d, &r)) {
			d->refused++;
			continue;
		}
		d->points++;
		spool_encode_metric(out, r.key, plain_value(r.value), r.step, now_ms / 1000 * 1000);
	}
}

size_t diode_output(struct diode *d, size_t n)
{
	size_t pass = n < d->out_left ? n : (size_t)d->out_left;

	d->out_left -= pass;
	d->withheld |= pass < n;
	return pass;
}

uint64_t diode_count(uint64_t n)
{
	return n < DIODE_COUNT_MAX ? n : DIODE_COUNT_MAX;
}

int64_t diode_coarse(int64_t value, int64_t unit)
{
	return value <= 0 ? 0 : (value - 1) / unit * unit + unit;
}

int diode_check(const struct run_spec *s, struct error *err)
{
	if (!s->diode && s->diode_out) {
		error_set(err, ERR_INVALID, "--diode-out without --diode");
		return error_hint(err, "only a diode run withholds output: add --diode");
	}
	if (!s->diode)
		return 0;
	if (s->nets.n) {
		error_set(err, ERR_INVALID, "--diode and --net %s do not go together", s->nets.items[0]);
		return error_hint(err, "a diode run has no network: fetch the data first and pass it with -i NAME=PATH");
	}
	if (s->tty) {
		error_set(err, ERR_INVALID, "--diode and --tty do not go together");
		return error_hint(err, "what is on a terminal has left the run");
	}
	if (s->keep) {
		error_set(err, ERR_INVALID, "--diode and --keep-on-failure do not go together");
		return error_hint(err, "no file leaves a diode run, whatever its end");
	}
	return 0;
}

void diode_describe(const struct run_spec *s, struct buf *out)
{
	if (!s->diode)
		return;
	buf_puts(out, "diode    metrics leave, nothing else; output ");
	if (s->diode_out) {
		buf_puts(out, "up to ");
		str_format_size(out, s->diode_out);
	} else {
		buf_puts(out, "withheld");
	}
	buf_putc(out, '\n');
}

struct jval *diode_to_jval(const struct run_spec *s)
{
	struct jval *v;

	if (!s->diode)
		return NULL;
	v = jval_object();
	jval_set_int(v, "out_bytes", (int64_t)s->diode_out);
	return v;
}
