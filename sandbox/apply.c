/* The supervisor's side of a launch: makes init, listens to its report, signals and ends it. */
#include "config.h"

#include "sandbox/apply.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/probe.h"
#include "sandbox/pty.h"
#include "sandbox/setup.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/*
 * How long init may take from one message to the next. It takes milliseconds; a mount on a server that does not
 * answer is what can hold it, and so would a call that waits for a supervisor who in turn waits here.
 */
static const int64_t patience_ns = 60 * (int64_t)1000000000;

static const unsigned long spaces =
	CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

int sandbox_failure_exit_code(enum sandbox_failure f)
{
	switch (f) {
	case SANDBOX_FAIL_NOT_FOUND: return 127;
	case SANDBOX_FAIL_NOT_EXEC: return 126;
	default: return 125;
	}
}

static void close_slot(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void sandbox_child_release(struct sandbox_child *c)
{
	close_slot(&c->init_pidfd);
	close_slot(&c->status_fd);
	close_slot(&c->notify_fd);
	close_slot(&c->events_fd);
	close_slot(&c->proxy_fd);
	close_slot(&c->proc_fd);
	close_slot(&c->segments_fd);
	for (int i = 0; i < SANDBOX_TMPFS; i++)
		close_slot(&c->tmpfs_fds[i]);
}

/* What came with one message besides its bytes. */
struct extras {
	int fds[MESSAGE_FDS];
	int count;
	pid_t sender;
};

static void extras_read(struct msghdr *msg, struct extras *x)
{
	*x = (struct extras){ .count = 0 };
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS) {
			x->count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(x->fds, CMSG_DATA(c), (size_t)x->count * sizeof(int));
		} else if (c->cmsg_type == SCM_CREDENTIALS) {
			struct ucred cred;

			memcpy(&cred, CMSG_DATA(c), sizeof cred);
			x->sender = cred.pid; /* translated into our pid namespace */
		}
	}
}

/*
 * Until execve, or the child's end, has closed the other end. Not at each message: who wakes for one takes the processor
 * from the payload that sent it.
 */
