/* Builtins on collections: arrays, sets, objects, documents, graphs. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/builtin.h"
#include "policy/num.h"

static bool is_collection(struct value v)
{
	return v.tag == V_ARRAY || v.tag == V_SET || v.tag == V_OBJECT;
}

static struct value *list_new(struct eval *ev, uint32_t n)
{
	return pool_alloc(eval_pool(ev), n * sizeof(struct value));
}

/* ---- sets ------------------------------------------------------------------------------------------------ */

static struct value set_union(struct eval *ev, struct value a, struct value b)
{
	struct value *items = list_new(ev, a.len + b.len);
	uint32_t i = 0, k = 0, n = 0;

	while (i < a.len || k < b.len) {
		int c = i == a.len ? 1 : k == b.len ? -1 : value_cmp(a.items[i], b.items[k]);

		items[n++] = c <= 0 ? a.items[i] : b.items[k];
		i += c <= 0;
		k += c >= 0;
	}
	eval_charge(ev, n);
	return value_set(items, n);
}

static struct value set_intersection(struct eval *ev, struct value a, struct value b)
{
	struct value *items = list_new(ev, a.len < b.len ? a.len : b.len);
	uint32_t i = 0, k = 0, n = 0;

	while (i < a.len && k < b.len) {
		int c = value_cmp(a.items[i], b.items[k]);

		if (c == 0)
			items[n++] = a.items[i];
		i += c <= 0;
		k += c >= 0;
	}
	eval_charge(ev, i + k);
	return value_set(items, n);
}

static struct value fn_or(struct eval *ev, const struct value *a)
{
	return set_union(ev, a[0], a[1]);
}

static struct value fn_and(struct eval *ev, const struct value *a)
{
	return set_intersection(ev, a[0], a[1]);
}

static struct value fn_union(struct eval *ev, const struct value *a)
{
	struct vec list = { 0 };

	for (uint32_t i = 0; i < a[0].len; i++) {
		struct value set = a[0].items[i];

		if (set.tag != V_SET)
			return eval_fail(ev, TYPE_ERROR, "union: operand 1 must be set of sets but got set containing %s",
					 value_type_name(set));
		if (!eval_charge(ev, 1 + set.len))
			return VALUE_UNDEF;
		for (uint32_t k = 0; k < set.len; k++)
			vec_push(eval_pool(ev), &list, set.items[k]);
	}
	return value_set(list.v, list.n);
}

static struct value fn_intersection(struct eval *ev, const struct value *a)
{
	struct value all = { .tag = V_SET };

	for (uint32_t i = 0; i < a[0].len; i++) {
		struct value set = a[0].items[i];

		if (set.tag != V_SET)
			return eval_fail(ev, TYPE_ERROR, "intersection: operand 1 must be set of sets but got set containing %s",
					 value_type_name(set));
		all = i ? set_intersection(ev, all, set) : set;
	}
	return all;
}

static struct value fn_set_diff(struct eval *ev, const struct value *a)
{
	struct vec list = { 0 };

	for (uint32_t i = 0; i < a[0].len && eval_charge(ev, 1); i++)
		if (!value_set_has(a[1], a[0].items[i]))
			vec_push(eval_pool(ev), &list, a[0].items[i]);
	return value_set(list.v, list.n);
}

/* ---- arrays ---------------------------------------------------------------------------------------------- */

static struct value fn_array_concat(struct eval *ev, const struct value *a)
{
	struct value *items = list_new(ev, a[0].len + a[1].len);

	if (a[0].len)
		memcpy(items, a[0].items, a[0].len * sizeof *items);
	if (a[1].len)
		memcpy(items + a[0].len, a[1].items, a[1].len * sizeof *items);
	eval_charge(ev, a[0].len + a[1].len);
	return value_array(items, a[0].len + a[1].len);
}

static struct value fn_array_slice(struct eval *ev, const struct value *a)
{
	int64_t from, to;

	if (!num_to_i64(a[1], &from) || !num_to_i64(a[2], &to))
		return eval_fail(ev, TYPE_ERROR, "array.slice: operand 2 must be integer number but got floating-point number");
	from = from < 0 ? 0 : from > a[0].len ? a[0].len : from;
	to = to < from ? from : to > a[0].len ? a[0].len : to;
	return (struct value){ .tag = V_ARRAY, .len = (uint32_t)(to - from), .items = from ? a[0].items + from : a[0].items };
}

static struct value fn_array_reverse(struct eval *ev, const struct value *a)
{
	struct value *items = list_new(ev, a[0].len);

