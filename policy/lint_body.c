/* Bodies that hold, or fail to, where their author hardly meant it. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/contract.h"
#include "policy/infer.h"

enum { LOOPS_MAX = 8, PATH_TEXT_MAX = 512, FLOOD = 150 };

struct body_lint {
	struct compiler c;
	const struct body *body;
	const char *rule; /* the name of the document */
};

/* "input.data[_].tags" of a reference to the input; false for anything else. */
static bool input_path(const struct term *t, struct buf *out)
{
	if (t->kind != T_REF || t->items[0]->kind != T_VAR || t->items[0]->var != VAR_INPUT)
		return false;
	buf_puts(out, "input");
	for (uint32_t i = 1; i < t->n; i++) {
		const struct term *part = t->items[i];

		if (part->kind == T_CONST && part->value.tag == V_STRING)
			buf_printf(out, ".%.*s", (int)part->value.len, part->value.s);
		else
			buf_puts(out, "[_]");
	}
	return true;
}

struct known_path {
	const char *path;
	bool found;
};

static void compare_path(void *data, const struct contract_field *f)
{
	struct known_path *k = data;

	k->found |= str_eq(f->path, k->path);
}

/* What wb itself fills in was checked before any rule is asked. */
static bool is_promised(const char *path)
{
	const char *name = strchr(path, '.'), *unused;
	const struct contract_part *part;
	struct known_path k = { .path = path };

	/* What a thing that is asked for brings along: input.requested. */
	if (name && !strpbrk(name + 1, ".[") && contract_member(contract_input(), name + 1, &part, &unused))
		return true;

	contract_each(compare_path, &k);
	return k.found;
}

static bool is_call(const struct term *t, const char *name)
{
	return t && t->kind == T_CALL && term_is_var(t->items[0], name);
}

static bool body_mentions_path(const struct body *b, const char *path, const struct literal *but);

static bool mentions_path(const struct term *t, const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(PATH_TEXT_MAX);

	if (!t)
		return false;
	if (input_path(t, &text) && strncmp(buf_text(&text), path, strlen(path)) == 0)
		return true;
	for (uint32_t i = 0; i < t->n; i++)
		if (mentions_path(t->items[i], path))
			return true;
	return term_body(t) && body_mentions_path(t->body, path, NULL);
}

static bool body_mentions_path(const struct body *b, const char *path, const struct literal *but)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct literal *l = b->lits[i];

		if (l == but)
			continue;
		if (mentions_path(l->term, path) || mentions_path(l->domain, path) ||
		    (l->body && body_mentions_path(l->body, path, NULL)))
			return true;
	}
	return false;
}

/* A field that no input has was told already; where so much is, one thing more helps nobody. */
static bool is_unknown(const struct body_lint *x, const struct literal *l)
{
	const struct source *src = &x->c.module->src;
	unsigned row;

	if (x->c.diags->n >= FLOOD)
		return true;
	row = source_row(src, l->span.at);
	for (size_t i = 0; i < x->c.diags->n; i++) {
		const struct policy_diag *d = &x->c.diags->items[i];

		if (str_eq(d->id, DIAG_LINT_UNKNOWN_INPUT.id) && d->row == row && str_eq(d->file, src->file))
			return true;
	}
	return false;
}

/* ---- order ----------------------------------------------------------------------------------------------- */

/* is_number(path) somewhere in the body. */
static bool is_guarded(const struct body *b, const char *path)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct literal *l = b->lits[i];

		if (!l->negated && l->kind == L_EXPR && is_call(l->term, "is_number") && l->term->n == 2 &&
		    mentions_path(l->term->items[1], path))
			return true;
	}
	return false;
}

static void lint_order(struct body_lint *x, const struct literal *l, const struct term *field, const struct term *limit)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_TEXT_MAX);

	if (limit->kind != T_CONST || limit->value.tag != V_NUMBER || !input_path(field, &path) || is_promised(buf_text(&path)) ||
	    is_guarded(x->body, buf_text(&path)) || is_unknown(x, l))
		return;
	compile_error(&x->c, DIAG_LINT_ORDER, l->span, "'%s' may be of any kind: null is below every number, a text above",
		      buf_text(&path));
	diag_help(x->c.diags, "add `is_number(%s)`", buf_text(&path));
}

/* ---- unequal --------------------------------------------------------------------------------------------- */

static void lint_unequal(struct body_lint *x, const struct literal *l, const struct term *field, const struct term *word)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_TEXT_MAX);

	if (!str_eq(x->rule, "allow") || word->kind != T_CONST || word->value.tag != V_STRING || !word->value.len ||
	    !input_path(field, &path) || is_unknown(x, l))
		return;
	compile_error(&x->c, DIAG_LINT_UNEQUAL, l->span, "everything but one spelling is allowed here");
	diag_help(x->c.diags, "name what is allowed: `%s in [...]`", buf_text(&path));
}

/* ---- fail open ------------------------------------------------------------------------------------------- */

