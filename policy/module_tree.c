/* Terms in the reference's shape: {"type": KIND, "value": ...}. */
#include "config.h"

#include "policy/module_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "policy/fields.h"
#include "policy/num.h"

struct value tree_typed(struct tree_writer *w, const char *type, struct value v)
{
	struct fields f = { .pool = w->pool };

	fields_put(&f, "type", text_value(type));
	fields_put(&f, "value", v);
	return fields_object(&f);
}

struct value tree_const(struct tree_writer *w, struct value v)
{
	/* Null is written as an object without members. */
	if (v.tag == V_NULL)
		return tree_typed(w, "null", value_object_last(NULL, 0));
	return tree_typed(w, v.tag == V_BOOL ? "boolean" : v.tag == V_NUMBER ? "number" : "string", v);
}

/* a.b.c: what a call names. */
struct value tree_path(struct tree_writer *w, const char *name)
{
	struct vec parts = { 0 };

	for (const char *at = name; *at; at += strcspn(at, "."), at += *at == '.') {
		struct value part = value_string(w->pool, at, strcspn(at, "."));

		vec_push(w->pool, &parts, tree_typed(w, at == name ? "var" : "string", part));
	}
	return tree_typed(w, "ref", value_array(parts.v, parts.n));
}

struct value tree_name(struct tree_writer *w, const char *name)
{
	char text[24];

	if (strcmp(name, "_") != 0)
		return tree_typed(w, "var", text_value(name));
	snprintf(text, sizeof text, "$%u", w->wildcards++);
	return tree_typed(w, "var", value_string(w->pool, text, strlen(text)));
}

static struct value var_value(struct tree_writer *w, const char *name)
{
	bool root = strcmp(name, "input") == 0 || strcmp(name, "data") == 0;

	return root ? tree_path(w, name) : tree_name(w, name);
}

static struct value operator_value(struct tree_writer *w, const struct term *t)
{
	return t->kind == T_VAR ? tree_path(w, t->name) : tree_term(w, t);
}

struct value tree_items(struct tree_writer *w, const struct term *t)
{
	struct vec items = { 0 };

	for (uint32_t i = 0; i < t->n; i++) {
		const struct term *item = t->items[i];

		if (t->kind == T_REF && i == 0 && item->kind == T_VAR)
			vec_push(w->pool, &items, tree_name(w, item->name));
		else
			vec_push(w->pool, &items, t->kind == T_CALL && i == 0 ? operator_value(w, item) : tree_term(w, item));
	}
	return value_array(items.v, items.n);
}

/* Kinds of terms in the order in which sets and objects hold them. */
static int rank(struct value v)
{
	static const char *const types[] = { "null", "boolean", "number", "string", "var", "ref", "array", "object", "set",
					     "arraycomprehension", "objectcomprehension", "setcomprehension", "call", "templatestring" };
	struct value type = value_get_text(v, "type");

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (value_is_text(type, types[i]))
			return (int)i;
	return 100;
}

static int compare_terms(struct value a, struct value b)
{
	int ra = rank(a), rb = rank(b);
	struct value x = value_get_text(a, "value"), y = value_get_text(b, "value");

	if (ra != rb)
		return ra - rb;
	if (x.tag != V_ARRAY || y.tag != V_ARRAY)
		return value_cmp(x, y);
	for (uint32_t i = 0; i < x.len && i < y.len; i++) {
		bool pair = x.items[i].tag == V_ARRAY && y.items[i].tag == V_ARRAY;
		int c = compare_terms(pair ? x.items[i].items[0] : x.items[i], pair ? y.items[i].items[0] : y.items[i]);

		if (!c && pair)
			c = compare_terms(x.items[i].items[1], y.items[i].items[1]);
		if (c)
			return c;
	}
	return (x.len > y.len) - (x.len < y.len);
}

struct placed {
	struct value v, term; /* term: what decides where v stands */
	size_t at;
};

static int by_term(const void *pa, const void *pb)
{
	const struct placed *a = pa, *b = pb;
	int c = compare_terms(a->term, b->term);

	return c ? c : (a->at > b->at) - (a->at < b->at);
}

/* In order: a set's members, each once, or an object's pairs. */
static struct value sorted(struct tree_writer *w, const struct vec *items, bool pairs)
{
	struct placed *all = pool_alloc(w->pool, (items->n + 1) * sizeof *all);
	struct vec kept = { 0 };

	for (size_t i = 0; i < items->n; i++)
		all[i] = (struct placed){ items->v[i], pairs ? items->v[i].items[0] : items->v[i], i };
	qsort(all, items->n, sizeof *all, by_term);
	for (size_t i = 0; i < items->n; i++)
		if (pairs || i == 0 || compare_terms(all[i - 1].term, all[i].term) != 0)
			vec_push(w->pool, &kept, all[i].v);
	return value_array(kept.v, kept.n);
}

