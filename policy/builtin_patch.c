/* json.patch: RFC 6902, where a path may also be an array of keys and lead through sets. */
#include "config.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/num.h"

struct path {
	const struct value *parts;
	uint32_t n;
};

enum change { CHANGE_ADD, CHANGE_REMOVE, CHANGE_REPLACE };

static struct value refuse(struct eval *ev, const char *why)
{
	return eval_fail(ev, BUILTIN_ERROR, "json.patch: %s", why);
}

/* "~1" is a slash, "~0" a tilde. */
static struct value part_of(struct eval *ev, const char *s, size_t n)
{
	char *text = pool_alloc(eval_pool(ev), n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		bool escaped = s[i] == '~' && i + 1 < n && (s[i + 1] == '0' || s[i + 1] == '1');

		text[len++] = escaped ? (s[i + 1] == '1' ? '/' : '~') : s[i];
		i += escaped;
	}
	text[len] = '\0';
	return value_borrow(text, len);
}

static bool path_read(struct eval *ev, struct value v, struct path *out)
{
	struct vec list = { 0 };
	size_t at = 0;

	if (v.tag == V_ARRAY) {
		*out = (struct path){ v.items, v.len };
		return true;
	}
	if (v.tag != V_STRING)
		return false;
	while (at < v.len && v.s[at] == '/')
		at++;
	while (v.len) {
		const char *slash = memchr(v.s + at, '/', v.len - at);
		size_t end = slash ? (size_t)(slash - v.s) : v.len;

		vec_push(eval_pool(ev), &list, part_of(ev, v.s + at, end - at));
		if (!slash)
			break;
		at = end + 1;
	}
	*out = (struct path){ list.v, (uint32_t)list.n };
	return eval_charge(ev, 1 + list.n);
}

/* A place of an array: a number, its digits, or "-" behind the last. */
static bool index_of(struct value array, struct value key, int64_t *out)
{
	int64_t v = 0;

	if (key.tag == V_NUMBER)
		return num_to_i64(key, out) && *out >= 0 && *out <= array.len;
	if (key.tag != V_STRING || !key.len || key.len > 9 || (key.len > 1 && key.s[0] == '0'))
		return false;
	if (value_is_text(key, "-")) {
		*out = array.len;
		return true;
	}
	for (uint32_t i = 0; i < key.len; i++) {
		if (key.s[i] < '0' || key.s[i] > '9')
			return false;
		v = v * 10 + (key.s[i] - '0');
	}
	*out = v;
	return v <= array.len;
}

static struct value member(struct value v, struct value key)
{
	int64_t i;

	if (v.tag == V_ARRAY)
		return index_of(v, key, &i) && i < v.len ? v.items[i] : VALUE_UNDEF;
	return value_get(v, key);
}

static struct value path_get(struct value v, struct path path)
{
	for (uint32_t i = 0; i < path.n && v.tag != V_UNDEF; i++)
		v = member(v, path.parts[i]);
	return v;
}

/* array with n elements at place at replaced by v (UNDEF: by nothing). */
static struct value splice(struct eval *ev, struct value array, uint32_t at, uint32_t n, struct value v)
{
	uint32_t more = v.tag != V_UNDEF;
	struct value *items = pool_alloc(eval_pool(ev), (array.len + 1) * sizeof *items);

	if (at)
		memcpy(items, array.items, at * sizeof *items);
	if (more)
		items[at] = v;
	if (array.len - at - n)
		memcpy(items + at + more, array.items + at + n, (array.len - at - n) * sizeof *items);
	return value_array(items, array.len - n + more);
}

static struct value object_without(struct eval *ev, struct value object, struct value key)
{
	struct pair *pairs = pool_alloc(eval_pool(ev), (object.len + 1) * sizeof *pairs);
	struct value unused;
	uint32_t n = 0;

	for (uint32_t i = 0; i < object.len; i++)
		if (!value_eq(object.pairs[i].key, key))
			pairs[n++] = object.pairs[i];
	return value_object(pairs, n, &unused);
}

/* set without key, and with v unless that is UNDEF. */
static struct value set_change(struct eval *ev, struct value set, struct value key, struct value v)
{
	struct value *items = pool_alloc(eval_pool(ev), (set.len + 1) * sizeof *items);
	uint32_t n = 0;

	for (uint32_t i = 0; i < set.len; i++)
		if (!value_eq(set.items[i], key))
			items[n++] = set.items[i];
	if (v.tag != V_UNDEF)
		items[n++] = v;
	return value_set(items, n);
}

