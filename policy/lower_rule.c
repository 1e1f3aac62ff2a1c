/* Lowering of rules and queries: heads, arguments, else branches, replacements. */
#include "config.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/infer.h"
#include "policy/lower.h"
#include "policy/parse.h"

/* ---- with ------------------------------------------------------------------------------------------------ */

static bool override_document(struct compiler *c, const struct with *w, struct override *o)
{
	const struct doc *d = &c->policy->root;

	for (uint32_t i = 0; d && i < o->npath; i++) {
		if (d->kind != DOC_PLAIN) {
			compile_error(c, DIAG_WITH, w->target->span, "'with' cannot replace a part of what a rule computes");
			diag_help(c->diags, "replace the whole rule");
			return false;
		}
		d = doc_child(d, o->path[i]);
	}
	o->doc = d;
	return true;
}

static bool override_function(struct compiler *c, const struct with *w, const struct doc *d, const struct builtin *fn,
			      struct override *o)
{
	struct term call = { .kind = T_CALL, .n = 1, .items = (struct term *[]){ w->value } };
	const struct term *value = w->value;
	int arity = d ? (int)d->nargs : fn->nargs, other;

	o->doc = d;
	o->fn = fn;
	if (value->kind == T_VAR || value->kind == T_REF)
		call_target(c, &call, &o->by_doc, &o->by_fn);
	if (value->kind == T_VAR && value->var >= 0 && c->vars[value->var].declared)
		o->by_fn = NULL;
	other = o->by_doc ? (int)o->by_doc->nargs : o->by_fn ? o->by_fn->nargs : arity;
	if (fn && ((fn->flags & (BUILTIN_RELATION | BUILTIN_METADATA)) || strcmp(fn->name, "print") == 0)) {
		compile_error(c, DIAG_WITH, w->target->span, "'%s' cannot be replaced", fn->name);
		return false;
	}
	if (other == arity)
		return true;
	compile_error(c, DIAG_ARITY, w->value->span, "the replacement takes %d arguments, not %d", other, arity);
	return false;
}

static bool lower_override(struct lowering *l, const struct with *w, struct override *o)
{
	struct compiler *c = l->c;
	const struct term *t = w->target, *head = t->kind == T_REF ? t->items[0] : t;
	struct term call = { .kind = T_CALL, .n = 1, .items = (struct term *[]){ w->target } };
	const struct builtin *fn;
	const struct doc *d;
	struct value *path;

	call_target(c, &call, &d, &fn);
	if (d || fn) {
		if (!override_function(c, w, d, fn, o))
			return false;
		if (o->by_doc)
			doc_asked(c, o->by_doc);
		if (!o->by_doc && !o->by_fn)
			o->value = lower_term(l, w->value);
		return true;
	}
	if (head->var != VAR_DATA && head->var != VAR_INPUT) {
		compile_error(c, DIAG_WITH_TARGET, t->span, "'with' replaces input, data or a function, not this");
		return false;
	}
	path = pool_alloc(c->pool, t->n * sizeof *path);
	o->path = path;
	for (uint32_t i = 1; t->kind == T_REF && i < t->n; i++) {
		if (t->items[i]->kind != T_CONST) {
			compile_error(c, DIAG_WITH, t->items[i]->span, "what 'with' replaces is named without variables");
			return false;
		}
		path[o->npath++] = t->items[i]->value;
	}
	o->input = head->var == VAR_INPUT;
	if (!o->input && !override_document(c, w, o))
		return false;
	if (o->doc)
		doc_asked(c, o->doc);
	o->value = lower_term(l, w->value);
	return true;
}

bool lower_overrides(struct lowering *l, const struct literal *lit, struct step *into)
{
	bool ok = true;

	into->n = lit->nwiths;
	into->overrides = pool_alloc(l->c->pool, lit->nwiths * sizeof *into->overrides);
	for (uint32_t i = 0; i < lit->nwiths; i++) {
		into->overrides[i] = (struct override){ 0 };
		ok = lower_override(l, &lit->withs[i], &into->overrides[i]) && ok;
	}
	return ok;
}

