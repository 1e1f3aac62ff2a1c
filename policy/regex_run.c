/* Running regular expressions: every way at once, in order of preference (Pike's machine). */
#include "config.h"

#include "policy/regex.h"

#include <string.h>

#include "policy/unicode.h"

/* Ways that wait for the next character, the preferred first. */
struct ways {
	uint32_t *at;   /* steps */
	int32_t *spots; /* of each way, side by side */
	uint32_t n;
};

struct run {
	const struct regex *re;
	const char *s;
	size_t n;
	uint32_t nspots;
	uint32_t *seen; /* by step: the round in which a way came by */
	uint32_t round;
	uint64_t work;
};

static bool in_class(const struct regex_class *set, uint32_t c)
{
	for (size_t i = 0; i < set->n; i++)
		if (c >= set->ranges[i].first && c <= set->ranges[i].last)
			return true;
	return false;
}

static bool takes(const struct regex_step *s, uint32_t c)
{
	switch (s->op) {
	case RX_CHAR:
		return s->x == c || (s->fold && (unicode_to_lower(s->x) == unicode_to_lower(c) ||
						  unicode_to_upper(s->x) == unicode_to_upper(c)));
	case RX_CLASS:
		return s->set->negated != (in_class(s->set, c) || (s->set->fold && (in_class(s->set, unicode_to_lower(c)) ||
										     in_class(s->set, unicode_to_upper(c)))));
	case RX_ANY:
		return c != '\n';
	default:
		return true;
	}
}

static bool is_word(const struct run *r, size_t at)
{
	unsigned char c;

	if (at >= r->n)
		return false;
	c = (unsigned char)r->s[at];
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z');
}

static bool holds(const struct run *r, enum regex_assert what, size_t at)
{
	bool edge;

	switch (what) {
	case AT_TEXT_START:
		return at == 0;
	case AT_TEXT_END:
		return at == r->n;
	case AT_LINE_START:
		return at == 0 || r->s[at - 1] == '\n';
	case AT_LINE_END:
		return at == r->n || r->s[at] == '\n';
	default:
		edge = (at > 0 && is_word(r, at - 1)) != is_word(r, at);
		return edge == (what == AT_WORD_EDGE);
	}
}

/* Follows a way to the steps that wait for a character. As deep as the program is long at most. */
static void follow(struct run *r, struct ways *to, uint32_t pc, size_t at, int32_t *spots)
{
	const struct regex_step *s = &r->re->steps[pc];
	int32_t old;

	r->work++;
	if (r->seen[pc] == r->round)
		return;
	r->seen[pc] = r->round;
	switch (s->op) {
	case RX_JUMP:
		follow(r, to, s->x, at, spots);
		return;
	case RX_SPLIT:
		follow(r, to, s->x, at, spots);
		follow(r, to, s->y, at, spots);
		return;
	case RX_ASSERT:
		if (holds(r, (enum regex_assert)s->x, at))
			follow(r, to, pc + 1, at, spots);
		return;
	case RX_SAVE:
		if (s->x >= r->nspots) {
			follow(r, to, pc + 1, at, spots);
			return;
		}
		old = spots[s->x];
		spots[s->x] = (int32_t)at;
		follow(r, to, pc + 1, at, spots);
		spots[s->x] = old;
		return;
	default:
		if (r->nspots)
			memcpy(to->spots + (size_t)to->n * r->nspots, spots, r->nspots * sizeof *spots);
		to->at[to->n++] = pc;
	}
}

/* One character further. True when a way has matched; worse ones are cut off. */
static bool step(struct run *r, const struct ways *from, struct ways *to, size_t at, size_t next, uint32_t c, int32_t *best)
{
	to->n = 0;
	r->round++;
	for (uint32_t i = 0; i < from->n; i++) {
		const struct regex_step *s = &r->re->steps[from->at[i]];
		int32_t *spots = from->spots + (size_t)i * r->nspots;

		r->work++;
		if (s->op == RX_MATCH) {
			if (r->nspots) {
				memcpy(best, spots, r->nspots * sizeof *best);
				best[1] = (int32_t)at;
			}
			return true;
		}
		if (at < r->n && takes(s, c))
			follow(r, to, from->at[i] + 1, next, spots);
	}
	return false;
}

static int search(struct run *r, struct ways *now, struct ways *then, size_t from, int32_t *best, int32_t *fresh, uint64_t fuel)
{
	bool found = false;

	now->n = 0;
	for (size_t at = from;;) {
		struct ways *swap = now;
		size_t next = at;
		uint32_t c = 0;

		if (!found) {
			/* A way that starts here is worse than all that started before. */
			if (now->n == 0)
				r->round++;
			for (uint32_t i = 0; i < r->nspots; i++)
				fresh[i] = -1;
			if (r->nspots)
				fresh[0] = (int32_t)at;
			follow(r, now, 0, at, fresh);
		}
		if (now->n == 0 && found)
			return 1;
		if (at < r->n)
			next = at + regex_char(r->s, r->n, at, &c);
		found |= step(r, now, then, at, next, c, best);
		if (found && !r->nspots)
			return 1;
		if (at >= r->n)
			return found;
		if (r->work > fuel)
			return -1;
		now = then;
		then = swap;
		at = next;
	}
}

int regex_find(const struct regex *re, const char *s, size_t n, size_t from, int32_t *spots, uint64_t *fuel)
{
	struct run r = { .re = re, .s = s, .n = n, .nspots = spots ? 2 * (re->groups + 1) : 0, .round = 1 };
	size_t room = (size_t)re->n * r.nspots;
	CLEANUP(free) uint32_t *steps = mem_calloc(3 * (size_t)re->n, sizeof *steps);
	CLEANUP(free) int32_t *kept = mem_calloc(2 * room + r.nspots + 1, sizeof *kept);
	struct ways a = { .at = steps, .spots = kept }, b = { .at = steps + re->n, .spots = kept + room };
	int rc;

	r.seen = steps + 2 * (size_t)re->n;
	rc = search(&r, &a, &b, from, spots, kept + 2 * room, *fuel);
	*fuel = r.work > *fuel ? 0 : *fuel - r.work;
	return rc;
}
