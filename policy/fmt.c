/* The formatter: tokens and comments, laid out again. */
#include "config.h"

#include "policy/fmt.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/lex.h"

/* An open bracket. */
struct bracket {
	unsigned indent; /* of the line that it was opened in */
	bool body;       /* braces around conditions */
};

struct formatter {
	const struct source *src;
	struct tokens tokens; /* borrowed */
	struct buf *out;
	struct bracket *open;
	size_t nopen, cap;
	unsigned indent;    /* of the line being written */
	bool line_start;    /* nothing was written in it */
	unsigned empty;     /* line ends in a row that were written */
	bool unary;         /* the token written last was a sign */
	bool closed_lines;  /* a top level part of several lines has just ended */
	bool must_part;     /* the next line end is to be an empty line too */
};

static bool is_word(const struct formatter *f, const struct token *t, const char *word)
{
	size_t n = strlen(word);

	return t->kind == TK_NAME && t->end - t->at == n && memcmp(f->src->text + t->at, word, n) == 0;
}

static bool is_word_of(const struct formatter *f, const struct token *t, const char *const *words)
{
	for (; *words; words++)
		if (is_word(f, t, *words))
			return true;
	return false;
}

/* Behind these a value is to come, so that a brace opens one and a minus is a sign. */
static bool awaits_value(const struct formatter *f, const struct token *t)
{
	static const char *const words[] = { "in", "as", "with", "contains", "some", "default", NULL };

	return is_word_of(f, t, words);
}

static bool is_operator(enum token_kind k)
{
	return k >= TK_ASSIGN && k <= TK_OR;
}

static bool is_opening(enum token_kind k)
{
	return k == TK_LBRACE || k == TK_LBRACKET || k == TK_LPAREN;
}

static bool is_closing(enum token_kind k)
{
	return k == TK_RBRACE || k == TK_RBRACKET || k == TK_RPAREN;
}

/* ---- writing --------------------------------------------------------------------------------------------- */

static void end_line(struct formatter *f)
{
	buf_putc(f->out, '\n');
	f->line_start = true;
	f->empty++;
}

static void put(struct formatter *f, const char *s, size_t n)
{
	for (unsigned i = 0; f->line_start && i < f->indent; i++)
		buf_putc(f->out, '\t');
	buf_append(f->out, s, n);
	f->line_start = false;
	f->empty = 0;
}

/* ---- comments and line ends ------------------------------------------------------------------------------ */

static unsigned count_lines(const char *s, const char *end)
{
	unsigned n = 0;

	for (; s < end; s++)
		n += *s == '\n';
	return n;
}

/* An empty line is kept between two lines, not behind what opens and not before what closes. */
static void break_line(struct formatter *f, unsigned lines, bool may_be_empty)
{
	if (!f->line_start)
		end_line(f);
	if (f->must_part) {
		lines = 2;
		may_be_empty = true;
		f->must_part = false;
	}
	if (lines > 1 && may_be_empty && f->empty == 1 && f->out->len)
		end_line(f);
}

static unsigned inner_indent(const struct formatter *f)
{
	return f->nopen ? f->open[f->nopen - 1].indent + 1 : 0;
}

/* What stands between two tokens: comments, each behind what is in its line or in a line of its own. */
static void put_gap(struct formatter *f, const struct token *before, const struct token *t)
{
	const char *s = f->src->text + (before ? before->end : 0), *end = f->src->text + t->at;
	bool opened = before && is_opening(before->kind), first = true;
	const char *hash;

	while ((hash = memchr(s, '#', (size_t)(end - s)))) {
		const char *stop = memchr(hash, '\n', (size_t)(end - hash));
		size_t n = (size_t)((stop ? stop : end) - hash);
		unsigned lines = count_lines(s, hash) + !first;

		while (n && (hash[n - 1] == ' ' || hash[n - 1] == '\t' || hash[n - 1] == '\r'))
			n--;
		if (!lines && before) {
			buf_putc(f->out, ' ');
		} else {
			break_line(f, lines, !(opened && first) && before);
			f->indent = inner_indent(f);
		}
		put(f, hash, n);
		first = false;
		s = stop ? stop + 1 : end;
	}
	if (first && t->newline && before)
		break_line(f, count_lines(s, end), !opened && !is_closing(t->kind) && t->kind != TK_EOF);
	else if (!first)
		break_line(f, count_lines(s, end) + 1, !is_closing(t->kind) && t->kind != TK_EOF);
}

