/* Findings about a policy: collecting, showing, JSON. */
#include "config.h"

#include "policy/diag.h"

#include <string.h>

#include "base/jval.h"
#include "base/mem.h"
#include "base/text.h"

enum { DIAGS_MAX = 200, SHOWN_COLUMNS = 160 };

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

void diag_vadd(struct policy_diags *d, struct diag_kind kind, const struct source *src, uint32_t at, uint32_t end,
	       const char *fmt, va_list ap)
{
	struct policy_diag *item;
	struct buf message = BUF_INIT(4096);

	/* A file of nothing but errors must not flood; the count stays right. */
	if (kind.severity == POLICY_SEV_ERROR)
		d->errors++;
	if (d->n >= DIAGS_MAX)
		return;
	mem_reserve(&d->items, &d->cap, d->n + 1);
	item = &d->items[d->n++];
	*item = (struct policy_diag){ .severity = kind.severity, .code = kind.code, .id = kind.id };
	item->file = mem_strdup(src ? src->file : "");
	buf_vprintf(&message, fmt, ap);
	item->message = buf_take(&message);
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
	struct buf help = BUF_INIT(4096);
	va_list ap;

	if (!d->n || d->items[d->n - 1].help)
		return;
	va_start(ap, fmt);
	buf_vprintf(&help, fmt, ap);
	va_end(ap);
	d->items[d->n - 1].help = buf_take(&help);
}

void policy_diags_add_file(struct policy_diags *d, const char *file, const struct error *why)
{
	size_t n = strlen(file), before = d->n;
	bool named = strncmp(why->text, file, n) == 0 && strncmp(why->text + n, ": ", 2) == 0;

	diag_add(d, DIAG_FILE, NULL, 0, 0, "%s", named ? why->text + n + 2 : why->text);
	if (d->n == before)
		return;
	free(d->items[before].file);
	d->items[before].file = mem_strdup(file);
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

static void print_source(const struct policy_diag *item, struct buf *out)
{
	size_t len = strlen(item->source), before = item->col - 1, span = item->end_col - item->col;

	if (len > SHOWN_COLUMNS || before > len)
		return;
	buf_puts(out, "  ");
	text_escape_str(out, item->source);
	buf_puts(out, "\n  ");
	/* The caret stands under what was shown, escapes and wide characters included. */
	for (size_t cols = text_width(item->source, before); cols > 0; cols--)
		buf_putc(out, ' ');
	if (before + span > len)
		span = len - before;
	span = text_width(item->source + before, span);
	buf_putc(out, '^');
	for (; span > 1; span--)
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
