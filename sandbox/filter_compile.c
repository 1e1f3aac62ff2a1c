/*
 * Makes seccomp programs of profiles. They are emitted here and not by
 * libseccomp, which cannot say "all but these arguments" and whose released
 * versions merge 64-bit comparisons wrongly. tests/unit/test_sandbox_filter.c
 * runs the result through bpf.c.
 *
 * The kernel translates the program at every start of a run, so it is kept
 * short: it is written from its end to its beginning, which lets every jump go
 * to what is there already, and nearly all calls share a few returns. A place
 * in it is the number of instructions from there to the end.
 */
#include "config.h"

#include "sandbox/filter_compile.h"

#include <linux/seccomp.h>
#include <stddef.h>

#include "base/mem.h"

enum { CODE_MAX = BPF_MAXINSNS, X32_BIT = 0x40000000, CALL_RULES = 64, RETURNS = 16, NEAR = 253 };

/* The rules of each call in this shape's tier, in order. */
struct call_rules {
	short list[CALL_RULES];
	int count;
};

struct gen {
	const struct profile *profile;
	const struct filter_shape *shape;
	struct call_rules calls[PROFILE_CALLS];
	unsigned start[PROFILE_CALLS];  /* first numbers of ranges that agree */
	struct sock_filter code[CODE_MAX]; /* from the end */
	unsigned len;
	uint32_t verdict[RETURNS];      /* the last return of each verdict, and its place */
	unsigned place[RETURNS];
	unsigned returns;
	bool full;                      /* something did not fit */
};

/* Puts one instruction before what there is. Its place. */
static unsigned emit(struct gen *g, unsigned short code, unsigned jt, unsigned jf, uint32_t k)
{
	if (g->len == CODE_MAX || jt > 255 || jf > 255) {
		g->full = true;
		return 1;
	}
	g->code[g->len] = (struct sock_filter){ code, (unsigned char)jt, (unsigned char)jf, k };
	return ++g->len;
}

/* to, or where a jump to it is: a test reaches no further than 255 instructions. */
static unsigned within_reach(struct gen *g, unsigned to)
{
	return g->len - to > NEAR ? emit(g, BPF_JMP | BPF_JA, 0, 0, g->len - to) : to;
}

static unsigned emit_test(struct gen *g, unsigned short test, uint32_t k, unsigned yes, unsigned no)
{
	yes = within_reach(g, yes);
	no = within_reach(g, no);
	return emit(g, BPF_JMP | test | BPF_K, g->len - yes, g->len - no, k);
}

static unsigned emit_return(struct gen *g, uint32_t verdict)
{
	unsigned i = 0;

	while (i < g->returns && g->verdict[i] != verdict)
		i++;
	if (i < g->returns && g->len - g->place[i] < NEAR - 8)
		return g->place[i];
	if (i == g->returns) {
		if (i == RETURNS)
			return emit(g, BPF_RET | BPF_K, 0, 0, verdict);
		g->returns++;
	}
	g->verdict[i] = verdict;
	g->place[i] = emit(g, BPF_RET | BPF_K, 0, 0, verdict);
	return g->place[i];
}

static uint32_t verdict_code(const struct gen *g, enum profile_verdict v)
{
	const struct filter_shape *s = g->shape;

	switch (v) {
	case PROFILE_ALLOW: return SECCOMP_RET_ALLOW;
	case PROFILE_DENY: return s->notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EPERM;
	case PROFILE_NO_FAMILY: return s->notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	case PROFILE_WATCH: return s->opens ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
	case PROFILE_MEDIATE: return s->notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EPERM;
	case PROFILE_REFUSE: return s->learn ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EPERM;
	case PROFILE_NOSYS: return s->learn ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | ENOSYS;
	}
	return SECCOMP_RET_KILL_PROCESS;
}

static uint32_t arg_offset(unsigned arg)
{
	uint32_t at = (uint32_t)(offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t));

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	at += 4;
#endif
	return at;
}

/* A rule's conditions are joined by "and": the first that fails goes to otherwise. */
static unsigned emit_rule(struct gen *g, const struct profile_rule *r, unsigned otherwise)
{
	unsigned at = emit_return(g, verdict_code(g, (enum profile_verdict)r->verdict));

	for (unsigned i = r->conds; i-- > 0;) {
		at = emit_test(g, BPF_JEQ, r->cond[i].value, at, otherwise);
		if (r->cond[i].mask != UINT32_MAX)
			emit(g, BPF_ALU | BPF_AND | BPF_K, 0, 0, r->cond[i].mask);
		at = emit(g, BPF_LD | BPF_W | BPF_ABS, 0, 0, arg_offset(r->cond[i].arg));
	}
	return at;
}

