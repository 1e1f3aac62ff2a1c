/* A policy's tree in the reference's shape, while it is written. */
#ifndef WB_POLICY_MODULE_TREE_H
#define WB_POLICY_MODULE_TREE_H

#include "policy/ast.h"
#include "policy/builtin.h"

struct tree_writer {
	struct eval *ev;
	struct pool *pool;
	const struct source *src;
	unsigned wildcards; /* so far: each is a variable of its own */
	struct {
		const struct term *of; /* the name of the rule that was written last */
		bool assigned;
		struct value ref, key, value;
		struct vec args;
	} head;
};

struct value tree_typed(struct tree_writer *w, const char *type, struct value v);
struct value tree_const(struct tree_writer *w, struct value v);
/* A variable; each _ is one of its own. */
struct value tree_name(struct tree_writer *w, const char *name);
/* a.b.c as a reference. */
struct value tree_path(struct tree_writer *w, const char *name);
struct value tree_term(struct tree_writer *w, const struct term *t);
/* The parts of a reference, call or array. */
struct value tree_items(struct tree_writer *w, const struct term *t);
/* A term that is all of a line: a call stands as its parts. */
struct value tree_line(struct tree_writer *w, const struct term *t);

/* Of a rule or a comprehension (builtin_module.c). */
struct value tree_body(struct tree_writer *w, const struct body *b);

#endif
