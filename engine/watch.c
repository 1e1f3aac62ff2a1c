/* Viewers: the log as it grows, the control socket for waking and asking. */
#include "config.h"

#include "engine/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/gpus.h"
#include "base/vtfilter.h"
#include "engine/runlog.h"
#include "engine/ttyframe.h"
#include "engine/watch_tty.h"
#include "store/store.h"
#include "tracker/life.h"

enum { CATCH_UP_MS = 1000, STOP_POLL_MS = 100, HELD_STILL_MS = 300, TYPED_MAX = 64 * 1024 };

struct viewer {
	struct engine *engine;
	const char *run_id;
	const struct watch_options *options;
	int run_dirfd;
	int ctl_fd;       /* -1: the run is over */
	int signal_fd;
	unsigned interrupts;
	struct runlog_reader *log;
	char line[1024];  /* of what is told, as far as it has come */
	size_t line_len;
	bool in_line;
	bool is_told;       /* the line at hand is one to be shown */
	struct watch_tty tty;
	/* What a run writes to a terminal goes through these: [0] standard output, [1] standard error. */
	bool is_terminal[2];
	struct vtfilter filters[2];
	struct buf shown;
};

/* Connects to the run's control socket. 1 connected, 0 nobody listens. */
static int ctl_connect(int run_dirfd, int *out_fd, struct error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	CLEANUP(close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_sys(err, "socket");
	snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/ctl", run_dirfd);
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			return 0;
		return error_sys(err, "the run's control socket");
	}
	*out_fd = take_fd(&fd);
	return 1;
}

/* The same, for as long as the run lives. */
static int ctl_await(struct store *store, const char *run_id, int run_dirfd, int *out_fd, struct error *err)
{
	int live = ctl_connect(run_dirfd, out_fd, err);

	while (live == 0 && life_is_alive(store_dirfd(store), run_id)) {
		poll(NULL, 0, STOP_POLL_MS);
		live = ctl_connect(run_dirfd, out_fd, err);
	}
	return live;
}

static void ctl_say(int fd, const char *word)
{
	/* A supervisor that is gone meanwhile needs no telling. */
	if (send(fd, word, strlen(word), MSG_NOSIGNAL) < 0)
		errno = 0;
}

static int print_piece(struct viewer *v, const struct runlog_piece *piece, struct error *err)
{
	int fd = piece->stream == RUNLOG_ERR ? v->options->err_fd : v->options->out_fd;

	if (fd < 0)
		return 0;
	if (v->options->last && piece->n)
		*v->options->last = piece->data[piece->n - 1];
	if (!v->is_terminal[piece->stream == RUNLOG_ERR])
		return fs_write_all(fd, "the output", piece->data, piece->n, err);
	buf_clear(&v->shown);
	vtfilter_pass(&v->filters[piece->stream == RUNLOG_ERR], piece->data, piece->n, &v->shown);
	return fs_write_all(fd, "the output", v->shown.data, v->shown.len, err);
}

/* What the run left changed of the terminal. */
static void print_end(struct viewer *v)
{
	const int fds[2] = { v->options->out_fd, v->options->err_fd };
	struct error ignored = { 0 };

	for (size_t i = 0; i < 2; i++) {
		buf_clear(&v->shown);
		vtfilter_end(&v->filters[i], &v->shown);
		if (v->shown.len && fs_write_all(fds[i], "the output", v->shown.data, v->shown.len, &ignored) < 0)
			/* A terminal that is gone needs nothing back. */
			error_clear(&ignored);
	}
}

/* Prints all that is in the log now. */
static int print_new(struct viewer *v, struct error *err)
{
	struct runlog_piece piece;
	int more;

	if (!v->log) {
		struct error missing = { 0 };

		/* A run that never executed has no log. */
		if (runlog_open(v->run_dirfd, &v->log, &missing) < 0) {
			if (missing.code == ERR_NOT_FOUND)
				return 0;
			*err = missing;
			return -1;
		}
		if (!v->options->from_start && runlog_seek_end(v->log, err) < 0)
			return -1;
	}
	while ((more = runlog_next(v->log, &piece, err)) > 0)
		if (print_piece(v, &piece, err) < 0)
			return -1;
	return more;
}

/* One of the control socket's words. */
static void ask(struct viewer *v, const char *word)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(64);

	if (v->options->tty) {
		ttyframe_put_word(&v->tty.frames, word);
		return;
	}
	buf_printf(&line, "%s\n", word);
	ctl_say(v->ctl_fd, buf_text(&line));
}

static void send_size(struct viewer *v)
{
	struct pty_size size = watch_tty_size(v->tty.fd);

	ttyframe_put_size(&v->tty.frames, &size);
}

