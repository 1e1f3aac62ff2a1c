/* Finding and running tests of policies. */
#include "config.h"

#include "policy/testing.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "policy/ask.h"
#include "policy/regex.h"

enum { NAME_MAX_ = 4096, WHY_MAX = 65536, CASES_MAX = 10000 };

void policy_tests_release(struct policy_tests *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->items[i].package);
		free(t->items[i].name);
	}
	free(t->items);
	*t = (struct policy_tests){ 0 };
}

void policy_test_outcome_release(struct policy_test_outcome *o)
{
	for (size_t i = 0; i < o->ncases; i++)
		free(o->cases[i].name);
	free(o->cases);
	free(o->why);
	*o = (struct policy_test_outcome){ 0 };
}

/* ---- finding --------------------------------------------------------------------------------------------- */

struct finding {
	const struct policy *policy;
	const struct regex *pattern; /* NULL: all */
	struct policy_tests found;
};

static bool is_named(struct value name, const char *prefix)
{
	size_t n = strlen(prefix);

	return name.tag == V_STRING && name.len >= n && memcmp(name.s, prefix, n) == 0;
}

static bool wanted(const struct finding *f, const struct policy_test *t)
{
	CLEANUP(buf_release) struct buf full = BUF_INIT(2 * NAME_MAX_);
	uint64_t fuel = 1000000;

	if (!f->pattern)
		return true;
	buf_printf(&full, "%s.%s", t->package, t->name);
	return regex_find(f->pattern, buf_text(&full), full.len, 0, NULL, &fuel) > 0;
}

static void add(struct finding *f, const struct doc *package, const struct doc *d, const struct clause *clause, uint32_t number)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(NAME_MAX_), name = BUF_INIT(NAME_MAX_);
	const struct rule *rule = clause ? clause->rule : d->rules[0];
	struct policy_test t = { .todo = is_named(d->name, "todo_test_"), .doc = d, .clause = clause };

	doc_format(package, &path);
	buf_append(&name, d->name.s, d->name.len < NAME_MAX_ / 2 ? d->name.len : NAME_MAX_ / 2);
	if (number)
		buf_printf(&name, "#%02u", number);
	t.package = mem_strdup(buf_text(&path));
	t.name = mem_strdup(buf_text(&name));
	t.file = rule->module->src.file;
	t.row = source_row(&rule->module->src, rule->head.at);
	if (!wanted(f, &t)) {
		free(t.package);
		free(t.name);
		return;
	}
	mem_reserve(&f->found.items, &f->found.cap, f->found.n + 1);
	f->found.items[f->found.n++] = t;
}

static void find_below(struct finding *f, const struct doc *d)
{
	for (uint32_t i = 0; i < d->nchildren; i++) {
		const struct doc *child = d->children[i];
		bool test = d->is_package && child->exported && child->kind != DOC_FUNCTION &&
			    (is_named(child->name, "test_") || is_named(child->name, "todo_test_"));

		if (!test) {
			find_below(f, child);
			continue;
		}
		/* Each rule of that name is a test of its own: one that holds must not stand in for another. */
		for (uint32_t k = 0; child->kind == DOC_VALUE && k < child->nclauses; k++)
			add(f, d, child, child->clauses[k], k);
		if (child->kind != DOC_VALUE && child->nrules)
			add(f, d, child, NULL, 0);
	}
}

static int by_place(const void *pa, const void *pb)
{
	const struct policy_test *a = pa, *b = pb;
	int files = strcmp(a->file, b->file);

	return files ? files : a->row < b->row ? -1 : a->row > b->row;
}

int policy_tests_find(const struct policy *p, const char *pattern, struct policy_tests *out, struct error *err)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct finding f = { .policy = p };
	char why[200];

	pool_init(&pool, policy_budget_default.memory);
	if (pattern && !(f.pattern = regex_compile(&pool, pattern, strlen(pattern), why, sizeof why)))
		return error_set(err, ERR_INVALID, "the pattern '%s' cannot be read: %s", pattern, why);
	find_below(&f, &p->root);
	if (f.found.n)
		qsort(f.found.items, f.found.n, sizeof *f.found.items, by_place);
	*out = f.found;
	return 0;
}

