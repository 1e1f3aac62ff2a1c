/* From what is known of a run to its sandbox plan. Touches nothing: the folders named must exist by launch. */
#ifndef WB_ENGINE_PLANNER_H
#define WB_ENGINE_PLANNER_H

#include <stdbool.h>

#include "base/error.h"
#include "engine/inputs.h"
#include "engine/job.h"
#include "engine/resume.h"
#include "engine/spec.h"
#include "sandbox/gpu.h"
#include "sandbox/interp.h"
#include "sandbox/plan.h"

struct planner_request {
	const struct run_spec *spec;
	const struct words *command;        /* params replaced */
	const struct run_sources *sources;
	const struct interp *interp;
	const char *run_id;
	const char *run_dir;                /* host path of runs/ID */
	const struct resumed *resumed;      /* what lies over the tree already; or NULL */
	const char *layout;                 /* host path of the laid-out frozen tree */
	const char *project_dir;            /* where the tree appears inside (tier 1) */
	const char *home;                   /* $HOME outside, or NULL */
	const char *path;                   /* $PATH outside */
	const char *python_dir;             /* our Python module's folder */
	const char *wb_program;             /* our own program, for `wb log` inside; or NULL */
	const char *events_dir;             /* tier 2: host folder for the event socket */
	const char *scratch;                /* tier 2: scratch.h's folder with a short way to $TMPDIR; NULL: none */
	const struct gpu_list *gpus;        /* leased for it; NULL: none */
	const char *gpu_root;               /* where their files are: "" but in tests; NULL: "" */
	int tier;
	bool copied;                        /* private copy instead of an overlay */
};

/*
 * *out_plan, and what is to be collected into *out (its texts are heap, released
 * by the owner of the job). Inside, at tier 1: the tree at the project's own
 * path, inputs at theirs and under PLAN_RUN_DIR/inputs, outputs under
 * PLAN_RUN_DIR/outputs. At tier 2 paths are the host's own.
 */
int planner_make(const struct planner_request *r, struct sandbox_plan **out_plan, struct job_collect *out,
		 struct error *err) WB_MUST_CHECK;

/*
 * A folder of the interpreter's in the project, and its place in the frozen tree: is it shown as it is? An ignored one is
 * in no tree; an environment is installed, not code, even where the tree has it.
 */
bool planner_root_is_apart(const char *root, const char *frozen);

/* Below the project, or NULL: "data/x.h5" for PROJECT/data/x.h5. Borrowed from path. */
const char *planner_below(const char *dir, const char *path);

#endif
