/* The GPUs of a run: what there is, what is in use, and getting its own, waiting where it must. */
#ifndef WB_ENGINE_GPUS_H
#define WB_ENGINE_GPUS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/engine.h"
#include "engine/gpulease.h"
#include "engine/spec.h"
#include "sandbox/gpu.h"
#include "tracker/run.h"

/* Where to look, of this use of wb: this machine's own, unless a test named others. */
const char *gpus_root(struct engine *e);
/* Live claims; none when the machine has no GPUs. */
int gpus_claims(struct engine *e, const struct gpu_list *all, struct gpulease_claims *out, struct error *err) WB_MUST_CHECK;

/* For the policy: how many this machine has, and how many this user's runs and the experiment's have now. */
struct gpus_usage {
	int64_t host, user, experiment;
};
int gpus_usage(struct engine *e, const char *experiment, struct gpus_usage *out, struct error *err) WB_MUST_CHECK;

/* What one run got. */
struct gpus {
	struct gpu_list granted;
	struct gpulease *lease;   /* NULL: it asked for none */
	int64_t waited_ns;
};

void gpus_release(struct gpus *g);
DEFINE_CLEANUP_VALUE(gpus_release, struct gpus);

/* Who is told of a wait, and how it ends early. */
struct gpus_waiter {
	void (*tell)(void *data, const char *text); /* one line, safe to print, each time it changes; may be NULL */
	void *data;
	int run_dirfd;   /* `wb stop` leaves word there */
};

/*
 * Takes the GPUs that spec asks for at once: 1; 0 when it is to wait for them, its place in the queue is then taken;
 * -1 ERR_BUSY where waiting was not asked for.
 */
int gpus_try(struct engine *e, const struct run_spec *spec, const char *run_id, struct gpus *out,
	     struct error *err) WB_MUST_CHECK;

/*
 * Waits, after a 0, at most spec's time: ERR_TIMEOUT; or until it is asked to stop (SIGINT, SIGTERM where they are
 * blocked, `wb stop`): ERR_CANCELLED, with *out_signal the signal or 0. A SIGHUP is let pass.
 */
int gpus_wait(struct engine *e, const struct run_spec *spec, const struct gpus_waiter *w, struct gpus *g, int *out_signal,
	      struct error *err) WB_MUST_CHECK;

/* `wb stop` of a run that waits: leaves word. */
int gpus_ask_stop(int run_dirfd, struct error *err) WB_MUST_CHECK;
/* Takes the word back. False: it was heard. */
bool gpus_unask_stop(int run_dirfd);
/* What a run waits for, one line of heap text, or NULL. */
char *gpus_waiting(int run_dirfd);

/* Makes that a run's detail, "RUNNING(waiting)"; nothing for one that does not wait. */
void gpus_mark_waiting(struct engine *e, struct run *r);

/* wb-gpu's arguments for them, in their order (engine/gpu_main.c). */
void gpus_sample_words(const struct gpu_list *l, const char *root, struct words *out);
/* [{"index","vendor","name","uuid","pci"}], for the record. */
struct jval *gpus_to_jval(const struct gpu_list *l);
/* "NVIDIA H100 80GB HBM3 x2", for people and for the tag by which such runs are found. Appended. */
void gpus_summary(const struct gpu_list *l, struct buf *out);

#endif
