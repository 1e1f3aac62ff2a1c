/*
 * A cgroup (version 2) of its own for one run, below a folder of the hierarchy
 * that was handed to this user: there the kernel holds limits of the whole
 * tree, and ends all of it at one word.
 *
 * Used through the interface's files alone. Nothing here is needed: where no
 * such folder is, the supervisor's looks hold the limits.
 */
#ifndef WB_SANDBOX_CGROUP_H
#define WB_SANDBOX_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

enum cgroup_controller { CGROUP_MEMORY = 1, CGROUP_PIDS = 2, CGROUP_CPU = 4, CGROUP_ALL = 7 };

/* The hierarchy as this process sees it; tests have one of plain files. */
struct cgroup_host {
	char *mount;      /* where it is mounted */
	char *own;        /* this process's cgroup below it, "/" or "/a/b" */
	uid_t uid;
	bool is_managed;  /* systemd runs here: root keeps its hands off what was not delegated */
	int file_flags;   /* 0, or O_CREAT where the files do not come with the folder */
};

/* 1, or 0 where there is no cgroup v2. */
int cgroup_host_find(struct cgroup_host *out, struct error *err) WB_MUST_CHECK;
void cgroup_host_release(struct cgroup_host *h);
DEFINE_CLEANUP_VALUE(cgroup_host_release, struct cgroup_host);

/*
 * The folder in which a run's cgroup can be made: own, or the nearest one above it, that is handed to this user and gives
 * its children most of the wanted controllers (CGROUP_*). *out_has: those. 1; 0: there is none.
 */
int cgroup_place_find(const struct cgroup_host *h, unsigned wanted, char **out_path, unsigned *out_has,
		      struct error *err) WB_MUST_CHECK;

struct cgroup_limits {
	uint64_t memory_bytes; /* 0: none */
	uint64_t pids;         /* 0: none */
	double cpus;           /* 0: none */
};

struct cgroup;

/*
 * A new, empty cgroup called after id, with those limits that its place has controllers for (cgroup_holds()). Leaves of
 * supervisors that were killed are removed first, and whatever lives in them ended. 1; 0: there is no place for one, or
 * none that would hold anything and is_bare_fine is false. Whoever fails after it was made leaves nothing.
 */
int cgroup_make(const struct cgroup_host *h, const char *id, const struct cgroup_limits *l, bool is_bare_fine,
		struct cgroup **out, struct error *err) WB_MUST_CHECK;

/*
 * The same around a process that runs already, below the cgroup that it stands in: that must be called scope and belong to
 * this user. The process is then in it, whether or not the scope has controllers for any of the limits. The holder, which
 * stands there too, goes into a cgroup without limits beside it.
 */
int cgroup_make_around(const struct cgroup_host *h, const char *scope, const char *id, const struct cgroup_limits *l, pid_t pid,
		       pid_t holder, struct cgroup **out, struct error *err) WB_MUST_CHECK;

/* Whether the hierarchy has a controller for one of those limits at all. */
bool cgroup_host_can(const struct cgroup_host *h, const struct cgroup_limits *l);

/* For CLONE_INTO_CGROUP; borrowed. */
int cgroup_dirfd(const struct cgroup *c);
/* CGROUP_*: limits that the kernel holds. */
unsigned cgroup_holds(const struct cgroup *c);

struct cgroup_usage {
	uint64_t memory_peak;  /* 0: this kernel does not tell */
	uint64_t pids_peak;    /* the same */
	uint64_t oom_kills;    /* processes that the kernel killed for memory.max */
	uint64_t pids_refused; /* forks that failed for pids.max */
};

/* What the kernel does not tell is 0. */
void cgroup_read(const struct cgroup *c, struct cgroup_usage *out);

/* Kills everything in it. False: this kernel (before 5.14) cannot at one word. */
bool cgroup_kill(const struct cgroup *c);

/* Removes it; it is empty, or will be in a moment. Frees c either way. */
int cgroup_remove(struct cgroup *c, struct error *err) WB_MUST_CHECK;

#endif
