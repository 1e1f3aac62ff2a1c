/* The seccomp programs, compiled at build time by sandbox/filter_gen.c into a table. */
#ifndef WB_SANDBOX_FILTER_H
#define WB_SANDBOX_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

struct filter_program {
	const char *profile;   /* "ml" */
	int tier;
	bool notify;           /* forbidden calls wait for the supervisor; false: they fail with EPERM */
	bool opens;            /* opens and connects are shown to the supervisor too */
	unsigned short len;
	const struct sock_filter *code;
};

/* NULL when there is no such profile. */
const struct filter_program *filter_find(const char *profile, int tier, bool notify, bool opens);

/* All of them, for tests. */
const struct filter_program *filter_at(unsigned i);

/* What the supervisor owes a call that waits on the notify descriptor. */
enum filter_class {
	FILTER_DENY,     /* an error, always */
	FILTER_REPORT,   /* allowed by the profile whatever its arguments: a look, then go on */
	FILTER_GATE,     /* allowed for as long as somebody answers */
	FILTER_MEDIATE,  /* carried out by the supervisor, or denied */
};
enum filter_class filter_call_class(int tier, int nr);

/* A system call's name on this architecture, or NULL. */
const char *filter_call_name(int nr);

/* The program's SHA-256 in hex goes into the record; out holds 65 bytes. */
void filter_digest(const struct filter_program *f, char *out);

#endif
