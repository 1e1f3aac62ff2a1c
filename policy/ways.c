/* Each way to be allowed with all of its conditions: which hold, which fail, which cannot be told. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "policy/ask.h"

enum { WAYS_MAX = 40, CONDITIONS_MAX = 64, TEXT_LIMIT = 120 };

enum held { HELD, FAILED, MISSING };

struct condition {
	struct span span;
	enum held held;
	char *facts;
};

struct way {
	const struct clause *clause;
	struct condition *conditions;
	size_t n, cap;
	size_t failing;
	uint32_t order;
	bool loops; /* conditions over elements: each holds or fails many times */
};

static void way_release(struct way *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->conditions[i].facts);
	free(w->conditions);
}

static struct condition *condition_of(struct way *w, struct span span)
{
	if (w->n && w->conditions[w->n - 1].span.at == span.at && w->conditions[w->n - 1].span.end == span.end)
		return &w->conditions[w->n - 1];
	if (w->n == CONDITIONS_MAX)
		return &w->conditions[w->n - 1];
	mem_reserve(&w->conditions, &w->cap, w->n + 1);
	w->conditions[w->n] = (struct condition){ .span = span };
	return &w->conditions[w->n++];
}

/* One step by itself, whatever the others say: what has a value by now is bound. */
static void try_step(struct eval *ev, struct frame *f, const struct step *s, struct way *w)
{
	struct condition *c = condition_of(w, s->span);
	struct step alone = *s;
	struct code code = { .steps = &alone, .n = 1, .cap = 1, .last = -1 };
	CLEANUP(buf_release) struct buf facts = BUF_INIT(8192);

	alone.back = -1;
	if (c->held != HELD || eval_next(ev, f, &code, false) || ev->halt)
		return;
	miss_step_facts(ev, f, s, &facts);
	c->held = strstr(buf_text(&facts), " is missing") ? MISSING : FAILED;
	c->facts = buf_take(&facts);
	w->failing++;
}

static void try_clause(struct eval *ev, const struct clause *c, struct way *w)
{
	struct eval saved = *ev;
	struct frame f;

	w->clause = c;
	for (uint32_t i = 0; i < c->code->n; i++)
		w->loops = w->loops || c->code->steps[i].op == S_SCAN || c->code->steps[i].op == S_WITH;
	if (!w->loops && eval_frame(ev, &f, c))
		for (uint32_t i = 0; i < c->code->n && !ev->halt; i++)
			try_step(ev, &f, &c->code->steps[i], w);
	saved.regexes = ev->regexes;
	*ev = saved;
}

static int nearest_first(const void *pa, const void *pb)
{
	const struct way *a = pa, *b = pb;

	if (a->loops != b->loops)
		return a->loops ? 1 : -1;
	if (a->failing != b->failing)
		return a->failing < b->failing ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void put_condition(const struct source *src, const struct condition *c, struct buf *out)
{
	static const char *const marks[] = { "ok", "x ", "? " };
	struct value text = term_source_text(src, c->span);
	size_t n = 0;

	buf_printf(out, "    %s  ", marks[c->held]);
	for (; n < text.len && n < TEXT_LIMIT && text.s[n] != '\n'; n++)
		buf_putc(out, text.s[n] == '\t' ? ' ' : text.s[n]);
	if (n < text.len)
		buf_puts(out, " ...");
	if (c->facts && *c->facts)
		buf_printf(out, " (%s)", c->facts);
	buf_putc(out, '\n');
}

static void put_way(struct eval *ev, const struct way *w, struct buf *out)
{
	const struct source *src = &w->clause->module->src;
	CLEANUP(buf_release) struct buf line = BUF_INIT(16384);

	buf_printf(out, "  %s:%u", src->file, source_row(src, w->clause->rule->head.at));
	if (w->loops) {
		miss_explain_clause(ev, w->clause, &line);
		buf_printf(out, " got as far as\n    x   %s", buf_text(&line));
		return;
	}
	buf_printf(out, " %zu of %zu condition%s fail%s\n", w->failing, w->n, w->n == 1 ? "" : "s", w->failing == 1 ? "s" : "");
	for (size_t i = 0; i < w->n; i++)
		put_condition(src, &w->conditions[i], out);
}

void ways_explain(struct eval *ev, const struct doc *rule, const char *label, struct buf *out)
{
	struct way *ways = mem_calloc(WAYS_MAX, sizeof *ways);
	size_t n = 0;

	for (uint32_t i = 0; i < rule->nclauses; i++)
		for (const struct clause *c = rule->clauses[i]; c && n < WAYS_MAX; c = c->otherwise) {
			ways[n].order = (uint32_t)n;
			try_clause(ev, c, &ways[n++]);
		}
	if (n)
		qsort(ways, n, sizeof *ways, nearest_first);
	buf_printf(out, "%s: %zu way%s to be allowed, the nearest first\n", label, n, n == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		put_way(ev, &ways[i], out);
		way_release(&ways[i]);
	}
	free(ways);
}
