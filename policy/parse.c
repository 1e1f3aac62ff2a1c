/* Parsing of queries and literals, and what all parsing shares. */
#include "config.h"

#include "policy/parse.h"

#include <string.h>

enum { BODIES_MAX = 128, LITERALS_MAX = 1000 };

/* Going back and forth over ambiguous brackets must not cost more than a small multiple of the text. */
static bool out_of_work(const struct parser *p)
{
	return p->work > 200 * (uint64_t)p->tokens.n + 20000;
}

const struct token *parse_take(struct parser *p)
{
	const struct token *t = parse_peek(p);

	p->work++;
	if (out_of_work(p))
		p->at = p->tokens.n - 1;
	if (p->at + 1 < p->tokens.n)
		p->at++;
	return t;
}

bool parse_heads_ref(const struct parser *p)
{
	const struct token *next = parse_ahead(p, 1);

	return (next->kind == TK_DOT || next->kind == TK_LBRACKET) && !next->space;
}

bool parse_is_word(const struct parser *p, const char *word)
{
	const struct token *t = parse_peek(p), *next = parse_ahead(p, 1);

	if (t->kind != TK_NAME || !value_is_text(t->value, word))
		return false;
	/* "x in[1, 2]" is a membership; at the start of a line it is a reference. */
	return next->space || !(next->kind == TK_DOT || (next->kind == TK_LBRACKET && t->newline));
}

bool parse_eat(struct parser *p, enum token_kind kind)
{
	if (!parse_is(p, kind))
		return false;
	parse_take(p);
	return true;
}

bool parse_eat_word(struct parser *p, const char *word)
{
	if (!parse_is_word(p, word))
		return false;
	parse_take(p);
	return true;
}

static const struct {
	const char *word;
	enum keyword kw;
} future[] = {
	{ "in", KW_IN }, { "every", KW_EVERY }, { "if", KW_IF }, { "contains", KW_CONTAINS },
};

bool parse_is_keyword(const struct parser *p, enum keyword kw)
{
	for (size_t i = 0; i < sizeof future / sizeof *future; i++)
		if (future[i].kw == kw)
			return (p->keywords & kw) && parse_is_word(p, future[i].word);
	return false;
}

bool parse_reserved(const struct parser *p, const struct token *t)
{
	switch (t->word) {
	case WORD_RESERVED:
		return true;
	case WORD_IN:
		return p->keywords & KW_IN;
	case WORD_EVERY:
		return p->keywords & KW_EVERY;
	case WORD_IF:
		return p->keywords & KW_IF;
	default:
		return false;
	}
}

struct span parse_span_from(const struct parser *p, uint32_t at)
{
	return (struct span){ at, p->at ? p->tokens.v[p->at - 1].end : at };
}

const char *token_text(struct parser *p, const struct token *t)
{
	(void)p;
	return t->value.s;
}

void *parse_fail(struct parser *p, struct diag_kind kind, struct span at, const char *fmt, ...)
{
	va_list ap;

	if (p->trial)
		return NULL;
	p->failed = true;
	va_start(ap, fmt);
	diag_vadd(p->diags, kind, p->src, at.at, at.end, fmt, ap);
	va_end(ap);
	return NULL;
}

void parse_help(struct parser *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (p->trial)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	diag_help(p->diags, "%s", text);
}

/* A word that would be a keyword had it been imported: the usual reason for a puzzling error. */
static void hint_at_keyword(struct parser *p, const struct token *t)
{
	for (size_t i = 0; i < sizeof future / sizeof *future; i++)
		if (t->kind == TK_NAME && !(p->keywords & future[i].kw) && value_is_text(t->value, future[i].word))
			parse_help(p, "in this dialect '%s' is a keyword only after `import future.keywords.%s`", future[i].word,
				   future[i].word);
	if (t->kind == TK_UNIFY)
		parse_help(p, "a comparison is written ==, an assignment :=");
	if (t->kind == TK_AND && p->at && t[-1].kind == TK_AND)
		parse_help(p, "for 'and' write the conditions on lines of their own, or put ';' between them");
	if (t->kind == TK_OR && p->at && t[-1].kind == TK_OR)
		parse_help(p, "for 'or' write a second rule of the same name: one of them is enough");
}

/* Inside a body: the brace that it began with may be what is missing its other half. */
static void hint_at_brace(struct parser *p, const struct token *open)
{
	unsigned row = source_row(p->src, open->at);

	if (open->kind == TK_LBRACE && row != source_row(p->src, parse_peek(p)->at))
		parse_help(p, "the '{' of line %u is still open here", row);
}

