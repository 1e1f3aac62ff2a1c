/* Starting wb-tensor, reading its answer, and saying how it ended. */
#include "config.h"

#include "store/tensor_client.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "base/text.h"

#define TIMEOUT_NS ((int64_t)30 * 1000 * 1000 * 1000)
#define MS_NS ((int64_t)1000 * 1000)

/* A little above what the worker may say (store/tensor_sink.h). */
#define ANSWER_MAX (33 * LIMIT_MIB)

enum { READ_STEP = 65536, WORKER_FD = 3 };

struct worker {
	pid_t pid;
	int pidfd;           /* -1 where the kernel has none */
	int out;             /* its standard output */
	int64_t deadline_ns;
	int64_t timeout_ns;
	bool is_reaped;
	int status;          /* as waitpid() gives it, once is_reaped */
};

static void worker_release(struct worker *w)
{
	cleanup_close(&w->out);
	if (w->pid > 0 && !w->is_reaped) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, &w->status, 0) < 0 && errno == EINTR)
			;
	}
	cleanup_close(&w->pidfd);
}
DEFINE_CLEANUP_VALUE(worker_release, struct worker);

/* The program beside the running one, else the installed one. Heap text. */
static int worker_find(const struct tensor_options *opt, char **out, struct error *err)
{
	CLEANUP(free) char *dir = NULL;
	CLEANUP(free) char *path = NULL;

	if (opt && opt->worker_path) {
		*out = mem_strdup(opt->worker_path);
		return 0;
	}
	if (fs_program_dir(&dir, err) < 0)
		return -1;
	path = fs_join(dir, "wb-tensor");
	if (access(path, X_OK) < 0) {
		free(path);
		path = mem_strdup(WB_LIBEXECDIR "/wb-tensor");
	}
	if (access(path, X_OK) < 0) {
		error_set(err, ERR_NOT_FOUND, "the program wb-tensor is neither in %s nor in %s", dir, WB_LIBEXECDIR);
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

static int spawn_prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int file, int out)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	return posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) |
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

