/* Policies made up from a number: terms and conditions; policy_gen_rules.c makes the rules. */
#include "config.h"

#include "tests/support/policy_gen_inside.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

enum { DEPTH_MAX = 3 };

uint64_t gen_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

uint32_t gen_below(struct gen *g, uint32_t n)
{
	return (uint32_t)((gen_next(&g->state) >> 33) % n);
}

bool gen_chance(struct gen *g, unsigned percent)
{
	return gen_below(g, 100) < percent;
}

/* ---- writing out ----------------------------------------------------------------------------------------- */

enum { PARTS_MAX = 64 };

static size_t group_end(const char *s, size_t n)
{
	unsigned depth = 0;

	for (size_t i = 0; i < n; i++) {
		depth += s[i] == GEN_TERMS || s[i] == GEN_LINES;
		if (s[i] == GEN_END && --depth == 0)
			return i;
	}
	return n;
}

static void write_part(const char *s, size_t n, uint64_t *state, bool shuffle, struct buf *out);

/* The inside of a group, without its first and last mark. */
static void write_group(const char *s, size_t n, char kind, uint64_t *state, bool shuffle, struct buf *out)
{
	const char *starts[PARTS_MAX];
	size_t lens[PARTS_MAX], parts = 0;
	unsigned depth = 0;

	starts[0] = s;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && (s[i] == GEN_TERMS || s[i] == GEN_LINES))
			depth++;
		else if (i < n && s[i] == GEN_END)
			depth--;
		else if (i == n || (s[i] == GEN_NEXT && !depth && parts + 1 < PARTS_MAX)) {
			lens[parts] = (size_t)(s + i - starts[parts]);
			parts++;
			if (i < n)
				starts[parts] = s + i + 1;
		}
	}
	for (size_t i = parts; shuffle && i > 1; i--) {
		size_t k = (size_t)(gen_next(state) >> 33) % i, len = lens[k];
		const char *start = starts[k];

		starts[k] = starts[i - 1];
		lens[k] = lens[i - 1];
		starts[i - 1] = start;
		lens[i - 1] = len;
	}
	for (size_t i = 0; i < parts; i++) {
		buf_puts(out, !i ? "" : kind == GEN_TERMS ? ", " : "\n");
		write_part(starts[i], lens[i], state, shuffle, out);
	}
}

static void write_part(const char *s, size_t n, uint64_t *state, bool shuffle, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t end;

		if (s[i] != GEN_TERMS && s[i] != GEN_LINES) {
			buf_putc(out, s[i] == GEN_NEXT ? '\n' : s[i]);
			continue;
		}
		end = group_end(s + i, n - i);
		write_group(s + i + 1, end - 1, s[i], state, shuffle, out);
		i += end;
	}
}

void gen_write(const struct buf *marked, uint64_t order, struct buf *out)
{
	uint64_t state = order * 0x9e3779b97f4a7c15ull + 1;

	write_part(buf_text(marked), marked->len, &state, order != 0, out);
}

/* ---- terms ----------------------------------------------------------------------------------------------- */

/*
 * What a term of a type may look like; @ and a letter is a term of that type. The first ones, as many as bare says,
 * hold no others. "~" in front: where `in` is a keyword; "^": version 1 only.
 */
struct shape {
	char type;
	uint8_t bare;
	const char *const *forms;
};

