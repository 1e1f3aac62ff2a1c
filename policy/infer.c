/*
 * Types of rules and of what stands in them, once everything else about a
 * policy is right: what can never be equal, found or taken is told. A clause is
 * looked at literal by literal, in the order they run in; a variable has the
 * type that the first literal gives it, and what follows has to fit.
 */
#include "config.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/infer.h"
#include "policy/type.h"

enum { DOCS_DEEP = 60 };

struct infer {
	struct compiler c;
	const struct type **vars;
	uint32_t nvars;
	unsigned deep;
};

static const struct type *visit(struct infer *in, const struct term *t);
static void visit_body(struct infer *in, const struct body *b);
static void infer_doc(struct policy *p, struct doc *d, struct policy_diags *diags, unsigned deep);

static struct pool *pool_of(struct infer *in)
{
	return in->c.pool;
}

static const struct type *or_any(const struct type *t)
{
	return t ? t : &type_any;
}

/* ---- what is told ---------------------------------------------------------------------------------------- */

static void name_both(const struct type *a, const struct type *b, struct buf *left, struct buf *right)
{
	bool full = type_tags(a) & type_tags(b);

	type_format(a, full, left);
	type_format(b, full, right);
}

static void tell_match(struct infer *in, struct span span, const struct type *a, const struct type *b)
{
	CLEANUP(buf_release) struct buf left = BUF_INIT(4096);
	CLEANUP(buf_release) struct buf right = BUF_INIT(4096);

	name_both(or_any(a), or_any(b), &left, &right);
	compile_error(&in->c, DIAG_TYPE, span, "these can never be equal: %s and %s", buf_text(&left), buf_text(&right));
}

static void tell_ref(struct infer *in, const struct term *ref)
{
	compile_error(&in->c, DIAG_REF, ref->span, "there is never a value at '%.*s'", (int)(ref->span.end - ref->span.at),
		      in->c.module->src.text + ref->span.at);
}

static void tell_argument(struct infer *in, const struct term *call, const char *name, uint32_t i, const struct type *have,
			  const struct type *want)
{
	CLEANUP(buf_release) struct buf is = BUF_INIT(4096);
	CLEANUP(buf_release) struct buf has = BUF_INIT(4096);

	name_both(or_any(have), want, &is, &has);
	compile_error(&in->c, DIAG_TYPE, call->span, "%s: argument %u is %s, but has to be %s", name, i + 1, buf_text(&is),
		      buf_text(&has));
}

/* ---- giving types to patterns ---------------------------------------------------------------------------- */

/* What visit() said of t before, or of a variable since. Nothing is looked at twice: calls nest. */
static const struct type *seen(struct infer *in, const struct term *t)
{
	return t->kind == T_VAR && t->var >= 0 && (uint32_t)t->var < in->nvars ? in->vars[t->var] : t->type;
}

static bool give(struct infer *in, const struct term *t, const struct type *known, const struct type *to, bool either);

/* Each element of an array literal, or each value of an object's, gets what to has in its place. */
static bool give_parts(struct infer *in, const struct term *t, const struct type *to, bool either)
{
	uint8_t tag = t->kind == T_ARRAY ? V_ARRAY : V_OBJECT;
	uint32_t step = t->kind == T_ARRAY ? 1 : 2, n = t->n / step;

	for (uint32_t i = 0; i < t->n; i += step) {
		const struct term *part = t->items[i + step - 1];
		const struct type *of = to;

		if (!to->any) {
			struct value key = t->kind == T_ARRAY ? value_int(i) : t->items[i]->value;
			const struct shape *s = to->shapes[0];

			if (s->tag != tag || (!s->rest && s->n != n))
				return false;
			if (t->kind == T_OBJECT && t->items[i]->kind != T_CONST)
				of = type_elements(pool_of(in), to);
			else
				of = type_at(pool_of(in), to, key);
		}
		if (!of || !give(in, part, seen(in, part), of, either))
			return false;
	}
	return to->any || (to->shapes[0]->tag == tag && (to->shapes[0]->rest || to->shapes[0]->n == n));
}

static bool give_set(struct infer *in, const struct term *t, const struct type *to, bool either)
{
	const struct type *of = to->any ? to : to->shapes[0]->tag == V_SET ? to->shapes[0]->rest : NULL;

	for (uint32_t i = 0; of && i < t->n; i++)
		if (!give(in, t->items[i], seen(in, t->items[i]), of, either))
			return false;
	return of != NULL;
}