	for (uint32_t i = 0; i < a[0].len; i++)
		items[i] = a[0].items[a[0].len - 1 - i];
	eval_charge(ev, a[0].len);
	return value_array(items, a[0].len);
}

static struct value fn_array_flatten(struct eval *ev, const struct value *a)
{
	struct vec list = { 0 };

	for (uint32_t i = 0; i < a[0].len && eval_charge(ev, 1); i++) {
		struct value v = a[0].items[i];

		if (v.tag != V_ARRAY)
			vec_push(eval_pool(ev), &list, v);
		for (uint32_t k = 0; v.tag == V_ARRAY && k < v.len; k++)
			vec_push(eval_pool(ev), &list, v.items[k]);
	}
	return value_array(list.v, list.n);
}

/* ---- objects --------------------------------------------------------------------------------------------- */

static struct value fn_object_get(struct eval *ev, const struct value *a)
{
	struct value at = a[0];

	(void)ev;
	if (a[1].tag != V_ARRAY) {
		at = value_get(a[0], a[1]);
		return at.tag == V_UNDEF ? a[2] : at;
	}
	for (uint32_t i = 0; i < a[1].len; i++) {
		at = value_get(at, a[1].items[i]);
		if (at.tag == V_UNDEF)
			return a[2];
	}
	return at;
}

static struct value fn_object_keys(struct eval *ev, const struct value *a)
{
	struct value *items = list_new(ev, a[0].len);

	for (uint32_t i = 0; i < a[0].len; i++)
		items[i] = a[0].pairs[i].key;
	eval_charge(ev, a[0].len);
	return (struct value){ .tag = V_SET, .len = a[0].len, .items = items };
}

static bool named(struct value keys, struct value key)
{
	if (keys.tag == V_ARRAY) {
		for (uint32_t i = 0; i < keys.len; i++)
			if (value_eq(keys.items[i], key))
				return true;
		return false;
	}
	return value_get(keys, key).tag != V_UNDEF;
}

static struct value pick(struct eval *ev, const struct value *a, bool keep)
{
	struct pair *pairs = pool_alloc(eval_pool(ev), a[0].len * sizeof *pairs);
	struct value unused;
	uint32_t n = 0;

	for (uint32_t i = 0; i < a[0].len && eval_charge(ev, 1); i++)
		if (named(a[1], a[0].pairs[i].key) == keep)
			pairs[n++] = a[0].pairs[i];
	return value_object(pairs, n, &unused);
}

static struct value fn_object_remove(struct eval *ev, const struct value *a)
{
	return pick(ev, a, false);
}

static struct value fn_object_filter(struct eval *ev, const struct value *a)
{
	return pick(ev, a, true);
}

static struct value merge(struct eval *ev, struct value a, struct value b)
{
	struct pair *pairs;
	uint32_t i = 0, k = 0, n = 0;

	if (a.tag != V_OBJECT || b.tag != V_OBJECT || !eval_charge(ev, a.len + b.len))
		return b;
	pairs = pool_alloc(eval_pool(ev), (a.len + b.len) * sizeof *pairs);
	while (i < a.len || k < b.len) {
		int c = i == a.len ? 1 : k == b.len ? -1 : value_cmp(a.pairs[i].key, b.pairs[k].key);

		if (c == 0)
			pairs[n++] = (struct pair){ a.pairs[i].key, merge(ev, a.pairs[i].val, b.pairs[k].val) };
		else
			pairs[n++] = c < 0 ? a.pairs[i] : b.pairs[k];
		i += c <= 0;
		k += c >= 0;
	}
	return (struct value){ .tag = V_OBJECT, .len = n, .pairs = pairs };
}

static struct value fn_object_union(struct eval *ev, const struct value *a)
{
	return merge(ev, a[0], a[1]);
}

static struct value fn_object_union_n(struct eval *ev, const struct value *a)
{
	struct value all = { .tag = V_OBJECT };

	for (uint32_t i = 0; i < a[0].len; i++) {
		if (a[0].items[i].tag != V_OBJECT)
			return eval_fail(ev, TYPE_ERROR, "object.union_n: operand 1 must be array of objects but got array containing %s",
					 value_type_name(a[0].items[i]));
		all = merge(ev, all, a[0].items[i]);
	}
	return all;
}

