/* The rules on names, types, fragments, directives and variables. Above each: its name in the reference. */
#include "config.h"

#include "policy/graphql_rules.h"

#include <stdlib.h>
#include <string.h>

#include "policy/unicode.h"

bool gql_is_leaf(const struct gql_definition *def)
{
	return def->is == GQL_K_ENUM || def->is == GQL_K_SCALAR;
}

bool gql_is_composite(const struct gql_definition *def)
{
	return def->is == GQL_K_OBJECT || def->is == GQL_K_INTERFACE || def->is == GQL_K_UNION;
}

bool gql_is_input(const struct gql_definition *def)
{
	return gql_is_leaf(def) || def->is == GQL_K_INPUT;
}

/* ---- suggestions ----------------------------------------------------------------------------------------- */

void gql_put_choice(struct buf *out, const struct vec *names, bool quoted)
{
	size_t n = names->n > 5 ? 5 : names->n;
	const char *quote = quoted ? "\"" : "";

	for (size_t i = 0; i < n; i++) {
		const char *between = n == 2 ? " or " : i + 1 == n ? ", or " : ", ";

		buf_printf(out, "%s%s%.*s%s", i ? between : "", quote, GQL_S(names->v[i]), quote);
	}
}

/* Single-character changes that make b of a, each of n characters: Levenshtein's distance, a row at a time. */
static size_t distance(struct gql_check *c, const char *a, size_t na, const char *b, size_t nb)
{
	uint32_t *row = pool_alloc(c->g->pool, (nb + 1) * sizeof *row);

	if (!gql_charge(c->g, (na + 1) * (nb + 1) / 8))
		return SIZE_MAX;
	for (size_t k = 0; k <= nb; k++)
		row[k] = (uint32_t)k;
	for (size_t i = 1; i <= na; i++) {
		uint32_t corner = row[0];

		row[0] = (uint32_t)i;
		for (size_t k = 1; k <= nb; k++) {
			uint32_t best = corner + (a[i - 1] != b[k - 1]);

			corner = row[k];
			best = row[k] + 1 < best ? row[k] + 1 : best;
			row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
		}
	}
	return row[nb];
}

/* How unlike two words are: another case is one change. */
static size_t unlike(struct gql_check *c, struct value word, struct value name)
{
	CLEANUP(buf_release) struct buf a = BUF_INIT(1 << 16), b = BUF_INIT(1 << 16);

	if (gql_same(word, name))
		return 0;
	/* Nothing that long is near. */
	if (name.len > 2 * word.len + 2 || word.len > 2 * name.len + 2 || word.len > 4096)
		return SIZE_MAX;
	unicode_lower(word.s, word.len, &a);
	unicode_lower(name.s, name.len, &b);
	if (a.len == b.len && memcmp(buf_text(&a), buf_text(&b), a.len) == 0)
		return 1;
	return distance(c, buf_text(&a), a.len, buf_text(&b), b.len);
}

struct near {
	struct value name;
	size_t unlike, at;
};

static int by_likeness(const void *pa, const void *pb)
{
	const struct near *a = pa, *b = pb;

	if (a->unlike != b->unlike)
		return a->unlike < b->unlike ? -1 : 1;
	return a->at < b->at ? -1 : 1;
}

void gql_suggest(struct gql_check *c, struct buf *out, const char *prefix, struct value word, const struct vec *names,
		 bool quoted)
{
	struct vec kept = { 0 };
	struct near *near;
	size_t n = 0, most;

	/* Only messages need it. */
	if (!c->g->every)
		return;
	near = pool_alloc(c->g->pool, (names->n + 1) * sizeof *near);
	word = gql_text(word);
	most = word.len * 2 / 5 + 1;
	for (size_t i = 0; i < names->n && gql_charge(c->g, 2); i++) {
		size_t d = unlike(c, word, gql_text(names->v[i]));

		if (d <= most)
			near[n++] = (struct near){ names->v[i], d, i };
	}
	qsort(near, n, sizeof *near, by_likeness);
	for (size_t i = 0; i < n; i++)
		vec_push(c->g->pool, &kept, near[i].name);
	if (n) {
		buf_printf(out, " %s ", prefix);
		gql_put_choice(out, &kept, quoted);
		buf_putc(out, '?');
	}
}

struct vec gql_member_names(struct gql_check *c, const struct gql_list *members)
{
	struct vec names = { 0 };

