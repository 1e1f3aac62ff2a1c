/* Parsing of terms: from a number to a comprehension. */
#include "config.h"

#include <string.h>

#include "policy/num.h"
#include "policy/parse_parts.h"

enum { NESTING_MAX = 128, CHAINED_MAX = 2000, REF_PARTS_MAX = 256 };

static struct term **terms_of(struct terms *list)
{
	return list->v ? list->v : list->few;
}

static struct term *parse_prim(struct parser *p);

void parse_terms_add(struct terms *list, struct term *t)
{
	if (!list->v && list->n == sizeof list->few / sizeof *list->few) {
		mem_reserve(&list->v, &list->cap, 2 * list->n);
		memcpy(list->v, list->few, sizeof list->few);
	} else if (list->v) {
		mem_reserve(&list->v, &list->cap, list->n + 1);
	}
	terms_of(list)[list->n++] = t;
}

static void settle(struct parser *p, struct term *into, struct terms *list)
{
	into->items = pool_alloc(p->pool, list->n * sizeof *into->items);
	if (list->n)
		memcpy(into->items, terms_of(list), list->n * sizeof *into->items);
	into->n = (uint32_t)list->n;
	free(list->v);
	list->v = NULL;
	list->n = list->cap = 0;
}

static bool too_long(struct parser *p, struct span span)
{
	if (++p->chained <= CHAINED_MAX)
		return false;
	parse_fail(p, DIAG_TOO_LARGE, span, "more than %d operators in one rule", CHAINED_MAX);
	return true;
}

struct term *parse_operation(struct parser *p, const char *name, struct term *a, struct term *b, struct term *c)
{
	struct span span = { a->span.at, c ? c->span.end : b->span.end };
	struct term *t;

	if (too_long(p, span))
		return NULL;
	t = term_new(p->pool, T_CALL, span);

	t->infix = true;
	t->n = c ? 4 : 3;
	t->items = pool_alloc(p->pool, 4 * sizeof *t->items);
	t->items[0] = term_var(p->pool, name, span);
	t->items[1] = a;
	t->items[2] = b;
	t->items[3] = c;
	return t;
}

struct operator {
	enum token_kind token;
	const char *name;
	int level;
};

/* Tightest last. */
static const struct operator operators[] = {
	{ TK_EQ, "equal", 1 }, { TK_NE, "neq", 1 }, { TK_LT, "lt", 1 }, { TK_LE, "lte", 1 }, { TK_GT, "gt", 1 },
	{ TK_GE, "gte", 1 }, { TK_OR, "or", 2 }, { TK_AND, "and", 3 }, { TK_PLUS, "plus", 4 }, { TK_MINUS, "minus", 4 },
	{ TK_STAR, "mul", 5 }, { TK_SLASH, "div", 5 }, { TK_PERCENT, "rem", 5 },
};

static const struct operator *operator_at(const struct parser *p, int level)
{
	enum token_kind kind = parse_peek(p)->kind;

	if (kind < TK_EQ || (kind == TK_OR && p->no_or))
		return NULL;
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (operators[i].token == kind && operators[i].level == level)
			return &operators[i];
	return NULL;
}

/* first: the leftmost operand. */
static struct term *parse_level(struct parser *p, int level, struct term *first)
{
	struct term *left;
	const struct operator *op;

	/* Most terms stand alone. */
	if (parse_peek(p)->kind < TK_EQ)
		return first;
	left = level > 5 ? first : parse_level(p, level + 1, first);

	while (left && level <= 5 && (op = operator_at(p, level))) {
		struct term *right;

		parse_take(p);
		right = parse_level(p, level + 1, parse_prim(p));
		if (!right)
			return NULL;
		left = parse_operation(p, op->name, left, right, NULL);
	}
	return left;
}

static struct term *parse_relation(struct parser *p)
{
	return parse_level(p, 1, parse_prim(p));
}

