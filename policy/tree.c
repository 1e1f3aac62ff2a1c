/* The tree of documents: where each rule hangs, what clashes, what goes in circles. */
#include "config.h"

#include <string.h>

#include "policy/program.h"

static uint32_t child_at(const struct doc *parent, struct value name, bool *found)
{
	uint32_t lo = 0, hi = parent->nchildren;

	*found = false;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int c = value_cmp(parent->children[mid]->name, name);

		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct doc *doc_child(const struct doc *parent, struct value name)
{
	bool found;
	uint32_t at = child_at(parent, name, &found);

	return found ? parent->children[at] : NULL;
}

struct doc *doc_make(struct policy *p, struct doc *parent, struct value name)
{
	bool found;
	uint32_t at = child_at(parent, name, &found);
	struct doc *d;

	if (found)
		return parent->children[at];
	d = pool_alloc(&p->pool, sizeof *d);
	*d = (struct doc){ .name = name, .parent = parent, .id = p->ndocs++ };
	parent->children = pool_grown(&p->pool, parent->children, parent->nchildren, sizeof *parent->children,
				      &parent->children_cap, 4);
	memmove(parent->children + at + 1, parent->children + at, (parent->nchildren - at) * sizeof *parent->children);
	parent->children[at] = d;
	parent->nchildren++;
	return d;
}

static bool plain_name(struct value v)
{
	if (v.tag != V_STRING || v.len == 0 || (v.s[0] >= '0' && v.s[0] <= '9'))
		return false;
	for (uint32_t i = 0; i < v.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", v.s[i]))
			return false;
	return true;
}

void doc_format(const struct doc *d, struct buf *out)
{
	if (!d->parent) {
		buf_puts(out, "data");
		return;
	}
	doc_format(d->parent, out);
	if (plain_name(d->name)) {
		buf_putc(out, '.');
		buf_append(out, d->name.s, d->name.len);
		return;
	}
	buf_putc(out, '[');
	value_format(d->name, TEXT_JSON, out);
	buf_putc(out, ']');
}

/* How many parts of a head (behind its name) are constant from the left. */
static uint32_t constant_parts(const struct rule *r)
{
	uint32_t n = 1;

	while (n < r->ref->n && r->ref->items[n]->kind == T_CONST)
		n++;
	return n;
}

static struct doc *package_doc(struct policy *p, const struct module *m)
{
	struct doc *d = &p->root;

	for (uint32_t i = 0; i < m->npackage; i++)
		d = doc_make(p, d, m->package[i]);
	d->is_package = true;
	return d;
}

static enum doc_kind kind_of(const struct rule *r, uint32_t constants)
{
	if (r->is_function)
		return DOC_FUNCTION;
	if (constants < r->ref->n)
		return DOC_ENTRIES;
	return r->kind == RULE_MEMBER ? DOC_MEMBERS : DOC_VALUE;
}

static unsigned row_of(const struct rule *r)
{
	unsigned row = 1;

	for (uint32_t i = 0; i < r->head.at; i++)
		row += r->module->src.text[i] == '\n';
	return row;
}

/* Told at the document's first rule; r is the one that does not fit. Once for each document. */
static void clash(struct policy_diags *diags, struct doc *d, const struct rule *r, const char *what)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(4096);
	const struct rule *first = d->nrules ? d->rules[0] : d->default_rule ? d->default_rule : r;

	if (d->clashed)
		return;
	d->clashed = true;
	doc_format(d, &name);
	diag_add(diags, DIAG_CONFLICT, &first->module->src, first->head.at, first->head.end,
		 "%s is defined in two ways that do not fit: %s", buf_text(&name), what);
	if (r != first)
		diag_help(diags, "the other one is at %s:%u", r->module->src.file, row_of(r));
}

/* Told at the top of the file, as in OPA: it belongs to neither rule. */
static void two_defaults(struct policy_diags *diags, const struct doc *d, const struct rule *r)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(4096);
	const struct rule *first = d->default_rule;

	doc_format(d, &name);
	diag_add(diags, DIAG_CONFLICT, &first->module->src, 0, 0, "%s has two default rules, at %s:%u and %s:%u", buf_text(&name),
		 first->module->src.file, row_of(first), r->module->src.file, row_of(r));
	diag_help(diags, "keep one of them");
}

static void add_default(struct doc *d, const struct rule *r, struct policy_diags *diags)
{
	if (d->default_rule) {
		two_defaults(diags, d, r);
		return;
	}
	d->default_rule = r;
	if (d->kind == DOC_PLAIN) {
		d->kind = r->is_function ? DOC_FUNCTION : DOC_VALUE;
		d->nargs = r->nargs;
	} else if ((d->kind == DOC_FUNCTION) != r->is_function || (d->kind != DOC_FUNCTION && d->kind != DOC_VALUE)) {
		clash(diags, d, r, "a default needs a rule with one value");
	} else if (d->kind == DOC_FUNCTION && d->nargs != r->nargs) {
		clash(diags, d, r, "the default takes another number of arguments");
	}
}

