/* Keys as numbers: a character is its code point, Ctrl-X is TK_CTRL('X'), the rest have names of their own. */
#ifndef WB_TUI_KEY_H
#define WB_TUI_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define TK_CTRL(c) ((c) & 0x1f)

enum key_name {
	TK_NONE = 0,
	TK_TAB = '\t',
	TK_ENTER = '\r',
	TK_ESCAPE = 0x1b,
	TK_FIRST_ = 0x110000, /* behind the last code point */
	TK_UP = TK_FIRST_,
	TK_DOWN,
	TK_LEFT,
	TK_RIGHT,
	TK_PAGE_UP,
	TK_PAGE_DOWN,
	TK_HOME,
	TK_END,
	TK_BACKSPACE,
	TK_DELETE,
	TK_BACKTAB,
	TK_F1,
	TK_SHIFT_LEFT,
	TK_SHIFT_RIGHT,
	TK_LAST_,
};

typedef uint32_t tui_key;

/* "q", "Ctrl-D", "PgUp", "Space". Appended. */
void key_format(struct buf *b, tui_key key);

/* The reverse; false when text names no key. */
bool key_parse(const char *text, tui_key *out);

/* A character that can be typed into a line. */
bool key_is_text(tui_key key);

#endif
