/* What the files app*.c share. */
#ifndef WB_TUI_APP_PARTS_H
#define WB_TUI_APP_PARTS_H

#include "base/clock.h"
#include "tui/app.h"
#include "tui/model.h"
#include "tui/prefs.h"
#include "tui/prompt.h"
#include "tui/view.h"

enum { STACK_MAX = 8, MESSAGE_MAX = 400, DETAIL_MAX = 2000, TICKETS_MAX = 64, LEAST_WIDTH = 40, LEAST_HEIGHT = 10 };

struct open_view {
	const struct view_driver *driver;
	void *state;
};

/* A question: y does it, anything that means no does not. */
struct question {
	bool active;
	char text[MESSAGE_MAX];
	struct jval *command;
	bool is_undo;                  /* yes uses the undo up */
	unsigned about;                /* the ticket of what there is to know about it; 0: none */
};

/* A command on its way. */
struct ticket {
	unsigned number;               /* 0: free */
	const struct view_driver *from; /* the view that wants the answer; NULL: the app */
};

struct app {
	struct app_options options;
	struct model *model;
	struct prefs prefs;
	struct open_view stack[STACK_MAX];
	size_t depth;
	bool dirty;
	bool is_blind;                 /* too small a terminal: nothing is shown */
	enum app_wish wish;

	struct prompt prompt;
	const struct action *asked;    /* what the prompt is for; NULL: the command line */
	struct words histories[ACT_COUNT_];
	struct error typed_error;      /* what is wrong with what is being typed */
	struct buf typed_detail;       /* the text with its caret */

	struct question question;
	char message[MESSAGE_MAX];
	bool message_is_bad;
	struct jval *undo;             /* the command that takes the last change back; NULL: none */
	char undo_text[120];
	struct ticket tickets[TICKETS_MAX];
	unsigned last_ticket;
};

/* app.c */
struct view_context app_context(struct app *app);
struct open_view *app_top(struct app *app);
unsigned app_place(struct app *app);
unsigned app_met(struct app *app);
void app_say(struct app *app, bool is_bad, const char *fmt, ...) WB_PRINTF(3, 4);
void app_push(struct app *app, const struct view_driver *driver, const struct reaction *why);
void app_do(struct app *app, const struct action *action, const char *argument);

/* app_do.c: what changes runs. False when the action is none of these. */
bool app_change(struct app *app, const struct action *action, const char *argument);
/* Takes command. The ticket's number; 0 when it was not sent. */
unsigned app_submit(struct app *app, struct jval *command, const struct view_driver *from);
struct question *app_ask(struct app *app, struct jval *take_command, const char *text);
/* A key while a question is open. */
void app_question_key(struct app *app, tui_key key);

/* app_prompt.c */
void app_prompt_open(struct app *app, const struct action *action);
void app_prompt_key(struct app *app, tui_key key);

/* app_draw.c */
void app_draw_frame(struct app *app, struct screen *s);

#endif
