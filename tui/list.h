/* The cursor of a list that need not exist in memory: positions only. */
#ifndef WB_TUI_LIST_H
#define WB_TUI_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/action.h"

struct list {
	uint64_t count;
	uint64_t cursor; /* below count, or 0 */
	uint64_t top;    /* the first row shown */
	uint64_t page;   /* rows shown; at least 1 */
};

/* Keep cursor and top where they still make sense. */
void list_set_count(struct list *l, uint64_t count);
void list_set_page(struct list *l, int rows);
void list_go(struct list *l, uint64_t cursor);

/* Rows were added (by > 0) or removed above the cursor: it stays on what it was on. */
void list_shift(struct list *l, int64_t by);

/* Moves for the moving actions; false for any other. */
bool list_act(struct list *l, enum action_id id);

#endif
