/* The parser of the filter language: recursive descent over one token of look-ahead, types checked as it goes. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/str.h"
#include "base/text.h"
#include "tracker/query_ast.h"
#include "tracker/query_lex.h"
#include "tracker/query_value.h"
#include "tracker/run.h"

enum { ARENA_MAX = 4 * 1024 * 1024 };

struct parser {
	struct lexer lexer;
	struct token token; /* not yet consumed */
	struct arena *arena;
	struct query_mark *mark;
	struct error *err;
	unsigned depth, compares, values;
};

/* Words for messages: the token as it stands, escaped and short. */
struct shown {
	char text[96];
};

static struct shown show(const struct token *t)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(512);
	struct shown s;

	text_escape(&b, t->at, t->length < 60 ? t->length : 60);
	snprintf(s.text, sizeof s.text, "%s%s", buf_text(&b), t->length < 60 ? "" : "…");
	return s;
}

static size_t column_of(const char *text, const char *at)
{
	size_t column = 1;

	for (const char *s = text; s < at; s++)
		column += ((unsigned char)*s & 0xc0) != 0x80;
	return column;
}

/* Raises at the place of t. Returns -1. */
static int WB_PRINTF(3, 4) refuse(struct parser *p, const struct token *t, const char *fmt, ...)
{
	char what[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	if (p->mark)
		*p->mark = (struct query_mark){ p->lexer.text, (size_t)(t->at - p->lexer.text), t->length };
	return error_set(p->err, ERR_INVALID, "column %zu: %s", column_of(p->lexer.text, t->at), what);
}

/* As refuse, with what was expected instead of the token at hand. */
static int expected(struct parser *p, const char *what)
{
	switch (p->token.kind) {
	case TOKEN_END:
		return refuse(p, &p->token, "expected %s, found the end", what);
	case TOKEN_UNCLOSED:
		return refuse(p, &p->token, "the quote %c is not closed", *p->token.at);
	default:
		return refuse(p, &p->token, "expected %s, found %s", what, show(&p->token).text);
	}
}

static void advance(struct parser *p)
{
	p->token = lexer_next(&p->lexer);
}

static bool token_is(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && t->length == strlen(word) && strncasecmp(t->at, word, t->length) == 0;
}

static bool accept_word(struct parser *p, const char *word)
{
	if (!token_is(&p->token, word))
		return false;
	advance(p);
	return true;
}

static void *allocate(struct parser *p, size_t size)
{
	void *memory = arena_alloc(p->arena, size);

	if (!memory)
		error_set(p->err, ERR_LIMIT, "the filter is too large");
	else
		memset(memory, 0, size);
	return memory;
}

/* The token's text without its quotes, doubled quotes halved. NULL on failure. */
static char *token_text(struct parser *p, const struct token *t)
{
	bool is_quoted = t->kind == TOKEN_TEXT || t->kind == TOKEN_QUOTED || t->kind == TOKEN_BACKTICK;
	const char *s = t->at + is_quoted, *end = t->at + t->length - is_quoted;
	char *text = allocate(p, t->length + 1), *out = text;

	while (text && s < end) {
		*out = *s++;
		if (is_quoted && *out == *t->at && s < end && *s == *t->at)
			s++;
		out++;
	}
	return text;
}

/* Names of columns: ".key" is what a prefix asks for. */
static int parse_name(struct parser *p, enum field_kind kind, const struct token *t, struct query_field *out)
{
	const char *word = token_text(p, t), *near;
	const char *what = kind == FIELD_DATASET ? "dataset attribute" : "attribute";

	if (!word)
		return -1;
	out->name = query_name_find(kind, word, strlen(word));
	if (out->name) {
		out->type = out->name->type;
		return 0;
	}
	refuse(p, t, "unknown %s %s", what, show(t).text);
	near = query_name_nearest(kind, word);
	if (kind == FIELD_ATTRIBUTE)
		return error_hint(p->err, "%s%s%swhat a run logged is written metrics.%.60s, params.%.60s or tags.%.60s",
				  near ? "did you mean " : "", near ? near : "", near ? "? " : "", show(t).text, show(t).text,
				  show(t).text);
	return near ? error_hint(p->err, "did you mean %s?", near) : -1;
}

static bool aspect_find(const struct token *t, enum field_aspect *out)
{
	if (token_is(t, "min"))
		*out = ASPECT_MIN;
	else if (token_is(t, "max"))
		*out = ASPECT_MAX;
	else if (token_is(t, "count"))
		*out = ASPECT_COUNT;
	else
		return false;
	return true;
}

static bool is_key_token(const struct token *t)
{
	return t->kind == TOKEN_WORD || t->kind == TOKEN_QUOTED || t->kind == TOKEN_BACKTICK;
}

/* Bare parts are joined by their dots: metrics.a.b is the key "a.b". The last may be an aspect of a metric. */
static int parse_key(struct parser *p, struct query_field *out)
{
	struct token first = p->token, part = p->token;
	CLEANUP(buf_release) struct buf key = BUF_INIT(LIMIT_KIB);
	char *copy;

	if (!is_key_token(&first))
		return expected(p, "a name after the dot");
	for (;;) {
		char *text = token_text(p, &part);

		if (!text)
			return -1;
		buf_printf(&key, "%s%s", key.len ? "." : "", text);
		advance(p);
		if (p->token.kind != TOKEN_DOT)
			break;
		advance(p);
		part = p->token;
		if (!is_key_token(&part))
			return expected(p, "a name after the dot");
		if (out->kind == FIELD_METRIC && aspect_find(&part, &out->aspect)) {
			struct lexer ahead = p->lexer;

			if (lexer_next(&ahead).kind != TOKEN_DOT) {
				advance(p);
				break;
			}
			out->aspect = ASPECT_LAST;
		}
	}
	if (buf_check(&key, "the name", p->err) != 0)
		return -1;
	copy = allocate(p, key.len + 1);
	if (!copy)
		return -1;
	memcpy(copy, buf_text(&key), key.len);
	out->key = copy;
	return 0;
}

/* After "prefix.". */
static int parse_prefixed(struct parser *p, enum field_kind kind, struct query_field *out)
{
	struct token t;

	out->kind = kind;
	if (kind != FIELD_ATTRIBUTE && kind != FIELD_DATASET) {
		out->type = kind == FIELD_METRIC ? TYPE_NUMBER : TYPE_EITHER;
		return parse_key(p, out);
	}
	if (!is_key_token(&p->token))
		return expected(p, "a name after the dot");
	t = p->token;
	advance(p);
	return parse_name(p, kind, &t, out);
}

static int parse_field(struct parser *p, struct query_field *out)
{
	struct token t = p->token;
	enum field_kind kind;

	*out = (struct query_field){ .kind = FIELD_ATTRIBUTE };
	if (!is_key_token(&t))
		return expected(p, "a name");
	advance(p);
	if (p->token.kind != TOKEN_DOT)
		return parse_name(p, FIELD_ATTRIBUTE, &t, out);
	if (!query_prefix_find(t.at, t.length, &kind)) {
		const char *word = token_text(p, &t), *near = word ? query_prefix_nearest(word) : NULL;

		refuse(p, &t, "unknown prefix %s", show(&t).text);
		return error_hint(p->err, near ? "did you mean %s?" : "%s", near ? near :
				  "known are metrics, params, tags, attributes and datasets");
	}
	advance(p);
	return parse_prefixed(p, kind, out);
}

static int add_value(struct parser *p, struct query_compare *c)
{
	struct token t = p->token;
	struct query_value *grown;
	char *text;

	if (t.kind != TOKEN_NUMBER && t.kind != TOKEN_TEXT && t.kind != TOKEN_QUOTED && t.kind != TOKEN_WORD)
		return expected(p, "a value");
	if (++p->values > QUERY_VALUES_MAX)
		return refuse(p, &t, "more than %d values", QUERY_VALUES_MAX);
	text = token_text(p, &t);
	/* Room doubles at powers of two: the old place stays in the arena until the query is freed. */
	if ((c->value_count & (c->value_count - 1)) == 0) {
		grown = allocate(p, (c->value_count ? 2 * c->value_count : 1) * sizeof *grown);
		if (!grown)
			return -1;
		if (c->value_count)
			memcpy(grown, c->values, c->value_count * sizeof *grown);
		c->values = grown;
	}
	if (!text)
		return -1;
	if (value_parse(&c->field, c->op, text, t.kind == TOKEN_TEXT || t.kind == TOKEN_QUOTED, &c->values[c->value_count],
			p->err) != 0) {
		struct error why = *p->err;

		refuse(p, &t, "%s", why.text);
		return *why.hint ? error_hint(p->err, "%s", why.hint) : -1;
	}
	c->value_count++;
	advance(p);
	return 0;
}

static int parse_list(struct parser *p, struct query_compare *c)
{
	c->op = OP_IN;
	if (p->token.kind != TOKEN_OPEN)
		return expected(p, "( after IN");
	do {
		advance(p);
		if (add_value(p, c) != 0)
			return -1;
	} while (p->token.kind == TOKEN_COMMA);
	if (p->token.kind != TOKEN_CLOSE)
		return expected(p, ", or )");
	advance(p);
	return 0;
}

static int parse_between(struct parser *p, struct query_compare *c)
{
	c->op = OP_BETWEEN;
	if (add_value(p, c) != 0)
		return -1;
	if (!accept_word(p, "AND"))
		return expected(p, "AND of BETWEEN");
	return add_value(p, c);
}

static int parse_null(struct parser *p, struct query_compare *c)
{
	c->op = OP_NULL;
	c->negated = accept_word(p, "NOT");
	if (!accept_word(p, "NULL"))
		return expected(p, "NULL");
	return 0;
}

static bool operator_find(const struct token *t, enum compare_op *out)
{
	static const struct {
		const char *text;
		enum compare_op op;
	} operators[] = {
		{ "=", OP_EQ }, { "==", OP_EQ }, { "!=", OP_NE }, { "<>", OP_NE },
		{ "<", OP_LT }, { "<=", OP_LE }, { ">", OP_GT },  { ">=", OP_GE },
	};

	for (size_t i = 0; t->kind == TOKEN_OPERATOR && i < sizeof operators / sizeof *operators; i++) {
		if (strlen(operators[i].text) == t->length && memcmp(operators[i].text, t->at, t->length) == 0) {
			*out = operators[i].op;
			return true;
		}
	}
	return false;
}

/* The operator must make sense for the field; t is its token. */
static int check_operator(struct parser *p, const struct query_compare *c, const struct token *t)
{
	bool is_pattern = c->op == OP_LIKE || c->op == OP_ILIKE;
	bool is_order = c->op == OP_LT || c->op == OP_LE || c->op == OP_GT || c->op == OP_GE || c->op == OP_BETWEEN;
	CLEANUP(buf_release) struct buf field = BUF_INIT(LIMIT_KIB);

	query_field_format(&field, &c->field);
	if (is_pattern && c->field.type != TYPE_TEXT && c->field.type != TYPE_EITHER && c->field.type != TYPE_STATUS)
		return refuse(p, t, "%s is a number: LIKE is for text", buf_text(&field));
	if (is_order && c->field.type == TYPE_STATUS)
		return refuse(p, t, "%s has no order: use = != IN or LIKE", buf_text(&field));
	return 0;
}

static int parse_operator(struct parser *p, struct query_compare *c)
{
	struct token t = p->token;
	bool is_plain = operator_find(&t, &c->op);

	if (is_plain)
		advance(p);
	else if (accept_word(p, "IS"))
		return parse_null(p, c);
	else
		c->negated = accept_word(p, "NOT");
	if (!is_plain) {
		t = p->token;
		if (accept_word(p, "IN"))
			return parse_list(p, c);
		if (accept_word(p, "LIKE"))
			c->op = OP_LIKE;
		else if (accept_word(p, "ILIKE"))
			c->op = OP_ILIKE;
		else if (accept_word(p, "BETWEEN"))
			c->op = OP_BETWEEN;
		else
			return expected(p, c->negated ? "LIKE, ILIKE, IN or BETWEEN" : "a comparison (= != < <= > >= LIKE IN IS)");
	}
	if (check_operator(p, c, &t) != 0)
		return -1;
	return c->op == OP_BETWEEN ? parse_between(p, c) : add_value(p, c);
}

static struct query_node *parse_compare(struct parser *p)
{
	struct query_node *node = allocate(p, sizeof *node);

	if (!node)
		return NULL;
	node->kind = NODE_COMPARE;
	if (++p->compares > QUERY_COMPARES_MAX) {
		refuse(p, &p->token, "more than %d comparisons", QUERY_COMPARES_MAX);
		return NULL;
	}
	return parse_field(p, &node->compare.field) == 0 && parse_operator(p, &node->compare) == 0 ? node : NULL;
}

static struct query_node *parse_or(struct parser *p);

static struct query_node *parse_nested(struct parser *p)
{
	struct query_node *node;

	if (++p->depth > QUERY_DEPTH_MAX) {
		refuse(p, &p->token, "nested more than %d deep", QUERY_DEPTH_MAX);
		return NULL;
	}
	advance(p);
	node = parse_or(p);
	if (node && p->token.kind != TOKEN_CLOSE) {
		expected(p, "AND, OR or )");
		return NULL;
	}
	advance(p);
	p->depth--;
	return node;
}

static struct query_node *parse_not(struct parser *p)
{
	bool negated = false, any = false;
	struct query_node *inner, *node;

	for (; accept_word(p, "NOT"); any = true)
		negated = !negated;
	inner = p->token.kind == TOKEN_OPEN ? parse_nested(p) : parse_compare(p);
	if (!inner || !any || !negated)
		return inner;
	node = allocate(p, sizeof *node + sizeof *node->children);
	if (!node)
		return NULL;
	node->kind = NODE_NOT;
	node->children = (struct query_node **)(void *)(node + 1);
	node->children[0] = inner;
	node->child_count = 1;
	return node;
}

static struct query_node *parse_and(struct parser *p);

/* One level of "a WORD b WORD c" as one node of many children. */
static struct query_node *parse_series(struct parser *p, enum node_kind kind, const char *word,
				       struct query_node *(*parse_part)(struct parser *p))
{
	struct query_node *first = parse_part(p), *node = NULL;

	while (first && accept_word(p, word)) {
		struct query_node *next = parse_part(p);

		if (!next)
			return NULL;
		if (!node) {
			node = allocate(p, sizeof *node);
			if (!node)
				return NULL;
			node->kind = kind;
			node->children = allocate(p, QUERY_COMPARES_MAX * sizeof *node->children);
			if (!node->children)
				return NULL;
			node->children[node->child_count++] = first;
		}
		node->children[node->child_count++] = next;
	}
	return node ? node : first;
}

static struct query_node *parse_and(struct parser *p)
{
	return parse_series(p, NODE_AND, "AND", parse_not);
}

static struct query_node *parse_or(struct parser *p)
{
	return parse_series(p, NODE_OR, "OR", parse_and);
}

static int parser_init(struct parser *p, struct arena *arena, const char *text, struct query_mark *mark, struct error *err)
{
	if (mark)
		*mark = (struct query_mark){ 0 };
	if (strlen(text) > QUERY_TEXT_MAX)
		return error_set(err, ERR_LIMIT, "the filter is longer than %d bytes", QUERY_TEXT_MAX);
	*p = (struct parser){ .arena = arena, .mark = mark, .err = err };
	lexer_init(&p->lexer, text);
	advance(p);
	return 0;
}

int query_parse(const char *text, struct query **out, struct query_mark *mark, struct error *err)
{
	CLEANUP(query_free) struct query *q = mem_zalloc(sizeof *q);
	struct parser p;

	q->arena = arena_new(ARENA_MAX);
	if (parser_init(&p, q->arena, text ? text : "", mark, err) != 0)
		return -1;
	if (p.token.kind != TOKEN_END) {
		q->root = parse_or(&p);
		if (!q->root)
			return -1;
		if (p.token.kind != TOKEN_END)
			return expected(&p, "AND, OR or the end");
	}
	*out = take_ptr(&q);
	return 0;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	arena_free(q->arena);
	free(q);
}

int query_parse_order(struct arena *arena, const char *text, struct query_order *out, struct query_mark *mark,
		      struct error *err)
{
	struct query_order order = { .descending = false };
	struct token first;
	struct parser p;

	if (parser_init(&p, arena, text, mark, err) != 0)
		return -1;
	first = p.token;
	if (parse_field(&p, &order.field) != 0)
		return -1;
	if (order.field.kind == FIELD_DATASET)
		return refuse(&p, &first, "runs cannot be ordered by their datasets");
	if (accept_word(&p, "DESC"))
		order.descending = true;
	else
		accept_word(&p, "ASC");
	if (p.token.kind != TOKEN_END)
		return expected(&p, "ASC, DESC or the end");
	*out = order;
	return 0;
}
