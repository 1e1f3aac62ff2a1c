/* The evaluator: expressions and steps. */
#include "config.h"

#include "policy/eval.h"

#include <string.h>

#include "policy/num.h"

const struct policy_budget policy_budget_default = {
	.steps = 5000000,
	.depth = 256,
	.memory = (size_t)256 * 1024 * 1024,
};

enum { NESTING_MAX = 3000, ASK_EVERY = 4096, WEIGHT_MAX = 4 * 1024 * 1024 };

struct pool *eval_pool(struct eval *ev)
{
	return ev->pool;
}

int64_t eval_now_ns(const struct eval *ev)
{
	return ev->now_ns;
}

uint64_t eval_steps_left(const struct eval *ev)
{
	return ev->halt || ev->steps >= ev->budget.steps ? 0 : ev->budget.steps - ev->steps;
}

struct pool *eval_lasting(struct eval *ev)
{
	return ev->lasting;
}

struct known_zone **eval_zones(struct eval *ev)
{
	return &ev->zones;
}

bool eval_read_zone(struct eval *ev, const char *name, struct buf *out)
{
	const struct policy_host *h = &ev->policy->host;

	return h->zone && h->zone(h->arg, name, out) == 0;
}

bool eval_read_yaml(struct eval *ev, struct value text, struct buf *out, struct error *err)
{
	const struct policy_host *h = &ev->policy->host;

	if (!h->yaml)
		return error_set(err, ERR_UNSUPPORTED, "YAML cannot be read here") == 0;
	return h->yaml(h->arg, text.s, text.len, out, err) == 0;
}

struct known **eval_regexes(struct eval *ev)
{
	return &ev->regexes;
}

struct value eval_halt(struct eval *ev, const char *code, const struct source *src, uint32_t at, const char *fmt, ...)
{
	va_list ap;

	if (ev->halt)
		return VALUE_UNDEF;
	ev->halt = true;
	ev->error = (struct eval_error){ .code = code, .src = src, .at = at };
	if (!src && ev->frame && (ev->step || ev->frame->clause->rule)) {
		ev->error.src = &ev->frame->clause->module->src;
		ev->error.at = ev->step ? ev->step->span.at : ev->frame->clause->rule->head.at;
	}
	va_start(ap, fmt);
	vsnprintf(ev->error.message, sizeof ev->error.message, fmt, ap);
	va_end(ap);
	return VALUE_UNDEF;
}

struct value eval_fail(struct eval *ev, const char *code, const char *fmt, ...)
{
	char text[sizeof ev->error.message];
	va_list ap;

	if (!ev->strict || ev->halt)
		return VALUE_UNDEF;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	eval_halt(ev, code, NULL, 0, "%s", text);
	ev->error.unplaced = true;
	return VALUE_UNDEF;
}

static bool over_limit(struct eval *ev, const char *what)
{
	eval_halt(ev, "eval_limit_error", NULL, 0, "%s", what);
	ev->error.limit = true;
	return false;
}

bool eval_charge(struct eval *ev, uint64_t steps)
{
	uint64_t before = ev->steps;

	if (ev->halt)
		return false;
	ev->steps += steps;
	if (ev->steps > ev->budget.steps || ev->steps < before) {
		ev->steps = ev->budget.steps;
		return over_limit(ev, "the policy takes more steps than its budget");
	}
	if (ev->pool->over)
		return over_limit(ev, "the policy takes more memory than its budget");
	if (ev->budget.expired && before / ASK_EVERY != ev->steps / ASK_EVERY && ev->budget.expired(ev->budget.arg))
		return over_limit(ev, "the policy takes more time than its budget");
	return true;
}

bool eval_bearable(struct eval *ev, struct value v)
{
	return v.tag < V_ARRAY || value_weight(v) <= WEIGHT_MAX || over_limit(ev, "the policy builds a larger value than its budget allows");
}

