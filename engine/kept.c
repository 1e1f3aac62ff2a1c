/* Layers of ended runs: put aside, found, freed, copied. */
#include "config.h"

#include "engine/kept.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"

enum { DEPTH_MAX = 256 };

void kept_release(struct kept *k)
{
	free(k->tree);
	free(k->out);
	if (k->lock_fd >= 0)
		close(k->lock_fd);
	*k = (struct kept)KEPT_INIT;
}

int kept_take(int run_dirfd, bool copied, struct error *err)
{
	const char *from = copied ? "work/tree" : "work/upper", *to = copied ? "kept/tree" : "kept/upper";

	if (sys_mkdirat(run_dirfd, "kept", 0700) < 0)
		return error_sys(err, "making a place for the run's files");
	if (sys_renameat(run_dirfd, from, run_dirfd, to) < 0 || sys_renameat(run_dirfd, "out", run_dirfd, "kept/out") < 0)
		return error_sys(err, "putting the run's files aside");
	return 0;
}

/* The layer below folder ("kept", or "work" of an orphan) of a run, if it is one. */
static int find_in(int run_dirfd, const char *run_path, const char *folder, const char *out_name, struct kept *out,
		   struct error *err)
{
	CLEANUP(kept_release) struct kept k = KEPT_INIT;
	CLEANUP(free) char *upper = mem_printf("%s/upper", folder);
	CLEANUP(free) char *tree = mem_printf("%s/tree", folder);

	k.copied = fs_is_dir(run_dirfd, tree);
	if ((!k.copied && !fs_is_dir(run_dirfd, upper)) || !fs_is_dir(run_dirfd, out_name))
		return 0;
	k.lock_fd = fs_open_dir(run_dirfd, folder, err);
	if (k.lock_fd < 0 || store_flock(k.lock_fd, STORE_SHARED, 0, "the run's kept files", err) < 0)
		return -1;
	k.tree = fs_join(run_path, k.copied ? tree : upper);
	k.out = fs_join(run_path, out_name);
	*out = k;
	k = (struct kept)KEPT_INIT;
	return 1;
}

int kept_find(const struct store *s, const char *run_id, bool orphaned, struct kept *out, struct error *err)
{
	CLEANUP(close) int dirfd = store_run_dir(s, run_id, false, err);
	CLEANUP(free) char *path = store_run_path(s, run_id);
	int found;

	if (dirfd < 0)
		return -1;
	found = find_in(dirfd, path, "kept", "kept/out", out, err);
	return found || !orphaned ? found : find_in(dirfd, path, "work", "out", out, err);
}

bool kept_exists(const struct store *s, const char *run_id)
{
	struct error ignored = { 0 };
	CLEANUP(close) int dirfd = store_run_dir(s, run_id, false, &ignored);

	return dirfd >= 0 && fs_is_dir(dirfd, "kept/out");
}

bool kept_is_held(const struct store *s, const char *run_id)
{
	static const char *const folders[] = { "kept", "work" };
	struct error ignored = { 0 };
	CLEANUP(close) int dirfd = store_run_dir(s, run_id, false, &ignored);

	for (size_t i = 0; dirfd >= 0 && i < sizeof folders / sizeof *folders; i++) {
		CLEANUP(close) int fd = sys_openat(dirfd, folders[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		struct error busy = { 0 };

		if (fd >= 0 && store_flock(fd, STORE_EXCLUSIVE, 0, "the run's kept files", &busy) < 0 && busy.code == ERR_BUSY)
			return true;
	}
	return false;
}

int kept_free(const struct store *s, const char *run_id, struct error *err)
{
	static const char *const folders[] = { "kept", "work", "out" };
	CLEANUP(close) int dirfd = store_run_dir(s, run_id, false, err);
	int freed = 0;

	if (dirfd < 0)
		return -1;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		CLEANUP(close) int fd = sys_openat(dirfd, folders[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd < 0)
			continue;
		if (store_flock(fd, STORE_EXCLUSIVE, 0, "the run's kept files", err) < 0)
			return -1;
		if (fs_remove_tree(dirfd, folders[i], err) < 0)
			return -1;
		freed = 1;
	}
	return freed;
}

/* --- copying --- */

static int copy_dir(int from, int to, unsigned depth, struct error *err);

static int copy_file(int from, int to, const char *name, const struct stat *st, struct error *err)
{
	const struct timespec times[2] = { st->st_mtim, st->st_mtim };
	CLEANUP(close) int in = sys_openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	CLEANUP(close) int out = in < 0 ? -1 : sys_openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (in < 0 || out < 0)
		return error_sys(err, "copying %s", name);
	if (fs_copy(in, out, (uint64_t)st->st_size, NULL, err) < 0)
		return -1;
	if (fchmod(out, st->st_mode & 0777) < 0 || futimens(out, times) < 0)
		return error_sys(err, "copying %s", name);
	return 0;
}

static int copy_link(int from, int to, const char *name, struct error *err)
{
	char text[LIMIT_PATH];
	ssize_t n = readlinkat(from, name, text, sizeof text - 1);

	if (n < 0)
		return error_sys(err, "copying the link %s", name);
	text[n] = '\0';
	return symlinkat(text, to, name) < 0 ? error_sys(err, "copying the link %s", name) : 0;
}

/* A folder that hides what lies below it in the layers under this one. */
static bool is_opaque(int fd)
{
	char value[2];

	return fgetxattr(fd, "user.overlay.opaque", value, sizeof value) == 1 && value[0] == 'y';
}

static int copy_folder(int from, int to, const char *name, const struct stat *st, unsigned depth, struct error *err)
{
	CLEANUP(close) int in = sys_openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	CLEANUP(close) int out = -1;
	struct stat there;

	if (in < 0)
		return error_sys(err, "copying the folder %s", name);
	if (fstatat(to, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && (!S_ISDIR(there.st_mode) || is_opaque(in)) &&
	    fs_remove_tree(to, name, err) < 0)
		return -1;
	if (sys_mkdirat(to, name, 0700) < 0 && errno != EEXIST)
		return error_sys(err, "copying the folder %s", name);
	out = sys_openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (out < 0)
		return error_sys(err, "copying the folder %s", name);
	if (copy_dir(in, out, depth + 1, err) < 0)
		return -1;
	/* Its owner must be able to remove it again. */
	return fchmod(out, (st->st_mode & 0777) | 0700) < 0 ? error_sys(err, "copying the folder %s", name) : 0;
}

static int copy_entry(int from, int to, const char *name, unsigned depth, struct error *err)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_sys(err, "copying %s", name);
	if (S_ISDIR(st.st_mode))
		return copy_folder(from, to, name, &st, depth, err);
	if (fs_remove_tree(to, name, err) < 0)
		return -1;
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st, err);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, err);
	/* A whiteout has done its work; pipes and sockets have nobody at their other end any more. */
	return 0;
}

static int copy_dir(int from, int to, unsigned depth, struct error *err)
{
	int fd = fcntl(from, F_DUPFD_CLOEXEC, 3);
	CLEANUP(closedir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (depth > DEPTH_MAX)
		return error_set(err, ERR_LIMIT, "the run's files are nested too deeply to be copied");
	if (!dir) {
		cleanup_close(&fd);
		return error_sys(err, "copying the run's files");
	}
	while ((entry = readdir(dir)))
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..") &&
		    copy_entry(from, to, entry->d_name, depth, err) < 0)
			return -1;
	return 0;
}

int kept_copy(int from_fd, int to_fd, struct error *err)
{
	return copy_dir(from_fd, to_fd, 0, err);
}
