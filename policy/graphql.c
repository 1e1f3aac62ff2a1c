/* What all files of GraphQL use: memory, faults, and how messages show things. */
#include "config.h"

#include "policy/graphql.h"

#include <stdlib.h>
#include <string.h>

void *gql_new(struct gql *g, size_t size)
{
	return memset(pool_alloc(g->pool, size), 0, size);
}

void gql_push(struct gql *g, struct gql_list *list, void *item)
{
	list->v = pool_grown(g->pool, list->v, list->n, sizeof *list->v, &list->cap, 4);
	list->v[list->n++] = item;
}

void *gql_fault(struct gql *g, struct gql_pos pos, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(GQL_FAULTS_MAX);
	va_list ap;

	if (g->stopped || (g->failed && !g->every))
		return NULL;
	g->failed = true;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	buf_puts(g->faults, pos.prelude ? "prelude.graphql" : "input");
	if (pos.row)
		buf_printf(g->faults, ":%u:%d", pos.row, pos.column);
	buf_printf(g->faults, ": %s%s", buf_text(&text), g->every ? "\n" : "");
	/* Nobody reads more than that. */
	g->stopped = g->faults->full;
	return NULL;
}

bool gql_charge(struct gql *g, uint64_t steps)
{
	/* What does not fit here does not fit there. */
	if (g->pool->over)
		eval_pool(g->ev)->over = true;
	if (!g->stopped && !eval_charge(g->ev, steps))
		g->failed = g->stopped = true;
	return !g->stopped;
}

bool gql_enter(struct gql *g, unsigned levels)
{
	g->depth += levels;
	if (g->depth <= GQL_DEPTH_MAX)
		return true;
	gql_fault(g, (struct gql_pos){ 0 }, "the document is nested too deep");
	g->stopped = true;
	return false;
}

bool gql_same(struct value a, struct value b)
{
	a = gql_text(a);
	b = gql_text(b);
	return a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

/* ---- names ----------------------------------------------------------------------------------------------- */

static struct gql_name *slot_of(const struct gql_names *names, struct value name)
{
	struct value key = gql_text(name);

	for (uint64_t i = value_hash(key);; i++) {
		struct gql_name *slot = &names->slots[i & (names->cap - 1)];

		if (slot->name.tag == V_UNDEF || gql_same(slot->name, key))
			return slot;
	}
}

void *gql_find(const struct gql_names *names, struct value name)
{
	return names->cap ? slot_of(names, name)->item : NULL;
}

void *gql_find_word(const struct gql_names *names, const char *name)
{
	return gql_find(names, value_borrow(name, strlen(name)));
}

void gql_put(struct gql *g, struct gql_names *names, struct value name, void *item)
{
	struct gql_name *slot;

	if (names->n * 2 >= names->cap) {
		struct gql_names more = { .n = names->n, .cap = names->cap ? names->cap * 2 : 8 };

		more.slots = gql_new(g, more.cap * sizeof *more.slots);
		for (uint32_t i = 0; i < names->cap; i++)
			if (names->slots[i].name.tag != V_UNDEF)
				*slot_of(&more, names->slots[i].name) = names->slots[i];
		*names = more;
	}
	slot = slot_of(names, name);
	names->n += slot->name.tag == V_UNDEF;
	*slot = (struct gql_name){ gql_text(name), item };
}

static int by_name(const void *a, const void *b)
{
	return value_cmp(((const struct gql_name *)a)->name, ((const struct gql_name *)b)->name);
}

struct gql_list gql_sorted(struct gql *g, const struct gql_names *names)
{
	struct gql_name *all = pool_alloc(g->pool, (names->n + 1) * sizeof *all);
	struct gql_list list = { 0 };
	size_t n = 0;

	for (uint32_t i = 0; i < names->cap; i++)
		if (names->slots[i].name.tag != V_UNDEF)
			all[n++] = names->slots[i];
	qsort(all, n, sizeof *all, by_name);
	for (size_t i = 0; i < n; i++)
		gql_push(g, &list, all[i].item);
	return list;
}

struct gql_member *gql_member_of(struct gql *g, const struct gql_list *members, struct value name)
{
	for (uint32_t i = 0; i < members->n; i++) {
		struct gql_member *m = members->v[i];

		if (gql_same(m->name, name))
			return m;
	}
	gql_charge(g, members->n / 8);
	return NULL;
}

struct gql_child *gql_child_of(struct gql *g, const struct gql_list *children, struct value name)
{
	for (uint32_t i = 0; i < children->n; i++) {
		struct gql_child *c = children->v[i];

		if (gql_same(c->name, name))
			return c;
	}
	gql_charge(g, children->n / 8);
	return NULL;
}

bool gql_has_text(const struct vec *texts, struct value text)
{
	for (size_t i = 0; i < texts->n; i++)
		if (gql_same(texts->v[i], text))
			return true;
	return false;
}

/* ---- types ----------------------------------------------------------------------------------------------- */

struct value gql_type_name(const struct gql_type *t)
{
	while (!gql_text(t->named).len)
		t = t->elem;
	return t->named;
}

struct gql_definition *gql_type_of(const struct gql_schema *s, const struct gql_type *t)
{
	return gql_find(&s->types, gql_type_name(t));
}

bool gql_type_fits(const struct gql_type *t, const struct gql_type *other, bool other_non_null)
{
	if (!gql_same(t->named, other->named) || (t->elem && !other->elem))
		return false;
	if (t->elem && !gql_type_fits(t->elem, other->elem, other->elem->non_null))
		return false;
	return t->non_null || !other_non_null;
}

/* ---- messages -------------------------------------------------------------------------------------------- */

void gql_put_quoted(struct buf *out, struct value text)
{
	static const char named[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";

	buf_putc(out, '"');
	for (uint32_t i = 0; i < text.len; i++) {
		char c = text.s[i];
		const char *at = c ? strchr(named, c) : NULL;

		if (at)
			buf_printf(out, "\\%c", letters[at - named]);
		else if ((unsigned char)c < ' ' || c == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned char)c);
		else
			buf_putc(out, c);
	}
	buf_putc(out, '"');
}

void gql_put_type(struct buf *out, const struct gql_type *t)
{
	if (t->elem && !gql_text(t->named).len) {
		buf_putc(out, '[');
		gql_put_type(out, t->elem);
		buf_putc(out, ']');
	} else {
		buf_printf(out, "%.*s", GQL_S(t->named));
	}
	buf_puts(out, t->non_null ? "!" : "");
}

void gql_put_value(struct buf *out, const struct gql_value *v)
{
	bool object = v->kind == GQL_OBJECT;

	if (v->kind == GQL_STRING || v->kind == GQL_BLOCK) {
		gql_put_quoted(out, gql_text(v->raw));
		return;
	}
	if (v->kind != GQL_LIST && !object) {
		buf_printf(out, "%s%.*s", v->kind == GQL_VARIABLE ? "$" : "", GQL_S(v->raw));
		return;
	}
	buf_putc(out, object ? '{' : '[');
	for (uint32_t i = 0; i < v->children.n && !out->full; i++) {
		const struct gql_child *c = v->children.v[i];

		buf_puts(out, i ? "," : "");
		if (object)
			buf_printf(out, "%.*s:", GQL_S(c->name));
		gql_put_value(out, c->value);
	}
	buf_putc(out, object ? '}' : ']');
}
