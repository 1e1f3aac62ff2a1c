/*
 * The trees of GraphQL's documents. What a policy sees of them, and under which names, is graphql_tree.c's; all else is
 * found while they are checked. Lists hold pointers to the structs that their comments name; parts that are not there
 * are NULL, texts V_UNDEF.
 */
#ifndef WB_POLICY_GRAPHQL_AST_H
#define WB_POLICY_GRAPHQL_AST_H

#include "policy/value.h"

/* A place; row 0 where a tree did not come from text. Columns are characters, and may be below 1 (long strings). */
struct gql_pos {
	uint32_t row;
	int32_t column;
	bool prelude;
};

struct gql_list {
	void **v;
	uint32_t n, cap;
	void *kept; /* what a rule keeps about it */
};

struct gql_comment {
	struct value text;
};

struct gql_comments {
	struct gql_list list;
};

struct gql_type {
	struct value named; /* "" for lists */
	struct gql_type *elem;
	bool non_null;
	struct gql_pos pos;
};

enum gql_value_kind {
	GQL_VARIABLE,
	GQL_INT,
	GQL_FLOAT,
	GQL_STRING,
	GQL_BLOCK,
	GQL_BOOL,
	GQL_NULL,
	GQL_ENUM,
	GQL_LIST,
	GQL_OBJECT,
};

struct gql_definition;
struct gql_variable;

struct gql_value {
	struct value raw;
	struct gql_list children; /* of struct gql_child */
	int64_t kind;
	struct gql_comments *comment;
	struct gql_pos pos;
	bool has_default; /* what expects it has one */
	/* Found by the walk. */
	struct gql_definition *definition;
	struct gql_variable *variable;
	struct gql_type *expected;
};

/* A member of an object value (element of a list: no name), or an argument. */
struct gql_child {
	struct value name;
	struct gql_value *value;
	struct gql_comments *comment;
	struct gql_pos pos;
};

struct gql_directive_def;

struct gql_directive {
	struct value name, location;
	struct gql_list arguments; /* of struct gql_child */
	struct gql_pos pos;
	struct gql_directive_def *definition;
};

/* A field, an argument, an input field or an enum's value, where it is defined. */
struct gql_member {
	struct value description, name;
	struct gql_list arguments; /* of struct gql_member */
	struct gql_value *initial;
	struct gql_type *type;
	struct gql_list directives;
	struct gql_comments *before, *after;
	struct gql_pos pos;
};

enum gql_kind { GQL_K_NONE, GQL_K_SCALAR, GQL_K_OBJECT, GQL_K_INTERFACE, GQL_K_UNION, GQL_K_ENUM, GQL_K_INPUT };

struct gql_definition {
	struct value kind, description, name;
	struct gql_list directives;
	struct vec interfaces, types;
	struct gql_list fields, values; /* of struct gql_member */
	bool builtin;
	struct gql_comments *before, *after, *end;
	struct gql_pos pos;
	struct gql_list places; /* of struct gql_pos: one for each of types, or none */
	/* Found when the schema is built. */
	enum gql_kind is;
	struct gql_list possible; /* definitions that a value of this type may be of */
	bool visited;
	uint32_t path_at; /* place + 1 on the path that is looked along; 0: not on it */
};

struct gql_directive_def {
	struct value description, name;
	struct gql_list arguments;
	struct vec locations;
	bool repeatable;
	struct gql_comments *before, *after;
	struct gql_pos pos;
};

struct gql_root {
	struct value operation, type;
	struct gql_comments *comment;
	struct gql_pos pos;
};

struct gql_schema_def {
	struct value description;
	struct gql_list directives, roots;
	struct gql_comments *before, *after, *end;
	struct gql_pos pos;
};

struct gql_schema_doc {
	struct gql_list schema, schema_extensions, directives, definitions, extensions;
	struct gql_comments *comment;
};

struct gql_fragment {
	struct value name, condition;
	struct gql_list variables, directives, selections;
	struct gql_comments *comment;
	struct gql_pos pos;
	struct gql_definition *definition;
	unsigned walked, compared, counted; /* the walk, comparison and count that went through it last */
	unsigned checked; /* the look for cycles */
	bool on_path;
	uint32_t path_at;
};

enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE };

struct gql_selection {
	enum gql_selection_kind is;
	struct value alias, name, condition;
	struct gql_list arguments, directives, selections;
	struct gql_comments *comment;
	struct gql_pos pos;
	struct gql_member *field;      /* of a field */
	struct gql_definition *object; /* the type around it */
	struct gql_fragment *fragment; /* of a spread, once it was walked through */
};

struct gql_variable {
	struct value name;
	struct gql_type *type;
	struct gql_value *initial;
	struct gql_list directives;
	struct gql_comments *comment;
	struct gql_pos pos;
	bool used;
	struct gql_definition *definition;
};

struct gql_operation {
	struct value operation, name;
	struct gql_list variables, directives, selections;
	struct gql_comments *comment;
	struct gql_pos pos;
};

struct gql_query_doc {
	struct gql_list operations, fragments;
	struct gql_comments *comment;
};

#endif
