/* A unified difference of two texts. */
#include "config.h"

#include "cli/policy_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* How far ahead a line is looked for that both have: formatting moves lines little. */
enum { AROUND = 3, LOOK_AHEAD = 200 };

struct line {
	const char *s;
	size_t n;
};

struct lines {
	struct line *v;
	size_t n, cap;
};

/* One line of the difference: ' ' in both, '-' went, '+' came. */
struct edit {
	char sign;
	struct line line;
	size_t a, b; /* line numbers from 0, before it */
};

struct edits {
	struct edit *v;
	size_t n, cap;
};

static void split(const char *text, struct lines *out)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		mem_reserve(&out->v, &out->cap, out->n + 1);
		out->v[out->n++] = (struct line){ text, n };
		text += n + (text[n] == '\n');
	}
}

static bool same(const struct line *a, const struct line *b)
{
	return a->n == b->n && memcmp(a->s, b->s, a->n) == 0;
}

static void add(struct edits *e, char sign, struct line line, size_t a, size_t b)
{
	mem_reserve(&e->v, &e->cap, e->n + 1);
	e->v[e->n++] = (struct edit){ sign, line, a, b };
}

/* The nearest pair of equal lines at or behind (*i, *j); the ends where there is none near. */
static void meet(const struct lines *a, const struct lines *b, size_t *i, size_t *j)
{
	for (size_t sum = 0; sum < LOOK_AHEAD; sum++)
		for (size_t k = 0; k <= sum; k++)
			if (*i + k < a->n && *j + sum - k < b->n && same(&a->v[*i + k], &b->v[*j + sum - k])) {
				*i += k;
				*j += sum - k;
				return;
			}
	*i = a->n;
	*j = b->n;
}

static void compare(const struct lines *a, const struct lines *b, struct edits *out)
{
	size_t i = 0, j = 0;

	while (i < a->n || j < b->n) {
		size_t to_i = i, to_j = j;

		meet(a, b, &to_i, &to_j);
		for (; i < to_i; i++)
			add(out, '-', a->v[i], i, j);
		for (; j < to_j; j++)
			add(out, '+', b->v[j], i, j);
		if (i < a->n && j < b->n) {
			add(out, ' ', a->v[i], i, j);
			i++;
			j++;
		}
	}
}

/* Changes that are near each other, with what is around them. */
static size_t hunk_end(const struct edits *e, size_t from)
{
	size_t last = from;

	for (size_t i = from; i < e->n && i <= last + 2 * AROUND; i++)
		if (e->v[i].sign != ' ')
			last = i;
	return last + AROUND + 1 < e->n ? last + AROUND + 1 : e->n;
}

static void print_hunk(struct output *out, const struct edits *e, size_t from, size_t to)
{
	size_t na = 0, nb = 0;

	for (size_t i = from; i < to; i++) {
		na += e->v[i].sign != '+';
		nb += e->v[i].sign != '-';
	}
	output_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", e->v[from].a + (na > 0), na, e->v[from].b + (nb > 0), nb);
	for (size_t i = from; i < to; i++) {
		const struct edit *x = &e->v[i];

		output_style(out, x->sign == '-' ? STYLE_BAD : x->sign == '+' ? STYLE_GOOD : STYLE_PLAIN);
		output_printf(out, "%c", x->sign);
		output_untrusted_text(out, x->line.s, x->line.n);
		output_style(out, STYLE_PLAIN);
		output_puts(out, "\n");
	}
}

void policy_diff_print(struct output *out, const char *file, const char *before, const char *after)
{
	struct lines a = { 0 }, b = { 0 };
	struct edits e = { 0 };

	split(before, &a);
	split(after, &b);
	compare(&a, &b, &e);
	output_puts(out, "--- ");
	output_untrusted(out, file);
	output_puts(out, "\n+++ ");
	output_untrusted(out, file);
	output_puts(out, " (formatted)\n");
	for (size_t i = 0; i < e.n; i++) {
		size_t from = i > AROUND ? i - AROUND : 0, to;

		if (e.v[i].sign == ' ')
			continue;
		to = hunk_end(&e, i);
		print_hunk(out, &e, from, to);
		i = to;
	}
	free(a.v);
	free(b.v);
	free(e.v);
}
