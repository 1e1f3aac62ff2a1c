/*
 * An interpreter for the classic BPF that seccomp runs, so that tests check the
 * generated program and not the list of rules it was made from.
 */
#ifndef WB_SANDBOX_BPF_H
#define WB_SANDBOX_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "base/error.h"

/* The verdict (SECCOMP_RET_*) of code on data. ERR_CORRUPT where the kernel would refuse the program. */
int bpf_run(const struct sock_filter *code, unsigned len, const struct seccomp_data *data, uint32_t *out_verdict,
	    struct error *err) WB_MUST_CHECK;

#endif
