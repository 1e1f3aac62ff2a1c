/* Metric summaries of the run being moved: an open-addressing table over the table `latest`. */
#include "config.h"

#include "tracker/latest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BUCKETS = 16384, SLOTS_MAX = BUCKETS / 2 };

struct latest {
	struct tracker *t;
	struct db_stmt *load;
	struct db_stmt *store;
	int64_t run_row;
	struct latest_slot *slots[BUCKETS];
	uint16_t used[SLOTS_MAX]; /* buckets in use */
	size_t count;
};

bool latest_is_after(int64_t step, int64_t time_ms, double value, int64_t step2, int64_t time2_ms, double value2)
{
	if (step != step2)
		return step > step2;
	if (time_ms != time2_ms)
		return time_ms > time2_ms;
	return value > value2 || (isnan(value2) && !isnan(value));
}

void latest_add(struct latest_slot *slot, double value, int64_t step, int64_t time_ms)
{
	if (slot->count == 0 || latest_is_after(step, time_ms, value, slot->step, slot->time_ms, slot->value)) {
		slot->step = step;
		slot->time_ms = time_ms;
		slot->value = value;
	}
	if (!isnan(value)) {
		slot->min = isnan(slot->min) || value < slot->min ? value : slot->min;
		slot->max = isnan(slot->max) || value > slot->max ? value : slot->max;
	}
	slot->count++;
	slot->is_dirty = true;
}

int latest_new(struct tracker *t, struct latest **out, struct error *err)
{
	CLEANUP(latest_free) struct latest *l = mem_zalloc(sizeof *l);

	l->t = t;
	if (db_prepare(t->db, "SELECT step, time_ms, value, min, max, count FROM latest WHERE run = ? AND key = ?", &l->load,
		       err) != 0 ||
	    db_prepare(t->db,
		       "INSERT OR REPLACE INTO latest(run, key, step, time_ms, value, min, max, count)"
		       " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		       &l->store, err) != 0)
		return -1;
	*out = take_ptr(&l);
	return 0;
}

static void forget_slots(struct latest *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct latest_slot **slot = &l->slots[l->used[i]];

		free((*slot)->key);
		free(*slot);
		*slot = NULL;
	}
	l->count = 0;
}

void latest_free(struct latest *l)
{
	if (!l)
		return;
	forget_slots(l);
	db_stmt_free(l->load);
	db_stmt_free(l->store);
	free(l);
}

void latest_turn(struct latest *l, int64_t run_row)
{
	if (l->run_row != run_row)
		forget_slots(l);
	l->run_row = run_row;
}

/* FNV-1a. */
static size_t bucket_of(const char *key, size_t n)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)key[i]) * 16777619u;
	return (h ^ h >> 15) % BUCKETS;
}

static int load_slot(struct latest *l, struct latest_slot *slot, struct error *err)
{
	int rc;

	slot->min = slot->max = (double)NAN;
	db_bind_int(l->load, 1, l->run_row);
	db_bind_int(l->load, 2, slot->key_id);
	rc = db_step(l->load, err);
	if (rc <= 0)
		return rc;
	slot->step = db_int(l->load, 0);
	slot->time_ms = db_int(l->load, 1);
	slot->value = db_real(l->load, 2);
	slot->min = db_real(l->load, 3);
	slot->max = db_real(l->load, 4);
	slot->count = db_int(l->load, 5);
	db_reset(l->load);
	return 0;
}

static int add_slot(struct latest *l, size_t bucket, const char *key, size_t n, struct error *err)
{
	struct latest_slot slot = { .key_len = n };

	if (key_intern(l->t, key, n, &slot.key_id, err) != 0 || load_slot(l, &slot, err) != 0)
		return -1;
	slot.key = mem_strndup(key, n);
	l->slots[bucket] = mem_dup(&slot, sizeof slot);
	l->used[l->count++] = (uint16_t)bucket;
	return 0;
}

int latest_find(struct latest *l, const char *key, size_t n, struct latest_slot **out, struct error *err)
{
	size_t at = bucket_of(key, n);

	for (; l->slots[at]; at = (at + 1) % BUCKETS) {
		if (l->slots[at]->key_len == n && memcmp(l->slots[at]->key, key, n) == 0) {
			*out = l->slots[at];
			return 0;
		}
	}
	if (l->count == SLOTS_MAX) {
		if (latest_flush(l, err) != 0)
			return -1;
		forget_slots(l);
		at = bucket_of(key, n);
	}
	if (add_slot(l, at, key, n, err) != 0)
		return -1;
	*out = l->slots[at];
	return 0;
}

static int store_slot(struct latest *l, const struct latest_slot *slot, struct error *err)
{
	db_bind_int(l->store, 1, l->run_row);
	db_bind_int(l->store, 2, slot->key_id);
	db_bind_int(l->store, 3, slot->step);
	db_bind_int(l->store, 4, slot->time_ms);
	db_bind_real(l->store, 5, slot->value);
	db_bind_real(l->store, 6, slot->min);
	db_bind_real(l->store, 7, slot->max);
	db_bind_int(l->store, 8, slot->count);
	return db_run(l->store, err);
}

int latest_flush(struct latest *l, struct error *err)
{
	for (size_t i = 0; i < l->count; i++) {
		struct latest_slot *slot = l->slots[l->used[i]];

		if (slot->is_dirty && store_slot(l, slot, err) != 0)
			return -1;
		slot->is_dirty = false;
	}
	return 0;
}
