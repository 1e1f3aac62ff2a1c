/* Types of values: unions of scalars and of collections' shapes. */
#include "config.h"

#include "policy/type.h"

#include <string.h>

#include "policy/num.h"

/* Sharing makes small texts build huge types: what would be larger is taken for anything. */
enum { SHAPES_MAX = 12, DEPTH_MAX = 24, TYPE_SIZE_MAX = 2000 };

#define SCALAR(tag) { .scalars = 1u << (tag) }

const struct type type_any = { .any = true };

const struct type *type_scalar(uint8_t tag)
{
	static const struct type scalars[] = { { 0 }, SCALAR(V_NULL), SCALAR(V_BOOL), SCALAR(V_NUMBER), SCALAR(V_STRING) };

	return &scalars[tag];
}

static uint32_t size_of(const struct shape *s)
{
	uint32_t size = 1 + (s->rest ? s->rest->size : 0) + (s->key ? s->key->size : 0);

	for (uint32_t i = 0; i < s->n && size <= TYPE_SIZE_MAX; i++)
		size += 1 + (s->items[i] ? s->items[i]->size : 0);
	return size;
}

static const struct type *of_shape(struct pool *p, struct shape s)
{
	uint32_t size = size_of(&s);
	struct {
		struct type type;
		struct shape shape;
		const struct shape *list[1];
	} *made;

	if (size > TYPE_SIZE_MAX)
		return &type_any;
	made = pool_alloc(p, sizeof *made);
	made->shape = s;
	made->list[0] = &made->shape;
	made->type = (struct type){ .n = 1, .shapes = made->list, .size = size };
	return &made->type;
}

const struct type *type_array(struct pool *p, const struct type *const *items, uint32_t n, const struct type *rest)
{
	return of_shape(p, (struct shape){ .tag = V_ARRAY, .n = n, .items = items, .rest = rest });
}

const struct type *type_set(struct pool *p, const struct type *of)
{
	return of_shape(p, (struct shape){ .tag = V_SET, .rest = of });
}

const struct type *type_object(struct pool *p, const struct value *keys, const struct type *const *items, uint32_t n,
			       const struct type *key, const struct type *rest)
{
	return of_shape(p, (struct shape){ .tag = V_OBJECT, .n = n, .items = items, .keys = keys, .key = key, .rest = rest });
}

static const struct type *of_collection(struct pool *p, struct value v)
{
	const struct type **items = pool_alloc(p, v.len * sizeof *items), *all = NULL;
	struct value *keys = pool_alloc(p, v.len * sizeof *keys);

	for (uint32_t i = 0; i < v.len; i++) {
		items[i] = type_of_value(p, v.tag == V_OBJECT ? v.pairs[i].val : v.items[i]);
		if (v.tag == V_OBJECT)
			keys[i] = v.pairs[i].key;
		if (v.tag == V_SET)
			all = type_or(p, all, items[i]);
	}
	if (v.tag == V_SET)
		return type_set(p, all);
	return v.tag == V_ARRAY ? type_array(p, items, v.len, NULL) : type_object(p, keys, items, v.len, NULL, NULL);
}

const struct type *type_of_value(struct pool *p, struct value v)
{
	return v.tag >= V_NULL && v.tag <= V_STRING ? type_scalar(v.tag) : of_collection(p, v);
}

/* ---- equal, either --------------------------------------------------------------------------------------- */

static bool same(const struct type *a, const struct type *b, unsigned depth);

static bool same_shape(const struct shape *a, const struct shape *b, unsigned depth)
{
	if (a->tag != b->tag || a->n != b->n || !same(a->rest, b->rest, depth) || !same(a->key, b->key, depth))
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!same(a->items[i], b->items[i], depth) || (a->tag == V_OBJECT && !value_eq(a->keys[i], b->keys[i])))
			return false;
	return true;
}

static bool same(const struct type *a, const struct type *b, unsigned depth)
{
	if (a == b)
		return true;
	if (!a || !b || a->any != b->any || a->scalars != b->scalars || a->n != b->n || depth > DEPTH_MAX)
		return false;
	for (uint32_t i = 0; i < a->n; i++)
		if (!same_shape(a->shapes[i], b->shapes[i], depth + 1))
			return false;
	return true;
}

static bool has_shape(const struct type *t, const struct shape *s)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (same_shape(t->shapes[i], s, 0))
			return true;
	return false;
}

const struct type *type_or(struct pool *p, const struct type *a, const struct type *b)
{
	const struct shape **list;
	struct type *t;

	if (!a || !b)
		return a ? a : b;
	if (a->any || same(a, b, 0))
		return a;
	if (b->any || a->n + b->n > SHAPES_MAX || a->size + b->size > TYPE_SIZE_MAX)
		return &type_any;
	t = pool_alloc(p, sizeof *t);
	list = pool_alloc(p, (a->n + b->n) * sizeof *list);
	*t = (struct type){ .scalars = a->scalars | b->scalars, .n = a->n, .shapes = list,
			     .size = a->size + b->size };
	if (a->n)
		memcpy(list, a->shapes, a->n * sizeof *list);
	for (uint32_t i = 0; i < b->n; i++)
		if (!has_shape(a, b->shapes[i]))
			list[t->n++] = b->shapes[i];
	return t;
}

/* ---- meeting --------------------------------------------------------------------------------------------- */

static bool meets(const struct type *a, const struct type *b, unsigned depth);

