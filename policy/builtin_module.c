/*
 * rego.parse_module: a policy's text as a tree, in the shape in which the reference evaluator writes its own (policy
 * documentation, "opa parse --format json", without locations). It is read as version 1, without looking at what it means.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policy/base64.h"
#include "policy/fields.h"
#include "policy/module_tree.h"
#include "policy/parse.h"

/* ---- bodies ---------------------------------------------------------------------------------------------- */

/* some x in a in b: there x in a comes first, and what that is in b. */
static struct value some_in_value(struct tree_writer *w, struct value key, struct value val, const struct term *domain)
{
	bool chain = domain->kind == T_CALL && domain->infix && term_is_var(domain->items[0], "internal.member_2") &&
		     domain->span.at == domain->items[1]->span.at;
	struct vec call = { 0 };

	if (chain) {
		val = some_in_value(w, key, val, domain->items[1]);
		key = VALUE_UNDEF;
		domain = domain->items[2];
	}
	vec_push(w->pool, &call, tree_path(w, key.tag == V_UNDEF ? "internal.member_2" : "internal.member_3"));
	if (key.tag != V_UNDEF)
		vec_push(w->pool, &call, key);
	vec_push(w->pool, &call, val);
	vec_push(w->pool, &call, tree_term(w, domain));
	return tree_typed(w, "call", value_array(call.v, call.n));
}

static struct value symbols_value(struct tree_writer *w, const struct literal *l)
{
	struct fields f = { .pool = w->pool };
	struct vec items = { 0 };

	if (l->kind == L_SOME) {
		for (uint32_t i = 0; i < l->nvars; i++)
			vec_push(w->pool, &items, tree_name(w, l->vars[i]->name));
	} else {
		struct value key = l->key ? tree_term(w, l->key) : VALUE_UNDEF;

		vec_push(w->pool, &items, some_in_value(w, key, tree_term(w, l->val), l->domain));
	}
	fields_put(&f, "symbols", value_array(items.v, items.n));
	return fields_object(&f);
}

static struct value every_value(struct tree_writer *w, const struct literal *l)
{
	struct fields f = { .pool = w->pool };

	fields_put(&f, "key", l->key ? tree_term(w, l->key) : VALUE_NULL);
	fields_put(&f, "value", tree_term(w, l->val));
	fields_put(&f, "domain", tree_term(w, l->domain));
	fields_put(&f, "body", tree_body(w, l->body));
	return fields_object(&f);
}

static struct value withs_value(struct tree_writer *w, const struct literal *l)
{
	struct vec items = { 0 };

	for (uint32_t i = 0; i < l->nwiths; i++) {
		struct fields f = { .pool = w->pool };

		fields_put(&f, "target", tree_term(w, l->withs[i].target));
		fields_put(&f, "value", tree_term(w, l->withs[i].value));
		vec_push(w->pool, &items, fields_object(&f));
	}
	return value_array(items.v, items.n);
}

/* not, with everything inside: of one line, or of a body in braces. */
static struct value not_value(struct tree_writer *w, const struct literal *l)
{
	struct fields f = { .pool = w->pool }, line = { .pool = w->pool };
	struct vec body = { 0 };

	fields_put(&f, "type", text_value("not"));
	fields_put(&f, "explicit_body", value_bool(l->kind == L_NOT_BODY));
	if (l->kind == L_NOT_BODY) {
		fields_put(&f, "body", tree_body(w, l->body));
		return fields_object(&f);
	}
	fields_put(&line, "index", value_int(0));
	fields_put(&line, "terms", tree_line(w, l->term));
	vec_push(w->pool, &body, fields_object(&line));
	fields_put(&f, "body", value_array(body.v, body.n));
	return fields_object(&f);
}

static struct value literal_value(struct tree_writer *w, const struct literal *l, uint32_t index)
{
	struct fields f = { .pool = w->pool };

	fields_put(&f, "index", value_int(index));
	if (l->kind == L_NOT_BODY || (l->negated && l->whole))
		fields_put(&f, "terms", not_value(w, l));
	else if (l->kind == L_EXPR)
		fields_put(&f, "terms", tree_line(w, l->term));
	else if (l->kind == L_EVERY)
		fields_put(&f, "terms", every_value(w, l));
	else
		fields_put(&f, "terms", symbols_value(w, l));
	if (l->negated && !l->whole)
		fields_put(&f, "negated", value_bool(true));
	if (l->nwiths)
		fields_put(&f, "with", withs_value(w, l));
	return fields_object(&f);
}

struct value tree_body(struct tree_writer *w, const struct body *b)
{
	struct vec items = { 0 };
	struct fields always = { .pool = w->pool };