bool eval_charge_compare(struct eval *ev, struct value a, struct value b)
{
	uint64_t wa, wb;

	if (a.tag != b.tag || (a.tag < V_ARRAY && !(a.tag == V_NUMBER && (a.num | b.num) != NUM_INT)))
		return true;
	wa = value_weight(a);
	wb = value_weight(b);
	return eval_charge(ev, (wa < wb ? wa : wb) / 64);
}

void eval_context_reset(struct eval *ev)
{
	struct context *c = &ev->ctx;

	c->cache = pool_alloc(ev->pool, ev->policy->ndocs * sizeof *c->cache);
	memset(c->cache, 0, ev->policy->ndocs * sizeof *c->cache);
	c->memo = NULL;
}

void eval_init(struct eval *ev, const struct policy *p, struct pool *pool, const struct policy_budget *budget)
{
	*ev = (struct eval){ .policy = p, .pool = pool, .lasting = pool, .budget = budget ? *budget : policy_budget_default };
	ev->ctx.data = p->data;
	eval_context_reset(ev);
}

/* ---- expressions ----------------------------------------------------------------------------------------- */

struct value eval_value(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value v = eval_expr(ev, f, e);

	return v.tag == V_NODE ? doc_force(ev, v) : v;
}

/* All items, or NULL when one is undefined. */
static struct value *eval_items(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value *v = pool_alloc(ev->pool, e->n * sizeof *v);

	for (uint32_t i = 0; i < e->n; i++) {
		v[i] = eval_value(ev, f, e->items[i]);
		if (v[i].tag == V_UNDEF)
			return NULL;
	}
	return v;
}

static struct value eval_object(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value *v = eval_items(ev, f, e);

	/* Written out, the later of two equal keys wins. */
	return v ? value_object_last((struct pair *)(void *)v, e->n / 2) : VALUE_UNDEF;
}

static struct value eval_comprehension(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct vec list = { 0 };
	struct value conflict, made;
	bool again = false;

	for (; eval_next(ev, f, e->code, again); again = true) {
		struct value key = e->code->key ? eval_value(ev, f, e->code->key) : VALUE_NULL;
		struct value val = eval_value(ev, f, e->code->val);

		if (key.tag == V_UNDEF || val.tag == V_UNDEF)
			continue;
		if (e->op == E_OBJECT_COMP)
			vec_push(ev->pool, &list, key);
		vec_push(ev->pool, &list, val);
	}
	if (ev->halt)
		return VALUE_UNDEF;
	if (e->op == E_ARRAY_COMP)
		return value_array(list.v, list.n);
	if (e->op == E_SET_COMP)
		return value_set(list.v, list.n);
	made = value_object((struct pair *)(void *)list.v, list.n / 2, &conflict);
	if (made.tag == V_UNDEF)
		return eval_halt(ev, "eval_conflict_error", NULL, 0, "object keys must be unique");
	return made;
}

static struct value eval_template(struct eval *ev, struct frame *f, const struct expr *e)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024 * 1024);

	for (uint32_t i = 0; i < e->n; i++) {
		struct value v = eval_value(ev, f, e->items[i]);

		/* A hole is a set of what its expression gave. */
		if (v.tag == V_SET && v.len > 1)
			return eval_halt(ev, "eval_conflict_error", NULL, 0, "a template's expression has several values");
		if (v.tag == V_SET && v.len == 0)
			buf_puts(&text, "<undefined>");
		if (v.tag == V_SET && v.len == 1)
			v = v.items[0];
		else if (v.tag == V_SET)
			continue;
		if (v.tag == V_STRING)
			buf_append(&text, v.s, v.len);
		else
			value_format(v, TEXT_REGO, &text);
	}
	if (ev->halt || !eval_charge(ev, text.len / 64))
		return VALUE_UNDEF;
	return value_string(ev->pool, buf_text(&text), text.len);
}

