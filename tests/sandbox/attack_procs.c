/* Attacks on processes, their limits and memory, on what is inherited, and on IPC of the host. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sandbox/attack.h"

extern char **environ;

static pid_t victim(void) { return (pid_t)fact_number("A_VICTIM"); }

static int kill_victim(void) { return outcome(kill(victim(), SIGTERM)); }
static int kill_supervisor(void) { return outcome(kill((pid_t)fact_number("A_SUPERVISOR"), SIGUSR2)); }
static int kill_thread(void) { return outcome(syscall(SYS_tgkill, victim(), victim(), SIGTERM)); }
static int kill_tkill(void) { return outcome(syscall(SYS_tkill, victim(), SIGTERM)); }

static int kill_all(void)
{
	/* Ourselves excepted by the kernel; the battery and the victim must not notice. */
	return outcome(kill(-1, SIGTERM));
}

static int kill_queue(void)
{
	return outcome(sigqueue(victim(), SIGTERM, (union sigval){ .sival_int = 1 }));
}

static int kill_pidfd(void)
{
	long fd = syscall(SYS_pidfd_open, victim(), 0);

	return fd < 0 ? errno : outcome(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
}

static int kill_group(void) { return outcome(kill(-victim(), SIGTERM)); }

/* Input on a pipe sends a signal to whoever its owner is. */
static int kill_owner(void)
{
	int p[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p))
		return BROKEN;
	if (fcntl(p[0], F_SETSIG, SIGTERM) || fcntl(p[0], F_SETOWN, victim()) || fcntl(p[0], F_SETFL, O_ASYNC))
		return errno;
	if (write(p[1], "x", 1) != 1)
		return errno;
	return THROUGH; /* the victim tells */
}

static int limit_victim(void)
{
	struct rlimit l = { 7, 7 };

	return outcome(syscall(SYS_prlimit64, victim(), RLIMIT_NOFILE, &l, NULL));
}

static int nice_victim(void) { return outcome(setpriority(PRIO_PROCESS, (id_t)victim(), 19)); }

static int nice_user(void)
{
	return outcome(setpriority(PRIO_USER, getuid(), 19));
}

static int io_victim(void) { return outcome(syscall(SYS_ioprio_set, 1, victim(), 3 << 13)); }

static int affinity_victim(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	return outcome(sched_setaffinity(victim(), sizeof one, &one));
}

static int schedule_victim(void)
{
	struct sched_param p = { 0 };

	return outcome(sched_setscheduler(victim(), SCHED_IDLE, &p));
}

static int schedule_attr_victim(void)
{
	/* struct sched_attr, first form: size, policy (idle), flags, nice, priority, three times. */
	struct {
		unsigned size, policy;
		unsigned long long flags;
		int nice;
		unsigned priority;
		unsigned long long times[3];
	} a = { .size = 48, .policy = 5 };

	return outcome(syscall(SYS_sched_setattr, victim(), &a, 0));
}

static int proc_file(const char *pid, const char *name)
{
	char path[96];
	char text[65536];
	int fd;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	n = read(fd, text, sizeof text);
	if (n < 0)
		return errno;
	return n && memmem(text, (size_t)n, SECRET, strlen(SECRET)) ? THROUGH : REFUSED_QUIETLY;
}

static int victim_environ(void) { return proc_file(fact("A_VICTIM"), "environ"); }
static int victim_cmdline(void) { return proc_file(fact("A_VICTIM"), "cmdline"); }
static int init_environ(void) { return proc_file("1", "environ"); }
static int init_cmdline(void) { return proc_file("1", "cmdline"); }

static int victim_memory(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%s/mem", fact("A_VICTIM"));
	return try_open(path, O_RDWR);
}

static int parent_memory(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
	return try_open(path, O_RDONLY);
}

static int victim_links(void)
{
	static const char *const names[] = { "root", "cwd", "fd/0", "exe", "ns/user" };
	char path[64];
	char target[256];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "/proc/%s/%s", fact("A_VICTIM"), names[i]);
		if (readlink(path, target, sizeof target) >= 0)
			return THROUGH;
	}
	return errno;
}

static int foreign_processes(void)
{
	DIR *d = opendir("/proc");
	const struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] >= '1' && e->d_name[0] <= '9';
	/* init and this one; a sanitizer's helper may be a third. */
	seen("%u processes", n);
	return d && n > 3 ? THROUGH : ENOENT;
}

