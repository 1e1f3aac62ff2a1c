/* Inside the compiler: from resolved syntax to steps. */
#ifndef WB_POLICY_LOWER_H
#define WB_POLICY_LOWER_H

#include "policy/compile.h"

/* One body being lowered. */
struct lowering {
	struct compiler *c;
	struct code *code;
	bool *bound;      /* by variable */
	uint32_t *ntemps; /* slots behind the variables */
};

/* Hoists operands out of legacy negations, everywhere below b. */
void negate_body(struct compiler *c, struct body *b);
/* The bodies inside a term; NULL: none. */
void negate_term(struct compiler *c, struct term *t);

/* Lowers b's literals in a safe order into code. exprs (one per literal, in source order) receives query values; may be NULL. */
bool lower_body(struct lowering *l, struct body *b, struct expr **exprs);

/* An expression for t; its choices become steps. All its variables are bound or are bound by its refs. */
struct expr *lower_term(struct lowering *l, const struct term *t);
/* Names and numbers of arguments of all calls, before safety: the first thing to be told. */
void check_calls(struct compiler *c, struct term *t);
bool check_clause_calls(struct compiler *c, const struct body *b);
void lower_unify(struct lowering *l, const struct term *a, const struct term *b, struct span span);
/* Matches a pattern with what is in a slot. */
void lower_match(struct lowering *l, const struct term *pattern, struct expr *e, struct span span);

struct expr *expr_new(struct compiler *c, enum expr_op op, struct span span);
struct expr *expr_slot(struct compiler *c, uint32_t slot, struct span span);
struct step *step_push(struct lowering *l, enum step_op op, struct span span);
/* A step that can be resumed. */
struct step *step_choice(struct lowering *l, enum step_op op, struct span span);
uint32_t temp_new(struct lowering *l);
struct code *code_new(struct compiler *c);
void doc_asked(struct compiler *c, const struct doc *d);
bool lower_overrides(struct lowering *l, const struct literal *lit, struct step *into);

#endif
