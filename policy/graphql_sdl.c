/* Documents of GraphQL's type system (October 2021, 3): schemas and what extends them. */
#include "config.h"

#include "policy/graphql_parse.h"

#include <string.h>

/* A description, and the comments before it. */
struct described {
	struct value text;
	struct gql_comments *comment;
};

static struct described take_description(struct gql_parser *p)
{
	struct gql_token t = gql_peek(p);
	struct described d = { 0 };

	if (t.kind != GQL_T_STRING && t.kind != GQL_T_BLOCK)
		return d;
	d.comment = p->comment;
	gql_take(p);
	d.text = value_string(p->g->pool, t.text.s, t.text.len);
	return d;
}

/* ---- members --------------------------------------------------------------------------------------------- */

/* Up to the name. */
static struct gql_member *take_member(struct gql_parser *p)
{
	struct gql_member *m = gql_new(p->g, sizeof *m);
	struct described d = take_description(p);

	/* An empty one counts as none, and takes the comments before it along. */
	if (d.text.len) {
		m->description = d.text;
		m->before = d.comment;
	}
	m->pos = gql_here(p);
	m->after = p->comment;
	m->name = gql_take_name(p);
	return m;
}

/* NAME: TYPE = VALUE, as an argument or an input object's field. */
static void *take_input(struct gql_parser *p, bool constant)
{
	struct gql_member *m = take_member(p);

	(void)constant;
	gql_expect(p, GQL_T_COLON, NULL);
	m->type = gql_take_type(p);
	if (gql_skip(p, GQL_T_EQUALS))
		m->initial = gql_take_value(p, true);
	m->directives = gql_take_directives(p, true);
	return m;
}

static void *take_field(struct gql_parser *p, bool constant)
{
	struct gql_member *m = take_member(p);

	(void)constant;
	gql_some(p, GQL_T_PAREN_L, GQL_T_PAREN_R, take_input, true, &m->arguments);
	gql_expect(p, GQL_T_COLON, NULL);
	m->type = gql_take_type(p);
	m->directives = gql_take_directives(p, true);
	return m;
}

static void *take_enum_value(struct gql_parser *p, bool constant)
{
	struct gql_member *m = take_member(p);

	(void)constant;
	m->directives = gql_take_directives(p, true);
	return m;
}

static void *take_root(struct gql_parser *p, bool constant)
{
	struct gql_root *r = gql_new(p->g, sizeof *r);

	(void)constant;
	r->pos = gql_here(p);
	r->comment = p->comment;
	r->operation = gql_take_operation(p);
	gql_expect(p, GQL_T_COLON, NULL);
	r->type = gql_take_name(p);
	return r;
}

static void take_interfaces(struct gql_parser *p, struct gql_definition *def)
{
	if (!gql_is_word(gql_peek(p), "implements"))
		return;
	gql_take(p);
	gql_skip(p, GQL_T_AMP);
	do
		vec_push(p->g->pool, &def->interfaces, gql_take_name(p));
	while (gql_skip(p, GQL_T_AMP));
}

static void take_union_types(struct gql_parser *p, struct gql_definition *def)
{
	if (!gql_skip(p, GQL_T_EQUALS))
		return;
	gql_skip(p, GQL_T_PIPE);
	do {
		struct gql_pos *pos = gql_new(p->g, sizeof *pos);

		*pos = gql_here(p);
		gql_push(p->g, &def->places, pos);
		vec_push(p->g->pool, &def->types, gql_take_name(p));
	} while (gql_skip(p, GQL_T_PIPE));
}

/* ---- types ----------------------------------------------------------------------------------------------- */

/* How each kind of type is written, and extended. */
static const struct form {
	const char *word, *kind;
	bool interfaces;          /* what it is may be followed by what it implements */
	bool extends_interfaces;
	gql_item_fn *field, *value;
	bool types;
} forms[] = {
	{ "scalar", "SCALAR", false, false, NULL, NULL, false },
	{ "type", "OBJECT", true, true, take_field, NULL, false },
	{ "interface", "INTERFACE", true, false, take_field, NULL, false },
	{ "union", "UNION", false, false, NULL, NULL, true },
	{ "enum", "ENUM", false, false, NULL, take_enum_value, false },
	{ "input", "INPUT_OBJECT", false, false, take_input, NULL, false },
};

static const struct form *form_of(struct gql_token t)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (gql_is_word(t, forms[i].word))
			return &forms[i];
	return NULL;
}

/* From its word on. */
static struct gql_definition *take_type_definition(struct gql_parser *p, const struct form *f, bool extension)
{
	struct gql_definition *def = gql_new(p->g, sizeof *def);

