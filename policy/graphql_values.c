/* The rules on values: what they are of, and what variables they hold. Above each: its name in the reference. */
#include "config.h"

#include "policy/graphql_rules.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what can be read ------------------------------------------------------------------------------------ */

enum number { NUMBER_NONE, NUMBER_FITS, NUMBER_HUGE };

/* A whole number of so many bits, as written. */
static enum number whole_number(struct value raw, int bits)
{
	size_t sign = raw.len && (raw.s[0] == '-' || raw.s[0] == '+'), i;
	uint64_t n = 0, most = (UINT64_C(1) << (bits - 1)) - (sign && raw.s[0] == '-' ? 0 : 1);
	bool huge = false;

	for (i = sign; i < raw.len && raw.s[i] >= '0' && raw.s[i] <= '9'; i++) {
		unsigned digit = (unsigned)(raw.s[i] - '0');

		huge = huge || n > (most - digit) / 10;
		n = huge ? 0 : n * 10 + digit;
	}
	if (i == sign || i < raw.len)
		return NUMBER_NONE;
	return huge ? NUMBER_HUGE : NUMBER_FITS;
}

static bool reads_as_float(struct gql_check *c, struct value raw)
{
	struct value text = value_string(c->g->pool, raw.s, raw.len);
	char *end;
	double d = strtod(text.s, &end);

	return end == text.s + text.len && raw.len && isfinite(d);
}

static bool reads_as_bool(struct value raw)
{
	static const char *const words[] = { "1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (value_is_text(raw, words[i]))
			return true;
	return false;
}

static bool is_readable(struct gql_check *c, const struct gql_value *v);

static bool children_readable(struct gql_check *c, const struct gql_value *v)
{
	for (uint32_t i = 0; i < v->children.n; i++) {
		const struct gql_value *child = ((struct gql_child *)v->children.v[i])->value;
		bool unset = child->kind == GQL_VARIABLE && (!child->variable || !child->variable->initial);

		if (!(v->kind == GQL_OBJECT && unset) && !is_readable(c, child))
			return false;
	}
	return true;
}

/* Whether the numbers in it are such as a program could hold. */
static bool is_readable(struct gql_check *c, const struct gql_value *v)
{
	bool fine = true;

	if (!gql_deeper(c))
		fine = false;
	else if (v->kind == GQL_VARIABLE)
		fine = !v->variable || !v->variable->initial || is_readable(c, v->variable->initial);
	else if (v->kind == GQL_INT)
		fine = whole_number(gql_text(v->raw), 64) == NUMBER_FITS;
	else if (v->kind == GQL_FLOAT)
		fine = reads_as_float(c, gql_text(v->raw));
	else if (v->kind == GQL_BOOL)
		fine = reads_as_bool(gql_text(v->raw));
	else if (v->kind == GQL_LIST || v->kind == GQL_OBJECT)
		fine = children_readable(c, v);
	c->level--;
	return fine;
}

/* ---- ValuesOfCorrectType --------------------------------------------------------------------------------- */

static bool is_called(const struct gql_value *v, const char *const *names)
{
	for (; *names; names++)
		if (value_is_text(gql_text(v->definition->name), *names))
			return true;
	return false;
}
#define IS_ONE_OF(v, ...) is_called(v, (const char *const[]){ __VA_ARGS__, NULL })

static void put_misfit(struct buf *out, const struct gql_value *v, const char *type, const char *shown)
{
	static const struct {
		const char *type, *text;
	} own[] = {
		{ "String", "String cannot represent a non string value: " },
		{ "Boolean", "Boolean cannot represent a non boolean value: " },
		{ "Float", "Float cannot represent non numeric value: " },
		{ "ID", "ID cannot represent a non-string and non-integer value: " },
		{ "Int", "Int cannot represent non-integer value: " },
	};
	size_t n = strlen(type);

	if (strcmp(type, "[String]") == 0) {
		buf_printf(out, "%s%s", own[0].text, shown);
		return;
	}
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strncmp(type, own[i].type, strlen(own[i].type)) == 0 && (n == strlen(own[i].type) || strcmp(type + n - 1, "!") == 0) &&
		    n <= strlen(own[i].type) + 1) {
			bool huge = *type == 'I' && type[1] == 'n' && whole_number(gql_text(v->raw), 32) == NUMBER_HUGE;

			buf_printf(out, "%s%s", huge ? "Int cannot represent non 32-bit signed integer value: " : own[i].text, shown);
			return;
		}
	if (v->definition->is == GQL_K_ENUM)
		buf_printf(out, "Enum \"%s\" cannot represent non-enum value: %s.", type, shown);
	else
		buf_printf(out, "Expected value of type \"%s\", found %s.", type, shown);
}

/* The value and the type expected, as messages show them. */
struct shown {
	struct buf value, type;
};

