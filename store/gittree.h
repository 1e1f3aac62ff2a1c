/* The bytes of a git tree object: "MODE NAME\0" and a 20-byte id, again and again. */
#ifndef WB_STORE_GITTREE_H
#define WB_STORE_GITTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/scan.h"

enum { GIT_MODE_TREE = 0040000, GIT_MODE_LINK = 0120000, GIT_MODE_REPOSITORY = 0160000 };

struct gittree_entry {
	uint32_t mode;
	const char *name; /* ends in NUL */
	struct blob_id id;
};

/* Entries must come in git's order: that of names, where a folder's ends in '/'. */
void gittree_append(struct buf *out, uint32_t mode, const char *name, size_t n_name, const struct blob_id *id);

/* The entry at *at, which moves behind it: 1, 0 at the end, -1 with ERR_CORRUPT. Names that could lead elsewhere are corrupt. */
int gittree_next(const struct buf *tree, size_t *at, struct gittree_entry *out, struct error *err) WB_MUST_CHECK;

#endif
