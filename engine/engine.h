/*
 * The engine: the life of a run, joining store, tracker, policy and sandbox.
 * It names no face and prints nothing; every command is a thin use of it.
 *
 * struct engine is one opened store with the clock and project it is used from.
 * It is not shared between threads.
 */
#ifndef WB_ENGINE_ENGINE_H
#define WB_ENGINE_ENGINE_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"

struct engine;
struct store;
struct tracker;

struct engine_options {
	const char *dir;          /* where the user stands (-C); NULL: the working directory */
	const char *store;        /* --store DIR; NULL: found (nearest .wb upwards, $WB_STORE, $XDG_DATA_HOME/wb) */
	const struct clock *clock; /* NULL: the system's */
	bool create;              /* make the per-user store when none is found anywhere */
	const char *gpu_root;     /* for tests: GPUs are looked for below this folder, ... */
	const char *gpu_leases;   /* ... and leased in that one; NULL: the machine's own. Borrowed for good */
};

int engine_open(const struct engine_options *options, struct engine **out, struct error *err) WB_MUST_CHECK;
void engine_close(struct engine *e);
DEFINE_CLEANUP(engine_close, struct engine *);

/*
 * Makes DIR/.wb with a policy and config.yaml. ERR_EXISTS when there is one. policy_set is one of policy_set.h, or NULL
 * for the commented starter policy.
 */
int engine_init(const char *dir, const char *policy_set, struct error *err) WB_MUST_CHECK;

/* Borrowed. The tracker is opened, and pending spools moved into it, on first use. */
struct store *engine_store(struct engine *e);
int engine_tracker(struct engine *e, struct tracker **out, struct error *err) WB_MUST_CHECK;
const struct clock *engine_clock(const struct engine *e);
const char *engine_gpu_root(const struct engine *e);
const char *engine_gpu_leases(const struct engine *e);

/* Absolute paths, borrowed: where the user stands, and the project tree that a run would freeze. */
const char *engine_dir(const struct engine *e);
int engine_project_dir(struct engine *e, const char **out, struct error *err) WB_MUST_CHECK;

#endif
