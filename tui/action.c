/* The table of actions. */
#include "config.h"

#include "tui/action.h"

#include <string.h>

#include "base/str.h"

#define LISTS (PLACE_ANY)
#define PAGES (PLACE_RUNS | PLACE_RUN)
#define SEARCHED (PLACE_OVERVIEW | PLACE_LOG | PLACE_COMPARE | PLACE_HELP)

const struct action actions[] = {
	/* What one does most in a place comes first: hints are cut from the right. */
	{ ACT_OPEN, PLACE_RUNS, NEED_RUN, { TK_ENTER }, "open", NULL, "open", "open the run's page" },
	{ ACT_OPEN, PLACE_FILES, 0, { TK_ENTER }, "open", NULL, "tensors", "list the tensors in the file" },
	{ ACT_MARK, PLACE_COLUMNS, 0, { ' ', TK_ENTER }, "toggle", NULL, "toggle", "show or hide the column" },
	{ ACT_FILTER, PLACE_RUNS, 0, { '/' }, "filter", "FILTER", "filter",
	  "show only runs that match: metrics.acc > 0.9 AND params.model = 'mlp'" },
	{ ACT_OVERLAY, PLACE_CHARTS, 0, { ' ' }, "overlay", NULL, "overlay", "draw this metric too, or no longer" },
	{ ACT_SMOOTH_MORE, PLACE_CHARTS, 0, { 's' }, "smooth", NULL, "smooth", "smooth more" },
	{ ACT_SMOOTH_LESS, PLACE_CHARTS, 0, { 'S' }, "smooth-less", NULL, NULL, "smooth less" },
	{ ACT_LOG_AXIS, PLACE_CHARTS, 0, { 'L' }, "log-axis", NULL, "log", "logarithmic y axis, or not" },
	{ ACT_X_AXIS, PLACE_CHARTS, 0, { 'a' }, "x-axis", NULL, "x axis", "x axis: step, or time since the start" },
	{ ACT_FOLLOW, PLACE_LOG, 0, { 'f' }, "follow", NULL, "follow", "stay at the end while the log grows" },
	{ ACT_WRAP, PLACE_LOG, 0, { 'w' }, "wrap", NULL, "wrap", "break long lines, or cut them" },
	{ ACT_SEARCH, SEARCHED, 0, { '/' }, "search", "TEXT", "search", "search for a text" },
	{ ACT_SORT, PLACE_RUNS, 0, { 's' }, "sort", "KEY [DESC]", "sort", "sort by a column: metrics.loss, params.lr, start_time" },
	{ ACT_STOP, PAGES, NEED_RUNNING, { 'x' }, "stop", NULL, "stop", "stop the run: SIGTERM, then what is left is killed" },
	{ ACT_TAG, PAGES, NEED_RUN, { 't' }, "tag", "KEY=VALUE", "tag", "set a tag; KEY= with nothing behind it removes it" },
	{ ACT_NOTE, PAGES, NEED_RUN, { 'e' }, "note", "TEXT", "note", "write a note" },
	{ ACT_RERUN, PAGES, NEED_RUN, { 'r' }, "rerun", NULL, "rerun", "repeat the run: same code, inputs, params and limits" },
	{ ACT_UNDO, PAGES, NEED_UNDO, { 'u' }, "undo", NULL, "undo", "undo the last tag, note or delete" },
	{ ACT_DELETE, PAGES, NEED_ENDED, { 'd', TK_DELETE }, "delete", NULL, "delete", "delete the run; it can be brought back" },
	{ ACT_KILL, PAGES, NEED_RUNNING, { 'X' }, "kill", NULL, NULL, "kill the run at once" },
	{ ACT_COPY, PAGES, NEED_RUN, { 'y' }, "copy", NULL, NULL, "copy the run's id to the clipboard of the terminal" },
	{ ACT_EXPLAIN, PLACE_RUN, NEED_RUN, { 'E' }, "explain", NULL, NULL,
	  "what stood in its way, and what would allow it" },
	{ ACT_COMPARE, PLACE_RUNS, NEED_RUN, { 'c' }, "compare", NULL, "compare",
	  "what differs: the two marked runs, or this one and the one in the row below" },
	{ ACT_MARK, PLACE_RUNS, NEED_RUN, { ' ' }, "mark", NULL, "mark", "mark the run, or no longer: actions take all marked" },
	{ ACT_UNMARK, PLACE_RUNS, 0, { 'U' }, "unmark", NULL, NULL, "unmark all" },
	{ ACT_COLUMNS, PLACE_RUNS, 0, { 'o' }, "columns", NULL, "columns", "choose the columns" },
	{ ACT_SORT_TURN, PLACE_RUNS, 0, { 'S' }, "reverse", NULL, NULL, "turn the order round" },
	{ ACT_SEARCH_NEXT, SEARCHED, 0, { 'n' }, "next", NULL, NULL, "next match" },
	{ ACT_SEARCH_PREVIOUS, SEARCHED, 0, { 'N' }, "previous", NULL, NULL, "previous match" },

	{ ACT_NEXT_TAB, PLACE_RUN, 0, { ']', TK_TAB }, "next-tab", NULL, "tab", "next tab" },
	{ ACT_PREVIOUS_TAB, PLACE_RUN, 0, { '[', TK_BACKTAB }, "previous-tab", NULL, NULL, "previous tab" },
	{ ACT_SHOW_RUNS, PAGES | PLACE_COMPARE, 0, { '1' }, "runs", NULL, NULL, "the table of runs" },
	{ ACT_SHOW_CHARTS, PAGES, NEED_RUN, { '2' }, "charts", NULL, NULL, "charts of the run" },
	{ ACT_SHOW_LOG, PAGES, NEED_RUN, { '3' }, "log", NULL, NULL, "what the run printed" },
	{ ACT_SHOW_FILES, PAGES, NEED_RUN, { '4' }, "files", NULL, NULL, "inputs, outputs and tensors" },

	{ ACT_UP, LISTS, 0, { 'k', TK_UP, TK_CTRL('P') }, "up", NULL, NULL, "up" },
	{ ACT_DOWN, LISTS, 0, { 'j', TK_DOWN, TK_CTRL('N') }, "down", NULL, NULL, "down" },
	{ ACT_LEFT, PAGES | PLACE_COMPARE, 0, { 'h', TK_LEFT }, "left", NULL, NULL, "left" },
	{ ACT_RIGHT, PAGES | PLACE_COMPARE, 0, { 'l', TK_RIGHT }, "right", NULL, NULL, "right" },
	{ ACT_LEFT_MORE, PLACE_CHARTS, 0, { TK_SHIFT_LEFT }, "left-more", NULL, NULL, "the cursor line ten columns left" },
	{ ACT_RIGHT_MORE, PLACE_CHARTS, 0, { TK_SHIFT_RIGHT }, "right-more", NULL, NULL, "the cursor line ten columns right" },
	{ ACT_PAGE_UP, LISTS, 0, { TK_PAGE_UP, TK_CTRL('B') }, "page-up", NULL, NULL, "a page up" },
	{ ACT_PAGE_DOWN, LISTS, 0, { TK_PAGE_DOWN, TK_CTRL('F') }, "page-down", NULL, NULL, "a page down" },
	{ ACT_HALF_UP, LISTS, 0, { TK_CTRL('U') }, "half-up", NULL, NULL, "half a page up" },
	{ ACT_HALF_DOWN, LISTS, 0, { TK_CTRL('D') }, "half-down", NULL, NULL, "half a page down" },
	{ ACT_FIRST, LISTS, 0, { 'g', TK_HOME }, "first", NULL, NULL, "to the first" },
	{ ACT_LAST, LISTS, 0, { 'G', TK_END }, "last", NULL, NULL, "to the last" },
	{ ACT_BACK, PLACE_ANY, 0, { TK_ESCAPE, TK_CTRL('C') }, "back", NULL, NULL, "one step back; never leaves the program" },
	{ ACT_CLOSE, PLACE_ANY, 0, { 'q' }, "close", NULL, NULL, "leave this view; at the top, the program" },
	{ ACT_QUIT, PLACE_ANY, 0, { 'Q' }, "quit", NULL, NULL, "leave the program" },
	{ ACT_COMMAND, PLACE_ANY, 0, { ':' }, "command", NULL, NULL, "type an action by its name; Tab completes" },
	{ ACT_REDRAW, PLACE_ANY, 0, { TK_CTRL('L') }, "redraw", NULL, NULL, "draw everything again" },
	{ ACT_SUSPEND, PLACE_ANY, 0, { TK_CTRL('Z') }, "suspend", NULL, NULL, "back to the shell; 'fg' returns" },
	/* The last hint, and never cut. */
	{ ACT_HELP, PLACE_ANY & ~PLACE_HELP, 0, { '?', TK_F1 }, "help", NULL, "help", "this page" },
};