/* An empty environment: HDF5 takes orders from variables. */
static int worker_spawn(struct worker *w, const char *path, const char *ask, int file, int out, struct error *err)
{
	CLEANUP(free) char *word = mem_strdup(ask);
	char name[] = "wb-tensor";
	char *argv[] = { name, word, NULL };
	char *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	rc = spawn_prepare(&actions, &attr, file, out);
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

static int worker_start(struct worker *w, int fd, const char *ask, const struct tensor_options *opt, struct error *err)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(close) int file = -1;
	CLEANUP(close) int out = -1;
	int ends[2];

	if (worker_find(opt, &path, err) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	w->out = ends[0];
	out = fd_raise(ends[1], err);
	close(ends[1]);
	if (out < 0 || (file = fd_raise(fd, err)) < 0)
		return -1;
	w->timeout_ns = opt && opt->timeout_ns > 0 ? opt->timeout_ns : TIMEOUT_NS;
	w->deadline_ns = clock_mono(&clock_system) + w->timeout_ns;
	return worker_spawn(w, path, ask, file, out, err);
}

/* Waits until fd has something to say. */
static int worker_wait(const struct worker *w, int fd, struct error *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	CLEANUP(buf_release) struct buf span = BUF_INIT(64);

	for (;;) {
		int64_t left_ns = w->deadline_ns - clock_mono(&clock_system);
		int64_t left_ms = left_ns > 0 ? (left_ns + MS_NS - 1) / MS_NS : 0;
		int n = poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return error_sys(err, "waiting for the tensor reader");
		if (n == 0 && left_ms == 0)
			break;
	}
	str_format_duration(&span, w->timeout_ns);
	return error_set(err, ERR_TIMEOUT, "the tensor reader was not done with it after %s and was stopped",
			 buf_text(&span));
}

/* Reads the answer to its end. */
static int worker_read(const struct worker *w, struct buf *answer, struct error *err)
{
	for (;;) {
		char *room = buf_room(answer, READ_STEP);
		ssize_t n;

		if (!room)
			return error_set(err, ERR_LIMIT, "the tensor reader says more than %zu MiB about it",
					 answer->max / LIMIT_MIB);
		if (worker_wait(w, w->out, err) < 0)
			return -1;
		n = sys_read(w->out, room, READ_STEP);
		if (n < 0)
			return error_sys(err, "reading from the tensor reader");
		if (n == 0)
			return 0;
		answer->len += (size_t)n;
	}
}

static int worker_reap(struct worker *w, struct error *err)
{
	if (w->pidfd >= 0 && worker_wait(w, w->pidfd, err) < 0)
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

static const char *signal_means(int sig)
{
	switch (sig) {
	case SIGSYS:
		return "reading it led to a forbidden system call, and the reader was stopped";
	case SIGXCPU:
		return "reading it took more processor time than allowed";
	case SIGABRT:
		return "the tensor reader gave up on it (memory limit reached, or memory broken)";
	default:
		return "the tensor reader crashed on it";
	}
}

/* The worker ended without its last word. */
static int worker_explain(struct worker *w, struct error *err)
{
	int sig;

	if (worker_reap(w, err) < 0)
		return -1;
	sig = WIFSIGNALED(w->status) ? WTERMSIG(w->status) : 0;
	if (sig == SIGKILL)
		return error_set(err, ERR_CORRUPT, "the tensor reader was killed while it read it (out of memory?)");
	if (sig)
		return error_set(err, ERR_CORRUPT, "damaged or hostile: %s (signal %d)", signal_means(sig), sig);
	return error_set(err, ERR_CORRUPT, "the tensor reader gave up on it without a word (exit status %d)",
			 WEXITSTATUS(w->status));
}

/* The worker's words about the file. */
static int error_take(const struct jval *record, struct error *err)
{
	static const enum error_code codes[] = { ERR_LIMIT, ERR_INVALID, ERR_UNSUPPORTED, ERR_CORRUPT };
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_EVENT_LINE);
	const char *code = jval_get_text(record, "code");
	const char *said = jval_get_text(record, "text");
	size_t i = 0;

	while (i + 1 < sizeof codes / sizeof codes[0] && !str_eq(code, error_code_name(codes[i])))
		i++;
	text_escape_str(&text, said ? said : "no reason given");
	return error_set(err, codes[i], "%s", buf_text(&text));
}

/* Hands the lines on. 1: the answer is complete; 0: it just stops. */
static int answer_parse(const struct buf *answer, tensor_record_fn *fn, void *data, struct error *err)
{
	const char *at = buf_text(answer);
	const char *end = at + answer->len;

	while (at < end) {
		CLEANUP(jval_free) struct jval *record = NULL;
		const char *eol = memchr(at, '\n', (size_t)(end - at));

		if (!eol)
			return 0;
		if (jval_parse(at, (size_t)(eol - at), &record, err) < 0)
			return error_wrap(err, "the tensor reader's answer");
		if (jval_get(record, "error"))
			return error_take(jval_get(record, "error"), err);
		if (jval_get_bool(record, "end", false))
			return 1;
		if (fn(record, data, err) < 0)
			return -1;
		at = eol + 1;
	}
	return 0;
}

static int ask(int fd, const char *what, const struct tensor_options *opt, tensor_record_fn *fn, void *data,
	       struct error *err)
{
	CLEANUP(worker_release) struct worker w = { .pidfd = -1, .out = -1 };
	CLEANUP(buf_release) struct buf answer = BUF_INIT(ANSWER_MAX);
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return error_sys(err, "looking at it");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_INVALID, "%s, not a file with tensors",
				 S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
	if (worker_start(&w, fd, what, opt, err) < 0 || worker_read(&w, &answer, err) < 0)
		return -1;
	rc = answer_parse(&answer, fn, data, err);
	if (rc < 0)
		return -1;
	return rc == 1 ? 0 : worker_explain(&w, err);
}

int tensor_client_ask(int fd, const char *display_name, const char *what, const struct tensor_options *opt,
		      tensor_record_fn *fn, void *data, struct error *err)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(LIMIT_EVENT_LINE);

	if (ask(fd, what, opt, fn, data, err) == 0)
		return 0;
	text_escape_str(&name, display_name);
	return error_wrap(err, "%s", buf_text(&name));
}
