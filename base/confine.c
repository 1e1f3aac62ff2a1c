/* System call filters for our own small processes. */
#include "config.h"

#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_ARCH AUDIT_ARCH_RISCV64
#else
#define FILTER_ARCH 0
#endif

/* A sanitizer's runtime makes calls of its own while it writes a report: let it be seen. */
#if defined(__SANITIZE_ADDRESS__)
#define KILL_ACTION (SECCOMP_RET_ERRNO | EPERM)
#else
#define KILL_ACTION SECCOMP_RET_KILL_PROCESS
#endif

enum { PROGRAM_MAX = 256, RULES_MAX = 64 };

/* Every CLONE_NEW flag of linux/sched.h. */
#define NEW_SPACES 0x7e020080u

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short len;
};

static void emit(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	if (p->len < PROGRAM_MAX)
		p->code[p->len] = (struct sock_filter){ code, yes, no, k };
	p->len++;
}

static void emit_load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void emit_return(struct program *p, uint32_t action)
{
	emit(p, BPF_RET | BPF_K, action, 0, 0);
}

/* The low half of argument i; all supported processors are little-endian. */
static size_t argument(unsigned i)
{
	return offsetof(struct seccomp_data, args) + 8 * (size_t)i;
}

/* Passes over the rest of the rule when argument i holds one of those values. */
static void emit_unless(struct program *p, unsigned i, const uint32_t *values, uint8_t n)
{
	emit_load(p, argument(i));
	for (uint8_t k = 0; k < n; k++)
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, values[k], (uint8_t)(n - k), 0);
}

/* Each rule is closed in itself: either its number does not match and the next rule is reached, or an action is returned. */
static void emit_rule(struct program *p, const struct confine_rule *r)
{
	static const uint8_t lengths[] = {
		[CONFINE_ALLOW] = 1, [CONFINE_FAIL] = 1, [CONFINE_FD_OUT] = 5,
		[CONFINE_ANONYMOUS] = 6, [CONFINE_NO_EXEC] = 4, [CONFINE_SELF] = 4,
		[CONFINE_READ_ONLY] = 4, [CONFINE_SOCKET] = 7, [CONFINE_FORK] = 4,
	};

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, lengths[r->check]);
	switch (r->check) {
	case CONFINE_ALLOW:
		break;
	case CONFINE_FAIL:
		emit_return(p, SECCOMP_RET_ERRNO | EACCES);
		return;
	case CONFINE_FD_OUT:
		emit_unless(p, 0, (const uint32_t[]){ STDOUT_FILENO, STDERR_FILENO }, 2);
		emit_return(p, KILL_ACTION);
		break;
	case CONFINE_ANONYMOUS:
		emit_load(p, argument(2));
		emit(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 2, 0);
		emit_load(p, argument(4));
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0);
		emit_return(p, KILL_ACTION);
		break;
	case CONFINE_NO_EXEC:
		emit_load(p, argument(2));
		emit(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
		emit_return(p, KILL_ACTION);
		break;
	case CONFINE_SELF:
		emit_unless(p, 0, (const uint32_t[]){ (uint32_t)getpid() }, 1);
		emit_return(p, KILL_ACTION);
		break;
	case CONFINE_READ_ONLY:
		emit_load(p, argument(2));
		emit(p, BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE | O_CREAT | O_TRUNC, 0, 1);
		emit_return(p, SECCOMP_RET_ERRNO | EACCES);
		break;
	case CONFINE_SOCKET:
		emit_unless(p, 0, (const uint32_t[]){ AF_INET, AF_INET6, AF_UNIX, AF_NETLINK }, 4);
		emit_return(p, SECCOMP_RET_ERRNO | EACCES);
		break;
	case CONFINE_FORK:
		emit_load(p, argument(0));
		emit(p, BPF_JMP | BPF_JSET | BPF_K, NEW_SPACES, 0, 1);
		emit_return(p, SECCOMP_RET_ERRNO | EACCES);
		break;
	}
	emit_return(p, SECCOMP_RET_ALLOW);
}

