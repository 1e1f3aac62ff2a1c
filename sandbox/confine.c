/* What a process gives up before it becomes the payload: ids, capabilities, keyring, limits, calls. */
#include "config.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox/setup.h"

/* Securebits: root is nothing special, and none of this can be taken back. */
enum { SECUREBITS = 0x2f }; /* NOROOT, NO_SETUID_FIXUP, their locks, KEEP_CAPS_LOCKED */

static int write_proc(const char *path, const char *text, struct error *err)
{
	CLEANUP(close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return error_sys(err, "cannot write %s", path);
	return 0;
}

int setup_id_maps(struct setup *s, struct error *err)
{
	char line[64];

	s->failure = SANDBOX_FAIL_USERNS;
	/* A non-dumpable process does not own its files in /proc. */
	if (prctl(PR_SET_DUMPABLE, 1))
		return error_sys(err, "cannot become dumpable");
	if (write_proc("/proc/self/setgroups", "deny", err))
		return -1;
	snprintf(line, sizeof line, "%u %u 1", (unsigned)s->gid, (unsigned)s->gid);
	if (write_proc("/proc/self/gid_map", line, err))
		return -1;
	snprintf(line, sizeof line, "%u %u 1", (unsigned)s->uid, (unsigned)s->uid);
	if (write_proc("/proc/self/uid_map", line, err))
		return -1;
	s->failure = SANDBOX_FAIL_SETUP;
	return 0;
}

int setup_shares(struct error *err)
{
	/* Of the user's 128, which the kernel counts in all namespaces together. Read-only settings are a container's doing. */
	if (write_proc("/proc/sys/user/max_inotify_instances", "32", err) && err->sys != EROFS && err->sys != ENOENT &&
	    err->sys != EACCES)
		return -1;
	error_clear(err);
	return 0;
}

int setup_loopback(struct error *err)
{
	CLEANUP(close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		return error_sys(err, "cannot bring the loopback interface up");
	return 0;
}

static int limit_lower(int which, const char *name, uint64_t value, struct error *err)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)which, &now))
		return error_sys(err, "limit %s", name);
	/* Never up: an outer limit is somebody's decision. */
	if (now.rlim_max != RLIM_INFINITY && value > now.rlim_max)
		value = now.rlim_max;
	now.rlim_cur = now.rlim_max = value;
	if (setrlimit((__rlimit_resource_t)which, &now))
		return error_sys(err, "cannot set limit %s to %llu", name, (unsigned long long)value);
	return 0;
}

/*
 * What the kernel counts for a user as a whole, wherever its processes are: a run gets a quarter, so that the programs
 * outside keep their timers and queues.
 */
static int limit_quarter(int which, const char *name, struct error *err)
{
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)which, &now))
		return error_sys(err, "limit %s", name);
	return now.rlim_cur == RLIM_INFINITY ? 0 : limit_lower(which, name, now.rlim_cur / 4, err);
}

int setup_rlimits(const struct plan_rlimits *r, unsigned others, struct error *err)
{
	const struct {
		int which;
		const char *name;
		uint64_t value;
	} rows[] = {
		{ RLIMIT_NOFILE, "nofile", r->nofile }, { RLIMIT_NPROC, "nproc", r->nproc ? r->nproc + others : 0 },
		{ RLIMIT_FSIZE, "fsize", r->fsize },    { RLIMIT_DATA, "data", r->data },
		{ RLIMIT_CPU, "cpu", r->cpu_s },        { RLIMIT_MEMLOCK, "memlock", r->memlock },
		{ RLIMIT_STACK, "stack", r->stack },
	};

	if (limit_lower(RLIMIT_CORE, "core", 0, err) || limit_quarter(RLIMIT_SIGPENDING, "sigpending", err) ||
	    limit_quarter(RLIMIT_MSGQUEUE, "msgqueue", err))
		return -1;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].value && limit_lower(rows[i].which, rows[i].name, rows[i].value, err))
			return -1;
	}
	return 0;
}

int setup_keyring(struct error *err)
{
	/* Namespaces do not hide the caller's session keyring; an own, empty one does. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS && errno != EPERM)
		return error_sys(err, "cannot leave the session keyring");
	return 0;
}

static int caps_verify(struct error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	memset(data, 0xff, sizeof data);
	if (syscall(SYS_capget, &head, data))
		return error_sys(err, "cannot read capabilities");
	for (int i = 0; i < 2; i++) {
		if (data[i].effective || data[i].permitted || data[i].inheritable)
			return error_set(err, ERR_INTERNAL, "capabilities are left");
	}
	for (int cap = 0;; cap++) {
		int left = prctl(PR_CAPBSET_READ, cap);

		if (left < 0)
			return errno == EINVAL && cap > 0 ? 0 : error_sys(err, "cannot read the bounding set");
		if (left)
			return error_set(err, ERR_INTERNAL, "capability %d is left in the bounding set", cap);
	}
}

/* An ordinary user in tier 2 has no capability, and may not touch a bounding set that gives nothing to no_new_privs anyway. */
/* 1, 0 or -1. */
static int caps_may_drop(struct error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	if (syscall(SYS_capget, &head, data))
		return error_sys(err, "cannot read capabilities");
	return (data[0].effective & (1u << CAP_SETPCAP)) != 0;
}

int setup_no_capabilities(struct error *err)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };
	int droppable = caps_may_drop(err);

	if (droppable < 0)
		return -1;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (droppable) {
		int cap = 0;

		/* The first number that the kernel does not know ends them; caps_verify() looks again. */
		while (prctl(PR_CAPBSET_DROP, cap) == 0)
			cap++;
		if (errno != EINVAL || cap == 0)
			return error_sys(err, "cannot drop capability %d", cap);
		if (prctl(PR_SET_SECUREBITS, SECUREBITS))
			return error_sys(err, "cannot lock the capability rules");
	}
	if (syscall(SYS_capset, &head, none))
		return error_sys(err, "cannot drop capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_sys(err, "cannot set no_new_privs");
	return droppable ? caps_verify(err) : 0;
}

int setup_filters(struct setup *s, int *out_notify, struct error *err)
{
	struct sock_fprog prog = { .len = s->filter.len, .filter = (struct sock_filter *)(uintptr_t)s->filter.code };
	unsigned long flags = 0;
	long fd;

	if (setup_landlock(s, err))
		return -1;
	if (s->filter.notify)
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (fd < 0 && errno == EINVAL && flags) /* before Linux 5.19 */
		fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	if (fd < 0)
		return error_sys(err, "cannot install the call filter");
	*out_notify = s->filter.notify ? (int)fd : -1;
	return 0;
}
