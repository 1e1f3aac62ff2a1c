/* Executable documents of GraphQL: queries (October 2021, 2.2 to 2.12), and what both kinds of documents are made of. */
#include "config.h"

#include "policy/graphql_parse.h"

#include <string.h>

/* ---- tokens ---------------------------------------------------------------------------------------------- */

void gql_parser_init(struct gql_parser *p, struct gql *g, struct value text, bool prelude)
{
	*p = (struct gql_parser){ .g = g };
	gql_lexer_init(&p->lex, g, text, prelude);
}

/* All comments from here on; afterwards the token behind them is ahead. */
static void take_comments(struct gql_parser *p)
{
	struct gql_comments *group;

	if (p->in_comment)
		return;
	p->in_comment = true;
	group = gql_new(p->g, sizeof *group);
	while (!p->g->failed && gql_peek(p).kind == GQL_T_COMMENT) {
		struct gql_comment *c = gql_new(p->g, sizeof *c);

		c->text = gql_take(p).text;
		gql_push(p->g, &group->list, c);
	}
	p->comment = group;
	p->in_comment = false;
}

struct gql_token gql_peek(struct gql_parser *p)
{
	if (p->g->failed)
		return p->last;
	if (!p->peeked) {
		size_t before = p->lex.at;

		p->ahead = gql_lexer_next(&p->lex);
		p->peeked = true;
		if (!gql_charge(p->g, 1 + (p->lex.at - before) / 32))
			return p->last;
		if (p->ahead.kind == GQL_T_COMMENT)
			take_comments(p);
	}
	return p->ahead;
}

struct gql_token gql_take(struct gql_parser *p)
{
	gql_peek(p);
	if (p->g->failed)
		return p->last;
	p->peeked = false;
	p->comment = NULL;
	p->last = p->ahead;
	if (p->last.kind == GQL_T_INVALID)
		gql_fault(p->g, p->last.pos, "%s", p->lex.wrong);
	return p->last;
}

bool gql_skip(struct gql_parser *p, enum gql_token_kind kind)
{
	if (p->g->failed || gql_peek(p).kind != kind || p->g->failed)
		return false;
	gql_take(p);
	return true;
}

bool gql_is_word(struct gql_token t, const char *word)
{
	return value_is_text(t.text, word);
}

/* The token as a message shows it. */
static void fault_of(struct gql_parser *p, const char *what, struct gql_token t)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(GQL_FAULTS_MAX);

	if (p->g->failed)
		return;
	if (t.text.len) {
		buf_putc(&text, ' ');
		gql_put_quoted(&text, t.text);
	}
	gql_fault(p->g, t.pos, "%s%s%s", what, gql_token_name(t.kind), buf_text(&text));
}

void gql_unexpected(struct gql_parser *p, struct gql_token t)
{
	fault_of(p, "Unexpected ", t);
}

struct gql_comments *gql_expect(struct gql_parser *p, enum gql_token_kind kind, struct gql_token *out)
{
	struct gql_token t = gql_peek(p);
	struct gql_comments *comment = p->comment;

	if (t.kind == kind)
		t = gql_take(p);
	else if (!p->g->failed)
		gql_fault(p->g, t.pos, "Expected %s, found %s", gql_token_name(kind), gql_token_name(t.kind));
	if (out)
		*out = t;
	return comment;
}

struct gql_comments *gql_expect_word(struct gql_parser *p, const char *word)
{
	struct gql_token t = gql_peek(p);
	struct gql_comments *comment = p->comment;
	char what[40];

	snprintf(what, sizeof what, "Expected \"%s\", found ", word);
	if (t.kind == GQL_T_NAME && gql_is_word(t, word))
		gql_take(p);
	else
		fault_of(p, what, t);
	return comment;
}

static void take_items(struct gql_parser *p, enum gql_token_kind last, gql_item_fn *item, bool constant, struct gql_list *out)
{
	while (gql_peek(p).kind != last && !p->g->failed)
		gql_push(p->g, out, item(p, constant));
}

struct gql_comments *gql_some(struct gql_parser *p, enum gql_token_kind first, enum gql_token_kind last, gql_item_fn *item,
			      bool constant, struct gql_list *out)
{
	struct gql_comments *comment;

	if (!gql_skip(p, first))
		return NULL;
	take_items(p, last, item, constant, out);
	if (!out->n && !p->g->failed)
		gql_fault(p->g, gql_here(p), "expected at least one definition, found %s", gql_token_name(gql_peek(p).kind));
	comment = p->comment;
	gql_take(p);
	return comment;
}

struct gql_pos gql_here(struct gql_parser *p)
{
	return gql_peek(p).pos;
}

struct value gql_take_name(struct gql_parser *p)
{
	struct gql_token t;

