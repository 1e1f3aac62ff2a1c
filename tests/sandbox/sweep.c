/*
 * Each system call of a launch fails in turn, in the supervisor, in the sandbox's first process and in the payload
 * before its execve. Whatever fails: either the launch is refused with a reason and nothing of it is left, or the call
 * was one that may fail, and what then runs is confined as ever: the payload looks for itself.
 *
 * The calls are failed from outside (ptrace), so that no build is special.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/utsname.h>
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
#include "sandbox/probe.h"
#include "tests/sandbox/attack.h"
#include "tests/sandbox/world.h"

#ifdef __x86_64__

enum role { SUPERVISOR, INIT, PAYLOAD, ROLES };

enum {
	MARK = 0x5ca1ab1e, /* a prctl() that does nothing: the launch begins, and is over */
	SAYS_LEFT = 90,    /* the launch was refused, and something is left of it */
	SAYS_WORDLESS,     /* it was refused without a reason */
	SAYS_WEAK,         /* what runs is less confined than it should be */
	TASKS = 64,
	ALIKE = 4,
	DEADLINE_S = 20,
};

/* Sanitized programs are slow to start: a part of the calls stands for all, which the other builds try. */
#ifdef __SANITIZE_ADDRESS__
enum { STEP = 7 };
#else
enum { STEP = 1 };
#endif

static const char hangs[] = "it hangs";
static const char *const role_names[ROLES] = { "supervisor", "init", "payload" };

/* --- what runs inside --- */

static unsigned status_field(const char *name)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(64 * LIMIT_KIB);
	struct error err = { 0 };
	const char *at;

	if (fs_read_file(AT_FDCWD, "/proc/self/status", &b, &err) < 0)
		return 999;
	at = strstr(buf_text(&b), name);
	return at ? (unsigned)strtoul(at + strlen(name), NULL, 16) : 999;
}

/* NULL, or what is weaker than it should be. */
static const char *weakness(int tier, const char *secret)
{
	struct rlimit core;
	struct utsname names;

	if (status_field("\nCapEff:") || status_field("\nCapPrm:") || status_field("\nCapInh:") || status_field("\nCapAmb:"))
		return "capabilities";
	if (geteuid() == 0 && status_field("\nCapBnd:"))
		return "the bounding set";
	if (status_field("\nNoNewPrivs:") != 1)
		return "no_new_privs";
	if (status_field("\nSeccomp:") != 2)
		return "seccomp";
	if (syscall(SYS_unshare, 0x10000000) == 0)
		return "unshare";
	if (fcntl(3, F_GETFD) >= 0 || fcntl(4, F_GETFD) >= 0 || fcntl(5, F_GETFD) >= 0)
		return "descriptors";
	if (getrlimit(RLIMIT_CORE, &core) || core.rlim_max)
		return "core dumps";
	if (getsid(0) != getpid())
		return "the session";
	if (open(secret, O_RDONLY | O_CLOEXEC) >= 0)
		return "a file of the host";
	if (tier == 1 && getpid() > 8)
		return "the pid namespace";
	if (tier == 1 && (uname(&names) || !str_eq(names.nodename, "wb")))
		return "the host name";
	if (tier == 1 && access("/oldroot", F_OK) == 0)
		return "the old root";
	if (tier == 1 && open("/proc/1/environ", O_RDONLY | O_CLOEXEC) >= 0 && geteuid() != 0)
		return "the first process's environment";
	return NULL;
}

static _Noreturn void inside(int tier, const char *secret)
{
	const char *what = weakness(tier, secret);

	if (what)
		printf("# inside: %s\n", what);
	fflush(stdout);
	/* Not exit(): a sanitizer's last words need calls that are not to be had. */
	_exit(what ? SAYS_WEAK : 0);
}

/* --- the supervisor: a child of ours that is traced --- */

static struct sandbox_plan *plan_make(int tier, const char *dir, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new(tier);
	CLEANUP(free) char *program = NULL;
	CLEANUP(free) char *inner = fs_join(dir, "work");
	CLEANUP(free) char *secret = fs_join(dir, "secret");
	CLEANUP(free) char *events = tier == 1 ? mem_strdup(PLAN_EVENTS) : fs_join(inner, "events");

	if (fs_realpath("/proc/self/exe", &program, err) < 0 ||
	    layout_add_system(p, &(struct layout_options){ .tmp_size = LIMIT_MIB }, err) < 0)
		return NULL;
	plan_add_rw(p, inner, inner);
	plan_add_ro(p, program, program);
	plan_set_cwd(p, inner);
	plan_set_events(p, events);
	plan_set_exec(p, program);
	plan_add_arg(p, program);
	plan_add_arg(p, "--inside");
	plan_add_arg(p, tier == 1 ? "1" : "2");
	plan_add_arg(p, secret);
	plan_set_env(p, "PATH", "/usr/bin:/bin");
	return take_ptr(&p);
}

