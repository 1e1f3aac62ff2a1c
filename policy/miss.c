/* Why a rule did not come true: each clause's failed literal, with the values it saw. */
#include "config.h"

#include <string.h>

#include "policy/ask.h"

enum { LITERAL_MAX = 120, VALUE_MAX = 100, FACTS_MAX = 6, NAMED_MAX = 3, DEPTH_MAX = 3, CLAUSES_MAX = 40 };

void miss_release(struct miss *m)
{
	buf_release(&m->why);
}

/* One clause being watched. */
struct probe {
	const struct clause *clause;
	const struct step *step;
	uint32_t held; /* steps that held before it, plus one; 0: nothing failed */
	struct buf facts;
	unsigned nfacts;
	const struct doc *named[NAMED_MAX]; /* rules that the literal names and that are not true */
	unsigned nnamed;
	bool replaced; /* the literal is under a `with`: ctx is what it sees */
	struct context ctx;
};

/* At most max bytes, cut between characters, blanks and line ends joined to one blank. */
static void put_short(struct buf *out, const char *s, size_t n, size_t max)
{
	size_t start = out->len;
	bool blank = false;

	for (size_t i = 0; i < n; i++) {
		bool space = s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r';

		if (!space) {
			if (out->len - start >= max && ((unsigned char)s[i] & 0xc0) != 0x80) {
				buf_puts(out, " ...");
				return;
			}
			if (blank && out->len > start)
				buf_putc(out, ' ');
			buf_putc(out, s[i]);
		}
		blank = space;
	}
}

static void put_span(struct buf *out, const struct source *src, struct span span, size_t max)
{
	if (span.at < span.end && span.end <= src->len)
		put_short(out, src->text + span.at, span.end - span.at, max);
}

/* A rule in front of what is looked up in it has the whole's place in the text: it goes by its name. */
static void add_named_fact(struct probe *p, const struct expr *e, struct value v, struct value name)
{
	CLEANUP(buf_release) struct buf fact = BUF_INIT(4096), shown = BUF_INIT(1024 * 1024);
	bool collection = v.tag == V_ARRAY || v.tag == V_SET || v.tag == V_OBJECT;

	if (name.tag == V_STRING)
		put_short(&fact, name.s, name.len, LITERAL_MAX);
	else
		put_span(&fact, &p->clause->module->src, e->span, LITERAL_MAX);
	if (!fact.len || p->nfacts >= FACTS_MAX)
		return;
	if (v.tag == V_UNDEF)
		buf_puts(&fact, e->op == E_DOC && e->doc->kind != DOC_PLAIN ? " is not true" :
				e->op == E_CALL || e->op == E_BUILTIN ? " has no value" : " is missing");
	else if (collection && !v.len)
		buf_puts(&fact, " is empty");
	else
		buf_puts(&fact, " is ");
	if (v.tag != V_UNDEF && !(collection && !v.len)) {
		value_format(v, TEXT_REGO, &shown);
		put_short(&fact, buf_text(&shown), shown.len, VALUE_MAX);
	}
	if (strstr(buf_text(&p->facts), buf_text(&fact)))
		return;
	buf_puts(&p->facts, p->nfacts++ ? ", " : "");
	buf_puts(&p->facts, buf_text(&fact));
}

static void add_fact(struct probe *p, const struct expr *e, struct value v)
{
	add_named_fact(p, e, v, VALUE_UNDEF);
}

static void note_rule(struct probe *p, const struct doc *d, struct value v)
{
	if (d->kind == DOC_VALUE && value_is_false(v) && p->nnamed < NAMED_MAX)
		p->named[p->nnamed++] = d;
}

static bool is_rule(const struct expr *e)
{
	return e->op == E_DOC && e->doc->kind != DOC_PLAIN;
}

