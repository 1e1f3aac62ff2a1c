/* The grid of cells and drawing into rectangles of it. */
#include "config.h"

#include "tui/screen.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"

enum { FORMAT_MAX = 8192 };

static const struct cell empty_cell = { .ch = ' ' };

/* One letter a pen for dumps; of a selected cell the capital, and '@' for plain. */
static const char pen_letters[PEN_COUNT_ + 1] = ".hfgbwunTkmx123456";

static int held(int side)
{
	return side < 1 ? 1 : side > SCREEN_SIDE_MAX ? SCREEN_SIDE_MAX : side;
}

struct screen *screen_new(int width, int height)
{
	struct screen *s = mem_zalloc(sizeof *s);

	s->width = held(width);
	s->height = held(height);
	s->cells = mem_calloc((size_t)s->width * (size_t)s->height, sizeof *s->cells);
	screen_clear(s);
	return s;
}

void screen_free(struct screen *s)
{
	if (!s)
		return;
	free(s->cells);
	free(s);
}

void screen_clear(struct screen *s)
{
	for (size_t i = 0; i < (size_t)s->width * (size_t)s->height; i++)
		s->cells[i] = empty_cell;
	s->cursor_x = s->cursor_y = -1;
}

static struct cell *cell_at(const struct screen *s, int x, int y)
{
	return &s->cells[(size_t)y * (size_t)s->width + (size_t)x];
}

const struct cell *screen_at(const struct screen *s, int x, int y)
{
	return cell_at(s, x, y);
}

static void put_utf8(struct buf *b, uint32_t c)
{
	char bytes[4];

	buf_append(b, bytes, str_utf8_encode(c, bytes));
}

static bool is_blank(const struct cell *c)
{
	return c->ch == ' ' && !c->marks[0];
}

static void dump_row(const struct screen *s, int y, struct buf *out)
{
	int last = s->width;

	while (last > 0 && is_blank(cell_at(s, last - 1, y)))
		last--;
	for (int x = 0; x < last; x++) {
		const struct cell *c = cell_at(s, x, y);

		if (!c->ch)
			continue;
		put_utf8(out, c->ch);
		for (int i = 0; i < CELL_MARKS && c->marks[i]; i++)
			put_utf8(out, c->marks[i]);
	}
	buf_putc(out, '\n');
}

