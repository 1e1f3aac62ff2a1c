/*
 * Opens, changes of files and connects that the mounts, Landlock or the empty
 * network namespace will refuse: recognised here so that they can be named.
 * Nothing in this file decides anything.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "sandbox/notify_parts.h"

#define PORT_KNOWN_NS INT64_C(1000000000)

enum { LINKS_MAX = 8, NET_TABLE = 256 * 1024 };

/* Worth a line even where the host has no such file: a run that asks for them wants to know what is not its own. */
static const char *const private_names[] = {
	"/.ssh/", "/.aws/", "/.gnupg/", "/.kube/", "/.netrc", "/.git-credentials", "/.docker/", "/.config/gcloud/",
	"/etc/shadow", "/etc/gshadow", "/etc/sudoers",
};

static bool is_private(const char *path)
{
	for (size_t i = 0; i < sizeof private_names / sizeof *private_names; i++) {
		if (strstr(path, private_names[i]))
			return true;
	}
	return false;
}

/* Libraries probe these for settings all the time; that one is absent inside tells a user nothing. */
static bool is_system(const char *path)
{
	return str_starts(path, "/etc/") || str_starts(path, "/sys/") || str_starts(path, "/run/") ||
	       str_starts(path, "/var/") || str_starts(path, "/dev/") || str_eq(path, "/");
}

/* Never waits for a server or an automounter. */
static bool path_exists(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_TYPE, &st) == 0;
}

/* The sandbox's own view of path. A path that would leave through a link there is not followed out: ours is only a guess. */
static bool exists_inside(const struct call *c, const char *path)
{
	char inside[CALL_PATH + 32];

	snprintf(inside, sizeof inside, "/proc/%d/root%s", (int)c->pid, path);
	return path_exists(inside);
}

/* Follows the links that the plan itself made ("/var/tmp", "/lib"). */
static const struct plan_mount *mount_of(const struct call *c, char *path, size_t size)
{
	const struct plan_mount *m = plan_find(c->plan, path);

	for (int i = 0; m && m->kind == PLAN_SYMLINK && i < LINKS_MAX; i++) {
		char next[CALL_PATH];
		const char *slash = strrchr(m->target, '/');
		const char *rest = path + strlen(m->target);

		if (m->source[0] == '/')
			snprintf(next, sizeof next, "%s%s", m->source, rest);
		else
			snprintf(next, sizeof next, "%.*s/%s%s", (int)(slash - m->target), m->target, m->source, rest);
		snprintf(path, size, "%s", next);
		path_simplify(path);
		m = plan_find(c->plan, path);
	}
	return m;
}

/*
 * What a mount of the host shows is there, or is not there on the host either. Of the working folder that is nearly
 * so: who traces is told what was not frozen.
 */
static bool is_as_outside(const struct call *c, const struct plan_mount *m)
{
	switch (m->kind) {
	case PLAN_RO_BIND:
	case PLAN_PROC:
	case PLAN_FILE:
	case PLAN_DEVICE: return true;
	case PLAN_RW_BIND: return !c->plan->trace || str_eq(m->source, m->target);
	case PLAN_OVERLAY:
	case PLAN_DEV: return !c->plan->trace;
	default: return false;
	}
}

static bool look_read(const struct call *c, char *path, size_t size, struct denial *d)
{
	const struct plan_mount *m = mount_of(c, path, size);

	if (m && is_as_outside(c, m))
		return false;
	if (!is_private(path) && ((!c->plan->trace && is_system(path)) || !path_exists(path)))
		return false;
	if (c->plan->tier == 1 && exists_inside(c, path))
		return false;
	denial_object(d, "%s", path);
	denial_reason(d, "not visible in the sandbox", "declare it as an input: -i NAME=PATH");
	return true;
}

/* Python tries to keep compiled modules beside every source and is content when it cannot. */
static bool is_cache(const char *path)
{
	return strstr(path, "/__pycache__") != NULL;
}

