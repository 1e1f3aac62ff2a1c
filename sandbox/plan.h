/*
 * What one sandbox consists of, as pure data: made by the engine, shown as
 * text, carried as JSON to the supervisor, and carried out by apply.c without
 * any further decision.
 *
 * Tier 1: an empty root that holds exactly the mounts listed, in the order
 * listed (a later one may lie inside an earlier one, never the reverse).
 * Tier 2: nothing can be mounted. Binds name one path that is the same outside
 * and inside (source equals target) and become Landlock rules; PLAN_PROC and
 * PLAN_DEV likewise; other kinds are refused by plan_check().
 * Tier 3: the same form, but nothing confines files: the list only says what was meant.
 */
#ifndef WB_SANDBOX_PLAN_H
#define WB_SANDBOX_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"

/* Where the sandbox of tier 1 has its $WB_EVENTS socket, and the folder that only wb fills. */
#define PLAN_RUN_DIR "/run/wb"
#define PLAN_EVENTS PLAN_RUN_DIR "/events"

/* Where the network broker listens inside, when a run has one. */
#define PLAN_PROXY_PORT 3128u

enum plan_kind {
	PLAN_RO_BIND,  /* source (a file or folder of the host) at target, read-only, no setuid, no devices */
	PLAN_RW_BIND,  /* the same, writable */
	PLAN_DEVICE,   /* a device node of the host, usable (GPUs) */
	PLAN_TMPFS,    /* private memory: size and inodes are its ceilings */
	PLAN_PROC,     /* /proc of the sandbox's own processes */
	PLAN_DEV,      /* null zero full random urandom fd stdin stdout stderr, and shm with size and inodes */
	PLAN_OVERLAY,  /* source below (never written), upper on top; work is overlayfs's scratch beside upper */
	PLAN_SYMLINK,  /* source is the link's text */
	PLAN_DIR,      /* an empty folder */
	PLAN_FILE,     /* a small read-only file: text */
	PLAN_BLANK,    /* an empty read-only folder over whatever lies there; later mounts may lie inside it */
	PLAN_KIND_COUNT
};

struct plan_mount {
	enum plan_kind kind;
	char *target;     /* absolute, inside */
	char *source;
	char *base;       /* overlay: a layer between source and upper, never written; NULL: none */
	char *upper;
	char *work;
	char *text;
	uint64_t size;    /* bytes; 0: the default of 64 MiB */
	uint64_t inodes;  /* 0: the default of 65536 */
	bool optional;    /* a bind whose source is missing is skipped */
};

/* Per process, by the kernel. 0 means "leave as it is". Memory, processes and time of the whole tree are the supervisor's. */
struct plan_rlimits {
	uint64_t nofile;
	uint64_t nproc;   /* tasks of this sandbox; outside a user namespace those that the user has already come on top */
	uint64_t fsize;
	uint64_t data;
	uint64_t cpu_s;
	uint64_t memlock;
	uint64_t stack;
};

struct sandbox_plan {
	int tier;             /* 1, 2 or 3 */
	char *hostname;       /* tier 1; NULL: "wb" */
	char *exec;           /* the program, absolute, inside */
	char **argv;          /* NULL-terminated */
	size_t argc;
	char **env;           /* "K=V", NULL-terminated; nothing else is passed */
	size_t env_count;
	char *cwd;            /* absolute, inside */
	struct plan_mount *mounts;
	size_t mount_count;
	size_t mount_cap;
	struct plan_rlimits rlimits;
	char *profile;        /* seccomp profile; NULL: "ml" */
	char *profile_text;   /* a user's own profile of that name; NULL: a shipped one */
	bool trace;           /* calls that only ask about a path outside of what is visible are reported too */
	bool learn;           /* every call that the profile does not let through is named, and optional ones go through */
	char *events;         /* path inside of the unix socket to listen on for the supervisor; NULL: none */
	unsigned proxy_port;  /* tier 1: port of the sandbox's loopback to listen on for the network broker; 0: none */
	bool report;          /* denied calls come with their names (seccomp notify) */
	bool report_opens;    /* opens outside of what is visible are reported too; costs some microseconds an open */
	bool tty;             /* the standard streams are a terminal of its own (pty.h), and its controlling one */
	bool landlock;        /* tier 1: add Landlock inside the namespaces where the kernel has it (always in tier 2) */
};

/* report, report_opens and landlock are on. */
struct sandbox_plan *plan_new(int tier);
void plan_free(struct sandbox_plan *p);
DEFINE_CLEANUP(plan_free, struct sandbox_plan *);

/* Every text is copied. */
void plan_set_exec(struct sandbox_plan *p, const char *exec);
void plan_set_cwd(struct sandbox_plan *p, const char *cwd);
void plan_set_hostname(struct sandbox_plan *p, const char *name);
/* text NULL: the shipped profile of that name. */
void plan_set_profile(struct sandbox_plan *p, const char *name, const char *text);
void plan_set_events(struct sandbox_plan *p, const char *path);
void plan_add_arg(struct sandbox_plan *p, const char *arg);

/* Replaces an earlier value of the same name. */
void plan_set_env(struct sandbox_plan *p, const char *name, const char *value);
void plan_unset_env(struct sandbox_plan *p, const char *name);
const char *plan_get_env(const struct sandbox_plan *p, const char *name);

/* Mounts, in the order they are made. source: a path of the host; target: absolute, inside. Sizes in bytes; 0: the default. */
void plan_add_ro(struct sandbox_plan *p, const char *source, const char *target);
void plan_add_rw(struct sandbox_plan *p, const char *source, const char *target);
void plan_add_optional_ro(struct sandbox_plan *p, const char *source, const char *target);
void plan_add_device(struct sandbox_plan *p, const char *node);
void plan_add_device_at(struct sandbox_plan *p, const char *source, const char *target);
void plan_add_tmpfs(struct sandbox_plan *p, const char *target, uint64_t size, uint64_t inodes);
void plan_add_proc(struct sandbox_plan *p);
void plan_add_dev(struct sandbox_plan *p, uint64_t shm_size, uint64_t shm_inodes);
void plan_add_overlay(struct sandbox_plan *p, const char *lower, const char *upper, const char *work, const char *target);
/* The last mount, an overlay, gets a layer above its lowest. */
void plan_set_base(struct sandbox_plan *p, const char *base);
void plan_add_symlink(struct sandbox_plan *p, const char *text, const char *target);
void plan_add_dir(struct sandbox_plan *p, const char *target);
void plan_add_file(struct sandbox_plan *p, const char *text, const char *target);
void plan_add_blank(struct sandbox_plan *p, const char *target);

/* The mount that path (absolute, inside) lies in, or NULL. Compares components, not characters. */
const struct plan_mount *plan_find(const struct sandbox_plan *p, const char *path);
/* True when the mount that path lies in can be written by the run. */
bool plan_is_writable(const struct sandbox_plan *p, const char *path);

/* ERR_INVALID naming the first field that cannot be carried out. */
int plan_check(const struct sandbox_plan *p, struct error *err) WB_MUST_CHECK;

/* Stable text for goldens and `--dry-run`, one fact a line, foreign bytes escaped. Values of the environment are not shown. */
void plan_format(const struct sandbox_plan *p, struct buf *out);

/* The whole plan; owned by the caller. plan_from_json() checks it as well. */
struct jval *plan_to_json(const struct sandbox_plan *p);
int plan_from_json(const struct jval *v, struct sandbox_plan **out, struct error *err) WB_MUST_CHECK;

const char *plan_kind_name(enum plan_kind kind);

#endif
