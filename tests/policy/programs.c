/*
 * Properties of the evaluator, on policies made up from numbers (tests/support/policy_gen.h): formatting changes no
 * answer, nor do short cuts, nor the order of rules, conditions, members and modules. WB_POLICIES=N takes N policies,
 * WB_POLICY_SEED=N that one alone. With --write FOLDER FIRST N the policies are written down instead, and --same A B
 * compares two answers in files (tests/policy/interop.sh).
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "policy/fmt.h"
#include "policy/value.h"
#include "tests/support/policy_gen.h"

enum { PROGRAMS = 200, ORDERS = 3 };

static const struct policy_budget budget = { .steps = 2000000, .depth = 128, .memory = 64 * LIMIT_MIB };

struct counts {
	unsigned programs, compiled, values, undefined, errors, compared, wrong;
};

/* A program written out in one order, built. */
struct built {
	struct policy *policy;
	struct buf input;
	char *why; /* the first finding where it does not compile */
};

static void built_release(struct built *b)
{
	policy_free(b->policy);
	buf_release(&b->input);
	free(b->why);
	*b = (struct built){ 0 };
}
DEFINE_CLEANUP_VALUE(built_release, struct built);

static bool add_module(struct policy *p, const struct gen_program *g, size_t at, uint64_t order, bool format,
		       struct policy_diags *diags)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB), formatted = BUF_INIT(LIMIT_MIB), again = BUF_INIT(LIMIT_MIB);
	struct buf *use = &text;
	char name[32];

	snprintf(name, sizeof name, "m%zu.rego", at);
	gen_write(&g->modules[at], order, &text);
	if (format) {
		if (policy_fmt(name, buf_text(&text), text.len, g->dialect, &formatted, diags) < 0 ||
		    policy_fmt(name, buf_text(&formatted), formatted.len, g->dialect, &again, diags) < 0)
			return false;
		if (!str_eq(buf_text(&formatted), buf_text(&again))) {
			printf("# formatted twice it differs:\n%s\n", buf_text(&formatted));
			return false;
		}
		use = &formatted;
	}
	return policy_add_module(p, name, buf_text(use), use->len, g->dialect, diags) == 0;
}

/* False when it does not compile. */
static bool build(const struct gen_program *g, uint64_t order, bool format, struct built *out)
{
	CLEANUP(policy_diags_release) struct policy_diags diags = { 0 };
	CLEANUP(buf_release) struct buf data = BUF_INIT(LIMIT_MIB), shown = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };
	bool ok = true;

	*out = (struct built){ .policy = policy_new(), .input = BUF_INIT(LIMIT_MIB) };
	for (size_t i = 0; i < g->nmodules; i++)
		ok &= add_module(out->policy, g, order % 2 ? g->nmodules - 1 - i : i, order, format, &diags);
	gen_write(&g->input, order, &out->input);
	gen_write(&g->data, order, &data);
	ok = ok && policy_add_data(out->policy, "data.json", buf_text(&data), data.len, &err) == 0;
	if (ok && policy_compile(out->policy, NULL, &diags) == 0)
		return true;
	policy_diags_print(&diags, &shown);
	out->why = mem_strdup(shown.len ? buf_text(&shown) : err.text);
	return false;
}

/* The value, "undefined", or an error's class. False: an error. */
static bool ask(const struct built *b, const struct gen_program *g, const char *query, bool plain, struct buf *out)
{
	CLEANUP(buf_release) struct buf json = BUF_INIT(64 * LIMIT_MIB);
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct policy_query q = { .text = query, .dialect = g->dialect, .input = buf_text(&b->input), .input_len = b->input.len,
				  .budget = &budget, .now_ns = 1700000000000000000, .plain = plain };
	struct value v, errors, rows;
	struct error err = { 0 };

	pool_init(&pool, 256 * LIMIT_MIB);
	if (policy_eval(b->policy, &q, &json, &err) < 0 ||
	    value_from_json(&pool, buf_text(&json), json.len, JSON_LAST_KEY_WINS, &v, &err) < 0) {
		buf_puts(out, err.text);
		return false;
	}
	errors = value_get_text(v, "errors");
	rows = value_get_text(v, "result");
	if (errors.tag == V_ARRAY && errors.len)
		buf_puts(out, value_get_text(errors.items[0], "code").s);
	else if (rows.tag != V_ARRAY)
		buf_puts(out, "undefined");
	else
		value_format(value_get_text(value_get_text(rows.items[0], "expressions").items[0], "value"), TEXT_JSON, out);
	return errors.tag != V_ARRAY;
}