/* What e consists of that is not written out in the literal. */
static void add_facts(struct probe *p, struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value v;

	if (!e || e->op == E_CONST || ev->halt)
		return;
	if (e->op == E_INPUT || e->op == E_SLOT || e->op == E_GET || e->op == E_DOC) {
		v = eval_value(ev, f, e);
		if (e->op == E_DOC)
			note_rule(p, e->doc, v);
		/* A variable without a value is one that the literal did not come to. */
		if (!ev->halt && !(e->op == E_SLOT && v.tag == V_UNDEF))
			add_fact(p, e, v);
		/* What a rule did give, where it is looked up in vain. */
		if (!ev->halt && v.tag == V_UNDEF && e->op == E_GET && is_rule(e->items[0]))
			add_named_fact(p, e->items[0], eval_value(ev, f, e->items[0]), e->items[0]->doc->name);
		return;
	}
	if (e->op == E_AT || expr_code(e))
		return;
	for (uint32_t i = 0; i < e->n; i++)
		add_facts(p, ev, f, e->items[i]);
}

/* As add_facts, and the result where e computes something. */
static void add_operand(struct probe *p, struct eval *ev, struct frame *f, const struct expr *e)
{
	if (e && (e->op == E_BUILTIN || e->op == E_CALL || expr_code(e)) && !ev->halt) {
		struct value v = eval_value(ev, f, e);

		if (!ev->halt)
			add_fact(p, e, v);
	}
	add_facts(p, ev, f, e);
}

static void step_facts(struct probe *p, struct eval *ev, struct frame *f, const struct step *s);

/* What the literal sees under its replacements; one that has no value is the reason itself. */
static void with_facts(struct probe *p, struct eval *ev, struct frame *f, const struct step *s)
{
	struct context saved = ev->ctx, next;

	if (!eval_replaced(ev, f, s, &next)) {
		for (uint32_t i = 0; i < s->n; i++)
			add_operand(p, ev, f, s->overrides[i].value);
		return;
	}
	ev->ctx = next;
	eval_context_reset(ev);
	for (uint32_t i = 0; i < s->code->n; i++)
		step_facts(p, ev, f, &s->code->steps[i]);
	p->replaced = true;
	p->ctx = ev->ctx;
	ev->ctx = saved;
}

static void step_facts(struct probe *p, struct eval *ev, struct frame *f, const struct step *s)
{
	const struct expr *e = s->a;

	switch (s->op) {
	case S_TEST:
		if (e->op == E_BUILTIN && e->n == 2)
			for (uint32_t i = 0; i < e->n; i++)
				add_operand(p, ev, f, e->items[i]);
		else
			add_facts(p, ev, f, e);
		break;
	case S_EQUAL:
		add_operand(p, ev, f, s->a);
		add_operand(p, ev, f, s->b);
		break;
	case S_BIND:
	case S_SCAN:
	case S_EVERY:
		add_operand(p, ev, f, s->a);
		break;
	case S_NOT:
		for (uint32_t i = 0; i < s->code->n; i++)
			step_facts(p, ev, f, &s->code->steps[i]);
		break;
	case S_WITH:
		with_facts(p, ev, f, s);
		break;
	default:
		break;
	}
}

static void watch(struct eval *ev, struct frame *f)
{
	struct probe *p = ev->miss_arg;

	/* The first failure at the furthest place: later ones are other elements of the same loop. */
	if (f->clause != p->clause || f->furthest <= p->held)
		return;
	p->held = f->furthest;
	p->step = ev->step;
	p->nfacts = p->nnamed = 0;
	p->replaced = false;
	buf_clear(&p->facts);
	ev->on_miss = NULL;
	step_facts(p, ev, f, p->step);
	ev->on_miss = watch;
}

/* Asks a clause under watch. An error or limit on the way ends the explaining, not the decision. */
static bool probe_clause(struct eval *ev, struct probe *p, struct value *out)
{
	const struct frame *frame = ev->frame;
	const struct step *step = ev->step;
	unsigned depth = ev->depth, nesting = ev->nesting;

	ev->on_miss = watch;
	ev->miss_arg = p;
	*out = clause_alone(ev, p->clause);
	ev->on_miss = NULL;
	if (!ev->halt)
		return true;
	ev->halt = false;
	ev->frame = frame;
	ev->step = step;
	ev->depth = depth;
	ev->nesting = nesting;
	return false;
}