static void add_rule(struct policy *p, struct doc *package, const struct rule *r, struct policy_diags *diags)
{
	uint32_t constants = constant_parts(r);
	enum doc_kind kind = kind_of(r, constants);
	struct doc *d = package;

	for (uint32_t i = 0; i < constants; i++) {
		struct value name = i ? r->ref->items[i]->value :
					value_borrow(r->ref->items[0]->name, strlen(r->ref->items[0]->name));

		d = doc_make(p, d, name);
		if (i == 0)
			d->exported = true;
	}
	if (r->is_default) {
		add_default(d, r, diags);
		return;
	}
	if (d->kind == DOC_PLAIN) {
		d->kind = kind;
		d->nargs = r->nargs;
	} else if (d->kind != kind) {
		clash(diags, d, r,
		      d->kind == DOC_FUNCTION || kind == DOC_FUNCTION ? "a function and a rule" :
		      d->kind == DOC_VALUE || kind == DOC_VALUE ? "one value and a collection" :
								  "a set and an object");
		return;
	} else if (kind == DOC_FUNCTION && d->nargs != r->nargs) {
		clash(diags, d, r, "the number of arguments differs");
		return;
	}
	d->rules = pool_grown(&p->pool, d->rules, d->nrules, sizeof *d->rules, &d->rules_cap, 4);
	d->rules[d->nrules++] = r;
}

static const struct rule *any_rule_below(const struct doc *d)
{
	if (d->nrules || d->default_rule)
		return d->nrules ? d->rules[0] : d->default_rule;
	for (uint32_t i = 0; i < d->nchildren; i++) {
		const struct rule *r = any_rule_below(d->children[i]);

		if (r)
			return r;
	}
	return NULL;
}

static void check_overlap(struct doc *d, struct policy_diags *diags)
{
	const struct rule *above = d->nrules ? d->rules[0] : d->default_rule;

	if (above && d->nchildren && d->kind != DOC_ENTRIES) {
		const struct rule *below = any_rule_below(d);

		clash(diags, d, above, below ? "other rules define parts of it" : "it is also a package");
		if (below)
			diag_help(diags, "one of them is at %s:%u", below->module->src.file, row_of(below));
	} else if (above && d->is_package) {
		clash(diags, d, above, "it is also a package");
	}
	for (uint32_t i = 0; i < d->nchildren; i++)
		check_overlap(d->children[i], diags);
}

static void check_base(struct doc *d, struct value base, struct policy_diags *diags)
{
	for (uint32_t i = 0; base.tag == V_OBJECT && i < d->nchildren; i++) {
		struct doc *child = d->children[i];
		struct value below = value_get(base, child->name);

		if (below.tag == V_UNDEF)
			continue;
		if (child->kind != DOC_PLAIN)
			clash(diags, child, child->nrules ? child->rules[0] : child->default_rule, "the data has a value there too");
		else
			check_base(child, below, diags);
	}
}

void tree_build(struct policy *p, struct policy_diags *diags)
{
	for (size_t i = 0; i < p->nmodules; i++) {
		struct doc *package = package_doc(p, p->modules[i]);

		p->modules[i]->doc = package;

		for (uint32_t k = 0; k < p->modules[i]->nrules; k++)
			add_rule(p, package, p->modules[i]->rules[k], diags);
	}
	check_overlap(&p->root, diags);
	check_base(&p->root, p->data, diags);
}

/* ---- circles --------------------------------------------------------------------------------------------- */

struct walk {
	const struct doc **path;
	uint32_t n;
	unsigned char *state; /* by id: 0 new, 1 on the path, 2 done */
	const struct doc **stack;
	struct policy_diags *diags;
};

static void report_circle(struct walk *w, const struct doc *again)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(8192);
	const struct rule *r = again->nrules ? again->rules[0] : again->default_rule;
	uint32_t from = w->n;

	while (from > 0 && w->path[from - 1] != again)
		from--;
	for (uint32_t i = from ? from - 1 : 0; i < w->n; i++) {
		doc_format(w->path[i], &text);
		buf_puts(&text, " -> ");
	}
	doc_format(again, &text);
	for (uint32_t i = 0; i < again->nasks; i++)
		if (w->n && again->asks[i] == (from < w->n ? w->path[from] : again))
			r = again->asked_in[i];
	diag_add(w->diags, DIAG_RECURSION, &r->module->src, r->head.at, r->head.end, "the rule needs itself: %s", buf_text(&text));
	diag_help(w->diags, "rules may not be recursive; break the circle");
}

static void visit(struct walk *w, const struct doc *d);

static void visit_all_below(struct walk *w, const struct doc *d)
{
	visit(w, d);
	for (uint32_t i = 0; i < d->nchildren; i++)
		visit_all_below(w, d->children[i]);
}

static void visit(struct walk *w, const struct doc *d)
{
	if (d->kind == DOC_PLAIN || w->state[d->id] == 2)
		return;
	if (w->state[d->id] == 1) {
		report_circle(w, d);
		return;
	}
	w->state[d->id] = 1;
	w->path[w->n++] = d;
	for (uint32_t i = 0; i < d->nasks; i++)
		visit_all_below(w, d->asks[i]);
	w->n--;
	w->state[d->id] = 2;
}

void tree_check_recursion(struct policy *p, struct policy_diags *diags)
{
	struct walk w = { .diags = diags };

	w.state = mem_calloc(p->ndocs, 1);
	w.path = mem_calloc(p->ndocs, sizeof *w.path);
	visit_all_below(&w, &p->root);
	free(w.state);
	free(w.path);
}