	for (uint32_t i = 0; i < members->n; i++)
		vec_push(c->g->pool, &names, gql_text(((struct gql_member *)members->v[i])->name));
	return names;
}

/* ---- fields ---------------------------------------------------------------------------------------------- */

struct offer {
	struct value name;
	unsigned uses; /* of an interface: types that could be meant and implement it */
};

static int by_use(const void *pa, const void *pb)
{
	const struct offer *a = pa, *b = pb;

	return a->uses != b->uses ? (a->uses > b->uses ? -1 : 1) : value_cmp(a->name, b->name);
}

static void offer(struct gql_check *c, struct gql_list *list, struct value name, bool interface)
{
	struct offer *o;

	for (uint32_t i = 0; i < list->n && interface; i++) {
		o = list->v[i];
		if (o->uses && gql_same(o->name, name)) {
			o->uses++;
			return;
		}
	}
	o = gql_new(c->g, sizeof *o);
	*o = (struct offer){ gql_text(name), interface };
	gql_push(c->g, list, o);
}

/* The types that a value of parent may be of, and their interfaces, that have the field; those of most use first. */
static struct vec types_with(struct gql_check *c, const struct gql_definition *parent, struct value field)
{
	struct gql_list offers = { 0 };
	struct offer *sorted;
	struct vec names = { 0 };

	for (uint32_t i = 0; i < parent->possible.n && gql_charge(c->g, 1); i++) {
		const struct gql_definition *t = parent->possible.v[i];

		if (!gql_member_of(c->g, &t->fields, field))
			continue;
		offer(c, &offers, t->name, false);
		for (size_t k = 0; k < t->interfaces.n && gql_charge(c->g, 1 + offers.n / 8); k++) {
			const struct gql_definition *intf = gql_find(&c->schema->types, t->interfaces.v[k]);

			if (intf && gql_member_of(c->g, &intf->fields, field))
				offer(c, &offers, intf->name, true);
		}
	}
	sorted = pool_alloc(c->g->pool, (offers.n + 1) * sizeof *sorted);
	for (uint32_t i = 0; i < offers.n; i++) {
		sorted[i] = *(struct offer *)offers.v[i];
		/* One that is itself among the types counts by its name. */
		for (uint32_t k = 0; k < offers.n && gql_charge(c->g, 1); k++)
			if (!sorted[i].uses && gql_same(((struct offer *)offers.v[k])->name, sorted[i].name))
				sorted[i].uses = ((struct offer *)offers.v[k])->uses;
	}
	qsort(sorted, offers.n, sizeof *sorted, by_use);
	for (uint32_t i = 0; i < offers.n; i++)
		vec_push(c->g->pool, &names, sorted[i].name);
	return names;
}

/* FieldsOnCorrectType */
static void check_field_known(struct gql_check *c, const struct gql_selection *s)
{
	CLEANUP(buf_release) struct buf more = BUF_INIT(GQL_FAULTS_MAX);
	struct vec names = { 0 };

	if (!s->object || s->field)
		return;
	if (c->g->every && (s->object->is == GQL_K_INTERFACE || s->object->is == GQL_K_UNION)) {
		names = types_with(c, s->object, s->name);
		if (names.n) {
			buf_puts(&more, " Did you mean to use an inline fragment on ");
			gql_put_choice(&more, &names, true);
			buf_putc(&more, '?');
		}
	}
	if (!names.n && (s->object->is == GQL_K_OBJECT || s->object->is == GQL_K_INTERFACE)) {
		names = gql_member_names(c, &s->object->fields);
		gql_suggest(c, &more, "Did you mean", s->name, &names, true);
	}
	gql_fault(c->g, s->pos, "Cannot query field \"%.*s\" on type \"%.*s\".%s", GQL_S(s->name), GQL_S(s->object->name),
		  buf_text(&more));
}

/* KnownArgumentNames; of says what has no such argument. */
static void check_arguments_known(struct gql_check *c, const struct gql_list *arguments, const struct gql_list *known,
				  const char *of, struct gql_pos pos)
{
	for (uint32_t i = 0; i < arguments->n && gql_charge(c->g, 1); i++) {
		CLEANUP(buf_release) struct buf more = BUF_INIT(GQL_FAULTS_MAX);
		const struct gql_child *a = arguments->v[i];
		struct vec names;

		if (gql_member_of(c->g, known, a->name))
			continue;
		names = gql_member_names(c, known);
		gql_suggest(c, &more, "Did you mean", a->name, &names, true);
		gql_fault(c->g, pos, "Unknown argument \"%.*s\" on %s.%s", GQL_S(a->name), of, buf_text(&more));
	}
}