	for (uint32_t i = 0; b && i < b->n && eval_charge(w->ev, 4); i++)
		vec_push(w->pool, &items, literal_value(w, b->lits[i], i));
	if (!b) {
		fields_put(&always, "generated", value_bool(true));
		fields_put(&always, "index", value_int(0));
		fields_put(&always, "terms", tree_const(w, value_bool(true)));
		vec_push(w->pool, &items, fields_object(&always));
	}
	return value_array(items.v, items.n);
}

/* ---- rules ----------------------------------------------------------------------------------------------- */

static bool is_ground(const struct term *t)
{
	if (t->kind != T_ARRAY && t->kind != T_SET && t->kind != T_OBJECT && t->kind != T_CALL)
		return t->kind == T_CONST;
	for (uint32_t i = t->kind == T_CALL; i < t->n; i++)
		if (!is_ground(t->items[i]))
			return false;
	return true;
}

/* Names of two parts are told in part as they were before rules could have longer ones. */
static void put_name(struct tree_writer *w, struct fields *f, const struct rule *r, bool is_else)
{
	bool two = r->ref->n == 2 && r->kind == RULE_VALUE && !r->is_default, has_body = r->has_body || is_else;
	bool bare = two && !has_body && !r->is_function;
	bool named = r->ref->n == 1 || bare || (two && has_body && (w->head.assigned || r->is_function));

	if (named)
		fields_put(f, "name", text_value(r->ref->items[0]->name));
	if (bare || (two && has_body && !r->is_function && !is_ground(r->ref->items[1])))
		fields_put(f, "key", w->head.ref.items[1]);
}

/* The parts of a head that all rules which share it have: written once, so that wildcards stay what they are. */
static void take_head(struct tree_writer *w, const struct rule *r)
{
	w->head.of = r->ref;
	w->head.assigned = r->assigned;
	w->head.ref = value_get_text(tree_typed(w, "ref", tree_items(w, r->ref)), "value");
	w->head.args = (struct vec){ 0 };
	for (uint32_t i = 0; i < r->nargs; i++)
		vec_push(w->pool, &w->head.args, tree_term(w, r->args[i]));
	if (r->kind == RULE_MEMBER)
		w->head.key = tree_term(w, r->key);
	w->head.value = r->value ? tree_term(w, r->value) : tree_const(w, value_bool(true));
}

static struct value head_value(struct tree_writer *w, const struct rule *r, bool is_else)
{
	struct fields f = { .pool = w->pool };
	bool shared = w->head.of == r->ref;
	struct vec args = { 0 };

	if (!shared)
		take_head(w, r);
	for (uint32_t i = 0; i < r->nargs; i++)
		vec_push(w->pool, &args, shared && term_is_var(r->args[i], "_") ? tree_term(w, r->args[i]) : w->head.args.v[i]);
	if (args.n)
		fields_put(&f, "args", value_array(args.v, args.n));
	fields_put(&f, "ref", w->head.ref);
	put_name(w, &f, r, is_else);
	if (r->kind == RULE_MEMBER)
		fields_put(&f, "key", w->head.key);
	else if (is_else)
		fields_put(&f, "value", r->value ? tree_term(w, r->value) : tree_const(w, value_bool(true)));
	else
		fields_put(&f, "value", w->head.value);
	if (r->defines)
		fields_put(&f, "assign", value_bool(true));
	return fields_object(&f);
}

static struct value rule_value(struct tree_writer *w, const struct rule *r, bool is_else)
{
	struct fields f = { .pool = w->pool };
	bool later = !is_else && w->head.of == r->ref;

	/* In the order in which they are read: wildcards are counted. */
	if (later)
		fields_put(&f, "body", tree_body(w, r->body));
	fields_put(&f, "head", head_value(w, r, is_else));
	if (!later)
		fields_put(&f, "body", tree_body(w, r->body));
	if (r->is_default)
		fields_put(&f, "default", value_bool(true));
	if (r->otherwise && eval_charge(w->ev, 4))
		fields_put(&f, "else", rule_value(w, r->otherwise, true));
	return fields_object(&f);
}

/* ---- modules --------------------------------------------------------------------------------------------- */

static struct value package_value(struct tree_writer *w, const struct module *m)
{
	struct fields f = { .pool = w->pool };
	struct vec path = { 0 };

	vec_push(w->pool, &path, tree_typed(w, "var", text_value("data")));
	for (uint32_t i = 0; i < m->npackage; i++)
		vec_push(w->pool, &path, tree_typed(w, "string", m->package[i]));
	fields_put(&f, "path", value_array(path.v, path.n));
	return fields_object(&f);
}

static struct value import_value(struct tree_writer *w, const struct import *i)
{
	struct fields f = { .pool = w->pool };
	const struct term *last = i->path->kind == T_REF ? i->path->items[i->path->n - 1] : i->path;

