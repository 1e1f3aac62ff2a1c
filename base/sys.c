/* The syscall seam, and its fault points in test builds. */
#include "config.h"

#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef WB_COVERAGE
extern void __gcov_dump(void); /* libgcov's, without a header */
#endif

#ifdef WB_FAULTS

static struct {
	enum sys_fault kind;
	unsigned nth, seen;
	int sys;
	bool env_read;
} fault;

static const char *const kind_names[] = {
	[SYS_FAULT_OPEN] = "open", [SYS_FAULT_WRITE] = "write", [SYS_FAULT_FSYNC] = "fsync",
	[SYS_FAULT_RENAME] = "rename", [SYS_FAULT_LINK] = "link", [SYS_FAULT_UNLINK] = "unlink",
	[SYS_FAULT_MKDIR] = "mkdir", [SYS_FAULT_ANY] = "any",
};

void sys_fault_arm(enum sys_fault kind, unsigned nth, int sys)
{
	fault.kind = kind;
	fault.nth = nth;
	fault.seen = 0;
	fault.sys = sys;
	fault.env_read = true;
}

unsigned sys_fault_seen(void)
{
	return fault.seen;
}

static void read_environment(void)
{
	const char *spec = getenv("WB_FAULT");
	char kind[16], what[16];
	unsigned nth;
	int sys;

	fault.env_read = true;
	if (!spec || sscanf(spec, "%15[a-z]:%u:%15s", kind, &nth, what) != 3)
		return;
	sys = strcmp(what, "kill") == 0 ? -1 : (int)strtol(what, NULL, 10);
	for (size_t i = SYS_FAULT_OPEN; i <= SYS_FAULT_ANY; i++)
		if (strcmp(kind, kind_names[i]) == 0)
			sys_fault_arm((enum sys_fault)i, nth, sys);
}

static bool fault_hits(enum sys_fault kind)
{
	if (!fault.env_read)
		read_environment();
	if (fault.kind != kind && fault.kind != SYS_FAULT_ANY)
		return false;
	if (++fault.seen != fault.nth)
		return false;
	if (fault.sys < 0)
		raise(SIGKILL);
	errno = fault.sys;
	return true;
}

#else

void sys_fault_arm(enum sys_fault kind, unsigned nth, int sys)
{
	(void)kind;
	(void)nth;
	(void)sys;
}

unsigned sys_fault_seen(void)
{
	return 0;
}

#define fault_hits(kind) false

#endif

#define RESTART(expr) \
	__extension__({ \
		__typeof__(expr) restart_r_; \
		do \
			restart_r_ = (expr); \
		while (restart_r_ < 0 && errno == EINTR); \
		restart_r_; \
	})

int sys_openat(int dirfd, const char *path, int flags, mode_t mode)
{
	if ((flags & (O_CREAT | O_TMPFILE)) && fault_hits(SYS_FAULT_OPEN))
		return -1;
	return RESTART(openat(dirfd, path, flags | O_CLOEXEC, mode));
}

ssize_t sys_write(int fd, const void *p, size_t n)
{
	if (fault_hits(SYS_FAULT_WRITE))
		return -1;
	return RESTART(write(fd, p, n));
}

ssize_t sys_pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (fault_hits(SYS_FAULT_WRITE))
		return -1;
	return RESTART(pwrite(fd, p, n, at));
}

ssize_t sys_read(int fd, void *p, size_t n)
{
	return RESTART(read(fd, p, n));
}

ssize_t sys_pread(int fd, void *p, size_t n, off_t at)
{
	return RESTART(pread(fd, p, n, at));
}

int sys_fsync(int fd)
{
	return fault_hits(SYS_FAULT_FSYNC) ? -1 : RESTART(fsync(fd));
}

int sys_fdatasync(int fd)
{
	return fault_hits(SYS_FAULT_FSYNC) ? -1 : RESTART(fdatasync(fd));
}

struct sync_job {
	int fd;
	int sys;
	pthread_t thread;
	bool threaded;
};

static void *sync_run(void *data)
{
	struct sync_job *job = data;

	job->sys = RESTART(fdatasync(job->fd)) < 0 ? errno : 0;
	return NULL;
}

int sys_fdatasync_all(const int *fds, size_t n)
{
	struct sync_job jobs[SYS_SYNC_MAX] = { { 0 } };
	int sys = 0;

	if (n > SYS_SYNC_MAX) {
		errno = EINVAL;
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		/* The last is this thread's own work. */
		jobs[i].fd = fds[i];
		if (fault_hits(SYS_FAULT_FSYNC))
			jobs[i].sys = errno;
		else if (i + 1 < n && pthread_create(&jobs[i].thread, NULL, sync_run, &jobs[i]) == 0)
			jobs[i].threaded = true;
		else
			sync_run(&jobs[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (jobs[i].threaded)
			pthread_join(jobs[i].thread, NULL);
		if (jobs[i].sys)
			sys = jobs[i].sys;
	}
	errno = sys;
	return sys ? -1 : 0;
}

int sys_syncfs(int fd)
{
	return fault_hits(SYS_FAULT_FSYNC) ? -1 : RESTART(syncfs(fd));
}

int sys_renameat(int olddir, const char *oldpath, int newdir, const char *newpath)
{
	return fault_hits(SYS_FAULT_RENAME) ? -1 : renameat(olddir, oldpath, newdir, newpath);
}

int sys_renameat_new(int olddir, const char *oldpath, int newdir, const char *newpath)
{
	return fault_hits(SYS_FAULT_RENAME) ? -1 : renameat2(olddir, oldpath, newdir, newpath, RENAME_NOREPLACE);
}

int sys_linkat(int olddir, const char *oldpath, int newdir, const char *newpath, int flags)
{
	return fault_hits(SYS_FAULT_LINK) ? -1 : linkat(olddir, oldpath, newdir, newpath, flags);
}

int sys_unlinkat(int dirfd, const char *path, int flags)
{
	return fault_hits(SYS_FAULT_UNLINK) ? -1 : unlinkat(dirfd, path, flags);
}

int sys_mkdirat(int dirfd, const char *path, mode_t mode)
{
	return fault_hits(SYS_FAULT_MKDIR) ? -1 : mkdirat(dirfd, path, mode);
}

int sys_ftruncate(int fd, off_t len)
{
	return fault_hits(SYS_FAULT_WRITE) ? -1 : RESTART(ftruncate(fd, len));
}

_Noreturn void sys_exit_now(int status)
{
#ifdef WB_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}
