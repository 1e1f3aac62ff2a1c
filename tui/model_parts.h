/* What the files model*.c share. Not for views. */
#ifndef WB_TUI_MODEL_PARTS_H
#define WB_TUI_MODEL_PARTS_H

#include "base/clock.h"
#include "base/loop.h"
#include "engine/engine.h"
#include "engine/runlog.h"
#include "store/store.h"
#include "tracker/tracker.h"
#include "tui/model.h"

enum {
	SERIES_KEPT = 24,            /* histories in memory at once */
	SERIES_MAX = 1000 * 1000,    /* points of one */
	SLICE_POINTS = 20000,        /* about 10 ms of reading */
	SLICE_LOG = 256 * 1024,      /* bytes */
	LOG_KEEP = 4 * 1024 * 1024,  /* bytes of the end of a log */
	LOG_LINES = 50000,
	LOG_LINE_MAX = 16 * 1024,
	WINDOW_MARGIN = 40,
};

struct series {
	struct model_series seen;
	size_t cap;
	struct metric_place place;
	uint64_t wanted_at;          /* the step of the model in which it was last wished for */
};

struct tail {
	struct model_log seen;
	struct model_line *lines;
	size_t cap;
	size_t bytes;
	struct runlog_reader *reader;
	bool wanted;
	bool is_open_line;           /* the last line has no newline yet */
	bool at_end;                 /* nothing more has come */
	bool return_seen;            /* a carriage return: what comes next overwrites the line */
};

/*
 * What is loaded again because somebody changed the store takes at most a small
 * part of the time, however large the store is and however often it changes.
 */
struct pace {
	int64_t began_ns, next_ns;
};

struct model {
	struct engine *engine;
	struct tracker *tracker;
	int64_t version;
	uint64_t steps;

	char *filter, *order;
	struct run_list list;
	struct model_rows rows;
	uint64_t want_first, want_count;
	bool rows_stale, total_stale;
	struct pace rows_pace, total_pace;

	char open_id[33];            /* "": no run's page is open */
	struct run run;
	struct model_run run_seen;
	bool run_stale;
	struct series series[SERIES_KEPT];
	struct tail tail;
};

/* Each does one slice if there is something to do for it, and says whether it did. */
bool model_step_rows(struct model *m);
bool model_step_total(struct model *m);
bool model_step_run(struct model *m);
bool model_step_series(struct model *m);
bool model_step_log(struct model *m);

void series_drop(struct series *s);
void tail_drop(struct tail *t);

#endif
