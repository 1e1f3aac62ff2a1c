/* The seccomp profile "ml"; filter_rules.h says what the columns mean. */
#include "config.h"

#include "sandbox/filter_rules.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define IS(arg_, value_) { arg_, ANY_INT, (uint32_t)(value_) }
#define BITS(arg_, mask_, value_) { arg_, (uint32_t)(mask_), (uint32_t)(value_) }

/* SOCK_NONBLOCK and SOCK_CLOEXEC may be joined to a type. */
#define TYPE(type_) { 1, ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC), (type_) }

/* CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}; CLONE_NEWTIME is no flag of clone(). */
#define CLONE_NEW_ALL 0x7e020000u
#define CLONE_THREAD_BIT 0x00010000u

#define CALL(tiers_, verdict_, ...) { .tiers = (tiers_), .verdict = (verdict_), .calls = __VA_ARGS__ }
#define WHEN1(call_, tiers_, verdict_, ...) { (call_), (tiers_), (verdict_), 1, { __VA_ARGS__ } }
#define WHEN2(call_, tiers_, verdict_, ...) { (call_), (tiers_), (verdict_), 2, { __VA_ARGS__ } }
#define WHEN3(call_, tiers_, verdict_, ...) { (call_), (tiers_), (verdict_), 3, { __VA_ARGS__ } }

