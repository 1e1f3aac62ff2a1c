/*
 * GraphQL's trees as values and back: one description a node, of its fields as JSON shows them. What is empty - no
 * node, no items - is left out, and so are places; strings, numbers and booleans always stand.
 */
#include "config.h"

#include "policy/graphql.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* F_UNUSED: an object that is nothing to us. */
enum field_kind { F_TEXT, F_BOOL, F_INT, F_UNUSED, F_TEXTS, F_NODE, F_NODES, F_SELECTIONS };

struct shape;

struct field {
	const char *name;
	enum field_kind kind;
	size_t at;
	const struct shape *shape; /* of F_NODE and F_NODES */
	bool needed;               /* a node that a tree has to have */
};

struct shape {
	size_t size;
	const struct field *fields;
	bool exact; /* names are read as they are written; any case will do otherwise */
};

#define TEXT(s, n, m) { n, F_TEXT, offsetof(struct s, m), NULL, false }
#define TEXTS(s, n, m) { n, F_TEXTS, offsetof(struct s, m), NULL, false }
#define FLAG(s, n, m) { n, F_BOOL, offsetof(struct s, m), NULL, false }
#define NODE(s, n, m, shape) { n, F_NODE, offsetof(struct s, m), &(shape), false }
#define NEED(s, n, m, shape) { n, F_NODE, offsetof(struct s, m), &(shape), true }
#define NODES(s, n, m, shape) { n, F_NODES, offsetof(struct s, m), &(shape), false }
#define UNUSED(n) { n, F_UNUSED, 0, NULL, false }
#define PICK(s, n, m) { n, F_SELECTIONS, offsetof(struct s, m), NULL, false }

/* ---- shapes ---------------------------------------------------------------------------------------------- */

