/* Aligned tables. */
#include "config.h"

#include "cli/table.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

/* A cell is kept up to this many bytes: nobody reads more in a table. */
enum { CELL_MAX = 4096, GAP = 2 };

struct cell {
	char *text;
	size_t width;
	enum output_style style;
};

struct table {
	struct table_column *columns;
	char **titles;
	size_t n_columns;
	struct cell *cells;
	size_t count;
	size_t cap;
};

static char *escape(const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(CELL_MAX * 8);
	size_t n = strlen(text);

	text_escape(&b, text, n < CELL_MAX ? n : CELL_MAX);
	return buf_take(&b);
}

struct table *table_new(const struct table_column *columns, size_t n)
{
	struct table *t = mem_zalloc(sizeof *t);

	t->columns = mem_dup(columns, n * sizeof *columns);
	t->titles = mem_calloc(n, sizeof *t->titles);
	t->n_columns = n;
	for (size_t i = 0; i < n; i++)
		t->titles[i] = escape(columns[i].title);
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].text);
	for (size_t i = 0; i < t->n_columns; i++)
		free(t->titles[i]);
	free(t->cells);
	free(t->titles);
	free(t->columns);
	free(t);
}

void table_cell_styled(struct table *t, enum output_style style, const char *text)
{
	struct cell c = { .text = escape(text ? text : ""), .style = style };

	c.width = text_width(c.text, strlen(c.text));
	mem_reserve(&t->cells, &t->cap, t->count + 1);
	t->cells[t->count++] = c;
}

void table_cell(struct table *t, const char *text)
{
	table_cell_styled(t, STYLE_PLAIN, text);
}

void table_number(struct table *t, double v, bool known)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64);

	if (known)
		human_number(&b, v);
	else
		buf_putc(&b, '-');
	table_cell(t, buf_text(&b));
}

void table_integer(struct table *t, int64_t v)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64);

	buf_printf(&b, "%" PRId64, v);
	table_cell(t, buf_text(&b));
}

void table_size(struct table *t, uint64_t bytes)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64);

	str_format_size(&b, bytes);
	table_cell(t, buf_text(&b));
}

size_t table_rows(const struct table *t)
{
	return t->count / t->n_columns;
}

/* The narrowest each column can be without cutting. */
static size_t *natural_widths(const struct table *t, bool titles)
{
	size_t *widths = mem_calloc(t->n_columns, sizeof *widths);

	for (size_t i = 0; i < t->n_columns && titles; i++)
		widths[i] = text_width(t->titles[i], strlen(t->titles[i]));
	for (size_t i = 0; i < t->count; i++)
		if (t->cells[i].width > widths[i % t->n_columns])
			widths[i % t->n_columns] = t->cells[i].width;
	return widths;
}

/* Takes columns away from the widest that may be cut, until the row fits or nothing gives. */
static void fit(const struct table *t, size_t *widths, size_t limit)
{
	size_t total = GAP * (t->n_columns - 1);

	for (size_t i = 0; i < t->n_columns; i++)
		total += widths[i];
	while (total > limit) {
		size_t widest = t->n_columns;

		for (size_t i = 0; i < t->n_columns; i++)
			if (t->columns[i].min && widths[i] > t->columns[i].min &&
			    (widest == t->n_columns || widths[i] > widths[widest]))
				widest = i;
		if (widest == t->n_columns)
			return;
		widths[widest]--;
		total--;
	}
}

size_t table_least_width(const struct table *t)
{
	CLEANUP(free) size_t *widths = natural_widths(t, true);
	size_t total = GAP * (t->n_columns - 1);

	for (size_t i = 0; i < t->n_columns; i++) {
		size_t min = t->columns[i].min;

		total += min && widths[i] > min ? min : widths[i];
	}
	return total;
}

/* Blanks are owed, and paid before the next text: a line never ends in them. */
static void print_cell(const struct table *t, struct output *out, size_t column, size_t width, const struct cell *c,
		       size_t *owed)
{
	CLEANUP(buf_release) struct buf cut = BUF_INIT(CELL_MAX * 8);
	const char *text = c->text;
	size_t taken = c->width;

	if (c->width > width) {
		text_fit(&cut, c->text, width, false);
		text = buf_text(&cut);
		taken = text_width(text, strlen(text));
	}
	if (t->columns[column].right)
		*owed += width - taken;
	if (*text) {
		output_printf(out, "%*s", (int)*owed, "");
		output_styled(out, c->style, text);
		*owed = 0;
	}
	*owed += (t->columns[column].right ? 0 : width - taken) + GAP;
}

static void print_titles(const struct table *t, struct output *out, const size_t *widths)
{
	size_t owed = 0;

	for (size_t i = 0; i < t->n_columns; i++) {
		struct cell title = { .text = t->titles[i], .style = STYLE_FAINT };

		title.width = text_width(title.text, strlen(title.text));
		print_cell(t, out, i, widths[i], &title, &owed);
	}
	output_puts(out, "\n");
}

static void print_table(const struct table *t, struct output *out, bool titles)
{
	CLEANUP(free) size_t *widths = natural_widths(t, titles);
	size_t owed = 0;

	assert(t->count % t->n_columns == 0);
	if (out->width)
		fit(t, widths, out->width);
	if (titles)
		print_titles(t, out, widths);
	for (size_t i = 0; i < t->count; i++) {
		print_cell(t, out, i % t->n_columns, widths[i % t->n_columns], &t->cells[i], &owed);
		if ((i + 1) % t->n_columns)
			continue;
		output_puts(out, "\n");
		owed = 0;
	}
}

void table_print(const struct table *t, struct output *out)
{
	print_table(t, out, true);
}

void table_print_body(const struct table *t, struct output *out)
{
	print_table(t, out, false);
}
