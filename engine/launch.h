/* Starting wb-supervisor for a run and learning whether the command was executed. */
#ifndef WB_ENGINE_LAUNCH_H
#define WB_ENGINE_LAUNCH_H

#include "base/error.h"
#include "engine/job.h"
#include "engine/upstream.h"
#include "sandbox/apply.h"

struct launch_fds {
	int life_fd;    /* the run's lock; the supervisor gets a copy */
	int spool_fd;   /* likewise */
	int kept_fd;    /* holds the layer that a shell stands on; -1: none */
	int lease_fd;   /* keeps the laid-out tree; likewise */
	int gpus_fd;    /* holds its GPUs; likewise; -1: it has none */
	const struct upstream *upstream; /* with the job's net_upstream */
	int run_dirfd;  /* where the supervisor's own diagnostics go */
};

/*
 * Returns 0 once the command runs under its supervisor, in a session of its
 * own. -1 with *out_failure saying which step failed; nothing is left running.
 */
int launch_supervisor(const struct job *job, const struct launch_fds *fds, enum sandbox_failure *out_failure,
		      struct error *err) WB_MUST_CHECK;

#endif
