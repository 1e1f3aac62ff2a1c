/*
 * The attack battery: runs every attack of attack_*.c inside a real sandbox,
 * tier 1 and tier 2, and looks from outside whether anything has changed. Where
 * it does no harm the attack runs without a sandbox too and must get through:
 * a check that cannot fail proves nothing.
 *
 *   battery [PATTERN]    one TAP line an attack and tier; as root all of it once more as another user
 *   battery --list       the attacks and what they try
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "sandbox/apply.h"
#include "sandbox/interp.h"
#include "sandbox/layout.h"
#include "sandbox/notify.h"
#include "sandbox/probe.h"
#include "tests/sandbox/attack.h"
#include "tests/sandbox/world.h"

enum { ORDINARY_USER = 64123, TIME_LIMIT_S = 30 };

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* Exit statuses of `battery --inside NAME`. */
enum { SAYS_THROUGH = 10, SAYS_REFUSED, SAYS_ABSENT, SAYS_BROKEN };

static const struct attack *const groups[] = {
	attacks_files, attacks_owner, attacks_net, attacks_kernel, attacks_calls, attacks_procs, needs,
};
enum { GROUPS = sizeof groups / sizeof *groups };

/* What came back from one attack. */
struct report {
	int status;            /* as wait(2) gives it */
	bool lost;             /* no status: killed from outside */
	bool late;
	bool reached;          /* somebody could connect to a listener of the run */
	int signal;            /* that the supervisor got; 0: none */
	unsigned fds[2];       /* the supervisor's descriptors before and after */
	unsigned denials;
	char text[512];
	char trouble[1024];     /* why the sandbox could not be started; "" */
};

struct battery {
	const char *pattern;
	const char *user;      /* for the lines */
	unsigned count, failed, skipped, unproven;
	int tier2_abi;
	bool tier1;
	struct report *report; /* shared with the supervisors */
};

/* --- inside --- */

const char *fact(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

long fact_number(const char *name)
{
	return strtol(fact(name), NULL, 10);
}

const char *fact_path(const char *name, const char *below)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", fact(name), below);
	return path;
}

int outcome(long rc)
{
	return rc < 0 ? errno : THROUGH;
}

static char seen_text[256];

void seen(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(seen_text, sizeof seen_text, fmt, ap);
	va_end(ap);
}

int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	return outcome(fd);
}

int try_secret(const char *path)
{
	char text[64] = "";
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (n < 0)
		return errno;
	return strstr(text, SECRET) ? THROUGH : REFUSED_QUIETLY;
}

static const struct attack *attack_find(const char *name)
{
	for (size_t g = 0; g < GROUPS; g++) {
		for (const struct attack *a = groups[g]; a->name; a++) {
			if (str_eq(a->name, name))
				return a;
		}
	}
	return NULL;
}

static int inside(const char *name)
{
	const struct attack *a = attack_find(name);
	int got = a ? a->run() : BROKEN;
	char line[600];
	int n;

	if (got == THROUGH)
		n = snprintf(line, sizeof line, "got through %s\n", seen_text);
	else if (got == ABSENT || got == BROKEN)
		n = snprintf(line, sizeof line, "%s\n", seen_text);
	else
		n = snprintf(line, sizeof line, "%d %s %s\n", got, got == REFUSED_QUIETLY ? "no effect" : strerror(got), seen_text);
	if (write(1, line, (size_t)n) < 0)
		_exit(SAYS_BROKEN);
	/* Not exit(): a sanitizer's last words need calls that are not to be had. */
	_exit(got == THROUGH ? SAYS_THROUGH : got == ABSENT ? SAYS_ABSENT : got == BROKEN ? SAYS_BROKEN : SAYS_REFUSED);
}

/* --- outside --- */

static void set_in_plan(void *data, const char *name, const char *value)
{
	plan_set_env(data, name, value);
}

static void set_here(void *data, const char *name, const char *value)
{
	(void)data;
	setenv(name, value, 1);
}

static char *below(const struct world *w, const char *name)
{
	return fs_join(w->base, name);
}

