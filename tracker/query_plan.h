/*
 * How a parsed filter is best searched. What fits few runs (a count that stops at
 * a few thousand tells) begins the search; when there is nothing of that kind,
 * what fits many is collected beforehand into sets of bits over the runs' rows,
 * which costs some 60 ns a row and makes each later question one look.
 */
#ifndef WB_TRACKER_QUERY_PLAN_H
#define WB_TRACKER_QUERY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/db.h"
#include "tracker/query_ast.h"

struct query_plan {
	bool is_selective; /* a part that must hold fits few runs: finding all and sorting is cheap */
	struct db_bits *sets;
	size_t set_count, set_cap;
};

/* Decides the way of each comparison and fills the sets. */
int query_plan_make(struct query *q, struct db *db, struct query_plan *out, struct error *err) WB_MUST_CHECK;
void query_plan_release(struct query_plan *p);
DEFINE_CLEANUP_VALUE(query_plan_release, struct query_plan);

#endif