static void serve(const struct sandbox_child *c, struct notifier *n)
{
	struct pollfd p[2] = { { .fd = c->init_pidfd, .events = POLLIN }, { .fd = c->notify_fd, .events = POLLIN } };

	while (poll(p, 2, -1) >= 0 || errno == EINTR) {
		struct denial d;
		struct error err = { 0 };

		if (p[1].revents & POLLIN)
			(void)(notifier_handle(n, &d, &err) == 0);
		else if (p[1].revents)
			p[1].fd = -1;
		if (p[0].revents)
			return;
	}
}

static bool has_children(void)
{
	return waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static _Noreturn void supervise(int tier, const char *dir, int null)
{
	struct error err = { 0 };
	struct sandbox_plan *p = plan_make(tier, dir, &err);
	struct sandbox_child c = SANDBOX_CHILD_INIT;
	struct sandbox_io io = { null, STDOUT_FILENO, STDOUT_FILENO, -1, 0, NULL, NULL };
	struct sandbox_exit x = { 0 };
	struct notifier *n = NULL;
	unsigned fds = count_fds();
	int rc;

	if (!p || ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(2);
	raise(SIGSTOP);
	syscall(SYS_prctl, MARK, 0, 0, 0, 0);
	rc = sandbox_launch(p, &io, &c, &err);
	syscall(SYS_prctl, MARK, 0, 0, 0, 0);
	if (rc < 0)
		_exit(has_children() || count_fds() != fds ? SAYS_LEFT : !err.text[0] ? SAYS_WORDLESS :
		      sandbox_failure_exit_code(c.failure));
	if (notifier_new(c.notify_fd, p, &n, &err) < 0)
		_exit(2);
	serve(&c, n);
	if (sandbox_wait(&c, &err) < 0 || sandbox_read_exit(&c, &x, &err) != 1)
		_exit(3);
	_exit(WIFEXITED(x.status) ? WEXITSTATUS(x.status) : 4);
}

/* --- the tracer --- */

struct task {
	pid_t pid; /* 0: free */
	enum role role;
	bool is_over;  /* its calls do not count any more */
	bool is_exit;  /* the next stop is behind a call */
	bool is_failed; /* and that call is the one to fail */
};

struct attempt {
	enum role role;
	unsigned nth;
	int error;
	struct task tasks[TASKS];
	unsigned seen;
	unsigned alike;   /* the last call came that often before, in a row */
	long last;
	bool began;
	long call;  /* that was failed; -1: there was no nth */
	int status; /* of the supervisor */
};

/* What means nothing when it fails, or what the allocator answers by ending the process, as it says it does. */
static bool is_exempt(long call)
{
	static const long calls[] = {
		SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_mmap, SYS_munmap, SYS_brk, SYS_mremap, SYS_mprotect, SYS_madvise,
		SYS_restart_syscall, SYS_close, SYS_execve,
	};

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (call == calls[i])
			return true;
	return false;
}

static struct task *task_of(struct attempt *a, pid_t pid)
{
	struct task *free_one = NULL;

	for (int i = 0; i < TASKS; i++) {
		if (a->tasks[i].pid == pid)
			return &a->tasks[i];
		if (!a->tasks[i].pid && !free_one)
			free_one = &a->tasks[i];
	}
	if (free_one)
		*free_one = (struct task){ .pid = pid, .role = ROLES };
	return free_one;
}

/* The first process that the supervisor makes is init, the first that init makes is the payload. */
static void on_child(struct attempt *a, struct task *parent, pid_t pid)
{
	struct task *t = task_of(a, pid);

	if (!t)
		return;
	t->role = parent->role == SUPERVISOR ? INIT : parent->role == INIT ? PAYLOAD : ROLES;
	/* What init does from here on is no set-up. */
	if (parent->role == INIT)
		parent->is_over = true;
}

static void on_call(struct attempt *a, struct task *t)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, t->pid, NULL, &regs))
		return;
	if (t->is_exit) {
		t->is_exit = false;
		if (t->is_failed) {
			t->is_failed = false;
			regs.rax = (unsigned long long)-(long long)a->error;
			(void)ptrace(PTRACE_SETREGS, t->pid, NULL, &regs);
		}
		return;
	}
	t->is_exit = true;
	if (t->role == SUPERVISOR && regs.orig_rax == SYS_prctl && regs.rdi == MARK) {
		t->is_over = a->began;
		a->began = true;
		return;
	}
	if (!a->began || t->is_over || t->role != a->role || is_exempt((long)regs.orig_rax))
		return;
	a->alike = (long)regs.orig_rax == a->last ? a->alike + 1 : 0;
	a->last = (long)regs.orig_rax;
	/* Of a loop over all signals or capabilities the first few stand for the others. */
	if (a->alike >= ALIKE || ++a->seen != a->nth)
		return;
	a->call = (long)regs.orig_rax;
	t->is_failed = true;
	/* Something harmless that every filter lets through. */
	regs.orig_rax = SYS_getpid;
	(void)ptrace(PTRACE_SETREGS, t->pid, NULL, &regs);
}