static int end_await(int ctl, struct error *err)
{
	const int64_t deadline = clock_mono(&clock_system) + patience_ns;
	struct pollfd p = { .fd = ctl, .events = 0 };
	int rc;

	do {
		int64_t left_ms = (deadline - clock_mono(&clock_system)) / 1000000;

		rc = poll(&p, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return error_sys(err, "cannot wait for the sandbox's init");
	if (rc > 0)
		return 0;
	error_set(err, ERR_TIMEOUT, "the sandbox was not ready within %d seconds", (int)(patience_ns / 1000000000));
	error_hint(err, "a file system that does not answer can do this: see `mount`, then try again");
	return -1;
}

/* 1: a message; 0: end of file. */
static int message_receive(int ctl, struct message *m, struct extras *x, struct error *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MESSAGE_FDS * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { .iov_base = m, .iov_len = sizeof *m };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n;

	do {
		n = recvmsg(ctl, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n < 0)
		return error_sys(err, "cannot hear the sandbox's init");
	extras_read(&msg, x);
	if (n != (ssize_t)sizeof *m || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		for (int i = 0; i < x->count; i++)
			close(x->fds[i]);
		return error_set(err, ERR_CORRUPT, "the sandbox's init sent a broken message");
	}
	return 1;
}

static void services_take(const struct message *m, const struct extras *x, struct sandbox_child *c)
{
	int *const slots[MESSAGE_FDS] = {
		[MESSAGE_PROC] = &c->proc_fd, [MESSAGE_EVENTS] = &c->events_fd, [MESSAGE_NOTIFY] = &c->notify_fd,
		[MESSAGE_TMPFS] = &c->tmpfs_fds[0], &c->tmpfs_fds[1], &c->tmpfs_fds[2],
		[MESSAGE_PROXY] = &c->proxy_fd, [MESSAGE_SEGMENTS] = &c->segments_fd,
	};
	int next = 0;

	for (int i = 0; i < MESSAGE_FDS && next < x->count; i++) {
		if (m->has[i])
			*slots[i] = x->fds[next++];
	}
}

/* What the child said until execve. */
static int launch_follow(int ctl, struct sandbox_child *c, struct error *err)
{
	bool ready = false;
	struct message m;
	struct extras x;
	int rc;

	if (end_await(ctl, err))
		return -1;
	while ((rc = message_receive(ctl, &m, &x, err)) > 0) {
		switch (m.kind) {
		case MESSAGE_READY:
			ready = true;
			c->payload_pid = x.sender;
			services_take(&m, &x, c);
			break;
		case MESSAGE_FAILED:
			*err = m.error;
			c->failure = m.failure;
			return -1;
		}
	}
	if (rc < 0)
		return -1;
	if (!ready)
		return error_set(err, ERR_INTERNAL, "the sandbox's init ended while setting up");
	return 0;
}

/* Born where its limits hold: a move afterwards would come late, and costs milliseconds. */
static long clone_into(unsigned long flags, int cgroup_fd, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_INTO_CGROUP,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd,
	};

	return syscall(SYS_clone3, &args, sizeof args);
}

static pid_t init_spawn(struct setup *s, int supervisor_end, int *out_pidfd, struct error *err)
{
	unsigned long flags = s->plan->tier == 1 ? spaces : 0;
	int pidfd = -1;
	long pid = s->io.cgroup_fd > 0 ? clone_into(flags, s->io.cgroup_fd, &pidfd) : -1;

	s->in_cgroup = pid >= 0;
	if (pid < 0)
		pid = syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, &pidfd, NULL, NULL);
	if (pid == 0) {
		close(supervisor_end);
		init_main(s);
	}
	if (pid > 0) {
		*out_pidfd = pidfd;
		return (pid_t)pid;
	}
	s->failure = s->plan->tier == 1 ? SANDBOX_FAIL_USERNS : SANDBOX_FAIL_SETUP;
	error_sys(err, "cannot make the sandbox's process");
	if (s->plan->tier == 1)
		error_hint(err, "user namespaces are closed here; `wb doctor` says why and how to open them");
	return -1;
}

static int io_check(const struct sandbox_plan *p, const struct sandbox_io *io, struct error *err)
{
	const int fds[3] = { io->stdin_fd, io->stdout_fd, io->stderr_fd };

	for (int i = 0; i < 3; i++) {
		if (fcntl(fds[i], F_GETFD) < 0)
			return error_sys(err, "standard descriptor %d", i);
		if (p->tty && !pty_is_slave_of(io->pty_master, fds[i]))
			return error_set(err, ERR_INVALID, "descriptor %d is not the terminal that was made for the run", i);
		if (!p->tty && isatty(fds[i]))
			return error_set(err, ERR_INVALID, "descriptor %d is a terminal; a run gets pipes or files", i);
	}
	return 0;
}

static int setup_make(const struct sandbox_plan *p, const struct sandbox_io *io, struct setup *s, struct error *err)
{
	const struct filter_want want = { .profile = p->profile, .text = p->profile_text, .tier = p->tier, .notify = p->report,
					  .opens = p->report_opens, .learn = p->learn, .trace = p->trace };

	*s = (struct setup){ .plan = p, .io = *io, .uid = geteuid(), .gid = getegid(), .ctl = -1, .status = -1 };
	if (plan_check(p, err) || io_check(p, io, err) || filter_get(&want, &s->filter, err))
		return -1;
	s->landlock_abi = sandbox_landlock_abi(NULL);
	return 0;
}

static void setup_release(struct setup *s)
{
	filter_program_release(&s->filter);
}
DEFINE_CLEANUP_VALUE(setup_release, struct setup);

static int launch_run(struct setup *s, struct sandbox_child *c, struct error *err)
{
	int ctl_ends[2];
	int status_ends[2];
	const int on = 1;
	CLEANUP(close) int ctl = -1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ctl_ends))
		return error_sys(err, "cannot make a control channel");
	ctl = ctl_ends[0];
	s->ctl = ctl_ends[1];
	if (setsockopt(ctl, SOL_SOCKET, SO_PASSCRED, &on, sizeof on))
		return error_sys(err, "cannot ask for the sender's number");
	if (pipe2(status_ends, O_CLOEXEC))
		return error_sys(err, "cannot make a status channel");
	c->status_fd = status_ends[0];
	s->status = status_ends[1];
	c->init_pid = init_spawn(s, ctl, &c->init_pidfd, err);
	close_slot(&s->ctl);
	close_slot(&s->status);
	c->failure = s->failure;
	if (c->init_pid < 0)
		return -1;
	if (s->io.place) {
		const char in = (char)(s->in_cgroup = s->io.place(s->io.place_data, c->init_pid));

		/* One that has failed meanwhile is heard below. */
		if (send(ctl, &in, 1, MSG_NOSIGNAL) < 0)
			errno = 0;
	}
	c->in_cgroup = s->in_cgroup;
	c->failure = SANDBOX_FAIL_SETUP;
	if (launch_follow(ctl, c, err))
		return -1;
	c->failure = SANDBOX_FAIL_NONE;
	return 0;
}

