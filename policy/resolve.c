/* What each name means: a local, an import, a rule, input or data, or a variable of the query. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/builtin.h"
#include "policy/compile.h"

void compile_error(struct compiler *c, struct diag_kind kind, struct span span, const char *fmt, ...)
{
	va_list ap;

	c->failed = true;
	va_start(ap, fmt);
	diag_vadd(c->diags, kind, &c->module->src, span.at, span.end, fmt, ap);
	va_end(ap);
}

int var_new(struct compiler *c, const char *name, struct span span)
{
	mem_reserve(&c->vars, &c->vars_cap, c->nvars + 1);
	c->vars[c->nvars] = (struct var){ .name = name, .span = span };
	return (int)c->nvars++;
}

void var_seen(struct compiler *c, int var, struct scope *scope)
{
	struct var *v = &c->vars[var];

	for (uint32_t i = 0; i < v->nseen; i++)
		if (v->seen_in[i] == scope)
			return;
	/* In the pool: one or two, mostly. */
	v->seen_in = pool_grown(c->pool, v->seen_in, v->nseen, sizeof *v->seen_in, &v->seen_cap, 2);
	v->seen_in[v->nseen++] = scope;
}

void resolve_release(struct compiler *c)
{
	free(c->vars);
	c->vars = NULL;
	c->nvars = 0;
	c->vars_cap = 0;
}

struct scope *scope_new(struct compiler *c, struct scope *parent)
{
	struct scope *s = pool_alloc(c->pool, sizeof *s);

	*s = (struct scope){ .parent = parent };
	return s;
}

static struct scope_name *scope_find(struct scope *s, const char *name)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->names[i].name, name) == 0)
			return &s->names[i];
	return NULL;
}

static struct scope_name *scope_add(struct compiler *c, struct scope *s, const char *name, enum name_state state)
{
	/* Doubling in the pool: few names a scope, and the scope dies with the pool. */
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 4;
		struct scope_name *more = pool_alloc(c->pool, cap * sizeof *more);

		if (s->n)
			memcpy(more, s->names, s->n * sizeof *more);
		s->names = more;
		s->cap = cap;
	}
	s->names[s->n] = (struct scope_name){ .name = name, .var = -1, .state = state };
	return &s->names[s->n++];
}

static bool is_wildcard(const char *name)
{
	return strcmp(name, "_") == 0;
}

/* ---- declarations ---------------------------------------------------------------------------------------- */

static void expect_names(struct compiler *c, struct scope *s, const struct term *pattern)
{
	if (pattern->kind == T_VAR && !is_wildcard(pattern->name) && !scope_find(s, pattern->name))
		scope_add(c, s, pattern->name, NAME_PENDING);
	if (pattern->kind == T_ARRAY)
		for (uint32_t i = 0; i < pattern->n; i++)
			expect_names(c, s, pattern->items[i]);
	if (pattern->kind == T_OBJECT)
		for (uint32_t i = 1; i < pattern->n; i += 2)
			expect_names(c, s, pattern->items[i]);
}

static bool is_call_of(const struct term *t, const char *op)
{
	return t && t->kind == T_CALL && t->infix && term_is_var(t->items[0], op);
}

static void expect_declarations(struct compiler *c, struct scope *s, const struct body *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct literal *l = b->lits[i];

		if (l->kind == L_EXPR && is_call_of(l->term, "assign"))
			expect_names(c, s, l->term->items[1]);
		for (uint32_t k = 0; l->kind == L_SOME && k < l->nvars; k++)
			expect_names(c, s, l->vars[k]);
		if (l->kind == L_SOME_IN && l->key)
			expect_names(c, s, l->key);
		if (l->kind == L_SOME_IN)
			expect_names(c, s, l->val);
	}
}

static struct scope_name *arg_name(struct compiler *c, const char *name)
{
	return c->args ? scope_find(c->args, name) : NULL;
}

