/* Resource limits and the system call filter of wb-tensor. */
#include "config.h"

#include "store/tensor_confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"

#if defined(__x86_64__)
#define FILTER_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define FILTER_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_ARCH AUDIT_ARCH_RISCV64
#endif

/* A sanitizer's runtime needs terabytes of address space, and calls of its own while it writes a report. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

enum {
	CPU_SECONDS = IS_SANITIZED ? 10 : 5, /* then SIGXCPU, and a little later SIGKILL */
	CPU_SECONDS_MORE = 2,
	MEMORY_MIB = 1024,
	PROGRAM_MAX = 192,
};

#ifdef FILTER_ARCH

/* What a rule asks of the call's arguments; any other answer ends the process. */
enum check {
	CHECK_NONE,      /* allowed */
	CHECK_FAIL,      /* returns EACCES: the library asks and lives without it */
	CHECK_FD_OUT,    /* argument 0 is descriptor 1 or 2 */
	CHECK_ANONYMOUS, /* mmap: not executable, no file behind it */
	CHECK_NO_EXEC,   /* argument 2 has no PROT_EXEC */
	CHECK_SELF,      /* argument 0 is this process */
};

struct rule {
	int call;
	enum check check;
};

static const struct rule rules[] = {
	{ SYS_pread64, CHECK_NONE },
	{ SYS_write, CHECK_FD_OUT },
	{ SYS_mmap, CHECK_ANONYMOUS },
	{ SYS_mprotect, CHECK_NO_EXEC },
	{ SYS_munmap, CHECK_NONE },
	{ SYS_mremap, CHECK_NONE },
	{ SYS_madvise, CHECK_NONE },
	{ SYS_brk, CHECK_NONE },
	{ SYS_futex, CHECK_NONE },
	{ SYS_clock_gettime, CHECK_NONE },
	{ SYS_gettimeofday, CHECK_NONE },
	{ SYS_getrandom, CHECK_NONE },
	{ SYS_sysinfo, CHECK_NONE }, /* qsort() asks how much memory there is */
	{ SYS_close, CHECK_NONE },
	{ SYS_exit, CHECK_NONE },
	{ SYS_exit_group, CHECK_NONE },
	{ SYS_rt_sigreturn, CHECK_NONE },
	/* abort() */
	{ SYS_rt_sigprocmask, CHECK_NONE },
	{ SYS_rt_sigaction, CHECK_NONE },
	{ SYS_getpid, CHECK_NONE },
	{ SYS_gettid, CHECK_NONE },
	{ SYS_tgkill, CHECK_SELF },
	/* A file that names other files makes the library try these. */
	{ SYS_openat, CHECK_FAIL },
	{ SYS_newfstatat, CHECK_FAIL },
	{ SYS_faccessat, CHECK_FAIL },
	{ SYS_readlinkat, CHECK_FAIL },
	{ SYS_getcwd, CHECK_FAIL },
	{ SYS_fstat, CHECK_FAIL },
	{ SYS_ioctl, CHECK_FAIL },
	{ SYS_fcntl, CHECK_FAIL },
	{ SYS_lseek, CHECK_FAIL },
	/* The library naps before it reads a block with a wrong checksum again. */
	{ SYS_nanosleep, CHECK_FAIL },
	{ SYS_clock_nanosleep, CHECK_FAIL },
#if defined(__SANITIZE_ADDRESS__)
	{ SYS_sigaltstack, CHECK_NONE },
	{ SYS_sched_yield, CHECK_NONE },
#endif
#if defined(__x86_64__)
	{ SYS_open, CHECK_FAIL },
	{ SYS_stat, CHECK_FAIL },
	{ SYS_lstat, CHECK_FAIL },
	{ SYS_access, CHECK_FAIL },
	{ SYS_readlink, CHECK_FAIL },
#endif
};

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

/* The low half of argument i; all three processors are little-endian. */
static size_t argument(unsigned i)
{
	return offsetof(struct seccomp_data, args) + 8 * (size_t)i;
}

