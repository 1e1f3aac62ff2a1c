/* gitignore patterns. */
#include "config.h"

#include "store/ignore.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

enum kind {
	ANY_NAME,  /* no '/' inside: asked of the last component */
	FULL_PATH, /* asked of the whole path, component by component */
};

enum shape {
	LITERAL, /* text is compared as it is */
	SUFFIX,  /* '*' and then text */
	GLOB,
};

/* One component of a pattern; any is a "**" that stands for any number of components. */
struct part {
	const char *text;
	size_t n;
	enum shape shape;
	bool any;
};

struct rule {
	bool negated, dir_only;
	enum kind kind;
	size_t first, n; /* its parts */
};

struct ignore_rules {
	char *text;
	struct rule *rules;
	size_t n, cap;
	struct part *parts;
	size_t n_parts, cap_parts;
};

static bool in_posix_class(const char *name, size_t n, unsigned char c)
{
	static const struct {
		const char *name;
		int (*test)(int);
	} classes[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank }, { "cntrl", iscntrl },
		{ "digit", isdigit }, { "graph", isgraph }, { "lower", islower }, { "print", isprint },
		{ "punct", ispunct }, { "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0)
			return classes[i].test(c) != 0;
	return false;
}

/* "[:name:]" at p: its length, with *hit set, or 0. */
static size_t match_class_name(const char *p, size_t n, unsigned char c, bool *hit)
{
	for (size_t i = 2; i + 1 < n; i++)
		if (p[i] == ':' && p[i + 1] == ']') {
			*hit |= in_posix_class(p + 2, i - 2, c);
			return i + 2;
		}
	return 0;
}

/* The bracket expression at p ('[' first): its length, or 0 when it is not closed; *hit: c is in it. */
static size_t match_bracket(const char *p, size_t n, unsigned char c, bool *hit)
{
	size_t i = 1;
	bool inverted = i < n && (p[i] == '!' || p[i] == '^'), found = false;

	i += inverted;
	for (bool first = true; i < n; first = false) {
		unsigned char low;

		if (p[i] == ']' && !first) {
			*hit = found != inverted;
			return i + 1;
		}
		if (p[i] == '[' && i + 1 < n && p[i + 1] == ':') {
			size_t used = match_class_name(p + i, n - i, c, &found);

			if (used) {
				i += used;
				continue;
			}
		}
		if (p[i] == '\\' && i + 1 < n)
			i++;
		low = (unsigned char)p[i++];
		if (i + 1 < n && p[i] == '-' && p[i + 1] != ']') {
			unsigned char high;

			i++;
			if (p[i] == '\\' && i + 1 < n)
				i++;
			high = (unsigned char)p[i++];
			found |= low <= c && c <= high;
		} else {
			found |= low == c;
		}
	}
	return 0;
}

/* One pattern element other than '*' against one byte: its length when it matches, else 0. */
static size_t match_one(const char *p, size_t n, unsigned char c)
{
	bool hit = false;
	size_t used;

	switch (p[0]) {
	case '?':
		return 1;
	case '[':
		used = match_bracket(p, n, c, &hit);
		return used && hit ? used : 0;
	case '\\':
		return n > 1 && (unsigned char)p[1] == c ? 2 : 0;
	default:
		return (unsigned char)p[0] == c;
	}
}

/* '*' needs only its latest occurrence to be retried: earlier ones took the shortest match already. */
static bool match_glob(const char *p, size_t np, const char *s, size_t ns)
{
	size_t i = 0, j = 0, star = (size_t)-1, mark = 0;

	while (j < ns) {
		size_t used;

		if (i < np && p[i] == '*') {
			star = i++;
			mark = j;
			continue;
		}
		used = i < np ? match_one(p + i, np - i, (unsigned char)s[j]) : 0;
		if (used) {
			i += used;
			j++;
		} else if (star != (size_t)-1) {
			i = star + 1;
			j = ++mark;
		} else {
			return false;
		}
	}
	while (i < np && p[i] == '*')
		i++;
	return i == np;
}

static bool match_part(const struct part *part, const char *s, size_t n)
{
	switch (part->shape) {
	case LITERAL:
		return n == part->n && memcmp(s, part->text, n) == 0;
	case SUFFIX:
		return n >= part->n && memcmp(s + n - part->n, part->text, part->n) == 0;
	default:
		return match_glob(part->text, part->n, s, n);
	}
}

static size_t component_length(const char *s)
{
	return strcspn(s, "/");
}

/* The same retry rule one level up: "**" among components. */
static bool match_path(const struct part *parts, size_t n, const char *path)
{
	size_t i = 0, star = (size_t)-1;
	const char *s = path, *mark = path;

	while (*s) {
		size_t len = component_length(s);

		if (i < n && parts[i].any) {
			star = i++;
			mark = s;
			continue;
		}
		if (i < n && match_part(&parts[i], s, len)) {
			i++;
			s += len + (s[len] == '/');
		} else if (star != (size_t)-1) {
			i = star + 1;
			mark += component_length(mark);
			mark += *mark == '/';
			s = mark;
		} else {
			return false;
		}
	}
	while (i < n && parts[i].any)
		i++;
	return i == n;
}

static bool is_special(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("*?[\\", p[i]))
			return true;
	return false;
}

