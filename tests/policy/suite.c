/*
 * Runs the conformance cases of another Rego implementation, where they are at
 * hand: a folder rego-suite beside the source tree's parent, or $WB_REGO_SUITE.
 * What fails must stand in tests/policy/known_failing.txt, so what passed once
 * passes for ever. WB_SUITE_VERBOSE=1 tells all that fails, WB_SUITE_ONLY=text
 * picks cases by their label.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "engine/policy_host.h"
#include "policy/policy.h"
#include "policy/value.h"

enum { GROUPS_MAX = 256 };

struct group {
	char name[64];
	unsigned passed, total, known;
};

struct suite {
	struct pool pool;
	struct value cases;
	struct buf *known; /* lines: what may fail */
	struct group groups[GROUPS_MAX];
	size_t ngroups;
	unsigned lost; /* failed and not known to */
	bool verbose;
};

/* A line of the list is the beginning of "v1 FOLDER/FILE: NAME", or of the same without its version. */
static bool is_known(const struct suite *s, const char *label)
{
	for (const char *line = buf_text(s->known); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n");
		const char *why = memmem(line, n, " # ", 3);

		if (why)
			n = (size_t)(why - line);
		while (n && line[n - 1] == ' ')
			n--;
		if (n && *line != '#' && (strncmp(label, line, n) == 0 || strncmp(label + 3, line, n) == 0))
			return true;
	}
	return false;
}

static struct group *group_of(struct suite *s, const char *folder, size_t len)
{
	struct group *g;

	for (size_t i = 0; i < s->ngroups; i++)
		if (strlen(s->groups[i].name) == len && memcmp(s->groups[i].name, folder, len) == 0)
			return &s->groups[i];
	if (s->ngroups == GROUPS_MAX)
		return &s->groups[GROUPS_MAX - 1];
	g = &s->groups[s->ngroups++];
	*g = (struct group){ 0 };
	snprintf(g->name, sizeof g->name, "%.*s", (int)len, folder);
	return g;
}

static void count(struct suite *s, const char *label, const char *folder, bool passed, const char *why)
{
	struct group *g = group_of(s, folder, strcspn(folder, "/-"));
	bool known = is_known(s, label);

	g->total++;
	g->passed += passed;
	g->known += known && !passed;
	s->lost += !known && !passed;
	if (!passed && (s->verbose || !known))
		printf("# FAIL %s\n#      %s\n", label, why);
	if (passed && known && s->verbose)
		printf("# passes now: %s\n", label);
}

/* Why cases of a group may fail: of the first line about it. */
static void put_reason(const struct suite *s, const char *group, struct buf *out)
{
	for (const char *line = buf_text(s->known); *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n");
		const char *why = memmem(line, n, " # ", 3), *name = line[0] == 'v' && line[2] == ' ' ? line + 3 : line;

		if (why && *line != '#' && strncmp(name, group, strlen(group)) == 0 && strchr("/-", name[strlen(group)])) {
			buf_append(out, why + 3, n - (size_t)(why + 3 - line));
			return;
		}
	}
}

/* The page's table: what does not pass. */
static void put_rows(const struct suite *s, const char *what, struct buf *page)
{
	unsigned passed = 0, total = 0;

	for (size_t i = 0; i < s->ngroups; i++) {
		passed += s->groups[i].passed;
		total += s->groups[i].total;
	}
	buf_printf(page, "\n%s: %u of %u pass.\n\n| cases of | pass | why the others do not |\n|---|---|---|\n", what, passed, total);
	for (size_t i = 0; i < s->ngroups; i++) {
		const struct group *g = &s->groups[i];

		if (g->passed == g->total)
			continue;
		buf_printf(page, "| %s | %u of %u | ", g->name, g->passed, g->total);
		put_reason(s, g->name, page);
		buf_puts(page, " |\n");
	}
}

static bool conclude(struct suite *s, int number, const char *what)
{
	unsigned passed = 0, total = 0;

	for (size_t i = 0; i < s->ngroups; i++) {
		struct group *g = &s->groups[i];

		passed += g->passed;
		total += g->total;
		if (g->passed < g->total || s->verbose)
			printf("# %s: %u of %u\n", g->name, g->passed, g->total);
	}
	printf("# %s: %u of %u\n", what, passed, total);
	printf("%sok %d - %s: nothing fails but what is known to\n", s->lost ? "not " : "", number, what);
	return s->lost == 0;
}

static struct value sorted_arrays(struct pool *p, struct value v)
{
	struct value *items;

