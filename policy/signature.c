/*
 * Signatures of the builtin functions, as the language's documentation gives
 * them: arguments, then the result. n number, s string, b boolean, z null, *
 * anything; <x|y> one of them; [x,y;z] an array of x, y and then any number of
 * z; {x} a set; (key:x;y:z) an object with key and any number of further
 * members; "..." any number of arguments; - no result.
 */
#include "config.h"

#include "policy/type.h"

#include <string.h>

static const struct {
	const char *name, *args, *result;
} signatures[] = {
	{ "abs", "n", "n" },
	{ "all", "<[;*]|{*}>", "b" },
	{ "and", "{*} {*}", "{*}" },
	{ "any", "<[;*]|{*}>", "b" },
	{ "array.concat", "[;*] [;*]", "[;*]" },
	{ "array.flatten", "[;*]", "[;*]" },
	{ "array.reverse", "[;*]", "[;*]" },
	{ "array.slice", "[;*] n n", "[;*]" },
	{ "assign", "* *", "b" },
	{ "base64.decode", "s", "s" },
	{ "base64.encode", "s", "s" },
	{ "base64.is_valid", "s", "b" },
	{ "base64url.decode", "s", "s" },
	{ "base64url.encode", "s", "s" },
	{ "base64url.encode_no_pad", "s", "s" },
	{ "bits.and", "n n", "n" },
	{ "bits.lsh", "n n", "n" },
	{ "bits.negate", "n", "n" },
	{ "bits.or", "n n", "n" },
	{ "bits.rsh", "n n", "n" },
	{ "bits.xor", "n n", "n" },
	{ "cast_array", "*", "[;*]" },
	{ "cast_boolean", "*", "b" },
	{ "cast_null", "*", "z" },
	{ "cast_object", "*", "(;*:*)" },
	{ "cast_set", "*", "{*}" },
	{ "cast_string", "*", "s" },
	{ "ceil", "n", "n" },
	{ "concat", "s <[;s]|{s}>", "s" },
	{ "contains", "s s", "b" },
	{ "count", "<s|[;*]|(;*:*)|{*}>", "n" },
	{ "crypto.hmac.equal", "s s", "b" },
	{ "crypto.hmac.md5", "s s", "s" },
	{ "crypto.hmac.sha1", "s s", "s" },
	{ "crypto.hmac.sha256", "s s", "s" },
	{ "crypto.hmac.sha512", "s s", "s" },
	{ "crypto.md5", "s", "s" },
	{ "crypto.parse_private_keys", "s", "[;(;s:*)]" },
	{ "crypto.sha1", "s", "s" },
	{ "crypto.sha256", "s", "s" },
	{ "crypto.x509.parse_and_verify_certificates", "s", "[b,[;(;s:*)]]" },
	{ "crypto.x509.parse_and_verify_certificates_with_options", "s (;s:*)", "[b,[;(;s:*)]]" },
	{ "crypto.x509.parse_certificate_request", "s", "(;s:*)" },
	{ "crypto.x509.parse_certificates", "s", "[;(;s:*)]" },
	{ "crypto.x509.parse_keypair", "s s", "(;s:*)" },
	{ "crypto.x509.parse_rsa_private_key", "s", "(;s:*)" },
	{ "div", "n n", "n" },
	{ "endswith", "s s", "b" },
	{ "eq", "* *", "b" },
	{ "equal", "* *", "b" },
	{ "floor", "n", "n" },
	{ "format_int", "n n", "s" },
	{ "glob.match", "s <z|[;s]> s", "b" },
	{ "glob.quote_meta", "s", "s" },
	{ "graph.reachable", "(;*:<[;*]|{*}>) <[;*]|{*}>", "{*}" },
	{ "graph.reachable_paths", "(;*:<[;*]|{*}>) <[;*]|{*}>", "{[;*]}" },
	{ "graphql.is_valid", "<s|(;*:*)> <s|(;*:*)>", "b" },
	{ "graphql.parse", "<s|(;*:*)> <s|(;*:*)>", "[(;*:*),(;*:*)]" },
	{ "graphql.parse_and_verify", "<s|(;*:*)> <s|(;*:*)>", "[b,(;*:*),(;*:*)]" },
	{ "graphql.parse_query", "s", "(;*:*)" },
	{ "graphql.parse_schema", "s", "(;*:*)" },
	{ "graphql.schema_is_valid", "<s|(;*:*)>", "b" },
	{ "gt", "* *", "b" },
	{ "gte", "* *", "b" },
	{ "hex.decode", "s", "s" },
	{ "hex.encode", "s", "s" },
	{ "http.send", "(;s:*)", "(;*:*)" },
	{ "indexof", "s s", "n" },
	{ "indexof_n", "s s", "[;n]" },
	{ "internal.member_2", "* *", "b" },
	{ "internal.member_3", "* * *", "b" },
	{ "intersection", "{{*}}", "{*}" },
	{ "io.jwt.decode", "s", "[(;*:*),(;*:*),s]" },
	{ "io.jwt.decode_verify", "s (;s:*)", "[b,(;*:*),(;*:*)]" },
	{ "io.jwt.encode_sign", "(;s:*) (;s:*) (;s:*)", "s" },
	{ "io.jwt.encode_sign_raw", "s s s", "s" },
	{ "io.jwt.verify_eddsa", "s s", "b" },
	{ "io.jwt.verify_es256", "s s", "b" },
	{ "io.jwt.verify_es384", "s s", "b" },
	{ "io.jwt.verify_es512", "s s", "b" },
	{ "io.jwt.verify_hs256", "s s", "b" },
	{ "io.jwt.verify_hs384", "s s", "b" },
	{ "io.jwt.verify_hs512", "s s", "b" },
	{ "io.jwt.verify_ps256", "s s", "b" },
	{ "io.jwt.verify_ps384", "s s", "b" },
	{ "io.jwt.verify_ps512", "s s", "b" },
	{ "io.jwt.verify_rs256", "s s", "b" },
	{ "io.jwt.verify_rs384", "s s", "b" },
	{ "io.jwt.verify_rs512", "s s", "b" },
	{ "is_array", "*", "b" },
	{ "is_boolean", "*", "b" },
	{ "is_null", "*", "b" },
	{ "is_number", "*", "b" },
	{ "is_object", "*", "b" },
	{ "is_set", "*", "b" },
	{ "is_string", "*", "b" },
	{ "json.filter", "(;*:*) <[;<s|[;*]>]|{<s|[;*]>}>", "(;*:*)" },
	{ "json.is_valid", "s", "b" },
	{ "json.marshal", "*", "s" },
	{ "json.marshal_with_options", "* (indent:s,prefix:s,pretty:b;s:*)", "s" },
	{ "json.match_schema", "<s|(;*:*)> <s|(;*:*)>", "[b,[;(desc:s,error:s,field:s,type:s)]]" },
	{ "json.patch", "* [;(op:s,path:*;*:*)]", "*" },
	{ "json.remove", "(;*:*) <[;<s|[;*]>]|{<s|[;*]>}>", "(;*:*)" },
	{ "json.unmarshal", "s", "*" },
	{ "json.verify_schema", "<s|(;*:*)>", "[b,<z|s>]" },
	{ "lower", "s", "s" },
	{ "lt", "* *", "b" },
	{ "lte", "* *", "b" },
	{ "max", "<[;*]|{*}>", "*" },
	{ "min", "<[;*]|{*}>", "*" },
	{ "minus", "<n|{*}> <n|{*}>", "<n|{*}>" },
	{ "mul", "n n", "n" },
	{ "neq", "* *", "b" },
	{ "net.cidr_contains", "s s", "b" },
	{ "net.cidr_contains_matches", "<s|[;<s|[;*]>]|(;s:<s|[;*]>)|{<s|[;*]>}> <s|[;<s|[;*]>]|(;s:<s|[;*]>)|{<s|[;*]>}>", "{[*,*]}" },
	{ "net.cidr_expand", "s", "{s}" },
	{ "net.cidr_intersects", "s s", "b" },
	{ "net.cidr_is_valid", "s", "b" },
	{ "net.cidr_merge", "<[;<s>]|{s}>", "{s}" },
	{ "net.cidr_overlap", "s s", "b" },
	{ "net.lookup_ip_addr", "s", "{s}" },
	{ "numbers.range", "n n", "[;n]" },
	{ "numbers.range_step", "n n n", "[;n]" },
	{ "object.filter", "(;*:*) <[;*]|(;*:*)|{*}>", "(;*:*)" },
	{ "object.get", "(;*:*) * *", "*" },
	{ "object.keys", "(;*:*)", "{*}" },
	{ "object.remove", "(;*:*) <[;*]|(;*:*)|{*}>", "(;*:*)" },
	{ "object.subset", "<[;*]|(;*:*)|{*}> <[;*]|(;*:*)|{*}>", "b" },
	{ "object.union", "(;*:*) (;*:*)", "(;*:*)" },
	{ "object.union_n", "[;(;*:*)]", "(;*:*)" },
	{ "opa.runtime", "", "(;s:*)" },
	{ "or", "{*} {*}", "{*}" },
	{ "plus", "n n", "n" },
	{ "print", "...", "-" },
	{ "product", "<[;n]|{n}>", "n" },
	{ "providers.aws.sign_req", "(;s:*) (;s:*) n", "(;*:*)" },
	{ "rand.intn", "s n", "n" },
	{ "re_match", "s s", "b" },
	{ "regex.find_all_string_submatch_n", "s s n", "[;[;s]]" },
	{ "regex.find_n", "s s n", "[;s]" },
	{ "regex.globs_match", "s s", "b" },
	{ "regex.is_valid", "s", "b" },
	{ "regex.match", "s s", "b" },
	{ "regex.replace", "s s s", "s" },
	{ "regex.split", "s s", "[;s]" },
	{ "regex.template_match", "s s s s", "b" },
	{ "rego.metadata.chain", "", "[;*]" },
	{ "rego.metadata.rule", "", "*" },
	{ "rego.parse_module", "s s", "(;s:*)" },
	{ "rem", "n n", "n" },
	{ "replace", "s s s", "s" },
	{ "round", "n", "n" },
	{ "semver.compare", "s s", "n" },
	{ "semver.is_valid", "*", "b" },
	{ "set_diff", "{*} {*}", "{*}" },
	{ "sort", "<[;*]|{*}>", "[;*]" },
	{ "split", "s s", "[;s]" },
	{ "sprintf", "s [;*]", "s" },
	{ "startswith", "s s", "b" },
	{ "strings.any_prefix_match", "<s|[;s]|{s}> <s|[;s]|{s}>", "b" },
	{ "strings.any_suffix_match", "<s|[;s]|{s}> <s|[;s]|{s}>", "b" },
	{ "strings.count", "s s", "n" },
	{ "strings.render_template", "s (;s:*)", "s" },
	{ "strings.replace_n", "(;s:s) s", "s" },
	{ "strings.reverse", "s", "s" },
	{ "strings.split_n", "s s n", "[;s]" },
	{ "substring", "s n n", "s" },
	{ "sum", "<[;n]|{n}>", "n" },
	{ "time.add_date", "n n n n", "n" },
	{ "time.clock", "<n|[n,s]>", "[n,n,n]" },
	{ "time.date", "<n|[n,s]>", "[n,n,n]" },
	{ "time.diff", "<n|[n,s]> <n|[n,s]>", "[n,n,n,n,n,n]" },
	{ "time.format", "<n|[n,s]|[n,s,s]>", "s" },
	{ "time.now_ns", "", "n" },
	{ "time.parse_duration_ns", "s", "n" },
	{ "time.parse_ns", "s s", "n" },
	{ "time.parse_rfc3339_ns", "s", "n" },
	{ "time.weekday", "<n|[n,s]>", "s" },
	{ "to_number", "<z|b|n|s>", "n" },
	{ "trace", "s", "b" },
	{ "trim", "s s", "s" },
	{ "trim_left", "s s", "s" },
	{ "trim_prefix", "s s", "s" },
	{ "trim_right", "s s", "s" },
	{ "trim_space", "s", "s" },
	{ "trim_suffix", "s s", "s" },
	{ "type_name", "*", "s" },
	{ "union", "{{*}}", "{*}" },
	{ "units.parse", "s", "n" },
	{ "units.parse_bytes", "s", "n" },
	{ "upper", "s", "s" },
	{ "uri.is_valid", "s", "b" },
	{ "uri.parse", "s", "(;s:s)" },
	{ "urlquery.decode", "s", "s" },
	{ "urlquery.decode_object", "s", "(;s:[;s])" },
	{ "urlquery.encode", "s", "s" },
	{ "urlquery.encode_object", "(;s:<s|[;s]|{s}>)", "s" },
	{ "uuid.parse", "s", "(;s:*)" },
	{ "uuid.rfc4122", "s", "s" },
	{ "walk", "*", "[[;*],*]" },
	{ "yaml.is_valid", "s", "b" },
	{ "yaml.marshal", "*", "s" },
	{ "yaml.unmarshal", "s", "*" },
};