/* Each rule is closed in itself: the number does not match and the next rule is reached, or an action is returned. */
static void emit_rule(struct program *p, const struct rule *r, uint32_t kill_action)
{
	static const uint8_t lengths[] = {
		[CHECK_NONE] = 1, [CHECK_FAIL] = 1, [CHECK_FD_OUT] = 5,
		[CHECK_ANONYMOUS] = 6, [CHECK_NO_EXEC] = 4, [CHECK_SELF] = 4,
	};

	emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)r->call, 0, lengths[r->check]);
	switch (r->check) {
	case CHECK_NONE:
		break;
	case CHECK_FAIL:
		emit_return(p, SECCOMP_RET_ERRNO | EACCES);
		return;
	case CHECK_FD_OUT:
		emit_load(p, argument(0));
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, STDOUT_FILENO, 2, 0);
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, STDERR_FILENO, 1, 0);
		emit_return(p, kill_action);
		break;
	case CHECK_ANONYMOUS:
		emit_load(p, argument(2));
		emit(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 2, 0);
		emit_load(p, argument(4));
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0);
		emit_return(p, kill_action);
		break;
	case CHECK_NO_EXEC:
		emit_load(p, argument(2));
		emit(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
		emit_return(p, kill_action);
		break;
	case CHECK_SELF:
		emit_load(p, argument(0));
		emit(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0);
		emit_return(p, kill_action);
		break;
	}
	emit_return(p, SECCOMP_RET_ALLOW);
}

static int filter_install(struct error *err)
{
	/* With a sanitizer a forbidden call fails instead, so that its report is seen. */
	const uint32_t kill_action = IS_SANITIZED ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS;
	struct program p = { .len = 0 };
	struct sock_fprog prog;

	emit_load(&p, offsetof(struct seccomp_data, arch));
	emit(&p, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCH, 1, 0);
	emit_return(&p, SECCOMP_RET_KILL_PROCESS);
	emit_load(&p, offsetof(struct seccomp_data, nr));
	/* x32 calls carry bit 30: they match no number below and fall to the end. */
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		emit_rule(&p, &rules[i], kill_action);
	emit_return(&p, kill_action);
	if (p.len > PROGRAM_MAX)
		return error_set(err, ERR_INTERNAL, "the filter of the tensor worker is longer than its buffer");

	prog = (struct sock_fprog){ .len = p.len, .filter = p.code };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return error_set(err, ERR_UNSUPPORTED, "this kernel takes no system call filter (%s), and without "
				 "one no tensor file is read", strerror(errno));
	return 0;
}

#else

static int filter_install(struct error *err)
{
	return error_set(err, ERR_UNSUPPORTED, "there is no system call filter for this processor, and without one no "
			 "tensor file is read");
}

#endif

static int limit_set(int resource, rlim_t soft, rlim_t hard, struct error *err)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == 0 && now.rlim_max < hard)
		hard = now.rlim_max;
	now = (struct rlimit){ soft < hard ? soft : hard, hard };
	if (setrlimit(resource, &now) < 0)
		return error_sys(err, "limiting the tensor worker");
	return 0;
}

int tensor_confine(struct error *err)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (syscall(SYS_close_range, TENSOR_FD + 1, ~0U, 0) < 0) {
		for (int fd = TENSOR_FD + 1; fd < 1024; fd++)
			close(fd);
	}
	if (limit_set(RLIMIT_CORE, 0, 0, err) < 0 || limit_set(RLIMIT_FSIZE, 0, 0, err) < 0 ||
	    limit_set(RLIMIT_NOFILE, TENSOR_FD + 1, TENSOR_FD + 1, err) < 0 ||
	    limit_set(RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + CPU_SECONDS_MORE, err) < 0)
		return -1;
	if (!IS_SANITIZED && limit_set(RLIMIT_AS, MEMORY_MIB * LIMIT_MIB, MEMORY_MIB * LIMIT_MIB, err) < 0)
		return -1;
	return filter_install(err);
}