	if (v.tag == V_OBJECT)
		for (uint32_t i = 0; i < v.len; i++)
			v = value_put(p, v, v.pairs[i].key, sorted_arrays(p, v.pairs[i].val));
	if (v.tag != V_ARRAY)
		return v;
	items = pool_alloc(p, v.len * sizeof *items);
	for (uint32_t i = 0; i < v.len; i++)
		items[i] = sorted_arrays(p, v.items[i]);
	/* As a list: duplicates stay. */
	for (uint32_t i = 1; i < v.len; i++)
		for (uint32_t k = i; k > 0 && value_cmp(items[k - 1], items[k]) > 0; k--) {
			struct value swap = items[k];

			items[k] = items[k - 1];
			items[k - 1] = swap;
		}
	return value_array(items, v.len);
}

static struct value bindings_of(struct pool *p, struct value answer, bool ignore_generated)
{
	struct value rows = value_get_text(answer, "result");
	struct vec list = { 0 };

	for (uint32_t i = 0; rows.tag == V_ARRAY && i < rows.len; i++) {
		struct value b = value_get_text(rows.items[i], "bindings"), kept = { .tag = V_OBJECT };

		for (uint32_t k = 0; b.tag == V_OBJECT && k < b.len; k++)
			if (!(ignore_generated && b.pairs[k].key.len > 1 && memcmp(b.pairs[k].key.s, "__", 2) == 0))
				kept = value_put(p, kept, b.pairs[k].key, b.pairs[k].val);
		vec_push(p, &list, kept);
	}
	return value_set(list.v, list.n);
}

static bool is_true(struct value c, const char *key)
{
	return !value_is_false(value_get_text(c, key));
}

/* As that harness writes errors: "test-0.rego:4: eval_type_error: what is wrong". */
static bool error_matches(struct value c, const char *file, int64_t row, const char *code, const char *message)
{
	struct value want_code = value_get_text(c, "want_error_code"), want = value_get_text(c, "want_error");
	char text[2048];

	snprintf(text, sizeof text, "%s:%lld: %s: %s", file, (long long)row, code, message);
	/* The wording is ours where a class is named. */
	if (want_code.tag == V_STRING)
		return strcmp(want_code.s, code) == 0;
	return want.tag == V_STRING && strstr(text, want.s);
}

static bool judge(struct suite *s, struct value c, const char *out, size_t len, char *why, size_t size)
{
	struct value answer, errors, want = value_get_text(c, "want_result"), have;
	struct error err = { 0 };
	struct value first, location;
	struct vec list = { 0 };

	snprintf(why, size, "%.300s", out);
	if (value_from_json(&s->pool, out, len, JSON_LAST_KEY_WINS, &answer, &err) < 0)
		return false;
	errors = value_get_text(answer, "errors");
	if (errors.tag == V_ARRAY && errors.len) {
		first = errors.items[0];
		location = value_get_text(first, "location");
		return error_matches(c, location.tag == V_OBJECT ? value_get_text(location, "file").s : "",
				     location.tag == V_OBJECT ? value_get_text(location, "row").i : 0,
				     value_get_text(first, "code").s, value_get_text(first, "message").s);
	}
	if (want.tag != V_ARRAY || value_get_text(c, "want_error_code").tag == V_STRING ||
	    value_get_text(c, "want_error").tag == V_STRING)
		return false;
	for (uint32_t i = 0; i < want.len; i++)
		vec_push(&s->pool, &list, want.items[i]);
	want = value_set(list.v, list.n);
	have = bindings_of(&s->pool, answer, is_true(c, "ignore_generated_vars"));
	if (is_true(c, "sort_bindings")) {
		want = sorted_arrays(&s->pool, (struct value){ .tag = V_ARRAY, .len = want.len, .items = want.items });
		have = sorted_arrays(&s->pool, (struct value){ .tag = V_ARRAY, .len = have.len, .items = have.items });
	}
	return value_eq(want, have);
}

static bool finding_matches(struct value c, const struct policy_diags *d)
{
	return error_matches(c, d->items[0].file, d->items[0].row, d->items[0].code, d->items[0].message);
}

static void first_finding(const struct policy_diags *d, char *why, size_t size)
{
	if (d->n)
		snprintf(why, size, "%s %s:%u:%u: %s", d->items[0].code, d->items[0].file, d->items[0].row, d->items[0].col,
			 d->items[0].message);
}

