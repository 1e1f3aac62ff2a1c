/*
 * OverlappingFieldsCanBeMerged (October 2021, 5.3.2): fields that answer under one name have to ask for one thing. Sets
 * of fields are compared within themselves, with the fragments spread among them, and those with one another; two
 * fragments once only. How often is not bounded by the query's size in any good way: each comparison is charged.
 */
#include "config.h"

#include "policy/graphql_rules.h"

#include <stdlib.h>
#include <string.h>

enum { CYCLIC_MERGES_MAX = 10000 };

/* All fields of one name. */
struct group {
	struct value name;
	struct gql_list fields;
};

/* The fields of a set of selections, by the name they answer under, and the fragments spread in it. */
struct merged {
	struct gql_list groups, spreads;
	struct gql_names by_name;
};

struct conflict {
	struct value name, text;
	struct gql_pos pos;
};

static struct value answer_name(const struct gql_selection *s)
{
	return gql_text(s->alias).len ? s->alias : gql_text(s->name);
}

static void collect(struct gql_check *c, struct merged *m, const struct gql_list *selections)
{
	for (uint32_t i = 0; i < selections->n && gql_charge(c->g, 1); i++) {
		struct gql_selection *s = selections->v[i];
		struct group *group;

		if (s->is == GQL_INLINE) {
			collect(c, m, &s->selections);
		} else if (s->is == GQL_SPREAD) {
			gql_push(c->g, &m->spreads, s);
		} else {
			group = gql_find(&m->by_name, answer_name(s));
			if (!group) {
				group = gql_new(c->g, sizeof *group);
				group->name = answer_name(s);
				gql_put(c->g, &m->by_name, group->name, group);
				gql_push(c->g, &m->groups, group);
			}
			gql_push(c->g, &group->fields, s);
		}
	}
}

static struct merged *merged_of(struct gql_check *c, struct gql_list *selections)
{
	struct merged *m = selections->kept;

	if (!m) {
		m = gql_new(c->g, sizeof *m);
		collect(c, m, selections);
		selections->kept = m;
	}
	return m;
}

static bool is_same_set(const struct merged *a, const struct merged *b)
{
	if (a->groups.n != b->groups.n)
		return false;
	for (uint32_t i = 0; i < a->groups.n; i++) {
		const struct group *ga = a->groups.v[i], *gb = b->groups.v[i];

		if (ga->fields.n != gb->fields.n || memcmp(ga->fields.v, gb->fields.v, ga->fields.n * sizeof *ga->fields.v) != 0)
			return false;
	}
	return true;
}

/* ---- values, arguments, types ---------------------------------------------------------------------------- */

static int by_child_name(const void *pa, const void *pb)
{
	const struct gql_child *const *a = pa, *const *b = pb;
	int order = value_cmp(gql_text((*a)->name), gql_text((*b)->name));

	return order ? order : (a > b) - (a < b);
}

static const struct gql_child **sorted_children(struct gql_check *c, const struct gql_value *v)
{
	const struct gql_child **list = pool_alloc(c->g->pool, (v->children.n + 1) * sizeof *list);

	if (v->children.n)
		memcpy(list, v->children.v, v->children.n * sizeof *list);
	/* Names come twice only where that is a fault of its own. */
	if (v->kind == GQL_OBJECT)
		qsort(list, v->children.n, sizeof *list, by_child_name);
	return list;
}

static bool same_value(struct gql_check *c, const struct gql_value *a, const struct gql_value *b)
{
	const struct gql_child **as, **bs;

	if (!gql_charge(c->g, 1 + a->children.n) || a->kind != b->kind || !gql_same(a->raw, b->raw) ||
	    a->children.n != b->children.n)
		return false;
	as = sorted_children(c, a);
	bs = sorted_children(c, b);
	for (uint32_t i = 0; i < a->children.n; i++)
		if (!gql_same(as[i]->name, bs[i]->name) || !same_value(c, as[i]->value, bs[i]->value))
			return false;
	return true;
}

static bool same_arguments(struct gql_check *c, const struct gql_list *a, const struct gql_list *b)
{
	if (a->n != b->n)
		return false;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct gql_child *x = a->v[i];
		bool found = false;

		for (uint32_t k = 0; k < b->n && !found && gql_charge(c->g, 1); k++) {
			const struct gql_child *y = b->v[k];

			found = gql_same(x->name, y->name) && same_value(c, x->value, y->value);
		}
		if (!found)
			return false;
	}
	return true;
}

