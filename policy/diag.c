/* Findings about a policy: collecting, showing, JSON. */
#include "config.h"

#include "policy/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

enum { DIAGS_MAX = 200, SHOWN_COLUMNS = 160, MESSAGE_MAX = 400, TAB_WIDTH = 4 };

void policy_diags_release(struct policy_diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->items[i].file);
		free(d->items[i].message);
		free(d->items[i].help);
		free(d->items[i].source);
	}
	free(d->items);
	*d = (struct policy_diags){ 0 };
}

static void locate(struct policy_diag *item, const struct source *src, uint32_t at, uint32_t end)
{
	const char *text = src->text;
	size_t start, stop;

	if (at > src->len)
		at = (uint32_t)src->len;
	item->row = 1;
	for (start = at; start > 0 && text[start - 1] != '\n';)
		start--;
	for (size_t i = 0; i < start; i++)
		item->row += text[i] == '\n';
	for (stop = at; stop < src->len && text[stop] != '\n';)
		stop++;
	item->col = (unsigned)(at - start) + 1;
	if (end > stop)
		end = (uint32_t)stop;
	item->end_col = end > at ? (unsigned)(end - start) + 1 : item->col + 1;
	if (stop > start && text[stop - 1] == '\r')
		stop--;
	item->source = mem_strndup(text + start, stop - start);
}

static char *format_message(const char *fmt, va_list ap) WB_PRINTF(1, 0);

/* A name in it may be as long as a file: cut, at the beginning of a character. */
static char *format_message(const char *fmt, va_list ap)
{
	struct buf b = BUF_INIT(2 * LIMIT_CONFIG);

	buf_vprintf(&b, fmt, ap);
	if (b.len > MESSAGE_MAX) {
		size_t n = MESSAGE_MAX;

		while (n > 0 && ((unsigned char)b.data[n] & 0xc0) == 0x80)
			n--;
		buf_truncate(&b, n);
		buf_puts(&b, "…");
	}
	return buf_take(&b);
}

unsigned source_row(const struct source *src, uint32_t at)
{
	unsigned row = 1;

	for (uint32_t i = 0; i < at && i < src->len; i++)
		row += src->text[i] == '\n';
	return row;
}

void diag_vadd(struct policy_diags *d, struct diag_kind kind, const struct source *src, uint32_t at, uint32_t end,
	       const char *fmt, va_list ap)
{
	struct policy_diag *item;

	/* A file of nothing but errors must not flood; the count stays right. */
	if (kind.severity == POLICY_SEV_ERROR)
		d->errors++;
	if (d->n >= DIAGS_MAX)
		return;
	mem_reserve(&d->items, &d->cap, d->n + 1);
	item = &d->items[d->n++];
	*item = (struct policy_diag){ .severity = kind.severity, .code = kind.code, .id = kind.id };
	item->file = mem_strdup(src ? src->file : "");
	item->message = format_message(fmt, ap);
	if (src)
		locate(item, src, at, end);
}

void diag_add(struct policy_diags *d, struct diag_kind kind, const struct source *src, uint32_t at, uint32_t end,
	      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_vadd(d, kind, src, at, end, fmt, ap);
	va_end(ap);
}

void diag_help(struct policy_diags *d, const char *fmt, ...)
{
	va_list ap;

	if (!d->n || d->items[d->n - 1].help)
		return;
	va_start(ap, fmt);
	d->items[d->n - 1].help = format_message(fmt, ap);
	va_end(ap);
}

void policy_diags_add_file(struct policy_diags *d, const char *file, const struct error *why)
{
	size_t n = strlen(file), before = d->n;
	bool named = strncmp(why->text, file, n) == 0;
	const char *text = named && strncmp(why->text + n, ": ", 2) == 0 ? why->text + n + 2 : why->text;
	unsigned row = 0, col = 0;
	int place = 0;

	/* The place that the reader of JSON or YAML names is the finding's. */
	if (sscanf(text, "JSON, line %u, column %u: %n", &row, &col, &place) == 2 && place)
		text += place;
	else if (named && text == why->text && sscanf(text + n, ":%u:%u: %n", &row, &col, &place) == 2 && place)
		text += n + (size_t)place;
	else
		row = col = 0;
	if (named && text == why->text)
		diag_add(d, DIAG_FILE, NULL, 0, 0, "the file%s", why->text + n);
	else
		diag_add(d, DIAG_FILE, NULL, 0, 0, "%s", text);
	if (d->n == before)
		return;
	free(d->items[before].file);
	d->items[before].file = mem_strdup(file);
	d->items[before].row = row;
	d->items[before].col = col;
	d->items[before].end_col = col + (col > 0);
	if (why->hint[0])
		diag_help(d, "%s", why->hint);
}

