/* Attacks by system calls that no run needs: mounts, namespaces, tracing, keys, other tables of calls. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/sandbox/attack.h"

/* A call made without any libc in between. */
#define CALL(...) outcome(syscall(__VA_ARGS__))

static pid_t victim(void) { return (pid_t)fact_number("A_VICTIM"); }

static int mount_tmpfs(void) { return outcome(mount("x", "/tmp", "tmpfs", 0, NULL)); }
static int mount_bind(void) { return outcome(mount("/usr", "/tmp", NULL, MS_BIND, NULL)); }
static int mount_remount(void) { return outcome(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL)); }
static int mount_new(void) { return CALL(SYS_fsopen, "tmpfs", 0); }
static int mount_tree(void) { return CALL(SYS_open_tree, AT_FDCWD, "/usr", 1); }
static int mount_move(void) { return CALL(SYS_move_mount, AT_FDCWD, "/usr", AT_FDCWD, "/tmp", 0); }
static int mount_attr_(void)
{
	struct mount_attr a = { .attr_clr = MOUNT_ATTR_RDONLY };

	return CALL(SYS_mount_setattr, AT_FDCWD, "/", 0, &a, sizeof a);
}
static int umount_proc(void) { return outcome(umount2("/proc", MNT_DETACH)); }
static int pivot(void) { return CALL(SYS_pivot_root, ".", "."); }
static int change_root(void) { return outcome(chroot("/tmp")); }

static int unshare_any(void)
{
	static const int flags[] = { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS,
				     CLONE_NEWCGROUP, 0x80 /* NEWTIME */, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS };
	int last = 0;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (unshare(flags[i]) == 0) {
			seen("flags 0x%x", flags[i]);
			return THROUGH;
		}
		last = errno;
	}
	return last;
}

static int clone_any(void)
{
	static const unsigned long flags[] = { CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWNS, CLONE_NEWUSER | CLONE_NEWPID,
					       CLONE_NEWUSER | CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP };
	int last = 0;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		long pid = syscall(SYS_clone, flags[i] | SIGCHLD | 1ul << 33, NULL, NULL, NULL, NULL);

		if (pid == 0)
			_exit(0);
		if (pid > 0) {
			waitpid((pid_t)pid, NULL, 0);
			return THROUGH;
		}
		last = errno;
	}
	return last;
}

static int clone3_any(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof args);

	if (pid == 0)
		_exit(0);
	return pid > 0 ? THROUGH : errno;
}

static int setns_one(void)
{
	static const char *const names[] = { "user", "mnt", "net", "pid", "ipc", "uts", "cgroup" };
	char path[64];
	int last = EACCES;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		int fd;

		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (setns(fd, 0) == 0)
			return THROUGH;
		last = errno;
	}
	return last;
}

static int ptrace_victim(void) { return outcome(ptrace(PTRACE_ATTACH, victim(), NULL, NULL)); }
static int ptrace_init(void) { return outcome(ptrace(PTRACE_SEIZE, 1, NULL, (void *)0x80000000ul)); }
static int ptrace_parent(void) { return outcome(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL)); }
static int ptrace_me(void) { return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL)); }

static int vm_read(void)
{
	char byte;
	struct iovec local = { &byte, 1 };
	struct iovec remote = { (void *)(uintptr_t)fact_number("A_VICTIM_AT"), 1 };

	return outcome(process_vm_readv(victim(), &local, 1, &remote, 1, 0));
}

static int vm_write(void)
{
	char byte = 'x';
	struct iovec local = { &byte, 1 };
	struct iovec remote = { (void *)(uintptr_t)fact_number("A_VICTIM_AT"), 1 };

	return outcome(process_vm_writev(victim(), &local, 1, &remote, 1, 0));
}

static int steal_fd(void)
{
	long pidfd = syscall(SYS_pidfd_open, victim(), 0);

	return pidfd < 0 ? errno : CALL(438 /* pidfd_getfd */, pidfd, 0, 0);
}

