/* Starting our confined programs, hearing them out, and saying how they ended. */
#include "config.h"

#include "store/worker.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/text.h"

#define MS_NS ((int64_t)1000 * 1000)
#define PIPE_BYTES ((int)(1024 * 1024))

enum { WORKERS_MAX = 64 };

void worker_release(struct worker *w)
{
	cleanup_close(&w->out);
	cleanup_close(&w->in);
	if (w->pid > 0 && !w->is_reaped) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, &w->status, 0) < 0 && errno == EINTR)
			;
	}
	cleanup_close(&w->pidfd);
	*w = (struct worker)WORKER_INIT;
}

/* The program beside the running one, else the installed one. Heap text. */
static int worker_find(const struct worker_spec *spec, char **out, struct error *err)
{
	CLEANUP(free) char *dir = NULL;
	CLEANUP(free) char *path = NULL;

	if (spec->path) {
		*out = mem_strdup(spec->path);
		return 0;
	}
	if (fs_program_dir(&dir, err) < 0)
		return -1;
	path = fs_join(dir, spec->program);
	if (access(path, X_OK) < 0) {
		free(path);
		path = mem_printf("%s/%s", WB_LIBEXECDIR, spec->program);
	}
	if (access(path, X_OK) < 0) {
		error_set(err, ERR_NOT_FOUND, "the program %s is neither in %s nor in %s", spec->program, dir, WB_LIBEXECDIR);
		return error_hint(err, "build or install wb completely (make, make install)");
	}
	*out = take_ptr(&path);
	return 0;
}

/* A copy of fd above those that the worker is given, so that placing them cannot overwrite it. */
static int fd_raise(int fd, struct error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, WORKER_FD + 7);

	return copy < 0 ? error_sys(err, "copying a descriptor") : copy;
}

static int spawn_prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int file, int out, int in)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	return (in >= 0 ? posix_spawn_file_actions_adddup2(actions, in, STDIN_FILENO) :
			  posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) |
	       posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO) |
#if defined(__SANITIZE_ADDRESS__)
	       /* Standard error stays, for the sanitizer's report. */
#else
	       posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) |
#endif
	       posix_spawn_file_actions_adddup2(actions, file, WORKER_FD) |
	       posix_spawnattr_setsigdefault(attr, &all) | posix_spawnattr_setsigmask(attr, &none) |
	       posix_spawnattr_setpgroup(attr, 0) |
	       posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

/* An empty environment: libraries take orders from variables. */
static int worker_spawn(struct worker *w, const struct worker_spec *spec, const char *path, const int fds[3],
			struct error *err)
{
	CLEANUP(free) char *name = mem_strdup(spec->program);
	CLEANUP(free) char *first = mem_strdup(spec->args[0]);
	CLEANUP(free) char *second = mem_strdup(first ? spec->args[1] : NULL);
	char *argv[] = { name, first, second, NULL };
	char *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	rc = spawn_prepare(&actions, &attr, fds[0], fds[1], fds[2]);
	if (rc == 0)
		rc = posix_spawn(&w->pid, path, &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0) {
		w->pid = 0;
		errno = rc;
		return error_sys(err, "starting %s", path);
	}
	w->pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	return 0;
}

void worker_extend(struct worker *w)
{
	w->deadline_ns = clock_mono(&clock_system) + w->timeout_ns;
}

int worker_start(const struct worker_spec *spec, struct worker *w, struct error *err)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(close) int file = -1;
	CLEANUP(close) int out = -1;
	CLEANUP(close) int in = -1;
	int ends[2], pair[2];

	w->who = spec->who;
	w->timeout_ns = spec->timeout_ns;
	if (worker_find(spec, &path, err) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	w->out = ends[0];
	out = fd_raise(ends[1], err);
	close(ends[1]);
	if (out < 0 || (file = fd_raise(spec->file, err)) < 0)
		return -1;
	/* Larger pipes move faster; the default is fine too. */
	if (fcntl(w->out, F_SETPIPE_SZ, PIPE_BYTES) < 0)
		errno = 0;
	if (spec->has_input) {
		/* A socket, since writing to one whose reader died can be told from a signal. */
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
			return error_sys(err, "making a socket");
		w->in = pair[0];
		in = fd_raise(pair[1], err);
		close(pair[1]);
		if (in < 0)
			return -1;
	}
	worker_extend(w);
	return worker_spawn(w, spec, path, (const int[]){ file, out, in }, err);
}

static int too_late(const struct worker *w, struct error *err)
{
	CLEANUP(buf_release) struct buf span = BUF_INIT(64);

	str_format_duration(&span, w->timeout_ns);
	return error_set(err, ERR_TIMEOUT, "%s was not done with it after %s and was stopped", w->who, buf_text(&span));
}

