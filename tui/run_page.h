/* The tabs of a run's page: one file each, one state for all. */
#ifndef WB_TUI_RUN_PAGE_H
#define WB_TUI_RUN_PAGE_H

#include "tui/list.h"
#include "tui/view.h"

enum { RUN_TABS = 4, SEARCH_MAX = 128 };

/* A row of the overview or of the list of files. */
struct page_line {
	char *label;         /* NULL: none */
	char *value;
	char *metric;        /* the key of the metric that the row is about; NULL: none */
	char *file;          /* the path of the file that the row is about; NULL: none */
	enum pen label_pen, value_pen;
	int indent;
	bool scrolls;        /* a line without label that is scrolled as values are */
};

struct page_lines {
	struct page_line *items;
	size_t n, cap;
	size_t label_width;
	size_t left;         /* columns that values are scrolled by */
};

struct run_overview {
	struct list list;
	struct page_lines lines;
	bool explained;      /* what stood in the run's way comes first */
	char search[SEARCH_MAX];
};

struct run_charts {
	struct list list;
	struct words keys;     /* metrics, the run's own before the system's */
	struct words overlaid; /* drawn beside that under the cursor */
	unsigned smooth;       /* index into the steps of smoothing */
	bool log_y;
	bool by_time;
	bool has_cursor;       /* the line for exact values */
	int cursor;            /* its column of the plot */
};

struct run_log {
	struct list list;      /* of lines, counted from the first that is kept */
	uint64_t top;          /* the first line shown: lines differ in the rows they take */
	int skip;              /* its first rows that are not */
	uint64_t first;        /* what that first was when last drawn */
	bool follow, wrap;
	int left;              /* columns scrolled to the right */
	char search[SEARCH_MAX];
	uint64_t found;        /* the line where the search stands */
};

struct run_files {
	struct list list;
	struct page_lines lines;
	struct jval *answers;  /* tensors by path, as the worker told them */
};

struct run_view {
	char id[33];
	char name[128];
	bool running, ended;
	size_t tab;
	struct run_overview overview;
	struct run_charts charts;
	struct run_log log;
	struct run_files files;
};

/* One tab. r is NULL while the run is not loaded. */
struct run_tab {
	const char *name;
	unsigned place;
	void (*draw)(struct run_view *v, const struct view_context *c, const struct run *r, const struct area *a);
	/* False: the action is none of this tab's. */
	bool (*act)(struct run_view *v, const struct view_context *c, enum action_id id, const char *argument,
		    struct reaction *out);
};

extern const struct run_tab run_tab_overview, run_tab_charts, run_tab_log, run_tab_files;

void page_lines_clear(struct page_lines *l);
struct page_line *page_lines_add(struct page_lines *l, int indent, const char *label, enum pen pen, const char *value);
void page_heading(struct page_lines *l, const char *text);
/* Draws the lines of a list, the cursor's row selected. */
void page_lines_draw(const struct page_lines *l, struct list *list, const char *search, const struct area *a);
/* Scrolls long values; false for any other action. */
bool page_lines_act(struct page_lines *l, enum action_id id);
/* The next line that has the text, round the end; false: none. */
bool page_lines_search(const struct page_lines *l, struct list *list, const char *search, bool forward, bool from_here);

/* What `wb explain` says of the run, under a heading. */
void run_explain_add(struct page_lines *l, const struct view_context *c, const struct run *r);

/* The chart of metrics of this run, the first key's colour first (tui/run_charts.c). */
void run_chart_draw(const struct view_context *c, const struct run *r, const char *const *keys, size_t n,
		    const struct run_charts *how, const struct area *a);
void run_charts_release(struct run_charts *ch);

#endif
