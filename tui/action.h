/*
 * Everything that can be done, in one table. Key map, footer hints, the help
 * overlay, the ':' line with its completion and the manual page all read it;
 * there is no other place where a key is bound.
 */
#ifndef WB_TUI_ACTION_H
#define WB_TUI_ACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/key.h"

enum action_id {
	ACT_NONE,
	/* moving */
	ACT_UP, ACT_DOWN, ACT_LEFT, ACT_RIGHT, ACT_LEFT_MORE, ACT_RIGHT_MORE, ACT_PAGE_UP, ACT_PAGE_DOWN, ACT_HALF_UP,
	ACT_HALF_DOWN, ACT_FIRST, ACT_LAST, ACT_OPEN, ACT_BACK, ACT_CLOSE, ACT_QUIT, ACT_NEXT_TAB, ACT_PREVIOUS_TAB,
	ACT_SHOW_RUNS, ACT_SHOW_CHARTS, ACT_SHOW_LOG, ACT_SHOW_FILES,
	/* looking */
	ACT_FILTER, ACT_SEARCH, ACT_SEARCH_NEXT, ACT_SEARCH_PREVIOUS, ACT_SORT, ACT_SORT_TURN, ACT_COLUMNS, ACT_MARK,
	ACT_UNMARK, ACT_FOLLOW, ACT_WRAP, ACT_SMOOTH_MORE, ACT_SMOOTH_LESS, ACT_LOG_AXIS, ACT_X_AXIS, ACT_OVERLAY,
	ACT_EXPLAIN, ACT_COMPARE,
	/* doing */
	ACT_STOP, ACT_KILL, ACT_RERUN, ACT_TAG, ACT_NOTE, ACT_DELETE, ACT_UNDO, ACT_COPY,
	/* the program */
	ACT_HELP, ACT_COMMAND, ACT_REDRAW, ACT_SUSPEND,
	ACT_COUNT_,
};

/* Where a key means something: one bit a place. */
enum place {
	PLACE_RUNS = 1,     /* the table of runs */
	PLACE_OVERVIEW = 2, /* the tabs of a run's page */
	PLACE_CHARTS = 4,
	PLACE_LOG = 8,
	PLACE_FILES = 16,
	PLACE_COLUMNS = 32, /* the overlays */
	PLACE_HELP = 64,
	PLACE_COMPARE = 128, /* two runs beside each other */
	PLACE_RUN = PLACE_OVERVIEW | PLACE_CHARTS | PLACE_LOG | PLACE_FILES,
	PLACE_OVERLAY = PLACE_COLUMNS | PLACE_HELP,
	PLACE_ANY = PLACE_RUNS | PLACE_RUN | PLACE_COMPARE | PLACE_OVERLAY,
};

/* What must be so for an action to make sense; a hint is shown only then. */
enum action_need {
	NEED_RUN = 1,      /* there is a run under the cursor */
	NEED_RUNNING = 2,  /* and it is running */
	NEED_ENDED = 4,    /* and it has ended */
	NEED_UNDO = 8,     /* something can be undone */
};

enum { ACTION_KEYS = 4 };

struct action {
	enum action_id id;
	unsigned where;            /* enum place */
	unsigned needs;            /* enum action_need */
	tui_key keys[ACTION_KEYS]; /* the first is the one that hints and help name */
	const char *name;          /* as the ':' line calls it */
	const char *argument;      /* what the ':' line may give it, "KEY=VALUE"; NULL: nothing */
	const char *hint;          /* one word for the footer; NULL: not shown there */
	const char *help;
};

/* The table, in the order of hints and help. */
extern const struct action actions[];
extern const size_t action_count;

const struct action *action_of(enum action_id id, unsigned place);

/* What a key means in a place; NULL: nothing. */
const struct action *action_by_key(tui_key key, unsigned place);

/* By its name, or the only action of the place whose name begins so; NULL. */
const struct action *action_by_name(const char *name, unsigned place);

/* Why an action cannot be done now, given the needs that are met; NULL: it can. */
const char *action_refusal(const struct action *a, unsigned met);

#endif