static int by_place(const void *pa, const void *pb)
{
	const struct policy_diag *a = pa, *b = pb;
	int files = strcmp(a->file, b->file);

	if (files)
		return files;
	if (a->row != b->row)
		return a->row < b->row ? -1 : 1;
	return a->col < b->col ? -1 : a->col > b->col;
}

void diag_sort(struct policy_diags *d)
{
	if (d->n)
		qsort(d->items, d->n, sizeof *d->items, by_place);
}

/* As it is shown: escaped, and with tabs as blanks, since policies are indented by them. */
static void show_text(struct buf *out, const char *s, size_t n)
{
	for (size_t done = 0; done < n;) {
		const char *tab = memchr(s + done, '\t', n - done);
		size_t len = tab ? (size_t)(tab - s) - done : n - done;

		text_escape(out, s + done, len);
		if (tab)
			buf_printf(out, "%*s", TAB_WIDTH, "");
		done += len + (tab != NULL);
	}
}

static size_t shown_width(const char *s, size_t n)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(LIMIT_MIB);

	show_text(&shown, s, n);
	return shown.len ? text_width(shown.data, shown.len) : 0;
}

static bool inside_character(const char *s, size_t at)
{
	return ((unsigned char)s[at] & 0xc0) == 0x80;
}

/* The line with a caret span below; of a long line the part around the span. */
static void print_source(const struct policy_diag *item, struct buf *out)
{
	const char *line = item->source;
	size_t len = strlen(line), at = item->col - 1, end = item->end_col - 1, from = 0, to = len;

	if (len == 0 || at > len)
		return;
	if (len > SHOWN_COLUMNS) {
		from = at > SHOWN_COLUMNS / 2 ? at - SHOWN_COLUMNS / 2 : 0;
		to = from + SHOWN_COLUMNS < len ? from + SHOWN_COLUMNS : len;
	}
	while (from < at && inside_character(line, from))
		from++;
	while (to < len && to > at && inside_character(line, to))
		to--;
	buf_puts(out, from ? "  …" : "  ");
	show_text(out, line + from, to - from);
	buf_puts(out, to < len ? "…\n  " : "\n  ");
	for (size_t cols = (from != 0) + shown_width(line + from, at - from); cols > 0; cols--)
		buf_putc(out, ' ');
	if (end > to)
		end = to;
	buf_putc(out, '^');
	for (size_t cols = end > at ? shown_width(line + at, end - at) : 0; cols > 1; cols--)
		buf_putc(out, '~');
	buf_putc(out, '\n');
}

void policy_diags_print(const struct policy_diags *d, struct buf *out)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct policy_diag *item = &d->items[i];

		text_escape_str(out, item->file);
		if (item->row)
			buf_printf(out, ":%u:%u", item->row, item->col);
		buf_puts(out, item->severity == POLICY_SEV_ERROR ? ": error: " : ": warning: ");
		text_escape_str(out, item->message);
		buf_printf(out, " [%s]\n", item->id);
		if (item->source)
			print_source(item, out);
		if (item->help) {
			buf_puts(out, "  help: ");
			text_escape_str(out, item->help);
			buf_putc(out, '\n');
		}
	}
	if (d->errors > d->n)
		buf_printf(out, "... and %zu more errors\n", d->errors - d->n);
}

static struct jval *diag_to_json(const struct policy_diag *item)
{
	struct jval *o = jval_object(), *at;

	jval_set_text(o, "message", item->message);
	jval_set_text(o, "code", item->code);
	jval_set_text(o, "id", item->id);
	at = jval_set(o, "location", jval_object());
	jval_set_text(at, "file", item->file);
	jval_set_int(at, "row", item->row);
	jval_set_int(at, "col", item->col);
	if (item->help)
		jval_set_text(o, "help", item->help);
	return o;
}

void policy_diags_json(const struct policy_diags *d, struct buf *out)
{
	CLEANUP(jval_free) struct jval *root = jval_object();
	struct jval *errors = jval_array(), *warnings = jval_array();

	for (size_t i = 0; i < d->n; i++)
		jval_push(d->items[i].severity == POLICY_SEV_ERROR ? errors : warnings, diag_to_json(&d->items[i]));
	if (jval_count(errors))
		jval_set(root, "errors", errors);
	else
		jval_free(errors);
	if (jval_count(warnings))
		jval_set(root, "warnings", warnings);
	else
		jval_free(warnings);
	jval_format(root, JVAL_COMPACT, out);
}
