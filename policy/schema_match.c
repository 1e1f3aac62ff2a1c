/* Checking a document against a JSON schema that schema_check() found right. */
#include "config.h"

#include "policy/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "policy/fields.h"
#include "policy/num.h"
#include "policy/regex.h"

/* One attempt: its errors, and how far it came, by which the best of several attempts is chosen. */
struct attempt {
	struct vec errors;
	int score;
};

/* Where in the document. */
struct place {
	const struct place *up;
	struct value name;
};

struct matcher {
	struct schema *s;
	unsigned depth;
	bool stopped;
};

static void match(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out);

static struct pool *pool_of(struct matcher *m)
{
	return eval_pool(m->s->ev);
}

static void put_place(const struct place *at, struct buf *out)
{
	if (!at)
		return;
	put_place(at->up, out);
	if (out->len)
		buf_putc(out, '.');
	buf_append(out, at->name.s, at->name.len);
}

static struct value place_text(struct matcher *m, const struct place *at)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);

	put_place(at, &b);
	return at ? value_string(pool_of(m), buf_text(&b), b.len) : text_value("(Root)");
}

static void WB_PRINTF(5, 6) fail(struct matcher *m,
		      struct attempt *out, const struct place *at, const char *type, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf desc = BUF_INIT(1 << 16);
	CLEANUP(buf_release) struct buf whole = BUF_INIT(1 << 17);
	struct fields f = { .pool = pool_of(m) };
	struct value field = place_text(m, at);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&desc, fmt, ap);
	va_end(ap);
	buf_printf(&whole, "%s: %s", field.s, buf_text(&desc));
	fields_put(&f, "desc", value_string(pool_of(m), buf_text(&desc), desc.len));
	fields_put(&f, "error", value_string(pool_of(m), buf_text(&whole), whole.len));
	fields_put(&f, "field", field);
	fields_put(&f, "type", text_value(type));
	vec_push(pool_of(m), &out->errors, fields_object(&f));
	out->score -= 2;
	m->stopped |= !eval_charge(m->s->ev, 4);
}

static void merge(struct matcher *m, struct attempt *out, const struct attempt *from)
{
	for (size_t i = 0; i < from->errors.n; i++)
		vec_push(pool_of(m), &out->errors, from->errors.v[i]);
	out->score += from->score;
}

static struct attempt try(struct matcher *m, struct value schema, struct value doc, const struct place *at)
{
	struct attempt a = { 0 };

	match(m, schema, doc, at, &a);
	return a;
}

static struct value number_name(struct matcher *m, uint32_t i)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u", i);

	return value_string(pool_of(m), text, (size_t)n);
}

static struct value written(struct matcher *m, struct value v)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(1 << 16);

	value_format(v, TEXT_JSON, &b);
	return value_string(pool_of(m), buf_text(&b), b.len);
}

/* ---- types ----------------------------------------------------------------------------------------------- */

static const char *type_of(struct value doc)
{
	if (doc.tag == V_NUMBER)
		return num_is_integer(doc) ? "integer" : "number";
	return doc.tag == V_SET ? "array" : value_type_name(doc);
}

static bool type_fits(struct value type, const char *given)
{
	return value_is_text(type, given) || (str_eq(given, "integer") && value_is_text(type, "number"));
}

static bool match_type(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value type = value_get_text(schema, "type");
	CLEANUP(buf_release) struct buf list = BUF_INIT(1024);
	const char *given = type_of(doc);

	if (type.tag == V_UNDEF || (type.tag == V_ARRAY && !type.len) || type_fits(type, given))
		return true;
	for (uint32_t i = 0; type.tag == V_ARRAY && i < type.len; i++) {
		if (type_fits(type.items[i], given))
			return true;
		buf_printf(&list, "%s%s", i ? "," : "", type.items[i].s);
	}
	if (type.tag == V_STRING || type.len == 1)
		fail(m, out, at, "invalid_type", "Invalid type. Expected: %s, given: %s",
		     type.tag == V_STRING ? type.s : buf_text(&list), given);
	else
		fail(m, out, at, "invalid_type", "Invalid type. Expected: [%s], given: %s", buf_text(&list), given);
	return false;
}

/* ---- schemas of schemas ---------------------------------------------------------------------------------- */

