/* Descriptor-relative files. */
#include "config.h"

#include "base/fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

int fs_open(int dirfd, const char *path, struct error *err)
{
	int fd = sys_openat(dirfd, path, O_RDONLY | O_NOCTTY, 0);

	return fd >= 0 ? fd : error_sys(err, "%s", path);
}

int fs_open_dir(int dirfd, const char *path, struct error *err)
{
	int fd = sys_openat(dirfd, path, O_RDONLY | O_DIRECTORY, 0);

	return fd >= 0 ? fd : error_sys(err, "%s", path);
}

static int open_resolved(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve, struct error *err)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | resolve,
	};
	enum { TRIES = 64 };
	long fd = -1;

	/* With O_PATH the kernel takes no other flag that speaks of reading. */
	if (flags & O_PATH)
		how.flags = (uint64_t)flags | O_CLOEXEC;
	/* EAGAIN: a rename ran beside the look-up, or the file is leased; neither may hold us for ever. */
	for (int i = 0; i < TRIES && fd < 0; i++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
		if (fd < 0 && errno != EINTR && errno != EAGAIN)
			break;
	}
	if (fd >= 0)
		return (int)fd;
	if (errno == ELOOP || errno == EXDEV)
		return error_set(err, ERR_DENIED, "%s: a link or mount on the way leads elsewhere", path);
	return error_sys(err, "%s", path);
}

int fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode, struct error *err)
{
	return open_resolved(dirfd, path, flags, mode, RESOLVE_NO_XDEV, err);
}

int fs_open_within(int dirfd, const char *path, int flags, mode_t mode, struct error *err)
{
	return open_resolved(dirfd, path, flags, mode, 0, err);
}

int fs_read_fd(int fd, const char *name, struct buf *out, struct error *err)
{
	for (;;) {
		enum { PIECE = 65536 };
		size_t want = out->max - out->len < PIECE ? out->max - out->len + 1 : PIECE;
		char piece[PIECE];
		ssize_t n = sys_read(fd, piece, want > PIECE ? PIECE : want);

		if (n < 0)
			return error_sys(err, "reading %s", name);
		if (n == 0)
			return 0;
		buf_append(out, piece, (size_t)n);
		if (buf_check(out, name, err) < 0)
			return -1;
	}
}

int fs_read_file(int dirfd, const char *path, struct buf *out, struct error *err)
{
	CLEANUP(close) int fd = fs_open(dirfd, path, err);

	return fd < 0 ? -1 : fs_read_fd(fd, path, out, err);
}

