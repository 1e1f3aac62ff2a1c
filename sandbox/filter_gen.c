/*
 * Runs at build time: compiles filter_rules.c into the seccomp programs of this
 * machine's architecture, so that a run neither compiles nor links anything.
 *
 * The programs are emitted here and not by libseccomp, which cannot say "all
 * but these arguments" and whose released versions merge 64-bit comparisons
 * wrongly; it is asked for the numbers of the calls. tests/unit/test_sandbox_filter.c
 * runs the result through bpf.c.
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/filter_rules.h"

enum { CALLS_MAX = 1024, CODE_MAX = 4096, X32_BIT = 0x40000000 };

struct variant {
	int tier;
	bool notify;
	bool opens;
};

/* The first and the last rule of each call number; -1: none. */
struct call_rules {
	short list[32];
	int count;
};

struct gen {
	struct variant v;
	struct call_rules calls[CALLS_MAX];
	struct sock_filter code[CODE_MAX];
	unsigned len;
};

static struct gen gen;

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "filter_gen: %s: %s\n", name, what);
	exit(1);
}

static unsigned emit(unsigned short code, unsigned jt, unsigned jf, uint32_t k)
{
	if (gen.len == CODE_MAX || jt > 255 || jf > 255)
		fail("the program is too long", "code");
	gen.code[gen.len] = (struct sock_filter){ code, (unsigned char)jt, (unsigned char)jf, k };
	return gen.len++;
}

static uint32_t verdict_code(enum verdict v)
{
	switch (v) {
	case V_ALLOW: return SECCOMP_RET_ALLOW;
	case V_DENY: return gen.v.notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EPERM;
	case V_NO_FAMILY: return gen.v.notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	case V_REPORT: return gen.v.opens ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
	case V_GATE: return gen.v.notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW;
	case V_MEDIATE: return gen.v.notify ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ERRNO | EPERM;
	case V_REFUSE: return SECCOMP_RET_ERRNO | EPERM;
	case V_NOSYS: return SECCOMP_RET_ERRNO | ENOSYS;
	case V_KILL: break;
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
static void emit_rule(const struct rule *r)
{
	unsigned jumps[RULE_CONDS];
	unsigned i;

	for (i = 0; i < r->conds; i++) {
		emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, arg_offset(r->cond[i].arg));
		if (r->cond[i].mask != ANY_INT)
			emit(BPF_ALU | BPF_AND | BPF_K, 0, 0, r->cond[i].mask);
		jumps[i] = emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, r->cond[i].value);
	}
	emit(BPF_RET | BPF_K, 0, 0, verdict_code(r->verdict));
	for (i = 0; i < r->conds; i++)
		gen.code[jumps[i]].jf = (unsigned char)(gen.len - jumps[i] - 1);
}

static void emit_call(unsigned nr)
{
	const struct call_rules *c = &gen.calls[nr];

	if (c->count == 0) {
		emit(BPF_RET | BPF_K, 0, 0, verdict_code(V_NOSYS));
		return;
	}
	for (int i = 0; i < c->count; i++)
		emit_rule(&rules[c->list[i]]);
}

/* True when both numbers always get the same constant verdict. */
static bool calls_agree(unsigned a, unsigned b)
{
	const struct call_rules *x = &gen.calls[a];
	const struct call_rules *y = &gen.calls[b];

	if (x->count > 1 || y->count > 1)
		return false;
	return verdict_code(x->count ? rules[x->list[0]].verdict : V_NOSYS) ==
	       verdict_code(y->count ? rules[y->list[0]].verdict : V_NOSYS);
}

/* A binary search over the ranges start[lo] .. start[hi]-1; a far jump needs its own instruction. */
static void emit_search(const unsigned *start, unsigned lo, unsigned hi)
{
	unsigned mid;
	unsigned far_jump;

	if (hi - lo == 1) {
		emit_call(start[lo]);
		return;
	}
	mid = lo + (hi - lo) / 2;
	emit(BPF_JMP | BPF_JGE | BPF_K, 0, 1, start[mid]);
	far_jump = emit(BPF_JMP | BPF_JA, 0, 0, 0);
	emit_search(start, lo, mid);
	gen.code[far_jump].k = gen.len - far_jump - 1;
	emit_search(start, mid, hi);
}

static void emit_program(void)
{
	static unsigned start[CALLS_MAX];
	unsigned n = 0;

	gen.len = 0;
	emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, arch));
	emit(BPF_JMP | BPF_JEQ | BPF_K, 1, 0, seccomp_arch_native());
	emit(BPF_RET | BPF_K, 0, 0, verdict_code(V_KILL));
	emit(BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr));
	/* x32 numbers and anything negative; -1 is what a tracer leaves to skip a call and must not be killed. */
	emit(BPF_JMP | BPF_JGE | BPF_K, 0, 3, X32_BIT);
	emit(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0xffffffffu);
	emit(BPF_RET | BPF_K, 0, 0, verdict_code(V_NOSYS));
	emit(BPF_RET | BPF_K, 0, 0, verdict_code(V_KILL));
	for (unsigned nr = 0; nr < CALLS_MAX; nr++) {
		if (nr == 0 || !calls_agree(nr - 1, nr))
			start[n++] = nr;
	}
	emit_search(start, 0, n);
}

