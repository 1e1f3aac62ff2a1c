/* Mistakes that would pass in silence: rules that nobody asks, and fields that no input has. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/ask.h"
#include "policy/contract.h"

enum { FLOOD = 150 };

/* ---- fields ---------------------------------------------------------------------------------------------- */

struct fields {
	struct policy_diags *diags;
	bool *seen;         /* by document */
	const struct source *src;
	const struct contract_part **slots; /* of the clause: which part of the input each holds, where it is known */
	uint32_t nslots;
};

static void walk_code(struct fields *f, const struct code *code);
static void walk_doc(struct fields *f, const struct doc *d);
static const struct contract_part *walk_expr(struct fields *f, const struct expr *e);

/* One place may have been lowered more than once. */
static bool told_already(const struct fields *f, struct span span)
{
	unsigned row, col = 1;

	/* Finding a row takes a walk through the file; what comes behind so many is not shown anyway. */
	if (f->diags->n >= FLOOD)
		return true;
	row = source_row(f->src, span.at);
	for (uint32_t at = span.at; at > 0 && f->src->text[at - 1] != '\n'; at--)
		col++;
	for (size_t i = 0; i < f->diags->n; i++) {
		const struct policy_diag *d = &f->diags->items[i];

		if (str_eq(d->id, DIAG_LINT_UNKNOWN_INPUT.id) && d->row == row && d->col == col && str_eq(d->file, f->src->file))
			return true;
	}
	return false;
}

static const struct contract_part *member(struct fields *f, const struct contract_part *of, const struct expr *e)
{
	const struct expr *key = e->items[1];
	const struct contract_part *part = NULL;
	const char *nearest;
	char *name;

	if (key->op != E_CONST)
		return contract_element(of);
	if (key->value.tag != V_STRING)
		return contract_element(of);
	name = mem_strndup(key->value.s, key->value.len);
	if (!contract_member(of, name, &part, &nearest) && !told_already(f, e->span)) {
		diag_add(f->diags, DIAG_LINT_UNKNOWN_INPUT, f->src, e->span.at, e->span.end,
			 "no input has the field '%s' here, so this never has a value", name);
		if (nearest)
			diag_help(f->diags, "did you mean '%s'?", nearest);
		else
			diag_help(f->diags, "'wb policy explain --json -- true' prints every field there is");
	}
	free(name);
	return part;
}

/* Looks at every part of e. Returns which part of the input it is, NULL where that is not known. */
static const struct contract_part *walk_expr(struct fields *f, const struct expr *e)
{
	const struct contract_part *of = NULL;

	if (!e)
		return NULL;
	if (e->op == E_INPUT)
		return contract_input();
	if (e->op == E_SLOT)
		return e->slot < f->nslots ? f->slots[e->slot] : NULL;
	if (e->op == E_DOC || e->op == E_CALL)
		walk_doc(f, e->doc);
	if (expr_code(e))
		walk_code(f, e->code);
	for (uint32_t i = 0; i < e->n; i++) {
		const struct contract_part *part = walk_expr(f, e->items[i]);

		if (i == 0)
			of = part;
	}
	return e->op == E_GET && of ? member(f, of, e) : NULL;
}

static void hold(struct fields *f, int slot, const struct contract_part *part)
{
	if (slot >= 0 && (uint32_t)slot < f->nslots)
		f->slots[slot] = part;
}

static void walk_step(struct fields *f, const struct step *step)
{
	const struct contract_part *a = walk_expr(f, step->a);
	bool other_input = false;

	walk_expr(f, step->b);
	if (step->op == S_BIND)
		hold(f, step->slot, a);
	if (step->op == S_SCAN || step->op == S_EVERY)
		hold(f, step->slot2, contract_element(a));
	for (uint32_t i = 0; step->op == S_WITH && i < step->n; i++) {
		walk_expr(f, step->overrides[i].value);
		other_input |= step->overrides[i].input;
	}
	if (!other_input)
		walk_code(f, step->code);
}

static void walk_code(struct fields *f, const struct code *code)
{
	for (uint32_t i = 0; code && i < code->n; i++)
		walk_step(f, &code->steps[i]);
	if (code) {
		walk_expr(f, code->key);
		walk_expr(f, code->val);
	}
}

static void walk_clause(struct fields *outer, const struct clause *c)
{
	for (; c; c = c->otherwise) {
		struct fields f = *outer;

		f.src = &c->module->src;
		f.nslots = c->nslots;
		f.slots = mem_calloc(c->nslots + 1, sizeof *f.slots);
		walk_code(&f, c->code);
		walk_expr(&f, c->val);
		for (uint32_t i = 0; i < c->npath; i++)
			walk_expr(&f, c->path[i]);
		free(f.slots);
	}
}

static void walk_doc(struct fields *f, const struct doc *d)
{
	if (!d || f->seen[d->id])
		return;
	f->seen[d->id] = true;
	for (uint32_t i = 0; i < d->nclauses; i++)
		walk_clause(f, d->clauses[i]);
	walk_clause(f, d->fallback);
	for (uint32_t i = 0; i < d->nchildren; i++)
		walk_doc(f, d->children[i]);
}

/* ---- rules ----------------------------------------------------------------------------------------------- */

static void mark_asked(const struct doc *d, bool *asked)
{
	for (uint32_t i = 0; i < d->nasks; i++)
		asked[d->asks[i]->id] = true;
	for (uint32_t i = 0; i < d->nchildren; i++)
		mark_asked(d->children[i], asked);
}

/* "denny" decides nothing. As long as no rule uses it, it was hardly meant as a helper. */
static void check_name(const struct doc *d, struct policy_diags *diags)
{
	static const char *const names[] = { "allow", "deny", "violation", "warn" };
	const struct rule *r = d->nrules ? d->rules[0] : d->default_rule;
	const char *nearest = r ? str_nearest(r->ref->items[0]->name, names, sizeof names / sizeof *names) : NULL;

	if (!nearest || str_eq(nearest, r->ref->items[0]->name))
		return;
	diag_add(diags, DIAG_LINT_NEVER_ASKED, &r->module->src, r->head.at, r->head.end,
		 "no rule uses '%s', and it is none of those that decide", r->ref->items[0]->name);
	diag_help(diags, "did you mean '%s'? Asked are allow, deny, violation and warn", nearest);
}

static void check_names(const struct doc *d, const bool *asked, struct policy_diags *diags)
{
	for (uint32_t i = 0; i < d->nchildren; i++) {
		const struct doc *child = d->children[i];

		if (d->is_package && child->exported && !asked[child->id] && child->kind != DOC_FUNCTION)
			check_name(child, diags);
		check_names(child, asked, diags);
	}
}

void lint_asked(struct policy *p, struct policy_diags *diags)
{
	bool *flags = mem_calloc(p->ndocs + 1, sizeof *flags);
	struct fields f = { .diags = diags, .seen = flags };

	for (size_t i = 0; i < p->nquestions; i++)
		walk_doc(&f, p->questions[i].rule);
	memset(flags, 0, (p->ndocs + 1) * sizeof *flags);
	mark_asked(&p->root, flags);
	check_names(&p->root, flags, diags);
	free(flags);
}
