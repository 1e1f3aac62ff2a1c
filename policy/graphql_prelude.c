/*
 * What every schema has: the specification's scalars, directives and introspection (October 2021, 3.5, 3.13, 4.2),
 * and of later drafts what the reference has too: @defer, @oneOf, isOneOf, deprecated arguments.
 */
#include "config.h"

#include "policy/graphql.h"

const char *gql_prelude(void)
{
	return "scalar Int scalar Float scalar String scalar Boolean scalar ID\n"
	       "directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
	       "directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
	       "directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
	       "directive @deprecated(reason: String = \"No longer supported\") on\n"
	       "\tFIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE\n"
	       "directive @specifiedBy(url: String!) on SCALAR\n"
	       "directive @oneOf on INPUT_OBJECT\n"
	       "type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type\n"
	       "\tsubscriptionType: __Type directives: [__Directive!]! }\n"
	       "type __Type { kind: __TypeKind! name: String description: String specifiedByURL: String\n"
	       "\tfields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]\n"
	       "\tenumValues(includeDeprecated: Boolean = false): [__EnumValue!] inputFields: [__InputValue!]\n"
	       "\tofType: __Type isOneOf: Boolean }\n"
	       "enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }\n"
	       "type __Field { name: String! description: String\n"
	       "\targs(includeDeprecated: Boolean = false): [__InputValue!]! type: __Type!\n"
	       "\tisDeprecated: Boolean! deprecationReason: String }\n"
	       "type __InputValue { name: String! description: String type: __Type! defaultValue: String\n"
	       "\tisDeprecated: Boolean! deprecationReason: String }\n"
	       "type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }\n"
	       "type __Directive { name: String! description: String isRepeatable: Boolean!\n"
	       "\tlocations: [__DirectiveLocation!]! args(includeDeprecated: Boolean = false): [__InputValue!]! }\n"
	       "enum __DirectiveLocation { QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD\n"
	       "\tINLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE\n"
	       "\tUNION ENUM ENUM_VALUE INPUT_OBJECT INPUT_FIELD_DEFINITION }\n";
}