static bool types_conflict(struct gql_check *c, const struct gql_type *a, const struct gql_type *b)
{
	const struct gql_definition *da, *db;

	if (a->elem || b->elem)
		return !a->elem || !b->elem || types_conflict(c, a->elem, b->elem);
	if (a->non_null != b->non_null)
		return true;
	da = gql_type_of(c->schema, a);
	db = gql_type_of(c->schema, b);
	return da && db && gql_is_leaf(da) && gql_is_leaf(db) && da != db;
}

/* ---- comparisons ----------------------------------------------------------------------------------------- */

static struct conflict *find_conflict(struct gql_check *c, bool exclusive, struct gql_selection *a, struct gql_selection *b);

static void compare_lists(struct gql_check *c, bool exclusive, const struct gql_list *a, const struct gql_list *b,
			  struct gql_list *out)
{
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < b->n && gql_charge(c->g, 1); k++) {
			struct conflict *found = find_conflict(c, exclusive, a->v[i], b->v[k]);

			if (found)
				gql_push(c->g, out, found);
		}
}

static void compare_sets(struct gql_check *c, bool exclusive, const struct merged *a, const struct merged *b,
			 struct gql_list *out)
{
	for (uint32_t i = 0; i < a->groups.n && gql_charge(c->g, 1); i++) {
		const struct group *ga = a->groups.v[i], *gb = gql_find(&b->by_name, ga->name);

		if (gb)
			compare_lists(c, exclusive, &ga->fields, &gb->fields, out);
	}
}

static void compare_with_fragment(struct gql_check *c, bool exclusive, const struct merged *a,
				  const struct gql_selection *spread, struct gql_list *out)
{
	struct gql_fragment *f = gql_find(&c->fragments, spread->name);
	const struct merged *b;

	if (!f || f->compared == c->comparison)
		return;
	f->compared = c->comparison;
	/* It is not known yet what is in a fragment that was not walked through. */
	if (!spread->fragment)
		return;
	b = merged_of(c, &f->selections);
	if (is_same_set(a, b))
		return;
	if (gql_deeper(c)) {
		compare_sets(c, exclusive, a, b, out);
		for (uint32_t i = 0; i < b->spreads.n && gql_charge(c->g, 1); i++) {
			const struct gql_selection *s = b->spreads.v[i];

			if (!gql_same(s->name, spread->name))
				compare_with_fragment(c, exclusive, a, s, out);
		}
	}
	c->level--;
}

/* Whether the two were compared, at least as strictly; now they are. */
static bool is_compared(struct gql_check *c, bool exclusive, struct value a, struct value b)
{
	CLEANUP(buf_release) struct buf key = BUF_INIT(1 << 16);
	bool swap = value_cmp(gql_text(a), gql_text(b)) > 0, *was, *now;
	struct value pair;

	buf_printf(&key, "%.*s %.*s", GQL_S(swap ? b : a), GQL_S(swap ? a : b));
	pair = value_string(c->g->pool, buf_text(&key), key.len);
	was = gql_find(&c->pairs, pair);
	if (was && (exclusive || !*was))
		return true;
	now = gql_new(c->g, sizeof *now);
	*now = exclusive;
	gql_put(c->g, &c->pairs, pair, now);
	return false;
}

static void compare_fragments(struct gql_check *c, bool exclusive, const struct gql_selection *a,
			      const struct gql_selection *b, struct gql_list *out)
{
	const struct merged *ma, *mb;

	if (gql_same(a->name, b->name) || is_compared(c, exclusive, a->name, b->name) || !a->fragment || !b->fragment)
		return;
	ma = merged_of(c, &a->fragment->selections);
	mb = merged_of(c, &b->fragment->selections);
	if (gql_deeper(c)) {
		compare_sets(c, exclusive, ma, mb, out);
		for (uint32_t i = 0; i < mb->spreads.n && gql_charge(c->g, 1); i++)
			compare_fragments(c, exclusive, a, mb->spreads.v[i], out);
		for (uint32_t i = 0; i < ma->spreads.n && gql_charge(c->g, 1); i++)
			compare_fragments(c, exclusive, ma->spreads.v[i], b, out);
	}
	c->level--;
}

static void compare_below(struct gql_check *c, bool exclusive, struct gql_selection *a, struct gql_selection *b,
			  struct gql_list *out)
{
	const struct merged *ma = merged_of(c, &a->selections), *mb = merged_of(c, &b->selections);

	compare_sets(c, exclusive, ma, mb, out);
	for (uint32_t i = 0; i < mb->spreads.n && gql_charge(c->g, 1); i++) {
		c->comparison++;
		compare_with_fragment(c, exclusive, ma, mb->spreads.v[i], out);
	}
	for (uint32_t i = 0; i < ma->spreads.n && gql_charge(c->g, 1); i++) {
		c->comparison++;
		compare_with_fragment(c, exclusive, mb, ma->spreads.v[i], out);
	}
	for (uint32_t i = 0; i < ma->spreads.n; i++)
		for (uint32_t k = 0; k < mb->spreads.n && gql_charge(c->g, 1); k++)
			compare_fragments(c, exclusive, ma->spreads.v[i], mb->spreads.v[k], out);
}

