/* Safety: which literal can run once which variables are known, and what it makes known. */
#include "config.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/compile.h"

/* Whether a closure that starts at scope takes var from outside. */
static bool captured(const struct compiler *c, int var, const struct scope *scope)
{
	const struct var *v = &c->vars[var];

	for (const struct scope *s = scope->parent; s; s = s->parent)
		for (uint32_t i = 0; i < v->nseen; i++)
			if (v->seen_in[i] == s)
				return true;
	return false;
}

/* Calls fn for each variable of t that has to come from outside of t. */
struct visitor {
	struct compiler *c;
	const struct scope *closures[64]; /* entered so far, outermost first */
	uint32_t depth;
	bool (*fn)(struct visitor *v, const struct term *t);
	const bool *bound;
	const bool *before; /* what closures may take: known before the literal, or since a call inside it; NULL: what is bound */
	bool *own_before;   /* before, once it is more than what was given */
	const struct term *whole; /* the literal's */
	bool enclosed; /* a closure was seen */
	bool stop;
};

static void visit_body(struct visitor *v, const struct body *b);
static void visit(struct visitor *v, const struct term *t);

/* A call inside a literal stands before it: what its refs bind, closures behind it may take. */
static void visit_items(struct visitor *v, const struct term *t)
{
	bool enclosed = v->enclosed;

	v->enclosed = false;
	for (uint32_t i = t->kind == T_CALL; i < t->n; i++)
		visit(v, t->items[i]);
	if (t->kind == T_CALL && v->before && !v->depth && !v->enclosed && t != v->whole) {
		if (!v->own_before)
			v->before = v->own_before = mem_dup(v->before, v->c->nvars * sizeof *v->before);
		order_ref_outputs(v->c, t, v->own_before);
	}
	v->enclosed |= enclosed;
}

static void visit(struct visitor *v, const struct term *t)
{
	if (v->stop)
		return;
	switch (t->kind) {
	case T_VAR:
		if (t->var < 0)
			return;
		if (v->depth && !captured(v->c, t->var, v->closures[0]))
			return;
		v->stop = !v->fn(v, t);
		return;
	case T_ARRAY_COMP:
	case T_SET_COMP:
	case T_OBJECT_COMP:
		v->enclosed = true;
		if (v->depth == 0)
			v->closures[0] = t->body->scope;
		v->depth++;
		visit_body(v, t->body);
		for (uint32_t i = 0; i < t->n; i++)
			visit(v, t->items[i]);
		v->depth--;
		return;
	default:
		visit_items(v, t);
	}
}

static void visit_inner(struct visitor *v, const struct body *b)
{
	/* An every's names live in a scope of their own between the body and its surroundings. */
	if (v->depth == 0)
		v->closures[0] = b->scope;
	v->depth++;
	visit_body(v, b);
	v->depth--;
}

static void visit_literal(struct visitor *v, const struct literal *l)
{
	for (uint32_t i = 0; i < l->nwiths; i++)
		visit(v, l->withs[i].value);
	for (uint32_t i = 1; i < l->nlate; i += 2)
		visit(v, l->late[i]);
	if (l->term)
		visit(v, l->term);
	if (l->kind == L_SOME_IN && l->key)
		visit(v, l->key);
	if (l->kind == L_SOME_IN)
		visit(v, l->val);
	if (l->domain)
		visit(v, l->domain);
	if (l->kind == L_EVERY) {
		/* The names of the every are seen in the scope right above the body: start the closure there. */
		struct scope shell = { .parent = l->body->scope->parent->parent };

		if (v->depth == 0) {
			const struct scope *saved = v->closures[0];

			v->closures[0] = &shell;
			v->depth++;
			visit_body(v, l->body);
			v->depth--;
			v->closures[0] = saved;
			return;
		}
		visit_body(v, l->body);
	} else if (l->body) {
		visit_inner(v, l->body);
	}
}

static void visit_body(struct visitor *v, const struct body *b)
{
	for (uint32_t i = 0; i < b->n && !v->stop; i++)
		visit_literal(v, b->lits[i]);
}

static bool known(struct visitor *v, const struct term *t)
{
	return (v->depth && v->before ? v->before : v->bound)[t->var];
}

