/* Makes the world that attacks aim at, and looks what became of it. */
#include "config.h"

#include "tests/sandbox/world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/mem.h"
#include "tests/sandbox/attack.h"

static _Noreturn void give_up(const char *what)
{
	printf("Bail out! the world cannot be made: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(struct world *w, const char *below, const char *text, mode_t mode)
{
	CLEANUP(free) char *path = fs_join(w->base, below);
	CLEANUP(close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode))
		give_up(below);
}

static void put_at(const char *path)
{
	CLEANUP(close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, SECRET, strlen(SECRET)) != (ssize_t)strlen(SECRET))
		give_up(path);
}

static void watch(struct world *w, const char *path)
{
	struct world_file *f = &w->files[w->file_count++];

	snprintf(f->path, sizeof f->path, "%s", path);
	if (stat(path, &f->st))
		give_up(path);
}

static void watch_below(struct world *w, const char *below)
{
	CLEANUP(free) char *path = fs_join(w->base, below);

	watch(w, path);
}

static void copy_program(struct world *w)
{
	CLEANUP(close) int in = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	CLEANUP(close) int out = -1;
	struct error err = { 0 };

	snprintf(w->program, sizeof w->program, "%s/bin/battery", w->base);
	out = open(w->program, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (in < 0 || out < 0 || fs_copy(in, out, UINT64_MAX, NULL, &err) || fchmod(out, 0755))
		give_up("a copy of this program");
}

static void make_files(struct world *w)
{
	static const char *const folders[] = { "bin", "home", "home/.ssh", "store", "store/runs", "store/runs/other", "inputs",
					       "lower", "tree", "run", "run/upper", "run/work", "run/tree", "run/out",
					       "run/tmp", "run/events" };
	CLEANUP(free) char *fifo = NULL;

	snprintf(w->base, sizeof w->base, "/tmp/wb-battery-XXXXXX");
	if (!mkdtemp(w->base) || chmod(w->base, 0755))
		give_up(w->base);
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		CLEANUP(free) char *path = fs_join(w->base, folders[i]);

		if (mkdir(path, 0755))
			give_up(path);
	}
	copy_program(w);
	put(w, "home/.ssh/id_rsa", SECRET, 0600);
	put(w, "store/wb.db", SECRET, 0600);
	put(w, "store/runs/other/spool", SECRET, 0600);
	put(w, "inputs/data.txt", "an input\n", 0644);
	put(w, "stdin.txt", "standard input\n", 0644);
	put(w, "lower/code.py", "print(1)\n", 0644);
	put(w, "run/tree/code.py", "print(1)\n", 0644);
	fifo = fs_join(w->base, "inputs/fifo");
	if (mkfifo(fifo, 0644))
		give_up(fifo);
	/* A reader, so that a writer would get in. */
	w->fifo = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	put_at(w->tmpfile);
	put_at(w->shmfile);
}

static int inet_listener(int type, int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;
	int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof in) || getsockname(fd, (struct sockaddr *)&in, &len))
		give_up("a listener");
	if (type == SOCK_STREAM && listen(fd, 64))
		give_up("a listener");
	*port = ntohs(in.sin_port);
	return fd;
}

static int unix_listener(const char *path, int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, path, n);
	if (path[0] == '@')
		un.sun_path[0] = 0;
	if (fd < 0 || bind(fd, (struct sockaddr *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) ||
	    (type == SOCK_STREAM && listen(fd, 4096)))
		give_up(path);
	return fd;
}

static void make_sockets(struct world *w)
{
	CLEANUP(free) char *docker = fs_join(w->base, "home/docker.sock");
	CLEANUP(free) char *dgram = fs_join(w->base, "home/dgram.sock");
	CLEANUP(free) char *agent = fs_join(w->base, "inputs/agent.sock");
	int spare;

	w->sockets[0] = inet_listener(SOCK_STREAM, &w->tcp_port);
	w->sockets[1] = inet_listener(SOCK_DGRAM, &w->udp_port);
	snprintf(w->abstract, sizeof w->abstract, "@wb-battery-%s", w->base + strlen(w->base) - 6);
	w->sockets[2] = unix_listener(w->abstract, SOCK_STREAM);
	w->sockets[3] = unix_listener(docker, SOCK_STREAM);
	w->sockets[4] = unix_listener(dgram, SOCK_DGRAM);
	w->sockets[5] = unix_listener(agent, SOCK_STREAM);
	spare = inet_listener(SOCK_STREAM, &w->free_port);
	close(spare);
}

