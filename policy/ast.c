/* Making syntax tree nodes. */
#include "config.h"

#include "policy/ast.h"

#include <string.h>

struct term *term_new(struct pool *p, enum term_kind kind, struct span span)
{
	struct term *t = pool_alloc(p, sizeof *t);

	*t = (struct term){ .kind = (uint8_t)kind, .span = span, .var = -1 };
	return t;
}

struct term *term_const(struct pool *p, struct value v, struct span span)
{
	struct term *t = term_new(p, T_CONST, span);

	t->value = v;
	return t;
}

struct term *term_var(struct pool *p, const char *name, struct span span)
{
	struct term *t = term_new(p, T_VAR, span);

	t->name = name;
	return t;
}

static struct term **clone_list(struct pool *p, struct term **items, uint32_t n)
{
	struct term **copy = pool_alloc(p, n * sizeof *copy);

	for (uint32_t i = 0; i < n; i++)
		copy[i] = term_clone(p, items[i]);
	return copy;
}

static struct body *body_clone(struct pool *p, const struct body *b);

static struct literal *literal_clone(struct pool *p, const struct literal *l)
{
	struct literal *copy = pool_alloc(p, sizeof *copy);

	*copy = *l;
	copy->term = term_clone(p, l->term);
	copy->key = term_clone(p, l->key);
	copy->val = term_clone(p, l->val);
	copy->domain = term_clone(p, l->domain);
	copy->vars = clone_list(p, l->vars, l->nvars);
	copy->body = body_clone(p, l->body);
	copy->withs = pool_alloc(p, l->nwiths * sizeof *copy->withs);
	for (uint32_t i = 0; i < l->nwiths; i++)
		copy->withs[i] = (struct with){ l->withs[i].span, term_clone(p, l->withs[i].target),
						term_clone(p, l->withs[i].value) };
	return copy;
}

static struct body *body_clone(struct pool *p, const struct body *b)
{
	struct body *copy;

	if (!b)
		return NULL;
	copy = pool_alloc(p, sizeof *copy);
	*copy = *b;
	copy->lits = pool_alloc(p, b->n * sizeof *copy->lits);
	for (uint32_t i = 0; i < b->n; i++)
		copy->lits[i] = literal_clone(p, b->lits[i]);
	return copy;
}

struct term *term_clone(struct pool *p, const struct term *t)
{
	struct term *copy;

	if (!t)
		return NULL;
	copy = pool_alloc(p, sizeof *copy);
	*copy = *t;
	if (t->n)
		copy->items = clone_list(p, t->items, t->n);
	if (term_body(t))
		copy->body = body_clone(p, t->body);
	return copy;
}

bool term_is_var(const struct term *t, const char *name)
{
	return t && t->kind == T_VAR && strcmp(t->name, name) == 0;
}

const char *term_path_text(struct pool *p, const struct term *t)
{
	struct buf text = BUF_INIT(4096);
	const char *copy;

	if (t->kind == T_VAR)
		return t->name;
	if (t->kind != T_REF || t->items[0]->kind != T_VAR)
		return NULL;
	buf_puts(&text, t->items[0]->name);
	for (uint32_t i = 1; i < t->n; i++) {
		const struct term *part = t->items[i];

		if (part->kind != T_CONST || part->value.tag != V_STRING) {
			buf_release(&text);
			return NULL;
		}
		buf_putc(&text, '.');
		buf_append(&text, part->value.s, part->value.len);
	}
	copy = value_string(p, buf_text(&text), text.len).s;
	buf_release(&text);
	return copy;
}

struct value term_source_text(const struct source *src, struct span span)
{
	return value_borrow(src->text + span.at, span.end - span.at);
}
