/* Forbidden calls in words. What is read here only goes into a message: the answer is EPERM whatever it says. */
#include "config.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "base/text.h"
#include "sandbox/notify_parts.h"

struct name_of {
	uint32_t value;
	const char *name;
};

static const struct name_of clone_flags[] = {
	{ CLONE_NEWNS, "NEWNS" },   { CLONE_NEWCGROUP, "NEWCGROUP" }, { CLONE_NEWUTS, "NEWUTS" },
	{ CLONE_NEWIPC, "NEWIPC" }, { CLONE_NEWUSER, "NEWUSER" },     { CLONE_NEWPID, "NEWPID" },
	{ CLONE_NEWNET, "NEWNET" }, { CLONE_NEWTIME, "NEWTIME" },
};

static const struct name_of families[] = {
	{ AF_UNIX, "AF_UNIX" },     { AF_INET, "AF_INET" },           { AF_INET6, "AF_INET6" },
	{ AF_PACKET, "AF_PACKET" }, { AF_NETLINK, "AF_NETLINK" },     { 38, "AF_ALG" },
	{ 40, "AF_VSOCK" },         { 33, "AF_RXRPC" },               { 15, "AF_KEY" },
	{ 44, "AF_XDP" },           { 30, "AF_TIPC" },                { 29, "AF_CAN" },
	{ 31, "AF_BLUETOOTH" },
};

static const struct name_of types[] = {
	{ SOCK_STREAM, "SOCK_STREAM" }, { SOCK_DGRAM, "SOCK_DGRAM" },         { SOCK_RAW, "SOCK_RAW" },
	{ SOCK_RDM, "SOCK_RDM" },       { SOCK_SEQPACKET, "SOCK_SEQPACKET" },
};

static const struct name_of ioctls[] = {
	{ TIOCSTI, "TIOCSTI" }, { TIOCLINUX, "TIOCLINUX" }, { TIOCSETD, "TIOCSETD" }, { TIOCCONS, "TIOCCONS" },
};

