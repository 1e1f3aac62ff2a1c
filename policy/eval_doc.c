/* The evaluator: documents, rules, functions. */
#include "config.h"

#include <string.h>

#include "policy/eval.h"
#include "policy/index.h"

static struct value doc_value(struct eval *ev, const struct doc *d);

bool doc_hidden(const struct eval *ev, const struct doc *d)
{
	for (uint32_t i = 0; i < ev->ctx.nhidden; i++)
		if (ev->ctx.hidden[i] == d)
			return true;
	return false;
}

struct value doc_base(struct eval *ev, const struct doc *d)
{
	struct value above;

	if (!d->parent)
		return ev->ctx.data;
	above = doc_base(ev, d->parent);
	return above.tag == V_OBJECT ? value_get(above, d->name) : VALUE_UNDEF;
}

static struct value place(struct eval *ev, const struct doc *d)
{
	if (d->kind == DOC_PLAIN)
		return (struct value){ .tag = V_NODE, .doc = d };
	return d->kind == DOC_FUNCTION ? VALUE_UNDEF : doc_value(ev, d);
}

struct value doc_open(struct eval *ev, const struct doc *d)
{
	for (const struct doc *up = d; ev->ctx.nhidden && up; up = up->parent)
		if (doc_hidden(ev, up))
			return doc_base(ev, d);
	return place(ev, d);
}

struct value doc_get(struct eval *ev, struct value v, struct value key)
{
	const struct doc *child = doc_child(v.doc, key);
	struct value base;

	if (child && !doc_hidden(ev, child))
		return place(ev, child);
	base = doc_base(ev, v.doc);
	return base.tag == V_OBJECT ? value_get(base, key) : VALUE_UNDEF;
}

/* A package, or what lies above one: its rules' values beside plain data. */
static struct value doc_object(struct eval *ev, const struct doc *d)
{
	struct value base = doc_base(ev, d), unused;
	uint32_t n = 0, nbase = base.tag == V_OBJECT ? base.len : 0;
	struct pair *pairs = pool_alloc(ev->pool, (nbase + d->nchildren + 1) * sizeof *pairs);

	for (uint32_t i = 0; i < nbase; i++) {
		const struct doc *child = doc_child(d, base.pairs[i].key);

		if (!child || doc_hidden(ev, child))
			pairs[n++] = base.pairs[i];
	}
	for (uint32_t i = 0; i < d->nchildren && !ev->halt; i++) {
		struct value v;

		if (doc_hidden(ev, d->children[i]))
			continue;
		v = doc_force(ev, place(ev, d->children[i]));
		if (v.tag != V_UNDEF)
			pairs[n++] = (struct pair){ d->children[i]->name, v };
	}
	base = ev->halt ? VALUE_UNDEF : value_object(pairs, n, &unused);
	return eval_bearable(ev, base) ? base : VALUE_UNDEF;
}

struct value doc_force(struct eval *ev, struct value v)
{
	return v.tag == V_NODE ? doc_object(ev, v.doc) : v;
}

static bool enter(struct eval *ev)
{
	if (ev->depth >= ev->budget.depth) {
		eval_halt(ev, "eval_limit_error", NULL, 0, "rules call each other more than %u deep", ev->budget.depth);
		ev->error.limit = true;
		return false;
	}
	ev->depth++;
	return true;
}

static bool fixed(const struct clause *c)
{
	return !c->val || c->val->op == E_CONST;
}

static struct value head_value(struct eval *ev, struct frame *f)
{
	const struct frame *frame = ev->frame;
	const struct step *step = ev->step;
	struct value v = value_bool(true);

	if (f->clause->val) {
		ev->frame = f;
		ev->step = NULL;
		v = eval_value(ev, f, f->clause->val);
		ev->frame = frame;
		ev->step = step;
	}
	if (ev->watch)
		ev->watch->head(ev->watch, ev, f, v);
	return v;
}

