/* Values: building, order, lookup. */
#include "config.h"

#include "policy/value.h"

#include <stdlib.h>
#include <string.h>

#include "policy/num.h"

void pool_init(struct pool *p, size_t max)
{
	*p = (struct pool){ .arena = arena_new(SIZE_MAX / 2), .max = max };
}

void pool_release(struct pool *p)
{
	arena_free(p->arena);
	*p = (struct pool){ 0 };
}

void pool_reset(struct pool *p)
{
	arena_reset(p->arena);
	p->used = 0;
	p->over = false;
}

void *pool_alloc(struct pool *p, size_t n)
{
	p->used += n;
	if (p->used > p->max)
		p->over = true;
	return arena_alloc(p->arena, n ? n : 1);
}

void *pool_grown(struct pool *p, void *old, size_t n, size_t size, uint32_t *cap, uint32_t first)
{
	void *more;

	if (n < *cap)
		return old;
	*cap = *cap ? *cap * 2 : first;
	more = pool_alloc(p, *cap * size);
	if (n)
		memcpy(more, old, n * size);
	return more;
}

bool pool_fits(struct pool *p, size_t n)
{
	if (n <= p->max && p->used <= p->max - n)
		return true;
	p->over = true;
	return false;
}

struct value value_string(struct pool *p, const char *s, size_t n)
{
	char *copy = pool_alloc(p, n + 1);

	if (n)
		memcpy(copy, s, n);
	copy[n] = '\0';
	return value_borrow(copy, n);
}

bool value_is_text(struct value v, const char *s)
{
	return v.tag == V_STRING && v.len == strlen(s) && memcmp(v.s, s, v.len) == 0;
}

void vec_push(struct pool *p, struct vec *list, struct value v)
{
	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 8;
		struct value *more = pool_alloc(p, cap * sizeof *more);

		if (list->n)
			memcpy(more, list->v, list->n * sizeof *more);
		list->v = more;
		list->cap = cap;
	}
	list->v[list->n++] = v;
}

/* ---- weight ---------------------------------------------------------------------------------------------- */

/* Below 1024 as it is; then 6 bits of exponent and 10 of mantissa behind a leading one. */
static uint16_t weight_code(uint64_t n)
{
	unsigned e;

	if (n < 1024)
		return (uint16_t)n;
	if (n > (uint64_t)1 << 60)
		n = (uint64_t)1 << 60;
	e = 53 - (unsigned)__builtin_clzll(n);
	return (uint16_t)((e + 1) << 10 | ((n >> e) - 1024));
}

static inline uint64_t weight_of_code(uint16_t code)
{
	if (code < 1024)
		return code ? code : 1;
	return ((uint64_t)(code & 1023) + 1024) << ((code >> 10) - 1);
}

uint64_t value_weight(struct value v)
{
	return v.tag == V_NUMBER && v.num == NUM_BIG ? v.big->n : weight_of_code(v.weight);
}

static uint16_t weight_of_items(const struct value *items, size_t n)
{
	uint64_t sum = 1;

	for (size_t i = 0; i < n; i++)
		sum += weight_of_code(items[i].weight);
	return weight_code(sum);
}

static uint16_t weight_of_pairs(const struct pair *pairs, size_t n)
{
	uint64_t sum = 1;

	for (size_t i = 0; i < n; i++)
		sum += weight_of_code(pairs[i].key.weight) + weight_of_code(pairs[i].val.weight);
	return weight_code(sum);
}

/* ---- collections ----------------------------------------------------------------------------------------- */

struct value value_array(struct value *items, size_t n)
{
	return (struct value){ .tag = V_ARRAY, .weight = weight_of_items(items, n), .len = (uint32_t)n, .items = items };
}

static int cmp_items(const void *a, const void *b)
{
	return value_cmp(*(const struct value *)a, *(const struct value *)b);
}

struct value value_set(struct value *items, size_t n)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 1; i < n && sorted; i++)
		sorted = value_cmp(items[i - 1], items[i]) < 0;
	if (!sorted) {
		qsort(items, n, sizeof *items, cmp_items);
		for (size_t i = 0; i < n; i++)
			if (i == 0 || value_cmp(items[kept - 1], items[i]) != 0)
				items[kept++] = items[i];
		n = kept;
	}
	return (struct value){ .tag = V_SET, .weight = weight_of_items(items, n), .len = (uint32_t)n, .items = items };
}

