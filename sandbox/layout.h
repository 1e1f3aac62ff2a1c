/* The part of a plan that every run shares: the system's folders as read-only binds, a minimal /etc, /proc, /dev, /tmp. */
#ifndef WB_SANDBOX_LAYOUT_H
#define WB_SANDBOX_LAYOUT_H

#include <stdint.h>

#include "sandbox/plan.h"

struct layout_options {
	uint64_t tmp_size;    /* bytes of /tmp and of /dev/shm each; 0: half of the machine's memory */
	uint64_t tmp_inodes;  /* 0: one million */
	const char *home;     /* empty private folder for $HOME inside (tier 1); NULL: none */
};

/*
 * Tier 1: /usr (and /bin, /lib* as links or binds, as the host has them), chosen files of /etc, generated
 * passwd, group, hosts and nsswitch.conf, /proc, /dev, /tmp, /sys's cpu and node topology.
 * Tier 2: the same host paths as Landlock rules; a private TMPDIR is the caller's to add with plan_add_rw().
 */
int layout_add_system(struct sandbox_plan *p, const struct layout_options *options, struct error *err) WB_MUST_CHECK;

/* Shows path (absolute, of the host) read-only at the same place inside unless a mount of the plan already shows it. */
int layout_add_visible(struct sandbox_plan *p, const char *path, struct error *err) WB_MUST_CHECK;

/*
 * When all of the plan is added: a link to one of its own empty places (/var/tmp) below which something else is to be shown
 * (a project there) becomes a folder for it. The host's own links stay.
 */
void layout_make_room(struct sandbox_plan *p);

#endif
