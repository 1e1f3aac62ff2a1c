/*
 * Why a run ended as it did and what stood in its way, from its record and the
 * end of its log: each thing with the option or the line of a policy that would
 * allow it. Nothing is run or changed.
 */
#ifndef WB_ENGINE_EXPLAIN_H
#define WB_ENGINE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/jval.h"
#include "tracker/run.h"

enum explain_kind {
	EXPLAIN_SETUP,    /* what kept it from being started */
	EXPLAIN_POLICY,   /* a rule refused it */
	EXPLAIN_LIMIT,    /* one ended it, or was near */
	EXPLAIN_HIDDEN,   /* a file that is not visible inside */
	EXPLAIN_WRITE,    /* a place that cannot be written */
	EXPLAIN_NETWORK,
	EXPLAIN_GPU,
	EXPLAIN_CALL,     /* a system call that the profile forbids */
	EXPLAIN_OUTPUT,   /* something it wrote or printed was not kept */
	EXPLAIN_KINDS,
};

struct explain_item {
	enum explain_kind kind;
	char *what;      /* "/home/ada/data.csv", "memory: 3.9 GiB of 4.0 GiB"; one line, escaped where it is foreign */
	char *allow;     /* "-i /home/ada/data.csv", "policy/gpu.rego:12"; NULL: nothing does */
	char *why;       /* a further word, or NULL */
	uint64_t count;  /* how often; 0: not counted */
};

struct explanation {
	char *cause;     /* one sentence; NULL: it is not known, or there is nothing to explain */
	bool is_sure;    /* else the cause is read from what the run printed */
	bool traced;     /* it ran with --trace-files */
	struct explain_item *items; /* by kind */
	size_t n, cap;
};

void explanation_release(struct explanation *x);
DEFINE_CLEANUP_VALUE(explanation_release, struct explanation);

/*
 * tail is the end of what the run wrote to standard error and output (any bytes; may be NULL), outside tells whether an
 * absolute path exists on this machine, not inside the run; NULL: unknown.
 */
struct explain_ask {
	const struct run *run;
	const char *tail;
	size_t tail_len;
	bool (*outside)(void *data, const char *path);
	void *data;
};
void explain_run(const struct explain_ask *ask, struct explanation *out);

/* For outside: is it there? Never waits for a server that is away. */
bool explain_outside(void *data, const char *path);

/* "Files that are not visible inside"; what stands in front of the advice: "allow", "next", "rule" or "more". */
const char *explain_kind_title(enum explain_kind kind);
const char *explain_kind_advice(enum explain_kind kind);

/* "setup", "policy", "limit", "file", "write", "network", "gpu", "call", "output". */
const char *explain_kind_name(enum explain_kind kind);

/* {"cause","sure","traced","findings":[{"kind","what","count","allow","why"}]}; owned by the caller. */
struct jval *explanation_to_jval(const struct explanation *x);

#endif
