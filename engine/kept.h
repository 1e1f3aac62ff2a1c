/*
 * The writable layer of a run that failed, kept as it was: runs/ID/kept/upper
 * (what lay over the frozen code; whiteouts are deletions) or kept/tree (a
 * private copy), and kept/out ($WB_OUTPUTS). Nothing is written there any more:
 * shells put a layer of their own over it, and hold a lock while they do.
 */
#ifndef WB_ENGINE_KEPT_H
#define WB_ENGINE_KEPT_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "store/store.h"

struct kept {
	char *tree;   /* host path */
	char *out;
	bool copied;  /* tree is whole, not a layer */
	int lock_fd;  /* while it is open nobody frees the layer */
};

#define KEPT_INIT { .lock_fd = -1 }

void kept_release(struct kept *k);
DEFINE_CLEANUP_VALUE(kept_release, struct kept);

/* Puts the layer of a run aside that has ended; run_dirfd is its folder. */
int kept_take(int run_dirfd, bool copied, struct error *err) WB_MUST_CHECK;

/*
 * 1 with *out, its lock held; 0 when the run has none. orphaned: the run's supervisor died, and what it worked in is the
 * layer.
 */
int kept_find(const struct store *s, const char *run_id, bool orphaned, struct kept *out, struct error *err) WB_MUST_CHECK;

/* Is there one? For showing; asks for no lock. */
bool kept_exists(const struct store *s, const char *run_id);

/* Does a shell stand on it at this moment? */
bool kept_is_held(const struct store *s, const char *run_id);

/*
 * Removes what a run that has ended left of its layer, kept or not: 1, 0 when there was nothing, ERR_BUSY when a shell
 * stands on it.
 */
int kept_free(const struct store *s, const char *run_id, struct error *err) WB_MUST_CHECK;

/* Copies a whole tree or a layer over the tree that to_fd is: whiteouts remove. Links are copied, never followed. */
int kept_copy(int from_fd, int to_fd, struct error *err) WB_MUST_CHECK;

#endif
