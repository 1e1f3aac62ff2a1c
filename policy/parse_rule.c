/* Parsing of modules: package, imports, rules. */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/parse.h"

enum { ELSES_MAX = 500, RULES_MAX = 10000 };

static struct term *parse_path(struct parser *p, const char *wanted)
{
	const struct token *t = parse_peek(p);

	if (t->kind != TK_NAME)
		return parse_unexpected(p, wanted);
	parse_take(p);
	return parse_ref_tail(p, term_var(p->pool, token_text(p, t), (struct span){ t->at, t->end }));
}

static bool parse_package(struct parser *p, struct module *m)
{
	const struct token *first = parse_peek(p);
	struct term *path;
	uint32_t n;

	if (!parse_eat_word(p, "package")) {
		parse_fail(p, DIAG_SYNTAX, (struct span){ first->at, first->end }, "a policy starts with its package");
		parse_help(p, "write `package wb` as the first line");
		return false;
	}
	if (parse_peek(p)->newline) {
		parse_unexpected(p, "the package's name");
		return false;
	}
	path = parse_path(p, "the package's name");
	if (!path)
		return false;
	n = path->kind == T_REF ? path->n : 1;
	m->package = pool_alloc(p->pool, n * sizeof *m->package);
	m->npackage = n;
	m->package_span = parse_span_from(p, first->at);
	for (uint32_t i = 0; i < n; i++) {
		const struct term *part = i == 0 ? (path->kind == T_REF ? path->items[0] : path) : path->items[i];

		if (part->kind == T_VAR && i == 0)
			m->package[i] = value_string(p->pool, part->name, strlen(part->name));
		else if (part->kind == T_CONST && part->value.tag == V_STRING)
			m->package[i] = part->value;
		else {
			parse_fail(p, DIAG_SYNTAX, part->span, "a package's name is made of names joined by dots");
			return false;
		}
	}
	return true;
}

/* import future.keywords[.x] and import rego.v1 change how the rest is read. */
static bool import_language(struct parser *p, struct module *m, const struct term *path)
{
	const char *text = term_path_text(p->pool, path);
	static const struct {
		const char *path;
		unsigned keywords;
	} known[] = {
		{ "future.keywords", KW_FUTURE | KW_NOT }, { "future.keywords.in", KW_IN }, { "future.keywords.every", KW_EVERY | KW_IN },
		{ "future.keywords.if", KW_IF }, { "future.keywords.contains", KW_CONTAINS }, { "future.keywords.not", KW_NOT },
		{ "rego.v1", KW_FUTURE },
	};

	for (size_t i = 0; text && i < sizeof known / sizeof *known; i++) {
		if (strcmp(known[i].path, text) != 0)
			continue;
		p->keywords |= known[i].keywords;
		if (strcmp(text, "rego.v1") == 0 && m->imports_v1) {
			diag_add(p->diags, DIAG_SHADOW, p->src, path->span.at, path->span.end, "rego.v1 is imported already");
			return false;
		}
		if (strcmp(text, "rego.v1") == 0) {
			p->dialect = m->dialect = POLICY_V1;
			m->imports_v1 = true;
		}
		return true;
	}
	parse_fail(p, DIAG_BAD_IMPORT, path->span, "there is nothing to import under this name");
	parse_help(p, "known are rego.v1, future.keywords and future.keywords.{in,every,if,contains,not}");
	return false;
}

static bool check_import(struct parser *p, const struct term *path)
{
	const struct term *head = path->kind == T_REF ? path->items[0] : path;

	if (!term_is_var(head, "data") && !term_is_var(head, "input") && !term_is_var(head, "rego") &&
	    !term_is_var(head, "future")) {
		parse_fail(p, DIAG_BAD_IMPORT, path->span, "an import starts with data, input, future or rego");
		if (head->kind == T_VAR)
			parse_help(p, "for a package of that name write `import data.%s`", head->name);
		return false;
	}
	for (uint32_t i = 1; path->kind == T_REF && i < path->n; i++)
		if (path->items[i]->kind != T_CONST || path->items[i]->value.tag != V_STRING) {
			parse_fail(p, DIAG_BAD_IMPORT, path->items[i]->span, "an import's path is made of names");
			return false;
		}
	return true;
}

