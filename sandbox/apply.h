/*
 * Carries a plan out. Meant for a small single-threaded program (the
 * supervisor): the child is a copy of the caller and must not inherit locks.
 *
 *   supervisor -> init (pid 1 of its namespaces, or a guard in tier 2) -> payload
 *
 * init reaps everything, passes TERM, INT, HUP, QUIT, USR1 and USR2 on to the
 * payload's process group, dies with the supervisor, and ends when the payload
 * has ended, taking with it whatever the payload left behind.
 */
#ifndef WB_SANDBOX_APPLY_H
#define WB_SANDBOX_APPLY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/plan.h"

/* The payload's three descriptors; borrowed. Terminals are refused, but for a plan's own: then all three are its slave. */
struct sandbox_io {
	int stdin_fd;
	int stdout_fd;
	int stderr_fd;
	int pty_master; /* with plan->tty; the payload does not get it */
	int cgroup_fd;           /* the cgroup to be born in (cgroup.h); 0: the caller's */
	/* Puts init into a cgroup where it cannot be born in one, while it builds; false: it is where it was. */
	bool (*place)(void *data, pid_t init);
	void *place_data;
};

/* At which step a launch failed; exit codes are in the comments. */
enum sandbox_failure {
	SANDBOX_FAIL_NONE,
	SANDBOX_FAIL_PLAN,       /* 125: the plan cannot be carried out */
	SANDBOX_FAIL_USERNS,     /* 125: no (usable) user namespace: tier 2 may work */
	SANDBOX_FAIL_OVERLAY,    /* 125: overlayfs refused: a private copy as working folder may work */
	SANDBOX_FAIL_SETUP,      /* 125: another layer */
	SANDBOX_FAIL_NOT_FOUND,  /* 127: the program, or the interpreter its first line names, does not exist inside */
	SANDBOX_FAIL_NOT_EXEC,   /* 126: it cannot be executed */
};

/* How the payload ended, from init. */
struct sandbox_exit {
	int32_t status;          /* as wait(2) gives it */
	int32_t reserved;
	int64_t user_ns;         /* CPU of the payload and the children it waited for */
	int64_t system_ns;
	int64_t max_rss_bytes;   /* of the largest single process */
};

/* /tmp, /dev/shm and a home: what a plan has of private memory. */
enum { SANDBOX_TMPFS = 3 };

struct sandbox_child {
	int tier;
	pid_t init_pid;          /* as the supervisor sees it */
	pid_t payload_pid;       /* as the supervisor sees it; for /proc only, signals go through init_pidfd */
	int init_pidfd;          /* readable once init (tier 1: and so everything) is gone */
	int status_fd;           /* delivers one struct sandbox_exit, then end of file; end of file alone: init was killed */
	int notify_fd;           /* denied calls (notify.h); -1 without plan->report */
	int events_fd;           /* listening, non-blocking unix stream socket; -1 without plan->events */
	int proxy_fd;            /* listening, non-blocking TCP socket inside; -1 without plan->proxy_port */
	int proc_fd;             /* tier 1: the sandbox's own /proc, for usage.h; else -1 */
	int segments_fd;         /* tier 1: the System V segments of its IPC namespace, for usage.h; else -1 */
	int tmpfs_fds[SANDBOX_TMPFS]; /* tier 1: its tmpfs mounts, for usage.h; -1: none further */
	int landlock_abi;        /* in force inside; 0: none */
	bool in_cgroup;          /* in the cgroup that was named, or put into one; false: neither could be */
	pid_t spare;             /* a child of the caller that is not of the run, to be left alone in tier 2; 0: none */
	enum sandbox_failure failure;
};

#define SANDBOX_CHILD_INIT { .init_pidfd = -1, .status_fd = -1, .notify_fd = -1, .events_fd = -1, \
	.proxy_fd = -1, .proc_fd = -1, .segments_fd = -1, .tmpfs_fds = { -1, -1, -1 } }

/*
 * Returns once the payload's execve has succeeded. On failure nothing is left running, out->failure says what kind
 * (err has the words and the hint) and out holds no descriptors. Makes the caller a child subreaper; its signal state
 * is not touched.
 */
int sandbox_launch(const struct sandbox_plan *p, const struct sandbox_io *io, struct sandbox_child *out,
		   struct error *err) WB_MUST_CHECK;

/* Passes sig to the payload's process group (through init). Fine when all is over. */
void sandbox_signal(const struct sandbox_child *c, int sig);

/*
 * Kills every process of the sandbox. Tier 1: init dies and the kernel ends the namespace. Tier 2: scan and kill
 * until nothing is left (at most a second a call). Does not wait for init: sandbox_wait() does.
 */
void sandbox_kill(const struct sandbox_child *c);

/*
 * Reaps init; after it no process of the sandbox exists. Blocks: call when init_pidfd is readable or after
 * sandbox_kill(). Tier 2 also kills and reaps what became a child of the caller: but for c->spare it must have no
 * children of its own.
 */
int sandbox_wait(struct sandbox_child *c, struct error *err) WB_MUST_CHECK;

/* Reads the one struct sandbox_exit. 1: read; 0: init ended without one (killed). */
int sandbox_read_exit(struct sandbox_child *c, struct sandbox_exit *out, struct error *err) WB_MUST_CHECK;

/* Closes the descriptors (a closed notify_fd turns further denied calls into ENOSYS: still denied). */
void sandbox_child_release(struct sandbox_child *c);
DEFINE_CLEANUP_VALUE(sandbox_child_release, struct sandbox_child);

/* 125, 126 or 127. */
int sandbox_failure_exit_code(enum sandbox_failure f);

#endif
