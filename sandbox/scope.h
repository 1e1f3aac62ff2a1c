/*
 * A cgroup for one run from systemd, where the caller stands in none that it
 * may divide (a login over SSH, a cron job with lingering): the manager of the
 * user, for root that of the system, is asked for a transient scope around the
 * run's first process. The limits are then written as in any other cgroup.
 *
 * The words to the manager are wb-scope's, a helper of its own: the bus library
 * and whatever keeps it waiting stay out of the supervisor. It then stays in
 * the scope, for systemd removes an empty one at once, and with it the kernel's
 * word on why the run was killed. With the last process the scope goes.
 */
#ifndef WB_SANDBOX_SCOPE_H
#define WB_SANDBOX_SCOPE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/cgroup.h"

/* Whom to ask. */
struct scope_manager {
	const char *helper; /* wb-scope's path */
	const char *socket; /* the manager's own, or the user's bus */
};

/* The socket at which the caller's manager answers; costs a stat or two. 1; 0: there is none, *why is a line about it. */
int scope_socket_find(char **out_socket, struct error *why);

/* Keeps a scope from ending. */
struct scope_hold {
	pid_t pid; /* of wb-scope; a child of the caller; 0: none */
	int fd;    /* it ends when this is closed */
};

#define SCOPE_HOLD_NONE { .fd = -1 }

/*
 * Has the process put into a scope called after id, and in it into a cgroup with those limits; the scope may have
 * controllers for none of them (cgroup_holds()). Takes a second at most. On failure the process is where it was, or in a
 * scope without limits, and nothing is held.
 */
int scope_make(const struct scope_manager *m, const struct cgroup_host *h, const char *id, const struct cgroup_limits *l,
	       pid_t pid, struct cgroup **out, struct scope_hold *hold, struct error *err) WB_MUST_CHECK;

/* Nothing is asked of the cgroup any more. */
void scope_release(struct scope_hold *hold);
DEFINE_CLEANUP_VALUE(scope_release, struct scope_hold);

/* Tries it with a process that only waits. *out_holds: CGROUP_*. */
int scope_try(const struct scope_manager *m, unsigned *out_holds, struct error *err) WB_MUST_CHECK;

#endif
