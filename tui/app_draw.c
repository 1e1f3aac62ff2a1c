/* The frame around views: title line, message line, hints. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "store/store.h"
#include "tui/app_parts.h"

enum { HINTS_MAX = 7, TITLE_MAX = 4096, HINT_MAX = 64 };

static void draw_title(struct app *app, const struct area *a)
{
	struct view_context c = app_context(app);
	CLEANUP(buf_release) struct buf title = BUF_INIT(TITLE_MAX);
	const char *store = store_path(engine_store(app->options.engine));
	size_t taken, store_width = text_width(store, strlen(store));
	int x;

	area_fill(a, 0, PEN_BAR);
	app_top(app)->driver->title(app_top(app)->state, &c, &title);
	x = area_text(a, 1, 0, PEN_BAR, "wb  ");
	taken = text_width(buf_text(&title), title.len);
	area_field(a, x, 0, a->width - x - 1, false, PEN_BAR, buf_text(&title));
	if ((size_t)x + taken + store_width + 4 < (size_t)a->width)
		area_field(a, a->width - (int)store_width - 1, 0, (int)store_width, true, PEN_BAR, store);
}

static size_t hint_text(const struct action *action, struct buf *key)
{
	buf_clear(key);
	key_format(key, action->keys[0]);
	return text_width(buf_text(key), key->len) + 1 + strlen(action->hint) + 2;
}

/* "x stop": what can be done here and now. From the left as many as fit; help is the last, always. */
static void draw_hints(struct app *app, const struct area *a, int y)
{
	unsigned place = app_place(app), met = app_met(app);
	const struct action *help = action_of(ACT_HELP, place);
	CLEANUP(buf_release) struct buf key = BUF_INIT(HINT_MAX);
	size_t left = (size_t)a->width, shown = 0;
	int x = 1;

	if (help)
		left -= hint_text(help, &key);
	for (size_t i = 0; i < action_count && shown < HINTS_MAX - 1; i++) {
		const struct action *action = &actions[i];
		size_t width;

		if (!(action->where & place) || !action->hint || action == help || action_refusal(action, met))
			continue;
		width = hint_text(action, &key);
		if ((size_t)x + width > left)
			break;
		x = area_text(a, x, y, PEN_KEY, buf_text(&key));
		x = area_text(a, x + 1, y, PEN_FAINT, action->hint) + 2;
		shown++;
	}
	if (help && hint_text(help, &key)) {
		x = area_text(a, x, y, PEN_KEY, buf_text(&key));
		area_text(a, x + 1, y, PEN_FAINT, help->hint);
	}
}

/* What is wrong with the line being typed stands above it, with the place marked. */
static void draw_typed_error(struct app *app, const struct area *a, int y)
{
	const char *detail = buf_text(&app->typed_detail), *line_end = strchr(detail, '\n');
	int rows = 1 + (line_end ? 2 : 0);

	for (int i = 0; i < rows; i++)
		area_fill(a, y - rows + i, PEN_PLAIN);
	area_field(a, 1, y - rows, a->width - 2, false, PEN_BAD, app->typed_error.text);
	if (line_end) {
		area_text_n(a, 1, y - 2, PEN_PLAIN, detail, (size_t)(line_end - detail));
		area_text(a, 1, y - 1, PEN_BAD, line_end + 1);
	}
}

/* What the keys are stays in sight, however long the run's name is. */
static void draw_question(const struct area *a, int y, const char *text)
{
	static const char keys[] = "  y/n";
	int room = a->width - 2 - (int)strlen(keys);
	int wanted = (int)text_width(text, strlen(text));
	int taken = wanted < room ? wanted : room;

	area_field(a, 1, y, taken, false, PEN_WARN, text);
	area_text(a, 1 + taken, y, PEN_WARN, keys);
}

static void draw_message(struct app *app, const struct area *a, int y)
{
	if (app->question.active) {
		draw_question(a, y, app->question.text);
	} else if (app->prompt.active) {
		struct area line = area_part(a, 1, y, a->width - 2, 1);

		if (app->typed_error.code)
			draw_typed_error(app, a, y);
		else if (app->prompt.choices.len) {
			area_fill(a, y - 1, PEN_PLAIN);
			area_field(a, 1, y - 1, a->width - 2, false, PEN_FAINT, buf_text(&app->prompt.choices));
		}
		prompt_draw(&app->prompt, &line, 0);
	} else if (app->message[0]) {
		area_field(a, 1, y, a->width - 2, false, app->message_is_bad ? PEN_BAD : PEN_GOOD, app->message);
	}
}

static void draw_views(struct app *app, const struct area *a)
{
	struct view_context c = app_context(app);
	size_t first = app->depth - 1;

	while (first > 0 && app->stack[first].driver->is_overlay)
		first--;
	for (; first < app->depth; first++)
		app->stack[first].driver->draw(app->stack[first].state, &c, a);
}

void app_draw_frame(struct app *app, struct screen *s)
{
	struct area a = area_whole(s);
	struct area body = area_part(&a, 0, 1, a.width, a.height - 3);

	screen_clear(s);
	app->is_blind = a.width < LEAST_WIDTH || a.height < LEAST_HEIGHT;
	if (app->is_blind) {
		area_printf(&a, 0, 0, PEN_WARN, "wb needs %dx%d, this is %dx%d", LEAST_WIDTH, LEAST_HEIGHT, a.width, a.height);
		area_text(&a, 0, 1, PEN_FAINT, "Q leaves");
		return;
	}
	draw_views(app, &body);
	draw_title(app, &a);
	draw_message(app, &a, a.height - 2);
	draw_hints(app, &a, a.height - 1);
}