static struct value eval_builtin(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value args[BUILTIN_ARGS_MAX], *list = args, v;

	if (e->n > BUILTIN_ARGS_MAX)
		list = pool_alloc(ev->pool, e->n * sizeof *list);
	for (uint32_t i = 0; i < e->n; i++) {
		list[i] = eval_value(ev, f, e->items[i]);
		if (list[i].tag == V_UNDEF)
			return VALUE_UNDEF;
	}
	v = builtin_call(ev, e->fn, list, e->n);
	if (v.tag == V_UNDEF && ev->error.unplaced) {
		ev->error.src = &f->clause->module->src;
		ev->error.at = e->span.at;
		ev->error.unplaced = false;
	}
	return v;
}

static struct value eval_call(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value *args = eval_items(ev, f, e);

	return args ? doc_call(ev, e->doc, args, e->n) : VALUE_UNDEF;
}

static struct value eval_get(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value base = eval_expr(ev, f, e->items[0]), key;

	if (base.tag == V_UNDEF)
		return base;
	key = e->items[1]->op == E_CONST ? e->items[1]->value : eval_value(ev, f, e->items[1]);
	if (key.tag == V_UNDEF)
		return key;
	key = base.tag == V_NODE ? doc_get(ev, base, key) : value_get(base, key);
	if (key.tag == V_UNDEF && e->other_key && !ev->halt)
		return base.tag == V_NODE ? doc_get(ev, base, e->other_key->value) : value_get(base, e->other_key->value);
	return key;
}

static struct value eval_compound(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value *items;

	switch (e->op) {
	case E_GET:
		return eval_get(ev, f, e);
	case E_ARRAY:
		items = eval_items(ev, f, e);
		return items ? value_array(items, e->n) : VALUE_UNDEF;
	case E_SET:
		items = eval_items(ev, f, e);
		return items ? value_set(items, e->n) : VALUE_UNDEF;
	case E_OBJECT:
		return eval_object(ev, f, e);
	case E_BUILTIN:
		return eval_builtin(ev, f, e);
	case E_CALL:
		return eval_call(ev, f, e);
	case E_TEMPLATE:
		return eval_template(ev, f, e);
	default:
		return eval_comprehension(ev, f, e);
	}
}

struct value eval_expr(struct eval *ev, struct frame *f, const struct expr *e)
{
	struct value v;

	switch (e->op) {
	case E_CONST:
		return e->value;
	case E_SLOT:
		return f->slots[e->slot];
	case E_INPUT:
		return ev->ctx.input;
	case E_DOC:
		return doc_open(ev, e->doc);
	case E_AT:
		return f->slots[e->items[0]->slot].items[e->slot];
	default:
		break;
	}
	if (++ev->nesting > NESTING_MAX) {
		over_limit(ev, "the policy nests more deeply than its budget");
		v = VALUE_UNDEF;
	} else {
		v = eval_compound(ev, f, e);
		if (e->op != E_GET && !eval_bearable(ev, v))
			v = VALUE_UNDEF;
	}
	ev->nesting--;
	return v;
}

/* ---- steps ----------------------------------------------------------------------------------------------- */

static void put(struct frame *f, int slot, struct value v)
{
	if (slot >= 0)
		f->slots[slot] = v;
}

/* The next member of a place in the tree: its children first, then plain data beside them. */
static bool scan_node(struct eval *ev, struct iter *it, struct value *key, struct value *val)
{
	const struct doc *d = it->coll.doc;
	struct value base;

	while (it->at < d->nchildren) {
		const struct doc *child = d->children[it->at++];

		*key = child->name;
		*val = doc_get(ev, it->coll, *key);
		if (val->tag == V_NODE)
			*val = doc_force(ev, *val);
		if (ev->halt)
			return false;
		if (val->tag != V_UNDEF)
			return true;
	}
	base = doc_base(ev, d);
	while (base.tag == V_OBJECT && it->at - d->nchildren < base.len) {
		const struct pair *p = &base.pairs[it->at++ - d->nchildren];

		if (doc_child(d, p->key))
			continue;
		*key = p->key;
		*val = p->val;
		return true;
	}
	return false;
}

