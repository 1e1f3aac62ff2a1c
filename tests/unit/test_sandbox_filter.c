/* The generated seccomp programs, run by our interpreter: against the rules for every number, and against plain expectations. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "base/str.h"
#include "sandbox/bpf.h"
#include "sandbox/filter.h"
#include "tests/support/wb_test.h"

#if defined __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#define FOREIGN AUDIT_ARCH_I386
#elif defined __aarch64__
#define NATIVE AUDIT_ARCH_AARCH64
#define FOREIGN AUDIT_ARCH_ARM
#endif

enum { LAST_NR = 600 };

static const uint64_t corners[] = {
	0, 1, 2, 3, 5, 6, 10, 16, 17, 38, 40, 262, 4, 8, 15, 22, 23, 24, 28, 35, 36, 38, 41,
	0x20000, 0xffffffff, 0xffffffffffffffff, 0x59616d61, 0x53564d41, 0x5412, 0x541c, 0x5423, 0x541d, 0x5401,
	0x80801, 0x80802, 0x800000001, 0x10000000, 0x20000000, 0x40000000, 0x02000000, 0x04000000, 0x08000000,
	0x00020000, 0x8, 0x20008, 0x7e020000, 0x01200011, 0x003d0f00, 0x2000, 0x6000, 0x1000, 0x8000, 0xc000, 0x21b6, 0x61b6,
	0x1234567800005412, 04755, 0104755, 0x40, 0x241, 0x410000, 1024, 1026, 0x40086602, 0x40049409,
	0x401c5820, 0x40087602, 0x8901, 0x8902,
};

enum { CORNERS = sizeof corners / sizeof *corners };

static uint32_t run(const struct filter_program *f, uint32_t arch, int nr, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = nr, .arch = arch };
	struct error err = { 0 };
	uint32_t verdict = 0;

	for (int i = 0; i < 6; i++)
		data.args[i] = args[i];
	assert_ok(bpf_run(f->code, f->len, &data, &verdict, &err), &err);
	return verdict;
}

static uint32_t run3(const struct filter_program *f, long nr, uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t args[6] = { a, b, c };

	return run(f, NATIVE, (int)nr, args);
}

/*
 * The profile's text, read here once more and by other means than profile.c: the oracle. One rule a call and a choice of
 * values, in the order of the text, those of an including file first.
 */
struct oracle_rule {
	char call[32];
	char verdict[16];
	unsigned tiers;
	int conds;
	struct {
		unsigned arg;
		uint32_t mask, value;
	} cond[3];
};

struct oracle {
	struct oracle_rule *rules;
	size_t count, cap;
};

static struct oracle oracles[2];

static uint32_t oracle_value(const char *text)
{
	uint32_t sum = 0;
	char copy[256];

	snprintf(copy, sizeof copy, "%s", text);
	for (char *save, *w = strtok_r(copy, "|", &save); w; w = strtok_r(NULL, "|", &save)) {
		uint32_t one;

		if (*w >= '0' && *w <= '9') {
			one = (uint32_t)strtoul(w, NULL, 0);
		} else {
			assert_true(profile_constant(w, &one));
		}
		sum |= one;
	}
	return sum;
}

/* Word i on: "argN [& MASK] == V[,V]" joined by "and"; each choice goes on with the words behind. */
static void oracle_conds(struct oracle *o, struct oracle_rule r, char words[][128], size_t i, size_t n)
{
	bool masked = i < n && words[i + 1][0] == '&';
	char values[128];

	if (i >= n) {
		mem_reserve(&o->rules, &o->cap, o->count + 1);
		o->rules[o->count++] = r;
		return;
	}
	r.cond[r.conds].arg = (unsigned)(words[i][3] - '0');
	r.cond[r.conds].mask = masked ? oracle_value(words[i + 2]) : 0xffffffff;
	memcpy(values, words[i + (masked ? 4 : 2)], sizeof values);
	r.conds++;
	for (char *save, *v = strtok_r(values, ",", &save); v; v = strtok_r(NULL, ",", &save)) {
		r.cond[r.conds - 1].value = oracle_value(v);
		oracle_conds(o, r, words, i + (masked ? 6 : 4), n);
	}
}