/* ---- running --------------------------------------------------------------------------------------------- */

static char *error_text(const struct eval *ev)
{
	const struct eval_error *e = &ev->error;

	if (!e->src)
		return mem_printf("%s: %s\n", e->code, e->message);
	return mem_printf("%s:%u  %s: %s\n", e->src->file, source_row(e->src, e->at), e->code, e->message);
}

static bool is_true(struct value v)
{
	return v.tag == V_BOOL && v.i;
}

/* The leaves of an object of cases; "a.b" names one further down. As deep as a rule's head has parts. */
static void add_cases(struct policy_test_outcome *o, const char *prefix, struct value v)
{
	for (uint32_t i = 0; i < v.len && o->ncases < CASES_MAX; i++) {
		CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_MAX_);
		struct value key = v.pairs[i].key;

		buf_printf(&name, "%s%s", prefix, *prefix ? "." : "");
		if (key.tag == V_STRING)
			buf_append(&name, key.s, key.len < NAME_MAX_ / 4 ? key.len : NAME_MAX_ / 4);
		else
			value_format(key, TEXT_JSON, &name);
		if (v.pairs[i].val.tag == V_OBJECT && v.pairs[i].val.len) {
			add_cases(o, buf_text(&name), v.pairs[i].val);
			continue;
		}
		mem_reserve(&o->cases, &o->cases_cap, o->ncases + 1);
		o->cases[o->ncases++] = (struct policy_test_case){ buf_take(&name), is_true(v.pairs[i].val) };
	}
}

static void take_cases(struct policy_test_outcome *o, struct value v)
{
	o->result = POLICY_TEST_FAIL;
	if (v.tag != V_OBJECT) {
		o->why = mem_printf("it gives a set, and a test is a rule that is true\n");
		return;
	}
	add_cases(o, "", v);
	if (!o->ncases) {
		o->why = mem_printf("it has no case\n");
		return;
	}
	o->result = POLICY_TEST_PASS;
	for (size_t i = 0; i < o->ncases; i++)
		if (!o->cases[i].pass)
			o->result = POLICY_TEST_FAIL;
}

static struct value chain_value(struct eval *ev, const struct clause *c)
{
	struct value v = VALUE_UNDEF;

	for (; c && v.tag == V_UNDEF && !ev->halt; c = c->otherwise)
		v = clause_alone(ev, c);
	return v;
}

static void explain_failure(struct eval *ev, const struct policy_test *t, struct policy_test_outcome *o)
{
	CLEANUP(buf_release) struct buf why = BUF_INIT(WHY_MAX);

	ev->watch = NULL;
	miss_explain_clause(ev, t->clause, &why);
	o->why = buf_take(&why);
}

void policy_test_run(const struct policy *p, const struct policy_test *t, int64_t now_ns, struct policy_cover *cover,
		     struct policy_test_outcome *out)
{
	CLEANUP(pool_release) struct pool pool = { 0 };
	struct policy_test_outcome o = { .result = POLICY_TEST_SKIP };
	struct eval ev;
	struct value v;

	*out = o;
	if (t->todo)
		return;
	pool_init(&pool, policy_budget_default.memory);
	eval_init(&ev, p, &pool, NULL);
	ev.now_ns = now_ns;
	ev.watch = cover ? policy_cover_watch(cover) : NULL;
	v = t->clause ? chain_value(&ev, t->clause) : doc_force(&ev, doc_open(&ev, t->doc));
	o.steps = ev.steps;
	if (ev.halt) {
		o.result = POLICY_TEST_ERROR;
		o.why = error_text(&ev);
	} else if (!t->clause) {
		take_cases(&o, v);
	} else if (is_true(v)) {
		o.result = POLICY_TEST_PASS;
	} else {
		o.result = POLICY_TEST_FAIL;
		explain_failure(&ev, t, &o);
	}
	*out = o;
}
