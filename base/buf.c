/* Bounded byte buffers. */
#include "config.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->full = false;
	if (b->data)
		b->data[0] = '\0';
}

char *buf_room(struct buf *b, size_t n)
{
	if (n > b->max || b->len > b->max - n) {
		b->full = true;
		return NULL;
	}
	mem_reserve(&b->data, &b->cap, b->len + n + 1);
	return b->data + b->len;
}

void buf_append(struct buf *b, const void *p, size_t n)
{
	char *room = buf_room(b, n);

	if (!room)
		return;
	if (n)
		memcpy(room, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	size_t free_bytes = b->cap - b->len;
	va_list again;
	int n;

	/* Into what room there is: mostly it is enough. */
	va_copy(again, ap);
	n = vsnprintf(free_bytes ? b->data + b->len : NULL, free_bytes, fmt, again);
	va_end(again);
	if (n < 0 || !buf_room(b, (size_t)n)) {
		if (free_bytes)
			b->data[b->len] = '\0';
		return;
	}
	if ((size_t)n >= free_bytes)
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len) {
		b->len = len;
		b->data[len] = '\0';
	}
}

const char *buf_text(const struct buf *b)
{
	return b->data && b->len ? b->data : "";
}

char *buf_take(struct buf *b)
{
	char *text;

	mem_reserve(&b->data, &b->cap, b->len + 1);
	b->data[b->len] = '\0';
	text = b->data;
	*b = (struct buf){ .max = b->max };
	return text;
}

int buf_check(const struct buf *b, const char *what, struct error *err)
{
	if (b->full)
		return error_set(err, ERR_LIMIT, "%s is larger than %zu bytes", what, b->max);
	return 0;
}
