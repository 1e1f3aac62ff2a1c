/* Finding annotations and whom they are about. Read where a policy asks for them, when it is compiled. */
#include "config.h"

#include "policy/metadata.h"

#include <string.h>

#include "policy/fields.h"

enum { YAML_MAX = 1 << 20 };

/* A part of a module in which only comments stand, and what stands behind it. */
struct gap {
	const struct module *module;
	uint32_t from, to;
	bool is_package;
};

/* ---- texts ----------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The comment that line at begins with, without its mark; false when it begins with something else. */
static bool comment_line(const struct source *src, uint32_t at, uint32_t *text, uint32_t *end)
{
	while (at < src->len && is_blank(src->text[at]))
		at++;
	if (at >= src->len || src->text[at] != '#')
		return false;
	*text = ++at;
	while (at < src->len && src->text[at] != '\n')
		at++;
	*end = at;
	return true;
}

static bool is_header(const struct source *src, uint32_t text, uint32_t end)
{
	while (text < end && is_blank(src->text[text]))
		text++;
	while (end > text && is_blank(src->text[end - 1]))
		end--;
	return end - text == 8 && memcmp(src->text + text, "METADATA", 8) == 0;
}

static uint32_t next_line(const struct source *src, uint32_t at)
{
	const char *nl = at < src->len ? memchr(src->text + at, '\n', src->len - at) : NULL;

	return nl ? (uint32_t)(nl - src->text) + 1 : (uint32_t)src->len;
}

/* Where the gap before at begins: behind whatever stands before. */
static uint32_t gap_start(const struct module *m, uint32_t at)
{
	uint32_t from = m->package_span.end <= at ? m->package_span.end : 0;

	for (uint32_t i = 0; i < m->nimports; i++)
		if (m->imports[i].span.end <= at && m->imports[i].span.end > from)
			from = m->imports[i].span.end;
	for (uint32_t i = 0; i < m->nrules; i++)
		if (m->rules[i]->span.end <= at && m->rules[i]->span.end > from)
			from = m->rules[i]->span.end;
	return from;
}

/* ---- one annotation -------------------------------------------------------------------------------------- */

/* "Jane Doe <jane@example.com>" */
static struct value author_value(struct pool *p, struct value text)
{
	const char *open = memrchr(text.s, '<', text.len);
	struct fields f = { .pool = p };
	size_t n = text.len;

	if (open && text.s[text.len - 1] == '>') {
		fields_put(&f, "email", value_string(p, open + 1, (size_t)(text.s + text.len - 1 - (open + 1))));
		for (n = (size_t)(open - text.s); n && is_blank(text.s[n - 1]); n--)
			;
	}
	if (n)
		fields_put(&f, "name", value_string(p, text.s, n));
	return fields_object(&f);
}

static struct value resource_value(struct pool *p, struct value text)
{
	struct fields f = { .pool = p };

	fields_put(&f, "ref", text);
	return fields_object(&f);
}

/* Texts in the list become objects. */
static struct value objects_of(struct pool *p, struct value list, struct value (*make)(struct pool *p, struct value text))
{
	struct vec out = { 0 };

	if (list.tag != V_ARRAY)
		return list;
	for (uint32_t i = 0; i < list.len; i++)
		vec_push(p, &out, list.items[i].tag == V_STRING ? make(p, list.items[i]) : list.items[i]);
	return value_array(out.v, out.n);
}

static struct value dotted_parts(struct pool *p, struct value text)
{
	struct vec out = { 0 };
	uint32_t from = 0;

	for (uint32_t i = 0; i <= text.len; i++)
		if (i == text.len || text.s[i] == '.') {
			vec_push(p, &out, value_string(p, text.s + from, i - from));
			from = i + 1;
		}
	return value_array(out.v, out.n);
}

/* - input.a: schema.b */
static struct value schemas_value(struct pool *p, struct value list)
{
	struct vec out = { 0 };

