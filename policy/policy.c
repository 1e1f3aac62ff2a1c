/* Building a policy: modules, data, compiling. */
#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "policy/ask.h"
#include "policy/index.h"
#include "policy/infer.h"
#include "policy/parse.h"

enum { SOURCE_LINES_MAX = 20000 };

#define MEMORY_MAX ((size_t)512 * 1024 * 1024)

struct policy *policy_new(void)
{
	struct policy *p = mem_zalloc(sizeof *p);

	pool_init(&p->pool, MEMORY_MAX);
	p->data = (struct value){ .tag = V_OBJECT };
	p->root = (struct doc){ .name = value_borrow("data", 4), .id = p->ndocs++ };
	return p;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->nmodules; i++) {
		free(p->modules[i]->imports);
		free(p->modules[i]->rules);
	}
	free(p->modules);
	free(p->questions);
	pool_release(&p->pool);
	free(p);
}

void policy_set_host(struct policy *p, const struct policy_host *host)
{
	p->host = *host;
}

static int check_source(const struct source *src, struct policy_diags *diags)
{
	size_t lines = 1, bad = 0;
	uint32_t c;

	for (const char *at = src->text, *end = at + src->len; (at = memchr(at, '\n', (size_t)(end - at))); at++)
		lines++;
	if (src->len > LIMIT_CONFIG || lines > SOURCE_LINES_MAX) {
		diag_add(diags, DIAG_TOO_LARGE, src, 0, 0, "a policy file may have %zu MiB and %d lines", LIMIT_CONFIG / LIMIT_MIB,
			 SOURCE_LINES_MAX);
		return -1;
	}
	while (bad < src->len && src->text[bad]) {
		size_t n = (unsigned char)src->text[bad] < 0x80 ? 1 : str_utf8_decode(src->text + bad, src->len - bad, &c);

		if (!n)
			break;
		bad += n;
	}
	if (bad == src->len)
		return 0;
	diag_add(diags, DIAG_SYNTAX, src, (uint32_t)bad, (uint32_t)bad + 1,
		 src->text[bad] ? "the text is not UTF-8" : "the text holds a NUL byte");
	return -1;
}

struct attempt {
	enum policy_dialect dialect;
	unsigned keywords;
};

static void keep(struct policy_diags *into, struct policy_diags *from)
{
	for (size_t i = 0; i < from->n; i++) {
		mem_reserve(&into->items, &into->cap, into->n + 1);
		into->items[into->n++] = from->items[i];
	}
	into->errors += from->errors;
	free(from->items);
	*from = (struct policy_diags){ 0 };
}

static bool asks_for_version_0(const struct policy_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_eq(d->items[i].id, DIAG_NEEDS_IF.id) || str_eq(d->items[i].id, DIAG_NEEDS_CONTAINS.id))
			return true;
	return false;
}

static void drop(struct module *m)
{
	free(m->rules);
	free(m->imports);
	*m = (struct module){ 0 };
}

/* The first dialect that takes the text; when none does, the findings of the one it looks most like. */
static int parse_any(struct policy *p, const struct source *src, struct module *m, struct policy_diags *diags)
{
	static const struct attempt attempts[] = {
		{ POLICY_V1, KW_FUTURE }, { POLICY_V0, 0 }, { POLICY_V0, KW_FUTURE },
	};
	struct policy_diags found[3] = { 0 };
	size_t best = 0;
	int rc = -1;

	for (size_t i = 0; i < 3 && rc < 0; i++) {
		drop(m);
		rc = parse_module(&p->pool, src, attempts[i].dialect, attempts[i].keywords, m, &found[i]);
		if (rc == 0)
			best = i;
		else if (i == 0 && !asks_for_version_0(&found[0]))
			/* Not one body without "if": a text of version 1 with mistakes, unless version 0 has none. */
			best = 0;
		else if (i == 2)
			best = asks_for_version_0(&found[0]) ? (found[1].errors <= found[2].errors ? 1 : 2) : 0;
	}
	keep(diags, &found[best]);
	for (size_t i = 0; i < 3; i++)
		policy_diags_release(&found[i]);
	return rc;
}

int policy_add_module(struct policy *p, const char *file, const char *text, size_t len, enum policy_dialect dialect,
		      struct policy_diags *diags)
{
	struct module *m = pool_alloc(&p->pool, sizeof *m);
	struct source src;
	int rc;

