/* Checks of whole modules: imports, and what is allowed but seldom meant. */
#include "config.h"

#include <string.h>

#include "policy/builtin.h"
#include "policy/program.h"

static void check_import(const struct module *m, uint32_t i, bool strict, struct policy_diags *diags)
{
	const struct import *import = &m->imports[i];

	for (uint32_t k = 0; k < i; k++) {
		if (strcmp(m->imports[k].alias, import->alias) != 0 || strcmp(import->alias, "_") == 0)
			continue;
		if (m->dialect != POLICY_V1 && !strict)
			continue;
		diag_add(diags, DIAG_SHADOW, &m->src, import->span.at, import->span.end, "'%s' is imported twice", import->alias);
		diag_help(diags, "give one of them another name with `as`");
		return;
	}
}

static void check_rule_names(const struct module *m, struct policy_diags *diags)
{
	for (uint32_t i = 0; i < m->nrules; i++) {
		const struct rule *r = m->rules[i];
		const char *name = r->ref->items[0]->name;

		if (strcmp(name, "input") != 0 && strcmp(name, "data") != 0)
			continue;
		diag_add(diags, DIAG_SHADOW, &m->src, r->head.at, r->head.end, "a rule may not be called '%s'", name);
		diag_help(diags, "use another name");
	}
}

void check_imports(struct policy *p, const struct policy_check *check, struct policy_diags *diags)
{
	for (size_t i = 0; i < p->nmodules; i++)
		if (p->modules[i]->dialect == POLICY_V1 || (check && check->strict))
			check_rule_names(p->modules[i], diags);
	for (size_t i = 0; i < p->nmodules; i++)
		for (uint32_t k = 0; k < p->modules[i]->nimports; k++)
			check_import(p->modules[i], k, check && check->strict, diags);
}

void check_unused_imports(struct policy *p, const struct policy_check *check, struct policy_diags *diags)
{
	for (size_t i = 0; check && check->strict && i < p->nmodules; i++) {
		const struct module *m = p->modules[i];

		for (uint32_t k = 0; k < m->nimports; k++)
			if (!m->imports[k].used)
				diag_add(diags, DIAG_UNUSED, &m->src, m->imports[k].span.at, m->imports[k].span.end,
					 "the import '%s' is never used", m->imports[k].alias);
	}
}

static bool is_decision_name(const char *name)
{
	return strcmp(name, "deny") == 0 || strcmp(name, "violation") == 0 || strcmp(name, "warn") == 0;
}

/* deny[msg] if ... builds an object, whose keys are the messages. */
static void lint_rule(const struct rule *r, struct policy_diags *diags)
{
	const char *name = r->ref->items[0]->name;

	if (r->kind == RULE_VALUE && r->ref->n == 2 && r->has_if && !r->assigned && r->ref->items[1]->kind == T_VAR &&
	    is_decision_name(name)) {
		diag_add(diags, DIAG_LINT_SET_OR_OBJECT, &r->module->src, r->head.at, r->head.end,
			 "'%s[...] if' makes an object, not a set of messages", name);
		diag_help(diags, "write `%s contains %s if { ... }`", name, r->ref->items[1]->name);
	}
	if (!r->is_default && r->ref->n == 1) {
		const struct builtin *fn = builtin_find(name);

		if (fn && (fn->flags & BUILTIN_DEPRECATED) == 0 && strchr("elgnmpdra", name[0]) && fn->nargs == 2 &&
		    (fn->result == TY_BOOL || fn->result == TY_NUM) && strlen(name) <= 5 && r->is_function)
			diag_add(diags, DIAG_LINT_OPERATOR_NAME, &r->module->src, r->head.at, r->head.end,
				 "'%s' is also the name of an operator; here it only means this rule", name);
	}
}

void lint(struct policy *p, struct policy_diags *diags)
{
	for (size_t i = 0; i < p->nmodules; i++) {
		const struct module *m = p->modules[i];

		for (uint32_t k = 0; k < m->nrules; k++)
			lint_rule(m->rules[k], diags);
		if (i && m->dialect != p->modules[0]->dialect) {
			diag_add(diags, DIAG_LINT_MIX, &m->src, m->package_span.at, m->package_span.end,
				 "this file is Rego %s, %s is Rego %s", m->dialect == POLICY_V1 ? "v1" : "v0",
				 p->modules[0]->src.file, m->dialect == POLICY_V1 ? "v0" : "v1");
			diag_help(diags, "both work side by side here; other tools refuse the mix");
		}
	}
}
