/*
 * Looking at a live run. A viewer reads the run's log by itself and is woken by
 * the supervisor's control socket; it can never hold the run up.
 */
#ifndef WB_ENGINE_WATCH_H
#define WB_ENGINE_WATCH_H

#include <stdbool.h>

#include "engine/engine.h"

struct watch_options {
	int out_fd;          /* what the run wrote to standard output; -1: dropped */
	int err_fd;          /* what it wrote to standard error; -1: dropped */
	char *last;          /* NULL, or where the last byte shown is left */
	/* What the supervisor has to say while it runs, such as that a limit is near: a line of text; NULL: not wanted. */
	void (*told)(void *data, const char *text);
	/* What the supervisor is at while a person waits for it; NULL: not wanted. */
	void (*informed)(void *data, const char *text);
	void *told_data;     /* of both */
	bool from_start;     /* the whole log, else only what comes now */
	bool follow;         /* until the run ends, else what is there */
	bool tty;            /* joins the terminal on standard input to the run's; interrupt_stops then is for signals alone */
	bool interrupt_stops; /* SIGINT or SIGTERM asks the run to stop, a second kills it; else it ends the viewing */
};

enum watch_result {
	WATCH_ENDED = 0,     /* the run has ended (or follow was not asked) */
	WATCH_LEFT = 1,      /* the viewer was interrupted or hung up; the run goes on */
	WATCH_DETACHED = 2,  /* the one who typed wished to leave; the run goes on */
};

/* Blocks, for good, the signals that run_watch() takes: one that comes before it is looked at then. */
void watch_hold_signals(void);

/* Returns a watch_result or -1. run_id is a full id. */
int run_watch(struct engine *e, const char *run_id, const struct watch_options *options, struct error *err) WB_MUST_CHECK;

/*
 * Asks a live run to stop: SIGTERM, after its grace time SIGKILL for everything
 * left; kill_now skips the first. Returns when nothing of it is left: 1 stopped,
 * 0 it had ended already.
 */
int run_stop(struct engine *e, const char *run_id, bool kill_now, struct error *err) WB_MUST_CHECK;

#endif
