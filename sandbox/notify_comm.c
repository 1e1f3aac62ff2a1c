/*
 * Tier 2 shows the host's /proc, and Landlock lets nobody write there. CUDA names
 * its threads by /proc/PID/task/TID/comm and takes a refusal for a broken
 * driver, so that one file is opened here and handed over; the kernel lets a
 * process write the names of its own threads only, whoever opened it.
 */
#include "config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"
#include "sandbox/notify_parts.h"

/* A process number at *s, which moves behind it; 0: none. */
static pid_t take_pid(const char **s)
{
	long value = 0;

	for (; isdigit((unsigned char)**s); (*s)++) {
		value = value * 10 + (**s - '0');
		if (value > INT32_MAX)
			return 0;
	}
	return (pid_t)value;
}

/* The thread that /proc/... of the caller means, which must be one of its own; 0: it means something else. */
static pid_t thread_of(const struct call *c, const char *path)
{
	pid_t leader = thread_leader(c->pid), thread;
	const char *s = path + strlen("/proc/");

	if (!str_starts(path, "/proc/") || !leader)
		return 0;
	if (str_starts(s, "thread-self/")) {
		s += strlen("thread-self");
		thread = c->pid;
	} else if (str_starts(s, "self/")) {
		s += strlen("self");
		thread = leader;
	} else {
		thread = take_pid(&s);
	}
	if (thread && str_starts(s, "/task/")) {
		s += strlen("/task/");
		thread = take_pid(&s);
	}
	return thread && str_eq(s, "/comm") && thread_leader(thread) == leader ? thread : 0;
}

static bool open_serve(const struct call *c, int dirfd, uint64_t at, int flags, struct answer *a)
{
	char path[CALL_PATH];
	pid_t thread;

	if ((flags & O_ACCMODE) == O_RDONLY || (flags & (O_PATH | O_DIRECTORY | O_EXCL)) ||
	    !call_path(c, dirfd, at, path, sizeof path))
		return false;
	thread = thread_of(c, path);
	if (!thread)
		return false;
	snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)thread_leader(thread), (int)thread);
	a->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (a->fd < 0)
		a->error = errno;
	a->fd_cloexec = flags & O_CLOEXEC;
	return true;
}

bool comm_serves(const struct call *c, struct answer *a)
{
	switch (c->nr) {
	case SYS_openat: return open_serve(c, (int)c->arg[0], c->arg[1], (int)c->arg[2], a);
#ifdef SYS_open
	case SYS_open: return open_serve(c, AT_FDCWD, c->arg[0], (int)c->arg[1], a);
#endif
	default: return false;
	}
}
