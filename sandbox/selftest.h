/*
 * Tries the sandbox itself: attacks that must fail and needs that must work,
 * each in a sandbox of its own that is thrown away, aimed at things made
 * outside for the purpose (a secret, listeners, a process).
 */
#ifndef WB_SANDBOX_SELFTEST_H
#define WB_SANDBOX_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { SELFTEST_MAX = 40 };

struct selftest_result {
	const char *name;      /* "read a secret" */
	bool ok;
	bool skipped;          /* this tier, or this machine, has no such thing */
	char detail[200];      /* what was seen; one line */
	int64_t ns;            /* start, try and end of that sandbox */
};

struct selftest {
	struct selftest_result results[SELFTEST_MAX];
	unsigned count, failed;
};

/* program runs `PROGRAM doctor --inside NAME` inside, and must come to selftest_inside() then. */
int selftest_run(int tier, const char *program, struct selftest *out, struct error *err) WB_MUST_CHECK;

/* The inner half: never returns. */
_Noreturn void selftest_inside(const char *name);

#endif