const size_t action_count = sizeof actions / sizeof *actions;

const struct action *action_of(enum action_id id, unsigned place)
{
	for (size_t i = 0; i < action_count; i++)
		if (actions[i].id == id && actions[i].where & place)
			return &actions[i];
	return NULL;
}

const struct action *action_by_key(tui_key key, unsigned place)
{
	for (size_t i = 0; i < action_count && key != TK_NONE; i++)
		for (size_t k = 0; k < ACTION_KEYS && actions[i].where & place; k++)
			if (actions[i].keys[k] == key)
				return &actions[i];
	return NULL;
}

const struct action *action_by_name(const char *name, unsigned place)
{
	const struct action *found = NULL;

	for (size_t i = 0; i < action_count; i++) {
		if (!(actions[i].where & place) || !str_starts(actions[i].name, name))
			continue;
		if (str_eq(actions[i].name, name))
			return &actions[i];
		if (found && *name)
			return NULL;
		found = &actions[i];
	}
	return *name ? found : NULL;
}

const char *action_refusal(const struct action *a, unsigned met)
{
	unsigned missing = a->needs & ~met;

	if (missing & NEED_UNDO)
		return "there is nothing to undo";
	if (!(met & NEED_RUN) && a->needs & (NEED_RUN | NEED_RUNNING | NEED_ENDED))
		return "there is no run here";
	if (missing & NEED_RUNNING)
		return "the run has ended";
	if (missing & NEED_ENDED)
		return "the run is still running: stop it first";
	return NULL;
}
