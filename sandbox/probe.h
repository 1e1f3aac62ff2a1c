/*
 * What this machine lets an unprivileged process confine, found out by trying
 * it in throw-away children. Reading sysctls is not enough: a user namespace
 * can be created and still be useless (AppArmor, outer seccomp filters).
 *
 * Costs a few milliseconds and is meant for `wb doctor`. A run does not probe:
 * it launches tier 1 and looks at the step at which that failed
 * (sandbox_failure in apply.h).
 */
#ifndef WB_SANDBOX_PROBE_H
#define WB_SANDBOX_PROBE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

enum sandbox_layer_id {
	LAYER_USERNS,     /* a user namespace with a usable id map */
	LAYER_MOUNT,      /* a private tmpfs root, recursive binds, mount_setattr */
	LAYER_PROC,       /* a fresh /proc in an own pid namespace */
	LAYER_NET,        /* an own network namespace with its loopback up */
	LAYER_OVERLAY,    /* overlayfs with userxattr; without it: a private copy */
	LAYER_LANDLOCK,
	LAYER_SECCOMP,
	LAYER_NOTIFY,     /* denied calls can be named */
	LAYER_NO_NEW_PRIVS,
	LAYER_RLIMIT,
	LAYER_CGROUP,     /* a delegated cgroup v2 subtree; without it: limits by polling */
	LAYER_COUNT
};

/*
 * The least Landlock that tier 2 is built on (Linux 6.2): below it files could be truncated. What ABI 6 adds (signals,
 * abstract sockets) the supervisor does by itself (notify_signal.c, notify_mediate.c).
 */
enum { SANDBOX_TIER2_ABI = 3 };

/* One row of the table that `wb doctor` prints. */
struct sandbox_layer {
	const char *name;   /* "user namespace" */
	bool ok;
	bool required;      /* by tier 1 */
	char detail[240];   /* what was found, or why it fails; one line */
	const char *fix;    /* how to get it; "" when ok */
};

struct sandbox_caps {
	struct sandbox_layer layers[LAYER_COUNT];
	int landlock_abi;   /* 0: none */
};

/* Fails only where not even a child can be made. */
int sandbox_probe(struct sandbox_caps *out, struct error *err) WB_MUST_CHECK;

/* 1, 2, or 0: no tier is possible, runs are refused. */
int sandbox_caps_tier(const struct sandbox_caps *caps);

/* Appends one line saying why tier 1 (or any tier) is not available, "" for tier 1. */
void sandbox_caps_reason(const struct sandbox_caps *caps, struct buf *out);

/* Landlock's ABI version; 0 with the reason ("not built into this kernel", ...) in *reason, which may be NULL. */
int sandbox_landlock_abi(const char **reason);

#endif