static void note_language(struct parser *p, struct module *m, const struct import *made)
{
	/* Full at every power of two. */
	if ((m->nlanguages & (m->nlanguages - 1)) == 0) {
		struct import *more = pool_alloc(p->pool, (m->nlanguages ? 2 * (size_t)m->nlanguages : 1) * sizeof *more);

		if (m->nlanguages)
			memcpy(more, m->languages, m->nlanguages * sizeof *more);
		m->languages = more;
	}
	m->languages[m->nlanguages++] = *made;
}

static bool parse_import(struct parser *p, struct module *m, size_t *cap)
{
	uint32_t at = parse_take(p)->at;
	struct term *path = parse_path(p, "data, input, future or rego");
	const struct term *head, *last;
	struct import made = { .path = path };
	const struct token *alias;
	bool language;

	if (!path || !check_import(p, path))
		return false;
	head = path->kind == T_REF ? path->items[0] : path;
	last = path->kind == T_REF ? path->items[path->n - 1] : path;
	language = term_is_var(head, "rego") || term_is_var(head, "future");
	made.path_span = path->span;
	made.alias = last->kind == T_VAR ? last->name : value_string(p->pool, last->value.s, last->value.len).s;
	alias = parse_ahead(p, 1);
	if (parse_is_word(p, "as")) {
		parse_take(p);
		if (alias->kind != TK_NAME || alias->newline || parse_reserved(p, alias)) {
			parse_unexpected(p, "the import's new name");
			return false;
		}
		if (language) {
			parse_fail(p, DIAG_BAD_IMPORT, (struct span){ alias->at, alias->end }, "this import takes no other name");
			return false;
		}
		if (value_is_text(alias->value, "input") || value_is_text(alias->value, "data")) {
			parse_fail(p, DIAG_BAD_IMPORT, (struct span){ alias->at, alias->end }, "'%s' cannot be another thing's name",
				   token_text(p, alias));
			return false;
		}
		parse_take(p);
		made.alias = token_text(p, alias);
	}
	made.span = parse_span_from(p, at);
	if (language) {
		note_language(p, m, &made);
		return import_language(p, m, path);
	}
	mem_reserve(&m->imports, cap, m->nimports + 1);
	m->imports[m->nimports++] = made;
	return true;
}

/* The body behind "if": a bare set there is meant as a body. */
static struct body *parse_if_body(struct parser *p)
{
	size_t saved = p->at;
	struct body *b;
	struct literal *l;

	if (parse_is(p, TK_LBRACE)) {
		p->trial++;
		l = parse_literal(p);
		p->trial--;
		if (!l || l->kind != L_EXPR || l->negated || l->term->kind == T_SET ||
		    (parse_peek(p)->kind != TK_EOF && !parse_peek(p)->newline && !parse_is_word(p, "else"))) {
			p->at = saved;
			parse_take(p);
			b = parse_query(p, TK_RBRACE);
			return b && parse_expect(p, TK_RBRACE, "'}'") ? b : NULL;
		}
	} else {
		l = parse_literal(p);
	}
	if (!l)
		return NULL;
	b = pool_alloc(p->pool, sizeof *b);
	*b = (struct body){ .n = 1, .span = l->span };
	b->lits = pool_alloc(p->pool, sizeof *b->lits);
	b->lits[0] = l;
	return b;
}

static bool at_body(const struct parser *p)
{
	return parse_is(p, TK_LBRACE) || parse_is_keyword(p, KW_IF);
}

/* Reads one body into r; its "if" is noted. */
static bool parse_body(struct parser *p, struct rule *r)
{
	r->has_body = true;
	if (parse_is_keyword(p, KW_IF)) {
		r->has_if = true;
		parse_take(p);
		r->body = parse_if_body(p);
		return r->body != NULL;
	}
	parse_take(p);
	r->body = parse_query(p, TK_RBRACE);
	return r->body && parse_expect(p, TK_RBRACE, "'}'");
}

