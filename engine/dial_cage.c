/* The dialer's cage: a filter of system calls, and Landlock where the kernel has it. */
#include "config.h"

#include "engine/dial_cage.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/confine.h"
#include "base/fs.h"

/* Landlock's first version (linux/landlock.h): every right to files; reading; the kind of rule. */
#define LANDLOCK_ALL 0x1fffu
#define LANDLOCK_READ 0x000du
enum { LANDLOCK_PATH_BENEATH = 1 };

struct landlock_attr {
	uint64_t fs;
};

struct __attribute__((packed)) landlock_path {
	uint64_t allowed;
	int32_t fd;
};

/* Where the name service has its settings, its tables, its modules and its sockets. */
static const char *const read_folders[] = {
	"/etc", "/usr", "/lib", "/lib32", "/lib64", "/run", "/var/run", "/var/lib/sss", "/nix/store", "/gnu/store",
};

static const struct confine_rule rules[] = {
#if CONFINE_KNOWS_PROCESSOR
	{ SYS_read, CONFINE_ALLOW },
	{ SYS_write, CONFINE_ALLOW },
	{ SYS_writev, CONFINE_ALLOW },
	{ SYS_pread64, CONFINE_ALLOW },
	{ SYS_close, CONFINE_ALLOW },
	{ SYS_lseek, CONFINE_ALLOW },
	{ SYS_fcntl, CONFINE_ALLOW },
	{ SYS_openat, CONFINE_READ_ONLY },
	{ SYS_fstat, CONFINE_ALLOW },
	{ SYS_newfstatat, CONFINE_ALLOW },
	{ SYS_statx, CONFINE_ALLOW },
	{ SYS_readlinkat, CONFINE_ALLOW },
	{ SYS_faccessat, CONFINE_ALLOW },
	{ SYS_getdents64, CONFINE_ALLOW },
#ifdef SYS_stat
	{ SYS_stat, CONFINE_ALLOW },
	{ SYS_lstat, CONFINE_ALLOW },
	{ SYS_access, CONFINE_ALLOW },
	{ SYS_readlink, CONFINE_ALLOW },
	{ SYS_poll, CONFINE_ALLOW },
	{ SYS_epoll_wait, CONFINE_ALLOW },
	{ SYS_alarm, CONFINE_ALLOW },
	{ SYS_fork, CONFINE_ALLOW },
	{ SYS_arch_prctl, CONFINE_ALLOW },
	{ SYS_time, CONFINE_ALLOW },
#endif
	{ SYS_setitimer, CONFINE_ALLOW },
	{ SYS_ppoll, CONFINE_ALLOW },
	{ SYS_epoll_create1, CONFINE_ALLOW },
	{ SYS_epoll_ctl, CONFINE_ALLOW },
	{ SYS_epoll_pwait, CONFINE_ALLOW },
	{ SYS_timerfd_create, CONFINE_ALLOW },
	{ SYS_timerfd_settime, CONFINE_ALLOW },
	{ SYS_socket, CONFINE_SOCKET },
	{ SYS_connect, CONFINE_ALLOW },
	{ SYS_bind, CONFINE_ALLOW },
	{ SYS_getsockname, CONFINE_ALLOW },
	{ SYS_getpeername, CONFINE_ALLOW },
	{ SYS_getsockopt, CONFINE_ALLOW },
	{ SYS_setsockopt, CONFINE_ALLOW },
	{ SYS_sendto, CONFINE_ALLOW },
	{ SYS_sendmsg, CONFINE_ALLOW },
	{ SYS_sendmmsg, CONFINE_ALLOW },
	{ SYS_recvfrom, CONFINE_ALLOW },
	{ SYS_recvmsg, CONFINE_ALLOW },
	{ SYS_shutdown, CONFINE_ALLOW },
	{ SYS_ioctl, CONFINE_ALLOW },
	{ SYS_mmap, CONFINE_ALLOW },
	{ SYS_mprotect, CONFINE_ALLOW },
	{ SYS_munmap, CONFINE_ALLOW },
	{ SYS_mremap, CONFINE_ALLOW },
	{ SYS_madvise, CONFINE_ALLOW },
	{ SYS_brk, CONFINE_ALLOW },
	{ SYS_futex, CONFINE_ALLOW },
	{ SYS_clone, CONFINE_FORK },
	{ SYS_set_robust_list, CONFINE_ALLOW },
	{ SYS_rseq, CONFINE_ALLOW },
	{ SYS_wait4, CONFINE_ALLOW },
	{ SYS_prctl, CONFINE_ALLOW },
	{ SYS_getpid, CONFINE_ALLOW },
	{ SYS_gettid, CONFINE_ALLOW },
	{ SYS_getuid, CONFINE_ALLOW },
	{ SYS_geteuid, CONFINE_ALLOW },
	{ SYS_getgid, CONFINE_ALLOW },
	{ SYS_getegid, CONFINE_ALLOW },
	{ SYS_uname, CONFINE_ALLOW },
	{ SYS_getrandom, CONFINE_ALLOW },
	{ SYS_clock_gettime, CONFINE_ALLOW },
	{ SYS_gettimeofday, CONFINE_ALLOW },
	{ SYS_clock_nanosleep, CONFINE_ALLOW },
	{ SYS_restart_syscall, CONFINE_ALLOW },
	{ SYS_rt_sigaction, CONFINE_ALLOW },
	{ SYS_rt_sigprocmask, CONFINE_ALLOW },
	{ SYS_rt_sigreturn, CONFINE_ALLOW },
	{ SYS_exit, CONFINE_ALLOW },
	{ SYS_exit_group, CONFINE_ALLOW },
	CONFINE_SANITIZER
#else
	{ SYS_exit_group, CONFINE_ALLOW },
#endif
};

static int allow_reading(int ruleset, const char *path, struct error *err)
{
	CLEANUP(close) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct landlock_path beneath = { .allowed = LANDLOCK_READ, .fd = fd };

	if (fd < 0)
		return 0;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &beneath, 0) < 0)
		return error_sys(err, "the dialer's view of %s", path);
	return 0;
}

/* The folder that resolv.conf really lies in may be anywhere. */
static int allow_resolv_conf(int ruleset, struct error *err)
{
	CLEANUP(free) char *real = NULL;
	struct error ignored = { 0 };

	if (fs_realpath("/etc/resolv.conf", &real, &ignored) < 0)
		return 0;
	real[fs_basename(real) - real] = '\0';
	return *real ? allow_reading(ruleset, real, err) : 0;
}

/* Files that the name service has no use for cannot even be read. An addition: kernels without it are as good as before. */
static int hide_files(struct error *err)
{
	struct landlock_attr attr = { .fs = LANDLOCK_ALL };
	CLEANUP(close) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (ruleset < 0)
		return 0;
	for (size_t i = 0; i < sizeof read_folders / sizeof *read_folders; i++)
		if (allow_reading(ruleset, read_folders[i], err) < 0)
			return -1;
	if (allow_resolv_conf(ruleset, err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return error_sys(err, "the dialer's view of files");
	return 0;
}

int dial_cage(struct error *err)
{
	if (hide_files(err) < 0)
		return -1;
	return confine_self_mildly(rules, sizeof rules / sizeof *rules, "the network broker", err);
}
