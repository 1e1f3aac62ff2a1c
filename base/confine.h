/*
 * A cage for code that reads hostile bytes: a system call filter built from a
 * short table, without any library. What is not in the table ends the process.
 *
 * For whole programs (the sandbox of a run) see sandbox/; this is for our own
 * small processes, which know exactly what they need.
 */
#ifndef WB_BASE_CONFINE_H
#define WB_BASE_CONFINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Processors whose calls have the numbers that our tables of rules name; elsewhere there is no filter. */
#if defined(__x86_64__) || defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64)
#define CONFINE_KNOWS_PROCESSOR 1
#else
#define CONFINE_KNOWS_PROCESSOR 0
#endif

/* A sanitizer looks at the signal stack before the process ends. */
#if defined(__SANITIZE_ADDRESS__)
#define CONFINE_SANITIZER { SYS_sigaltstack, CONFINE_ALLOW },
#else
#define CONFINE_SANITIZER
#endif

/* What a rule asks of the call's arguments; any other answer ends the process. */
enum confine_check {
	CONFINE_ALLOW,
	CONFINE_FAIL,      /* returns EACCES: a library asks and lives without it */
	CONFINE_FD_OUT,    /* argument 0 is descriptor 1 or 2 */
	CONFINE_ANONYMOUS, /* mmap: not executable, no file behind it */
	CONFINE_NO_EXEC,   /* argument 2 has no PROT_EXEC */
	CONFINE_SELF,      /* argument 0 is this process */
	CONFINE_READ_ONLY, /* openat: to read what there is; anything else returns EACCES */
	CONFINE_SOCKET,    /* socket: internet, unix, netlink; anything else returns EACCES */
	CONFINE_FORK,      /* clone: without a new namespace; else EACCES */
};

struct confine_rule {
	int call;
	enum confine_check check;
};

/*
 * Sets no_new_privs and installs the filter for good. what names the process in
 * messages. ERR_UNSUPPORTED where kernel or processor have no filter: then
 * nothing hostile may be parsed.
 */
int confine_self(const struct confine_rule *rules, size_t n, const char *what, struct error *err) WB_MUST_CHECK;

/*
 * The same for a process that calls a library whose calls nobody can list (the name service): what is not in the table
 * fails with ENOSYS instead of ending the process.
 */
int confine_self_mildly(const struct confine_rule *rules, size_t n, const char *what, struct error *err) WB_MUST_CHECK;

/* The door's cage with more rules; what names the process in messages. */
int confine_parser_with(const struct confine_rule *more, size_t n, const char *what, struct error *err) WB_MUST_CHECK;

/* The door's cage: sockets it has already, memory, the clock. No opening, connecting, executing, forking. */
int confine_parser(struct error *err) WB_MUST_CHECK;

#endif