struct term *parse_some_item(struct parser *p)
{
	return parse_relation(p);
}

/* a in b, left-associative. */
static struct term *parse_membership(struct parser *p, struct term *left)
{
	while (left && parse_is_keyword(p, KW_IN)) {
		struct term *right;

		parse_take(p);
		right = parse_relation(p);
		if (!right)
			return NULL;
		left = parse_operation(p, "internal.member_2", left, right, NULL);
	}
	return left;
}

static struct term *parse_item(struct parser *p)
{
	return parse_membership(p, parse_relation(p));
}

/* k, v in xs: only where a comma cannot mean anything else. */
struct term *parse_domain(struct parser *p)
{
	return parse_membership(p, parse_relation(p));
}

struct term *parse_expr_term(struct parser *p)
{
	struct term *left = parse_relation(p), *mid, *right;
	size_t saved = p->at;

	if (!left || !parse_is(p, TK_COMMA))
		return parse_membership(p, left);
	p->trial++;
	parse_take(p);
	mid = parse_relation(p);
	right = mid && parse_is_keyword(p, KW_IN) ? (parse_take(p), parse_relation(p)) : NULL;
	p->trial--;
	if (right)
		return parse_membership(p, parse_operation(p, "internal.member_3", left, mid, right));
	p->at = saved;
	return left;
}

/* Items up to the closing token, which is taken; trailing commas are fine. */
static bool parse_items(struct parser *p, struct terms *list, enum token_kind close, const char *what)
{
	bool no_or = p->no_or;

	p->no_or = false;
	while (!parse_is(p, close)) {
		struct term *t = parse_item(p);

		if (!t)
			return false;
		parse_terms_add(list, t);
		if (!parse_eat(p, TK_COMMA))
			break;
	}
	p->no_or = no_or;
	return parse_expect(p, close, what);
}

struct term *parse_terms_finish(struct parser *p, struct term *t, struct terms *list, bool ok)
{
	if (!ok) {
		free(list->v);
		return NULL;
	}
	settle(p, t, list);
	t->span = parse_span_from(p, t->span.at);
	return t;
}

struct term *parse_call_tail(struct parser *p, struct term *op)
{
	struct term *call = term_new(p->pool, T_CALL, op->span);
	struct terms list = { .v = NULL };

	parse_terms_add(&list, op);
	parse_take(p);
	return parse_terms_finish(p, call, &list, parse_items(p, &list, TK_RPAREN, "',' or ')'"));
}

static struct term *parse_ref_part(struct parser *p)
{
	const struct token *t;
	struct term *part;
	bool no_or = p->no_or;

	if (parse_eat(p, TK_DOT)) {
		t = parse_peek(p);
		if (t->kind != TK_NAME || t->space)
			return parse_unexpected(p, "a name behind the dot");
		parse_take(p);
		return term_const(p->pool, t->value, (struct span){ t->at, t->end });
	}
	parse_take(p);
	p->no_or = false;
	part = parse_expr_term(p);
	p->no_or = no_or;
	return part && parse_expect(p, TK_RBRACKET, "']'") ? part : NULL;
}

static bool at_ref_part(const struct parser *p)
{
	const struct token *t = parse_peek(p);

	return !t->space && (t->kind == TK_DOT || t->kind == TK_LBRACKET);
}

struct term *parse_ref_tail(struct parser *p, struct term *head)
{
	struct terms list = { .v = NULL };
	struct term *ref;

