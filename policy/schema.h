/* JSON Schema, drafts 4, 6 and 7, as json.match_schema and json.verify_schema need it. References stay within the document. */
#ifndef WB_POLICY_SCHEMA_H
#define WB_POLICY_SCHEMA_H

#include "policy/builtin.h"

enum { SCHEMA_DEPTH_MAX = 100, SCHEMA_REFERENCES_MAX = 256 };

struct schema {
	struct eval *ev;
	struct value root;
	int draft; /* SCHEMA_ANY_DRAFT where the document names none */
	const char *wrong;
	struct value seen[SCHEMA_REFERENCES_MAX]; /* references that were followed */
	size_t nseen;
	unsigned depth;
};

enum { SCHEMA_ANY_DRAFT = 1000 };

/* Whether root is a schema; wrong says why not. */
bool schema_check(struct schema *s, struct eval *ev, struct value root);

/* Where doc, checked against the schema, breaks it; objects with desc, error, field, type. False at a limit. */
bool schema_match(struct schema *s, struct value doc, struct vec *out_errors);

/* The part of the document that the reference "#/a/b" names; UNDEF and wrong without one. */
struct value schema_at(struct schema *s, struct value reference);
/* Compiled in the lasting pool; NULL when it is none. */
struct regex *schema_regex(struct schema *s, struct value pattern);
/* Texts are of the form that name says; what is unknown fits. */
bool schema_format_fits(struct schema *s, struct value format, struct value text);

#endif
