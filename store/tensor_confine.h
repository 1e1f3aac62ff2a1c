/*
 * The cage of wb-tensor. After tensor_confine() the process can compute, read
 * descriptor 3 by position, write to descriptors 1 and 2, get memory, and end.
 * It cannot open, connect, map files, make code, fork, or signal others.
 */
#ifndef WB_STORE_TENSOR_CONFINE_H
#define WB_STORE_TENSOR_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { TENSOR_FD = 3, TENSOR_CPU_SECONDS = 5 };

/*
 * Closes every descriptor above TENSOR_FD, sets resource limits, and installs the system call filter, for good.
 * cpu_seconds: of processor time, after which the process ends; 0: TENSOR_CPU_SECONDS.
 * ERR_UNSUPPORTED where the kernel or the processor's system call table is not supported: then nothing may be parsed.
 */
int tensor_confine(unsigned cpu_seconds, struct error *err) WB_MUST_CHECK;

/* The same cage with other measures, for wb-archive. */
struct tensor_cage {
	const char *what;        /* "the archive reader": in messages */
	unsigned cpu_seconds;    /* 0: TENSOR_CPU_SECONDS */
	int last_fd;             /* descriptors above it are closed */
	uint64_t write_bytes;    /* it may write files that are open for it, and no longer ones; 0: none */
	bool reads_input;        /* descriptor 0 */
};
int tensor_confine_as(const struct tensor_cage *cage, struct error *err) WB_MUST_CHECK;

#endif
