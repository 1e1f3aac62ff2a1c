/*
 * Tier 2: owners, attributes and watches of the run's own files. Landlock looks
 * at none of these, so the calls are made here, on the object that was opened,
 * where it lies in a folder that the run may write.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/notify_parts.h"

enum { ATTRIBUTE_NAME = 256, ATTRIBUTE_SIZE = 65536 };

/* How a call names its object: a descriptor, or a path below a folder. */
struct named {
	int fd;         /* >= 0: the object itself */
	int dir;
	uint64_t path;
	bool follow;
};

/* -1 with the answer set and *out_denied true or false. */
static int own_open(const struct call *c, const struct named *n, struct answer *a, struct denial *d, bool *out_denied)
{
	CLEANUP(close) int fd = n->fd >= 0 ? call_fd(c, n->fd) : called_open(c, n->dir, n->path, n->follow);
	char path[CALL_PATH];

	*out_denied = false;
	if (fd < 0) {
		a->error = n->fd >= 0 ? EBADF : errno;
		return -1;
	}
	if (n->fd >= 0)
		denial_object(d, "descriptor %d", n->fd);
	else if (call_path(c, n->dir, n->path, path, sizeof path))
		denial_object(d, "%s", path);
	if (called_is_ours(c, fd))
		return take_fd(&fd);
	*out_denied = refuse(a, d, "only the run's own files can be changed");
	return -1;
}

static bool is_empty(const struct call *c, uint64_t at)
{
	char first;

	return call_read(c, at, &first, 1) == 1 && !first;
}

/* To whom it belongs already: nothing else can be had, and copying and unpacking programs ask for no more. */
bool mediate_owner(const struct call *c, struct answer *a, struct denial *d)
{
	struct named n = { .fd = -1, .dir = AT_FDCWD, .path = c->arg[0], .follow = true };
	unsigned at = 1;
	CLEANUP(close) int fd = -1;
	struct stat st;
	bool denied;

	switch (c->nr) {
	case SYS_fchown:
		n.fd = (int)c->arg[0];
		break;
	case SYS_fchownat:
		n.dir = (int)c->arg[0];
		n.path = c->arg[1];
		n.follow = !(c->arg[4] & AT_SYMLINK_NOFOLLOW);
		if ((c->arg[4] & AT_EMPTY_PATH) && is_empty(c, c->arg[1]))
			n.fd = n.dir;
		at = 2;
		break;
#ifdef SYS_lchown
	case SYS_lchown:
		n.follow = false;
		break;
#endif
	default:
		break;
	}
	fd = own_open(c, &n, a, d, &denied);
	if (fd < 0)
		return denied;
	if (fstat(fd, &st)) {
		a->error = errno;
		return false;
	}
	if (((uint32_t)c->arg[at] != UINT32_MAX && (uid_t)c->arg[at] != st.st_uid) ||
	    ((uint32_t)c->arg[at + 1] != UINT32_MAX && (gid_t)c->arg[at + 1] != st.st_gid))
		return refuse(a, d, "a file's owner cannot be changed");
	return false;
}

static bool attribute_set(const struct call *c, const char *object, const char *name, struct answer *a)
{
	size_t size = (size_t)c->arg[3];
	CLEANUP(free) char *value = NULL;

	if (size > ATTRIBUTE_SIZE) {
		a->error = E2BIG;
		return false;
	}
	value = mem_zalloc(size + 1);
	if (call_read(c, c->arg[2], value, size) != size)
		a->error = EFAULT;
	else if (setxattr(object, name, value, size, (int)c->arg[4]))
		a->error = errno;
	return false;
}

bool mediate_attribute(const struct call *c, struct answer *a, struct denial *d)
{
	bool by_fd = c->nr == SYS_fsetxattr || c->nr == SYS_fremovexattr;
	struct named n = { .fd = by_fd ? (int)c->arg[0] : -1, .dir = AT_FDCWD, .path = c->arg[0],
			   .follow = c->nr != SYS_lsetxattr && c->nr != SYS_lremovexattr };
	char name[ATTRIBUTE_NAME];
	char object[32];
	CLEANUP(close) int fd = -1;
	bool denied;

	if (!call_text(c, c->arg[1], name, sizeof name)) {
		a->error = ERANGE;
		return false;
	}
	fd = own_open(c, &n, a, d, &denied);
	if (fd < 0)
		return denied;
	/* As on a file system without access lists: whoever copies a file (cp -a) then sets its mode. */
	if (str_starts(name, "system.posix_acl_")) {
		a->error = EOPNOTSUPP;
		return false;
	}
	/* The others mean something to the kernel: capabilities, layers. */
	if (!str_starts(name, "user.") || str_starts(name, "user.overlay."))
		return refuse(a, d, "a run can give its files attributes of its own only (user.*)");
	snprintf(object, sizeof object, "/proc/self/fd/%d", fd);
	if (c->nr == SYS_setxattr || c->nr == SYS_lsetxattr || c->nr == SYS_fsetxattr)
		return attribute_set(c, object, name, a);
	if (removexattr(object, name))
		a->error = errno;
	return false;
}

bool mediate_watch(const struct call *c, struct answer *a, struct denial *d)
{
	uint32_t mask = (uint32_t)c->arg[2];
	struct named n = { .fd = -1, .dir = AT_FDCWD, .path = c->arg[1], .follow = !(mask & IN_DONT_FOLLOW) };
	CLEANUP(close) int queue = -1;
	CLEANUP(close) int fd = -1;
	char object[32];
	bool denied;
	int watch;

	fd = own_open(c, &n, a, d, &denied);
	if (fd < 0)
		return denied;
	queue = call_fd(c, (int)c->arg[0]);
	if (queue < 0) {
		a->error = EBADF;
		return false;
	}
	snprintf(object, sizeof object, "/proc/self/fd/%d", fd);
	watch = inotify_add_watch(queue, object, mask & ~(uint32_t)IN_DONT_FOLLOW);
	if (watch < 0)
		a->error = errno;
	else
		a->val = watch;
	return false;
}
