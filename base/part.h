/*
 * A file that is not there until all of it is: written without a name (O_TMPFILE), then given one. Whoever is killed
 * meanwhile leaves nothing. Where a file system has no such files it is written beside its place, under a name that
 * begins with a dot.
 */
#ifndef WB_BASE_PART_H
#define WB_BASE_PART_H

#include <stddef.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

struct part {
	int fd;    /* owned; for reading and writing */
	int dirfd; /* borrowed */
	char *path;
	char *temp; /* its name meanwhile, or NULL */
};

#define PART_INIT { .fd = -1 }

/* dirfd must stay open as long as the part. path need not be free yet. */
int part_open(int dirfd, const char *path, mode_t mode, struct part *out, struct error *err) WB_MUST_CHECK;

/* Gives it its name; ERR_EXISTS rather than replacing anything. Neither content nor name are synced. */
int part_name(struct part *p, struct error *err) WB_MUST_CHECK;

/*
 * Makes or replaces path with n bytes, durably: all of them or what was there. What an earlier writer of the same file
 * left when it was killed, where there are no files without a name, goes.
 */
int part_write(int dirfd, const char *path, const void *p, size_t n, mode_t mode, struct error *err) WB_MUST_CHECK;

/* What got no name is gone. */
void part_release(struct part *p);
DEFINE_CLEANUP_VALUE(part_release, struct part);

#endif
