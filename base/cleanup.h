/*
 * Scope cleanup: an owner is declared with the function that releases it, so an
 * early return cannot leak. Ownership leaves a scope by take_ptr()/take_fd().
 *
 *     CLEANUP(free) char *name = NULL;
 *     CLEANUP(close) int fd = -1;
 *     CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_LINE);
 *     ...
 *     *out_name = take_ptr(&name);
 *
 * A type gets its helper once, beside its destructor's declaration:
 * DEFINE_CLEANUP(run_free, struct run *) for pointers (NULL is skipped),
 * DEFINE_CLEANUP_VALUE(buf_release, struct buf) for embedded structs.
 */
#ifndef WB_BASE_CLEANUP_H
#define WB_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(cleanup_##fn)))

#define DEFINE_CLEANUP(fn, type) \
	static inline __attribute__((unused)) void cleanup_##fn(type *p) \
	{ \
		if (*p) \
			fn(*p); \
	} \
	struct cleanup_semicolon_

#define DEFINE_CLEANUP_VALUE(fn, type) \
	static inline __attribute__((unused)) void cleanup_##fn(type *p) \
	{ \
		fn(p); \
	} \
	struct cleanup_semicolon_

static inline __attribute__((unused)) void cleanup_free(void *p)
{
	free(*(void **)p);
}

/* Keeps errno: cleanups run between a failing call and the message about it. */
static inline __attribute__((unused)) void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

DEFINE_CLEANUP(closedir, DIR *);
DEFINE_CLEANUP(fclose, FILE *);

#define take_ptr(p) \
	__extension__({ \
		__typeof__(p) take_p_ = (p); \
		__typeof__(*take_p_) taken_ = *take_p_; \
		*take_p_ = NULL; \
		taken_; \
	})

static inline __attribute__((unused)) int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
