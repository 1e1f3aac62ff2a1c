/* A set of git objects, each with its type: what trees consist of. */
#ifndef WB_STORE_CODESET_H
#define WB_STORE_CODESET_H

#include "store/treewalk.h"

struct code_set {
	struct code_id *items;
	size_t n, cap;
	uint32_t *slots; /* open addressing: index + 1 of an item, by id */
	size_t n_slots;
};

void code_set_release(struct code_set *s);
DEFINE_CLEANUP_VALUE(code_set_release, struct code_set);

/* False when it was there already. */
bool code_set_add(struct code_set *s, const struct blob_id *id, enum git_type type);

/* NULL when it is not there; borrowed until the next add. */
const struct code_id *code_set_find(const struct code_set *s, const struct blob_id *id);

/* Adds the tree and all below it. */
int code_set_add_tree(struct code_set *s, struct tree_reader *r, const struct blob_id *tree, struct error *err) WB_MUST_CHECK;

#endif