static int compare(void) { return CALL(SYS_kcmp, getpid(), victim(), 0, 0, 0); }
static int advise(void) { return CALL(440 /* process_madvise */, -1, NULL, 0, 0, 0); }

static int bpf_map(void)
{
	union bpf_attr a = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };

	return CALL(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a);
}

static int perf(void)
{
	struct perf_event_attr a = { .size = sizeof a, .type = PERF_TYPE_SOFTWARE, .exclude_kernel = 1 };

	return CALL(SYS_perf_event_open, &a, 0, -1, -1, 0);
}

static int keyring_read(void) { return CALL(SYS_keyctl, 11 /* READ */, -3 /* session */, NULL, 0); }
static int keyring_user(void) { return CALL(SYS_keyctl, 11 /* READ */, -4 /* user */, NULL, 0); }
static int key_add(void) { return CALL(SYS_add_key, "user", "wb-x", "x", 1, -4); }
static int key_request(void) { return CALL(SYS_request_key, "user", "wb-battery-key", NULL, 0); }
static int ring_setup(void)
{
	char params[120] = { 0 };

	return CALL(425, 4, params);
}
static int ring_enter(void) { return CALL(426, 0, 0, 0, 0, NULL, 0); }
static int ring_register(void) { return CALL(427, 0, 0, NULL, 0); }
static int fault_fd(void) { return CALL(SYS_userfaultfd, 1 /* USER_MODE_ONLY */); }
static int secret_memory(void) { return CALL(447, 0); }
static int module(void) { return CALL(SYS_finit_module, 0, "", 0); }
static int kexec(void) { return CALL(SYS_kexec_load, 0, 0, NULL, 0); }
static int restart(void) { return CALL(SYS_reboot, 0xfee1dead, 672274793, 0, NULL); }
static int swap(void) { return CALL(SYS_swapon, "/dev/null", 0); }
static int ports(void) { return CALL(SYS_iopl, 3); }
static int ports_some(void) { return CALL(SYS_ioperm, 0x80, 1, 1); }
static int ldt(void)
{
	char entry[16] = { 0 };

	return CALL(SYS_modify_ldt, 0, entry, sizeof entry);
}
static int host_name(void) { return outcome(sethostname("wb-battery", 10)); }
static int account(void) { return outcome(acct(NULL)); }
static int kernel_log(void) { return CALL(SYS_syslog, 3, NULL, 0); }
static int notify_all(void) { return CALL(SYS_fanotify_init, 0x200 /* REPORT_FID */, 0); }
static int splice_pipe(void)
{
	int p[2];

	return pipe(p) ? BROKEN : CALL(SYS_vmsplice, p[1], &(struct iovec){ &p, sizeof p }, 1, 0);
}
static int layout_fixed(void) { return CALL(SYS_personality, ADDR_NO_RANDOMIZE); }
static int layout_exec(void) { return CALL(SYS_personality, READ_IMPLIES_EXEC); }
static int dumpable(void) { return outcome(prctl(PR_SET_DUMPABLE, 0)); }
static int tracer(void) { return outcome(prctl(0x59616d61, -1ul)); }
static int securebits(void) { return outcome(prctl(PR_SET_SECUREBITS, 0)); }
static int set_mm(void) { return outcome(prctl(PR_SET_MM, 1, 0, 0, 0)); }
static int set_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return CALL(SYS_clock_settime, CLOCK_REALTIME, &now);
}

static int terminal(unsigned long command)
{
	char c = 'x';
	int rc;

	/* Whatever the descriptor is, the filter must answer first. */
	if (ioctl(0, command, &c) == 0 || errno != EPERM)
		return THROUGH;
	rc = (int)syscall(SYS_ioctl, 0, command | 1ul << 32, &c);
	return rc == 0 || errno != EPERM ? THROUGH : EPERM;
}

static int type_into(void) { return terminal(TIOCSTI); }
static int type_console(void) { return terminal(TIOCLINUX); }
static int discipline(void) { return terminal(TIOCSETD); }
static int console(void) { return terminal(TIOCCONS); }

