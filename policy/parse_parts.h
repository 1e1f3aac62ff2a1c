/* Inside policy/: what the parsers of terms share. */
#ifndef WB_POLICY_PARSE_PARTS_H
#define WB_POLICY_PARSE_PARTS_H

#include "policy/parse.h"

/* Mostly few: those need no memory of their own. */
struct terms {
	struct term *few[8];
	struct term **v; /* NULL: in few */
	size_t n, cap;
};

void parse_terms_add(struct terms *list, struct term *t);

/* t with the list for its items, from its first byte to here; releases the list, also when not ok, which makes it NULL. */
struct term *parse_terms_finish(struct parser *p, struct term *t, struct terms *list, bool ok);

/* A call of the builtin behind an operator; c may be NULL. NULL where there are too many in one rule, which was reported. */
struct term *parse_operation(struct parser *p, const char *name, struct term *a, struct term *b, struct term *c);

/* $"text {expr} text" (parse_template.c). */
struct term *parse_template(struct parser *p, const struct token *t);

#endif
