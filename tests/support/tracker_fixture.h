/* A store in a temporary folder, and runs in it, for the tests of tracker/. */
#ifndef WB_TESTS_SUPPORT_TRACKER_FIXTURE_H
#define WB_TESTS_SUPPORT_TRACKER_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "tracker/life.h"
#include "tracker/spool.h"
#include "tracker/tracker.h"

struct fixture {
	char path[512];
	int fd;
	struct tracker *t; /* opened by fixture_open() */
};

/* As setup and teardown of a case: *state is the fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Opens the tracker (again, when it is open). */
void fixture_open(struct fixture *f);

/* A run being written. */
struct test_run {
	char id[33];
	struct life life;
	struct spool *spool;
};

/* number makes the id and the start time; extra is further members of START (",\"params\":{...}"), or "". */
void test_run_begin(struct fixture *f, struct test_run *r, unsigned number, const char *name, const char *extra);
void test_run_metric(struct test_run *r, const char *key, double value, int64_t step);
/* END with that state; then the run is let go. */
void test_run_end(struct test_run *r, const char *state, const char *detail);
/* As kill -9 of its supervisor: what is flushed stays, nothing else happens. */
void test_run_vanish(struct test_run *r);

/* begin, no events, FINISHED, synced. Returns the id, valid until the next call. */
const char *test_run_make(struct fixture *f, unsigned number, const char *name, const char *extra);

/* One full tracker_sync(). */
struct tracker_synced fixture_sync(struct fixture *f);

/* ids found by a filter, as the numbers given to test_run_begin, joined by blanks; "error: ..." for a refusal. */
const char *fixture_find(struct fixture *f, const char *filter, const char *order);

#endif
