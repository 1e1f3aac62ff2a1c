/* Worker processes, both ends. */
#include "config.h"

#include "tui/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/engine.h"
#include "tui/perform.h"

enum { WORKERS = 4, QUEUE = 64, READ_AT_ONCE = 64 * 1024 };

extern char **environ;

struct worker {
	struct workers *all;
	struct loop_watch watch;
	pid_t pid;
	int fd;          /* -1: not started */
	struct buf in;
	bool busy;
	bool syncing;
	unsigned ticket;
};

struct workers {
	struct loop *loop;
	char *store;
	worker_answer_fn *fn;
	void *data;
	struct worker items[WORKERS];
	struct { char *line; unsigned ticket; } queue[QUEUE];
	size_t queued;
};

int workers_open(struct loop *loop, const char *store, worker_answer_fn *fn, void *data, struct workers **out,
		 struct error *err)
{
	struct workers *w = mem_zalloc(sizeof *w);

	(void)err;
	*w = (struct workers){ .loop = loop, .store = mem_strdup(store), .fn = fn, .data = data };
	for (size_t i = 0; i < WORKERS; i++) {
		w->items[i].all = w;
		w->items[i].fd = -1;
		w->items[i].in = (struct buf)BUF_INIT(LIMIT_JSON);
	}
	*out = w;
	return 0;
}

static void end_worker(struct worker *w)
{
	loop_stop(w->all->loop, &w->watch);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	buf_clear(&w->in);
}

void workers_close(struct workers *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < WORKERS; i++) {
		end_worker(&w->items[i]);
		buf_release(&w->items[i].in);
	}
	for (size_t i = 0; i < w->queued; i++)
		free(w->queue[i].line);
	free(w->store);
	free(w);
}

/*
 * In a session of its own, so that a terminal that hangs up does not cut a
 * command short; with no signal blocked, since runs inherit that.
 */