static int proc_settings(void)
{
	static const char *const names[] = { "/proc/sys/vm/swappiness", "/proc/sys/kernel/core_pattern",
					     "/proc/sys/kernel/hostname", "/proc/sys/net/ipv4/ip_forward",
					     "/proc/sysrq-trigger", "/proc/sys/user/max_user_namespaces",
					     "/proc/irq/default_smp_affinity" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (try_open(names[i], O_WRONLY) == THROUGH) {
			seen("%s", names[i]);
			return THROUGH;
		}
	}
	return EACCES;
}

static int proc_kernel(void)
{
	static const char *const names[] = { "/proc/kcore", "/proc/kmsg", "/proc/kpagecount", "/proc/kpageflags",
					     "/proc/slabinfo", "/proc/vmallocinfo", "/proc/timer_list", "/proc/keys" };
	char text[4096];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd = open(names[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0 && read(fd, text, sizeof text) > 0) {
			seen("%s", names[i]);
			return THROUGH;
		}
	}
	return EACCES;
}

static int init_descriptors(void)
{
	char path[64];
	char target[256];
	int last = EACCES;

	/* Root may see their numbers, but not what they are. */
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof path, "/proc/1/fd/%d", fd);
		if (readlink(path, target, sizeof target) >= 0 || try_open(path, O_RDONLY | O_NONBLOCK) == THROUGH)
			return THROUGH;
		last = errno;
	}
	return last;
}

static int descriptors(void)
{
	for (int fd = 3; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0) {
			seen("descriptor %d", fd);
			return THROUGH;
		}
	}
	return EBADF;
}

static int environment(void)
{
	for (char **e = environ; *e; e++) {
		if (strstr(*e, SECRET)) {
			seen("%.40s", *e);
			return THROUGH;
		}
	}
	return proc_file("self", "environ");
}

static int capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &head, data))
		return errno;
	if (data[0].effective | data[0].permitted | data[0].inheritable | data[1].effective | data[1].permitted)
		return THROUGH;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 || prctl(PR_GET_SECCOMP) < 0)
		return THROUGH;
	data[0].effective = data[0].permitted = 1u << CAP_SYS_ADMIN;
	if (syscall(SYS_capset, &head, data) == 0)
		return THROUGH;
	return EPERM;
}

static int change_user(void) { return outcome(setuid(getuid() ? 0 : 12345)); }

static int raise_files(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return BROKEN;
	l.rlim_max = l.rlim_cur = l.rlim_max + 1;
	return outcome(setrlimit(RLIMIT_NOFILE, &l));
}

static int raise_core(void)
{
	struct rlimit l = { 1 << 20, 1 << 20 };

	return outcome(setrlimit(RLIMIT_CORE, &l));
}

/* Its core would land in the working folder: world_check() looks for one. */
static int core_dump(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		abort();
	if (waitpid(pid, &status, 0) != pid)
		return BROKEN;
	return WCOREDUMP(status) ? THROUGH : REFUSED_QUIETLY;
}

static int fork_bomb(void)
{
	unsigned n = 0;

	for (; n < 400; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		if (pid < 0) {
			seen("%u forks", n);
			return errno;
		}
	}
	return THROUGH;
}

/* Sessions, groups, ignored signals, a stop: none of it may outlive the run. */
static int daemonise(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid)
			continue;
		setsid();
		for (int sig = 1; sig < NSIG; sig++)
			signal(sig, SIG_IGN);
		if (fork())
			_exit(0);
		setpgid(0, 0);
		if (chdir("/"))
			_exit(1);
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		if (i & 1)
			raise(SIGSTOP);
		for (;;)
			pause();
	}
	return THROUGH;
}

/* A chain that forks and ends all the time, so that no scan sees it twice. */
static int keep_forking(void)
{
	if (fork() == 0) {
		setsid();
		for (;;) {
			if (fork() > 0)
				_exit(0);
		}
	}
	return THROUGH;
}

/* Many such chains, each in a session of its own. */
static int keep_forking_many(void)
{
	for (int i = 0; i < 16; i++)
		keep_forking();
	return THROUGH;
}

/* A family that makes up for every member that it loses. */
static int respawn(void)
{
	for (int i = 0; i < 8; i++) {
		if (fork())
			continue;
		setsid();
		for (;;) {
			pid_t pid = fork();

			if (pid == 0) {
				for (int k = 0; k < 4 && fork() > 0; k++)
					continue;
				pause();
			}
			waitpid(pid, NULL, 0);
		}
	}
	return THROUGH;
}

