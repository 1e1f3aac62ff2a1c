/*
 * Whether types and directives are defined soundly (October 2021, 3), in the reference's order: the first fault is the
 * one that is told.
 */
#include "config.h"

#include "policy/graphql_schema.h"

#include <string.h>

#define FAULT(b, ...) (gql_fault((b)->g, __VA_ARGS__), false)

static bool is_input_kind(enum gql_kind kind)
{
	return kind == GQL_K_SCALAR || kind == GQL_K_ENUM || kind == GQL_K_INPUT;
}

/* ---- names, types and directives ------------------------------------------------------------------------- */

static bool check_name(struct gql_builder *b, struct gql_pos pos, struct value name)
{
	struct value text = gql_text(name);

	if (text.len >= 2 && memcmp(text.s, "__", 2) == 0)
		return FAULT(b, pos, "Name \"%.*s\" must not begin with \"__\", which is reserved by GraphQL introspection.",
			     GQL_S(text));
	return true;
}

static bool check_type_known(struct gql_builder *b, const struct gql_type *t)
{
	if (!gql_type_of(b->s, t))
		return FAULT(b, t->pos, "Undefined type %.*s.", GQL_S(gql_type_name(t)));
	return true;
}

static bool check_directive_arguments(struct gql_builder *b, const struct gql_directive *d, const struct gql_directive_def *def)
{
	for (uint32_t i = 0; i < d->arguments.n; i++) {
		const struct gql_child *c = d->arguments.v[i];

		if (!gql_member_of(b->g, &def->arguments, c->name))
			return FAULT(b, c->pos, "Undefined argument %.*s for directive %.*s.", GQL_S(c->name), GQL_S(d->name));
	}
	for (uint32_t i = 0; i < def->arguments.n; i++) {
		const struct gql_member *m = def->arguments.v[i];
		const struct gql_child *c = gql_child_of(b->g, &d->arguments, m->name);

		if (m->type->non_null && !m->initial && (!c || c->value->kind == GQL_NULL))
			return FAULT(b, d->pos, "Argument %.*s for directive %.*s cannot be null.", GQL_S(m->name), GQL_S(d->name));
	}
	return gql_charge(b->g, 1);
}

bool gql_check_directives(struct gql_builder *b, const struct gql_list *list, const char *location,
			     const struct gql_directive_def *inside, bool once)
{
	struct gql_names seen = { 0 };

	for (uint32_t i = 0; i < list->n; i++) {
		struct gql_directive *d = list->v[i];
		struct gql_directive_def *def = gql_find(&b->s->directives, d->name);

		if (!check_name(b, d->pos, d->name))
			return false;
		if (inside && gql_same(d->name, inside->name))
			return FAULT(b, d->pos, "Directive %.*s cannot refer to itself.", GQL_S(inside->name));
		if (!def)
			return FAULT(b, d->pos, "Undefined directive %.*s.", GQL_S(d->name));
		if (once && !def->repeatable && gql_find(&seen, d->name))
			return FAULT(b, d->pos, "The directive %.*s can only be used once at this location.", GQL_S(d->name));
		gql_put(b->g, &seen, d->name, d);
		if (!gql_has_text(&def->locations, value_borrow(location, strlen(location))))
			return FAULT(b, d->pos, "Directive %.*s is not applicable on %s.", GQL_S(d->name), location);
		if (!check_directive_arguments(b, d, def))
			return false;
	}
	return true;
}

static bool check_arguments(struct gql_builder *b, const struct gql_list *list, const struct gql_directive_def *inside)
{
	CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);

	for (uint32_t i = 0; i < list->n; i++) {
		const struct gql_member *m = list->v[i];
		const struct gql_definition *def;

		if (!check_name(b, m->pos, m->name) || !check_type_known(b, m->type))
			return false;
		def = gql_type_of(b->s, m->type);
		if (!is_input_kind(def->is)) {
			gql_put_type(&type, m->type);
			return FAULT(b, m->pos, "cannot use %s as argument %.*s because %.*s is not a valid input type", buf_text(&type),
				     GQL_S(m->name), GQL_S(def->kind));
		}
		if (!gql_check_directives(b, &m->directives, "ARGUMENT_DEFINITION", inside, true))
			return false;
	}
	return gql_charge(b->g, 1);
}

/* ---- interfaces ------------------------------------------------------------------------------------------ */

static bool is_covariant(struct gql_builder *b, const struct gql_type *wanted, const struct gql_type *got)
{
	const struct gql_definition *def;

	if (wanted->non_null && !got->non_null)
		return false;
	if (!gql_text(wanted->named).len)
		return got->elem && is_covariant(b, wanted->elem, got->elem);
	if (gql_same(wanted->named, got->named))
		return true;
	def = gql_find(&b->s->types, wanted->named);
	for (uint32_t i = 0; def && i < def->possible.n; i++)
		if (gql_same(((struct gql_definition *)def->possible.v[i])->name, got->named))
			return true;
	gql_charge(b->g, def ? def->possible.n / 8 : 1);
	return false;
}