struct reader {
	struct pool *pool;
	const char *at;
};

static const struct type *read_type(struct reader *r);

static bool eat(struct reader *r, char c)
{
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

enum { ITEMS_MAX = 16 };

/* Behind the bracket. */
static const struct type *read_array(struct reader *r)
{
	const struct type **items = pool_alloc(r->pool, ITEMS_MAX * sizeof *items), *rest = NULL;
	uint32_t n = 0;

	while (*r->at && *r->at != ']') {
		if (eat(r, ';'))
			rest = read_type(r);
		else if (!eat(r, ',') && n < ITEMS_MAX)
			items[n++] = read_type(r);
	}
	eat(r, ']');
	return type_array(r->pool, items, n, rest);
}

static const struct type *read_object(struct reader *r)
{
	const struct type **items = pool_alloc(r->pool, ITEMS_MAX * sizeof *items), *key = NULL, *rest = NULL;
	struct value *keys = pool_alloc(r->pool, ITEMS_MAX * sizeof *keys);
	uint32_t n = 0;

	while (*r->at && *r->at != ')') {
		if (eat(r, ';')) {
			key = read_type(r);
			eat(r, ':');
			rest = read_type(r);
		} else if (!eat(r, ',') && n < ITEMS_MAX) {
			size_t len = strcspn(r->at, ":");

			keys[n] = value_borrow(r->at, len);
			r->at += len + 1;
			items[n++] = read_type(r);
		}
	}
	eat(r, ')');
	return type_object(r->pool, keys, items, n, key, rest);
}

static const struct type *read_union(struct reader *r)
{
	const struct type *all = NULL;

	do
		all = type_or(r->pool, all, read_type(r));
	while (eat(r, '|'));
	eat(r, '>');
	return all;
}

/* What most functions take, without making it anew for each call. */
static const struct shape any_array = { .tag = V_ARRAY, .rest = &type_any };
static const struct shape any_set = { .tag = V_SET, .rest = &type_any };
static const struct shape any_object = { .tag = V_OBJECT, .key = &type_any, .rest = &type_any };
static const struct shape *const shape_list[] = { &any_array, &any_set, &any_object };
static const struct {
	const char *text;
	struct type type;
} ready[] = {
	{ "[;*]", { .n = 1, .shapes = shape_list, .size = 1 } },
	{ "{*}", { .n = 1, .shapes = shape_list + 1, .size = 1 } },
	{ "(;*:*)", { .n = 1, .shapes = shape_list + 2, .size = 1 } },
};

static const struct type *read_ready(struct reader *r)
{
	for (size_t i = 0; i < sizeof ready / sizeof *ready; i++) {
		size_t n = strlen(ready[i].text);

		if (strncmp(r->at, ready[i].text, n) == 0) {
			r->at += n;
			return &ready[i].type;
		}
	}
	return NULL;
}

/* As deep as the texts above. */
static const struct type *read_type(struct reader *r)
{
	const struct type *t = read_ready(r);

	if (t)
		return t;
	switch (*r->at++) {
	case 'n': return type_scalar(V_NUMBER);
	case 's': return type_scalar(V_STRING);
	case 'b': return type_scalar(V_BOOL);
	case 'z': return type_scalar(V_NULL);
	case '<': return read_union(r);
	case '[': return read_array(r);
	case '(': return read_object(r);
	case '{':
		t = read_type(r);
		eat(r, '}');
		return type_set(r->pool, t);
	default: return &type_any;
	}
}

bool signature_of(struct pool *p, const char *name, struct signature *out)
{
	size_t lo = 0, hi = sizeof signatures / sizeof *signatures;
	struct reader r = { .pool = p };

	while (lo < hi && strcmp(signatures[lo + (hi - lo) / 2].name, name) != 0) {
		if (strcmp(signatures[lo + (hi - lo) / 2].name, name) < 0)
			lo += (hi - lo) / 2 + 1;
		else
			hi = lo + (hi - lo) / 2;
	}
	if (lo >= hi)
		return false;
	*out = (struct signature){ 0 };
	lo += (hi - lo) / 2;
	for (r.at = signatures[lo].args; *r.at && out->nargs < sizeof out->args / sizeof *out->args;) {
		if (eat(&r, '.'))
			out->variadic = true;
		else if (!eat(&r, ' '))
			out->args[out->nargs++] = read_type(&r);
	}
	r.at = signatures[lo].result;
	out->result = *r.at == '-' ? NULL : read_type(&r);
	return true;
}
