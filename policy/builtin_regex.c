/* Builtins on regular expressions and globs. */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "policy/builtin.h"
#include "policy/num.h"
#include "policy/regex.h"

/* One compiled pattern. */
struct known {
	struct value pattern;
	const struct regex *re;
	struct known *next;
};

enum { KNOWN_MAX = 100, WAYS_PER_STEP = 16 };

static const struct regex *compiled(struct eval *ev, struct value pattern, const char *name)
{
	struct known **list = eval_regexes(ev), *k;
	const struct regex *re;
	unsigned n = 0;
	char why[300];

	for (k = *list; k; k = k->next, n++)
		if (value_eq(k->pattern, pattern))
			return k->re;
	if (!eval_charge(ev, 1 + pattern.len))
		return NULL;
	re = regex_compile(n < KNOWN_MAX ? eval_lasting(ev) : eval_pool(ev), pattern.s, pattern.len, why, sizeof why);
	if (!re) {
		eval_fail(ev, BUILTIN_ERROR, "%s: %s", name, why);
		return NULL;
	}
	eval_charge(ev, re->n / 4);
	if (n < KNOWN_MAX) {
		k = pool_alloc(eval_lasting(ev), sizeof *k);
		*k = (struct known){ value_string(eval_lasting(ev), pattern.s, pattern.len), re, *list };
		*list = k;
	}
	return re;
}

/* As regex_find(), within the budget. False at its end too. */
static bool find(struct eval *ev, const struct regex *re, struct value s, size_t from, int32_t *spots)
{
	uint64_t fuel = eval_steps_left(ev), before;
	int rc;

	fuel = before = fuel > UINT64_MAX / WAYS_PER_STEP ? UINT64_MAX : fuel * WAYS_PER_STEP;
	rc = regex_find(re, s.s, s.len, from, spots, &fuel);
	return eval_charge(ev, 1 + (before - fuel) / WAYS_PER_STEP) && rc > 0;
}

static struct value sub(struct value s, int32_t from, int32_t to)
{
	return from < 0 ? value_borrow("", 0) : value_borrow(s.s + from, (size_t)(to - from));
}

static struct value fn_match(struct eval *ev, const struct value *a)
{
	const struct regex *re = compiled(ev, a[0], "regex.match");

	return re ? value_bool(find(ev, re, a[1], 0, NULL)) : VALUE_UNDEF;
}

static struct value fn_is_valid(struct eval *ev, const struct value *a)
{
	char why[300];

	if (a[0].tag != V_STRING)
		return value_bool(false);
	if (!eval_charge(ev, 1 + a[0].len))
		return VALUE_UNDEF;
	return value_bool(regex_compile(eval_pool(ev), a[0].s, a[0].len, why, sizeof why) != NULL);
}

/* All matches as Go finds them: an empty one right behind another does not count. at and behind go from match to match. */
struct matches {
	struct eval *ev;
	const struct regex *re;
	struct value s;
	int32_t *spots;
	size_t at;
	int64_t behind;
};

static struct matches matches_of(struct eval *ev, const struct regex *re, struct value s)
{
	struct matches m = { .ev = ev, .re = re, .s = s, .behind = -1 };

	m.spots = pool_alloc(eval_pool(ev), 2 * ((size_t)re->groups + 1) * sizeof *m.spots);
	return m;
}

static size_t char_at(struct value s, size_t at)
{
	uint32_t c;

	return at < s.len ? regex_char(s.s, s.len, at, &c) : 1;
}

static bool next_match(struct matches *m)
{
	while (m->at <= m->s.len && find(m->ev, m->re, m->s, m->at, m->spots)) {
		bool empty = m->spots[1] == (int32_t)m->at, take = !(empty && m->spots[0] == m->behind);

		m->at = empty ? m->at + char_at(m->s, m->at) : (size_t)m->spots[1];
		m->behind = m->spots[1];
		if (take)
			return true;
	}
	return false;
}

static bool limit_of(struct eval *ev, struct value v, const char *name, int64_t *out)
{
	if (num_to_i64(v, out))
		return true;
	eval_fail(ev, TYPE_ERROR, "%s: operand 3 must be integer number but got floating-point number", name);
	return false;
}