/* The texts that all messages about an implementation begin with. */
#define OF(def, intf) GQL_S((def)->name), GQL_S((intf)->name)

static bool check_same_arguments(struct gql_builder *b, const struct gql_definition *def, const struct gql_definition *intf,
				 const struct gql_member *wanted, const struct gql_member *got)
{
	for (uint32_t i = 0; i < wanted->arguments.n; i++) {
		const struct gql_member *a = wanted->arguments.v[i];
		const struct gql_member *found = gql_member_of(b->g, &got->arguments, a->name);

		if (!found)
			return FAULT(b, got->pos,
				     "For %.*s to implement %.*s the field %.*s must have the same arguments but it is missing %.*s.",
				     OF(def, intf), GQL_S(wanted->name), GQL_S(a->name));
		if (!gql_type_fits(a->type, found->type, found->type->non_null))
			return FAULT(b, found->pos,
				     "For %.*s to implement %.*s the field %.*s must have the same arguments but %.*s has the wrong type.",
				     OF(def, intf), GQL_S(wanted->name), GQL_S(a->name));
	}
	for (uint32_t i = 0; i < got->arguments.n; i++) {
		const struct gql_member *a = got->arguments.v[i];

		if (a->type->non_null && !a->initial && !gql_member_of(b->g, &wanted->arguments, a->name))
			return FAULT(b, a->pos,
				     "For %.*s to implement %.*s any additional arguments on %.*s must be optional or have a default "
				     "value but %.*s is required.",
				     OF(def, intf), GQL_S(got->name), GQL_S(a->name));
	}
	return gql_charge(b->g, 1);
}

static bool check_same_field(struct gql_builder *b, const struct gql_definition *def, const struct gql_definition *intf,
			     const struct gql_member *wanted)
{
	CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);
	const struct gql_member *got = gql_member_of(b->g, &def->fields, wanted->name);

	if (!got)
		return FAULT(b, def->pos, "For %.*s to implement %.*s it must have a field called %.*s.", OF(def, intf),
			     GQL_S(wanted->name));
	if (!is_covariant(b, wanted->type, got->type)) {
		gql_put_type(&type, wanted->type);
		return FAULT(b, got->pos, "For %.*s to implement %.*s the field %.*s must have type %s.", OF(def, intf),
			     GQL_S(wanted->name), buf_text(&type));
	}
	return check_same_arguments(b, def, intf, wanted, got);
}

static bool check_ancestors(struct gql_builder *b, const struct gql_definition *def, const struct gql_definition *intf)
{
	for (size_t i = 0; i < intf->interfaces.n; i++) {
		struct value name = intf->interfaces.v[i];

		if (gql_has_text(&def->interfaces, name))
			continue;
		if (gql_same(name, def->name))
			return FAULT(b, def->pos, "Type %.*s cannot implement %.*s because it would create a circular reference.",
				     OF(def, intf));
		return FAULT(b, def->pos, "Type %.*s must implement %.*s because it is implemented by %.*s.", GQL_S(def->name),
			     GQL_S(name), GQL_S(intf->name));
	}
	return gql_charge(b->g, 1 + intf->interfaces.n * def->interfaces.n / 8);
}

static bool check_implements(struct gql_builder *b, const struct gql_definition *def, struct value name)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(GQL_FAULTS_MAX);
	const struct gql_definition *intf = gql_find(&b->s->types, name);

	gql_put_quoted(&shown, name);
	if (!intf)
		return FAULT(b, def->pos, "Undefined type %s.", buf_text(&shown));
	if (intf->is != GQL_K_INTERFACE)
		return FAULT(b, def->pos, "%s is a non interface type %.*s.", buf_text(&shown), GQL_S(intf->kind));
	for (uint32_t i = 0; i < intf->fields.n; i++)
		if (!check_same_field(b, def, intf, intf->fields.v[i]))
			return false;
	return check_ancestors(b, def, intf);
}

/* ---- definitions ----------------------------------------------------------------------------------------- */

static bool check_fields(struct gql_builder *b, const struct gql_definition *def)
{
	const char *location = def->is == GQL_K_INPUT ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION";

	for (uint32_t i = 0; i < def->fields.n; i++) {
		const struct gql_member *f = def->fields.v[i];

		if (!check_name(b, f->pos, f->name) || !check_type_known(b, f->type) ||
		    !check_arguments(b, &f->arguments, NULL) || !gql_check_directives(b, &f->directives, location, NULL, true))
			return false;
	}
	return true;
}

static bool check_union(struct gql_builder *b, const struct gql_definition *def)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(GQL_FAULTS_MAX);

	for (size_t i = 0; i < def->types.n; i++) {
		const struct gql_definition *t = gql_find(&b->s->types, def->types.v[i]);

		if (t && t->is == GQL_K_OBJECT)
			continue;
		gql_put_quoted(&shown, def->types.v[i]);
		if (!t)
			return FAULT(b, def->pos, "Undefined type %s.", buf_text(&shown));
		return FAULT(b, def->pos, "%.*s type %s must be OBJECT.", GQL_S(def->kind), buf_text(&shown));
	}
	return gql_charge(b->g, 1 + def->types.n);
}

