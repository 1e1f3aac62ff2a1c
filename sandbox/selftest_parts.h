/* Private to selftest*.c: the list of probes. */
#ifndef WB_SANDBOX_SELFTEST_PARTS_H
#define WB_SANDBOX_SELFTEST_PARTS_H

#include <stdbool.h>

enum selftest_flag {
	SELFTEST_NEED = 1,      /* must work; else it is an attack, which must fail */
	SELFTEST_TIER1 = 2,     /* tier 1 alone has this */
	SELFTEST_KILLED = 4,    /* the filter kills whoever tries */
	SELFTEST_NOT_ROOT = 8,  /* the kernel does not ask this of root */
	SELFTEST_NAMED = 16,    /* the supervisor must have been told */
	SELFTEST_STAYS = 32,    /* may seem to work inside: what counts is that nothing shows outside */
};

/* 0: it worked; an errno; with *why where there is more to say. */
struct selftest_probe {
	const char *id;
	const char *name;
	int (*run)(const char **why);
	unsigned flags;
};

/* Ends with a row without a name. */
extern const struct selftest_probe selftest_probes[];

#endif