static bool look_write(const struct call *c, char *path, size_t size, bool create, struct denial *d)
{
	const struct plan_mount *m = mount_of(c, path, size);

	if ((m && plan_is_writable(c->plan, path)) || is_cache(path))
		return false;
	if (!m && !create && !is_private(path) && !path_exists(path))
		return false;
	denial_object(d, "%s for writing", path);
	denial_reason(d, "only the working folder, $WB_OUTPUTS and temporary folders can be written", "");
	return true;
}

static bool look_open(const struct call *c, int dirfd, uint64_t at, uint64_t flags, struct denial *d)
{
	char path[CALL_PATH];
	bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));

	if (!call_path(c, dirfd, at, path, sizeof path))
		return false;
	if (flags & O_PATH)
		writes = false;
	if (writes)
		return look_write(c, path, sizeof path, flags & O_CREAT, d);
	return look_read(c, path, sizeof path, d);
}

static bool look_change(const struct call *c, int dirfd, uint64_t at, bool create, struct denial *d)
{
	char path[CALL_PATH];

	return call_path(c, dirfd, at, path, sizeof path) && look_write(c, path, sizeof path, create, d);
}

/* True when the table of sockets (proc(5), net/tcp) has a listener (state 0A) on the port. */
static bool listens(const struct call *c, const char *table, unsigned port)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(NET_TABLE);
	char path[64];
	char wanted[16];
	CLEANUP(close) int fd = -1;
	ssize_t n;
	const char *s;
	char *room;

	snprintf(path, sizeof path, "/proc/%d/net/%s", (int)c->pid, table);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (room = buf_room(&text, 4096)) && (n = read(fd, room, 4096)) > 0)
		text.len += (size_t)n;
	buf_putc(&text, '\n');
	snprintf(wanted, sizeof wanted, ":%04X ", port);
	for (s = buf_text(&text); (s = strstr(s, wanted)); s++) {
		/* ADDRESS:PORT ADDRESS:PORT STATE; the remote address follows the local one. */
		const char *state = strchr(s + strlen(wanted), ' ');

		if (state && strncmp(state, " 0A", 3) == 0)
			return true;
	}
	return false;
}

static bool listener_is_known(const struct call *c, unsigned port)
{
	struct known_ports *k = c->ports;
	int64_t now = clock_mono(&clock_system);

	for (unsigned i = 0; i < PORTS_KNOWN; i++)
		if (k->at[i].port == port && k->at[i].until_ns > now)
			return true;
	if (!listens(c, "tcp", port) && !listens(c, "tcp6", port))
		return false;
	k->at[k->next].port = port;
	k->at[k->next].until_ns = now + PORT_KNOWN_NS;
	k->next = (k->next + 1) % PORTS_KNOWN;
	return true;
}

static bool is_stream(const struct call *c)
{
	CLEANUP(close) int fd = call_fd(c, (int)c->arg[0]);
	int type = SOCK_STREAM;
	socklen_t len = sizeof type;

	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len))
		return true;
	return type == SOCK_STREAM;
}

static bool look_unix(const struct call *c, const struct peer *peer, struct denial *d)
{
	if (peer->abstract || peer->path[0] != '/')
		return false;
	if (!path_exists(peer->path) || exists_inside(c, peer->path))
		return false;
	denial_object(d, "%s", peer->text);
	denial_reason(d, "sockets of the host are not visible in the sandbox", "");
	return true;
}

static bool look_connect(const struct call *c, uint64_t at, uint64_t len, struct denial *d)
{
	char raw[sizeof(struct sockaddr_storage)];
	struct peer peer;

	if (len > sizeof raw || call_read(c, at, raw, (size_t)len) != (size_t)len || !peer_parse(raw, (size_t)len, &peer))
		return false;
	if (peer.family == AF_UNIX)
		return look_unix(c, &peer, d);
	if (peer.loopback) {
		/* Every connection of a run with --net: not worth a look at the table. */
		if (c->plan->proxy_port && peer.port == c->plan->proxy_port)
			return false;
		if (!is_stream(c) || listener_is_known(c, peer.port))
			return false;
		denial_reason(d, "the host's loopback is not reachable, and nothing in the run listens there", "");
	} else {
		denial_reason(d, c->plan->proxy_port ? "the only way out of the sandbox is the proxy of --net ($HTTPS_PROXY)" :
						       "no network in the sandbox", "");
	}
	denial_object(d, "%s", peer.text);
	return true;
}

