/* Checking that a value is a JSON schema: keyword by keyword, in the order and words of OPA's library. */
#include "config.h"

#include "policy/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "policy/num.h"
#include "policy/regex.h"

static bool WB_PRINTF(2, 3) wrong(struct schema *s, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(4096);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (!s->wrong)
		s->wrong = value_string(eval_pool(s->ev), buf_text(&b), b.len).s;
	return false;
}

static bool wrong_type(struct schema *s, const char *expected, const char *given)
{
	return wrong(s, "Invalid type. Expected: %s, given: %s", expected, given);
}

/* ---- references and patterns ----------------------------------------------------------------------------- */

/* One part of a pointer, with ~0, ~1 and %XX read. */
static struct value pointer_part(struct pool *p, const char *at, size_t n)
{
	char *text = pool_alloc(p, n + 1);
	uint32_t made = 0;

	for (size_t i = 0; i < n; i++) {
		char c = at[i];

		if (c == '~' && i + 1 < n && (at[i + 1] == '0' || at[i + 1] == '1')) {
			c = at[++i] == '0' ? '~' : '/';
		} else if (c == '%' && i + 2 < n && isxdigit((unsigned char)at[i + 1]) && isxdigit((unsigned char)at[i + 2])) {
			unsigned byte;

			sscanf(at + i + 1, "%2x", &byte);
			c = (char)byte;
			i += 2;
		}
		text[made++] = c;
	}
	text[made] = '\0';
	return value_borrow(text, made);
}

static struct value member(struct schema *s, struct value v, struct value part)
{
	struct value found = VALUE_UNDEF, index;

	if (v.tag == V_OBJECT) {
		found = value_get(v, part);
		if (found.tag == V_UNDEF)
			wrong(s, "Object has no key '%s'", part.s);
	} else if (v.tag == V_ARRAY && num_parse(eval_pool(s->ev), part.s, part.len, &index)) {
		found = value_get(v, index);
		if (found.tag == V_UNDEF)
			wrong(s, "Out of bound array[0,%u] index '%s'", v.len, part.s);
	} else {
		wrong(s, "Invalid token reference '%s'", part.s);
	}
	return found;
}

struct value schema_at(struct schema *s, struct value reference)
{
	struct value v = s->root;
	const char *at = reference.s + 1, *end = reference.s + reference.len;

	if (!reference.len || reference.s[0] != '#' || (at < end && *at != '/')) {
		wrong(s, "Reference %s must be within the document", reference.s);
		return VALUE_UNDEF;
	}
	while (at < end && v.tag != V_UNDEF) {
		const char *slash = memchr(at + 1, '/', (size_t)(end - at - 1));
		const char *stop = slash ? slash : end;

		v = member(s, v, pointer_part(eval_pool(s->ev), at + 1, (size_t)(stop - at - 1)));
		at = stop;
	}
	return v;
}

struct regex *schema_regex(struct schema *s, struct value pattern)
{
	char why[128];

	if (!eval_charge(s->ev, 10 + pattern.len))
		return NULL;
	return regex_compile(eval_pool(s->ev), pattern.s, pattern.len, why, sizeof why);
}

/* ---- keywords -------------------------------------------------------------------------------------------- */

static bool check(struct schema *s, struct value v);

static bool is_schema(struct value v)
{
	return v.tag == V_OBJECT || v.tag == V_BOOL;
}

static bool check_each(struct schema *s, struct value object)
{
	for (uint32_t i = 0; i < object.len; i++)
		if (!check(s, object.pairs[i].val))
			return false;
	return true;
}

static bool check_text(struct schema *s, const char *name, struct value v)
{
	return v.tag == V_STRING || wrong_type(s, "string", name);
}

static bool check_definitions(struct schema *s, const char *name, struct value v)
{
	if (v.tag != V_OBJECT)
		return wrong_type(s, "Array Of Schemas", name);
	for (uint32_t i = 0; i < v.len; i++)
		if (!is_schema(v.pairs[i].val))
			return wrong_type(s, "Array Of Schemas", name);
	return check_each(s, v);
}

