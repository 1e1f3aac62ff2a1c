/*
 * One visible event loop: descriptors, timers and signals as watchers whose
 * memory belongs to the caller. A handler may start and stop any watcher,
 * itself included. Nothing in a handler may block.
 */
#ifndef WB_BASE_LOOP_H
#define WB_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

struct loop;

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_HANGUP = 4 };

/* events: what happened, LOOP_ bits (hang-up and errors come as LOOP_HANGUP, with LOOP_READ when bytes may remain). */
typedef void loop_fn(struct loop *loop, void *data, unsigned events);

struct loop_watch {
	loop_fn *fn;
	void *data;
	int fd;          /* timers own theirs */
	bool active;
	bool is_timer;
};

/* Owned by the caller; watches are to be stopped before it is freed. */
int loop_new(struct loop **out, struct error *err) WB_MUST_CHECK;
void loop_free(struct loop *loop);
DEFINE_CLEANUP(loop_free, struct loop *);

/* Watches fd (not owned) for events. w must stay where it is while active. */
int loop_watch_fd(struct loop *loop, struct loop_watch *w, int fd, unsigned events, loop_fn *fn, void *data,
		  struct error *err) WB_MUST_CHECK;
int loop_watch_change(struct loop *loop, struct loop_watch *w, unsigned events, struct error *err) WB_MUST_CHECK;

/*
 * Watches fd for reading beside all others, one at a time. For a descriptor whose other side hands over its processor and
 * waits for the answer (seccomp's notifications): poll(2) passes that hint on, epoll(7) loses it, and the answer comes in
 * half the time.
 */
int loop_watch_direct(struct loop *loop, struct loop_watch *w, int fd, loop_fn *fn, void *data, struct error *err)
	WB_MUST_CHECK;

/* First after first_ns, then every every_ns (0: once). Nanoseconds of CLOCK_MONOTONIC. */
int loop_watch_timer(struct loop *loop, struct loop_watch *w, int64_t first_ns, int64_t every_ns, loop_fn *fn,
		     void *data, struct error *err) WB_MUST_CHECK;

/* Stops watching; a timer's descriptor is closed. Fine when not active. */
void loop_stop(struct loop *loop, struct loop_watch *w);

/* Runs handlers until loop_quit(). */
int loop_run(struct loop *loop, struct error *err) WB_MUST_CHECK;

/* One round: waits up to timeout_ms (-1: for ever). Returns the number of handlers run. */
int loop_step(struct loop *loop, int timeout_ms, struct error *err) WB_MUST_CHECK;
void loop_quit(struct loop *loop);

#endif
