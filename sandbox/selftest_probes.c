/* What the self-test tries from inside. Where things are comes in variables: see selftest.c. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "sandbox/selftest_parts.h"

static const char *fact(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static long fact_number(const char *name)
{
	struct error ignored = { 0 };
	int64_t n = 0;

	return str_parse_i64(fact(name), &n, &ignored) ? 0 : (long)n;
}

static int outcome(long rc)
{
	return rc < 0 ? errno : 0;
}

static int open_outcome(const char *path, int flags)
{
	CLEANUP(close) int fd = open(path, flags | O_CLOEXEC, 0600);

	return outcome(fd);
}

static int read_secret(const char **why)
{
	(void)why;
	return open_outcome(fact("T_SECRET"), O_RDONLY);
}

static int change_secret(const char **why)
{
	(void)why;
	return outcome(chmod(fact("T_SECRET"), 0666));
}

static int write_outside(const char **why)
{
	(void)why;
	return open_outcome(fact("T_OUTSIDE"), O_WRONLY | O_CREAT);
}

static int write_system(const char **why)
{
	(void)why;
	return open_outcome("/usr/bin/wb-self-test", O_WRONLY | O_CREAT);
}

static int init_environ(const char **why)
{
	CLEANUP(close) int fd = open("/proc/1/environ", O_RDONLY | O_CLOEXEC);
	char byte;
	ssize_t n = fd < 0 ? -1 : read(fd, &byte, 1);

	*why = n == 0 ? "empty" : NULL;
	return n == 0 ? ENOENT : outcome(n);
}

static int connect_to(const void *address, socklen_t size, int family)
{
	CLEANUP(close) int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : outcome(connect(fd, address, size));
}

static int host_loopback(const char **why)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)fact_number("T_PORT")),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	(void)why;
	return connect_to(&in, sizeof in, AF_INET);
}

static int network(const char **why)
{
	/* 192.0.2.1 belongs to nobody (RFC 5737); a datagram needs no answer. */
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201) };
	CLEANUP(close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)why;
	return fd < 0 ? errno : outcome(connect(fd, (const struct sockaddr *)&in, sizeof in));
}

static int abstract_socket(const char **why)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const char *name = fact("T_ABSTRACT");
	size_t n = strlen(name);

	(void)why;
	memcpy(un.sun_path + 1, name, n);
	return connect_to(&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n), AF_UNIX);
}

static int own_loopback(const char **why)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	CLEANUP(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof in;

	(void)why;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&in, sizeof in) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&in, &size))
		return errno;
	return connect_to(&in, sizeof in, AF_INET);
}

static int signal_outside(const char **why)
{
	(void)why;
	return outcome(kill((pid_t)fact_number("T_VICTIM"), SIGTERM));
}

static int trace_outside(const char **why)
{
	(void)why;
	return outcome(ptrace(PTRACE_SEIZE, (pid_t)fact_number("T_VICTIM"), NULL, NULL));
}

static int see_outside(const char **why)
{
	char path[64];

	(void)why;
	snprintf(path, sizeof path, "/proc/%ld", fact_number("T_VICTIM"));
	return outcome(access(path, F_OK));
}

static int mount_any(const char **why)
{
	(void)why;
	return outcome(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int namespace_any(const char **why)
{
	(void)why;
	return outcome(unshare(CLONE_NEWUSER));
}

static int kernel_ring(const char **why)
{
	char params[256] = { 0 };

	(void)why;
	return outcome(syscall(SYS_io_uring_setup, 4, params));
}

static int kernel_program(const char **why)
{
	char attr[128] = { 0 };

	(void)why;
	return outcome(syscall(SYS_bpf, 0, attr, sizeof attr));
}

static int unknown_call(const char **why)
{
	(void)why;
	return outcome(syscall(1000, 0, 0, 0));
}

#ifdef __x86_64__
static int other_table(const char **why)
{
	(void)why;
	return outcome(syscall(0x40000000 | 39));
}

static int other_architecture(const char **why)
{
	long rc;

	(void)why;
	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory");
	return rc < 0 ? (int)-rc : 0;
}
#endif

static int keyring(const char **why)
{
	(void)why;
	return outcome(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0));
}

static int terminal(const char **why)
{
	(void)why;
	/* Any other answer than EPERM comes from behind the filter. */
	return ioctl(0, TIOCSTI, "x") < 0 && errno == EPERM ? EPERM : 0;
}

static int privileges(const char **why)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
		*why = "no_new_privs is not set";
		return 0;
	}
	if (syscall(SYS_capget, &head, data) || data[0].permitted || data[1].permitted || data[0].effective) {
		*why = "capabilities are left";
		return 0;
	}
	*why = "none, and none to be had";
	return EPERM;
}

