/*
 * What leaves a diode run: numbers, and as much of its output as was allowed.
 * Everything else that code inside chooses is dropped here, in the supervisor,
 * and what may pass is bounded: each bound below is a bound on what hostile
 * code can say to the outside (SECURITY.md adds them up).
 */
#ifndef WB_ENGINE_DIODE_H
#define WB_ENGINE_DIODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/spec.h"

enum {
	DIODE_KEYS = 64,        /* distinct names of metrics */
	DIODE_KEY_BYTES = 64,   /* of one; letters, digits and _ - . / only */
	DIODE_POINTS = 10000,   /* of all metrics together */
	DIODE_COUNT_MAX = 1000, /* where a number of refused things is told, no more than this */
};

struct diode {
	uint64_t out_left;      /* bytes of output that may still pass */
	bool withheld;          /* some did not */
	char keys[DIODE_KEYS][DIODE_KEY_BYTES + 1];
	size_t n_keys;
	uint64_t points;
	uint64_t refused;       /* events: not metrics, or past a bound */
};

/*
 * Takes whole records (spool_scan) and appends to out those that may pass: metrics, their value in the precision of a
 * float, their time this machine's in whole seconds.
 */
void diode_events(struct diode *d, const void *records, size_t n, int64_t now_ms, struct buf *out);

/* How many of n bytes of output may pass; the first ones do. */
size_t diode_output(struct diode *d, size_t n);

/* At most DIODE_COUNT_MAX. */
uint64_t diode_count(uint64_t n);

/* Up to whole multiples of unit, 0 stays 0: a measurement that code inside can steer says little then. */
int64_t diode_coarse(int64_t value, int64_t unit);

/* ERR_INVALID when a spec asks for a diode and for a way around it. */
int diode_check(const struct run_spec *s, struct error *err) WB_MUST_CHECK;

/* What it means, as a line of `wb run --dry-run`; nothing when the run is none. */
void diode_describe(const struct run_spec *s, struct buf *out);

/* {"out_bytes"} for the record, or NULL when the run is none; owned by the caller. */
struct jval *diode_to_jval(const struct run_spec *s);

#endif