bool order_ground(struct compiler *c, const struct term *t, const bool *bound)
{
	struct visitor v = { .c = c, .fn = known, .bound = bound };

	visit(&v, t);
	return !v.stop;
}

static bool report(struct visitor *v, const struct term *t)
{
	struct var *var = &v->c->vars[t->var];

	if (known(v, t) || var->reported)
		return true;
	var->reported = true;
	if (!var->name)
		return true;
	if (var->wildcard) {
		compile_error(v->c, DIAG_UNSAFE, t->span, "'_' stands where a known value is needed");
		diag_help(v->c->diags, "iterate outside of the negation first, for example with `some x in xs`");
		return true;
	}
	compile_error(v->c, DIAG_UNSAFE, t->span, "variable '%s' is never given a value", var->name);
	if (strcmp(var->name, "in") == 0 || strcmp(var->name, "if") == 0 || strcmp(var->name, "every") == 0 ||
	    strcmp(var->name, "contains") == 0)
		diag_help(v->c->diags, "'%s' is a keyword only after `import future.keywords.%s`", var->name, var->name);
	else
		diag_help(v->c->diags, "assign it first: `%s := ...`, or `some %s in ...`", var->name, var->name);
	return true;
}

void order_report(struct compiler *c, const struct term *t, const bool *bound)
{
	struct visitor v = { .c = c, .fn = report, .bound = bound };

	visit(&v, t);
}

static bool is_plain(const struct literal *l)
{
	return l->kind == L_EXPR && !l->negated;
}

/* Visits l; closures of a condition see what was known before it. */
static bool visit_whole(struct visitor *v, const struct literal *l, const bool *before)
{
	if (is_plain(l)) {
		v->before = before;
		v->whole = l->term;
	}
	visit_literal(v, l);
	free(v->own_before);
	return !v->stop;
}

void order_report_literal(struct compiler *c, const struct literal *l, const bool *bound, const bool *before)
{
	struct visitor v = { .c = c, .fn = report, .bound = bound };

	visit_whole(&v, l, before);
}

static void bind_pattern(const struct term *t, bool *bound)
{
	if (t->kind == T_VAR && t->var >= 0)
		bound[t->var] = true;
	else if (t->kind == T_ARRAY || t->kind == T_SET)
		for (uint32_t i = 0; i < t->n; i++)
			bind_pattern(t->items[i], bound);
	else if (t->kind == T_OBJECT)
		for (uint32_t i = 1; i < t->n; i += 2)
			bind_pattern(t->items[i], bound);
}

void order_ref_outputs(struct compiler *c, const struct term *t, bool *bound)
{
	const struct term *head;

	switch (t->kind) {
	case T_REF:
		head = t->items[0];
		order_ref_outputs(c, head, bound);
		for (uint32_t i = 1; i < t->n; i++)
			order_ref_outputs(c, t->items[i], bound);
		if (!order_ground(c, head, bound))
			return;
		for (uint32_t i = 1; i < t->n; i++)
			bind_pattern(t->items[i], bound);
		return;
	case T_CALL:
	case T_ARRAY:
	case T_SET:
	case T_OBJECT:
	case T_TEMPLATE:
		for (uint32_t i = t->kind == T_CALL; i < t->n; i++)
			order_ref_outputs(c, t->items[i], bound);
		return;
	default:
		return;
	}
}

static bool same_key(const struct term *a, const struct term *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == T_CONST ? value_eq(a->value, b->value) : a->kind == T_VAR && a->var == b->var;
}