static bool run_case(struct suite *s, struct value c, enum policy_dialect dialect, char *why, size_t size)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * LIMIT_MIB);
	CLEANUP(buf_release) struct buf plain = BUF_INIT(64 * LIMIT_MIB);
	CLEANUP(buf_release) struct buf json = BUF_INIT(64 * LIMIT_MIB);
	CLEANUP(buf_release) struct buf input = BUF_INIT(64 * LIMIT_MIB);
	struct value modules = value_get_text(c, "modules"), data = value_get_text(c, "data"), in = value_get_text(c, "input"),
		     term = value_get_text(c, "input_term");
	struct policy_query q = { .text = value_get_text(c, "query").s, .dialect = dialect, .now_ns = 1750000000000000000 };
	struct error err = { 0 };

	policy_set_host(p, &policy_host_system);
	for (uint32_t i = 0; modules.tag == V_ARRAY && i < modules.len; i++) {
		char name[32];

		snprintf(name, sizeof name, "test-%u.rego", i);
		if (policy_add_module(p, name, modules.items[i].s, modules.items[i].len, dialect, &diags) < 0) {
			first_finding(&diags, why, size);
			return finding_matches(c, &diags);
		}
	}
	if (data.tag == V_OBJECT) {
		value_format(data, TEXT_JSON, &json);
		if (policy_add_data(p, "data.json", json.data, json.len, &err) < 0) {
			snprintf(why, size, "%.500s", err.text);
			return false;
		}
	}
	if (policy_compile(p, NULL, &diags) < 0) {
		first_finding(&diags, why, size);
		return finding_matches(c, &diags);
	}
	q.strict_builtin_errors = is_true(c, "strict_error");
	if (in.tag != V_UNDEF) {
		value_format(in, TEXT_JSON, &input);
		q.input = input.data;
		q.input_len = input.len;
	}
	if (term.tag == V_STRING)
		q.input_term = term.s;
	if (policy_eval(p, &q, &out, &err) < 0) {
		snprintf(why, size, "%.500s", err.text);
		return false;
	}
	if (!judge(s, c, buf_text(&out), out.len, why, size))
		return false;
	snprintf(why, size, "without index and memory it answers something else");
	q.plain = true;
	return policy_eval(p, &q, &plain, &err) >= 0 && strcmp(buf_text(&plain), buf_text(&out)) == 0;
}

static int load(struct suite *s, const char *dir, const char *name)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * LIMIT_MIB);
	CLEANUP(free) char *path = fs_join(dir, name);
	struct error err = { 0 };

	pool_init(&s->pool, (size_t)1 << 31);
	if (fs_read_file(AT_FDCWD, path, &text, &err) < 0 ||
	    value_from_json(&s->pool, text.data, text.len, JSON_LAST_KEY_WINS, &s->cases, &err) < 0) {
		printf("# %s\n", err.text);
		return -1;
	}
	return 0;
}

static bool picked(const char *text)
{
	const char *only = getenv("WB_SUITE_ONLY");

	return !only || strstr(text, only);
}

static int run_file(const char *dir, const char *name, enum policy_dialect dialect, int number,
		    struct buf *known, struct buf *page)
{
	struct suite s = { .verbose = getenv("WB_SUITE_VERBOSE") != NULL, .known = known };
	bool ok;

	if (load(&s, dir, name) < 0) {
		printf("not ok %d - %s can be read\n", number, name);
		return 1;
	}
	for (uint32_t i = 0; i < s.cases.len; i++) {
		struct value c = s.cases.items[i], file = value_get_text(c, "file");
		char why[600] = "", label[600];
		bool passed;

		snprintf(label, sizeof label, "%s %s: %s", dialect == POLICY_V1 ? "v1" : "v0", file.s, value_get_text(c, "note").s);
		if (is_true(c, "experimental_keywords") || !picked(label))
			continue;
		passed = run_case(&s, c, dialect, why, sizeof why);
		count(&s, label, file.s, passed, why);
	}
	ok = conclude(&s, number, name);
	put_rows(&s, dialect == POLICY_V1 ? "Version 1" : "Version 0", page);
	pool_release(&s.pool);
	return !ok;
}

/* docs/rego.md ends with what the cases just gave; UPDATE=1 writes that part anew. */
static int compare_page(const char *path, int number, const struct buf *rows)
{
	static const char mark[] = "\n## What does not pass\n";
	CLEANUP(buf_release) struct buf page = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };
	const char *at;
	bool same;

	if (getenv("WB_SUITE_ONLY")) {
		printf("ok %d # SKIP only some of the cases were run\n", number);
		return 0;
	}
	if (fs_read_file(AT_FDCWD, path, &page, &err) < 0 || !(at = strstr(buf_text(&page), mark))) {
		printf("not ok %d - %s has its list of what does not pass\n", number, path);
		return 1;
	}
	at += sizeof mark - 1;
	same = strcmp(at, buf_text(rows)) == 0;
	if (!same && getenv("UPDATE")) {
		FILE *f = fopen(path, "w");

		same = f && fprintf(f, "%.*s%s", (int)(at - buf_text(&page)), buf_text(&page), buf_text(rows)) > 0;
		same = f && fclose(f) == 0 && same;
	}
	printf("%sok %d - docs/rego.md lists what does not pass (UPDATE=1 writes it)\n", same ? "" : "not ", number);
	return !same;
}