static const char *const numbers[] = {
	"@n", "@n", "(@n + 2 * input.n - 1)", "input.n", "input.o.a", "data.d.n", "input.xs[1]", "data.d.o[\"b\"]", "input.items[0].n", "input.none", "input.m", "input.s",
	"(@N + @N)", "(@N - @N)", "(@N * @N)", "(@N / @N)", "(@i % @n)", "count(@C)", "sum(@A)", "sum(@T)", "max(@A)", "min(@T)", "product(@A)",
	"abs(@N)", "round(@N)", "ceil(@N)", "floor(@N)", "to_number(@s)", "object.union(input.o, @O)[@k]", "input.xs[@i]", "object.get(@O, @k, @N)", "strings.count(@S, \"a\")",
	"indexof(@S, @s)", "bits.and(@i, @i)", "(@N)", "-input.xs[@i]", "@R", "@R", "@R", "to_number(format_int(@N, 10))", "count(@S)", "input.z", NULL,
};
static const char *const strings[] = {
	"@s", "@s", "@s", "@k", "input.s", "data.d.s", "input.ss[0]", "input.items[1].id", "input.none.s", "data.d.ss[@i]",
	"concat(@s, @L)", "sprintf(\"%v-%v\", [@X, @X])", "sprintf(\"%d|%s\", [@i, @S])", "upper(@S)", "lower(@S)", "format_int(@N, 16)",
	"substring(@S, @i, 3)", "replace(@S, @s, @s)", "trim(@S, \"a \")", "json.marshal(@X)", "^$\"<{@N}|{@S}>\"", "trim_prefix(@S, @s)",
	"strings.reverse(@S)", "type_name(@X)", "split(@S, @s)[@i]", "object.get(@O, @k, @s)", "@R", "@R", "@R", "base64.encode(@S)", "sprintf(\"%5.2f\", [@N])",
	"concat(\"/\", sort(@U))", NULL,
};
static const char *const truths[] = {
	"input.n >= 0", "input.b", "data.d.b", "input.n == @n", "input.s == @s", "data.d.o.a", "input.none", "input.s != @s",
	"@N == @N", "@N != @N", "@N < @N", "@N <= @N", "@N > @N", "@N >= @N", "@S == @S", "@S < @S", "~(@N in @A)", "~(@S in @U)", "~(@k, @N in @O)",
	"startswith(@S, @s)", "contains(@S, @s)", "endswith(@S, @s)", "is_number(@X)", "is_string(@X)", "@A == @A", "@T == @T", "@O == @O", "union({@T, @T})[@N]",
	"union({@U, @U})[@S]", "@R", "@R", "@R", "count(@C) > @i", "is_object(@X)", "regex.match(`^[a-c]+`, @S)", "glob.match(\"a*\", [], @S)", "[@X] < [@X]", "input.o == @O",
	"~((@N in @T) == (@B))", "@A < @A", "@T < @U", "~(@N in [@X, @N])", "json.is_valid(@S)", NULL,
};
static const char *const number_lists[] = {
	"[@n, @n]", "[@n]", "input.xs", "data.d.xs", "[x | x = input.none[_]]", "input.none.xs",
	"[@N, @N]", "[@N, @N, @N]", "array.concat(@A, @A)", "array.slice(@A, @i, @i)", "numbers.range(@i, 3)", "sort(@A)", "sort(@T)", "array.reverse(@A)",
	"@{[N", "@{[N", "@{[N", "@R", "@R", "array.concat(@A, [@N])", "[object.union(@O, data.d.o)[@k] | true]", NULL,
};
static const char *const string_lists[] = {
	"[@s, @k]", "input.ss", "data.d.ss", "[\"x\"]",
	"[@S, @S]", "split(@S, @s)", "sort(@U)", "@{[S", "@{[S", "@R", "array.concat(@L, @L)", NULL,
};
static const char *const number_sets[] = {
	"{\1@n\3@n\4}", "{\1@n\4}", "({@n} - {1})", "{1, 2}",
	"{\1@N\3@N\3@N\4}", "@{{N", "@{{N", "(@T | @T)", "(@T & @T)", "(@T - @T)", "intersection({@T, @T})", "union({@T, @T})", "@R", "@R", "@R", NULL,
};
static const char *const string_sets[] = {
	"{\1@k\3@s\4}", "{\1@k\4}", "({@k} - {\"a\"})",
	"{\1@S\3@S\4}", "@{{S", "@{{S", "(@U | @U)", "(@U & @U)", "(@U - @U)", "object.keys(@O)", "@R", "@R", NULL,
};
static const char *const objects[] = {
	"{\1\"a\": @n\3\"b\": @n\4}", "input.o", "data.d.o", "{\"c\": @n}", "{k: x | x = input.none[k]}",
	"{\1\"a\": @N\3\"b\": @N\3\"d\": @n\4}", "@{:N", "@{:N", "object.union(@O, @O)", "object.remove(@O, [@k])", "object.filter(@O, @U)", "@R", "@R",
	"@R", "json.patch(@O, [{\"op\": \"add\", \"path\": \"x\", \"value\": @N}])", "object.union_n([@O, @O])", NULL,
};
static const char *const anythings[] = {
	"@n", "@s", "null", "true", "false", "input", "input.z", "data.d", "[[], {}, set()]", "input.items[0]",
	"@N", "@S", "@B", "@A", "@L", "@T", "@U", "@O", "[@X, @X]", "{\1\"k\": @X\3\"l\": @X\4}", "{\1@X\3@X\4}", "@R", "json.unmarshal(@S)",
	"object.get(input, [\"o\", @k], @X)", "{@X: @X}", NULL,
};
/* What [_] may stand behind. */
static const char *const walked_numbers[] = { "input.xs", "data.d.o", "array.concat(@A, @A)", "sort(@T)", "union({@T, @T})", "numbers.range(@i, 2)", NULL };
static const char *const walked_strings[] = { "input.ss", "data.d.ss", "array.concat(@L, @L)", "sort(@U)", "object.keys(@O)", "split(@S, \",\")", NULL };
static const char *const collections[] = { "input.xs", "@A", "@L", "@T", "@U", "@O", "@S", NULL };

