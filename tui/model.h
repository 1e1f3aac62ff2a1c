/*
 * What views see of a store: values, loaded in slices. A view says what it
 * wishes to show while it draws, and draws what is there; model_step() does a
 * few milliseconds of the most urgent loading, and its caller draws again. So
 * nothing that a key does waits for the database.
 *
 * The model only reads. What was read stays valid until the next step.
 */
#ifndef WB_TUI_MODEL_H
#define WB_TUI_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tracker/query.h"
#include "tracker/run.h"

struct engine;
struct model;

int model_open(struct engine *e, struct model **out, struct error *err) WB_MUST_CHECK;
void model_close(struct model *m);
DEFINE_CLEANUP(model_close, struct model *);

/* One slice of loading. True while there is more to do. */
bool model_step(struct model *m);

/* Looks whether somebody changed the store; true when something shown is to be loaded again. Cheap. */
bool model_poll(struct model *m);

/* As model_poll(), after a change of one's own: what it changed is loaded at once. */
void model_refresh(struct model *m);

/* The table of runs: a window of rows around what is shown. */
struct model_rows {
	bool loaded;              /* at least once since the query was set */
	uint64_t generation;      /* another one after each load */
	uint64_t first;
	const struct run *runs;
	size_t count;
	bool has_total;
	uint64_t total;
	struct error error;       /* code ERR_NONE: none; then the rows are those before it */
};

const struct model_rows *model_rows(const struct model *m);
void model_want_rows(struct model *m, uint64_t first, uint64_t count);

/* filter and order as `wb ls` takes them, "" for none. ERR_INVALID: nothing changed. mark borrows from filter or order. */
int model_set_query(struct model *m, const char *filter, const char *order, struct query_mark *mark,
		    struct error *err) WB_MUST_CHECK;
int model_check_query(const struct model *m, const char *filter, const char *order, struct query_mark *mark,
		      struct error *err) WB_MUST_CHECK;
const char *model_filter(const struct model *m);
const char *model_order(const struct model *m);

/* Names that a query may use, from the rows that are loaded: "params.lr", "metrics.loss". fn is told each once. */
void model_each_name(const struct model *m, void (*fn)(void *data, const char *name), void *data);

/* The run whose page is open. id NULL: none. */
void model_open_run(struct model *m, const char *id);

struct model_run {
	bool loaded;
	const struct run *run;    /* NULL until loaded */
	struct error error;
};

const struct model_run *model_run(const struct model *m);

/* Histories of its metrics. x and y as chart_series takes them. */
struct model_point {
	double value;
	int64_t step;
	int64_t time_ms;
};

struct model_series {
	char *key;
	struct model_point *points;
	size_t count;
	bool complete;            /* up to what the run has logged so far */
	bool cut;                 /* more than SERIES_MAX points: the rest is left out */
	struct error error;
};

/* NULL until something is there; asking is wishing. */
const struct model_series *model_want_series(struct model *m, const char *key);

/* What the run printed, from its end back as far as LOG_KEEP bytes. */
struct model_line {
	char *text;               /* without the newline and without colours; untrusted */
	size_t n;
	bool is_err;
	bool cut;                 /* it was longer: the rest is left out */
};

struct model_log {
	bool loaded;
	bool missing;             /* it never executed */
	bool cut;                 /* there is more before the first line */
	uint64_t first;           /* number of lines[0] */
	const struct model_line *lines;
	size_t count;             /* the last one may still grow */
	struct error error;
};

const struct model_log *model_want_log(struct model *m);

#endif
