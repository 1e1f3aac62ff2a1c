/* JSON values: the only user of jansson. */
#include "config.h"

#include "base/jval.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

/* struct jval is json_t under a name of ours; it is never defined. */
static json_t *raw(const struct jval *v)
{
	/* jansson's getters take non-const for reference counting only. */
	return (json_t *)(uintptr_t)v;
}

static struct jval *wrap(json_t *j)
{
	/* jansson answers NULL only when memory ran out or a string is not UTF-8 (handled before). */
	if (!j)
		abort();
	return (struct jval *)j;
}

/* jansson itself allows 2048 levels; ours is checked after parsing, without recursion past it. */
static bool too_deep(const json_t *j, size_t depth)
{
	size_t i;
	const char *key;
	json_t *child;

	if (!json_is_array(j) && !json_is_object(j))
		return false;
	if (depth == 0)
		return true;
	json_array_foreach((json_t *)(uintptr_t)j, i, child)
		if (too_deep(child, depth - 1))
			return true;
	json_object_foreach((json_t *)(uintptr_t)j, key, child)
		if (too_deep(child, depth - 1))
			return true;
	return false;
}

int jval_parse(const char *text, size_t n, struct jval **out, struct error *err)
{
	json_error_t why;
	json_t *j;

	if (n > LIMIT_JSON)
		return error_set(err, ERR_LIMIT, "JSON text is larger than %zu bytes", LIMIT_JSON);
	j = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	if (!j)
		return error_set(err, ERR_INVALID, "not valid JSON at line %d, column %d: %s", why.line, why.column,
				 why.text);
	if (too_deep(j, LIMIT_JSON_DEPTH)) {
		json_decref(j);
		return error_set(err, ERR_LIMIT, "JSON is nested deeper than %zu levels", LIMIT_JSON_DEPTH);
	}
	*out = wrap(j);
	return 0;
}

void jval_free(struct jval *v)
{
	json_decref(raw(v));
}

enum jval_type jval_type(const struct jval *v)
{
	if (!v)
		return JVAL_NONE;
	switch (json_typeof(raw(v))) {
	case JSON_OBJECT: return JVAL_OBJECT;
	case JSON_ARRAY: return JVAL_ARRAY;
	case JSON_STRING: return JVAL_STRING;
	case JSON_INTEGER: return JVAL_INT;
	case JSON_REAL: return JVAL_REAL;
	case JSON_TRUE:
	case JSON_FALSE: return JVAL_BOOL;
	case JSON_NULL: return JVAL_NULL;
	}
	return JVAL_NONE;
}

const struct jval *jval_get(const struct jval *object, const char *key)
{
	return (const struct jval *)json_object_get(raw(object), key);
}

const struct jval *jval_at(const struct jval *array, size_t i)
{
	return (const struct jval *)json_array_get(raw(array), i);
}

size_t jval_count(const struct jval *v)
{
	return json_is_array(raw(v)) ? json_array_size(raw(v)) : json_object_size(raw(v));
}

const char *jval_text(const struct jval *v)
{
	return json_string_value(raw(v));
}

size_t jval_text_len(const struct jval *v)
{
	return json_string_length(raw(v));
}

const char *jval_get_text(const struct jval *object, const char *key)
{
	return jval_text(jval_get(object, key));
}

int64_t jval_int(const struct jval *v, int64_t otherwise)
{
	return json_is_integer(raw(v)) ? json_integer_value(raw(v)) : otherwise;
}

double jval_num(const struct jval *v, double otherwise)
{
	const char *text = jval_text(v);

	if (json_is_number(raw(v)))
		return json_number_value(raw(v));
	if (str_eq(text, "NaN"))
		return (double)NAN;
	if (str_eq(text, "Infinity"))
		return (double)INFINITY;
	if (str_eq(text, "-Infinity"))
		return (double)-INFINITY;
	return otherwise;
}

bool jval_is_num(const struct jval *v)
{
	const char *text = jval_text(v);

	return json_is_number(raw(v)) || str_eq(text, "NaN") || str_eq(text, "Infinity") || str_eq(text, "-Infinity");
}

bool jval_bool(const struct jval *v, bool otherwise)
{
	return json_is_boolean(raw(v)) ? json_is_true(raw(v)) : otherwise;
}

int64_t jval_get_int(const struct jval *object, const char *key, int64_t otherwise)
{
	return jval_int(jval_get(object, key), otherwise);
}

double jval_get_num(const struct jval *object, const char *key, double otherwise)
{
	return jval_num(jval_get(object, key), otherwise);
}

bool jval_get_bool(const struct jval *object, const char *key, bool otherwise)
{
	return jval_bool(jval_get(object, key), otherwise);
}

void *jval_next(const struct jval *object, void *it, const char **key, const struct jval **value)
{
	it = it ? json_object_iter_next(raw(object), it) : json_object_iter(raw(object));
	if (it) {
		*key = json_object_iter_key(it);
		*value = (const struct jval *)json_object_iter_value(it);
	}
	return it;
}

struct jval *jval_object(void)
{
	return wrap(json_object());
}

struct jval *jval_array(void)
{
	return wrap(json_array());
}

/* U+FFFD in place of each invalid byte. */
static char *repaired(const char *s, size_t n, size_t *out_len)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(n * 3 + 1);
	uint32_t c;

	for (size_t i = 0, len; i < n; i += len ? len : 1) {
		len = str_utf8_decode(s + i, n - i, &c);
		if (len)
			buf_append(&b, s + i, len);
		else
			buf_puts(&b, "\xef\xbf\xbd");
	}
	*out_len = b.len;
	return buf_take(&b);
}

