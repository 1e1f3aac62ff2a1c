/*
 * Killing a process at a system call of one's choice: a child does some work and
 * is ended by SIGKILL when it is about to make its nth call of those that change
 * files. So every state that a crash can leave on disk is made, one by one, and
 * in any build: the libraries' own calls count as well.
 *
 *     for (unsigned nth = 1; crash_at(nth, work, &it); nth += crash_step())
 *         check that nothing is broken
 */
#ifndef WB_TESTS_SUPPORT_CRASH_H
#define WB_TESTS_SUPPORT_CRASH_H

#include <stdbool.h>
#include <stddef.h>

/* What the child does. It must not assert; false makes crash_at() fail the case. */
typedef bool crash_fn(void *user);

/* Runs it in a child. True when it was killed, false when it came to its end. */
bool crash_at(unsigned nth, crash_fn *fn, void *user);

/* 1: every call; WB_SWEEP_STEP where that is set, for a build in which all of them take long. */
unsigned crash_step(void);

/* Zeroed memory that the child and the test both see: what the child promised survives its end. Never freed. */
void *crash_shared(size_t n);

/* True when the machine lets a process trace its own child; otherwise the case is to be skipped. */
bool crash_can_trace(void);

/* Temporary folders from now on lie in memory, unless TMPDIR says where: what was given to the kernel outlives its giver
 * on any medium. */
void crash_use_memory(void);

#endif
