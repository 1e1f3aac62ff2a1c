/* Names that conditions of a profile may use. Newer ones than the oldest headers this builds with are spelled out. */
#include "config.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/profile.h"

#define N(name) { #name, (uint32_t)(name) }

static const struct {
	const char *name;
	uint32_t value;
} names[] = {
	N(F_SETLEASE), N(F_NOTIFY), N(F_SETOWN), N(F_SETOWN_EX),
	N(O_CREAT), N(O_TMPFILE), N(S_ISUID), N(S_IFMT), N(S_IFCHR), N(S_IFBLK),
	/* CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}; CLONE_NEWTIME is no flag of clone(). */
	{ "CLONE_NEW_ALL", 0x7e020000 }, { "CLONE_THREAD", 0x00010000 },
	N(PRIO_PROCESS), { "IOPRIO_WHO_PROCESS", 1 },
	{ "UNAME26", 0x20000 }, { "PER_LINUX32", 0x0008 }, { "UNAME26_LINUX32", 0x20008 },
	N(PR_SET_DUMPABLE), N(PR_GET_DUMPABLE), N(PR_SET_KEEPCAPS), N(PR_GET_KEEPCAPS), N(PR_CAPBSET_DROP),
	N(PR_CAPBSET_READ), N(PR_SET_SECUREBITS), N(PR_GET_SECUREBITS), N(PR_SET_MM), { "PR_SET_PTRACER", 0x59616d61 },
	N(PR_SET_PDEATHSIG), N(PR_GET_PDEATHSIG), N(PR_SET_NAME), N(PR_GET_NAME), N(PR_GET_SECCOMP), N(PR_SET_SECCOMP),
	N(PR_SET_TIMERSLACK), N(PR_GET_TIMERSLACK), N(PR_SET_CHILD_SUBREAPER), N(PR_GET_CHILD_SUBREAPER),
	N(PR_SET_NO_NEW_PRIVS), N(PR_GET_NO_NEW_PRIVS), N(PR_GET_TID_ADDRESS), N(PR_SET_THP_DISABLE),
	N(PR_GET_THP_DISABLE), N(PR_CAP_AMBIENT), N(PR_GET_SPECULATION_CTRL), N(PR_SET_SPECULATION_CTRL),
	{ "PR_SET_VMA", 0x53564d41 },
	{ "PR_GET_UNALIGN", 5 }, { "PR_SET_UNALIGN", 6 }, { "PR_GET_FPEMU", 9 }, { "PR_SET_FPEMU", 10 },
	{ "PR_GET_FPEXC", 11 }, { "PR_SET_FPEXC", 12 }, { "PR_GET_TIMING", 13 }, { "PR_SET_TIMING", 14 },
	{ "PR_GET_TSC", 25 }, { "PR_TASK_PERF_EVENTS_DISABLE", 31 }, { "PR_TASK_PERF_EVENTS_ENABLE", 32 },
	{ "PR_MCE_KILL", 33 }, { "PR_MCE_KILL_GET", 34 }, { "PR_SVE_SET_VL", 50 }, { "PR_SVE_GET_VL", 51 },
	{ "PR_SET_IO_FLUSHER", 57 }, { "PR_GET_IO_FLUSHER", 58 }, { "PR_SET_MDWE", 65 },
	{ "PR_GET_MDWE", 66 },
	N(AF_UNIX), N(AF_INET), N(AF_INET6), N(AF_NETLINK), N(SOCK_STREAM), N(SOCK_DGRAM), N(SOCK_SEQPACKET), N(SOCK_RAW),
	/* SOCK_NONBLOCK and SOCK_CLOEXEC may be joined to a type. */
	{ "SOCK_TYPE", ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC) },
	N(IPPROTO_TCP), N(IPPROTO_UDP),
	N(TIOCSTI), N(TIOCLINUX), N(TIOCSETD), N(TIOCCONS), N(FIOSETOWN), N(SIOCSPGRP),
};

bool profile_constant(const char *name, uint32_t *out)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (strcmp(names[i].name, name) == 0) {
			*out = names[i].value;
			return true;
		}
	}
	return false;
}
