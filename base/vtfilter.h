/*
 * What a program inside may write to a person's terminal.
 *
 * Colours, cursor moves, full screens, titles and mouse modes pass. Sequences
 * that reach beyond the screen do not: the clipboard (OSC 52), answers that
 * carry somebody's text back as typed keys (title and selection reports,
 * DECRQSS, ENQ, checksums of the screen), files and images (OSC 1337, APC,
 * DCS), printers, keyboard locks, 8-bit controls, and whatever is not known
 * here: it is a list of what passes. Only whole sequences pass, so no chunk
 * boundary and no broken beginning changes what comes out.
 */
#ifndef WB_BASE_VTFILTER_H
#define WB_BASE_VTFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { VTFILTER_SEQUENCE = 512 };

/* All zero is a fresh one. */
struct vtfilter {
	unsigned char state;
	unsigned char utf8_left;      /* continuation bytes to come */
	char held[VTFILTER_SEQUENCE]; /* the sequence, or the character, so far */
	size_t n_held;
	size_t skipped;               /* bytes of a string that is not passed on */
	/* What was changed and not changed back: */
	uint32_t modes;               /* bits of the table in vtfilter.c */
	bool styled, shifted, keypad, margins, cursor, keys, inserting, newlines, coloured, linked;
	unsigned pushed;              /* entries on the terminal's stack of keyboard modes */
};

/* Appends what of the n bytes passes. */
void vtfilter_pass(struct vtfilter *f, const char *s, size_t n, struct buf *out);

/* Appends what puts the terminal's modes back, and begins afresh. Nothing where nothing was left changed. */
void vtfilter_end(struct vtfilter *f, struct buf *out);

#endif
