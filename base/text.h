/*
 * Text that somebody else wrote (a run, a file name, a host), made safe to show.
 *
 * Control bytes, escape sequences, 8-bit C1 controls, bidirectional overrides
 * and invalid UTF-8 appear as visible escapes (\n, \x1b, \u202e) and never reach
 * a terminal as themselves.
 */
#ifndef WB_BASE_TEXT_H
#define WB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Appends s as one printable line. A backslash stays itself, for readability. */
void text_escape(struct buf *b, const char *s, size_t n);
void text_escape_str(struct buf *b, const char *s);

/* Terminal columns that the text takes (wide characters count two, combining marks none). */
size_t text_width(const char *s, size_t n);

/* As text_escape, cut to at most width columns with a trailing "…" where cut; padded with blanks when pad. */
void text_fit(struct buf *b, const char *s, size_t width, bool pad);

/* One unit of a text as it is shown: a character, a combining mark, or the escape of what must not be shown itself. */
struct text_unit {
	char bytes[12];
	size_t n;
	size_t cols;
};

/* Reads the unit at s (n > 0 bytes there). Returns the bytes of s that it stands for. */
size_t text_next(const char *s, size_t n, struct text_unit *out);

#endif