static int spawn_worker(const char *store, int fd, pid_t *out_pid)
{
	char *const argv[] = { (char *)(uintptr_t)"wb-tui", (char *)(uintptr_t)"--worker", (char *)(uintptr_t)"--store",
			       (char *)(uintptr_t)store, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int failed;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	failed = posix_spawn(out_pid, "/proc/self/exe", &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

static void on_worker(struct loop *loop, void *data, unsigned events);

static int start_worker(struct worker *w, struct error *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_sys(err, "socketpair");
	errno = spawn_worker(w->all->store, ends[1], &w->pid);
	close(ends[1]);
	if (errno) {
		error_sys(err, "starting a worker");
		close(ends[0]);
		return -1;
	}
	w->fd = ends[0];
	return loop_watch_fd(w->all->loop, &w->watch, w->fd, LOOP_READ, on_worker, w, err);
}

static void answer_error(struct workers *w, unsigned ticket, const char *text)
{
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_bool(v, "ok", false);
	jval_set_text(v, "text", text);
	w->fn(w->data, ticket, v);
}

static void send_line(struct worker *w, const char *line, unsigned ticket)
{
	struct error err = { 0 };

	w->busy = true;
	w->ticket = ticket;
	if (fs_write_all(w->fd, "a worker", line, strlen(line), &err) == 0)
		return;
	end_worker(w);
	w->busy = false;
	answer_error(w->all, ticket, err.text);
}

/* One that is idle; else one more, if there may be; else NULL. */
static struct worker *idle_worker(struct workers *all, struct error *err)
{
	for (size_t i = 0; i < WORKERS; i++)
		if (all->items[i].fd >= 0 && !all->items[i].busy)
			return &all->items[i];
	for (size_t i = 0; i < WORKERS; i++)
		if (all->items[i].fd < 0)
			return start_worker(&all->items[i], err) < 0 ? NULL : &all->items[i];
	return NULL;
}

static void send_queued(struct workers *all)
{
	struct error err = { 0 };
	struct worker *w;

	while (all->queued && (w = idle_worker(all, &err)) != NULL) {
		CLEANUP(free) char *line = all->queue[0].line;
		unsigned ticket = all->queue[0].ticket;

		memmove(all->queue, all->queue + 1, --all->queued * sizeof *all->queue);
		send_line(w, line, ticket);
	}
	if (err.code && all->queued) {
		free(all->queue[--all->queued].line);
		answer_error(all, all->queue[all->queued].ticket, err.text);
	}
}

/* One whole line has come. */
static void take_answer(struct worker *w, size_t n)
{
	CLEANUP(jval_free) struct jval *v = NULL;
	struct error err = { 0 };
	bool was_sync = w->syncing;

	w->busy = w->syncing = false;
	if (jval_parse(buf_text(&w->in), n, &v, &err) < 0) {
		answer_error(w->all, w->ticket, "a worker gave an answer that is none");
	} else if (!was_sync) {
		w->all->fn(w->all->data, w->ticket, v);
	}
	buf_consume(&w->in, n + 1);
}

static void worker_ended(struct worker *w)
{
	bool told = w->busy && !w->syncing;
	int status;

	end_worker(w);
	waitpid(w->pid, &status, WNOHANG);
	w->busy = w->syncing = false;
	if (told)
		answer_error(w->all, w->ticket, "the worker ended before the command was done");
}

static void on_worker(struct loop *loop, void *data, unsigned events)
{
	struct worker *w = data;
	char *room = buf_room(&w->in, READ_AT_ONCE), *newline;
	ssize_t n = room ? sys_read(w->fd, room, READ_AT_ONCE) : 0;

	(void)loop;
	(void)events;
	if (n <= 0) {
		worker_ended(w);
		return;
	}
	w->in.len += (size_t)n;
	newline = memchr(w->in.data, '\n', w->in.len);
	if (newline)
		take_answer(w, (size_t)(newline - w->in.data));
	send_queued(w->all);
}

static char *line_of(const struct jval *command)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_JSON);

	jval_format(command, JVAL_COMPACT, &b);
	buf_putc(&b, '\n');
	return mem_strdup(buf_text(&b));
}

void workers_submit(struct workers *w, const struct jval *command, unsigned ticket)
{
	if (w->queued == QUEUE) {
		answer_error(w, ticket, "too many commands are under way; try again in a moment");
		return;
	}
	w->queue[w->queued].line = line_of(command);
	w->queue[w->queued++].ticket = ticket;
	send_queued(w);
}

void workers_sync(struct workers *w)
{
	struct error ignored = { 0 };
	struct worker *idle;

	for (size_t i = 0; i < WORKERS; i++)
		if (w->items[i].syncing)
			return;
	idle = w->queued ? NULL : idle_worker(w, &ignored);
	if (!idle)
		return;
	idle->syncing = true;
	send_line(idle, "{\"do\":\"sync\"}\n", 0);
}

static int serve(struct engine *e, FILE *in)
{
	CLEANUP(free) char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, in)) > 0) {
		CLEANUP(jval_free) struct jval *command = NULL, *answer = NULL;
		CLEANUP(buf_release) struct buf out = BUF_INIT(LIMIT_JSON);
		struct error err = { 0 };

		if (jval_parse(line, (size_t)n, &command, &err) < 0)
			return 1;
		answer = perform(e, command);
		jval_format(answer, JVAL_COMPACT, &out);
		buf_putc(&out, '\n');
		if (fs_write_all(STDOUT_FILENO, "the answer", out.data, out.len, &err) < 0)
			return 1;
	}
	return 0;
}

int worker_main(const char *store)
{
	const struct engine_options options = { .store = store };
	CLEANUP(engine_close) struct engine *e = NULL;
	struct error err = { 0 };

	/* Not "exe", in the lists that people look at. */
	prctl(PR_SET_NAME, "wb-tui");
	/* Nobody to answer to is no reason to leave a command half done. */
	signal(SIGPIPE, SIG_IGN);
	if (engine_open(&options, &e, &err) < 0)
		return 1;
	return serve(e, stdin);
}