/* A literal collection against a union: whichever fits, and all that do add to the variables. */
static bool give_collection(struct infer *in, const struct term *t, const struct type *to, bool either)
{
	bool fits = false;

	if (to->any)
		return t->kind == T_SET ? give_set(in, t, to, true) : give_parts(in, t, to, true);
	for (uint32_t i = 0; i < to->n; i++) {
		struct type one = { .n = 1, .shapes = to->shapes + i };

		fits = (t->kind == T_SET ? give_set(in, t, &one, either || to->n > 1) :
					   give_parts(in, t, &one, either || to->n > 1)) ||
		       fits;
	}
	return fits;
}

/* Makes t be of a type, or finds that it cannot. known: its type so far, if any. */
static bool give(struct infer *in, const struct term *t, const struct type *known, const struct type *to, bool either)
{
	if (t->kind == T_VAR && t->var >= 0 && (uint32_t)t->var < in->nvars) {
		const struct type *have = in->vars[t->var];

		if (either)
			in->vars[t->var] = type_or(pool_of(in), have, to);
		else if (!have)
			in->vars[t->var] = to;
		else
			return type_meets(have, to);
		return true;
	}
	if ((t->kind == T_ARRAY || t->kind == T_OBJECT || t->kind == T_SET))
		return give_collection(in, t, to, either);
	return !known || type_meets(known, to);
}

/* Two sides of which neither is known whole. */
static bool give_each_other(struct infer *in, const struct term *a, const struct term *b);

static bool equate(struct infer *in, const struct term *a, const struct type *ta, const struct term *b, const struct type *tb)
{
	if (ta && tb)
		return type_meets(ta, tb);
	if (ta)
		return give(in, b, NULL, ta, false);
	if (tb)
		return give(in, a, NULL, tb, false);
	return give_each_other(in, a, b);
}

static bool give_each_other(struct infer *in, const struct term *a, const struct term *b)
{
	bool fits = true;

	if (a->kind == T_ARRAY && b->kind == T_ARRAY) {
		for (uint32_t i = 0; fits && a->n == b->n && i < a->n; i++)
			fits = equate(in, a->items[i], seen(in, a->items[i]), b->items[i], seen(in, b->items[i]));
		return fits && a->n == b->n;
	}
	if (a->kind == T_OBJECT && b->kind == T_OBJECT)
		return a->n == b->n;
	if (a->kind == T_VAR)
		fits = give(in, a, NULL, &type_any, false);
	if (b->kind == T_VAR)
		fits = give(in, b, NULL, &type_any, false) && fits;
	return fits;
}

static void match(struct infer *in, const struct term *a, const struct term *b, struct span span)
{
	const struct type *ta = visit(in, a), *tb = visit(in, b);

	if (!equate(in, a, ta, b, tb))
		tell_match(in, span, ta, tb);
}

/* ---- references ------------------------------------------------------------------------------------------ */

static const struct doc *doc_of_ref(struct infer *in, const struct term *t, uint32_t *at)
{
	const struct doc *d = &in->c.policy->root, *below;

	for (; *at < t->n && d->kind == DOC_PLAIN && t->items[*at]->kind == T_CONST; ++*at) {
		below = doc_child(d, t->items[*at]->value);
		if (!below)
			break;
		d = below;
	}
	return d;
}

static const struct type *type_of_doc(struct infer *in, const struct doc *d)
{
	if (d->kind == DOC_PLAIN || d->nchildren)
		return &type_any;
	/* Written to while compiling only: a query finds all done. */
	infer_doc(in->c.policy, (struct doc *)(uintptr_t)d, in->c.diags, in->deep + 1);
	return or_any(d->type);
}

static const struct type *visit_part(struct infer *in, const struct term *part, const struct type *t)
{
	const struct type *known = visit(in, part), *keys;

	if (part->kind == T_CONST)
		return type_at(pool_of(in), t, part->value);
	keys = type_keys(pool_of(in), t);
	/* A list that is written down as empty may be walked: what is in a policy's settings can be nothing. */
	if (!keys && t->n)
		return &type_any;
	if (!keys || !give(in, part, known, keys, false))
		return NULL;
	return type_elements(pool_of(in), t);
}

