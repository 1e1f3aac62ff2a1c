/*
 * The life of a run's files in a store, and who is alive.
 *
 *     pending/ID       exists from before runs/ID does until the run's END is in
 *                      the database; its flock is held while the run lives
 *     runs/ID/spool    the record (spool.h)
 *
 * THE RULE: a run is alive while some process holds the exclusive flock of
 * pending/ID. life_begin() publishes the marker already locked, so there is no
 * moment at which a living run looks dead. The lock belongs to the open file
 * description: `wb run` hands the descriptor to its supervisor and closes its
 * own copy; it must be closed in every child that is not to keep the run alive.
 *
 * A run without END whose lock is free is LOST, when it was started on this
 * host. (Runs of other hosts on a shared file system are never judged here.)
 */
#ifndef WB_TRACKER_LIFE_H
#define WB_TRACKER_LIFE_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

/* What a new run holds. Descriptors are owned. */
struct life {
	int dirfd;   /* runs/ID */
	int lock_fd; /* pending/ID, locked */
};

#define LIFE_INIT { .dirfd = -1, .lock_fd = -1 }

/*
 * Makes pending/ID (locked) and then an empty runs/ID. store is the store's folder. They are durable once the folders
 * that life_folders() opens are synced: with the START, before anybody is told of the run.
 */
int life_begin(int store, const char *run_id, struct life *out, struct error *err) WB_MUST_CHECK;
enum { LIFE_FOLDERS = 2 };
int life_folders(int store, int out_fds[LIFE_FOLDERS], struct error *err) WB_MUST_CHECK;

/*
 * A run that came complete from elsewhere: the folder `from` (below the store) becomes runs/ID, which must not exist
 * (ERR_EXISTS), and its marker lets the next sync move its record. A crash in between leaves no run.
 */
int life_adopt(int store, const char *run_id, const char *from, struct error *err) WB_MUST_CHECK;

/* Closes what is open. Releases the lock unless a copy of lock_fd was handed on. */
void life_release(struct life *l);
DEFINE_CLEANUP_VALUE(life_release, struct life);

/* Gives up a run that never got a START record: removes both and releases. Fine at any stage. */
void life_abandon(int store, const char *run_id, struct life *l);

/* True while a process holds the run. */
bool life_is_alive(int store, const char *run_id);

/*
 * Takes the lock of a run that nobody holds: 1 and *out_fd, 0 when it is held or
 * there is no marker (any more).
 */
int life_try_take(int store, const char *run_id, int *out_fd, struct error *err) WB_MUST_CHECK;

/* Removes the marker; missing is fine. */
int life_end(int store, const char *run_id, struct error *err) WB_MUST_CHECK;

/* Marks every run that has a record as pending, without holding any: for a database that has to be filled anew. */
int life_mark_all(int store, struct error *err) WB_MUST_CHECK;

/* Marks every run that has a folder, no marker, and for which fn returns 1. Returns how many, or -1. */
typedef int life_fn(void *data, const char *run_id, struct error *err);
int life_mark(int store, life_fn *fn, void *data, struct error *err) WB_MUST_CHECK;

/* Calls fn for the id of each pending run, until it fails. A store without pending/ has none. */
int life_each(int store, life_fn *fn, void *data, struct error *err) WB_MUST_CHECK;

/* The same for each run that has a record and is not pending: the database should have all of it. */
int life_each_done(int store, life_fn *fn, void *data, struct error *err) WB_MUST_CHECK;

#endif
