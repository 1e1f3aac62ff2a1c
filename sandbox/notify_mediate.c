/*
 * Tier 2 shares the host's mounts, and Landlock looks neither at connects to
 * socket files nor at changes of mode and times. So the payload may not make
 * these calls; they are made here, on copies of its arguments, where the object
 * that was really opened lies in a folder that the plan lets it write.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utime.h>

#include "base/str.h"
#include "sandbox/notify_parts.h"

/* The caller's descriptor that path is another name of, or -1: the C library changes the mode of what it opened that way. */
static int own_number(const char *path)
{
	static const char *const folders[] = { "/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		const char *number = path + strlen(folders[i]);

		if (str_starts(path, folders[i]) && *number && strlen(number) < 10 && strspn(number, "0123456789") == strlen(number))
			return (int)strtol(number, NULL, 10);
	}
	return -1;
}

int called_open(const struct call *c, int dirfd, uint64_t at, bool follow)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW), .resolve = RESOLVE_NO_MAGICLINKS };
	char path[CALL_PATH];
	int number;

	if (!call_path(c, dirfd, at, path, sizeof path)) {
		errno = EACCES;
		return -1;
	}
	number = follow ? own_number(path) : -1;
	if (number >= 0) {
		errno = ENOENT;
		return call_fd(c, number);
	}
	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

bool called_is_ours(const struct call *c, int fd)
{
	char link[32];
	char path[CALL_PATH];
	const struct plan_mount *m;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || path[0] != '/')
		return false;
	path[n] = 0;
	m = plan_find(c->plan, path);
	return (m && m->kind == PLAN_RW_BIND) || str_eq(path, c->plan->events);
}

bool refuse(struct answer *a, struct denial *d, const char *reason)
{
	a->error = EPERM;
	denial_reason(d, reason, "");
	return true;
}

/* A listener whose queue is full must not hold the supervisor up: the caller gets EAGAIN, as a non-blocking one would. */
static bool connect_unix(const struct call *c, const struct sockaddr_un *un, struct answer *a)
{
	CLEANUP(close) int fd = call_fd(c, (int)c->arg[0]);
	const struct timeval brief = { .tv_usec = 1000 };
	struct timeval kept = { 0 };
	socklen_t len = sizeof kept;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kept, &len) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief)) {
		a->error = EBADF;
		return false;
	}
	if (connect(fd, (const struct sockaddr *)un, sizeof *un))
		a->error = errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kept, sizeof kept);
	return false;
}

/* What is connected to is the object that was opened and checked, whatever the caller's memory says by then. */
static bool mediate_connect(const struct call *c, struct answer *a, struct denial *d)
{
	_Alignas(struct sockaddr_storage) char raw[sizeof(struct sockaddr_storage)];
	size_t len = (size_t)c->arg[2];
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	CLEANUP(close) int at = -1;
	struct peer peer;

	if (len > sizeof raw || call_read(c, c->arg[1], raw, len) != len || !peer_parse(raw, len, &peer)) {
		a->error = EINVAL;
		return false;
	}
	denial_object(d, "%s", peer.text);
	if (peer.family != AF_UNIX || peer.abstract)
		return refuse(a, d, "only socket files of the run itself can be connected to without user namespaces");
	at = called_open(c, AT_FDCWD, c->arg[1] + offsetof(struct sockaddr_un, sun_path), true);
	if (at < 0) {
		a->error = errno;
		return false;
	}
	if (!called_is_ours(c, at))
		return refuse(a, d, "sockets of the host are closed to a run");
	snprintf(un.sun_path, sizeof un.sun_path, "/proc/self/fd/%d", at);
	return connect_unix(c, &un, a);
}

static bool change_mode(const struct call *c, int fd, uint64_t mode, struct answer *a, struct denial *d)
{
	char link[32];

	if (fd < 0) {
		a->error = errno;
		return false;
	}
	if (!called_is_ours(c, fd))
		return refuse(a, d, "only the run's own files can be changed");
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (fchmodat(AT_FDCWD, link, (mode_t)mode & 0777, 0))
		a->error = errno;
	return false;
}