static const struct type *visit_ref(struct infer *in, const struct term *ref)
{
	const struct term *head = ref->items[0];
	const struct type *t;
	uint32_t at = 1;

	if (head->kind == T_VAR && head->var == VAR_DATA) {
		const struct doc *d = doc_of_ref(in, ref, &at);

		if (d->kind == DOC_FUNCTION) {
			compile_error(&in->c, DIAG_TYPE, ref->span, "'%.*s' is a function: it has a value only when it is called",
				      (int)(ref->span.end - ref->span.at), in->c.module->src.text + ref->span.at);
			return &type_any;
		}
		t = type_of_doc(in, d);
	} else {
		t = or_any(visit(in, head));
	}
	for (; at < ref->n; at++) {
		t = visit_part(in, ref->items[at], t);
		if (!t) {
			tell_ref(in, ref);
			return &type_any;
		}
	}
	return t;
}

/* ---- calls ----------------------------------------------------------------------------------------------- */

static bool signature_of_doc(struct infer *in, const struct doc *d, struct signature *out)
{
	type_of_doc(in, d);
	if (!d->arg_types || d->nargs > sizeof out->args / sizeof *out->args)
		return false;
	*out = (struct signature){ .nargs = d->nargs, .result = or_any(d->type) };
	memcpy(out->args, d->arg_types, d->nargs * sizeof *out->args);
	return true;
}

/* x in xs, where xs never holds such an x. */
static void visit_member(struct infer *in, const struct term *call, const struct type *x, const struct type *xs)
{
	const struct type *elements = xs ? type_elements(pool_of(in), xs) : NULL;

	if (x && elements && !type_meets(x, elements))
		tell_match(in, call->span, x, elements);
}

/* k, x in xs. */
static void visit_entry(struct infer *in, const struct term *call, const struct type *k, const struct type *x,
			const struct type *xs)
{
	const struct type *keys = xs ? type_keys(pool_of(in), xs) : NULL;

	if (k && keys && !type_meets(k, keys))
		tell_match(in, call->span, k, keys);
	else
		visit_member(in, call, x, xs);
}

static const struct type *visit_call(struct infer *in, const struct term *call)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(4096);
	const struct type *types[8] = { NULL };
	struct signature sig = { 0 };
	const struct builtin *fn;
	const struct doc *d;
	bool known;

	call_target(&in->c, call, &d, &fn);
	for (uint32_t i = 1; i < call->n; i++) {
		const struct type *t = visit(in, call->items[i]);

		if (i < 8)
			types[i - 1] = t;
	}
	known = fn ? signature_of(pool_of(in), fn->name, &sig) : d && signature_of_doc(in, d, &sig);
	if (known && !sig.result && !call->is_literal)
		compile_error(&in->c, DIAG_TYPE, call->span, "'%s' gives no value: it stands alone", fn ? fn->name : "this");
	if (!known || sig.variadic)
		return &type_any;
	if (fn && strcmp(fn->name, "internal.member_2") == 0)
		visit_member(in, call, types[0], types[1]);
	if (fn && strcmp(fn->name, "internal.member_3") == 0)
		visit_entry(in, call, types[0], types[1], types[2]);
	if (d)
		doc_format(d, &name);
	for (uint32_t i = 0; i < sig.nargs + 1 && i + 1 < call->n; i++) {
		const struct type *want = i < sig.nargs ? sig.args[i] : sig.result;

		if (!want || give(in, call->items[i + 1], types[i], want, false))
			continue;
		tell_argument(in, call, fn ? fn->name : buf_text(&name) + 5, i, types[i], want);
		return or_any(sig.result);
	}
	return or_any(sig.result);
}

/* ---- terms ----------------------------------------------------------------------------------------------- */

