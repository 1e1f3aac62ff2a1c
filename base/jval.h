/*
 * JSON values in and out, over jansson (this pair of files is its only user).
 *
 * Reading is strict: duplicate keys, trailing text, invalid UTF-8, depth or size
 * past the limits of base/limits.h are errors that name line and column.
 * Writing keeps insertion order ("v" first), prints doubles with the fewest
 * digits that read back, and non-finite numbers as the strings "NaN",
 * "Infinity" and "-Infinity". Strings that are not UTF-8 get U+FFFD in place of
 * the invalid bytes.
 *
 * Getters on a missing or wrongly typed value answer the default given (or NULL),
 * so that a reader states what it wants in one line; where presence matters ask
 * jval_get() and jval_type().
 */
#ifndef WB_BASE_JVAL_H
#define WB_BASE_JVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct jval;

enum jval_type { JVAL_NONE, JVAL_NULL, JVAL_BOOL, JVAL_INT, JVAL_REAL, JVAL_STRING, JVAL_ARRAY, JVAL_OBJECT };

/* *out is owned by the caller. */
int jval_parse(const char *text, size_t n, struct jval **out, struct error *err) WB_MUST_CHECK;
void jval_free(struct jval *v);
DEFINE_CLEANUP(jval_free, struct jval *);

/* v may be NULL in all of these. Returned values and strings are borrowed from v. */
enum jval_type jval_type(const struct jval *v);
const struct jval *jval_get(const struct jval *object, const char *key);
const struct jval *jval_at(const struct jval *array, size_t i);
size_t jval_count(const struct jval *v);            /* members or elements; 0 otherwise */
const char *jval_text(const struct jval *v);        /* NULL unless a string */
size_t jval_text_len(const struct jval *v);
const char *jval_get_text(const struct jval *object, const char *key);
int64_t jval_int(const struct jval *v, int64_t otherwise);
double jval_num(const struct jval *v, double otherwise); /* also reads "NaN", "Infinity", "-Infinity" */
bool jval_is_num(const struct jval *v);
bool jval_bool(const struct jval *v, bool otherwise);
int64_t jval_get_int(const struct jval *object, const char *key, int64_t otherwise);
double jval_get_num(const struct jval *object, const char *key, double otherwise);
bool jval_get_bool(const struct jval *object, const char *key, bool otherwise);

/* Iterates an object in insertion order: it = NULL starts; returns NULL at the end. */
void *jval_next(const struct jval *object, void *it, const char **key, const struct jval **value);

/* Builders. Owned by the caller until set or pushed. */
struct jval *jval_object(void);
struct jval *jval_array(void);
struct jval *jval_new_text(const char *s);          /* NULL becomes null */
struct jval *jval_new_text_n(const char *s, size_t n);
struct jval *jval_new_int(int64_t v);
struct jval *jval_new_num(double v);
struct jval *jval_new_bool(bool v);
struct jval *jval_new_null(void);
struct jval *jval_copy(const struct jval *v);       /* deep */

/* The object or array takes value. Return value, borrowed, for filling nested ones. */
struct jval *jval_set(struct jval *object, const char *key, struct jval *value);
struct jval *jval_push(struct jval *array, struct jval *value);
void jval_set_text(struct jval *object, const char *key, const char *s);
void jval_set_int(struct jval *object, const char *key, int64_t v);
void jval_set_num(struct jval *object, const char *key, double v);
void jval_set_bool(struct jval *object, const char *key, bool v);

enum jval_style {
	JVAL_COMPACT,   /* one line */
	JVAL_PRETTY,    /* two-space indent */
	JVAL_CANONICAL, /* one line, keys sorted bytewise: equal values give equal bytes */
};
/* Appended; whoever must have all of it asks buf_check(). */
void jval_format(const struct jval *v, enum jval_style style, struct buf *out);

#endif
