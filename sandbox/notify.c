/* Receives and answers the calls that wait on a notify descriptor. */
#include "config.h"

#include "sandbox/notify.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "sandbox/filter.h"
#include "sandbox/notify_parts.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

/* Linux 6.6: the caller and we take turns, so waking on the same processor saves most of the round trip. */
#define NOTIF_SET_FLAGS _IOW(SECCOMP_IOC_MAGIC, 4, uint64_t)
#define NOTIF_SYNC_WAKE_UP 1ul

struct notifier {
	int fd;
	const struct sandbox_plan *plan;
	struct seccomp_notif *req;
	size_t req_size;
	struct seccomp_notif_resp *resp;
	size_t resp_size;
	struct shm *shm;  /* tiers 2 and 3 */
	struct filter_program plain; /* learning, tracing: the program as it is in every other run */
	struct profile profile;      /* learning: the same as rules */
	uint64_t count;
	struct known_ports ports;
};

/* Learning and tracing: a call that waits may be one that the program of every other run decides by itself. */
static int learn_begin(struct notifier *n, struct error *err)
{
	const struct sandbox_plan *p = n->plan;
	const struct filter_want want = { .profile = p->profile, .text = p->profile_text, .tier = p->tier, .notify = true,
					  .opens = p->report_opens };

	if (!p->learn && !p->trace)
		return 0;
	return filter_get(&want, &n->plain, err) ||
	       filter_profile_load(p->profile ? p->profile : "ml", p->profile_text, &n->profile, err) ? -1 : 0;
}

int notifier_new(int notify_fd, const struct sandbox_plan *plan, struct notifier **out, struct error *err)
{
	struct seccomp_notif_sizes sizes;
	CLEANUP(notifier_free) struct notifier *n = NULL;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return error_sys(err, "cannot ask for the size of notifications");
	n = mem_zalloc(sizeof *n);
	n->fd = notify_fd;
	n->plan = plan;
	n->shm = plan->tier != 1 ? shm_new() : NULL;
	/* The kernel may know longer structures than this build. */
	n->req_size = sizes.seccomp_notif > sizeof *n->req ? sizes.seccomp_notif : sizeof *n->req;
	n->resp_size = sizes.seccomp_notif_resp > sizeof *n->resp ? sizes.seccomp_notif_resp : sizeof *n->resp;
	n->req = mem_zalloc(n->req_size);
	n->resp = mem_zalloc(n->resp_size);
	(void)ioctl(notify_fd, NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP); /* only a matter of speed */
	if (learn_begin(n, err))
		return -1;
	*out = take_ptr(&n);
	return 0;
}

void notifier_free(struct notifier *n)
{
	if (!n)
		return;
	shm_free(n->shm);
	filter_program_release(&n->plain);
	profile_release(&n->profile);
	free(n->req);
	free(n->resp);
	free(n);
}

uint64_t notifier_count(const struct notifier *n)
{
	return n->count;
}

size_t call_read(const struct call *c, uint64_t at, void *to, size_t n)
{
	struct iovec local = { to, n };
	struct iovec remote = { (void *)(uintptr_t)at, n };
	ssize_t got = process_vm_readv(c->pid, &local, 1, &remote, 1, 0);

	return got < 0 ? 0 : (size_t)got;
}

bool call_text(const struct call *c, uint64_t at, char *to, size_t size)
{
	const size_t page = 4096;
	size_t have = 0;

	/* To the page's end each time: the next page may not be mapped. */
	while (have < size) {
		size_t want = page - ((at + have) & (page - 1));
		size_t got;

		if (want > size - have)
			want = size - have;
		got = call_read(c, at + have, to + have, want);
		if (got == 0)
			return false;
		if (memchr(to + have, 0, got))
			return true;
		have += got;
	}
	return false;
}