	for (;;) {
		if (parse_is(p, TK_LPAREN) && !parse_peek(p)->space && (head->kind == T_VAR || head->kind == T_REF)) {
			if (head->kind == T_REF && head->items[0]->kind != T_VAR)
				return parse_fail(p, DIAG_SYNTAX, head->span, "what is called has to be a name");
			head = parse_call_tail(p, head);
			if (!head)
				return NULL;
		}
		if (!at_ref_part(p))
			return head;
		ref = term_new(p->pool, T_REF, head->span);
		parse_terms_add(&list, head);
		while (at_ref_part(p)) {
			struct term *part = parse_ref_part(p);

			if (part && list.n >= REF_PARTS_MAX)
				part = parse_fail(p, DIAG_TOO_LARGE, part->span, "a reference of more than %d parts", REF_PARTS_MAX);
			if (!part)
				return parse_terms_finish(p, ref, &list, false);
			parse_terms_add(&list, part);
		}
		if (too_long(p, head->span))
			return parse_terms_finish(p, ref, &list, false);
		head = parse_terms_finish(p, ref, &list, true);
	}
}

/* What follows the | of a comprehension. */
static struct term *comprehension(struct parser *p, enum term_kind kind, struct term *a, struct term *b, uint32_t at,
				  enum token_kind close)
{
	struct term *t = term_new(p->pool, kind, (struct span){ at, at });
	bool no_or = p->no_or;

	p->no_or = false;
	t->body = parse_query(p, close);
	p->no_or = no_or;
	if (!t->body || !parse_expect(p, close, "the end of the comprehension"))
		return NULL;
	t->n = b ? 2 : 1;
	t->items = pool_alloc(p->pool, 2 * sizeof *t->items);
	t->items[0] = a;
	t->items[1] = b;
	t->span = parse_span_from(p, at);
	return t;
}

/*
 * One item that may turn out to be the head of a comprehension: a bare | is left alone. A head is one term; operators
 * stand in parentheses there, since [a + b | c] is an array of one union.
 */
static struct term *parse_head_item(struct parser *p, bool *out_single)
{
	bool no_or = p->no_or;
	struct term *t;

	p->no_or = true;
	t = parse_prim(p);
	*out_single = t && parse_is(p, TK_OR);
	t = parse_membership(p, parse_level(p, 1, t));
	p->no_or = no_or;
	return t;
}

/* At the | behind a head of several terms, which would be a comprehension in parentheses. */
static struct term *fail_head(struct parser *p, const struct term *head)
{
	parse_fail(p, DIAG_SYNTAX, head->span, "the head of a comprehension is one term");
	parse_help(p, "put it in parentheses: `(%.*s) | ...`", (int)(head->span.end - head->span.at), p->src->text + head->span.at);
	return NULL;
}

/* At "|": the comprehension, or NULL with nothing taken when the rest does not parse as one. */
static struct term *try_comprehension(struct parser *p, enum term_kind kind, struct term *head, uint32_t at,
				      enum token_kind close)
{
	size_t saved = p->at;
	struct term *t;

	/* After a failed trial the failure is found again, and reported, unless a union explains the text. */
	p->trial++;
	parse_take(p);
	t = comprehension(p, kind, head, NULL, at, close);
	p->trial--;
	if (!t)
		p->at = saved;
	return t;
}

/* The rest of a list whose first item, if any, is parsed. */
static struct term *rest_of_list(struct parser *p, enum term_kind kind, struct term *head, uint32_t at,
				 enum token_kind close)
{
	const char *wanted = close == TK_RBRACKET ? "',' or ']'" : "',' or '}'";
	struct term *t = term_new(p->pool, kind, (struct span){ at, at });
	struct terms list = { .v = NULL };

	if (head)
		parse_terms_add(&list, head);
	if (head && !parse_eat(p, TK_COMMA))
		return parse_terms_finish(p, t, &list, parse_expect(p, close, wanted));
	return parse_terms_finish(p, t, &list, parse_items(p, &list, close, wanted));
}

/* At "|" behind the first item: what follows makes it a union. */
static struct term *rest_of_union(struct parser *p, enum term_kind kind, struct term *head, uint32_t at,
				  enum token_kind close)
{
	while (head && parse_eat(p, TK_OR)) {
		bool ignored;
		struct term *right = parse_head_item(p, &ignored);

		head = right ? parse_operation(p, "or", head, right, NULL) : NULL;
	}
	return head ? rest_of_list(p, kind, head, at, close) : NULL;
}

