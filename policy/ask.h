/* Inside policy/: which rules decide, and why one of them did not come true. */
#ifndef WB_POLICY_ASK_H
#define WB_POLICY_ASK_H

#include "policy/eval.h"

enum role { ROLE_DENY, ROLE_WARN, ROLE_ALLOW };

/* One rule that decides. */
struct question {
	const struct doc *package, *rule;
	enum role role;
	bool per_thing; /* it reads input.resource: asked once for each thing requested */
};

/* Finds the questions of all packages, in the order of their names. Once, at the end of compiling. */
void ask_prepare(struct policy *p);

/* Warns of fields that those questions look for and no input has, and of names that look like a question. After it. */
void lint_asked(struct policy *p, struct policy_diags *diags);

/* One thing that a run asks for. */
struct thing {
	struct value input; /* the whole input with the thing's fields on top */
	struct value label; /* "gpu (4 requested)" */
};

struct things {
	struct thing *items; /* in the pool */
	size_t n;
};

/* What input requests: GPUs, data (once per tag), network, secrets; or, where it names a resource itself, just that. */
struct things ask_things(struct pool *pool, struct value input);

/* The nearest miss of one rule. */
struct miss {
	const struct clause *clause;
	const struct source *src;
	uint32_t at;    /* of the literal that failed, or of the head */
	bool at_once;   /* it failed at its first literal */
	struct buf why; /* "input.requested <= 4 does not hold (input.requested is 8)" */
};

void miss_release(struct miss *m);
DEFINE_CLEANUP_VALUE(miss_release, struct miss);

/*
 * Asks d's clauses again, one by one, and writes for each which literal failed
 * and with which values ("team.rego:7  input.requested <= 4 (input.requested is
 * 8)\n"); rules that a failed literal names follow, indented. nearest is the clause
 * that got furthest; its clause is NULL when there is none.
 */
void miss_explain(struct eval *ev, const struct doc *d, struct buf *out, struct miss *nearest);
/* The same of one clause, its else branches not. */
void miss_explain_clause(struct eval *ev, const struct clause *c, struct buf *out);

/* The values that one step saw: "input.gpus is 8, limit is 4". */
void miss_step_facts(struct eval *ev, struct frame *f, const struct step *s, struct buf *out);

/*
 * Every way to be allowed, the nearest first, and of each all conditions: which hold (ok), which fail (x) and which
 * cannot be told because something is missing (?). label is what is asked about.
 */
void ways_explain(struct eval *ev, const struct doc *rule, const char *label, struct buf *out);

/*
 * What to ask for instead: "6 GPUs asked, 4 allowed: ask for --gpus 4 or fewer", where the clause compares a field of the
 * input, that an option of `wb run` sets, with a number. refuses: the comparison holds and should not. at is the
 * literal's, or FIX_ANYWHERE. False where there is no such arithmetic.
 */
#define FIX_ANYWHERE UINT32_MAX
bool fix_find(struct eval *ev, const struct clause *c, uint32_t at, bool refuses, struct buf *out);

#endif