static void lint_fail_open_path(struct body_lint *x, const struct literal *l, const struct term *t)
{
	CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_TEXT_MAX);

	if (input_path(t, &path)) {
		if (is_promised(buf_text(&path)) || body_mentions_path(x->body, buf_text(&path), l) || is_unknown(x, l))
			return;
		compile_error(&x->c, DIAG_LINT_FAIL_OPEN, l->span, "without '%s' this denies nothing", buf_text(&path));
		diag_help(x->c.diags, "deny when it is missing, too: `not %s` in a rule of its own", buf_text(&path));
		return;
	}
	for (uint32_t i = t->kind == T_CALL; i < t->n; i++)
		lint_fail_open_path(x, l, t->items[i]);
}

static void lint_fail_open(struct body_lint *x, const struct literal *l)
{
	bool denies = str_eq(x->rule, "deny") || str_eq(x->rule, "violation");
	const struct term *t = l->term;
	bool negation = l->negated && !l->whole && (t->kind == T_CALL || l->nlate) && !is_call(t, "equal") && !is_call(t, "eq");

	if (!denies || l->nwiths || !(negation || (!l->negated && is_call(t, "neq"))))
		return;
	lint_fail_open_path(x, l, t);
	for (uint32_t i = 1; i < l->nlate; i += 2)
		lint_fail_open_path(x, l, l->late[i]);
}

/* ---- loops ----------------------------------------------------------------------------------------------- */

static bool term_has_var(const struct term *t, int var)
{
	if (!t)
		return false;
	if (t->kind == T_VAR)
		return t->var == var;
	for (uint32_t i = 0; i < t->n; i++)
		if (term_has_var(t->items[i], var))
			return true;
	return false;
}

/* Whether an equality of the body names both. */
static bool are_equated(const struct body *b, const struct term *x, const struct term *y)
{
	for (uint32_t k = 0; x->kind == T_VAR && k < b->n; k++) {
		const struct term *t = b->lits[k]->term;

		if ((is_call(t, "equal") || is_call(t, "eq")) && term_has_var(t, y->var) && term_has_var(t, x->var))
			return true;
	}
	return false;
}

/* Whether a loop's domain, or an equality, ties it to a loop before it. */
static bool is_joined(const struct body *b, const struct literal *loop, const struct literal *const *before, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct term *vars[] = { before[i]->key, before[i]->val };

		for (uint32_t v = 0; v < 2; v++) {
			if (!vars[v] || vars[v]->kind != T_VAR)
				continue;
			if (term_has_var(loop->domain, vars[v]->var) || are_equated(b, loop->val, vars[v]))
				return true;
		}
	}
	return false;
}

static void lint_loops(struct body_lint *x)
{
	const struct literal *loops[LOOPS_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < x->body->n && n < LOOPS_MAX; i++) {
		const struct literal *l = x->body->lits[i];

		if (l->kind != L_SOME_IN || l->domain->kind == T_ARRAY || l->domain->kind == T_CONST ||
		    is_joined(x->body, l, loops, n))
			continue;
		loops[n++] = l;
	}
	if (n < 3)
		return;
	compile_error(&x->c, DIAG_LINT_LOOPS, loops[2]->span, "%u collections are gone through against each other", n);
	diag_help(x->c.diags, "look entries up by key, or compare a part of each with the others by ==");
}

/* ---- all ------------------------------------------------------------------------------------------------- */

static void lint_literal(struct body_lint *x, const struct literal *l)
{
	static const char *const orders[] = { "lt", "lte", "gt", "gte" };
	const struct term *t = l->term;

	if (l->kind != L_EXPR)
		return;
	lint_fail_open(x, l);
	if (l->negated || t->kind != T_CALL || !t->infix || t->n != 3)
		return;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
		if (is_call(t, orders[i])) {
			lint_order(x, l, t->items[1], t->items[2]);
			lint_order(x, l, t->items[2], t->items[1]);
		}
	if (is_call(t, "neq")) {
		lint_unequal(x, l, t->items[1], t->items[2]);
		lint_unequal(x, l, t->items[2], t->items[1]);
	}
}

static void lint_doc(struct policy *p, const struct doc *d, struct policy_diags *diags)
{
	CLEANUP(free) char *name = d->name.tag == V_STRING ? mem_strndup(d->name.s, d->name.len) : mem_strdup("");

	for (uint32_t i = 0; i < d->nclauses; i++)
		for (const struct clause *k = d->clauses[i]; k; k = k->otherwise) {
			struct body_lint x = { .c = { .policy = p, .pool = &p->pool, .diags = diags }, .rule = name };

			x.c.module = (struct module *)(uintptr_t)k->module;
			x.body = &k->head->body;
			for (uint32_t n = 0; n < x.body->n; n++)
				lint_literal(&x, x.body->lits[n]);
			lint_loops(&x);
		}
	for (uint32_t i = 0; i < d->nchildren; i++)
		lint_doc(p, d->children[i], diags);
}

void lint_bodies(struct policy *p, struct policy_diags *diags)
{
	lint_doc(p, &p->root, diags);
}