	gql_expect(p, GQL_T_NAME, &t);
	return value_string(p->g->pool, t.text.s, t.text.len);
}

struct value gql_take_operation(struct gql_parser *p)
{
	struct gql_token t = gql_take(p);

	if (!gql_is_word(t, "query") && !gql_is_word(t, "mutation") && !gql_is_word(t, "subscription"))
		gql_unexpected(p, t);
	return value_string(p->g->pool, t.text.s, t.text.len);
}

/* ---- values and types ------------------------------------------------------------------------------------ */

static void *take_element(struct gql_parser *p, bool constant)
{
	struct gql_child *c = gql_new(p->g, sizeof *c);

	c->value = gql_take_value(p, constant);
	return c;
}

/* NAME: VALUE, of an object or as an argument. */
static void *take_pair(struct gql_parser *p, bool constant)
{
	struct gql_child *c = gql_new(p->g, sizeof *c);

	c->pos = gql_here(p);
	c->comment = p->comment;
	c->name = gql_take_name(p);
	gql_expect(p, GQL_T_COLON, NULL);
	c->value = gql_take_value(p, constant);
	return c;
}

static void take_collection(struct gql_parser *p, bool constant, struct gql_value *v)
{
	bool list = gql_peek(p).kind == GQL_T_BRACKET_L;

	v->kind = list ? GQL_LIST : GQL_OBJECT;
	v->comment = p->comment;
	gql_take(p);
	if (gql_enter(p->g, 3)) {
		take_items(p, list ? GQL_T_BRACKET_R : GQL_T_BRACE_R, list ? take_element : take_pair, constant, &v->children);
		gql_take(p);
	}
	p->g->depth -= 3;
}

static int64_t kind_of_word(struct gql_token t)
{
	if (gql_is_word(t, "true") || gql_is_word(t, "false"))
		return GQL_BOOL;
	return gql_is_word(t, "null") ? GQL_NULL : GQL_ENUM;
}

struct gql_value *gql_take_value(struct gql_parser *p, bool constant)
{
	struct gql_token t = gql_peek(p);
	struct gql_value *v = gql_new(p->g, sizeof *v);

	v->pos = t.pos;
	if (t.kind == GQL_T_BRACKET_L || t.kind == GQL_T_BRACE_L) {
		take_collection(p, constant, v);
		return v;
	}
	if (t.kind == GQL_T_DOLLAR && !constant) {
		gql_take(p);
		v->raw = gql_take_name(p);
		return v;
	}
	if (t.kind < GQL_T_NAME || t.kind > GQL_T_BLOCK) {
		gql_unexpected(p, t);
		return v;
	}
	v->kind = t.kind == GQL_T_NAME ? kind_of_word(t) : GQL_INT + (int64_t)(t.kind - GQL_T_INT);
	v->raw = value_string(p->g->pool, t.text.s, t.text.len);
	gql_take(p);
	return v;
}

struct gql_type *gql_take_type(struct gql_parser *p)
{
	struct gql_type *t = gql_new(p->g, sizeof *t);

	if (gql_skip(p, GQL_T_BRACKET_L)) {
		t->pos = gql_here(p);
		if (gql_enter(p->g, 1))
			t->elem = gql_take_type(p);
		p->g->depth--;
		gql_expect(p, GQL_T_BRACKET_R, NULL);
	} else {
		t->pos = gql_here(p);
		t->named = gql_take_name(p);
	}
	t->non_null = gql_skip(p, GQL_T_BANG);
	return t;
}

static struct gql_list take_arguments(struct gql_parser *p, bool constant)
{
	struct gql_list list = { 0 };

	gql_some(p, GQL_T_PAREN_L, GQL_T_PAREN_R, take_pair, constant, &list);
	return list;
}

struct gql_list gql_take_directives(struct gql_parser *p, bool constant)
{
	struct gql_list list = { 0 };

	while (gql_peek(p).kind == GQL_T_AT && !p->g->failed) {
		struct gql_directive *d = gql_new(p->g, sizeof *d);

		gql_take(p);
		d->pos = gql_here(p);
		d->name = gql_take_name(p);
		d->arguments = take_arguments(p, constant);
		gql_push(p->g, &list, d);
	}
	return list;
}

/* ---- selections ------------------------------------------------------------------------------------------ */

static void *take_selection(struct gql_parser *p, bool constant);

static void take_selections(struct gql_parser *p, struct gql_list *out)
{
	if (gql_enter(p->g, 2))
		gql_some(p, GQL_T_BRACE_L, GQL_T_BRACE_R, take_selection, false, out);
	p->g->depth -= 2;
}

static void take_required_selections(struct gql_parser *p, struct gql_list *out)
{
	struct gql_token t = gql_peek(p);

	if (t.kind == GQL_T_BRACE_L)
		take_selections(p, out);
	else if (!p->g->failed)
		gql_fault(p->g, t.pos, "Expected {, found %s", gql_token_name(t.kind));
}

