/* Frames between a viewer's terminal and the supervisor. */
#include "config.h"

#include "engine/ttyframe.h"

#include <string.h>

static size_t body_length(const struct ttyframe_reader *r)
{
	return r->head[1] | (size_t)r->head[2] << 8;
}

static bool head_is_good(const struct ttyframe_reader *r)
{
	size_t n = body_length(r);

	switch (r->head[0]) {
	case 'd': return n > 0 && n <= TTYFRAME_MAX;
	case 's': return n == 4;
	case 'w': return n > 0 && n <= TTYFRAME_SHORT;
	default: return false;
	}
}

static int number(const char *p)
{
	return (unsigned char)p[0] | (unsigned char)p[1] << 8;
}

static void finish(struct ttyframe_reader *r, struct ttyframe *out)
{
	size_t n = body_length(r);

	if (r->head[0] == 's') {
		out->kind = TTYFRAME_SIZE;
		out->size = (struct pty_size){ .rows = number(r->body), .cols = number(r->body + 2) };
	} else {
		out->kind = TTYFRAME_WORD;
		memcpy(out->word, r->body, n);
		out->word[n] = '\0';
	}
	r->have = 0;
}

/* What there is of a long frame, as it comes. */
static size_t take_typed(struct ttyframe_reader *r, const char *p, size_t n, struct ttyframe *out)
{
	if (n > r->left)
		n = r->left;
	r->left -= n;
	if (n)
		*out = (struct ttyframe){ .kind = TTYFRAME_TYPED, .data = p, .n = n };
	return n;
}

size_t ttyframe_next(struct ttyframe_reader *r, const char *p, size_t n, struct ttyframe *out)
{
	size_t used = 0;

	*out = (struct ttyframe){ .kind = TTYFRAME_NONE };
	if (r->left)
		return take_typed(r, p, n, out);
	while (used < n) {
		char c = p[used++];

		if (r->have < TTYFRAME_HEAD)
			r->head[r->have++] = (unsigned char)c;
		else
			r->body[r->have++ - TTYFRAME_HEAD] = c;
		if (r->have < TTYFRAME_HEAD)
			continue;
		if (!head_is_good(r)) {
			out->kind = TTYFRAME_BAD;
			return used;
		}
		if (r->head[0] == 'd') {
			r->left = body_length(r);
			r->have = 0;
			return used + take_typed(r, p + used, n - used, out);
		}
		if (r->have == TTYFRAME_HEAD + body_length(r)) {
			finish(r, out);
			return used;
		}
	}
	return used;
}

static void put(struct buf *b, char kind, const char *p, size_t n)
{
	const char head[TTYFRAME_HEAD] = { kind, (char)(n & 0xff), (char)(n >> 8) };

	buf_append(b, head, sizeof head);
	buf_append(b, p, n);
}

void ttyframe_put_typed(struct buf *b, const char *p, size_t n)
{
	while (n) {
		size_t piece = n < TTYFRAME_MAX ? n : TTYFRAME_MAX;

		put(b, 'd', p, piece);
		p += piece;
		n -= piece;
	}
}

void ttyframe_put_size(struct buf *b, const struct pty_size *size)
{
	const char body[4] = {
		(char)(size->rows & 0xff), (char)(size->rows >> 8), (char)(size->cols & 0xff), (char)(size->cols >> 8),
	};

	put(b, 's', body, sizeof body);
}

void ttyframe_put_word(struct buf *b, const char *word)
{
	put(b, 'w', word, strlen(word));
}
