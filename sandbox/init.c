/*
 * The sandbox's first process and the payload's last steps before execve.
 *
 * Tier 1: pid 1 of the namespaces; when it ends the kernel ends everything in
 * them. Tier 2: a guard outside the payload's Landlock domain that is the
 * subreaper of all it starts and kills what is left.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdpass.h"
#include "base/str.h"
#include "sandbox/setup.h"

/* What a dying supervisor sends its guard in tier 2. No terminal or user sends it. */
enum { SIGNAL_ORPHANED = SIGPWR, EXIT_SETUP = 125, EVENTS_BACKLOG = 64, PROXY_BACKLOG = 256 };

int message_send(int ctl, struct message *m, const int fds[MESSAGE_FDS])
{
	for (int i = 0; i < MESSAGE_FDS; i++)
		m->has[i] = fds && fds[i] >= 0;
	return fdpass_send(ctl, m, sizeof *m, fds, fds ? MESSAGE_FDS : 0, 0) == (ssize_t)sizeof *m ? 0 : -1;
}

static _Noreturn void setup_fail(const struct setup *s, enum sandbox_failure failure, const struct error *err)
{
	struct message m = { .kind = MESSAGE_FAILED, .failure = failure, .error = *err };

	(void)message_send(s->ctl, &m, NULL);
	_exit(EXIT_SETUP);
}

/* /proc/self/stat, fields 48 to 51: where the kernel looks for arguments and environment (proc(5)). */
int setup_hide_identity(struct error *err)
{
	char line[1024];
	CLEANUP(close) int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
	unsigned long at[4] = { 0 };
	const char *p;

	prctl(PR_SET_NAME, "wb-init", 0, 0, 0);
	if (n <= 0)
		return error_sys(err, "cannot find the supervisor's arguments in memory");
	line[n] = 0;
	p = strrchr(line, ')');
	for (int field = 3; p && (p = strchr(p, ' ')) && field <= 51; field++, p++) {
		if (field >= 48)
			at[field - 48] = strtoul(p + 1, NULL, 10);
	}
	if (at[0] && at[1] > at[0]) {
		memset((void *)at[0], 0, at[1] - at[0]);
		snprintf((char *)at[0], at[1] - at[0], "wb-init");
	}
	if (at[2] && at[3] > at[2])
		memset((void *)at[2], 0, at[3] - at[2]);
	return 0;
}

/* Closes every descriptor but those. */
static int fds_keep(const int *keep, int n)
{
	unsigned from = 0;

	for (;;) {
		unsigned next = ~0u;

		for (int i = 0; i < n; i++) {
			if (keep[i] >= 0 && (unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		}
		if (next == ~0u)
			return close_range(from, ~0u, 0);
		if (next > from && close_range(from, next - 1, 0))
			return -1;
		from = next + 1;
	}
}

static void signals_default(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
}

static int events_listen(const char *path, struct error *err)
{
	CLEANUP(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof un.sun_path)
		return error_set(err, ERR_LIMIT, "events socket '%s' has too long a path", path);
	memcpy(un.sun_path, path, strlen(path));
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, sizeof un) || listen(fd, EVENTS_BACKLOG))
		return error_sys(err, "cannot listen on the events socket '%s'", path);
	return take_fd(&fd);
}

/* In the sandbox's own network: nobody outside can connect to it, and what is accepted is served outside. */
static int proxy_listen(unsigned port, struct error *err)
{
	CLEANUP(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof in) || listen(fd, PROXY_BACKLOG))
		return error_sys(err, "cannot listen for the network broker on port %u", port);
	return take_fd(&fd);
}

static int payload_stdio(const struct sandbox_io *io, struct error *err)
{
	const int from[3] = { io->stdin_fd, io->stdout_fd, io->stderr_fd };
	int high[3];

	/* Twice, because the descriptors may themselves be 0 to 2 in another order. */
	for (int i = 0; i < 3; i++) {
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 10);
		if (high[i] < 0)
			return error_sys(err, "standard descriptor %d", i);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(high[i], i) < 0)
			return error_sys(err, "standard descriptor %d", i);
	}
	return 0;
}

