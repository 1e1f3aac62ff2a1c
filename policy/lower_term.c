/* Lowering of terms and unification. */
#include "config.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/lower.h"
#include "policy/metadata.h"
#include "policy/num.h"

struct expr *expr_new(struct compiler *c, enum expr_op op, struct span span)
{
	struct expr *e = pool_alloc(c->pool, sizeof *e);

	*e = (struct expr){ .op = op, .span = span };
	return e;
}

struct expr *expr_slot(struct compiler *c, uint32_t slot, struct span span)
{
	struct expr *e = expr_new(c, E_SLOT, span);

	e->slot = slot;
	return e;
}

static struct expr *expr_const(struct compiler *c, struct value v, struct span span)
{
	struct expr *e = expr_new(c, E_CONST, span);

	e->value = v;
	return e;
}

struct code *code_new(struct compiler *c)
{
	struct code *code = pool_alloc(c->pool, sizeof *code);

	*code = (struct code){ .last = -1 };
	return code;
}

uint32_t temp_new(struct lowering *l)
{
	return l->c->nvars + (*l->ntemps)++;
}

struct step *step_push(struct lowering *l, enum step_op op, struct span span)
{
	struct code *code = l->code;

	code->steps = pool_grown(l->c->pool, code->steps, code->n, sizeof *code->steps, &code->cap, 4);
	code->steps[code->n] = (struct step){ .op = op, .slot = -1, .slot2 = -1, .back = code->last, .span = span };
	return &code->steps[code->n++];
}

struct step *step_choice(struct lowering *l, enum step_op op, struct span span)
{
	struct step *s = step_push(l, op, span);

	s->iter = (int)l->c->niters++;
	l->code->last = (int)l->code->n - 1;
	return s;
}

void doc_asked(struct compiler *c, const struct doc *d)
{
	struct doc *from = c->doc;

	if (!from)
		return;
	for (uint32_t i = 0; i < from->nasks; i++)
		if (from->asks[i] == d)
			return;
	if (from->nasks == from->asks_cap) {
		uint32_t cap = from->asks_cap ? from->asks_cap * 2 : 4;
		const struct doc **asks = pool_alloc(c->pool, cap * sizeof *asks);
		const struct rule **in = pool_alloc(c->pool, cap * sizeof *in);

		if (from->nasks) {
			memcpy(asks, from->asks, from->nasks * sizeof *asks);
			memcpy(in, from->asked_in, from->nasks * sizeof *in);
		}
		from->asks = asks;
		from->asked_in = in;
		from->asks_cap = cap;
	}
	from->asks[from->nasks] = d;
	from->asked_in[from->nasks++] = c->rule;
}

static void bind_slot(struct lowering *l, uint32_t slot, struct expr *e, struct span span)
{
	struct step *s = step_push(l, S_BIND, span);

	s->slot = (int)slot;
	s->a = e;
}

static struct expr *lower_list(struct lowering *l, enum expr_op op, struct term **items, uint32_t n, struct span span)
{
	struct expr *e = expr_new(l->c, op, span);
	bool constant = op == E_ARRAY || op == E_SET;

	e->n = n;
	e->items = pool_alloc(l->c->pool, n * sizeof *e->items);
	for (uint32_t i = 0; i < n; i++) {
		e->items[i] = lower_term(l, items[i]);
		constant = constant && e->items[i]->op == E_CONST;
	}
	if (constant) {
		struct value *v = pool_alloc(l->c->pool, n * sizeof *v);

		for (uint32_t i = 0; i < n; i++)
			v[i] = e->items[i]->value;
		return expr_const(l->c, op == E_ARRAY ? value_array(v, n) : value_set(v, n), span);
	}
	return e;
}

static struct expr *lower_object(struct lowering *l, const struct term *t)
{
	struct expr *e = lower_list(l, E_OBJECT, t->items, t->n, t->span);
	struct pair *pairs;

	for (uint32_t i = 0; i < e->n; i++)
		if (e->items[i]->op != E_CONST)
			return e;
	pairs = pool_alloc(l->c->pool, e->n / 2 * sizeof *pairs);
	for (uint32_t i = 0; i < e->n; i += 2)
		pairs[i / 2] = (struct pair){ e->items[i]->value, e->items[i + 1]->value };
	return expr_const(l->c, value_object_last(pairs, e->n / 2), t->span);
}