/* Behind the opening token, with the first item parsed up to a bare "|". */
static struct term *parse_collection(struct parser *p, enum term_kind plain, bool single, struct term *head,
				     uint32_t at, enum token_kind close)
{
	enum term_kind comp = plain == T_ARRAY ? T_ARRAY_COMP : T_SET_COMP;
	size_t bar = p->at;
	struct term *made;

	if (!parse_is(p, TK_OR))
		return rest_of_list(p, plain, head, at, close);
	made = single ? try_comprehension(p, comp, head, at, close) : NULL;
	if (made)
		return made;
	p->trial++;
	made = rest_of_union(p, plain, head, at, close);
	p->trial--;
	if (made)
		return made;
	/* Neither: say what is wrong with it as a comprehension. */
	p->at = bar;
	if (!single && try_comprehension(p, comp, head, at, close))
		return fail_head(p, head);
	parse_take(p);
	return comprehension(p, comp, head, NULL, at, close);
}

static struct term *parse_bracket(struct parser *p, uint32_t at)
{
	struct term *head;
	bool single;

	if (parse_eat(p, TK_RBRACKET))
		return term_new(p->pool, T_ARRAY, parse_span_from(p, at));
	head = parse_head_item(p, &single);
	return head ? parse_collection(p, T_ARRAY, single, head, at, TK_RBRACKET) : NULL;
}

/* At the | behind an object's first value: whether what follows is the rest of an object. */
static bool is_union(struct parser *p)
{
	size_t saved = p->at;
	bool yes, ignored;

	p->trial++;
	parse_take(p);
	yes = parse_head_item(p, &ignored) && (parse_is(p, TK_OR) || parse_is(p, TK_COMMA) || parse_is(p, TK_RBRACE));
	p->trial--;
	p->at = saved;
	return yes;
}

static struct term *parse_object(struct parser *p, struct term *key, uint32_t at)
{
	struct term *t = term_new(p->pool, T_OBJECT, (struct span){ at, at }), *val, *made;
	struct terms list = { .v = NULL };
	bool no_or = p->no_or, ok = true, single;

	parse_take(p);
	val = parse_head_item(p, &single);
	if (val && parse_is(p, TK_OR)) {
		size_t saved = p->at;

		p->trial++;
		parse_take(p);
		made = comprehension(p, T_OBJECT_COMP, key, val, at, TK_RBRACE);
		p->trial--;
		if (made && single)
			return made;
		p->at = saved;
		if (made && !is_union(p))
			return fail_head(p, val);
		while (val && parse_is(p, TK_OR)) {
			struct term *right = (parse_take(p), parse_head_item(p, &single));

			val = right ? parse_operation(p, "or", val, right, NULL) : NULL;
		}
	}
	p->no_or = false;
	while (val) {
		parse_terms_add(&list, key);
		parse_terms_add(&list, val);
		val = NULL;
		if (!parse_eat(p, TK_COMMA) || parse_is(p, TK_RBRACE))
			break;
		key = parse_item(p);
		ok = key && parse_expect(p, TK_COLON, "':'") && (val = parse_item(p));
	}
	p->no_or = no_or;
	ok = ok && list.n && parse_expect(p, TK_RBRACE, "',' or '}'");
	return parse_terms_finish(p, t, &list, ok);
}

static struct term *parse_brace(struct parser *p, uint32_t at)
{
	struct term *head;
	bool single;

	if (parse_eat(p, TK_RBRACE))
		return term_new(p->pool, T_OBJECT, parse_span_from(p, at));
	head = parse_head_item(p, &single);
	if (head && parse_is(p, TK_COLON))
		return parse_object(p, head, at);
	return head ? parse_collection(p, T_SET, single, head, at, TK_RBRACE) : NULL;
}

