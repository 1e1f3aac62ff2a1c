/*
 * The summaries of a run's metrics (last by MLflow's rule, min, max, count) while
 * points stream in: read once, kept in memory, written back per batch.
 */
#ifndef WB_TRACKER_LATEST_H
#define WB_TRACKER_LATEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/core.h"

struct latest_slot {
	char *key;
	size_t key_len;
	int64_t key_id;
	bool is_dirty;
	int64_t step;
	int64_t time_ms;
	double value;
	double min;
	double max;
	int64_t count;
};

/* True when (step, time, value) is after (step2, time2, value2); NaN is before any number. */
bool latest_is_after(int64_t step, int64_t time_ms, double value, int64_t step2, int64_t time2_ms, double value2);

/* Adds one point to a slot. */
void latest_add(struct latest_slot *slot, double value, int64_t step, int64_t time_ms);

struct latest;

/* Owned by the caller; t is borrowed for as long. */
int latest_new(struct tracker *t, struct latest **out, struct error *err) WB_MUST_CHECK;
void latest_free(struct latest *l);
DEFINE_CLEANUP(latest_free, struct latest *);

/* Turns to another run. What was not flushed is forgotten. */
void latest_turn(struct latest *l, int64_t run_row);

/* The slot of a key of the current run, borrowed until the next call. Inside a transaction. */
int latest_find(struct latest *l, const char *key, size_t n, struct latest_slot **out, struct error *err) WB_MUST_CHECK;

int latest_flush(struct latest *l, struct error *err) WB_MUST_CHECK;

#endif
