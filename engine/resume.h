/*
 * What a shell into an earlier run stands on, between the frozen code and a
 * fresh writable layer: the run's kept layer, or its artifacts laid out.
 */
#ifndef WB_ENGINE_RESUME_H
#define WB_ENGINE_RESUME_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "engine/kept.h"
#include "engine/spec.h"
#include "store/store.h"
#include "tracker/run.h"

struct resumed {
	struct kept kept;  /* tree NULL: there was none */
	char *layer;       /* host path of what lies over the frozen code; NULL: nothing does */
	char *lower;       /* host path of what replaces the frozen code; NULL: nothing does */
	char *out;         /* host path of what $WB_OUTPUTS begins with; NULL: nothing */
};

#define RESUMED_INIT { .kept = KEPT_INIT }

void resumed_release(struct resumed *r);
DEFINE_CLEANUP_VALUE(resumed_release, struct resumed);

/* run is the earlier one; work_fd and work_path are the new run's folder work/, where artifacts are laid out. */
int resumed_open(struct store *s, const struct run *run, int work_fd, const char *work_path, struct resumed *out,
		 struct error *err) WB_MUST_CHECK;

/* Where there are no overlays: onto a copy of the frozen code, and into the outputs. */
int resumed_copy(const struct resumed *r, int tree_fd, int out_fd, struct error *err) WB_MUST_CHECK;

/*
 * A specification for a shell into run: its code, params, variables, limits on memory and disk, and those inputs that can
 * still be had; the names of the others go to missing. No GPUs, no network, no time limit: they are asked for anew.
 */
int resume_spec(struct store *s, const struct run *run, struct run_spec *out, struct words *missing,
		struct error *err) WB_MUST_CHECK;

#endif