static struct value fn_find_n(struct eval *ev, const struct value *a)
{
	const struct regex *re = compiled(ev, a[0], "regex.find_n");
	struct vec list = { 0 };
	struct matches m;
	int64_t n;

	if (!re || !limit_of(ev, a[2], "regex.find_n", &n))
		return VALUE_UNDEF;
	for (m = matches_of(ev, re, a[1]); (n < 0 || (int64_t)list.n < n) && next_match(&m);)
		vec_push(eval_pool(ev), &list, sub(a[1], m.spots[0], m.spots[1]));
	return value_array(list.v, list.n);
}

static struct value fn_find_submatch(struct eval *ev, const struct value *a)
{
	const struct regex *re = compiled(ev, a[0], "regex.find_all_string_submatch_n");
	struct vec list = { 0 };
	struct matches m;
	int64_t n;

	if (!re || !limit_of(ev, a[2], "regex.find_all_string_submatch_n", &n))
		return VALUE_UNDEF;
	for (m = matches_of(ev, re, a[1]); (n < 0 || (int64_t)list.n < n) && next_match(&m);) {
		struct value *groups = pool_alloc(eval_pool(ev), (re->groups + 1) * sizeof *groups);

		for (uint32_t i = 0; i <= re->groups; i++)
			groups[i] = sub(a[1], m.spots[2 * i], m.spots[2 * i + 1]);
		vec_push(eval_pool(ev), &list, value_array(groups, re->groups + 1));
	}
	return value_array(list.v, list.n);
}

static struct value fn_split(struct eval *ev, const struct value *a)
{
	const struct regex *re = compiled(ev, a[0], "regex.split");
	struct vec list = { 0 };
	int32_t from = 0, end = 0;
	struct matches m;

	if (!re)
		return VALUE_UNDEF;
	if (a[0].len && !a[1].len) {
		vec_push(eval_pool(ev), &list, a[1]);
		return value_array(list.v, list.n);
	}
	for (m = matches_of(ev, re, a[1]); next_match(&m);) {
		end = m.spots[0];
		if (m.spots[1] != 0)
			vec_push(eval_pool(ev), &list, sub(a[1], from, end));
		from = m.spots[1];
	}
	if (end != (int32_t)a[1].len)
		vec_push(eval_pool(ev), &list, sub(a[1], from, (int32_t)a[1].len));
	return value_array(list.v, list.n);
}

/* The group that a name or number of a replacement means; -1: none. */
static int group_of(const struct regex *re, const char *name, size_t n)
{
	int number = 0;

	for (size_t i = 0; i < n && number < 1000; i++)
		number = number >= 0 && isdigit((unsigned char)name[i]) ? number * 10 + (name[i] - '0') : -1;
	if (n && number >= 0)
		return number <= (int)re->groups ? number : -1;
	for (uint32_t i = re->groups; i > 0; i--)
		if (re->names[i] && strlen(re->names[i]) == n && memcmp(re->names[i], name, n) == 0)
			return (int)i;
	return -1;
}

/* $1, ${name}, $$: as Go's Expand. */
static void expand(const struct matches *m, struct value with, struct buf *out)
{
	for (size_t i = 0; i < with.len; i++) {
		bool braces = with.s[i] == '$' && i + 1 < with.len && with.s[i + 1] == '{';
		size_t from = i + 1 + braces, end = from;
		int group;

		if (with.s[i] != '$') {
			buf_putc(out, with.s[i]);
			continue;
		}
		if (i + 1 < with.len && with.s[i + 1] == '$') {
			buf_putc(out, '$');
			i++;
			continue;
		}
		while (end < with.len && (isalnum((unsigned char)with.s[end]) || with.s[end] == '_'))
			end++;
		if (end == from || (braces && (end == with.len || with.s[end] != '}'))) {
			buf_putc(out, '$');
			continue;
		}
		group = group_of(m->re, with.s + from, end - from);
		if (group >= 0 && m->spots[2 * group] >= 0)
			buf_append(out, m->s.s + m->spots[2 * group], (size_t)(m->spots[2 * group + 1] - m->spots[2 * group]));
		i = end - 1 + braces;
	}
}

