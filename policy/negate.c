/*
 * The rule of negation that Rego has had from the start: nested calls and the
 * operands of a negated call are evaluated outside of the negation, so that
 * `not input.x > 3` is undefined, not true, when input.x is missing.
 */
#include "config.h"

#include <string.h>

#include "policy/lower.h"

struct hoist {
	struct compiler *c;
	struct body *body;
	struct literal *lit;
	struct literal **out; /* the body's new list */
	size_t n, cap;
};

static void push(struct hoist *h, struct literal *l)
{
	mem_reserve(&h->out, &h->cap, h->n + 1);
	h->out[h->n++] = l;
}

static struct term *fresh(struct hoist *h, struct span span)
{
	struct term *t = term_var(h->c->pool, NULL, span);

	t->var = var_new(h->c, NULL, span);
	var_seen(h->c, t->var, h->body->scope);
	return t;
}

/* name = call, as a literal of its own in front. */
static struct term *early(struct hoist *h, struct term *call)
{
	struct literal *l = pool_alloc(h->c->pool, sizeof *l);
	struct term *name = fresh(h, call->span), *eq = term_new(h->c->pool, T_CALL, call->span);

	*l = (struct literal){ .kind = L_EXPR, .span = h->lit->span, .term = eq };
	l->withs = h->lit->withs;
	l->nwiths = h->lit->nwiths;
	eq->infix = true;
	eq->n = 3;
	eq->items = pool_alloc(h->c->pool, 3 * sizeof *eq->items);
	eq->items[0] = term_var(h->c->pool, "eq", call->span);
	eq->items[1] = name;
	eq->items[2] = call;
	push(h, l);
	return name;
}

static struct term *late(struct hoist *h, struct term *operand)
{
	struct literal *l = h->lit;
	struct term **more = pool_alloc(h->c->pool, (l->nlate + 2) * sizeof *more);
	struct term *name = fresh(h, operand->span);

	if (l->nlate)
		memcpy(more, l->late, l->nlate * sizeof *more);
	more[l->nlate] = name;
	more[l->nlate + 1] = operand;
	l->late = more;
	l->nlate += 2;
	return name;
}

static struct term *hoist(struct hoist *h, struct term *t);

static void hoist_parts(struct hoist *h, struct term *ref)
{
	if (ref->items[0]->kind == T_CALL)
		ref->items[0] = early(h, ref->items[0]);
	for (uint32_t i = 1; i < ref->n; i++)
		ref->items[i] = hoist(h, ref->items[i]);
}

static struct term *hoist(struct hoist *h, struct term *t)
{
	switch (t->kind) {
	case T_CALL:
		return early(h, t);
	case T_REF:
		hoist_parts(h, t);
		return late(h, t);
	case T_VAR:
		return t->var == VAR_INPUT || t->var == VAR_DATA ? late(h, t) : t;
	case T_ARRAY:
	case T_SET:
	case T_OBJECT:
		for (uint32_t i = 0; i < t->n; i++)
			t->items[i] = hoist(h, t->items[i]);
		return t;
	default:
		return t;
	}
}

static void hoist_operands(struct hoist *h)
{
	struct term *t = h->lit->term;
	bool equality = t->kind == T_CALL && t->infix &&
			(term_is_var(t->items[0], "equal") || term_is_var(t->items[0], "eq"));

	if (t->kind == T_REF)
		hoist_parts(h, t);
	for (uint32_t i = 1; t->kind == T_CALL && i < t->n; i++) {
		struct term *arg = t->items[i];

		if (equality && arg->kind == T_REF)
			hoist_parts(h, arg);
		else if (!(equality && arg->kind == T_VAR))
			t->items[i] = hoist(h, arg);
	}
}

void negate_term(struct compiler *c, struct term *t)
{
	if (!t)
		return;
	if (term_body(t))
		negate_body(c, t->body);
	for (uint32_t i = 0; i < t->n; i++)
		negate_term(c, t->items[i]);
}

void negate_body(struct compiler *c, struct body *b)
{
	struct hoist h = { .c = c, .body = b };

	for (uint32_t i = 0; i < b->n; i++) {
		struct literal *l = b->lits[i];

		negate_term(c, l->term);
		negate_term(c, l->domain);
		for (uint32_t k = 0; k < l->nwiths; k++)
			negate_term(c, l->withs[k].value);
		if (l->body)
			negate_body(c, l->body);
		h.lit = l;
		if (l->kind == L_EXPR && l->negated && !l->whole)
			hoist_operands(&h);
		push(&h, l);
	}
	b->lits = pool_alloc(c->pool, h.n * sizeof *b->lits);
	if (h.n)
		memcpy(b->lits, h.out, h.n * sizeof *b->lits);
	b->n = (uint32_t)h.n;
	free(h.out);
}