int call_fd(const struct call *c, int fd)
{
	char path[64];
	char line[512];
	CLEANUP(close) int status = -1;
	CLEANUP(close) int pidfd = -1;
	const char *tgid;
	ssize_t n;

	/* A pidfd names a process by its first thread; the caller may be another one. */
	snprintf(path, sizeof path, "/proc/%d/status", (int)c->pid);
	status = open(path, O_RDONLY | O_CLOEXEC);
	n = status < 0 ? -1 : read(status, line, sizeof line - 1);
	if (n <= 0)
		return -1;
	line[n] = 0;
	tgid = strstr(line, "\nTgid:");
	if (!tgid)
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, (pid_t)strtol(tgid + 6, NULL, 10), 0);
	return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

void path_simplify(char *path)
{
	char *to = path;
	const char *s = path;

	while (*s) {
		const char *part;
		size_t len;

		while (*s == '/')
			s++;
		part = s;
		len = strcspn(s, "/");
		s += len;
		if (len == 0 || (len == 1 && part[0] == '.'))
			continue;
		if (len == 2 && part[0] == '.' && part[1] == '.') {
			while (to > path && *--to != '/')
				continue;
			continue;
		}
		*to++ = '/';
		memmove(to, part, len);
		to += len;
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
}

bool call_path(const struct call *c, int dirfd, uint64_t at, char *to, size_t size)
{
	char rest[CALL_PATH];
	char link[64];
	ssize_t n;

	if (!call_text(c, at, rest, sizeof rest))
		return false;
	if (rest[0] == '/') {
		snprintf(to, size, "%s", rest);
		path_simplify(to);
		return true;
	}
	if (dirfd == AT_FDCWD)
		snprintf(link, sizeof link, "/proc/%d/cwd", (int)c->pid);
	else
		snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)c->pid, dirfd);
	n = readlink(link, to, size - 1);
	if (n <= 0 || to[0] != '/')
		return false;
	snprintf(to + n, size - (size_t)n, "/%s", rest);
	path_simplify(to);
	return true;
}

void denial_object(struct denial *d, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf raw = BUF_INIT(2 * CALL_PATH);
	CLEANUP(buf_release) struct buf safe = BUF_INIT(8 * CALL_PATH);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	text_escape(&safe, buf_text(&raw), raw.len);
	if (safe.len < sizeof d->object)
		snprintf(d->object, sizeof d->object, "%s", buf_text(&safe));
	else
		snprintf(d->object, sizeof d->object, "%.*s...", (int)sizeof d->object - 4, buf_text(&safe));
}

void denial_reason(struct denial *d, const char *reason, const char *hint)
{
	snprintf(d->reason, sizeof d->reason, "%s", reason);
	snprintf(d->hint, sizeof d->hint, "%s", hint);
}