static bool scan_next(struct eval *ev, struct frame *f, const struct step *s)
{
	struct iter *it = &f->iters[s->iter];
	struct value key, val;

	switch (it->coll.tag) {
	case V_ARRAY:
	case V_SET:
		if (it->at >= it->coll.len)
			return false;
		val = it->coll.items[it->at];
		key = it->coll.tag == V_SET ? val : value_int(it->at);
		it->at++;
		break;
	case V_OBJECT:
		if (it->at >= it->coll.len)
			return false;
		key = it->coll.pairs[it->at].key;
		val = it->coll.pairs[it->at].val;
		it->at++;
		break;
	case V_NODE:
		if (!scan_node(ev, it, &key, &val))
			return false;
		break;
	default:
		return false;
	}
	put(f, s->slot, key);
	put(f, s->slot2, val);
	return true;
}

static bool every(struct eval *ev, struct frame *f, const struct step *s)
{
	struct iter it = { .coll = eval_value(ev, f, s->a) };
	uint32_t n = it.coll.len;

	if (it.coll.tag != V_ARRAY && it.coll.tag != V_SET && it.coll.tag != V_OBJECT)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		bool object = it.coll.tag == V_OBJECT;
		struct value val = object ? it.coll.pairs[i].val : it.coll.items[i];

		put(f, s->slot, object ? it.coll.pairs[i].key : it.coll.tag == V_SET ? val : value_int(i));
		put(f, s->slot2, val);
		if (!eval_next(ev, f, s->code, false))
			return false;
	}
	return true;
}

static bool apply_override(struct eval *ev, struct frame *f, const struct override *o, struct context *next)
{
	struct value v = o->value ? eval_value(ev, f, o->value) : VALUE_NULL;
	struct swap *swaps;

	if (v.tag == V_UNDEF)
		return false;
	if (o->fn || (o->doc && o->doc->kind == DOC_FUNCTION)) {
		swaps = pool_alloc(ev->pool, (next->nswaps + 1) * sizeof *swaps);
		swaps[0] = (struct swap){ o->doc, o->fn, o->by_doc, o->by_fn, v };
		if (next->nswaps)
			memcpy(swaps + 1, next->swaps, next->nswaps * sizeof *swaps);
		next->swaps = swaps;
		next->nswaps++;
		return true;
	}
	if (o->input) {
		next->input = value_put_path(ev->pool, next->input, o->path, o->npath, v);
		return true;
	}
	next->data = value_put_path(ev->pool, next->data, o->path, o->npath, v);
	if (o->doc) {
		const struct doc **hidden = pool_alloc(ev->pool, (next->nhidden + 1) * sizeof *hidden);

		hidden[0] = o->doc;
		if (next->nhidden)
			memcpy(hidden + 1, next->hidden, next->nhidden * sizeof *hidden);
		next->hidden = hidden;
		next->nhidden++;
	}
	return true;
}

bool eval_replaced(struct eval *ev, struct frame *f, const struct step *s, struct context *out)
{
	struct context next = ev->ctx;

	for (uint32_t i = 0; i < s->n; i++)
		if (!apply_override(ev, f, &s->overrides[i], &next))
			return false;
	*out = next;
	return true;
}

/* Runs the literal to its end under the replacements and keeps each solution's bindings. */
static void with_collect(struct eval *ev, struct frame *f, const struct step *s, struct iter *it)
{
	struct context saved = ev->ctx, next;
	struct vec rows = { 0 };
	bool again = false;

	it->at = it->nrows = 0;
	if (!eval_replaced(ev, f, s, &next))
		return;
	ev->ctx = next;
	eval_context_reset(ev);
	for (; eval_next(ev, f, s->code, again); again = true) {
		it->nrows++;
		for (uint32_t i = 0; i < s->nouts; i++)
			vec_push(ev->pool, &rows, doc_force(ev, f->slots[s->outs[i]]));
		if (!s->nouts)
			break;
	}
	ev->ctx = saved;
	it->rows = rows.v;
}