/* ProvidedRequiredArguments */
static void check_arguments_there(struct gql_check *c, const struct gql_list *arguments, const struct gql_list *known,
				  const char *of, struct gql_pos pos)
{
	for (uint32_t i = 0; i < known->n && gql_charge(c->g, 1); i++) {
		CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);
		const struct gql_member *m = known->v[i];

		if (!m->type->non_null || m->initial || gql_child_of(c->g, arguments, m->name))
			continue;
		gql_put_type(&type, m->type);
		gql_fault(c->g, pos, "%s argument \"%.*s\" of type \"%s\" is required, but it was not provided.", of, GQL_S(m->name),
			  buf_text(&type));
	}
}

/* UniqueArgumentNames: told once a name. */
static void check_arguments_once(struct gql_check *c, const struct gql_list *arguments)
{
	struct gql_names seen = { 0 };

	for (uint32_t i = 0; i < arguments->n && arguments->n > 1; i++) {
		struct gql_child *a = arguments->v[i];
		void *before = gql_find(&seen, a->name), *told = &seen;

		if (before && before != told)
			gql_fault(c->g, a->pos, "There can be only one argument named \"%.*s\".", GQL_S(a->name));
		gql_put(c->g, &seen, a->name, before ? told : a);
	}
}

/* ScalarLeafs */
static void check_leaf(struct gql_check *c, const struct gql_selection *s)
{
	CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);
	const struct gql_definition *def = s->field ? gql_type_of(c->schema, s->field->type) : NULL;

	if (!def)
		return;
	if (gql_is_leaf(def) && s->selections.n)
		gql_fault(c->g, s->pos, "Field \"%.*s\" must not have a selection since type \"%.*s\" has no subfields.",
			  GQL_S(s->name), GQL_S(def->name));
	gql_put_type(&type, s->field->type);
	if (!gql_is_leaf(def) && !s->selections.n)
		gql_fault(c->g, s->pos,
			  "Field \"%.*s\" of type \"%s\" must have a selection of subfields. Did you mean \"%.*s { ... }\"?",
			  GQL_S(s->name), buf_text(&type), GQL_S(s->name));
}

void gql_on_field(struct gql_check *c, struct gql_selection *s)
{
	CLEANUP(buf_release) struct buf of = BUF_INIT(GQL_FAULTS_MAX);

	check_field_known(c, s);
	if (s->field && s->object) {
		buf_printf(&of, "field \"%.*s.%.*s\"", GQL_S(s->object->name), GQL_S(s->name));
		check_arguments_known(c, &s->arguments, &s->field->arguments, buf_text(&of), s->pos);
	}
	gql_check_introspection(c, s);
	if (c->operation)
		gql_check_merge(c, &s->selections);
	if (s->field) {
		buf_clear(&of);
		buf_printf(&of, "Field \"%.*s\"", GQL_S(s->name));
		check_arguments_there(c, &s->arguments, &s->field->arguments, buf_text(&of), s->pos);
	}
	check_leaf(c, s);
	check_arguments_once(c, &s->arguments);
}

/* ---- directives ------------------------------------------------------------------------------------------ */

/* KnownDirectives: a wrong place is told once. */
static void check_directive_known(struct gql_check *c, struct gql_directive *d)
{
	CLEANUP(buf_release) struct buf key = BUF_INIT(GQL_FAULTS_MAX);
	struct value place;

	if (!d->definition) {
		gql_fault(c->g, d->pos, "Unknown directive \"@%.*s\".", GQL_S(d->name));
		return;
	}
	if (gql_has_text(&d->definition->locations, d->location))
		return;
	buf_printf(&key, "%u:%d:%.*s", d->pos.row, d->pos.column, GQL_S(d->name));
	place = value_string(c->g->pool, buf_text(&key), key.len);
	if (gql_find(&c->misplaced, place))
		return;
	gql_put(c->g, &c->misplaced, place, d);
	gql_fault(c->g, d->pos, "Directive \"@%.*s\" may not be used on %.*s.", GQL_S(d->name), GQL_S(d->location));
}

