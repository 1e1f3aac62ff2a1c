/*
 * Values of the policy language: 16 bytes, tagged, immutable, living in pools.
 *
 * Arrays, sets and objects point at their elements; sets and objects are kept
 * sorted and free of duplicates under value_cmp(), the language's total order
 * (null < booleans < numbers < strings < arrays < objects < sets, 1 == 1.0).
 */
#ifndef WB_POLICY_VALUE_H
#define WB_POLICY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

/* In the language's order. NODE is not a value: a place in the rule tree that has not been asked yet. */
enum value_tag { V_UNDEF, V_NULL, V_BOOL, V_NUMBER, V_STRING, V_ARRAY, V_OBJECT, V_SET, V_NODE };

/* How a number is kept: inline, as an exact big integer, or as its decimal text. */
enum number_kind { NUM_INT, NUM_BIG, NUM_DEC };

struct pair;
struct big;
struct decimal;
struct doc;

struct value {
	uint8_t tag;
	uint8_t num;  /* enum number_kind, for numbers */
	uint16_t weight; /* of collections: how many values are in it all told, coded; 0 for the rest */
	uint32_t len; /* bytes, elements or pairs */
	union {
		int64_t i; /* booleans too */
		const char *s;
		const struct value *items;
		const struct pair *pairs;
		const struct big *big;
		const struct decimal *dec;
		const struct doc *doc;
	};
};

struct pair {
	struct value key, val;
};

/*
 * Where values live. Allocation never fails: past max it sets over, and the
 * evaluator, which looks at every step, ends with a limit error. Whoever
 * allocates by a number that a policy chose asks pool_fits() first.
 */
struct pool {
	struct arena *arena;
	size_t used, max;
	bool over;
};

void pool_init(struct pool *p, size_t max);
void pool_release(struct pool *p);
DEFINE_CLEANUP_VALUE(pool_release, struct pool);
/* Forgets everything in it. */
void pool_reset(struct pool *p);
void *pool_alloc(struct pool *p, size_t n);
/*
 * An array with room for more than its n items of size bytes: old, or a copy of twice the size (at first that many items).
 * *cap is the room there is.
 */
void *pool_grown(struct pool *p, void *old, size_t n, size_t size, uint32_t *cap, uint32_t first);
bool pool_fits(struct pool *p, size_t n);

#define VALUE_UNDEF ((struct value){ .tag = V_UNDEF })
#define VALUE_NULL ((struct value){ .tag = V_NULL })

static inline struct value value_bool(bool b)
{
	return (struct value){ .tag = V_BOOL, .i = b };
}

static inline struct value value_int(int64_t i)
{
	return (struct value){ .tag = V_NUMBER, .num = NUM_INT, .i = i };
}

static inline bool value_is_false(struct value v)
{
	return v.tag == V_UNDEF || (v.tag == V_BOOL && !v.i);
}

/* Borrows s. */
static inline struct value value_borrow(const char *s, size_t n)
{
	return (struct value){ .tag = V_STRING, .len = (uint32_t)n, .s = s };
}

struct value value_string(struct pool *p, const char *s, size_t n);
bool value_is_text(struct value v, const char *s);

/* A growing list in a pool. */
struct vec {
	struct value *v;
	size_t n, cap;
};

void vec_push(struct pool *p, struct vec *list, struct value v);

/* Own items afterwards; set and object sort them. An object with two values for one key gives UNDEF and the key. */
struct value value_array(struct value *items, size_t n);
struct value value_set(struct value *items, size_t n);
struct value value_object(struct pair *pairs, size_t n, struct value *out_conflict);
/* As value_object, but the later pair wins. */
struct value value_object_last(struct pair *pairs, size_t n);

int value_cmp(struct value a, struct value b);
bool value_eq(struct value a, struct value b);
uint64_t value_hash(struct value v);

/* Element of an array by number, value of an object by key, member of a set by itself; UNDEF otherwise. */
struct value value_get(struct value v, struct value key);
struct value value_get_text(struct value object, const char *key);
bool value_set_has(struct value set, struct value v);

/* A copy of object with key set (replacing). */
struct value value_put(struct pool *p, struct value object, struct value key, struct value v);
/* Sets path[0..n) below v, making objects on the way. */
struct value value_put_path(struct pool *p, struct value v, const struct value *path, size_t n, struct value leaf);

/* Deep copy into p; strings too. */
struct value value_copy(struct pool *p, struct value v);

/*
 * How many values v consists of when written out, rounded down by less than a
 * thousandth. Sharing makes small programs build huge ones: whoever walks a
 * whole value charges by this.
 */
uint64_t value_weight(struct value v);

/* "null", "boolean", "number", ... */
const char *value_type_name(struct value v);

enum json_flags { JSON_STRICT = 0, JSON_LAST_KEY_WINS = 1 };

/* Numbers keep their text. Depth, size, UTF-8 and (JSON_STRICT) duplicate keys are checked; the message names line and column. */
int value_from_json(struct pool *p, const char *text, size_t n, enum json_flags flags, struct value *out,
		    struct error *err) WB_MUST_CHECK;

enum text_style {
	TEXT_JSON,      /* sets as arrays, odd keys as their JSON text */
	TEXT_JSON_HTML, /* and < > & escaped, as json.marshal does */
	TEXT_REGO,      /* as the language writes it: {1, 2}, set(), {"a": 1} */
};
void value_format(struct value v, enum text_style style, struct buf *out);
/* indent > 0 breaks lines; compact otherwise. */
void value_format_pretty(struct value v, const char *prefix, const char *indent, struct buf *out);
void value_format_string(const char *s, size_t n, enum text_style style, struct buf *out);

#endif