static bool check_type_name(struct schema *s, struct value v, struct vec *seen)
{
	static const char *const types[] = { "array", "boolean", "integer", "number", "null", "object", "string" };
	bool known = false;

	if (v.tag != V_STRING)
		return wrong_type(s, "type", "string/Array Of Strings");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		known |= value_is_text(v, types[i]);
	if (!known)
		return wrong(s, "has a primitive type that is NOT VALID -- given: /%s/ Expected valid values are:"
			     "[array boolean integer number null object string]", v.s);
	for (size_t i = 0; i < seen->n; i++)
		if (value_eq(seen->v[i], v))
			return wrong(s, "%s type is duplicated", v.s);
	vec_push(eval_pool(s->ev), seen, v);
	return true;
}

static bool check_type(struct schema *s, const char *name, struct value v)
{
	struct vec seen = { 0 };

	(void)name;
	if (v.tag != V_ARRAY)
		return check_type_name(s, v, &seen);
	for (uint32_t i = 0; i < v.len; i++)
		if (!check_type_name(s, v.items[i], &seen))
			return false;
	return true;
}

static bool check_properties(struct schema *s, const char *name, struct value v)
{
	(void)name;
	return v.tag == V_OBJECT ? check_each(s, v) : wrong(s, "Properties must be of type object");
}

static bool check_bool_or_schema(struct schema *s, const char *name, struct value v)
{
	if (v.tag == V_BOOL)
		return true;
	return v.tag == V_OBJECT ? check(s, v) : wrong_type(s, "boolean/Valid Schema", name);
}

static bool check_patterns(struct schema *s, const char *name, struct value v)
{
	if (v.tag != V_OBJECT)
		return wrong_type(s, "Valid Schema", name);
	for (uint32_t i = 0; i < v.len; i++)
		if (v.pairs[i].key.tag == V_STRING && !schema_regex(s, v.pairs[i].key))
			return wrong(s, "Invalid regex pattern '%s'", v.pairs[i].key.s);
	return check_each(s, v);
}

static bool check_names(struct schema *s, const char *name, struct value v)
{
	(void)name;
	return is_schema(v) ? check(s, v) : wrong_type(s, "Valid Schema", "patternProperties");
}

static bool check_dependency(struct schema *s, struct value v)
{
	bool fits = is_schema(v) || v.tag == V_ARRAY;

	for (uint32_t i = 0; v.tag == V_ARRAY && i < v.len; i++)
		fits &= v.items[i].tag == V_STRING;
	if (!fits)
		return wrong(s, "Dependency must be of type Schema Or Array Of Strings");
	return v.tag == V_ARRAY || check(s, v);
}

static bool check_dependencies(struct schema *s, const char *name, struct value v)
{
	if (v.tag != V_OBJECT)
		return wrong(s, "%s must be of type object", name);
	for (uint32_t i = 0; i < v.len; i++)
		if (!check_dependency(s, v.pairs[i].val))
			return false;
	return true;
}

static bool check_items(struct schema *s, const char *name, struct value v)
{
	if (is_schema(v))
		return check(s, v);
	if (v.tag != V_ARRAY)
		return wrong_type(s, "Valid Schema/Array Of Schemas", name);
	for (uint32_t i = 0; i < v.len; i++)
		if (!is_schema(v.items[i]) ? !wrong_type(s, "Valid Schema/Array Of Schemas", name) : !check(s, v.items[i]))
			return false;
	return true;
}

static bool check_multiple(struct schema *s, const char *name, struct value v)
{
	if (v.tag != V_NUMBER)
		return wrong_type(s, "Number", name);
	return num_sign(v) > 0 || wrong(s, "%s must be strictly greater than 0", name);
}

static bool check_number(struct schema *s, const char *name, struct value v)
{
	return v.tag == V_NUMBER || wrong(s, "%s must be of a Number", name);
}

