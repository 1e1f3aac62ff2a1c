/* Reading regular expressions: text to a program. */
#include "config.h"

#include "policy/regex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "policy/unicode.h"

enum { PROGRAM_MAX = 10000, DEPTH_MAX = 200, REPEAT_MAX = 1000, GROUPS_MAX = 200 };

enum node_kind { N_EMPTY, N_STEP, N_SEQUENCE, N_CHOICE, N_REPEAT, N_GROUP };

struct node {
	enum node_kind kind;
	struct regex_step step;
	struct node **items;
	size_t n, cap;
	int min, max; /* max -1: no end */
	bool lazy;
	uint32_t group; /* 0: takes no spots */
};

struct reader {
	struct pool *pool;
	const char *s;
	size_t n, at;
	bool fold, lines, dot_all, ungreedy;
	bool quoting; /* between \Q and \E */
	unsigned depth;
	struct regex *re;
	char *why;
	size_t why_size;
	bool failed;
};

static void *fail(struct reader *r, const char *fmt, ...) WB_PRINTF(2, 3);
static void *fail(struct reader *r, const char *fmt, ...)
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

static struct node *node_new(struct reader *r, enum node_kind kind)
{
	struct node *node = pool_alloc(r->pool, sizeof *node);

	*node = (struct node){ .kind = kind };
	return node;
}

static void node_add(struct reader *r, struct node *to, struct node *item)
{
	if (to->n == to->cap) {
		size_t cap = to->cap ? to->cap * 2 : 4;
		struct node **more = pool_alloc(r->pool, cap * sizeof *more);

		if (to->n)
			memcpy(more, to->items, to->n * sizeof *more);
		to->items = more;
		to->cap = cap;
	}
	to->items[to->n++] = item;
}

static struct node *step_node(struct reader *r, enum regex_op op, uint32_t x)
{
	struct node *node = node_new(r, N_STEP);

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

static bool more(const struct reader *r)
{
	return r->at < r->n;
}

static bool eat(struct reader *r, const char *what)
{
	size_t len = strlen(what);

	if (r->n - r->at < len || memcmp(r->s + r->at, what, len) != 0)
		return false;
	r->at += len;
	return true;
}

static uint32_t take_char(struct reader *r)
{
	uint32_t c;

	r->at += regex_char(r->s, r->n, r->at, &c);
	return c;
}

/* ---- classes --------------------------------------------------------------------------------------------- */

static struct regex_class *class_new(struct reader *r)
{
	struct regex_class *set = pool_alloc(r->pool, sizeof *set);

	*set = (struct regex_class){ .fold = r->fold };
	return set;
}

static void class_add(struct reader *r, struct regex_class *set, uint32_t first, uint32_t last)
{
	if (set->n == set->cap) {
		size_t cap = set->cap ? set->cap * 2 : 8;
		struct regex_range *ranges = pool_alloc(r->pool, cap * sizeof *ranges);

		if (set->n)
			memcpy(ranges, set->ranges, set->n * sizeof *ranges);
		set->ranges = ranges;
		set->cap = cap;
	}
	set->ranges[set->n++] = (struct regex_range){ first, last };
}

struct named_class {
	const char *name;
	uint32_t ranges[12]; /* pairs; a first of 0 behind the first pair ends them */
};

static const struct named_class named[] = {
	{ "d", { '0', '9' } },
	{ "s", { '\t', '\n', '\f', '\r', ' ', ' ' } },
	{ "w", { '0', '9', 'A', 'Z', '_', '_', 'a', 'z' } },
	{ "alnum", { '0', '9', 'A', 'Z', 'a', 'z' } },
	{ "alpha", { 'A', 'Z', 'a', 'z' } },
	{ "ascii", { 0, 0x7f } },
	{ "blank", { '\t', '\t', ' ', ' ' } },
	{ "cntrl", { 0, 0x1f, 0x7f, 0x7f } },
	{ "digit", { '0', '9' } },
	{ "graph", { '!', '~' } },
	{ "lower", { 'a', 'z' } },
	{ "print", { ' ', '~' } },
	{ "punct", { '!', '/', ':', '@', '[', '`', '{', '~' } },
	{ "space", { '\t', '\r', ' ', ' ' } },
	{ "upper", { 'A', 'Z' } },
	{ "word", { '0', '9', 'A', 'Z', '_', '_', 'a', 'z' } },
	{ "xdigit", { '0', '9', 'A', 'F', 'a', 'f' } },
};

static bool class_add_named(struct reader *r, struct regex_class *set, const char *name, size_t len, bool negated)
{
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		const uint32_t *pair = named[i].ranges;
		uint32_t next = 0;

		if (strlen(named[i].name) != len || memcmp(named[i].name, name, len) != 0)
			continue;
		for (size_t k = 0; k < 12 && (k == 0 || pair[k]); k += 2) {
			if (!negated)
				class_add(r, set, pair[k], pair[k + 1]);
			else if (pair[k] > next)
				class_add(r, set, next, pair[k] - 1);
			next = pair[k + 1] + 1;
		}
		if (negated)
			class_add(r, set, next, 0x10ffff);
		return true;
	}
	return false;
}