/* ---- tokens ---------------------------------------------------------------------------------------------- */

static bool is_body(const struct formatter *f, const struct token *before, const struct token *t)
{
	if (!before || (t->newline && f->nopen))
		return false;
	if (before->kind == TK_NAME)
		return !awaits_value(f, before);
	return is_closing(before->kind) || before->kind == TK_STRING || before->kind == TK_NUMBER ||
	       before->kind == TK_TEMPLATE;
}

static bool is_sign(const struct formatter *f, const struct token *before, const struct token *t)
{
	static const char *const words[] = { "not", "if", "else", NULL };

	if (t->kind != TK_MINUS)
		return false;
	return !before || is_operator(before->kind) || is_opening(before->kind) || before->kind == TK_COMMA ||
	       before->kind == TK_COLON || before->kind == TK_SEMICOLON || awaits_value(f, before) ||
	       is_word_of(f, before, words);
}

/* Whether a blank stands between two tokens of a line. Brackets and dots bind only where nothing is between. */
static bool wants_blank(const struct formatter *f, const struct token *before, const struct token *t)
{
	bool body = f->nopen && f->open[f->nopen - 1].body;

	if (f->unary || before->kind == TK_LPAREN || before->kind == TK_LBRACKET)
		return false;
	if (before->kind == TK_LBRACE)
		return body && t->kind != TK_RBRACE;
	if (t->kind == TK_RBRACE)
		return body;
	if (t->kind == TK_COMMA || t->kind == TK_SEMICOLON || t->kind == TK_COLON || is_closing(t->kind))
		return false;
	if (t->kind == TK_DOT || before->kind == TK_DOT)
		return t->space;
	if ((t->kind == TK_LPAREN || t->kind == TK_LBRACKET) && !is_operator(before->kind) && before->kind != TK_COMMA &&
	    before->kind != TK_SEMICOLON && before->kind != TK_COLON)
		return t->space;
	return true;
}

static void push(struct formatter *f, bool body)
{
	mem_reserve(&f->open, &f->cap, f->nopen + 1);
	f->open[f->nopen++] = (struct bracket){ f->indent, body };
}

/* The indent of a line that begins with t. What continues an expression stands one further in. */
static unsigned line_indent(const struct formatter *f, const struct token *before, const struct token *t)
{
	if (is_closing(t->kind))
		return f->nopen ? f->open[f->nopen - 1].indent : 0;
	if (before && ((is_operator(t->kind) && !is_sign(f, before, t)) || is_operator(before->kind)))
		return inner_indent(f) + 1;
	return inner_indent(f);
}

/* A line end is as good where a name or the end of the body follows. */
static bool is_needless(const struct token *t, const struct token *next)
{
	return t->kind == TK_SEMICOLON && next->newline && (next->kind == TK_NAME || next->kind == TK_RBRACE);
}

/* Between the parts of a module: an empty line behind its package, and behind what took several lines. */
static void part(struct formatter *f, const struct token *before, const struct token *t)
{
	if (!before || !t->newline || f->nopen || t->kind != TK_NAME || is_word(f, t, "else"))
		return;
	f->must_part = f->closed_lines && !is_operator(before->kind);
	f->closed_lines = false;
}