int sandbox_launch(const struct sandbox_plan *p, const struct sandbox_io *io, struct sandbox_child *out, struct error *err)
{
	struct sandbox_child c = SANDBOX_CHILD_INIT;
	CLEANUP(setup_release) struct setup s = { .ctl = -1, .status = -1 };
	int rc;

	out->failure = SANDBOX_FAIL_PLAN;
	if (setup_make(p, io, &s, err))
		return -1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return error_sys(err, "cannot adopt the run's orphans");
	c.tier = p->tier;
	c.landlock_abi = p->tier == 2 || (p->tier == 1 && p->landlock) ? s.landlock_abi : 0;
	rc = launch_run(&s, &c, err);
	close_slot(&s.ctl);
	close_slot(&s.status);
	if (rc) {
		struct error ignored;

		out->failure = c.failure;
		if (c.init_pid > 0) {
			sandbox_kill(&c);
			(void)(sandbox_wait(&c, &ignored) == 0);
		}
		sandbox_child_release(&c);
		return -1;
	}
	*out = c;
	return 0;
}

void sandbox_signal(const struct sandbox_child *c, int sig)
{
	if (c->init_pidfd >= 0)
		(void)syscall(SYS_pidfd_send_signal, c->init_pidfd, sig, NULL, 0);
}

void sandbox_kill(const struct sandbox_child *c)
{
	if (c->tier != 1)
		tree_kill(c->init_pid, 0);
	sandbox_signal(c, SIGKILL);
	/* What the guard of tier 2 had not yet seen die is now a child of ours: sandbox_wait() kills it. */
}

/* Calls of the run that wait for an answer fail from here on. The number stays taken: its owner may have it in a loop. */
static void gate_close(const struct sandbox_child *c)
{
	CLEANUP(close) int null = -1;

	if (c->notify_fd < 0)
		return;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup3(null, c->notify_fd, O_CLOEXEC) < 0)
		close(c->notify_fd);
}

/* True when this process has no child, or just that one. */
static bool only_child_is(pid_t spare)
{
	pid_t pids[2];
	siginfo_t info = { .si_pid = 0 };
	unsigned n;

	/* Cheaper than a look at all processes of the machine. */
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && errno == ECHILD)
		return true;
	n = tree_children(getpid(), pids, 2);
	return n == 0 || (n == 1 && spare > 0 && pids[0] == spare);
}

/* Everything of the run that is left is, or becomes by the death of its parents, a child of ours. */
static void adopted_end(const struct sandbox_child *c)
{
	enum { BATCH = 1024 };
	CLEANUP(free) pid_t *pids = mem_calloc(BATCH, sizeof *pids);

	while (!only_child_is(c->spare)) {
		unsigned n;

		tree_kill(getpid(), c->spare);
		n = tree_children(getpid(), pids, BATCH);
		for (unsigned i = 0; i < n; i++) {
			if (pids[i] == c->spare)
				continue;
			(void)kill(pids[i], SIGKILL);
			while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
				continue;
		}
	}
}

int sandbox_wait(struct sandbox_child *c, struct error *err)
{
	siginfo_t info;

	while (waitid((idtype_t)P_PIDFD, (id_t)c->init_pidfd, &info, WEXITED)) {
		if (errno == EINTR)
			continue;
		return error_sys(err, "cannot wait for the sandbox's init");
	}
	if (c->tier != 1) {
		gate_close(c);
		adopted_end(c);
	}
	return 0;
}

int sandbox_read_exit(struct sandbox_child *c, struct sandbox_exit *out, struct error *err)
{
	struct sandbox_exit x;
	ssize_t n;

	do {
		n = read(c->status_fd, &x, sizeof x);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_sys(err, "cannot read how the run ended");
	if (n != (ssize_t)sizeof x)
		return 0;
	*out = x;
	return 1;
}
