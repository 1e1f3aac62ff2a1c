/* Columns of the table of runs, by name: "status", "params.lr", "metrics.loss". */
#ifndef WB_TUI_COLUMNS_H
#define WB_TUI_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/spec.h"
#include "tui/model.h"
#include "tui/screen.h"

enum { COLUMN_KEY_MAX = 256 };

struct column {
	const char *name;        /* "metrics.loss"; borrowed */
	char key[COLUMN_KEY_MAX]; /* what stands behind the dot, quotes removed; "" for fixed ones */
	const char *title;       /* of a fixed column; else key is the title */
	const char *order;       /* what sorts by it; NULL: its own name */
	char kind;               /* 'p' param, 'm' metric, 't' tag, 0 fixed */
	bool right;              /* numbers */
	int least;               /* may be cut to this many columns */
};

/* The fixed columns, NULL-terminated, in the order in which they are offered. */
extern const char *const column_fixed[];

/* False when there is no such column. */
bool column_find(const char *name, struct column *out);

/* What a run has there. Appended. */
void column_text(const struct column *c, const struct run *r, int64_t now_ns, struct buf *out);
enum pen column_pen(const struct column *c, const struct run *r);

/* An order as one types it: names of columns become what the query language calls them. Appended. */
void column_order(struct buf *out, const char *typed);

/* Without anybody's choice: fixed ones, and what these runs have most. names gets "params.lr" and the like. */
void columns_choose(const struct model_rows *rows, struct words *names);

#endif