/* All solutions of one clause, which must agree. *result holds what clauses before gave. False on conflict. */
static bool run_one(struct eval *ev, const struct clause *c, const struct value *args, struct value *result, bool *out_any)
{
	struct value mine = VALUE_UNDEF;
	struct frame f;
	bool again = false;

	if (!eval_frame(ev, &f, c))
		return false;
	if (c->nargs)
		memcpy(f.slots, args, c->nargs * sizeof *args);
	for (; eval_next(ev, &f, c->code, again); again = true) {
		struct value v = head_value(ev, &f);

		if (ev->halt)
			return false;
		if (v.tag == V_UNDEF)
			continue;
		if (result->tag != V_UNDEF && !value_eq(*result, v)) {
			eval_halt(ev, "eval_conflict_error", &c->module->src, c->rule->head.at,
				  c->rule->is_function ? "functions must not produce multiple outputs for same inputs" :
							 "complete rules must not produce multiple outputs");
			return false;
		}
		*result = mine = v;
		if (fixed(c))
			break;
	}
	*out_any = mine.tag != V_UNDEF;
	return !ev->halt;
}

/* The first of a clause and its else branches that has a solution; *out_by says which. */
static bool run_clause(struct eval *ev, const struct clause *c, const struct value *args, struct value *result,
		       const struct clause **out_by)
{
	bool any = false;

	for (*out_by = NULL; c; c = c->otherwise) {
		if (!run_one(ev, c, args, result, &any))
			return false;
		if (any) {
			*out_by = c;
			return true;
		}
	}
	return true;
}

static struct value run_clauses(struct eval *ev, const struct doc *d, const struct value *args)
{
	struct candidates all = index_candidates(ev, d, args);
	struct value result = VALUE_UNDEF;
	const struct clause *by, *k;

	if (!enter(ev))
		return result;
	while ((k = index_next(&all))) {
		if (!run_clause(ev, k, args, &result, &by))
			break;
		if (d->early && result.tag != V_UNDEF)
			break;
	}
	if (!ev->halt && result.tag == V_UNDEF && d->fallback)
		run_clause(ev, d->fallback, args, &result, &by);
	ev->depth--;
	return ev->halt ? VALUE_UNDEF : result;
}

static void clause_members(struct eval *ev, const struct clause *c, struct vec *out)
{
	struct frame f;
	bool again = false;

	if (!eval_frame(ev, &f, c))
		return;
	for (; eval_next(ev, &f, c->code, again); again = true) {
		struct value v = head_value(ev, &f);

		if (v.tag != V_UNDEF)
			vec_push(ev->pool, out, v);
	}
}

static struct value run_members(struct eval *ev, const struct doc *d)
{
	struct candidates all = index_candidates(ev, d, NULL);
	const struct clause *k;
	struct vec list = { 0 };

	while (!ev->halt && (k = index_next(&all)))
		clause_members(ev, k, &list);
	return ev->halt ? VALUE_UNDEF : value_set(list.v, list.n);
}

/* ---- objects put together by several rules --------------------------------------------------------------- */

/* One solution: a path and what stands at its end. */
struct entry {
	struct value path; /* an array */
	struct value leaf;
	bool member;
	const struct clause *by;
};

struct entries {
	struct entry *v;
	size_t n, cap;
};

static void entry_add(struct entries *list, struct value path, struct value leaf, bool member, const struct clause *by)
{
	mem_reserve(&list->v, &list->cap, list->n + 1);
	list->v[list->n++] = (struct entry){ path, leaf, member, by };
}

static struct value path_with(struct eval *ev, struct value path, struct value last)
{
	struct value *items = pool_alloc(ev->pool, (path.len + 1) * sizeof *items);

	if (path.len)
		memcpy(items, path.items, path.len * sizeof *items);
	items[path.len] = last;
	return value_array(items, path.len + 1);
}

static void clause_entries(struct eval *ev, const struct clause *c, struct value at, struct entries *out)
{
	struct frame f;
	bool again = false, any = false;

	if (!eval_frame(ev, &f, c))
		return;
	for (; eval_next(ev, &f, c->code, again); again = true) {
		struct value path = at, leaf;

		any = true;
		for (uint32_t i = 0; i < c->npath; i++) {
			struct value key = eval_value(ev, &f, c->path[i]);

			if (key.tag == V_UNDEF)
				break;
			path = path_with(ev, path, key);
		}
		leaf = head_value(ev, &f);
		if (leaf.tag != V_UNDEF && path.len == at.len + c->npath)
			entry_add(out, path, leaf, c->member, c);
	}
	if (!any && c->otherwise)
		clause_entries(ev, c->otherwise, at, out);
}