static void on_stop(struct attempt *a, pid_t pid, int status)
{
	struct task *t = task_of(a, pid);
	int event = status >> 16, signal = WSTOPSIG(status);
	unsigned long child = 0;

	if (signal == (SIGTRAP | 0x80)) {
		signal = 0;
		if (t)
			on_call(a, t);
	} else if (event == PTRACE_EVENT_EXEC) {
		signal = 0;
		if (t)
			t->is_over = true;
	} else if (event) {
		signal = 0;
		if (t && ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
			on_child(a, t, (pid_t)child);
	} else if (signal == SIGSTOP) {
		signal = 0;
	}
	(void)ptrace(t && t->is_over && !t->is_exit && t->role != SUPERVISOR ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL,
		     (void *)(intptr_t)signal);
}

/* Where each process stands, in the kernel's words, before it is ended. */
static void tell_late(const struct attempt *a, const struct task *t)
{
	static const char *const files[] = { "syscall", "wchan", "stat" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		CLEANUP(free) char *path = mem_printf("/proc/%d/%s", (int)t->pid, files[i]);
		CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB);
		struct error err = { 0 };

		if (fs_read_file(AT_FDCWD, path, &text, &err) == 0)
			printf("# late, call %ld failed: role %d, over %d, %s %.*s\n", a->call, (int)t->role, t->is_over, files[i],
			       (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
	}
}

/* NULL, or what is wrong. */
static const char *attempt_run(struct attempt *a, int tier, const char *dir, int null)
{
	int64_t deadline = clock_mono(&clock_system) + DEADLINE_S * INT64_C(1000000000);
	pid_t supervisor, pid;
	bool is_late = false;
	int status;

	a->call = -1;
	fflush(stdout);
	supervisor = fork();
	if (supervisor == 0)
		supervise(tier, dir, null);
	if (supervisor < 0 || waitpid(supervisor, &status, 0) != supervisor || !WIFSTOPPED(status))
		return "it could not be traced";
	task_of(a, supervisor)->role = SUPERVISOR;
	(void)ptrace(PTRACE_SETOPTIONS, supervisor, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
		     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL));
	(void)ptrace(PTRACE_SYSCALL, supervisor, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL | (is_late ? 0 : WNOHANG))) >= 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status))
			on_stop(a, pid, status);
		else if (pid > 0)
			task_of(a, pid)->pid = pid == supervisor ? (a->status = status, 0) : 0;
		else if (pid == 0)
			poll(NULL, 0, 0);
		if (!is_late && clock_mono(&clock_system) > deadline) {
			is_late = true;
			for (int i = 0; i < TASKS; i++)
				if (a->tasks[i].pid) {
					tell_late(a, &a->tasks[i]);
					kill(a->tasks[i].pid, SIGKILL);
				}
		}
	}
	if (is_late)
		return hangs;
	if (!WIFEXITED(a->status))
		return "the supervisor was ended by a signal";
	switch (WEXITSTATUS(a->status)) {
	case 0:
	case 125: return NULL;
	case SAYS_LEFT: return "it was refused, and something is left";
	case SAYS_WORDLESS: return "it was refused without a reason";
	case SAYS_WEAK: return "it runs, and is weaker";
	default: return "it ended in another way";
	}
}

struct sums {
	unsigned tried, refused, went_on, wrong;
};