/* Stable merge sort: "the later pair wins" needs the order of insertion. */
static void sort_pairs(struct pair *v, size_t n, struct pair *tmp)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	sort_pairs(v, half, tmp);
	sort_pairs(v + half, n - half, tmp);
	if (value_cmp(v[half - 1].key, v[half].key) <= 0)
		return;
	while (i < half && j < n)
		tmp[k++] = value_cmp(v[i].key, v[j].key) <= 0 ? v[i++] : v[j++];
	while (i < half)
		tmp[k++] = v[i++];
	while (j < n)
		tmp[k++] = v[j++];
	memcpy(v, tmp, n * sizeof *v);
}

static struct value object_of(struct pair *pairs, size_t n, bool last_wins, struct value *out_conflict)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 1; i < n && sorted; i++)
		sorted = value_cmp(pairs[i - 1].key, pairs[i].key) < 0;
	if (!sorted) {
		struct pair *tmp = mem_calloc(n, sizeof *tmp);

		sort_pairs(pairs, n, tmp);
		free(tmp);
		for (size_t i = 0; i < n; i++) {
			if (kept == 0 || value_cmp(pairs[kept - 1].key, pairs[i].key) != 0) {
				pairs[kept++] = pairs[i];
			} else if (last_wins) {
				pairs[kept - 1].val = pairs[i].val;
			} else if (!value_eq(pairs[kept - 1].val, pairs[i].val)) {
				*out_conflict = pairs[i].key;
				return VALUE_UNDEF;
			}
		}
		n = kept;
	}
	return (struct value){ .tag = V_OBJECT, .weight = weight_of_pairs(pairs, n), .len = (uint32_t)n, .pairs = pairs };
}

struct value value_object(struct pair *pairs, size_t n, struct value *out_conflict)
{
	return object_of(pairs, n, false, out_conflict);
}

struct value value_object_last(struct pair *pairs, size_t n)
{
	struct value unused;

	return object_of(pairs, n, true, &unused);
}

static int cmp_string(struct value a, struct value b)
{
	uint32_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.s, b.s, n) : 0;

	return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int cmp_list(struct value a, struct value b)
{
	for (uint32_t i = 0; i < a.len && i < b.len; i++) {
		int c = value_cmp(a.items[i], b.items[i]);

		if (c)
			return c;
	}
	return (a.len > b.len) - (a.len < b.len);
}

static int cmp_object(struct value a, struct value b)
{
	for (uint32_t i = 0; i < a.len && i < b.len; i++) {
		int c = value_cmp(a.pairs[i].key, b.pairs[i].key);

		if (!c)
			c = value_cmp(a.pairs[i].val, b.pairs[i].val);
		if (c)
			return c;
	}
	return (a.len > b.len) - (a.len < b.len);
}

int value_cmp(struct value a, struct value b)
{
	if (a.tag != b.tag)
		return a.tag < b.tag ? -1 : 1;
	switch (a.tag) {
	case V_BOOL:
		return (a.i > b.i) - (a.i < b.i);
	case V_NUMBER:
		return num_cmp(a, b);
	case V_STRING:
		return cmp_string(a, b);
	case V_ARRAY:
	case V_SET:
		return a.items == b.items && a.len == b.len ? 0 : cmp_list(a, b);
	case V_OBJECT:
		return a.pairs == b.pairs && a.len == b.len ? 0 : cmp_object(a, b);
	default:
		return 0;
	}
}

bool value_eq(struct value a, struct value b)
{
	if (a.tag != b.tag)
		return false;
	/* Length decides most unequal pairs; for numbers len says nothing. */
	if (a.tag >= V_STRING && a.len != b.len)
		return false;
	return value_cmp(a, b) == 0;
}

static uint64_t mix(uint64_t h, uint64_t x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15u;
	return h ^ (h >> 32);
}

static uint64_t hash_bytes(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h;
}

/* Looks at no more than a few elements of a collection: equal values still hash alike. */
uint64_t value_hash(struct value v)
{
	enum { LOOK = 4 };
	uint64_t h = mix(v.tag, v.tag >= V_STRING ? v.len : 0);

	switch (v.tag) {
	case V_BOOL:
		return mix(h, (uint64_t)v.i);
	case V_NUMBER:
		return mix(h, num_hash(v));
	case V_STRING:
		return mix(h, hash_bytes(v.s, v.len));
	case V_ARRAY:
	case V_SET:
		for (uint32_t i = 0; i < v.len && i < LOOK; i++)
			h = mix(h, value_hash(v.items[i]));
		return h;
	case V_OBJECT:
		for (uint32_t i = 0; i < v.len && i < LOOK; i++)
			h = mix(mix(h, value_hash(v.pairs[i].key)), value_hash(v.pairs[i].val));
		return h;
	default:
		return h;
	}
}

