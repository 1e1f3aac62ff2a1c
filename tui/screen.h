/*
 * A terminal that exists only in memory: a grid of cells that views draw into
 * and a terminal presents. Drawing goes through a struct area, a clipped
 * rectangle: what lies outside is not drawn, so no view can spoil another.
 *
 * All text is somebody else's until shown otherwise: it is escaped cell by
 * cell (base/text.h), and a wide character that does not fit whole is left out.
 */
#ifndef WB_TUI_SCREEN_H
#define WB_TUI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "tui/pen.h"

enum { CELL_MARKS = 2, SCREEN_SIDE_MAX = 1000 };

struct cell {
	uint32_t ch;                /* ' ' when empty; 0 for the right half of a wide character */
	uint32_t marks[CELL_MARKS]; /* combining marks on it; 0: none */
	uint8_t pen;                /* enum pen */
	bool selected;
};

struct screen {
	int width, height;
	int cursor_x, cursor_y;     /* where text is being typed; -1: nowhere */
	struct cell *cells;
};

/* Blank. Sides are held between 1 and SCREEN_SIDE_MAX. */
struct screen *screen_new(int width, int height);
void screen_free(struct screen *s);
DEFINE_CLEANUP(screen_free, struct screen *);
void screen_clear(struct screen *s);
const struct cell *screen_at(const struct screen *s, int x, int y);

/* The rows as text, trailing blanks cut; then, with_pens, a line "--" and a letter a cell (docs in screen.c). Appended. */
void screen_dump(const struct screen *s, bool with_pens, struct buf *out);

struct area {
	struct screen *screen;
	int x, y, width, height;
};

struct area area_whole(struct screen *s);
/* A part, in coordinates of a; what would stick out is cut off. */
struct area area_part(const struct area *a, int x, int y, int width, int height);

/* Draws from column x of row y as far as it fits. Returns the column behind it. */
int area_text(const struct area *a, int x, int y, enum pen pen, const char *text);
int area_text_n(const struct area *a, int x, int y, enum pen pen, const char *text, size_t n);
int area_printf(const struct area *a, int x, int y, enum pen pen, const char *fmt, ...) WB_PRINTF(5, 6);

/* In a field of width columns, cut with "…"; right puts the blanks first. Returns x + width. */
int area_field(const struct area *a, int x, int y, int width, bool right, enum pen pen, const char *text);
/* Broken at blanks into rows of width columns, at most rows of them. Returns the rows it took. */
int area_wrapped(const struct area *a, int x, int y, int width, int rows, enum pen pen, const char *text);
void area_char(const struct area *a, int x, int y, enum pen pen, uint32_t ch);

/* Every cell of row y blank in pen; and marked as selected, whatever it holds. */
void area_fill(const struct area *a, int y, enum pen pen);
void area_select(const struct area *a, int y);
void area_cursor(const struct area *a, int x, int y);

#endif