/* The change right below v. */
static struct value change_here(struct eval *ev, struct value v, struct value key, enum change how, struct value with)
{
	bool there = member(v, key).tag != V_UNDEF;
	int64_t i;

	if (how != CHANGE_ADD && !there)
		return refuse(ev, "path does not exist");
	switch (v.tag) {
	case V_ARRAY:
		if (!index_of(v, key, &i))
			return refuse(ev, "invalid index");
		return splice(ev, v, (uint32_t)i, how != CHANGE_ADD, with);
	case V_OBJECT:
		return how == CHANGE_REMOVE ? object_without(ev, v, key) : value_put(eval_pool(ev), v, key, with);
	case V_SET:
		/* A member is its own key. */
		if (how != CHANGE_REMOVE && !value_eq(key, with))
			return refuse(ev, "a set's member and the end of its path must be equal");
		return set_change(ev, v, key, how == CHANGE_REMOVE ? VALUE_UNDEF : with);
	default:
		return refuse(ev, "path does not exist");
	}
}

static struct value change(struct eval *ev, struct value v, struct path path, enum change how, struct value with)
{
	struct value below;
	int64_t i;

	if (!eval_charge(ev, 1 + v.len / 4 * (v.tag >= V_ARRAY)))
		return VALUE_UNDEF;
	if (path.n == 0)
		return how == CHANGE_REMOVE ? refuse(ev, "the whole cannot be removed") : with;
	if (path.n == 1)
		return change_here(ev, v, path.parts[0], how, with);
	below = member(v, path.parts[0]);
	if (below.tag == V_UNDEF)
		return refuse(ev, "path does not exist");
	with = change(ev, below, (struct path){ path.parts + 1, path.n - 1 }, how, with);
	if (with.tag == V_UNDEF)
		return with;
	if (v.tag == V_ARRAY && index_of(v, path.parts[0], &i))
		return splice(ev, v, (uint32_t)i, 1, with);
	return v.tag == V_SET ? set_change(ev, v, below, with) : value_put(eval_pool(ev), v, path.parts[0], with);
}

static struct value move(struct eval *ev, struct value doc, struct path from, struct path to, bool copy)
{
	struct value v = path_get(doc, from);

	if (v.tag == V_UNDEF)
		return refuse(ev, "'from' does not exist");
	if (!copy)
		doc = change(ev, doc, from, CHANGE_REMOVE, VALUE_UNDEF);
	return doc.tag == V_UNDEF ? doc : change(ev, doc, to, CHANGE_ADD, v);
}

static struct value apply(struct eval *ev, struct value doc, struct value op)
{
	struct value name = value_get_text(op, "op"), with = value_get_text(op, "value"), from = value_get_text(op, "from");
	struct path path, source = { 0 };
	bool moves = value_is_text(name, "move") || value_is_text(name, "copy");
	bool removes = value_is_text(name, "remove");

	if (!path_read(ev, value_get_text(op, "path"), &path) || (moves && !path_read(ev, from, &source)))
		return refuse(ev, "an operation needs a path");
	if (moves)
		return move(ev, doc, source, path, value_is_text(name, "copy"));
	if (with.tag == V_UNDEF && !removes)
		return refuse(ev, "an operation needs a value");
	if (removes)
		return change(ev, doc, path, CHANGE_REMOVE, VALUE_UNDEF);
	if (value_is_text(name, "add"))
		return change(ev, doc, path, CHANGE_ADD, with);
	if (value_is_text(name, "replace"))
		return change(ev, doc, path, CHANGE_REPLACE, with);
	if (!value_is_text(name, "test"))
		return refuse(ev, "unknown operation");
	return value_eq(path_get(doc, path), with) ? doc : refuse(ev, "the test failed");
}

static struct value fn_patch(struct eval *ev, const struct value *a)
{
	struct value doc = a[0];

	for (uint32_t i = 0; i < a[1].len && doc.tag != V_UNDEF; i++) {
		if (a[1].items[i].tag != V_OBJECT)
			return eval_fail(ev, TYPE_ERROR, "json.patch: operand 2 must be an array of objects");
		doc = apply(ev, doc, a[1].items[i]);
	}
	return doc;
}

const struct builtin builtins_patch[] = {
	{ "json.patch", 2, { TY_ANY, TY_ARR }, TY_ANY, fn_patch, 0 },
	{ 0 },
};