static bool same_row(struct value errors, const struct policy_diag *d)
{
	for (uint32_t i = 0; i < errors.len; i++) {
		struct value row = value_get_text(errors.items[i], "row");

		if (strcmp(value_get_text(errors.items[i], "code").s, d->code) == 0 && row.tag == V_NUMBER && row.i == d->row)
			return true;
	}
	return false;
}

static bool run_negative(struct value c, char *why, size_t size)
{
	CLEANUP(policy_free) struct policy *p = policy_new();
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	struct value modules = value_get_text(c, "modules"), errors = value_get_text(c, "errors");
	enum policy_dialect dialect = value_is_text(value_get_text(c, "dialect"), "v0") ? POLICY_V0 : POLICY_V1;
	struct policy_check check = { .strict = is_true(c, "strict") };
	bool want_ok = value_is_text(value_get_text(c, "verdict"), "ok"), ok = true;

	for (uint32_t i = 0; i < modules.len; i++) {
		char name[32];

		snprintf(name, sizeof name, "m%u.rego", i);
		ok = policy_add_module(p, name, modules.items[i].s, modules.items[i].len, dialect, &diags) == 0 && ok;
	}
	if (ok)
		ok = policy_compile(p, &check, &diags) == 0;
	first_finding(&diags, why, size);
	if (ok || want_ok)
		return ok == want_ok;
	for (size_t i = 0; i < diags.n; i++)
		if (diags.items[i].severity == POLICY_SEV_ERROR)
			return same_row(errors, &diags.items[i]);
	return false;
}

static int run_negatives(const char *dir, int number, struct buf *known)
{
	struct suite s = { .verbose = getenv("WB_SUITE_VERBOSE") != NULL, .known = known };
	struct value cases;
	bool ok;

	if (load(&s, dir, "negative-dev.json") < 0) {
		printf("not ok %d - negative-dev.json can be read\n", number);
		return 1;
	}
	cases = value_get_text(s.cases, "cases");
	for (uint32_t i = 0; i < cases.len; i++) {
		const char *id = value_get_text(cases.items[i], "id").s;
		char why[600] = "", label[200];
		bool passed;

		snprintf(label, sizeof label, "no %s", id);
		if (!picked(label))
			continue;
		passed = run_negative(cases.items[i], why, sizeof why);
		count(&s, label, id, passed, why);
	}
	ok = conclude(&s, number, "wrong policies");
	pool_release(&s.pool);
	return !ok;
}

int main(void)
{
	const char *given = getenv("WB_REGO_SUITE"), *top = getenv("WB_TEST_SRCDIR");
	CLEANUP(free) char *beside = fs_join(top ? top : ".", "../shared/rego-suite");
	CLEANUP(free) char *above = fs_join(top ? top : ".", "../../shared/rego-suite");
	CLEANUP(free) char *list = fs_join(top ? top : ".", "tests/policy/known_failing.txt");
	CLEANUP(free) char *page = fs_join(top ? top : ".", "docs/rego.md");
	CLEANUP(buf_release) struct buf known = BUF_INIT(LIMIT_MIB);
	CLEANUP(buf_release) struct buf rows = BUF_INIT(LIMIT_MIB);
	const char *dir = given ? given : fs_is_dir(AT_FDCWD, beside) ? beside : above;
	struct error err = { 0 };
	int failed = 0;

	if (!fs_is_dir(AT_FDCWD, dir)) {
		printf("1..0 # SKIP the conformance cases are not here (%s)\n", dir);
		return 0;
	}
	if (fs_read_file(AT_FDCWD, list, &known, &err) < 0) {
		printf("Bail out! %s\n", err.text);
		return 1;
	}
	printf("1..4\n");
	failed += run_file(dir, "dev.v0.json", POLICY_V0, 1, &known, &rows);
	failed += run_file(dir, "dev.v1.json", POLICY_V1, 2, &known, &rows);
	failed += run_negatives(dir, 3, &known);
	failed += compare_page(page, 4, &rows);
	return failed != 0;
}
