/* Parsing of template strings. */
#include "config.h"

#include "policy/parse_parts.h"

/* $"text {expr} text": each part is a constant or a set comprehension that collects the expression's value. */
static struct term *template_expr(struct parser *p, uint32_t at, uint32_t end)
{
	struct parser inner = *p;
	struct literal *lit = pool_alloc(p->pool, sizeof *lit);
	struct span span = { at, end };
	struct term *comp = term_new(p->pool, T_SET_COMP, span);
	const char *name = "$part";

	lex(p->pool, p->src, at, end, &inner.tokens, p->diags);
	inner.at = 0;
	inner.no_or = false;
	*lit = (struct literal){ .kind = L_EXPR, .span = span };
	lit->term = parse_expr_term(&inner);
	p->failed |= inner.failed;
	p->says_resource |= inner.says_resource | inner.tokens.says_resource;
	if (lit->term && !parse_is(&inner, TK_EOF))
		lit->term = parse_unexpected(&inner, "'}'");
	tokens_release(&inner.tokens);
	if (!lit->term)
		return NULL;
	lit->term = parse_operation(p, "assign", term_var(p->pool, name, span), lit->term, NULL);
	comp->n = 1;
	comp->items = pool_alloc(p->pool, sizeof *comp->items);
	comp->items[0] = term_var(p->pool, name, span);
	comp->body = pool_alloc(p->pool, sizeof *comp->body);
	*comp->body = (struct body){ .n = 1, .span = span };
	comp->body->lits = pool_alloc(p->pool, sizeof *comp->body->lits);
	comp->body->lits[0] = lit;
	return comp;
}

static uint32_t template_hole_end(const struct source *src, uint32_t at, uint32_t end)
{
	unsigned depth = 0;
	bool quoted = false;

	for (; at < end; at++) {
		char c = src->text[at];

		if (quoted && c == '\\')
			at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '{')
			depth++;
		else if (!quoted && c == '}' && depth-- == 0)
			break;
	}
	return at;
}

static bool template_text(struct parser *p, struct terms *list, uint32_t at, uint32_t end, bool raw)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(SIZE_MAX / 2);
	struct source src = { p->src->file, NULL, 0 };
	struct value v;

	if (at == end)
		return true;
	for (uint32_t i = at; i < end; i++) {
		if (p->src->text[i] == '\\' && i + 1 < end && (p->src->text[i + 1] == '{' || p->src->text[i + 1] == '}'))
			continue;
		if (!raw && p->src->text[i] == '\\' && i + 1 < end)
			buf_putc(&text, p->src->text[i++]);
		buf_putc(&text, p->src->text[i]);
	}
	src.text = buf_text(&text);
	src.len = text.len;
	if (raw)
		v = value_string(p->pool, text.data, text.len);
	else if (!lex_string(p->pool, &src, 0, (uint32_t)text.len, &v, p->diags))
		return false;
	parse_terms_add(list, term_const(p->pool, v, (struct span){ at, end }));
	return true;
}

struct term *parse_template(struct parser *p, const struct token *t)
{
	struct term *made = term_new(p->pool, T_TEMPLATE, (struct span){ t->at, t->end });
	bool raw = p->src->text[t->at + 1] == '`', ok = true;
	uint32_t at = t->at + 2, from = at, end = t->end - 1;
	struct terms list = { .v = NULL };

	while (ok && at < end) {
		char c = p->src->text[at];

		if (c == '\\' && at + 1 < end && (!raw || p->src->text[at + 1] == '{')) {
			at += 2;
		} else if (c == '{') {
			uint32_t close = template_hole_end(p->src, at + 1, end);
			struct term *part = NULL;

			ok = template_text(p, &list, from, at, raw) && (part = template_expr(p, at + 1, close));
			if (part)
				parse_terms_add(&list, part);
			from = at = close + 1;
		} else {
			at++;
		}
	}
	return parse_terms_finish(p, made, &list, ok && template_text(p, &list, from, end, raw));
}