static int descriptors(const char **why)
{
	CLEANUP(closedir) DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || (e->d_name[1] == 0 && e->d_name[0] <= '2'))
			continue;
		if (strtol(e->d_name, NULL, 10) != dirfd(dir))
			return 0;
	}
	*why = dir ? "0, 1 and 2 only" : NULL;
	return dir ? EBADF : errno;
}

static int fork_bomb(const char **why)
{
	pid_t pids[100];
	int n = 0;
	int error = 0;

	while (n < 100 && (pids[n] = fork()) >= 0) {
		if (pids[n] == 0) {
			pause();
			_exit(0);
		}
		n++;
	}
	if (n < 100)
		error = errno;
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	*why = error ? "at the limit" : NULL;
	return error;
}

static int leave_behind(const char **why)
{
	static const int stubborn[] = { SIGTERM, SIGHUP, SIGINT };
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		for (size_t i = 0; i < sizeof stubborn / sizeof *stubborn; i++)
			signal(stubborn[i], SIG_IGN);
		/* It keeps standard output: the end of that is the proof that it is gone. */
		for (;;)
			pause();
	}
	*why = "killed with the run";
	return pid < 0 ? errno : 0;
}

static int memory_file(const char **why)
{
	CLEANUP(close) int fd = memfd_create("t", MFD_CLOEXEC);

	(void)why;
	return fd < 0 ? errno : outcome(ftruncate(fd, 4096));
}

static int work_folder(const char **why)
{
	CLEANUP(close) int fd = open("made", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)why;
	return fd < 0 ? errno : outcome(write(fd, "x", 1) - 1);
}

static int shared_memory(const char **why)
{
	CLEANUP(close) int fd = open("/dev/shm/wb-self-test", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	(void)why;
	if (fd < 0 || ftruncate(fd, 65536) || mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		return errno;
	return outcome(unlink("/dev/shm/wb-self-test"));
}

static int own_proc(const char **why)
{
	(void)why;
	return open_outcome("/proc/self/status", O_RDONLY);
}

const struct selftest_probe selftest_probes[] = {
	{ "work-folder", "write in the working folder", work_folder, SELFTEST_NEED },
	{ "shared-memory", "shared memory", shared_memory, SELFTEST_NEED },
	{ "memory-file", "files in memory", memory_file, SELFTEST_NEED },
	{ "own-proc", "look at oneself in /proc", own_proc, SELFTEST_NEED },
	{ "own-loopback", "a loopback of its own", own_loopback, SELFTEST_NEED | SELFTEST_TIER1 },
	{ "read-secret", "read a file of yours", read_secret, 0 },
	{ "change-secret", "change the mode of a file of yours", change_secret, 0 },
	{ "write-outside", "write outside", write_outside, SELFTEST_STAYS },
	{ "write-system", "write into /usr", write_system, 0 },
	{ "init-environ", "read /proc/1/environ", init_environ, 0 },
	{ "host-loopback", "reach this machine's loopback", host_loopback, 0 },
	{ "network", "reach the network", network, 0 },
	{ "abstract-socket", "reach an abstract socket", abstract_socket, 0 },
	{ "signal-outside", "signal a process outside", signal_outside, 0 },
	{ "trace-outside", "trace a process outside", trace_outside, 0 },
	{ "see-outside", "see a process outside", see_outside, SELFTEST_TIER1 },
	{ "mount", "mount, and be told of it", mount_any, SELFTEST_NAMED },
	{ "namespace", "make a user namespace", namespace_any, 0 },
	{ "io-uring", "io_uring", kernel_ring, 0 },
	{ "bpf", "bpf", kernel_program, 0 },
	{ "unknown-call", "a call that no profile knows", unknown_call, 0 },
#ifdef __x86_64__
	{ "x32", "a call of the x32 table", other_table, SELFTEST_KILLED },
	{ "int80", "a 32-bit call", other_architecture, SELFTEST_KILLED },
#endif
	{ "keyring", "your session keyring", keyring, 0 },
	{ "tiocsti", "type into a terminal", terminal, 0 },
	{ "privileges", "privileges", privileges, 0 },
	{ "descriptors", "descriptors of yours", descriptors, 0 },
	{ "fork-bomb", "fork without end", fork_bomb, SELFTEST_TIER1 | SELFTEST_NOT_ROOT },
	{ "leave-behind", "leave a process behind", leave_behind, SELFTEST_NEED },
	{ .name = NULL },
};