static void shown_release(struct shown *s)
{
	buf_release(&s->value);
	buf_release(&s->type);
}
DEFINE_CLEANUP_VALUE(shown_release, struct shown);

static void show(struct shown *s, const struct gql_value *v)
{
	*s = (struct shown){ BUF_INIT(GQL_FAULTS_MAX), BUF_INIT(GQL_FAULTS_MAX) };
	gql_put_value(&s->value, v);
	gql_put_type(&s->type, v->expected);
}

static void tell_misfit(struct gql_check *c, const struct gql_value *v, const struct shown *s, const char *more)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(GQL_FAULTS_MAX);

	put_misfit(&text, v, buf_text(&s->type), buf_text(&s->value));
	gql_fault(c->g, v->pos, "%s%s", buf_text(&text), more);
}

static void check_string(struct gql_check *c, const struct gql_value *v, const struct shown *s)
{
	CLEANUP(buf_release) struct buf more = BUF_INIT(GQL_FAULTS_MAX);
	struct vec names;

	if (v->definition->is != GQL_K_ENUM) {
		if (!IS_ONE_OF(v, "String", "ID"))
			tell_misfit(c, v, s, "");
		return;
	}
	names = gql_member_names(c, &v->definition->values);
	gql_suggest(c, &more, "Did you mean the enum value", v->raw, &names, true);
	gql_fault(c->g, v->pos, "Enum \"%s\" cannot represent non-enum value: %s.%s", buf_text(&s->type), buf_text(&s->value),
		  buf_text(&more));
}

static void check_enum(struct gql_check *c, const struct gql_value *v, const struct shown *s)
{
	CLEANUP(buf_release) struct buf more = BUF_INIT(GQL_FAULTS_MAX);
	struct vec names = { 0 };

	if (v->definition->is != GQL_K_ENUM) {
		tell_misfit(c, v, s, "");
		return;
	}
	if (gql_member_of(c->g, &v->definition->values, v->raw))
		return;
	names = gql_member_names(c, &v->definition->values);
	gql_suggest(c, &more, "Did you mean the enum value", v->raw, &names, true);
	gql_fault(c->g, v->pos, "Value \"%s\" does not exist in \"%s\" enum.%s", buf_text(&s->value), buf_text(&s->type),
		  buf_text(&more));
}

/* @oneOf: one key, and not null. */
static void check_one_of(struct gql_check *c, const struct gql_value *v)
{
	const struct gql_definition *def = v->definition;
	const struct gql_value *child = v->children.n ? ((struct gql_child *)v->children.v[0])->value : NULL;

	if (v->children.n != 1)
		gql_fault(c->g, v->pos, "OneOf Input Object \"%.*s\" must specify exactly one key.", GQL_S(def->name));
	else if (child->kind == GQL_NULL)
		gql_fault(c->g, child->pos, "Field \"%.*s.%.*s\" must be non-null.", GQL_S(def->name),
			  GQL_S(def->fields.n ? ((struct gql_member *)def->fields.v[0])->name : VALUE_UNDEF));
}

static void check_object(struct gql_check *c, const struct gql_value *v)
{
	const struct gql_definition *def = v->definition;

	for (uint32_t i = 0; i < def->fields.n && gql_charge(c->g, 1); i++) {
		CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);
		const struct gql_member *m = def->fields.v[i];

		if (!m->type->non_null || m->initial || gql_child_of(c->g, &v->children, m->name))
			continue;
		gql_put_type(&type, m->type);
		gql_fault(c->g, v->pos, "Field \"%.*s.%.*s\" of required type \"%s\" was not provided.", GQL_S(def->name),
			  GQL_S(m->name), buf_text(&type));
	}
	for (uint32_t i = 0; i < def->directives.n; i++)
		if (value_is_text(gql_text(((struct gql_directive *)def->directives.v[i])->name), "oneOf"))
			check_one_of(c, v);
	for (uint32_t i = 0; i < v->children.n && gql_charge(c->g, 1); i++) {
		CLEANUP(buf_release) struct buf more = BUF_INIT(GQL_FAULTS_MAX);
		const struct gql_child *child = v->children.v[i];
		struct vec names;

		if (gql_member_of(c->g, &def->fields, child->name))
			continue;
		names = gql_member_names(c, &def->fields);
		gql_suggest(c, &more, "Did you mean", child->name, &names, true);
		gql_fault(c->g, child->pos, "Field \"%.*s\" is not defined by type \"%.*s\".%s", GQL_S(child->name), GQL_S(def->name),
			  buf_text(&more));
	}
}