static void make_ipc(struct world *w)
{
	w->key = (int)(getpid() << 8 | 0x5a) ^ (int)w->files[0].st.st_ino;
	w->shm = shmget(w->key, 4096, IPC_CREAT | 0600);
	w->sem = semget(w->key, 1, IPC_CREAT | 0600);
	w->msg = msgget(w->key, IPC_CREAT | 0600);
	if (w->shm >= 0) {
		char *at = shmat(w->shm, NULL, 0);

		if (at != (void *)-1) {
			memcpy(at, SECRET, sizeof SECRET);
			shmdt(at);
		}
	}
	snprintf(w->queue, sizeof w->queue, "wb-battery-%s", w->base + strlen(w->base) - 6);
	w->mq = (int)syscall(SYS_mq_open, w->queue, O_RDWR | O_CREAT | O_CLOEXEC, 0600, NULL);
}

/* Where the victim's first mapping begins: a place that can be read. */
static unsigned long first_address(pid_t pid)
{
	char path[48];
	char line[64] = "";
	CLEANUP(close) int fd = -1;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, line, sizeof line - 1) <= 0)
		give_up(path);
	return strtoul(line, NULL, 16);
}

/* A shell that waits for a line that never comes, with the secret among its arguments and in its environment. */
static void make_victim(struct world *w)
{
	static char *const env[] = { (char *)(uintptr_t) "WB_TOKEN=" SECRET, NULL };
	static char *const argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c", (char *)(uintptr_t) "read line",
				      (char *)(uintptr_t)SECRET, NULL };
	int started[2];
	int input[2];
	char c;

	if (pipe2(started, O_CLOEXEC) || pipe2(input, O_CLOEXEC))
		give_up("a pipe");
	w->victim = fork();
	if (w->victim == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setsid();
		dup2(input[0], 0);
		execve("/bin/sh", argv, env);
		_exit(127);
	}
	close(started[1]);
	close(input[0]);
	w->victim_in = input[1];
	/* Its end is closed by the execution. */
	if (w->victim < 0 || read(started[0], &c, 1) != 0)
		give_up("the victim");
	close(started[0]);
	w->victim_at = first_address(w->victim);
	if (syscall(SYS_prlimit64, w->victim, RLIMIT_NOFILE, NULL, &w->victim_files) ||
	    sched_getaffinity(w->victim, sizeof w->victim_cpus, &w->victim_cpus))
		give_up("the victim's limits");
	w->victim_nice = getpriority(PRIO_PROCESS, (id_t)w->victim);
	w->victim_policy = sched_getscheduler(w->victim);
	w->victim_io = (int)syscall(SYS_ioprio_get, 1, w->victim);
	w->own_nice = getpriority(PRIO_PROCESS, 0);
}

