/* Builtins on URIs. */
#include "config.h"

#include "policy/builtin.h"
#include "policy/fields.h"
#include "policy/uri.h"

static void put(struct fields *f, const char *name, struct value v)
{
	if (v.len)
		fields_put(f, name, value_string(f->pool, v.s, v.len));
}

static struct value fn_parse(struct eval *ev, const struct value *a)
{
	struct fields f = { .pool = eval_pool(ev) };
	const char *wrong;
	struct uri u;

	if (!eval_charge(ev, 1 + a[0].len / 16))
		return VALUE_UNDEF;
	wrong = uri_parse(eval_pool(ev), a[0], &u);
	if (wrong)
		return eval_fail(ev, BUILTIN_ERROR, "uri.parse: parse \"%.*s\": %s", (int)a[0].len, a[0].s, wrong);
	put(&f, "scheme", u.scheme);
	put(&f, "hostname", u.hostname);
	put(&f, "port", u.port);
	put(&f, "path", u.path);
	put(&f, "raw_path", u.raw_path.len ? u.raw_path : u.path);
	put(&f, "raw_query", u.raw_query);
	put(&f, "fragment", u.fragment);
	return fields_object(&f);
}

static struct value fn_is_valid(struct eval *ev, const struct value *a)
{
	struct uri u;

	if (!eval_charge(ev, 1 + (a[0].tag == V_STRING ? a[0].len / 16 : 0)))
		return VALUE_UNDEF;
	return value_bool(a[0].tag == V_STRING && a[0].len && !uri_parse(eval_pool(ev), a[0], &u));
}

const struct builtin builtins_uri[] = {
	{ "uri.parse", 1, { TY_STR }, TY_OBJ, fn_parse, 0 },
	{ "uri.is_valid", 1, { TY_STR }, TY_BOOL, fn_is_valid, BUILTIN_LAX },
	{ 0 },
};