/* The folders as the engine gives them to a run. */
static int plan_folders(struct sandbox_plan *p, const struct world *w, struct error *err)
{
	CLEANUP(free) char *home = below(w, "home");
	CLEANUP(free) char *lower = below(w, "lower");
	CLEANUP(free) char *upper = below(w, "run/upper");
	CLEANUP(free) char *work = below(w, "run/work");
	CLEANUP(free) char *tree = below(w, p->tier == 1 ? "tree" : "run/tree");
	CLEANUP(free) char *out = below(w, "run/out");
	CLEANUP(free) char *tmp = below(w, "run/tmp");
	CLEANUP(free) char *inputs = below(w, "inputs");
	CLEANUP(free) char *events = p->tier == 1 ? mem_strdup(PLAN_EVENTS) : below(w, "run/events/sock");
	struct layout_options layout = { .home = home, .tmp_size = 64 * LIMIT_MIB, .tmp_inodes = 10000 };

	if (layout_add_system(p, &layout, err))
		return -1;
	if (p->tier == 1) {
		plan_add_overlay(p, lower, upper, work, tree);
	} else {
		plan_add_rw(p, tree, tree);
		plan_add_rw(p, tmp, tmp);
	}
	plan_add_rw(p, out, out);
	plan_add_ro(p, inputs, inputs);
	plan_add_ro(p, w->program, w->program);
	plan_set_cwd(p, tree);
	plan_set_events(p, events);
	plan_set_env(p, "WB_EVENTS", events);
	plan_set_env(p, "PATH", "/usr/bin:/bin");
	plan_set_env(p, "A_TIER", p->tier == 1 ? "1" : "2");
	world_facts(w, tree, set_in_plan, p);
	return 0;
}

static struct sandbox_plan *plan_make(const struct world *w, const struct attack *a, int tier, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new(tier);

	if (plan_folders(p, w, err))
		return NULL;
	/* What multiplies in tier 2 shall not take the machine with it when it is not stopped. */
	p->rlimits.nproc = a->flags & USER_ONLY ? 64 : 20000;
	p->rlimits.nofile = 1024;
	/* As with --net: the listener is there, and its attackers too. */
	if (tier == 1)
		p->proxy_port = PLAN_PROXY_PORT;
	plan_set_exec(p, w->program);
	plan_add_arg(p, w->program);
	plan_add_arg(p, "--inside");
	plan_add_arg(p, a->name);
	return take_ptr(&p);
}

static void denials_take(struct notifier *n, struct report *r)
{
	struct denial d;
	struct error err = { 0 };
	int rc;

	for (int i = 0; i < 1024 && (rc = notifier_handle(n, &d, &err)) >= 0; i++)
		r->denials += rc > 0;
}

/* As the event door does: bytes are read and thrown away, descriptors sent along are not taken. */
static void events_take(int listener)
{
	char text[4096];
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	while (read(fd, text, sizeof text) > 0)
		continue;
	close(fd);
}

static void text_take(int fd, struct report *r)
{
	size_t len = strlen(r->text);
	ssize_t n = read(fd, r->text + len, sizeof r->text - 1 - len);

	if (n > 0)
		r->text[len + (size_t)n] = 0;
}

static void serve(struct sandbox_child *c, struct notifier *n, int out, const struct world *w, struct report *r)
{
	int64_t deadline = clock_mono(&clock_system) + TIME_LIMIT_S * INT64_C(1000000000);
	struct pollfd p[4] = {
		{ .fd = c->init_pidfd, .events = POLLIN },
		{ .fd = c->notify_fd, .events = POLLIN },
		{ .fd = c->events_fd, .events = POLLIN },
		{ .fd = out, .events = POLLIN },
	};

	for (;;) {
		int ready = poll(p, 4, 20);

		if (ready == 0)
			r->reached = world_knock(w) || r->reached;
		if (ready > 0 && (p[1].revents & POLLIN))
			denials_take(n, r);
		else if (ready > 0 && p[1].revents)
			p[1].fd = -1;
		if (ready > 0 && (p[2].revents & POLLIN))
			events_take(c->events_fd);
		if (ready > 0 && p[3].revents)
			text_take(out, r);
		if (ready > 0 && (p[3].revents & POLLHUP))
			p[3].fd = -1;
		if (ready > 0 && p[0].revents)
			return;
		if (clock_mono(&clock_system) > deadline) {
			r->late = true;
			sandbox_kill(c);
		}
	}
}

static int stdin_open(const struct world *w, const struct attack *a)
{
	CLEANUP(free) char *file = below(w, "stdin.txt");

	return open(a->flags & NULL_STDIN ? "/dev/null" : file, O_RDONLY | O_CLOEXEC);
}