static const struct type *visit_items(struct infer *in, const struct term *t)
{
	uint32_t step = t->kind == T_OBJECT ? 2 : 1, n = 0;
	const struct type **items = pool_alloc(pool_of(in), t->n * sizeof *items), *key = NULL, *rest = NULL, *all = NULL;
	struct value *keys = pool_alloc(pool_of(in), t->n * sizeof *keys);
	bool known = true;

	for (uint32_t i = 0; i < t->n; i += step) {
		const struct type *name = t->kind == T_OBJECT ? visit(in, t->items[i]) : NULL;
		const struct type *item = visit(in, t->items[i + step - 1]);

		known &= item != NULL;
		all = type_or(pool_of(in), all, item);
		if (t->kind == T_OBJECT && t->items[i]->kind != T_CONST) {
			key = type_or(pool_of(in), key, or_any(name));
			rest = type_or(pool_of(in), rest, or_any(item));
			continue;
		}
		if (t->kind == T_OBJECT)
			keys[n] = t->items[i]->value;
		items[n++] = item;
	}
	if (!known)
		return NULL;
	if (t->kind == T_SET)
		return type_set(pool_of(in), t->n ? or_any(all) : NULL);
	return t->kind == T_ARRAY ? type_array(pool_of(in), items, n, NULL) :
				    type_object(pool_of(in), keys, items, n, key, rest);
}

/* What a closure learns about variables stays in it. */
static const struct type **enter(struct infer *in)
{
	const struct type **saved = in->vars;

	in->vars = mem_dup(saved, in->nvars * sizeof *saved);
	return saved;
}

static void leave(struct infer *in, const struct type **saved)
{
	free(in->vars);
	in->vars = saved;
}

static const struct type *visit_comprehension(struct infer *in, const struct term *t)
{
	const struct type **saved = enter(in), *first, *second;

	visit_body(in, t->body);
	first = or_any(visit(in, t->items[0]));
	second = t->n > 1 ? or_any(visit(in, t->items[1])) : NULL;
	leave(in, saved);
	if (t->kind == T_ARRAY_COMP)
		return type_array(pool_of(in), NULL, 0, first);
	if (t->kind == T_SET_COMP)
		return type_set(pool_of(in), first);
	return type_object(pool_of(in), NULL, NULL, 0, first, second);
}

static const struct type *find_out(struct infer *in, const struct term *t)
{
	switch (t->kind) {
	case T_CONST:
		return type_of_value(pool_of(in), t->value);
	case T_VAR:
		return t->var < 0 ? &type_any : (uint32_t)t->var < in->nvars ? in->vars[t->var] : &type_any;
	case T_REF:
		return visit_ref(in, t);
	case T_CALL:
		return visit_call(in, t);
	case T_TEMPLATE:
		for (uint32_t i = 0; i < t->n; i++)
			visit(in, t->items[i]);
		return type_scalar(V_STRING);
	case T_ARRAY:
	case T_SET:
	case T_OBJECT:
		return visit_items(in, t);
	default:
		return visit_comprehension(in, t);
	}
}

static const struct type *visit(struct infer *in, const struct term *t)
{
	const struct type *type = find_out(in, t);

	/* A note for what follows; nothing else reads it. */
	((struct term *)(uintptr_t)t)->type = type;
	return type;
}

/* ---- literals -------------------------------------------------------------------------------------------- */

static void visit_domain(struct infer *in, const struct literal *l)
{
	const struct type *t = or_any(visit(in, l->domain)), *keys = type_keys(pool_of(in), t),
			  *elements = type_elements(pool_of(in), t);
	bool collection = t->any || t->n;

	/* A scalar written out is as good as an empty collection. */
	if (collection ? !elements : l->kind == L_EVERY || l->domain->kind == T_CONST)
		return;
	if (!collection) {
		CLEANUP(buf_release) struct buf is = BUF_INIT(256);

		type_format(t, false, &is);
		compile_error(&in->c, DIAG_TYPE, l->span, "there is nothing in %s to go through", buf_text(&is));
		return;
	}
	if (l->key && !give(in, l->key, visit(in, l->key), or_any(keys), false))
		tell_match(in, l->span, visit(in, l->key), keys);
	else if (!give(in, l->val, visit(in, l->val), or_any(elements), false))
		tell_match(in, l->span, visit(in, l->val), elements);
}

static void visit_inner(struct infer *in, const struct literal *l)
{
	const struct type **saved = enter(in);

	if (l->kind == L_EVERY)
		visit_domain(in, l);
	visit_body(in, l->body);
	leave(in, saved);
}

/* A function may stand in for a function. */
static bool names_function(struct infer *in, const struct term *value)
{
	struct term call = { .kind = T_CALL, .n = 1, .items = (struct term *[]){ (struct term *)(uintptr_t)value } };
	const struct builtin *fn = NULL;
	const struct doc *d = NULL;

	if (value->kind == T_VAR || value->kind == T_REF)
		call_target(&in->c, &call, &d, &fn);
	return d || fn;
}