static void *wait_for_ever(void *data)
{
	for (;;)
		pause();
	return data;
}

/* Looks like a zombie from outside: its first thread has ended, another has not. */
static int leaderless(void)
{
	pthread_t t;

	if (fork() == 0) {
		setsid();
		if (pthread_create(&t, NULL, wait_for_ever, NULL))
			_exit(1);
		syscall(SYS_exit, 0);
	}
	return THROUGH;
}

/* A parent that waits in vfork() for a child that has stopped itself. */
static int vfork_stopped(void)
{
	if (fork() == 0) {
		setsid();
		if (syscall(SYS_clone, 0x4000 /* CLONE_VFORK */ | SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
			kill(getpid(), SIGSTOP);
			_exit(0);
		}
		pause();
	}
	return THROUGH;
}

static int zombies(void)
{
	for (int i = 0; i < 10000; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0) {
			seen("%d of them, then %s", i, strerror(errno));
			return BROKEN;
		}
	}
	return THROUGH;
}

static int open_many(void)
{
	for (int i = 0; i < 4096; i++) {
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
			seen("%d files", i);
			return errno;
		}
	}
	return THROUGH;
}

/* Whoever answers must neither drown in them nor let one pass. */
static int flood_denied(void)
{
	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 10000; k++)
			if (syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */) == 0)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		int status;

		if (wait(&status) < 0 || status)
			return THROUGH;
	}
	return EPERM;
}

static int shm_of_host(void)
{
	int id = shmget((key_t)fact_number("A_KEY"), 0, 0);
	const char *at = id < 0 ? (void *)-1 : shmat(id, NULL, SHM_RDONLY);

	if (id < 0 || at == (void *)-1)
		return errno;
	return memcmp(at, SECRET, strlen(SECRET)) == 0 ? THROUGH : REFUSED_QUIETLY;
}

static int sem_of_host(void) { return outcome(semget((key_t)fact_number("A_KEY"), 0, 0)); }
static int msg_of_host(void) { return outcome(msgget((key_t)fact_number("A_KEY"), 0)); }
static int mq_of_host(void) { return outcome(syscall(SYS_mq_open, fact("A_QUEUE"), O_RDONLY, 0, NULL)); }

/* In the exit status of the last process lies whether a child could come above the run's first one. */
static int clone_parent(void)
{
	long pid = syscall(SYS_clone, 0x8000 /* CLONE_PARENT */ | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid < 0 ? errno : THROUGH; /* it must end with the run */
}

static int setuid_program(void)
{
	static const char *const programs[] = { "/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/usr/bin/mount" };

	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct stat st;

		if (stat(programs[i], &st) == 0 && (st.st_mode & S_ISUID))
			return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : THROUGH;
	}
	seen("no setuid program here");
	return ABSENT;
}

/* --- what is counted for the user as a whole --- */

/* The limit of whoever started this one, who has the user's own. */
static unsigned long signals_outside(void)
{
	char line[128];
	char path[48];
	unsigned long limit = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/limits", (int)getppid());
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f))
		(void)sscanf(line, "Max pending signals %lu", &limit);
	if (f)
		fclose(f);
	return limit;
}

/* Each timer keeps a signal ready. */
static int take_timers(void)
{
	unsigned long outside = signals_outside(), made = 0;
	timer_t timer;

	while (made < 200000 && timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0)
		made++;
	seen("%lu of %lu", made, outside);
	return outside == 0 ? BROKEN : made > outside / 2 || made == 200000 ? THROUGH : errno;
}

static int take_watchers(void)
{
	unsigned made = 0;

	while (made < 100 && inotify_init1(IN_CLOEXEC) >= 0)
		made++;
	seen("%u", made);
	return made == 100 ? THROUGH : errno;
}

/* A context keeps events of the machine's one number. */
static int take_events(void)
{
	unsigned long context = 0;

	return outcome(syscall(SYS_io_setup, 128, &context));
}

