/* Inside the compiler: what can be known of a value before any rule runs. */
#ifndef WB_POLICY_TYPE_H
#define WB_POLICY_TYPE_H

#include "policy/value.h"

struct shape;

/*
 * One of several kinds of value. NULL stands for "nothing known yet"; what may
 * be anything is type_any. Immutable, in pools.
 */
struct type {
	bool any;
	unsigned scalars; /* bits of enum value_tag: null, boolean, number, string */
	uint32_t n;
	const struct shape *const *shapes;
	uint32_t size; /* of all below it, written out */
};

/* A collection. */
struct shape {
	uint8_t tag;
	uint32_t n;                      /* arrays: elements known by place; objects: by key */
	const struct type *const *items;
	const struct value *keys;        /* of objects */
	const struct type *key;          /* of an object's further members */
	const struct type *rest;         /* further elements or members, or a set's; NULL: there are none */
};

extern const struct type type_any;

const struct type *type_scalar(uint8_t tag);
const struct type *type_of_value(struct pool *p, struct value v);
const struct type *type_array(struct pool *p, const struct type *const *items, uint32_t n, const struct type *rest);
const struct type *type_set(struct pool *p, const struct type *of);
const struct type *type_object(struct pool *p, const struct value *keys, const struct type *const *items, uint32_t n,
			       const struct type *key, const struct type *rest);

/* Either may be NULL: then the other. */
const struct type *type_or(struct pool *p, const struct type *a, const struct type *b);

/* Whether a value can be of both. False for NULL. */
bool type_meets(const struct type *a, const struct type *b);

/* What lies at a key; NULL: nothing ever does. */
const struct type *type_at(struct pool *p, const struct type *t, struct value key);
/* Of all keys, of all elements; NULL where it has none. */
const struct type *type_keys(struct pool *p, const struct type *t);
const struct type *type_elements(struct pool *p, const struct type *t);

/* Bits of enum value_tag for all that it can be. */
unsigned type_tags(const struct type *t);

/* "number or string"; in full: "array[string]". */
void type_format(const struct type *t, bool full, struct buf *out);

/* The types of a builtin's arguments and result, from its signature. n arguments at most; NULL result: none. */
struct signature {
	const struct type *args[6], *result;
	uint32_t nargs;
	bool variadic;
};

/* False for a function without one. */
bool signature_of(struct pool *p, const char *name, struct signature *out);

#endif