static int run_confined(const struct world *w, const struct attack *a, int tier, struct report *r, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_make(w, a, tier, err);
	CLEANUP(sandbox_child_release) struct sandbox_child c = SANDBOX_CHILD_INIT;
	CLEANUP(notifier_free) struct notifier *n = NULL;
	CLEANUP(close) int in = stdin_open(w, a);
	struct sandbox_exit x;
	int out[2];
	int rc;

	if (!p)
		return -1;
	if (pipe2(out, O_CLOEXEC | O_NONBLOCK))
		return error_sys(err, "a pipe");
	rc = sandbox_launch(p, &(struct sandbox_io){ in, out[1], out[1], -1, 0, NULL, NULL }, &c, err);
	close(out[1]);
	if (rc == 0)
		rc = notifier_new(c.notify_fd, p, &n, err);
	if (rc == 0) {
		serve(&c, n, out[0], w, r);
		rc = sandbox_wait(&c, err);
		text_take(out[0], r);
		r->lost = sandbox_read_exit(&c, &x, err) != 1;
		r->status = x.status;
	}
	close(out[0]);
	return rc;
}

static volatile sig_atomic_t signal_seen;

static void on_signal(int sig)
{
	signal_seen = sig;
}

/* The supervisor is a process of its own: whatever it adopts is the run's, and the victim is not its child. */
static _Noreturn void supervise(const struct world *w, const struct attack *a, int tier, struct report *r)
{
	struct error err = { 0 };

	signal(SIGUSR2, on_signal);
	signal(SIGTERM, on_signal);
	r->fds[0] = count_fds();
	if (run_confined(w, a, tier, r, &err))
		snprintf(r->trouble, sizeof r->trouble, "%s", err.text[0] ? err.text : "no reason given");
	r->fds[1] = count_fds();
	r->signal = signal_seen;
	sys_exit_now(0);
}

static void run_supervised(const struct world *w, const struct attack *a, int tier, struct report *r)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		supervise(w, a, tier, r);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
		snprintf(r->trouble, sizeof r->trouble, "the supervisor was ended");
}

static void check_supervisor(const struct report *r, struct buf *changed)
{
	if (r->reached)
		buf_puts(changed, " the run can be reached from the host;");
	if (r->signal)
		buf_printf(changed, " the supervisor got signal %d;", r->signal);
	if (r->fds[0] != r->fds[1])
		buf_printf(changed, " the supervisor has %u descriptors, it had %u;", r->fds[1], r->fds[0]);
}

static void run_bare(struct world *w, const struct attack *a, struct report *r)
{
	CLEANUP(free) char *tree = below(w, "run/tree");
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC | O_NONBLOCK))
		return;
	pid = fork();
	if (pid == 0) {
		int in = stdin_open(w, a);

		dup2(in, 0);
		dup2(out[1], 1);
		setsid();
		world_facts(w, tree, set_here, NULL);
		if (chdir(tree))
			_exit(SAYS_BROKEN);
		execl(w->program, w->program, "--inside", a->name, (char *)NULL);
		_exit(SAYS_BROKEN);
	}
	close(out[1]);
	while (waitpid(pid, &r->status, WNOHANG) == 0) {
		r->reached = world_knock(w) || r->reached;
		poll(NULL, 0, 1);
	}
	text_take(out[0], r);
	close(out[0]);
}

static void line(struct battery *b, bool ok, const char *where, const struct attack *a, const char *skip)
{
	b->count++;
	b->failed += !ok;
	b->skipped += skip != NULL;
	printf("%s %u - %s, %s: %s%s%s\n", ok ? "ok" : "not ok", b->count, b->user, where, a->name, skip ? " # SKIP " : "",
	       skip ? skip : "");
	fflush(stdout);
}

/* NULL when the attack failed as it should; else what is wrong. */
static const char *judge(const struct attack *a, const struct report *r)
{
	bool exited = !r->lost && WIFEXITED(r->status);
	int says = exited ? WEXITSTATUS(r->status) : -1;

	if (r->late)
		return "did not end in time";
	if (a->flags & DIES)
		return !r->lost && WIFSIGNALED(r->status) && WTERMSIG(r->status) == SIGSYS ? NULL : "was not killed";
	if (a->flags & NEED)
		return says == SAYS_THROUGH ? NULL : "does not work";
	if (a->flags & CONTAINED)
		return says == SAYS_BROKEN ? "could not be tried" : NULL;
	if (says == SAYS_THROUGH)
		return "got through";
	if (says != SAYS_REFUSED)
		return "could not be tried";
	if ((a->flags & EXACT) && strtol(r->text, NULL, 10) != EPERM)
		return "was not refused by the filter";
	return NULL;
}