void *parse_unexpected(struct parser *p, const char *wanted)
{
	const struct token *t = parse_peek(p);
	struct span span = { t->at, t->end };
	uint32_t len = t->end - t->at;

	if (t->kind == TK_ERROR) {
		p->failed = true;
		return NULL;
	}
	if (out_of_work(p))
		return parse_fail(p, DIAG_TOO_LARGE, span, "brackets are nested too deeply to be told apart");
	if (t->kind == TK_EOF)
		return parse_fail(p, DIAG_SYNTAX, span, "the text ends where %s is expected", wanted);
	parse_fail(p, DIAG_SYNTAX, span, "unexpected '%.*s', expected %s", (int)(len > 40 ? 40 : len), p->src->text + t->at,
		   wanted);
	hint_at_keyword(p, t);
	return NULL;
}

bool parse_expect(struct parser *p, enum token_kind kind, const char *what)
{
	if (parse_eat(p, kind))
		return true;
	parse_unexpected(p, what);
	return false;
}

static struct literal *literal_new(struct parser *p, enum literal_kind kind, uint32_t at)
{
	struct literal *l = pool_alloc(p->pool, sizeof *l);

	*l = (struct literal){ .kind = kind, .span = { at, at } };
	return l;
}

static bool parse_withs(struct parser *p, struct literal *l)
{
	struct with *v = NULL;
	size_t n = 0, cap = 0;
	bool ok = true;

	while (ok && parse_is_word(p, "with")) {
		uint32_t at = parse_take(p)->at;
		struct term *target = NULL, *value = NULL;
		const struct token *name = parse_peek(p);

		if (name->kind != TK_NAME) {
			parse_unexpected(p, "input, data or a function behind 'with'");
		} else {
			parse_take(p);
			target = term_var(p->pool, token_text(p, name), (struct span){ name->at, name->end });
			target = parse_ref_tail(p, target);
		}
		if (target && !parse_eat_word(p, "as"))
			parse_unexpected(p, "'as'");
		else if (target)
			value = parse_expr_term(p);
		ok = value != NULL;
		mem_reserve(&v, &cap, n + 1);
		v[n++] = (struct with){ parse_span_from(p, at), target, value };
	}
	l->withs = pool_alloc(p->pool, n * sizeof *v);
	if (n)
		memcpy(l->withs, v, n * sizeof *v);
	l->nwiths = (uint32_t)n;
	free(v);
	return ok;
}

/* Behind "some". */
static struct literal *parse_some(struct parser *p, uint32_t at)
{
	struct literal *l = literal_new(p, L_SOME, at);
	struct term **v = NULL;
	size_t n = 0, cap = 0;

	do {
		struct term *t = parse_some_item(p);

		if (!t) {
			free(v);
			return NULL;
		}
		mem_reserve(&v, &cap, n + 1);
		v[n++] = t;
	} while (parse_eat(p, TK_COMMA));
	if (parse_is_keyword(p, KW_IN) && n <= 2) {
		parse_take(p);
		l->kind = L_SOME_IN;
		l->val = v[n - 1];
		l->key = n == 2 ? v[0] : NULL;
		l->domain = parse_domain(p);
		free(v);
		return l->domain ? l : NULL;
	}
	l->vars = pool_alloc(p->pool, n * sizeof *v);
	memcpy(l->vars, v, n * sizeof *v);
	l->nvars = (uint32_t)n;
	free(v);
	for (size_t i = 0; i < n; i++)
		if (l->vars[i]->kind != T_VAR) {
			parse_fail(p, DIAG_SYNTAX, l->vars[i]->span, "'some' declares names");
			if (!(p->keywords & KW_IN))
				parse_help(p, "`some x in xs` needs `import future.keywords.in` in this dialect");
			return NULL;
		}
	return l;
}

/* Behind "every". */
static struct literal *parse_every(struct parser *p, uint32_t at)
{
	struct literal *l = literal_new(p, L_EVERY, at);

	l->val = parse_some_item(p);
	if (l->val && parse_eat(p, TK_COMMA)) {
		l->key = l->val;
		l->val = parse_some_item(p);
	}
	if (!l->val)
		return NULL;
	if (l->val->kind != T_VAR || (l->key && l->key->kind != T_VAR))
		return parse_fail(p, DIAG_SYNTAX, l->val->span, "'every' declares names");
	if (!parse_is_keyword(p, KW_IN))
		return parse_unexpected(p, "'in'");
	parse_take(p);
	l->domain = parse_domain(p);
	if (!l->domain || !parse_expect(p, TK_LBRACE, "'{'"))
		return NULL;
	l->body = parse_query(p, TK_RBRACE);
	return l->body && parse_expect(p, TK_RBRACE, "'}'") ? l : NULL;
}

static struct literal *parse_expr(struct parser *p, uint32_t at)
{
	struct literal *l = literal_new(p, L_EXPR, at);
	struct term *call, *right;
	bool unify;

