/* Resource limits and the system call filter of wb-tensor. */
#include "config.h"

#include "store/tensor_confine.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/limits.h"

/* A sanitizer's runtime needs terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

enum {
	CPU_SECONDS_MORE = 2, /* from SIGXCPU to SIGKILL */
	MEMORY_MIB = 1024,
};

static const struct confine_rule rules[] = {
#if CONFINE_KNOWS_PROCESSOR
	{ SYS_pread64, CONFINE_ALLOW },
	{ SYS_write, CONFINE_FD_OUT },
	{ SYS_mmap, CONFINE_ANONYMOUS },
	{ SYS_mprotect, CONFINE_NO_EXEC },
	{ SYS_munmap, CONFINE_ALLOW },
	{ SYS_mremap, CONFINE_ALLOW },
	{ SYS_madvise, CONFINE_ALLOW },
	{ SYS_brk, CONFINE_ALLOW },
	{ SYS_futex, CONFINE_ALLOW },
	{ SYS_clock_gettime, CONFINE_ALLOW },
	{ SYS_gettimeofday, CONFINE_ALLOW },
	{ SYS_getrandom, CONFINE_ALLOW },
	{ SYS_sysinfo, CONFINE_ALLOW }, /* qsort() asks how much memory there is */
	{ SYS_close, CONFINE_ALLOW },
	{ SYS_exit, CONFINE_ALLOW },
	{ SYS_exit_group, CONFINE_ALLOW },
	{ SYS_rt_sigreturn, CONFINE_ALLOW },
	/* abort() */
	{ SYS_rt_sigprocmask, CONFINE_ALLOW },
	{ SYS_rt_sigaction, CONFINE_ALLOW },
	{ SYS_getpid, CONFINE_ALLOW },
	{ SYS_gettid, CONFINE_ALLOW },
	{ SYS_tgkill, CONFINE_SELF },
	/* A file that names other files makes the library try these. */
	{ SYS_openat, CONFINE_FAIL },
	{ SYS_newfstatat, CONFINE_FAIL },
	{ SYS_faccessat, CONFINE_FAIL },
	{ SYS_readlinkat, CONFINE_FAIL },
	{ SYS_getcwd, CONFINE_FAIL },
	{ SYS_fstat, CONFINE_FAIL },
	{ SYS_ioctl, CONFINE_FAIL },
	{ SYS_fcntl, CONFINE_FAIL },
	{ SYS_lseek, CONFINE_FAIL },
	/* The library naps before it reads a block with a wrong checksum again. */
	{ SYS_nanosleep, CONFINE_FAIL },
	{ SYS_clock_nanosleep, CONFINE_FAIL },
#if defined(__SANITIZE_ADDRESS__)
	{ SYS_sigaltstack, CONFINE_ALLOW },
	{ SYS_sched_yield, CONFINE_ALLOW },
#endif
#if defined(__x86_64__)
	{ SYS_open, CONFINE_FAIL },
	{ SYS_stat, CONFINE_FAIL },
	{ SYS_lstat, CONFINE_FAIL },
	{ SYS_access, CONFINE_FAIL },
	{ SYS_readlink, CONFINE_FAIL },
#endif
#else
	{ SYS_exit_group, CONFINE_ALLOW },
#endif
};

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

/* The common rules, and those that a cage adds. */
static int filter_install(const struct tensor_cage *cage, struct error *err)
{
	struct confine_rule all[sizeof rules / sizeof *rules + 2];
	size_t n = sizeof rules / sizeof *rules;

	memcpy(all, rules, sizeof rules);
#if CONFINE_KNOWS_PROCESSOR
	if (cage->reads_input)
		all[n++] = (struct confine_rule){ SYS_read, CONFINE_ALLOW };
	if (cage->write_bytes)
		all[n++] = (struct confine_rule){ SYS_pwrite64, CONFINE_ALLOW };
#endif
	return confine_self(all, n, cage->what, err);
}

int tensor_confine_as(const struct tensor_cage *cage, struct error *err)
{
	rlim_t cpu = (rlim_t)(cage->cpu_seconds ? cage->cpu_seconds : TENSOR_CPU_SECONDS) * (IS_SANITIZED ? 2 : 1);
	unsigned next = (unsigned)cage->last_fd + 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	if (syscall(SYS_close_range, next, ~0U, 0) < 0) {
		for (int fd = (int)next; fd < 1024; fd++)
			close(fd);
	}
	if (limit_set(RLIMIT_CORE, 0, 0, err) < 0 || limit_set(RLIMIT_FSIZE, cage->write_bytes, cage->write_bytes, err) < 0 ||
	    limit_set(RLIMIT_NOFILE, next, next, err) < 0 || limit_set(RLIMIT_CPU, cpu, cpu + CPU_SECONDS_MORE, err) < 0)
		return -1;
	if (!IS_SANITIZED && limit_set(RLIMIT_AS, MEMORY_MIB * LIMIT_MIB, MEMORY_MIB * LIMIT_MIB, err) < 0)
		return -1;
	if (filter_install(cage, err) < 0)
		return error_hint(err, "without a filter no file of others is read");
	return 0;
}

int tensor_confine(unsigned cpu_seconds, struct error *err)
{
	const struct tensor_cage cage = { .what = "the tensor worker", .cpu_seconds = cpu_seconds, .last_fd = TENSOR_FD };

	return tensor_confine_as(&cage, err);
}
