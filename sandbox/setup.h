/* Private to sandbox/: what the steps of a launch share. Everything here but message_send() runs in the child. */
#ifndef WB_SANDBOX_SETUP_H
#define WB_SANDBOX_SETUP_H

#include <sys/types.h>

#include "base/error.h"
#include "sandbox/apply.h"
#include "sandbox/filter.h"
#include "sandbox/plan.h"

enum message_kind {
	MESSAGE_READY = 1,    /* with those descriptors that there are, in the order of enum message_fd; execve comes next */
	MESSAGE_FAILED,
};

enum message_fd {
	MESSAGE_PROC,         /* /proc of the sandbox */
	MESSAGE_EVENTS,       /* the listening events socket */
	MESSAGE_PROXY,        /* the listener of the network broker */
	MESSAGE_NOTIFY,
	MESSAGE_SEGMENTS,     /* /proc/sysvipc/shm of the sandbox */
	MESSAGE_TMPFS,        /* the first of SANDBOX_TMPFS */
	MESSAGE_TMPFS_LAST = MESSAGE_TMPFS + SANDBOX_TMPFS - 1,
	MESSAGE_FDS
};

struct message {
	enum message_kind kind;
	enum sandbox_failure failure;
	bool has[MESSAGE_FDS];
	struct error error;
};

struct setup {
	const struct sandbox_plan *plan;
	struct sandbox_io io;
	struct filter_program filter;
	int ctl;           /* to the supervisor; end of file there means that execve has succeeded */
	int status;        /* init's pipe */
	int services[MESSAGE_FDS]; /* opened by init, sent by the payload; -1: none */
	uid_t uid;
	gid_t gid;
	int landlock_abi;  /* of the kernel */
	bool in_cgroup;    /* init is in one of its own: in io.cgroup_fd, or put there by io.place */
	char tty_name[32]; /* of the run's own terminal: "/dev/pts/5"; "": it has none, or none that can be shown */
	enum sandbox_failure failure; /* what a failing step is to be called */
};

/* Descriptors below 0 are left out. */
int message_send(int ctl, struct message *m, const int fds[MESSAGE_FDS]);

/* Names the child as init in /proc and wipes the caller's arguments and environment from its memory. */
int setup_hide_identity(struct error *err) WB_MUST_CHECK;

/* mounts.c: builds the plan's root and makes it the root; /proc included. */
int setup_mounts(struct setup *s, struct error *err) WB_MUST_CHECK;
/* After the last thing was made in it. */
int setup_seal_root(struct error *err) WB_MUST_CHECK;

/* stdio.c, tier 1: standard input, when a file, on a read-only mount; before the old root is left. */
int setup_stdin(struct setup *s, struct error *err) WB_MUST_CHECK;
/* Fills tty_name in; before the old root is left. Programs ask for it (ttyname(3)), none needs it. */
void setup_tty_name(struct setup *s);
/* Descriptors 0 to 2 that are the host's /dev/null become the sandbox's. */
int setup_null(struct error *err) WB_MUST_CHECK;

/* confine.c. */
int setup_id_maps(struct setup *s, struct error *err) WB_MUST_CHECK;
/* Bounds what the run takes of the user's share of the kernel's objects; before the old /proc is left. */
int setup_shares(struct error *err) WB_MUST_CHECK;
int setup_loopback(struct error *err) WB_MUST_CHECK;
/* others: tasks of the user outside the sandbox that the kernel counts against nproc too. */
int setup_rlimits(const struct plan_rlimits *r, unsigned others, struct error *err) WB_MUST_CHECK;
int setup_keyring(struct error *err) WB_MUST_CHECK;
/* Every set empty, and seen to be empty. */
int setup_no_capabilities(struct error *err) WB_MUST_CHECK;
/* Leaves no_new_privs, Landlock and seccomp in force; *out_notify is the listener or -1. */
int setup_filters(struct setup *s, int *out_notify, struct error *err) WB_MUST_CHECK;

/* landlock.c: restricts the calling thread. */
int setup_landlock(struct setup *s, struct error *err) WB_MUST_CHECK;

/* init.c: the life of the sandbox's first process. */
_Noreturn void init_main(struct setup *s);

/*
 * tree.c: kills everything below root (not root itself, nor spare and what is below it) until nothing is left, at most a
 * second. Number of processes seen.
 */
unsigned tree_kill(pid_t root, pid_t spare);
/* Processes below root, at most max; their number. */
unsigned tree_list(pid_t root, pid_t *out, unsigned max);
/* The same, but only root's own children, ended ones included. */
unsigned tree_children(pid_t root, pid_t *out, unsigned max);
/* Processes and threads that a user has, as RLIMIT_NPROC counts them. */
unsigned tree_tasks_of(uid_t uid);

/*
 * usage_shm.c: bytes of shared memory on the whole machine; of the System V segments that an open /proc/sysvipc/shm lists
 * (-1: none); of the memfds that these processes hold, each counted once.
 */
uint64_t shm_in_use(void);
uint64_t shm_segments(int fd);
uint64_t shm_memfds(int proc, const pid_t *pids, size_t n);
/* Bytes on disk of deleted files that these processes have open, each once; not of those on these tmpfs (-1: none). */
uint64_t files_nameless(int proc, const pid_t *pids, size_t n, const int tmpfs[SANDBOX_TMPFS]);

#endif
