/* Why a run ended as it did, what was refused to it and what would allow that: the words of `wb explain`. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>

#include "base/mem.h"
#include "engine/explain.h"
#include "tui/run_page.h"

enum { TAIL_MAX = 64 * 1024, TEXT_MAX = 16 * 1024 };

/* The end of what it printed, as far as it is loaded: the model goes on, and then this is drawn again. */
static void take_tail(const struct model_log *log, struct buf *out)
{
	size_t from = log->count, bytes = 0;

	while (from > 0 && bytes + log->lines[from - 1].n < TAIL_MAX)
		bytes += log->lines[--from].n + 1;
	for (size_t i = from; i < log->count; i++) {
		buf_append(out, log->lines[i].text, log->lines[i].n);
		buf_putc(out, '\n');
	}
}

static void add_cause(struct page_lines *l, const struct explanation *x)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	if (!x->cause) {
		if (!x->n)
			page_lines_add(l, 2, NULL, PEN_PLAIN, "nothing was refused to it, and no limit was near");
		return;
	}
	if (x->is_sure)
		buf_putc(&b, (char)toupper((unsigned char)x->cause[0]));
	else
		buf_puts(&b, "It seems that ");
	buf_puts(&b, x->cause + x->is_sure);
	page_lines_add(l, 2, NULL, PEN_STRONG, buf_text(&b));
}

static void add_item(struct page_lines *l, const struct explain_item *item)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(TEXT_MAX);

	buf_puts(&b, item->what);
	if (item->count > 1)
		buf_printf(&b, "  (%" PRIu64 " times)", item->count);
	page_lines_add(l, 2, NULL, PEN_WARN, buf_text(&b));
	if (item->allow)
		page_lines_add(l, 6, explain_kind_advice(item->kind), PEN_GOOD, item->allow);
	if (item->why)
		page_lines_add(l, 6, NULL, PEN_FAINT, item->why);
}

void run_explain_add(struct page_lines *l, const struct view_context *c, const struct run *r)
{
	CLEANUP(explanation_release) struct explanation x = { 0 };
	CLEANUP(buf_release) struct buf tail = BUF_INIT(2 * TAIL_MAX);
	struct explain_ask ask = { .run = r, .outside = explain_outside };

	take_tail(model_want_log(c->model), &tail);
	ask.tail = buf_text(&tail);
	ask.tail_len = tail.len;
	explain_run(&ask, &x);
	page_heading(l, "What stood in its way");
	add_cause(l, &x);
	for (size_t i = 0; i < x.n; i++) {
		if (i == 0 || x.items[i].kind != x.items[i - 1].kind)
			page_lines_add(l, 2, NULL, PEN_STRONG, explain_kind_title(x.items[i].kind));
		add_item(l, &x.items[i]);
	}
	page_lines_add(l, 0, NULL, PEN_PLAIN, "");
}
