/* A chart as an SVG document: the same envelope, one column a pixel. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "chart/lines.h"

enum { LEFT = 64, RIGHT = 16, TOP = 36, BOTTOM = 36, LEGEND_ROW = 18, FONT = 12, NAME_MAX_ = 1024 };

/* Okabe and Ito's colours, which people with any kind of colour vision can tell apart. */
static const char *const colours[] = { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9" };

static const char *colour_of(size_t series)
{
	return colours[series % (sizeof colours / sizeof *colours)];
}

/* Escaped twice: nothing invisible, nothing that XML would read. */
static void put_text(struct buf *out, const char *text)
{
	CLEANUP(buf_release) struct buf plain = BUF_INIT(NAME_MAX_);

	text_escape(&plain, text, strnlen(text, NAME_MAX_ / 8));
	for (const char *c = buf_text(&plain); *c; c++)
		switch (*c) {
		case '<': buf_puts(out, "&lt;"); break;
		case '>': buf_puts(out, "&gt;"); break;
		case '&': buf_puts(out, "&amp;"); break;
		case '"': buf_puts(out, "&quot;"); break;
		default: buf_putc(out, *c); break;
		}
}

struct frame {
	double left, top, width, height;
};

static double x_of(const struct frame *f, double unit)
{
	return f->left + unit * f->width;
}

static double y_of(const struct frame *f, double unit)
{
	return f->top + (1 - unit) * f->height;
}

static void draw_axes(const struct chart_spec *spec, const struct lines *all, const struct frame *f, struct buf *out)
{
	struct tick ticks[TICKS_MAX];
	size_t n = scale_ticks(&all->y, (size_t)(f->height / 50), TICK_VALUE, ticks);

	buf_puts(out, "<g stroke=\"#dddddd\" fill=\"#444444\">\n");
	for (size_t i = 0; i < n; i++) {
		double y = y_of(f, scale_unit(&all->y, ticks[i].at));

		buf_printf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", f->left, y, f->left + f->width, y);
		buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" stroke=\"none\">%s</text>\n", f->left - 6, y + 4,
			   ticks[i].label);
	}
	n = scale_ticks(&all->x, (size_t)(f->width / 100), spec->x_is_time ? TICK_TIME : TICK_STEP, ticks);
	for (size_t i = 0; i < n; i++) {
		double x = x_of(f, scale_unit(&all->x, ticks[i].at));

		buf_printf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>", x, f->top, x, f->top + f->height);
		buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" stroke=\"none\">%s</text>\n", x,
			   f->top + f->height + 18, ticks[i].label);
	}
	buf_puts(out, "</g>\n");
}

static void begin_path(struct buf *out, bool *open)
{
	if (!*open)
		buf_puts(out, " M");
	*open = true;
}

static void draw_line(const struct lines *all, size_t series, const struct frame *f, struct buf *out)
{
	size_t columns = (size_t)f->width + 1;
	CLEANUP(free) struct envelope *e = mem_calloc(columns, sizeof *e);
	bool open = false;

	line_envelope(&all->items[series], all, columns, e);
	buf_printf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" stroke-linecap=\"round\" d=\"", colour_of(series));
	for (size_t i = 0; i < columns; i++) {
		const double values[] = { e[i].first, e[i].low, e[i].high, e[i].last };
		double x = x_of(f, (double)i / (double)(columns - 1));

		if (!e[i].used)
			continue;
		open = open && e[i].joined;
		begin_path(out, &open);
		for (size_t k = 0; k < 4; k++)
			if (k == 0 || values[k] != values[k - 1])
				buf_printf(out, " %.1f,%.1f", x, y_of(f, scale_unit(&all->y, values[k])));
		/* A single point is a line of no length, whose round ends show. */
		if (e[i].low == e[i].high)
			buf_puts(out, " h0");
		open = e[i].low != e[i].high;
		if (!open && i + 1 < columns) {
			buf_printf(out, " M %.1f,%.1f", x, y_of(f, scale_unit(&all->y, e[i].last)));
			open = true;
		}
	}
	buf_puts(out, "\"/>\n");
}

static void draw_legend(const struct chart_spec *spec, const struct lines *all, const struct frame *f, struct buf *out)
{
	for (size_t i = 0; i < all->count; i++) {
		double y = f->top + 14 + LEGEND_ROW * (double)i;

		buf_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"14\" height=\"3\" fill=\"%s\"/>", f->left + f->width - 190, y - 5,
			   colour_of(i));
		buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#222222\">", f->left + f->width - 170, y);
		put_text(out, all->items[i].name);
		if (all->items[i].hidden)
			buf_printf(out, " (%zu not %s)", all->items[i].hidden, spec->log_y ? "above 0" : "finite");
		buf_puts(out, "</text>\n");
	}
}

void chart_svg(const struct chart_spec *spec, const char *title, struct buf *out)
{
	CLEANUP(lines_release) struct lines all = { .count = 0 };
	int width = spec->width < 200 ? 200 : spec->width, height = spec->height < 150 ? 150 : spec->height;
	struct frame f = { LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM };

	lines_make(spec, &all);
	buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
		   "font-family=\"sans-serif\" font-size=\"%d\">\n<title>", width, height, width, height, FONT);
	put_text(out, title);
	buf_printf(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height);
	buf_printf(out, "<text x=\"%d\" y=\"22\" font-size=\"14\" fill=\"#222222\">", LEFT);
	put_text(out, title);
	buf_puts(out, "</text>\n");
	draw_axes(spec, &all, &f, out);
	for (size_t i = all.count; all.any && i-- > 0;)
		draw_line(&all, i, &f, out);
	draw_legend(spec, &all, &f, out);
	buf_puts(out, "</svg>\n");
}