static void call_add(const char *name, size_t len, short rule)
{
	char text[64];
	struct call_rules *c;
	int nr;

	if (len >= sizeof text)
		fail("the name is too long", name);
	memcpy(text, name, len);
	text[len] = 0;
	nr = seccomp_syscall_resolve_name(text);
	/* Not on this architecture, or newer than this libseccomp: stays at ENOSYS. */
	if (nr < 0)
		return;
	if (nr >= CALLS_MAX)
		fail("the number is too high", text);
	c = &gen.calls[nr];
	if (c->count && rules[c->list[c->count - 1]].conds == 0)
		fail("has two rules without conditions", text);
	if (c->count == (int)(sizeof c->list / sizeof *c->list))
		fail("has too many rules", text);
	c->list[c->count++] = rule;
}

static void rules_collect(void)
{
	memset(gen.calls, 0, sizeof gen.calls);
	for (short i = 0; i < (short)rules_count; i++) {
		const char *s = rules[i].calls;

		if (!(rules[i].tiers & (gen.v.tier == 1 ? IN_T1 : IN_T2)))
			continue;
		while (*s) {
			size_t len = strcspn(s, " ");

			call_add(s, len, i);
			s += len + (s[len] == ' ');
		}
	}
	for (unsigned nr = 0; nr < CALLS_MAX; nr++) {
		const struct call_rules *c = &gen.calls[nr];

		if (c->count && rules[c->list[c->count - 1]].conds)
			fail("lacks a last rule without conditions", rules[c->list[0]].calls);
	}
}

/*
 * What the supervisor does with a call of the current variant's tier. A call that is only reported must never be one
 * that some arguments forbid: the supervisor lets it go on.
 */
static const char *call_class(int nr)
{
	const struct call_rules *c = &gen.calls[nr];
	bool report = false;
	bool deny = false;
	bool mediate = false;
	bool gate = false;

	for (int i = 0; i < c->count; i++) {
		enum verdict v = rules[c->list[i]].verdict;

		report = report || v == V_REPORT;
		mediate = mediate || v == V_MEDIATE;
		gate = gate || v == V_GATE;
		deny = deny || v == V_DENY || v == V_NO_FAMILY;
	}
	if (report + deny + mediate + gate > 1)
		fail("is both reported and denied", rules[c->list[0]].calls);
	return gate ? "FILTER_GATE" : report ? "FILTER_REPORT" : mediate ? "FILTER_MEDIATE" : "FILTER_DENY";
}

static void classes_print(int tier)
{
	gen.v = (struct variant){ tier, true, true };
	rules_collect();
	printf("static const unsigned char call_classes_%d[] = {\n", tier);
	for (int nr = 0; nr < CALLS_MAX; nr++)
		printf("\t[%d] = %s,\n", nr, call_class(nr));
	printf("};\n");
}

/* For reports: a run links no table of names. */
static void names_print(void)
{
	printf("static const char *const call_names[] = {\n");
	for (int nr = 0; nr < CALLS_MAX; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), nr);

		if (name)
			printf("\t[%d] = \"%s\",\n", nr, name);
		free(name);
	}
	printf("};\n");
}

int main(void)
{
	static const struct variant variants[] = {
		{ 1, false, false }, { 1, true, false }, { 1, true, true },
		{ 2, false, false }, { 2, true, false }, { 2, true, true },
	};
	enum { VARIANTS = sizeof variants / sizeof *variants };
	unsigned lens[VARIANTS];

	printf("/* Made by sandbox/filter_gen.c. */\n");
	for (unsigned i = 0; i < VARIANTS; i++) {
		gen.v = variants[i];
		rules_collect();
		emit_program();
		lens[i] = gen.len;
		printf("static const struct sock_filter code_%u[] = {\n", i);
		for (unsigned k = 0; k < gen.len; k++)
			printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", gen.code[k].code, gen.code[k].jt, gen.code[k].jf,
			       gen.code[k].k);
		printf("};\n");
	}
	printf("static const struct filter_program programs[] = {\n");
	for (unsigned i = 0; i < VARIANTS; i++)
		printf("\t{ \"ml\", %d, %s, %s, %u, code_%u },\n", variants[i].tier,
		       variants[i].notify ? "true" : "false", variants[i].opens ? "true" : "false", lens[i], i);
	printf("};\n");
	names_print();
	classes_print(1);
	classes_print(2);
	return fflush(stdout) || ferror(stdout);
}
