/* Rows into struct run. */
#ifndef WB_TRACKER_LOAD_H
#define WB_TRACKER_LOAD_H

#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/core.h"

/* The columns that load_columns() reads, for "SELECT " LOAD_COLUMNS " FROM runs r JOIN experiments e ON e.id = r.experiment". */
#define LOAD_COLUMNS \
	"r.id, r.uuid, e.name, e.id, r.name, r.user, r.host, r.tree, r.state, r.detail, r.start_ns, r.end_ns," \
	" r.exit_code, r.signal, r.deleted_ns, r.damaged"

/* Fills an uninitialised run. Returns the run's row. */
int64_t load_columns(struct db_stmt *s, struct run *out);

/* Statements for params, tags and metrics, to be used for many runs. */
struct loader {
	struct db_stmt *params;
	struct db_stmt *tags;
	struct db_stmt *metrics;
};

int loader_init(struct loader *l, struct tracker *t, struct error *err) WB_MUST_CHECK;
void loader_release(struct loader *l);
DEFINE_CLEANUP_VALUE(loader_release, struct loader);

/* Adds params, tags and metrics. */
int loader_fill(struct loader *l, int64_t row, struct run *r, struct error *err) WB_MUST_CHECK;

#endif
