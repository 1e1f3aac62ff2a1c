/* Schemas: what a document of types comes to (October 2021, 3.3 and the parts on extensions). Types are checked by name. */
#include "config.h"

#include "policy/graphql_schema.h"

#include <string.h>

#define FAULT(b, ...) (gql_fault((b)->g, __VA_ARGS__), false)

static enum gql_kind kind_of(struct value kind)
{
	static const char *const names[] = {
		[GQL_K_SCALAR] = "SCALAR", [GQL_K_OBJECT] = "OBJECT", [GQL_K_INTERFACE] = "INTERFACE",
		[GQL_K_UNION] = "UNION", [GQL_K_ENUM] = "ENUM", [GQL_K_INPUT] = "INPUT_OBJECT",
	};

	for (size_t i = GQL_K_SCALAR; i <= GQL_K_INPUT; i++)
		if (value_is_text(kind, names[i]))
			return (enum gql_kind)i;
	return GQL_K_NONE;
}

/* ---- joining --------------------------------------------------------------------------------------------- */

static bool add_definitions(struct gql_builder *b, const struct gql_list *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		struct gql_definition *def = list->v[i];

		def->is = kind_of(def->kind);
		if (gql_find(&b->s->types, def->name))
			return FAULT(b, def->pos, "Cannot redeclare type %.*s.", GQL_S(def->name));
		gql_put(b->g, &b->s->types, def->name, def);
	}
	return gql_charge(b->g, list->n);
}

static void append(struct gql *g, struct gql_list *to, const struct gql_list *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		gql_push(g, to, from->v[i]);
}

static void append_texts(struct gql *g, struct vec *to, const struct vec *from)
{
	for (size_t i = 0; i < from->n; i++)
		vec_push(g->pool, to, from->v[i]);
}

/* An extension of what is not there is what makes it. */
static bool add_extension(struct gql_builder *b, const struct gql_definition *ext, struct gql_list *defs)
{
	struct gql_definition *def = gql_find(&b->s->types, ext->name);

	if (!def) {
		def = gql_new(b->g, sizeof *def);
		*def = (struct gql_definition){ .kind = ext->kind, .name = ext->name, .pos = ext->pos, .is = kind_of(ext->kind) };
		gql_put(b->g, &b->s->types, def->name, def);
		gql_push(b->g, defs, def);
	}
	if (!gql_same(def->kind, ext->kind))
		return FAULT(b, ext->pos, "Cannot extend type %.*s because the base type is a %.*s, not %.*s.", GQL_S(ext->name),
			     GQL_S(def->kind), GQL_S(ext->kind));
	append(b->g, &def->directives, &ext->directives);
	append_texts(b->g, &def->interfaces, &ext->interfaces);
	append(b->g, &def->fields, &ext->fields);
	append_texts(b->g, &def->types, &ext->types);
	append(b->g, &def->places, &ext->places);
	append(b->g, &def->values, &ext->values);
	return gql_charge(b->g, 4 + ext->fields.n + ext->values.n + ext->types.n);
}

static void add_possible(struct gql_builder *b, struct value name, struct gql_definition *def)
{
	struct gql_definition *of = gql_find(&b->s->types, name);

	if (of && def)
		gql_push(b->g, &of->possible, def);
	gql_charge(b->g, 1);
}

static void find_possible(struct gql_builder *b, struct gql_definition *def)
{
	if (def->is == GQL_K_UNION)
		for (size_t i = 0; i < def->types.n; i++)
			add_possible(b, def->name, gql_find(&b->s->types, def->types.v[i]));
	if (def->is == GQL_K_INPUT || def->is == GQL_K_OBJECT || def->is == GQL_K_INTERFACE)
		for (size_t i = 0; i < def->interfaces.n; i++)
			add_possible(b, def->interfaces.v[i], def);
	if (def->is == GQL_K_INPUT || def->is == GQL_K_OBJECT)
		add_possible(b, def->name, def);
}

static bool add_directives(struct gql_builder *b, const struct gql_list *list)
{
	static const char *const own[] = { "include", "skip", "deprecated", "specifiedBy", "defer", "oneOf" };

	for (uint32_t i = 0; i < list->n; i++) {
		struct gql_directive_def *def = list->v[i];
		bool known = false;

		for (size_t k = 0; k < sizeof own / sizeof *own; k++)
			known = known || value_is_text(gql_text(def->name), own[k]);
		if (!known && gql_find(&b->s->directives, def->name))
			return FAULT(b, def->pos, "Cannot redeclare directive %.*s.", GQL_S(def->name));
		gql_put(b->g, &b->s->directives, def->name, def);
	}
	return gql_charge(b->g, list->n);
}

/* ---- cycles of input objects ----------------------------------------------------------------------------- */

static bool tell_cycle(struct gql_builder *b, const struct gql_definition *def)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT(GQL_FAULTS_MAX), shown = BUF_INIT(GQL_FAULTS_MAX);
	uint32_t from = def->path_at - 1;

	for (uint32_t i = from; i < b->path.n; i++)
		buf_printf(&names, "%s%.*s", i > from ? "." : "", GQL_S(((struct gql_member *)b->path.v[i])->name));
	gql_put_quoted(&shown, gql_text(def->name));
	buf_puts(&shown, " within itself through a series of non-null fields: ");
	gql_put_quoted(&shown, value_borrow(buf_text(&names), names.len));
	return FAULT(b, ((struct gql_member *)b->path.v[from])->pos, "Cannot reference Input Object %s.", buf_text(&shown));
}

