/* Escaping and measuring of untrusted text. */
#include "config.h"

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"

struct span {
	uint32_t first, last;
};

/* Code points that change how the rest of a line is laid out or are invisible: shown as escapes. */
static const struct span hidden[] = {
	{ 0x00ad, 0x00ad }, { 0x061c, 0x061c }, { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x2064 },
	{ 0x2066, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

/* East Asian Wide and Fullwidth ranges, from Unicode 15 EastAsianWidth.txt, merged coarsely. */
static const struct span wide[] = {
	{ 0x1100, 0x115f }, { 0x231a, 0x231b }, { 0x2329, 0x232a }, { 0x23e9, 0x23ec }, { 0x2e80, 0x303e },
	{ 0x3041, 0x33ff }, { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff }, { 0xa000, 0xa4cf }, { 0xa960, 0xa97c },
	{ 0xac00, 0xd7a3 }, { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

static const struct span combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x064b, 0x065f }, { 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f },
};

static bool in_spans(uint32_t c, const struct span *spans, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= spans[i].first && c <= spans[i].last)
			return true;
	return false;
}

#define IN(c, spans) in_spans((c), (spans), sizeof(spans) / sizeof *(spans))

static bool printable(uint32_t c)
{
	return c >= 0x20 && c != 0x7f && !(c >= 0x80 && c <= 0x9f) && !IN(c, hidden);
}

/* Formats the escape of one code point (or one invalid byte when invalid). Returns its length. */
static size_t format_escape(char out[12], uint32_t c, bool invalid)
{
	switch (invalid ? 0 : c) {
	case '\n': return (size_t)snprintf(out, 12, "\\n");
	case '\t': return (size_t)snprintf(out, 12, "\\t");
	case '\r': return (size_t)snprintf(out, 12, "\\r");
	default:
		if (invalid || c <= 0xff)
			return (size_t)snprintf(out, 12, "\\x%02x", c & 0xffu);
		return (size_t)snprintf(out, 12, c > 0xffff ? "\\U%08x" : "\\u%04x", c);
	}
}

/* Reads one unit at s; piece and plen are what to show, *cols its width. Returns bytes consumed. */
static size_t next_piece(const char *s, size_t n, char scratch[12], const char **piece, size_t *plen, size_t *cols)
{
	uint32_t c = (unsigned char)*s;
	size_t len = str_utf8_decode(s, n, &c);

	if (len && printable(c)) {
		*piece = s;
		*plen = len;
		*cols = IN(c, wide) ? 2 : IN(c, combining) ? 0 : 1;
		return len;
	}
	*plen = format_escape(scratch, c, len == 0);
	*piece = scratch;
	*cols = *plen;
	return len ? len : 1;
}

size_t text_next(const char *s, size_t n, struct text_unit *out)
{
	const char *piece;
	size_t taken = next_piece(s, n, out->bytes, &piece, &out->n, &out->cols);

	if (piece != out->bytes)
		memcpy(out->bytes, piece, out->n);
	return taken;
}

/* How many bytes from s on are printable ASCII: mostly all. */
static size_t plain_run(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] < 0x7f)
		i++;
	return i;
}

void text_escape(struct buf *b, const char *s, size_t n)
{
	char scratch[12];
	const char *piece;
	size_t plen, cols;

	for (size_t i = 0; i < n;) {
		size_t plain = plain_run(s + i, n - i);

		buf_append(b, s + i, plain);
		i += plain;
		if (i == n)
			break;
		i += next_piece(s + i, n - i, scratch, &piece, &plen, &cols);
		buf_append(b, piece, plen);
	}
}

void text_escape_str(struct buf *b, const char *s)
{
	text_escape(b, s, strlen(s));
}

size_t text_width(const char *s, size_t n)
{
	char scratch[12];
	const char *piece;
	size_t plen, cols, total = 0;

	for (size_t i = 0; i < n;) {
		size_t plain = plain_run(s + i, n - i);

		total += plain;
		i += plain;
		if (i == n)
			break;
		i += next_piece(s + i, n - i, scratch, &piece, &plen, &cols);
		total += cols;
	}
	return total;
}

void text_fit(struct buf *b, const char *s, size_t width, bool pad)
{
	char scratch[12];
	const char *piece;
	size_t n = strlen(s), plen, cols, used = 0;
	bool cut = text_width(s, n) > width;
	size_t room = cut && width ? width - 1 : width;

	for (size_t i = 0; i < n;) {
		i += next_piece(s + i, n - i, scratch, &piece, &plen, &cols);
		if (used + cols > room)
			break;
		buf_append(b, piece, plen);
		used += cols;
	}
	if (cut && width) {
		buf_puts(b, "…");
		used++;
	}
	for (; pad && used < width; used++)
		buf_putc(b, ' ');
}
