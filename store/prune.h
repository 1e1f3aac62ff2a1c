/*
 * Frozen code that no run names any more goes from the store: objects of code.git, laid-out trees, and what is
 * remembered of projects whose last tree goes.
 *
 * A pack that holds something to keep beside something to drop is replaced: what stays is written anew and durable
 * before the old pack loses its name. Killed at any point, everything that is kept is still there, and the next call
 * finishes the work. The caller holds the store's lock (store_lock), exclusively unless dry_run.
 */
#ifndef WB_STORE_PRUNE_H
#define WB_STORE_PRUNE_H

#include "store/snapshot.h"

struct prune_options {
	const struct tree_id *trees; /* those that stay; sorted by prune_sort() */
	size_t n;
	bool dry_run;
};

struct prune_result {
	uint64_t objects; /* files and folders of frozen code that are removed (or would be) */
	uint64_t bytes;   /* what comes free by all of it */
};

/* By id. */
void prune_sort(struct tree_id *trees, size_t n);

/*
 * What is remembered of a project's last scan says that its tree, and the large files that the tree names, are stored:
 * it goes before either does.
 */
int prune_memories(struct store *s, const struct prune_options *o, struct error *err) WB_MUST_CHECK;

/* All the rest. ERR_CORRUPT, and nothing is removed, when a tree that stays cannot be read. */
int prune_code(struct store *s, const struct prune_options *o, struct prune_result *out, struct error *err) WB_MUST_CHECK;

#endif