static const char *reason_to_skip(const struct battery *b, const struct attack *a, int tier)
{
	if (tier == 1 && !b->tier1)
		return "no tier 1 on this machine";
	if (tier == 2 && b->tier2_abi < SANDBOX_TIER2_ABI)
		return "no tier 2 on this machine: its Landlock is too old";
	if (tier == 2 && (a->flags & T1_ONLY))
		return "tier 2 does not cover this";
	if (tier == 1 && (a->flags & T2_ONLY))
		return "input folders with sockets or FIFOs are refused before";
	if ((a->flags & USER_ONLY) && geteuid() == 0)
		return "the kernel does not limit root's processes";
	return NULL;
}

static void try_confined(struct battery *b, const struct attack *a, int tier)
{
	CLEANUP(buf_release) struct buf changed = BUF_INIT(LIMIT_MIB);
	const char *where = tier == 1 ? "tier 1" : "tier 2";
	const char *skip = reason_to_skip(b, a, tier);
	struct report *r = b->report;
	const char *wrong;
	struct world w;

	if (skip) {
		line(b, true, where, a, skip);
		return;
	}
	*r = (struct report){ 0 };
	world_make(&w);
	run_supervised(&w, a, tier, r);
	wrong = r->trouble[0] ? r->trouble : judge(a, r);
	check_supervisor(r, &changed);
	world_check(&w, &changed);
	r->text[strcspn(r->text, "\n")] = 0;
	if (!r->trouble[0] && !r->lost && WIFEXITED(r->status) && WEXITSTATUS(r->status) == SAYS_ABSENT)
		line(b, changed.len == 0, where, a, r->text);
	else
		line(b, !wrong && changed.len == 0, where, a, NULL);
	if (wrong || changed.len)
		printf("# %s: %s; changed:%s; it said: %s\n", a->tries, wrong ? wrong : "refused", buf_text(&changed), r->text);
	world_free(&w);
}

/* Without a sandbox the attack must have an effect, or this machine has nothing to prove it with. */
static void try_bare(struct battery *b, const struct attack *a)
{
	CLEANUP(buf_release) struct buf changed = BUF_INIT(LIMIT_MIB);
	struct report r = { 0 };
	struct world w;
	bool through;

	/* The proof that an attack can succeed is the same in every build; sanitized programs are slow to start. */
	if (SANITIZED || (a->flags & (NOT_BARE | NEED)) || ((a->flags & ROOT_BARE) && geteuid() != 0))
		return;
	world_make(&w);
	run_bare(&w, a, &r);
	through = (WIFEXITED(r.status) && WEXITSTATUS(r.status) == SAYS_THROUGH) || r.reached || !world_check(&w, &changed);
	if ((a->flags & EXACT) && strtol(r.text, NULL, 10) != EPERM)
		through = true; /* anything but the filter's answer */
	r.text[strcspn(r.text, "\n")] = 0;
	if (through) {
		line(b, true, "bare", a, NULL);
	} else {
		CLEANUP(free) char *why = mem_printf("this machine refuses it by itself: %.200s", r.text);

		b->unproven++;
		line(b, true, "bare", a, why);
	}
	world_free(&w);
}

/* What a machine cannot do by itself, for want of a file or a device, no run can do on it. */
static bool can_do(const struct attack *a)
{
	struct report r = { 0 };
	struct world w;

	world_make(&w);
	run_bare(&w, a, &r);
	world_free(&w);
	return WIFEXITED(r.status) && WEXITSTATUS(r.status) == SAYS_THROUGH;
}

static void try_all(struct battery *b)
{
	for (size_t g = 0; g < GROUPS; g++) {
		for (const struct attack *a = groups[g]; a->name; a++) {
			if (b->pattern && fnmatch(b->pattern, a->name, 0))
				continue;
			if ((a->flags & NEED) && !can_do(a)) {
				line(b, true, "bare", a, "this machine has not got it");
				continue;
			}
			try_confined(b, a, 1);
			try_confined(b, a, 2);
			try_bare(b, a);
		}
	}
	printf("# %s: %u checks, %u failed, %u skipped\n", b->user, b->count, b->failed, b->skipped);
	fflush(stdout);
}

