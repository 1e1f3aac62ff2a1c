/*
 * Making room: deleted runs leave for good, and with them every object and all
 * frozen code that no other run names.
 *
 * It holds the store's lock alone; whoever makes objects holds it shared until
 * they are named by a record. What a run needs is found before anything goes:
 * a run that cannot be understood stops the collection.
 */
#ifndef WB_ENGINE_GC_H
#define WB_ENGINE_GC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/engine.h"

struct gc_options {
	bool dry_run;
	int64_t older_than_ns; /* only runs deleted longer ago than this */
	void (*run)(void *data, const char *run_id, const char *name); /* told of each run that goes; may be NULL */
	void *data;
};

struct gc_result {
	uint64_t runs, run_bytes;       /* removed (or to be removed); their folders */
	uint64_t layers, layer_bytes;   /* writable layers of runs that stay, kept or left behind */
	uint64_t objects, object_bytes; /* the same */
	uint64_t code, code_bytes;      /* files and folders of frozen code; their bytes, and those of laid-out trees */
	uint64_t leftovers, leftover_bytes; /* what killed processes had not finished */
	uint64_t kept_runs;             /* deleted, but not long enough ago */
};

/* ERR_BUSY while another process uses the store's objects. */
int gc_collect(struct engine *e, const struct gc_options *o, struct gc_result *out, struct error *err) WB_MUST_CHECK;

#endif