static void visit_literal(struct infer *in, const struct literal *l)
{
	const struct term *t = l->term;

	for (uint32_t i = 0; i < l->nwiths; i++)
		if (!names_function(in, l->withs[i].value))
			visit(in, l->withs[i].value);
	for (uint32_t i = 0; i < l->nlate; i += 2)
		in->vars[l->late[i]->var] = visit(in, l->late[i + 1]);
	if (l->kind == L_EVERY || l->kind == L_NOT_BODY)
		visit_inner(in, l);
	else if (l->kind == L_SOME_IN)
		visit_domain(in, l);
	else if (l->kind == L_EXPR && t->kind == T_CALL && t->infix &&
		 (term_is_var(t->items[0], "eq") || term_is_var(t->items[0], "assign") || term_is_var(t->items[0], "equal")))
		match(in, t->items[1], t->items[2], l->span);
	else if (l->kind == L_EXPR)
		visit(in, t);
}

static void visit_body(struct infer *in, const struct body *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		visit_literal(in, b->lits[b->order ? b->order[i] : i]);
}

/* ---- rules ----------------------------------------------------------------------------------------------- */

/* {path[0]: {path[1]: ... leaf}} */
static const struct type *nested(struct infer *in, const struct head *h, const struct type *leaf)
{
	for (uint32_t i = h->npath; i-- > 0;) {
		const struct type *key = or_any(visit(in, h->path[i]));

		leaf = type_object(pool_of(in), NULL, NULL, 0, key, leaf);
	}
	return leaf;
}

static void infer_clause(struct policy *p, struct doc *d, const struct clause *k, struct policy_diags *diags, unsigned deep)
{
	const struct head *h = k->head;
	struct infer in = {
		.c = { .policy = p, .pool = &p->pool, .module = (struct module *)(uintptr_t)k->module, .diags = diags },
		.vars = mem_calloc(k->nslots + 1, sizeof *in.vars),
		.nvars = k->nslots,
		.deep = deep,
	};
	const struct type *t;

	visit_body(&in, &h->body);
	t = or_any(h->key ? visit(&in, h->key) : h->val ? visit(&in, h->val) : type_scalar(V_BOOL));
	for (uint32_t i = 0; i < k->nargs; i++) {
		/* What nothing was said about can be anything. */
		if (!visit(&in, h->args[i]))
			(void)give(&in, h->args[i], NULL, &type_any, false);
		d->arg_types[i] = type_or(&p->pool, d->arg_types[i], or_any(visit(&in, h->args[i])));
	}
	if (h->key)
		t = type_set(&p->pool, t);
	d->type = in.c.failed ? &type_any : type_or(&p->pool, d->type, nested(&in, h, t));
	if (in.c.failed)
		for (uint32_t i = 0; i < k->nargs; i++)
			d->arg_types[i] = &type_any;
	free(in.vars);
}

static void infer_doc(struct policy *p, struct doc *d, struct policy_diags *diags, unsigned deep)
{
	if (d->typed || deep > DOCS_DEEP)
		return;
	d->typed = true;
	if (d->nargs) {
		d->arg_types = pool_alloc(&p->pool, d->nargs * sizeof *d->arg_types);
		memset(d->arg_types, 0, d->nargs * sizeof *d->arg_types);
	}
	for (uint32_t i = 0; i <= d->nclauses; i++)
		for (const struct clause *k = i < d->nclauses ? d->clauses[i] : d->fallback; k; k = k->otherwise)
			infer_clause(p, d, k, diags, deep);
}

static void infer_below(struct policy *p, struct doc *d, struct policy_diags *diags)
{
	infer_doc(p, d, diags, 0);
	for (uint32_t i = 0; i < d->nchildren; i++)
		infer_below(p, d->children[i], diags);
}

void infer_rules(struct policy *p, struct policy_diags *diags)
{
	infer_below(p, &p->root, diags);
}

bool infer_query(struct compiler *c, const struct body *b)
{
	struct infer in = { .c = *c, .vars = mem_calloc(c->nvars + 1, sizeof *in.vars), .nvars = c->nvars };

	visit_body(&in, b);
	free(in.vars);
	return !in.c.failed;
}