/* An element of a collection for which part has no value yet: a choice. */
static struct expr *lower_scan(struct lowering *l, struct expr *base, const struct term *part, struct span span)
{
	struct step *s = step_choice(l, S_SCAN, span);
	uint32_t element = temp_new(l), key = 0;
	bool name = part->kind == T_VAR && part->var >= 0;

	key = name ? (uint32_t)part->var : temp_new(l);
	s->a = base;
	s->slot = (int)key;
	s->slot2 = (int)element;
	if (name)
		l->bound[key] = true;
	else
		lower_match(l, part, expr_slot(l->c, key, part->span), span);
	return expr_slot(l->c, element, span);
}

/* Parts that a document answers for are taken; *at is the first that is left. */
static struct expr *lower_doc(struct lowering *l, const struct term *t, uint32_t *at, bool *stored)
{
	const struct doc *d = &l->c->policy->root, *below;
	struct expr *e = expr_new(l->c, E_DOC, t->span);
	bool base = false;

	for (; *at < t->n && d->kind == DOC_PLAIN; ++*at) {
		if (t->items[*at]->kind != T_CONST)
			break;
		below = doc_child(d, t->items[*at]->value);
		base = !below;
		if (!below)
			break;
		d = below;
	}
	/* A constant that no rule answers for is plain data: nothing is asked. */
	if (!base)
		doc_asked(l->c, d);
	e->doc = d;
	*stored = base;
	return e;
}

/* Plain data is stored by text: data.users[2] finds the key "2". */
static struct expr *stored_key(struct lowering *l, struct expr *key)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);

	if (key->op != E_CONST || key->value.tag != V_NUMBER)
		return key;
	num_format(key->value, &text);
	return expr_const(l->c, value_string(l->c->pool, buf_text(&text), text.len), key->span);
}

static struct expr *lower_ref(struct lowering *l, const struct term *t)
{
	const struct term *head = t->items[0];
	struct expr *e;
	uint32_t at = 1;
	bool stored = false;

	if (head->kind == T_VAR && head->var == VAR_DATA)
		e = lower_doc(l, t, &at, &stored);
	else
		e = lower_term(l, head);
	for (; at < t->n; at++) {
		const struct term *part = t->items[at];
		struct expr *get;

		if (!order_ground(l->c, part, l->bound) && (part->kind == T_VAR || part->kind == T_ARRAY ||
							     part->kind == T_OBJECT || part->kind == T_SET)) {
			e = lower_scan(l, e, part, t->span);
			continue;
		}
		get = expr_new(l->c, E_GET, t->span);
		get->n = 2;
		get->items = pool_alloc(l->c->pool, 2 * sizeof *get->items);
		get->items[0] = e;
		get->items[1] = lower_term(l, part);
		stored = stored && get->items[1]->op == E_CONST;
		get->other_key = stored ? stored_key(l, get->items[1]) : NULL;
		e = get;
	}
	return e;
}

static struct expr *lower_comprehension(struct lowering *l, const struct term *t)
{
	struct expr *e = expr_new(l->c, t->kind == T_ARRAY_COMP ? E_ARRAY_COMP :
					t->kind == T_SET_COMP ? E_SET_COMP : E_OBJECT_COMP, t->span);
	bool *bound = mem_dup(l->bound, l->c->nvars * sizeof *bound);
	struct lowering inner = { l->c, code_new(l->c), bound, l->ntemps };

	e->code = inner.code;
	if (lower_body(&inner, t->body, NULL)) {
		bool *after = mem_dup(bound, l->c->nvars * sizeof *after);

		for (uint32_t i = 0; i < t->n; i++)
			order_ref_outputs(l->c, t->items[i], after);
		for (uint32_t i = 0; i < t->n; i++) {
			order_report(l->c, t->items[i], after);
			if (!l->c->failed)
				*(i == t->n - 1 ? &e->code->val : &e->code->key) = lower_term(&inner, t->items[i]);
		}
		free(after);
	}
	free(bound);
	return e;
}

static void unknown_function(struct compiler *c, const struct term *call)
{
	const struct term *op = call->items[0];
	struct span span = op->span;
	const char *name = term_path_text(c->pool, op), *near = name ? builtin_nearest(name) : NULL;

	compile_error(c, DIAG_UNDEFINED_FUNC, span, "there is no function '%.*s'", (int)(span.end - span.at),
		      c->module->src.text + span.at);
	if (near)
		diag_help(c->diags, "did you mean '%s'?", near);
}

