/*
 * What a viewer with a terminal sends to the supervisor: frames of one byte of
 * kind, two bytes of length (little-endian), and so many bytes.
 *
 *     'd' what was typed    's' u16 rows, u16 columns    'w' a word: stop, interrupt, kill
 */
#ifndef WB_ENGINE_TTYFRAME_H
#define WB_ENGINE_TTYFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "sandbox/pty.h"

enum ttyframe_kind {
	TTYFRAME_NONE,  /* not a whole one yet */
	TTYFRAME_TYPED, /* perhaps a part of it: data and n */
	TTYFRAME_SIZE,
	TTYFRAME_WORD,
	TTYFRAME_BAD,   /* no frame begins so */
};

enum { TTYFRAME_HEAD = 3, TTYFRAME_SHORT = 16, TTYFRAME_MAX = 4096 };

/* Where a reader is. All zero: before the first frame. */
struct ttyframe_reader {
	unsigned char head[TTYFRAME_HEAD];
	size_t have;                 /* bytes of head and, for short kinds, of body that are there */
	char body[TTYFRAME_SHORT];
	size_t left;                 /* of a 'd' frame */
};

struct ttyframe {
	enum ttyframe_kind kind;
	const char *data;            /* borrowed from what was read */
	size_t n;
	struct pty_size size;
	char word[TTYFRAME_SHORT + 1];
};

/* Takes from the n bytes at p what the next frame needs; returns how many were used. */
size_t ttyframe_next(struct ttyframe_reader *r, const char *p, size_t n, struct ttyframe *out);

/* Appends frames. */
void ttyframe_put_typed(struct buf *b, const char *p, size_t n);
void ttyframe_put_size(struct buf *b, const struct pty_size *size);
void ttyframe_put_word(struct buf *b, const char *word);

#endif
