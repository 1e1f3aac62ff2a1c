/* Lists of labelled lines. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "tui/run_page.h"

enum { LABEL_MAX = 28, GAP = 2, SCROLL_COLUMNS = 8, SCROLL_MAX = 100000 };

void page_lines_clear(struct page_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i].label);
		free(l->items[i].value);
		free(l->items[i].metric);
		free(l->items[i].file);
	}
	free(l->items);
	*l = (struct page_lines){ .left = l->left };
}

bool page_lines_act(struct page_lines *l, enum action_id id)
{
	if (id == ACT_RIGHT && l->left < SCROLL_MAX)
		l->left += SCROLL_COLUMNS;
	else if (id == ACT_LEFT)
		l->left = l->left > SCROLL_COLUMNS ? l->left - SCROLL_COLUMNS : 0;
	else
		return false;
	return true;
}

/* What is left of a text without its first columns. */
static const char *scrolled(const char *text, size_t columns)
{
	struct text_unit unit;

	for (size_t n = strlen(text), done = 0; n && done < columns; done += unit.cols) {
		size_t taken = text_next(text, n, &unit);

		text += taken;
		n -= taken;
	}
	return text;
}

struct page_line *page_lines_add(struct page_lines *l, int indent, const char *label, enum pen pen, const char *value)
{
	struct page_line *line;
	size_t width = label ? (size_t)indent + text_width(label, strlen(label)) : 0;

	mem_reserve(&l->items, &l->cap, l->n + 1);
	line = &l->items[l->n++];
	*line = (struct page_line){
		.label = mem_strdup(label),
		.value = mem_strdup(value ? value : ""),
		.label_pen = PEN_FAINT,
		.value_pen = pen,
		.indent = indent,
	};
	if (value && *value && width > l->label_width)
		l->label_width = width > LABEL_MAX ? LABEL_MAX : width;
	return line;
}

void page_heading(struct page_lines *l, const char *text)
{
	if (l->n)
		page_lines_add(l, 0, NULL, PEN_PLAIN, "");
	page_lines_add(l, 0, NULL, PEN_STRONG, text);
}

static bool matches(const struct page_line *line, const char *search)
{
	return *search && ((line->label && strcasestr(line->label, search)) || strcasestr(line->value, search));
}

static void draw_line(const struct page_lines *l, const struct page_line *line, bool found, const struct area *a, int y)
{
	int x = 1 + line->indent, behind = 1 + (int)l->label_width + GAP;

	if (!line->label) {
		area_field(a, x, y, a->width - x, false, found ? PEN_MATCH : line->value_pen,
			   line->scrolls ? scrolled(line->value, l->left) : line->value);
		return;
	}
	area_field(a, x, y, *line->value ? (int)l->label_width - line->indent : a->width - x, false,
		   found ? PEN_MATCH : line->label_pen, line->label);
	area_field(a, behind, y, a->width - behind, false, found ? PEN_MATCH : line->value_pen,
		   scrolled(line->value, l->left));
}

void page_lines_draw(const struct page_lines *l, struct list *list, const char *search, const struct area *a)
{
	list_set_page(list, a->height);
	list_set_count(list, l->n);
	for (int y = 0; y < a->height; y++) {
		uint64_t index = list->top + (uint64_t)y;

		if (index >= l->n)
			break;
		draw_line(l, &l->items[index], matches(&l->items[index], search), a, y);
		if (index == list->cursor)
			area_select(a, y);
	}
}

bool page_lines_search(const struct page_lines *l, struct list *list, const char *search, bool forward, bool from_here)
{
	for (size_t step = from_here ? 0 : 1; step <= l->n; step++) {
		size_t at = ((size_t)list->cursor + (forward ? step : 2 * l->n - step)) % (l->n ? l->n : 1);

		if (l->n && matches(&l->items[at], search)) {
			list_go(list, at);
			return true;
		}
	}
	return false;
}