static void show(const struct gen_program *g, uint64_t order)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(16 * LIMIT_MIB);

	for (size_t i = 0; i < g->nmodules; i++)
		gen_write(&g->modules[i], order, &text);
	buf_puts(&text, "\n# data: ");
	gen_write(&g->data, order, &text);
	buf_puts(&text, "\n# input: ");
	gen_write(&g->input, order, &text);
	printf("%s\n", buf_text(&text));
}

/* The same as base said? What ends in an error may end otherwise in another order: another rule may be asked first. */
static bool compare(const struct built *base, const struct built *other, const struct gen_program *g, bool plain,
		    struct counts *n)
{
	bool same = true;

	for (size_t i = 0; i < g->nqueries; i++) {
		CLEANUP(buf_release) struct buf a = BUF_INIT(64 * LIMIT_MIB), b = BUF_INIT(64 * LIMIT_MIB);

		if (!ask(base, g, g->queries[i], false, &a) || !ask(other, g, g->queries[i], plain, &b))
			continue;
		n->compared++;
		if (str_eq(buf_text(&a), buf_text(&b)))
			continue;
		printf("# %s gives %s, and then %s\n", g->queries[i], buf_text(&a), buf_text(&b));
		same = false;
	}
	return same;
}

static void tell(const struct built *base, const struct gen_program *g, struct counts *n)
{
	for (size_t i = 0; i < g->nqueries; i++) {
		CLEANUP(buf_release) struct buf a = BUF_INIT(64 * LIMIT_MIB);

		if (!ask(base, g, g->queries[i], false, &a))
			n->errors++;
		else if (str_eq(buf_text(&a), "undefined"))
			n->undefined++;
		else
			n->values++;
	}
}

static bool holds(const struct gen_program *g, const struct built *base, bool compiled, uint64_t order, bool format, bool plain,
		  const char *what, uint64_t seed, struct counts *n)
{
	CLEANUP(built_release) struct built other = { 0 };
	bool good = build(g, order, format, &other);

	if (good != compiled)
		printf("# it %s, and then %s: %s\n", compiled ? "compiles" : "does not compile", good ? "does" : "not",
		       good ? base->why : other.why);
	else if (!good || compare(base, &other, g, plain, n))
		return true;
	printf("# policy %llu, %s, order %llu\n", (unsigned long long)seed, what, (unsigned long long)order);
	return false;
}

static bool try_program(uint64_t seed, struct counts *n)
{
	CLEANUP(gen_program_release) struct gen_program g = { 0 };
	CLEANUP(built_release) struct built base = { 0 };
	bool compiled, ok;

	gen_program_make(&g, seed);
	compiled = build(&g, 0, false, &base);
	n->programs++;
	n->compiled += compiled;
	if (compiled)
		tell(&base, &g, n);
	else if (getenv("WB_POLICY_SEED"))
		printf("# %s\n", base.why);
	ok = holds(&g, &base, compiled, 0, true, false, "formatted", seed, n);
	ok &= holds(&g, &base, compiled, 0, false, true, "without short cuts", seed, n);
	for (uint64_t order = 1; order <= ORDERS; order++)
		ok &= holds(&g, &base, compiled, order, false, false, "in another order", seed, n);
	if (!ok || getenv("WB_POLICY_SEED"))
		show(&g, 0);
	n->wrong += !ok;
	return ok;
}

static int write_text(const char *dir, const char *name, const struct buf *marked, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_MIB);
	CLEANUP(free) char *path = fs_join(dir, name);

	gen_write(marked, 0, &text);
	return fs_write_atomic(AT_FDCWD, path, buf_text(&text), text.len, 0644, err);
}