static void add_part(struct ignore_rules *r, const char *p, size_t n)
{
	struct part part = { .text = p, .n = n, .shape = GLOB };

	if (!is_special(p, n)) {
		part.shape = LITERAL;
	} else if (n > 1 && p[0] == '*' && !is_special(p + 1, n - 1)) {
		part.shape = SUFFIX;
		part.text++;
		part.n--;
	}
	mem_reserve(&r->parts, &r->cap_parts, r->n_parts + 1);
	r->parts[r->n_parts++] = part;
}

static void add_any(struct ignore_rules *r)
{
	mem_reserve(&r->parts, &r->cap_parts, r->n_parts + 1);
	r->parts[r->n_parts++] = (struct part){ .any = true };
}

/* Up to the next slash that stands for itself: one inside brackets does not divide. */
static size_t pattern_component(const char *p, size_t n)
{
	bool hit = false;
	size_t i = 0;

	while (i < n && p[i] != '/') {
		size_t bracket = p[i] == '[' ? match_bracket(p + i, n - i, '\0', &hit) : 0;

		i += bracket ? bracket : p[i] == '\\' && i + 1 < n ? 2 : 1;
	}
	return i;
}

static void add_path_parts(struct ignore_rules *r, const char *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t len = pattern_component(p + at, n - at);
		bool last = at + len >= n;

		if (len == 2 && memcmp(p + at, "**", 2) == 0) {
			add_any(r);
			/* At the end it means what lies inside, not the folder itself. */
			if (last)
				add_part(r, "*", 1);
		} else if (len) {
			add_part(r, p + at, len);
		}
		at += len + 1;
	}
}

/* Blanks at the end do not count, unless a backslash holds them. */
static size_t trimmed(const char *p, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\\' && i + 1 < n)
			kept = ++i + 1;
		else if (p[i] != ' ')
			kept = i + 1;
	}
	return kept;
}

static void add_rule(struct ignore_rules *r, const char *p, size_t n)
{
	struct rule rule = { .first = r->n_parts };

	if (n && p[n - 1] == '\r')
		n--;
	n = trimmed(p, n);
	if (n == 0 || p[0] == '#')
		return;
	if (p[0] == '!') {
		rule.negated = true;
		p++;
		n--;
	}
	if (n && p[n - 1] == '/') {
		rule.dir_only = true;
		n--;
	}
	if (n == 0)
		return;
	if (memchr(p, '/', n)) {
		rule.kind = FULL_PATH;
		add_path_parts(r, p, n);
	} else {
		rule.kind = ANY_NAME;
		add_part(r, p, n);
	}
	rule.n = r->n_parts - rule.first;
	if (rule.n == 0)
		return;
	mem_reserve(&r->rules, &r->cap, r->n + 1);
	r->rules[r->n++] = rule;
}

struct ignore_rules *ignore_parse(const char *text, size_t n)
{
	CLEANUP(ignore_free) struct ignore_rules *r = mem_zalloc(sizeof *r);
	size_t at = 0;

	r->text = mem_strndup(text, n);
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < n) {
		const char *line = r->text + at, *end = memchr(line, '\n', n - at);
		size_t len = end ? (size_t)(end - line) : n - at;

		add_rule(r, line, len);
		at += len + 1;
	}
	return r->n ? take_ptr(&r) : NULL;
}

void ignore_free(struct ignore_rules *r)
{
	if (!r)
		return;
	free(r->text);
	free(r->rules);
	free(r->parts);
	free(r);
}

/* Most patterns end in a plain name, and most paths end in another: that is told without taking the path apart. */
static bool cannot_match(const struct part *last, const char *name, size_t n_name)
{
	return !last->any && last->shape == LITERAL && (last->n != n_name || memcmp(last->text, name, n_name) != 0);
}

enum ignore_verdict ignore_match(const struct ignore_rules *r, const char *path, bool is_dir)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n_name = strlen(name);

	for (size_t i = r ? r->n : 0; i-- > 0;) {
		const struct rule *rule = &r->rules[i];
		const struct part *parts = r->parts + rule->first;

		if (rule->dir_only && !is_dir)
			continue;
		if (cannot_match(&parts[rule->n - 1], name, n_name))
			continue;
		if (rule->kind == ANY_NAME ? match_part(parts, name, n_name) : match_path(parts, rule->n, path))
			return rule->negated ? IGNORE_IN : IGNORE_OUT;
	}
	return IGNORE_NONE;
}