/* Suspended from outside: the terminal is the shell's meanwhile. */
static void on_suspend(struct viewer *v)
{
	watch_tty_stop(&v->tty);
	raise(SIGSTOP);
	watch_tty_resume(&v->tty);
	send_size(v);
}

/* True when viewing is over. */
static bool on_signal(struct viewer *v)
{
	struct signalfd_siginfo info;

	if (read(v->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
		return false;
	switch (info.ssi_signo) {
	case SIGWINCH:
		send_size(v);
		return false;
	case SIGTSTP:
		on_suspend(v);
		return false;
	case SIGCONT:
		watch_tty_resume(&v->tty);
		send_size(v);
		return false;
	case SIGHUP:
	case SIGQUIT:
		return true;
	default:
		break;
	}
	if (!v->options->interrupt_stops)
		return true;
	if (v->interrupts++)
		ask(v, "kill");
	else
		ask(v, info.ssi_signo == SIGTERM ? "stop" : "interrupt");
	return false;
}

static void tell(const struct viewer *v)
{
	void (*fn)(void *data, const char *text) = v->is_told ? v->options->told : v->options->informed;

	if (fn)
		fn(v->options->told_data, v->line);
}

/* "." only wakes; "!TEXT\n" is to be shown, "~TEXT\n" is what it is at. */
static void hear(struct viewer *v, const char *said, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!v->in_line) {
			v->in_line = said[i] == '!' || said[i] == '~';
			v->is_told = said[i] == '!';
			v->line_len = 0;
		} else if (said[i] != '\n') {
			if (v->line_len < sizeof v->line - 1)
				v->line[v->line_len++] = said[i];
		} else {
			v->in_line = false;
			v->line[v->line_len] = '\0';
			tell(v);
		}
	}
}