static void battery_begin(struct battery *b)
{
	struct sandbox_caps caps;
	struct error err = { 0 };

	if (sandbox_probe(&caps, &err)) {
		printf("Bail out! %s\n", err.text);
		exit(1);
	}
	b->tier1 = sandbox_caps_tier(&caps) == 1;
	b->tier2_abi = caps.landlock_abi;
	b->report = mmap(NULL, sizeof *b->report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->report == MAP_FAILED) {
		printf("Bail out! no shared memory: %s\n", strerror(errno));
		exit(1);
	}
	setenv("SSH_AUTH_SOCK", SECRET, 1);
	setenv("AWS_SECRET_ACCESS_KEY", SECRET, 1);
	setenv("GITHUB_TOKEN", SECRET, 1);
}

/* Everything once more by somebody who is not root; the count goes on. */
static bool again_as_user(const struct battery *b)
{
	struct world w;
	char count[24];
	int status = 0;
	pid_t pid;

	world_make(&w);
	snprintf(count, sizeof count, "%u", b->count);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) || setgid(ORDINARY_USER) || setuid(ORDINARY_USER) || chdir("/"))
			_exit(1);
		execl(w.program, w.program, "--user", count, b->pattern ? b->pattern : "*", (char *)NULL);
		_exit(1);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	world_free(&w);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* What each group attacks, and the layers that answer: tier 1's / tier 2's. In the order of groups. */
static const struct chapter {
	const char *title, *layers;
} chapters[] = {
	{ "Files", "an empty root with only the plan's mounts, read-only, and Landlock; tier 2: Landlock alone, and reads of names "
		   "and times stay possible" },
	{ "Owners, modes, times and attributes", "read-only mounts; tier 2: seccomp asks the supervisor, who changes only what is "
						 "the run's own" },
	{ "Network and sockets", "an empty network namespace and seccomp's list of socket families; tier 2: no internet sockets at "
				 "all, and connecting is the supervisor's work" },
	{ "The kernel's own doors", "no capabilities, no_new_privs, and a seccomp list of what is allowed: the known and dangerous "
				    "is refused with EPERM, the unknown with ENOSYS, a foreign architecture ends the process" },
	{ "More of the kernel's doors", "the same, for calls and ways round that few programs know" },
	{ "Processes, terminals and what is left behind", "namespaces of processes and of IPC, an own session and keyring; tier 2: "
							  "Landlock's scopes, seccomp, and a guard that adopts and ends" },
	{ "What must go on working", "nothing: these are no attacks, and a stricter sandbox would break them" },
};
_Static_assert(sizeof chapters / sizeof *chapters == GROUPS, "a chapter for each group");

/* What is to come of it. */
static const char *cell(const struct attack *a, int tier)
{
	if (a->flags & (tier == 1 ? T2_ONLY : T1_ONLY))
		return tier == 1 ? "-" : a->flags & NEED ? "no" : "no such thing, or not held";
	if (a->flags & (NEED | DIES))
		return a->flags & NEED ? "works" : "killed";
	return a->flags & CONTAINED ? "no effect outside" : "refused";
}

/* The table of docs/sandbox.md. */
static void print_page(void)
{
	for (size_t g = 0; g < GROUPS; g++) {
		printf("\n### %s\n\nHeld by: %s.\n\n| check | tries to | tier 1 | tier 2 |\n|---|---|---|---|\n", chapters[g].title,
		       chapters[g].layers);
		for (const struct attack *a = groups[g]; a->name; a++)
			printf("| `%s` | %s | %s | %s |\n", a->name, a->tries, cell(a, 1), cell(a, 2));
	}
}

int main(int argc, char **argv)
{
	struct battery b = { .user = geteuid() == 0 ? "root" : "user" };
	bool ok;

	if (argc == 3 && str_eq(argv[1], "--inside"))
		return inside(argv[2]);
	if (argc == 2 && str_eq(argv[1], "--list")) {
		for (size_t g = 0; g < GROUPS; g++)
			for (const struct attack *a = groups[g]; a->name; a++)
				printf("%-22s %s\n", a->name, a->tries);
		return 0;
	}
	if (argc == 2 && str_eq(argv[1], "--page")) {
		print_page();
		return 0;
	}
	if (argc == 4 && str_eq(argv[1], "--user")) {
		b.count = (unsigned)strtoul(argv[2], NULL, 10);
		b.pattern = argv[3];
	} else if (argc == 2) {
		b.pattern = argv[1];
	}
	battery_begin(&b);
	try_all(&b);
	ok = b.failed == 0;
	if (geteuid() == 0)
		return again_as_user(&b) && ok ? 0 : 1;
	printf("1..%u\n", b.count);
	return ok ? 0 : 1;
}
