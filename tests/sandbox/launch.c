/*
 * A small supervisor for the sandbox tests and the start-up benchmark: launches
 * one command with the system layout and reports, one fact a line on descriptor 3
 * (or standard error with --report-stderr).
 *
 *   launch [--tier N] [--cwd DIR] [--ro PATH]... [--rw PATH]... [--lower DIR --upper DIR --work DIR] [--events]
 *          [--no-report] [--no-opens] [--no-landlock] [--home DIR] [--nproc N] [--env K=V]... [--repeat N]
 *          [--kill-after-ready] [--print] [--quiet] -- COMMAND ARG...
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/apply.h"
#include "sandbox/interp.h"
#include "sandbox/layout.h"
#include "sandbox/notify.h"
#include "sandbox/usage.h"

struct options {
	struct sandbox_plan *plan;
	const char *home;
	const char *lower;
	const char *upper;
	const char *work;
	const char *cwd;
	const char *ro[32];
	const char *rw[32];
	const char *env[32];
	int ro_count;
	int rw_count;
	int env_count;
	int tier;
	int repeat;
	bool events;
	bool report;
	bool opens;
	bool landlock;
	bool kill_now;
	bool print;
	bool quiet;
	uint64_t nproc;
};

static FILE *out;

static int fail(const struct error *err, int code)
{
	fprintf(out, "error %s\n", err->text);
	if (err->hint[0])
		fprintf(out, "hint %s\n", err->hint);
	fflush(out);
	return code;
}

static int plan_fill(struct options *o, char **argv, struct error *err)
{
	struct layout_options layout = { .home = o->home, .tmp_size = 64 * LIMIT_MIB, .tmp_inodes = 10000 };
	CLEANUP(interp_free) struct interp *in = NULL;
	CLEANUP(free) char *cwd = getcwd(NULL, 0);
	CLEANUP(free) char *path = NULL;
	struct interp_query q = { .command = argv[0], .path = getenv("PATH"), .cwd = cwd, .home = getenv("HOME") };
	struct sandbox_plan *p = plan_new(o->tier);

	o->plan = p;
	p->report = o->report;
	p->report_opens = o->opens;
	p->landlock = o->landlock;
	p->rlimits.nproc = o->nproc;
	if (layout_add_system(p, &layout, err) || interp_resolve(&q, &in, err))
		return -1;
	for (size_t i = 0; i < in->root_count; i++) {
		if (layout_add_visible(p, in->roots[i], err))
			return -1;
	}
	if (o->lower)
		plan_add_overlay(p, o->lower, o->upper, o->work, o->cwd);
	for (int i = 0; i < o->ro_count; i++)
		plan_add_ro(p, o->ro[i], o->ro[i]);
	for (int i = 0; i < o->rw_count; i++)
		plan_add_rw(p, o->rw[i], o->rw[i]);
	plan_set_cwd(p, o->cwd ? o->cwd : "/");
	plan_set_exec(p, in->exec);
	plan_add_arg(p, in->exec);
	for (int i = 1; argv[i]; i++)
		plan_add_arg(p, argv[i]);
	path = mem_printf("%s%s%s", in->bin_dir ? in->bin_dir : "", in->bin_dir ? ":" : "", q.path ? q.path : "/usr/bin:/bin");
	plan_set_env(p, "PATH", path);
	plan_set_env(p, "HOME", o->home ? o->home : "/");
	for (int i = 0; i < o->env_count; i++) {
		CLEANUP(free) char *name = mem_strndup(o->env[i], strcspn(o->env[i], "="));

		plan_set_env(p, name, o->env[i] + strlen(name) + 1);
	}
	if (o->events) {
		CLEANUP(free) char *socket_path = o->tier == 1 ? mem_strdup(PLAN_EVENTS) : fs_join(o->cwd, "events.sock");

		plan_set_events(p, socket_path);
		plan_set_env(p, "WB_EVENTS", socket_path);
	}
	return 0;
}

static void denial_read(struct notifier *n)
{
	struct denial d;
	struct error err = { 0 };

	if (notifier_handle_ready(n, &d, &err) > 0)
		fprintf(out, "denied %s %s [%s] %s\n", d.call, d.object, d.reason, d.refused ? "refused" : "seen");
}

static void event_accept(int listener)
{
	char text[256];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n > 0) {
		text[n] = 0;
		text[strcspn(text, "\n")] = 0;
		fprintf(out, "event %s\n", text);
	}
	if (fd >= 0)
		close(fd);
}

static void serve(struct sandbox_child *c, struct notifier *n)
{
	struct pollfd p[3] = {
		{ .fd = c->init_pidfd, .events = POLLIN },
		{ .fd = c->notify_fd, .events = POLLIN },
		{ .fd = c->events_fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return;
		if (p[1].revents & POLLIN)
			denial_read(n);
		else if (p[1].revents)
			p[1].fd = -1;
		if (p[2].revents & POLLIN)
			event_accept(c->events_fd);
		if (p[0].revents)
			return;
	}
}

static void exit_print(struct sandbox_child *c)
{
	struct sandbox_exit x;
	struct error err = { 0 };

	if (sandbox_read_exit(c, &x, &err) != 1)
		fprintf(out, "exit lost\n");
	else if (WIFEXITED(x.status))
		fprintf(out, "exit %d\n", WEXITSTATUS(x.status));
	else
		fprintf(out, "exit signal %d\n", WTERMSIG(x.status));
}

static int run_once(const struct options *o, struct error *err)
{
	CLEANUP(close) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CLEANUP(sandbox_child_release) struct sandbox_child c = SANDBOX_CHILD_INIT;
	CLEANUP(notifier_free) struct notifier *n = NULL;
	struct sandbox_io io = { .stdin_fd = null, .stdout_fd = STDOUT_FILENO, .stderr_fd = STDERR_FILENO, .pty_master = -1 };

	if (sandbox_launch(o->plan, &io, &c, err))
		return sandbox_failure_exit_code(c.failure);
	if (c.notify_fd >= 0 && notifier_new(c.notify_fd, o->plan, &n, err))
		return 99;
	if (o->print)
		fprintf(out, "init %d payload %d landlock %d\n", (int)c.init_pid, (int)c.payload_pid, c.landlock_abi);
	if (o->kill_now)
		sandbox_kill(&c);
	serve(&c, n);
	if (sandbox_wait(&c, err))
		return 99;
	if (o->repeat == 1 && !o->quiet)
		exit_print(&c);
	fflush(out);
	return 0;
}

static int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "tier", 1, NULL, 't' },       { "cwd", 1, NULL, 'c' },       { "ro", 1, NULL, 'r' },
		{ "rw", 1, NULL, 'w' },         { "lower", 1, NULL, 'l' },     { "upper", 1, NULL, 'u' },
		{ "work", 1, NULL, 'k' },       { "events", 0, NULL, 'e' },    { "no-report", 0, NULL, 'n' },
		{ "no-opens", 0, NULL, 'o' },   { "no-landlock", 0, NULL, 'L' }, { "home", 1, NULL, 'h' },
		{ "nproc", 1, NULL, 'p' },      { "env", 1, NULL, 'E' },       { "repeat", 1, NULL, 'R' },
		{ "kill-after-ready", 0, NULL, 'K' }, { "print", 0, NULL, 'P' },     { "quiet", 0, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 't': o->tier = atoi(optarg); break;
		case 'c': o->cwd = optarg; break;
		case 'r': o->ro[o->ro_count++ % 32] = optarg; break;
		case 'w': o->rw[o->rw_count++ % 32] = optarg; break;
		case 'E': o->env[o->env_count++ % 32] = optarg; break;
		case 'l': o->lower = optarg; break;
		case 'u': o->upper = optarg; break;
		case 'k': o->work = optarg; break;
		case 'h': o->home = optarg; break;
		case 'p': o->nproc = strtoull(optarg, NULL, 10); break;
		case 'R': o->repeat = atoi(optarg); break;
		case 'e': o->events = true; break;
		case 'n': o->report = false; break;
		case 'o': o->opens = false; break;
		case 'L': o->landlock = false; break;
		case 'K': o->kill_now = true; break;
		case 'P': o->print = true; break;
		case 'q': o->quiet = true; break;
		default: return -1;
		}
	}
	return optind < argc ? optind : -1;
}

int main(int argc, char **argv)
{
	struct options o = { .tier = 1, .repeat = 1, .report = true, .opens = true, .landlock = true };
	int first = options_parse(argc, argv, &o);
	struct error err = { 0 };
	int rc = 0;

	out = fcntl(3, F_GETFD) >= 0 ? fdopen(3, "w") : stderr;
	if (first < 0 || !out) {
		fprintf(stderr, "usage: launch [OPTION]... -- COMMAND ARG...\n");
		return 2;
	}
	if (out != stderr)
		fcntl(3, F_SETFD, FD_CLOEXEC);
	if (plan_fill(&o, argv + first, &err)) {
		plan_free(o.plan);
		return fail(&err, err.code == ERR_NOT_FOUND ? 127 : err.code == ERR_DENIED ? 126 : 125);
	}
	for (int i = 0; i < o.repeat && rc == 0; i++) {
		rc = run_once(&o, &err);
		if (rc)
			fail(&err, rc);
	}
	plan_free(o.plan);
	return rc;
}