/* Sends what waits, as far as it is taken. */
static void send_frames(struct viewer *v)
{
	ssize_t n = send(v->ctl_fd, v->tty.frames.data, v->tty.frames.len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		buf_consume(&v->tty.frames, (size_t)n);
}

/* A watch_result when that ends the viewing, else -1. */
static int on_typed(struct viewer *v)
{
	bool hung_up;

	if (watch_tty_read(&v->tty, &hung_up))
		return -1;
	return hung_up ? WATCH_LEFT : WATCH_DETACHED;
}

static int follow(struct viewer *v, struct error *err)
{
	for (;;) {
		bool sends = v->options->tty && v->tty.frames.len > 0;
		bool types = v->options->tty && v->tty.frames.len < TYPED_MAX;
		struct pollfd fds[] = {
			{ .fd = v->ctl_fd, .events = (short)(POLLIN | (sends ? POLLOUT : 0)) },
			{ .fd = v->signal_fd, .events = POLLIN },
			{ .fd = types ? v->tty.fd : -1, .events = POLLIN },
		};
		char pokes[4096];
		ssize_t n = 1;
		int left = -1;

		/* The second look each time round catches output that came without a poke. */
		if (print_new(v, err) < 0)
			return v->options->tty && err->sys == EIO ? WATCH_LEFT : -1;
		if (poll(fds, 3, CATCH_UP_MS) < 0 && errno != EINTR)
			return error_sys(err, "poll");
		if (fds[1].revents && on_signal(v))
			return WATCH_LEFT;
		if (fds[2].revents)
			left = on_typed(v);
		if (left >= 0)
			return left;
		if (sends)
			send_frames(v);
		if (fds[0].revents & ~POLLOUT)
			n = recv(v->ctl_fd, pokes, sizeof pokes, MSG_DONTWAIT);
		if (fds[0].revents && n > 0)
			hear(v, pokes, (size_t)n);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			/* The supervisor closed: everything is in the log. */
			return print_new(v, err) < 0 ? -1 : WATCH_ENDED;
	}
}

static void fill_signals(sigset_t *set, bool tty)
{
	static const int of_terminals[] = { SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };

	sigemptyset(set);
	for (size_t i = 0; tty && i < sizeof of_terminals / sizeof *of_terminals; i++)
		sigaddset(set, of_terminals[i]);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void watch_hold_signals(void)
{
	sigset_t set;

	fill_signals(&set, false);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int block_signals(bool tty, sigset_t *old, struct error *err)
{
	sigset_t set;
	int fd;

	fill_signals(&set, tty);
	if (sigprocmask(SIG_BLOCK, &set, old) < 0)
		return error_sys(err, "sigprocmask");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : error_sys(err, "signalfd");
}

/* The run's terminal becomes as large as this one. Where it was before, whoever draws on it is made to draw again. */
static void join(struct viewer *v)
{
	struct pty_size size = watch_tty_size(v->tty.fd);
	CLEANUP(buf_release) struct buf line = BUF_INIT(64);

	if (!v->options->from_start && size.cols > 1) {
		buf_printf(&line, "tty %d %d\n", size.rows, size.cols - 1);
		ttyframe_put_size(&v->tty.frames, &size);
	} else {
		buf_printf(&line, "tty %d %d\n", size.rows, size.cols);
	}
	ctl_say(v->ctl_fd, buf_text(&line));
}

static int watch_live(struct viewer *v, struct error *err)
{
	sigset_t old;
	int result;

	v->signal_fd = block_signals(v->options->tty, &old, err);
	if (v->signal_fd < 0)
		return -1;
	if (v->options->tty && watch_tty_start(&v->tty, STDIN_FILENO, err) < 0) {
		close(v->signal_fd);
		return -1;
	}
	if (v->options->tty)
		join(v);
	else
		ctl_say(v->ctl_fd, "watch\n");
	result = follow(v, err);
	print_end(v);
	if (v->options->tty)
		watch_tty_stop(&v->tty);
	buf_release(&v->tty.frames);
	close(v->signal_fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return result;
}

int run_watch(struct engine *e, const char *run_id, const struct watch_options *options, struct error *err)
{
	CLEANUP(close) int run_dirfd = store_run_dir(engine_store(e), run_id, false, err);
	CLEANUP(close) int ctl_fd = -1;
	struct viewer v = { .engine = e, .run_id = run_id, .options = options, .run_dirfd = run_dirfd, .signal_fd = -1,
			    .shown = BUF_INIT(LIMIT_MIB * 4) };
	int result = WATCH_ENDED, live = 0;

	if (run_dirfd < 0)
		return -1;
	if (options->follow) {
		live = ctl_await(engine_store(e), run_id, run_dirfd, &ctl_fd, err);
		if (live < 0)
			return -1;
	}
	v.ctl_fd = ctl_fd;
	v.is_terminal[0] = options->out_fd >= 0 && isatty(options->out_fd);
	v.is_terminal[1] = options->err_fd >= 0 && isatty(options->err_fd);
	if (live)
		result = watch_live(&v, err);
	else if (print_new(&v, err) < 0)
		result = -1;
	if (!live)
		print_end(&v);
	buf_release(&v.shown);
	runlog_reader_close(v.log);
	return result;
}

/* Whether the process is one that SIGSTOP or a terminal holds still. */
static bool is_held_still(pid_t pid)
{
	CLEANUP(free) char *path = mem_printf("/proc/%d/stat", (int)pid);
	CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
	struct error ignored = { 0 };
	const char *end = fs_read_file(AT_FDCWD, path, &text, &ignored) < 0 ? NULL : strrchr(buf_text(&text), ')');

	return end && str_starts(end, ") T");
}

/* The supervisor closes once the record is sealed. One that is held still could not: it is let go on. */
static void await_close(int ctl_fd)
{
	struct pollfd p = { .fd = ctl_fd, .events = POLLIN };
	struct ucred owner = { 0 };
	socklen_t n = sizeof owner;
	char ignored[256];

	for (;;) {
		int rc = poll(&p, 1, HELD_STILL_MS);

		if (rc > 0 && recv(ctl_fd, ignored, sizeof ignored, 0) <= 0)
			return;
		if (rc == 0 && getsockopt(ctl_fd, SOL_SOCKET, SO_PEERCRED, &owner, &n) == 0 && owner.pid > 1 &&
		    is_held_still(owner.pid))
			kill(-owner.pid, SIGCONT);
	}
}

int run_stop(struct engine *e, const char *run_id, bool kill_now, struct error *err)
{
	struct store *store = engine_store(e);
	CLEANUP(close) int run_dirfd = store_run_dir(store, run_id, false, err);
	CLEANUP(close) int ctl_fd = -1;
	int live;

	if (run_dirfd < 0)
		return -1;
	live = ctl_connect(run_dirfd, &ctl_fd, err);
	/* Nobody listens to a run that waits for its GPUs: word is left for it. One that is just starting will listen soon. */
	if (live == 0 && life_is_alive(store_dirfd(store), run_id)) {
		if (gpus_ask_stop(run_dirfd, err) < 0)
			return -1;
		live = ctl_await(store, run_id, run_dirfd, &ctl_fd, err);
		/* Nobody heard it: the run had ended, or listens by now. */
		if (!gpus_unask_stop(run_dirfd) && live == 0)
			return 1;
	}
	if (live <= 0)
		return live;
	ctl_say(ctl_fd, kill_now ? "kill\n" : "stop\n");
	/* Then it lets go of the run's life. */
	await_close(ctl_fd);
	for (int i = 0; i < 100 && life_is_alive(store_dirfd(store), run_id); i++)
		poll(NULL, 0, STOP_POLL_MS);
	return 1;
}
