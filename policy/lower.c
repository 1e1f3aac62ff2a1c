/* Lowering of literals, bodies and rules. */
#include "config.h"

#include "policy/lower.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/parse.h"

static void lower_literal(struct lowering *l, const struct literal *lit, struct expr **query_value);

static void test(struct lowering *l, struct expr *e, struct span span)
{
	struct step *s = step_push(l, S_TEST, span);

	s->a = e;
}

static void lower_expr(struct lowering *l, const struct literal *lit, struct expr **query_value)
{
	const struct term *t = lit->term;
	bool infix = t->kind == T_CALL && t->infix;
	struct expr *a, *b;
	struct step *s;

	if (infix && (term_is_var(t->items[0], "eq") || term_is_var(t->items[0], "assign"))) {
		lower_unify(l, t->items[1], t->items[2], lit->span);
		return;
	}
	if (infix && term_is_var(t->items[0], "equal") && !query_value) {
		a = lower_term(l, t->items[1]);
		b = lower_term(l, t->items[2]);
		s = step_push(l, S_EQUAL, lit->span);
		s->a = a;
		s->b = b;
		return;
	}
	a = lower_term(l, t);
	if (!query_value) {
		test(l, a, lit->span);
		return;
	}
	/* A query shows what its expressions are, false too. */
	s = step_push(l, S_BIND, lit->span);
	s->slot = (int)temp_new(l);
	s->a = a;
	*query_value = expr_slot(l->c, (uint32_t)s->slot, lit->span);
}

static void lower_some_in(struct lowering *l, const struct literal *lit)
{
	struct expr *domain = lower_term(l, lit->domain);
	uint32_t key = temp_new(l), val = temp_new(l);
	struct step *s = step_choice(l, S_SCAN, lit->span);

	s->a = domain;
	s->slot = (int)key;
	s->slot2 = (int)val;
	if (lit->key)
		lower_match(l, lit->key, expr_slot(l->c, key, lit->span), lit->span);
	lower_match(l, lit->val, expr_slot(l->c, val, lit->span), lit->span);
}

/* body lowered on its own: what it binds is not seen outside. */
static struct code *lower_inner(struct lowering *l, struct body *body, const struct literal *one, const struct term *key,
				const struct term *val)
{
	bool *bound = mem_dup(l->bound, l->c->nvars * sizeof *bound);
	struct lowering inner = { l->c, code_new(l->c), bound, l->ntemps };

	if (key)
		bound[key->var] = true;
	if (val)
		bound[val->var] = true;
	if (body)
		lower_body(&inner, body, NULL);
	else
		lower_literal(&inner, one, NULL);
	free(bound);
	return inner.code;
}

static void lower_every(struct lowering *l, const struct literal *lit)
{
	struct expr *domain = lower_term(l, lit->domain);
	struct code *code = lower_inner(l, lit->body, NULL, lit->key, lit->val);
	struct step *s = step_push(l, S_EVERY, lit->span);

	s->a = domain;
	s->slot = lit->key ? lit->key->var : -1;
	s->slot2 = lit->val->var;
	s->code = code;
}

static void lower_not(struct lowering *l, const struct literal *lit)
{
	struct literal positive = *lit;
	struct code *code;
	struct step *s;

	for (uint32_t i = 0; i < lit->nlate; i += 2) {
		struct expr *e = lower_term(l, lit->late[i + 1]);

		s = step_push(l, S_BIND, lit->span);
		s->slot = lit->late[i]->var;
		s->a = e;
		l->bound[s->slot] = true;
	}
	positive.negated = false;
	code = lower_inner(l, lit->kind == L_NOT_BODY ? lit->body : NULL, &positive, NULL, NULL);
	s = step_push(l, S_NOT, lit->span);
	s->code = code;
}

static void lower_with(struct lowering *l, const struct literal *lit)
{
	bool *before = mem_dup(l->bound, l->c->nvars * sizeof *before);
	struct lowering inner = { l->c, code_new(l->c), l->bound, l->ntemps };
	struct literal plain = *lit;
	struct step with = { 0 }, *s;
	uint32_t n = 0;

	if (lower_overrides(l, lit, &with)) {
		plain.nwiths = 0;
		lower_literal(&inner, &plain, NULL);
	}
	with.outs = pool_alloc(l->c->pool, l->c->nvars * sizeof *with.outs);
	for (uint32_t i = 0; i < l->c->nvars; i++)
		if (l->bound[i] && !before[i])
			with.outs[n++] = (int)i;
	free(before);
	s = step_choice(l, S_WITH, lit->span);
	s->code = inner.code;
	s->overrides = with.overrides;
	s->n = with.n;
	s->outs = with.outs;
	s->nouts = n;
}

static void lower_literal(struct lowering *l, const struct literal *lit, struct expr **query_value)
{
	if (lit->nwiths) {
		lower_with(l, lit);
		return;
	}
	if (lit->negated || lit->kind == L_NOT_BODY) {
		lower_not(l, lit);
		return;
	}
	switch (lit->kind) {
	case L_EXPR:
		lower_expr(l, lit, query_value);
		return;
	case L_SOME_IN:
		lower_some_in(l, lit);
		return;
	case L_EVERY:
		lower_every(l, lit);
		return;
	default:
		return;
	}
}

/* What no literal could ever bind is the cause; the rest follows from it. */
static void report_unsafe(struct lowering *l, const struct body *b, const bool *done)
{
	struct compiler *c = l->c;
	bool *hoped = mem_dup(l->bound, c->nvars * sizeof *hoped);
	size_t errors = c->diags->errors;

	for (uint32_t i = 0; i < b->n; i++)
		if (!done[i])
			order_hope(c, b->lits[i], l->bound, hoped);
	for (uint32_t i = 0; i < b->n; i++)
		if (!done[i])
			order_report_literal(c, b->lits[i], hoped, hoped);
	for (uint32_t i = 0; i < b->n && c->diags->errors == errors; i++)
		if (!done[i])
			order_report_literal(c, b->lits[i], hoped, l->bound);
	for (uint32_t i = 0; i < b->n && c->diags->errors == errors; i++)
		if (!done[i])
			order_report_literal(c, b->lits[i], l->bound, l->bound);
	free(hoped);
	c->failed = true;
}

bool lower_body(struct lowering *l, struct body *b, struct expr **exprs)
{
	CLEANUP(free) bool *flags = mem_calloc((size_t)b->n + l->c->nvars, sizeof *flags);
	bool *done = flags, *after = flags + b->n;
	uint32_t left = b->n;

	b->order = pool_alloc(l->c->pool, b->n * sizeof *b->order);
	while (left) {
		uint32_t i = 0;

		while (i < b->n && (done[i] || !order_ready(l->c, b->lits[i], l->bound, after)))
			i++;
		if (i == b->n)
			break;
		lower_literal(l, b->lits[i], exprs ? &exprs[i] : NULL);
		memcpy(l->bound, after, l->c->nvars * sizeof *after);
		done[i] = true;
		b->order[b->n - left--] = i;
	}
	if (left)
		report_unsafe(l, b, done);
	return left == 0;
}
