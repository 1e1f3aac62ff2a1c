/* The roles that colours are given to. What a role looks like is the terminal's business (tui/term_curses.c). */
#ifndef WB_TUI_PEN_H
#define WB_TUI_PEN_H

enum pen {
	PEN_PLAIN,
	PEN_STRONG,  /* headings */
	PEN_FAINT,   /* secondary facts */
	PEN_GOOD,
	PEN_BAD,
	PEN_WARN,
	PEN_BUSY,    /* something under way */
	PEN_NAME,    /* ids, keys */
	PEN_BAR,     /* the title line */
	PEN_KEY,     /* a key in a hint */
	PEN_MARK,    /* what the user marked */
	PEN_MATCH,   /* what a search found */
	PEN_SERIES,  /* the first of PEN_SERIES_COUNT lines in a chart */
	PEN_COUNT_ = PEN_SERIES + 6,
};

enum { PEN_SERIES_COUNT = PEN_COUNT_ - PEN_SERIES };

#endif
