/* The declared inputs of a run: found, digested (with a cache of stat data), and their tags read. */
#ifndef WB_ENGINE_INPUTS_H
#define WB_ENGINE_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "engine/engine.h"
#include "engine/spec.h"

struct run_source {
	char *name;
	char *given;     /* the path as the user wrote it */
	char *path;      /* absolute, as given (links kept) */
	char *real;      /* absolute, links resolved: what is shown to the run */
	bool is_dir;
	uint64_t bytes;
	int64_t mtime_ns;
	struct digest digest; /* of a folder: over its sorted paths and digests */
	struct words tags;    /* canonical, upper case as in the file */
};

struct run_sources {
	struct run_source *items;
	size_t n, cap;
};

void run_sources_release(struct run_sources *s);
DEFINE_CLEANUP_VALUE(run_sources_release, struct run_sources);

/* dir is what relative paths start from. The first input that cannot be read is the error, with its name. */
int inputs_resolve(struct engine *e, const struct pairs *inputs, const char *dir, struct run_sources *out,
		   struct error *err) WB_MUST_CHECK;

/*
 * The same for a run that is repeated: what is not at its path any more, or not the same, is taken from the store where
 * that has it (a bundle may have brought it along).
 */
struct inputs_before {
	const struct jval *recorded; /* START's "inputs"; NULL: there was no such run */
	bool exact;                  /* what is not the same is refused: a stranger named these paths */
};
int inputs_recall(struct engine *e, const struct pairs *inputs, const char *dir, const struct inputs_before *before,
		  struct run_sources *out, struct error *err) WB_MUST_CHECK;

/* Where an input stood that a run's START document names by its path as given. Heap text. */
char *inputs_recorded_path(const struct jval *start, const char *given);

#endif
