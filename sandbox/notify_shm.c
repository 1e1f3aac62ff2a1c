/*
 * Tier 2 has no /dev/shm of its own, and the host's holds the memory of the
 * user's other programs and runs: Landlock closes it. What a run makes there
 * (POSIX semaphores and shared memory, so Python's multiprocessing) are files
 * in memory that only this table names, given to the caller as descriptors.
 *
 * A call that slips past this look (its path changed meanwhile) meets Landlock.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/notify_parts.h"

enum { SHM_NAMES = 256, SHM_NAME = 256 };

struct shm {
	struct {
		char *name; /* NULL: free */
		int fd;
	} slot[SHM_NAMES];
};

struct shm *shm_new(void)
{
	return mem_zalloc(sizeof(struct shm));
}

static void slot_clear(struct shm *t, int i)
{
	free(t->slot[i].name);
	t->slot[i].name = NULL;
	close(t->slot[i].fd);
}

void shm_free(struct shm *t)
{
	for (int i = 0; t && i < SHM_NAMES; i++) {
		if (t->slot[i].name)
			slot_clear(t, i);
	}
	free(t);
}

/* The slot of a name; with NULL, a free one; -1 when there is none. */
static int slot_find(const struct shm *t, const char *name)
{
	for (int i = 0; i < SHM_NAMES; i++) {
		if (name ? t->slot[i].name && str_eq(t->slot[i].name, name) : !t->slot[i].name)
			return i;
	}
	return -1;
}

/* Takes fd. 0 or an errno. */
static int slot_add(struct shm *t, const char *name, int fd)
{
	int i = slot_find(t, NULL);

	if (fd < 0)
		return errno;
	if (i < 0) {
		close(fd);
		return ENOSPC;
	}
	t->slot[i].name = mem_strdup(name);
	t->slot[i].fd = fd;
	return 0;
}

/* The name below /dev/shm that (dirfd, path) of the call means. */
static bool name_read(const struct call *c, int dirfd, uint64_t at, char *name)
{
	static const char folder[] = "/dev/shm/";
	const char *below = NULL;
	char path[CALL_PATH];

	if (!call_path(c, dirfd, at, path, sizeof path) || !str_starts(path, folder))
		return false;
	below = path + sizeof folder - 1;
	if (!*below || strchr(below, '/') || strlen(below) >= SHM_NAME)
		return false;
	memcpy(name, below, strlen(below) + 1);
	return true;
}

static void open_answer(struct shm *t, const char *name, int flags, struct answer *a)
{
	const int kept = O_ACCMODE | O_TRUNC | O_APPEND | O_NONBLOCK;
	int i = slot_find(t, name);
	char link[32];

	if (flags & (O_PATH | O_DIRECTORY))
		a->error = EACCES;
	else if (i < 0 && !(flags & O_CREAT))
		a->error = ENOENT;
	else if (i >= 0 && (flags & O_CREAT) && (flags & O_EXCL))
		a->error = EEXIST;
	else if (i < 0)
		a->error = slot_add(t, name, memfd_create(name, MFD_CLOEXEC));
	i = slot_find(t, name);
	if (a->error || i < 0)
		return;
	/* A description of its own, with an own position and the access asked for. */
	snprintf(link, sizeof link, "/proc/self/fd/%d", t->slot[i].fd);
	a->fd = open(link, (flags & kept) | O_CLOEXEC);
	if (a->fd < 0)
		a->error = errno;
	a->fd_cloexec = flags & O_CLOEXEC;
}

static bool open_serve(struct shm *t, const struct call *c, int dirfd, int path, int flags, struct answer *a)
{
	char name[SHM_NAME];

	if (!name_read(c, dirfd, c->arg[path], name))
		return false;
	open_answer(t, name, flags, a);
	return true;
}

static bool unlink_serve(struct shm *t, const struct call *c, int dirfd, int path, struct answer *a)
{
	char name[SHM_NAME];
	int i;

	if (!name_read(c, dirfd, c->arg[path], name))
		return false;
	i = slot_find(t, name);
	if (i < 0)
		a->error = ENOENT;
	else
		slot_clear(t, i);
	return true;
}

/* A second name, or with move another one. */
static bool link_serve(struct shm *t, const struct call *c, const int dirs[2], const int paths[2], bool move, struct answer *a)
{
	char from[SHM_NAME];
	char to[SHM_NAME];
	int i;
	int k;

	if (!name_read(c, dirs[0], c->arg[paths[0]], from) || !name_read(c, dirs[1], c->arg[paths[1]], to))
		return false;
	i = slot_find(t, from);
	k = slot_find(t, to);
	if (i < 0) {
		a->error = ENOENT;
	} else if (k >= 0 && !move) {
		a->error = EEXIST;
	} else if (i != k) {
		if (k >= 0)
			slot_clear(t, k);
		a->error = slot_add(t, to, fcntl(t->slot[i].fd, F_DUPFD_CLOEXEC, 3));
		if (move && !a->error)
			slot_clear(t, i);
	}
	return true;
}

bool shm_serves(struct shm *t, const struct call *c, struct answer *a)
{
	static const int here[2] = { AT_FDCWD, AT_FDCWD };
	static const int plain[2] = { 0, 1 };
	static const int with_dirs[2] = { 1, 3 };
	const int dirs[2] = { (int)c->arg[0], (int)c->arg[2] };

	switch (c->nr) {
	case SYS_openat: return open_serve(t, c, (int)c->arg[0], 1, (int)c->arg[2], a);
	case SYS_unlinkat: return unlink_serve(t, c, (int)c->arg[0], 1, a);
	case SYS_linkat: return link_serve(t, c, dirs, with_dirs, false, a);
	case SYS_renameat2: return link_serve(t, c, dirs, with_dirs, true, a);
#ifdef SYS_renameat
	case SYS_renameat: return link_serve(t, c, dirs, with_dirs, true, a);
#endif
#ifdef SYS_open
	case SYS_open: return open_serve(t, c, AT_FDCWD, 0, (int)c->arg[1], a);
	case SYS_creat: return open_serve(t, c, AT_FDCWD, 0, O_WRONLY | O_CREAT | O_TRUNC, a);
	case SYS_unlink: return unlink_serve(t, c, AT_FDCWD, 0, a);
	case SYS_link: return link_serve(t, c, here, plain, false, a);
	case SYS_rename: return link_serve(t, c, here, plain, true, a);
#endif
	default: return false;
	}
}
