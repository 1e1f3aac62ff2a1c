# The call filter "ml": what training scripts need.
#
# An allow-list. A call that is not named here fails with ENOSYS, so that the
# calls of newer kernels are closed and libraries fall back. What is allowed is
# what numpy, h5py, torch, DataLoader workers and multiprocessing were seen to
# use, with a margin. What is known to be dangerous is named as denied, so that
# the run's page can tell about it. Another architecture's calls, and x32's,
# kill the process: no line here changes that.
#
#   VERDICT [tier1|tier2] CALL... [when argN [& MASK] == VALUE[,VALUE...] [and ...]]
#
#   allow        goes through
#   watch        goes through; the supervisor looks whether another layer will refuse it
#   mediate      the supervisor does it, or refuses
#   deny         EPERM, and the run's page says so
#   deny-family  EAFNOSUPPORT, and the run's page says so
#   eperm        EPERM, and nobody is told: what ordinary programs try and live without
#   enosys       as if the kernel did not have it
#   optional     enosys or deny, but a user's own profile may allow it
#
# Lines of one call are tried in their order, the last of them has no condition.
# Only the low 32 bits of an argument are compared: the kernel looks at no more
# of an int. tier1 has namespaces around the run; tier2, and tier 3, have not.
# A line that begins with a blank continues the one before it.

profile ml

# ---- files

allow read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range dup dup2 dup3
  flock fsync fdatasync sync syncfs sync_file_range ftruncate fallocate fadvise64 readahead copy_file_range sendfile
  getdents getdents64 getcwd chdir fchdir umask
allow stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat
  getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr ustat
allow symlink symlinkat inotify_init inotify_init1 inotify_rm_watch

# A lease holds up whoever opens the file, on the host too.
deny fcntl when arg1 == F_SETLEASE,F_NOTIFY
# The kernel signals the owner in the run's name: Landlock refuses that only since ABI 6.
deny tier2 fcntl when arg1 == F_SETOWN,F_SETOWN_EX
allow fcntl

# Landlock does not look at what is watched: in tier 2 the run's own files only.
allow tier1 inotify_add_watch
mediate tier2 inotify_add_watch

# Nobody else may gain by a file that a run leaves: no setuid bit, however it would get there.
eperm open when arg1 & O_CREAT == O_CREAT and arg2 & S_ISUID == S_ISUID
eperm open when arg1 & O_TMPFILE == O_TMPFILE and arg2 & S_ISUID == S_ISUID
eperm openat when arg2 & O_CREAT == O_CREAT and arg3 & S_ISUID == S_ISUID
eperm openat when arg2 & O_TMPFILE == O_TMPFILE and arg3 & S_ISUID == S_ISUID
eperm creat chmod fchmod when arg1 & S_ISUID == S_ISUID
eperm fchmodat fchmodat2 when arg2 & S_ISUID == S_ISUID
enosys openat2              # its mode is behind a pointer; libraries fall back to openat
watch open openat creat
watch truncate unlink unlinkat rmdir mkdir mkdirat rename renameat renameat2 link linkat
watch tier1 chmod fchmodat fchmodat2 chown lchown fchownat utime utimes utimensat futimesat
  setxattr lsetxattr removexattr lremovexattr
allow tier1 fchmod fchown fsetxattr fremovexattr
# Landlock does not look at these, and tier 2 has nothing else between a run and its user's files.
mediate tier2 chmod fchmod fchmodat fchmodat2 utime utimes utimensat futimesat
mediate tier2 chown lchown fchown fchownat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr

deny mknod when arg1 & S_IFMT == S_IFCHR,S_IFBLK
eperm mknod when arg1 & S_ISUID == S_ISUID
allow mknod
deny mknodat when arg2 & S_IFMT == S_IFCHR,S_IFBLK
eperm mknodat when arg2 & S_ISUID == S_ISUID
allow mknodat

# ---- memory

allow mmap munmap mremap mprotect madvise msync mincore brk mlock mlock2 munlock mlockall munlockall membarrier
  memfd_create pkey_alloc pkey_free pkey_mprotect mbind get_mempolicy set_mempolicy mseal map_shadow_stack
deny memfd_secret userfaultfd move_pages migrate_pages process_madvise remap_file_pages

# ---- processes

allow tier2 clone when arg0 & CLONE_NEW_ALL == 0
eperm tier2 clone
allow tier1 clone when arg0 & CLONE_NEW_ALL == 0
deny tier1 clone
enosys clone3               # its flags are behind a pointer; libc falls back to clone
allow fork vfork
allow execve execveat exit exit_group wait4 waitid getpid getppid gettid getpgid getpgrp setpgid getsid setsid
  getpriority ioprio_get pidfd_open rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait rt_sigsuspend
  rt_sigreturn sigaltstack pause restart_syscall getrlimit setrlimit getrusage times sysinfo uname arch_prctl
  set_tid_address getcpu capget capset

# In tier 2 the numbers of these are the host's: to the run's own processes only, or to the caller itself.
allow tier1 kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo prlimit64 setpriority ioprio_set
  sched_setaffinity sched_setparam sched_setscheduler sched_setattr
mediate tier2 kill tkill tgkill pidfd_send_signal
deny tier2 rt_sigqueueinfo rt_tgsigqueueinfo
allow tier2 prlimit64 sched_setaffinity sched_setparam sched_setscheduler sched_setattr when arg0 == 0
allow tier2 setpriority when arg0 == PRIO_PROCESS and arg1 == 0
allow tier2 ioprio_set when arg0 == IOPRIO_WHO_PROCESS and arg1 == 0
mediate tier2 sched_setaffinity   # OpenMP binds its threads by their numbers
deny tier2 prlimit64 setpriority ioprio_set sched_setparam sched_setscheduler sched_setattr

