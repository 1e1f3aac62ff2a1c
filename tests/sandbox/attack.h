/*
 * The attack battery: each attack is a small function that runs inside a
 * sandbox and tries one thing; the battery looks from outside at what it did.
 * The same functions run without a sandbox too, to prove that they can succeed.
 *
 * What an attack needs to know of the outside world comes as variables of its
 * environment (A_HOME, A_TCP, ...): world.c makes that world.
 */
#ifndef WB_TESTS_SANDBOX_ATTACK_H
#define WB_TESTS_SANDBOX_ATTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What an attack found: THROUGH, an errno that refused it, or one of these. */
enum {
	THROUGH = 0,
	REFUSED_QUIETLY = 1000, /* no error, and no effect either */
	ABSENT = 1001,          /* nothing here to attack; out holds the reason */
	BROKEN = 1002,          /* the attack itself could not be prepared */
};

enum attack_flags {
	T1_ONLY = 1,      /* tier 2 has no such thing, or is known not to cover it (SECURITY.md) */
	CONTAINED = 2,    /* may succeed inside: what counts is that nothing changed outside */
	DIES = 4,         /* must be killed by the filter */
	NULL_STDIN = 8,   /* /dev/null as standard input; else a file of the host */
	NOT_BARE = 16,    /* would harm the machine without a sandbox */
	USER_ONLY = 32,   /* the kernel asks this of nobody who is root outside */
	ROOT_BARE = 64,   /* only root could do it without a sandbox */
	T2_ONLY = 128,
	EXACT = 256,      /* only EPERM counts as refused: that is the filter's answer */
	NEED = 512,       /* no attack: must get through */
};

struct attack {
	const char *name;
	const char *tries;
	int (*run)(void);
	unsigned flags;
};

/* Each ends with a row without a name. */
extern const struct attack attacks_files[];
extern const struct attack attacks_owner[];
extern const struct attack attacks_net[];
extern const struct attack attacks_kernel[];
extern const struct attack attacks_calls[];
extern const struct attack attacks_procs[];
extern const struct attack needs[];

/* A variable of the world; "" when absent. */
const char *fact(const char *name);
long fact_number(const char *name);
/* dir fact + "/" + name; one of a few static buffers. */
const char *fact_path(const char *name, const char *below);

/* 0 or errno of what just returned rc. */
int outcome(long rc);
/* Says in one line what was seen; for the log. */
void seen(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* THROUGH when the file can be read and holds the secret. */
int try_secret(const char *path);
/* THROUGH when it can be opened with flags. */
int try_open(const char *path, int flags);

/* The words that no run may see. */
#define SECRET "wb-battery-secret"

#endif
