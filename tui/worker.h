/*
 * Worker processes that carry commands out (tui/perform.h): this same program,
 * started again with --worker, a command a line in and an answer a line out.
 * A few at most; what cannot start yet waits its turn. A worker that dies
 * answers with that.
 */
#ifndef WB_TUI_WORKER_H
#define WB_TUI_WORKER_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "base/loop.h"

struct workers;

typedef void worker_answer_fn(void *data, unsigned ticket, const struct jval *answer);

/* store is the folder that workers open. */
int workers_open(struct loop *loop, const char *store, worker_answer_fn *fn, void *data, struct workers **out,
		 struct error *err) WB_MUST_CHECK;

/* Does not wait for workers: what they are at they finish. */
void workers_close(struct workers *w);
DEFINE_CLEANUP(workers_close, struct workers *);

void workers_submit(struct workers *w, const struct jval *command, unsigned ticket);

/* Moves what runs have written into the database, unless a worker is at that already. */
void workers_sync(struct workers *w);

/* The other end: answers commands from standard input until it ends. Returns the exit status. */
int worker_main(const char *store);

#endif
