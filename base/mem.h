/*
 * Memory that does not fail: running out aborts the process after one line on
 * standard error. Every size that comes from outside is therefore capped before
 * it reaches here (base/limits.h).
 */
#ifndef WB_BASE_MEM_H
#define WB_BASE_MEM_H

#include <stddef.h>

#include "base/error.h"

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *mem_zalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *mem_calloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));
void *mem_realloc(void *p, size_t size) __attribute__((returns_nonnull, alloc_size(2)));
void *mem_dup(const void *p, size_t size) __attribute__((malloc, returns_nonnull));

/* mem_strdup(NULL) is NULL. */
char *mem_strdup(const char *s) __attribute__((malloc));
char *mem_strndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *mem_printf(const char *fmt, ...) WB_PRINTF(1, 2) __attribute__((malloc, returns_nonnull));

/* Makes room for need elements of size bytes in *array; *cap grows geometrically. */
void mem_reserve_(void **array, size_t *cap, size_t need, size_t size);
#define mem_reserve(array, cap, need) \
	do { \
		void *reserve_p_ = *(array); \
		mem_reserve_(&reserve_p_, (cap), (need), sizeof **(array)); \
		*(array) = reserve_p_; \
	} while (0)

/*
 * An arena: many small allocations, one release. Used for two lifetimes: one
 * policy evaluation (or compiled policy), and one command.
 */
struct arena;
struct arena *arena_new(size_t max_bytes);
void arena_free(struct arena *a);

/* 16-byte aligned, not zeroed; NULL once max_bytes would be passed. */
void *arena_alloc(struct arena *a, size_t size);
/* Forgets every allocation; keeps the largest piece of memory for the next ones. */
void arena_reset(struct arena *a);
size_t arena_used(const struct arena *a);

#endif