static bool parse_value(struct parser *p, struct rule *r)
{
	if (!parse_is(p, TK_ASSIGN) && !parse_is(p, TK_UNIFY))
		return true;
	r->defines = parse_is(p, TK_ASSIGN);
	parse_take(p);
	r->assigned = true;
	r->value = parse_expr_term(p);
	return r->value != NULL;
}

static struct rule *rule_new(struct parser *p, const struct rule *like, uint32_t at)
{
	struct rule *r = pool_alloc(p->pool, sizeof *r);

	*r = *like;
	r->otherwise = NULL;
	r->span = (struct span){ at, at };
	return r;
}

/* In version 1 a body needs its "if". */
static void demand_if(struct parser *p, const struct rule *r)
{
	if (p->dialect != POLICY_V1 || !r->has_body || r->has_if)
		return;
	parse_fail(p, DIAG_NEEDS_IF, (struct span){ r->span.at, r->head.end }, "the rule needs 'if' in front of its body");
	parse_help(p, "write `... if { ... }`; or say --dialect v0 where the older Rego is meant");
}

static bool has_variables(const struct rule *r)
{
	for (uint32_t i = 1; i < r->ref->n; i++)
		if (r->ref->items[i]->kind != T_CONST)
			return true;
	return false;
}

static bool parse_else(struct parser *p, struct rule *first)
{
	struct rule *last = first;
	unsigned n = 0;

	while (parse_is_word(p, "else")) {
		uint32_t at = parse_peek(p)->at;
		struct rule *r;

		if (++n > ELSES_MAX)
			return parse_fail(p, DIAG_TOO_LARGE, (struct span){ at, at + 4 }, "more than %d else branches", ELSES_MAX) != NULL;
		if (first->kind == RULE_MEMBER)
			return parse_fail(p, DIAG_BAD_ELSE, (struct span){ at, at + 4 }, "a rule that adds to a set has no else") !=
			       NULL;
		if (!last->has_body) {
			parse_fail(p, DIAG_BAD_ELSE, (struct span){ at, at + 4 }, "nothing is left for this 'else'");
			parse_help(p, "what stands before it has no condition: it always holds");
			return false;
		}
		if (has_variables(first))
			return parse_fail(p, DIAG_BAD_ELSE, (struct span){ at, at + 4 },
					  "a rule with variables in its name has no else") != NULL;
		parse_take(p);
		first->shares_head = true;
		r = rule_new(p, first, at);
		r->head = (struct span){ at, at + 4 };
		r->value = NULL;
		r->body = NULL;
		r->assigned = r->has_if = r->has_body = false;
		if (!parse_value(p, r) || (at_body(p) && !parse_body(p, r)))
			return false;
		if (!r->assigned && !r->has_body) {
			parse_unexpected(p, "a value or a body behind 'else'");
			return false;
		}
		r->span = parse_span_from(p, at);
		demand_if(p, r);
		last = last->otherwise = r;
	}
	return true;
}

/* Splits what was read as a term into the rule's name, path and arguments. */
static bool take_head(struct parser *p, struct rule *r, struct term *t)
{
	if (t->kind == T_CALL) {
		r->is_function = true;
		r->args = t->items + 1;
		r->nargs = t->n - 1;
		t = t->items[0];
	}
	if (t->kind == T_VAR) {
		r->ref = term_new(p->pool, T_REF, t->span);
		r->ref->items = pool_alloc(p->pool, sizeof *r->ref->items);
		r->ref->items[0] = t;
		r->ref->n = 1;
		return true;
	}
	if (t->kind == T_REF && t->items[0]->kind == T_VAR) {
		r->ref = t;
		return true;
	}
	parse_fail(p, DIAG_BAD_HEAD, t->span, "a rule's head is a name, perhaps with a path or arguments behind it");
	return false;
}

