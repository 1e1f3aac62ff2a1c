/* Places in the new root: one call for what is there, the folder kept open for the neighbour that comes next. */
#include "config.h"

#include "sandbox/newroot.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"

#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif

/* A tree of the host that is mounted in the new root may hold links that lead out of it. */
static const uint64_t inside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;

int newroot_openat2(int dirfd, const char *path, uint64_t resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

static void folder_forget(struct newroot *r)
{
	if (r->folder >= 0)
		close(r->folder);
	r->folder = -1;
}

void newroot_release(struct newroot *r)
{
	folder_forget(r);
}

/* One step down from dir to the folder name, made where it is missing. */
static int step_down(int dir, const char *name, struct error *err)
{
	int fd = newroot_openat2(dir, name, inside);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return error_sys(err, "mount point component '%s'", name);
	if (mkdirat(dir, name, 0755))
		return error_sys(err, "cannot make '%s'", name);
	fd = newroot_openat2(dir, name, inside);
	return fd < 0 ? error_sys(err, "mount point component '%s'", name) : fd;
}

/* path is relative to the root and holds at least one component. */
static int walk(int root, const char *path, struct error *err)
{
	CLEANUP(close) int fd = -1;
	const char *s = path;

	for (;;) {
		size_t len = strcspn(s, "/");
		CLEANUP(free) char *name = mem_strndup(s, len);
		int next = step_down(fd < 0 ? root : fd, name, err);

		if (next < 0)
			return -1;
		if (fd >= 0)
			close(fd);
		fd = next;
		if (!s[len])
			return take_fd(&fd);
		s += len + 1;
	}
}

int newroot_folder(struct newroot *r, const char *target, const char **out_name, struct error *err)
{
	const char *slash = strrchr(target, '/');
	size_t n = slash ? (size_t)(slash - target) : 0;

	if (!slash || n >= sizeof r->folder_path)
		return error_set(err, ERR_INTERNAL, "a mount's target '%s'", target);
	*out_name = slash + 1;
	if (r->folder >= 0 && strlen(r->folder_path) == n && memcmp(r->folder_path, target, n) == 0)
		return r->folder;
	folder_forget(r);
	memcpy(r->folder_path, target, n);
	r->folder_path[n] = 0;
	/* In one call where it is there, which it mostly is. */
	r->folder = newroot_openat2(r->fd, n ? r->folder_path + 1 : ".", inside);
	if (r->folder < 0 && errno == ENOENT)
		r->folder = walk(r->fd, r->folder_path + 1, err);
	else if (r->folder < 0)
		error_sys(err, "mount point '%s'", r->folder_path);
	return r->folder < 0 ? error_wrap(err, "%s", target) : r->folder;
}

/* 1: made now; 0: something is there. */
static int entry_make(int dir, const char *name, const char *target, bool folder, struct error *err)
{
	if ((folder ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG | 0444, 0)) == 0)
		return 1;
	return errno == EEXIST ? 0 : error_sys(err, "cannot make '%s'", target);
}

int newroot_open(struct newroot *r, const char *target, bool folder, struct error *err)
{
	const char *name;
	int dir = newroot_folder(r, target, &name, err);
	int fd;

	if (dir < 0 || entry_make(dir, name, target, folder, err) < 0)
		return -1;
	fd = newroot_openat2(dir, name, inside);
	return fd < 0 ? error_sys(err, "mount point '%s'", target) : fd;
}

int newroot_attach(struct newroot *r, int tree, const char *target, bool folder, struct error *err)
{
	const char *name;
	int dir = newroot_folder(r, target, &name, err);
	int made = dir < 0 ? -1 : entry_make(dir, name, target, folder, err);
	CLEANUP(close) int at = -1;

	if (made < 0)
		return -1;
	/* What was made just now is no link; what was there may be one, and is taken in hand before it is used. */
	if (made == 0) {
		at = newroot_openat2(dir, name, inside);
		if (at < 0)
			return error_sys(err, "mount point '%s'", target);
	}
	if (at < 0 ? move_mount(tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH)
		   : move_mount(tree, "", at, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return error_sys(err, "cannot mount at '%s'", target);
	return 0;
}

int newroot_symlink(struct newroot *r, const char *text, const char *target, struct error *err)
{
	const char *name;
	int dir = newroot_folder(r, target, &name, err);

	if (dir < 0)
		return -1;
	return symlinkat(text, dir, name) ? error_sys(err, "cannot make the link '%s'", target) : 0;
}

int newroot_file(struct newroot *r, const char *text, const char *target, struct error *err)
{
	const char *name;
	int dir = newroot_folder(r, target, &name, err);
	CLEANUP(close) int fd = -1;
	size_t n = strlen(text);

	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0444);
	if (fd < 0)
		return error_sys(err, "cannot make '%s'", target);
	if (write(fd, text, n) != (ssize_t)n)
		return error_sys(err, "cannot fill '%s'", target);
	return 0;
}
