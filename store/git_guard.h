/*
 * Object folders looked at before libgit2 opens a pack in them: the library would wait for ever at a FIFO, and read
 * outside a pack whose index is damaged. Part of wb-git.so.
 */
#ifndef WB_STORE_GIT_GUARD_H
#define WB_STORE_GIT_GUARD_H

#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"

struct git_guard;

/*
 * Checks the indexes of the packs in one object folder: libgit2 1.5 reads a header wherever an index says that an object
 * begins, inside the pack or not. ERR_CORRUPT where one points outside its pack or contradicts its own size; the index
 * over several packs is one. The library reads no .rev and .bitmap files, and a commit-graph only to walk over commits,
 * which nothing here does.
 */
int git_guard_indexes(const char *objects_dir, struct error *err) WB_MUST_CHECK;

/* Checks the packs of the folder and of its alternates. ERR_DENIED where one is no regular file. */
int git_guard_open(const char *objects_dir, struct git_guard **out, struct error *err) WB_MUST_CHECK;
void git_guard_close(struct git_guard *g);
DEFINE_CLEANUP(git_guard_close, struct git_guard *);

/* The folders where objects are to be looked for, n of them; borrowed. */
const char *const *git_guard_dirs(const struct git_guard *g, size_t *out_n);

#endif
