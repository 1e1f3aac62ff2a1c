/*
 * Which params a run has. A param's first value stays (MLflow's rule), so whoever
 * takes events has to notice another one to be able to say so. Keys and values
 * are known by hash only: a run that makes them collide hides its own mistake
 * from itself, and nothing else.
 */
#ifndef WB_ENGINE_PARAMSEEN_H
#define WB_ENGINE_PARAMSEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/jval.h"

/* Past so many keys nothing is noticed any more. */
enum { PARAMSEEN_MAX = 65536 };

struct paramseen {
	struct paramseen_entry {
		uint64_t key; /* 0: free */
		uint64_t value;
	} *items;
	size_t count, cap;
};

/* known: the object of params that the run was started with, or NULL. */
void paramseen_init(struct paramseen *p, const struct jval *known);
void paramseen_release(struct paramseen *p);

/* Notes the value. False when the param has another one. */
bool paramseen_agrees(struct paramseen *p, const char *key, const char *value);

#endif
