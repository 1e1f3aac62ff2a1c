/*
 * Rows with aligned columns, fitted to the terminal. Every cell is foreign text
 * until told otherwise: cells are escaped as they come in. Where the output is
 * no terminal, nothing is cut.
 */
#ifndef WB_CLI_TABLE_H
#define WB_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "cli/output.h"

struct table_column {
	const char *title;
	bool right;      /* numbers */
	size_t min;      /* may be cut down to this many columns; 0: never cut */
};

struct table;

/* columns is copied; its titles are escaped too, so they may be foreign. */
struct table *table_new(const struct table_column *columns, size_t n);
void table_free(struct table *t);
DEFINE_CLEANUP(table_free, struct table *);

/* Cells from left to right; a row is complete after n cells. NULL is an empty cell. */
void table_cell(struct table *t, const char *text);
void table_cell_styled(struct table *t, enum output_style style, const char *text);

/* Cells of numbers as people read them: "-" unless known; a size in its unit. */
void table_number(struct table *t, double v, bool known);
void table_integer(struct table *t, int64_t v);
void table_size(struct table *t, uint64_t bytes);

/* Columns that a row takes when everything is cut as far as it may be. */
size_t table_least_width(const struct table *t);

size_t table_rows(const struct table *t);
void table_print(const struct table *t, struct output *out);

/* Without the line of titles. */
void table_print_body(const struct table *t, struct output *out);

#endif
