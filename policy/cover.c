/* Coverage: which conditions and heads were reached. */
#include "config.h"

#include "policy/cover.h"

#include <stdlib.h>
#include <string.h>

#include "policy/eval.h"

enum mark { MARK_NONE, MARK_COUNTS = 1, MARK_REACHED = 2 };

struct policy_cover {
	struct eval_watch watch; /* first */
	const struct policy *policy;
	unsigned char **marks; /* by module and byte of its text */
	size_t last; /* the module met last */
	bool *seen; /* documents, while looking for what counts */
};

static unsigned char *marks_of(struct policy_cover *c, const struct module *m)
{
	if (c->last < c->policy->nmodules && c->policy->modules[c->last] == m)
		return c->marks[c->last];
	for (c->last = 0; c->last < c->policy->nmodules; c->last++)
		if (c->policy->modules[c->last] == m)
			return c->marks[c->last];
	return NULL;
}

static void mark(struct policy_cover *c, const struct module *m, uint32_t at, enum mark how)
{
	unsigned char *marks = marks_of(c, m);

	if (marks && at < m->src.len)
		marks[at] |= (unsigned char)how;
}

/* ---- what counts ----------------------------------------------------------------------------------------- */

static void count_code(struct policy_cover *c, const struct module *m, const struct code *code);

static void count_expr(struct policy_cover *c, const struct module *m, const struct expr *e)
{
	if (!e)
		return;
	count_code(c, m, expr_code(e));
	for (uint32_t i = 0; i < e->n; i++)
		count_expr(c, m, e->items[i]);
}

/* As deep as the parser lets policies nest. */
static void count_code(struct policy_cover *c, const struct module *m, const struct code *code)
{
	for (uint32_t i = 0; code && i < code->n; i++) {
		const struct step *s = &code->steps[i];

		mark(c, m, s->span.at, MARK_COUNTS);
		count_expr(c, m, s->a);
		count_expr(c, m, s->b);
		count_code(c, m, s->code);
	}
	if (code) {
		count_expr(c, m, code->key);
		count_expr(c, m, code->val);
	}
}

static void count_clause(struct policy_cover *c, const struct clause *clause)
{
	for (; clause; clause = clause->otherwise) {
		mark(c, clause->module, clause->rule->head.at, MARK_COUNTS);
		count_code(c, clause->module, clause->code);
		count_expr(c, clause->module, clause->val);
	}
}

static bool is_test(const struct doc *d)
{
	return d->name.tag == V_STRING && ((d->name.len >= 5 && memcmp(d->name.s, "test_", 5) == 0) ||
					   (d->name.len >= 10 && memcmp(d->name.s, "todo_test_", 10) == 0));
}

static void count_doc(struct policy_cover *c, const struct doc *d)
{
	if (c->seen[d->id] || (is_test(d) && !d->is_package))
		return;
	c->seen[d->id] = true;
	for (uint32_t i = 0; i < d->nclauses; i++)
		count_clause(c, d->clauses[i]);
	count_clause(c, d->fallback);
	for (uint32_t i = 0; i < d->nchildren; i++)
		count_doc(c, d->children[i]);
}

/* ---- what was reached ------------------------------------------------------------------------------------ */

static void on_enter(struct eval_watch *w, struct eval *ev, const struct frame *f)
{
	(void)w;
	(void)ev;
	(void)f;
}

static void on_step(struct eval_watch *w, struct eval *ev, const struct frame *f, const struct step *s, bool ok)
{
	(void)ev;
	(void)ok;
	mark((struct policy_cover *)w, f->clause->module, s->span.at, MARK_REACHED);
}

static void on_head(struct eval_watch *w, struct eval *ev, const struct frame *f, struct value v)
{
	(void)ev;
	if (v.tag != V_UNDEF && f->clause->rule)
		mark((struct policy_cover *)w, f->clause->module, f->clause->rule->head.at, MARK_REACHED);
}

struct policy_cover *policy_cover_new(const struct policy *p)
{
	struct policy_cover *c = mem_zalloc(sizeof *c);

	c->policy = p;
	c->watch = (struct eval_watch){ .enter = on_enter, .step = on_step, .head = on_head };
	c->marks = mem_calloc(p->nmodules + 1, sizeof *c->marks);
	for (size_t i = 0; i < p->nmodules; i++)
		c->marks[i] = mem_zalloc(p->modules[i]->src.len + 1);
	c->seen = mem_calloc(p->ndocs + 1, sizeof *c->seen);
	count_doc(c, &p->root);
	return c;
}

void policy_cover_free(struct policy_cover *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->policy->nmodules; i++)
		free(c->marks[i]);
	free(c->marks);
	free(c->seen);
	free(c);
}

struct eval_watch *policy_cover_watch(struct policy_cover *c)
{
	return &c->watch;
}

size_t policy_cover_count(const struct policy_cover *c)
{
	return c->policy->nmodules;
}

void policy_cover_file(const struct policy_cover *c, size_t i, struct policy_cover_file *out)
{
	const struct source *src = &c->policy->modules[i]->src;
	size_t cap = 0, reached_cap = 0;
	unsigned row = 1;

	*out = (struct policy_cover_file){ .file = src->file };
	for (size_t at = 0; at < src->len; at++) {
		unsigned char how = c->marks[i][at];

		row += at && src->text[at - 1] == '\n';
		if (!(how & MARK_COUNTS))
			continue;
		if (!out->lines || out->rows[out->lines - 1] != row) {
			mem_reserve(&out->rows, &cap, out->lines + 1);
			mem_reserve(&out->row_reached, &reached_cap, out->lines + 1);
			out->rows[out->lines] = row;
			out->row_reached[out->lines++] = true;
		}
		/* A line of several conditions is reached when all of them are. */
		if (!(how & MARK_REACHED))
			out->row_reached[out->lines - 1] = false;
	}
	for (size_t k = 0; k < out->lines; k++)
		out->reached += out->row_reached[k];
}

void policy_cover_file_release(struct policy_cover_file *f)
{
	free(f->rows);
	free(f->row_reached);
	*f = (struct policy_cover_file){ 0 };
}
