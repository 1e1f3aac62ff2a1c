/* wb-supervisor: reads its job, builds the sandbox, watches the run, seals its record. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/sys.h"
#include "engine/sup.h"

static int read_job(struct job **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_PLAN);
	CLEANUP(jval_free) struct jval *v = NULL;

	if (fs_read_fd(JOB_FD_JOB, "the job", &text, err) < 0 || jval_parse(buf_text(&text), text.len, &v, err) < 0)
		return -1;
	return job_from_jval(v, out, err);
}

/* Tells `wb run` how the launch went: one line of JSON. */
static void tell_ready(enum sandbox_failure failure, const struct error *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 16);
	CLEANUP(jval_free) struct jval *v = jval_object();

	jval_set_bool(v, "ok", why == NULL);
	if (why) {
		jval_set_int(v, "failure", (int)failure);
		jval_set_int(v, "code", (int)why->code);
		jval_set_text(v, "text", why->text);
		jval_set_text(v, "hint", why->hint);
	}
	jval_format(v, JVAL_COMPACT, &text);
	buf_putc(&text, '\n');
	/* A reader that died meanwhile has no use for the answer; the run goes on. */
	if (sys_write(JOB_FD_READY, text.data, text.len) < 0)
		errno = 0;
	close(JOB_FD_READY);
}

static int make_pipe(int *out_read, int *out_write, struct error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0 || fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0)
		return error_sys(err, "making a pipe");
	*out_read = fds[0];
	*out_write = fds[1];
	return 0;
}

static void child_ready(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	struct error err = { 0 };

	(void)events;
	/* The last look at what it used has to come before the processes are gone for good. */
	s->has_exit = sandbox_read_exit(&s->child, &s->exit, &err) == 1;
	sup_cgroup_look(s);
	sup_cgroup_kill(s);
	sandbox_kill(&s->child);
	if (sandbox_wait(&s->child, &err) < 0)
		sup_trouble(s, &err);
	sup_cgroup_end(s);
	s->over = true;
	loop_stop(loop, &s->child_watch);
	loop_quit(loop);
}

/* Launches; out_fd and err_fd are the reading ends of the run's output. */
static int launch(struct supervisor *s, int *out_fd, int *err_fd, struct error *err)
{
	CLEANUP(close) int out_write = -1;
	CLEANUP(close) int err_write = -1;
	struct sandbox_io io = { .stdin_fd = STDIN_FILENO, .pty_master = -1 };

	sup_cpus_choose(s->job->limits.cpus);
	sup_cgroup_start(s, &io);
	if (s->job->plan->tty) {
		if (sup_tty_open(s, &io, out_fd, err) < 0)
			return -1;
		return sandbox_launch(s->job->plan, &io, &s->child, err);
	}
	if (make_pipe(out_fd, &out_write, err) < 0 || make_pipe(err_fd, &err_write, err) < 0)
		return -1;
	io.stdout_fd = out_write;
	io.stderr_fd = err_write;
	return sandbox_launch(s->job->plan, &io, &s->child, err);
}

static int start(struct supervisor *s, struct error *err)
{
	int out_fd = -1, err_fd = -1;

	if (read_job(&s->job, err) < 0 || store_open(s->job->store_path, &s->store, err) < 0)
		return -1;
	s->run_dirfd = store_run_dir(s->store, s->job->run_id, false, err);
	if (s->run_dirfd < 0 || spool_adopt(s->run_dirfd, JOB_FD_SPOOL, &s->spool, err) < 0)
		return -1;
	if (s->job->diode) {
		s->diode = mem_zalloc(sizeof *s->diode);
		s->diode->out_left = s->job->diode_out;
	}
	if (loop_new(&s->loop, err) < 0 || runlog_create(s->run_dirfd, s->job->limits.log_bytes, &s->log, err) < 0)
		return -1;
	/* Before the launch: from the first instant on, whoever asks finds the run's socket. */
	if (sup_ctl_start(s, err) < 0 || launch(s, &out_fd, &err_fd, err) < 0)
		return -1;
	if (sup_streams_start(s, out_fd, err_fd, err) < 0 || sup_notify_start(s, err) < 0 || sup_limits_start(s, err) < 0)
		return -1;
	if ((s->child.events_fd >= 0 && sup_door_start(s, err) < 0) || sup_net_start(s, err) < 0)
		return -1;
	sup_gpu_start(s);
	return loop_watch_fd(s->loop, &s->child_watch, s->child.status_fd, LOOP_READ, child_ready, s, err);
}

/* Not writable by others, nothing on the terminal, no terminal at all. */
static void settle(void)
{
	sigset_t none;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	/* It starts with all signals blocked. One that came before it left the viewer's group is forgotten. */
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_NAME, "wb-supervisor");
	for (int fd = JOB_FD_JOB; fd < JOB_FD_COUNT; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	close_range(JOB_FD_COUNT, ~0u, 0);
}

static struct supervisor *supervisor_new(void)
{
	struct supervisor *s = mem_zalloc(sizeof *s);

	s->run_dirfd = s->door_fd = s->ctl_fd = s->out.fd = s->err.fd = -1;
	s->child = (struct sandbox_child)SANDBOX_CHILD_INIT;
	s->scope = (struct scope_hold)SCOPE_HOLD_NONE;
	s->pty = (struct pty)PTY_INIT;
	return s;
}

/* The launch failed: nothing may be left running, and whoever waits learns why. */
static void give_up(struct supervisor *s, const struct error *why)
{
	struct error ignored = { 0 };
	bool running = s->child.init_pidfd >= 0;

	sup_cgroup_kill(s);
	if (running) {
		sandbox_kill(&s->child);
		if (sandbox_wait(&s->child, &ignored) < 0)
			errno = 0;
	}
	sup_cgroup_end(s);
	sup_ctl_close(s);
	tell_ready(running ? SANDBOX_FAIL_SETUP : s->child.failure, why);
}

int main(int argc, char **argv)
{
	struct supervisor *s = supervisor_new();
	struct error err = { 0 };

	(void)argv;
	if (argc != 1 || fcntl(JOB_FD_JOB, F_GETFD) < 0) {
		fputs("wb-supervisor is started by `wb run`; it takes no arguments\n", stderr);
		return 2;
	}
	settle();
	if (start(s, &err) < 0) {
		give_up(s, &err);
		return 1;
	}
	tell_ready(SANDBOX_FAIL_NONE, NULL);
	if (loop_run(s->loop, &err) < 0)
		sup_trouble(s, &err);
	sup_end(s);
	sup_ctl_close(s);
	/* The process ends here: its memory and descriptors end with it, the lock on the run's life last. */
	sys_exit_now(0);
}
