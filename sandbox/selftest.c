/* The outer half of the self-test: a world to aim at, a sandbox for each probe, and the judgement. */
#include "config.h"

#include "sandbox/selftest.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/apply.h"
#include "sandbox/layout.h"
#include "sandbox/notify.h"
#include "sandbox/selftest_parts.h"

enum { TIME_LIMIT_S = 20, PROCESSES = 64 };

struct outside {
	char dir[64];
	char *secret, *forbidden, *work;
	char abstract[48];
	int tcp, unix_fd;
	int port;
	pid_t victim;
};

/* What came back of one probe. */
struct outcome {
	int status;           /* as wait(2) gives it */
	bool late, has_status;
	unsigned denials;
	char text[160];       /* "ERRNO words" */
};

_Noreturn void selftest_inside(const char *name)
{
	for (const struct selftest_probe *p = selftest_probes; p->name; p++) {
		const char *why = NULL;
		char line[160];
		int error, n;

		if (!str_eq(p->id, name))
			continue;
		error = p->run(&why);
		n = snprintf(line, sizeof line, "%d %s\n", error, why ? why : error ? strerror(error) : "works");
		_exit(write(STDOUT_FILENO, line, (size_t)n) == n ? 0 : 1);
	}
	_exit(2);
}

/* --- the world --- */

static int listen_on(int fd, const void *address, socklen_t size, struct error *err)
{
	if (fd < 0 || bind(fd, address, size) || listen(fd, 4))
		return error_sys(err, "cannot listen");
	return fd;
}

static int open_listeners(struct outside *o, struct error *err)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t size = sizeof in;
	size_t n;

	snprintf(o->abstract, sizeof o->abstract, "wb-self-test-%d", (int)getpid());
	n = strlen(o->abstract);
	memcpy(un.sun_path + 1, o->abstract, n);
	o->tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	o->unix_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listen_on(o->tcp, &in, sizeof in, err) < 0 ||
	    listen_on(o->unix_fd, &un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n), err) < 0)
		return -1;
	if (getsockname(o->tcp, (struct sockaddr *)&in, &size))
		return error_sys(err, "cannot listen");
	o->port = ntohs(in.sin_port);
	return 0;
}

static int open_outside(struct outside *o, struct error *err)
{
	snprintf(o->dir, sizeof o->dir, "/tmp/wb-self-test-XXXXXX");
	if (!mkdtemp(o->dir)) {
		o->dir[0] = 0;
		return error_sys(err, "cannot make a folder in /tmp");
	}
	o->secret = fs_join(o->dir, "secret");
	o->forbidden = fs_join(o->dir, "written");
	o->work = fs_join(o->dir, "work");
	if (fs_write_atomic(AT_FDCWD, o->secret, "secret\n", 7, 0600, err) || fs_mkdir_p(AT_FDCWD, o->work, 0700, err) ||
	    open_listeners(o, err))
		return -1;
	o->victim = fork();
	if (o->victim == 0) {
		for (;;)
			pause();
	}
	return o->victim < 0 ? error_sys(err, "cannot make a process") : 0;
}

static void outside_release(struct outside *o)
{
	struct error ignored;

	if (o->victim > 0) {
		kill(o->victim, SIGKILL);
		waitpid(o->victim, NULL, 0);
	}
	if (o->tcp >= 0)
		close(o->tcp);
	if (o->unix_fd >= 0)
		close(o->unix_fd);
	if (o->dir[0])
		(void)(fs_remove_tree(AT_FDCWD, o->dir, &ignored) == 0);
	free(o->secret);
	free(o->forbidden);
	free(o->work);
}
DEFINE_CLEANUP_VALUE(outside_release, struct outside);

/* --- one sandbox --- */

static void set_facts(struct sandbox_plan *p, const struct outside *o)
{
	char number[24];

	plan_set_env(p, "T_SECRET", o->secret);
	plan_set_env(p, "T_OUTSIDE", o->forbidden);
	plan_set_env(p, "T_ABSTRACT", o->abstract);
	snprintf(number, sizeof number, "%d", o->port);
	plan_set_env(p, "T_PORT", number);
	snprintf(number, sizeof number, "%d", (int)o->victim);
	plan_set_env(p, "T_VICTIM", number);
}

static struct sandbox_plan *make_plan(int tier, const char *program, const struct selftest_probe *probe,
				      const struct outside *o, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new(tier);
	struct layout_options layout = { .tmp_size = 16 * LIMIT_MIB, .tmp_inodes = 1000 };

	if (layout_add_system(p, &layout, err) || layout_add_visible(p, program, err))
		return NULL;
	plan_add_rw(p, o->work, o->work);
	plan_set_cwd(p, o->work);
	plan_set_exec(p, program);
	plan_add_arg(p, "wb");
	plan_add_arg(p, "doctor");
	plan_add_arg(p, "--inside");
	plan_add_arg(p, probe->id);
	plan_set_env(p, "PATH", "/usr/bin:/bin");
	plan_set_env(p, "LC_ALL", "C");
	set_facts(p, o);
	if (probe->flags & SELFTEST_NOT_ROOT)
		p->rlimits.nproc = PROCESSES;
	return take_ptr(&p);
}

static void take_denials(struct notifier *n, struct outcome *out)
{
	struct denial d;
	struct error err = { 0 };
	int rc;

	for (int i = 0; i < 256 && (rc = notifier_handle(n, &d, &err)) >= 0; i++)
		out->denials += rc > 0 && d.refused;
}

static void take_text(int fd, struct outcome *out)
{
	size_t len = strlen(out->text);
	ssize_t n = read(fd, out->text + len, sizeof out->text - 1 - len);

	if (n > 0)
		out->text[len + (size_t)n] = 0;
}

