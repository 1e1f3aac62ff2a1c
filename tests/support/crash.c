/* Stopping a traced child at system calls. */
#include "config.h"

#include "tests/support/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/support/wb_test.h"

enum { CALLS_MAX = 20000, CHILD_FAILED = 90, CHILD_UNTRACED = 91 };

/* Calls after which the files are not what they were. */
static bool changes_files(const struct __ptrace_syscall_info *info)
{
	static const long calls[] = {
		SYS_write,     SYS_pwrite64,   SYS_writev,    SYS_pwritev,   SYS_fsync,     SYS_fdatasync, SYS_syncfs,
		SYS_renameat2, SYS_renameat,   SYS_linkat,    SYS_symlinkat, SYS_unlinkat,  SYS_mkdirat,   SYS_ftruncate,
		SYS_fallocate, SYS_fchmodat,   SYS_fchmod,    SYS_utimensat, SYS_flock,     SYS_copy_file_range,
		SYS_ioctl,
#ifdef SYS_unlink
		SYS_rename,    SYS_link,       SYS_symlink,   SYS_unlink,    SYS_rmdir,     SYS_mkdir,     SYS_chmod,
#endif
	};

	if (info->entry.nr == SYS_openat)
		return info->entry.args[2] & O_CREAT;
#ifdef SYS_open
	if (info->entry.nr == SYS_open)
		return info->entry.args[1] & O_CREAT;
#endif
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (info->entry.nr == (uint64_t)calls[i])
			return true;
	return false;
}

/* True when the traced child stands before such a call. */
static bool at_change(pid_t pid)
{
	struct __ptrace_syscall_info info;

	memset(&info, 0, sizeof info);
	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY && changes_files(&info);
}

static _Noreturn void child(crash_fn *fn, void *user)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(CHILD_UNTRACED);
	raise(SIGSTOP);
	_exit(fn(user) ? 0 : CHILD_FAILED);
}

static bool wait_for_child(pid_t pid, int *status)
{
	pid_t got;

	do
		got = waitpid(pid, status, 0);
	while (got < 0 && errno == EINTR);
	return got == pid;
}

/* Lets it run to the nth change. True when it stands there. */
static bool run_until(pid_t pid, unsigned nth, int *status)
{
	unsigned seen = 0;

	while (WIFSTOPPED(*status)) {
		int signal = WSTOPSIG(*status);

		if (signal == (SIGTRAP | 0x80)) {
			if (at_change(pid) && ++seen == nth)
				return true;
			signal = 0;
		} else if (signal == SIGSTOP || signal == SIGTRAP) {
			signal = 0;
		}
		if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signal) != 0 || !wait_for_child(pid, status))
			break;
	}
	return false;
}

bool crash_at(unsigned nth, crash_fn *fn, void *user)
{
	bool killed;
	int status = 0;
	pid_t pid;

	if (nth > CALLS_MAX)
		fail_msg("the work does not end within %d calls", CALLS_MAX);
	pid = fork();
	if (pid == 0)
		child(fn, user);
	assert_true(pid > 0 && wait_for_child(pid, &status));
	if (WIFSTOPPED(status))
		ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	killed = run_until(pid, nth, &status);
	if (killed) {
		kill(pid, SIGKILL);
		wait_for_child(pid, &status);
		return true;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the child ended with wait status %#x instead of doing its work", (unsigned)status);
	return false;
}

void *crash_shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

unsigned crash_step(void)
{
	const char *wanted = getenv("WB_SWEEP_STEP");
	long n = wanted ? strtol(wanted, NULL, 10) : 1;

	return n < 1 ? 1 : (unsigned)n;
}

static bool nothing(void *user)
{
	(void)user;
	return true;
}

bool crash_can_trace(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		child(nothing, NULL);
	if (pid < 0 || !wait_for_child(pid, &status))
		return false;
	if (!WIFSTOPPED(status))
		return false;
	kill(pid, SIGKILL);
	wait_for_child(pid, &status);
	return true;
}

void crash_use_memory(void)
{
	if (access("/dev/shm", W_OK | X_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
}
