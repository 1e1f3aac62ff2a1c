/*
 * Makes seccomp programs of profiles. They are emitted here and not by
 * libseccomp, which cannot say "all but these arguments" and whose released
 * versions merge 64-bit comparisons wrongly. tests/unit/test_sandbox_filter.c
 * runs the result through bpf.c.
 */
#include "config.h"

#include "sandbox/filter_compile.h"

#include <linux/seccomp.h>
#include <stddef.h>

#include "base/mem.h"

enum { CODE_MAX = BPF_MAXINSNS, X32_BIT = 0x40000000, CALL_RULES = 64 };

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
	struct sock_filter code[CODE_MAX];
	unsigned len;
	bool full;                      /* something did not fit */
};

static unsigned emit(struct gen *g, unsigned short code, unsigned jt, unsigned jf, uint32_t k)
{
	if (g->len == CODE_MAX || jt > 255 || jf > 255) {
		g->full = true;
		return 0;
	}
	g->code[g->len] = (struct sock_filter){ code, (unsigned char)jt, (unsigned char)jf, k };
	return g->len++;
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

/* A rule's conditions are joined by "and": the first that fails jumps behind the rule's return. */
static void emit_rule(struct gen *g, const struct profile_rule *r)
{
	unsigned jumps[PROFILE_CONDS];
	unsigned i;

	for (i = 0; i < r->conds; i++) {
		emit(g, BPF_LD | BPF_W | BPF_ABS, 0, 0, arg_offset(r->cond[i].arg));
		if (r->cond[i].mask != UINT32_MAX)
			emit(g, BPF_ALU | BPF_AND | BPF_K, 0, 0, r->cond[i].mask);
		jumps[i] = emit(g, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, r->cond[i].value);
	}
	emit(g, BPF_RET | BPF_K, 0, 0, verdict_code(g, (enum profile_verdict)r->verdict));
	for (i = 0; i < r->conds && !g->full; i++)
		g->code[jumps[i]].jf = (unsigned char)(g->len - jumps[i] - 1);
}

static void emit_call(struct gen *g, unsigned nr)
{
	const struct call_rules *c = &g->calls[nr];
	bool decided = false;

	for (int i = 0; i < c->count; i++) {
		const struct profile_rule *r = &g->profile->rules[c->list[i]];

		emit_rule(g, r);
		decided = r->conds == 0;
		if (decided)
			break;
	}
	if (!decided)
		emit(g, BPF_RET | BPF_K, 0, 0, verdict_code(g, PROFILE_NOSYS));
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

/* A binary search over the ranges start[lo] .. start[hi]-1; a far jump needs its own instruction. */
static void emit_search(struct gen *g, unsigned lo, unsigned hi)
{
	unsigned mid;
	unsigned far_jump;

	if (hi - lo == 1) {
		emit_call(g, g->start[lo]);
		return;
	}
	mid = lo + (hi - lo) / 2;
	emit(g, BPF_JMP | BPF_JGE | BPF_K, 0, 1, g->start[mid]);
	far_jump = emit(g, BPF_JMP | BPF_JA, 0, 0, 0);
	emit_search(g, lo, mid);
	if (!g->full)
		g->code[far_jump].k = g->len - far_jump - 1;
	emit_search(g, mid, hi);
}

static void emit_program(struct gen *g)
{
	unsigned n = 0;

	emit(g, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	emit(g, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, g->shape->arch);
	emit(g, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
	emit(g, BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	/* x32 numbers and anything negative; -1 is what a tracer leaves to skip a call and must not be killed. */
	emit(g, BPF_JMP | BPF_JGE | BPF_K, 0, 3, X32_BIT);
	emit(g, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0xffffffffu);
	emit(g, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS);
	emit(g, BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS);
	for (unsigned nr = 0; nr < PROFILE_CALLS; nr++) {
		if (nr == 0 || !calls_agree(g, nr - 1, nr))
			g->start[n++] = nr;
	}
	emit_search(g, 0, n);
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
	*out = mem_dup(g->code, g->len * sizeof *g->code);
	*out_len = g->len;
	return 0;
}
