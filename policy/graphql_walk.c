/* The walk through a query: what everything in it is of, and the rules asked on the way back. */
#include "config.h"

#include "policy/graphql_rules.h"

#include <string.h>

static void walk_selections(struct gql_check *c, struct gql_definition *parent, const struct gql_list *list);

bool gql_deeper(struct gql_check *c)
{
	c->level++;
	if (c->level <= GQL_WALK_MAX)
		return gql_charge(c->g, 1);
	/* What goes in circles is told to do so. */
	if (!c->cyclic) {
		gql_fault(c->g, (struct gql_pos){ 0 }, "the query is nested too deep");
		c->g->stopped = true;
	}
	return false;
}

/* ---- values ---------------------------------------------------------------------------------------------- */

static bool has_default(const struct gql_member *m)
{
	return m->initial && m->initial->kind != GQL_NULL;
}

static void expect(struct gql_check *c, struct gql_value *v, const struct gql_member *m)
{
	v->expected = m->type;
	v->has_default = has_default(m);
	v->definition = gql_type_of(c->schema, m->type);
}

static struct gql_variable *variable_of(struct gql_check *c, struct value name)
{
	for (uint32_t i = 0; i < c->operation->variables.n; i++) {
		struct gql_variable *v = c->operation->variables.v[i];

		if (gql_same(v->name, name))
			return v;
	}
	gql_charge(c->g, c->operation->variables.n / 8);
	return NULL;
}

static void walk_value(struct gql_check *c, struct gql_value *v)
{
	if (!gql_charge(c->g, 1))
		return;
	if (v->kind == GQL_VARIABLE && c->operation) {
		v->variable = variable_of(c, v->raw);
		if (v->variable)
			v->variable->used = true;
	}
	for (uint32_t i = 0; i < v->children.n && (v->kind == GQL_OBJECT || v->kind == GQL_LIST); i++) {
		struct gql_child *child = v->children.v[i];
		const struct gql_member *m = NULL;

		if (v->kind == GQL_OBJECT && v->definition)
			m = gql_member_of(c->g, &v->definition->fields, child->name);
		if (m)
			expect(c, child->value, m);
		if (v->kind == GQL_LIST && v->expected && v->expected->elem) {
			child->value->expected = v->expected->elem;
			child->value->definition = v->definition;
		}
		walk_value(c, child->value);
	}
	gql_on_value(c, v);
}

static void walk_arguments(struct gql_check *c, const struct gql_list *definitions, const struct gql_list *arguments)
{
	for (uint32_t i = 0; i < arguments->n; i++) {
		struct gql_child *a = arguments->v[i];
		const struct gql_member *m = definitions ? gql_member_of(c->g, definitions, a->name) : NULL;

		if (m)
			expect(c, a->value, m);
		walk_value(c, a->value);
	}
}

static void walk_directives(struct gql_check *c, const struct gql_list *list, const char *location)
{
	for (uint32_t i = 0; i < list->n && gql_charge(c->g, 1); i++) {
		struct gql_directive *d = list->v[i];

		d->definition = gql_find(&c->schema->directives, d->name);
		d->location = value_borrow(location, strlen(location));
		walk_arguments(c, d->definition ? &d->definition->arguments : NULL, &d->arguments);
		gql_on_directive(c, d);
	}
	gql_on_directives(c, list);
}

/* ---- selections ------------------------------------------------------------------------------------------ */

/* __typename, which everything has. */
static struct gql_member *typename_member(struct gql_check *c)
{
	struct gql_member *m = gql_new(c->g, sizeof *m);

	m->name = value_borrow("__typename", strlen("__typename"));
	m->type = gql_new(c->g, sizeof *m->type);
	m->type->named = value_borrow("String", strlen("String"));
	return m;
}

static void walk_field(struct gql_check *c, struct gql_definition *parent, struct gql_selection *s)
{
	struct gql_definition *next;

	s->object = parent;
	s->field = NULL;
	if (value_is_text(gql_text(s->name), "__typename"))
		s->field = typename_member(c);
	else if (parent)
		s->field = gql_member_of(c->g, &parent->fields, s->name);
	next = s->field ? gql_type_of(c->schema, s->field->type) : NULL;
	walk_arguments(c, s->field ? &s->field->arguments : NULL, &s->arguments);
	walk_directives(c, &s->directives, "FIELD");
	walk_selections(c, next, &s->selections);
	gql_on_field(c, s);
}