static const struct name_of prctls[] = {
	{ PR_SET_DUMPABLE, "PR_SET_DUMPABLE" }, { PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS" },
	{ PR_CAPBSET_DROP, "PR_CAPBSET_DROP" }, { PR_SET_SECUREBITS, "PR_SET_SECUREBITS" },
	{ PR_SET_MM, "PR_SET_MM" },             { 0x59616d61, "PR_SET_PTRACER" },
};

static const struct name_of ptraces[] = {
	{ 0, "TRACEME" },   { 1, "PEEKTEXT" }, { 2, "PEEKDATA" }, { 4, "POKETEXT" }, { 5, "POKEDATA" },
	{ 7, "CONT" },      { 16, "ATTACH" },  { 17, "DETACH" },  { 0x4206, "SEIZE" },
};

#define NAME(table, value) name_find((table), sizeof(table) / sizeof *(table), (uint32_t)(value))

static const char *name_find(const struct name_of *table, size_t n, uint32_t value)
{
	for (size_t i = 0; i < n; i++) {
		if (table[i].value == value)
			return table[i].name;
	}
	return NULL;
}

static void describe_flags(const struct call *c, uint64_t flags, struct denial *d)
{
	char text[160] = "";
	size_t at = 0;

	(void)c;
	for (size_t i = 0; i < sizeof clone_flags / sizeof *clone_flags; i++) {
		if (flags & clone_flags[i].value)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", at ? "|" : "", clone_flags[i].name);
	}
	denial_object(d, "%s", text);
}

static void describe_mount(const struct call *c, struct denial *d)
{
	char source[256] = "?";
	char target[CALL_PATH] = "?";
	char type[64] = "";

	if (!call_text(c, c->arg[0], source, sizeof source))
		memcpy(source, "?", 2);
	if (!call_path(c, AT_FDCWD, c->arg[1], target, sizeof target))
		memcpy(target, "?", 2);
	if (!call_text(c, c->arg[2], type, sizeof type))
		type[0] = 0;
	denial_object(d, "%s%s%s on %s", type, *type ? " " : "", source, target);
}

static void describe_path(const struct call *c, int dirfd, int arg, struct denial *d)
{
	char path[CALL_PATH];

	if (call_path(c, dirfd, c->arg[arg], path, sizeof path))
		denial_object(d, "%s", path);
}

static void describe_socket(const struct call *c, struct denial *d)
{
	const char *family = NAME(families, c->arg[0]);
	uint32_t kind = (uint32_t)c->arg[1] & ~(uint32_t)(SOCK_NONBLOCK | SOCK_CLOEXEC);
	const char *type = NAME(types, kind);
	char numbers[2][24];

	snprintf(numbers[0], sizeof numbers[0], "family %d", (int)c->arg[0]);
	snprintf(numbers[1], sizeof numbers[1], "type %u", kind);
	if ((int)c->arg[2])
		denial_object(d, "%s %s protocol %d", family ? family : numbers[0], type ? type : numbers[1], (int)c->arg[2]);
	else
		denial_object(d, "%s %s", family ? family : numbers[0], type ? type : numbers[1]);
	if (c->plan->tier != 1 && (c->arg[0] == AF_INET || c->arg[0] == AF_INET6))
		denial_reason(d, "no network in the sandbox", "");
	else
		denial_reason(d, "this kind of socket is not allowed in a run", "");
}

static void describe_named(struct denial *d, const char *name, uint64_t value)
{
	if (name)
		denial_object(d, "%s", name);
	else
		denial_object(d, "0x%x", (unsigned)value);
}

static void describe_ptrace(const struct call *c, struct denial *d)
{
	const char *name = NAME(ptraces, c->arg[0]);
	char number[24];

	snprintf(number, sizeof number, "request %u", (unsigned)c->arg[0]);
	if (c->arg[0] == 0)
		denial_object(d, "TRACEME");
	else
		denial_object(d, "%s of process %d", name ? name : number, (int)c->arg[1]);
}

static void describe_mapped(const struct call *c, struct denial *d)
{
	switch (c->nr) {
	case SYS_mount: describe_mount(c, d); break;
	case SYS_umount2:
	case SYS_chroot:
	case SYS_acct:
	case SYS_swapon:
	case SYS_swapoff:
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr: describe_path(c, AT_FDCWD, 0, d); break;
	case SYS_pivot_root: describe_path(c, AT_FDCWD, 0, d); break;
	case SYS_mknodat:
	case SYS_fchownat:
	case SYS_open_tree:
	case SYS_fspick:
	case SYS_name_to_handle_at: describe_path(c, (int)c->arg[0], 1, d); break;
#ifdef SYS_mknod
	case SYS_mknod:
	case SYS_chown:
	case SYS_lchown: describe_path(c, AT_FDCWD, 0, d); break;
#endif
	case SYS_unshare:
	case SYS_clone: describe_flags(c, c->arg[0], d); break;
	case SYS_setns: describe_flags(c, c->arg[1], d); break;
	case SYS_socket:
	case SYS_socketpair: describe_socket(c, d); break;
	case SYS_ioctl: describe_named(d, NAME(ioctls, c->arg[1]), c->arg[1]); break;
	case SYS_prctl: describe_named(d, NAME(prctls, c->arg[0]), c->arg[0]); break;
	case SYS_personality: describe_named(d, NULL, c->arg[0]); break;
	case SYS_ptrace: describe_ptrace(c, d); break;
	case SYS_process_vm_readv:
	case SYS_process_vm_writev:
	case SYS_kcmp: denial_object(d, "process %d", (int)c->arg[0]); break;
	case SYS_bpf:
	case SYS_keyctl: denial_object(d, "command %d", (int)c->arg[0]); break;
	default: break;
	}
}

void denied_describe(const struct call *c, struct denial *d)
{
	char reason[sizeof d->reason];

	snprintf(reason, sizeof reason, "forbidden by the seccomp profile '%s'", c->plan->profile ? c->plan->profile : "ml");
	denial_reason(d, reason, "");
	describe_mapped(c, d);
}

static void peer_unix(const struct sockaddr_un *un, size_t len, struct peer *out)
{
	size_t n = len - offsetof(struct sockaddr_un, sun_path);

	if (n > sizeof un->sun_path)
		n = sizeof un->sun_path;
	if (n > 0 && un->sun_path[0] == 0) {
		out->abstract = true;
		memcpy(out->path, un->sun_path + 1, n - 1);
	} else {
		memcpy(out->path, un->sun_path, strnlen(un->sun_path, n));
	}
	snprintf(out->text, sizeof out->text, "unix %s%s", out->abstract ? "@" : "", out->path);
}

bool peer_parse(const void *addr, size_t len, struct peer *out)
{
	char host[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_storage store = { .ss_family = AF_UNSPEC };
	const struct sockaddr_in *in = (const struct sockaddr_in *)&store;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&store;

	*out = (struct peer){ .family = AF_UNSPEC };
	if (len < sizeof(sa_family_t) || len > sizeof store)
		return false;
	memcpy(&store, addr, len);
	out->family = store.ss_family;
	switch (store.ss_family) {
	case AF_INET:
		if (len < sizeof *in)
			return false;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		out->port = ntohs(in->sin_port);
		out->loopback = (ntohl(in->sin_addr.s_addr) >> 24) == 127 || in->sin_addr.s_addr == 0;
		snprintf(out->text, sizeof out->text, "%s:%u", host, out->port);
		return true;
	case AF_INET6:
		if (len < offsetof(struct sockaddr_in6, sin6_scope_id))
			return false;
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
		out->port = ntohs(in6->sin6_port);
		out->loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) || IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr) ||
				(IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) && in6->sin6_addr.s6_addr[12] == 127);
		snprintf(out->text, sizeof out->text, "[%s]:%u", host, out->port);
		return true;
	case AF_UNIX:
		peer_unix((const struct sockaddr_un *)&store, len, out);
		return true;
	default:
		return false;
	}
}
