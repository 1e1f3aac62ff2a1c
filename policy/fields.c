/* Objects put together name by name. */
#include "config.h"

#include "policy/fields.h"

#include <string.h>

void fields_put(struct fields *f, const char *name, struct value v)
{
	if (f->n == f->cap) {
		size_t cap = f->cap ? 2 * f->cap : 16;
		struct pair *pairs = pool_alloc(f->pool, cap * sizeof *pairs);

		if (f->n)
			memcpy(pairs, f->pairs, f->n * sizeof *pairs);
		f->pairs = pairs;
		f->cap = cap;
	}
	f->pairs[f->n++] = (struct pair){ text_value(name), v };
}

struct value fields_object(struct fields *f)
{
	return value_object_last(f->pairs, f->n);
}

struct value text_value(const char *s)
{
	return value_borrow(s, strlen(s));
}

struct value vec_or_null(const struct vec *list)
{
	return list->n ? value_array(list->v, list->n) : VALUE_NULL;
}
