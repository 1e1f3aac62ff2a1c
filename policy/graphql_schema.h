/* A schema while it is put together. */
#ifndef WB_POLICY_GRAPHQL_SCHEMA_H
#define WB_POLICY_GRAPHQL_SCHEMA_H

#include "policy/graphql.h"

struct gql_builder {
	struct gql *g;
	struct gql_schema *s;
	/* The path of fields along which cycles of input objects are looked for. */
	struct gql_list path;
};

/* False with a fault. */
bool gql_check_definition(struct gql_builder *b, const struct gql_definition *def);
bool gql_check_directive_definition(struct gql_builder *b, const struct gql_directive_def *def);
/* once: all of them stand at one place. inside: of that directive's own definition, or NULL. */
bool gql_check_directives(struct gql_builder *b, const struct gql_list *list, const char *location,
			  const struct gql_directive_def *inside, bool once);

#endif
