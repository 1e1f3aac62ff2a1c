/* Two runs beside each other: what `wb diff` tells, on a page. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "tracker/run.h"
#include "tui/list.h"
#include "tui/run_page.h"

enum { TEXT_MAX = 16 * 1024, PATCH_LINES_MAX = 20000, ID_SHOWN = 12 };

struct compare_view {
	struct list list;
	struct page_lines lines;
	struct jval *found;  /* what compare_runs() answered; NULL: not yet */
	struct error error;
	char search[SEARCH_MAX];
};

static void compare_open(void *state, const struct view_context *c, const struct reaction *why)
{
	(void)state;
	(void)c;
	(void)why;
}

static void compare_close(void *state)
{
	struct compare_view *v = state;

	page_lines_clear(&v->lines);
	jval_free(v->found);
}

/* A text as itself, a command as typed, anything else as JSON. */
static void value_text(const struct jval *value, bool is_command, struct buf *out)
{
	if (!value || jval_type(value) == JVAL_NULL)
		buf_puts(out, "-");
	else if (jval_text(value))
		buf_puts(out, jval_text(value));
	else if (is_command)
		run_command_format(out, value, TEXT_MAX / 2);
	else
		jval_format(value, JVAL_COMPACT, out);
}

static void add_list(struct page_lines *l, const char *title, const struct jval *list)
{
	if (jval_count(list))
		page_heading(l, title);
	for (size_t i = 0; i < jval_count(list); i++) {
		const struct jval *d = jval_at(list, i);
		const char *key = jval_get_text(d, "key");
		bool is_command = str_eq(key, "command");
		CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

		value_text(jval_get(d, "a"), is_command, &text);
		buf_puts(&text, "  ->  ");
		value_text(jval_get(d, "b"), is_command, &text);
		page_lines_add(l, 2, key, PEN_PLAIN, buf_text(&text));
	}
}

static enum pen patch_pen(const char *line, size_t n)
{
	if (str_starts(line, "+++") || str_starts(line, "---") || str_starts(line, "diff ") || str_starts(line, "index "))
		return PEN_STRONG;
	switch (n ? line[0] : ' ') {
	case '+': return PEN_GOOD;
	case '-': return PEN_BAD;
	case '@': return PEN_BUSY;
	default: return PEN_PLAIN;
	}
}

static void add_patch(struct page_lines *l, const char *patch)
{
	page_lines_add(l, 0, NULL, PEN_PLAIN, "");
	for (size_t lines = 0; *patch; lines++) {
		size_t n = strcspn(patch, "\n");
		CLEANUP(free) char *line = mem_strndup(patch, n < TEXT_MAX ? n : TEXT_MAX);

		if (lines == PATCH_LINES_MAX) {
			page_lines_add(l, 0, NULL, PEN_FAINT, "and more: 'wb diff' prints all of it");
			return;
		}
		page_lines_add(l, 0, NULL, patch_pen(line, n), line)->scrolls = true;
		patch += n + (patch[n] == '\n');
	}
}

static void add_code(struct page_lines *l, const struct jval *code)
{
	const struct jval *files = jval_get(code, "files");
	const char *patch = jval_get_text(code, "patch");

	if (str_eq(jval_get_text(code, "a"), jval_get_text(code, "b")))
		return;
	page_heading(l, "Code");
	if (!jval_count(files))
		page_lines_add(l, 2, NULL, PEN_PLAIN, "one of them has none");
	for (size_t i = 0; i < jval_count(files); i++)
		page_lines_add(l, 2, jval_get_text(jval_at(files, i), "change"), PEN_PLAIN, jval_get_text(jval_at(files, i), "path"));
	if (patch && *patch)
		add_patch(l, patch);
}

static void add_side(struct page_lines *l, const char *word, enum pen pen, const struct jval *side)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_MAX);

	buf_printf(&text, "%.*s  %s", ID_SHOWN, jval_get_text(side, "run_id"), jval_get_text(side, "name"));
	page_lines_add(l, 0, word, pen, buf_text(&text));
}

static void build(struct compare_view *v)
{
	static const struct { const char *key, *title; } sections[] = {
		{ "result", "Result" },	  { "params", "Params" }, { "metrics", "Metrics" }, { "command", "Command" },
		{ "setup", "Setup" },	  { "inputs", "Inputs" }, { "outputs", "Outputs" }, { "environment", "Environment" },
	};

	page_lines_clear(&v->lines);
	add_side(&v->lines, "a", PEN_BAD, jval_get(v->found, "a"));
	add_side(&v->lines, "b", PEN_GOOD, jval_get(v->found, "b"));
	if (jval_get_bool(v->found, "same", false))
		page_lines_add(&v->lines, 0, NULL, PEN_PLAIN, "nothing differs but times");
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		add_list(&v->lines, sections[i].title, jval_get(v->found, sections[i].key));
	add_code(&v->lines, jval_get(v->found, "code"));
}

static void compare_draw(void *state, const struct view_context *c, const struct area *a)
{
	struct compare_view *v = state;

	(void)c;
	if (v->error.code)
		view_error(a, &v->error);
	else if (v->found)
		page_lines_draw(&v->lines, &v->list, v->search, a);
	else
		view_notice(a, PEN_FAINT, "comparing", "");
}

static void compare_reply(void *state, const struct jval *answer)
{
	struct compare_view *v = state;
	const struct jval *found = jval_get(answer, "compared");
	const char *text = jval_get_text(answer, "text"), *hint = jval_get_text(answer, "hint");

	jval_free(v->found);
	v->found = found ? jval_copy(found) : NULL;
	if (v->found) {
		build(v);
		return;
	}
	if (error_set(&v->error, ERR_INVALID, "%s", text ? text : "they cannot be compared") < 0 && hint)
		error_hint(&v->error, "%s", hint);
}

static unsigned compare_place(const void *state)
{
	(void)state;
	return PLACE_COMPARE;
}

static unsigned compare_met(const void *state, const struct view_context *c)
{
	(void)state;
	(void)c;
	return 0;
}

static void compare_title(const void *state, const struct view_context *c, struct buf *out)
{
	const struct compare_view *v = state;

	(void)c;
	buf_puts(out, "compare");
	if (v->found)
		buf_printf(out, "  %s  with  %s", jval_get_text(jval_get(v->found, "a"), "name"),
			   jval_get_text(jval_get(v->found, "b"), "name"));
}

static void compare_act(void *state, const struct view_context *c, enum action_id id, const char *argument, struct reaction *out)
{
	struct compare_view *v = state;
	bool found = true;

	(void)c;
	if (list_act(&v->list, id) || page_lines_act(&v->lines, id))
		return;
	if (id == ACT_SEARCH) {
		snprintf(v->search, sizeof v->search, "%s", argument);
		found = !*argument || page_lines_search(&v->lines, &v->list, v->search, true, true);
	} else if (id == ACT_SEARCH_NEXT || id == ACT_SEARCH_PREVIOUS) {
		found = page_lines_search(&v->lines, &v->list, v->search, id == ACT_SEARCH_NEXT, false);
	} else if (id == ACT_BACK || id == ACT_CLOSE) {
		out->close = true;
	} else {
		out->not_mine = true;
	}
	if (!found)
		snprintf(out->message, sizeof out->message, "no '%.100s' here", v->search);
}

const struct view_driver view_compare = {
	.state_size = sizeof(struct compare_view),
	.open = compare_open,
	.close = compare_close,
	.draw = compare_draw,
	.place = compare_place,
	.met = compare_met,
	.title = compare_title,
	.act = compare_act,
	.reply = compare_reply,
};
