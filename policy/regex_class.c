/* Regular expressions: the sets of characters that one step takes, and escapes. */
#include "config.h"

#include "policy/regex_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "policy/unicode.h"

struct regex_class *regex_class_new(struct regex_reader *r)
{
	struct regex_class *set = pool_alloc(r->pool, sizeof *set);

	*set = (struct regex_class){ .fold = r->fold };
	return set;
}

static void class_add(struct regex_reader *r, struct regex_class *set, uint32_t first, uint32_t last)
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

static bool class_add_named(struct regex_reader *r, struct regex_class *set, const char *name, size_t len, bool negated)
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

static bool at_octal(const struct regex_reader *r)
{
	return regex_more(r) && r->s[r->at] >= '0' && r->s[r->at] <= '7';
}

uint32_t regex_take_escape(struct regex_reader *r)
{
	static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
	size_t from = r->at - 1;
	const char *letter;
	uint32_t c, v = 0;

	if (!regex_more(r)) {
		regex_fail(r, "trailing backslash at end of expression");
		return 0;
	}
	c = regex_take_char(r);
	letter = c < 0x80 && c ? strchr(letters, (int)c) : NULL;
	if (letter)
		return (unsigned char)values[letter - letters];
	if (c < 0x80 && ispunct((int)c))
		return c;
	if (c == 'x') {
		bool braces = regex_eat(r, "{");
		size_t start = r->at;

		while (regex_more(r) && str_hex_value(r->s[r->at]) >= 0 && r->at - start < (braces ? 6 : 2))
			v = v * 16 + (uint32_t)str_hex_value(r->s[r->at++]);
		if ((braces ? r->at > start && regex_eat(r, "}") : r->at - start == 2) && v <= 0x10ffff)
			return v;
	} else if (c >= '0' && c <= '7' && (c == '0' || at_octal(r))) {
		v = c - '0';
		for (int i = 0; i < 2 && at_octal(r); i++)
			v = v * 8 + (uint32_t)(r->s[r->at++] - '0');
		return v;
	}
	regex_fail(r, "invalid escape sequence: `%.*s`", (int)(r->at - from), r->s + from);
	return 0;
}

bool regex_take_perl_class(struct regex_reader *r, struct regex_class *set)
{
	char c = r->at + 1 < r->n ? r->s[r->at + 1] : '\0', lower = (char)tolower((unsigned char)c);

	if (r->s[r->at] != '\\' || (lower != 'd' && lower != 's' && lower != 'w'))
		return false;
	r->at += 2;
	return class_add_named(r, set, &lower, 1, c != lower);
}

struct collected {
	struct regex_reader *r;
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
static void class_add_rest(struct regex_reader *r, struct regex_class *set, struct regex_class *kind)
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

bool regex_take_unicode_class(struct regex_reader *r, struct regex_class *set)
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
		regex_fail(r, "invalid character class range: `%.*s`", (int)(r->at - from), r->s + from);
	if (negated)
		class_add_rest(r, set, &kind);
	for (size_t i = 0; !negated && i < kind.n; i++)
		class_add(r, set, kind.ranges[i].first, kind.ranges[i].last);
	return true;
}

/* [:alpha:] at its bracket. */
static bool take_posix_class(struct regex_reader *r, struct regex_class *set)
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
		regex_fail(r, "invalid character class range: `%.*s`", (int)(end + 2 - r->at), r->s + r->at);
	r->at = end + 2;
	return true;
}

static uint32_t take_class_char(struct regex_reader *r)
{
	return regex_eat(r, "\\") ? regex_take_escape(r) : regex_take_char(r);
}

struct regex_node *regex_read_class(struct regex_reader *r)
{
	struct regex_class *set = regex_class_new(r);
	struct regex_node *node = regex_step_node(r, RX_CLASS, 0);
	size_t from = r->at - 1;
	bool first = true;

	set->negated = regex_eat(r, "^");
	for (; !r->failed && (first || !regex_eat(r, "]")); first = false) {
		uint32_t lo, hi;

		if (!regex_more(r))
			return regex_fail(r, "missing closing ]: `%.*s`", (int)(r->n - from), r->s + from);
		if (take_posix_class(r, set) || regex_take_perl_class(r, set) || regex_take_unicode_class(r, set))
			continue;
		lo = hi = take_class_char(r);
		if (r->at + 1 < r->n && r->s[r->at] == '-' && r->s[r->at + 1] != ']') {
			r->at++;
			hi = take_class_char(r);
		}
		if (hi < lo)
			return regex_fail(r, "invalid character class range: `%.*s`", (int)(r->at - from), r->s + from);
		class_add(r, set, lo, hi);
	}
	node->step.set = set;
	return node;
}
