/* Classic BPF as seccomp restricts it (kernel/seccomp.c, seccomp_check_filter): 32-bit loads from seccomp_data only. */
#include "config.h"

#include "sandbox/bpf.h"

#include <stdbool.h>
#include <string.h>

struct machine {
	uint32_t a;
	uint32_t x;
	uint32_t mem[BPF_MEMWORDS];
};

static int alu(struct machine *m, const struct sock_filter *i, struct error *err)
{
	uint32_t v = BPF_SRC(i->code) == BPF_X ? m->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_ADD: m->a += v; return 0;
	case BPF_SUB: m->a -= v; return 0;
	case BPF_MUL: m->a *= v; return 0;
	case BPF_AND: m->a &= v; return 0;
	case BPF_OR: m->a |= v; return 0;
	case BPF_XOR: m->a ^= v; return 0;
	case BPF_NEG: m->a = -m->a; return 0;
	case BPF_LSH: m->a = v < 32 ? m->a << v : 0; return 0;
	case BPF_RSH: m->a = v < 32 ? m->a >> v : 0; return 0;
	case BPF_DIV:
		if (v == 0)
			return error_set(err, ERR_CORRUPT, "division by zero");
		m->a /= v;
		return 0;
	default:
		return error_set(err, ERR_CORRUPT, "arithmetic 0x%x is not known", i->code);
	}
}

static int load(uint32_t *to, const struct sock_filter *i, const struct machine *m, const struct seccomp_data *data,
		struct error *err)
{
	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		*to = i->k;
		return 0;
	case BPF_MEM:
		if (i->k >= BPF_MEMWORDS)
			return error_set(err, ERR_CORRUPT, "scratch word %u does not exist", i->k);
		*to = m->mem[i->k];
		return 0;
	case BPF_LEN:
		*to = sizeof *data;
		return 0;
	case BPF_ABS:
		if (BPF_SIZE(i->code) != BPF_W || i->k % 4 || i->k + 4 > sizeof *data)
			return error_set(err, ERR_CORRUPT, "load from offset %u is not allowed", i->k);
		memcpy(to, (const char *)data + i->k, sizeof *to);
		return 0;
	default:
		return error_set(err, ERR_CORRUPT, "load 0x%x is not known", i->code);
	}
}

static int jump(unsigned *pc, const struct machine *m, const struct sock_filter *i, struct error *err)
{
	uint32_t v = BPF_SRC(i->code) == BPF_X ? m->x : i->k;
	bool yes;

	switch (BPF_OP(i->code)) {
	case BPF_JA: *pc += i->k; return 0;
	case BPF_JEQ: yes = m->a == v; break;
	case BPF_JGT: yes = m->a > v; break;
	case BPF_JGE: yes = m->a >= v; break;
	case BPF_JSET: yes = m->a & v; break;
	default: return error_set(err, ERR_CORRUPT, "jump 0x%x is not known", i->code);
	}
	*pc += yes ? i->jt : i->jf;
	return 0;
}

static int store(struct machine *m, const struct sock_filter *i, uint32_t v, struct error *err)
{
	if (i->k >= BPF_MEMWORDS)
		return error_set(err, ERR_CORRUPT, "scratch word %u does not exist", i->k);
	m->mem[i->k] = v;
	return 0;
}

static int step(struct machine *m, const struct sock_filter *i, unsigned *pc, const struct seccomp_data *data,
		struct error *err)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD: return load(&m->a, i, m, data, err);
	case BPF_LDX: return load(&m->x, i, m, data, err);
	case BPF_ST: return store(m, i, m->a, err);
	case BPF_STX: return store(m, i, m->x, err);
	case BPF_ALU: return alu(m, i, err);
	case BPF_JMP: return jump(pc, m, i, err);
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			m->x = m->a;
		else
			m->a = m->x;
		return 0;
	default: return error_set(err, ERR_CORRUPT, "instruction 0x%x is not known", i->code);
	}
}

int bpf_run(const struct sock_filter *code, unsigned len, const struct seccomp_data *data, uint32_t *out_verdict,
	    struct error *err)
{
	struct machine m = { 0 };
	unsigned pc = 0;

	/* Jumps only go forward, so this ends. */
	while (pc < len) {
		const struct sock_filter *i = &code[pc++];

		if (BPF_CLASS(i->code) == BPF_RET) {
			*out_verdict = BPF_RVAL(i->code) == BPF_A ? m.a : i->k;
			return 0;
		}
		if (step(&m, i, &pc, data, err))
			return error_wrap(err, "instruction %u", pc - 1);
	}
	return error_set(err, ERR_CORRUPT, "the program runs past its end");
}