int fs_write_all(int fd, const char *name, const void *p, size_t n, struct error *err)
{
	const char *at = p;

	while (n) {
		ssize_t done = sys_write(fd, at, n);

		if (done < 0)
			return error_sys(err, "writing %s", name);
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* "dir/.name.PID.tmp": beside its target, so that rename stays within one file system. */
static char *temp_name(const char *path)
{
	const char *base = fs_basename(path);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return mem_printf("%.*s.%s.%d.%lx.tmp", (int)(base - path), path, base, getpid(),
			  (unsigned long)now.tv_nsec ^ (unsigned long)now.tv_sec << 30);
}

static int sync_parent(int dirfd, const char *path, struct error *err)
{
	const char *base = fs_basename(path);
	CLEANUP(free) char *dir = base == path ? mem_strdup(".") : mem_strndup(path, (size_t)(base - path));

	return fs_sync_dir(dirfd, dir, err);
}

int fs_write_atomic(int dirfd, const char *path, const void *p, size_t n, mode_t mode, struct error *err)
{
	CLEANUP(free) char *temp = temp_name(path);
	CLEANUP(close) int fd = sys_openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);

	if (fd < 0)
		return error_sys(err, "creating %s", path);
	if (fs_write_all(fd, path, p, n, err) < 0) {
		unlinkat(dirfd, temp, 0);
		return -1;
	}
	if (sys_fsync(fd) < 0 || sys_renameat(dirfd, temp, dirfd, path) < 0) {
		error_sys(err, "replacing %s", path);
		unlinkat(dirfd, temp, 0);
		return -1;
	}
	return sync_parent(dirfd, path, err);
}

int fs_mkdir_p(int dirfd, const char *path, mode_t mode, struct error *err)
{
	CLEANUP(free) char *copy = mem_strdup(path);

	if (!*path)
		return error_set(err, ERR_INVALID, "a folder's name is empty");
	for (char *p = copy + 1;; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (sys_mkdirat(dirfd, copy, mode) < 0 && errno != EEXIST) {
			/* A folder that is there may answer EROFS or EACCES instead of EEXIST. */
			int saved = errno;

			if (!fs_is_dir(dirfd, copy)) {
				errno = saved;
				return error_sys(err, "making folder %s", copy);
			}
		}
		*p = c;
		if (c == '\0')
			break;
	}
	if (!fs_is_dir(dirfd, path))
		return error_set(err, ERR_EXISTS, "%s exists and is not a folder", path);
	return 0;
}

/* Folders within folders take a descriptor each: from here on they are moved up, and removed from there. */
enum { REMOVE_DEPTH = 200 };

struct removal {
	int top;        /* the folder that goes */
	dev_t dev;
	unsigned moved; /* up into it, in this round */
	unsigned names; /* given to what was moved */
};

static int move_up(struct removal *r, int dirfd, const char *name, struct error *err)
{
	char up[32];
	int rc;

	do {
		snprintf(up, sizeof up, ".wb-deep-%u", r->names++);
		rc = sys_renameat_new(dirfd, name, r->top, up);
	} while (rc < 0 && errno == EEXIST);
	if (rc < 0)
		return error_sys(err, "removing %s", name);
	r->moved++;
	return 0;
}

static int remove_entries(struct removal *r, int dirfd, const char *name, int depth, struct error *err);

static int remove_entry(struct removal *r, int dirfd, const char *name, int depth, struct error *err)
{
	if (sys_unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return error_sys(err, "removing %s", name);
	if (depth > REMOVE_DEPTH)
		return move_up(r, dirfd, name, err);
	if (remove_entries(r, dirfd, name, depth, err) < 0)
		return -1;
	if (sys_unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_sys(err, "removing folder %s", name);
	return 0;
}

static int remove_entries(struct removal *r, int dirfd, const char *name, int depth, struct error *err)
{
	struct stat st;
	struct dirent *entry;
	CLEANUP(closedir) DIR *dir = NULL;
	int fd;

	fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0) {
		/* A run may leave a folder without its own read bit. */
		fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	}
	if (fd < 0)
		return error_sys(err, "removing %s", name);
	if (fstat(fd, &st) == 0 && depth && st.st_dev != r->dev) {
		close(fd);
		return error_set(err, ERR_DENIED, "removing %s: another file system is mounted there", name);
	}
	if ((st.st_mode & 0300) != 0300 && fchmod(fd, 0700) < 0) {
		error_sys(err, "removing %s", name);
		close(fd);
		return -1;
	}
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return error_sys(err, "reading folder %s", name);
	}
	if (depth == 0) {
		r->top = fd;
		r->dev = st.st_dev;
	}
	while ((entry = readdir(dir))) {
		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		if (remove_entry(r, fd, entry->d_name, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

int fs_remove_tree(int dirfd, const char *path, struct error *err)
{
	struct removal r = { .top = -1 };

	do {
		r.moved = 0;
		if (remove_entry(&r, dirfd, path, 0, err) < 0 && !(r.moved && err->sys == ENOTEMPTY))
			return -1;
	} while (r.moved);
	error_clear(err);
	return 0;
}

int fs_sync_dir(int dirfd, const char *path, struct error *err)
{
	CLEANUP(close) int fd = fs_open_dir(dirfd, path, err);

	if (fd < 0)
		return -1;
	return sys_fsync(fd) < 0 ? error_sys(err, "syncing folder %s", path) : 0;
}

/* Copies bytes [at, end). */
static int copy_range(int in_fd, int out_fd, off_t at, off_t end, struct error *err)
{
	while (at < end) {
		char piece[65536];
		size_t want = end - at < (off_t)sizeof piece ? (size_t)(end - at) : sizeof piece;
		ssize_t n = sys_pread(in_fd, piece, want, at);

		if (n < 0)
			return error_sys(err, "reading");
		if (n == 0)
			return 0;
		for (ssize_t done = 0; done < n;) {
			ssize_t m = sys_pwrite(out_fd, piece + done, (size_t)(n - done), at + done);

			if (m < 0)
				return error_sys(err, "writing");
			done += m;
		}
		at += n;
	}
	return 0;
}

int fs_copy(int in_fd, int out_fd, uint64_t max, uint64_t *out_bytes, struct error *err)
{
	struct stat st;
	off_t at = 0;

	if (fstat(in_fd, &st) < 0)
		return error_sys(err, "reading size");
	if ((uint64_t)st.st_size > max)
		return error_set(err, ERR_LIMIT, "larger than %" PRIu64 " bytes", max);
	while (at < st.st_size) {
		off_t data = lseek(in_fd, at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			data = at;
		hole = lseek(in_fd, data, SEEK_HOLE);
		if (hole < 0 || hole > st.st_size)
			hole = st.st_size;
		if (copy_range(in_fd, out_fd, data, hole, err) < 0)
			return -1;
		at = hole;
	}
	if (sys_ftruncate(out_fd, st.st_size) < 0)
		return error_sys(err, "writing");
	if (out_bytes)
		*out_bytes = (uint64_t)st.st_size;
	return 0;
}

bool fs_exists(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool fs_is_dir(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

int fs_realpath(const char *path, char **out, struct error *err)
{
	char *real = realpath(path, NULL);

	if (!real)
		return error_sys(err, "%s", path);
	*out = real;
	return 0;
}

char *fs_join(const char *dir, const char *name)
{
	const size_t d = strlen(dir);
	const size_t n = strlen(name) + 1;
	const bool slash = d && dir[d - 1] != '/';
	char *out;

	if (name[0] == '/' || !d)
		return mem_strdup(name);
	out = mem_alloc(d + slash + n);
	memcpy(out, dir, d);
	out[d] = '/';
	memcpy(out + d + slash, name, n);
	return out;
}

int fs_program_dir(char **out, struct error *err)
{
	char path[LIMIT_PATH];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (n < 0)
		return error_sys(err, "/proc/self/exe");
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return error_set(err, ERR_INTERNAL, "/proc/self/exe names no folder");
	*slash = '\0';
	*out = mem_strdup(*path ? path : "/");
	return 0;
}

const char *fs_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool fs_is_plain_path(const char *path)
{
	for (const char *at = path;;) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		if (!at[n])
			return true;
		at += n + 1;
	}
}

char *fs_program_part(const char *name)
{
	CLEANUP(free) char *dir = NULL, *beside = NULL;
	struct error ignored = { 0 };

	if (fs_program_dir(&dir, &ignored) == 0)
		beside = fs_join(dir, name);
	if (beside && fs_exists(AT_FDCWD, beside))
		return take_ptr(&beside);
	return fs_join(WB_LIBEXECDIR, name);
}

/* A descriptor is held for each level. */
enum { COUNTED_DEPTH = 300 };

static uint64_t tree_bytes(int dirfd, const char *path, bool own, int depth)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = sys_openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	uint64_t bytes = 0;
	struct dirent *e;
	struct stat st;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		cleanup_close(&fd);
		return 0;
	}
	while ((e = readdir(dir))) {
		if (str_eq(e->d_name, ".") || str_eq(e->d_name, "..") || fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < COUNTED_DEPTH)
			bytes += tree_bytes(fd, e->d_name, own, depth + 1);
		else if (S_ISREG(st.st_mode) && (!own || st.st_nlink == 1))
			bytes += (uint64_t)st.st_size;
	}
	return bytes;
}

uint64_t fs_tree_bytes(int dirfd, const char *path, bool own)
{
	return tree_bytes(dirfd, path, own, 0);
}
