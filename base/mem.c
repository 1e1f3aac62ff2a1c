/* Aborting allocators and the arena. */
#include "config.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
	static const char line[] = "wb: out of memory\n";

	/* No stdio here: it may allocate. */
	if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
		abort();
	abort();
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_calloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_zalloc(size_t size)
{
	return mem_calloc(1, size);
}

void *mem_realloc(void *p, size_t size)
{
	p = realloc(p, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *mem_dup(const void *p, size_t size)
{
	void *copy = mem_alloc(size);

	if (size)
		memcpy(copy, p, size);
	return copy;
}

char *mem_strdup(const char *s)
{
	return s ? mem_dup(s, strlen(s) + 1) : NULL;
}

char *mem_strndup(const char *s, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		out_of_memory();
	va_end(ap);
	return text;
}

void mem_reserve_(void **array, size_t *cap, size_t need, size_t size)
{
	size_t want = *cap ? *cap : 8;

	if (need <= *cap)
		return;
	while (want < need) {
		if (want > SIZE_MAX / 2)
			out_of_memory();
		want *= 2;
	}
	if (want > SIZE_MAX / size)
		out_of_memory();
	*array = mem_realloc(*array, want * size);
	*cap = want;
}

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(16) char data[];
};

struct arena {
	struct chunk *head;
	size_t total, max;
};

enum { CHUNK_MIN = 16 * 1024 };

struct arena *arena_new(size_t max_bytes)
{
	struct arena *a = mem_zalloc(sizeof *a);

	a->max = max_bytes;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	while (a->head) {
		struct chunk *c = a->head;

		a->head = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *add_chunk(struct arena *a, size_t size)
{
	/* Chunks double, so that a large arena costs few mallocs. */
	size_t want = a->head ? a->head->size * 2 : CHUNK_MIN;
	struct chunk *c;

	if (want > 4u << 20)
		want = 4u << 20;
	if (want < size)
		want = size;
	c = mem_alloc(sizeof *c + want);
	*c = (struct chunk){ .next = a->head, .size = want };
	a->head = c;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->head;
	void *p;

	if (size > a->max)
		return NULL;
	size = (size + 15) & ~(size_t)15;
	if (size > a->max - a->total)
		return NULL;
	if (!c || c->size - c->used < size)
		c = add_chunk(a, size);
	p = c->data + c->used;
	c->used += size;
	a->total += size;
	return p;
}

void arena_reset(struct arena *a)
{
	struct chunk *keep = a->head, *c, *next;

	for (c = keep; c; c = c->next)
		if (c->size > keep->size)
			keep = c;
	for (c = a->head; c; c = next) {
		next = c->next;
		if (c != keep)
			free(c);
	}
	if (keep) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->head = keep;
	a->total = 0;
}

size_t arena_used(const struct arena *a)
{
	return a->total;
}
