/* What a pack of code.git holds, by its index (gitformat-pack(5), version 2). */
#ifndef WB_STORE_PACKLIST_H
#define WB_STORE_PACKLIST_H

#include "store/scan.h"

struct pack_entry {
	struct blob_id id;
	uint64_t at;    /* in the pack */
	uint64_t bytes; /* there */
};

/*
 * The pack is DIR/NAME.pack, its index DIR/NAME.idx, which was checked (git_guard_indexes). *out is a heap array in the
 * order of the pack. ERR_UNSUPPORTED for another version.
 */
int pack_list(int dirfd, const char *name, struct pack_entry **out, size_t *n, struct error *err) WB_MUST_CHECK;

#endif
