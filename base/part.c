/* Files without a name, and what stands in for them. */
#include "config.h"

#include "base/part.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

/* The name by which the kernel finds a descriptor. */
struct fd_path {
	char text[32];
};

static struct fd_path path_of_fd(int fd)
{
	struct fd_path p;

	snprintf(p.text, sizeof p.text, "/proc/self/fd/%d", fd);
	return p;
}

/* -1 without a message where there are no such files. */
static int open_nameless(int dirfd, const char *folder, mode_t mode)
{
	int fd = sys_openat(dirfd, *folder ? folder : ".", O_RDWR | O_TMPFILE, mode);

	if (fd >= 0 && !fs_exists(AT_FDCWD, path_of_fd(fd).text)) {
		close(fd);
		return -1;
	}
	return fd;
}

static char *temp_name(const char *folder, const char *base)
{
	return mem_printf("%s.%.200s.%d.wb-part", folder, base, getpid());
}

/* Whoever writes a file holds its lock; one just made may not have it yet. */
static bool is_left(int fd)
{
	enum { SETTLED_S = 60 };
	struct timespec now;
	struct stat st;

	return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       clock_gettime(CLOCK_REALTIME, &now) == 0 && st.st_mtim.tv_sec < now.tv_sec - SETTLED_S;
}

/* Removes what killed writers of the same file left. */
static void remove_left(int dirfd, const char *folder, const char *base)
{
	CLEANUP(free) char *start = mem_printf(".%.200s.", base);
	CLEANUP(closedir) DIR *dir = NULL;
	struct dirent *entry;
	int fd = sys_openat(dirfd, *folder ? folder : ".", O_RDONLY | O_DIRECTORY, 0);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (entry = readdir(dir))) {
		CLEANUP(close) int left = -1;

		if (!str_starts(entry->d_name, start) || !str_ends(entry->d_name, ".wb-part"))
			continue;
		left = openat(fd, entry->d_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (left >= 0 && is_left(left))
			unlinkat(fd, entry->d_name, 0);
	}
}

int part_open(int dirfd, const char *path, mode_t mode, struct part *out, struct error *err)
{
	const char *base = fs_basename(path);
	CLEANUP(free) char *folder = mem_strndup(path, (size_t)(base - path));
	CLEANUP(part_release) struct part p = PART_INIT;

	p.dirfd = dirfd;
	p.path = mem_strdup(path);
	p.fd = open_nameless(dirfd, folder, mode);
	if (p.fd < 0) {
		char *temp = temp_name(folder, base);

		remove_left(dirfd, folder, base);
		p.fd = sys_openat(dirfd, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
		if (p.fd < 0) {
			error_sys(err, "%s", path);
			free(temp);
			return -1;
		}
		p.temp = temp;
		/* Without it, somebody else may take the file for one that was left: after a minute, and then naming it fails. */
		if (flock(p.fd, LOCK_EX | LOCK_NB) < 0)
			errno = 0;
	}
	*out = p;
	p = (struct part)PART_INIT;
	return 0;
}

/* renameat2 with NOREPLACE is not there on every file system; a link never replaces either. */
static int name_temp(struct part *p)
{
	if (sys_renameat_new(p->dirfd, p->temp, p->dirfd, p->path) == 0)
		return 0;
	if (errno != EINVAL || sys_linkat(p->dirfd, p->temp, p->dirfd, p->path, 0) < 0)
		return -1;
	sys_unlinkat(p->dirfd, p->temp, 0);
	return 0;
}

int part_name(struct part *p, struct error *err)
{
	int rc = p->temp ? name_temp(p) : sys_linkat(AT_FDCWD, path_of_fd(p->fd).text, p->dirfd, p->path, AT_SYMLINK_FOLLOW);

	if (rc < 0)
		return error_sys(err, "%s", p->path);
	free(take_ptr(&p->temp));
	return 0;
}

/* Under its final name, whatever was there. */
static int replace(struct part *p, struct error *err)
{
	const char *base = fs_basename(p->path);
	CLEANUP(free) char *folder = mem_strndup(p->path, (size_t)(base - p->path));
	struct fd_path self = path_of_fd(p->fd);

	if (!p->temp) {
		if (sys_linkat(AT_FDCWD, self.text, p->dirfd, p->path, AT_SYMLINK_FOLLOW) == 0)
			return 0;
		if (errno != EEXIST)
			return error_sys(err, "%s", p->path);
		/* A link does not replace, a rename does: between the two it has a name of its own. */
		remove_left(p->dirfd, folder, base);
		p->temp = temp_name(folder, base);
		if (sys_linkat(AT_FDCWD, self.text, p->dirfd, p->temp, AT_SYMLINK_FOLLOW) < 0) {
			error_sys(err, "%s", p->path);
			free(take_ptr(&p->temp));
			return -1;
		}
	}
	if (sys_renameat(p->dirfd, p->temp, p->dirfd, p->path) < 0)
		return error_sys(err, "replacing %s", p->path);
	free(take_ptr(&p->temp));
	return 0;
}

int part_write(int dirfd, const char *path, const void *p, size_t n, mode_t mode, struct error *err)
{
	CLEANUP(part_release) struct part part = PART_INIT;
	const char *base = fs_basename(path);
	CLEANUP(free) char *folder = base == path ? mem_strdup(".") : mem_strndup(path, (size_t)(base - path));

	if (part_open(dirfd, path, mode, &part, err) < 0 || fs_write_all(part.fd, path, p, n, err) < 0)
		return -1;
	if (sys_fsync(part.fd) < 0)
		return error_sys(err, "syncing %s", path);
	return replace(&part, err) < 0 ? -1 : fs_sync_dir(dirfd, folder, err);
}

void part_release(struct part *p)
{
	if (p->temp)
		unlinkat(p->dirfd, p->temp, 0);
	cleanup_close(&p->fd);
	free(p->temp);
	free(p->path);
	*p = (struct part)PART_INIT;
}
