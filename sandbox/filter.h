/*
 * The seccomp programs: the shipped profiles' were compiled at build time by
 * sandbox/filter_gen.c into a table; a user's own is compiled when a run of it
 * starts, which costs less than a millisecond.
 */
#ifndef WB_SANDBOX_FILTER_H
#define WB_SANDBOX_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/profile.h"

struct filter_program {
	const char *profile;   /* "ml"; of a made one not set */
	int tier;              /* 1 or 2; tier 3 has the programs of tier 2 */
	bool notify;           /* forbidden calls wait for the supervisor; false: they fail with EPERM */
	bool opens;            /* opens and connects are shown to the supervisor too */
	unsigned short len;
	const struct sock_filter *code;
	struct sock_filter *own; /* the same where it was made: owned */
};

/* NULL when there is no such profile. */
const struct filter_program *filter_find(const char *profile, int tier, bool notify, bool opens);

/* All of them, for tests. */
const struct filter_program *filter_at(unsigned i);

struct filter_want {
	const char *profile;   /* a shipped one's name; NULL: "ml" */
	const char *text;      /* a user's profile: profile is not looked at */
	int tier;
	bool notify, opens;
	bool learn;            /* whatever is not let through in silence waits for the supervisor */
	bool trace;            /* so do calls that only ask about a path (filter_is_traced) */
};

/* The program wanted, from the table or made now. ERR_INVALID, ERR_DENIED for a text that is none, or asks for too much. */
int filter_get(const struct filter_want *want, struct filter_program *out, struct error *err) WB_MUST_CHECK;
void filter_program_release(struct filter_program *f);
DEFINE_CLEANUP_VALUE(filter_program_release, struct filter_program);

/* stat and its like: they are told of in a run that traces files. */
bool filter_is_traced(int nr);

/* What the program answers to a call, by our own interpreter: SECCOMP_RET_*. */
unsigned filter_verdict(const struct filter_program *f, const struct seccomp_data *data);

/* What the supervisor owes a call that waits on the notify descriptor. */
enum filter_class {
	FILTER_DENY,     /* an error, always */
	FILTER_REPORT,   /* allowed by the profile whatever its arguments: a look, then go on */
	FILTER_MEDIATE,  /* carried out by the supervisor, or denied */
};
enum filter_class filter_call_class(int tier, int nr);

/* A system call's name on this architecture, or NULL; the reverse, PROFILE_ELSEWHERE or PROFILE_UNKNOWN. */
const char *filter_call_name(int nr);
int filter_call_number(const char *name);

/* The shipped profiles: the i-th's name, or NULL; its text, NULL when there is none of that name. */
const char *filter_profile_name(unsigned i);
const char *filter_profile_text(const char *name);

/* A profile's meaning. text NULL: the shipped one called name. Else a user's; name is for messages. */
int filter_profile_load(const char *name, const char *text, struct profile *out, struct error *err) WB_MUST_CHECK;

/* Whether that could be loaded. */
int filter_profile_check(const char *name, const char *text, struct error *err) WB_MUST_CHECK;

/* The program's SHA-256 in hex goes into the record; out holds 65 bytes. */
void filter_digest(const struct filter_program *f, char *out);

#endif