static char pen_letter(const struct cell *c)
{
	char letter = pen_letters[c->pen];

	if (!c->selected)
		return letter;
	return letter == '.' ? '@' : (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
}

static void dump_pens(const struct screen *s, int y, struct buf *out)
{
	int last = s->width;

	while (last > 0 && pen_letter(cell_at(s, last - 1, y)) == '.')
		last--;
	for (int x = 0; x < last; x++)
		buf_putc(out, pen_letter(cell_at(s, x, y)));
	buf_putc(out, '\n');
}

void screen_dump(const struct screen *s, bool with_pens, struct buf *out)
{
	for (int y = 0; y < s->height; y++)
		dump_row(s, y, out);
	if (!with_pens)
		return;
	buf_puts(out, "--\n");
	for (int y = 0; y < s->height; y++)
		dump_pens(s, y, out);
}

struct area area_whole(struct screen *s)
{
	return (struct area){ s, 0, 0, s->width, s->height };
}

struct area area_part(const struct area *a, int x, int y, int width, int height)
{
	int left = x < 0 ? 0 : x, top = y < 0 ? 0 : y;
	int right = x + width > a->width ? a->width : x + width;
	int bottom = y + height > a->height ? a->height : y + height;

	right = right > left ? right : left;
	bottom = bottom > top ? bottom : top;
	return (struct area){ a->screen, a->x + left, a->y + top, right - left, bottom - top };
}

static bool is_inside(const struct area *a, int x, int y)
{
	return x >= 0 && y >= 0 && x < a->width && y < a->height;
}

/* Where half of a wide character is drawn over, the other half becomes blank. */
static void set_cell(const struct area *a, int x, int y, enum pen pen, uint32_t ch)
{
	struct cell *c = cell_at(a->screen, a->x + x, a->y + y);

	if (!c->ch && a->x + x > 0)
		c[-1].ch = ' ';
	if (c->ch && a->x + x + 1 < a->screen->width && !c[1].ch)
		c[1].ch = ' ';
	*c = (struct cell){ .ch = ch, .pen = (uint8_t)pen };
}

void area_char(const struct area *a, int x, int y, enum pen pen, uint32_t ch)
{
	if (is_inside(a, x, y))
		set_cell(a, x, y, pen, ch);
}

/* A mark joins the cell before it; the third and later ones are left out. */
static void add_mark(const struct area *a, int x, int y, uint32_t mark)
{
	struct cell *c;

	if (!is_inside(a, x - 1, y))
		return;
	c = cell_at(a->screen, a->x + x - 1, a->y + y);
	if (!c->ch && x > 1)
		c--;
	for (int i = 0; i < CELL_MARKS; i++)
		if (!c->marks[i]) {
			c->marks[i] = mark;
			return;
		}
}

static int draw_unit(const struct area *a, int x, int y, enum pen pen, const struct text_unit *u)
{
	uint32_t c = '?';

	if (u->cols == u->n && (u->n > 1 || (unsigned char)u->bytes[0] < 0x80)) {
		for (size_t i = 0; i < u->n; i++)
			area_char(a, x + (int)i, y, pen, (unsigned char)u->bytes[i]);
		return x + (int)u->n;
	}
	if (!str_utf8_decode(u->bytes, u->n, &c))
		c = '?';
	if (u->cols == 0) {
		add_mark(a, x, y, c);
	} else if (u->cols == 1) {
		area_char(a, x, y, pen, c);
	} else if (is_inside(a, x, y) && is_inside(a, x + 1, y)) {
		set_cell(a, x + 1, y, pen, ' ');
		set_cell(a, x, y, pen, c);
		cell_at(a->screen, a->x + x + 1, a->y + y)->ch = 0;
	}
	return x + (int)u->cols;
}

int area_text_n(const struct area *a, int x, int y, enum pen pen, const char *text, size_t n)
{
	struct text_unit unit;

	if (y < 0 || y >= a->height)
		return x;
	for (size_t i = 0; i < n && x <= a->width;) {
		i += text_next(text + i, n - i, &unit);
		x = draw_unit(a, x, y, pen, &unit);
	}
	return x;
}

int area_text(const struct area *a, int x, int y, enum pen pen, const char *text)
{
	return area_text_n(a, x, y, pen, text, strlen(text));
}

int area_printf(const struct area *a, int x, int y, enum pen pen, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(FORMAT_MAX);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return area_text_n(a, x, y, pen, buf_text(&b), b.len);
}

int area_field(const struct area *a, int x, int y, int width, bool right, enum pen pen, const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(FORMAT_MAX);
	struct area field = area_part(a, x, y, width, 1);
	size_t taken;

	if (width <= 0)
		return x;
	text_fit(&b, text, (size_t)width, false);
	taken = text_width(buf_text(&b), b.len);
	area_text_n(&field, right && taken < (size_t)width ? width - (int)taken : 0, 0, pen, buf_text(&b), b.len);
	return x + width;
}

/* Bytes of text that fit into width columns, up to the last blank there is. */
static size_t line_length(const char *text, size_t n, size_t width)
{
	size_t at = 0, blank = 0, used = 0;
	struct text_unit unit;

	while (at < n) {
		size_t taken = text_next(text + at, n - at, &unit);

		if (used + unit.cols > width)
			return blank ? blank : at ? at : taken;
		if (text[at] == ' ')
			blank = at;
		used += unit.cols;
		at += taken;
	}
	return n;
}

int area_wrapped(const struct area *a, int x, int y, int width, int rows, enum pen pen, const char *text)
{
	size_t n = strlen(text);
	int taken = 0;

	while (n && taken < rows && width > 0) {
		size_t length = line_length(text, n, (size_t)width);

		area_text_n(a, x, y + taken++, pen, text, length);
		text += length;
		n -= length;
		while (n && *text == ' ') {
			text++;
			n--;
		}
	}
	return taken;
}

void area_fill(const struct area *a, int y, enum pen pen)
{
	for (int x = 0; x < a->width; x++)
		area_char(a, x, y, pen, ' ');
}

void area_select(const struct area *a, int y)
{
	for (int x = 0; x < a->width; x++)
		if (is_inside(a, x, y))
			cell_at(a->screen, a->x + x, a->y + y)->selected = true;
}

void area_cursor(const struct area *a, int x, int y)
{
	if (!is_inside(a, x, y))
		return;
	a->screen->cursor_x = a->x + x;
	a->screen->cursor_y = a->y + y;
}