static void oracle_statement(struct oracle *o, char words[][128], size_t n)
{
	struct oracle_rule r = { .tiers = 3 };
	size_t first = 1, when = 1;

	if (n == 0 || strcmp(words[0], "profile") == 0 || strcmp(words[0], "include") == 0 ||
	    strcmp(words[0], "optional") == 0)
		return;
	snprintf(r.verdict, sizeof r.verdict, "%.15s", words[0]);
	if (strncmp(words[1], "tier", 4) == 0) {
		r.tiers = words[1][4] == '1' ? 1 : 2;
		first = when = 2;
	}
	while (when < n && strcmp(words[when], "when") != 0)
		when++;
	for (size_t i = first; i < when; i++) {
		snprintf(r.call, sizeof r.call, "%.31s", words[i]);
		oracle_conds(o, r, words, when + 1, n);
	}
}

static void oracle_read(struct oracle *o, const char *name)
{
	static char words[256][128];
	char path[512], line[1024];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/sandbox/profiles/%.20s.profile", wb_test_srcdir(), name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		bool joined = line[0] == ' ' || line[0] == '\t';

		line[strcspn(line, "#\n")] = 0;
		if (!joined) {
			oracle_statement(o, words, n);
			n = 0;
		}
		for (char *save, *w = strtok_r(line, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
			snprintf(words[n++], 128, "%.127s", w);
	}
	oracle_statement(o, words, n);
	fclose(f);
}

static void oracles_read(void)
{
	oracle_read(&oracles[0], "ml");
	oracle_read(&oracles[1], "compat");
	oracle_read(&oracles[1], "ml");
}

/* The verdict's word; what the text does not name does not exist. */
static const char *by_text(const struct filter_program *f, const char *name, const uint64_t args[6])
{
	const struct oracle *o = &oracles[strcmp(f->profile, "ml") != 0];

	for (size_t i = 0; i < o->count; i++) {
		const struct oracle_rule *r = &o->rules[i];
		bool holds = (r->tiers & (f->tier == 1 ? 1 : 2)) && strcmp(r->call, name) == 0;

		for (int k = 0; holds && k < r->conds; k++)
			holds = ((uint32_t)args[r->cond[k].arg] & r->cond[k].mask) == r->cond[k].value;
		if (holds)
			return r->verdict;
	}
	return "enosys";
}

static uint32_t expected(const struct filter_program *f, const char *v)
{
	uint32_t ask = SECCOMP_RET_USER_NOTIF;

	if (strcmp(v, "allow") == 0)
		return SECCOMP_RET_ALLOW;
	if (strcmp(v, "watch") == 0)
		return f->opens ? ask : SECCOMP_RET_ALLOW;
	if (strcmp(v, "deny") == 0 || strcmp(v, "mediate") == 0)
		return f->notify ? ask : SECCOMP_RET_ERRNO | EPERM;
	if (strcmp(v, "deny-family") == 0)
		return f->notify ? ask : SECCOMP_RET_ERRNO | EAFNOSUPPORT;
	if (strcmp(v, "eperm") == 0)
		return SECCOMP_RET_ERRNO | EPERM;
	assert_string_equal(v, "enosys");
	return SECCOMP_RET_ERRNO | ENOSYS;
}

static void check_args(const struct filter_program *f, int nr, const char *name, const uint64_t args[6])
{
	const char *v = name ? by_text(f, name, args) : "enosys";
	uint32_t got = run(f, NATIVE, nr, args);

	if (got != expected(f, v))
		fail_msg("%s, tier %d: %s(%llx, %llx, %llx): got %08x, the text says %s", f->profile, f->tier, name ? name : "?", (unsigned long long)args[0],
			 (unsigned long long)args[1], (unsigned long long)args[2], got, v);
}

static void filter__every_number_and_corner__does_what_the_text_says(void **state)
{
	(void)state;
	oracles_read();
	for (unsigned p = 0; filter_at(p); p++) {
		for (int nr = 0; nr <= LAST_NR; nr++) {
			const char *name = filter_call_name(nr);
			uint64_t args[6] = { 0 };

			check_args(filter_at(p), nr, name, args);
			for (int i = 0; i < CORNERS; i++) {
				for (int a = 0; a < 6; a++) {
					memset(args, 0, sizeof args);
					args[a] = corners[i];
					check_args(filter_at(p), nr, name, args);
					args[(a + 1) % 6] = corners[(i * 7 + 3) % CORNERS];
					check_args(filter_at(p), nr, name, args);
				}
			}
		}
	}
	free(oracles[0].rules);
	free(oracles[1].rules);
}

static void filter__foreign_architectures_and_x32__kill(void **state)
{
	const uint64_t args[6] = { 0 };

	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		for (int nr = 0; nr <= LAST_NR; nr++) {
			assert_int_equal(run(filter_at(p), FOREIGN, nr, args), SECCOMP_RET_KILL_PROCESS);
			assert_int_equal(run(filter_at(p), 0, nr, args), SECCOMP_RET_KILL_PROCESS);
			assert_int_equal(run(filter_at(p), NATIVE, nr | 0x40000000, args), SECCOMP_RET_KILL_PROCESS);
		}
		assert_int_equal(run(filter_at(p), NATIVE, -2, args), SECCOMP_RET_KILL_PROCESS);
	}
}