	l->term = parse_expr_term(p);
	if (!l->term)
		return NULL;
	unify = parse_is(p, TK_UNIFY);
	if (!unify && !parse_is(p, TK_ASSIGN))
		return l;
	parse_take(p);
	right = parse_expr_term(p);
	if (!right)
		return NULL;
	call = term_new(p->pool, T_CALL, (struct span){ l->term->span.at, right->span.end });
	call->infix = true;
	call->n = 3;
	call->items = pool_alloc(p->pool, 3 * sizeof *call->items);
	call->items[0] = term_var(p->pool, unify ? "eq" : "assign", call->span);
	call->items[1] = l->term;
	call->items[2] = right;
	l->term = call;
	return l;
}

static struct literal *parse_not(struct parser *p, uint32_t at)
{
	struct literal *l;
	size_t saved = p->at;

	if ((p->keywords & KW_NOT) && parse_is(p, TK_LBRACE)) {
		l = literal_new(p, L_NOT_BODY, at);
		p->trial++;
		parse_take(p);
		l->body = parse_query(p, TK_RBRACE);
		if (l->body && !parse_eat(p, TK_RBRACE))
			l->body = NULL;
		p->trial--;
		if (l->body)
			return l;
		p->at = saved;
	}
	if (parse_is_keyword(p, KW_EVERY) && !parse_ahead(p, 1)->newline && parse_ahead(p, 1)->kind == TK_NAME)
		return parse_fail(p, DIAG_SYNTAX, (struct span){ at, parse_peek(p)->end }, "'every' cannot be negated");
	l = parse_expr(p, at);
	if (l)
		l->negated = true;
	if (l)
		l->whole = p->keywords & KW_NOT;
	return l;
}

static struct literal *parse_any_literal(struct parser *p)
{
	uint32_t at = parse_peek(p)->at;
	struct literal *l;
	bool word = !parse_heads_ref(p);

	if (word && parse_eat_word(p, "some"))
		l = parse_some(p, at);
	else if (word && parse_eat_word(p, "not"))
		l = parse_not(p, at);
	else if (word && parse_is_keyword(p, KW_EVERY))
		l = (parse_take(p), parse_every(p, at));
	else
		l = parse_expr(p, at);
	if (!l || !parse_withs(p, l))
		return NULL;
	l->span = parse_span_from(p, at);
	return l;
}

struct literal *parse_literal(struct parser *p)
{
	const struct token *t = parse_peek(p);
	struct literal *l;

	if (++p->depth > BODIES_MAX)
		l = parse_fail(p, DIAG_TOO_LARGE, (struct span){ t->at, t->end }, "bodies nested more than %d deep", BODIES_MAX);
	else
		l = parse_any_literal(p);
	p->depth--;
	return l;
}

struct body *parse_query(struct parser *p, enum token_kind end)
{
	struct body *b = pool_alloc(p->pool, sizeof *b);
	struct literal **v = NULL;
	size_t n = 0, cap = 0, start = p->at;
	uint32_t at = parse_peek(p)->at;

	for (;;) {
		struct literal *l = parse_literal(p);

		if (!l) {
			free(v);
			return NULL;
		}
		if (n == LITERALS_MAX) {
			free(v);
			return parse_fail(p, DIAG_TOO_LARGE, l->span, "more than %d lines in one body", LITERALS_MAX);
		}
		mem_reserve(&v, &cap, n + 1);
		v[n++] = l;
		if (parse_eat(p, TK_SEMICOLON)) {
			if (end == TK_EOF && parse_is(p, end))
				break;
			continue;
		}
		if (parse_is(p, end))
			break;
		if (!parse_peek(p)->newline || parse_is(p, TK_EOF)) {
			parse_unexpected(p, end == TK_EOF ? "the end of the query" :
					    end == TK_RBRACKET ? "';', a new line or ']'" : "';', a new line or '}'");
			if (start)
				hint_at_brace(p, &p->tokens.v[start - 1]);
			free(v);
			return NULL;
		}
	}
	*b = (struct body){ .n = (uint32_t)n, .span = parse_span_from(p, at) };
	b->lits = pool_alloc(p->pool, n * sizeof *v);
	memcpy(b->lits, v, n * sizeof *v);
	free(v);
	return b;
}

struct body *parse_query_text(struct pool *pool, const struct source *src, enum policy_dialect dialect,
			      struct policy_diags *diags)
{
	struct parser p = { .pool = pool, .src = src, .diags = diags, .dialect = dialect };
	size_t errors = diags->errors;
	struct body *body;

	p.keywords = dialect == POLICY_V0 ? 0 : KW_FUTURE;
	lex(pool, src, 0, (uint32_t)src->len, &p.tokens, diags);
	body = parse_query(&p, TK_EOF);
	tokens_release(&p.tokens);
	return diags->errors == errors ? body : NULL;
}