/* ---- conflicts ------------------------------------------------------------------------------------------- */

static struct conflict *conflict_of(struct gql_check *c, const struct gql_selection *a, const struct gql_selection *b,
				    const struct buf *text)
{
	struct conflict *found = gql_new(c->g, sizeof *found);

	*found = (struct conflict){ answer_name(a), value_string(c->g->pool, buf_text(text), text->len), b->pos };
	return found;
}

/* What the fields themselves differ in; false when they do not. */
static bool put_difference(struct gql_check *c, bool exclusive, const struct gql_selection *a, const struct gql_selection *b,
			   struct buf *out)
{
	if (!exclusive && !gql_same(a->name, b->name)) {
		buf_printf(out, "\"%.*s\" and \"%.*s\" are different fields", GQL_S(a->name), GQL_S(b->name));
		return true;
	}
	if (!exclusive && !same_arguments(c, &a->arguments, &b->arguments)) {
		buf_puts(out, "they have differing arguments");
		return true;
	}
	if (!a->field || !b->field || !types_conflict(c, a->field->type, b->field->type))
		return false;
	buf_puts(out, "they return conflicting types \"");
	gql_put_type(out, a->field->type);
	buf_puts(out, "\" and \"");
	gql_put_type(out, b->field->type);
	buf_putc(out, '"');
	return true;
}

static struct conflict *find_below(struct gql_check *c, bool exclusive, struct gql_selection *a, struct gql_selection *b)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(GQL_FAULTS_MAX);
	struct gql_list below = { 0 };

	if (gql_deeper(c))
		compare_below(c, exclusive, a, b, &below);
	c->level--;
	for (uint32_t i = 0; i < below.n; i++) {
		const struct conflict *x = below.v[i];

		buf_printf(&text, "%ssubfields \"%.*s\" conflict because %.*s", i ? " and " : "", GQL_S(x->name), GQL_S(x->text));
	}
	return below.n ? conflict_of(c, a, b, &text) : NULL;
}

/* Comparing what is without end has none either. That there is a cycle is told by its own rule. */
static bool gives_up(struct gql_check *c)
{
	return c->cyclic && ++c->merges > CYCLIC_MERGES_MAX;
}

/* exclusive: no answer can be of both, so that they may differ in all but their shape. */
static struct conflict *find_conflict(struct gql_check *c, bool exclusive, struct gql_selection *a, struct gql_selection *b)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(GQL_FAULTS_MAX);

	if (!a->object || !b->object || c->g->stopped || gives_up(c))
		return NULL;
	exclusive = exclusive || (a->object != b->object && a->object->is == GQL_K_OBJECT && b->object->is == GQL_K_OBJECT &&
				  a->field && b->field);
	if (put_difference(c, exclusive, a, b, &text))
		return conflict_of(c, a, b, &text);
	return a->selections.n || b->selections.n ? find_below(c, exclusive, a, b) : NULL;
}

static void compare_within(struct gql_check *c, const struct merged *m, struct gql_list *out)
{
	for (uint32_t i = 0; i < m->groups.n; i++) {
		const struct group *group = m->groups.v[i];

		for (uint32_t k = 0; k < group->fields.n; k++)
			for (uint32_t l = k + 1; l < group->fields.n && gql_charge(c->g, 1); l++) {
				struct conflict *found = find_conflict(c, false, group->fields.v[k], group->fields.v[l]);

				if (found)
					gql_push(c->g, out, found);
			}
	}
}

void gql_check_merge(struct gql_check *c, struct gql_list *selections)
{
	struct gql_list found = { 0 };
	const struct merged *m;

	if (!selections->n || c->g->stopped)
		return;
	m = merged_of(c, selections);
	compare_within(c, m, &found);
	c->comparison++;
	for (uint32_t i = 0; i < m->spreads.n && gql_charge(c->g, 1); i++) {
		compare_with_fragment(c, false, m, m->spreads.v[i], &found);
		for (uint32_t k = i + 1; k < m->spreads.n && gql_charge(c->g, 1); k++)
			compare_fragments(c, false, m->spreads.v[i], m->spreads.v[k], &found);
	}
	for (uint32_t i = 0; i < found.n; i++) {
		const struct conflict *x = found.v[i];

		gql_fault(c->g, x->pos,
			  "Fields \"%.*s\" conflict because %.*s. Use different aliases on the fields to fetch both if this was "
			  "intentional.",
			  GQL_S(x->name), GQL_S(x->text));
	}
}