	for (uint32_t i = 0; list.tag == V_ARRAY && i < list.len; i++)
		for (uint32_t k = 0; list.items[i].tag == V_OBJECT && k < list.items[i].len; k++) {
			struct pair pair = list.items[i].pairs[k];
			struct fields f = { .pool = p };

			if (pair.key.tag != V_STRING)
				continue;
			fields_put(&f, "path", dotted_parts(p, pair.key));
			if (pair.val.tag == V_STRING)
				fields_put(&f, "schema", dotted_parts(p, pair.val));
			else
				fields_put(&f, "definition", pair.val);
			vec_push(p, &out, fields_object(&f));
		}
	return value_array(out.v, out.n);
}

static struct value annotation_value(struct pool *p, struct value yaml, bool is_package)
{
	static const char *const copied[] = { "title", "description", "organizations", "custom" };
	struct value scope = value_get_text(yaml, "scope"), v;
	bool entry = !value_is_false(value_get_text(yaml, "entrypoint"));
	struct fields f = { .pool = p };

	for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
		v = value_get_text(yaml, copied[i]);
		if (v.tag != V_UNDEF && v.tag != V_NULL)
			fields_put(&f, copied[i], v);
	}
	if ((v = value_get_text(yaml, "authors")).tag != V_UNDEF)
		fields_put(&f, "authors", objects_of(p, v, author_value));
	if ((v = value_get_text(yaml, "related_resources")).tag != V_UNDEF)
		fields_put(&f, "related_resources", objects_of(p, v, resource_value));
	if ((v = value_get_text(yaml, "schemas")).tag != V_UNDEF)
		fields_put(&f, "schemas", schemas_value(p, v));
	if (entry)
		fields_put(&f, "entrypoint", value_bool(true));
	fields_put(&f, "scope", scope.tag == V_STRING ? scope : text_value(is_package ? "package" : entry ? "document" : "rule"));
	return fields_object(&f);
}

/* Lines from at on, which follow a header; at moves behind them. */
static bool read_block(struct compiler *c, const struct gap *g, uint32_t *at, struct value *out)
{
	const struct source *src = &g->module->src;
	const struct policy_host *h = &c->policy->host;
	CLEANUP(buf_release) struct buf yaml = BUF_INIT(YAML_MAX);
	CLEANUP(buf_release) struct buf json = BUF_INIT(YAML_MAX);
	struct error err = { 0 };
	struct value v = VALUE_UNDEF;
	uint32_t text, end;

	while (*at < g->to && comment_line(src, *at, &text, &end)) {
		buf_append(&yaml, src->text + text, end - text);
		buf_putc(&yaml, '\n');
		*at = next_line(src, end);
	}
	if (!h->yaml)
		error_set(&err, ERR_UNSUPPORTED, "YAML cannot be read here");
	else if (h->yaml(h->arg, buf_text(&yaml), yaml.len, &json, &err) == 0 &&
		 value_from_json(c->pool, buf_text(&json), json.len, JSON_LAST_KEY_WINS, &v, &err) == 0 && v.tag != V_OBJECT)
		error_set(&err, ERR_INVALID, "it holds no names with values");
	if (v.tag != V_OBJECT) {
		compile_error(c, DIAG_SYNTAX, c->rule->head, "the metadata that it asks for cannot be read: %s", err.text);
		return false;
	}
	*out = annotation_value(c->pool, v, g->is_package);
	return true;
}

/* The annotations in a gap that have the scope, the last one first. */
static void collect(struct compiler *c, const struct gap *g, const char *scope, struct vec *out)
{
	struct vec found = { 0 };
	uint32_t at = g->from, text, end;
	struct value v;

	if (at && g->module->src.text[at - 1] != '\n')
		at = next_line(&g->module->src, at);
	while (at < g->to && !c->failed) {
		bool comment = comment_line(&g->module->src, at, &text, &end);

		at = next_line(&g->module->src, at);
		if (!comment || !is_header(&g->module->src, text, end))
			continue;
		if (read_block(c, g, &at, &v) && value_is_text(value_get_text(v, "scope"), scope))
			vec_push(c->pool, &found, v);
	}
	while (found.n)
		vec_push(c->pool, out, found.v[--found.n]);
}

/* ---- whom they are about --------------------------------------------------------------------------------- */