static unsigned emit_call(struct gen *g, unsigned nr)
{
	const struct call_rules *c = &g->calls[nr];
	unsigned at = 0;
	int n = 0;

	/* Nothing is asked behind a rule without conditions. */
	while (n < c->count && g->profile->rules[c->list[n]].conds > 0)
		n++;
	if (n == c->count)
		at = emit_return(g, verdict_code(g, PROFILE_NOSYS));
	else
		at = emit_rule(g, &g->profile->rules[c->list[n]], 0);
	while (n-- > 0)
		at = emit_rule(g, &g->profile->rules[c->list[n]], at);
	return at;
}

static uint32_t constant_verdict(const struct gen *g, const struct call_rules *c)
{
	return verdict_code(g, c->count ? (enum profile_verdict)g->profile->rules[c->list[0]].verdict : PROFILE_NOSYS);
}

static bool is_constant(const struct gen *g, const struct call_rules *c)
{
	return c->count == 0 || g->profile->rules[c->list[0]].conds == 0;
}

/* True when both numbers always get the same constant verdict. */
static bool calls_agree(const struct gen *g, unsigned a, unsigned b)
{
	const struct call_rules *x = &g->calls[a];
	const struct call_rules *y = &g->calls[b];

	return is_constant(g, x) && is_constant(g, y) && constant_verdict(g, x) == constant_verdict(g, y);
}

/* A binary search over the ranges start[lo] .. start[hi]-1. */
static unsigned emit_search(struct gen *g, unsigned lo, unsigned hi)
{
	unsigned mid = lo + (hi - lo) / 2;
	unsigned below, above;

	if (hi - lo == 1)
		return emit_call(g, g->start[lo]);
	above = emit_search(g, mid, hi);
	below = emit_search(g, lo, mid);
	return emit_test(g, BPF_JGE, g->start[mid], above, below);
}

static void emit_program(struct gen *g)
{
	unsigned n = 0;
	unsigned known, foreign, kill;

	for (unsigned nr = 0; nr < PROFILE_CALLS; nr++) {
		if (nr == 0 || !calls_agree(g, nr - 1, nr))
			g->start[n++] = nr;
	}
	known = emit_search(g, 0, n);
	kill = emit(g, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
	/* x32 numbers and anything negative; -1 is what a tracer leaves to skip a call and must not be killed. */
	foreign = emit(g, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	foreign = emit_test(g, BPF_JEQ, 0xffffffffu, foreign, kill);
	known = emit_test(g, BPF_JGE, X32_BIT, foreign, known);
	known = emit(g, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	emit_test(g, BPF_JEQ, g->shape->arch, known, kill);
	emit(g, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
}

/* From the beginning to the end, as it runs. */
static struct sock_filter *turned(const struct gen *g)
{
	struct sock_filter *out = mem_calloc(g->len, sizeof *out);

	for (unsigned i = 0; i < g->len; i++)
		out[i] = g->code[g->len - 1 - i];
	return out;
}

static int rules_collect(struct gen *g, struct error *err)
{
	unsigned tier = g->shape->tier == 1 ? PROFILE_TIER1 : PROFILE_TIER2;

	for (size_t i = 0; i < g->profile->count; i++) {
		const struct profile_rule *r = &g->profile->rules[i];
		struct call_rules *c = &g->calls[r->call];

		if (!(r->tiers & tier))
			continue;
		if (c->count == CALL_RULES)
			return error_set(err, ERR_LIMIT, "call %d has more than %d rules", r->call, CALL_RULES);
		c->list[c->count++] = (short)i;
	}
	return 0;
}

int filter_compile(const struct profile *p, const struct filter_shape *shape, struct sock_filter **out, unsigned *out_len,
		   struct error *err)
{
	CLEANUP(free) struct gen *g = mem_zalloc(sizeof *g);

	g->profile = p;
	g->shape = shape;
	if (rules_collect(g, err))
		return -1;
	emit_program(g);
	if (g->full)
		return error_set(err, ERR_LIMIT, "profile %s has more than %d instructions", p->name, CODE_MAX);
	*out = turned(g);
	*out_len = g->len;
	return 0;
}