static bool subset(struct eval *ev, struct value sup, struct value sub)
{
	struct value v;

	if (!eval_charge(ev, 1 + sub.len))
		return false;
	if (sup.tag == V_OBJECT && sub.tag == V_OBJECT) {
		for (uint32_t i = 0; i < sub.len; i++) {
			v = value_get(sup, sub.pairs[i].key);
			if (v.tag == V_UNDEF ||
			    !(is_collection(v) ? subset(ev, v, sub.pairs[i].val) : value_eq(v, sub.pairs[i].val)))
				return false;
		}
		return true;
	}
	if (sub.tag == V_SET && (sup.tag == V_SET || sup.tag == V_ARRAY)) {
		for (uint32_t i = 0; i < sub.len; i++)
			if (!(sup.tag == V_SET ? value_set_has(sup, sub.items[i]) : named(sup, sub.items[i])))
				return false;
		/* As OPA has it: an empty array holds not even nothing. */
		return sup.tag == V_SET || sup.len;
	}
	if (sup.tag == V_ARRAY && sub.tag == V_ARRAY) {
		for (uint32_t at = 0; at + sub.len <= sup.len; at++) {
			uint32_t i = 0;

			if (!eval_charge(ev, 1))
				return false;
			while (i < sub.len && eval_charge(ev, 1) && value_eq(sup.items[at + i], sub.items[i]))
				i++;
			if (i == sub.len)
				return true;
		}
		return sub.len == 0;
	}
	return value_eq(sup, sub);
}

static struct value fn_object_subset(struct eval *ev, const struct value *a)
{
	bool fits = (a[0].tag == a[1].tag && is_collection(a[0])) || (a[0].tag == V_ARRAY && a[1].tag == V_SET);

	if (!fits)
		return eval_fail(ev, TYPE_ERROR,
				 "object.subset: both arguments object.subset must be of the same type or array and set");
	return value_bool(subset(ev, a[0], a[1]));
}

/* ---- documents ------------------------------------------------------------------------------------------- */

/* "/a/b~1c" or ["a", "b/c"] as an array of keys. */
static bool parse_path(struct eval *ev, struct value path, struct vec *out)
{
	const char *s = path.s, *end;

	if (path.tag == V_ARRAY) {
		for (uint32_t i = 0; i < path.len; i++)
			vec_push(eval_pool(ev), out, path.items[i]);
		return true;
	}
	if (path.tag != V_STRING)
		return false;
	end = s + path.len;
	if (s < end && *s == '/')
		s++;
	while (s <= end && path.len) {
		const char *stop = memchr(s, '/', (size_t)(end - s));
		char *text = pool_alloc(eval_pool(ev), (size_t)(end - s) + 1);
		size_t n = 0;

		stop = stop ? stop : end;
		for (; s < stop; s++) {
			bool escaped = *s == '~' && s + 1 < stop && (s[1] == '0' || s[1] == '1');

			text[n++] = escaped ? (s[1] == '0' ? '~' : '/') : *s;
			s += escaped;
		}
		vec_push(eval_pool(ev), out, value_borrow(text, n));
		s = stop + 1;
	}
	return true;
}

/* Keys of arrays in paths are written as text. */
static bool index_of(struct value key, uint32_t len, uint32_t *out)
{
	int64_t i = 0;

	if (key.tag == V_NUMBER)
		return num_to_i64(key, &i) && i >= 0 && i < len && (*out = (uint32_t)i, true);
	if (key.tag != V_STRING || key.len == 0 || key.len > 9 || (key.len > 1 && key.s[0] == '0'))
		return false;
	for (uint32_t k = 0; k < key.len; k++) {
		if (key.s[k] < '0' || key.s[k] > '9')
			return false;
		i = i * 10 + (key.s[k] - '0');
	}
	*out = (uint32_t)i;
	return i < len;
}

static struct value remove_path(struct eval *ev, struct value v, const struct value *path, size_t n)
{
	struct value below, unused, *items;
	struct pair *pairs;
	uint32_t at, kept = 0;

	if (n == 0 || !eval_charge(ev, 1))
		return v;
	if (v.tag == V_ARRAY && index_of(path[0], v.len, &at)) {
		items = list_new(ev, v.len);
		for (uint32_t i = 0; i < v.len; i++)
			if (i != at || n > 1)
				items[kept++] = i == at ? remove_path(ev, v.items[i], path + 1, n - 1) : v.items[i];
		return value_array(items, kept);
	}
	if (v.tag == V_SET && n == 1) {
		items = list_new(ev, v.len);
		for (uint32_t i = 0; i < v.len; i++)
			if (!value_eq(v.items[i], path[0]))
				items[kept++] = v.items[i];
		return value_set(items, kept);
	}
	if (v.tag == V_OBJECT && (below = value_get(v, path[0])).tag != V_UNDEF) {
		if (n > 1)
			return value_put(eval_pool(ev), v, path[0], remove_path(ev, below, path + 1, n - 1));
		pairs = pool_alloc(eval_pool(ev), v.len * sizeof *pairs);
		for (uint32_t i = 0; i < v.len; i++)
			if (!value_eq(v.pairs[i].key, path[0]))
				pairs[kept++] = v.pairs[i];
		return value_object(pairs, kept, &unused);
	}
	return v;
}

