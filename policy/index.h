/* Inside policy/: finding a rule's clauses by what they compare the input with. */
#ifndef WB_POLICY_INDEX_H
#define WB_POLICY_INDEX_H

#include "policy/eval.h"

struct index;

/* Gives documents of many clauses an index. Once, at the end of compiling. */
void index_rules(struct policy *p);

/* The clauses of a document that may have a solution, in their order. */
struct candidates {
	const struct doc *doc;
	const uint32_t *some, *rest; /* what the index found, and what it says nothing about */
	uint32_t nsome, nrest, at;
};

struct candidates index_candidates(struct eval *ev, const struct doc *d, const struct value *args);

/* NULL at the end. */
static inline const struct clause *index_next(struct candidates *c)
{
	const struct doc *d = c->doc;

	if (!c->some && !c->rest)
		return c->at < d->nclauses ? d->clauses[c->at++] : NULL;
	if (c->nsome && (!c->nrest || *c->some < *c->rest)) {
		c->nsome--;
		return d->clauses[*c->some++];
	}
	if (!c->nrest)
		return NULL;
	c->nrest--;
	return d->clauses[*c->rest++];
}

#endif
