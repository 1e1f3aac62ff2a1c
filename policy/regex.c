/* Reading regular expressions: text to a program. */
#include "config.h"

#include "policy/regex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "policy/regex_read.h"

enum { PROGRAM_MAX = 10000, DEPTH_MAX = 200, REPEAT_MAX = 1000, GROUPS_MAX = 200 };

void *regex_fail(struct regex_reader *r, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (r->failed)
		return NULL;
	r->failed = true;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	snprintf(r->why, r->why_size, "error parsing regexp: %s", text);
	return NULL;
}

static struct regex_node *node_new(struct regex_reader *r, enum regex_node_kind kind)
{
	struct regex_node *node = pool_alloc(r->pool, sizeof *node);

	*node = (struct regex_node){ .kind = kind };
	return node;
}

static void node_add(struct regex_reader *r, struct regex_node *to, struct regex_node *item)
{
	if (to->n == to->cap) {
		size_t cap = to->cap ? to->cap * 2 : 4;
		struct regex_node **more = pool_alloc(r->pool, cap * sizeof *more);

		if (to->n)
			memcpy(more, to->items, to->n * sizeof *more);
		to->items = more;
		to->cap = cap;
	}
	to->items[to->n++] = item;
}

struct regex_node *regex_step_node(struct regex_reader *r, enum regex_op op, uint32_t x)
{
	struct regex_node *node = node_new(r, N_STEP);

	node->step = (struct regex_step){ .op = op, .x = x, .fold = r->fold && op == RX_CHAR };
	return node;
}

size_t regex_char(const char *s, size_t n, size_t at, uint32_t *out)
{
	size_t len;

	if ((unsigned char)s[at] < 0x80) {
		*out = (unsigned char)s[at];
		return 1;
	}
	len = str_utf8_decode(s + at, n - at, out);
	if (!len)
		*out = 0xfffd;
	return len ? len : 1;
}

bool regex_eat(struct regex_reader *r, const char *what)
{
	size_t len = strlen(what);

	if (r->n - r->at < len || memcmp(r->s + r->at, what, len) != 0)
		return false;
	r->at += len;
	return true;
}

uint32_t regex_take_char(struct regex_reader *r)
{
	uint32_t c;

	r->at += regex_char(r->s, r->n, r->at, &c);
	return c;
}

/* ---- the grammar ----------------------------------------------------------------------------------------- */

static struct regex_node *read_choice(struct regex_reader *r);

static bool read_flags(struct regex_reader *r, bool *group)
{
	bool on = true;

	*group = false;
	while (regex_more(r)) {
		switch (r->s[r->at++]) {
		case 'i': r->fold = on; break;
		case 'm': r->lines = on; break;
		case 's': r->dot_all = on; break;
		case 'U': r->ungreedy = on; break;
		case '-': on = false; break;
		case ':': *group = true; return true;
		case ')': return true;
		default: return false;
		}
	}
	return false;
}

static const char *take_group_name(struct regex_reader *r)
{
	size_t from = r->at;

	while (regex_more(r) && (isalnum((unsigned char)r->s[r->at]) || r->s[r->at] == '_'))
		r->at++;
	if (r->at == from || !regex_eat(r, ">"))
		return regex_fail(r, "invalid named capture: `%.*s`", (int)(r->n - from), r->s + from);
	return value_string(r->pool, r->s + from, r->at - 1 - from).s;
}

/* Behind "(". Flags set inside end with the group. */
static struct regex_node *read_group(struct regex_reader *r)
{
	struct regex_reader saved = *r;
	struct regex_node *node = node_new(r, N_GROUP), *inner;
	bool group = true;

	if (++r->depth > DEPTH_MAX)
		return regex_fail(r, "expression nests too deeply");
	if (regex_eat(r, "?P<") || regex_eat(r, "?<")) {
		const char *name = take_group_name(r);

		if (r->failed)
			return NULL;
		node->group = ++r->re->groups;
		if (node->group < GROUPS_MAX)
			r->re->names[node->group] = name;
	} else if (regex_eat(r, "?")) {
		if (!read_flags(r, &group))
			return regex_fail(r, "invalid or unsupported Perl syntax: `(?%.*s`", (int)(r->at - saved.at - 1),
				    r->s + saved.at + 1);
		if (!group) {
			/* (?i): for the rest of what surrounds it. */
			r->depth--;
			return node_new(r, N_EMPTY);
		}
	} else {
		node->group = ++r->re->groups;
	}
	if (r->re->groups >= GROUPS_MAX)
		return regex_fail(r, "too many groups");
	inner = read_choice(r);
	if (!inner)
		return NULL;
	if (!regex_eat(r, ")"))
		return regex_fail(r, "missing closing ): `%.*s`", (int)r->n, r->s);
	node_add(r, node, inner);
	r->fold = saved.fold;
	r->lines = saved.lines;
	r->dot_all = saved.dot_all;
	r->ungreedy = saved.ungreedy;
	r->depth--;
	return node;
}

