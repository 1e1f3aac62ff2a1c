/*
 * A growable byte buffer with a mandatory ceiling.
 *
 * data is always NUL-terminated once anything was appended (len does not count
 * it) and never NULL after buf_text(). An append that would pass max is dropped
 * and sets full; a caller appends freely and asks once, with buf_check(), at
 * the end.
 */
#ifndef WB_BASE_BUF_H
#define WB_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
	bool full;
};

#define BUF_INIT(ceiling) { .max = (ceiling) }

void buf_release(struct buf *b);
DEFINE_CLEANUP_VALUE(buf_release, struct buf);

/* Empties it; memory and max stay. */
void buf_clear(struct buf *b);

/* Past max the whole of it is dropped and full is set. */
void buf_append(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) WB_PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) WB_PRINTF(2, 0);

/* Removes the first n bytes. */
void buf_consume(struct buf *b, size_t n);
void buf_truncate(struct buf *b, size_t len);

/* At least n writable bytes behind data+len (for read(2)); NULL when max forbids. The caller adds to len. */
char *buf_room(struct buf *b, size_t n);

/* The text, "" when empty; borrowed until the next append. */
const char *buf_text(const struct buf *b);

/* Hands the heap text over; the buffer is empty afterwards. */
char *buf_take(struct buf *b);

/* ERR_LIMIT naming what, when an append was dropped. */
int buf_check(const struct buf *b, const char *what, struct error *err) WB_MUST_CHECK;

#endif