/* \x41, \x{1F600}, \101, \n, or a sign that stands for itself. Behind the backslash. */
static uint32_t take_escape(struct reader *r)
{
	static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
	size_t from = r->at - 1;
	const char *letter;
	uint32_t c, v = 0;

	if (!more(r)) {
		fail(r, "trailing backslash at end of expression");
		return 0;
	}
	c = take_char(r);
	letter = c < 0x80 && c ? strchr(letters, (int)c) : NULL;
	if (letter)
		return (unsigned char)values[letter - letters];
	if (c < 0x80 && ispunct((int)c))
		return c;
	if (c == 'x') {
		bool braces = eat(r, "{");
		size_t start = r->at;

		while (more(r) && isxdigit((unsigned char)r->s[r->at]) && (braces ? r->at - start < 6 : r->at - start < 2)) {
			char digit[2] = { r->s[r->at++], 0 };

			v = v * 16 + (uint32_t)strtoul(digit, NULL, 16);
		}
		if ((braces ? r->at > start && eat(r, "}") : r->at - start == 2) && v <= 0x10ffff)
			return v;
	} else if (c >= '0' && c <= '7' && (c == '0' || (more(r) && r->s[r->at] >= '0' && r->s[r->at] <= '7'))) {
		v = c - '0';
		for (int i = 0; i < 2 && more(r) && r->s[r->at] >= '0' && r->s[r->at] <= '7'; i++)
			v = v * 8 + (uint32_t)(r->s[r->at++] - '0');
		return v;
	}
	fail(r, "invalid escape sequence: `%.*s`", (int)(r->at - from), r->s + from);
	return 0;
}

/* \d, \W and the like at the backslash; false when it is another escape. */
static bool take_perl_class(struct reader *r, struct regex_class *set)
{
	char c = r->at + 1 < r->n ? r->s[r->at + 1] : '\0', lower = (char)tolower((unsigned char)c);

	if (r->s[r->at] != '\\' || (lower != 'd' && lower != 's' && lower != 'w'))
		return false;
	r->at += 2;
	return class_add_named(r, set, &lower, 1, c != lower);
}

struct collected {
	struct reader *r;
	struct regex_class *set;
};

static void collect_range(void *arg, uint32_t first, uint32_t last)
{
	struct collected *to = arg;

	class_add(to->r, to->set, first, last);
}

static int by_first(const void *a, const void *b)
{
	uint32_t x = ((const struct regex_range *)a)->first, y = ((const struct regex_range *)b)->first;

	return (x > y) - (x < y);
}

/* What is in none of kind's ranges, which do not overlap. */
static void class_add_rest(struct reader *r, struct regex_class *set, struct regex_class *kind)
{
	uint32_t next = 0;

	if (kind->n)
		qsort(kind->ranges, kind->n, sizeof *kind->ranges, by_first);
	for (size_t i = 0; i < kind->n; i++) {
		if (kind->ranges[i].first > next)
			class_add(r, set, next, kind->ranges[i].first - 1);
		next = kind->ranges[i].last + 1;
	}
	if (next <= 0x10ffff)
		class_add(r, set, next, 0x10ffff);
}