static void match_any(struct matcher *m, struct value list, struct value doc, const struct place *at, struct attempt *out)
{
	struct attempt best = { 0 };

	for (uint32_t i = 0; i < list.len; i++) {
		struct attempt a = try(m, list.items[i], doc, at);

		if (!a.errors.n)
			return;
		if (!best.errors.n || a.score > best.score)
			best = a;
	}
	if (!list.len)
		return;
	fail(m, out, at, "number_any_of", "Must validate at least one schema (anyOf)");
	merge(m, out, &best);
}

static void match_one(struct matcher *m, struct value list, struct value doc, const struct place *at, struct attempt *out)
{
	struct attempt best = { 0 };
	unsigned fit = 0;

	for (uint32_t i = 0; i < list.len; i++) {
		struct attempt a = try(m, list.items[i], doc, at);

		if (!a.errors.n)
			fit++;
		else if (!fit && (!best.errors.n || a.score > best.score))
			best = a;
	}
	if (fit == 1 || !list.len)
		return;
	fail(m, out, at, "number_one_of", "Must validate one and only one schema (oneOf)");
	if (!fit)
		merge(m, out, &best);
}

static void match_all(struct matcher *m, struct value list, struct value doc, const struct place *at, struct attempt *out)
{
	bool all = true;

	for (uint32_t i = 0; i < list.len; i++) {
		struct attempt a = try(m, list.items[i], doc, at);

		all &= !a.errors.n;
		merge(m, out, &a);
	}
	if (!all)
		fail(m, out, at, "number_all_of", "Must validate all the schemas (allOf)");
}

static void match_dependencies(struct matcher *m, struct value list, struct value doc, const struct place *at,
			       struct attempt *out)
{
	for (uint32_t i = 0; i < list.len; i++) {
		struct value needs = list.pairs[i].val;

		if (value_get(doc, list.pairs[i].key).tag == V_UNDEF)
			continue;
		if (needs.tag != V_ARRAY)
			match(m, needs, doc, at, out);
		for (uint32_t k = 0; needs.tag == V_ARRAY && k < needs.len; k++)
			if (value_get(doc, needs.items[k]).tag == V_UNDEF)
				fail(m, out, at, "missing_dependency", "Has a dependency on %s", needs.items[k].s);
	}
}

static void match_condition(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value cond = value_get_text(schema, "if"), branch;
	struct attempt a;
	bool holds;

	if (cond.tag == V_UNDEF || m->s->draft < 7)
		return;
	a = try(m, cond, doc, at);
	holds = !a.errors.n;
	branch = value_get_text(schema, holds ? "then" : "else");
	if (branch.tag == V_UNDEF)
		return;
	a = try(m, branch, doc, at);
	if (!a.errors.n)
		return;
	if (holds)
		fail(m, out, at, "condition_then", "Must validate \"then\" as \"if\" was valid");
	else
		fail(m, out, at, "condition_else", "Must validate \"else\" as \"if\" was not valid");
	merge(m, out, &a);
}

static void match_schemas(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value part;

	if ((part = value_get_text(schema, "anyOf")).tag != V_UNDEF)
		match_any(m, part, doc, at, out);
	if ((part = value_get_text(schema, "oneOf")).tag != V_UNDEF)
		match_one(m, part, doc, at, out);
	if ((part = value_get_text(schema, "allOf")).tag != V_UNDEF)
		match_all(m, part, doc, at, out);
	part = value_get_text(schema, "not");
	if (part.tag != V_UNDEF && !try(m, part, doc, at).errors.n)
		fail(m, out, at, "number_not", "Must not validate the schema (not)");
	part = value_get_text(schema, "dependencies");
	if (part.tag == V_OBJECT && doc.tag == V_OBJECT)
		match_dependencies(m, part, doc, at, out);
	match_condition(m, schema, doc, at, out);
	out->score++;
}

/* ---- any value ------------------------------------------------------------------------------------------- */

