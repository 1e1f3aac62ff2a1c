/*
 * The rule index. Many clauses of one rule often begin with the same question
 * (input.action == "read"): then only those that ask for what the input holds
 * can have a solution. The path that most clauses compare with a constant is
 * looked up once, and a hash table says which clauses that leaves.
 */
#include "config.h"

#include "policy/index.h"

#include <string.h>

enum { CLAUSES_MIN = 4, PATH_MAX_PARTS = 8, PATHS_MAX = 8 };

struct bucket {
	struct value key;
	uint32_t *clauses, n;
	struct bucket *next;
};

struct index {
	int arg;                 /* a function's argument; -1: the input */
	const struct value *path;
	uint32_t npath;
	struct bucket **buckets;
	uint32_t nbuckets;       /* a power of two */
	uint32_t *rest, nrest;   /* clauses that do not compare it */
};

/* What one step of a clause compares with a constant. */
struct test {
	int arg;
	struct value path[PATH_MAX_PARTS];
	uint32_t npath;
	struct value key;
};

static bool read_place(const struct clause *k, const struct expr *e, struct test *out)
{
	struct value parts[PATH_MAX_PARTS];
	uint32_t n = 0;

	for (; e->op == E_GET && e->items[1]->op == E_CONST && n < PATH_MAX_PARTS; e = e->items[0])
		parts[n++] = e->items[1]->value;
	if (e->op == E_INPUT && n)
		out->arg = -1;
	else if (e->op == E_SLOT && e->slot < k->nargs)
		out->arg = (int)e->slot;
	else
		return false;
	for (uint32_t i = 0; i < n; i++)
		out->path[i] = parts[n - 1 - i];
	out->npath = n;
	return true;
}

static bool read_test(const struct clause *k, const struct step *s, struct test *out)
{
	if (s->op != S_EQUAL)
		return false;
	if (s->b->op == E_CONST && read_place(k, s->a, out))
		out->key = s->b->value;
	else if (s->a->op == E_CONST && read_place(k, s->b, out))
		out->key = s->a->value;
	else
		return false;
	return true;
}

static bool same_place(const struct test *a, const struct test *b)
{
	if (a->arg != b->arg || a->npath != b->npath)
		return false;
	for (uint32_t i = 0; i < a->npath; i++)
		if (!value_eq(a->path[i], b->path[i]))
			return false;
	return true;
}

/* Whether the clause compares the place of like; out gets the constant. An else would have its turn all the same. */
static bool clause_tests(const struct clause *k, const struct test *like, struct test *out)
{
	for (uint32_t i = 0; !k->otherwise && i < k->code->n; i++)
		if (read_test(k, &k->code->steps[i], out) && same_place(out, like))
			return true;
	return false;
}

/* The place that most clauses compare. */
static uint32_t most_tested(const struct doc *d, struct test *out)
{
	uint32_t best = 0, tried = 0;
	struct test t, unused;

	for (uint32_t i = 0; i < d->nclauses && tried < PATHS_MAX; i++)
		for (uint32_t s = 0; s < d->clauses[i]->code->n && tried < PATHS_MAX; s++) {
			uint32_t n = 0;

			if (!read_test(d->clauses[i], &d->clauses[i]->code->steps[s], &t))
				continue;
			tried++;
			for (uint32_t k = 0; k < d->nclauses; k++)
				n += clause_tests(d->clauses[k], &t, &unused);
			if (n > best) {
				best = n;
				*out = t;
			}
		}
	return best;
}

static void add(struct pool *p, struct index *x, struct value key, uint32_t clause)
{
	struct bucket **b = &x->buckets[value_hash(key) & (x->nbuckets - 1)];

	while (*b && !value_eq((*b)->key, key))
		b = &(*b)->next;
	if (!*b) {
		*b = pool_alloc(p, sizeof **b);
		**b = (struct bucket){ .key = key };
	}
	/* Room in powers of two. */
	if (((*b)->n & ((*b)->n - 1)) == 0) {
		uint32_t *more = pool_alloc(p, ((size_t)(*b)->n * 2 + 1) * sizeof *more);

		if ((*b)->n)
			memcpy(more, (*b)->clauses, (*b)->n * sizeof *more);
		(*b)->clauses = more;
	}
	(*b)->clauses[(*b)->n++] = clause;
}

static void index_doc(struct policy *p, struct doc *d)
{
	struct test place, t;
	struct value *path;
	struct index *x;

	if (d->nclauses < CLAUSES_MIN || most_tested(d, &place) < CLAUSES_MIN)
		return;
	x = pool_alloc(&p->pool, sizeof *x);
	path = pool_alloc(&p->pool, place.npath * sizeof *path);
	if (place.npath)
		memcpy(path, place.path, place.npath * sizeof *path);
	*x = (struct index){ .arg = place.arg, .path = path, .npath = place.npath, .nbuckets = 8 };
	while (x->nbuckets < d->nclauses)
		x->nbuckets *= 2;
	x->buckets = pool_alloc(&p->pool, x->nbuckets * sizeof *x->buckets);
	memset(x->buckets, 0, x->nbuckets * sizeof *x->buckets);
	x->rest = pool_alloc(&p->pool, d->nclauses * sizeof *x->rest);
	for (uint32_t i = 0; i < d->nclauses; i++)
		if (clause_tests(d->clauses[i], &place, &t))
			add(&p->pool, x, t.key, i);
		else
			x->rest[x->nrest++] = i;
	d->index = x;
}

static void index_below(struct policy *p, struct doc *d)
{
	index_doc(p, d);
	for (uint32_t i = 0; i < d->nchildren; i++)
		index_below(p, d->children[i]);
}

void index_rules(struct policy *p)
{
	index_below(p, &p->root);
}

struct candidates index_candidates(struct eval *ev, const struct doc *d, const struct value *args)
{
	const struct index *x = ev->plain || ev->on_miss ? NULL : d->index;
	struct candidates c = { .doc = d };
	struct value v;

	if (!x)
		return c;
	v = x->arg >= 0 ? args[x->arg] : ev->ctx.input;
	for (uint32_t i = 0; i < x->npath && v.tag != V_UNDEF; i++)
		v = value_get(v, x->path[i]);
	c.rest = x->rest;
	c.nrest = x->nrest;
	if (v.tag == V_UNDEF || !eval_charge(ev, 1 + (v.tag >= V_STRING ? v.len / 64 : 0)))
		return c;
	for (const struct bucket *b = x->buckets[value_hash(v) & (x->nbuckets - 1)]; b; b = b->next)
		if (value_eq(b->key, v)) {
			c.some = b->clauses;
			c.nsome = b->n;
		}
	return c;
}
