/*
 * What the supervisor is handed on a sealed descriptor: the plan, the limits of
 * the whole tree, what to collect, and the part of the manifest known so far.
 */
#ifndef WB_ENGINE_JOB_H
#define WB_ENGINE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/spec.h"
#include "sandbox/plan.h"
#include "sandbox/pty.h"

/* Descriptors of wb-supervisor at its start. */
enum {
	JOB_FD_JOB = 3,   /* the sealed job, JSON */
	JOB_FD_READY = 4, /* one line of JSON goes here: {"ok":true} or why not */
	JOB_FD_LIFE = 5,  /* pending/ID, locked */
	JOB_FD_SPOOL = 6, /* the spool, START written */
	JOB_FD_LEASE = 7, /* keeps the laid-out tree from being evicted */
	JOB_FD_GPUS = 8,  /* holds its leases of GPUs, if it has any */
	JOB_FD_KEPT = 9,  /* holds the kept layer that a shell stands on, if there is one */
	JOB_FD_UPSTREAM = 10, /* struct upstream, for the broker's dialer alone, if the job says that there is one */
	JOB_FD_COUNT = 11,
};

struct job_limits {
	int64_t wall_ns;       /* 0: none */
	int64_t grace_ns;      /* between asking and killing */
	int64_t time_grace_ns; /* the same when its time is up */
	uint64_t memory_bytes; /* 0: none */
	uint64_t disk_bytes;   /* 0: none */
	uint64_t log_bytes;
	int64_t pids;          /* processes and threads */
	int64_t files;         /* open files of a process, where asked for; 0: not */
	int cpus;              /* processors it may run on; 0: all */
	double cpu_share;      /* the same unrounded, for whoever can hold it */
};

struct job_collect {
	bool copied;           /* the working tree is a private copy: outputs are what differs from lower */
	char *tree_dir;        /* host path: the overlay's upper layer, or the private copy */
	char *base;            /* host path of what lies between lower and tree_dir, as it was before; NULL: nothing */
	char *base_out;        /* the same of outputs_dir */
	char *lower;           /* host path of the laid-out frozen tree */
	char *outputs_dir;     /* host path behind $WB_OUTPUTS */
	char *cwd;             /* working directory below the tree, "" for its root */
	struct words exclude;  /* paths below the tree that only hold mounts */
};

struct job {
	char *run_id;
	char *store_path;
	char *scratch;         /* a folder outside the store to remove at the end; NULL: none */
	struct sandbox_plan *plan;
	struct jval *gpus;     /* those leased, as the record has them (engine/gpus.h); NULL: none */
	char *gpu_claim;       /* the file that tells others of the lease, to be removed; NULL: none */
	char *gpu_helper;      /* wb-gpu's path; NULL: nobody measures them */
	struct words gpu_sample; /* its arguments, one a GPU */
	int64_t gpu_wait_ns;   /* they took so long */
	char *scope_helper;    /* wb-scope's path, and where a systemd answers (sandbox/scope.h); NULL: without */
	char *scope_socket;
	char *scope_missing;   /* why without; NULL: it is there, or no limit needs it */
	struct job_limits limits;
	struct job_collect collect;
	struct words nets;     /* rules of the network broker (netrule.h); none: there is no broker */
	bool net_upstream;     /* the broker goes through the proxy of JOB_FD_UPSTREAM */
	uint64_t net_bytes;    /* its quota; 0: none */
	struct pty_size tty;   /* with the plan's tty: how large it is at first */
	bool keep;             /* engine/kept.h */
	bool diode;            /* engine/diode.h */
	uint64_t diode_out;
	struct jval *manifest; /* object, owned */
};

/* As the spec has them, with the defaults for what it leaves open. */
struct job_limits job_limits_of(const struct run_spec *s);
/* Whether there are limits among them that a cgroup would hold. */
bool job_asks_kernel(const struct job_limits *l);

void job_free(struct job *j);
DEFINE_CLEANUP(job_free, struct job *);

/* What the sealed descriptor holds; both are owned by the caller. ERR_INVALID: it lacks a field. */
struct jval *job_to_jval(const struct job *j);
int job_from_jval(const struct jval *v, struct job **out, struct error *err) WB_MUST_CHECK;

#endif