	fields_put(&f, "path", i->path->kind == T_VAR ? tree_path(w, i->path->name) : tree_term(w, i->path));
	/* Its own name is longer than its path where it was given one. */
	if (i->span.end > i->path_span.end && last)
		fields_put(&f, "alias", value_get_text(tree_name(w, i->alias), "value"));
	return fields_object(&f);
}

/* Those that change the language among the others, as they were written. */
static struct value imports_value(struct tree_writer *w, const struct module *m)
{
	struct vec items = { 0 };

	for (uint32_t i = 0, k = 0; i < m->nimports || k < m->nlanguages;) {
		bool language = i == m->nimports || (k < m->nlanguages && m->languages[k].span.at < m->imports[i].span.at);

		vec_push(w->pool, &items, import_value(w, language ? &m->languages[k++] : &m->imports[i++]));
	}
	return value_array(items.v, items.n);
}

static struct value comment_value(struct tree_writer *w, uint32_t at, uint32_t end, uint32_t row, uint32_t column)
{
	struct bytes text = { .p = (const unsigned char *)w->src->text + at + 1, .n = end - at - 1 };
	struct fields place = { .pool = w->pool }, f = { .pool = w->pool };

	fields_put(&place, "file", text_value(w->src->file));
	fields_put(&place, "row", value_int(row));
	fields_put(&place, "col", value_int(column));
	fields_put(&f, "Text", base64_encode(w->pool, text, BASE64_STD));
	fields_put(&f, "Location", fields_object(&place));
	return fields_object(&f);
}

/* Between tokens there is nothing but blanks and comments. Columns are characters. */
static struct value comments_value(struct tree_writer *w)
{
	CLEANUP(policy_diags_release) struct policy_diags ignored = { 0 };
	CLEANUP(tokens_release) struct tokens tokens = { 0 };
	uint32_t at = 0, row = 1, column = 1;
	const char *s = w->src->text;
	struct vec items = { 0 };

	lex(w->pool, w->src, 0, (uint32_t)w->src->len, &tokens, &ignored);
	for (size_t i = 0; i < tokens.n && eval_charge(w->ev, 1); i++)
		while (at < tokens.v[i].end || (tokens.v[i].kind == TK_EOF && at < w->src->len)) {
			if (at < tokens.v[i].at && s[at] == '#') {
				uint32_t end = at + (uint32_t)strcspn(s + at, "\n");

				vec_push(w->pool, &items, comment_value(w, at, end - (s[end - 1] == '\r'), row, column));
				at = end;
				continue;
			}
			column += ((unsigned char)s[at] & 0xc0) != 0x80;
			if (s[at++] == '\n') {
				row++;
				column = 1;
			}
		}
	return value_array(items.v, items.n);
}

static struct value module_value(struct tree_writer *w, const struct module *m)
{
	struct fields f = { .pool = w->pool };
	struct value comments = comments_value(w);
	struct vec rules = { 0 };

	fields_put(&f, "package", package_value(w, m));
	if (m->nimports || m->nlanguages)
		fields_put(&f, "imports", imports_value(w, m));
	for (uint32_t i = 0; i < m->nrules && eval_charge(w->ev, 8); i++)
		vec_push(w->pool, &rules, rule_value(w, m->rules[i], false));
	if (rules.n)
		fields_put(&f, "rules", value_array(rules.v, rules.n));
	if (comments.len)
		fields_put(&f, "comments", comments);
	return fields_object(&f);
}

static struct value fn_parse_module(struct eval *ev, const struct value *a)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(pool_release) struct pool pool = { 0 };
	const struct pool *all = eval_pool(ev);
	struct module m = { 0 };
	struct source src = { .len = a[1].len };
	struct tree_writer w = { .ev = ev, .pool = &pool, .src = &src };
	struct value made = VALUE_UNDEF;

	if (a[1].len > LIMIT_CONFIG)
		return eval_fail(ev, BUILTIN_ERROR, "rego.parse_module: the text is longer than %zu bytes", LIMIT_CONFIG);
	if (!eval_charge(ev, 16 + a[1].len))
		return VALUE_UNDEF;
	pool_init(&pool, all->max > all->used ? all->max - all->used : 0);
	src.file = value_string(&pool, a[0].s, a[0].len).s;
	src.text = value_string(&pool, a[1].s, a[1].len).s;
	if (parse_module(&pool, &src, POLICY_V1, KW_FUTURE, &m, &diags) == 0)
		made = value_copy(eval_pool(ev), module_value(&w, &m));
	else
		eval_fail(ev, BUILTIN_ERROR, "rego.parse_module: %s", diags.n ? diags.items[0].message : "the text is no policy");
	free(m.rules);
	free(m.imports);
	return made;
}

const struct builtin builtins_module[] = {
	{ "rego.parse_module", 2, { TY_STR, TY_STR }, TY_OBJ, fn_parse_module, 0 },
	{ 0 },
};