/* Along fields that must be there and are no lists. */
static bool find_cycle(struct gql_builder *b, struct gql_definition *def)
{
	if (def->visited)
		return true;
	if (b->path.n >= GQL_WALK_MAX || !gql_charge(b->g, 1 + def->fields.n))
		return FAULT(b, def->pos, "input objects are nested too deep");
	def->visited = true;
	def->path_at = b->path.n + 1;
	for (uint32_t i = 0; i < def->fields.n; i++) {
		struct gql_member *f = def->fields.v[i];
		struct gql_definition *t = f->type->elem ? NULL : gql_type_of(b->s, f->type);

		if (!f->type->non_null || !t || t->is != GQL_K_INPUT)
			continue;
		gql_push(b->g, &b->path, f);
		if (t->path_at ? !tell_cycle(b, t) : !find_cycle(b, t))
			return false;
		b->path.n--;
	}
	def->path_at = 0;
	return true;
}

/* ---- entry points ---------------------------------------------------------------------------------------- */

static bool add_roots(struct gql_builder *b, const struct gql_schema_def *def)
{
	for (uint32_t i = 0; i < def->roots.n; i++) {
		const struct gql_root *r = def->roots.v[i];
		struct gql_definition *t = gql_find(&b->s->types, r->type);

		if (!t)
			return FAULT(b, r->pos, "Schema root %.*s refers to a type %.*s that does not exist.", GQL_S(r->operation),
				     GQL_S(r->type));
		if (value_is_text(gql_text(r->operation), "query"))
			b->s->query = t;
		else if (value_is_text(gql_text(r->operation), "mutation"))
			b->s->mutation = t;
		else if (value_is_text(gql_text(r->operation), "subscription"))
			b->s->subscription = t;
	}
	return gql_check_directives(b, &def->directives, "SCHEMA", NULL, true);
}

static bool add_all_roots(struct gql_builder *b, const struct gql_schema_doc *doc)
{
	if (doc->schema.n > 1)
		return FAULT(b, ((struct gql_schema_def *)doc->schema.v[1])->pos,
			     "Cannot have multiple schema entry points, consider schema extensions instead.");
	for (uint32_t i = 0; i < doc->schema.n; i++)
		if (!add_roots(b, doc->schema.v[i]))
			return false;
	for (uint32_t i = 0; i < doc->schema_extensions.n; i++)
		if (!add_roots(b, doc->schema_extensions.v[i]))
			return false;
	return true;
}

static struct gql_type *named_type(struct gql *g, const char *name, bool non_null)
{
	struct gql_type *t = gql_new(g, sizeof *t);

	*t = (struct gql_type){ .named = value_borrow(name, strlen(name)), .non_null = non_null };
	return t;
}

static struct gql_member *new_member(struct gql *g, const char *name, struct gql_type *type)
{
	struct gql_member *m = gql_new(g, sizeof *m);

	*m = (struct gql_member){ .name = value_borrow(name, strlen(name)), .type = type };
	return m;
}

/* __schema and __type, which any query may ask for. */
static void add_introspection(struct gql *g, struct gql_definition *query)
{
	struct gql_member *type = new_member(g, "__type", named_type(g, "__Type", false));

	gql_push(g, &type->arguments, new_member(g, "name", named_type(g, "String", true)));
	gql_push(g, &query->fields, new_member(g, "__schema", named_type(g, "__Schema", true)));
	gql_push(g, &query->fields, type);
}

/* Types of the usual names are entry points where no schema says which are. */
static void finish_roots(struct gql_builder *b, const struct gql_schema_doc *doc)
{
	struct gql_schema *s = b->s;

	if (!doc->schema.n) {
		s->query = s->query ? s->query : gql_find_word(&s->types, "Query");
		s->mutation = s->mutation ? s->mutation : gql_find_word(&s->types, "Mutation");
		s->subscription = s->subscription ? s->subscription : gql_find_word(&s->types, "Subscription");
	}
	if (s->query)
		add_introspection(b->g, s->query);
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static bool join(struct gql_builder *b, const struct gql_schema_doc *own, const struct gql_schema_doc *doc)
{
	struct gql_list defs = { 0 };

	if (!add_definitions(b, &own->definitions) || !add_definitions(b, &doc->definitions))
		return false;
	append(b->g, &defs, &own->definitions);
	append(b->g, &defs, &doc->definitions);
	for (uint32_t i = 0; i < doc->extensions.n; i++)
		if (!add_extension(b, doc->extensions.v[i], &defs))
			return false;
	for (uint32_t i = 0; i < defs.n; i++)
		find_possible(b, defs.v[i]);
	return add_directives(b, &own->directives) && add_directives(b, &doc->directives) && add_all_roots(b, doc);
}

static bool check_all(struct gql_builder *b)
{
	struct gql_list types = gql_sorted(b->g, &b->s->types), directives = gql_sorted(b->g, &b->s->directives);

	b->s->sorted_types = types;
	for (uint32_t i = 0; i < types.n; i++)
		if (!gql_check_definition(b, types.v[i]) || !gql_charge(b->g, 4))
			return false;
	for (uint32_t i = 0; i < types.n; i++)
		if (((struct gql_definition *)types.v[i])->is == GQL_K_INPUT && !find_cycle(b, types.v[i]))
			return false;
	for (uint32_t i = 0; i < directives.n; i++)
		if (!gql_check_directive_definition(b, directives.v[i]))
			return false;
	return true;
}

struct gql_schema *gql_schema_build(struct gql *g, struct gql_schema_doc *doc)
{
	const char *prelude = gql_prelude();
	struct gql_schema_doc *own = gql_parse_schema(g, value_borrow(prelude, strlen(prelude)), true);
	struct gql_builder b = { .g = g, .s = gql_new(g, sizeof *b.s) };

	if (!own || !join(&b, own, doc) || !check_all(&b) || g->stopped)
		return NULL;
	finish_roots(&b, doc);
	return b.s;
}
