/* Buffered, checked, coloured, escaped output. */
#include "config.h"

#include "cli/output.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/text.h"

enum { FLUSH_AT = 32 * 1024 };

static const char *const style_codes[STYLE_COUNT_] = {
	[STYLE_PLAIN] = "\033[0m",
	[STYLE_STRONG] = "\033[1m",
	[STYLE_FAINT] = "\033[2m",
	[STYLE_GOOD] = "\033[32m",
	[STYLE_BAD] = "\033[31m",
	[STYLE_WARN] = "\033[33m",
	[STYLE_BUSY] = "\033[36m",
	[STYLE_NAME] = "\033[1;34m",
};

bool output_wants_color(int fd, enum output_color when)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if ((no_color && *no_color) || !term || str_eq(term, "dumb"))
		return false;
	return isatty(fd) == 1;
}

static size_t find_width(int fd)
{
	struct winsize size;
	uint64_t columns;
	struct error ignored = { 0 };
	const char *text = getenv("COLUMNS");

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	if (text && str_parse_u64(text, &columns, &ignored) == 0 && columns >= 20 && columns < 10000)
		return (size_t)columns;
	return 0;
}

void output_init(struct output *out, int fd, enum output_color when)
{
	*out = (struct output){
		.fd = fd,
		.color = output_wants_color(fd, when),
		.width = find_width(fd),
		.pending = BUF_INIT(LIMIT_JSON * 8),
	};
}

void output_release(struct output *out)
{
	buf_release(&out->pending);
}

/* Keeps the first failure for output_flush() to report. */
static void drain(struct output *out)
{
	size_t done = 0;

	while (done < out->pending.len && !out->sys) {
		ssize_t n = sys_write(out->fd, out->pending.data + done, out->pending.len - done);

		if (n < 0)
			out->sys = errno;
		else
			done += (size_t)n;
	}
	buf_clear(&out->pending);
}

void output_write(struct output *out, const void *p, size_t n)
{
	if (out->sys)
		return;
	buf_append(&out->pending, p, n);
	if (out->pending.len >= FLUSH_AT)
		drain(out);
}

void output_puts(struct output *out, const char *s)
{
	output_write(out, s, strlen(s));
}

void output_printf(struct output *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&out->pending, fmt, ap);
	va_end(ap);
	output_write(out, "", 0);
}

void output_untrusted(struct output *out, const char *s)
{
	if (!s)
		return;
	text_escape_str(&out->pending, s);
	output_write(out, "", 0);
}

void output_untrusted_text(struct output *out, const char *s, size_t n)
{
	for (const char *tab; (tab = memchr(s, '\t', n)); s = tab + 1) {
		text_escape(&out->pending, s, (size_t)(tab - s));
		buf_puts(&out->pending, "        ");
		n -= (size_t)(tab - s) + 1;
	}
	text_escape(&out->pending, s, n);
	output_write(out, "", 0);
}

void output_style(struct output *out, enum output_style style)
{
	if (out->color)
		output_puts(out, style_codes[style]);
}

void output_styled(struct output *out, enum output_style style, const char *trusted)
{
	if (style != STYLE_PLAIN)
		output_style(out, style);
	output_puts(out, trusted);
	if (style != STYLE_PLAIN)
		output_style(out, STYLE_PLAIN);
}

/* Bytes at p of a character that JSON allows and that acts on a terminal: DEL, C1 controls, bidirectional marks. */
static size_t acting(const unsigned char *p, uint32_t *out)
{
	size_t n;

	if (*p == 0x7f) {
		*out = *p;
		return 1;
	}
	if (*p != 0xc2 && *p != 0xd8 && *p != 0xe2)
		return 0;
	n = str_utf8_decode((const char *)p, strnlen((const char *)p, 4), out);
	if (*out < 0xa0 || *out == 0x61c || *out == 0x200e || *out == 0x200f || (*out >= 0x2028 && *out <= 0x202e) ||
	    (*out >= 0x2066 && *out <= 0x2069))
		return n;
	return 0;
}

/* Such characters stand only inside strings, where their escape means the same. */
void output_json_text(struct output *out, const char *json)
{
	const unsigned char *from = (const unsigned char *)json, *p;
	uint32_t c;

	for (p = from; *p;) {
		size_t n = acting(p, &c);

		if (!n) {
			p++;
			continue;
		}
		output_write(out, from, (size_t)(p - from));
		output_printf(out, "\\u%04x", c);
		p += n;
		from = p;
	}
	output_write(out, from, (size_t)(p - from));
}

void output_json(struct output *out, const struct jval *v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(out->pending.max);

	jval_format(v, JVAL_COMPACT, &text);
	output_json_text(out, buf_text(&text));
	output_puts(out, "\n");
}

void output_field(struct output *out, size_t width, const char *name, const char *value)
{
	output_style(out, STYLE_FAINT);
	output_printf(out, "%-*s", (int)width, name);
	output_style(out, STYLE_PLAIN);
	output_untrusted(out, value);
	output_puts(out, "\n");
}

int output_flush(struct output *out, struct error *err)
{
	drain(out);
	if (!out->sys || out->sys == EPIPE)
		return 0;
	errno = out->sys;
	return error_sys(err, out->fd == STDOUT_FILENO ? "standard output" : "standard error");
}