static int install(const struct confine_rule *rules, size_t n, uint32_t otherwise, const char *what, struct error *err)
{
	struct program p = { .len = 0 };
	struct sock_fprog prog = { .filter = p.code };

	if (!CONFINE_KNOWS_PROCESSOR)
		return error_set(err, ERR_UNSUPPORTED, "%s: there is no system call filter for this processor", what);
	emit_load(&p, offsetof(struct seccomp_data, arch));
	emit(&p, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0);
	emit_return(&p, SECCOMP_RET_KILL_PROCESS);
	emit_load(&p, offsetof(struct seccomp_data, nr));
	/* x32 calls carry bit 30: they match no number below and fall to the end. */
	for (size_t i = 0; i < n; i++)
		emit_rule(&p, &rules[i]);
	emit_return(&p, otherwise);
	if (p.len > PROGRAM_MAX)
		return error_set(err, ERR_INTERNAL, "%s: the filter is longer than its buffer", what);
	prog.len = p.len;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return error_set(err, ERR_UNSUPPORTED, "%s: this kernel takes no system call filter (%s)", what, strerror(errno));
	return 0;
}

int confine_self(const struct confine_rule *rules, size_t n, const char *what, struct error *err)
{
	return install(rules, n, KILL_ACTION, what, err);
}

int confine_self_mildly(const struct confine_rule *rules, size_t n, const char *what, struct error *err)
{
	return install(rules, n, SECCOMP_RET_ERRNO | ENOSYS, what, err);
}

static const struct confine_rule parser_rules[] = {
#if CONFINE_KNOWS_PROCESSOR
	{ SYS_read, CONFINE_ALLOW },
	{ SYS_write, CONFINE_ALLOW },
	{ SYS_recvfrom, CONFINE_ALLOW },
	{ SYS_sendto, CONFINE_ALLOW },
	{ SYS_accept4, CONFINE_ALLOW },
#ifdef SYS_epoll_wait
	{ SYS_epoll_wait, CONFINE_ALLOW },
#endif
	{ SYS_epoll_pwait, CONFINE_ALLOW },
	{ SYS_epoll_ctl, CONFINE_ALLOW },
	{ SYS_close, CONFINE_ALLOW },
	{ SYS_mmap, CONFINE_ANONYMOUS },
	{ SYS_mprotect, CONFINE_NO_EXEC },
	{ SYS_munmap, CONFINE_ALLOW },
	{ SYS_mremap, CONFINE_ALLOW },
	{ SYS_madvise, CONFINE_ALLOW },
	{ SYS_brk, CONFINE_ALLOW },
	{ SYS_futex, CONFINE_ALLOW },
	{ SYS_clock_gettime, CONFINE_ALLOW },
	{ SYS_getrandom, CONFINE_ALLOW },
	{ SYS_restart_syscall, CONFINE_ALLOW },
	{ SYS_rt_sigreturn, CONFINE_ALLOW },
	{ SYS_exit, CONFINE_ALLOW },
	{ SYS_exit_group, CONFINE_ALLOW },
	/* abort() */
	{ SYS_rt_sigprocmask, CONFINE_ALLOW },
	{ SYS_rt_sigaction, CONFINE_ALLOW },
	{ SYS_getpid, CONFINE_ALLOW },
	{ SYS_gettid, CONFINE_ALLOW },
	{ SYS_tgkill, CONFINE_SELF },
	{ SYS_fstat, CONFINE_FAIL },
	{ SYS_openat, CONFINE_FAIL },
	CONFINE_SANITIZER
#else
	{ SYS_exit_group, CONFINE_ALLOW },
#endif
};

int confine_parser_with(const struct confine_rule *more, size_t n, const char *what, struct error *err)
{
	struct confine_rule all[RULES_MAX];
	size_t own = sizeof parser_rules / sizeof *parser_rules;

	if (own + n > RULES_MAX)
		return error_set(err, ERR_INTERNAL, "%s: the filter has more rules than fit", what);
	memcpy(all, parser_rules, sizeof parser_rules);
	if (n)
		memcpy(all + own, more, n * sizeof *more);
	return confine_self(all, own + n, what, err);
}

int confine_parser(struct error *err)
{
	return confine_self(parser_rules, sizeof parser_rules / sizeof *parser_rules, "the event door", err);
}