static struct value take_fragment_name(struct gql_parser *p)
{
	if (!gql_is_word(gql_peek(p), "on"))
		return gql_take_name(p);
	gql_unexpected(p, gql_peek(p));
	return value_borrow("", 0);
}

static void take_spread(struct gql_parser *p, struct gql_selection *s)
{
	struct gql_comments *comment = gql_expect(p, GQL_T_SPREAD, NULL);
	struct gql_token t = gql_peek(p);

	s->pos = t.pos;
	s->comment = comment;
	if (t.kind == GQL_T_NAME && !gql_is_word(t, "on")) {
		s->is = GQL_SPREAD;
		s->name = take_fragment_name(p);
		s->directives = gql_take_directives(p, false);
		return;
	}
	s->is = GQL_INLINE;
	if (gql_is_word(t, "on")) {
		gql_take(p);
		s->condition = gql_take_name(p);
	}
	s->directives = gql_take_directives(p, false);
	take_required_selections(p, &s->selections);
}

static void *take_selection(struct gql_parser *p, bool constant)
{
	struct gql_selection *s = gql_new(p->g, sizeof *s);

	(void)constant;
	s->pos = gql_here(p);
	s->comment = p->comment;
	if (gql_peek(p).kind == GQL_T_SPREAD) {
		take_spread(p, s);
		return s;
	}
	s->alias = gql_take_name(p);
	s->name = gql_skip(p, GQL_T_COLON) ? gql_take_name(p) : s->alias;
	s->arguments = take_arguments(p, false);
	s->directives = gql_take_directives(p, false);
	if (gql_peek(p).kind == GQL_T_BRACE_L)
		take_selections(p, &s->selections);
	return s;
}

/* ---- definitions ----------------------------------------------------------------------------------------- */

static void *take_variable(struct gql_parser *p, bool constant)
{
	struct gql_variable *v = gql_new(p->g, sizeof *v);

	(void)constant;
	v->pos = gql_here(p);
	v->comment = p->comment;
	gql_expect(p, GQL_T_DOLLAR, NULL);
	v->name = gql_take_name(p);
	gql_expect(p, GQL_T_COLON, NULL);
	v->type = gql_take_type(p);
	if (gql_skip(p, GQL_T_EQUALS))
		v->initial = gql_take_value(p, true);
	v->directives = gql_take_directives(p, false);
	return v;
}

static void take_operation_definition(struct gql_parser *p, struct gql_list *out)
{
	struct gql_operation *o = gql_new(p->g, sizeof *o);

	gql_push(p->g, out, o);
	o->pos = gql_here(p);
	if (gql_peek(p).kind == GQL_T_BRACE_L) {
		o->operation = value_borrow("query", 5);
	} else {
		o->comment = p->comment;
		o->operation = gql_take_operation(p);
		if (gql_peek(p).kind == GQL_T_NAME)
			o->name = gql_take_name(p);
		gql_some(p, GQL_T_PAREN_L, GQL_T_PAREN_R, take_variable, false, &o->variables);
		o->directives = gql_take_directives(p, false);
	}
	take_required_selections(p, &o->selections);
}

static void take_fragment_definition(struct gql_parser *p, struct gql_list *out)
{
	struct gql_fragment *f = gql_new(p->g, sizeof *f);

	gql_push(p->g, out, f);
	f->pos = gql_here(p);
	f->comment = p->comment;
	gql_expect_word(p, "fragment");
	f->name = take_fragment_name(p);
	gql_some(p, GQL_T_PAREN_L, GQL_T_PAREN_R, take_variable, false, &f->variables);
	gql_expect_word(p, "on");
	f->condition = gql_take_name(p);
	f->directives = gql_take_directives(p, false);
	take_required_selections(p, &f->selections);
}

struct gql_query_doc *gql_parse_query(struct gql *g, struct value text)
{
	struct gql_query_doc *doc = gql_new(g, sizeof *doc);
	struct gql_parser p;

	gql_parser_init(&p, g, text, false);
	while (gql_peek(&p).kind != GQL_T_EOF && !g->failed) {
		struct gql_token t = gql_peek(&p);

		if (t.kind == GQL_T_BRACE_L ||
		    (t.kind == GQL_T_NAME &&
		     (gql_is_word(t, "query") || gql_is_word(t, "mutation") || gql_is_word(t, "subscription"))))
			take_operation_definition(&p, &doc->operations);
		else if (t.kind == GQL_T_NAME && gql_is_word(t, "fragment"))
			take_fragment_definition(&p, &doc->fragments);
		else
			gql_unexpected(&p, t);
	}
	return g->failed ? NULL : doc;
}
