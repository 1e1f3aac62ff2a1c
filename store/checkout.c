/* A tree as a folder of its own, for a person. */
#include "config.h"

#include "store/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/restore.h"

#define LOCK_WAIT_NS INT64_C(120000000000)

struct checkout {
	struct store *store;
	struct blob_id tree;
	snapshot_finish_fn *finish;
	void *user;
};

static int fill(const struct checkout *c, int fd, struct error *err)
{
	CLEANUP(tree_reader_close) struct tree_reader reader = { 0 };
	const struct restore r = { .reader = &reader, .neighbour_fd = -1 };

	if (tree_reader_open(c->store, &reader, err) < 0 || restore_tree(&r, &c->tree, fd, err) < 0)
		return -1;
	return c->finish ? c->finish(c->user, fd, err) : 0;
}

/* ---- into an empty folder that is there ---- */

static int check_empty(const char *dest, struct error *err)
{
	CLEANUP(closedir) DIR *dir = opendir(dest);
	struct dirent *e;

	if (!dir)
		return error_sys(err, "%s", dest);
	while ((e = readdir(dir)))
		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, "..")) {
			error_set(err, ERR_EXISTS, "%s is not empty", dest);
			return error_hint(err, "name a new or an empty folder: nothing is ever overwritten");
		}
	return 0;
}

/* Removes all inside the folder. */
static void empty_folder(int fd)
{
	struct error ignored = { 0 };
	CLEANUP(closedir) DIR *dir = NULL;
	int copy = sys_openat(fd, ".", O_RDONLY | O_DIRECTORY, 0);
	struct dirent *e;

	dir = copy >= 0 ? fdopendir(copy) : NULL;
	while (dir && (e = readdir(dir)))
		if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, "..") &&
		    fs_remove_tree(fd, e->d_name, &ignored) < 0)
			return;
}

static int fill_in_place(const struct checkout *c, const char *dest, struct error *err)
{
	CLEANUP(close) int fd = fs_open_dir(AT_FDCWD, dest, err);

	if (fd < 0 || check_empty(dest, err) < 0)
		return -1;
	if (fill(c, fd, err) == 0)
		return 0;
	empty_folder(fd);
	return -1;
}

/* ---- into a new one ---- */

/* "DIR/.NAME.wb-part" for "DIR/NAME///". */
static char *part_of(const char *dest)
{
	size_t n = strlen(dest);
	const char *base;

	while (n > 1 && dest[n - 1] == '/')
		n--;
	for (base = dest + n; base > dest && base[-1] != '/'; base--)
		continue;
	return mem_printf("%.*s.%.*s.wb-part", (int)(base - dest), dest, (int)(dest + n - base), base);
}

/* The folder that is filled, held; what a killed checkout left there goes. */
static int open_part(const char *part, struct error *err)
{
	for (;;) {
		CLEANUP(close) int fd = -1;
		struct stat mine, named;
		bool is_new = sys_mkdirat(AT_FDCWD, part, 0777) == 0;

		if (!is_new && errno != EEXIST)
			return error_sys(err, "%s", part);
		fd = sys_openat(AT_FDCWD, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return error_sys(err, "%s", part);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			error_set(err, ERR_BUSY, "another checkout fills %s", part);
			return error_hint(err, "name another folder, or wait for its end");
		}
		/* Its holder may have named it, or removed it, just before. */
		if (fstat(fd, &mine) < 0 || fstatat(AT_FDCWD, part, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
		    mine.st_ino != named.st_ino || mine.st_dev != named.st_dev)
			continue;
		if (is_new)
			return take_fd(&fd);
		if (fs_remove_tree(AT_FDCWD, part, err) < 0)
			return -1;
	}
}

/* It appears under its name when it is whole. */
static int fill_new(const struct checkout *c, const char *dest, struct error *err)
{
	CLEANUP(free) char *part = part_of(dest);
	CLEANUP(close) int fd = open_part(part, err);
	struct error ignored = { 0 };

	if (fd < 0)
		return error_wrap(err, "making folder %s", dest);
	if (fill(c, fd, err) == 0) {
		if (sys_renameat_new(AT_FDCWD, part, AT_FDCWD, dest) == 0)
			return 0;
		/* Not every file system can promise to replace nothing; an empty folder at worst is replaced there. */
		if (errno == EINVAL && sys_renameat(AT_FDCWD, part, AT_FDCWD, dest) == 0)
			return 0;
		error_sys(err, "naming folder %s", dest);
	}
	if (fs_remove_tree(AT_FDCWD, part, &ignored) < 0)
		error_hint(err, "%s was left behind", part);
	return -1;
}

int snapshot_checkout_with(struct store *s, const char *tree, const char *dest, snapshot_finish_fn *finish, void *user,
			   struct error *err)
{
	struct checkout c = { .store = s, .finish = finish, .user = user };
	CLEANUP(close) int lock = -1;
	struct stat st;
	int rc;

	if (tree_parse_id(tree, &c.tree, err) < 0)
		return -1;
	/* Nothing of it goes meanwhile. */
	lock = store_lock(s, STORE_SHARED, LOCK_WAIT_NS, err);
	if (lock < 0)
		return -1;
	/* A link that leads nowhere is there, too. */
	rc = fstatat(AT_FDCWD, dest, &st, AT_SYMLINK_NOFOLLOW) == 0 ? fill_in_place(&c, dest, err) : fill_new(&c, dest, err);
	return rc < 0 ? error_wrap(err, "restoring code tree %.12s", tree) : 0;
}

int snapshot_checkout(struct store *s, const char *tree, const char *dest, struct error *err)
{
	return snapshot_checkout_with(s, tree, dest, NULL, NULL, err);
}