static struct value fn_replace(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)64 << 20);
	const struct regex *re = compiled(ev, a[1], "regex.replace");
	struct matches m;
	size_t last = 0, at = 0;

	if (!re)
		return VALUE_UNDEF;
	for (m = matches_of(ev, re, a[0]); at <= a[0].len && !out.full && find(ev, re, a[0], at, m.spots);) {
		size_t width = char_at(a[0], at), end = (size_t)m.spots[1], before = out.len;

		buf_append(&out, a[0].s + last, (size_t)m.spots[0] - last);
		/* Not for an empty match right behind another. */
		if (end > last || m.spots[0] == 0)
			expand(&m, a[2], &out);
		last = end;
		at = at + width > end ? at + width : end;
		if (!eval_charge(ev, (out.len - before) / 16))
			return VALUE_UNDEF;
	}
	buf_append(&out, a[0].s + last, a[0].len - last);
	if (out.full)
		eval_pool(ev)->over = true;
	if (!pool_fits(eval_pool(ev), out.len) || !eval_charge(ev, 1))
		return VALUE_UNDEF;
	return value_string(eval_pool(ev), buf_text(&out), out.len);
}

/* Regular expression between the delimiters, plain text around it. */
static struct value fn_template_match(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf pattern = BUF_INIT(65536);
	const struct regex *re;
	unsigned depth = 0;

	if (a[2].len != 1 || a[3].len != 1)
		return eval_fail(ev, BUILTIN_ERROR, "regex.template_match: a delimiter is one character");
	buf_putc(&pattern, '^');
	for (uint32_t i = 0; i < a[0].len; i++) {
		char c = a[0].s[i];

		if (c == a[2].s[0] && depth++ == 0)
			buf_putc(&pattern, '(');
		else if (c == a[3].s[0] && depth && --depth == 0)
			buf_putc(&pattern, ')');
		else if (!depth && ispunct((unsigned char)c))
			buf_printf(&pattern, "\\%c", c);
		else
			buf_putc(&pattern, c);
	}
	buf_putc(&pattern, '$');
	if (depth || pattern.full)
		return eval_fail(ev, BUILTIN_ERROR, "regex.template_match: the delimiters of the template do not match");
	re = compiled(ev, value_string(eval_pool(ev), pattern.data, pattern.len), "regex.template_match");
	return re ? value_bool(find(ev, re, a[1], 0, NULL)) : VALUE_UNDEF;
}

/* ---- globs ----------------------------------------------------------------------------------------------- */

static void put_plain(struct buf *out, char c)
{
	if (ispunct((unsigned char)c))
		buf_putc(out, '\\');
	buf_putc(out, c);
}

static void put_char(struct buf *out, struct value glob, uint32_t at, uint32_t n)
{
	for (uint32_t i = 0; i < n && at + i < glob.len; i++)
		put_plain(out, glob.s[at + i]);
}

/* A class at its bracket, of one range or of characters; the index of its end, or 0 when it has none. */
static uint32_t put_class(struct buf *out, struct value glob, uint32_t at)
{
	uint32_t lo, hi;

	buf_putc(out, '[');
	if (++at < glob.len && glob.s[at] == '!') {
		buf_putc(out, '^');
		at++;
	}
	lo = (uint32_t)char_at(glob, at);
	if (at + lo < glob.len && glob.s[at + lo] == '-') {
		hi = (uint32_t)char_at(glob, at + lo + 1);
		put_char(out, glob, at, lo);
		buf_putc(out, '-');
		put_char(out, glob, at + lo + 1, hi);
		buf_putc(out, ']');
		at += lo + 1 + hi;
		return at < glob.len && glob.s[at] == ']' ? at : 0;
	}
	for (; at < glob.len && glob.s[at] != ']'; at++) {
		if (glob.s[at] == '\\' && at + 1 < glob.len)
			at++;
		put_plain(out, glob.s[at]);
	}
	buf_putc(out, ']');
	return at < glob.len ? at : 0;
}