/* Position of key in a sorted list; found tells whether it is there. */
static uint32_t search_set(struct value set, struct value key, bool *found)
{
	uint32_t lo = 0, hi = set.len;

	*found = false;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = value_cmp(set.items[mid], key);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static uint32_t search_object(struct value object, struct value key, bool *found)
{
	uint32_t lo = 0, hi = object.len;

	*found = false;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = value_cmp(object.pairs[mid].key, key);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct value value_get(struct value v, struct value key)
{
	bool found;
	uint32_t at;
	int64_t i;

	switch (v.tag) {
	case V_ARRAY:
		if (key.tag != V_NUMBER || !num_to_i64(key, &i) || i < 0 || i >= v.len)
			return VALUE_UNDEF;
		return v.items[i];
	case V_OBJECT:
		at = search_object(v, key, &found);
		return found ? v.pairs[at].val : VALUE_UNDEF;
	case V_SET:
		at = search_set(v, key, &found);
		return found ? v.items[at] : VALUE_UNDEF;
	default:
		return VALUE_UNDEF;
	}
}

struct value value_get_text(struct value object, const char *key)
{
	return object.tag == V_OBJECT ? value_get(object, value_borrow(key, strlen(key))) : VALUE_UNDEF;
}

bool value_set_has(struct value set, struct value v)
{
	bool found;

	search_set(set, v, &found);
	return found;
}

static struct value value_sorted_object(struct pair *pairs, uint32_t n)
{
	return (struct value){ .tag = V_OBJECT, .weight = weight_of_pairs(pairs, n), .len = n, .pairs = pairs };
}

struct value value_put(struct pool *p, struct value object, struct value key, struct value v)
{
	bool found = false;
	uint32_t n = object.tag == V_OBJECT ? object.len : 0;
	uint32_t at = n ? search_object(object, key, &found) : 0;
	struct pair *pairs = pool_alloc(p, (n + 1) * sizeof *pairs);

	if (at)
		memcpy(pairs, object.pairs, at * sizeof *pairs);
	pairs[at] = (struct pair){ key, v };
	if (n - at - found)
		memcpy(pairs + at + 1, object.pairs + at + found, (n - at - found) * sizeof *pairs);
	return value_sorted_object(pairs, n + !found);
}

struct value value_put_path(struct pool *p, struct value v, const struct value *path, size_t n, struct value leaf)
{
	struct value below;

	if (n == 0)
		return leaf;
	below = v.tag == V_OBJECT ? value_get(v, path[0]) : VALUE_UNDEF;
	return value_put(p, v, path[0], value_put_path(p, below, path + 1, n - 1, leaf));
}

struct value value_copy(struct pool *p, struct value v)
{
	switch (v.tag) {
	case V_NUMBER:
		return num_copy(p, v);
	case V_STRING:
		return value_string(p, v.s, v.len);
	case V_ARRAY:
	case V_SET: {
		struct value *items = pool_alloc(p, v.len * sizeof *items);

		for (uint32_t i = 0; i < v.len; i++)
			items[i] = value_copy(p, v.items[i]);
		v.items = items;
		return v;
	}
	case V_OBJECT: {
		struct pair *pairs = pool_alloc(p, v.len * sizeof *pairs);

		for (uint32_t i = 0; i < v.len; i++)
			pairs[i] = (struct pair){ value_copy(p, v.pairs[i].key), value_copy(p, v.pairs[i].val) };
		v.pairs = pairs;
		return v;
	}
	default:
		return v;
	}
}

const char *value_type_name(struct value v)
{
	static const char *const names[] = {
		[V_UNDEF] = "undefined", [V_NULL] = "null", [V_BOOL] = "boolean", [V_NUMBER] = "number",
		[V_STRING] = "string", [V_ARRAY] = "array", [V_OBJECT] = "object", [V_SET] = "set", [V_NODE] = "object",
	};

	return names[v.tag];
}