const struct rule rules[] = {
	/* Files. */
	CALL(IN_BOTH, V_ALLOW, "read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close "
	     "close_range dup dup2 dup3 flock fsync fdatasync sync syncfs sync_file_range ftruncate fallocate "
	     "fadvise64 readahead copy_file_range sendfile getdents getdents64 getcwd chdir fchdir umask"),
	CALL(IN_BOTH, V_ALLOW, "stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink "
	     "readlinkat getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr ustat"),
	CALL(IN_BOTH, V_ALLOW, "symlink symlinkat inotify_init inotify_init1 inotify_rm_watch"),
	/* A lease holds up whoever opens the file, on the host too. */
	WHEN1("fcntl", IN_BOTH, V_DENY, IS(1, F_SETLEASE)),
	WHEN1("fcntl", IN_BOTH, V_DENY, IS(1, F_NOTIFY)),
	/* The kernel signals the owner in the run's name: Landlock refuses that only since ABI 6. */
	WHEN1("fcntl", IN_T2, V_DENY, IS(1, F_SETOWN)),
	WHEN1("fcntl", IN_T2, V_DENY, IS(1, F_SETOWN_EX)),
	CALL(IN_BOTH, V_ALLOW, "fcntl"),
	/* Landlock does not look at what is watched. */
	CALL(IN_T1, V_ALLOW, "inotify_add_watch"),
	CALL(IN_T2, V_DENY, "inotify_add_watch"),
	/* Nobody else may gain by a file that a run leaves: no setuid bit, however it would get there. */
	WHEN2("open", IN_BOTH, V_REFUSE, BITS(1, O_CREAT, O_CREAT), BITS(2, S_ISUID, S_ISUID)),
	WHEN2("open", IN_BOTH, V_REFUSE, BITS(1, O_TMPFILE, O_TMPFILE), BITS(2, S_ISUID, S_ISUID)),
	WHEN2("openat", IN_BOTH, V_REFUSE, BITS(2, O_CREAT, O_CREAT), BITS(3, S_ISUID, S_ISUID)),
	WHEN2("openat", IN_BOTH, V_REFUSE, BITS(2, O_TMPFILE, O_TMPFILE), BITS(3, S_ISUID, S_ISUID)),
	WHEN1("creat", IN_BOTH, V_REFUSE, BITS(1, S_ISUID, S_ISUID)),
	WHEN1("chmod", IN_BOTH, V_REFUSE, BITS(1, S_ISUID, S_ISUID)),
	WHEN1("fchmod", IN_BOTH, V_REFUSE, BITS(1, S_ISUID, S_ISUID)),
	WHEN1("fchmodat", IN_BOTH, V_REFUSE, BITS(2, S_ISUID, S_ISUID)),
	WHEN1("fchmodat2", IN_BOTH, V_REFUSE, BITS(2, S_ISUID, S_ISUID)),
	CALL(IN_BOTH, V_NOSYS, "openat2"), /* its mode is behind a pointer; libraries fall back to openat */
	CALL(IN_BOTH, V_REPORT, "open openat creat"),
	CALL(IN_BOTH, V_REPORT, "truncate unlink unlinkat rmdir mkdir mkdirat rename renameat renameat2 link linkat"),
	CALL(IN_T1, V_REPORT, "chmod fchmodat fchmodat2 chown lchown fchownat utime utimes utimensat futimesat "
	     "setxattr lsetxattr removexattr lremovexattr"),
	CALL(IN_T1, V_ALLOW, "fchmod fchown fsetxattr fremovexattr"),
	/* Landlock does not look at these, and tier 2 has nothing else between a run and its user's files. */
	CALL(IN_T2, V_MEDIATE, "chmod fchmod fchmodat fchmodat2 utime utimes utimensat futimesat"),
	CALL(IN_T2, V_DENY, "chown lchown fchown fchownat setxattr lsetxattr fsetxattr removexattr lremovexattr "
	     "fremovexattr"),
	WHEN1("mknod", IN_BOTH, V_DENY, BITS(1, S_IFMT, S_IFCHR)),
	WHEN1("mknod", IN_BOTH, V_DENY, BITS(1, S_IFMT, S_IFBLK)),
	WHEN1("mknod", IN_BOTH, V_REFUSE, BITS(1, S_ISUID, S_ISUID)),
	CALL(IN_BOTH, V_ALLOW, "mknod"),
	WHEN1("mknodat", IN_BOTH, V_DENY, BITS(2, S_IFMT, S_IFCHR)),
	WHEN1("mknodat", IN_BOTH, V_DENY, BITS(2, S_IFMT, S_IFBLK)),
	WHEN1("mknodat", IN_BOTH, V_REFUSE, BITS(2, S_ISUID, S_ISUID)),
	CALL(IN_BOTH, V_ALLOW, "mknodat"),

	/* Memory. */
	CALL(IN_BOTH, V_ALLOW, "mmap munmap mremap mprotect madvise msync mincore brk mlock mlock2 munlock mlockall "
	     "munlockall membarrier memfd_create pkey_alloc pkey_free pkey_mprotect mbind get_mempolicy set_mempolicy "
	     "mseal map_shadow_stack"),
	CALL(IN_BOTH, V_DENY, "memfd_secret userfaultfd move_pages migrate_pages process_madvise remap_file_pages"),

	/* Processes. */
	WHEN2("clone", IN_T2, V_ALLOW, BITS(0, CLONE_NEW_ALL, 0), BITS(0, CLONE_THREAD_BIT, CLONE_THREAD_BIT)),
	WHEN1("clone", IN_T2, V_GATE, BITS(0, CLONE_NEW_ALL, 0)),
	CALL(IN_T2, V_REFUSE, "clone"),
	WHEN1("clone", IN_T1, V_ALLOW, BITS(0, CLONE_NEW_ALL, 0)),
	CALL(IN_T1, V_DENY, "clone"),
	CALL(IN_BOTH, V_NOSYS, "clone3"), /* its flags are behind a pointer; libc falls back to clone */
	CALL(IN_BOTH, V_ALLOW, "execve execveat exit exit_group wait4 waitid getpid getppid gettid getpgid "
	     "getpgrp setpgid getsid setsid getpriority ioprio_get pidfd_open rt_sigaction rt_sigprocmask rt_sigpending "
	     "rt_sigtimedwait rt_sigsuspend rt_sigreturn sigaltstack pause restart_syscall getrlimit setrlimit getrusage "
	     "times sysinfo uname arch_prctl set_tid_address getcpu capget capset"),
	CALL(IN_T1, V_ALLOW, "fork vfork"),
	CALL(IN_T2, V_GATE, "fork vfork"),
	/* In tier 2 the numbers of these are the host's: to the run's own processes only, or to the caller itself. */
	CALL(IN_T1, V_ALLOW, "kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo prlimit64 setpriority "
	     "ioprio_set sched_setaffinity sched_setparam sched_setscheduler sched_setattr"),
	CALL(IN_T2, V_MEDIATE, "kill tkill tgkill pidfd_send_signal"),
	CALL(IN_T2, V_DENY, "rt_sigqueueinfo rt_tgsigqueueinfo"),
	WHEN1("prlimit64", IN_T2, V_ALLOW, IS(0, 0)),
	CALL(IN_T2, V_DENY, "prlimit64"),
	WHEN2("setpriority", IN_T2, V_ALLOW, IS(0, PRIO_PROCESS), IS(1, 0)),
	CALL(IN_T2, V_DENY, "setpriority"),
	WHEN2("ioprio_set", IN_T2, V_ALLOW, IS(0, 1), IS(1, 0)), /* IOPRIO_WHO_PROCESS */
	CALL(IN_T2, V_DENY, "ioprio_set"),
	WHEN1("sched_setaffinity", IN_T2, V_ALLOW, IS(0, 0)),
	CALL(IN_T2, V_MEDIATE, "sched_setaffinity"), /* OpenMP binds its threads by their numbers */
	WHEN1("sched_setparam", IN_T2, V_ALLOW, IS(0, 0)),
	CALL(IN_T2, V_DENY, "sched_setparam"),
	WHEN1("sched_setscheduler", IN_T2, V_ALLOW, IS(0, 0)),
	CALL(IN_T2, V_DENY, "sched_setscheduler"),
	WHEN1("sched_setattr", IN_T2, V_ALLOW, IS(0, 0)),
	CALL(IN_T2, V_DENY, "sched_setattr"),
	CALL(IN_BOTH, V_ALLOW, "getuid geteuid getgid getegid getgroups getresuid getresgid setuid setgid setreuid "
	     "setregid setresuid setresgid setfsuid setfsgid setgroups"),
	CALL(IN_BOTH, V_ALLOW, "sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr "
	     "sched_get_priority_max sched_get_priority_min sched_rr_get_interval"),
	CALL(IN_BOTH, V_ALLOW, "futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list get_robust_list "
	     "rseq"),
	CALL(IN_BOTH, V_ALLOW, "seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self getrandom"),
	WHEN1("personality", IN_BOTH, V_ALLOW, IS(0, 0)),
	WHEN1("personality", IN_BOTH, V_ALLOW, IS(0, 0x20000)),    /* UNAME26 */
	WHEN1("personality", IN_BOTH, V_ALLOW, IS(0, ANY_INT)),    /* a query */
	CALL(IN_BOTH, V_DENY, "personality"),

	WHEN1("prctl", IN_BOTH, V_DENY, IS(0, PR_SET_DUMPABLE)),
	WHEN1("prctl", IN_BOTH, V_DENY, IS(0, PR_SET_KEEPCAPS)),
	WHEN1("prctl", IN_BOTH, V_DENY, IS(0, PR_CAPBSET_DROP)),
	WHEN1("prctl", IN_BOTH, V_DENY, IS(0, PR_SET_SECUREBITS)),
	WHEN1("prctl", IN_BOTH, V_DENY, IS(0, PR_SET_MM)),
	WHEN1("prctl", IN_BOTH, V_DENY, IS(0, 0x59616d61)),        /* PR_SET_PTRACER */
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_PDEATHSIG)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_PDEATHSIG)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_DUMPABLE)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_KEEPCAPS)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_NAME)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_NAME)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_SECCOMP)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_SECCOMP)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_CAPBSET_READ)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_SECUREBITS)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_TIMERSLACK)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_TIMERSLACK)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_CHILD_SUBREAPER)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_CHILD_SUBREAPER)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_NO_NEW_PRIVS)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_NO_NEW_PRIVS)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_TID_ADDRESS)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_THP_DISABLE)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_THP_DISABLE)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_CAP_AMBIENT)),   /* nothing can be raised: the sets are empty */
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_GET_SPECULATION_CTRL)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_SPECULATION_CTRL)),
	WHEN1("prctl", IN_BOTH, V_ALLOW, IS(0, PR_SET_VMA)),
	CALL(IN_BOTH, V_NOSYS, "prctl"),

	/* Time and waiting. */
	CALL(IN_BOTH, V_ALLOW, "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time alarm getitimer "
	     "setitimer timer_create timer_settime timer_gettime timer_getoverrun timer_delete timerfd_create "
	     "timerfd_settime timerfd_gettime poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl "
	     "epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd signalfd4 pipe pipe2 io_setup io_destroy "
	     "io_submit io_cancel io_getevents io_pgetevents"),

	/* Sockets: local ones, plain TCP and UDP, and the netlink of getifaddrs(); nothing else has a use here. */
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_STREAM), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_DGRAM), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_SEQPACKET), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET), TYPE(SOCK_STREAM), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET), TYPE(SOCK_STREAM), IS(2, IPPROTO_TCP)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET), TYPE(SOCK_DGRAM), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET), TYPE(SOCK_DGRAM), IS(2, IPPROTO_UDP)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET6), TYPE(SOCK_STREAM), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET6), TYPE(SOCK_STREAM), IS(2, IPPROTO_TCP)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET6), TYPE(SOCK_DGRAM), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_INET6), TYPE(SOCK_DGRAM), IS(2, IPPROTO_UDP)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_NETLINK), TYPE(SOCK_RAW), IS(2, 0)),
	WHEN3("socket", IN_T1, V_ALLOW, IS(0, AF_NETLINK), TYPE(SOCK_DGRAM), IS(2, 0)),
	/* Tier 2 shares the host's network: no datagram sockets either, they can be sent to any address. */
	WHEN3("socket", IN_T2, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_STREAM), IS(2, 0)),
	WHEN3("socket", IN_T2, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_SEQPACKET), IS(2, 0)),
	CALL(IN_BOTH, V_NO_FAMILY, "socket"),
	WHEN3("socketpair", IN_BOTH, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_STREAM), IS(2, 0)),
	WHEN3("socketpair", IN_BOTH, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_SEQPACKET), IS(2, 0)),
	WHEN3("socketpair", IN_T1, V_ALLOW, IS(0, AF_UNIX), TYPE(SOCK_DGRAM), IS(2, 0)),
	CALL(IN_BOTH, V_NO_FAMILY, "socketpair"),
	CALL(IN_T1, V_REPORT, "connect"),
	CALL(IN_T2, V_MEDIATE, "connect"),
	WHEN1("sendto", IN_T1, V_ALLOW, IS(5, 0)), /* a connected send; one with an address names where to */
	CALL(IN_T1, V_REPORT, "sendto"),
	CALL(IN_T2, V_ALLOW, "sendto"),
	CALL(IN_BOTH, V_ALLOW, "bind listen accept accept4 getsockname getpeername getsockopt setsockopt recvfrom "
	     "sendmsg recvmsg sendmmsg recvmmsg shutdown"),

	/* Terminals: what types into, redirects or rebinds one. A new session alone stops only the first. */
	WHEN1("ioctl", IN_BOTH, V_DENY, IS(1, TIOCSTI)),
	WHEN1("ioctl", IN_BOTH, V_DENY, IS(1, TIOCLINUX)),
	WHEN1("ioctl", IN_BOTH, V_DENY, IS(1, TIOCSETD)),
	WHEN1("ioctl", IN_BOTH, V_DENY, IS(1, TIOCCONS)),
	WHEN1("ioctl", IN_T2, V_DENY, IS(1, FIOSETOWN)),
	WHEN1("ioctl", IN_T2, V_DENY, IS(1, SIOCSPGRP)),
	/*
	 * Commands of file systems ('f', ext4's 'v', XFS's 'X', btrfs's 0x94): flags, seals and subvolumes by a descriptor
	 * that was opened for reading. Tier 1 has read-only mounts against them, Landlock has nothing.
	 */
	WHEN1("ioctl", IN_T2, V_REFUSE, BITS(1, 0xff00, 'f' << 8)),
	WHEN1("ioctl", IN_T2, V_REFUSE, BITS(1, 0xff00, 'v' << 8)),
	WHEN1("ioctl", IN_T2, V_REFUSE, BITS(1, 0xff00, 'X' << 8)),
	WHEN1("ioctl", IN_T2, V_REFUSE, BITS(1, 0xff00, 0x9400)),
	CALL(IN_BOTH, V_ALLOW, "ioctl"),

	/* System V and POSIX queues: tier 1 has its own; in tier 2 they would be the user's. */
	CALL(IN_T1, V_ALLOW, "shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open "
	     "mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"),
	CALL(IN_T2, V_DENY, "shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open "
	     "mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"),
	CALL(IN_T2, V_ALLOW, "shmdt"),

	/* Known and dangerous. */
	CALL(IN_BOTH, V_DENY, "mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick "
	     "mount_setattr setns unshare"),
	CALL(IN_BOTH, V_DENY, "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd bpf perf_event_open "
	     "io_uring_setup io_uring_enter io_uring_register"),
	CALL(IN_BOTH, V_DENY, "keyctl add_key request_key name_to_handle_at open_by_handle_at fanotify_init "
	     "fanotify_mark lookup_dcookie quotactl quotactl_fd acct syslog vhangup"),
	CALL(IN_BOTH, V_DENY, "init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff "
	     "iopl ioperm modify_ldt settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname"),
	CALL(IN_BOTH, V_DENY, "splice tee vmsplice"), /* the usual first step into the page cache */
};

const unsigned rules_count = sizeof rules / sizeof *rules;
