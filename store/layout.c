/* Trees as folders, laid out and kept for runs. */
#include "config.h"

#include "store/snapshot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/restore.h"

struct layout {
	char name[SNAPSHOT_ID_HEX + 1];
	struct timespec used;
};

static int newest_first(const void *a, const void *b)
{
	const struct layout *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	return x->used.tv_nsec < y->used.tv_nsec ? 1 : x->used.tv_nsec > y->used.tv_nsec ? -1 : 0;
}

/* What is laid out, most recently used first; heap array. */
static size_t list_layouts(int trees_fd, struct layout **out)
{
	int copy = sys_openat(trees_fd, ".", O_RDONLY | O_DIRECTORY, 0);
	CLEANUP(closedir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct layout *list = NULL;
	size_t n = 0, cap = 0;
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		struct stat st;

		if (!tree_id_is_valid(e->d_name) || fstatat(trees_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISDIR(st.st_mode))
			continue;
		mem_reserve(&list, &cap, n + 1);
		memcpy(list[n].name, e->d_name, sizeof list[n].name);
		list[n++].used = st.st_mtim;
	}
	if (n)
		qsort(list, n, sizeof *list, newest_first);
	*out = list;
	return n;
}

/* Opens a layout that is there and takes a lease: 1, 0 when there is none. */
static int lease(int trees_fd, const char *tree, int *out, struct error *err)
{
	CLEANUP(close) int fd = sys_openat(trees_fd, tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	struct stat mine, named;

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "the laid-out tree %.12s", tree);
	/* Held exclusively only by who is about to remove it. */
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : error_sys(err, "the laid-out tree %.12s", tree);
	if (fstat(fd, &mine) < 0 || fstatat(trees_fd, tree, &named, AT_SYMLINK_NOFOLLOW) < 0 ||
	    mine.st_ino != named.st_ino || mine.st_dev != named.st_dev)
		return 0;
	*out = take_fd(&fd);
	return 1;
}

static void evict(struct store *s, int trees_fd)
{
	CLEANUP(free) struct layout *list = NULL;
	size_t n = list_layouts(trees_fd, &list);

	for (size_t i = SNAPSHOT_LAYOUTS; i < n; i++) {
		CLEANUP(close) int fd = sys_openat(trees_fd, list[i].name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		CLEANUP(free) char *gone = store_temp_name("gone");
		struct error ignored = { 0 };

		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ||
		    sys_renameat(trees_fd, list[i].name, store_dirfd(s), gone) < 0)
			continue;
		if (fs_remove_tree(store_dirfd(s), gone, &ignored) < 0)
			continue; /* store_tidy gets it later */
	}
}

/* The most recently used other layout, leased, as the neighbour to link from. */
static int find_neighbour(int trees_fd, struct restore *r)
{
	CLEANUP(free) struct layout *list = NULL;
	size_t n = list_layouts(trees_fd, &list);
	struct error ignored = { 0 };

	for (size_t i = 0; i < n; i++) {
		int fd;

		if (lease(trees_fd, list[i].name, &fd, &ignored) > 0) {
			if (tree_parse_id(list[i].name, &r->neighbour, &ignored) == 0)
				return fd;
			close(fd);
		}
	}
	return -1;
}

static int fill_layout(struct store *s, int trees_fd, const char *tree, int fd, struct error *err)
{
	CLEANUP(tree_reader_close) struct tree_reader reader = { 0 };
	CLEANUP(close) int neighbour = -1;
	struct restore r = { .reader = &reader, .fixed = true };
	struct blob_id id;

	if (tree_parse_id(tree, &id, err) < 0 || tree_reader_open(s, &reader, err) < 0)
		return -1;
	r.neighbour_fd = neighbour = find_neighbour(trees_fd, &r);
	if (restore_tree(&r, &id, fd, err) < 0)
		return -1;
	if (fchmod(fd, 0755) < 0)
		return error_sys(err, "the folder");
	/* Once it has its name it is trusted: a power cut must not leave it with empty files. */
	return sys_syncfs(fd) < 0 ? error_sys(err, "syncing") : 0;
}

/* Builds it aside and names it. Returns the lease, or -1; ERR_EXISTS when another process was faster. */
static int build(struct store *s, int trees_fd, const char *tree, struct error *err)
{
	CLEANUP(free) char *temp = store_temp_name("tree");
	CLEANUP(close) int fd = -1;
	struct error ignored = { 0 };

	if (sys_mkdirat(store_dirfd(s), temp, 0700) < 0)
		return error_sys(err, "making a folder in the store");
	fd = sys_openat(store_dirfd(s), temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
		error_sys(err, "a folder in the store");
	else if (fill_layout(s, trees_fd, tree, fd, err) == 0) {
		if (sys_renameat_new(store_dirfd(s), temp, trees_fd, tree) == 0)
			return take_fd(&fd);
		error_sys(err, "naming the laid-out tree");
	}
	if (fs_remove_tree(store_dirfd(s), temp, &ignored) < 0)
		error_hint(err, "%s/%s was left behind and is removed later", store_path(s), temp);
	return -1;
}

int snapshot_layout(struct store *s, const char *tree, char **out_path, struct error *err)
{
	CLEANUP(close) int trees_fd = fs_open_dir(store_dirfd(s), "trees", err);
	CLEANUP(close) int fd = -1;
	struct blob_id id;

	if (trees_fd < 0 || tree_parse_id(tree, &id, err) < 0)
		return -1;
	for (int i = 0; fd < 0; i++) {
		int found = lease(trees_fd, tree, &fd, err);

		if (found < 0)
			return -1;
		if (found)
			break;
		fd = build(s, trees_fd, tree, err);
		if (fd < 0 && (err->code != ERR_EXISTS || i == 3))
			return error_wrap(err, "laying out code tree %.12s", tree);
		if (fd >= 0)
			evict(s, trees_fd);
	}
	futimens(fd, NULL);
	*out_path = mem_printf("%s/trees/%s", store_path(s), tree);
	return take_fd(&fd);
}
