/*
 * Content-addressed objects: bytes named by their SHA-256, in objects/ab/cdef...,
 * mode 0400, never changed once they have a name.
 *
 * A put copies to tmp/ (sharing blocks where the file system can), hashes the
 * bytes of that private copy, syncs, renames and syncs the folder; holes stay
 * holes. Whatever is named therefore is whole, durable and hashes to its name;
 * a put that fails or is killed leaves nothing but an unnamed temporary file.
 */
#ifndef WB_STORE_OBJECT_H
#define WB_STORE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "store/store.h"

#define OBJECT_MAX_BYTES ((uint64_t)1 << 42)

/* Stores fd's bytes from its start (its position does not matter). max: ERR_LIMIT past it; 0: OBJECT_MAX_BYTES.
 * name is for messages. *out_bytes may be NULL. */
int object_put_fd(struct store *s, int fd, const char *name, uint64_t max, struct digest *out, uint64_t *out_bytes,
		  struct error *err) WB_MUST_CHECK;
int object_put_bytes(struct store *s, const void *p, size_t n, struct digest *out, struct error *err) WB_MUST_CHECK;

/*
 * Many at once: add writes and hashes, commit makes all durable and named with
 * one sync. Nothing that was added is visible before commit; close without
 * commit drops it. A batch whose add failed for one file goes on with others.
 */
struct object_batch;
int object_batch_open(struct store *s, struct object_batch **out, struct error *err) WB_MUST_CHECK;
int object_batch_add(struct object_batch *b, int fd, const char *name, uint64_t max, struct digest *out,
		     uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

/* From a reader instead of a file: exactly `bytes`, which must hash to want (ERR_CORRUPT). read returns 0 at the end. */
typedef ssize_t object_read_fn(void *user, void *p, size_t n, struct error *err);
int object_batch_add_stream(struct object_batch *b, object_read_fn *read, void *user, uint64_t bytes,
			    const struct digest *want, struct error *err) WB_MUST_CHECK;
int object_batch_commit(struct object_batch *b, struct error *err) WB_MUST_CHECK;
void object_batch_close(struct object_batch *b);
DEFINE_CLEANUP(object_batch_close, struct object_batch *);

/* Present? 1 with *out_bytes (may be NULL), 0, -1. */
int object_find(const struct store *s, const struct digest *d, uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

/* Opens for reading: an owned descriptor. ERR_NOT_FOUND names the object. The bytes are not checked. */
int object_open(const struct store *s, const struct digest *d, uint64_t *out_bytes, struct error *err) WB_MUST_CHECK;

/* Where it lies: absolute, heap text. For showing it read-only to a run. */
char *object_path(const struct store *s, const struct digest *d);

/* Re-hashes it. ERR_CORRUPT when the bytes are not what the name says, ERR_NOT_FOUND when absent. */
int object_verify(const struct store *s, const struct digest *d, struct error *err) WB_MUST_CHECK;

/* Told of bytes as they move, more than once when they are read twice. */
struct object_watch {
	void (*fn)(void *data, uint64_t bytes);
	void *data;
};

/* Makes the new file dirfd/path with mode; it appears only once its bytes were verified. ERR_EXISTS rather than replacing. */
int object_get_file(const struct store *s, const struct digest *d, int dirfd, const char *path, mode_t mode,
		    struct error *err) WB_MUST_CHECK;
int object_get_file_watched(const struct store *s, const struct digest *d, int dirfd, const char *path, mode_t mode,
			    const struct object_watch *watch, struct error *err) WB_MUST_CHECK;

/* Verifies, then writes the bytes to out_fd (a pipe, a terminal, an empty file). */
int object_get_fd(const struct store *s, const struct digest *d, int out_fd, struct error *err) WB_MUST_CHECK;
int object_get_fd_watched(const struct store *s, const struct digest *d, int out_fd, const struct object_watch *watch,
			  struct error *err) WB_MUST_CHECK;

/* Removes it: the caller holds the store's exclusive lock and knows that nothing names it. Missing is fine. */
int object_remove(struct store *s, const struct digest *d, struct error *err) WB_MUST_CHECK;

/* Calls fn for each object, in order of digest. fn returns 0 to go on, else the walk ends with that value (-1: err set). */
typedef int object_each_fn(void *user, const struct digest *d, uint64_t bytes, struct error *err);
int object_each(const struct store *s, object_each_fn *fn, void *user, struct error *err) WB_MUST_CHECK;

/* Copies all of in_fd to the start of out_fd, sharing blocks or keeping holes where possible. */
int object_clone(int in_fd, int out_fd, uint64_t max, struct error *err) WB_MUST_CHECK;

#endif