/* The rule of the module that r is, or is a branch of. */
static const struct rule *whole_rule(const struct rule *r)
{
	for (uint32_t i = 0; i < r->module->nrules; i++)
		if (r->module->rules[i]->span.at <= r->span.at && r->span.at < r->module->rules[i]->span.end)
			return r->module->rules[i];
	return r;
}

static struct gap before_rule(const struct rule *r)
{
	return (struct gap){ r->module, gap_start(r->module, r->span.at), r->span.at, false };
}

static struct gap before_package(const struct module *m)
{
	return (struct gap){ m, 0, m->package_span.at, true };
}

/* The package's path, and behind it the rule's as far as it is constant; r may be NULL. */
static struct value path_value(struct pool *p, const struct module *m, const struct rule *r)
{
	struct vec out = { 0 };

	for (uint32_t i = 0; i < m->npackage; i++)
		vec_push(p, &out, m->package[i]);
	if (r)
		vec_push(p, &out, text_value(r->ref->items[0]->name));
	for (uint32_t i = 1; r && i < r->ref->n && r->ref->items[i]->kind == T_CONST; i++)
		vec_push(p, &out, r->ref->items[i]->value);
	return value_array(out.v, out.n);
}

static void add_link(struct pool *p, struct value path, struct value annotations, struct vec *out)
{
	struct fields f = { .pool = p };

	fields_put(&f, "path", path);
	if (annotations.tag != V_UNDEF)
		fields_put(&f, "annotations", annotations);
	vec_push(p, out, fields_object(&f));
}

static void add_links(struct compiler *c, const struct gap *g, const char *scope, struct value path, struct vec *out)
{
	struct vec found = { 0 };

	collect(c, g, scope, &found);
	for (size_t i = 0; i < found.n; i++)
		add_link(c->pool, path, found.v[i], out);
}

/* Of all rules with that path, in all modules. */
static void add_document(struct compiler *c, struct value path, struct vec *out)
{
	size_t before = out->n;

	for (size_t i = 0; i < c->policy->nmodules; i++) {
		const struct module *m = c->policy->modules[i];

		for (uint32_t k = 0; k < m->nrules; k++)
			if (value_eq(path_value(c->pool, m, m->rules[k]), path)) {
				struct gap g = before_rule(m->rules[k]);

				add_links(c, &g, "document", path, out);
			}
	}
	if (out->n > before + 1)
		compile_error(c, DIAG_CONFLICT, c->rule->head, "what all rules of this name share has metadata twice");
}

/* Of the package with the first n names of path. */
static void add_package(struct compiler *c, struct value path, uint32_t n, const char *scope, struct vec *out)
{
	struct value wanted = { .tag = V_ARRAY, .len = n, .items = path.items };

	for (size_t i = 0; i < c->policy->nmodules; i++) {
		const struct module *m = c->policy->modules[i];
		struct gap g = before_package(m);

		if (m->npackage == n && value_eq(path_value(c->pool, m, NULL), wanted))
			add_links(c, &g, scope, wanted, out);
	}
}

struct value metadata_rule(struct compiler *c)
{
	struct vec found = { 0 };
	struct gap g;

	/* An else has none of its own. */
	if (!c->rule || c->is_branch)
		return (struct value){ .tag = V_OBJECT };
	g = before_rule(whole_rule(c->rule));
	collect(c, &g, "rule", &found);
	return found.n ? found.v[0] : (struct value){ .tag = V_OBJECT };
}

struct value metadata_chain(struct compiler *c)
{
	const struct rule *r;
	struct vec out = { 0 };
	struct value path, package;
	struct gap g;

	if (!c->rule)
		return (struct value){ .tag = V_ARRAY };
	r = whole_rule(c->rule);
	g = before_rule(r);
	path = path_value(c->pool, r->module, r);
	package = path_value(c->pool, r->module, NULL);
	if (!c->is_branch)
		add_links(c, &g, "rule", path, &out);
	/* The rule itself is there without any, too. */
	if (!out.n)
		add_link(c->pool, path, VALUE_UNDEF, &out);
	add_document(c, path, &out);
	add_package(c, package, package.len, "package", &out);
	for (uint32_t n = package.len; n; n--)
		add_package(c, package, n, "subpackages", &out);
	return value_array(out.v, out.n);
}