static void doc_entries(struct eval *ev, const struct doc *d, struct value at, struct entries *out)
{
	struct candidates all;
	const struct clause *k;

	if (d->kind == DOC_FUNCTION || ev->halt)
		return;
	if (d->kind == DOC_MEMBERS) {
		struct value set = doc_value(ev, d);

		for (uint32_t i = 0; set.tag == V_SET && i < set.len; i++)
			entry_add(out, at, set.items[i], true, NULL);
		if (set.tag == V_SET && !set.len)
			entry_add(out, at, set, false, NULL);
		return;
	}
	if (d->kind == DOC_VALUE) {
		struct value v = doc_value(ev, d);

		if (v.tag != V_UNDEF)
			entry_add(out, at, v, false, NULL);
		return;
	}
	all = index_candidates(ev, d, NULL);
	while (!ev->halt && (k = index_next(&all)))
		clause_entries(ev, k, at, out);
	for (uint32_t i = 0; i < d->nchildren; i++)
		doc_entries(ev, d->children[i], path_with(ev, at, d->children[i]->name), out);
}

static int by_path(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	return value_cmp(a->path, b->path);
}

/* Entries first..first+n share level parts of their paths; sorted. */
static struct value entries_value(struct eval *ev, const struct entry *v, size_t n, uint32_t level)
{
	struct vec members = { 0 };
	struct value leaf = VALUE_UNDEF, unused;
	struct pair *pairs;
	size_t i = 0, made = 0;

	for (; i < n && v[i].path.len == level; i++) {
		bool clash = (v[i].member && leaf.tag != V_UNDEF && !(leaf.tag == V_SET && !leaf.len)) ||
			     (!v[i].member && (members.n || (leaf.tag != V_UNDEF && !value_eq(leaf, v[i].leaf))));

		if (clash)
			return eval_halt(ev, "eval_conflict_error", NULL, 0, "object keys must be unique");
		if (v[i].member)
			vec_push(ev->pool, &members, v[i].leaf);
		else
			leaf = v[i].leaf;
	}
	if (i && i < n)
		return eval_halt(ev, "eval_conflict_error", NULL, 0, "object keys must be unique");
	if (i)
		return members.n ? value_set(members.v, members.n) : leaf;
	pairs = pool_alloc(ev->pool, n * sizeof *pairs);
	while (i < n && !ev->halt) {
		size_t start = i;
		struct value key = v[i].path.items[level];

		while (i < n && value_eq(v[i].path.items[level], key))
			i++;
		pairs[made++] = (struct pair){ key, entries_value(ev, v + start, i - start, level + 1) };
	}
	return ev->halt ? VALUE_UNDEF : value_object(pairs, made, &unused);
}

static struct value run_entries(struct eval *ev, const struct doc *d)
{
	struct entries list = { 0 };
	struct value v;

	doc_entries(ev, d, value_array(NULL, 0), &list);
	if (ev->halt) {
		free(list.v);
		return VALUE_UNDEF;
	}
	if (list.n)
		qsort(list.v, list.n, sizeof *list.v, by_path);
	v = list.n ? entries_value(ev, list.v, list.n, 0) : (struct value){ .tag = V_OBJECT };
	free(list.v);
	return v;
}

static struct value doc_value(struct eval *ev, const struct doc *d)
{
	struct cached *cached = &ev->ctx.cache[d->id];
	const struct rule *r = d->nrules ? d->rules[0] : d->default_rule;
	struct value v;

	if (cached->state == CACHE_DONE)
		return cached->value;
	if (cached->state == CACHE_BUSY)
		return eval_halt(ev, "rego_recursion_error", &r->module->src, r->head.at, "the rule needs itself");
	cached->state = CACHE_BUSY;
	if (d->kind == DOC_VALUE) {
		v = run_clauses(ev, d, NULL);
	} else if (!enter(ev)) {
		v = VALUE_UNDEF;
	} else {
		v = d->kind == DOC_MEMBERS ? run_members(ev, d) : run_entries(ev, d);
		ev->depth--;
	}
	if (!eval_bearable(ev, v))
		v = VALUE_UNDEF;
	*cached = (struct cached){ CACHE_DONE, v };
	return v;
}

