/* Shared by the files that make policies up. */
#ifndef WB_TESTS_SUPPORT_POLICY_GEN_INSIDE_H
#define WB_TESTS_SUPPORT_POLICY_GEN_INSIDE_H

#include "tests/support/policy_gen.h"

enum { GEN_VARS_MAX = 32, GEN_PACKAGES_MAX = 3 };

/* Types are letters: N number, S string, B boolean, A and L arrays of numbers and strings, T and U sets of them, O object
 * of numbers by string, X anything, C a collection. */
struct gen_var {
	char name[12];
	char type;
	uint32_t group; /* of conditions that it was made in */
	bool many;      /* takes several values, one after the other */
};

struct gen_rule {
	char name[12];
	char type;         /* of its value, or of what it gives */
	uint32_t package;
	const char *args;  /* as a form: "(@N, @S)"; "" for a rule that is no function */
};

struct gen {
	uint64_t state;
	struct gen_program *out;
	bool words;     /* in, every, if and contains are words */
	bool version1;
	bool templates;
	bool free;      /* variables of the body are bound by =, in any order */
	unsigned depth;
	bool single;    /* only variables that have one value */
	bool many;      /* the term being made hangs on one that has several */
	char wanted;    /* the type being made */
	struct gen_var vars[GEN_VARS_MAX];
	uint32_t nvars, named;
	uint32_t group;
	bool leans;     /* the condition being made uses a variable of its own group */
	struct gen_rule rules[GEN_RULES_MAX];
	uint32_t nrules;
	uint32_t package;
};

uint32_t gen_below(struct gen *g, uint32_t n);
bool gen_chance(struct gen *g, unsigned percent);
void gen_leaf(struct gen *g, char kind, struct buf *out);
void gen_form(struct gen *g, const char *form, struct buf *out);
void gen_term(struct gen *g, char type, struct buf *out);
/* A boolean that may stand behind `not`, where a brace could begin a body. */
void gen_truth(struct gen *g, struct buf *out);

/* A new variable that terms from now on may use. Borrowed. */
const char *gen_variable(struct gen *g, char type);
void gen_rule_name(struct gen *g, const struct gen_rule *r, struct buf *out);

#endif
