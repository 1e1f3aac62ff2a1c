/* Facts about this machine and user that several steps of a run need. */
#ifndef WB_ENGINE_HOST_H
#define WB_ENGINE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

/* By value: `host_name().text`. */
struct host_text {
	char text[65];
};
struct host_text host_name(void);
struct host_text host_user_name(void);

/* The tier that this machine allows this user, found once per boot by trying and kept in the store. */
struct host_sandbox {
	int tier;             /* 1, 2, or 0: runs are refused */
	bool overlay;         /* a writable layer by overlayfs works */
	char reason[240];     /* why not tier 1 */
};

/* -1: trying was not possible, which says nothing of the tier. */
int host_sandbox_find(struct store *store, struct host_sandbox *out, struct error *err) WB_MUST_CHECK;

/* What was found does not hold any more: the next run tries again. */
void host_sandbox_forget(struct store *store);

/*
 * Who would make a scope for a run with limits (sandbox/scope.h): wb-scope's path and the socket of a systemd. Nothing is
 * asked. 1; 0: nobody, *why is a line about it.
 */
int host_scope_find(char **out_helper, char **out_socket, struct error *why);

/* Path of a program or module of ours: beside the running program, else in the installation. Heap text. */
int host_find_part(const char *name, char **out, struct error *err) WB_MUST_CHECK;

#endif