static bool change_times(const struct call *c, int fd, const struct timespec *times, struct answer *a, struct denial *d)
{
	char link[32];

	if (fd < 0) {
		a->error = errno;
		return false;
	}
	if (!called_is_ours(c, fd))
		return refuse(a, d, "only the run's own files can be changed");
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (utimensat(AT_FDCWD, link, times, 0))
		a->error = errno;
	return false;
}

static bool mediate_mode(const struct call *c, struct answer *a, struct denial *d)
{
	CLEANUP(close) int fd = -1;
	uint64_t mode = c->arg[1];
	char path[CALL_PATH];

	if (c->nr == SYS_fchmod) {
		fd = call_fd(c, (int)c->arg[0]);
		denial_object(d, "descriptor %d", (int)c->arg[0]);
	} else {
		int dirfd = c->nr == SYS_fchmodat ? (int)c->arg[0] : AT_FDCWD;
		uint64_t at = c->nr == SYS_fchmodat ? c->arg[1] : c->arg[0];

		mode = c->nr == SYS_fchmodat ? c->arg[2] : c->arg[1];
		fd = called_open(c, dirfd, at, true);
		if (call_path(c, dirfd, at, path, sizeof path))
			denial_object(d, "%s", path);
	}
	return change_mode(c, fd, mode, a, d);
}

/* The two times in the caller's memory, whatever form the call has for them. False: unreadable. */
static bool times_read(const struct call *c, uint64_t at, struct timespec times[2])
{
	struct timeval tv[2];

	if (c->nr == SYS_utimensat)
		return call_read(c, at, times, 2 * sizeof *times) == 2 * sizeof *times;
#ifdef SYS_utime
	if (c->nr == SYS_utime) {
		struct utimbuf u;

		if (call_read(c, at, &u, sizeof u) != sizeof u)
			return false;
		times[0] = (struct timespec){ .tv_sec = u.actime };
		times[1] = (struct timespec){ .tv_sec = u.modtime };
		return true;
	}
#endif
	if (call_read(c, at, tv, sizeof tv) != sizeof tv)
		return false;
	for (int i = 0; i < 2; i++)
		times[i] = (struct timespec){ tv[i].tv_sec, tv[i].tv_usec * 1000 };
	return true;
}

static bool mediate_times(const struct call *c, struct answer *a, struct denial *d)
{
	bool has_dir = c->nr == SYS_utimensat;
	struct timespec times[2];
	CLEANUP(close) int fd = -1;
	uint64_t name;
	uint64_t at;
	int dirfd;

#ifdef SYS_futimesat
	has_dir = has_dir || c->nr == SYS_futimesat;
#endif
	dirfd = has_dir ? (int)c->arg[0] : AT_FDCWD;
	name = has_dir ? c->arg[1] : c->arg[0];
	at = has_dir ? c->arg[2] : c->arg[1];
	if (at && !times_read(c, at, times)) {
		a->error = EFAULT;
		return false;
	}
	if (name == 0)
		fd = call_fd(c, dirfd);
	else
		fd = called_open(c, dirfd, name, !(c->nr == SYS_utimensat && (c->arg[3] & AT_SYMLINK_NOFOLLOW)));
	denial_object(d, "times of a file");
	return change_times(c, fd, at ? times : NULL, a, d);
}

bool mediate(const struct call *c, struct answer *a, struct denial *d)
{
	switch (c->nr) {
	case SYS_connect: return mediate_connect(c, a, d);
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_pidfd_send_signal: return mediate_signal(c, a, d);
	case SYS_sched_setaffinity: return mediate_affinity(c, a, d);
	case SYS_fchmod:
	case SYS_fchmodat: return mediate_mode(c, a, d);
#ifdef SYS_open
	case SYS_chmod: return mediate_mode(c, a, d);
#endif
	case SYS_utimensat: return mediate_times(c, a, d);
#ifdef SYS_open
	case SYS_utime:
	case SYS_utimes:
	case SYS_futimesat: return mediate_times(c, a, d);
#endif
#ifdef SYS_open
	case SYS_chown:
	case SYS_lchown:
#endif
	case SYS_fchown:
	case SYS_fchownat: return mediate_owner(c, a, d);
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_fsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr:
	case SYS_fremovexattr: return mediate_attribute(c, a, d);
	case SYS_inotify_add_watch: return mediate_watch(c, a, d);
	default: return refuse(a, d, "forbidden by the seccomp profile 'ml'");
	}
}
