/* A set of params and the hashes of their first values, by open addressing. */
#include "config.h"

#include "engine/paramseen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_CAP = 64 };

/* FNV-1a, 64 bits (draft-eastlake-fnv). Never 0. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		h = (h ^ *c) * UINT64_C(0x100000001b3);
	return h ? h : 1;
}

/* The entry of the key, or the free one where it belongs. */
static struct paramseen_entry *place(const struct paramseen *p, uint64_t key)
{
	size_t i = (size_t)key & (p->cap - 1);

	while (p->items[i].key && p->items[i].key != key)
		i = (i + 1) & (p->cap - 1);
	return &p->items[i];
}

static void grow(struct paramseen *p)
{
	struct paramseen wider = { .count = p->count, .cap = p->cap ? p->cap * 2 : FIRST_CAP };

	wider.items = mem_calloc(wider.cap, sizeof *wider.items);
	for (size_t i = 0; i < p->cap; i++)
		if (p->items[i].key)
			*place(&wider, p->items[i].key) = p->items[i];
	free(p->items);
	*p = wider;
}

void paramseen_init(struct paramseen *p, const struct jval *known)
{
	const struct jval *value;
	const char *key;

	*p = (struct paramseen){ .count = 0 };
	grow(p);
	for (void *it = jval_next(known, NULL, &key, &value); it; it = jval_next(known, it, &key, &value))
		if (jval_text(value))
			paramseen_agrees(p, key, jval_text(value));
}

void paramseen_release(struct paramseen *p)
{
	free(p->items);
	*p = (struct paramseen){ .count = 0 };
}

bool paramseen_agrees(struct paramseen *p, const char *key, const char *value)
{
	struct paramseen_entry *e = place(p, hash(key));

	if (e->key)
		return e->value == hash(value);
	if (p->count == PARAMSEEN_MAX)
		return true;
	*e = (struct paramseen_entry){ hash(key), hash(value) };
	p->count++;
	if (p->count * 2 > p->cap)
		grow(p);
	return true;
}
