/*
 * The GPUs of a machine, as its kernel tells of them: files below /proc, /sys
 * and /dev, no vendor's library. NVIDIA's are found in /proc/driver/nvidia, AMD's in
 * /sys/class/kfd. A GPU that is split up (MIG) is listed as its instances.
 *
 * root is put in front of each path that is read: "" for this machine, a
 * folder with the same files for tests.
 */
#ifndef WB_SANDBOX_GPU_H
#define WB_SANDBOX_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/plan.h"

enum gpu_vendor { GPU_NVIDIA, GPU_AMD, GPU_VENDOR_COUNT };
enum { GPU_NODES = 4, GPU_MAX = 1024 };

struct gpu {
	enum gpu_vendor vendor;
	uint64_t key;          /* the same for every process of this machine: address and instance; below 2^56, never 0 */
	unsigned index;        /* among its vendor's, in the order of their addresses */
	char pci[24];          /* "0000:01:00.0", or "" where the kernel does not tell */
	char uuid[80];         /* "GPU-…", or "" */
	char name[128];        /* one printable line */
	int instance[2];       /* MIG: GPU instance and compute instance, else -1 */
	int minor;             /* of its main node */
	char nodes[GPU_NODES][64]; /* "/dev/nvidia0", …: its own, without root */
	size_t node_count;
	char trouble[160];     /* why it cannot be used here; "" when it can */
};

struct gpu_list {
	struct gpu *items;
	size_t n, cap;
};

void gpu_list_release(struct gpu_list *l);
DEFINE_CLEANUP_VALUE(gpu_list_release, struct gpu_list);
void gpu_list_add(struct gpu_list *l, const struct gpu *g);

/* Every GPU that the driver tells of, usable or not, NVIDIA's first. Unreadable or senseless files make one unusable. */
void gpu_find(const char *root, struct gpu_list *out);

const char *gpu_vendor_name(enum gpu_vendor vendor); /* "NVIDIA" */
/* "NVIDIA H100 (GPU-…)". Appended. */
void gpu_describe(const struct gpu *g, struct buf *out);

/* Takes what the driver tells of the machine's GPUs out of the plan's /proc. Tier 1; after plan_add_proc(). */
void gpu_hide(struct sandbox_plan *p, const char *root);
/* Adds what a program needs for these GPUs, all of one vendor, and for no others; and its environment. After gpu_hide(). */
void gpu_show(struct sandbox_plan *p, const char *root, const struct gpu_list *granted);

#endif
