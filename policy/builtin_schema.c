/* Builtins on JSON schemas, and the formats that schemas name. */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "policy/fields.h"
#include "policy/regex.h"
#include "policy/schema.h"
#include "policy/uri.h"

/* ---- formats --------------------------------------------------------------------------------------------- */

#define LABEL "([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])"
#define DATE "([0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|" \
	"[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
#define CLOCK "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)?"
#define ZONE "(Z|[+-]([01][0-9]|2[0-4]):[0-5][0-9])"
#define POINTER "(/([^~/]|~0|~1)*)*"

static const struct {
	const char *name, *pattern;
} patterns[] = {
	{ "date", "^" DATE "$" },
	{ "time", "^" CLOCK ZONE "?$" },
	{ "date-time", "^(" CLOCK ZONE "?|" DATE "|" DATE "T" CLOCK ZONE ")$" },
	{ "hostname", "^" LABEL "(\\." LABEL ")*$" },
	{ "email", "^(.*<)?[^<>@\\s,;:]+@[^<>@\\s,;:]+>?$" },
	{ "idn-email", "^(.*<)?[^<>@\\s,;:]+@[^<>@\\s,;:]+>?$" },
	{ "uuid", "^(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$" },
	{ "json-pointer", "^" POINTER "$" },
	{ "relative-json-pointer", "^(0|[1-9][0-9]*)(#|" POINTER ")$" },
};

static bool matches(struct schema *s, const char *pattern, struct value text)
{
	struct regex *re = schema_regex(s, text_value(pattern));
	uint64_t fuel = eval_steps_left(s->ev), before = fuel;
	bool found = re && regex_find(re, text.s, text.len, 0, NULL, &fuel) == 1;

	return eval_charge(s->ev, before - fuel) && found;
}

static bool is_address(struct value text, int family)
{
	unsigned char bytes[16];

	return strlen(text.s) == text.len && inet_pton(family, text.s, bytes) == 1;
}

static bool is_uri(struct schema *s, struct value text, bool absolute)
{
	struct uri u;

	return !uri_parse(eval_pool(s->ev), text, &u) && (u.scheme.len || !absolute) && !memchr(text.s, '\\', text.len);
}

bool schema_format_fits(struct schema *s, struct value format, struct value text)
{
	if (value_is_text(format, "hostname") && text.len >= 256)
		return false;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		if (value_is_text(format, patterns[i].name))
			return matches(s, patterns[i].pattern, text);
	if (value_is_text(format, "ipv4"))
		return is_address(text, AF_INET);
	if (value_is_text(format, "ipv6"))
		return is_address(text, AF_INET6);
	if (value_is_text(format, "regex"))
		return !text.len || schema_regex(s, text);
	if (value_is_text(format, "uri") || value_is_text(format, "iri"))
		return is_uri(s, text, true);
	if (value_is_text(format, "uri-reference") || value_is_text(format, "iri-reference"))
		return is_uri(s, text, false);
	return !value_is_text(format, "uri-template") || matches(s, "^([^{]*(\\{[^}]*\\})?)*$", text);
}

/* ---- builtins -------------------------------------------------------------------------------------------- */

/* The document: text is read as JSON. NULL, or what is wrong. */
static const char *read_document(struct eval *ev, struct value v, struct value *out)
{
	struct error err = { 0 };

	*out = v;
	if (v.tag != V_STRING)
		return v.tag == V_OBJECT || v.tag == V_ARRAY ? NULL : "wrong type, expected string or object";
	if (!eval_charge(ev, 1 + v.len / 16) || value_from_json(eval_pool(ev), v.s, v.len, JSON_LAST_KEY_WINS, out, &err) < 0)
		return "invalid JSON string";
	return NULL;
}

static struct value pair_of(struct eval *ev, bool ok, struct value second)
{
	struct value *items = pool_alloc(eval_pool(ev), 2 * sizeof *items);

	items[0] = value_bool(ok);
	items[1] = second;
	return value_array(items, 2);
}

static struct value fn_verify_schema(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 16);
	struct schema *s = pool_alloc(eval_pool(ev), sizeof *s);
	struct value root;
	const char *wrong = read_document(ev, a[0], &root);

	if (!wrong && !schema_check(s, ev, root))
		wrong = s->wrong ? s->wrong : "it took too long";
	if (!wrong)
		return pair_of(ev, true, VALUE_NULL);
	buf_printf(&text, "jsonschema: %s", wrong);
	return pair_of(ev, false, value_string(eval_pool(ev), buf_text(&text), text.len));
}

static struct value fn_match_schema(struct eval *ev, const struct value *a)
{
	struct schema *s = pool_alloc(eval_pool(ev), sizeof *s);
	struct value doc, root;
	const char *wrong = read_document(ev, a[0], &doc);
	struct vec errors = { 0 };

	if (!wrong)
		wrong = read_document(ev, a[1], &root);
	if (!wrong && !schema_check(s, ev, root))
		wrong = s->wrong ? s->wrong : "it took too long";
	if (!wrong && !schema_match(s, doc, &errors))
		wrong = "nested too deep";
	if (wrong)
		return eval_fail(ev, BUILTIN_ERROR, "json.match_schema: %s", wrong);
	return pair_of(ev, !errors.n, value_array(errors.v, errors.n));
}

const struct builtin builtins_schema[] = {
	{ "json.match_schema", 2, { TY_STR | TY_OBJ, TY_STR | TY_OBJ }, TY_ARR, fn_match_schema, BUILTIN_LAX },
	{ "json.verify_schema", 1, { TY_STR | TY_OBJ }, TY_ARR, fn_verify_schema, BUILTIN_LAX },
	{ 0 },
};
