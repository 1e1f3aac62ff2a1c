/* From denials to a proposal. */
#include "config.h"

#include "engine/learn.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/text.h"
#include "sandbox/filter.h"

enum { CONTEXT = 3 };

void learned_release(struct learned *l)
{
	free(l->calls);
	free(l->before);
	free(l->after);
	*l = (struct learned){ 0 };
}

size_t learn_count(const struct learned *l, enum learn_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->calls[i].kind == kind;
	return n;
}

/* Calls that the filter lets through, whatever else stopped them, say nothing about it. */
static bool is_of_filter(const struct profile *p, int call, unsigned tier)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct profile_rule *r = &p->rules[i];

		if (r->call == call && (r->tiers & tier) && r->conds == 0)
			return r->verdict == PROFILE_DENY || r->verdict == PROFILE_NO_FAMILY || r->verdict == PROFILE_REFUSE ||
			       r->verdict == PROFILE_NOSYS;
	}
	return true;
}

static void add_call(struct learned *l, const char *name, enum learn_kind kind, uint64_t count)
{
	for (size_t i = 0; i < l->n; i++) {
		if (str_eq(l->calls[i].name, name)) {
			l->calls[i].count += count;
			return;
		}
	}
	mem_reserve(&l->calls, &l->cap, l->n + 1);
	l->calls[l->n] = (struct learned_call){ .kind = kind, .count = count };
	snprintf(l->calls[l->n++].name, sizeof l->calls->name, "%.31s", name);
}

static void read_denials(const struct run *run, const struct profile *p, unsigned tier, struct learned *l)
{
	for (size_t i = 0; i < run->denial_count; i++) {
		const struct run_denial *d = &run->denials[i];
		int nr = filter_call_number(d->call);

		if (nr < 0)
			add_call(l, d->call, LEARN_ANSWERED, d->count);
		else if ((p->optional[nr] & tier) && is_of_filter(p, nr, tier))
			add_call(l, d->call, LEARN_PROPOSED, d->count);
		else if (is_of_filter(p, nr, tier))
			add_call(l, d->call, profile_is_dangerous(p, nr) ? LEARN_DANGEROUS : LEARN_ANSWERED, d->count);
	}
}

static void write_text(const struct run *run, const struct box_wish *w, struct learned *l)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(2 * PROFILE_TEXT_MAX);
	const struct jval *command = jval_get(run->start, "command");

	l->before = mem_strdup(w->profile_text ? w->profile_text : "");
	buf_puts(&b, l->before);
	if (learn_count(l, LEARN_PROPOSED) == 0) {
		l->after = mem_strdup(l->before);
		return;
	}
	if (b.len && b.data[b.len - 1] != '\n')
		buf_putc(&b, '\n');
	buf_printf(&b, "# Seen in run %.12s:", run->id);
	for (size_t i = 0; i < jval_count(command) && i < 8; i++) {
		const char *word = jval_text(jval_at(command, i));

		buf_putc(&b, ' ');
		text_escape(&b, word ? word : "", word ? strnlen(word, 60) : 0);
	}
	buf_putc(&b, '\n');
	if (!w->profile_text)
		buf_printf(&b, "include %s\n", box_profile_name(w));
	for (size_t i = 0; i < l->n; i++)
		if (l->calls[i].kind == LEARN_PROPOSED)
			buf_printf(&b, "allow %s  # %llu time%s\n", l->calls[i].name, (unsigned long long)l->calls[i].count,
				   l->calls[i].count == 1 ? "" : "s");
	l->after = buf_take(&b);
}

int learn_read(const struct run *run, const struct box_wish *w, struct learned *out, struct error *err)
{
	CLEANUP(profile_release) struct profile p = { .name = "" };
	unsigned tier = jval_get_int(run->start, "tier", 1) == 1 ? PROFILE_TIER1 : PROFILE_TIER2;

	if (filter_profile_load(box_profile_name(w), w->profile_text, &p, err) < 0)
		return -1;
	read_denials(run, &p, tier, out);
	write_text(run, w, out);
	return 0;
}

/* Lines of s, each behind a sign. */
static void put_lines(struct buf *out, char sign, const char *s, size_t n)
{
	for (const char *end = s + n; s < end;) {
		size_t len = strcspn(s, "\n");

		buf_printf(out, "%c%.*s\n", sign, (int)len, s);
		s += len + (s[len] == '\n');
	}
}

static size_t count_lines(const char *s, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n' || i + 1 == n;
	return lines;
}

/* The start of the last line of s[0, n). */
static size_t last_line(const char *s, size_t n)
{
	const char *newline = n > 1 ? memrchr(s, '\n', n - 1) : NULL;

	return newline ? (size_t)(newline - s) + 1 : 0;
}

/* Whatever was there stays: the new lines stand at the end. A last line without an end gets one, as diff(1) tells it. */
void learn_diff(const struct learned *l, const char *path, struct buf *out)
{
	size_t n = strlen(l->before), from = n, kept, context;
	bool unended = n > 0 && l->before[n - 1] != '\n';
	const char *fresh = l->after + n + unended;

	if (str_eq(l->before, l->after))
		return;
	for (int i = 0; i < CONTEXT && from > 0; i++)
		from = last_line(l->before, from);
	kept = unended ? last_line(l->before, n) : n;
	context = count_lines(l->before + from, n - from);
	buf_printf(out, "--- %s%s\n+++ b/%s\n", n ? "a/" : "", n ? path : "/dev/null", path);
	buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", context ? count_lines(l->before, from) + 1 : 0, context,
		   count_lines(l->before, from) + 1, context + count_lines(fresh, strlen(fresh)));
	put_lines(out, ' ', l->before + from, kept - from);
	put_lines(out, '-', l->before + kept, n - kept);
	if (unended)
		buf_puts(out, "\\ No newline at end of file\n");
	put_lines(out, '+', l->before + kept, n - kept);
	put_lines(out, '+', fresh, strlen(fresh));
}
