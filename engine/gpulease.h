/*
 * Who uses which GPU of this machine: leases that hold between all runs of all
 * users, and a queue in front of them.
 *
 * One lock file in a folder that everybody may write (/run/lock, else /tmp). A
 * lease is an exclusive lock of one byte of it, whose offset is the GPU's key; the
 * lock belongs to the open file description, which goes from `wb run` to the
 * run's supervisor, and the kernel drops it when the last of them is gone,
 * however it ended. Beside it each run that has or awaits a lease keeps a claim, a
 * file of its own user that says who it is; a claim counts while its run holds the
 * byte of its id. What others wrote there is checked, and decides nothing but the
 * order of the queue.
 */
#ifndef WB_ENGINE_GPULEASE_H
#define WB_ENGINE_GPULEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/gpu.h"

struct gpulease;

/* What a run tells of itself. */
struct gpulease_claim {
	char run_id[33];
	unsigned uid;          /* the owner of the file: this one is true */
	char user[65];         /* escaped, as the next */
	char experiment[128];
	int64_t wanted;
	int64_t since_ms;      /* it has or awaits them */
	uint64_t ticket;       /* its place in the queue; 0: it has its GPUs */
	uint64_t *keys;        /* what it has */
	size_t n_keys;
};

struct gpulease_claims {
	struct gpulease_claim *items;
	size_t n, cap;
};

void gpulease_claims_release(struct gpulease_claims *c);
DEFINE_CLEANUP_VALUE(gpulease_claims_release, struct gpulease_claims);

/* The folder of this machine, where all users meet; ERR_UNSUPPORTED when there is none that is safe. */
int gpulease_find_dir(const char **out, struct error *err) WB_MUST_CHECK;

/* Nothing is held yet. experiment is copied. */
int gpulease_open(const char *dir, const char *run_id, const char *experiment, struct gpulease **out,
		  struct error *err) WB_MUST_CHECK;

/*
 * Takes wanted of all's GPUs, of one vendor, unless too few are free or another run came before: 1 and *granted (empty
 * before), or 0. With queue the first 0 gives a place in the queue, which later calls keep. ERR_UNSUPPORTED when this
 * machine never has as many.
 */
int gpulease_try(struct gpulease *l, const struct gpu_list *all, int64_t wanted, bool queue, struct gpu_list *granted,
		 struct error *err) WB_MUST_CHECK;

/* The descriptor that holds what l holds; borrowed. */
int gpulease_fd(const struct gpulease *l);
/* The claim's path, to be removed at the end of the run; borrowed. */
const char *gpulease_claim_path(const struct gpulease *l);
/* Somebody else has a copy of the descriptor and removes the claim: gpulease_free() only closes. */
void gpulease_hand_on(struct gpulease *l);
/* Gives back what it holds, and its place. */
void gpulease_free(struct gpulease *l);
DEFINE_CLEANUP(gpulease_free, struct gpulease *);

/* Everybody who has or awaits GPUs now, in the order of the queue. No folder or lock file: nobody. */
int gpulease_list(const char *dir, struct gpulease_claims *out, struct error *err) WB_MUST_CHECK;
/* The claim that has the GPU, or NULL. */
const struct gpulease_claim *gpulease_holder(const struct gpulease_claims *c, uint64_t key);

/* "GPU 0 by run 0192f3a1b2c3 of ada, GPU 1 …; 2 runs wait": of the GPUs in all that are taken. Appended. */
void gpulease_describe(const struct gpulease_claims *c, const struct gpu_list *all, struct buf *out);

#endif
