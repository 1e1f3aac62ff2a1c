/*
 * regex.globs_match: whether some text matches both of two patterns, which are made of characters, '.', sets in brackets,
 * and '+' and '*' behind one of them.
 */
#include "config.h"

#include <string.h>

#include "base/str.h"
#include "policy/builtin.h"

enum { TOKENS_MAX = 4096, SET_RANGES_MAX = 256 };

struct range {
	uint32_t from, to;
};

struct token {
	bool any, repeats; /* repeats: none as well */
	const struct range *ranges;
	uint32_t n;
};

struct pattern {
	struct token *v;
	uint32_t n;
};

struct scanner {
	struct eval *ev;
	struct value text;
	uint32_t at, place; /* in bytes, in characters */
	const char *wrong;
};

/* The next character, an escaped one too; false at the end. */
static bool next_char(struct scanner *s, uint32_t *out, bool *escaped)
{
	size_t n;

	*escaped = false;
	for (int k = 0; k < 2; k++) {
		if (s->at >= s->text.len) {
			if (k)
				s->wrong = "input ends with a \\ (escape) character";
			return false;
		}
		n = str_utf8_decode(s->text.s + s->at, s->text.len - s->at, out);
		if (!n) {
			*out = (unsigned char)s->text.s[s->at];
			n = 1;
		}
		s->at += (uint32_t)n;
		s->place++;
		if (k || *out != '\\')
			return true;
		*escaped = true;
	}
	return true;
}

static bool refuse(struct scanner *s, const char *why)
{
	if (!s->wrong)
		s->wrong = why;
	return false;
}

/* Behind '-': the range that ends with what follows. */
static bool read_range(struct scanner *s, struct range *last)
{
	uint32_t c;
	bool escaped;

	if (!next_char(s, &c, &escaped))
		return refuse(s, "range character '-' must be followed by a Unicode character");
	if (!escaped && (c == ']' || c == '-'))
		return refuse(s, "range character '-' cannot be followed by a special symbol");
	if (c < last->from)
		return refuse(s, "range is out of order");
	last->to = c;
	return true;
}

/* Behind '['. */
static bool read_set(struct scanner *s, struct token *out)
{
	uint32_t left = s->text.len - s->at, max = left < SET_RANGES_MAX ? left : SET_RANGES_MAX;
	struct range *ranges = pool_alloc(eval_pool(s->ev), (max + 1) * sizeof *ranges);
	bool escaped, open = false; /* whether a range can go on from the last one */
	uint32_t c;

	out->ranges = ranges;
	while (next_char(s, &c, &escaped)) {
		if (!escaped && c == ']')
			return true;
		if (!escaped && c == '-') {
			if (!open)
				return refuse(s, "range character '-' must be preceded by a Unicode character");
			if (!read_range(s, &ranges[out->n - 1]))
				return false;
			open = false;
			continue;
		}
		if (out->n == max)
			return refuse(s, "a set of more than 256 parts");
		ranges[out->n++] = (struct range){ c, c };
		open = true;
	}
	return refuse(s, "found [ without matching ]");
}

static bool read_token(struct scanner *s, uint32_t c, bool escaped, struct token *out)
{
	struct range *one;

	*out = (struct token){ 0 };
	if (!escaped && c == '.') {
		out->any = true;
		return true;
	}
	if (!escaped && c == '[')
		return read_set(s, out);
	if (!escaped && c == ']')
		return refuse(s, "set-close ']' with no preceding '['");
	if (!escaped && (c == '+' || c == '*'))
		return refuse(s, c == '+' ? "flag '+' must be preceded by a non-flag" :
					    "flag '*' must be preceded by a non-flag");
	one = pool_alloc(eval_pool(s->ev), sizeof *one);
	*one = (struct range){ c, c };
	*out = (struct token){ .ranges = one, .n = 1 };
	return true;
}

static bool read_pattern(struct scanner *s, struct pattern *out)
{
	uint32_t c, max = s->text.len < TOKENS_MAX ? s->text.len : TOKENS_MAX;
	bool escaped;

	out->v = pool_alloc(eval_pool(s->ev), (2 * (size_t)max + 2) * sizeof *out->v);
	while (next_char(s, &c, &escaped)) {
		char flag;

		if (out->n + 2 > TOKENS_MAX)
			return refuse(s, "a pattern of more than 4096 parts");
		if (!read_token(s, c, escaped, &out->v[out->n++]))
			return false;
		flag = s->at < s->text.len ? s->text.s[s->at] : '\0';
		if (flag != '+' && flag != '*')
			continue;
		s->at++;
		s->place++;
		/* x+ is x and x*. */
		if (flag == '+') {
			out->v[out->n] = out->v[out->n - 1];
			out->n++;
		}
		out->v[out->n - 1].repeats = true;
	}
	return !s->wrong;
}

static bool meet(const struct token *a, const struct token *b)
{
	if (a->any || b->any)
		return true;
	for (uint32_t i = 0; i < a->n; i++)
		for (uint32_t k = 0; k < b->n; k++)
			if (a->ranges[i].from <= b->ranges[k].to && b->ranges[k].from <= a->ranges[i].to)
				return true;
	return false;
}

/* Reached pairs of places, row by row: a repeating token may be left, or stay for the next character. */
static bool intersect(const struct pattern *a, const struct pattern *b, unsigned char *rows)
{
	unsigned char *now = rows, *next = rows + b->n + 1;

	memset(rows, 0, 2 * ((size_t)b->n + 1));
	now[0] = 1;
	for (uint32_t i = 0;; i++) {
		memset(next, 0, b->n + 1);
		for (uint32_t k = 0; k <= b->n; k++) {
			const struct token *x = i < a->n ? &a->v[i] : NULL, *y = k < b->n ? &b->v[k] : NULL;
			bool both = x && y && now[k] && meet(x, y);

			if (!now[k])
				continue;
			if (x && x->repeats)
				next[k] = 1;
			if ((y && y->repeats) || (both && x->repeats))
				now[k + 1] = 1;
			if (both && y->repeats)
				next[k] = 1;
			if (both)
				next[k + 1] = 1;
		}
		if (i == a->n)
			return now[b->n];
		now = next;
		next = next == rows ? rows + b->n + 1 : rows;
	}
}

static bool read_operand(struct eval *ev, struct value text, struct pattern *out)
{
	struct scanner s = { .ev = ev, .text = text };

	if (!eval_charge(ev, 1 + text.len) || !pool_fits(eval_pool(ev), TOKENS_MAX * sizeof *out->v))
		return false;
	if (read_pattern(&s, out))
		return true;
	eval_fail(ev, BUILTIN_ERROR, "regex.globs_match: input:%.*s, pos:%u, %s: the input provided is invalid", (int)text.len,
		  text.s, s.place, s.wrong);
	return false;
}

static struct value fn_globs_match(struct eval *ev, const struct value *a)
{
	struct pattern x = { 0 }, y = { 0 };

	if (!read_operand(ev, a[0], &x) || !read_operand(ev, a[1], &y) || !eval_charge(ev, (uint64_t)x.n * y.n / 4))
		return VALUE_UNDEF;
	/* As OPA has it: the empty pattern meets itself alone. */
	if (!x.n || !y.n)
		return value_bool(x.n == y.n);
	return value_bool(intersect(&x, &y, pool_alloc(eval_pool(ev), 2 * ((size_t)y.n + 1))));
}

const struct builtin builtins_globs[] = {
	{ "regex.globs_match", 2, { TY_STR, TY_STR }, TY_BOOL, fn_globs_match, 0 },
	{ 0 },
};
