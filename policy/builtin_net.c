/* Builtins on blocks of addresses. Nothing here asks a network. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/builtin.h"

__extension__ typedef unsigned __int128 address;

/* first..last, both in it. bits: 32 or 128. */
struct block {
	int bits, prefix;
	address first, last;
	bool dressed; /* ::ffff:a.b.c.d */
};

enum { EXPAND_MAX = 1 << 20 };

static address mask_of(int bits, int prefix)
{
	/* Shifts by the full width are undefined. */
	return bits - prefix >= 128 ? ~(address)0 : ((address)1 << (bits - prefix)) - 1;
}

static bool address_parse(const char *text, struct block *out)
{
	unsigned char b[16];
	int bytes = inet_pton(AF_INET, text, b) == 1 ? 4 : inet_pton(AF_INET6, text, b) == 1 ? 16 : 0;

	if (!bytes)
		return false;
	*out = (struct block){ .bits = bytes * 8, .prefix = bytes * 8 };
	for (int i = 0; i < bytes; i++)
		out->first = out->first << 8 | b[i];
	/* An address of version 4 in the clothes of version 6 is one of version 4. */
	if (bytes == 16 && out->first >> 32 == 0xffff)
		*out = (struct block){ .bits = 32, .prefix = 32, .first = (uint32_t)out->first, .dressed = true };
	out->last = out->first;
	return true;
}

/* "10.0.0.0/8". Bits behind the prefix are cut. */
static bool block_parse(struct value v, struct block *out)
{
	const char *slash = v.tag == V_STRING ? memchr(v.s, '/', v.len) : NULL;
	char text[64];
	char *end;
	long prefix;

	if (!slash || (size_t)(slash - v.s) >= sizeof text || v.len - (size_t)(slash - v.s) > 4 || strlen(v.s) != v.len)
		return false;
	memcpy(text, v.s, (size_t)(slash - v.s));
	text[slash - v.s] = '\0';
	if (slash[1] < '0' || slash[1] > '9' || (slash[1] == '0' && slash[2]))
		return false;
	prefix = strtol(slash + 1, &end, 10);
	if (*end || !address_parse(text, out) || prefix > (out->dressed ? 128 : out->bits))
		return false;
	if (out->dressed && prefix < 96)
		*out = (struct block){ .bits = 128, .first = (address)0xffff << 32 | out->first };
	else if (out->dressed)
		prefix -= 96;
	out->prefix = (int)prefix;
	out->first &= ~mask_of(out->bits, out->prefix);
	out->last = out->first | mask_of(out->bits, out->prefix);
	return true;
}

/* A block, or an address as the block of one. */
static bool any_parse(struct value v, struct block *out)
{
	char text[64];

	if (v.tag != V_STRING || memchr(v.s, '/', v.len))
		return block_parse(v, out);
	if (v.len >= sizeof text || strlen(v.s) != v.len)
		return false;
	memcpy(text, v.s, v.len + 1);
	return address_parse(text, out);
}

static struct value block_value(struct eval *ev, address first, int bits, int prefix)
{
	char text[80], address_text[64] = "";
	unsigned char b[16];
	int n;

	for (int i = bits / 8; i-- > 0; first >>= 8)
		b[i] = (unsigned char)first;
	inet_ntop(bits == 32 ? AF_INET : AF_INET6, b, address_text, sizeof address_text);
	n = prefix < 0 ? snprintf(text, sizeof text, "%s", address_text) :
			 snprintf(text, sizeof text, "%s/%d", address_text, prefix);
	return value_string(eval_pool(ev), text, (size_t)n);
}

static struct value bad(struct eval *ev, const char *name, struct value v)
{
	return eval_fail(ev, BUILTIN_ERROR, "%s: invalid CIDR address: %.*s", name, v.tag == V_STRING ? (int)v.len : 0,
			 v.tag == V_STRING ? v.s : "");
}

static bool holds(const struct block *a, const struct block *b)
{
	return a->bits == b->bits && a->first <= b->first && b->last <= a->last;
}

static struct value fn_contains(struct eval *ev, const struct value *a)
{
	struct block x, y;