void gql_on_directive(struct gql_check *c, struct gql_directive *d)
{
	CLEANUP(buf_release) struct buf of = BUF_INIT(GQL_FAULTS_MAX);

	buf_printf(&of, "directive \"@%.*s\"", GQL_S(d->name));
	if (d->definition)
		check_arguments_known(c, &d->arguments, &d->definition->arguments, buf_text(&of), d->pos);
	check_directive_known(c, d);
	buf_clear(&of);
	buf_printf(&of, "Directive \"@%.*s\"", GQL_S(d->name));
	if (d->definition)
		check_arguments_there(c, &d->arguments, &d->definition->arguments, buf_text(&of), d->pos);
	check_arguments_once(c, &d->arguments);
}

/* UniqueDirectivesPerLocation */
void gql_on_directives(struct gql_check *c, const struct gql_list *list)
{
	struct gql_names seen = { 0 };

	for (uint32_t i = 0; i < list->n && list->n > 1; i++) {
		struct gql_directive *d = list->v[i];

		if ((!d->definition || !d->definition->repeatable) && gql_find(&seen, d->name))
			gql_fault(c->g, d->pos, "The directive \"@%.*s\" can only be used once at this location.", GQL_S(d->name));
		gql_put(c->g, &seen, d->name, d);
	}
}

/* ---- fragments ------------------------------------------------------------------------------------------- */

/* PossibleFragmentSpreads: whether a value of parent can be one of the type called name. */
static bool can_spread(struct gql_check *c, struct gql_definition *parent, struct value name)
{
	const struct gql_definition *t = gql_find(&c->schema->types, name);
	struct gql_list self = { 0 };
	const struct gql_list *parents = &self;

	if (!parent || !gql_is_composite(parent) || !t || !gql_is_composite(t))
		return true;
	if (parent->is == GQL_K_OBJECT)
		gql_push(c->g, &self, parent);
	else
		parents = &parent->possible;
	for (uint32_t i = 0; i < t->possible.n && gql_charge(c->g, 1 + parents->n / 8); i++)
		for (uint32_t k = 0; k < parents->n; k++)
			if (parents->v[k] == t->possible.v[i])
				return true;
	return false;
}

void gql_on_inline(struct gql_check *c, struct gql_selection *s)
{
	const struct gql_definition *t = gql_find(&c->schema->types, s->condition);

	/* FragmentsOnCompositeTypes */
	if (t && !gql_is_composite(t))
		gql_fault(c->g, s->pos, "Fragment cannot condition on non composite type \"%.*s\".", GQL_S(s->condition));
	/* KnownTypeNames */
	if (!t && gql_text(s->condition).len)
		gql_fault(c->g, s->pos, "Unknown type \"%.*s\".", GQL_S(s->condition));
	gql_check_merge(c, &s->selections);
	if (!can_spread(c, s->object, s->condition))
		gql_fault(c->g, s->pos, "Fragment cannot be spread here as objects of type \"%.*s\" can never be of type \"%.*s\".",
			  GQL_S(s->object->name), GQL_S(s->condition));
}

void gql_on_spread(struct gql_check *c, struct gql_selection *s)
{
	/* KnownFragmentNames */
	if (!s->fragment)
		gql_fault(c->g, s->pos, "Unknown fragment \"%.*s\".", GQL_S(s->name));
	if (!c->in_fragments)
		gql_put(c->g, &c->used, s->name, s);
	if (s->fragment && !can_spread(c, s->object, s->fragment->condition))
		gql_fault(c->g, s->pos,
			  "Fragment \"%.*s\" cannot be spread here as objects of type \"%.*s\" can never be of type \"%.*s\".",
			  GQL_S(s->name), GQL_S(s->object->name), GQL_S(s->fragment->condition));
}

static void tell_type_unknown(struct gql_check *c, const struct gql_fragment *f)
{
	CLEANUP(buf_release) struct buf more = BUF_INIT(GQL_FAULTS_MAX);
	struct vec names = { 0 };

	for (uint32_t i = 0; i < c->schema->sorted_types.n; i++)
		vec_push(c->g->pool, &names, gql_text(((struct gql_definition *)c->schema->sorted_types.v[i])->name));
	gql_suggest(c, &more, "Did you mean", f->condition, &names, true);
	gql_fault(c->g, f->pos, "Unknown type \"%.*s\".%s", GQL_S(f->condition), buf_text(&more));
}