/* Makes t, a name in scope s, a local from here on. */
static void declare(struct compiler *c, struct scope *s, struct term *t, bool by_assign)
{
	struct scope_name *n;

	if (is_wildcard(t->name)) {
		t->var = var_new(c, "_", t->span);
		c->vars[t->var].wildcard = true;
		var_seen(c, t->var, s);
		return;
	}
	n = scope_find(s, t->name);
	if (!n)
		n = scope_add(c, s, t->name, NAME_PENDING);
	if (s->parent == c->args && arg_name(c, t->name)) {
		compile_error(c, DIAG_DECLARE, t->span, "'%s' is an argument already", t->name);
	} else if (n->state == NAME_DECLARED) {
		compile_error(c, DIAG_DECLARE, t->span, "'%s' is declared twice", t->name);
		diag_help(c->diags, by_assign ? "use == to compare, or another name" : "remove one of the declarations");
	} else if (n->used_before) {
		compile_error(c, DIAG_DECLARE, t->span, "'%s' is used above the line that declares it", t->name);
		diag_help(c->diags, "move the declaration up");
	} else if ((strcmp(t->name, "input") == 0 || strcmp(t->name, "data") == 0) && by_assign &&
		   (c->module->dialect == POLICY_V1 || c->check.strict)) {
		compile_error(c, DIAG_SHADOW, t->span, "a local may not be called '%s'", t->name);
		diag_help(c->diags, "use another name");
	}
	if (n->var < 0)
		n->var = var_new(c, t->name, t->span);
	n->state = NAME_DECLARED;
	c->vars[n->var].declared = true;
	c->vars[n->var].by_assign = by_assign;
	t->var = n->var;
	var_seen(c, t->var, s);
}

/* Declares the names of a pattern; the rest of it is resolved. */
static void declare_pattern(struct compiler *c, struct scope *s, struct term *t, bool by_assign)
{
	switch (t->kind) {
	case T_VAR:
		declare(c, s, t, by_assign);
		return;
	case T_ARRAY:
		for (uint32_t i = 0; i < t->n; i++)
			declare_pattern(c, s, t->items[i], by_assign);
		return;
	case T_OBJECT:
		for (uint32_t i = 0; i < t->n; i += 2) {
			resolve_term(c, s, t->items[i]);
			declare_pattern(c, s, t->items[i + 1], by_assign);
		}
		return;
	case T_CONST:
		if (by_assign)
			compile_error(c, DIAG_DECLARE, t->span, "cannot assign to %s", value_type_name(t->value));
		return;
	default:
		if (by_assign) {
			compile_error(c, DIAG_DECLARE, t->span, "only names, arrays and objects of names can be assigned to");
			diag_help(c->diags, "use == to compare");
		} else {
			resolve_term(c, s, t);
		}
	}
}

static void resolve_assign(struct compiler *c, struct scope *s, struct term *call)
{
	struct term *left = call->items[1];

	resolve_term(c, s, call->items[2]);
	if (left->kind == T_VAR || left->kind == T_ARRAY || left->kind == T_OBJECT) {
		declare_pattern(c, s, left, true);
		return;
	}
	compile_error(c, DIAG_DECLARE, left->span, "cannot assign to %s",
		      left->kind == T_CONST ? value_type_name(left->value) :
		      left->kind == T_REF ? "a reference" :
		      left->kind == T_CALL ? "a call" : "this");
	diag_help(c->diags, "the left of := is a new name; use == to compare");
}

/* ---- uses ------------------------------------------------------------------------------------------------ */

/* The local that name stands for, or -1. */
static int find_local(struct compiler *c, struct scope *s, const char *name, struct span span)
{
	struct scope_name *pending = scope_find(s, name);

	for (; s; s = s->parent) {
		struct scope_name *n = scope_find(s, name);

		if (n && n->state == NAME_DECLARED)
			return n->var;
	}
	/* Inside a closure the name does not mean what is declared outside further down. */
	if (!pending)
		return -1;
	if (pending->var < 0)
		pending->var = var_new(c, name, span);
	pending->used_before = true;
	return pending->var;
}

