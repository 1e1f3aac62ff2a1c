/* An object that is put together name by name. */
#ifndef WB_POLICY_FIELDS_H
#define WB_POLICY_FIELDS_H

#include "policy/value.h"

struct fields {
	struct pool *pool;
	struct pair *pairs;
	size_t n, cap;
};

/* name is borrowed; one name twice: the later value. */
void fields_put(struct fields *f, const char *name, struct value v);
struct value fields_object(struct fields *f);

/* The string, borrowed. */
struct value text_value(const char *s);
/* Null where the list is empty, as Go writes lists that never were. */
struct value vec_or_null(const struct vec *list);

#endif