/* ---- rules ----------------------------------------------------------------------------------------------- */

static struct term **clones(struct pool *p, struct term **items, uint32_t n)
{
	struct term **copy = pool_alloc(p, n * sizeof *copy);

	for (uint32_t i = 0; i < n; i++)
		copy[i] = term_clone(p, items[i]);
	return copy;
}

/* Several clauses may share the terms of a head: then each has copies, since lowering writes to them. */
static struct head *head_of(struct pool *p, const struct rule *r, uint32_t constants)
{
	struct head *h = pool_alloc(p, sizeof *h);

	*h = (struct head){ .args = r->args, .npath = r->ref->n - constants };
	if (h->npath)
		h->path = clones(p, r->ref->items + constants, h->npath);
	h->key = r->kind == RULE_MEMBER ? r->key : NULL;
	h->val = r->value;
	if (r->shares_head) {
		h->args = clones(p, r->args, r->nargs);
		h->key = term_clone(p, h->key);
		h->val = term_clone(p, h->val);
	}
	if (r->body)
		h->body = *r->body;
	return h;
}

static bool term_mentions(const struct term *t, const char *name);

static bool body_mentions(const struct body *b, const char *name)
{
	for (uint32_t i = 0; b && i < b->n; i++) {
		const struct literal *l = b->lits[i];

		if (term_mentions(l->term, name) || term_mentions(l->key, name) || term_mentions(l->val, name) ||
		    term_mentions(l->domain, name) || body_mentions(l->body, name))
			return true;
		for (uint32_t k = 0; k < l->nwiths; k++)
			if (term_mentions(l->withs[k].value, name) || term_mentions(l->withs[k].target, name))
				return true;
		for (uint32_t k = 0; k < l->nlate; k++)
			if (term_mentions(l->late[k], name))
				return true;
	}
	return false;
}

static bool term_mentions(const struct term *t, const char *name)
{
	if (!t)
		return false;
	if (t->kind == T_VAR)
		return strcmp(t->name, name) == 0;
	for (uint32_t i = 0; i < t->n; i++)
		if (term_mentions(t->items[i], name))
			return true;
	return body_mentions(term_body(t), name);
}

/* An argument that neither the rule nor one of its else branches looks at. */
static void check_unused_argument(struct compiler *c, const struct term *arg)
{
	for (uint32_t i = 0; i < arg->n; i++)
		check_unused_argument(c, arg->items[i]);
	if (arg->kind != T_VAR || arg->name[0] == '_' || arg->name[0] == '$')
		return;
	for (const struct rule *r = c->rule; r; r = r->otherwise)
		if (term_mentions(r->value, arg->name) || body_mentions(r->body, arg->name))
			return;
	compile_error(c, DIAG_UNUSED, arg->span, "argument '%s' is never used", arg->name);
	diag_help(c->diags, "write _ in its place");
}

static void check_unused(struct compiler *c)
{
	/* The branches of an else share the arguments of the rule they belong to. */
	for (uint32_t i = 0; c->check.strict && c->rule && !c->is_branch && i < c->rule->nargs; i++)
		check_unused_argument(c, c->rule->args[i]);
	for (uint32_t i = 0; i < c->nvars; i++) {
		const struct var *v = &c->vars[i];

		if (!(v->by_some || (v->by_assign && c->check.strict)) || v->is_arg || v->uses || !v->name || v->wildcard ||
		    v->name[0] == '$')
			continue;
		compile_error(c, DIAG_UNUSED, v->span, "'%s' is declared but never used", v->name);
		diag_help(c->diags, "remove it, or write _");
	}
}

static struct expr *head_term(struct lowering *l, struct term *t)
{
	bool *after;

