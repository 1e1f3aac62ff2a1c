/*
 * The program without its terminal: a stack of views, the prompt, questions
 * and messages; keys in, cells out. It runs the same behind a terminal
 * (tui/session.c) and in tests.
 *
 * Only here are actions that change something carried out: they become
 * commands (tui/perform.h) for a worker, and its answers come back through
 * app_answer().
 */
#ifndef WB_TUI_APP_H
#define WB_TUI_APP_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/engine.h"
#include "tui/key.h"
#include "tui/screen.h"

struct app;

/* What a program needs to be told by its app. */
enum app_wish { APP_GOES_ON, APP_QUITS, APP_SUSPENDS };

struct app_options {
	struct engine *engine;     /* borrowed */
	const char *prefs_path;    /* NULL: the user's own place */
	bool ascii;
	/* Sends a command on its way; ticket comes back with the answer. command is borrowed. */
	void (*submit)(void *data, const struct jval *command, unsigned ticket);
	/* Puts a text on the terminal's clipboard. May be NULL. */
	void (*copy)(void *data, const char *text);
	void *data;
};

int app_new(const struct app_options *options, struct app **out, struct error *err) WB_MUST_CHECK;
void app_free(struct app *app);
DEFINE_CLEANUP(app_free, struct app *);

void app_key(struct app *app, tui_key key);
void app_answer(struct app *app, unsigned ticket, const struct jval *answer);

/* A slice of loading; true while there is more. */
bool app_step(struct app *app);
/* Time has passed: what changes by itself is looked at. */
void app_tick(struct app *app);

/* Something to be drawn has changed since the last app_draw(). */
bool app_is_dirty(const struct app *app);
void app_touch(struct app *app);
void app_draw(struct app *app, struct screen *s);

enum app_wish app_wish(const struct app *app);
/* After a suspension. */
void app_resume(struct app *app);

/* Writes what is remembered between uses. */
int app_save(struct app *app, struct error *err) WB_MUST_CHECK;

#endif
