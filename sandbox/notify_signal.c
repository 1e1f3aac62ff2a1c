/*
 * Tier 2 shares the host's process numbers, and Landlock keeps signals inside
 * only since ABI 6. So the payload's signals are sent from here, to processes
 * that descend from the run's guard and to no others.
 */
#include "config.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "sandbox/notify_parts.h"
#include "sandbox/setup.h"

enum { DEPTH_MAX = 4096, GROUP_MAX = 4096 };

struct family {
	pid_t parent;
	pid_t group;
};

static bool family_read(pid_t pid, struct family *out)
{
	char path[48];
	char line[512];
	CLEANUP(close) int fd = -1;
	ssize_t n;
	const char *p;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
	if (n <= 0)
		return false;
	line[n] = 0;
	/* Behind the name, which may hold anything: state, parent, group. */
	p = strrchr(line, ')');
	return p && sscanf(p + 1, " %*c %d %d", &out->parent, &out->group) == 2;
}

pid_t thread_leader(pid_t tid)
{
	char path[48];
	char text[512];
	CLEANUP(close) int fd = -1;
	const char *s;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return 0;
	text[n] = 0;
	s = strstr(text, "\nTgid:");
	return s ? (pid_t)strtol(s + 6, NULL, 10) : 0;
}

/* The child of this process that pid descends from; 0: none. */
static pid_t guard_of(pid_t pid)
{
	struct family f;

	for (int i = 0; i < DEPTH_MAX && pid > 1 && family_read(pid, &f); i++) {
		if (f.parent == getpid())
			return pid;
		pid = f.parent;
	}
	return 0;
}

static bool is_member(pid_t pid, pid_t guard)
{
	return guard > 0 && pid != guard && guard_of(pid) == guard;
}

/* Held by its pidfd, a process that is found to be the run's cannot turn into another. 0 or an errno. */
static int member_signal(pid_t pid, pid_t guard, int sig)
{
	CLEANUP(close) int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return errno == EINVAL ? ESRCH : errno;
	if (!is_member(pid, guard))
		return EPERM;
	return syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) ? errno : 0;
}

/* Every process of the run in that group; group 0 stands for all but the caller. */
static int members_signal(pid_t caller, pid_t guard, pid_t group, int sig)
{
	CLEANUP(free) pid_t *pids = mem_calloc(GROUP_MAX, sizeof *pids);
	unsigned n = guard > 0 ? tree_list(guard, pids, GROUP_MAX) : 0;
	unsigned sent = 0;

	for (unsigned i = 0; i < n; i++) {
		struct family f;

		if (group ? !family_read(pids[i], &f) || f.group != group : pids[i] == caller)
			continue;
		sent += member_signal(pids[i], guard, sig) == 0;
	}
	return sent ? 0 : ESRCH;
}

static int kill_answer(const struct call *c, pid_t caller, pid_t guard)
{
	pid_t target = (pid_t)(int)c->arg[0];
	int sig = (int)c->arg[1];
	struct family f;

	if (target > 0)
		return member_signal(target, guard, sig);
	if (target == -1)
		return members_signal(caller, guard, 0, sig);
	if (target == 0)
		return family_read(caller, &f) ? members_signal(caller, guard, f.group, sig) : ESRCH;
	return members_signal(caller, guard, -target, sig);
}

/* The number of the process behind a pidfd of ours; 0: it is none. */
static pid_t pidfd_pid(int fd)
{
	char path[48];
	char text[512];
	CLEANUP(close) int info = -1;
	const char *s;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	n = info < 0 ? -1 : read(info, text, sizeof text - 1);
	if (n <= 0)
		return 0;
	text[n] = 0;
	s = strstr(text, "\nPid:");
	return s ? (pid_t)strtol(s + 5, NULL, 10) : 0;
}

static int pidfd_answer(const struct call *c, pid_t guard)
{
	CLEANUP(close) int fd = call_fd(c, (int)c->arg[0]);
	pid_t pid = fd < 0 ? 0 : pidfd_pid(fd);

	if (fd < 0)
		return EBADF;
	if (pid <= 0 || !is_member(pid, guard))
		return EPERM;
	return syscall(SYS_pidfd_send_signal, fd, (int)c->arg[1], NULL, 0) ? errno : 0;
}

bool mediate_signal(const struct call *c, struct answer *a, struct denial *d)
{
	/* The caller waits for the answer, so neither its number nor that of its group can be given away. */
	pid_t caller = thread_leader(c->pid);
	pid_t guard = guard_of(caller);
	bool alone = c->nr == SYS_tgkill || c->nr == SYS_tkill;
	pid_t thread = (pid_t)(int)c->arg[c->nr == SYS_tgkill ? 1 : 0];

	if (alone && c->nr == SYS_tgkill && (pid_t)(int)c->arg[0] != caller)
		a->error = EPERM;
	else if (alone)
		a->error = syscall(SYS_tgkill, caller, thread, (int)c->arg[c->nr == SYS_tgkill ? 2 : 1]) ? errno : 0;
	else
		a->error = c->nr == SYS_kill ? kill_answer(c, caller, guard) : pidfd_answer(c, guard);
	if (alone && a->error == ESRCH)
		a->error = EPERM;
	if (a->error != EPERM)
		return false;
	denial_object(d, "%s %d", c->nr == SYS_pidfd_send_signal ? "descriptor" : "process", (int)c->arg[0]);
	return refuse(a, d, "only the run's own processes can be sent signals");
}

bool mediate_affinity(const struct call *c, struct answer *a, struct denial *d)
{
	pid_t thread = (pid_t)(int)c->arg[0];
	size_t size = (size_t)(unsigned)c->arg[1];
	cpu_set_t mask;

	denial_object(d, "process %d", (int)thread);
	if (thread_leader(thread) != thread_leader(c->pid))
		return refuse(a, d, "a process can bind only its own threads to processors");
	CPU_ZERO(&mask);
	if (size > sizeof mask)
		size = sizeof mask;
	if (call_read(c, c->arg[2], &mask, size) != size)
		a->error = EFAULT;
	else if (sched_setaffinity(thread, sizeof mask, &mask))
		a->error = errno;
	return false;
}