/* FOLDER/N/: m0.rego ..., data.json, input.json, queries (a line each), dialect. */
static int write_program(const char *dir, uint64_t seed, struct error *err)
{
	CLEANUP(gen_program_release) struct gen_program g = { 0 };
	CLEANUP(buf_release) struct buf queries = BUF_INIT(LIMIT_MIB), dialect = BUF_INIT(16);
	CLEANUP(free) char *place = mem_printf("%s/%llu", dir, (unsigned long long)seed);

	gen_program_make(&g, seed);
	for (size_t i = 0; i < g.nqueries; i++)
		buf_printf(&queries, "%s\n", g.queries[i]);
	buf_puts(&dialect, g.dialect == POLICY_V1 ? "v1" : "v0");
	if (fs_mkdir_p(AT_FDCWD, place, 0755, err) < 0)
		return -1;
	for (size_t i = 0; i < g.nmodules; i++) {
		char name[32];

		snprintf(name, sizeof name, "m%zu.rego", i);
		if (write_text(place, name, &g.modules[i], err) < 0)
			return -1;
	}
	if (write_text(place, "data.json", &g.data, err) < 0 || write_text(place, "input.json", &g.input, err) < 0 ||
	    write_text(place, "queries", &queries, err) < 0)
		return -1;
	return write_text(place, "dialect", &dialect, err);
}

static int read_answer(struct pool *pool, const char *path, struct value *out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * LIMIT_MIB);

	if (fs_read_file(AT_FDCWD, path, &text, err) < 0)
		return -1;
	return value_from_json(pool, buf_text(&text), text.len, JSON_LAST_KEY_WINS, out, err);
}

static void show_answer(const char *who, struct value answer)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * LIMIT_MIB);

	value_format(answer, TEXT_JSON, &text);
	printf("%s: %.2000s\n", who, buf_text(&text));
}

static bool is_refusal(struct value answer)
{
	struct value errors = value_get_text(answer, "errors"), code;

	if (errors.tag != V_ARRAY || !errors.len)
		return false;
	code = value_get_text(errors.items[0], "code");
	return value_is_text(code, "eval_conflict_error") || value_is_text(code, "rego_type_error");
}

/* Where both fail, the class of the first's first error is among the second's: one tells all, one a stage at a time. */
static bool same_answers(struct value a, struct value b)
{
	struct value ea = value_get_text(a, "errors"), eb = value_get_text(b, "errors");

	if (ea.tag != V_ARRAY || eb.tag != V_ARRAY || !ea.len)
		return value_eq(a, b);
	for (uint32_t i = 0; i < eb.len; i++)
		if (value_eq(value_get_text(ea.items[0], "code"), value_get_text(eb.items[i], "code")))
			return true;
	return false;
}

/*
 * Answers in files, in `opa eval`'s shape: 0 the same, 1 not, 2 when one alone refuses. Whether rules that clash are asked
 * at all hangs on the order in which an evaluator goes, and which types never meet on how far it follows them.
 */
static int compare_files(const char *path_a, const char *path_b)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct error err = { 0 };
	struct value a, b;

	pool_init(&pool, 512 * LIMIT_MIB);
	if (read_answer(&pool, path_a, &a, &err) < 0 || read_answer(&pool, path_b, &b, &err) < 0) {
		printf("%s\n", err.text);
		return 1;
	}
	if (same_answers(a, b))
		return 0;
	show_answer("opa", a);
	show_answer("wb", b);
	return is_refusal(a) != is_refusal(b) ? 2 : 1;
}

static uint64_t number(const char *text, uint64_t otherwise)
{
	struct error ignored = { 0 };
	uint64_t n;

	return text && str_parse_u64(text, &n, &ignored) == 0 ? n : otherwise;
}

int main(int argc, char **argv)
{
	const char *one = getenv("WB_POLICY_SEED");
	uint64_t first = number(one, 0), n = one ? 1 : number(getenv("WB_POLICIES"), PROGRAMS);
	struct counts c = { 0 };
	struct error err = { 0 };

	if (argc == 5 && str_eq(argv[1], "--write")) {
		first = number(argv[3], 0);
		for (n = number(argv[4], 1); n--; first++)
			if (write_program(argv[2], first, &err) < 0) {
				fprintf(stderr, "%s\n", err.text);
				return 1;
			}
		return 0;
	}
	if (argc == 4 && str_eq(argv[1], "--same"))
		return compare_files(argv[2], argv[3]);
	for (uint64_t i = 0; i < n; i++)
		try_program(first + i, &c);
	printf("# %u policies, %u of them compile; of their rules %u have a value, %u none, %u end in an error; %u answers compared\n",
	       c.programs, c.compiled, c.values, c.undefined, c.errors, c.compared);
	puts("1..2");
	printf("%sok 1 - the answer hangs neither on layout, nor order, nor short cuts: %u policies\n", c.wrong ? "not " : "", c.programs);
	printf("%sok 2 - most policies say something\n", c.compiled * 10 < c.programs * 9 || c.values < c.undefined ? "not " : "");
	return c.wrong > 0;
}