/* f(a, out): only as a literal of its own. */
static bool takes_output(const struct doc *d, const struct term *t)
{
	return t->is_literal && !(d && d->nargs == 0);
}

static bool check_call(struct compiler *c, struct term *t)
{
	const struct builtin *fn;
	const struct doc *d;
	int arity, given = (int)t->n - 1;

	call_target(c, t, &d, &fn);
	/* It is asked again and again while the clause is put in order and lowered. */
	t->target = d ? TARGET_DOC : fn ? TARGET_BUILTIN : TARGET_NOTHING;
	if (d)
		t->doc = d;
	else
		t->fn = fn;
	arity = d ? (int)d->nargs : fn ? fn->nargs : -1;
	if (!d && !fn) {
		unknown_function(c, t);
		return false;
	}
	if (given != arity && !(given == arity + 1 && takes_output(d, t)) && !(fn && (fn->flags & BUILTIN_VARIADIC))) {
		compile_error(c, DIAG_ARITY, t->items[0]->span, "'%.*s' takes %d argument%s, not %d",
			      (int)(t->items[0]->span.end - t->items[0]->span.at), c->module->src.text + t->items[0]->span.at,
			      arity, arity == 1 ? "" : "s", given);
		return false;
	}
	if (fn && (fn->flags & BUILTIN_DEPRECATED) && (c->module->dialect == POLICY_V1 || c->check.strict)) {
		compile_error(c, DIAG_DEPRECATED, t->items[0]->span, "'%s' is gone from this dialect", fn->name);
		return false;
	}
	return true;
}

static void check_body_calls(struct compiler *c, const struct body *b);

/* That every call below t names a function and gives it as many arguments as it takes. */
void check_calls(struct compiler *c, struct term *t)
{
	if (!t)
		return;
	if (t->kind == T_CALL && !(t->infix && term_is_var(t->items[0], "assign")))
		check_call(c, t);
	for (uint32_t i = t->kind == T_CALL; i < t->n; i++)
		check_calls(c, t->items[i]);
	if (term_body(t))
		check_body_calls(c, t->body);
}

static void check_body_calls(struct compiler *c, const struct body *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct literal *l = b->lits[i];

		if (l->term)
			l->term->is_literal = true;
		check_calls(c, l->term);
		check_calls(c, l->domain);
		for (uint32_t k = 0; k < l->nwiths; k++)
			check_calls(c, l->withs[k].value);
		if (l->body)
			check_body_calls(c, l->body);
	}
}

bool check_clause_calls(struct compiler *c, const struct body *b)
{
	check_body_calls(c, b);
	return !c->failed;
}

static struct expr *lower_metadata(struct lowering *l, const struct term *t, const struct builtin *fn)
{
	struct value v = strcmp(fn->name, "rego.metadata.chain") == 0 ? metadata_chain(l->c) : metadata_rule(l->c);
	struct expr *e = expr_const(l->c, v, t->span);

	if (t->n == 1)
		return e;
	/* chain(out) */
	lower_match(l, t->items[1], e, t->span);
	return expr_const(l->c, value_bool(true), t->span);
}

static struct expr *lower_call(struct lowering *l, const struct term *t)
{
	const struct builtin *fn;
	const struct doc *d;
	struct expr *e, *answer;
	struct step *s;
	uint32_t slot;
	int given = (int)t->n - 1;

	call_target(l->c, t, &d, &fn);
	if (l->c->failed)
		return expr_const(l->c, VALUE_UNDEF, t->span);
	if (fn && (fn->flags & BUILTIN_METADATA))
		return lower_metadata(l, t, fn);
	if (fn && !(fn->flags & BUILTIN_VARIADIC) && given > fn->nargs)
		given = fn->nargs;
	if (d && given > (int)d->nargs)
		given = (int)d->nargs;
	e = lower_list(l, d ? E_CALL : E_BUILTIN, t->items + 1, (uint32_t)given, t->span);
	if (d)
		e->doc = d;
	else
		e->fn = fn;
	if (d)
		doc_asked(l->c, d);
	answer = e;
	if (fn && (fn->flags & BUILTIN_RELATION)) {
		slot = temp_new(l);
		s = step_choice(l, S_SCAN, t->span);
		s->a = e;
		s->slot2 = (int)slot;
		answer = expr_slot(l->c, slot, t->span);
	}
	if (given == (int)t->n - 2) {
		/* f(a, out) */
		lower_match(l, t->items[t->n - 1], answer, t->span);
		return expr_const(l->c, value_bool(true), t->span);
	}
	return answer;
}