static unsigned count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned n = 0;
	int c;

	while (f && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

unsigned count_fds(void)
{
	CLEANUP(closedir) DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	while (d && readdir(d))
		n++;
	return n;
}

void world_make(struct world *w)
{
	static unsigned serial;
	int id = (int)getpid() * 1000 + (int)(serial++ % 1000);

	*w = (struct world){ .mq = -1 };
	snprintf(w->tmpfile, sizeof w->tmpfile, "/tmp/wb-battery-file-%d", id);
	snprintf(w->shmfile, sizeof w->shmfile, "/dev/shm/wb-battery-file-%d", id);
	snprintf(w->etcfile, sizeof w->etcfile, "/etc/wb-battery-%d", id);
	snprintf(w->usrfile, sizeof w->usrfile, "/usr/wb-battery-%d", id);
	make_files(w);
	make_sockets(w);
	watch_below(w, "home/.ssh/id_rsa");
	watch_below(w, "home/.ssh");
	watch_below(w, "home");
	watch_below(w, "store");
	watch_below(w, "store/wb.db");
	watch_below(w, "store/runs/other/spool");
	watch_below(w, "inputs");
	watch_below(w, "inputs/data.txt");
	watch_below(w, "stdin.txt");
	watch_below(w, "lower");
	watch_below(w, "lower/code.py");
	watch(w, w->tmpfile);
	watch(w, w->shmfile);
	watch(w, "/dev/null");
	watch(w, "/dev/urandom");
	make_ipc(w);
	make_victim(w);
	gethostname(w->host, sizeof w->host);
	w->mounts = count_lines("/proc/self/mountinfo");
}

void world_free(struct world *w)
{
	struct error err = { 0 };

	kill(w->victim, SIGKILL);
	waitpid(w->victim, NULL, 0);
	close(w->victim_in);
	for (int i = 0; i < WORLD_SOCKETS; i++)
		close(w->sockets[i]);
	close(w->fifo);
	shmctl(w->shm, IPC_RMID, NULL);
	semctl(w->sem, 0, IPC_RMID);
	msgctl(w->msg, IPC_RMID, NULL);
	if (w->mq >= 0) {
		close(w->mq);
		syscall(SYS_mq_unlink, w->queue);
	}
	unlink(w->tmpfile);
	unlink(w->shmfile);
	unlink(w->etcfile);
	unlink(w->usrfile);
	if (fs_remove_tree(AT_FDCWD, w->base, &err))
		printf("# %s stays: %s\n", w->base, err.text);
}

void world_facts(const struct world *w, const char *tree, void (*set)(void *data, const char *name, const char *value),
		 void *data)
{
	static const struct {
		const char *name, *below;
	} places[] = { { "A_HOME", "home" },     { "A_STORE", "store" }, { "A_INPUTS", "inputs" }, { "A_INPUT", "inputs/data.txt" },
		       { "A_LOWER", "lower" },   { "A_OUT", "run/out" } };
	const struct {
		const char *name;
		long value;
	} numbers[] = { { "A_TCP", w->tcp_port },   { "A_UDP", w->udp_port }, { "A_FREE", w->free_port },
			{ "A_VICTIM", w->victim },  { "A_KEY", w->key },      { "A_VICTIM_AT", (long)w->victim_at },
			{ "A_SUPERVISOR", getpid() } };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		CLEANUP(free) char *path = fs_join(w->base, places[i].below);

		set(data, places[i].name, path);
	}
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		char text[24];

		snprintf(text, sizeof text, "%ld", numbers[i].value);
		set(data, numbers[i].name, text);
	}
	set(data, "A_TREE", tree);
	set(data, "A_TMPFILE", w->tmpfile);
	set(data, "A_SHMFILE", w->shmfile);
	set(data, "A_ETCFILE", w->etcfile);
	set(data, "A_USRFILE", w->usrfile);
	set(data, "A_ABSTRACT", w->abstract);
	set(data, "A_QUEUE", w->queue);
	set(data, "A_PROGRAM", w->program);
}

bool world_knock(const struct world *w)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons((uint16_t)w->free_port) };
	CLEANUP(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&in, sizeof in) == 0;
}

static bool time_is(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The change time tells of every change of bytes, mode, owner, links, times, attributes and flags. */
static bool file_is(const struct stat *now, const struct stat *before)
{
	return now->st_ino == before->st_ino && now->st_mode == before->st_mode && now->st_size == before->st_size &&
	       now->st_nlink == before->st_nlink && time_is(&now->st_mtim, &before->st_mtim) &&
	       /* A device's is everybody's: another program may set the mode that it has. */
	       (S_ISCHR(now->st_mode) || time_is(&now->st_ctim, &before->st_ctim));
}

static void check_files(const struct world *w, struct buf *out)
{
	for (int i = 0; i < w->file_count; i++) {
		const struct world_file *f = &w->files[i];
		struct stat now;

		if (stat(f->path, &now)) {
			buf_printf(out, " %s is gone;", f->path);
			continue;
		}
		if (!file_is(&now, &f->st))
			buf_printf(out, " %s has changed;", f->path);
	}
	if (access(w->etcfile, F_OK) == 0 || access(w->usrfile, F_OK) == 0)
		buf_puts(out, " a file was made in /etc or /usr;");
}

/* What a run may write is its own, but no setuid program, no device and no core dump may come of it. */
static void check_written(const struct world *w, struct buf *out)
{
	static const char *const folders[] = { "run/out", "run/upper", "run/tree" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		CLEANUP(free) char *path = fs_join(w->base, folders[i]);
		CLEANUP(closedir) DIR *d = opendir(path);
		const struct dirent *e;

		while (d && (e = readdir(d))) {
			struct stat st;

			if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
				continue;
			if (!S_ISLNK(st.st_mode) && (st.st_mode & S_ISUID))
				buf_printf(out, " %s is setuid;", e->d_name);
			if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev))
				buf_printf(out, " %s is a device;", e->d_name);
			if (strncmp(e->d_name, "core", 4) == 0 && S_ISREG(st.st_mode) && strcmp(e->d_name, "code.py"))
				buf_printf(out, " %s is a core dump;", e->d_name);
		}
	}
}

