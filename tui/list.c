/* Moving through a list. */
#include "config.h"

#include "tui/list.h"

/* The cursor is shown, and no row is left empty while there is something to show. */
static void settle(struct list *l)
{
	uint64_t last_top;

	if (!l->page)
		l->page = 1;
	if (l->cursor >= l->count)
		l->cursor = l->count ? l->count - 1 : 0;
	if (l->cursor < l->top)
		l->top = l->cursor;
	if (l->cursor >= l->top + l->page)
		l->top = l->cursor - l->page + 1;
	last_top = l->count > l->page ? l->count - l->page : 0;
	if (l->top > last_top)
		l->top = last_top;
}

void list_set_count(struct list *l, uint64_t count)
{
	l->count = count;
	settle(l);
}

void list_set_page(struct list *l, int rows)
{
	l->page = rows > 0 ? (uint64_t)rows : 1;
	settle(l);
}

void list_go(struct list *l, uint64_t cursor)
{
	l->cursor = cursor;
	settle(l);
}

void list_shift(struct list *l, int64_t by)
{
	bool at_start = l->top == 0;

	l->cursor = by < 0 && (uint64_t)-by > l->cursor ? 0 : l->cursor + (uint64_t)by;
	l->top = by < 0 && (uint64_t)-by > l->top ? 0 : l->top + (uint64_t)by;
	/* Who looks at the start of a list wants to see what comes in there. */
	if (at_start)
		l->top = 0;
	settle(l);
}

static void move(struct list *l, uint64_t by, bool down)
{
	if (down)
		l->cursor = by < l->count && l->cursor < l->count - by ? l->cursor + by : l->count ? l->count - 1 : 0;
	else
		l->cursor = l->cursor > by ? l->cursor - by : 0;
}

bool list_act(struct list *l, enum action_id id)
{
	uint64_t half = l->page > 1 ? l->page / 2 : 1;

	if (id == ACT_UP || id == ACT_DOWN)
		move(l, 1, id == ACT_DOWN);
	else if (id == ACT_PAGE_UP || id == ACT_PAGE_DOWN)
		move(l, l->page, id == ACT_PAGE_DOWN);
	else if (id == ACT_HALF_UP || id == ACT_HALF_DOWN)
		move(l, half, id == ACT_HALF_DOWN);
	else if (id == ACT_FIRST)
		l->cursor = 0;
	else if (id == ACT_LAST)
		l->cursor = l->count ? l->count - 1 : 0;
	else
		return false;
	settle(l);
	return true;
}