	def->after = gql_expect_word(p, f->word);
	def->pos = gql_here(p);
	def->kind = value_borrow(f->kind, strlen(f->kind));
	def->name = gql_take_name(p);
	def->builtin = p->lex.prelude;
	if (extension ? f->extends_interfaces : f->interfaces)
		take_interfaces(p, def);
	def->directives = gql_take_directives(p, !(extension && f->field == take_input));
	if (f->field)
		def->end = gql_some(p, GQL_T_BRACE_L, GQL_T_BRACE_R, f->field, true, &def->fields);
	else if (f->value)
		def->end = gql_some(p, GQL_T_BRACE_L, GQL_T_BRACE_R, f->value, true, &def->values);
	else if (f->types)
		take_union_types(p, def);
	return def;
}

static struct gql_schema_def *take_schema_definition(struct gql_parser *p)
{
	struct gql_schema_def *def = gql_new(p->g, sizeof *def);

	def->after = gql_expect_word(p, "schema");
	def->pos = gql_here(p);
	def->directives = gql_take_directives(p, true);
	def->end = gql_some(p, GQL_T_BRACE_L, GQL_T_BRACE_R, take_root, true, &def->roots);
	return def;
}

static void take_extension(struct gql_parser *p, struct gql_schema_doc *doc)
{
	struct gql_comments *comment = gql_expect_word(p, "extend");
	const struct form *f = form_of(gql_peek(p));

	if (gql_is_word(gql_peek(p), "schema")) {
		struct gql_schema_def *def = take_schema_definition(p);

		def->after = comment;
		gql_push(p->g, &doc->schema_extensions, def);
		if (!def->directives.n && !def->roots.n)
			gql_unexpected(p, gql_peek(p));
	} else if (f) {
		struct gql_definition *def = take_type_definition(p, f, true);

		def->after = comment;
		gql_push(p->g, &doc->extensions, def);
		if (!def->interfaces.n && !def->directives.n && !def->fields.n && !def->types.n && !def->values.n)
			gql_unexpected(p, gql_peek(p));
	} else {
		gql_unexpected(p, gql_peek(p));
	}
}

/* ---- directives ------------------------------------------------------------------------------------------ */

static void take_location(struct gql_parser *p, struct gql_directive_def *def)
{
	static const char *const names[] = {
		"QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
		"VARIABLE_DEFINITION", "SCHEMA", "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE",
		"UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION",
	};
	struct gql_token t;

	gql_expect(p, GQL_T_NAME, &t);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (gql_is_word(t, names[i])) {
			vec_push(p->g->pool, &def->locations, value_borrow(names[i], strlen(names[i])));
			return;
		}
	gql_unexpected(p, t);
}

static struct gql_directive_def *take_directive_definition(struct gql_parser *p)
{
	struct gql_directive_def *def = gql_new(p->g, sizeof *def);

	def->after = gql_expect_word(p, "directive");
	gql_expect(p, GQL_T_AT, NULL);
	def->pos = gql_here(p);
	def->name = gql_take_name(p);
	gql_some(p, GQL_T_PAREN_L, GQL_T_PAREN_R, take_input, true, &def->arguments);
	if (gql_peek(p).kind == GQL_T_NAME && gql_is_word(gql_peek(p), "repeatable")) {
		def->repeatable = true;
		gql_take(p);
	}
	gql_expect_word(p, "on");
	gql_skip(p, GQL_T_PIPE);
	do
		take_location(p, def);
	while (gql_skip(p, GQL_T_PIPE));
	return def;
}

/* ---- documents ------------------------------------------------------------------------------------------- */

static void take_definition(struct gql_parser *p, struct gql_schema_doc *doc)
{
	struct described d = take_description(p);
	struct gql_token t = gql_peek(p);
	const struct form *f = form_of(t);

	if (t.kind != GQL_T_NAME) {
		gql_unexpected(p, t);
	} else if (f) {
		struct gql_definition *def = take_type_definition(p, f, false);

		def->description = d.text;
		def->before = d.comment;
		gql_push(p->g, &doc->definitions, def);
	} else if (gql_is_word(t, "schema")) {
		struct gql_schema_def *def = take_schema_definition(p);

		def->description = d.text;
		def->before = d.comment;
		gql_push(p->g, &doc->schema, def);
	} else if (gql_is_word(t, "directive")) {
		struct gql_directive_def *def = take_directive_definition(p);

		def->description = d.text;
		def->before = d.comment;
		gql_push(p->g, &doc->directives, def);
	} else if (gql_is_word(t, "extend")) {
		if (d.text.len)
			gql_unexpected(p, p->last);
		take_extension(p, doc);
	} else {
		gql_unexpected(p, t);
	}
}

struct gql_schema_doc *gql_parse_schema(struct gql *g, struct value text, bool prelude)
{
	struct gql_schema_doc *doc = gql_new(g, sizeof *doc);
	struct gql_parser p;

	gql_parser_init(&p, g, text, prelude);
	while (gql_peek(&p).kind != GQL_T_EOF && !g->failed)
		take_definition(&p, doc);
	doc->comment = p.comment;
	return g->failed ? NULL : doc;
}