allow getuid geteuid getgid getegid getgroups getresuid getresgid setuid setgid setreuid setregid setresuid
  setresgid setfsuid setfsgid setgroups
allow sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_getattr sched_get_priority_max
  sched_get_priority_min sched_rr_get_interval
allow futex futex_waitv futex_wake futex_wait futex_requeue set_robust_list get_robust_list rseq
# A run may confine itself further.
allow seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self getrandom

allow personality when arg0 == 0,UNAME26,0xffffffff   # the last is a query
deny personality

deny prctl when arg0 == PR_SET_DUMPABLE,PR_SET_KEEPCAPS,PR_CAPBSET_DROP,PR_SET_SECUREBITS,PR_SET_MM,PR_SET_PTRACER
allow prctl when arg0 == PR_SET_PDEATHSIG,PR_GET_PDEATHSIG,PR_GET_DUMPABLE,PR_GET_KEEPCAPS,PR_SET_NAME,PR_GET_NAME
allow prctl when arg0 == PR_GET_SECCOMP,PR_SET_SECCOMP,PR_CAPBSET_READ,PR_GET_SECUREBITS,PR_SET_TIMERSLACK
allow prctl when arg0 == PR_GET_TIMERSLACK,PR_SET_CHILD_SUBREAPER,PR_GET_CHILD_SUBREAPER,PR_SET_NO_NEW_PRIVS
allow prctl when arg0 == PR_GET_NO_NEW_PRIVS,PR_GET_TID_ADDRESS,PR_SET_THP_DISABLE,PR_GET_THP_DISABLE
allow prctl when arg0 == PR_CAP_AMBIENT               # nothing can be raised: the sets are empty
allow prctl when arg0 == PR_GET_SPECULATION_CTRL,PR_SET_SPECULATION_CTRL,PR_SET_VMA
enosys prctl

# ---- time and waiting

allow clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time alarm getitimer setitimer
  timer_create timer_settime timer_gettime timer_getoverrun timer_delete
  timerfd_create timerfd_settime timerfd_gettime
allow poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
  eventfd eventfd2 signalfd signalfd4 pipe pipe2

# ---- sockets: local ones, plain TCP and UDP, and the netlink of getifaddrs(); nothing else has a use here

allow tier1 socket when arg0 == AF_UNIX and arg1 & SOCK_TYPE == SOCK_STREAM,SOCK_DGRAM,SOCK_SEQPACKET and arg2 == 0
allow tier1 socket when arg0 == AF_INET,AF_INET6 and arg1 & SOCK_TYPE == SOCK_STREAM and arg2 == 0,IPPROTO_TCP
allow tier1 socket when arg0 == AF_INET,AF_INET6 and arg1 & SOCK_TYPE == SOCK_DGRAM and arg2 == 0,IPPROTO_UDP
allow tier1 socket when arg0 == AF_NETLINK and arg1 & SOCK_TYPE == SOCK_RAW,SOCK_DGRAM and arg2 == 0
# Tier 2 shares the host's network: no datagram sockets either, they can be sent to any address.
allow tier2 socket when arg0 == AF_UNIX and arg1 & SOCK_TYPE == SOCK_STREAM,SOCK_SEQPACKET and arg2 == 0
deny-family socket
allow socketpair when arg0 == AF_UNIX and arg1 & SOCK_TYPE == SOCK_STREAM,SOCK_SEQPACKET and arg2 == 0
allow tier1 socketpair when arg0 == AF_UNIX and arg1 & SOCK_TYPE == SOCK_DGRAM and arg2 == 0
deny-family socketpair
watch tier1 connect
mediate tier2 connect
allow tier1 sendto when arg5 == 0   # a connected send; one with an address names where to
watch tier1 sendto
allow tier2 sendto
allow bind listen accept accept4 getsockname getpeername getsockopt setsockopt recvfrom sendmsg recvmsg sendmmsg
  recvmmsg shutdown

# ---- terminals: what types into, redirects or rebinds one. A new session alone stops only the first.

deny ioctl when arg1 == TIOCSTI,TIOCLINUX,TIOCSETD,TIOCCONS
deny tier2 ioctl when arg1 == FIOSETOWN,SIOCSPGRP
# Commands of file systems ('f', ext4's 'v', XFS's 'X', btrfs's 0x94): flags, seals and subvolumes by a descriptor
# that was opened for reading. Tier 1 has read-only mounts against them, Landlock has nothing.
eperm tier2 ioctl when arg1 & 0xff00 == 0x6600,0x7600,0x5800,0x9400
allow ioctl

# ---- System V and POSIX queues: tier 1 has its own; in tier 2 they would be the user's

allow tier1 shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
  mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
deny tier2 shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl
  mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr
allow shmdt

# ---- known and dangerous

deny mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr
  setns unshare
deny ptrace process_vm_readv process_vm_writev kcmp bpf perf_event_open
  io_uring_setup io_uring_enter io_uring_register
deny keyctl add_key request_key name_to_handle_at open_by_handle_at fanotify_init fanotify_mark lookup_dcookie
  quotactl quotactl_fd acct syslog vhangup
deny init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff iopl ioperm modify_ldt
  uselib nfsservctl settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname
deny splice tee vmsplice pidfd_getfd

# ---- what a user's own profile may add

# The usual first step into the page cache (CVE-2022-0847 and later ones), yet some data loaders move bytes by it.
optional splice tee
# One number of events for the whole machine (fs.aio-max-nr): a run could leave nothing to its databases.
optional io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents
# torch's expandable segments; only where all processes that could be asked are the run's own.
optional tier1 pidfd_getfd process_mrelease
optional getxattrat listxattrat file_getattr cachestat set_mempolicy_home_node
  lsm_get_self_attr lsm_list_modules
