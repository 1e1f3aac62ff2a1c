/* SQL from parsed filters: text with parameters only, never with values in it. */
#ifndef WB_TRACKER_QUERY_SQL_H
#define WB_TRACKER_QUERY_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tracker/db.h"
#include "tracker/query_ast.h"

enum bind_kind { BIND_INT, BIND_REAL, BIND_TEXT };

struct sql_bind {
	enum bind_kind kind;
	int64_t integer;
	double real;
	char *text; /* owned */
};

/* A statement in the making. */
struct sql {
	struct buf text;
	struct sql_bind *binds;
	size_t bind_count, bind_cap;
	const char *run; /* the run's row in conditions: "r.id", or "o0.run" in a walk */
};

void sql_init(struct sql *s);
void sql_release(struct sql *s);
DEFINE_CLEANUP_VALUE(sql_release, struct sql);

/* Appends "?" and its value. Texts are copied. */
void sql_int(struct sql *s, int64_t v);
void sql_real(struct sql *s, double v);
void sql_text(struct sql *s, const char *v);

/* Appends "TABLE WHERE ...": the rows of something logged that fit. */
void sql_rows(struct sql *s, const struct query_compare *c);

/* Compared with a bare number, a param or tag counts when its text is a number. */
bool compare_is_numeric(const struct query_compare *c);

/* Appends the condition over runs AS r; "1" for an empty query. */
void sql_condition(struct sql *s, const struct query *q);

/* Appends the joins that the order keys need, then the ORDER BY clause, which ends in MLflow's tie-break. */
void sql_order_joins(struct sql *s, const struct query_order *orders, size_t n);
void sql_order_by(struct sql *s, const struct query_order *orders, size_t n);

/*
 * Another way, when the first key is something logged whose values an index
 * keeps in order: rows of it (o0) first, runs by them. It gives only the runs
 * that have a value there (not NaN), which come first in the order anyway.
 */
bool sql_is_walkable(const struct query_order *orders, size_t n);
void sql_walk_from(struct sql *s, const struct query_order *orders, size_t n);
void sql_walk_condition(struct sql *s, const struct query_order *orders);
void sql_walk_order_by(struct sql *s, const struct query_order *orders, size_t n);

/* The statement with its values bound, owned by the caller. s stays as it is until the statement is freed: it has the texts. */
int sql_prepare(struct sql *s, struct db *db, struct db_stmt **out, struct error *err) WB_MUST_CHECK;

#endif