	if (!block_parse(a[0], &x) || !any_parse(a[1], &y))
		return bad(ev, "net.cidr_contains", block_parse(a[0], &x) ? a[1] : a[0]);
	return value_bool(holds(&x, &y));
}

static struct value fn_intersects(struct eval *ev, const struct value *a)
{
	struct block x, y;

	if (!block_parse(a[0], &x) || !block_parse(a[1], &y))
		return bad(ev, "net.cidr_intersects", block_parse(a[0], &x) ? a[1] : a[0]);
	return value_bool(x.bits == y.bits && x.first <= y.last && y.first <= x.last);
}

static struct value fn_is_valid(struct eval *ev, const struct value *a)
{
	struct block x;

	(void)ev;
	return value_bool(block_parse(a[0], &x));
}

static struct value fn_expand(struct eval *ev, const struct value *a)
{
	struct block x;
	struct value *items;
	size_t n;

	if (!block_parse(a[0], &x))
		return bad(ev, "net.cidr_expand", a[0]);
	if (x.last - x.first >= EXPAND_MAX)
		return eval_fail(ev, BUILTIN_ERROR, "net.cidr_expand: more than %d addresses", EXPAND_MAX);
	n = (size_t)(x.last - x.first) + 1;
	if (!eval_charge(ev, n) || !pool_fits(eval_pool(ev), n * 64))
		return VALUE_UNDEF;
	items = pool_alloc(eval_pool(ev), n * sizeof *items);
	for (size_t i = 0; i < n; i++)
		items[i] = block_value(ev, x.first + i, x.bits, -1);
	return value_set(items, n);
}

/* ---- many at once ---------------------------------------------------------------------------------------- */

struct entry {
	struct value key;
	struct block block;
};

/* The first operand's are blocks, the second's addresses too. */
static bool entry_read(struct value key, struct value v, int operand, struct entry *out)
{
	if (v.tag == V_ARRAY && v.len)
		v = v.items[0];
	out->key = key;
	return v.tag == V_STRING && (operand == 1 ? block_parse(v, &out->block) : any_parse(v, &out->block));
}

/* Strings, or arrays that start with one: alone, or in an array, a set or an object. */
static struct entry *entries_read(struct eval *ev, struct value v, int operand, size_t *out_n)
{
	bool many = v.tag == V_ARRAY || v.tag == V_SET || v.tag == V_OBJECT;
	size_t n = many ? v.len : 1;
	struct entry *list = pool_alloc(eval_pool(ev), n * sizeof *list);

	for (size_t i = 0; i < n; i++) {
		struct value item = !many ? v : v.tag == V_OBJECT ? v.pairs[i].val : v.items[i];
		struct value key = v.tag == V_OBJECT ? v.pairs[i].key : v.tag == V_ARRAY ? value_int((int64_t)i) : item;

		if (entry_read(key, item, operand, &list[i]))
			continue;
		if (item.tag == V_STRING || (item.tag == V_ARRAY && item.len && item.items[0].tag == V_STRING))
			bad(ev, "net.cidr_contains_matches", item.tag == V_STRING ? item : item.items[0]);
		else
			eval_fail(ev, BUILTIN_ERROR,
				  "net.cidr_contains_matches: operand %d: element must be string or non-empty array", operand);
		return NULL;
	}
	*out_n = n;
	return list;
}

/* What neither is an address nor holds any. */
static bool is_empty(struct value v)
{
	return v.tag < V_STRING || (v.tag > V_STRING && !v.len);
}

static struct value fn_contains_matches(struct eval *ev, const struct value *a)
{
	struct vec list = { 0 };
	size_t n, m;
	struct entry *x, *y;

	/* Each is looked at only beside one of the other. */
	if (is_empty(a[0]) || is_empty(a[1]))
		return (struct value){ .tag = V_SET };
	x = entries_read(ev, a[0], 1, &n);
	y = x ? entries_read(ev, a[1], 2, &m) : NULL;
	if (!y || !eval_charge(ev, n * m))
		return VALUE_UNDEF;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m; k++) {
			struct value *pair;

			if (!holds(&x[i].block, &y[k].block))
				continue;
			pair = pool_alloc(eval_pool(ev), 2 * sizeof *pair);
			pair[0] = x[i].key;
			pair[1] = y[k].key;
			vec_push(eval_pool(ev), &list, value_array(pair, 2));
		}
	return value_set(list.v, list.n);
}