	if (!l->c->failed && order_ground(l->c, t, l->bound))
		return lower_term(l, t);
	after = mem_dup(l->bound, l->c->nvars * sizeof *after);
	order_ref_outputs(l->c, t, after);
	order_report(l->c, t, after);
	free(after);
	return l->c->failed ? NULL : lower_term(l, t);
}

static void lower_head(struct lowering *l, struct clause *out, struct head *h)
{
	struct term *val = h->key ? h->key : h->val;

	out->npath = h->npath;
	out->path = pool_alloc(l->c->pool, h->npath * sizeof *out->path);
	for (uint32_t i = 0; i < h->npath; i++)
		out->path[i] = head_term(l, h->path[i]);
	out->member = h->key != NULL;
	out->val = val ? head_term(l, val) : NULL;
}

/* Everything of one clause after parsing. */
static void lower_clause_body(struct compiler *c, struct clause *out, struct head *h)
{
	struct body *body = &h->body;
	struct scope *scope;
	struct lowering l = { .c = c };
	uint32_t ntemps = 0;

	c->args = scope_new(c, NULL);
	/* The first slots are the arguments. */
	for (uint32_t i = 0; i < out->nargs; i++)
		var_new(c, NULL, h->args[i]->span);
	resolve_args(c, h->args, out->nargs);
	resolve_body(c, body, c->args);
	scope = body->scope;
	for (uint32_t i = 0; i < h->npath; i++)
		resolve_term(c, scope, h->path[i]);
	if (h->key)
		resolve_term(c, scope, h->key);
	if (h->val)
		resolve_term(c, scope, h->val);
	for (uint32_t i = 0; i < out->nargs; i++)
		check_calls(c, h->args[i]);
	for (uint32_t i = 0; i < h->npath; i++)
		check_calls(c, h->path[i]);
	check_calls(c, h->key);
	check_calls(c, h->val);
	check_clause_calls(c, body);
	negate_body(c, body);
	for (uint32_t i = 0; i < h->npath; i++)
		negate_term(c, h->path[i]);
	negate_term(c, h->key);
	negate_term(c, h->val);
	l.code = out->code = code_new(c);
	l.bound = mem_calloc(c->nvars, sizeof *l.bound);
	l.ntemps = &ntemps;
	for (uint32_t i = 0; i < out->nargs; i++) {
		l.bound[i] = true;
		lower_match(&l, h->args[i], expr_slot(c, i, h->args[i]->span), h->args[i]->span);
	}
	if (!c->failed && lower_body(&l, body, NULL))
		lower_head(&l, out, h);
	if (!c->failed)
		check_unused(c);
	free(l.bound);
	out->nslots = c->nvars + ntemps;
	out->niters = c->niters;
}

static struct clause *lower_rule(struct policy *p, struct doc *d, const struct rule *r, uint32_t constants, bool is_branch,
				 const struct policy_check *check, struct policy_diags *diags)
{
	struct compiler c = { .policy = p, .pool = &p->pool, .module = r->module, .doc = d, .rule = r, .diags = diags,
			      .is_branch = is_branch };
	struct clause *out = pool_alloc(&p->pool, sizeof *out);
	struct head *h = head_of(&p->pool, r, constants);

	if (check)
		c.check = *check;
	*out = (struct clause){ .rule = r, .module = r->module, .id = p->nclauses++, .nargs = r->nargs, .head = h };
	lower_clause_body(&c, out, h);
	resolve_release(&c);
	if (r->otherwise)
		out->otherwise = lower_rule(p, d, r->otherwise, constants, true, check, diags);
	return out;
}

static uint32_t depth_of(const struct doc *d, const struct module *m)
{
	uint32_t n = 0;

	for (; d->parent; d = d->parent)
		n++;
	return n - m->npackage;
}

static bool same_constant(const struct clause *a, const struct clause *b)
{
	bool ca = !a->val || a->val->op == E_CONST, cb = !b->val || b->val->op == E_CONST;

	if (!ca || !cb)
		return false;
	return value_eq(a->val ? a->val->value : value_bool(true), b->val ? b->val->value : value_bool(true));
}

