/*
 * What the files of objects share: object.c finds and reads them, object_batch.c stores them, object_copy.c moves their bytes
 * with holes kept.
 */
#ifndef WB_STORE_OBJECT_PARTS_H
#define WB_STORE_OBJECT_PARTS_H

#include "store/object.h"

enum { COPY_PIECE = 128 * 1024 };

struct object_name {
	char text[sizeof "objects/ab/" + DIGEST_HEX];
};

/* "objects/ab/cdef...", below the store. */
struct object_name object_name_of(const struct digest *d);

/* Who sees the bytes that are copied; both may be NULL. */
struct copy_seen {
	struct hasher *h;
	const struct object_watch *watch;
};

void copy_tell(const struct object_watch *watch, uint64_t n);

/* The size of a regular file: ERR_INVALID for another, ERR_LIMIT past max bytes. */
int copy_size(int fd, uint64_t max, off_t *out, struct error *err) WB_MUST_CHECK;

/* Writes all n bytes at that place. */
int copy_write(int fd, const char *p, size_t n, off_t at, struct error *err) WB_MUST_CHECK;

/* size bytes, fewer where in ends before, with holes kept; *copied is what out holds then, and that many bytes were seen. */
int copy_sparse(int in, int out, off_t size, const struct copy_seen *seen, off_t *copied, struct error *err) WB_MUST_CHECK;

#endif
