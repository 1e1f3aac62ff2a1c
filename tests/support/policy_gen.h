/*
 * Policies made up from a number, for tests: modules of every kind of rule, data and input that fit them. The same
 * number makes the same policy. What may stand in any order (rules, conditions, members of sets and objects) is kept
 * marked, so that one policy can be written out in many orders that mean the same.
 */
#ifndef WB_TESTS_SUPPORT_POLICY_GEN_H
#define WB_TESTS_SUPPORT_POLICY_GEN_H

#include <stdint.h>

#include "base/buf.h"
#include "policy/policy.h"

enum { GEN_MODULES_MAX = 6, GEN_RULES_MAX = 48 };

/* Marks in the texts of a program. */
enum gen_mark {
	GEN_TERMS = 1, /* begins a group of terms */
	GEN_LINES,     /* begins a group of lines */
	GEN_NEXT,      /* the group's next part */
	GEN_END,
};

struct gen_program {
	enum policy_dialect dialect;
	struct buf modules[GEN_MODULES_MAX];
	size_t nmodules;
	char *queries[GEN_RULES_MAX]; /* one a rule that is no function */
	size_t nqueries;
	struct buf input, data;
};

void gen_program_make(struct gen_program *out, uint64_t seed);
void gen_program_release(struct gen_program *g);
DEFINE_CLEANUP_VALUE(gen_program_release, struct gen_program);

/* Writes marked text out; order 0 as it was made, others each in another order. Appended. */
void gen_write(const struct buf *marked, uint64_t order, struct buf *out);

/* xorshift64* (Vigna 2016). */
uint64_t gen_next(uint64_t *state);

#endif