/* The leader of a new session takes it over: no process outside has it. */
static int payload_tty(struct error *err)
{
	return ioctl(0, TIOCSCTTY, 0) < 0 ? error_sys(err, "cannot take over the run's terminal") : 0;
}

/* Only calls that the filter lets pass without asking: nobody would answer yet. */
static _Noreturn void payload_exec_failed(const struct setup *s)
{
	int sys = errno;
	const char *exec = s->plan->exec;
	bool there = access(exec, F_OK) == 0;
	struct error err = { 0 };

	if (sys == ENOENT && there) {
		error_set(&err, ERR_NOT_FOUND, "'%s': the interpreter that it names is not visible inside", exec);
		error_hint(&err, "name the interpreter on the command line, or correct the first line");
		setup_fail(s, SANDBOX_FAIL_NOT_FOUND, &err);
	}
	if (sys == ENOENT || sys == ENOTDIR) {
		error_set(&err, ERR_NOT_FOUND, "'%s': no such program inside the sandbox", exec);
		error_hint(&err, "a run sees system folders, its interpreter, its code and its inputs");
		setup_fail(s, SANDBOX_FAIL_NOT_FOUND, &err);
	}
	if (sys == ENOEXEC)
		error_set(&err, ERR_DENIED, "'%s' is neither a program nor a script with '#!' in its first line", exec);
	else
		error_set(&err, ERR_DENIED, "'%s' cannot be executed: %s", exec, strerror(sys));
	error_hint(&err, sys == EACCES ? "chmod +x, or put its interpreter in front" : "put its interpreter in front");
	setup_fail(s, SANDBOX_FAIL_NOT_EXEC, &err);
}

static int payload_prepare(struct setup *s, int *out_notify, struct error *err)
{
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return error_sys(err, "cannot ask for a signal at the guard's death");
	if (setsid() < 0)
		return error_sys(err, "cannot start a session");
	if (payload_stdio(&s->io, err) || (s->plan->tty && payload_tty(err)) || (s->plan->tier == 1 && setup_null(err)))
		return -1;
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC))
		return error_sys(err, "cannot close descriptors");
	if (chdir(s->plan->cwd)) {
		error_sys(err, "cannot enter the working folder '%s'", s->plan->cwd);
		return -1;
	}
	/* A user namespace counts its own tasks; without one all of the user's count. */
	if (setup_rlimits(&s->plan->rlimits, s->plan->tier == 1 ? 0 : tree_tasks_of(s->uid), err))
		return -1;
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL))
		return error_sys(err, "cannot unblock signals");
	return setup_filters(s, out_notify, err);
}

static _Noreturn void payload_main(struct setup *s)
{
	struct message ready = { .kind = MESSAGE_READY };
	struct error err = { 0 };
	int notify = -1;

	if (payload_prepare(s, &notify, &err))
		setup_fail(s, SANDBOX_FAIL_SETUP, &err);
	s->services[MESSAGE_NOTIFY] = notify;
	if (message_send(s->ctl, &ready, s->services))
		_exit(EXIT_SETUP);
	/* The bare call: a build for coverage has an execve() that first writes files, which would wait for an answer. */
	(void)syscall(SYS_execve, s->plan->exec, s->plan->argv, s->plan->env);
	payload_exec_failed(s);
}

static void exit_report(int status_fd, int status, const struct rusage *ru)
{
	const int64_t second = 1000000000;
	struct sandbox_exit x = {
		.status = status,
		.user_ns = ru->ru_utime.tv_sec * second + ru->ru_utime.tv_usec * 1000,
		.system_ns = ru->ru_stime.tv_sec * second + ru->ru_stime.tv_usec * 1000,
		.max_rss_bytes = (int64_t)ru->ru_maxrss * 1024,
	};

	/* Smaller than PIPE_BUF: whole or not at all. Without a reader there is nobody to tell. */
	if (write(status_fd, &x, sizeof x) < 0)
		_exit(EXIT_SETUP);
}

