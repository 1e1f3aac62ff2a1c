/* Which rules decide, and about which things. */
#include "config.h"

#include "policy/ask.h"

#include <string.h>

/* ---- rules that look at input.resource ------------------------------------------------------------------- */

struct search {
	const struct policy *policy;
	bool *seen; /* by document */
	bool reads; /* input.resource itself */
	bool whole, member; /* input as a whole; a member "resource" of something */
};

static void search_code(struct search *s, const struct code *code);
static void search_doc(struct search *s, const struct doc *d);

static void search_expr(struct search *s, const struct expr *e)
{
	if (!e)
		return;
	if (e->op == E_GET && e->items[1]->op == E_CONST && value_is_text(e->items[1]->value, "resource")) {
		s->reads |= e->items[0]->op == E_INPUT;
		s->member |= e->items[0]->op == E_SLOT;
	}
	s->whole |= e->op == E_INPUT;
	if (e->op == E_DOC || e->op == E_CALL)
		search_doc(s, e->doc);
	if (expr_code(e))
		search_code(s, e->code);
	for (uint32_t i = 0; i < e->n; i++)
		if (!(e->op == E_GET && i == 0 && e->items[0]->op == E_INPUT && e->items[1]->op == E_CONST))
			search_expr(s, e->items[i]);
}

static void search_code(struct search *s, const struct code *code)
{
	for (uint32_t i = 0; code && i < code->n; i++) {
		const struct step *step = &code->steps[i];

		search_expr(s, step->a);
		search_expr(s, step->b);
		search_code(s, step->code);
		for (uint32_t k = 0; step->op == S_WITH && k < step->n; k++)
			search_expr(s, step->overrides[k].value);
	}
	if (code) {
		search_expr(s, code->key);
		search_expr(s, code->val);
	}
}

static void search_clause(struct search *s, const struct clause *c)
{
	for (; c; c = c->otherwise) {
		search_code(s, c->code);
		search_expr(s, c->val);
		for (uint32_t i = 0; i < c->npath; i++)
			search_expr(s, c->path[i]);
	}
}

static void search_doc(struct search *s, const struct doc *d)
{
	if (!d || s->seen[d->id])
		return;
	s->seen[d->id] = true;
	for (uint32_t i = 0; i < d->nclauses; i++)
		search_clause(s, d->clauses[i]);
	search_clause(s, d->fallback);
	for (uint32_t i = 0; i < d->nchildren; i++)
		search_doc(s, d->children[i]);
}

/* Most policies never do: then no rule has to be walked through. */
static bool may_ask_for_resource(const struct policy *p)
{
	for (size_t i = 0; i < p->nmodules; i++)
		if (p->modules[i]->says_resource)
			return true;
	return false;
}

static bool asks_for_resource(const struct policy *p, const struct doc *d)
{
	struct search s = { .policy = p, .seen = mem_calloc(p->ndocs, sizeof *s.seen) };

	search_doc(&s, d);
	free(s.seen);
	return s.reads || (s.whole && s.member);
}

/* ---- the questions --------------------------------------------------------------------------------------- */

static void add_question(struct policy *p, const struct doc *package, bool per_thing, const char *name, enum role role)
{
	const struct doc *d = doc_child(package, value_borrow(name, strlen(name)));

	if (!d || !d->exported || d->kind == DOC_FUNCTION)
		return;
	mem_reserve(&p->questions, &p->questions_cap, p->nquestions + 1);
	p->questions[p->nquestions++] = (struct question){ package, d, role, per_thing && asks_for_resource(p, d) };
}

static void ask_below(struct policy *p, const struct doc *d, bool per_thing)
{
	if (d->is_package) {
		add_question(p, d, per_thing, "deny", ROLE_DENY);
		add_question(p, d, per_thing, "violation", ROLE_DENY);
		add_question(p, d, per_thing, "allow", ROLE_ALLOW);
		add_question(p, d, per_thing, "warn", ROLE_WARN);
	}
	for (uint32_t i = 0; i < d->nchildren; i++)
		ask_below(p, d->children[i], per_thing);
}

void ask_prepare(struct policy *p)
{
	ask_below(p, &p->root, may_ask_for_resource(p));
}

/* ---- the things ------------------------------------------------------------------------------------------ */

struct list {
	struct pool *pool;
	struct value input;
	struct things things;
	size_t cap;
};

