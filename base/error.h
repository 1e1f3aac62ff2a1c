/*
 * One error convention for the whole tree.
 *
 * A struct error lives on the caller's stack, zero-initialised, and is passed
 * last. Nothing in it is heap memory: raising needs no allocation and nothing
 * has to be freed. Every raising function returns -1, so that
 *
 *     return error_set(err, ERR_INVALID, "step '%s' is not a number", word);
 *
 * raises and returns in one line. A message names the object and what is wrong
 * with it; it does not repeat what the caller knows. Callers add context with
 * error_wrap() ("while doing X to Y") and the next step with error_hint().
 */
#ifndef WB_BASE_ERROR_H
#define WB_BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>

/* Only what a caller branches on. One table in error.c maps each to its name and exit status. */
enum error_code {
	ERR_NONE = 0,
	ERR_SYSTEM,      /* the kernel said no; sys holds errno */
	ERR_INVALID,     /* the caller's or user's input is wrong */
	ERR_NOT_FOUND,
	ERR_EXISTS,
	ERR_BUSY,        /* held by somebody else; trying later may work */
	ERR_DENIED,      /* policy or permission */
	ERR_LIMIT,       /* a ceiling of ours was reached */
	ERR_TIMEOUT,
	ERR_CANCELLED,
	ERR_CORRUPT,     /* stored or received bytes contradict themselves */
	ERR_UNSUPPORTED, /* this machine or build cannot */
	ERR_CONFLICT,
	ERR_INTERNAL,
	ERR_COUNT_,
};

struct error {
	enum error_code code;
	int sys;         /* errno for ERR_SYSTEM, else 0 */
	char text[640];  /* one line, no trailing newline */
	char hint[320];  /* what to do next; may be empty */
};

#define WB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define WB_MUST_CHECK __attribute__((warn_unused_result))

/* Replaces whatever err held. Always returns -1. */
int error_set(struct error *err, enum error_code code, const char *fmt, ...) WB_PRINTF(3, 4);
int error_vset(struct error *err, enum error_code code, const char *fmt, va_list ap) WB_PRINTF(3, 0);

/* As error_set with ERR_SYSTEM (or the nearer code for ENOENT, EEXIST, EACCES ...), and ": strerror(errno)" added. */
int error_sys(struct error *err, const char *fmt, ...) WB_PRINTF(2, 3);

/* Prefixes "CONTEXT: " to the message that is there; the code stays. Always returns -1. */
int error_wrap(struct error *err, const char *fmt, ...) WB_PRINTF(2, 3);

/* Sets the hint. Always returns -1, so that it can end a raising expression. */
int error_hint(struct error *err, const char *fmt, ...) WB_PRINTF(2, 3);

void error_clear(struct error *err);

/* Stable lower-case name of a code ("not_found"), for JSON. */
const char *error_code_name(enum error_code code);

#endif