/* True once the payload is among the reaped. */
static bool reap(pid_t payload, int status_fd)
{
	struct rusage ru;
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &ru)) > 0) {
		if (pid != payload)
			continue;
		exit_report(status_fd, status, &ru);
		ended = true;
	}
	return ended;
}

static void kill_rest(void)
{
	tree_kill(getpid(), 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static _Noreturn void init_serve(const struct setup *s, pid_t payload)
{
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		int sig = sigwaitinfo(&all, NULL);

		switch (sig) {
		case SIGCHLD:
			if (!reap(payload, s->status))
				break;
			/* All of the run's processes descend from here: without a child there is none. */
			if (s->plan->tier != 1 && !(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD))
				kill_rest();
			_exit(0);
		case SIGTERM:
		case SIGINT:
		case SIGHUP:
		case SIGQUIT:
		case SIGUSR1:
		case SIGUSR2:
		case SIGCONT:
			if (kill(-payload, sig))
				(void)kill(payload, sig);
			break;
		case SIGNAL_ORPHANED:
			if (s->plan->tier != 1) {
				kill_rest();
				_exit(EXIT_SETUP);
			}
			break;
		default:
			break;
		}
	}
}

/* A supervisor that died before the death signal was asked for has closed its end by now. */
static bool supervisor_is_gone(int ctl)
{
	struct pollfd p = { .fd = ctl, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

/* Until the supervisor has put this process into a cgroup, or could not. */
static int init_placed(struct setup *s, struct error *err)
{
	char in = 0;
	ssize_t n;

	if (!s->io.place)
		return 0;
	do
		n = recv(s->ctl, &in, 1, 0);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return error_sys(err, "cannot hear the supervisor");
	s->in_cgroup = in;
	return 0;
}

static int init_namespaces(struct setup *s, struct error *err)
{
	const char *host = s->plan->hostname ? s->plan->hostname : "wb";

	if (setup_id_maps(s, err) || setup_shares(err) || setup_stdin(s, err) ||
	    setup_mounts(s, err) || setup_loopback(err) || init_placed(s, err))
		return -1;
	/* Made by clone() it would start at the supervisor's cgroup, and show where the run's own lies. */
	if ((s->io.cgroup_fd > 0 || s->in_cgroup) && unshare(CLONE_NEWCGROUP))
		return error_sys(err, "cannot enter a cgroup namespace");
	if (sethostname(host, strlen(host)))
		return error_sys(err, "cannot set the host name");
	return 0;
}

/*
 * Out of the way of the payload's standard descriptors; init itself has closed those numbers. Of a descriptor that could
 * not be made err speaks already.
 */
static int lift(int fd, const char *what, struct error *err)
{
	int high;

	if (fd < 0 || fd > 2)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (high < 0)
		error_sys(err, "cannot keep %s", what);
	close(fd);
	return high;
}

static int folder_open(const char *path, int flags, struct error *err)
{
	int fd = open(path, flags | O_DIRECTORY | O_CLOEXEC);

	return lift(fd < 0 ? error_sys(err, "cannot open the sandbox's '%s'", path) : fd, path, err);
}

/* Only to be asked how full they are. */
static int tmpfs_open(struct setup *s, struct error *err)
{
	int next = MESSAGE_TMPFS;

	for (size_t i = 0; i < s->plan->mount_count && next <= MESSAGE_TMPFS_LAST; i++) {
		const struct plan_mount *m = &s->plan->mounts[i];
		char path[PATH_MAX];

		if (m->kind != PLAN_TMPFS && m->kind != PLAN_DEV)
			continue;
		snprintf(path, sizeof path, "%s%s", m->target, m->kind == PLAN_DEV ? "/shm" : "");
		s->services[next] = folder_open(path, O_PATH, err);
		if (s->services[next++] < 0)
			return -1;
	}
	return 0;
}

/* What it lists is of the namespace in which it was opened. A kernel without System V IPC has none. */
static int segments_open(struct setup *s, struct error *err)
{
	int fd = open("/proc/sysvipc/shm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	s->services[MESSAGE_SEGMENTS] = lift(fd < 0 ? error_sys(err, "cannot see shared memory segments") : fd, "their list", err);
	return s->services[MESSAGE_SEGMENTS] < 0 ? -1 : 0;
}

/* Opens what the supervisor will use: the payload sends it on with its own last word, for each message wakes somebody. */
static int init_services(struct setup *s, struct error *err)
{
	for (int i = 0; i < MESSAGE_FDS; i++)
		s->services[i] = -1;
	if (s->plan->events) {
		s->services[MESSAGE_EVENTS] = lift(events_listen(s->plan->events, err), "the events socket", err);
		if (s->services[MESSAGE_EVENTS] < 0)
			return -1;
	}
	if (s->plan->proxy_port) {
		s->services[MESSAGE_PROXY] = lift(proxy_listen(s->plan->proxy_port, err), "the proxy's socket", err);
		if (s->services[MESSAGE_PROXY] < 0)
			return -1;
	}
	if (s->plan->tier == 1) {
		s->services[MESSAGE_PROC] = folder_open("/proc", O_RDONLY, err);
		if (s->services[MESSAGE_PROC] < 0 || tmpfs_open(s, err) || segments_open(s, err))
			return -1;
		return setup_seal_root(err);
	}
	return 0;
}

static int init_prepare(struct setup *s, struct error *err)
{
	if (setup_hide_identity(err))
		return -1;
	if (s->plan->tty)
		setup_tty_name(s);
	if (s->plan->tier == 1 ? init_namespaces(s, err) : init_placed(s, err))
		return -1;
	if (setup_keyring(err) || init_services(s, err) || setup_no_capabilities(err))
		return -1;
	/* From here on the payload, of the same user, can neither trace init nor read its memory. */
	return prctl(PR_SET_DUMPABLE, 0) ? error_sys(err, "cannot become non-dumpable") : 0;
}

/* Before anything is built: what ties this process to its supervisor, and the run's processes to this one. */
static int init_bind(const struct setup *s, struct error *err)
{
	const int keep[] = { s->ctl, s->status, s->io.stdin_fd, s->io.stdout_fd, s->io.stderr_fd };
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		return error_sys(err, "cannot block signals");
	if (prctl(PR_SET_PDEATHSIG, s->plan->tier == 1 ? SIGKILL : SIGNAL_ORPHANED))
		return error_sys(err, "cannot ask for a signal at the supervisor's death");
	if (fds_keep(keep, sizeof keep / sizeof *keep))
		return error_sys(err, "cannot close what was inherited");
	if (s->plan->tier != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1))
		return error_sys(err, "cannot adopt the run's orphans");
	return 0;
}

_Noreturn void init_main(struct setup *s)
{
	struct error err = { 0 };
	pid_t payload;

	s->failure = SANDBOX_FAIL_SETUP;
	if (init_bind(s, &err))
		setup_fail(s, s->failure, &err);
	if (supervisor_is_gone(s->ctl))
		_exit(EXIT_SETUP);
	signals_default();
	if (init_prepare(s, &err))
		setup_fail(s, s->failure, &err);
	payload = fork();
	if (payload < 0) {
		error_sys(&err, "cannot start the payload's process");
		setup_fail(s, SANDBOX_FAIL_SETUP, &err);
	}
	if (payload == 0)
		payload_main(s);
	if (fds_keep(&s->status, 1))
		_exit(EXIT_SETUP);
	init_serve(s, payload);
}
