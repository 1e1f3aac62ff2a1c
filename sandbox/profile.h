/*
 * A seccomp profile: a text (sandbox/profiles/ml.profile says how it is
 * written) and what it comes to, call by call. The shipped ones are compiled
 * into programs by the build; a user's own adds calls to one of them.
 */
#ifndef WB_SANDBOX_PROFILE_H
#define WB_SANDBOX_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { PROFILE_CALLS = 1024, PROFILE_CONDS = 3, PROFILE_NAME = 64 };

/* The longest text of a user's profile. */
#define PROFILE_TEXT_MAX ((size_t)65536)

enum profile_verdict {
	PROFILE_ALLOW,
	PROFILE_DENY,       /* the supervisor is told; EPERM */
	PROFILE_NO_FAMILY,  /* the supervisor is told; EAFNOSUPPORT, which libraries expect of socket() */
	PROFILE_WATCH,      /* allowed; the supervisor is told where it wants to know about opens and connects */
	PROFILE_MEDIATE,    /* the supervisor does it, or not; without a supervisor EPERM */
	PROFILE_REFUSE,     /* EPERM, and nobody is told */
	PROFILE_NOSYS,
};

enum { PROFILE_TIER1 = 1, PROFILE_TIER2 = 2, PROFILE_TIERS = 3 };

/* Holds when (argument & mask) == value, of the low 32 bits. */
struct profile_cond {
	uint8_t arg;
	uint32_t mask;
	uint32_t value;
};

/* The first rule of a call (and tier) whose conditions hold decides; a call without one is PROFILE_NOSYS. */
struct profile_rule {
	short call;
	uint8_t tiers;
	uint8_t verdict;
	uint8_t conds;
	struct profile_cond cond[PROFILE_CONDS];
};

struct profile {
	char name[PROFILE_NAME];
	char base[PROFILE_NAME];            /* what it includes; "" */
	struct profile_rule *rules;
	size_t count, cap;
	size_t own;                         /* the first of rules that are its own; the others are the base's */
	uint8_t optional[PROFILE_CALLS];    /* tiers in which a user's profile may allow it */
};

/* Where names get their meaning. */
struct profile_source {
	/* A call's number; PROFILE_ELSEWHERE for another architecture's, PROFILE_UNKNOWN. */
	int (*number)(const char *name);
	/* The text of a shipped profile, or NULL. */
	const char *(*text)(void *data, const char *name);
	void *data;
};

enum { PROFILE_ELSEWHERE = -1, PROFILE_UNKNOWN = -2 };

void profile_release(struct profile *p);
DEFINE_CLEANUP_VALUE(profile_release, struct profile);

/* ERR_INVALID as "FILE:LINE: what". file is for messages. */
int profile_parse(const char *text, const char *file, const struct profile_source *source, struct profile *out,
		  struct error *err) WB_MUST_CHECK;

/*
 * The same for a profile that somebody brings along: it must include a shipped one and can only allow what that one calls
 * optional. ERR_DENIED names the first call that no profile may allow.
 */
int profile_parse_user(const char *text, const char *file, const struct profile_source *source, struct profile *out,
		       struct error *err) WB_MUST_CHECK;

/* The verdict on one call, read from the rules. */
enum profile_verdict profile_judge(const struct profile *p, int tier, int call, const uint64_t args[6]);

/* True when some argument or tier makes the profile deny the call and tell about it. */
bool profile_is_dangerous(const struct profile *p, int call);

/* profile_names.c: the value of a name such as "AF_UNIX"; false when there is none. */
bool profile_constant(const char *name, uint32_t *out);

#endif