static void walk_inline(struct gql_check *c, struct gql_definition *parent, struct gql_selection *s)
{
	struct gql_definition *next = parent;

	s->object = parent;
	if (gql_text(s->condition).len)
		next = gql_find(&c->schema->types, s->condition);
	walk_directives(c, &s->directives, "INLINE_FRAGMENT");
	walk_selections(c, next, &s->selections);
	gql_on_inline(c, s);
}

static void walk_spread(struct gql_check *c, struct gql_definition *parent, struct gql_selection *s)
{
	struct gql_fragment *f = gql_find(&c->fragments, s->name);

	s->fragment = f;
	s->object = parent;
	walk_directives(c, &s->directives, "FRAGMENT_SPREAD");
	/* Once for each operation is enough, and without end otherwise. */
	if (f && f->walked != c->walk) {
		f->walked = c->walk;
		walk_directives(c, &f->directives, "FRAGMENT_DEFINITION");
		walk_selections(c, gql_find(&c->schema->types, f->condition), &f->selections);
	}
	gql_on_spread(c, s);
}

static void walk_selections(struct gql_check *c, struct gql_definition *parent, const struct gql_list *list)
{
	static void (*const walks[])(struct gql_check *, struct gql_definition *, struct gql_selection *) = {
		[GQL_FIELD] = walk_field, [GQL_SPREAD] = walk_spread, [GQL_INLINE] = walk_inline,
	};

	if (gql_deeper(c))
		for (uint32_t i = 0; i < list->n && gql_charge(c->g, 1); i++) {
			struct gql_selection *s = list->v[i];

			walks[s->is](c, parent, s);
		}
	c->level--;
}

/* ---- definitions ----------------------------------------------------------------------------------------- */

static void walk_variables(struct gql_check *c, const struct gql_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		struct gql_variable *v = list->v[i];

		v->definition = gql_type_of(c->schema, v->type);
		gql_on_variable(c, v);
		if (v->initial) {
			v->initial->expected = v->type;
			v->initial->definition = v->definition;
		}
	}
	for (uint32_t i = 0; i < list->n; i++) {
		struct gql_variable *v = list->v[i];

		if (v->initial)
			walk_value(c, v->initial);
		walk_directives(c, &v->directives, "VARIABLE_DEFINITION");
	}
}

static void walk_operation(struct gql_check *c, struct gql_operation *o)
{
	struct gql_definition *root = c->schema->query;
	const char *location = "QUERY";

	if (value_is_text(gql_text(o->operation), "mutation")) {
		root = c->schema->mutation;
		location = "MUTATION";
	} else if (value_is_text(gql_text(o->operation), "subscription")) {
		root = c->schema->subscription;
		location = "SUBSCRIPTION";
	}
	c->operation = o;
	walk_variables(c, &o->variables);
	walk_directives(c, &o->directives, location);
	walk_selections(c, root, &o->selections);
	gql_on_operation(c, o);
	c->operation = NULL;
}

static void walk_fragment(struct gql_check *c, struct gql_fragment *f)
{
	f->definition = gql_find(&c->schema->types, f->condition);
	walk_directives(c, &f->directives, "FRAGMENT_DEFINITION");
	walk_selections(c, f->definition, &f->selections);
	gql_on_fragment(c, f);
}

static bool goes_on(const struct gql_check *c)
{
	return !c->g->stopped && (c->g->every || !c->g->failed);
}

bool gql_validate(struct gql *g, struct gql_schema *schema, struct gql_query_doc *doc)
{
	struct gql_check c = { .g = g, .schema = schema, .doc = doc, .look = 1 };

	for (uint32_t i = doc->fragments.n; i-- > 0;)
		gql_put(g, &c.fragments, ((struct gql_fragment *)doc->fragments.v[i])->name, doc->fragments.v[i]);
	gql_find_cycles(&c);
	for (uint32_t i = 0; i < doc->operations.n && goes_on(&c); i++) {
		c.walk++;
		walk_operation(&c, doc->operations.v[i]);
	}
	for (uint32_t i = 0; i < doc->fragments.n && goes_on(&c); i++) {
		c.walk++;
		walk_fragment(&c, doc->fragments.v[i]);
	}
	return !g->failed && !g->stopped;
}