struct expr *lower_term(struct lowering *l, const struct term *t)
{
	switch (t->kind) {
	case T_CONST:
		return expr_const(l->c, t->value, t->span);
	case T_VAR:
		if (t->var == VAR_INPUT)
			return expr_new(l->c, E_INPUT, t->span);
		if (t->var == VAR_DATA) {
			struct expr *e = expr_new(l->c, E_DOC, t->span);

			e->doc = &l->c->policy->root;
			doc_asked(l->c, e->doc);
			return e;
		}
		return expr_slot(l->c, (uint32_t)t->var, t->span);
	case T_REF:
		return lower_ref(l, t);
	case T_ARRAY:
		return lower_list(l, E_ARRAY, t->items, t->n, t->span);
	case T_SET:
		return lower_list(l, E_SET, t->items, t->n, t->span);
	case T_OBJECT:
		return lower_object(l, t);
	case T_TEMPLATE:
		return lower_list(l, E_TEMPLATE, t->items, t->n, t->span);
	case T_CALL:
		return lower_call(l, t);
	default:
		return lower_comprehension(l, t);
	}
}

/* ---- unification ------------------------------------------------------------------------------------------ */

/* A side is a term, or something that is already computed. */
struct side {
	const struct term *t;
	struct expr *e;
};

struct equation {
	struct side a, b;
};

struct equations {
	struct equation *v;
	size_t n, cap;
	struct span span;
};

static void later(struct equations *q, struct side a, struct side b)
{
	mem_reserve(&q->v, &q->cap, q->n + 1);
	q->v[q->n++] = (struct equation){ a, b };
}

static bool can_compute(struct lowering *l, struct side s)
{
	CLEANUP(free) bool *after = NULL;

	if (s.e)
		return true;
	after = mem_dup(l->bound, l->c->nvars * sizeof *after);
	order_ref_outputs(l->c, s.t, after);
	return order_ground(l->c, s.t, after);
}

static struct expr *compute(struct lowering *l, struct side s)
{
	return s.e ? s.e : lower_term(l, s.t);
}

static void never(struct lowering *l, struct span span)
{
	struct step *s = step_push(l, S_TEST, span);

	s->a = expr_const(l->c, value_bool(false), span);
}

static void emit_equal(struct lowering *l, struct expr *a, struct expr *b, struct span span)
{
	struct step *s = step_push(l, S_EQUAL, span);

	s->a = a;
	s->b = b;
}

/* Takes a pattern apart; what cannot be matched yet is queued. */
static void take_apart(struct lowering *l, struct equations *q, const struct term *t, struct expr *e)
{
	struct step *s;
	uint32_t slot;

	if (t->kind == T_VAR && t->var >= 0 && !l->bound[t->var]) {
		bind_slot(l, (uint32_t)t->var, e, q->span);
		l->bound[t->var] = true;
		return;
	}
	if (t->kind != T_ARRAY && t->kind != T_OBJECT) {
		later(q, (struct side){ t, NULL }, (struct side){ NULL, e });
		return;
	}
	slot = temp_new(l);
	bind_slot(l, slot, e, q->span);
	s = step_push(l, S_SHAPE, q->span);
	s->a = expr_slot(l->c, slot, q->span);
	s->slot = (int)(t->kind == T_ARRAY ? t->n : t->n / 2);
	s->slot2 = t->kind == T_ARRAY ? V_ARRAY : V_OBJECT;
	for (uint32_t i = 0; i < t->n; i += t->kind == T_ARRAY ? 1 : 2) {
		struct expr *get = expr_new(l->c, t->kind == T_ARRAY ? E_AT : E_GET, q->span);

		get->items = pool_alloc(l->c->pool, 2 * sizeof *get->items);
		get->items[0] = expr_slot(l->c, slot, q->span);
		get->slot = i;
		get->n = 1;
		if (t->kind == T_OBJECT) {
			get->items[1] = lower_term(l, t->items[i]);
			get->n = 2;
		}
		later(q, (struct side){ t->items[i + (t->kind == T_OBJECT)], NULL }, (struct side){ NULL, get });
	}
}