static bool settles_early(const struct doc *d)
{
	if (d->kind != DOC_VALUE && d->kind != DOC_FUNCTION)
		return false;
	for (uint32_t i = 0; i < d->nclauses; i++)
		for (const struct clause *k = d->clauses[i]; k; k = k->otherwise)
			if (!same_constant(d->clauses[0], k))
				return false;
	return d->nclauses > 0;
}

static void lower_doc_rules(struct policy *p, struct doc *d, const struct policy_check *check, struct policy_diags *diags)
{
	d->clauses = pool_alloc(&p->pool, d->nrules * sizeof *d->clauses);
	for (uint32_t i = 0; i < d->nrules; i++) {
		const struct rule *r = d->rules[i];

		d->clauses[d->nclauses++] = lower_rule(p, d, r, depth_of(d, r->module), false, check, diags);
	}
	if (d->default_rule)
		d->fallback = lower_rule(p, d, d->default_rule, depth_of(d, d->default_rule->module), false, check, diags);
	d->early = settles_early(d);
	for (uint32_t i = 0; i < d->nchildren; i++)
		lower_doc_rules(p, d->children[i], check, diags);
}

void lower_rules(struct policy *p, const struct policy_check *check, struct policy_diags *diags)
{
	lower_doc_rules(p, &p->root, check, diags);
}

/* ---- queries --------------------------------------------------------------------------------------------- */

static void note_names(struct compiler *c, const struct body *b, struct query_code *out)
{
	out->names = pool_alloc(c->pool, c->nvars * sizeof *out->names);
	out->slots = pool_alloc(c->pool, c->nvars * sizeof *out->slots);
	for (uint32_t i = 0; i < c->nvars; i++) {
		const struct var *v = &c->vars[i];
		bool here = false;

		for (uint32_t k = 0; k < v->nseen; k++)
			here |= v->seen_in[k] == b->scope;
		if (!v->name || v->wildcard || !here || v->name[0] == '$')
			continue;
		out->names[out->nnames] = v->name;
		out->slots[out->nnames++] = (int)i;
	}
}

int lower_query(const struct policy *p, struct pool *pool, const struct source *src, enum policy_dialect dialect,
		struct query_code *out, struct policy_diags *diags)
{
	/* Lowering reads the policy and, without a document being defined, writes nothing to it. */
	struct compiler c = { .policy = (struct policy *)(uintptr_t)p, .pool = pool, .module = &out->module, .diags = diags };
	struct lowering l = { .c = &c };
	struct body *body;
	uint32_t ntemps = 0, written;

	*out = (struct query_code){ .module = { .src = *src, .dialect = dialect } };
	body = parse_query_text(pool, src, dialect, diags);
	if (!body)
		return -1;
	written = body->n;
	out->nexprs = written;
	out->spans = pool_alloc(pool, written * sizeof *out->spans);
	for (uint32_t i = 0; i < written; i++)
		out->spans[i] = body->lits[i]->span;
	resolve_body(&c, body, NULL);
	check_clause_calls(&c, body);
	negate_body(&c, body);
	out->exprs = pool_alloc(pool, body->n * sizeof *out->exprs);
	memset(out->exprs, 0, body->n * sizeof *out->exprs);
	l.code = out->clause.code = code_new(&c);
	l.bound = mem_calloc(c.nvars, sizeof *l.bound);
	l.ntemps = &ntemps;
	if (!c.failed && lower_body(&l, body, out->exprs) && !c.failed && infer_query(&c, body))
		note_names(&c, body, out);
	free(l.bound);
	out->clause.module = &out->module;
	out->clause.nslots = c.nvars + ntemps;
	out->clause.niters = c.niters;
	resolve_release(&c);
	return diags->errors ? -1 : 0;
}