/* Waits until fd is ready for events. */
static int worker_wait(const struct worker *w, int fd, short events, struct error *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_ns = w->deadline_ns - clock_mono(&clock_system);
		int64_t left_ms = left_ns > 0 ? (left_ns + MS_NS - 1) / MS_NS : 0;
		int n = poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return error_sys(err, "waiting for %s", w->who);
		if (n == 0 && left_ms == 0)
			return too_late(w, err);
	}
}

int worker_poll(struct worker *const *list, size_t n, size_t *out_index, struct error *err)
{
	struct pollfd p[WORKERS_MAX];
	int64_t deadline = INT64_MAX;

	if (n > WORKERS_MAX)
		return error_set(err, ERR_INTERNAL, "%zu workers at once", n);
	for (size_t i = 0; i < n; i++) {
		p[i] = (struct pollfd){ .fd = list[i]->out, .events = POLLIN };
		deadline = list[i]->deadline_ns < deadline ? list[i]->deadline_ns : deadline;
	}
	for (;;) {
		int64_t left_ns = deadline - clock_mono(&clock_system);
		int64_t left_ms = left_ns > 0 ? (left_ns + MS_NS - 1) / MS_NS : 0;
		int ready = poll(p, n, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

		if (ready < 0 && errno != EINTR)
			return error_sys(err, "waiting for %s", list[0]->who);
		if (ready == 0 && left_ms == 0)
			return too_late(list[0], err);
		for (size_t i = 0; ready > 0 && i < n; i++) {
			if (p[i].revents) {
				*out_index = i;
				return 0;
			}
		}
	}
}

ssize_t worker_read(struct worker *w, void *p, size_t n, struct error *err)
{
	ssize_t got;

	if (worker_wait(w, w->out, POLLIN, err) < 0)
		return -1;
	got = sys_read(w->out, p, n);
	return got < 0 ? error_sys(err, "reading from %s", w->who) : got;
}

int worker_write(struct worker *w, const void *p, size_t n, struct error *err)
{
	const char *at = p;

	while (n) {
		ssize_t done;

		if (worker_wait(w, w->in, POLLOUT, err) < 0)
			return -1;
		done = send(w->in, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done < 0)
			return error_set(err, ERR_CANCELLED, "%s stopped listening", w->who);
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int worker_reap(struct worker *w, struct error *err)
{
	if (w->pidfd >= 0 && worker_wait(w, w->pidfd, POLLIN, err) < 0)
		return -1;
	while (waitpid(w->pid, &w->status, 0) < 0) {
		if (errno == EINTR)
			continue;
		/* Somebody else collected it: how it ended is not known, and that it did not finish is. */
		w->status = 0;
		break;
	}
	w->is_reaped = true;
	return 0;
}

static char *signal_means(const struct worker *w, int sig)
{
	switch (sig) {
	case SIGSYS:
		return mem_strdup("reading it led to a forbidden system call, and the reader was stopped");
	case SIGXCPU:
		return mem_strdup("reading it took more processor time than allowed");
	case SIGABRT:
		return mem_printf("%s gave up on it (memory limit reached, or memory broken)", w->who);
	default:
		return mem_printf("%s crashed on it", w->who);
	}
}

int worker_explain(struct worker *w, struct error *err)
{
	CLEANUP(free) char *means = NULL;
	int sig;

	if (worker_reap(w, err) < 0)
		return -1;
	sig = WIFSIGNALED(w->status) ? WTERMSIG(w->status) : 0;
	if (sig == SIGKILL)
		return error_set(err, ERR_CORRUPT, "%s was killed while it read it (out of memory?)", w->who);
	if (sig) {
		means = signal_means(w, sig);
		return error_set(err, ERR_CORRUPT, "damaged or hostile: %s (signal %d)", means, sig);
	}
	return error_set(err, ERR_CORRUPT, "%s gave up on it without a word (exit status %d)", w->who,
			 WEXITSTATUS(w->status));
}

int worker_error(const struct jval *record, struct error *err)
{
	static const enum error_code codes[] = { ERR_LIMIT, ERR_INVALID, ERR_UNSUPPORTED, ERR_NOT_FOUND, ERR_CORRUPT };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_EVENT_LINE);
	const char *code = jval_get_text(record, "code");
	const char *said = jval_get_text(record, "text");
	size_t i = 0;

	while (i + 1 < sizeof codes / sizeof codes[0] && !str_eq(code, error_code_name(codes[i])))
		i++;
	text_escape_str(&text, said ? said : "no reason given");
	return error_set(err, codes[i], "%s", buf_text(&text));
}