#define DEFINE(var, s, exact_, ...) \
	static const struct field var##_fields[] = { __VA_ARGS__, { 0 } }; \
	static const struct shape var = { sizeof(struct s), var##_fields, exact_ }

static const struct shape type_shape, value_shape;

DEFINE(comment_shape, gql_comment, false, TEXT(gql_comment, "Value", text));
DEFINE(comments_shape, gql_comments, false, NODES(gql_comments, "List", list, comment_shape));
#define COMMENTS(s, n, m) NODE(s, n, m, comments_shape)
#define AROUND(s) COMMENTS(s, "BeforeDescriptionComment", before), COMMENTS(s, "AfterDescriptionComment", after)

DEFINE(type_shape, gql_type, false, TEXT(gql_type, "NamedType", named), NODE(gql_type, "Elem", elem, type_shape),
	FLAG(gql_type, "NonNull", non_null));
DEFINE(child_shape, gql_child, false, TEXT(gql_child, "Name", name), NEED(gql_child, "Value", value, value_shape),
	COMMENTS(gql_child, "Comment", comment));
DEFINE(value_shape, gql_value, false, TEXT(gql_value, "Raw", raw), NODES(gql_value, "Children", children, child_shape),
	{ "Kind", F_INT, offsetof(struct gql_value, kind), NULL, false }, COMMENTS(gql_value, "Comment", comment),
	FLAG(gql_value, "ExpectedTypeHasDefault", has_default), UNUSED("Definition"), UNUSED("VariableDefinition"),
	UNUSED("ExpectedType"));
DEFINE(directive_shape, gql_directive, false, TEXT(gql_directive, "Name", name),
	NODES(gql_directive, "Arguments", arguments, child_shape), TEXT(gql_directive, "Location", location),
	UNUSED("ParentDefinition"), UNUSED("Definition"));

/* What is defined. */
#define MEMBER TEXT(gql_member, "Description", description), TEXT(gql_member, "Name", name), \
	NODES(gql_member, "Directives", directives, directive_shape), AROUND(gql_member)
#define TYPED MEMBER, NODE(gql_member, "DefaultValue", initial, value_shape), NEED(gql_member, "Type", type, type_shape)
DEFINE(argument_shape, gql_member, false, TYPED);
DEFINE(field_shape, gql_member, false, TYPED, NODES(gql_member, "Arguments", arguments, argument_shape));
DEFINE(enum_value_shape, gql_member, false, MEMBER);
DEFINE(definition_shape, gql_definition, false, TEXT(gql_definition, "Kind", kind),
	TEXT(gql_definition, "Description", description), TEXT(gql_definition, "Name", name),
	NODES(gql_definition, "Directives", directives, directive_shape), TEXTS(gql_definition, "Interfaces", interfaces),
	NODES(gql_definition, "Fields", fields, field_shape), TEXTS(gql_definition, "Types", types),
	NODES(gql_definition, "EnumValues", values, enum_value_shape), FLAG(gql_definition, "BuiltIn", builtin),
	AROUND(gql_definition), COMMENTS(gql_definition, "EndOfDefinitionComment", end));
DEFINE(directive_def_shape, gql_directive_def, false, TEXT(gql_directive_def, "Description", description),
	TEXT(gql_directive_def, "Name", name), NODES(gql_directive_def, "Arguments", arguments, argument_shape),
	TEXTS(gql_directive_def, "Locations", locations), FLAG(gql_directive_def, "IsRepeatable", repeatable),
	AROUND(gql_directive_def));
DEFINE(root_shape, gql_root, false, TEXT(gql_root, "Operation", operation), TEXT(gql_root, "Type", type),
	COMMENTS(gql_root, "Comment", comment));
DEFINE(schema_def_shape, gql_schema_def, false, TEXT(gql_schema_def, "Description", description),
	NODES(gql_schema_def, "Directives", directives, directive_shape),
	NODES(gql_schema_def, "OperationTypes", roots, root_shape), AROUND(gql_schema_def),
	COMMENTS(gql_schema_def, "EndOfDefinitionComment", end));
DEFINE(schema_doc_shape, gql_schema_doc, false, NODES(gql_schema_doc, "Schema", schema, schema_def_shape),
	NODES(gql_schema_doc, "SchemaExtension", schema_extensions, schema_def_shape),
	NODES(gql_schema_doc, "Directives", directives, directive_def_shape),
	NODES(gql_schema_doc, "Definitions", definitions, definition_shape),
	NODES(gql_schema_doc, "Extensions", extensions, definition_shape), COMMENTS(gql_schema_doc, "Comment", comment));

/* What is asked. Selections, by kind: the first that a tree can be read as is what it is. */
#define DIRECTIVES(s) NODES(s, "Directives", directives, directive_shape)
DEFINE(field_selection_shape, gql_selection, true, TEXT(gql_selection, "Alias", alias), TEXT(gql_selection, "Name", name),
	NODES(gql_selection, "Arguments", arguments, child_shape), DIRECTIVES(gql_selection),
	PICK(gql_selection, "SelectionSet", selections), COMMENTS(gql_selection, "Comment", comment), UNUSED("Position"),
	UNUSED("Definition"), UNUSED("ObjectDefinition"));
DEFINE(spread_shape, gql_selection, false, TEXT(gql_selection, "Name", name), DIRECTIVES(gql_selection),
	COMMENTS(gql_selection, "Comment", comment), UNUSED("ObjectDefinition"), UNUSED("Definition"));
DEFINE(inline_shape, gql_selection, true, TEXT(gql_selection, "TypeCondition", condition), DIRECTIVES(gql_selection),
	PICK(gql_selection, "SelectionSet", selections), COMMENTS(gql_selection, "Comment", comment), UNUSED("Position"),
	UNUSED("ObjectDefinition"));
static const struct shape *const selection_shapes[] = {
	[GQL_FIELD] = &field_selection_shape, [GQL_SPREAD] = &spread_shape, [GQL_INLINE] = &inline_shape,
};
DEFINE(variable_shape, gql_variable, false, TEXT(gql_variable, "Variable", name), NEED(gql_variable, "Type", type, type_shape),
	NODE(gql_variable, "DefaultValue", initial, value_shape), DIRECTIVES(gql_variable),
	COMMENTS(gql_variable, "Comment", comment), FLAG(gql_variable, "Used", used), UNUSED("Definition"));
DEFINE(fragment_shape, gql_fragment, true, TEXT(gql_fragment, "Name", name),
	NODES(gql_fragment, "VariableDefinition", variables, variable_shape), TEXT(gql_fragment, "TypeCondition", condition),
	DIRECTIVES(gql_fragment), PICK(gql_fragment, "SelectionSet", selections), COMMENTS(gql_fragment, "Comment", comment),
	UNUSED("Definition"), UNUSED("Position"));
DEFINE(operation_shape, gql_operation, true, TEXT(gql_operation, "Operation", operation), TEXT(gql_operation, "Name", name),
	NODES(gql_operation, "VariableDefinitions", variables, variable_shape), DIRECTIVES(gql_operation),
	PICK(gql_operation, "SelectionSet", selections), COMMENTS(gql_operation, "Comment", comment), UNUSED("Position"));
DEFINE(query_doc_shape, gql_query_doc, false, NODES(gql_query_doc, "Operations", operations, operation_shape),
	NODES(gql_query_doc, "Fragments", fragments, fragment_shape), COMMENTS(gql_query_doc, "Comment", comment));

/* ---- trees to values ------------------------------------------------------------------------------------- */

static struct value node_value(struct gql *g, const struct shape *shape, const void *node);

static struct value selection_value(struct gql *g, const void *node)
{
	return node_value(g, selection_shapes[((const struct gql_selection *)node)->is], node);
}

static struct value list_value(struct gql *g, const struct field *f, const struct gql_list *list)
{
	struct vec items = { 0 };

	for (uint32_t i = 0; i < list->n; i++) {
		struct value v = VALUE_UNDEF;

		if (list->v[i])
			v = f->kind == F_SELECTIONS ? selection_value(g, list->v[i]) : node_value(g, f->shape, list->v[i]);
		if (v.tag == V_OBJECT && v.len)
			vec_push(g->pool, &items, v);
	}
	return items.n ? value_array(items.v, items.n) : VALUE_UNDEF;
}

static struct value field_value(struct gql *g, const struct field *f, const char *at)
{
	const struct vec *texts = (const void *)at;
	const void *node;

	switch (f->kind) {
	case F_TEXT:
		return gql_text(*(const struct value *)(const void *)at);
	case F_BOOL:
		return value_bool(*(const bool *)(const void *)at);
	case F_INT:
		return value_int(*(const int64_t *)(const void *)at);
	case F_UNUSED:
		return VALUE_UNDEF;
	case F_TEXTS:
		return texts->n ? value_array(texts->v, texts->n) : VALUE_UNDEF;
	case F_NODE:
		memcpy(&node, at, sizeof node);
		return node ? node_value(g, f->shape, node) : VALUE_UNDEF;
	case F_NODES:
	case F_SELECTIONS:
		break;
	}
	return list_value(g, f, (const void *)at);
}

static struct value node_value(struct gql *g, const struct shape *shape, const void *node)
{
	struct pair pairs[16], *kept;
	size_t n = 0;

	if (!gql_charge(g, 4))
		return VALUE_UNDEF;
	for (const struct field *f = shape->fields; f->name; f++) {
		struct value v = field_value(g, f, (const char *)node + f->at);

		if (v.tag == V_UNDEF || (v.tag == V_OBJECT && !v.len))
			continue;
		pairs[n++] = (struct pair){ value_borrow(f->name, strlen(f->name)), v };
	}
	kept = pool_alloc(g->pool, n * sizeof *kept);
	memcpy(kept, pairs, n * sizeof *kept);
	return value_object_last(kept, n);
}

struct value gql_query_value(struct gql *g, const struct gql_query_doc *doc)
{
	return node_value(g, &query_doc_shape, doc);
}

struct value gql_schema_value(struct gql *g, const struct gql_schema_doc *doc)
{
	return node_value(g, &schema_doc_shape, doc);
}

/* ---- values to trees ------------------------------------------------------------------------------------- */

static void *node_from(struct gql *g, const struct shape *shape, struct value v);

static bool is_list(struct value v)
{
	return v.tag == V_ARRAY || v.tag == V_SET;
}

static void *wrong(struct gql *g, const char *what)
{
	return gql_fault(g, (struct gql_pos){ 0 }, "the tree has %s where it cannot have that", what);
}

/* A field, a spread or an inline fragment; NULL for what is none of them. */
static struct gql_selection *selection_from(struct gql *g, struct value v)
{
	for (size_t i = 0; i < sizeof selection_shapes / sizeof *selection_shapes; i++) {
		size_t before = g->faults->len;
		struct gql_selection *s;

		if (v.tag != V_OBJECT || g->failed)
			return NULL;
		s = node_from(g, selection_shapes[i], v);
		if (s)
			s->is = (enum gql_selection_kind)i;
		if (s || g->stopped)
			return s;
		g->failed = false;
		buf_truncate(g->faults, before);
	}
	return NULL;
}

static bool list_from(struct gql *g, const struct field *f, struct value v, struct gql_list *out)
{
	if (!is_list(v))
		return wrong(g, value_type_name(v));
	*out = (struct gql_list){ 0 };
	for (uint32_t i = 0; i < v.len; i++) {
		void *item = f->kind == F_SELECTIONS ? selection_from(g, v.items[i]) : node_from(g, f->shape, v.items[i]);

		if (!item && (f->kind == F_NODES || g->failed))
			return false;
		if (item)
			gql_push(g, out, item);
	}
	return true;
}

static bool texts_from(struct gql *g, struct value v, struct vec *out)
{
	if (!is_list(v))
		return wrong(g, value_type_name(v));
	*out = (struct vec){ 0 };
	for (uint32_t i = 0; i < v.len; i++) {
		if (v.items[i].tag != V_STRING && v.items[i].tag != V_NULL)
			return wrong(g, value_type_name(v.items[i]));
		vec_push(g->pool, out, gql_text(v.items[i]));
	}
	return gql_charge(g, v.len);
}

static bool field_from(struct gql *g, const struct field *f, struct value v, char *at)
{
	static const uint8_t tags[] = { [F_TEXT] = V_STRING, [F_BOOL] = V_BOOL, [F_INT] = V_NUMBER, [F_UNUSED] = V_OBJECT };
	bool flag = v.i;
	void *node;

	if (f->kind <= F_UNUSED && (v.tag != tags[f->kind] || (v.tag == V_NUMBER && v.num != NUM_INT)))
		return wrong(g, value_type_name(v));
	switch (f->kind) {
	case F_TEXT:
		memcpy(at, &v, sizeof v);
		return true;
	case F_BOOL:
		memcpy(at, &flag, sizeof flag);
		return true;
	case F_INT:
		memcpy(at, &v.i, sizeof v.i);
		return true;
	case F_UNUSED:
		return true;
	case F_TEXTS:
		return texts_from(g, v, (void *)at);
	case F_NODE:
		node = node_from(g, f->shape, v);
		memcpy(at, &node, sizeof node);
		return node;
	case F_NODES:
	case F_SELECTIONS:
		break;
	}
	return list_from(g, f, v, (void *)at);
}

static const struct field *field_of(const struct shape *shape, struct value key)
{
	if (key.tag != V_STRING)
		return NULL;
	/* The reference forgets the comments of what it reads name by name. */
	if (shape->exact && value_is_text(key, "Comment"))
		return NULL;
	for (const struct field *f = shape->fields; f->name; f++)
		if (strlen(f->name) == key.len &&
		    (shape->exact ? memcmp(f->name, key.s, key.len) : strncasecmp(f->name, key.s, key.len)) == 0)
			return f;
	return NULL;
}

/* False for what a tree cannot do without. */
static bool is_whole(struct gql *g, const struct shape *shape, const char *node)
{
	for (const struct field *f = shape->fields; f->name; f++) {
		const void *part = NULL;

		if (!f->needed)
			continue;
		memcpy(&part, node + f->at, sizeof part);
		if (!part)
			return gql_fault(g, (struct gql_pos){ 0 }, "the tree lacks a %s", f->name);
	}
	if (shape == &type_shape && !gql_text(((const struct gql_type *)(const void *)node)->named).len &&
	    !((const struct gql_type *)(const void *)node)->elem)
		return gql_fault(g, (struct gql_pos){ 0 }, "the tree lacks a type's name");
	return true;
}

static void *node_from(struct gql *g, const struct shape *shape, struct value v)
{
	char *node;

	if (v.tag != V_OBJECT)
		return wrong(g, value_type_name(v));
	if (!gql_charge(g, 1 + v.len) || !gql_enter(g, 1))
		return NULL;
	node = gql_new(g, shape->size);
	for (uint32_t i = 0; i < v.len; i++) {
		const struct field *f = field_of(shape, v.pairs[i].key);

		if (f && v.pairs[i].val.tag != V_NULL && !field_from(g, f, v.pairs[i].val, node + f->at)) {
			g->depth--;
			return NULL;
		}
	}
	g->depth--;
	return is_whole(g, shape, node) ? node : NULL;
}

struct gql_query_doc *gql_query_from(struct gql *g, struct value tree)
{
	return node_from(g, &query_doc_shape, tree);
}

struct gql_schema_doc *gql_schema_from(struct gql *g, struct value tree)
{
	return node_from(g, &schema_doc_shape, tree);
}