/* Null is checked; the rest by its kind. */
static void check_kind(struct gql_check *c, const struct gql_value *v, const struct shown *s)
{
	bool fits = true;

	if (v->kind == GQL_LIST)
		fits = v->expected->elem;
	else if (v->kind == GQL_INT)
		fits = IS_ONE_OF(v, "Int", "Float", "ID");
	else if (v->kind == GQL_FLOAT)
		fits = IS_ONE_OF(v, "Float");
	else if (v->kind == GQL_BOOL)
		fits = IS_ONE_OF(v, "Boolean");
	else if (v->kind == GQL_STRING || v->kind == GQL_BLOCK)
		check_string(c, v, s);
	else if (v->kind == GQL_ENUM)
		check_enum(c, v, s);
	else if (v->kind == GQL_OBJECT)
		check_object(c, v);
	else if (v->kind < GQL_VARIABLE || v->kind > GQL_OBJECT)
		gql_fault(c->g, v->pos, "a value is of the unknown kind %" PRId64, v->kind);
	if (!fits)
		tell_misfit(c, v, s, "");
}

static void check_type(struct gql_check *c, const struct gql_value *v)
{
	CLEANUP(shown_release) struct shown s = { 0 };

	if (!v->definition || !v->expected)
		return;
	show(&s, v);
	if (v->kind == GQL_NULL && v->expected->non_null)
		gql_fault(c->g, v->pos, "Expected value of type \"%s\", found %s.", buf_text(&s.type), buf_text(&s.value));
	/* What other scalars take is their own affair. */
	if (v->definition->is == GQL_K_SCALAR && !IS_ONE_OF(v, "Int", "Float", "String", "Boolean", "ID"))
		return;
	if (!is_readable(c, v))
		tell_misfit(c, v, &s, "");
	check_kind(c, v, &s);
}

/* ---- variables ------------------------------------------------------------------------------------------- */

/* NoUndefinedVariables */
static void check_variable_known(struct gql_check *c, const struct gql_value *v)
{
	if (!c->operation || v->kind != GQL_VARIABLE || v->variable)
		return;
	if (gql_text(c->operation->name).len)
		gql_fault(c->g, v->pos, "Variable \"$%.*s\" is not defined by operation \"%.*s\".", GQL_S(v->raw),
			  GQL_S(c->operation->name));
	else
		gql_fault(c->g, v->pos, "Variable \"$%.*s\" is not defined.", GQL_S(v->raw));
}

/* UniqueInputFieldNames */
static void check_fields_once(struct gql_check *c, const struct gql_value *v)
{
	struct gql_names seen = { 0 };

	for (uint32_t i = 0; i < v->children.n && v->kind == GQL_OBJECT && v->children.n > 1; i++) {
		struct gql_child *child = v->children.v[i];

		if (gql_find(&seen, child->name))
			gql_fault(c->g, child->pos, "There can be only one input field named \"%.*s\".", GQL_S(child->name));
		gql_put(c->g, &seen, child->name, child);
	}
}

/* VariablesInAllowedPosition: null may come where one of the two has a default. */
static void check_position(struct gql_check *c, const struct gql_value *v)
{
	CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX), expected = BUF_INIT(GQL_FAULTS_MAX);
	bool non_null;

	if (v->kind != GQL_VARIABLE || !v->expected || !v->variable || !c->operation)
		return;
	non_null = v->expected->non_null && !v->has_default &&
		   !(v->variable->initial && v->variable->initial->kind != GQL_NULL);
	if (gql_type_fits(v->variable->type, v->expected, non_null))
		return;
	gql_put_type(&type, v->variable->type);
	gql_put_type(&expected, v->expected);
	gql_fault(c->g, v->pos, "Variable \"$%.*s\" of type \"%s\" used in position expecting type \"%s\".", GQL_S(v->raw),
		  buf_text(&type), buf_text(&expected));
}

/* The same rule, on @oneOf. */
static void check_one_of_variables(struct gql_check *c, const struct gql_value *v)
{
	bool one_of = false;

	for (uint32_t i = 0; v->kind == GQL_OBJECT && v->definition && i < v->definition->directives.n; i++)
		one_of = one_of || value_is_text(gql_text(((struct gql_directive *)v->definition->directives.v[i])->name), "oneOf");
	for (uint32_t i = 0; one_of && i < v->children.n; i++) {
		CLEANUP(buf_release) struct buf type = BUF_INIT(GQL_FAULTS_MAX);
		const struct gql_value *child = ((struct gql_child *)v->children.v[i])->value;

		if (child->kind != GQL_VARIABLE || !child->variable || child->variable->type->non_null)
			continue;
		gql_put_type(&type, child->variable->type);
		gql_fault(c->g, child->variable->pos.row ? child->variable->pos : child->pos,
			  "Variable \"$%.*s\" is of type \"%s\" but must be non-nullable to be used for OneOf Input Object \"%.*s\".",
			  GQL_S(child->raw), buf_text(&type), GQL_S(v->definition->name));
	}
}

void gql_on_value(struct gql_check *c, struct gql_value *v)
{
	check_variable_known(c, v);
	check_fields_once(c, v);
	check_type(c, v);
	check_position(c, v);
	check_one_of_variables(c, v);
}
