/*
 * The filter language of `wb ls`: MLflow's grammar, extended.
 *
 *     filter  := or
 *     or      := and { OR and }
 *     and     := not { AND not }
 *     not     := [NOT] primary
 *     primary := "(" or ")" | compare
 *     compare := ident op value | ident [NOT] (LIKE | ILIKE) text | ident [NOT] IN "(" value { "," value } ")"
 *              | ident IS [NOT] NULL | ident [NOT] BETWEEN value AND value
 *     ident   := [prefix "."] key [".min" | ".max" | ".count"]    -- the last for metrics, unless quoted
 *     prefix  := metric(s) | param(s) | parameter(s) | tag(s) | attribute(s) | attr | run | dataset(s)
 *     key     := bare | `any` | "any"
 *     op      := = == != <> < <= > >=
 *     value   := number | 'text' | "text" | duration (2h30m, for `duration`) | true | false
 *
 * Words are case-insensitive. Quotes are doubled inside a quoted text. An
 * identifier without prefix is an attribute. This half only reads text; names
 * and types are checked here too, so that a parsed query always compiles.
 */
#ifndef WB_TRACKER_QUERY_H
#define WB_TRACKER_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

/* Where in a text an error lies, in bytes. length 0: at the end. */
struct query_mark {
	const char *text; /* borrowed from the caller; NULL: no place */
	size_t start;
	size_t length;
};

/*
 * Two lines: the text (cut around the mark to fit width columns, escaped) and a caret line under it.
 * Appended; no newline last.
 */
void query_mark_format(struct buf *b, const struct query_mark *m, size_t width);

struct query;

/* ERR_INVALID: the message names the column, the hint the nearest name or the expected form. text may be NULL. */
int query_parse(const char *text, struct query **out, struct query_mark *mark, struct error *err) WB_MUST_CHECK;
void query_free(struct query *q);
DEFINE_CLEANUP(query_free, struct query *);

/* The parsed form as text, fully parenthesised: for tests and `--debug`. Appended. */
void query_format(struct buf *b, const struct query *q);

#endif