static void filter__unknown_numbers__do_not_exist(void **state)
{
	static const int numbers[] = { -1, 335, 400, 457, 458, 470, 600, 1023, 1024, 1000000, 0x3fffffff };
	const uint64_t args[6] = { 0 };

	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
			assert_int_equal(run(filter_at(p), NATIVE, numbers[i], args), SECCOMP_RET_ERRNO | ENOSYS);
	}
}

static void filter__dangerous_calls__never_reach_the_kernel(void **state)
{
	static const long calls[] = {
		SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare, SYS_ptrace, SYS_process_vm_readv,
		SYS_process_vm_writev, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key,
		SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_init_module, SYS_finit_module, SYS_kexec_load, SYS_reboot,
		SYS_swapon, SYS_settimeofday, SYS_clock_settime, SYS_sethostname, SYS_splice, SYS_tee, SYS_vmsplice, 425, 426,
		427, /* io_uring */ 428, 429, 430, 431, 432, 433, 435, /* new mount calls, clone3 */ 438, 440, 442, 443, 447, 448,
	};

	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
			for (int k = 0; k < CORNERS; k++) {
				uint32_t v = run3(filter_at(p), calls[i], corners[k], corners[(k + 5) % CORNERS], corners[k]);

				assert_true(v == SECCOMP_RET_USER_NOTIF || (v & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO);
			}
			/* What waits for the supervisor must be a call that it never lets go on. */
			assert_true(filter_call_class(filter_at(p)->tier, (int)calls[i]) == FILTER_DENY);
		}
	}
}

