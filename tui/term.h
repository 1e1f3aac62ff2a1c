/*
 * The terminal: shows a screen, reads keys, and is left as it was found,
 * whatever ends the program. One at a time. ncurses is known to
 * tui/term_curses.c alone.
 */
#ifndef WB_TUI_TERM_H
#define WB_TUI_TERM_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "tui/key.h"
#include "tui/screen.h"

struct term;

/*
 * Standard input and output must be a terminal that can address its cursor:
 * ERR_UNSUPPORTED with what to use instead. Without color nothing depends on it.
 */
int term_open(bool color, struct term **out, struct error *err) WB_MUST_CHECK;
void term_close(struct term *t);
DEFINE_CLEANUP(term_close, struct term *);

int term_width(const struct term *t);
int term_height(const struct term *t);

/* Can it show characters beyond ASCII (braille included)? */
bool term_is_ascii(const struct term *t);

/* Writes what differs from what was presented last. */
void term_present(struct term *t, const struct screen *s);

/* The next key that has arrived; TK_NONE: none has. Never waits longer than it takes to tell Esc from an arrow. */
tui_key term_read(struct term *t);

/* Takes the size anew. */
void term_resize(struct term *t);

/* Everything is written again with the next term_present(). */
void term_forget(struct term *t);

/* Gives the terminal back, stops the process group as the shell's job, and returns when it goes on. */
void term_suspend(struct term *t);

/* Asks the terminal to put text on its clipboard (OSC 52). */
void term_copy(struct term *t, const char *text);

#endif