static struct regex_node *read_escaped(struct regex_reader *r)
{
	static const struct {
		char letter;
		enum regex_assert at;
	} asserts[] = { { 'A', AT_TEXT_START }, { 'z', AT_TEXT_END }, { 'b', AT_WORD_EDGE }, { 'B', AT_NO_WORD_EDGE } };
	struct regex_class *set = regex_class_new(r);
	struct regex_node *node;
	uint32_t c;

	if (regex_take_perl_class(r, set) || regex_take_unicode_class(r, set)) {
		node = regex_step_node(r, RX_CLASS, 0);
		node->step.set = set;
		return node;
	}
	for (size_t i = 0; i < sizeof asserts / sizeof *asserts; i++)
		if (r->at + 1 < r->n && r->s[r->at + 1] == asserts[i].letter) {
			r->at += 2;
			return regex_step_node(r, RX_ASSERT, asserts[i].at);
		}
	if (regex_eat(r, "\\Q")) {
		r->quoting = true;
		return node_new(r, N_EMPTY);
	}
	r->at++;
	c = regex_take_escape(r);
	return r->failed ? NULL : regex_step_node(r, RX_CHAR, c);
}

static struct regex_node *read_atom(struct regex_reader *r)
{
	char c = r->s[r->at];

	if (r->quoting)
		return regex_step_node(r, RX_CHAR, regex_take_char(r));
	switch (c) {
	case '(':
		r->at++;
		return read_group(r);
	case '[':
		r->at++;
		return regex_read_class(r);
	case '.':
		r->at++;
		return regex_step_node(r, r->dot_all ? RX_ANYTHING : RX_ANY, 0);
	case '^':
		r->at++;
		return regex_step_node(r, RX_ASSERT, r->lines ? AT_LINE_START : AT_TEXT_START);
	case '$':
		r->at++;
		return regex_step_node(r, RX_ASSERT, r->lines ? AT_LINE_END : AT_TEXT_END);
	case '*':
	case '+':
	case '?':
		return regex_fail(r, "missing argument to repetition operator: `%c`", c);
	case '\\':
		return read_escaped(r);
	default:
		return regex_step_node(r, RX_CHAR, regex_take_char(r));
	}
}

/* {n}, {n,} or {n,m}; a brace that is none of them is a plain sign. */
static bool take_counts(struct regex_reader *r, int *min, int *max)
{
	size_t saved = r->at;
	char *end;
	long lo, hi;

	if (!regex_eat(r, "{") || !regex_more(r) || !isdigit((unsigned char)r->s[r->at])) {
		r->at = saved;
		return false;
	}
	/* The pattern ends with a NUL: values are made that way. */
	lo = hi = strtol(r->s + r->at, &end, 10);
	r->at = (size_t)(end - r->s);
	if (regex_eat(r, ",")) {
		hi = -1;
		if (regex_more(r) && isdigit((unsigned char)r->s[r->at])) {
			hi = strtol(r->s + r->at, &end, 10);
			r->at = (size_t)(end - r->s);
		}
	}
	if (!regex_eat(r, "}")) {
		r->at = saved;
		return false;
	}
	if (lo > REPEAT_MAX || hi > REPEAT_MAX || (hi >= 0 && hi < lo))
		regex_fail(r, "invalid repeat count: `%.*s`", (int)(r->at - saved), r->s + saved);
	*min = (int)lo;
	*max = (int)hi;
	return true;
}

static struct regex_node *read_repeated(struct regex_reader *r)
{
	struct regex_node *node = read_atom(r), *repeat;
	bool again = false;

	while (node && regex_more(r)) {
		size_t from = r->at;
		int min = 0, max = -1;

		if (r->quoting) {
			if (!regex_eat(r, "\\E"))
				break;
			r->quoting = false;
			continue;
		}
		if (regex_eat(r, "+"))
			min = 1;
		else if (regex_eat(r, "?"))
			max = 1;
		else if (!regex_eat(r, "*") && !take_counts(r, &min, &max))
			break;
		if (again)
			return regex_fail(r, "invalid nested repetition operator: `%.*s`", (int)(r->at - from + 1), r->s + from - 1);
		repeat = node_new(r, N_REPEAT);
		repeat->min = min;
		repeat->max = max;
		repeat->lazy = regex_eat(r, "?") != r->ungreedy;
		node_add(r, repeat, node);
		node = repeat;
		again = true;
	}
	return r->failed ? NULL : node;
}

static struct regex_node *read_sequence(struct regex_reader *r)
{
	struct regex_node *node = node_new(r, N_SEQUENCE);

	while (regex_more(r) && (r->quoting || (r->s[r->at] != '|' && r->s[r->at] != ')'))) {
		struct regex_node *item = read_repeated(r);

		if (!item)
			return NULL;
		node_add(r, node, item);
	}
	return node;
}