static const struct shape shapes[] = {
	{ 'N', 12, numbers }, { 'S', 10, strings }, { 'B', 8, truths }, { 'A', 6, number_lists }, { 'L', 4, string_lists },
	{ 'T', 4, number_sets }, { 'U', 3, string_sets }, { 'O', 5, objects }, { 'X', 10, anythings }, { 'C', 1, collections },
	{ 'w', 2, walked_numbers }, { 'W', 2, walked_strings },
};

static const char *const number_texts[] = {
	"0", "1", "2", "3", "4", "7", "10", "100", "1.5", "0.1", "-1", "-2.5", "9007199254740993", "12345678901234567890", "0.3", "1e-7",
};
static const char *const string_texts[] = {
	"\"\"", "\"a\"", "\"b\"", "\"abc\"", "\"a,b\"", "\"A b\"", "\"h\\u00e9llo\"", "\",\"", "`r\\w`", "\"10\"", "\"12\"", "\"x/y\"", "\"\\\"q\\\"\"", "\" a \"",
	"\"<&>\"", "\"\\u65e5\\u672c\"",
};
static const char *const json_texts[] = {
	"\"\"", "\"a\"", "\"b\"", "\"abc\"", "\"a,b\"", "\"10\"", "\"h\\u00e9llo\"", "\"x/y\"", "\"{\\\"k\\\": [1.5, 2]}\"",
};
static const char *const key_texts[] = { "\"a\"", "\"b\"", "\"c\"", "\"d\"" };

#define COUNT(a) (uint32_t)(sizeof(a) / sizeof *(a))

void gen_leaf(struct gen *g, char kind, struct buf *out)
{
	if (kind == 'n')
		buf_puts(out, number_texts[gen_below(g, COUNT(number_texts))]);
	else if (kind == 's')
		buf_puts(out, string_texts[gen_below(g, COUNT(string_texts))]);
	else if (kind == 'j')
		buf_puts(out, json_texts[gen_below(g, COUNT(json_texts))]);
	else if (kind == 'k')
		buf_puts(out, key_texts[gen_below(g, COUNT(key_texts))]);
	else
		buf_printf(out, "%u", gen_below(g, 4));
}