/* That what fields are of can stand there. */
static bool check_field_kinds(struct gql_builder *b, const struct gql_definition *def)
{
	bool input = def->is == GQL_K_INPUT;

	for (uint32_t i = 0; i < def->fields.n; i++) {
		const struct gql_member *f = def->fields.v[i];
		const struct gql_definition *t = gql_type_of(b->s, f->type);

		if (!t)
			continue;
		if (input && !is_input_kind(t->is))
			return FAULT(b, f->pos, "%.*s %.*s: field must be one of SCALAR, ENUM, INPUT_OBJECT.", GQL_S(t->kind),
				     GQL_S(f->name));
		if (!input && (t->is == GQL_K_INPUT || t->is == GQL_K_NONE))
			return FAULT(b, f->pos, "%.*s %.*s: field must be one of SCALAR, OBJECT, INTERFACE, UNION, ENUM.",
				     GQL_S(def->kind), GQL_S(def->name));
	}
	return true;
}

static bool check_enum(struct gql_builder *b, const struct gql_definition *def)
{
	for (uint32_t i = 0; i < def->values.n; i++) {
		const struct gql_member *v = def->values.v[i];
		struct value name = gql_text(v->name);

		if (value_is_text(name, "true") || value_is_text(name, "false") || value_is_text(name, "null"))
			return FAULT(b, def->pos, "%.*s %.*s: non-enum value %.*s.", GQL_S(def->kind), GQL_S(def->name), GQL_S(name));
		if (!gql_check_directives(b, &v->directives, "ENUM_VALUE", NULL, true))
			return false;
	}
	return true;
}

static bool check_by_kind(struct gql_builder *b, const struct gql_definition *def)
{
	bool object = def->is == GQL_K_OBJECT || def->is == GQL_K_INTERFACE;
	const char *lacks = NULL;

	if (object && !def->fields.n)
		lacks = "fields";
	else if (def->is == GQL_K_ENUM && !def->values.n)
		lacks = "unique enum values";
	else if (def->is == GQL_K_INPUT && !def->fields.n)
		lacks = "input fields";
	if (lacks)
		return FAULT(b, def->pos, "%.*s %.*s: must define one or more %s.", GQL_S(def->kind), GQL_S(def->name), lacks);
	if (def->is == GQL_K_ENUM)
		return check_enum(b, def);
	return (!object && def->is != GQL_K_INPUT) || check_field_kinds(b, def);
}

/* The reference tells the pair whose first comes first. */
static const struct gql_member *second_of_pair(struct gql_builder *b, const struct gql_list *list)
{
	struct gql_names seen = { 0 };
	const struct gql_member *first = NULL;
	uint32_t at = list->n;

	for (uint32_t i = list->n; i-- > 0;) {
		const struct gql_member *m = list->v[i];

		if (gql_find(&seen, m->name) && i < at) {
			at = i;
			first = gql_find(&seen, m->name);
		}
		gql_put(b->g, &seen, m->name, list->v[i]);
	}
	gql_charge(b->g, list->n);
	return first;
}

static bool check_union_pairs(struct gql_builder *b, const struct gql_definition *def)
{
	for (size_t i = 0; i < def->types.n; i++)
		for (size_t k = i + 1; k < def->types.n && gql_charge(b->g, 1); k++)
			if (gql_same(def->types.v[i], def->types.v[k]))
				return FAULT(b, def->places.n == def->types.n ? *(struct gql_pos *)def->places.v[k] : def->pos,
					     "Union type %.*s can only include type %.*s once.", GQL_S(def->name),
					     GQL_S(def->types.v[k]));
	return true;
}

static bool check_pairs(struct gql_builder *b, const struct gql_definition *def)
{
	const struct gql_member *m = second_of_pair(b, &def->fields);

	if (m)
		return FAULT(b, m->pos, "Field %.*s.%.*s can only be defined once.", GQL_S(def->name), GQL_S(m->name));
	m = second_of_pair(b, &def->values);
	if (m)
		return FAULT(b, m->pos, "Enum value %.*s.%.*s can only be defined once.", GQL_S(def->name), GQL_S(m->name));
	return check_union_pairs(b, def);
}

bool gql_check_definition(struct gql_builder *b, const struct gql_definition *def)
{
	struct value kind;

	if (!check_fields(b, def) || !check_union(b, def))
		return false;
	for (size_t i = 0; i < def->interfaces.n; i++)
		if (!check_implements(b, def, def->interfaces.v[i]))
			return false;
	if (!check_by_kind(b, def) || !check_pairs(b, def))
		return false;
	if (!def->builtin && !check_name(b, def->pos, def->name))
		return false;
	kind = value_string(b->g->pool, gql_text(def->kind).s, gql_text(def->kind).len);
	return gql_check_directives(b, &def->directives, kind.s, NULL, false);
}

bool gql_check_directive_definition(struct gql_builder *b, const struct gql_directive_def *def)
{
	return check_name(b, def->pos, def->name) && check_arguments(b, &def->arguments, def);
}