/* ---- answers one by one ---------------------------------------------------------------------------------- */

static void value_answers(struct eval *ev, const struct doc *d, answer_fn *fn, void *arg)
{
	struct value result = VALUE_UNDEF;
	const struct clause *by;

	for (uint32_t i = 0; i < d->nclauses; i++) {
		if (!run_clause(ev, d->clauses[i], NULL, &result, &by))
			return;
		if (by)
			fn(arg, by, d->name, result);
	}
	if (result.tag == V_UNDEF && d->fallback && run_clause(ev, d->fallback, NULL, &result, &by) && by)
		fn(arg, by, d->name, result);
}

static void entry_answers(struct eval *ev, const struct doc *d, answer_fn *fn, void *arg)
{
	struct entries list = { 0 };

	/* The whole first: entries that clash are an error. */
	doc_value(ev, d);
	for (uint32_t i = 0; i < d->nclauses && !ev->halt; i++)
		clause_entries(ev, d->clauses[i], value_array(NULL, 0), &list);
	for (size_t i = 0; i < list.n && !ev->halt; i++) {
		struct value path = list.v[i].path;

		fn(arg, list.v[i].by, path.len ? path.items[path.len - 1] : d->name, list.v[i].leaf);
	}
	free(list.v);
}

static void member_answers(struct eval *ev, const struct doc *d, answer_fn *fn, void *arg)
{
	struct candidates all = index_candidates(ev, d, NULL);
	const struct clause *by;

	while (!ev->halt && (by = index_next(&all))) {
		struct vec list = { 0 };

		clause_members(ev, by, &list);
		for (size_t i = 0; i < list.n && !ev->halt; i++)
			fn(arg, by, d->name, list.v[i]);
	}
}

void doc_answers(struct eval *ev, const struct doc *d, answer_fn *fn, void *arg)
{
	if (ev->halt || d->kind == DOC_FUNCTION || !enter(ev))
		return;
	if (d->kind == DOC_VALUE)
		value_answers(ev, d, fn, arg);
	if (d->kind == DOC_ENTRIES)
		entry_answers(ev, d, fn, arg);
	if (d->kind == DOC_MEMBERS)
		member_answers(ev, d, fn, arg);
	for (uint32_t i = 0; i < d->nchildren; i++)
		doc_answers(ev, d->children[i], fn, arg);
	ev->depth--;
}

struct value clause_alone(struct eval *ev, const struct clause *c)
{
	struct value v = VALUE_UNDEF;
	bool any;

	run_one(ev, c, NULL, &v, &any);
	return ev->halt ? VALUE_UNDEF : v;
}

/* ---- calls ----------------------------------------------------------------------------------------------- */

static const struct swap *swapped(const struct eval *ev, const struct doc *d, const struct builtin *fn)
{
	for (uint32_t i = 0; i < ev->ctx.nswaps; i++)
		if (ev->ctx.swaps[i].doc == d && ev->ctx.swaps[i].fn == fn)
			return &ev->ctx.swaps[i];
	return NULL;
}

/* The replacement runs with the original in its place, so that a mock may call what it mocks. */
static struct value call_swap(struct eval *ev, const struct swap *s, const struct value *args, uint32_t n)
{
	struct context saved = ev->ctx;
	struct value v;

	if (!s->by_doc && !s->by_fn)
		return s->value;
	ev->ctx.swaps = pool_alloc(ev->pool, saved.nswaps * sizeof *saved.swaps);
	memcpy(ev->ctx.swaps, saved.swaps, saved.nswaps * sizeof *saved.swaps);
	ev->ctx.swaps[s - saved.swaps] = (struct swap){ 0 };
	eval_context_reset(ev);
	v = s->by_doc ? doc_call(ev, s->by_doc, args, n) : builtin_call(ev, s->by_fn, args, n);
	ev->ctx = saved;
	return v;
}

static struct memo **memo_bucket(struct eval *ev, const struct doc *d, struct value args)
{
	if (!ev->ctx.memo) {
		ev->ctx.memo = pool_alloc(ev->pool, MEMO_BUCKETS * sizeof *ev->ctx.memo);
		memset(ev->ctx.memo, 0, MEMO_BUCKETS * sizeof *ev->ctx.memo);
	}
	return &ev->ctx.memo[(value_hash(args) ^ d->id * 31u) % MEMO_BUCKETS];
}