static struct regex_node *read_choice(struct regex_reader *r)
{
	struct regex_node *node = node_new(r, N_CHOICE);

	do {
		struct regex_node *item = read_sequence(r);

		if (!item)
			return NULL;
		node_add(r, node, item);
	} while (regex_eat(r, "|"));
	return node;
}

/* ---- the program ----------------------------------------------------------------------------------------- */

static uint32_t emit(struct regex_reader *r, struct regex_step step)
{
	struct regex *re = r->re;

	if (re->n >= PROGRAM_MAX) {
		regex_fail(r, "expression too large");
		return re->n - 1;
	}
	re->steps = pool_grown(r->pool, re->steps, re->n, sizeof *re->steps, &re->cap, 32);
	re->steps[re->n] = step;
	return re->n++;
}

static void emit_node(struct regex_reader *r, const struct regex_node *node);

/* A split whose preferred way goes on, or leaves when lazy; the other way is set by patch(). */
static uint32_t emit_split(struct regex_reader *r, bool lazy)
{
	uint32_t at = emit(r, (struct regex_step){ .op = RX_SPLIT, .fold = lazy });

	r->re->steps[at].x = r->re->steps[at].y = at + 1;
	return at;
}

static void patch(struct regex_reader *r, uint32_t split)
{
	struct regex_step *s = &r->re->steps[split];

	if (s->fold)
		s->x = r->re->n;
	else
		s->y = r->re->n;
	s->fold = false;
}

static void emit_repeat(struct regex_reader *r, const struct regex_node *node)
{
	uint32_t *splits, split;
	int optional = node->max < 0 ? 0 : node->max - node->min;

	for (int i = 0; i < node->min && !r->failed; i++)
		emit_node(r, node->items[0]);
	if (node->max < 0 && !r->failed) {
		split = emit_split(r, node->lazy);
		emit_node(r, node->items[0]);
		emit(r, (struct regex_step){ .op = RX_JUMP, .x = split });
		patch(r, split);
	}
	splits = pool_alloc(r->pool, (size_t)optional * sizeof *splits);
	for (int i = 0; i < optional && !r->failed; i++) {
		splits[i] = emit_split(r, node->lazy);
		emit_node(r, node->items[0]);
	}
	for (int i = 0; i < optional && !r->failed; i++)
		patch(r, splits[i]);
}

static void emit_choice(struct regex_reader *r, const struct regex_node *node)
{
	uint32_t *jumps = pool_alloc(r->pool, node->n * sizeof *jumps), split = 0;

	for (size_t i = 0; i < node->n && !r->failed; i++) {
		bool last = i + 1 == node->n;

		if (!last)
			split = emit_split(r, false);
		emit_node(r, node->items[i]);
		if (last)
			break;
		jumps[i] = emit(r, (struct regex_step){ .op = RX_JUMP });
		patch(r, split);
	}
	for (size_t i = 0; i + 1 < node->n && !r->failed; i++)
		r->re->steps[jumps[i]].x = r->re->n;
}

static void emit_node(struct regex_reader *r, const struct regex_node *node)
{
	if (r->failed)
		return;
	switch (node->kind) {
	case N_EMPTY:
		return;
	case N_STEP:
		emit(r, node->step);
		return;
	case N_SEQUENCE:
		for (size_t i = 0; i < node->n; i++)
			emit_node(r, node->items[i]);
		return;
	case N_CHOICE:
		emit_choice(r, node);
		return;
	case N_REPEAT:
		emit_repeat(r, node);
		return;
	case N_GROUP:
		if (node->group)
			emit(r, (struct regex_step){ .op = RX_SAVE, .x = node->group * 2 });
		emit_node(r, node->items[0]);
		if (node->group)
			emit(r, (struct regex_step){ .op = RX_SAVE, .x = node->group * 2 + 1 });
		return;
	}
}

struct regex *regex_compile(struct pool *p, const char *s, size_t n, char *why, size_t size)
{
	struct regex *re = pool_alloc(p, sizeof *re);
	struct regex_reader r = { .pool = p, .re = re, .why = why, .why_size = size };
	struct regex_node *node;

	*re = (struct regex){ 0 };
	re->names = pool_alloc(p, GROUPS_MAX * sizeof *re->names);
	memset(re->names, 0, GROUPS_MAX * sizeof *re->names);
	r.s = value_string(p, s, n).s;
	r.n = n;
	if (n > PROGRAM_MAX)
		return regex_fail(&r, "expression too large");
	node = read_choice(&r);
	if (node && regex_more(&r))
		node = regex_fail(&r, "unexpected ): `%.*s`", (int)(n - r.at), r.s + r.at);
	if (!node)
		return NULL;
	emit_node(&r, node);
	emit(&r, (struct regex_step){ .op = RX_MATCH });
	return r.failed ? NULL : re;
}
