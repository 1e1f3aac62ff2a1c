/* Deciding with answers that were given before. */
#ifndef WB_POLICY_AGAIN_H
#define WB_POLICY_AGAIN_H

#include "policy/policy.h"

struct jval;

/* What is decided about, and what is known already. */
struct policy_asked {
	const char *input;
	size_t len;
	const struct jval *parsed; /* what input says, where it is at hand: then it is not parsed a second time; may be NULL */
	const struct policy_budget *budget; /* NULL: the default */
	/*
	 * JSON, as in a decision's chance; may be NULL. Where a builtin's answer is made by chance and cannot be made again (a
	 * signature by ES or PS), what is here for the same arguments is its answer.
	 */
	const char *given;
	size_t given_len;
};

/* policy_decide() of a decision of the past, or of the next of several policies that decide about one thing. */
int policy_decide_again(const struct policy *p, const struct policy_asked *a, struct policy_decision *out,
			struct error *err) WB_MUST_CHECK;

#endif