static struct value fn_json_remove(struct eval *ev, const struct value *a)
{
	struct value v = a[0];

	for (uint32_t i = a[1].len; i-- > 0;) {
		struct vec path = { 0 };

		if (!parse_path(ev, a[1].items[i], &path))
			return eval_fail(ev, TYPE_ERROR,
					 "json.remove: operand 2 must be one of {set, array} containing string paths or array of path segments but got %s",
					 value_type_name(a[1].items[i]));
		v = remove_path(ev, v, path.v, path.n);
	}
	return v;
}

/* What of v the paths (arrays, at depth level, first..n in list) keep. */
static struct value keep_paths(struct eval *ev, struct value v, const struct value *paths, size_t n, uint32_t level)
{
	struct vec out = { 0 };
	struct value unused;
	bool object = v.tag == V_OBJECT;

	for (size_t i = 0; i < n; i++)
		if (paths[i].len == level)
			return v;
	if (!is_collection(v) || v.tag == V_SET || !eval_charge(ev, 1))
		return VALUE_UNDEF;
	for (uint32_t k = 0; k < v.len; k++) {
		struct vec below = { 0 };
		struct value kept;

		for (size_t i = 0; i < n; i++) {
			uint32_t at;
			struct value key = paths[i].items[level];

			if (object ? value_eq(key, v.pairs[k].key) : index_of(key, v.len, &at) && at == k)
				vec_push(eval_pool(ev), &below, paths[i]);
		}
		if (!below.n)
			continue;
		kept = keep_paths(ev, object ? v.pairs[k].val : v.items[k], below.v, below.n, level + 1);
		if (kept.tag == V_UNDEF)
			continue;
		if (object)
			vec_push(eval_pool(ev), &out, v.pairs[k].key);
		vec_push(eval_pool(ev), &out, kept);
	}
	if (object)
		return value_object((struct pair *)(void *)out.v, out.n / 2, &unused);
	return value_array(out.v, out.n);
}

static struct value fn_json_filter(struct eval *ev, const struct value *a)
{
	struct vec paths = { 0 };
	struct value v;

	for (uint32_t i = 0; i < a[1].len; i++) {
		struct vec path = { 0 };

		if (!parse_path(ev, a[1].items[i], &path))
			return eval_fail(ev, TYPE_ERROR,
					 "json.filter: operand 2 must be one of {set, array} containing string paths or array of path segments but got %s",
					 value_type_name(a[1].items[i]));
		if (path.n)
			vec_push(eval_pool(ev), &paths, value_array(path.v, path.n));
	}
	v = paths.n ? keep_paths(ev, a[0], paths.v, paths.n, 0) : VALUE_UNDEF;
	return v.tag == V_UNDEF ? (struct value){ .tag = V_OBJECT } : v;
}

static void walk(struct eval *ev, struct value v, struct value path, struct vec *out)
{
	struct value *pair, *items;

	if (!eval_charge(ev, 1 + path.len / 4))
		return;
	pair = list_new(ev, 2);
	pair[0] = path;
	pair[1] = v;
	vec_push(eval_pool(ev), out, value_array(pair, 2));
	for (uint32_t i = 0; is_collection(v) && i < v.len; i++) {
		items = list_new(ev, path.len + 1);
		if (path.len)
			memcpy(items, path.items, path.len * sizeof *items);
		items[path.len] = v.tag == V_OBJECT ? v.pairs[i].key : v.tag == V_SET ? v.items[i] : value_int(i);
		walk(ev, v.tag == V_OBJECT ? v.pairs[i].val : v.items[i], value_array(items, path.len + 1), out);
	}
}

static struct value fn_walk(struct eval *ev, const struct value *a)
{
	struct vec out = { 0 };

	walk(ev, a[0], value_array(NULL, 0), &out);
	return value_array(out.v, out.n);
}

/* ---- graphs ---------------------------------------------------------------------------------------------- */

static struct value fn_reachable(struct eval *ev, const struct value *a)
{
	struct vec todo = { 0 };
	struct value seen = { .tag = V_SET };