void gql_on_fragment(struct gql_check *c, struct gql_fragment *f)
{
	/* FragmentsOnCompositeTypes */
	if (f->definition && gql_text(f->condition).len && !gql_is_composite(f->definition))
		gql_fault(c->g, f->pos, "Fragment \"%.*s\" cannot condition on non composite type \"%.*s\".", GQL_S(f->name),
			  GQL_S(f->condition));
	/* KnownTypeNames */
	if (!f->definition)
		tell_type_unknown(c, f);
	gql_check_cycles(c, f);
	/* NoUnusedFragments: what the first fragment uses counts as used. */
	c->in_fragments = true;
	if (!gql_find(&c->used, f->name))
		gql_fault(c->g, f->pos, "Fragment \"%.*s\" is never used.", GQL_S(f->name));
	gql_check_merge(c, &f->selections);
	/* UniqueFragmentNames */
	if (gql_find(&c->fragments_seen, f->name))
		gql_fault(c->g, f->pos, "There can be only one fragment named \"%.*s\".", GQL_S(f->name));
	gql_put(c->g, &c->fragments_seen, f->name, f);
}

/* ---- operations ------------------------------------------------------------------------------------------ */

/* KnownTypeNames */
void gql_on_variable(struct gql_check *c, struct gql_variable *v)
{
	if (!v->definition)
		gql_fault(c->g, v->pos, "Unknown type \"%.*s\".", GQL_S(gql_type_name(v->type)));
}

/* KnownRootType */
static void check_root(struct gql_check *c, const struct gql_operation *o)
{
	struct value kind = gql_text(o->operation);
	bool query = !kind.len || value_is_text(kind, "query");
	bool mutation = value_is_text(kind, "mutation"), subscription = value_is_text(kind, "subscription");

	if (!(query && c->schema->query) && !(mutation && c->schema->mutation) && !(subscription && c->schema->subscription))
		gql_fault(c->g, o->pos, "Schema does not support operation type \"%.*s\"", GQL_S(kind));
}

/* NoUnusedVariables */
static void check_variables_used(struct gql_check *c, const struct gql_operation *o)
{
	for (uint32_t i = 0; i < o->variables.n; i++) {
		const struct gql_variable *v = o->variables.v[i];

		if (v->used)
			continue;
		if (gql_text(o->name).len)
			gql_fault(c->g, v->pos, "Variable \"$%.*s\" is never used in operation \"%.*s\".", GQL_S(v->name), GQL_S(o->name));
		else
			gql_fault(c->g, v->pos, "Variable \"$%.*s\" is never used.", GQL_S(v->name));
	}
}

/* UniqueVariableNames: told once a name. */
static void check_variables_once(struct gql_check *c, const struct gql_operation *o)
{
	struct gql_names seen = { 0 };

	for (uint32_t i = 0; i < o->variables.n; i++) {
		struct gql_variable *v = o->variables.v[i];
		void *before = gql_find(&seen, v->name), *told = &seen;

		if (before && before != told)
			gql_fault(c->g, v->pos, "There can be only one variable named \"$%.*s\".", GQL_S(v->name));
		gql_put(c->g, &seen, v->name, before ? told : v);
	}
}

/* VariablesAreInputTypes */
static void check_variable_types(struct gql_check *c, const struct gql_operation *o)
{
	for (uint32_t i = 0; i < o->variables.n; i++) {
		CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);
		const struct gql_variable *v = o->variables.v[i];

		if (!v->definition || gql_is_input(v->definition))
			continue;
		gql_put_type(&type, v->type);
		gql_fault(c->g, v->pos, "Variable \"$%.*s\" cannot be non-input type \"%s\".", GQL_S(v->name), buf_text(&type));
	}
}

void gql_on_operation(struct gql_check *c, struct gql_operation *o)
{
	check_root(c, o);
	/* LoneAnonymousOperation */
	if (!gql_text(o->name).len && c->doc->operations.n > 1)
		gql_fault(c->g, o->pos, "This anonymous operation must be the only defined operation.");
	check_variables_used(c, o);
	gql_check_merge(c, &o->selections);
	gql_check_subscription(c, o);
	/* UniqueOperationNames */
	if (gql_find(&c->operations_seen, o->name))
		gql_fault(c->g, o->pos, "There can be only one operation named \"%.*s\".", GQL_S(o->name));
	gql_put(c->g, &c->operations_seen, o->name, o);
	check_variables_once(c, o);
	check_variable_types(c, o);
}
