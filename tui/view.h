/*
 * A view: one page or overlay, as a const table of functions over a state of
 * its own. Views see the model and draw into an area; they reach neither the
 * database, nor the engine, nor the terminal. What an action changes outside
 * its view it asks for in a struct reaction, and only tui/app.c does it.
 *
 * A new view is one file view_NAME.c and one line here.
 */
#ifndef WB_TUI_VIEW_H
#define WB_TUI_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/jval.h"
#include "engine/spec.h"
#include "tui/action.h"
#include "tui/model.h"
#include "tui/prefs.h"
#include "tui/screen.h"

struct view_driver;

enum { PROMPT_TEXT_MAX = 8192 };

struct view_context {
	struct model *model;
	struct prefs *prefs;
	int64_t now_ns;
	bool ascii;                /* the terminal shows nothing but ASCII */
	unsigned below;            /* for overlays: the place that is covered */
};

/* What an action asks for. */
struct reaction {
	const struct view_driver *push; /* open this view */
	char push_id[33];               /* of this run */
	unsigned push_place;            /* at this tab; 0: its first */
	bool close;                     /* leave this view */
	bool not_mine;                  /* the view does not know the action */
	struct jval *command;           /* for the worker (tui/perform.h), which answers push, else this view; owned */
	char message[240];              /* on the message line; "": nothing */
	bool is_bad;
};

struct view_driver {
	size_t state_size;
	bool is_overlay;           /* what lies below is still seen */
	void (*open)(void *state, const struct view_context *c, const struct reaction *why);
	void (*close)(void *state);
	/* Draws, and wishes for what it lacks. */
	void (*draw)(void *state, const struct view_context *c, const struct area *a);
	/* One place, and the needs that are met there. */
	unsigned (*place)(const void *state);
	unsigned (*met)(const void *state, const struct view_context *c);
	/* The line over everything: what is shown here. */
	void (*title)(const void *state, const struct view_context *c, struct buf *out);
	/* argument is NULL for actions that take none. */
	void (*act)(void *state, const struct view_context *c, enum action_id id, const char *argument, struct reaction *out);
	/* The runs that an action is about: ids; and the name of the only one. May be NULL: none. */
	void (*targets)(const void *state, const struct view_context *c, struct words *ids, struct buf *name);
	/* What the prompt for an action begins with. May be NULL. */
	void (*initial)(const void *state, const struct view_context *c, enum action_id id, struct buf *out);
	/* Is this a good argument, as far as it was typed? May be NULL. */
	int (*check)(const void *state, const struct view_context *c, enum action_id id, const char *text,
		     struct query_mark *mark, struct error *err) WB_MUST_CHECK;
	/* The worker's answer to a command that this view gave. May be NULL. */
	void (*reply)(void *state, const struct jval *answer);
};

extern const struct view_driver view_runs, view_run, view_compare, view_columns, view_help;

/* Pieces that several views show. */
enum pen view_state_pen(enum run_state state);
/* In the middle of the area: a line, and a fainter one under it. */
void view_notice(const struct area *a, enum pen pen, const char *line, const char *more);
void view_error(const struct area *a, const struct error *err);

#endif
