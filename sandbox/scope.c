/* Scopes from systemd: whom to ask, asking through wb-scope for a second at most, and what is then made in the scope. */
#include "config.h"

#include "sandbox/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

#define PATIENCE_NS INT64_C(1000000000)

static bool is_socket(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

int scope_socket_find(char **out_socket, struct error *why)
{
	static const char *const of_user[] = { "systemd/private", "bus" };
	CLEANUP(free) char *folder = NULL;

	if (geteuid() == 0) {
		if (is_socket("/run/systemd/private")) {
			*out_socket = mem_strdup("/run/systemd/private");
			return 1;
		}
		error_set(why, ERR_NOT_FOUND, "no systemd runs this machine");
		return 0;
	}
	folder = getenv("XDG_RUNTIME_DIR") && *getenv("XDG_RUNTIME_DIR") == '/' ?
			 mem_strdup(getenv("XDG_RUNTIME_DIR")) :
			 mem_printf("/run/user/%u", (unsigned)geteuid());
	for (size_t i = 0; i < sizeof of_user / sizeof *of_user; i++) {
		CLEANUP(free) char *path = fs_join(folder, of_user[i]);

		if (is_socket(path)) {
			*out_socket = take_ptr(&path);
			return 1;
		}
	}
	error_set(why, ERR_NOT_FOUND, "no systemd manager of yours is at %s", folder);
	return 0;
}

/* --- the helper --- */

/* 0 or an errno. */
static int helper_spawn(const char *const argv[], const char *program, int in_fd, int out_fd, pid_t *out_pid)
{
	char *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	rc = posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	/* Neither the run's life nor its leases. */
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (rc == 0)
		rc = posix_spawn(out_pid, program, &actions, NULL, (char *const *)(uintptr_t)argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int helper_start(const struct scope_manager *m, const char *unit, pid_t pid, struct scope_hold *hold, int *out_fd,
			struct error *err)
{
	char number[16];
	const char *const argv[] = { "wb-scope", m->socket, unit, number, NULL };
	int in[2], out[2];
	CLEANUP(close) int in_read = -1;
	CLEANUP(close) int out_write = -1;

	snprintf(number, sizeof number, "%d", (int)pid);
	if (pipe2(in, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	in_read = in[0];
	hold->fd = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	*out_fd = out[0];
	out_write = out[1];
	errno = helper_spawn(argv, m->helper, in_read, out_write, &hold->pid);
	if (!errno)
		return 0;
	hold->pid = 0;
	return error_sys(err, "starting %s", m->helper);
}

void scope_release(struct scope_hold *hold)
{
	if (hold->fd >= 0)
		close(hold->fd);
	if (hold->pid > 0) {
		/* Whatever it waits for; in tier 2 it may have been ended with the rest. */
		(void)kill(hold->pid, SIGKILL);
		while (waitpid(hold->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	*hold = (struct scope_hold)SCOPE_HOLD_NONE;
}

/* One line. False: the deadline came first. */
static bool hear(int fd, struct buf *text, int64_t deadline)
{
	while (!strchr(buf_text(text), '\n') && !text->full) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = (deadline - clock_mono(&clock_system)) / 1000000;
		char bytes[512];
		ssize_t n;
		int got = poll(&p, 1, left > 0 ? (int)left : 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		n = sys_read(fd, bytes, sizeof bytes);
		if (n <= 0)
			return true;
		buf_append(text, bytes, (size_t)n);
	}
	return true;
}

static int manager_ask(const struct scope_manager *m, const char *unit, pid_t pid, struct scope_hold *hold, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * LIMIT_KIB);
	const int64_t deadline = clock_mono(&clock_system) + PATIENCE_NS;
	CLEANUP(free) char *line = NULL;
	CLEANUP(close) int out = -1;

	if (helper_start(m, unit, pid, hold, &out, err))
		return -1;
	if (!hear(out, &text, deadline))
		return error_set(err, ERR_TIMEOUT, "systemd did not answer within a second");
	line = mem_strndup(buf_text(&text), strcspn(buf_text(&text), "\n"));
	if (str_eq(line, "ok"))
		return 0;
	return error_set(err, ERR_DENIED, "%s", *line ? line : "wb-scope ended without a word");
}

int scope_make(const struct scope_manager *m, const struct cgroup_host *h, const char *id, const struct cgroup_limits *l,
	       pid_t pid, struct cgroup **out, struct scope_hold *out_hold, struct error *err)
{
	CLEANUP(scope_release) struct scope_hold hold = SCOPE_HOLD_NONE;
	CLEANUP(free) char *unit = mem_printf("wb-%s.scope", id);

	if (manager_ask(m, unit, pid, &hold, err))
		return error_wrap(err, "asking for a scope at %s", m->socket);
	if (cgroup_make_around(h, unit, id, l, pid, hold.pid, out, err))
		return -1;
	*out_hold = hold;
	hold = (struct scope_hold)SCOPE_HOLD_NONE;
	return 0;
}

/* --- trying --- */

/* Ends with its parent, for that holds the other end. */
static _Noreturn void wait_for_end(int fd)
{
	char ignored;

	(void)sys_read(fd, &ignored, 1);
	sys_exit_now(0);
}

int scope_try(const struct scope_manager *m, unsigned *out_holds, struct error *err)
{
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	const struct cgroup_limits all = { .memory_bytes = 1024 * LIMIT_MIB, .pids = 64, .cpus = 1 };
	CLEANUP(scope_release) struct scope_hold hold = SCOPE_HOLD_NONE;
	CLEANUP(free) char *id = mem_printf("doctor%d", (int)getpid());
	struct error ignored = { 0 };
	struct cgroup *c = NULL;
	int ends[2], rc;
	pid_t pid;

	rc = cgroup_host_find(&host, err);
	if (rc <= 0)
		return rc < 0 ? -1 : error_set(err, ERR_UNSUPPORTED, "no cgroup v2 here");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		wait_for_end(ends[0]);
	}
	close(ends[0]);
	rc = pid < 0 ? error_sys(err, "cannot make a child process") : scope_make(m, &host, id, &all, pid, &c, &hold, err);
	close(ends[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	if (rc < 0)
		return -1;
	*out_holds = cgroup_holds(c);
	/* What stays is empty, and goes with its scope. */
	if (cgroup_remove(c, &ignored) < 0)
		errno = 0;
	return 0;
}
