/* One line being typed: editing, history, completion. It knows nothing of what the line is for. */
#ifndef WB_TUI_PROMPT_H
#define WB_TUI_PROMPT_H

#include <stdbool.h>

#include "base/buf.h"
#include "engine/spec.h"
#include "tui/key.h"
#include "tui/screen.h"

enum { PROMPT_MAX = 8192, PROMPT_HISTORY = 50 };

struct prompt {
	char label[48];
	struct buf text;
	size_t at;               /* bytes before the cursor */
	struct words *history;   /* of this kind of line, the newest last; borrowed. NULL: none is kept */
	size_t recalled;         /* how far back: 0 is the line itself */
	struct words candidates; /* what Tab completes with */
	struct buf choices;      /* the candidates that fit, after a Tab that left more than one */
	bool active;
};

enum prompt_result { PROMPT_EDITING, PROMPT_DONE, PROMPT_LEFT };

void prompt_init(struct prompt *p);
void prompt_release(struct prompt *p);

/* Starts with text ("" for none), the cursor behind it. */
void prompt_start(struct prompt *p, const char *label, const char *text);
void prompt_stop(struct prompt *p);

/* PROMPT_DONE: the text is what was meant (and is kept in the history); PROMPT_LEFT: nothing was meant. */
enum prompt_result prompt_key(struct prompt *p, tui_key key);

/* On one row; a text wider than the area scrolls with the cursor. */
void prompt_draw(const struct prompt *p, const struct area *a, int y);

#endif