/* The caller gets the descriptor and its number in one step. 0: nobody waits for the answer (any more), 1: it was taken. */
static int answer_give(struct notifier *n, const struct answer *a, struct error *err)
{
	struct seccomp_notif_addfd add = {
		.id = n->req->id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (unsigned)a->fd,
		.newfd_flags = a->fd_cloexec ? O_CLOEXEC : 0,
	};

	if (ioctl(n->fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0)
		return 1;
	return errno == ENOENT ? 0 : error_sys(err, "cannot hand a descriptor over");
}

/* 0: the caller has died or was interrupted; 1: it goes on. */
static int answer_send(struct notifier *n, const struct answer *a, struct error *err)
{
	if (a->fd >= 0 && !a->error)
		return answer_give(n, a, err);
	memset(n->resp, 0, n->resp_size);
	n->resp->id = n->req->id;
	n->resp->flags = a->go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	n->resp->error = -a->error;
	n->resp->val = a->val;
	if (ioctl(n->fd, SECCOMP_IOCTL_NOTIF_SEND, n->resp) == 0)
		return 1;
	return errno == ENOENT ? 0 : error_sys(err, "cannot answer a denied call");
}

/*
 * A run that learns makes the calls that a user's profile may add, since any run of theirs could; what else its filter
 * decides alone is told, and answered the same. True when the call was one of these.
 */
static bool learn_judge(struct notifier *n, const struct call *c, struct answer *a, struct denial *out)
{
	unsigned tier = c->plan->tier == 1 ? PROFILE_TIER1 : PROFILE_TIER2;
	unsigned verdict = filter_verdict(&n->plain, &c->req->data);

	if (c->nr >= 0 && c->nr < PROFILE_CALLS && (n->profile.optional[c->nr] & tier)) {
		a->go_on = true;
		out->refused = false;
		denial_reason(out, "a profile of yours may allow it", "");
		return true;
	}
	if (verdict == SECCOMP_RET_USER_NOTIF)
		return false;
	a->error = (verdict & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? (int)(verdict & SECCOMP_RET_DATA) : EPERM;
	denied_describe(c, out);
	denial_reason(out, a->error == ENOSYS ? "not in the seccomp profile" : "refused by the seccomp profile", "");
	return true;
}

/* Calls go on by the generated tables only, never by the call's arguments. */
static bool call_judge(struct notifier *n, const struct call *c, struct answer *a, struct denial *out)
{
	if (c->plan->learn && learn_judge(n, c, a, out))
		return true;
	/* A traced call goes on only where the program of an ordinary run would not even have asked. */
	if (c->plan->trace && filter_is_traced(c->nr) && filter_verdict(&n->plain, &c->req->data) == SECCOMP_RET_ALLOW) {
		a->go_on = true;
		out->refused = false;
		return c->plan->tier != 3 && look_is_denied(c, out);
	}
	switch (filter_call_class(c->plan->tier, c->nr)) {
	case FILTER_MEDIATE:
		return mediate(c, a, out);
	case FILTER_REPORT:
		if (n->shm && (shm_serves(n->shm, c, a) || comm_serves(c, a)))
			return false;
		a->go_on = true;
		out->refused = false;
		/* Nothing below confines files in tier 3. */
		return c->plan->tier != 3 && look_is_denied(c, out);
	case FILTER_DENY:
		break;
	}
	a->error = c->nr == SYS_socket || c->nr == SYS_socketpair ? EAFNOSUPPORT : EPERM;
	denied_describe(c, out);
	return true;
}

/* Receiving sleeps when nothing waits, whatever the descriptor's flags say. */
static int request_await(const struct notifier *n, struct error *err)
{
	struct pollfd p = { .fd = n->fd, .events = POLLIN };

	if (poll(&p, 1, 0) >= 0 && (p.revents & POLLIN))
		return 0;
	if (p.revents)
		return error_set(err, ERR_NOT_FOUND, "no process can make calls any more");
	return error_set(err, ERR_BUSY, "no call is waiting");
}

/* A call that was taken back since it was announced is ENOENT to the kernel, and no reason to sleep. */
static int request_receive(struct notifier *n, struct error *err)
{
	memset(n->req, 0, n->req_size); /* the kernel insists */
	if (ioctl(n->fd, SECCOMP_IOCTL_NOTIF_RECV, n->req) == 0)
		return 0;
	if (errno == ENOENT || errno == EINTR)
		return error_set(err, ERR_BUSY, "the waiting call was taken back");
	return error_sys(err, "cannot receive a denied call");
}

int notifier_handle(struct notifier *n, struct denial *out, struct error *err)
{
	return request_await(n, err) ? -1 : notifier_handle_ready(n, out, err);
}

int notifier_handle_ready(struct notifier *n, struct denial *out, struct error *err)
{
	struct answer answer = { .fd = -1 };
	struct denial d = { .refused = true };
	struct call c;
	const char *name;
	bool denied;
	int rc;

	if (request_receive(n, err))
		return -1;
	c = (struct call){ .req = n->req, .ports = &n->ports, .plan = n->plan, .nr = n->req->data.nr, .pid = (pid_t)n->req->pid };
	for (int i = 0; i < 6; i++)
		c.arg[i] = n->req->data.args[i];
	name = filter_call_name(c.nr);
	if (name)
		snprintf(d.call, sizeof d.call, "%s", name);
	else
		snprintf(d.call, sizeof d.call, "call %d", c.nr);
	d.pid = c.pid;
	denied = call_judge(n, &c, &answer, &d);
	rc = answer_send(n, &answer, err);
	if (answer.fd >= 0)
		close(answer.fd);
	/* What was read belongs to the caller only if it waited until now: its number could have been given to another. */
	if (rc <= 0)
		return rc;
	n->count++;
	if (!denied)
		return 0;
	*out = d;
	return 1;
}