/* An address without a prefix stands for its class's network, as in Go. */
static bool merge_read(struct eval *ev, struct value v, struct block *out)
{
	unsigned top;

	if (!any_parse(v, out)) {
		bad(ev, "net.cidr_merge", v);
		return false;
	}
	if (memchr(v.s, '/', v.len))
		return true;
	if (out->bits == 128) {
		eval_fail(ev, BUILTIN_ERROR, "net.cidr_merge: IPv6 invalid: needs prefix length");
		return false;
	}
	top = (unsigned)(out->first >> 24);
	out->prefix = top < 128 ? 8 : top < 192 ? 16 : 24;
	out->first &= ~mask_of(32, out->prefix);
	out->last = out->first | mask_of(32, out->prefix);
	return true;
}

static int by_place(const void *pa, const void *pb)
{
	const struct block *a = pa, *b = pb;

	if (a->bits != b->bits)
		return a->bits - b->bits;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

/* The fewest blocks that are just first..last. */
static void put_range(struct eval *ev, struct vec *list, struct block r)
{
	address top = mask_of(r.bits, 0);

	for (;;) {
		int prefix = r.bits;

		while (prefix > 0 && !(r.first & mask_of(r.bits, prefix - 1)) &&
		       (r.first | mask_of(r.bits, prefix - 1)) <= r.last)
			prefix--;
		vec_push(eval_pool(ev), list, block_value(ev, r.first, r.bits, prefix));
		r.first |= mask_of(r.bits, prefix);
		if (r.first >= r.last || r.first == top || !eval_charge(ev, 1))
			return;
		r.first++;
	}
}

static struct value fn_merge(struct eval *ev, const struct value *a)
{
	struct block *v = pool_alloc(eval_pool(ev), (a[0].len + 1) * sizeof *v);
	struct vec list = { 0 };
	size_t n = a[0].len;

	if (!eval_charge(ev, n))
		return VALUE_UNDEF;
	for (size_t i = 0; i < n; i++)
		if (a[0].items[i].tag != V_STRING)
			return eval_fail(ev, BUILTIN_ERROR, "net.cidr_merge: operand must be a list of texts");
		else if (!merge_read(ev, a[0].items[i], &v[i]))
			return VALUE_UNDEF;
	if (n)
		qsort(v, n, sizeof *v, by_place);
	for (size_t i = 0; i < n;) {
		struct block r = v[i++];

		while (i < n && v[i].bits == r.bits && (v[i].first <= r.last || v[i].first - 1 == r.last)) {
			r.last = v[i].last > r.last ? v[i].last : r.last;
			i++;
		}
		put_range(ev, &list, r);
	}
	return value_set(list.v, list.n);
}

#define STR2 { TY_STR, TY_STR }
#define MANY (TY_STR | TY_ARR | TY_SET | TY_OBJ)

const struct builtin builtins_net[] = {
	{ "net.cidr_contains", 2, STR2, TY_BOOL, fn_contains, 0 },
	{ "net.cidr_overlap", 2, STR2, TY_BOOL, fn_contains, BUILTIN_DEPRECATED },
	{ "net.cidr_intersects", 2, STR2, TY_BOOL, fn_intersects, 0 },
	{ "net.cidr_is_valid", 1, { TY_ANY }, TY_BOOL, fn_is_valid, 0 },
	{ "net.cidr_expand", 1, { TY_STR }, TY_SET, fn_expand, 0 },
	{ "net.cidr_contains_matches", 2, { MANY, MANY }, TY_SET, fn_contains_matches, BUILTIN_LAX },
	{ "net.cidr_merge", 1, { TY_ARR | TY_SET }, TY_SET, fn_merge, 0 },
	{ 0 },
};