static void filter__clone__needs_no_namespace_flag(void **state)
{
	static const uint64_t flags[] = { CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
					  CLONE_NEWPID, CLONE_NEWNET };

	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		const struct filter_program *f = filter_at(p);

		assert_int_equal(run3(f, SYS_clone, 0x3d0f00, 0, 0), SECCOMP_RET_ALLOW);
		/* A fork that waits for an answer fails when a child's end interrupts it: shells cannot have that. */
		assert_int_equal(run3(f, SYS_clone, 17, 0, 0), SECCOMP_RET_ALLOW);
		assert_int_equal(run3(f, SYS_vfork, 0, 0, 0), SECCOMP_RET_ALLOW);
		for (size_t i = 0; i < 7; i++) {
			uint32_t plain = run3(f, SYS_clone, flags[i] | 17, 0, 0);
			uint32_t wide = run3(f, SYS_clone, flags[i] | 0x100000000, 0, 0);

			assert_int_not_equal(plain, SECCOMP_RET_ALLOW);
			assert_int_equal(wide, plain);
		}
		assert_int_equal(run3(f, 435, 0, 88, 0), SECCOMP_RET_ERRNO | ENOSYS);
	}
}

static void filter__sockets__are_local_ones_and_plain_tcp_udp(void **state)
{
	const struct filter_program *one = filter_find("ml", 1, false, false);
	const struct filter_program *two = filter_find("ml", 2, false, false);

	(void)state;
	assert_int_equal(run3(one, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 6), SECCOMP_RET_ALLOW);
	assert_int_equal(run3(one, SYS_socket, AF_UNIX, SOCK_DGRAM, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(run3(one, SYS_socket, AF_NETLINK, SOCK_RAW, 0), SECCOMP_RET_ALLOW);
	for (unsigned family = 0; family < 64; family++) {
		for (unsigned type = 0; type < 16; type++) {
			uint32_t v1 = run3(one, SYS_socket, family, type, 0);
			uint32_t v2 = run3(two, SYS_socket, family, type, 0);

			if (family != AF_UNIX && family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
				assert_int_equal(v1, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
			if (family != AF_UNIX || (type != SOCK_STREAM && type != SOCK_SEQPACKET))
				assert_int_equal(v2, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
		}
	}
	/* MPTCP, SCTP, ICMP, raw; and high bits that the kernel would ignore. */
	assert_int_equal(run3(one, SYS_socket, AF_INET, SOCK_STREAM, 262), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(run3(one, SYS_socket, AF_INET, SOCK_STREAM, 132), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(run3(one, SYS_socket, AF_INET, SOCK_DGRAM, 1), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(run3(one, SYS_socket, AF_INET, SOCK_RAW, 255), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(run3(one, SYS_socket, 0x100000000 | 38, SOCK_SEQPACKET, 0), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
	assert_int_equal(run3(one, SYS_socket, AF_NETLINK, SOCK_RAW, 6), SECCOMP_RET_ERRNO | EAFNOSUPPORT);
}

static void filter__terminal_ioctls__are_compared_on_32_bits(void **state)
{
	const uint64_t high = 0xdead00000000;
	static const uint64_t commands[] = { TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS };

	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		for (size_t i = 0; i < 4; i++) {
			assert_int_not_equal(run3(filter_at(p), SYS_ioctl, 0, commands[i], 0), SECCOMP_RET_ALLOW);
			assert_int_not_equal(run3(filter_at(p), SYS_ioctl, 0, commands[i] | high, 0), SECCOMP_RET_ALLOW);
		}
		assert_int_equal(run3(filter_at(p), SYS_ioctl, 0, TCGETS, 0), SECCOMP_RET_ALLOW);
	}
}

static void filter__between_load_and_exec__nothing_asks(void **state)
{
	static const long calls[] = { SYS_sendmsg, SYS_execve, SYS_close, SYS_read, SYS_write, SYS_exit_group, SYS_brk,
				      SYS_mmap, SYS_munmap, SYS_faccessat, SYS_rt_sigreturn };

	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
			assert_int_equal(run3(filter_at(p), calls[i], 3, 4, 5), SECCOMP_RET_ALLOW);
	}
}

static void filter__what_may_go_on__is_never_refused_by_argument(void **state)
{
	(void)state;
	for (int tier = 1; tier <= 2; tier++) {
		const struct filter_program *asking = filter_find("ml", tier, true, true);
		const struct filter_program *alone = filter_find("ml", tier, false, false);

		for (int nr = 0; nr <= LAST_NR; nr++) {
			if (filter_call_class(tier, nr) != FILTER_REPORT)
				continue;
			for (int i = 0; i < CORNERS * CORNERS; i++) {
				uint64_t a = corners[i % CORNERS], b = corners[i / CORNERS], c = corners[(i + 11) % CORNERS];

				/* What waits for the supervisor, who lets it go on, would be allowed without one. */
				if (run3(asking, nr, a, b, c) == SECCOMP_RET_USER_NOTIF)
					assert_int_equal(run3(alone, nr, a, b, c), SECCOMP_RET_ALLOW);
			}
		}
	}
	assert_int_equal(filter_call_class(2, SYS_fchownat), FILTER_MEDIATE);
	assert_int_equal(filter_call_class(2, SYS_connect), FILTER_MEDIATE);
	assert_int_equal(filter_call_class(1, SYS_openat), FILTER_REPORT);
	assert_int_equal(filter_call_class(1, 5000), FILTER_DENY);
}

static void filter__setuid_modes__are_refused_however_they_come(void **state)
{
	(void)state;
	for (unsigned p = 0; filter_at(p); p++) {
		const struct filter_program *f = filter_at(p);
		const uint64_t at[6] = { 0, 0, O_CREAT | O_WRONLY, 04755 };
		const uint64_t temporary[6] = { 0, 0, O_TMPFILE | O_RDWR, 06755 };
		const uint32_t refused = SECCOMP_RET_ERRNO | EPERM;

		assert_int_equal(run3(f, SYS_fchmod, 3, 04755, 0), refused);
		assert_int_equal(run3(f, SYS_fchmod, 3, 0xffff00000000 | 04644, 0), refused);
		assert_int_equal(run3(f, SYS_fchmodat, 3, 0, 04755), refused);
		assert_int_equal(run3(f, SYS_mknodat, 3, 0, S_IFREG | 04755), refused);
		assert_int_equal(run(f, NATIVE, SYS_openat, at), refused);
		assert_int_equal(run(f, NATIVE, SYS_openat, temporary), refused);
		assert_int_equal(run3(f, 437 /* openat2 */, 0, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	}
}

static void filter__find_and_digest__tell_programs_apart(void **state)
{
	char a[65];
	char b[65];

	(void)state;
	assert_null(filter_find("other", 1, true, true));
	assert_null(filter_find("ml", 4, true, true));
	assert_ptr_equal(filter_find("ml", 3, true, true), filter_find("ml", 2, true, true));
	assert_ptr_not_equal(filter_find("ml", 1, true, true), filter_find("compat", 1, true, true));
	assert_ptr_equal(filter_find("ml", 1, false, true), filter_find("ml", 1, false, false));
	filter_digest(filter_find("ml", 1, true, true), a);
	filter_digest(filter_find("ml", 1, true, false), b);
	assert_int_equal(strlen(a), 64);
	assert_string_not_equal(a, b);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(filter__every_number_and_corner__does_what_the_text_says),
	cmocka_unit_test(filter__foreign_architectures_and_x32__kill),
	cmocka_unit_test(filter__unknown_numbers__do_not_exist),
	cmocka_unit_test(filter__dangerous_calls__never_reach_the_kernel),
	cmocka_unit_test(filter__clone__needs_no_namespace_flag),
	cmocka_unit_test(filter__sockets__are_local_ones_and_plain_tcp_udp),
	cmocka_unit_test(filter__terminal_ioctls__are_compared_on_32_bits),
	cmocka_unit_test(filter__between_load_and_exec__nothing_asks),
	cmocka_unit_test(filter__what_may_go_on__is_never_refused_by_argument),
	cmocka_unit_test(filter__setuid_modes__are_refused_however_they_come),
	cmocka_unit_test(filter__find_and_digest__tell_programs_apart),
};

WB_TEST_MAIN(tests)