static bool with_next(struct frame *f, const struct step *s)
{
	struct iter *it = &f->iters[s->iter];

	if (it->at >= it->nrows)
		return false;
	for (uint32_t i = 0; i < s->nouts; i++)
		f->slots[s->outs[i]] = it->rows[(size_t)it->at * s->nouts + i];
	it->at++;
	return true;
}

static bool shape(struct value v, const struct step *s)
{
	return v.tag == s->slot2 && v.len == (uint32_t)s->slot;
}

static bool run_step(struct eval *ev, struct frame *f, const struct step *s)
{
	struct value v;

	switch (s->op) {
	case S_TEST:
		v = eval_expr(ev, f, s->a);
		return !value_is_false(v.tag == V_NODE ? doc_force(ev, v) : v);
	case S_BIND:
		v = eval_value(ev, f, s->a);
		f->slots[s->slot] = v;
		return v.tag != V_UNDEF;
	case S_EQUAL: {
		struct value w;

		v = eval_value(ev, f, s->a);
		if (v.tag == V_UNDEF)
			return false;
		w = eval_value(ev, f, s->b);
		return w.tag != V_UNDEF && eval_charge_compare(ev, v, w) && value_eq(v, w);
	}
	case S_SHAPE:
		return shape(eval_value(ev, f, s->a), s);
	case S_NOT:
		return !eval_next(ev, f, s->code, false) && !ev->halt;
	case S_EVERY:
		return every(ev, f, s);
	case S_SCAN:
		f->iters[s->iter] = (struct iter){ .coll = eval_expr(ev, f, s->a) };
		return scan_next(ev, f, s);
	case S_WITH:
		with_collect(ev, f, s, &f->iters[s->iter]);
		return !ev->halt && with_next(f, s);
	}
	return false;
}

bool eval_next(struct eval *ev, struct frame *f, const struct code *code, bool again)
{
	const struct step *saved_step = ev->step;
	const struct frame *saved_frame = ev->frame;
	bool top = code == f->clause->code, ok = true;
	int pc = again ? code->last : 0;

	ev->frame = f;
	while (pc >= 0 && pc < (int)code->n) {
		const struct step *s = &code->steps[pc];

		if (!eval_charge(ev, 1))
			break;
		ev->step = s;
		ok = again ? (s->op == S_SCAN ? scan_next(ev, f, s) : with_next(f, s)) : run_step(ev, f, s);
		if (ev->watch)
			ev->watch->step(ev->watch, ev, f, s, ok);
		if (ok) {
			pc++;
			again = false;
			continue;
		}
		if (ev->halt)
			break;
		if (top && ev->on_miss && !again && (uint32_t)pc >= f->furthest) {
			f->furthest = (uint32_t)pc + 1;
			ev->on_miss(ev, f);
		}
		pc = s->back;
		again = true;
	}
	if (!ev->halt) {
		ev->step = saved_step;
		ev->frame = saved_frame;
	}
	return !ev->halt && pc >= (int)code->n;
}

bool eval_frame(struct eval *ev, struct frame *f, const struct clause *c)
{
	*f = (struct frame){ .clause = c };
	f->slots = pool_alloc(ev->pool, c->nslots * sizeof *f->slots);
	if (c->nslots)
		memset(f->slots, 0, c->nslots * sizeof *f->slots);
	if (c->niters)
		f->iters = pool_alloc(ev->pool, c->niters * sizeof *f->iters);
	if (ev->watch)
		ev->watch->enter(ev->watch, ev, f);
	return eval_charge(ev, 1);
}
