/* The interpreter itself: each instruction class, and what the kernel would refuse. */
#include "config.h"

#include "sandbox/bpf.h"

#include "tests/support/wb_test.h"

static const struct seccomp_data data = { .nr = 7, .arch = 0x11223344, .args = { 0x1111111122222222 } };

static uint32_t verdict_of(const struct sock_filter *code, unsigned len)
{
	struct error err = { 0 };
	uint32_t v = 0;

	assert_ok(bpf_run(code, len, &data, &v, &err), &err);
	return v;
}

static void bpf__loads__read_the_fields_of_a_call(void **state)
{
	const struct sock_filter nr[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_A, 0) };
	const struct sock_filter arch[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4), BPF_STMT(BPF_RET | BPF_A, 0) };
	const struct sock_filter low[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16), BPF_STMT(BPF_RET | BPF_A, 0) };
	const struct sock_filter len[] = { BPF_STMT(BPF_LD | BPF_LEN, 0), BPF_STMT(BPF_RET | BPF_A, 0) };

	(void)state;
	assert_int_equal(verdict_of(nr, 2), 7);
	assert_int_equal(verdict_of(arch, 2), 0x11223344);
	assert_int_equal(verdict_of(low, 2), 0x22222222);
	assert_int_equal(verdict_of(len, 2), sizeof data);
}

static void bpf__arithmetic_and_scratch__compute(void **state)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_IMM, 6),        BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 4), BPF_STMT(BPF_ALU | BPF_MUL | BPF_X, 0),
		BPF_STMT(BPF_ST, 3),                  BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 3),        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x3c),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2), BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 33),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_K, 5),  BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};

	(void)state;
	assert_int_equal(verdict_of(code, sizeof code / sizeof *code), 4);
}

static void bpf__jumps__go_where_the_comparison_says(void **state)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 7, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 7, 0, 2), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1),
		BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_RET | BPF_K, 1), BPF_STMT(BPF_RET | BPF_K, 2),
	};

	(void)state;
	assert_int_equal(verdict_of(code, sizeof code / sizeof *code), 2);
}

static void bpf__what_the_kernel_refuses__is_an_error(void **state)
{
	const struct sock_filter past[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof data), BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter odd[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter byte[] = { BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter zero[] = { BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_filter open_end[] = { BPF_STMT(BPF_LD | BPF_IMM, 0) };
	const struct sock_filter scratch[] = { BPF_STMT(BPF_ST, 16), BPF_STMT(BPF_RET | BPF_K, 0) };
	struct error err = { 0 };
	uint32_t v;

	(void)state;
	assert_refused(bpf_run(past, 2, &data, &v, &err), &err, ERR_CORRUPT, "offset");
	assert_refused(bpf_run(odd, 2, &data, &v, &err), &err, ERR_CORRUPT, "offset");
	assert_refused(bpf_run(byte, 2, &data, &v, &err), &err, ERR_CORRUPT, "not allowed");
	assert_refused(bpf_run(zero, 2, &data, &v, &err), &err, ERR_CORRUPT, "zero");
	assert_refused(bpf_run(open_end, 1, &data, &v, &err), &err, ERR_CORRUPT, "past its end");
	assert_refused(bpf_run(scratch, 2, &data, &v, &err), &err, ERR_CORRUPT, "scratch");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(bpf__loads__read_the_fields_of_a_call),
	cmocka_unit_test(bpf__arithmetic_and_scratch__compute),
	cmocka_unit_test(bpf__jumps__go_where_the_comparison_says),
	cmocka_unit_test(bpf__what_the_kernel_refuses__is_an_error),
};

WB_TEST_MAIN(tests)
