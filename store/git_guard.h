/*
 * Somebody else's object folder, looked at before libgit2 opens anything in it: the library would wait for ever at a
 * FIFO, and load whatever a file claims to hold. Part of wb-git.so.
 */
#ifndef WB_STORE_GIT_GUARD_H
#define WB_STORE_GIT_GUARD_H

#include "base/cleanup.h"
#include "base/error.h"
#include "store/scan.h"

struct git_guard;

/* Checks the packs of the folder and of its alternates. ERR_DENIED where one is no regular file. */
int git_guard_open(const char *objects_dir, struct git_guard **out, struct error *err) WB_MUST_CHECK;
void git_guard_close(struct git_guard *g);
DEFINE_CLEANUP(git_guard_close, struct git_guard *);

/* Before the object is read: ERR_DENIED where its file is no regular one. */
int git_guard_check(const struct git_guard *g, const struct blob_id *id, struct error *err) WB_MUST_CHECK;

#endif