static void match_common(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value constant = value_get_text(schema, "const"), list = value_get_text(schema, "enum"),
		     format = value_get_text(schema, "format");
	CLEANUP(buf_release) struct buf allowed = BUF_INIT(1 << 16);
	bool found = false;

	if (constant.tag != V_UNDEF && m->s->draft >= 6 && !value_eq(constant, doc))
		fail(m, out, at, "const", "%s does not match: %s", place_text(m, at).s, written(m, constant).s);
	for (uint32_t i = 0; list.tag == V_ARRAY && i < list.len; i++) {
		found |= value_eq(list.items[i], doc);
		buf_puts(&allowed, i ? ", " : "");
		value_format(list.items[i], TEXT_JSON, &allowed);
	}
	if (list.tag == V_ARRAY && !found)
		fail(m, out, at, "enum", "%s must be one of the following: %s", place_text(m, at).s, buf_text(&allowed));
	if (format.tag == V_STRING && doc.tag == V_STRING && !schema_format_fits(m->s, format, doc))
		fail(m, out, at, "format", "Does not match format '%s'", format.s);
	out->score++;
}

/* ---- arrays ---------------------------------------------------------------------------------------------- */

static void match_element(struct matcher *m, struct value schema, struct value doc, uint32_t i, const struct place *at,
			  struct attempt *out)
{
	struct place here = { at, number_name(m, i) };
	struct attempt a = try(m, schema, doc.items[i], &here);

	merge(m, out, &a);
}

static void match_items(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value items = value_get_text(schema, "items"), more = value_get_text(schema, "additionalItems");

	if (items.tag == V_UNDEF || (items.tag == V_ARRAY && !items.len))
		return;
	for (uint32_t i = 0; i < doc.len && !m->stopped; i++) {
		if (items.tag != V_ARRAY)
			match_element(m, items, doc, i, at, out);
		else if (i < items.len)
			match_element(m, items.items[i], doc, i, at, out);
		else if (more.tag == V_OBJECT)
			match_element(m, more, doc, i, at, out);
	}
	if (items.tag == V_ARRAY && items.len < doc.len && more.tag == V_BOOL && !more.i)
		fail(m, out, at, "array_no_additional_items", "No additional items allowed on array");
}

/* What keyword allows, against how many there are; sign: -1 a least, 1 a most. */
static bool count_fits(struct value schema, const char *keyword, uint64_t n, int sign, struct value *out)
{
	*out = value_get_text(schema, keyword);
	return out->tag == V_UNDEF || (sign < 0 ? n >= (uint64_t)out->i : n <= (uint64_t)out->i);
}

static void match_unique(struct matcher *m, struct value doc, const struct place *at, struct attempt *out)
{
	if (!eval_charge(m->s->ev, (uint64_t)doc.len * doc.len / 4)) {
		m->stopped = true;
		return;
	}
	for (uint32_t k = 0; k < doc.len; k++)
		for (uint32_t i = k; i-- > 0;)
			if (value_eq(doc.items[i], doc.items[k])) {
				fail(m, out, at, "unique", "array items[%u,%u] must be unique", i, k);
				break;
			}
}

static void match_contains(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct attempt best = { 0 };

	for (uint32_t i = 0; i < doc.len && !m->stopped; i++) {
		struct place here = { at, number_name(m, i) };
		struct attempt a = try(m, schema, doc.items[i], &here);

		if (!a.errors.n)
			return;
		if (!best.errors.n || a.score > best.score)
			best = a;
	}
	fail(m, out, at, "contains", "At least one of the items must match");
	merge(m, out, &best);
}

static void match_array(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value part = value_get_text(schema, "contains"), n;

	match_items(m, schema, doc, at, out);
	if (!count_fits(schema, "minItems", doc.len, -1, &n))
		fail(m, out, at, "array_min_items", "Array must have at least %lld items", (long long)n.i);
	if (!count_fits(schema, "maxItems", doc.len, 1, &n))
		fail(m, out, at, "array_max_items", "Array must have at most %lld items", (long long)n.i);
	if (!value_is_false(value_get_text(schema, "uniqueItems")))
		match_unique(m, doc, at, out);
	if (part.tag != V_UNDEF && m->s->draft >= 6)
		match_contains(m, part, doc, at, out);
	out->score++;
}

/* ---- objects --------------------------------------------------------------------------------------------- */

static bool match_patterns(struct matcher *m, struct value patterns, struct pair member, const struct place *at,
			   struct attempt *out)
{
	bool any = false;

