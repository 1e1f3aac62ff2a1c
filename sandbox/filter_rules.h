/*
 * The seccomp profile "ml" as data; filter_gen.c turns it (filter_rules.c) into programs.
 *
 * An allow-list: what is not named here fails with ENOSYS, so that a newer
 * kernel's calls are closed and libraries fall back. The allowed set is what
 * numpy, h5py, torch, DataLoader workers and multiprocessing were seen to use,
 * with a margin. What is known to be dangerous is named as denied, so that the
 * run's page can tell the user about it.
 */
#ifndef WB_SANDBOX_FILTER_RULES_H
#define WB_SANDBOX_FILTER_RULES_H

#include <stdint.h>

enum verdict {
	V_ALLOW,
	V_DENY,       /* the supervisor is told; EPERM */
	V_NO_FAMILY,  /* the supervisor is told; EAFNOSUPPORT, which libraries expect of socket() */
	V_REPORT,     /* allowed; the supervisor is told where it wants to know about opens and connects */
	V_GATE,       /* allowed while the supervisor listens, impossible once it does not: how tier 2 ends a run's forking */
	V_MEDIATE,    /* tier 2: the supervisor does it, or not; without a supervisor EPERM */
	V_REFUSE,     /* EPERM, and nobody is told: what ordinary programs try and live without */
	V_NOSYS,
	V_KILL,
};

enum { IN_T1 = 1, IN_T2 = 2, IN_BOTH = 3 };

/* A condition holds when (argument & mask) == value on the low 32 bits: the kernel looks at no more of an int. */
struct rule_cond {
	uint8_t arg;
	uint32_t mask;
	uint32_t value;
};

enum { RULE_CONDS = 3 };

/* Rules of one call are tried in order; the last has no conditions. A call with one rule needs no more. */
struct rule {
	const char *calls;  /* names separated by blanks */
	uint8_t tiers;
	enum verdict verdict;
	uint8_t conds;
	struct rule_cond cond[RULE_CONDS];
};

/* Every bit of an int. */
#define ANY_INT 0xffffffffu

extern const struct rule rules[];
extern const unsigned rules_count;

#endif
