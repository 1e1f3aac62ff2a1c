/* What a run was asked to be: the value that argv, a project file or an earlier run fill in. */
#ifndef WB_ENGINE_SPEC_H
#define WB_ENGINE_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/box.h"

/* Ordered KEY=VALUE pairs; a later value for the same key replaces the earlier. */
struct pairs {
	struct pair {
		char *key;
		char *value;
	} *items;
	size_t n, cap;
};

void pairs_set(struct pairs *p, const char *key, const char *value);
const char *pairs_find(const struct pairs *p, const char *key);
void pairs_release(struct pairs *p);
DEFINE_CLEANUP_VALUE(pairs_release, struct pairs);

/* Splits "K=V"; ERR_INVALID naming what (for example "-p") when there is no '=' or no key. */
int pairs_set_text(struct pairs *p, const char *text, const char *what, struct error *err) WB_MUST_CHECK;

struct words {
	char **items; /* NULL-terminated once anything was added */
	size_t n, cap;
};

void words_add(struct words *w, const char *word);
void words_release(struct words *w);
DEFINE_CLEANUP_VALUE(words_release, struct words);
void words_sort(struct words *w); /* bytewise */

/* A JSON array of strings, a JSON object of strings; owned by the caller. */
struct jval *words_to_jval(const struct words *w);
/* The reverse: adds the texts of an array. */
void words_from_jval(const struct jval *array, struct words *out);
struct jval *pairs_to_jval(const struct pairs *p);

/* Where nothing else is said. */
enum { SPEC_PIDS = 16384, SPEC_PIDS_MAX = 4194304, SPEC_FILES = 65536, SPEC_FILES_MIN = 16, SPEC_FILES_MAX = 1048576,
	SPEC_CPUS_MAX = 65536 };
#define SPEC_GRACE_NS INT64_C(5000000000)
/* At its time limit a run has had its time. */
#define SPEC_TIME_GRACE_NS INT64_C(1000000000)

struct run_spec {
	struct words argv;       /* the command, {param} not yet replaced */
	struct words nets;       /* HOST[:PORT] asked for, normalised (netrule.h) */
	struct words secrets;    /* names asked for */
	struct pairs params, tags, env;
	struct pairs inputs;     /* NAME -> path as given */
	char *experiment;        /* NULL: "Default" */
	char *name;              /* NULL: adjective-noun-number */
	char *parent;            /* run id, or NULL */
	char *tree;              /* rerun: run this frozen tree instead of freezing the project */
	char *source_run;        /* rerun: the run it repeats */
	char *project_dir;       /* rerun: where that project stood */
	char *cwd;               /* working directory below the project, "" for its root */
	int64_t gpus;
	int64_t gpu_wait_ns;     /* how long it may wait for them; 0: not at all */
	double cpus;             /* 0: no limit */
	uint64_t memory_bytes;   /* 0: no limit */
	uint64_t disk_bytes;     /* 0: no limit */
	int64_t wall_ns;         /* 0: no limit */
	int64_t pids;            /* processes and threads; 0: SPEC_PIDS */
	int64_t files;           /* open files of a process; 0: SPEC_FILES */
	uint64_t output_bytes;   /* kept of what it prints; 0: LIMIT_LOG */
	int64_t grace_ns;        /* between asking it to end and killing it; 0: SPEC_GRACE_NS */
	char *net_proxy;         /* the setting network.proxy; NULL: auto. Of this machine, not of the run: never recorded */
	uint64_t net_bytes;      /* through the network broker; 0: no limit */
	int64_t seed;
	bool has_seed;
	int tier;                /* 0: the best this machine has */
	bool tty;                /* a terminal of its own, and a person at it */
	int tty_rows, tty_cols;  /* how large; not recorded */
	bool keep;               /* a run that fails leaves its writable layer (engine/kept.h) */
	char *shell_of;          /* a shell into this run, on its layer or artifacts; NULL: none. Not recorded in the spec */
	bool diode;              /* inputs in, metrics out, nothing else (engine/diode.h) */
	uint64_t diode_out;      /* bytes of output that are kept all the same */
	bool copy_workdir;       /* private copy instead of an overlay */
	bool trace_files;        /* questions about files that are not visible are noted too */
	bool foreign_nets;       /* of an imported run: nets are a stranger's, and nobody here has said yes to them yet */
	struct box_wish box;     /* what else is asked of the sandbox */
	bool is_literal;         /* argv is final: nothing in braces is replaced */
};

void run_spec_release(struct run_spec *s);
DEFINE_CLEANUP_VALUE(run_spec_release, struct run_spec);

/*
 * Adds an input given as "PATH" or "NAME=PATH". A bare path is named by its
 * last component without extension ("data/digits.h5" is "digits").
 */
int run_spec_add_input(struct run_spec *s, const char *text, struct error *err) WB_MUST_CHECK;

/* Adds a destination given as netrule.h describes, normalised. */
int run_spec_add_net(struct run_spec *s, const char *text, struct error *err) WB_MUST_CHECK;

/* Checks names, sizes and counts. The first fault is the error. */
int run_spec_check(const struct run_spec *s, struct error *err) WB_MUST_CHECK;

/* The command with each {param} replaced; unknown names in braces stay as they are. */
void run_spec_command(const struct run_spec *s, struct words *out);

/* To and from the JSON kept in a run's record ("spec"), for reruns. */
struct jval *run_spec_to_jval(const struct run_spec *s);
int run_spec_from_jval(const struct jval *v, struct run_spec *out, struct error *err) WB_MUST_CHECK;

#endif