/* WB_SWEEP_STEP=N tries every N-th call only. */
static unsigned step(void)
{
	const char *wanted = getenv("WB_SWEEP_STEP");
	long n = wanted ? strtol(wanted, NULL, 10) : STEP;

	return n < 1 ? 1 : (unsigned)n;
}

static void sweep_role(int tier, enum role role, int error, const char *dir, int null, struct sums *sums)
{
	struct attempt whole = { .role = role };
	const char *fault = attempt_run(&whole, tier, dir, null);
	CLEANUP(free) char *socket_path = fs_join(dir, "work/events");

	unlink(socket_path);
	/* With nothing failing; from then on it is known how many calls there are. */
	sums->wrong += fault != NULL;
	for (unsigned nth = 1; nth <= whole.seen; nth += step()) {
		struct attempt a = { .role = role, .nth = nth, .error = error };
		const char *wrong = attempt_run(&a, tier, dir, null);

		unlink(socket_path);
		/* One call that fails hangs each time; what does so once was held up by the machine, and where is told above. */
		if (wrong == hangs) {
			a = (struct attempt){ .role = role, .nth = nth, .error = error };
			wrong = attempt_run(&a, tier, dir, null);
			unlink(socket_path);
		}
		if (a.call < 0 && !wrong)
			continue;
		sums->tried++;
		sums->refused += WIFEXITED(a.status) && WEXITSTATUS(a.status) == 125;
		sums->went_on += WIFEXITED(a.status) && WEXITSTATUS(a.status) == 0;
		sums->wrong += wrong != NULL;
		if (wrong)
			printf("# tier %d, %s, call %u (number %ld) failed with %s: %s (%d)\n", tier, role_names[role], nth, a.call,
			       strerrorname_np(error), wrong, WIFEXITED(a.status) ? WEXITSTATUS(a.status) : -WTERMSIG(a.status));
	}
}

static void sweep(int tier, unsigned *number, unsigned *failed)
{
	static const int errors[] = { EPERM, ENOMEM };
	/* Two errors for each call are for an afternoon. */
	size_t n = getenv("WB_SWEEP_ALL") ? sizeof errors / sizeof *errors : 1;
	char dir[] = "/tmp/wb-sweep.XXXXXX";
	CLEANUP(close) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct error err = { 0 };
	CLEANUP(free) char *inner = mkdtemp(dir) ? fs_join(dir, "work") : NULL;
	CLEANUP(free) char *secret = fs_join(dir, "secret");

	if (!inner || mkdir(inner, 0700) || fs_write_atomic(AT_FDCWD, secret, SECRET, strlen(SECRET), 0600, &err) < 0)
		return;
	for (enum role role = SUPERVISOR; role < ROLES; role++) {
		struct sums sums = { 0 };

		for (size_t i = 0; i < n; i++)
			sweep_role(tier, role, errors[i], dir, null, &sums);
		*failed += sums.wrong || !sums.refused;
		printf("%s %u - tier %d, %s: %u calls failed in turn, %u refused, %u confined all the same\n",
		       sums.wrong || !sums.refused ? "not ok" : "ok", ++*number, tier, role_names[role], sums.tried, sums.refused,
		       sums.went_on);
	}
	if (fs_remove_tree(AT_FDCWD, dir, &err) < 0)
		printf("# %s\n", err.text);
}

int main(int argc, char **argv)
{
	struct sandbox_caps caps;
	struct error err = { 0 };
	unsigned number = 0, failed = 0;

	if (argc == 4 && str_eq(argv[1], "--inside"))
		inside(str_eq(argv[2], "1") ? 1 : 2, argv[3]);
	if (sandbox_probe(&caps, &err)) {
		printf("Bail out! %s\n", err.text);
		return 1;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	printf("1..%d\n", 2 * ROLES);
	for (int tier = 1; tier <= 2; tier++) {
		if (tier == 1 ? sandbox_caps_tier(&caps) == 1 : caps.landlock_abi >= SANDBOX_TIER2_ABI)
			sweep(tier, &number, &failed);
		else
			for (int i = 0; i < ROLES; i++)
				printf("ok %u # SKIP no tier %d on this machine\n", ++number, tier);
	}
	return failed || number != 2 * ROLES ? 1 : 0;
}

#else

int main(void)
{
	printf("1..0 # SKIP calls are failed in turn on x86-64 only\n");
	return 0;
}

#endif
