/* The rules that follow fragments on their own: cycles, introspection's depth, a subscription's one field. */
#include "config.h"

#include "policy/graphql_rules.h"

#include <string.h>

/* ---- NoFragmentCycles ------------------------------------------------------------------------------------ */

/* All spreads below, those nearest first; within what is nearer, the last set of selections first. */
static struct gql_list spreads_below(struct gql_check *c, struct gql_list *selections)
{
	struct gql_list spreads = { 0 }, sets = { 0 };

	gql_push(c->g, &sets, selections);
	while (sets.n) {
		const struct gql_list *set = sets.v[--sets.n];

		for (uint32_t i = 0; i < set->n && gql_charge(c->g, 1); i++) {
			struct gql_selection *s = set->v[i];

			if (s->is == GQL_SPREAD)
				gql_push(c->g, &spreads, s);
			else
				gql_push(c->g, &sets, &s->selections);
		}
	}
	return spreads;
}

static void tell_cycle(struct gql_check *c, const struct gql_fragment *f, const struct gql_selection *spread)
{
	CLEANUP(buf_release) struct buf via = BUF_INIT(GQL_FAULTS_MAX);

	for (uint32_t i = f->path_at; i + 1 < c->path.n; i++)
		buf_printf(&via, "%s\"%.*s\"", i > f->path_at ? ", " : " via ",
			   GQL_S(((struct gql_selection *)c->path.v[i])->name));
	gql_fault(c->g, spread->pos, "Cannot spread fragment \"%.*s\" within itself%s.", GQL_S(spread->name), buf_text(&via));
}

static void follow(struct gql_check *c, struct gql_fragment *f)
{
	struct gql_list spreads;

	if (f->checked == c->look || c->g->stopped)
		return;
	f->checked = c->look;
	spreads = spreads_below(c, &f->selections);
	f->on_path = spreads.n;
	f->path_at = c->path.n;
	for (uint32_t i = 0; i < spreads.n && gql_charge(c->g, 1); i++) {
		struct gql_selection *s = spreads.v[i];
		struct gql_fragment *next = gql_find(&c->fragments, s->name);

		gql_push(c->g, &c->path, s);
		if (next && next->on_path) {
			c->cyclic = true;
			if (!c->quiet)
				tell_cycle(c, next, s);
		} else if (next) {
			if (gql_deeper(c))
				follow(c, next);
			c->level--;
		}
		c->path.n--;
	}
	f->on_path = false;
}

void gql_check_cycles(struct gql_check *c, struct gql_fragment *f)
{
	/* Fragments are known by their names: a second of one name is followed as the first is. */
	follow(c, gql_find(&c->fragments, f->name));
}

void gql_find_cycles(struct gql_check *c)
{
	c->quiet = true;
	for (uint32_t i = 0; i < c->doc->fragments.n; i++)
		gql_check_cycles(c, c->doc->fragments.v[i]);
	c->quiet = false;
	c->look++;
}

/* ---- MaxIntrospectionDepth ------------------------------------------------------------------------------- */

enum { LISTS_MAX = 3 };

static bool is_too_deep(struct gql_check *c, const struct gql_list *selections, unsigned depth);

static bool selection_too_deep(struct gql_check *c, const struct gql_selection *s, unsigned depth)
{
	static const char *const lists[] = { "fields", "interfaces", "possibleTypes", "inputFields" };
	struct gql_fragment *f = s->fragment;
	bool deep;

	if (s->is == GQL_SPREAD) {
		if (!f || f->counted == c->count)
			return false;
		f->counted = c->count;
		deep = is_too_deep(c, &f->selections, depth);
		f->counted = 0;
		return deep;
	}
	for (size_t i = 0; s->is == GQL_FIELD && i < sizeof lists / sizeof *lists; i++)
		depth += value_is_text(gql_text(s->name), lists[i]);
	return depth >= LISTS_MAX || is_too_deep(c, &s->selections, depth);
}

static bool is_too_deep(struct gql_check *c, const struct gql_list *selections, unsigned depth)
{
	bool deep = false;

	if (gql_deeper(c))
		for (uint32_t i = 0; i < selections->n && !deep; i++)
			deep = selection_too_deep(c, selections->v[i], depth);
	c->level--;
	return deep;
}

void gql_check_introspection(struct gql_check *c, struct gql_selection *s)
{
	struct value name = gql_text(s->name);

	if (!value_is_text(name, "__schema") && !value_is_text(name, "__type"))
		return;
	c->count++;
	if (is_too_deep(c, &s->selections, 0))
		gql_fault(c->g, s->pos, "Maximum introspection depth exceeded");
}

/* ---- SingleFieldSubscriptions ---------------------------------------------------------------------------- */

/* The first field of each name. A spread of what is not there ends its set of selections. */
static void collect_fields(struct gql_check *c, const struct gql_list *selections, struct gql_names *seen, struct gql_list *out)
{
	bool known = true;

	if (gql_deeper(c))
		for (uint32_t i = 0; i < selections->n && known; i++) {
			struct gql_selection *s = selections->v[i];

			if (s->is == GQL_INLINE) {
				collect_fields(c, &s->selections, seen, out);
			} else if (s->is == GQL_FIELD && !gql_find(seen, s->name)) {
				gql_put(c->g, seen, s->name, s);
				gql_push(c->g, out, s);
			} else if (s->is == GQL_SPREAD) {
				known = s->fragment;
				if (known && s->fragment->counted != c->count) {
					s->fragment->counted = c->count;
					collect_fields(c, &s->fragment->selections, seen, out);
				}
			}
		}
	c->level--;
}

void gql_check_subscription(struct gql_check *c, struct gql_operation *o)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(GQL_FAULTS_MAX);
	struct gql_names seen = { 0 };
	struct gql_list fields = { 0 };

	if (!c->schema->subscription || !value_is_text(gql_text(o->operation), "subscription"))
		return;
	c->count++;
	collect_fields(c, &o->selections, &seen, &fields);
	buf_puts(&name, gql_text(o->name).len ? "Subscription " : "Anonymous Subscription");
	if (gql_text(o->name).len)
		gql_put_quoted(&name, o->name);
	if (fields.n > 1)
		gql_fault(c->g, ((struct gql_selection *)fields.v[1])->pos, "%s must select only one top level field.", buf_text(&name));
	for (uint32_t i = 0; i < fields.n; i++) {
		const struct gql_selection *s = fields.v[i];

		if (gql_text(s->name).len >= 2 && memcmp(gql_text(s->name).s, "__", 2) == 0)
			gql_fault(c->g, s->pos, "%s must not select an introspection top level field.", buf_text(&name));
	}
}
