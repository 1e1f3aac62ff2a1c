/* The page of a run: what stands over its tabs, and which of them is seen. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tui/run_page.h"

enum { ID_SHOWN = 12, TABS_ROW = 0, BODY_ROW = 1, STATUS_MAX = 1024 };

static const struct run_tab *const tabs[RUN_TABS] = {
	&run_tab_overview, &run_tab_charts, &run_tab_log, &run_tab_files,
};

static void show_tab(struct run_view *v, unsigned place)
{
	for (size_t i = 0; i < RUN_TABS; i++)
		if (tabs[i]->place == place)
			v->tab = i;
}

static void run_open(void *state, const struct view_context *c, const struct reaction *why)
{
	struct run_view *v = state;

	memcpy(v->id, why->push_id, sizeof v->id);
	v->log.follow = v->log.wrap = true;
	v->files.answers = jval_object();
	show_tab(v, why->push_place);
	model_open_run(c->model, v->id);
}

static void run_close(void *state)
{
	struct run_view *v = state;

	page_lines_clear(&v->overview.lines);
	page_lines_clear(&v->files.lines);
	jval_free(v->files.answers);
	run_charts_release(&v->charts);
}

static void draw_tabs(const struct run_view *v, const struct run *r, const struct area *a, int64_t now_ns)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(STATUS_MAX);
	int x = 1;

	for (size_t i = 0; i < RUN_TABS; i++)
		x = area_text(a, x, TABS_ROW, i == v->tab ? PEN_STRONG : PEN_FAINT, tabs[i]->name) + 3;
	if (!r)
		return;
	run_status_format(&b, r->state, r->detail);
	buf_puts(&b, "  ");
	run_took_format(&b, r, now_ns);
	area_field(a, x, TABS_ROW, a->width - x - 1, true, view_state_pen(r->state), buf_text(&b));
}

/* A line under the tab that is shown would cost a row; brackets do not. */
static void mark_tab(const struct run_view *v, const struct area *a)
{
	int x = 1;

	for (size_t i = 0; i < v->tab; i++)
		x += (int)strlen(tabs[i]->name) + 3;
	area_char(a, x - 1, TABS_ROW, PEN_STRONG, '[');
	area_char(a, x + (int)strlen(tabs[v->tab]->name), TABS_ROW, PEN_STRONG, ']');
}

static void run_draw(void *state, const struct view_context *c, const struct area *a)
{
	struct run_view *v = state;
	const struct model_run *m = model_run(c->model);
	struct area body = area_part(a, 0, BODY_ROW, a->width, a->height - BODY_ROW);

	draw_tabs(v, m->run, a, c->now_ns);
	mark_tab(v, a);
	if (m->error.code) {
		view_error(&body, &m->error);
		return;
	}
	if (!m->run)
		return;
	snprintf(v->name, sizeof v->name, "%s", m->run->name);
	v->running = m->run->state == RUN_RUNNING;
	v->ended = !v->running;
	tabs[v->tab]->draw(v, c, m->run, &body);
}

static unsigned run_place(const void *state)
{
	const struct run_view *v = state;

	return tabs[v->tab]->place;
}

static unsigned run_met(const void *state, const struct view_context *c)
{
	const struct run_view *v = state;

	(void)c;
	return NEED_RUN | (v->running ? NEED_RUNNING : 0) | (v->ended ? NEED_ENDED : 0);
}

static void run_title(const void *state, const struct view_context *c, struct buf *out)
{
	const struct run_view *v = state;

	(void)c;
	buf_printf(out, "run %.*s  %s", ID_SHOWN, v->id, v->name);
}

static void show_explained(struct run_view *v, bool shown)
{
	v->tab = 0;
	v->overview.explained = shown;
	v->overview.list.cursor = 0;
}

static void run_act(void *state, const struct view_context *c, enum action_id id, const char *argument, struct reaction *out)
{
	struct run_view *v = state;

	if (tabs[v->tab]->act(v, c, id, argument, out))
		return;
	if (id == ACT_NEXT_TAB)
		v->tab = (v->tab + 1) % RUN_TABS;
	else if (id == ACT_PREVIOUS_TAB)
		v->tab = (v->tab + RUN_TABS - 1) % RUN_TABS;
	else if (id == ACT_SHOW_CHARTS)
		show_tab(v, PLACE_CHARTS);
	else if (id == ACT_SHOW_LOG)
		show_tab(v, PLACE_LOG);
	else if (id == ACT_SHOW_FILES)
		show_tab(v, PLACE_FILES);
	else if (id == ACT_EXPLAIN)
		show_explained(v, !(v->tab == 0 && v->overview.explained));
	else if (id == ACT_BACK && v->tab)
		v->tab = 0;
	else if (id == ACT_BACK && v->overview.explained)
		show_explained(v, false);
	else if (id == ACT_BACK || id == ACT_CLOSE)
		out->close = true;
	else
		out->not_mine = true;
}

static void run_targets(const void *state, const struct view_context *c, struct words *ids, struct buf *name)
{
	const struct run_view *v = state;

	(void)c;
	words_add(ids, v->id);
	buf_puts(name, v->name);
}

static void run_reply(void *state, const struct jval *answer)
{
	struct run_view *v = state;
	const char *path = jval_get_text(answer, "path");

	if (path)
		jval_set(v->files.answers, path, jval_copy(answer));
}

const struct view_driver view_run = {
	.state_size = sizeof(struct run_view),
	.open = run_open,
	.close = run_close,
	.draw = run_draw,
	.place = run_place,
	.met = run_met,
	.title = run_title,
	.act = run_act,
	.targets = run_targets,
	.reply = run_reply,
};
