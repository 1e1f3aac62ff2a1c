/* What the processes of one sandbox use, together, cheap enough to be asked every 50 ms. */
#ifndef WB_SANDBOX_USAGE_H
#define WB_SANDBOX_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/apply.h"

struct sandbox_usage {
	uint64_t memory_bytes;   /* with_pss: proportional, shared pages counted once; else the sum of resident sizes */
	uint64_t rss_bytes;      /* sum of resident sizes */
	uint64_t cpu_ns;         /* of living processes and of those their parents have waited for */
	uint64_t read_bytes;     /* from storage, living processes */
	uint64_t write_bytes;
	unsigned processes;      /* without init */
	unsigned threads;
};

/* Keeps descriptors and the last known tree between samples. */
struct usage_meter;
int usage_meter_new(const struct sandbox_child *c, struct usage_meter **out, struct error *err) WB_MUST_CHECK;
void usage_meter_free(struct usage_meter *m);
DEFINE_CLEANUP(usage_meter_free, struct usage_meter *);

/*
 * One look. Where limit_bytes is not 0, shared pages are told apart (PSS, seven times as costly) only once the plain
 * sum passes the limit: fork-heavy runs are not blamed for pages they share. Processes that vanish meanwhile are skipped.
 */
int usage_sample(struct usage_meter *m, uint64_t limit_bytes, struct sandbox_usage *out, struct error *err) WB_MUST_CHECK;

#endif