/* What a = b teaches when the variables of bound are known. */
static void unify_outputs(struct compiler *c, const struct term *a, const struct term *b, bool *bound)
{
	bool ga = order_ground(c, a, bound), gb = order_ground(c, b, bound);

	if ((ga && gb) || (a->kind == b->kind && (a->kind == T_ARRAY || a->kind == T_OBJECT) && a->n != b->n))
		return;
	/* Sets are only compared. */
	if ((a->kind == T_SET && b->kind != T_VAR) || (b->kind == T_SET && a->kind != T_VAR) || (ga && b->kind == T_SET) ||
	    (gb && a->kind == T_SET))
		return;
	if (a->kind == T_OBJECT && b->kind == T_OBJECT) {
		for (uint32_t i = 0; i < a->n; i += 2)
			for (uint32_t k = 0; k < b->n; k += 2)
				if (same_key(a->items[i], b->items[k]))
					unify_outputs(c, a->items[i + 1], b->items[k + 1], bound);
	} else if (a->kind == T_ARRAY && b->kind == T_ARRAY) {
		for (uint32_t i = 0; i < a->n; i++)
			unify_outputs(c, a->items[i], b->items[i], bound);
	} else if (ga) {
		bind_pattern(b, bound);
	} else if (gb) {
		bind_pattern(a, bound);
	}
}

static bool same_bits(const bool *a, const bool *b, size_t n)
{
	return memcmp(a, b, n * sizeof *a) == 0;
}

static bool is_unification(const struct term *t)
{
	return t->kind == T_CALL && t->infix && (term_is_var(t->items[0], "eq") || term_is_var(t->items[0], "assign"));
}

int call_arity(struct compiler *c, const struct term *call)
{
	const struct doc *d;
	const struct builtin *fn;

	call_target(c, call, &d, &fn);
	return d ? (int)d->nargs : fn ? fn->nargs : -1;
}

static bool takes_any_number(struct compiler *c, const struct term *call)
{
	const struct builtin *fn;
	const struct doc *d;

	call_target(c, call, &d, &fn);
	return fn && (fn->flags & BUILTIN_VARIADIC);
}

static void expr_outputs(struct compiler *c, const struct term *t, bool *bound)
{
	CLEANUP(free) bool *before = mem_calloc(c->nvars, sizeof *before);

	do {
		memcpy(before, bound, c->nvars * sizeof *before);
		order_ref_outputs(c, t, bound);
		/* The right side of := is known on its own. */
		if (is_unification(t) &&
		    (!term_is_var(t->items[0], "assign") || order_ground(c, t->items[2], bound)))
			unify_outputs(c, t->items[1], t->items[2], bound);
	} while (!same_bits(before, bound, c->nvars));
	if (t->kind == T_CALL && !t->infix && !takes_any_number(c, t) && call_arity(c, t) == (int)t->n - 2)
		bind_pattern(t->items[t->n - 1], bound);
}

static bool literal_ground(struct compiler *c, const struct literal *l, const bool *bound, const bool *before)
{
	struct visitor v = { .c = c, .fn = known, .bound = bound };

	return visit_whole(&v, l, before);
}

bool order_ready(struct compiler *c, const struct literal *l, const bool *bound, bool *after)
{
	memcpy(after, bound, c->nvars * sizeof *after);
	for (uint32_t i = 0; i < l->nwiths; i++)
		if (!order_ground(c, l->withs[i].value, bound))
			return false;
	for (uint32_t i = 0; i < l->nlate; i += 2)
		after[l->late[i]->var] = true;
	/* All known already: there is nothing left to bind. */
	if (literal_ground(c, l, after, bound))
		return true;
	if (is_plain(l))
		expr_outputs(c, l->term, after);
	if (l->kind == L_SOME_IN || l->kind == L_EVERY)
		order_ref_outputs(c, l->domain, after);
	if (l->kind == L_SOME_IN && order_ground(c, l->domain, after)) {
		if (l->key && l->key->kind != T_SET)
			bind_pattern(l->key, after);
		if (l->val->kind != T_SET)
			bind_pattern(l->val, after);
	}
	return literal_ground(c, l, after, bound);
}

void order_hope(struct compiler *c, const struct literal *l, const bool *bound, bool *hoped)
{
	CLEANUP(free) bool *after = mem_calloc(c->nvars, sizeof *after);

	order_ready(c, l, bound, after);
	for (uint32_t i = 0; i < c->nvars; i++)
		hoped[i] |= after[i];
	if (l->kind == L_EXPR && is_unification(l->term) && term_is_var(l->term->items[0], "assign"))
		bind_pattern(l->term->items[1], hoped);
	if (l->kind == L_SOME_IN && l->key)
		bind_pattern(l->key, hoped);
	if (l->kind == L_SOME_IN)
		bind_pattern(l->val, hoped);
}