static uint64_t openat2_flags(const struct call *c)
{
	uint64_t flags = 0;

	return call_read(c, c->arg[2], &flags, sizeof flags) == sizeof flags ? flags : 0;
}

/* (dirfd, path) pairs of calls that change a name; the second pair is the destination. */
static bool look_names(const struct call *c, struct denial *d)
{
	switch (c->nr) {
	case SYS_unlinkat:
	case SYS_fchmodat:
	case SYS_fchownat: return look_change(c, (int)c->arg[0], c->arg[1], false, d);
	case SYS_utimensat: return c->arg[1] && look_change(c, (int)c->arg[0], c->arg[1], false, d);
	case SYS_mkdirat: return look_change(c, (int)c->arg[0], c->arg[1], true, d);
	case SYS_renameat:
	case SYS_renameat2:
		return look_change(c, (int)c->arg[0], c->arg[1], false, d) ||
		       look_change(c, (int)c->arg[2], c->arg[3], true, d);
	case SYS_linkat: return look_change(c, (int)c->arg[2], c->arg[3], true, d);
	case SYS_truncate:
	case SYS_setxattr:
	case SYS_lsetxattr:
	case SYS_removexattr:
	case SYS_lremovexattr: return look_change(c, AT_FDCWD, c->arg[0], false, d);
#ifdef SYS_open
	case SYS_mkdir: return look_change(c, AT_FDCWD, c->arg[0], true, d);
	case SYS_rename:
		return look_change(c, AT_FDCWD, c->arg[0], false, d) || look_change(c, AT_FDCWD, c->arg[1], true, d);
	case SYS_link: return look_change(c, AT_FDCWD, c->arg[1], true, d);
	case SYS_futimesat: return c->arg[1] && look_change(c, (int)c->arg[0], c->arg[1], false, d);
	case SYS_unlink:
	case SYS_rmdir:
	case SYS_chmod:
	case SYS_chown:
	case SYS_lchown:
	case SYS_utime:
	case SYS_utimes: return look_change(c, AT_FDCWD, c->arg[0], false, d);
#endif
	default: return false;
	}
}

/* A question about a path. None about a descriptor (an empty path). */
static bool look_ask(const struct call *c, int dirfd, uint64_t at, struct denial *d)
{
	char path[CALL_PATH];
	char first = 0;

	return call_read(c, at, &first, 1) == 1 && first && call_path(c, dirfd, at, path, sizeof path) &&
	       look_read(c, path, sizeof path, d);
}

bool look_is_denied(const struct call *c, struct denial *d)
{
	switch (c->nr) {
	case SYS_newfstatat:
	case SYS_statx:
	case SYS_faccessat:
	case SYS_faccessat2:
	case SYS_readlinkat: return look_ask(c, (int)c->arg[0], c->arg[1], d);
#ifdef SYS_stat
	case SYS_stat:
	case SYS_lstat:
	case SYS_access:
	case SYS_readlink: return look_ask(c, AT_FDCWD, c->arg[0], d);
#endif
	case SYS_openat: return look_open(c, (int)c->arg[0], c->arg[1], c->arg[2], d);
	case SYS_openat2: return look_open(c, (int)c->arg[0], c->arg[1], openat2_flags(c), d);
#ifdef SYS_open
	case SYS_open: return look_open(c, AT_FDCWD, c->arg[0], c->arg[1], d);
	case SYS_creat: return look_open(c, AT_FDCWD, c->arg[0], O_WRONLY | O_CREAT | O_TRUNC, d);
#endif
	case SYS_connect: return look_connect(c, c->arg[1], c->arg[2], d);
	case SYS_sendto: return c->arg[5] && look_connect(c, c->arg[4], c->arg[5], d);
	default: return look_names(c, d);
	}
}