static struct value set_value(struct tree_writer *w, const struct term *t)
{
	struct vec items = { 0 };

	for (uint32_t i = 0; i < t->n; i++)
		vec_push(w->pool, &items, tree_term(w, t->items[i]));
	return tree_typed(w, "set", sorted(w, &items, false));
}

static struct value pair_value(struct tree_writer *w, struct value a, struct value b)
{
	struct vec pair = { 0 };

	vec_push(w->pool, &pair, a);
	vec_push(w->pool, &pair, b);
	return value_array(pair.v, pair.n);
}

static struct value object_value(struct tree_writer *w, const struct term *t)
{
	struct vec pairs = { 0 };

	for (uint32_t i = 0; i + 1 < t->n; i += 2) {
		struct value key = tree_term(w, t->items[i]);

		vec_push(w->pool, &pairs, pair_value(w, key, tree_term(w, t->items[i + 1])));
	}
	return tree_typed(w, "object", sorted(w, &pairs, true));
}

static struct value comprehension_value(struct tree_writer *w, const struct term *t)
{
	struct fields f = { .pool = w->pool };

	if (t->kind == T_OBJECT_COMP) {
		fields_put(&f, "key", tree_term(w, t->items[0]));
		fields_put(&f, "value", tree_term(w, t->items[1]));
	} else {
		fields_put(&f, "term", tree_term(w, t->items[0]));
	}
	fields_put(&f, "body", tree_body(w, t->body));
	return tree_typed(w, t->kind == T_ARRAY_COMP ? "arraycomprehension" : t->kind == T_SET_COMP ? "setcomprehension" :
		     "objectcomprehension", fields_object(&f));
}

/* -2 with a blank between the two is a number there, and a difference here. */
static bool is_negative(struct tree_writer *w, const struct term *t, struct value *out)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	const struct term *zero;

	if (t->kind != T_CALL || !t->infix || !term_is_var(t->items[0], "minus") || t->items[2]->kind != T_CONST)
		return false;
	zero = t->items[1];
	if (zero->kind != T_CONST || w->src->text[zero->span.at] != '-' || zero->span.end != zero->span.at + 1)
		return false;
	buf_putc(&text, '-');
	value_format(t->items[2]->value, TEXT_JSON, &text);
	return num_parse(w->pool, buf_text(&text), text.len, out);
}

/* A call that is all of a line stands as its parts. */
struct value tree_line(struct tree_writer *w, const struct term *t)
{
	struct value v;

	if (is_negative(w, t, &v))
		return tree_const(w, v);
	return t->kind == T_CALL ? tree_items(w, t) : tree_term(w, t);
}

static struct value template_value(struct tree_writer *w, const struct term *t)
{
	struct fields f = { .pool = w->pool };
	struct vec parts = { 0 };

	for (uint32_t i = 0; i < t->n; i++) {
		struct fields line = { .pool = w->pool };

		if (t->items[i]->kind == T_CONST) {
			vec_push(w->pool, &parts, tree_term(w, t->items[i]));
			continue;
		}
		/* The parser has made it {$part | $part := TERM}. */
		fields_put(&line, "index", value_int(0));
		fields_put(&line, "terms", tree_line(w, t->items[i]->body->lits[0]->term->items[2]));
		vec_push(w->pool, &parts, fields_object(&line));
	}
	fields_put(&f, "parts", value_array(parts.v, parts.n));
	fields_put(&f, "multi_line", value_bool(w->src->text[t->span.at + 1] == '`'));
	return tree_typed(w, "templatestring", fields_object(&f));
}

struct value tree_term(struct tree_writer *w, const struct term *t)
{
	struct value v;

	if (!eval_charge(w->ev, 4))
		return VALUE_NULL;
	if (is_negative(w, t, &v))
		return tree_const(w, v);
	switch ((enum term_kind)t->kind) {
	case T_CONST:
		return tree_const(w, t->value);
	case T_VAR:
		return var_value(w, t->name);
	case T_REF:
		return tree_typed(w, "ref", tree_items(w, t));
	case T_ARRAY:
		return tree_typed(w, "array", tree_items(w, t));
	case T_SET:
		return set_value(w, t);
	case T_OBJECT:
		return object_value(w, t);
	case T_CALL:
		return tree_typed(w, "call", tree_items(w, t));
	case T_TEMPLATE:
		return template_value(w, t);
	case T_ARRAY_COMP:
	case T_SET_COMP:
	case T_OBJECT_COMP:
		break;
	}
	return comprehension_value(w, t);
}