/* Writes glob as a regular expression; not is the class of one character that is no separator. */
static bool glob_to_regex(struct value glob, const char *not, struct buf *out)
{
	unsigned depth = 0;

	buf_puts(out, "^(?s:");
	for (uint32_t i = 0; i < glob.len; i++) {
		char c = glob.s[i];

		if (c == '*' && i + 1 < glob.len && glob.s[i + 1] == '*') {
			buf_puts(out, ".*");
			i++;
		} else if (c == '*' || c == '?') {
			buf_printf(out, "%s%s", not, c == '*' ? "*" : "");
		} else if (c == '[') {
			i = put_class(out, glob, i);
			if (!i)
				return false;
		} else if (c == '{') {
			buf_puts(out, "(?:");
			depth++;
		} else if (c == '}' && depth) {
			buf_putc(out, ')');
			depth--;
		} else if (c == ',' && depth) {
			buf_putc(out, '|');
		} else if (c == '\\' && i + 1 == glob.len) {
			return false;
		} else {
			put_plain(out, c == '\\' ? glob.s[++i] : c);
		}
	}
	buf_puts(out, ")$");
	return depth == 0;
}

static struct value fn_glob_match(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf pattern = BUF_INIT(65536), not = BUF_INIT(4096);
	const struct regex *re;

	if (a[1].tag == V_NULL || a[1].tag == V_ARRAY)
		buf_puts(&not, a[1].tag == V_NULL ? "." : a[1].len ? "[^" : "[^.");
	for (uint32_t i = 0; a[1].tag == V_ARRAY && i < a[1].len; i++) {
		struct value d = a[1].items[i];

		if (d.tag != V_STRING || !d.len || char_at(d, 0) != d.len)
			return eval_fail(ev, TYPE_ERROR, "glob.match: operand 2 must be array of runes but got array containing %s",
					 value_type_name(d));
		for (uint32_t k = 0; k < d.len; k++)
			put_plain(&not, d.s[k]);
	}
	if (a[1].tag == V_ARRAY)
		buf_putc(&not, ']');
	if (!glob_to_regex(a[0], buf_text(&not), &pattern) || pattern.full)
		return eval_fail(ev, BUILTIN_ERROR, "glob.match: the pattern is not complete");
	re = compiled(ev, value_string(eval_pool(ev), pattern.data, pattern.len), "glob.match");
	return re ? value_bool(find(ev, re, a[2], 0, NULL)) : VALUE_UNDEF;
}

static struct value fn_glob_quote(struct eval *ev, const struct value *a)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(SIZE_MAX / 2);

	for (uint32_t i = 0; i < a[0].len; i++) {
		if (a[0].s[i] && strchr("*?\\[]{}", a[0].s[i]))
			buf_putc(&out, '\\');
		buf_putc(&out, a[0].s[i]);
	}
	eval_charge(ev, out.len / 16);
	return value_string(eval_pool(ev), buf_text(&out), out.len);
}

#define STR2 { TY_STR, TY_STR }

const struct builtin builtins_regex[] = {
	{ "regex.match", 2, STR2, TY_BOOL, fn_match, 0 },
	{ "re_match", 2, STR2, TY_BOOL, fn_match, BUILTIN_DEPRECATED },
	{ "regex.is_valid", 1, { TY_ANY }, TY_BOOL, fn_is_valid, 0 },
	{ "regex.find_n", 3, { TY_STR, TY_STR, TY_NUM }, TY_ARR, fn_find_n, 0 },
	{ "regex.find_all_string_submatch_n", 3, { TY_STR, TY_STR, TY_NUM }, TY_ARR, fn_find_submatch, 0 },
	{ "regex.split", 2, STR2, TY_ARR, fn_split, 0 },
	{ "regex.replace", 3, { TY_STR, TY_STR, TY_STR }, TY_STR, fn_replace, 0 },
	{ "regex.template_match", 4, { TY_STR, TY_STR, TY_STR, TY_STR }, TY_BOOL, fn_template_match, 0 },
	{ "glob.match", 3, { TY_STR, TY_ARR | TY_NULL, TY_STR }, TY_BOOL, fn_glob_match, 0 },
	{ "glob.quote_meta", 1, { TY_STR }, TY_STR, fn_glob_quote, 0 },
	{ 0 },
};
