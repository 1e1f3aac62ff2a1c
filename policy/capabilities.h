/* What policies can use: every builtin function, and what of the language there is. */
#ifndef WB_POLICY_CAPABILITIES_H
#define WB_POLICY_CAPABILITIES_H

#include <stdbool.h>

struct capability {
	const char *name;
	int nargs;
	unsigned args[5]; /* bits of value_tag; for capability_type() */
	unsigned result;
	bool v0_only;          /* not in version 1 */
	bool relation;         /* gives an array of answers; each is one */
	bool nondeterministic; /* depends on time or chance: its answers are in the record */
	bool unavailable;      /* declared, so that policies compile and tests can mock it; has no value */
};

/* In order of name. */
typedef void capability_fn(void *data, const struct capability *c);
void capabilities_each(capability_fn *fn, void *data);

/* "any", or the names of types, in text. */
struct capability_type {
	char text[80];
};
struct capability_type capability_type(unsigned bits);

#endif
