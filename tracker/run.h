/*
 * What is known of a run, as values. Loaded by tracker.h.
 *
 * The two documents that open and close a run's spool:
 *
 * START { "run_id", "experiment", "name", "start_ns", "host", "user", "command":[…], "params":{…}, "tags":{…},
 *   "inputs":[{"name","path","sha256","bytes","tags":[…]}], "snapshot":{"tree","files","skipped":[…]},
 *   "git":{"commit","branch","dirty","remote"}, "environment":…, "policy":{"decision":"allow|deny","reasons":[…],
 *   "warnings":[…], …}, "tier", "layers":[…], "limits":{…}, "seed", "parent", "project" }
 * END { "state":"FINISHED|FAILED|KILLED|LIMIT|DENIED|LOST", "detail", "exit_code", "signal", "end_ns", … }
 *
 * run_id, experiment and start_ns are required; of END, state. Both are kept
 * as they came; what is searched or listed is copied into tables. Params
 * and tags are objects of strings (other scalars are kept as their JSON text).
 */
#ifndef WB_TRACKER_RUN_H
#define WB_TRACKER_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jval.h"

enum run_state {
	RUN_RUNNING,
	RUN_FINISHED,
	RUN_FAILED,
	RUN_KILLED,
	RUN_LIMIT,
	RUN_DENIED,
	RUN_LOST,
	RUN_STATE_COUNT_,
};

const char *run_state_name(enum run_state state);             /* "FINISHED" */
bool run_state_parse(const char *name, enum run_state *out);  /* exact */

/* "FAILED(1)", "LIMIT(memory)", "FINISHED": the state, and the detail (NULL or "" for none) in parentheses. Appended. */
void run_status_format(struct buf *b, enum run_state state, const char *detail);

/* A command as one would type it, in quotes what a shell would not take as it is; past max bytes an ellipsis. Appended. */
void run_command_format(struct buf *b, const struct jval *words, size_t max);

struct run_pair {
	char *key;
	char *value;
};

struct run_metric {
	char *key;
	double value;    /* the last, by MLflow's rule: the greatest (step, time, value) */
	int64_t step;
	int64_t time_ms;
	double min;      /* over the history, NaN left out; NaN when nothing else was logged */
	double max;
	uint64_t count;  /* points, NaN included */
};

struct run_input {
	char *name;
	char *path;
	char *sha256;
	uint64_t bytes;
	char *tags;      /* comma-joined, "" for none */
};

struct run_output {
	char *path;
	char *sha256;
	uint64_t bytes;
};

struct run_denial {
	char *call;
	char *object;
	uint64_t count;
};

struct run_note {
	char *author;
	char *text;
	int64_t time_ms;
};

/* Strings are never NULL. Lists are in key order, but notes and warnings in the order they were made. */
struct run {
	char id[33];
	char *experiment;
	char *experiment_id;
	char *name;
	char *user;
	char *host;
	char *tree;            /* the code's tree id, or "" */
	enum run_state state;
	char *detail;
	int64_t start_ns;
	int64_t end_ns;        /* 0 while running */
	int64_t duration_ns;   /* -1 while running */
	int exit_code;         /* -1: none */
	int signal;            /* 0: none */
	int64_t deleted_ns;    /* 0: not deleted */
	struct run_pair *params;
	size_t param_count;
	struct run_pair *tags;
	size_t tag_count;
	struct run_metric *metrics;
	size_t metric_count;

	/* Only from tracker_get(). */
	struct run_input *inputs;
	size_t input_count;
	struct run_output *outputs;
	size_t output_count;
	struct run_denial *denials;
	size_t denial_count;
	struct run_note *notes;
	size_t note_count;
	char **warnings;
	size_t warning_count;
	uint64_t damaged_bytes; /* of its spool that could not be read */
	struct jval *start;     /* the START document */
	struct jval *end;       /* the END document, or NULL */
	struct jval *network;   /* its connections as they were last written; run_network() */
};

void run_init(struct run *r);
void run_release(struct run *r);
DEFINE_CLEANUP_VALUE(run_release, struct run);

/* Borrowed, NULL when absent. */
const char *run_param(const struct run *r, const char *key);
const char *run_tag(const struct run *r, const char *key);
/* Whom it connected to, a list: as its END says, before there is one as far as it was written. */
const struct jval *run_network(const struct run *r);
const struct run_metric *run_metric(const struct run *r, const char *key);

/* Measured of the run by its supervisor, not logged by it. */
#define RUN_METRIC_SYSTEM "system/"
bool run_metric_is_system(const struct run_metric *m);

/* How long it took, or has been running at now_ns; "-" where nobody knows. Appended. */
void run_took_format(struct buf *b, const struct run *r, int64_t now_ns);

#endif
