/*
 * Starting runs: spec -> inputs -> frozen code -> environment -> decision ->
 * record -> plan -> launch. Each step is one function, called in that order by
 * run_start().
 */
#ifndef WB_ENGINE_RUN_H
#define WB_ENGINE_RUN_H

#include <stdbool.h>

#include "base/jval.h"
#include "base/uuid.h"
#include "engine/engine.h"
#include "engine/spec.h"

struct run_started {
	struct uuid id;
	bool denied;      /* recorded as DENIED */
	bool launched;    /* the supervisor has the run */
	int setup_status; /* 125, 126 or 127 when it could not be launched, 128 + signal when stopped before; it is recorded */
	struct error why; /* with setup_status: what went wrong */
	char *decision;   /* when denied: the reasons, or the policy's own errors with carets; lines, safe to print; heap */
	char *plan_text;  /* dry run: what would be done, for people; heap */
	bool would_deny;  /* dry run */
	/* Set by the caller: is told, in one line that is safe to print, what the run waits for; may be NULL. */
	void (*on_wait)(void *data, const char *text);
	void *on_wait_data;
	struct jval *policy; /* RUN_START_DECIDE: the decision as a run would record it; owned */
};

void run_started_release(struct run_started *s);
DEFINE_CLEANUP_VALUE(run_started_release, struct run_started);

enum {
	RUN_START_DRY = 1,    /* decides and plans, records nothing */
	RUN_START_DECIDE = 2, /* decides, records nothing; decision is set whatever it is */
	/*
	 * From the moment the run is recorded SIGINT, SIGTERM and SIGHUP stay blocked: they wait for run_watch(), which
	 * hands them to the run. Otherwise a Ctrl-C in between would end the viewer and leave the run going unseen.
	 */
	RUN_START_HOLD = 4,
	RUN_START_DETACH = 8, /* does not wait for GPUs itself: a process in the background does, and starts the run then */
};

/*
 * Starts a run and returns once its command has been executed (or could not
 * be). From here on the supervisor owns it: the caller may die.
 * -1 only when nothing was recorded (bad spec, no store, unreadable input).
 */
int run_start(struct engine *e, const struct run_spec *spec, unsigned flags, struct run_started *out,
	      struct error *err) WB_MUST_CHECK;

/* Fills a spec that repeats run_id: same frozen tree, command, params, inputs, limits and seed. */
int run_spec_of(struct engine *e, const char *run_id, struct run_spec *out, struct error *err) WB_MUST_CHECK;

#endif