	for (uint32_t i = 0; patterns.tag == V_OBJECT && i < patterns.len; i++) {
		struct regex *re = schema_regex(m->s, patterns.pairs[i].key);
		uint64_t fuel = eval_steps_left(m->s->ev), before = fuel;
		bool fits = re && regex_find(re, member.key.s, member.key.len, 0, NULL, &fuel) == 1;

		m->stopped |= !eval_charge(m->s->ev, before - fuel);
		if (fits) {
			struct place here = { at, member.key };
			struct attempt a = try(m, patterns.pairs[i].val, member.val, &here);

			any = true;
			merge(m, out, &a);
		}
	}
	out->score += any;
	return any;
}

static void match_member(struct matcher *m, struct value schema, struct pair member, const struct place *at, struct attempt *out)
{
	struct value known = value_get(value_get_text(schema, "properties"), member.key),
		     rest = value_get_text(schema, "additionalProperties");
	struct place here = { at, member.key };
	struct attempt a;

	if (match_patterns(m, value_get_text(schema, "patternProperties"), member, at, out) || known.tag != V_UNDEF)
		return;
	if (rest.tag == V_BOOL && !rest.i)
		fail(m, out, at, "additional_property_not_allowed", "Additional property %s is not allowed", member.key.s);
	if (rest.tag != V_OBJECT)
		return;
	a = try(m, rest, member.val, &here);
	merge(m, out, &a);
}

static void match_name(struct matcher *m, struct value names, struct value name, const struct place *at, struct attempt *out)
{
	struct attempt a = try(m, names, name, at);

	if (!a.errors.n)
		return;
	fail(m, out, at, "invalid_property_name", "Property name of \"%s\" does not match", name.s);
	merge(m, out, &a);
}

static void match_object(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value required = value_get_text(schema, "required"), names = value_get_text(schema, "propertyNames"), n;

	if (!count_fits(schema, "minProperties", doc.len, -1, &n))
		fail(m, out, at, "array_min_properties", "Must have at least %lld properties", (long long)n.i);
	if (!count_fits(schema, "maxProperties", doc.len, 1, &n))
		fail(m, out, at, "array_max_properties", "Must have at most %lld properties", (long long)n.i);
	for (uint32_t i = 0; required.tag == V_ARRAY && i < required.len; i++) {
		if (value_get(doc, required.items[i]).tag != V_UNDEF)
			out->score++;
		else
			fail(m, out, at, "required", "%s is required", required.items[i].s);
	}
	for (uint32_t i = 0; i < doc.len && !m->stopped; i++)
		if (doc.pairs[i].key.tag == V_STRING)
			match_member(m, schema, doc.pairs[i], at, out);
	for (uint32_t i = 0; names.tag != V_UNDEF && m->s->draft >= 6 && i < doc.len && !m->stopped; i++)
		if (doc.pairs[i].key.tag == V_STRING)
			match_name(m, names, doc.pairs[i].key, at, out);
	out->score++;
}

static void match_properties(struct matcher *m, struct value schema, struct value doc, const struct place *at,
			     struct attempt *out)
{
	struct value known = value_get_text(schema, "properties");

	for (uint32_t i = 0; known.tag == V_OBJECT && i < known.len && !m->stopped; i++) {
		struct place here = { at, known.pairs[i].key };
		struct value v = value_get(doc, known.pairs[i].key);

		if (v.tag != V_UNDEF)
			match(m, known.pairs[i].val, v, &here, out);
	}
}

/* ---- texts and numbers ----------------------------------------------------------------------------------- */

static uint64_t characters(struct value s)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.s[i] & 0xc0) != 0x80;
	return n;
}

static void match_text(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value pattern = value_get_text(schema, "pattern"), n;

	if (!count_fits(schema, "minLength", characters(doc), -1, &n))
		fail(m, out, at, "string_gte", "String length must be greater than or equal to %lld", (long long)n.i);
	if (!count_fits(schema, "maxLength", characters(doc), 1, &n))
		fail(m, out, at, "string_lte", "String length must be less than or equal to %lld", (long long)n.i);
	if (pattern.tag == V_STRING) {
		struct regex *re = schema_regex(m->s, pattern);
		uint64_t fuel = eval_steps_left(m->s->ev), before = fuel;

		if (re && regex_find(re, doc.s, doc.len, 0, NULL, &fuel) == 0)
			fail(m, out, at, "pattern", "Does not match pattern '%s'", pattern.s);
		m->stopped |= !eval_charge(m->s->ev, before - fuel);
	}
	out->score++;
}