struct telling {
	struct eval *ev;
	struct buf *out;
	struct miss *nearest; /* NULL below the first level */
	uint32_t held;
	unsigned level, clauses;
	bool stopped;
};

static void tell_doc(struct telling *t, const struct doc *d);

static void tell_line(struct telling *t, const struct probe *p, uint32_t at, const char *why)
{
	const struct source *src = &p->clause->module->src;

	for (unsigned i = 0; i < t->level; i++)
		buf_puts(t->out, "  ");
	buf_printf(t->out, "%s:%u  %s\n", src->file, source_row(src, at), why);
}

static void keep_nearest(struct telling *t, const struct probe *p, uint32_t at, const struct buf *why)
{
	struct miss *m = t->nearest;

	if (!m || (m->clause && p->held <= t->held))
		return;
	t->held = p->held;
	m->clause = p->clause;
	m->src = &p->clause->module->src;
	m->at = at;
	m->at_once = p->held == 1;
	buf_clear(&m->why);
	buf_append(&m->why, buf_text(why), why->len);
}

static void tell_clause(struct telling *t, const struct clause *c)
{
	CLEANUP(buf_release) struct buf why = BUF_INIT(16384), sentence = BUF_INIT(16384);
	struct probe p = { .clause = c, .facts = BUF_INIT(8192) };
	struct telling below = { .ev = t->ev, .out = t->out, .level = t->level + 1 };
	struct context saved = t->ev->ctx;
	uint32_t at = c->rule->head.at;
	struct value v;

	t->clauses++;
	t->stopped = !probe_clause(t->ev, &p, &v);
	if (v.tag != V_UNDEF) {
		buf_puts(&why, "gives ");
		value_format(v, TEXT_REGO, &why);
		/* It holds, but says no: nearer than any that fails. */
		p.held = UINT32_MAX;
	} else if (p.step) {
		at = p.step->span.at;
		put_span(&why, &c->module->src, p.step->span, LITERAL_MAX);
		buf_printf(&sentence, "%s does not hold", buf_text(&why));
		if (p.facts.len) {
			buf_printf(&why, " (%s)", buf_text(&p.facts));
			buf_printf(&sentence, " (%s)", buf_text(&p.facts));
		}
	} else {
		buf_puts(&why, "has no value");
	}
	tell_line(t, &p, at, buf_text(&why));
	keep_nearest(t, &p, at, sentence.len ? &sentence : &why);
	buf_release(&p.facts);
	if (p.replaced)
		t->ev->ctx = p.ctx;
	for (unsigned i = 0; i < p.nnamed && below.level < DEPTH_MAX && !t->stopped; i++) {
		tell_doc(&below, p.named[i]);
		t->stopped = below.stopped;
	}
	t->ev->ctx = saved;
}

static void tell_doc(struct telling *t, const struct doc *d)
{
	for (uint32_t i = 0; i < d->nclauses; i++)
		for (const struct clause *c = d->clauses[i]; c && !t->stopped && t->clauses < CLAUSES_MAX; c = c->otherwise)
			tell_clause(t, c);
}

void miss_explain(struct eval *ev, const struct doc *d, struct buf *out, struct miss *nearest)
{
	struct telling t = { .ev = ev, .out = out, .nearest = nearest };

	tell_doc(&t, d);
}

void miss_explain_clause(struct eval *ev, const struct clause *c, struct buf *out)
{
	struct telling t = { .ev = ev, .out = out };

	tell_clause(&t, c);
}

void miss_step_facts(struct eval *ev, struct frame *f, const struct step *s, struct buf *out)
{
	struct probe p = { .clause = f->clause, .step = s, .facts = BUF_INIT(8192) };

	step_facts(&p, ev, f, s);
	buf_append(out, buf_text(&p.facts), p.facts.len);
	buf_release(&p.facts);
}