	*m = (struct module){ 0 };
	src.file = value_string(&p->pool, file, strlen(file)).s;
	src.text = len <= LIMIT_CONFIG ? value_string(&p->pool, text, len).s : text;
	src.len = len;
	if (check_source(&src, diags) < 0)
		return -1;
	if (dialect == POLICY_AUTO)
		rc = parse_any(p, &src, m, diags);
	else
		rc = parse_module(&p->pool, &src, dialect, dialect == POLICY_V1 ? KW_FUTURE : 0, m, diags);
	if (rc < 0) {
		drop(m);
		return -1;
	}
	for (uint32_t i = 0; i < m->nrules; i++)
		for (struct rule *r = m->rules[i]; r; r = r->otherwise)
			r->module = m;
	m->digest = digest_of(text, len);
	mem_reserve(&p->modules, &p->modules_cap, p->nmodules + 1);
	p->modules[p->nmodules++] = m;
	return 0;
}

static int merge(struct policy *p, struct value a, struct value b, struct buf *path, struct value *out, struct error *err);

/* The value of a key that both have. */
static int merge_pair(struct policy *p, const struct pair *a, const struct pair *b, struct buf *path, struct pair *out,
		      struct error *err)
{
	size_t len = path->len;
	int rc = 0;

	*out = *a;
	buf_printf(path, "%s%.*s", len ? "." : "", (int)a->key.len, a->key.s);
	if (a->val.tag == V_OBJECT && b->val.tag == V_OBJECT)
		rc = merge(p, a->val, b->val, path, &out->val, err);
	else if (!value_eq(a->val, b->val))
		rc = error_set(err, ERR_CONFLICT, "'%s' has another value already", buf_text(path));
	buf_truncate(path, len);
	return rc;
}

/* Both are sorted: one walk. As deep as JSON nests. */
static int merge(struct policy *p, struct value a, struct value b, struct buf *path, struct value *out, struct error *err)
{
	struct pair *pairs = pool_alloc(&p->pool, ((size_t)a.len + b.len + 1) * sizeof *pairs);
	uint32_t i = 0, k = 0;
	struct value unused;
	size_t n = 0;

	while (i < a.len || k < b.len) {
		int c = i == a.len ? 1 : k == b.len ? -1 : value_cmp(a.pairs[i].key, b.pairs[k].key);

		if (c < 0)
			pairs[n++] = a.pairs[i++];
		else if (c > 0)
			pairs[n++] = b.pairs[k++];
		else if (merge_pair(p, &a.pairs[i++], &b.pairs[k++], path, &pairs[n++], err) < 0)
			return -1;
	}
	*out = value_object(pairs, n, &unused);
	return 0;
}

int policy_add_data(struct policy *p, const char *file, const char *json, size_t len, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(4096);
	struct value v, all;

	if (value_from_json(&p->pool, json, len, JSON_STRICT, &v, err) < 0)
		return error_wrap(err, "%s", file);
	if (v.tag != V_OBJECT)
		return error_set(err, ERR_INVALID, "%s: data is a JSON object, not %s", file, value_type_name(v));
	if (merge(p, p->data, v, &path, &all, err) < 0)
		return error_wrap(err, "%s", file);
	p->data = all;
	return 0;
}

int policy_compile(struct policy *p, const struct policy_check *check, struct policy_diags *diags)
{
	size_t errors = diags->errors;

	tree_build(p, diags);
	check_imports(p, check, diags);
	lower_rules(p, check, diags);
	check_unused_imports(p, check, diags);
	tree_check_recursion(p, diags);
	if (diags->errors == errors)
		infer_rules(p, diags);
	p->compiled = diags->errors == errors;
	if (p->compiled) {
		index_rules(p);
		ask_prepare(p);
	}
	if (p->compiled && !(check && check->errors_only)) {
		lint(p, diags);
		lint_asked(p, diags);
		lint_bodies(p, diags);
	}
	diag_sort(diags);
	return p->compiled ? 0 : -1;
}

void policy_set_origin(struct policy *p, const char *origin)
{
	p->origin = origin;
}

size_t policy_module_count(const struct policy *p)
{
	return p->nmodules;
}

const char *policy_module_file(const struct policy *p, size_t i)
{
	return p->modules[i]->src.file;
}

enum policy_dialect policy_module_dialect(const struct policy *p, size_t i)
{
	return p->modules[i]->dialect;
}
