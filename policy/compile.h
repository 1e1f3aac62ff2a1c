/* Inside the compiler: one clause's variables and scopes. */
#ifndef WB_POLICY_COMPILE_H
#define WB_POLICY_COMPILE_H

#include "policy/program.h"

struct scope;

enum name_state { NAME_PENDING, NAME_DECLARED };

struct scope_name {
	const char *name;
	int var; /* -1 until needed */
	enum name_state state;
	bool used_before;
	bool is_arg;
};

/* A body (or the arguments above it). */
struct scope {
	struct scope *parent;
	struct scope_name *names;
	uint32_t n;
	size_t cap;
};

struct var {
	const char *name; /* NULL: made by the compiler */
	struct span span; /* where it is first seen */
	struct scope **seen_in; /* scopes it stands in directly */
	uint32_t nseen, seen_cap;
	unsigned uses;
	bool declared, wildcard, is_arg, by_assign, by_some, reported;
};

struct compiler {
	struct policy *policy; /* for queries: never written to */
	struct pool *pool;
	struct module *module;
	struct doc *doc; /* the document being defined; NULL for a query */
	const struct rule *rule;
	struct policy_diags *diags;
	struct policy_check check;
	struct var *vars;
	uint32_t nvars;
	size_t vars_cap;
	struct scope *args;
	uint32_t niters;
	bool is_branch; /* rule is an else branch */
	bool failed;
};

int var_new(struct compiler *c, const char *name, struct span span);
void var_seen(struct compiler *c, int var, struct scope *scope);

struct scope *scope_new(struct compiler *c, struct scope *parent);
void resolve_body(struct compiler *c, struct body *b, struct scope *parent);
void resolve_term(struct compiler *c, struct scope *s, struct term *t);
void resolve_args(struct compiler *c, struct term **args, uint32_t n);
void resolve_release(struct compiler *c);

/* Whether the literal can run once the variables of bound are known; after is what is known then. */
bool order_ready(struct compiler *c, const struct literal *l, const bool *bound, bool *after);
/* Adds what the literal would bind if its own needs were met: those are no root causes. */
void order_hope(struct compiler *c, const struct literal *l, const bool *bound, bool *hoped);
/* Adds the variables that refs inside t bind. */
void order_ref_outputs(struct compiler *c, const struct term *t, bool *bound);
/* True when every variable of t is in bound (closures: those they take from outside). */
bool order_ground(struct compiler *c, const struct term *t, const bool *bound);
/* Reports variables of t that are not in bound. */
void order_report(struct compiler *c, const struct term *t, const bool *bound);
/* before: what closures may take. */
void order_report_literal(struct compiler *c, const struct literal *l, const bool *bound, const bool *before);

/* The document that a call's operator names, or the builtin, or neither (NULL, NULL). */
void call_target(struct compiler *c, const struct term *call, const struct doc **out_doc, const struct builtin **out_fn);
/* Arity of the target; -1 when there is none. */
int call_arity(struct compiler *c, const struct term *call);

void compile_error(struct compiler *c, struct diag_kind kind, struct span span, const char *fmt, ...) WB_PRINTF(4, 5);

#endif