const struct attack attacks_procs[] = {
	{ "kill-victim", "end a process of the host", kill_victim, 0 },
	{ "kill-supervisor", "signal the supervisor", kill_supervisor, NOT_BARE },
	{ "kill-thread", "tgkill a process of the host", kill_thread, 0 },
	{ "kill-tkill", "tkill a process of the host", kill_tkill, 0 },
	{ "kill-all", "kill(-1)", kill_all, CONTAINED | NOT_BARE },
	{ "kill-queue", "sigqueue to a process of the host", kill_queue, 0 },
	{ "kill-pidfd", "pidfd_send_signal to a process of the host", kill_pidfd, 0 },
	{ "kill-group", "end a process group of the host", kill_group, 0 },
	{ "kill-owner", "have the kernel signal a process of the host (F_SETOWN)", kill_owner, CONTAINED },
	{ "limit-victim", "lower the limits of a process of the host", limit_victim, 0 },
	{ "nice-victim", "lower its priority", nice_victim, 0 },
	{ "nice-user", "lower the priority of all of the user's processes", nice_user, CONTAINED | NOT_BARE },
	{ "ionice-victim", "lower its I/O priority", io_victim, 0 },
	{ "affinity-victim", "bind it to one processor", affinity_victim, 0 },
	{ "schedule-victim", "make it idle", schedule_victim, 0 },
	{ "schedule-attr-victim", "the same by sched_setattr", schedule_attr_victim, 0 },
	{ "victim-environ", "read its environment", victim_environ, 0 },
	{ "victim-cmdline", "read its arguments", victim_cmdline, T1_ONLY },
	{ "victim-memory", "open its memory", victim_memory, 0 },
	{ "victim-links", "follow its links in /proc", victim_links, 0 },
	{ "foreign-processes", "list the host's processes", foreign_processes, T1_ONLY },
	{ "init-environ", "read the first process's environment", init_environ, NOT_BARE },
	{ "init-cmdline", "read the first process's arguments", init_cmdline, NOT_BARE },
	{ "init-descriptors", "use the first process's descriptors", init_descriptors, NOT_BARE },
	{ "parent-memory", "open the parent's memory", parent_memory, NOT_BARE },
	{ "proc-settings", "write the kernel's settings", proc_settings, ROOT_BARE },
	{ "proc-kernel", "read the kernel's memory and tables", proc_kernel, T1_ONLY },
	{ "descriptors", "find a descriptor besides 0, 1 and 2", descriptors, NOT_BARE },
	{ "environment", "find a secret in the environment", environment, 0 },
	{ "capabilities", "have or get a capability", capabilities, 0 },
	{ "change-user", "become another user", change_user, ROOT_BARE },
	{ "setuid-program", "gain from a setuid program", setuid_program, 0 },
	{ "raise-files", "raise the limit of open files", raise_files, ROOT_BARE },
	{ "raise-core", "raise the limit of core dumps", raise_core, NOT_BARE },
	{ "core-dump", "leave a core dump", core_dump, NOT_BARE },
	{ "fork-bomb", "fork 400 times against a limit of 64", fork_bomb, USER_ONLY | NOT_BARE },
	{ "open-many", "open four thousand files against a limit of 1024", open_many, NOT_BARE },
	{ "flood-denied", "ask forty thousand times for what is denied", flood_denied, NOT_BARE },
	{ "daemonise", "leave stubborn processes behind", daemonise, CONTAINED | NOT_BARE },
	{ "keep-forking", "leave a chain that forks all the time", keep_forking, CONTAINED | NOT_BARE },
	{ "keep-forking-many", "leave many such chains", keep_forking_many, CONTAINED | NOT_BARE },
	{ "respawn", "leave families that replace whom they lose", respawn, CONTAINED | NOT_BARE },
	{ "leaderless", "leave a process whose first thread has ended", leaderless, CONTAINED | NOT_BARE },
	{ "vfork-stopped", "leave a parent in vfork and its stopped child", vfork_stopped, CONTAINED | NOT_BARE },
	{ "zombies", "leave ten thousand zombies", zombies, CONTAINED | NOT_BARE },
	{ "clone-parent", "have a child that belongs to the parent", clone_parent, CONTAINED | NOT_BARE },
	{ "shm-of-host", "attach the host's System V memory", shm_of_host, 0 },
	{ "sem-of-host", "get the host's System V semaphore", sem_of_host, 0 },
	{ "msg-of-host", "get the host's System V queue", msg_of_host, 0 },
	{ "mq-of-host", "open the host's POSIX queue", mq_of_host, 0 },
	{ "take-timers", "use up the user's timers and pending signals", take_timers, 0 },
	{ "take-watchers", "use up the user's inotify instances", take_watchers, T1_ONLY },
	{ "take-events", "use up the machine's asynchronous requests", take_events, 0 },
	{ 0 },
};
