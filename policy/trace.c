/* Tracing. */
#include "config.h"

#include "policy/trace.h"

#include <string.h>

enum { LITERAL_LIMIT = 120, VALUE_LIMIT = 120 };

static struct trace *trace_of(struct eval_watch *w)
{
	return (struct trace *)w;
}

static bool begin_line(struct trace *t, const struct eval *ev, const struct source *src, uint32_t at)
{
	if (++t->lines > TRACE_LINES_MAX) {
		if (t->lines == TRACE_LINES_MAX + 1)
			buf_printf(t->out, "... the trace ends here: it has more than %d lines\n", TRACE_LINES_MAX);
		return false;
	}
	buf_printf(t->out, "%s:%u  ", src->file, source_row(src, at));
	for (unsigned i = 1; i < ev->depth && i < 40; i++)
		buf_puts(t->out, "  ");
	return true;
}

/* In one line, cut between characters. */
static void put_cut(struct buf *out, const char *s, size_t n, size_t max)
{
	size_t k = 0;

	for (; k < n && s[k] != '\n' && (k < max || ((unsigned char)s[k] & 0xc0) == 0x80); k++)
		buf_putc(out, s[k] == '\t' ? ' ' : s[k]);
	if (k < n)
		buf_puts(out, " ...");
}

static void put_value(struct buf *out, struct value v)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1024 * 1024);

	if (v.tag == V_NODE || v.tag == V_UNDEF) {
		buf_puts(out, v.tag == V_NODE ? "a package" : "undefined");
		return;
	}
	value_format(v, TEXT_REGO, &text);
	put_cut(out, buf_text(&text), text.len, VALUE_LIMIT);
}

static void on_enter(struct eval_watch *w, struct eval *ev, const struct frame *f)
{
	struct trace *t = trace_of(w);
	const struct clause *c = f->clause;
	struct value head;

	if (!c->rule || !begin_line(t, ev, &c->module->src, c->rule->head.at))
		return;
	head = term_source_text(&c->module->src, c->rule->head);
	buf_puts(t->out, c->rule->is_default ? "" : "rule ");
	put_cut(t->out, head.s, head.len, LITERAL_LIMIT);
	buf_putc(t->out, '\n');
}

static void on_step(struct eval_watch *w, struct eval *ev, const struct frame *f, const struct step *s, bool ok)
{
	struct trace *t = trace_of(w);
	struct value text;
	/* A loop that names its elements is two steps. */
	bool again = ok && s->op == S_BIND && t->scanned && t->scanned->span.at == s->span.at;

	t->scanned = ok && s->op == S_SCAN ? s : NULL;
	if (again || !begin_line(t, ev, &f->clause->module->src, s->span.at))
		return;
	text = term_source_text(&f->clause->module->src, s->span);
	buf_puts(t->out, ok ? "  ok   " : s->op == S_SCAN ? "  end  " : "  fail ");
	put_cut(t->out, text.s, text.len, LITERAL_LIMIT);
	if (ok && (s->op == S_BIND || s->op == S_SCAN)) {
		int slot = s->op == S_SCAN && s->slot2 >= 0 ? s->slot2 : s->slot;

		if (slot >= 0) {
			buf_puts(t->out, "  -> ");
			put_value(t->out, f->slots[slot]);
		}
	}
	buf_putc(t->out, '\n');
}

static void on_head(struct eval_watch *w, struct eval *ev, const struct frame *f, struct value v)
{
	struct trace *t = trace_of(w);

	if (!f->clause->rule || !begin_line(t, ev, &f->clause->module->src, f->clause->rule->head.at))
		return;
	buf_puts(t->out, "  gives ");
	put_value(t->out, v);
	buf_putc(t->out, '\n');
}

void trace_init(struct trace *t, struct buf *out)
{
	*t = (struct trace){ .watch = { .enter = on_enter, .step = on_step, .head = on_head }, .out = out };
}