	for (uint32_t i = 0; i < a[1].len; i++)
		vec_push(eval_pool(ev), &todo, a[1].items[i]);
	for (size_t at = 0; at < todo.n && eval_charge(ev, 1); at++) {
		struct value one = todo.v[at], edges = value_get(a[0], one);

		if (edges.tag == V_UNDEF || value_set_has(seen, one))
			continue;
		seen = set_union(ev, seen, (struct value){ .tag = V_SET, .len = 1, .items = &todo.v[at] });
		for (uint32_t i = 0; (edges.tag == V_ARRAY || edges.tag == V_SET) && i < edges.len; i++)
			vec_push(eval_pool(ev), &todo, edges.items[i]);
	}
	return seen;
}

static bool on_path(const struct vec *path, struct value v)
{
	for (size_t i = 0; i < path->n; i++)
		if (value_eq(path->v[i], v))
			return true;
	return false;
}

static void paths_from(struct eval *ev, struct value graph, struct value node, struct vec path, struct vec *out)
{
	struct value edges = value_get(graph, node);
	struct vec mine = { 0 };
	bool any = false;

	if (!eval_charge(ev, 1 + path.n))
		return;
	for (size_t i = 0; i < path.n; i++)
		vec_push(eval_pool(ev), &mine, path.v[i]);
	if (edges.tag != V_UNDEF && !on_path(&mine, node)) {
		vec_push(eval_pool(ev), &mine, node);
		for (uint32_t i = 0; (edges.tag == V_ARRAY || edges.tag == V_SET) && i < edges.len; i++) {
			any = true;
			paths_from(ev, graph, edges.items[i], mine, out);
		}
	}
	if (!any)
		vec_push(eval_pool(ev), out, value_array(mine.v, mine.n));
}

static struct value fn_reachable_paths(struct eval *ev, const struct value *a)
{
	struct vec out = { 0 }, none = { 0 };

	for (uint32_t i = 0; i < a[1].len; i++)
		if (value_get(a[0], a[1].items[i]).tag != V_UNDEF)
			paths_from(ev, a[0], a[1].items[i], none, &out);
	return value_set(out.v, out.n);
}

#define LIST (TY_ARR | TY_SET)
#define KEYS (TY_ARR | TY_SET | TY_OBJ)

const struct builtin builtins_object[] = {
	{ "or", 2, { TY_SET, TY_SET }, TY_SET, fn_or, 0 },
	{ "and", 2, { TY_SET, TY_SET }, TY_SET, fn_and, 0 },
	{ "union", 1, { TY_SET }, TY_SET, fn_union, 0 },
	{ "intersection", 1, { TY_SET }, TY_SET, fn_intersection, 0 },
	{ "set_diff", 2, { TY_SET, TY_SET }, TY_SET, fn_set_diff, BUILTIN_DEPRECATED },
	{ "array.concat", 2, { TY_ARR, TY_ARR }, TY_ARR, fn_array_concat, 0 },
	{ "array.slice", 3, { TY_ARR, TY_NUM, TY_NUM }, TY_ARR, fn_array_slice, 0 },
	{ "array.reverse", 1, { TY_ARR }, TY_ARR, fn_array_reverse, 0 },
	{ "array.flatten", 1, { TY_ARR }, TY_ARR, fn_array_flatten, 0 },
	{ "object.get", 3, { TY_OBJ, TY_ANY, TY_ANY }, TY_ANY, fn_object_get, 0 },
	{ "object.keys", 1, { TY_OBJ }, TY_SET, fn_object_keys, 0 },
	{ "object.remove", 2, { TY_OBJ, KEYS }, TY_OBJ, fn_object_remove, 0 },
	{ "object.filter", 2, { TY_OBJ, KEYS }, TY_OBJ, fn_object_filter, 0 },
	{ "object.union", 2, { TY_OBJ, TY_OBJ }, TY_OBJ, fn_object_union, 0 },
	{ "object.union_n", 1, { TY_ARR }, TY_OBJ, fn_object_union_n, 0 },
	{ "object.subset", 2, { KEYS, KEYS }, TY_BOOL, fn_object_subset, 0 },
	{ "json.remove", 2, { TY_OBJ, LIST }, TY_OBJ, fn_json_remove, 0 },
	{ "json.filter", 2, { TY_OBJ, LIST }, TY_OBJ, fn_json_filter, 0 },
	{ "walk", 1, { TY_ANY }, TY_ARR, fn_walk, BUILTIN_RELATION },
	{ "graph.reachable", 2, { TY_OBJ, LIST }, TY_SET, fn_reachable, 0 },
	{ "graph.reachable_paths", 2, { TY_OBJ, LIST }, TY_SET, fn_reachable_paths, 0 },
	{ 0 },
};