static void pair_objects(struct lowering *l, struct equations *q, const struct term *a, const struct term *b)
{
	if (a->n != b->n) {
		never(l, q->span);
		return;
	}
	for (uint32_t i = 0; i < a->n; i += 2) {
		uint32_t k = 0;

		while (k < b->n && !(a->items[i]->kind == T_CONST && b->items[k]->kind == T_CONST &&
				     value_eq(a->items[i]->value, b->items[k]->value)))
			k += 2;
		if (k == b->n) {
			never(l, q->span);
			return;
		}
		later(q, (struct side){ a->items[i + 1], NULL }, (struct side){ b->items[k + 1], NULL });
	}
}

static bool is_open(struct lowering *l, struct side s)
{
	return s.t && !order_ground(l->c, s.t, l->bound);
}

/* False when the equation has to wait for others. */
static bool solve(struct lowering *l, struct equations *q, struct equation e)
{
	bool ca = can_compute(l, e.a), cb = can_compute(l, e.b);
	struct expr *x, *y;

	if (ca && cb && e.a.t && e.a.t->kind == T_VAR && is_open(l, e.a))
		ca = false;
	if (cb && (!ca || (e.a.t && (e.a.t->kind == T_VAR || e.a.t->kind == T_ARRAY || e.a.t->kind == T_OBJECT) &&
			   is_open(l, e.a)))) {
		y = compute(l, e.b);
		if (is_open(l, e.a) && (e.a.t->kind == T_VAR || e.a.t->kind == T_ARRAY || e.a.t->kind == T_OBJECT))
			take_apart(l, q, e.a.t, y);
		else
			emit_equal(l, compute(l, e.a), y, q->span);
		return true;
	}
	if (ca) {
		x = compute(l, e.a);
		if (is_open(l, e.b) && (e.b.t->kind == T_VAR || e.b.t->kind == T_ARRAY || e.b.t->kind == T_OBJECT))
			take_apart(l, q, e.b.t, x);
		else
			emit_equal(l, x, compute(l, e.b), q->span);
		return true;
	}
	if (!e.a.t || !e.b.t)
		return false;
	if (e.a.t->kind == T_ARRAY && e.b.t->kind == T_ARRAY) {
		if (e.a.t->n != e.b.t->n)
			never(l, q->span);
		else
			for (uint32_t i = 0; i < e.a.t->n; i++)
				later(q, (struct side){ e.a.t->items[i], NULL }, (struct side){ e.b.t->items[i], NULL });
		return true;
	}
	if (e.a.t->kind == T_OBJECT && e.b.t->kind == T_OBJECT) {
		pair_objects(l, q, e.a.t, e.b.t);
		return true;
	}
	if (e.a.t->kind != T_VAR && e.b.t->kind != T_VAR) {
		never(l, q->span);
		return true;
	}
	return false;
}

static void solve_all(struct lowering *l, struct equations *q)
{
	size_t waiting = 0;

	/* First in, first out; a full round without progress means the rest depends on itself. */
	for (size_t at = 0; at < q->n; at++) {
		struct equation e = q->v[at];

		if (solve(l, q, e)) {
			waiting = 0;
		} else if (++waiting > q->n - at) {
			for (size_t i = at; i < q->n; i++) {
				if (q->v[i].a.t)
					order_report(l->c, q->v[i].a.t, l->bound);
				if (q->v[i].b.t)
					order_report(l->c, q->v[i].b.t, l->bound);
			}
			break;
		} else {
			later(q, e.a, e.b);
		}
	}
	free(q->v);
}

void lower_unify(struct lowering *l, const struct term *a, const struct term *b, struct span span)
{
	struct equations q = { .span = span };

	later(&q, (struct side){ a, NULL }, (struct side){ b, NULL });
	solve_all(l, &q);
}

void lower_match(struct lowering *l, const struct term *pattern, struct expr *e, struct span span)
{
	struct equations q = { .span = span };

	later(&q, (struct side){ pattern, NULL }, (struct side){ NULL, e });
	solve_all(l, &q);
}