#ifdef __x86_64__
static int x32_call(void) { return CALL(SYS_getpid | 0x40000000) == 0 ? THROUGH : REFUSED_QUIETLY; }

static int old_call(void)
{
	long rc;

	/* getpid() of the 32-bit table. */
	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20) : "memory");
	return rc > 0 ? THROUGH : ENOSYS;
}
#endif

static int unknown_calls(void)
{
	static const long numbers[] = { 457, 458, 470, 600, 1000, 1000000 };

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (syscall(numbers[i], 0, 0, 0, 0, 0, 0) >= 0 || errno != ENOSYS) {
			seen("call %ld: %d", numbers[i], errno);
			return THROUGH;
		}
	}
	return ENOSYS;
}

/* An own filter that allows everything must not weaken the first. */
static int filter_allow(void)
{
	struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	struct sock_fprog prog = { 1, code };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return BROKEN;
	return mount_tmpfs();
}

static int filter_listener(void)
{
	struct sock_filter code[] = { { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW } };
	struct sock_fprog prog = { 1, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
}

/* A program that has no file: it must be as confined as any other. */
static int exec_memory(void)
{
	static const char *const env[] = { "A_AGAIN=1", NULL };
	char *const argv[] = { (char *)(uintptr_t)"battery", (char *)(uintptr_t)"--inside",
			       (char *)(uintptr_t)"mount-tmpfs", NULL };
	int in = open(fact("A_PROGRAM"), O_RDONLY | O_CLOEXEC);
	int out = memfd_create("x", 0);
	static char block[65536];
	ssize_t n;

	if (in < 0 || out < 0)
		return BROKEN;
	while ((n = read(in, block, sizeof block)) > 0) {
		if (write(out, block, (size_t)n) != n)
			return BROKEN;
	}
	syscall(SYS_execveat, out, "", argv, (char *const *)(uintptr_t)env, AT_EMPTY_PATH);
	return BROKEN;
}

/* Numbers are compared as the kernel reads them: the upper half of an int argument means nothing. */
static int wide_words(void)
{
	if (syscall(SYS_prctl, PR_SET_DUMPABLE | 1ul << 32, 0, 0, 0, 0) == 0)
		return THROUGH;
	return errno;
}

const struct attack attacks_kernel[] = {
	{ "mount-tmpfs", "mount", mount_tmpfs, EXACT | NOT_BARE },
	{ "mount-bind", "mount --bind", mount_bind, EXACT | NOT_BARE },
	{ "mount-remount", "remount the root writable", mount_remount, EXACT | NOT_BARE },
	{ "mount-fsopen", "fsopen", mount_new, EXACT | ROOT_BARE },
	{ "mount-open-tree", "open_tree(CLONE)", mount_tree, EXACT | ROOT_BARE },
	{ "mount-move", "move_mount", mount_move, EXACT | NOT_BARE },
	{ "mount-setattr", "mount_setattr", mount_attr_, EXACT | NOT_BARE },
	{ "umount", "unmount /proc", umount_proc, EXACT | NOT_BARE },
	{ "pivot-root", "pivot_root", pivot, EXACT | NOT_BARE },
	{ "chroot", "chroot", change_root, EXACT | ROOT_BARE },
	{ "unshare", "unshare every kind of namespace", unshare_any, EXACT },
	{ "clone-namespaces", "clone with every kind of namespace", clone_any, EXACT },
	{ "clone3-namespaces", "clone3 with a user namespace", clone3_any, 0 },
	{ "setns", "setns", setns_one, EXACT | ROOT_BARE },
	{ "ptrace-attach", "trace a process of the host", ptrace_victim, EXACT },
	{ "ptrace-init", "seize process 1", ptrace_init, EXACT | NOT_BARE },
	{ "ptrace-parent", "seize the parent", ptrace_parent, EXACT | NOT_BARE },
	{ "ptrace-traceme", "ask to be traced", ptrace_me, EXACT | NOT_BARE },
	{ "vm-readv", "read a host process's memory", vm_read, EXACT },
	{ "vm-writev", "write a host process's memory", vm_write, EXACT | NOT_BARE },
	{ "pidfd-getfd", "take a host process's descriptor", steal_fd, 0 },
	{ "kcmp", "compare with a host process", compare, EXACT },
	{ "process-madvise", "process_madvise", advise, EXACT },
	{ "bpf", "make a BPF map", bpf_map, EXACT | ROOT_BARE },
	{ "perf-event", "perf_event_open", perf, EXACT },
	{ "keyring-session", "read the session keyring", keyring_read, EXACT },
	{ "keyring-user", "read the user keyring", keyring_user, EXACT },
	{ "key-add", "add_key", key_add, EXACT | NOT_BARE },
	{ "key-request", "request_key", key_request, EXACT },
	{ "io-uring-setup", "io_uring_setup", ring_setup, EXACT },
	{ "io-uring-enter", "io_uring_enter", ring_enter, EXACT },
	{ "io-uring-register", "io_uring_register", ring_register, EXACT },
	{ "userfaultfd", "userfaultfd", fault_fd, EXACT },
	{ "memfd-secret", "memfd_secret", secret_memory, EXACT | NOT_BARE },
	{ "module", "load a module", module, EXACT | NOT_BARE },
	{ "kexec", "kexec_load", kexec, EXACT | NOT_BARE },
	{ "reboot", "reboot", restart, EXACT | NOT_BARE },
	{ "swapon", "swapon", swap, EXACT | NOT_BARE },
	{ "iopl", "iopl", ports, EXACT | NOT_BARE },
	{ "ioperm", "ioperm", ports_some, EXACT | NOT_BARE },
	{ "modify-ldt", "modify_ldt", ldt, EXACT },
	{ "sethostname", "sethostname", host_name, EXACT | NOT_BARE },
	{ "acct", "acct", account, EXACT | NOT_BARE },
	{ "syslog", "read the kernel's log", kernel_log, EXACT | NOT_BARE },
	{ "fanotify", "fanotify_init", notify_all, EXACT },
	{ "vmsplice", "vmsplice", splice_pipe, EXACT },
	{ "personality-layout", "switch address randomisation off", layout_fixed, EXACT },
	{ "personality-exec", "make all memory executable", layout_exec, EXACT },
	{ "prctl-dumpable", "PR_SET_DUMPABLE", dumpable, EXACT },
	{ "prctl-ptracer", "PR_SET_PTRACER", tracer, EXACT | NOT_BARE },
	{ "prctl-securebits", "PR_SET_SECUREBITS", securebits, EXACT | ROOT_BARE },
	{ "prctl-mm", "PR_SET_MM", set_mm, EXACT },
	{ "prctl-wide", "PR_SET_DUMPABLE in a 64-bit word", wide_words, EXACT },
	{ "clock-settime", "set the clock", set_clock, EXACT | NOT_BARE },
	{ "tiocsti", "type into the terminal, also in a 64-bit word", type_into, EXACT },
	{ "tioclinux", "paste on the console, also in a 64-bit word", type_console, EXACT },
	{ "tiocsetd", "change the line discipline, also in a 64-bit word", discipline, EXACT },
	{ "tioccons", "take the console's output, also in a 64-bit word", console, EXACT },
#ifdef __x86_64__
	{ "x32", "a call of the x32 table", x32_call, DIES | NOT_BARE },
	{ "int80", "a call of the 32-bit table", old_call, DIES },
#endif
	{ "unknown-calls", "calls newer than the profile", unknown_calls, NOT_BARE },
	{ "filter-allow", "install a filter that allows everything, then mount", filter_allow, EXACT | NOT_BARE },
	{ "filter-listener", "install a filter with an own listener", filter_listener, 0 },
	{ "exec-memory", "run a program from memory that mounts", exec_memory, EXACT | NOT_BARE },
	{ 0 },
};