static void put_token(struct formatter *f, const struct token *before, const struct token *t)
{
	bool sign = is_sign(f, before, t), body = t->kind == TK_LBRACE && is_body(f, before, t);

	if (f->line_start)
		f->indent = line_indent(f, before, t);
	else if (before && wants_blank(f, before, t))
		buf_putc(f->out, ' ');
	put(f, f->src->text + t->at, t->end - t->at);
	f->unary = sign;
	if (is_opening(t->kind))
		push(f, body);
	else if (is_closing(t->kind) && f->nopen)
		f->nopen--;
}

static void put_all(struct formatter *f)
{
	const struct token *before = NULL;
	unsigned line = 0, began = 0;
	bool package = f->tokens.n && is_word(f, &f->tokens.v[0], "package");

	for (size_t i = 0; i < f->tokens.n; i++) {
		const struct token *t = &f->tokens.v[i];

		if (t->kind != TK_EOF && i && f->tokens.v[i - 1].kind == TK_SEMICOLON && is_needless(&f->tokens.v[i - 1], t))
			before = &f->tokens.v[i - 2];
		line += t->newline;
		package = package && !(i && t->newline);
		part(f, before, t);
		put_gap(f, i ? &f->tokens.v[i - 1] : NULL, t);
		if (t->kind == TK_EOF)
			break;
		if (!f->nopen && t->newline && t->kind == TK_NAME && !is_word(f, t, "else") && !(before && is_operator(before->kind)))
			began = line;
		if (!(i + 1 < f->tokens.n && i >= 1 && is_needless(t, &f->tokens.v[i + 1])))
			put_token(f, before, t);
		before = t;
		if (!f->nopen)
			f->closed_lines = line > began || package;
	}
	if (!f->line_start)
		end_line(f);
}

/* The same tokens, and as many lines apart: what was said is said. */
static bool is_same(const struct source *a, const struct tokens *x, const struct source *b, const struct tokens *y)
{
	size_t k = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct token *t = &x->v[i], *u;

		if (i + 1 < x->n && i >= 1 && is_needless(t, &x->v[i + 1]))
			continue;
		if (k >= y->n)
			return false;
		u = &y->v[k++];
		if (t->kind != u->kind || t->end - t->at != u->end - u->at ||
		    memcmp(a->text + t->at, b->text + u->at, t->end - t->at) != 0 ||
		    (i && t->kind != TK_EOF && t->newline != u->newline))
			return false;
	}
	return k == y->n;
}

static void lex_all(struct pool *pool, const struct source *src, struct tokens *out)
{
	CLEANUP(policy_diags_release) struct policy_diags ignored = { 0 };

	lex(pool, src, 0, (uint32_t)src->len, out, &ignored);
}

int policy_fmt(const char *file, const char *text, size_t len, enum policy_dialect dialect, struct buf *out,
	       struct policy_diags *diags)
{
	CLEANUP(policy_free) struct policy *parsed = policy_new();
	CLEANUP(pool_release) struct pool pool = { 0 };
	CLEANUP(buf_release) struct buf made = BUF_INIT(4 * LIMIT_CONFIG);
	struct source src = { file, text, len }, again;
	struct formatter f = { .src = &src, .out = &made, .line_start = true };
	CLEANUP(tokens_release) struct tokens before = { 0 }, after = { 0 };

	if (policy_add_module(parsed, file, text, len, dialect, diags) < 0)
		return -1;
	pool_init(&pool, (size_t)512 * LIMIT_MIB);
	lex_all(&pool, &src, &before);
	f.tokens = before;
	put_all(&f);
	free(f.open);
	again = (struct source){ file, buf_text(&made), made.len };
	lex_all(&pool, &again, &after);
	if (made.full || !is_same(&src, &f.tokens, &again, &after)) {
		diag_add(diags, DIAG_TOO_LARGE, &src, 0, 0, "the file cannot be formatted without changing what it says");
		return -1;
	}
	buf_append(out, made.data, made.len);
	return 0;
}