/* \pL, \p{Greek}, \P{Lu}, \p{^Lu} at the backslash; false when it is another escape. */
static bool take_unicode_class(struct reader *r, struct regex_class *set)
{
	size_t from = r->at, name = r->at + 2, end;
	struct regex_class kind = { 0 };
	struct collected to = { r, &kind };
	bool negated;

	if (r->n - r->at < 3 || r->s[r->at] != '\\' || (r->s[r->at + 1] | 0x20) != 'p')
		return false;
	negated = r->s[r->at + 1] == 'P';
	end = name + 1;
	if (r->s[name] == '{') {
		const char *close = memchr(r->s + name, '}', r->n - name);

		end = close ? (size_t)(close - r->s) : r->n;
		name++;
	}
	r->at = r->s[from + 2] == '{' && end < r->n ? end + 1 : end;
	if (name < end && r->s[name] == '^') {
		negated = !negated;
		name++;
	}
	if (end - name == 3 && memcmp(r->s + name, "Any", 3) == 0)
		class_add(r, &kind, 0, 0x10ffff);
	else if ((name > from + 2 && end == r->n) || !unicode_kind(r->s + name, end - name, collect_range, &to))
		fail(r, "invalid character class range: `%.*s`", (int)(r->at - from), r->s + from);
	if (negated)
		class_add_rest(r, set, &kind);
	for (size_t i = 0; !negated && i < kind.n; i++)
		class_add(r, set, kind.ranges[i].first, kind.ranges[i].last);
	return true;
}

/* [:alpha:] at its bracket. */
static bool take_posix_class(struct reader *r, struct regex_class *set)
{
	size_t end = r->at + 2;
	bool negated = r->at + 2 < r->n && r->s[r->at + 2] == '^';

	if (r->n - r->at < 4 || memcmp(r->s + r->at, "[:", 2) != 0)
		return false;
	while (end + 1 < r->n && memcmp(r->s + end, ":]", 2) != 0)
		end++;
	if (end + 1 >= r->n)
		return false;
	if (!class_add_named(r, set, r->s + r->at + 2 + negated, end - r->at - 2 - negated, negated))
		fail(r, "invalid character class range: `%.*s`", (int)(end + 2 - r->at), r->s + r->at);
	r->at = end + 2;
	return true;
}

static uint32_t take_class_char(struct reader *r)
{
	return eat(r, "\\") ? take_escape(r) : take_char(r);
}

/* Behind the opening bracket. */
static struct node *read_class(struct reader *r)
{
	struct regex_class *set = class_new(r);
	struct node *node = step_node(r, RX_CLASS, 0);
	size_t from = r->at - 1;
	bool first = true;

	set->negated = eat(r, "^");
	for (; !r->failed && (first || !eat(r, "]")); first = false) {
		uint32_t lo, hi;

		if (!more(r))
			return fail(r, "missing closing ]: `%.*s`", (int)(r->n - from), r->s + from);
		if (take_posix_class(r, set) || take_perl_class(r, set) || take_unicode_class(r, set))
			continue;
		lo = hi = take_class_char(r);
		if (r->at + 1 < r->n && r->s[r->at] == '-' && r->s[r->at + 1] != ']') {
			r->at++;
			hi = take_class_char(r);
		}
		if (hi < lo)
			return fail(r, "invalid character class range: `%.*s`", (int)(r->at - from), r->s + from);
		class_add(r, set, lo, hi);
	}
	node->step.set = set;
	return node;
}

/* ---- the grammar ----------------------------------------------------------------------------------------- */

static struct node *read_choice(struct reader *r);

