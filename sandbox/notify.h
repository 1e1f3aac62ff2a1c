/*
 * Names the calls that a run was denied.
 *
 * Two kinds arrive on a notify descriptor. Calls that the profile forbids are
 * decoded and answered EPERM. Opens and connects are only looked at: they are
 * let go on (FLAG_CONTINUE), because mounts, Landlock and the empty network
 * namespace decide them, not this code; a pointer that changes after the look
 * falsifies the report, never the verdict. Tier 2 has no network namespace, so
 * there connects are carried out here, on checked copies of the arguments.
 */
#ifndef WB_SANDBOX_NOTIFY_H
#define WB_SANDBOX_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "sandbox/plan.h"

struct denial {
	char call[32];      /* "connect" */
	char object[512];   /* "93.184.216.34:443", "/etc/passwd for writing"; escaped, one line; may be "" */
	char reason[160];   /* what stopped it, in words: "no network in the sandbox" */
	char hint[160];     /* what would allow it; may be "" */
	pid_t pid;          /* as the supervisor sees it */
	bool refused;       /* answered EPERM here; false: the layer named in reason refuses it */
};

struct notifier;

/* notify_fd and plan are borrowed and must outlive the notifier. The descriptor is made non-blocking. */
int notifier_new(int notify_fd, const struct sandbox_plan *plan, struct notifier **out, struct error *err) WB_MUST_CHECK;
void notifier_free(struct notifier *n);
DEFINE_CLEANUP(notifier_free, struct notifier *);

/*
 * Takes one call and answers it; never blocks. 1: *out is a denial to record (the caller joins equal ones and counts);
 * 0: a call was answered, nothing to record; -1 with ERR_BUSY: nothing is waiting; -1 otherwise: the descriptor is
 * done. Call it until it says ERR_BUSY (or a bounded number of times) whenever notify_fd is readable.
 */
int notifier_handle(struct notifier *n, struct denial *out, struct error *err) WB_MUST_CHECK;

/*
 * The same for one who has just been told (poll(2), epoll(7)) that notify_fd is readable, and asks again before the next
 * call: saves the look whether one is waiting, without which receiving would block.
 */
int notifier_handle_ready(struct notifier *n, struct denial *out, struct error *err) WB_MUST_CHECK;

/* Calls answered so far. */
uint64_t notifier_count(const struct notifier *n);

#endif