/* The bound of keyword; in draft 4 exclusive ones are words beside the plain ones. */
static struct value bound(struct value schema, const char *plain, const char *exclusive, bool want_exclusive)
{
	struct value p = value_get_text(schema, plain), x = value_get_text(schema, exclusive);

	if (x.tag == V_BOOL)
		return !want_exclusive == !x.i ? p : VALUE_UNDEF;
	return want_exclusive ? x : p;
}

static bool is_multiple(struct matcher *m, struct value doc, struct value of)
{
	struct value a = doc, b = of;

	/* Both made whole by as many tens as either has places. */
	for (int i = 0; i < 40 && !(num_is_integer(a) && num_is_integer(b)); i++) {
		a = num_mul(pool_of(m), a, value_int(10));
		b = num_mul(pool_of(m), b, value_int(10));
	}
	return num_is_integer(a) && num_is_integer(b) && num_is_zero(num_rem(pool_of(m), a, b));
}

static void match_bounds(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value b = bound(schema, "maximum", "exclusiveMaximum", false);

	if (b.tag == V_NUMBER && num_cmp(doc, b) > 0)
		fail(m, out, at, "number_lte", "Must be less than or equal to %s", written(m, b).s);
	b = bound(schema, "maximum", "exclusiveMaximum", true);
	if (b.tag == V_NUMBER && num_cmp(doc, b) >= 0)
		fail(m, out, at, "number_lt", "Must be less than %s", written(m, b).s);
	b = bound(schema, "minimum", "exclusiveMinimum", false);
	if (b.tag == V_NUMBER && num_cmp(doc, b) < 0)
		fail(m, out, at, "number_gte", "Must be greater than or equal to %s", written(m, b).s);
	b = bound(schema, "minimum", "exclusiveMinimum", true);
	if (b.tag == V_NUMBER && num_cmp(doc, b) <= 0)
		fail(m, out, at, "number_gt", "Must be greater than %s", written(m, b).s);
}

static void match_number(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value multiple = value_get_text(schema, "multipleOf");

	if (multiple.tag == V_NUMBER && !is_multiple(m, doc, multiple))
		fail(m, out, at, "multiple_of", "Must be a multiple of %s", written(m, multiple).s);
	match_bounds(m, schema, doc, at, out);
	out->score++;
}

/* ---- all ------------------------------------------------------------------------------------------------- */

static void match_whole(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	struct value reference = value_get_text(schema, "$ref");

	if (reference.tag == V_STRING) {
		match(m, schema_at(m->s, reference), doc, at, out);
		return;
	}
	if (!match_type(m, schema, doc, at, out))
		return;
	match_schemas(m, schema, doc, at, out);
	if (doc.tag == V_NUMBER)
		match_number(m, schema, doc, at, out);
	if (doc.tag == V_ARRAY || doc.tag == V_SET)
		match_array(m, schema, doc, at, out);
	if (doc.tag == V_OBJECT)
		match_object(m, schema, doc, at, out);
	match_common(m, schema, doc, at, out);
	if (doc.tag == V_STRING)
		match_text(m, schema, doc, at, out);
	if (doc.tag == V_OBJECT)
		match_properties(m, schema, doc, at, out);
	out->score++;
}

static void match(struct matcher *m, struct value schema, struct value doc, const struct place *at, struct attempt *out)
{
	if (schema.tag == V_BOOL) {
		if (!schema.i)
			fail(m, out, at, "false", "False always fails validation");
		return;
	}
	if (m->stopped || m->depth == SCHEMA_DEPTH_MAX || !eval_charge(m->s->ev, 4 + schema.len)) {
		m->stopped = true;
		return;
	}
	m->depth++;
	match_whole(m, schema, doc, at, out);
	m->depth--;
}

bool schema_match(struct schema *s, struct value doc, struct vec *out_errors)
{
	struct matcher m = { .s = s };
	struct attempt a = try(&m, s->root, doc, NULL);

	*out_errors = a.errors;
	return !m.stopped;
}
