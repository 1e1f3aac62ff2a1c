/*
 * Our small programs that read what strangers wrote (wb-tensor, wb-archive):
 * started with a few descriptors and an empty environment, watched against a
 * deadline, and their end explained. What they say is untrusted.
 */
#ifndef WB_STORE_WORKER_H
#define WB_STORE_WORKER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { WORKER_FD = 3 };

struct worker {
	const char *who;     /* in messages: "the tensor reader" */
	pid_t pid;
	int pidfd;           /* -1 where the kernel has none */
	int out;             /* its standard output, to read */
	int in;              /* its standard input, to write; -1: none */
	int64_t deadline_ns;
	int64_t timeout_ns;
	int is_reaped;
	int status;          /* as waitpid() gives it, once is_reaped */
};

#define WORKER_INIT { .pidfd = -1, .out = -1, .in = -1 }

struct worker_spec {
	const char *who;
	const char *program;     /* "wb-tensor": beside the running program, else in the libexec folder */
	const char *path;        /* overrides where it is; may be NULL */
	const char *args[3];     /* behind its name; ends with NULL */
	int file;                /* becomes its descriptor WORKER_FD */
	int has_input;           /* give it a standard input to read from */
	int64_t timeout_ns;      /* from its start; see worker_extend() */
};

/* *out must be WORKER_INIT; release it whatever happens. */
int worker_start(const struct worker_spec *spec, struct worker *out, struct error *err) WB_MUST_CHECK;

/* Kills it if it still runs. */
void worker_release(struct worker *w);
DEFINE_CLEANUP_VALUE(worker_release, struct worker);

/* The deadline counts from now: for long streams, called as they move. */
void worker_extend(struct worker *w);

/* Reads from its output: bytes, 0 at the end. ERR_TIMEOUT past the deadline. */
ssize_t worker_read(struct worker *w, void *p, size_t n, struct error *err) WB_MUST_CHECK;

/* Writes all to its input; ERR_CANCELLED when it stopped listening (ask worker_explain() then). */
int worker_write(struct worker *w, const void *p, size_t n, struct error *err) WB_MUST_CHECK;

/* Which of the workers has something to read within its deadline. ERR_TIMEOUT. */
int worker_poll(struct worker *const *list, size_t n, size_t *out_index, struct error *err) WB_MUST_CHECK;

/* Ended without its last word: raises why. Always -1. */
int worker_explain(struct worker *w, struct error *err);

/* {"code","text"} as a worker wrote it: raises that. Always -1. */
struct jval;
int worker_error(const struct jval *record, struct error *err);

#endif