static struct term *parse_paren(struct parser *p, uint32_t at)
{
	bool no_or = p->no_or;
	struct term *t;

	p->no_or = false;
	t = parse_expr_term(p);
	p->no_or = no_or;
	if (!t || !parse_expect(p, TK_RPAREN, "')'"))
		return NULL;
	t->span = parse_span_from(p, at);
	return t;
}

static struct term *parse_minus(struct parser *p, uint32_t at)
{
	const struct token *t = parse_peek(p);
	struct term *operand;
	struct value v;

	if (t->kind == TK_NUMBER && !t->space) {
		CLEANUP(buf_release) struct buf text = BUF_INIT(SIZE_MAX / 2);

		parse_take(p);
		buf_putc(&text, '-');
		value_format(t->value, TEXT_JSON, &text);
		if (!num_parse(p->pool, text.data, text.len, &v))
			v = value_int(0);
		return term_const(p->pool, v, parse_span_from(p, at));
	}
	if (t->kind != TK_NUMBER && t->kind != TK_NAME)
		return parse_unexpected(p, "a number or a name behind '-'");
	operand = parse_prim(p);
	if (!operand)
		return NULL;
	return parse_operation(p, "minus", term_const(p->pool, value_int(0), (struct span){ at, at + 1 }), operand, NULL);
}

static struct term *parse_name(struct parser *p, const struct token *t)
{
	struct span span = { t->at, t->end };

	if (parse_heads_ref(p)) {
		parse_take(p);
		return term_var(p->pool, token_text(p, t), span);
	}
	if (value_is_text(t->value, "null") || value_is_text(t->value, "true") || value_is_text(t->value, "false")) {
		parse_take(p);
		return term_const(p->pool, t->value.s[0] == 'n' ? VALUE_NULL : value_bool(t->value.s[0] == 't'), span);
	}
	if (parse_reserved(p, t))
		return parse_unexpected(p, "a value");
	parse_take(p);
	return term_var(p->pool, token_text(p, t), span);
}

static struct term *parse_head_of_ref(struct parser *p)
{
	const struct token *t = parse_peek(p);

	switch (t->kind) {
	case TK_NAME:
		/* set() is the empty set. */
		if (value_is_text(t->value, "set") && parse_ahead(p, 1)->kind == TK_LPAREN && !parse_ahead(p, 1)->space &&
		    parse_ahead(p, 2)->kind == TK_RPAREN) {
			p->at += 3;
			return term_new(p->pool, T_SET, parse_span_from(p, t->at));
		}
		return parse_name(p, t);
	case TK_LBRACKET:
		parse_take(p);
		return parse_bracket(p, t->at);
	case TK_LBRACE:
		parse_take(p);
		return parse_brace(p, t->at);
	default:
		return parse_unexpected(p, "a value");
	}
}

static struct term *parse_prim(struct parser *p)
{
	const struct token *t = parse_peek(p);
	struct term *made;

	if (++p->depth > NESTING_MAX) {
		made = parse_fail(p, DIAG_TOO_LARGE, (struct span){ t->at, t->end }, "nested more than %d deep", NESTING_MAX);
		p->depth--;
		return made;
	}
	switch (t->kind) {
	case TK_NUMBER:
	case TK_STRING:
		parse_take(p);
		made = term_const(p->pool, t->value, (struct span){ t->at, t->end });
		break;
	case TK_TEMPLATE:
		parse_take(p);
		made = parse_template(p, t);
		break;
	case TK_MINUS:
		parse_take(p);
		made = parse_minus(p, t->at);
		break;
	case TK_LPAREN:
		parse_take(p);
		made = parse_paren(p, t->at);
		break;
	default:
		made = parse_head_of_ref(p);
		if (made && (made->kind != T_CONST))
			made = parse_ref_tail(p, made);
	}
	p->depth--;
	return made;
}