struct value doc_call(struct eval *ev, const struct doc *d, const struct value *args, uint32_t n)
{
	const struct swap *s = ev->ctx.nswaps ? swapped(ev, d, NULL) : NULL;
	struct value list = value_array((struct value *)(uintptr_t)args, n), v;
	struct memo **bucket, *m;

	if (s)
		return call_swap(ev, s, args, n);
	if (ev->plain)
		return run_clauses(ev, d, args);
	bucket = memo_bucket(ev, d, list);
	for (m = *bucket; m; m = m->next)
		if (m->doc == d && value_eq(m->args, list))
			return m->result;
	v = run_clauses(ev, d, args);
	if (ev->halt)
		return v;
	/* The bucket is found again: evaluation may have come by here. */
	bucket = memo_bucket(ev, d, list);
	m = pool_alloc(ev->pool, sizeof *m);
	*m = (struct memo){ d, list, v, *bucket };
	*bucket = m;
	return v;
}

static const char *type_names(unsigned types, char *text, size_t size)
{
	static const char *const names[] = { "", "null", "boolean", "number", "string", "array", "object", "set" };
	struct buf b = BUF_INIT(128);
	/* OPA's order: its functions list collections from wide to narrow, and four or more by name. */
	static const uint8_t narrow[] = { V_STRING, V_OBJECT, V_SET, V_ARRAY, V_NUMBER, V_BOOL, V_NULL };
	static const uint8_t by_name[] = { V_ARRAY, V_BOOL, V_NULL, V_NUMBER, V_OBJECT, V_SET, V_STRING };
	const uint8_t *order = __builtin_popcount(types) > 3 ? by_name : narrow;
	bool many = types & (types - 1), any = false;

	buf_puts(&b, many ? "one of {" : "");
	for (size_t i = 0; i < sizeof narrow; i++)
		if (types & 1u << order[i]) {
			buf_printf(&b, "%s%s", any ? ", " : "", names[order[i]]);
			any = true;
		}
	buf_puts(&b, many ? "}" : "");
	snprintf(text, size, "%s", buf_text(&b));
	buf_release(&b);
	return text;
}

/* Bytes of text that are read, and that are made, for a step. */
enum { READ_A_STEP = 32, MADE_A_STEP = 16 };

/* Long numbers cost what multiplying them costs; texts, reading them; two collections, what comparing them costs. */
static bool charge_arguments(struct eval *ev, const struct value *args, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (args[i].tag == V_NUMBER && args[i].num == NUM_BIG &&
		    !eval_charge(ev, value_weight(args[i]) * value_weight(args[i]) / 64))
			return false;
		if (args[i].tag == V_STRING && args[i].len >= READ_A_STEP && !eval_charge(ev, args[i].len / READ_A_STEP))
			return false;
	}
	return n != 2 || args[0].tag < V_ARRAY || eval_charge_compare(ev, args[0], args[1]);
}

struct value builtin_call(struct eval *ev, const struct builtin *fn, const struct value *args, uint32_t n)
{
	const struct swap *s = ev->ctx.nswaps ? swapped(ev, NULL, fn) : NULL;
	struct value made;
	char want[128];

	if (s)
		return call_swap(ev, s, args, n);
	for (int i = 0; i < fn->nargs && !(fn->flags & BUILTIN_LAX); i++)
		if (!(1u << args[i].tag & fn->args[i]))
			return eval_fail(ev, TYPE_ERROR, "%s: operand %d must be %s but got %s", fn->name, i + 1,
					 type_names(fn->args[i], want, sizeof want), value_type_name(args[i]));
	if (!charge_arguments(ev, args, n))
		return VALUE_UNDEF;
	if (!fn->fn)
		return eval_fail(ev, BUILTIN_ERROR, "%s: not available to policies here", fn->name);
	made = fn->fn(ev, args);
	if (made.tag == V_STRING && made.len >= MADE_A_STEP && !eval_charge(ev, made.len / MADE_A_STEP))
		return VALUE_UNDEF;
	return made;
}
