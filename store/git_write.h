/*
 * Git objects as files. Writing: a few become loose files, many one pack; nothing has a
 * name before its bytes are durable. Formats: git's gitformat-loose.txt and
 * gitformat-pack.txt. Deltas are not made: reading back is fast and writing
 * needs no second pass over the project.
 */
#ifndef WB_STORE_GIT_WRITE_H
#define WB_STORE_GIT_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/snapshot_ops.h"

struct git_writer;

/* objects_dir: the repository's objects folder. */
int git_writer_open(const char *objects_dir, struct git_writer **out, struct error *err) WB_MUST_CHECK;
void git_writer_close(struct git_writer *w);
DEFINE_CLEANUP(git_writer_close, struct git_writer *);

/* Only what was added since the last commit. */
bool git_writer_has(const struct git_writer *w, const struct blob_id *id);
/* p is copied. That its bytes have that id is the caller's word. Adding one twice is fine. */
int git_writer_add(struct git_writer *w, enum git_type type, const void *p, size_t n, const struct blob_id *id,
		   struct error *err) WB_MUST_CHECK;
/* All that was added is durable and has its name; after a failure some of it may. Either way the writer is empty then. */
int git_writer_commit(struct git_writer *w, struct error *err) WB_MUST_CHECK;

/* A loose object, whole. p ends in a NUL that is not counted. */
struct git_loose {
	enum git_type type;
	char *p;
	size_t n;
};

/*
 * Reads one, whatever its file is: 1, 0 when there is none, -1 when it is damaged, no regular file, or larger than max.
 * (libgit2 1.5 reads a cut-off one for ever.) That its bytes have that id is not checked.
 */
int git_loose_read(const char *objects_dir, const struct blob_id *id, size_t max, struct git_loose *out,
		   struct error *err) WB_MUST_CHECK;

#endif