static void check_sockets(const struct world *w, struct buf *out)
{
	static const char *const names[] = { "tcp", "udp", "abstract", "path", "datagram", "input" };

	for (int i = 0; i < WORLD_SOCKETS; i++) {
		struct pollfd p = { .fd = w->sockets[i], .events = POLLIN };

		if (poll(&p, 1, 0) > 0)
			buf_printf(out, " the host's %s socket was reached;", names[i]);
	}
}

static void check_victim(const struct world *w, struct buf *out)
{
	struct rlimit files;
	cpu_set_t cpus;
	int status;

	if (waitpid(w->victim, &status, WNOHANG | WUNTRACED)) {
		buf_puts(out, " the victim was ended or stopped;");
		return;
	}
	if (syscall(SYS_prlimit64, w->victim, RLIMIT_NOFILE, NULL, &files) || files.rlim_cur != w->victim_files.rlim_cur)
		buf_puts(out, " the victim's limits have changed;");
	if (sched_getaffinity(w->victim, sizeof cpus, &cpus) || !CPU_EQUAL(&cpus, &w->victim_cpus))
		buf_puts(out, " the victim's processors have changed;");
	if (getpriority(PRIO_PROCESS, (id_t)w->victim) != w->victim_nice ||
	    sched_getscheduler(w->victim) != w->victim_policy ||
	    (int)syscall(SYS_ioprio_get, 1, w->victim) != w->victim_io || getpriority(PRIO_PROCESS, 0) != w->own_nice)
		buf_puts(out, " somebody's priority has changed;");
}

/* Processes of the copied program other than the victim. */
/* The first argument of a process, or of a thread of it: the kernel shows none for a first thread that has ended. */
static bool first_argument(const char *pid, char *line, size_t size)
{
	CLEANUP(closedir) DIR *tasks = NULL;
	const struct dirent *e;
	char path[600];
	ssize_t n = 0;

	snprintf(path, sizeof path, "/proc/%s/task", pid);
	tasks = opendir(path);
	while (tasks && n <= 0 && (e = readdir(tasks))) {
		CLEANUP(close) int fd = -1;

		snprintf(path, sizeof path, "/proc/%s/task/%s/cmdline", pid, e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : read(fd, line, size - 1);
	}
	line[n > 0 ? n : 0] = 0;
	return n > 0;
}

static void check_survivors(const struct world *w, struct buf *out)
{
	CLEANUP(closedir) DIR *d = opendir("/proc");
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		char line[300];

		if (e->d_name[0] < '1' || e->d_name[0] > '9' || (pid_t)strtol(e->d_name, NULL, 10) == w->victim ||
		    !first_argument(e->d_name, line, sizeof line))
			continue;
		if (strncmp(line, w->base, strlen(w->base)) == 0) {
			buf_printf(out, " process %s is left;", e->d_name);
			kill((pid_t)strtol(e->d_name, NULL, 10), SIGKILL);
		}
	}
}

bool world_check(struct world *w, struct buf *changed)
{
	char host[80] = "";
	size_t before = changed->len;

	check_files(w, changed);
	check_written(w, changed);
	check_sockets(w, changed);
	check_victim(w, changed);
	check_survivors(w, changed);
	gethostname(host, sizeof host);
	if (strcmp(host, w->host))
		buf_puts(changed, " the host's name has changed;");
	if (count_lines("/proc/self/mountinfo") != w->mounts)
		buf_puts(changed, " the host's mounts have changed;");
	return changed->len == before;
}