/* "defualt allow := false" and "allow iff x" look like rules without a body. */
static void hint_at_typo(struct parser *p, const char *name)
{
	static const char *const first[] = { "default", "import", "package" };
	static const char *const second[] = { "contains", "if" };
	const struct token *next = parse_peek(p);
	const char *near = NULL;

	if (next->kind != TK_NAME || next->newline)
		return;
	near = str_nearest(name, first, sizeof first / sizeof *first);
	if (near) {
		parse_help(p, "did you mean '%s'?", near);
		return;
	}
	near = str_nearest(token_text(p, next), second, sizeof second / sizeof *second);
	if (near)
		parse_help(p, "did you mean '%s' instead of '%s'?", near, token_text(p, next));
}

/* p[x] without a value, and p.q, add to a set in version 0. */
static bool settle_kind(struct parser *p, struct rule *r)
{
	bool bare = !r->assigned && r->kind == RULE_VALUE;

	if (bare && !r->has_if && r->ref->n == 2 && !r->is_function) {
		if (p->dialect == POLICY_V1 && r->ref->items[1]->kind != T_CONST) {
			parse_fail(p, DIAG_NEEDS_CONTAINS, r->head, "a rule that adds to a set is written with 'contains'");
			parse_help(p, "write `%s contains ... if { ... }`", r->ref->items[0]->name);
			return true;
		}
		if (p->dialect != POLICY_V1) {
			r->kind = RULE_MEMBER;
			r->key = r->ref->items[1];
			r->ref->n = 1;
			return true;
		}
	}
	if (bare && !r->has_body) {
		parse_fail(p, DIAG_BAD_HEAD, r->head, "the rule has neither a value nor a body");
		hint_at_typo(p, r->ref->items[0]->name);
		parse_help(p, "write `%s := value` or `%s if { ... }`", r->ref->items[0]->name, r->ref->items[0]->name);
		return false;
	}
	return true;
}

static bool constant_only(struct parser *p, const struct term *t)
{
	switch (t->kind) {
	case T_CONST:
	case T_ARRAY_COMP:
	case T_SET_COMP:
	case T_OBJECT_COMP:
		return true;
	case T_ARRAY:
	case T_SET:
	case T_OBJECT:
		for (uint32_t i = 0; i < t->n; i++)
			if (!constant_only(p, t->items[i]))
				return false;
		return true;
	default:
		parse_fail(p, DIAG_BAD_DEFAULT, t->span, "a default is a constant or a comprehension");
		return false;
	}
}

static bool finish_default(struct parser *p, struct rule *r)
{
	if (r->kind == RULE_MEMBER) {
		parse_fail(p, DIAG_BAD_DEFAULT, r->head, "a default rule gives one value");
		parse_help(p, "write `default %s := false`", r->ref->items[0]->name);
		return false;
	}
	if (at_body(p)) {
		parse_unexpected(p, "a new line: a default rule has no body");
		return false;
	}
	for (uint32_t i = 1; i < r->ref->n; i++)
		if (r->ref->items[i]->kind != T_CONST) {
			parse_fail(p, DIAG_BAD_DEFAULT, r->ref->items[i]->span, "a default rule's name has no variables");
			return false;
		}
	for (uint32_t i = 0; i < r->nargs; i++)
		if (r->args[i]->kind != T_VAR) {
			parse_fail(p, DIAG_BAD_DEFAULT, r->args[i]->span, "a default function's arguments are plain names");
			return false;
		}
	if (!r->assigned)
		r->value = term_const(p->pool, value_bool(true), r->head);
	return constant_only(p, r->value);
}

static void add_rule(struct parser *p, struct module *m, size_t *cap, struct rule *r)
{
	if (m->nrules == RULES_MAX && !p->failed)
		parse_fail(p, DIAG_TOO_LARGE, r->head, "more than %d rules in one file", RULES_MAX);
	if (m->nrules >= RULES_MAX)
		return;
	mem_reserve(&m->rules, cap, m->nrules + 1);
	m->rules[m->nrules++] = r;
}