/* Until init has ended, or it took too long. */
static void serve(struct sandbox_child *c, struct notifier *n, struct outcome *out)
{
	int64_t deadline = clock_mono(&clock_system) + TIME_LIMIT_S * INT64_C(1000000000);
	struct pollfd p[2] = { { .fd = c->status_fd, .events = POLLIN }, { .fd = c->notify_fd, .events = POLLIN } };

	for (;;) {
		int ready = poll(p, 2, 100);

		if (ready > 0 && (p[1].revents & POLLIN))
			take_denials(n, out);
		else if (ready > 0 && p[1].revents)
			p[1].fd = -1;
		if (ready > 0 && p[0].revents)
			return;
		if (clock_mono(&clock_system) > deadline) {
			out->late = true;
			return;
		}
	}
}

static int run_one(const struct sandbox_plan *p, const struct outside *o, struct outcome *out, struct error *err)
{
	CLEANUP(sandbox_child_release) struct sandbox_child c = SANDBOX_CHILD_INIT;
	CLEANUP(notifier_free) struct notifier *n = NULL;
	CLEANUP(close) int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CLEANUP(close) int out_read = -1;
	struct sandbox_io io = { .stdin_fd = in, .pty_master = -1 };
	struct sandbox_exit x;
	int ends[2];
	int rc;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return error_sys(err, "a pipe");
	out_read = ends[0];
	io.stdout_fd = io.stderr_fd = ends[1];
	rc = sandbox_launch(p, &io, &c, err);
	close(ends[1]);
	if (rc)
		return -1;
	c.spare = o->victim;
	rc = notifier_new(c.notify_fd, p, &n, err);
	if (rc == 0)
		serve(&c, n, out);
	out->has_status = rc == 0 && !out->late && sandbox_read_exit(&c, &x, err) == 1;
	out->status = out->has_status ? x.status : 0;
	sandbox_kill(&c);
	if (sandbox_wait(&c, err))
		return -1;
	take_text(out_read, out);
	/* Whoever is left would hold the other end. */
	if (rc == 0 && read(out_read, &(char){ 0 }, 1) < 0 && errno == EAGAIN)
		return error_set(err, ERR_INTERNAL, "a process of the sandbox has survived it");
	return rc;
}

/* --- the judgement --- */

static void judge(const struct selftest_probe *p, const struct outcome *o, struct selftest_result *r)
{
	const char *words = strchr(o->text, ' ');
	bool worked = str_starts(o->text, "0 ");
	bool answered = o->has_status && WIFEXITED(o->status) && WEXITSTATUS(o->status) == 0 && words;

	if (o->late) {
		snprintf(r->detail, sizeof r->detail, "did not end");
	} else if (p->flags & SELFTEST_KILLED) {
		r->ok = o->has_status && WIFSIGNALED(o->status) && WTERMSIG(o->status) == SIGSYS;
		snprintf(r->detail, sizeof r->detail, r->ok ? "killed" : "it was not killed");
	} else if (!answered) {
		snprintf(r->detail, sizeof r->detail, "could not be tried: %.100s", o->text);
	} else if ((p->flags & SELFTEST_NAMED) && !o->denials) {
		snprintf(r->detail, sizeof r->detail, "nobody was told");
	} else if ((p->flags & SELFTEST_STAYS) && worked) {
		r->ok = true;
		snprintf(r->detail, sizeof r->detail, "only in the run's own memory");
	} else {
		r->ok = worked == ((p->flags & SELFTEST_NEED) != 0);
		snprintf(r->detail, sizeof r->detail, "%s%.*s", r->ok ? "" : worked ? "IT WORKS: " : "does not work: ",
			 (int)strcspn(words + 1, "\n"), words + 1);
	}
}

static const char *reason_to_skip(const struct selftest_probe *p, int tier)
{
	if (tier != 1 && (p->flags & SELFTEST_TIER1))
		return "only tier 1 has this";
	if ((p->flags & SELFTEST_NOT_ROOT) && geteuid() == 0)
		return "the kernel does not count root's processes";
	return NULL;
}

static void try_probe(const struct selftest_probe *p, int tier, const char *program, const struct outside *o,
		      struct selftest_result *r)
{
	const char *skip = reason_to_skip(p, tier);
	int64_t start = clock_mono(&clock_system);
	CLEANUP(plan_free) struct sandbox_plan *plan = NULL;
	struct outcome out = { .status = 0 };
	struct error err = { 0 };

	*r = (struct selftest_result){ .name = p->name };
	if (skip) {
		r->ok = r->skipped = true;
		snprintf(r->detail, sizeof r->detail, "%s", skip);
		return;
	}
	plan = make_plan(tier, program, p, o, &err);
	if (!plan || run_one(plan, o, &out, &err))
		snprintf(r->detail, sizeof r->detail, "%.190s", err.text);
	else
		judge(p, &out, r);
	/* Whatever it said of itself. */
	if (unlink(o->forbidden) == 0 || waitpid(o->victim, NULL, WNOHANG) != 0) {
		r->ok = false;
		snprintf(r->detail, sizeof r->detail, "it had an effect outside");
	}
	r->ns = clock_mono(&clock_system) - start;
}

int selftest_run(int tier, const char *program, struct selftest *out, struct error *err)
{
	CLEANUP(outside_release) struct outside o = { .tcp = -1, .unix_fd = -1 };

	*out = (struct selftest){ .count = 0 };
	if (open_outside(&o, err))
		return -1;
	for (const struct selftest_probe *p = selftest_probes; p->name && out->count < SELFTEST_MAX; p++) {
		struct selftest_result *r = &out->results[out->count++];

		try_probe(p, tier, program, &o, r);
		out->failed += !r->ok;
	}
	return 0;
}