/* Behind minimum and maximum: in draft 4 a word about those, later a number of its own. */
static bool check_exclusive(struct schema *s, const char *name, struct value v, struct value plain)
{
	bool old = s->draft == 4, any = s->draft == SCHEMA_ANY_DRAFT;

	if (v.tag == V_BOOL && (old || any))
		return plain.tag != V_UNDEF ||
		       wrong(s, "%s cannot be used without %s", name, str_eq(name, "exclusiveMinimum") ? "minimum" : "maximum");
	if (v.tag == V_NUMBER && !old)
		return true;
	return wrong_type(s, old ? "boolean" : any ? "boolean/number" : "number", name);
}

static bool check_count(struct schema *s, const char *name, struct value v)
{
	int64_t n;

	if (v.tag != V_NUMBER || v.num == NUM_DEC || !num_to_i64(v, &n))
		return wrong(s, "%s must be of an integer", name);
	return n >= 0 || wrong(s, "%s must be greater than or equal to 0", name);
}

static bool check_pattern(struct schema *s, const char *name, struct value v)
{
	if (v.tag != V_STRING)
		return wrong_type(s, "string", name);
	return schema_regex(s, v) || wrong(s, "%s must be a valid regex", name);
}

static bool check_array(struct schema *s, const char *name, struct value v)
{
	return v.tag == V_ARRAY || wrong(s, "%s must be of an array", name);
}

static bool check_unique(struct schema *s, const char *name, struct value v)
{
	if (!check_array(s, name, v) || !eval_charge(s->ev, (uint64_t)v.len * v.len / 4))
		return false;
	for (uint32_t i = 0; i < v.len; i++)
		for (uint32_t k = 0; k < i; k++)
			if (value_eq(v.items[i], v.items[k]))
				return wrong(s, "%s items must be unique", name);
	return true;
}

static bool check_required(struct schema *s, const char *name, struct value v)
{
	for (uint32_t i = 0; v.tag == V_ARRAY && i < v.len; i++)
		if (v.items[i].tag != V_STRING)
			return wrong_type(s, "string", name);
	return check_unique(s, name, v);
}

static bool check_bool(struct schema *s, const char *name, struct value v)
{
	return v.tag == V_BOOL || wrong(s, "%s must be of a boolean", name);
}

static bool check_schema(struct schema *s, const char *name, struct value v)
{
	(void)name;
	return check(s, v);
}

static bool check_schemas(struct schema *s, const char *name, struct value v)
{
	if (!check_array(s, name, v))
		return false;
	for (uint32_t i = 0; i < v.len; i++)
		if (!check(s, v.items[i]))
			return false;
	return true;
}

static bool check_object(struct schema *s, const char *name, struct value v)
{
	return is_schema(v) ? check(s, v) : wrong(s, "%s must be of an object", name);
}

static const struct {
	const char *name;
	bool (*check)(struct schema *s, const char *name, struct value v);
	int since;
} keywords[] = {
	{ "type", check_type, 0 },
	{ "properties", check_properties, 0 },
	{ "additionalProperties", check_bool_or_schema, 0 },
	{ "patternProperties", check_patterns, 0 },
	{ "propertyNames", check_names, 6 },
	{ "dependencies", check_dependencies, 0 },
	{ "items", check_items, 0 },
	{ "additionalItems", check_bool_or_schema, 0 },
	{ "multipleOf", check_multiple, 0 },
	{ "minimum", check_number, 0 },
	{ "exclusiveMinimum", NULL, 0 },
	{ "maximum", check_number, 0 },
	{ "exclusiveMaximum", NULL, 0 },
	{ "minLength", check_count, 0 },
	{ "maxLength", check_count, 0 },
	{ "pattern", check_pattern, 0 },
	{ "format", check_text, 0 },
	{ "minProperties", check_count, 0 },
	{ "maxProperties", check_count, 0 },
	{ "required", check_required, 0 },
	{ "minItems", check_count, 0 },
	{ "maxItems", check_count, 0 },
	{ "uniqueItems", check_bool, 0 },
	{ "contains", check_schema, 6 },
	{ "enum", check_unique, 0 },
	{ "oneOf", check_schemas, 0 },
	{ "anyOf", check_schemas, 0 },
	{ "allOf", check_schemas, 0 },
	{ "not", check_object, 0 },
	{ "if", check_object, 7 },
	{ "then", check_object, 7 },
	{ "else", check_object, 7 },
};