static struct import *find_import(struct module *m, const char *name)
{
	for (uint32_t i = m->nimports; i-- > 0;)
		if (strcmp(m->imports[i].alias, name) == 0)
			return &m->imports[i];
	return NULL;
}

static const struct doc *find_rule(struct compiler *c, const char *name)
{
	const struct doc *d = c->module->doc ? c->module->doc : &c->policy->root;

	for (uint32_t i = 0; d && !c->module->doc && i < c->module->npackage; i++)
		d = doc_child(d, c->module->package[i]);
	d = d ? doc_child(d, value_borrow(name, strlen(name))) : NULL;
	return d && d->exported ? d : NULL;
}

static struct term *root_term(struct compiler *c, enum var_root root, struct span span)
{
	struct term *t = term_var(c->pool, root == VAR_DATA ? "data" : "input", span);

	t->var = root;
	return t;
}

/* Puts path[0..n) in place of the head of t, which is a name or a reference that starts with one. */
static void splice(struct compiler *c, struct term *t, struct term **path, uint32_t n)
{
	uint32_t rest = t->kind == T_REF ? t->n - 1 : 0;
	struct term **items = pool_alloc(c->pool, (n + rest) * sizeof *items);

	memcpy(items, path, n * sizeof *items);
	if (rest)
		memcpy(items + n, t->items + 1, rest * sizeof *items);
	t->kind = T_REF;
	t->items = items;
	t->n = n + rest;
}

static void become_rule(struct compiler *c, struct term *t, const char *name)
{
	uint32_t n = c->module->npackage + 2;
	struct term **path = pool_alloc(c->pool, n * sizeof *path);

	path[0] = root_term(c, VAR_DATA, t->span);
	for (uint32_t i = 0; i < c->module->npackage; i++)
		path[i + 1] = term_const(c->pool, c->module->package[i], t->span);
	path[n - 1] = term_const(c->pool, value_borrow(name, strlen(name)), t->span);
	splice(c, t, path, n);
}

static void become_import(struct compiler *c, struct term *t, struct import *from)
{
	const struct term *head = from->path->kind == T_REF ? from->path->items[0] : from->path;
	uint32_t n = from->path->kind == T_REF ? from->path->n : 1;
	struct term **path = pool_alloc(c->pool, n * sizeof *path);

	/* One that is hidden by this one is told to be imported twice; that is enough. */
	for (uint32_t i = 0; i < c->module->nimports; i++)
		c->module->imports[i].used |= strcmp(c->module->imports[i].alias, from->alias) == 0;
	path[0] = root_term(c, strcmp(head->name, "data") == 0 ? VAR_DATA : VAR_INPUT, t->span);
	for (uint32_t i = 1; i < n; i++)
		path[i] = from->path->items[i];
	splice(c, t, path, n);
}

/* A global that heads t. False when the name is no global. */
static bool resolve_global(struct compiler *c, struct term *t, const char *name)
{
	struct import *from = find_import(c->module, name);
	struct term *head = t->kind == T_REF ? t->items[0] : t;

	if (from) {
		become_import(c, t, from);
		return true;
	}
	if (find_rule(c, name)) {
		become_rule(c, t, name);
		return true;
	}
	if (strcmp(name, "data") == 0 || strcmp(name, "input") == 0) {
		head->var = name[0] == 'd' ? VAR_DATA : VAR_INPUT;
		return true;
	}
	return false;
}

static int implicit_var(struct compiler *c, const char *name, struct span span)
{
	for (uint32_t i = 0; i < c->nvars; i++)
		if (c->vars[i].name && !c->vars[i].declared && !c->vars[i].wildcard && !c->vars[i].is_arg &&
		    strcmp(c->vars[i].name, name) == 0)
			return (int)i;
	return var_new(c, name, span);
}

