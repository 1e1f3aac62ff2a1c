/*
 * The check behind `wb verify`: does everything the store says still hold?
 *
 * Of a run: its record against the database, its manifest against the digest
 * its END names, and against the manifest the frozen code, the environment,
 * every output, the log and the record itself. Of the store: every object, and
 * the database's own integrity.
 */
#ifndef WB_ENGINE_VERIFY_H
#define WB_ENGINE_VERIFY_H

#include <stdint.h>

#include "base/error.h"
#include "engine/engine.h"

struct verify_count {
	uint64_t runs;     /* looked at */
	uint64_t objects;  /* re-hashed */
	uint64_t bytes;    /* of them */
	uint64_t findings;
};

/* One finding: run_id is "" for the store itself; what is one line (raw text of the store's own may be in it). */
typedef void verify_fn(void *data, const char *run_id, const char *what);

/* progress (may be NULL) is called now and then with what was counted so far. */
struct verify_options {
	verify_fn *fn;
	void (*progress)(void *data, const struct verify_count *so_far);
	void *data;
};

/* Adds to *count. -1 only when the check itself could not be made. */
int verify_run(struct engine *e, const char *run_id, const struct verify_options *o, struct verify_count *count,
	       struct error *err) WB_MUST_CHECK;
int verify_all(struct engine *e, const struct verify_options *o, struct verify_count *count, struct error *err) WB_MUST_CHECK;

#endif