/* A most of name2 below a least of name1. */
static bool check_order(struct schema *s, struct value v, const char *least, const char *most)
{
	struct value a = value_get_text(v, least), b = value_get_text(v, most);

	if (a.tag == V_UNDEF || b.tag == V_UNDEF || num_cmp(a, b) <= 0)
		return true;
	return wrong(s, "%s cannot be greater than %s", least, most);
}

static bool check_keywords(struct schema *s, struct value v)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		const char *name = keywords[i].name;
		struct value part = value_get_text(v, name);

		if (part.tag == V_UNDEF || s->draft < keywords[i].since)
			continue;
		if (keywords[i].check ? !keywords[i].check(s, name, part) :
					!check_exclusive(s, name, part, value_get_text(v, i < 12 ? "minimum" : "maximum")))
			return false;
		if ((str_eq(name, "maxLength") && !check_order(s, v, "minLength", name)) ||
		    (str_eq(name, "maxProperties") && !check_order(s, v, "minProperties", name)))
			return false;
	}
	return true;
}

static bool check_reference(struct schema *s, struct value reference)
{
	struct value target;

	if (reference.tag != V_STRING)
		return wrong_type(s, "string", "$ref");
	for (size_t i = 0; i < s->nseen; i++)
		if (value_eq(s->seen[i], reference))
			return true;
	if (s->nseen == SCHEMA_REFERENCES_MAX)
		return wrong(s, "more than %d references", SCHEMA_REFERENCES_MAX);
	s->seen[s->nseen++] = reference;
	target = schema_at(s, reference);
	if (target.tag == V_UNDEF)
		return false;
	return is_schema(target) ? check(s, target) : wrong(s, "Valid Schema must be of type object");
}

static bool check_members(struct schema *s, struct value v)
{
	static const char *const texts[] = { "id", "$id", "title", "description" };
	struct value part = value_get_text(v, "definitions"), reference = value_get_text(v, "$ref");

	if (part.tag != V_UNDEF && !check_definitions(s, "definitions", part))
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		part = value_get_text(v, texts[i]);
		/* "id" is a keyword of draft 4 alone, "$id" of the others. */
		if (part.tag != V_UNDEF && (i > 1 || s->draft == SCHEMA_ANY_DRAFT || (s->draft == 4) == (i == 0)) &&
		    !check_text(s, texts[i], part))
			return false;
	}
	return reference.tag != V_UNDEF ? check_reference(s, reference) : check_keywords(s, v);
}

static bool check(struct schema *s, struct value v)
{
	bool ok;

	if (v.tag == V_BOOL && s->draft >= 6)
		return true;
	if (v.tag != V_OBJECT)
		return wrong(s, "Expected: Valid Schema, given: Invalid JSON");
	if (s->depth == SCHEMA_DEPTH_MAX)
		return wrong(s, "nested too deep");
	if (!eval_charge(s->ev, 8 + v.len))
		return false;
	s->depth++;
	ok = check_members(s, v);
	s->depth--;
	return ok;
}

static bool find_draft(struct schema *s)
{
	static const char begin[] = "http://json-schema.org/draft-0", end[] = "/schema";
	struct value v = value_get_text(s->root, "$schema");
	size_t n = sizeof begin - 1;

	s->draft = SCHEMA_ANY_DRAFT;
	if (v.tag == V_UNDEF)
		return true;
	if (v.tag != V_STRING)
		return wrong(s, "$schema must be of type string");
	if (v.len > n + sizeof end - 1 && memcmp(v.s, begin, n) == 0 && memcmp(v.s + n + 1, end, sizeof end - 1) == 0 &&
	    strchr("467", v.s[n]))
		s->draft = v.s[n] - '0';
	return true;
}

bool schema_check(struct schema *s, struct eval *ev, struct value root)
{
	*s = (struct schema){ .ev = ev, .root = root };
	if (!is_schema(root))
		return wrong(s, "schema is invalid");
	if (root.tag == V_OBJECT && !find_draft(s))
		return false;
	if (root.tag == V_BOOL)
		s->draft = SCHEMA_ANY_DRAFT;
	return check(s, root);
}