static bool put_variable(struct gen *g, char type, struct buf *out)
{
	const struct gen_var *fit[GEN_VARS_MAX], *v;
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->nvars; i++)
		if (g->vars[i].type == type && !(g->single && g->vars[i].many))
			fit[n++] = &g->vars[i];
	if (!n || !gen_chance(g, 45))
		return false;
	v = fit[gen_below(g, n)];
	buf_puts(out, v->name);
	g->leans |= v->group == g->group;
	g->many |= v->many;
	return true;
}

void gen_truth(struct gen *g, struct buf *out)
{
	CLEANUP(buf_release) struct buf term = BUF_INIT(LIMIT_MIB);

	gen_term(g, 'B', &term);
	buf_printf(out, buf_text(&term)[0] == '{' ? "(%s)" : "%s", buf_text(&term));
}

/* A comprehension: what it goes through is made first, without its variable. */
static void put_comprehension(struct gen *g, char kind, char type, struct buf *out)
{
	CLEANUP(buf_release) struct buf from = BUF_INIT(LIMIT_MIB);
	uint32_t vars = g->nvars;
	const char *name;

	if (!g->words)
		gen_term(g, type == 'S' ? 'W' : 'w', &from);
	else
		gen_term(g, type == 'S' ? (gen_chance(g, 60) ? 'L' : 'U') : (gen_chance(g, 60) ? 'A' : 'T'), &from);
	name = gen_variable(g, type);
	buf_puts(out, kind == '[' ? "[" : "{");
	if (kind == ':')
		buf_printf(out, "sprintf(\"%%v\", [%s]): ", name);
	gen_term(g, kind == ':' ? 'N' : type, out);
	if (g->words)
		buf_printf(out, " | some %s in %s", name, buf_text(&from));
	else
		buf_printf(out, " | %s := %s[_]", name, buf_text(&from));
	for (uint32_t n = gen_below(g, 3); n; n--) {
		buf_puts(out, gen_chance(g, 25) ? "; not " : "; ");
		gen_truth(g, out);
	}
	buf_putc(out, kind == '[' ? ']' : '}');
	g->nvars = vars;
}

/* A call of a rule or a ref to one that was made before, of this type; a leaf when there is none. */
static void put_rule(struct gen *g, char type, struct buf *out)
{
	uint32_t fit = 0, at;

	for (uint32_t i = 0; i < g->nrules; i++)
		fit += g->rules[i].type == type;
	if (!fit) {
		gen_form(g, type == 'N' ? "@n" : type == 'S' ? "@s" : type == 'B' ? "input.n >= 0" : type == 'A' ? "input.xs" : type == 'L' ? "input.ss" :
			    type == 'O' ? "input.o" : type == 'X' ? "input" : "({1} - {1})", out);
		return;
	}
	at = gen_below(g, fit);
	for (uint32_t i = 0; i < g->nrules; i++)
		if (g->rules[i].type == type && at-- == 0) {
			gen_rule_name(g, &g->rules[i], out);
			gen_form(g, g->rules[i].args, out);
			return;
		}
}

void gen_form(struct gen *g, const char *form, struct buf *out)
{
	for (form += *form == '~' || *form == '^'; *form; form++) {
		if (*form != '@') {
			buf_putc(out, *form);
		} else if (*++form == '{') {
			put_comprehension(g, form[1], form[2], out);
			form += 2;
		} else if (*form == 'R') {
			put_rule(g, g->wanted, out);
		} else if (strchr("nskij", *form)) {
			gen_leaf(g, *form, out);
		} else {
			gen_term(g, *form, out);
		}
	}
}

void gen_term(struct gen *g, char type, struct buf *out)
{
	const struct shape *s = shapes;
	const char *form;
	uint32_t n = 0;
	char outer = g->wanted;

	if (put_variable(g, type, out))
		return;
	while (s->type != type)
		s++;
	while (s->forms[n])
		n++;
	do {
		form = s->forms[gen_below(g, g->depth >= DEPTH_MAX ? s->bare : n)];
	} while ((*form == '~' && !g->words) || (*form == '^' && !g->templates));
	g->wanted = type;
	g->depth++;
	gen_form(g, form, out);
	g->depth--;
	g->wanted = outer;
}