/* p { } { }: more rules with the same head. */
static bool parse_more_bodies(struct parser *p, struct module *m, size_t *cap, struct rule *first)
{
	while (parse_is(p, TK_LBRACE) && first->has_body) {
		struct rule *r;

		first->shares_head = true;
		r = rule_new(p, first, parse_peek(p)->at);

		if (!parse_body(p, r))
			return false;
		r->has_if = first->has_if;
		r->span = parse_span_from(p, r->span.at);
		demand_if(p, r);
		add_rule(p, m, cap, r);
	}
	if (!parse_is_word(p, "else"))
		return true;
	parse_fail(p, DIAG_BAD_ELSE, (struct span){ parse_peek(p)->at, parse_peek(p)->end },
		   "'else' cannot follow several bodies");
	return false;
}

static bool parse_head(struct parser *p, struct rule *r)
{
	const struct token *t = parse_peek(p);
	struct term *head;

	if (t->kind != TK_NAME || ((parse_reserved(p, t) || ((p->keywords & KW_CONTAINS) && value_is_text(t->value, "contains"))) &&
				   !parse_heads_ref(p))) {
		parse_unexpected(p, "a rule's name");
		return false;
	}
	parse_take(p);
	head = parse_ref_tail(p, term_var(p->pool, token_text(p, t), (struct span){ t->at, t->end }));
	if (!head || !take_head(p, r, head))
		return false;
	if (parse_is_keyword(p, KW_CONTAINS)) {
		parse_take(p);
		r->kind = RULE_MEMBER;
		r->key = parse_expr_term(p);
		if (!r->key)
			return false;
	} else if (!parse_value(p, r)) {
		return false;
	}
	r->head = parse_span_from(p, r->span.at);
	return true;
}

static bool parse_rule(struct parser *p, struct module *m, size_t *cap)
{
	struct rule blank = { .module = m }, *r = rule_new(p, &blank, parse_peek(p)->at);

	r->is_default = parse_is_word(p, "default") && parse_ahead(p, 1)->kind == TK_NAME && !parse_ahead(p, 1)->newline;
	if (r->is_default)
		parse_take(p);
	if (!parse_head(p, r))
		return false;
	if (r->is_default) {
		r->span = parse_span_from(p, r->span.at);
		add_rule(p, m, cap, r);
		return finish_default(p, r);
	}
	if (at_body(p) && !parse_body(p, r))
		return false;
	demand_if(p, r);
	if (!settle_kind(p, r))
		return false;
	r->span = parse_span_from(p, r->span.at);
	add_rule(p, m, cap, r);
	if (parse_is(p, TK_LBRACE) && r->has_body)
		return parse_more_bodies(p, m, cap, r);
	if (!parse_else(p, r))
		return false;
	r->span = parse_span_from(p, r->span.at);
	return true;
}

/* To the next line that starts at the margin. */
static void skip_to_next_rule(struct parser *p, size_t from)
{
	if (p->at == from)
		parse_take(p);
	while (!parse_is(p, TK_EOF)) {
		const struct token *t = parse_peek(p);

		if (t->kind == TK_NAME && t->newline && (t->at == 0 || p->src->text[t->at - 1] == '\n') &&
		    !value_is_text(t->value, "else"))
			return;
		p->at++;
	}
}

int parse_module(struct pool *pool, const struct source *src, enum policy_dialect dialect, unsigned keywords,
		 struct module *out, struct policy_diags *diags)
{
	struct parser p = { .pool = pool, .src = src, .diags = diags, .dialect = dialect, .keywords = keywords };
	size_t errors = diags->errors, rules_cap = 0, imports_cap = 0;
	uint32_t from = src->len >= 3 && memcmp(src->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	out->src = *src;
	out->dialect = dialect;
	lex(pool, src, from, (uint32_t)src->len, &p.tokens, diags);
	if (!parse_package(&p, out))
		skip_to_next_rule(&p, p.at);
	while (!parse_is(&p, TK_EOF)) {
		size_t at = p.at;
		bool ok;

		p.depth = p.chained = 0;
		p.no_or = false;
		ok = parse_is_word(&p, "import") ? parse_import(&p, out, &imports_cap) : parse_rule(&p, out, &rules_cap);
		if (!ok)
			skip_to_next_rule(&p, at);
	}
	out->says_resource |= p.tokens.says_resource | p.says_resource;
	tokens_release(&p.tokens);
	return diags->errors == errors ? 0 : -1;
}
