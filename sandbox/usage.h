/* What the processes of one sandbox use, together, cheap enough to be asked every 50 ms. */
#ifndef WB_SANDBOX_USAGE_H
#define WB_SANDBOX_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/apply.h"

/* A process, as the run itself numbers and names it; the name is the kernel's 15 bytes, untrusted. pid 0: nobody. */
struct usage_process {
	pid_t pid;
	char name[16];
};

struct sandbox_usage {
	uint64_t memory_bytes;   /* what the run holds: at most the resident sizes and its tmpfs files; exact past look_closer */
	uint64_t rss_bytes;      /* sum of resident sizes */
	uint64_t table_bytes;    /* the kernel's page tables, where they could be many */
	uint64_t mapped_bytes;   /* resident, but only mapped from files, of the process that has most; 0 below look_closer */
	uint64_t tmpfs_bytes;    /* files in the sandbox's own tmpfs mounts (tier 1) */
	uint64_t cpu_ns;         /* of living processes and of those their parents have waited for */
	uint64_t read_bytes;     /* from storage, living processes */
	uint64_t write_bytes;
	unsigned processes;      /* without init and zombies */
	unsigned threads;
	unsigned tasks;          /* processes, threads and zombies, without init: what the kernel counts */
	unsigned max_files;      /* open descriptors of the process that has most; 0: this kernel does not tell */
	struct usage_process top_memory, top_cpu, top_writer, top_files;
	struct usage_process common; /* one of those whose name most tasks bear */
};

/* What is asked besides; 0 each: not asked. */
struct usage_ask {
	uint64_t look_closer;    /* above it memory_bytes is worked out: no page counted twice, no cached file */
	unsigned max_tasks;      /* above it nothing but tasks is filled in: a fork bomb leaves no time for more */
	bool files;
};

/* Keeps descriptors and the last known tree between samples. */
struct usage_meter;
int usage_meter_new(const struct sandbox_child *c, struct usage_meter **out, struct error *err) WB_MUST_CHECK;
void usage_meter_free(struct usage_meter *m);
DEFINE_CLEANUP(usage_meter_free, struct usage_meter *);

/*
 * One look. The exact figure (proportional set sizes, anonymous and shared memory) is seven times as costly as the plain
 * one: fork-heavy runs are not blamed for pages they share, nor any run for the page cache of a file it has mapped.
 * Processes that vanish meanwhile are skipped.
 */
int usage_sample(struct usage_meter *m, const struct usage_ask *ask, struct sandbox_usage *out,
		 struct error *err) WB_MUST_CHECK;

/* Bytes on disk of deleted files that the processes of the last look still have open. */
uint64_t usage_deleted(const struct usage_meter *m);

#endif