static void resolve_name(struct compiler *c, struct scope *s, struct term *t)
{
	struct term *head = t->kind == T_REF ? t->items[0] : t;
	int var;

	if (head->var != VAR_NONE)
		return;
	if (is_wildcard(head->name)) {
		head->var = var_new(c, "_", head->span);
		c->vars[head->var].wildcard = true;
		var_seen(c, head->var, s);
		return;
	}
	var = find_local(c, s, head->name, head->span);
	if (var < 0 && resolve_global(c, t, head->name))
		return;
	if (var < 0)
		var = implicit_var(c, head->name, head->span);
	head->var = var;
	c->vars[var].uses++;
	var_seen(c, var, s);
}

static void resolve_operator(struct compiler *c, struct scope *s, struct term *op)
{
	struct term *head = op->kind == T_REF ? op->items[0] : op;
	int var = find_local(c, s, head->name, head->span);

	if (var >= 0) {
		/* A local may share a builtin's name; a call still means the builtin. */
		if (c->vars[var].name && !builtin_find(head->name) && op->kind == T_VAR)
			compile_error(c, DIAG_UNDEFINED_FUNC, op->span, "'%s' is a local, not a function", head->name);
		return;
	}
	/* Names that are no global stay: they are builtins, or unknown. */
	resolve_global(c, op, head->name);
	for (uint32_t i = 1; op->kind == T_REF && i < op->n; i++)
		resolve_term(c, s, op->items[i]);
}

static void resolve_comprehension(struct compiler *c, struct scope *s, struct term *t)
{
	resolve_body(c, t->body, s);
	for (uint32_t i = 0; i < t->n; i++)
		resolve_term(c, t->body->scope, t->items[i]);
}

void resolve_term(struct compiler *c, struct scope *s, struct term *t)
{
	switch (t->kind) {
	case T_CONST:
		return;
	case T_VAR:
		resolve_name(c, s, t);
		return;
	case T_REF:
		if (t->items[0]->kind == T_VAR) {
			uint32_t before = t->n;

			resolve_name(c, s, t);
			for (uint32_t i = t->n - before + 1; i < t->n; i++)
				resolve_term(c, s, t->items[i]);
			return;
		}
		break;
	case T_CALL:
		if (!t->infix)
			resolve_operator(c, s, t->items[0]);
		for (uint32_t i = 1; i < t->n; i++)
			resolve_term(c, s, t->items[i]);
		return;
	case T_ARRAY_COMP:
	case T_SET_COMP:
	case T_OBJECT_COMP:
		resolve_comprehension(c, s, t);
		return;
	default:
		break;
	}
	for (uint32_t i = 0; i < t->n; i++)
		resolve_term(c, s, t->items[i]);
}

static void resolve_every(struct compiler *c, struct scope *s, struct literal *l)
{
	struct scope *inner = scope_new(c, s);

	resolve_term(c, s, l->domain);
	if (l->key)
		declare(c, inner, l->key, false);
	declare(c, inner, l->val, false);
	for (const struct term *const *t = (const struct term *const[]){ l->val, l->key, NULL }; *t; t++)
		c->vars[(*t)->var].by_some = true;
	resolve_body(c, l->body, inner);
}

/* A function is replaced by a builtin: its name is no variable. */
static bool replaces_by_builtin(struct compiler *c, struct scope *s, const struct with *w)
{
	struct term call = { .kind = T_CALL, .n = 1, .items = (struct term *[]){ w->target } };
	const struct term *head = w->value->kind == T_REF ? w->value->items[0] : w->value;
	const char *name = w->value->kind == T_REF || w->value->kind == T_VAR ? term_path_text(c->pool, w->value) : NULL;
	const struct builtin *fn;
	const struct doc *d;

	if (!name || !builtin_find(name) || head->kind != T_VAR)
		return false;
	call_target(c, &call, &d, &fn);
	return (d || fn) && find_local(c, s, head->name, head->span) < 0 && !find_import(c->module, head->name) &&
	       !find_rule(c, head->name);
}