static bool read_flags(struct reader *r, bool *group)
{
	bool on = true;

	*group = false;
	while (more(r)) {
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

static const char *take_group_name(struct reader *r)
{
	size_t from = r->at;

	while (more(r) && (isalnum((unsigned char)r->s[r->at]) || r->s[r->at] == '_'))
		r->at++;
	if (r->at == from || !eat(r, ">"))
		return fail(r, "invalid named capture: `%.*s`", (int)(r->n - from), r->s + from);
	return value_string(r->pool, r->s + from, r->at - 1 - from).s;
}

/* Behind "(". Flags set inside end with the group. */
static struct node *read_group(struct reader *r)
{
	struct reader saved = *r;
	struct node *node = node_new(r, N_GROUP), *inner;
	bool group = true;

	if (++r->depth > DEPTH_MAX)
		return fail(r, "expression nests too deeply");
	if (eat(r, "?P<") || eat(r, "?<")) {
		const char *name = take_group_name(r);

		if (r->failed)
			return NULL;
		node->group = ++r->re->groups;
		if (node->group < GROUPS_MAX)
			r->re->names[node->group] = name;
	} else if (eat(r, "?")) {
		if (!read_flags(r, &group))
			return fail(r, "invalid or unsupported Perl syntax: `(?%.*s`", (int)(r->at - saved.at - 1),
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
		return fail(r, "too many groups");
	inner = read_choice(r);
	if (!inner)
		return NULL;
	if (!eat(r, ")"))
		return fail(r, "missing closing ): `%.*s`", (int)r->n, r->s);
	node_add(r, node, inner);
	r->fold = saved.fold;
	r->lines = saved.lines;
	r->dot_all = saved.dot_all;
	r->ungreedy = saved.ungreedy;
	r->depth--;
	return node;
}

static struct node *read_escaped(struct reader *r)
{
	static const struct {
		char letter;
		enum regex_assert at;
	} asserts[] = { { 'A', AT_TEXT_START }, { 'z', AT_TEXT_END }, { 'b', AT_WORD_EDGE }, { 'B', AT_NO_WORD_EDGE } };
	struct regex_class *set = class_new(r);
	struct node *node;
	uint32_t c;

	if (take_perl_class(r, set) || take_unicode_class(r, set)) {
		node = step_node(r, RX_CLASS, 0);
		node->step.set = set;
		return node;
	}
	for (size_t i = 0; i < sizeof asserts / sizeof *asserts; i++)
		if (r->at + 1 < r->n && r->s[r->at + 1] == asserts[i].letter) {
			r->at += 2;
			return step_node(r, RX_ASSERT, asserts[i].at);
		}
	if (eat(r, "\\Q")) {
		r->quoting = true;
		return node_new(r, N_EMPTY);
	}
	r->at++;
	c = take_escape(r);
	return r->failed ? NULL : step_node(r, RX_CHAR, c);
}

static struct node *read_atom(struct reader *r)
{
	char c = r->s[r->at];

	if (r->quoting)
		return step_node(r, RX_CHAR, take_char(r));
	switch (c) {
	case '(':
		r->at++;
		return read_group(r);
	case '[':
		r->at++;
		return read_class(r);
	case '.':
		r->at++;
		return step_node(r, r->dot_all ? RX_ANYTHING : RX_ANY, 0);
	case '^':
		r->at++;
		return step_node(r, RX_ASSERT, r->lines ? AT_LINE_START : AT_TEXT_START);
	case '$':
		r->at++;
		return step_node(r, RX_ASSERT, r->lines ? AT_LINE_END : AT_TEXT_END);
	case '*':
	case '+':
	case '?':
		return fail(r, "missing argument to repetition operator: `%c`", c);
	case '\\':
		return read_escaped(r);
	default:
		return step_node(r, RX_CHAR, take_char(r));
	}
}

/* {n}, {n,} or {n,m}; a brace that is none of them is a plain sign. */
static bool take_counts(struct reader *r, int *min, int *max)
{
	size_t saved = r->at;
	char *end;
	long lo, hi;

	if (!eat(r, "{") || !more(r) || !isdigit((unsigned char)r->s[r->at])) {
		r->at = saved;
		return false;
	}
	/* The pattern ends with a NUL: values are made that way. */
	lo = hi = strtol(r->s + r->at, &end, 10);
	r->at = (size_t)(end - r->s);
	if (eat(r, ",")) {
		hi = -1;
		if (more(r) && isdigit((unsigned char)r->s[r->at])) {
			hi = strtol(r->s + r->at, &end, 10);
			r->at = (size_t)(end - r->s);
		}
	}
	if (!eat(r, "}")) {
		r->at = saved;
		return false;
	}
	if (lo > REPEAT_MAX || hi > REPEAT_MAX || (hi >= 0 && hi < lo))
		fail(r, "invalid repeat count: `%.*s`", (int)(r->at - saved), r->s + saved);
	*min = (int)lo;
	*max = (int)hi;
	return true;
}

static struct node *read_repeated(struct reader *r)
{
	struct node *node = read_atom(r), *repeat;
	bool again = false;

	while (node && more(r)) {
		size_t from = r->at;
		int min = 0, max = -1;

		if (r->quoting) {
			if (!eat(r, "\\E"))
				break;
			r->quoting = false;
			continue;
		}
		if (eat(r, "+"))
			min = 1;
		else if (eat(r, "?"))
			max = 1;
		else if (!eat(r, "*") && !take_counts(r, &min, &max))
			break;
		if (again)
			return fail(r, "invalid nested repetition operator: `%.*s`", (int)(r->at - from + 1), r->s + from - 1);
		repeat = node_new(r, N_REPEAT);
		repeat->min = min;
		repeat->max = max;
		repeat->lazy = eat(r, "?") != r->ungreedy;
		node_add(r, repeat, node);
		node = repeat;
		again = true;
	}
	return r->failed ? NULL : node;
}

static struct node *read_sequence(struct reader *r)
{
	struct node *node = node_new(r, N_SEQUENCE);

	while (more(r) && (r->quoting || (r->s[r->at] != '|' && r->s[r->at] != ')'))) {
		struct node *item = read_repeated(r);

		if (!item)
			return NULL;
		node_add(r, node, item);
	}
	return node;
}

static struct node *read_choice(struct reader *r)
{
	struct node *node = node_new(r, N_CHOICE);

	do {
		struct node *item = read_sequence(r);

		if (!item)
			return NULL;
		node_add(r, node, item);
	} while (eat(r, "|"));
	return node;
}

/* ---- the program ----------------------------------------------------------------------------------------- */

static uint32_t emit(struct reader *r, struct regex_step step)
{
	struct regex *re = r->re;

	if (re->n >= PROGRAM_MAX) {
		fail(r, "expression too large");
		return re->n - 1;
	}
	if (re->n == re->cap) {
		uint32_t cap = re->cap ? re->cap * 2 : 32;
		struct regex_step *steps = pool_alloc(r->pool, cap * sizeof *steps);

		if (re->n)
			memcpy(steps, re->steps, re->n * sizeof *steps);
		re->steps = steps;
		re->cap = cap;
	}
	re->steps[re->n] = step;
	return re->n++;
}

static void emit_node(struct reader *r, const struct node *node);

/* A split whose preferred way goes on, or leaves when lazy; the other way is set by patch(). */
static uint32_t emit_split(struct reader *r, bool lazy)
{
	uint32_t at = emit(r, (struct regex_step){ .op = RX_SPLIT, .fold = lazy });

	r->re->steps[at].x = r->re->steps[at].y = at + 1;
	return at;
}

static void patch(struct reader *r, uint32_t split)
{
	struct regex_step *s = &r->re->steps[split];

	if (s->fold)
		s->x = r->re->n;
	else
		s->y = r->re->n;
	s->fold = false;
}

static void emit_repeat(struct reader *r, const struct node *node)
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

static void emit_choice(struct reader *r, const struct node *node)
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

static void emit_node(struct reader *r, const struct node *node)
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
	struct reader r = { .pool = p, .re = re, .why = why, .why_size = size };
	struct node *node;

	*re = (struct regex){ 0 };
	re->names = pool_alloc(p, GROUPS_MAX * sizeof *re->names);
	memset(re->names, 0, GROUPS_MAX * sizeof *re->names);
	r.s = value_string(p, s, n).s;
	r.n = n;
	if (n > PROGRAM_MAX)
		return fail(&r, "expression too large");
	node = read_choice(&r);
	if (node && more(&r))
		node = fail(&r, "unexpected ): `%.*s`", (int)(n - r.at), r.s + r.at);
	if (!node)
		return NULL;
	emit_node(&r, node);
	emit(&r, (struct regex_step){ .op = RX_MATCH });
	return r.failed ? NULL : re;
}