static struct value text(const char *s)
{
	return value_borrow(s, strlen(s));
}

static struct value put(struct list *l, struct value object, const char *key, struct value v)
{
	return value_put(l->pool, object, text(key), v);
}

static void add_thing(struct list *l, struct value input, const char *label)
{
	if (l->things.n == l->cap) {
		struct thing *more = pool_alloc(l->pool, (l->cap * 2 + 8) * sizeof *more);

		if (l->things.n)
			memcpy(more, l->things.items, l->things.n * sizeof *more);
		l->things.items = more;
		l->cap = l->cap * 2 + 8;
	}
	l->things.items[l->things.n++] = (struct thing){ input, value_string(l->pool, label, strlen(label)) };
}

static void add_gpus(struct list *l)
{
	struct value n = value_get_text(value_get_text(l->input, "resources"), "gpus");
	CLEANUP(buf_release) struct buf label = BUF_INIT(256);

	if (n.tag != V_NUMBER || value_cmp(n, value_int(0)) == 0)
		return;
	buf_puts(&label, "gpu (");
	value_format(n, TEXT_JSON, &label);
	buf_puts(&label, " requested)");
	add_thing(l, put(l, put(l, l->input, "resource", text("gpu")), "requested", n), buf_text(&label));
}

/* A data set without tags is asked about with the empty one, so that `input.tag != "PII"` holds for it. */
static void add_data(struct list *l, struct value item)
{
	struct value tags = value_get_text(item, "tags"), name = value_get_text(item, "name"), input = l->input;
	uint32_t n = tags.tag == V_ARRAY ? tags.len : 0;

	for (uint32_t i = 0; item.tag == V_OBJECT && i < item.len; i++)
		input = value_put(l->pool, input, item.pairs[i].key, item.pairs[i].val);
	input = put(l, input, "resource", text("data"));
	for (uint32_t i = 0; i < (n ? n : 1); i++) {
		CLEANUP(buf_release) struct buf label = BUF_INIT(8192);
		struct value tag = n ? tags.items[i] : text("");

		buf_puts(&label, "data '");
		if (name.tag == V_STRING)
			buf_append(&label, name.s, name.len);
		buf_putc(&label, '\'');
		if (n && tag.tag == V_STRING)
			buf_printf(&label, " tagged %.*s", (int)tag.len, tag.s);
		add_thing(l, put(l, input, "tag", tag), buf_text(&label));
	}
}

static void add_network(struct list *l, struct value item)
{
	struct value host = value_get_text(item, "host"), port = value_get_text(item, "port"), input = l->input;
	CLEANUP(buf_release) struct buf label = BUF_INIT(8192);

	buf_puts(&label, "network ");
	if (host.tag == V_STRING)
		buf_append(&label, host.s, host.len);
	buf_putc(&label, ':');
	value_format(port, TEXT_JSON, &label);
	input = put(l, put(l, input, "host", host), "port", port);
	add_thing(l, put(l, input, "resource", text("network")), buf_text(&label));
}

static void add_secret(struct list *l, struct value name)
{
	CLEANUP(buf_release) struct buf label = BUF_INIT(8192);

	buf_puts(&label, "secret ");
	if (name.tag == V_STRING)
		buf_append(&label, name.s, name.len);
	add_thing(l, put(l, put(l, l->input, "name", name), "resource", text("secret")), buf_text(&label));
}

static void add_each(struct list *l, const char *key, void (*add)(struct list *, struct value))
{
	struct value items = value_get_text(l->input, key);

	for (uint32_t i = 0; items.tag == V_ARRAY && i < items.len; i++)
		add(l, items.items[i]);
}

struct things ask_things(struct pool *pool, struct value input)
{
	struct list l = { .pool = pool, .input = input };
	struct value named = value_get_text(input, "resource");

	if (named.tag != V_UNDEF) {
		CLEANUP(buf_release) struct buf label = BUF_INIT(8192);

		if (named.tag == V_STRING)
			buf_append(&label, named.s, named.len);
		else
			value_format(named, TEXT_JSON, &label);
		add_thing(&l, input, buf_text(&label));
		return l.things;
	}
	add_gpus(&l);
	add_each(&l, "data", add_data);
	add_each(&l, "network", add_network);
	add_each(&l, "secrets", add_secret);
	return l.things;
}