static void resolve_withs(struct compiler *c, struct scope *s, struct literal *l)
{
	for (uint32_t i = 0; i < l->nwiths; i++) {
		resolve_operator(c, s, l->withs[i].target);
		if (!replaces_by_builtin(c, s, &l->withs[i]))
			resolve_term(c, s, l->withs[i].value);
	}
}

static void resolve_literal(struct compiler *c, struct scope *s, struct literal *l)
{
	resolve_withs(c, s, l);
	switch (l->kind) {
	case L_EXPR:
		if (is_call_of(l->term, "assign"))
			resolve_assign(c, s, l->term);
		else
			resolve_term(c, s, l->term);
		return;
	case L_SOME:
		for (uint32_t i = 0; i < l->nvars; i++) {
			declare(c, s, l->vars[i], false);
			c->vars[l->vars[i]->var].by_some = true;
		}
		return;
	case L_SOME_IN:
		resolve_term(c, s, l->domain);
		if (l->key)
			declare_pattern(c, s, l->key, false);
		declare_pattern(c, s, l->val, false);
		return;
	case L_EVERY:
		resolve_every(c, s, l);
		return;
	default:
		resolve_body(c, l->body, s);
	}
}

void resolve_body(struct compiler *c, struct body *b, struct scope *parent)
{
	b->scope = scope_new(c, parent);
	expect_declarations(c, b->scope, b);
	for (uint32_t i = 0; i < b->n; i++)
		resolve_literal(c, b->scope, b->lits[i]);
}

static void declare_arg(struct compiler *c, struct term *t)
{
	struct scope_name *n;

	if (t->kind != T_VAR) {
		if (t->kind == T_CALL) {
			compile_error(c, DIAG_DECLARE, t->span, "a rule's arguments call nothing");
			return;
		}
		if (t->kind == T_REF) {
			compile_error(c, DIAG_UNSAFE, t->span, "an argument is a name or a pattern of names");
			return;
		}
		for (uint32_t i = 0; i < t->n; i++)
			declare_arg(c, t->items[i]);
		return;
	}
	if (is_wildcard(t->name)) {
		resolve_name(c, c->args, t);
		return;
	}
	n = scope_find(c->args, t->name);
	if (!n) {
		n = scope_add(c, c->args, t->name, NAME_DECLARED);
		n->var = var_new(c, t->name, t->span);
		c->vars[n->var].is_arg = true;
		c->vars[n->var].declared = true;
	}
	t->var = n->var;
	var_seen(c, t->var, c->args);
	if ((strcmp(t->name, "input") == 0 || strcmp(t->name, "data") == 0) && c->module->dialect == POLICY_V1)
		compile_error(c, DIAG_SHADOW, t->span, "an argument may not be called '%s'", t->name);
}

void resolve_args(struct compiler *c, struct term **args, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		declare_arg(c, args[i]);
}

void call_target(struct compiler *c, const struct term *call, const struct doc **out_doc, const struct builtin **out_fn)
{
	const struct term *op = call->items[0];
	const struct term *head = op->kind == T_REF ? op->items[0] : op;
	const struct doc *d = &c->policy->root;
	const char *name;

	if (call->target != TARGET_UNKNOWN) {
		*out_doc = call->target == TARGET_DOC ? call->doc : NULL;
		*out_fn = call->target == TARGET_BUILTIN ? call->fn : NULL;
		return;
	}
	*out_doc = NULL;
	*out_fn = NULL;
	if (!call->infix && op->kind == T_REF && head->var == VAR_DATA) {
		for (uint32_t i = 1; d && i < op->n; i++)
			d = op->items[i]->kind == T_CONST ? doc_child(d, op->items[i]->value) : NULL;
		*out_doc = d && d->kind == DOC_FUNCTION ? d : NULL;
		return;
	}
	if (head->kind == T_VAR && head->var == VAR_INPUT)
		return;
	name = term_path_text(c->pool, op);
	*out_fn = name ? builtin_find(name) : NULL;
}
