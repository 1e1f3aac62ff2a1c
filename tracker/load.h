/* Rows into struct run. */
#ifndef WB_TRACKER_LOAD_H
#define WB_TRACKER_LOAD_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/core.h"

/* Statements, to be used for many runs. */
struct loader {
	struct db_stmt *columns;
	struct db_stmt *params;
	struct db_stmt *tags;
	struct db_stmt *metrics;
};

int loader_init(struct loader *l, struct tracker *t, struct error *err) WB_MUST_CHECK;
void loader_release(struct loader *l);
DEFINE_CLEANUP_VALUE(loader_release, struct loader);

/* Fills an uninitialised run with its columns. ERR_NOT_FOUND. */
int loader_start(struct loader *l, int64_t row, struct run *out, struct error *err) WB_MUST_CHECK;

/* Adds params, tags and metrics. */
int loader_fill(struct loader *l, int64_t row, struct run *r, struct error *err) WB_MUST_CHECK;

#endif