static const struct type *shape_at(const struct shape *s, struct value key)
{
	int64_t i;

	switch (s->tag) {
	case V_ARRAY:
		if (key.tag != V_NUMBER || !num_to_i64(key, &i) || i < 0)
			return NULL;
		return i < (int64_t)s->n ? s->items[i] : s->rest;
	case V_SET:
		return s->rest && (s->rest->any || (key.tag <= V_STRING ? s->rest->scalars >> key.tag & 1 : s->rest->n > 0)) ?
			       s->rest :
			       NULL;
	default:
		for (uint32_t k = 0; k < s->n; k++)
			if (value_eq(s->keys[k], key))
				return s->items[k];
		if (!s->rest || !s->key || s->key->any)
			return s->rest;
		return (key.tag <= V_STRING ? s->key->scalars >> key.tag & 1 : s->key->n > 0) ? s->rest : NULL;
	}
}

/* What a has by place or key, b has to have room for. */
static bool room_for(const struct shape *a, const struct shape *b, unsigned depth)
{
	for (uint32_t i = 0; i < a->n; i++)
		if (!meets(a->items[i], shape_at(b, a->tag == V_OBJECT ? a->keys[i] : value_int(i)), depth))
			return false;
	return true;
}

static bool shapes_meet(const struct shape *a, const struct shape *b, unsigned depth)
{
	if (a->tag != b->tag)
		return false;
	return room_for(a, b, depth) && room_for(b, a, depth) && (!a->rest || !b->rest || meets(a->rest, b->rest, depth));
}

/* An empty set can be a set of anything; of what holds one nothing is known either. */
static bool is_open(const struct type *t, unsigned depth)
{
	const struct shape *s = t && t->n == 1 && !t->scalars ? t->shapes[0] : NULL;
	bool open = s && s->tag == V_SET ? !s->rest || is_open(s->rest, depth + 1) : false;

	for (uint32_t i = 0; s && !open && i < s->n && depth < DEPTH_MAX; i++)
		open = is_open(s->items[i], depth + 1);
	return open;
}

static bool meets(const struct type *a, const struct type *b, unsigned depth)
{
	if (!a || !b)
		return false;
	if (!depth && (is_open(a, 0) || is_open(b, 0)))
		return true;
	if (a->any || b->any || (a->scalars & b->scalars) || depth > DEPTH_MAX)
		return true;
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < b->n; k++)
			if (shapes_meet(a->shapes[i], b->shapes[k], depth + 1))
				return true;
	return false;
}

bool type_meets(const struct type *a, const struct type *b)
{
	return meets(a, b, 0);
}

/* ---- looking into ---------------------------------------------------------------------------------------- */

const struct type *type_at(struct pool *p, const struct type *t, struct value key)
{
	const struct type *found = NULL;

	if (t->any)
		return t;
	for (uint32_t i = 0; i < t->n; i++)
		found = type_or(p, found, shape_at(t->shapes[i], key));
	return found;
}

const struct type *type_keys(struct pool *p, const struct type *t)
{
	const struct type *found = NULL;

	if (t->any)
		return t;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct shape *s = t->shapes[i];

		if (s->tag == V_ARRAY)
			found = s->n || s->rest ? type_or(p, found, type_scalar(V_NUMBER)) : found;
		else
			found = type_or(p, found, s->tag == V_SET ? s->rest : s->key);
		for (uint32_t k = 0; s->tag == V_OBJECT && k < s->n; k++)
			found = type_or(p, found, type_of_value(p, s->keys[k]));
	}
	return found;
}

const struct type *type_elements(struct pool *p, const struct type *t)
{
	const struct type *found = NULL;

	if (t->any)
		return t;
	for (uint32_t i = 0; i < t->n; i++) {
		found = type_or(p, found, t->shapes[i]->rest);
		for (uint32_t k = 0; k < t->shapes[i]->n; k++)
			found = type_or(p, found, t->shapes[i]->items[k]);
	}
	return found;
}

unsigned type_tags(const struct type *t)
{
	unsigned tags = t->any ? ~0u : t->scalars;

	for (uint32_t i = 0; i < t->n; i++)
		tags |= 1u << t->shapes[i]->tag;
	return tags;
}

/* ---- for people ------------------------------------------------------------------------------------------ */

static void format(const struct type *t, bool full, unsigned depth, struct buf *out);

static void format_shape(const struct shape *s, unsigned depth, struct buf *out)
{
	buf_puts(out, s->tag == V_ARRAY ? "array[" : s->tag == V_SET ? "set[" : "object{");
	for (uint32_t i = 0; i < s->n && i < 8; i++) {
		buf_puts(out, i ? ", " : "");
		if (s->tag == V_OBJECT) {
			value_format(s->keys[i], TEXT_REGO, out);
			buf_puts(out, ": ");
		}
		format(s->items[i], true, depth, out);
	}
	buf_puts(out, s->n > 8 ? ", ..." : s->n && s->rest ? ", " : "");
	if (s->rest && s->tag == V_OBJECT) {
		format(s->key ? s->key : &type_any, true, depth, out);
		buf_puts(out, ": ");
	}
	if (s->rest)
		format(s->rest, true, depth, out);
	buf_puts(out, s->tag == V_OBJECT ? "}" : "]");
}

static void format(const struct type *t, bool full, unsigned depth, struct buf *out)
{
	static const char *const names[] = { "", "null", "boolean", "number", "string", "array", "object", "set" };
	unsigned tags = type_tags(t), told = 0;

	if (t->any || depth > 4) {
		buf_puts(out, "any");
		return;
	}
	for (unsigned tag = V_NULL; tag <= V_SET; tag++)
		if (tags & 1u << tag && !(full && tag >= V_ARRAY))
			buf_printf(out, "%s%s", told++ ? " or " : "", names[tag]);
	for (uint32_t i = 0; full && i < t->n; i++) {
		buf_puts(out, told++ ? " or " : "");
		format_shape(t->shapes[i], depth + 1, out);
	}
}

void type_format(const struct type *t, bool full, struct buf *out)
{
	format(t, full, 0, out);
}
