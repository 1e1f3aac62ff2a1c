/* What the run's GPUs are doing, as wb-gpu tells it, into the record. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/sup.h"

enum { EVERY_S = 5, LINE_MAX_BYTES = 256, END_MS = 2000, FIRST_MS = 2000 };

struct sup_gpu {
	struct supervisor *sup;
	struct loop_watch watch;
	int in_fd;      /* the helper ends when this is closed */
	int out_fd;
	int pidfd;
	struct buf line;
	int64_t samples;
};

static void record(struct sup_gpu *g, size_t i, const char *what, int64_t value)
{
	char key[64];

	snprintf(key, sizeof key, "system/gpu%zu_%s", i, what);
	spool_encode_metric(spool_buffer(g->sup->spool), key, (double)value, g->samples, sup_now_ms());
}

/* "0 97 85899345920"; what is not of this form is left. */
static void take_line(struct sup_gpu *g, const char *line)
{
	char number[3][24];
	int64_t value[3] = { -1, -1, -1 };
	struct error ignored = { 0 };

	if (sscanf(line, "%23s %23s %23s", number[0], number[1], number[2]) != 3)
		return;
	for (int i = 0; i < 3; i++)
		if (!str_eq(number[i], "-") && str_parse_i64(number[i], &value[i], &ignored) < 0)
			return;
	if (value[0] < 0 || (size_t)value[0] >= g->sup->job->gpu_sample.n || value[1] > 100)
		return;
	if (value[1] >= 0)
		record(g, (size_t)value[0], "percent", value[1]);
	if (value[2] >= 0)
		record(g, (size_t)value[0], "memory_bytes", value[2]);
	if ((size_t)value[0] == g->sup->job->gpu_sample.n - 1)
		g->samples++;
}

static void take_bytes(struct sup_gpu *g, const char *bytes, size_t n)
{
	struct error err = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			buf_putc(&g->line, bytes[i]);
			continue;
		}
		if (!g->line.full)
			take_line(g, buf_text(&g->line));
		buf_clear(&g->line);
	}
	if (spool_commit(g->sup->spool, &err) < 0)
		sup_trouble(g->sup, &err);
}

static void told(struct loop *loop, void *data, unsigned events)
{
	struct sup_gpu *g = data;
	char bytes[4096];
	ssize_t n = sys_read(g->out_fd, bytes, sizeof bytes);

	(void)events;
	if (n > 0)
		take_bytes(g, bytes, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		loop_stop(loop, &g->watch);
}

/* 0 or an errno. */
static int spawn_helper(const struct job *job, int in_fd, int out_fd, pid_t *out_pid)
{
	CLEANUP(words_release) struct words argv = { 0 };
	CLEANUP(free) char *every = mem_printf("%d", EVERY_S);
	char *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	int rc;

	words_add(&argv, "wb-gpu");
	words_add(&argv, every);
	for (size_t i = 0; i < job->gpu_sample.n; i++)
		words_add(&argv, job->gpu_sample.items[i]);
	posix_spawn_file_actions_init(&actions);
	rc = posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
	/* Neither the run's life nor its leases. */
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (rc == 0)
		rc = posix_spawn(out_pid, job->gpu_helper, &actions, NULL, argv.items, envp);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int helper_start(struct sup_gpu *g, struct error *err)
{
	int in[2], out[2];
	CLEANUP(close) int in_read = -1;
	CLEANUP(close) int out_write = -1;
	pid_t pid = 0;

	if (pipe2(in, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	in_read = in[0];
	g->in_fd = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return error_sys(err, "making a pipe");
	g->out_fd = out[0];
	out_write = out[1];
	errno = spawn_helper(g->sup->job, in_read, out_write, &pid);
	if (errno)
		return error_sys(err, "starting %s", g->sup->job->gpu_helper);
	g->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fcntl(g->out_fd, F_SETFL, O_NONBLOCK) < 0)
		return error_sys(err, "the pipe of wb-gpu");
	return loop_watch_fd(g->sup->loop, &g->watch, g->out_fd, LOOP_READ, told, g, err);
}

void sup_gpu_start(struct supervisor *s)
{
	struct error err = { 0 };
	struct sup_gpu *g;

	/* How busy they are is for the code inside to choose: a way out of a diode. */
	if (!s->job->gpu_helper || !s->job->gpu_sample.n || s->job->diode)
		return;
	g = s->gpu = mem_zalloc(sizeof *g);
	*g = (struct sup_gpu){ .sup = s, .in_fd = -1, .out_fd = -1, .pidfd = -1, .line = BUF_INIT(LINE_MAX_BYTES) };
	/* A run does not fail because nobody measures its GPUs. */
	if (helper_start(g, &err) < 0) {
		error_wrap(&err, "what its GPUs do is not measured");
		sup_warn(s, err.text);
	}
}

static void helper_end(struct supervisor *s)
{
	struct sup_gpu *g = s->gpu;
	struct pollfd ended = { .events = POLLIN };
	siginfo_t info;

	loop_stop(s->loop, &g->watch);
	/* A run that was over before the first round: that one is waited for. */
	ended.fd = g->out_fd;
	if (g->samples == 0 && g->pidfd >= 0 && poll(&ended, 1, FIRST_MS) > 0)
		told(s->loop, g, LOOP_READ);
	if (g->in_fd >= 0)
		close(g->in_fd);
	if (g->out_fd >= 0)
		close(g->out_fd);
	if (g->pidfd >= 0) {
		(void)syscall(SYS_pidfd_send_signal, g->pidfd, SIGKILL, NULL, 0);
		ended.fd = g->pidfd;
		/* One that hangs in its driver is left to init. */
		if (poll(&ended, 1, END_MS) > 0 && waitid((idtype_t)P_PIDFD, (id_t)g->pidfd, &info, WEXITED) < 0)
			errno = 0;
		close(g->pidfd);
	}
	buf_release(&g->line);
	free(g);
	s->gpu = NULL;
}

void sup_gpu_finish(struct supervisor *s)
{
	if (s->gpu)
		helper_end(s);
	/* Nothing of the run is left to use them; what follows can take its time. */
	if (s->job->gpu_claim)
		sys_unlinkat(AT_FDCWD, s->job->gpu_claim, 0);
	close(JOB_FD_GPUS);
}
