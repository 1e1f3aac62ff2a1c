/* From a profile to classic BPF. */
#ifndef WB_SANDBOX_FILTER_COMPILE_H
#define WB_SANDBOX_FILTER_COMPILE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sandbox/profile.h"

struct filter_shape {
	int tier;         /* 1 or 2 */
	bool notify;      /* forbidden calls wait for the supervisor; false: they fail with EPERM */
	bool opens;       /* watched calls are shown to the supervisor too */
	bool learn;       /* so is whatever the profile does not let through in silence */
	uint32_t arch;    /* AUDIT_ARCH_*: any other is killed */
};

/* Heap code of *out_len instructions, owned by the caller. ERR_LIMIT where the kernel would not take that many. */
int filter_compile(const struct profile *p, const struct filter_shape *shape, struct sock_filter **out, unsigned *out_len,
		   struct error *err) WB_MUST_CHECK;

#endif