struct jval *jval_new_text_n(const char *s, size_t n)
{
	json_t *j = json_stringn(s, n);

	if (!j) {
		size_t len;
		CLEANUP(free) char *text = repaired(s, n, &len);

		j = json_stringn(text, len);
	}
	return wrap(j);
}

struct jval *jval_new_text(const char *s)
{
	return s ? jval_new_text_n(s, strlen(s)) : jval_new_null();
}

struct jval *jval_new_int(int64_t v)
{
	return wrap(json_integer(v));
}

struct jval *jval_new_num(double v)
{
	if (isnan(v))
		return wrap(json_string("NaN"));
	return wrap(isinf(v) ? json_string(v > 0 ? "Infinity" : "-Infinity") : json_real(v));
}

struct jval *jval_new_bool(bool v)
{
	return wrap(json_boolean(v));
}

struct jval *jval_new_null(void)
{
	return wrap(json_null());
}

struct jval *jval_copy(const struct jval *v)
{
	return wrap(json_deep_copy(raw(v)));
}

struct jval *jval_set(struct jval *object, const char *key, struct jval *value)
{
	CLEANUP(free) char *text = NULL;
	size_t n = strlen(key);

	/* Asked first, because jansson releases the value when it refuses the key. */
	if (!str_is_utf8(key, n))
		key = text = repaired(key, n, &n);
	if (json_object_set_new(raw(object), key, raw(value)) < 0)
		abort();
	return value;
}

struct jval *jval_push(struct jval *array, struct jval *value)
{
	if (json_array_append_new(raw(array), raw(value)) < 0)
		abort();
	return value;
}

void jval_set_text(struct jval *object, const char *key, const char *s)
{
	jval_set(object, key, jval_new_text(s));
}

void jval_set_int(struct jval *object, const char *key, int64_t v)
{
	jval_set(object, key, jval_new_int(v));
}

void jval_set_num(struct jval *object, const char *key, double v)
{
	jval_set(object, key, jval_new_num(v));
}

void jval_set_bool(struct jval *object, const char *key, bool v)
{
	jval_set(object, key, jval_new_bool(v));
}

static void format_text(const char *s, size_t n, struct buf *out)
{
	size_t from = 0;

	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != 0x7f && c != '"' && c != '\\')
			continue;
		buf_append(out, s + from, i - from);
		from = i + 1;
		switch (c) {
		case '"': buf_puts(out, "\\\""); break;
		case '\\': buf_puts(out, "\\\\"); break;
		case '\n': buf_puts(out, "\\n"); break;
		case '\r': buf_puts(out, "\\r"); break;
		case '\t': buf_puts(out, "\\t"); break;
		default: buf_printf(out, "\\u%04x", c);
		}
	}
	buf_append(out, s + from, n - from);
	buf_putc(out, '"');
}

struct formatter {
	enum jval_style style;
	struct buf *out;
};

static void format_value(const struct formatter *f, const json_t *j, size_t depth);

static void newline(const struct formatter *f, size_t depth)
{
	if (f->style != JVAL_PRETTY)
		return;
	buf_putc(f->out, '\n');
	for (size_t i = 0; i < depth; i++)
		buf_puts(f->out, "  ");
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void format_member(const struct formatter *f, const json_t *j, const char *key, bool first, size_t depth)
{
	if (!first)
		buf_putc(f->out, ',');
	newline(f, depth + 1);
	format_text(key, strlen(key), f->out);
	buf_puts(f->out, f->style == JVAL_PRETTY ? ": " : ":");
	format_value(f, json_object_get(j, key), depth + 1);
}

static void format_object(const struct formatter *f, const json_t *j, size_t depth)
{
	size_t n = json_object_size(j), i = 0;
	CLEANUP(free) const char **keys = mem_calloc(n, sizeof *keys);
	const char *key;
	json_t *child;

	json_object_foreach((json_t *)(uintptr_t)j, key, child)
		keys[i++] = key;
	if (f->style == JVAL_CANONICAL)
		qsort(keys, n, sizeof *keys, compare_keys);
	buf_putc(f->out, '{');
	for (i = 0; i < n; i++)
		format_member(f, j, keys[i], i == 0, depth);
	if (n)
		newline(f, depth);
	buf_putc(f->out, '}');
}

static void format_array(const struct formatter *f, const json_t *j, size_t depth)
{
	size_t n = json_array_size(j);

	buf_putc(f->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_putc(f->out, ',');
		newline(f, depth + 1);
		format_value(f, json_array_get(j, i), depth + 1);
	}
	if (n)
		newline(f, depth);
	buf_putc(f->out, ']');
}

static void format_value(const struct formatter *f, const json_t *j, size_t depth)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		format_object(f, j, depth);
		break;
	case JSON_ARRAY:
		format_array(f, j, depth);
		break;
	case JSON_STRING:
		format_text(json_string_value(j), json_string_length(j), f->out);
		break;
	case JSON_INTEGER:
		buf_printf(f->out, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
		break;
	case JSON_REAL:
		/* Not jansson's own printer: 2.14 writes 0.1 as 0.10000000000000001. */
		str_format_double(f->out, json_real_value(j));
		break;
	case JSON_TRUE:
		buf_puts(f->out, "true");
		break;
	case JSON_FALSE:
		buf_puts(f->out, "false");
		break;
	case JSON_NULL:
		buf_puts(f->out, "null");
		break;
	}
}

void jval_format(const struct jval *v, enum jval_style style, struct buf *out)
{
	format_value(&(struct formatter){ .style = style, .out = out }, raw(v), 0);
}
