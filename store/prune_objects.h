/* The objects of code.git that are not in a set go. See prune.h. */
#ifndef WB_STORE_PRUNE_OBJECTS_H
#define WB_STORE_PRUNE_OBJECTS_H

#include "store/codeset.h"
#include "store/prune.h"

/* r need not be open for an empty set. */
int prune_objects(struct tree_reader *r, const struct code_set *keep, bool dry_run, struct prune_result *out,
		  struct error *err) WB_MUST_CHECK;

#endif
