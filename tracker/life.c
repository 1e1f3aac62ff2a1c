/* Pending markers, run folders and the lock that tells a living run. */
#include "config.h"

#include "tracker/life.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/sys.h"
#include "base/uuid.h"

/* A marker under its temporary name is being locked; one that old was left by a killed process. */
enum { FORGOTTEN_AFTER_S = 60 };

static const char temporary_prefix[] = ".new-";

struct life_path {
	char text[64];
};

static struct life_path path_of(const char *folder, const char *prefix, const char *run_id)
{
	struct life_path p;

	snprintf(p.text, sizeof p.text, "%s/%s%.32s", folder, prefix, run_id);
	return p;
}

static int make_folder(int store, const char *name, struct error *err)
{
	if (sys_mkdirat(store, name, 0770) == 0)
		return fs_sync_dir(store, ".", err);
	return errno == EEXIST ? 0 : error_sys(err, "making %s/ in the store", name);
}

static int lock_patiently(int fd)
{
	int rc;

	do
		rc = flock(fd, LOCK_EX);
	while (rc != 0 && errno == EINTR);
	return rc;
}

/* The marker appears under its name only when it is locked. */
static int publish_marker(int store, const char *run_id, int *out_fd, struct error *err)
{
	struct life_path temporary = path_of("pending", temporary_prefix, run_id);
	struct life_path marker = path_of("pending", "", run_id);
	CLEANUP(close) int fd = sys_openat(store, temporary.text, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0660);

	if (fd < 0)
		return error_sys(err, "making the pending marker");
	/* Whoever looks for forgotten markers holds it for a moment at most. */
	if (lock_patiently(fd) != 0 || sys_renameat_new(store, temporary.text, store, marker.text) != 0) {
		error_sys(err, "making the pending marker");
		sys_unlinkat(store, temporary.text, 0);
		return -1;
	}
	*out_fd = take_fd(&fd);
	return 0;
}

static int make_run_folder(int store, const char *run_id, int *out_fd, struct error *err)
{
	struct life_path folder = path_of("runs", "", run_id);
	CLEANUP(close) int fd = -1;

	if (sys_mkdirat(store, folder.text, 0770) != 0)
		return error_sys(err, "making the folder of run %s", run_id);
	fd = fs_open_dir(store, folder.text, err);
	if (fd < 0)
		return -1;
	*out_fd = take_fd(&fd);
	return 0;
}

int life_begin(int store, const char *run_id, struct life *out, struct error *err)
{
	CLEANUP(life_release) struct life l = LIFE_INIT;

	if (!uuid_is_valid(run_id))
		return error_set(err, ERR_INTERNAL, "'%.40s' is not a run id", run_id);
	if (make_folder(store, "pending", err) != 0 || make_folder(store, "runs", err) != 0 ||
	    publish_marker(store, run_id, &l.lock_fd, err) != 0)
		return -1;
	if (make_run_folder(store, run_id, &l.dirfd, err) != 0) {
		if (err->code != ERR_EXISTS)
			life_abandon(store, run_id, &l);
		return -1;
	}
	out->dirfd = take_fd(&l.dirfd);
	out->lock_fd = take_fd(&l.lock_fd);
	return 0;
}

int life_adopt(int store, const char *run_id, const char *from, struct error *err)
{
	CLEANUP(life_release) struct life l = LIFE_INIT;
	struct life_path folder = path_of("runs", "", run_id);

	if (!uuid_is_valid(run_id))
		return error_set(err, ERR_INTERNAL, "'%.40s' is not a run id", run_id);
	if (make_folder(store, "pending", err) != 0 || make_folder(store, "runs", err) != 0 ||
	    publish_marker(store, run_id, &l.lock_fd, err) != 0 || fs_sync_dir(store, "pending", err) != 0)
		return -1;
	if (sys_renameat_new(store, from, store, folder.text) != 0) {
		error_sys(err, "naming the folder of run %s", run_id);
		sys_unlinkat(store, path_of("pending", "", run_id).text, 0);
		return -1;
	}
	return fs_sync_dir(store, "runs", err);
}

int life_folders(int store, int out_fds[LIFE_FOLDERS], struct error *err)
{
	CLEANUP(close) int pending = fs_open_dir(store, "pending", err);
	int runs = pending < 0 ? -1 : fs_open_dir(store, "runs", err);

	if (runs < 0)
		return -1;
	out_fds[0] = take_fd(&pending);
	out_fds[1] = runs;
	return 0;
}

void life_release(struct life *l)
{
	cleanup_close(&l->dirfd);
	cleanup_close(&l->lock_fd);
	*l = (struct life)LIFE_INIT;
}

void life_abandon(int store, const char *run_id, struct life *l)
{
	struct error ignored = { 0 };

	/* The marker goes last: while it is there, whoever syncs can finish this. */
	if (fs_remove_tree(store, path_of("runs", "", run_id).text, &ignored) == 0)
		sys_unlinkat(store, path_of("pending", "", run_id).text, 0);
	life_release(l);
}

static int open_marker(int store, const char *run_id)
{
	struct life_path marker = path_of("pending", "", run_id);
	int fd = sys_openat(store, marker.text, O_RDWR | O_NOFOLLOW, 0);

	if (fd < 0 && (errno == EACCES || errno == EROFS))
		fd = sys_openat(store, marker.text, O_RDONLY | O_NOFOLLOW, 0);
	return fd;
}

bool life_is_alive(int store, const char *run_id)
{
	CLEANUP(close) int fd = open_marker(store, run_id);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;
}

int life_try_take(int store, const char *run_id, int *out_fd, struct error *err)
{
	CLEANUP(close) int fd = open_marker(store, run_id);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "the pending marker of run %s", run_id);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? 0 : error_sys(err, "locking the pending marker of run %s", run_id);
	if (fstat(fd, &st) != 0 || st.st_nlink == 0)
		return 0;
	*out_fd = take_fd(&fd);
	return 1;
}

int life_end(int store, const char *run_id, struct error *err)
{
	if (sys_unlinkat(store, path_of("pending", "", run_id).text, 0) != 0 && errno != ENOENT)
		return error_sys(err, "removing the pending marker of run %s", run_id);
	return 0;
}

static void remove_if_forgotten(int dirfd, const char *name)
{
	CLEANUP(close) int fd = sys_openat(dirfd, name, O_RDWR | O_NOFOLLOW, 0);
	struct stat st;

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
	    time(NULL) - st.st_mtime > FORGOTTEN_AFTER_S)
		sys_unlinkat(dirfd, name, 0);
}

struct id {
	char text[33];
};

static int compare_ids(const void *a, const void *b)
{
	return strcmp(((const struct id *)a)->text, ((const struct id *)b)->text);
}

/* All names first: the callback may remove markers. */
static size_t read_ids(DIR *dir, struct id **out)
{
	struct id *ids = NULL;
	size_t n = 0, cap = 0;
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, temporary_prefix, sizeof temporary_prefix - 1) == 0)
			remove_if_forgotten(dirfd(dir), entry->d_name);
		if (!uuid_is_valid(entry->d_name))
			continue;
		mem_reserve(&ids, &cap, n + 1);
		memcpy(ids[n++].text, entry->d_name, sizeof ids->text);
	}
	if (n)
		qsort(ids, n, sizeof *ids, compare_ids);
	*out = ids;
	return n;
}

/* The ids in a folder of the store; a folder that is not there has none. Returns their number or -1. */
static ssize_t list_ids(int store, const char *folder, struct id **out, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	int fd = sys_openat(store, folder, O_RDONLY | O_DIRECTORY, 0);

	*out = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : error_sys(err, "%s/ in the store", folder);
	dir = fdopendir(fd);
	if (!dir) {
		error_sys(err, "%s/ in the store", folder);
		close(fd);
		return -1;
	}
	return (ssize_t)read_ids(dir, out);
}

static bool has_record(int store, const char *run_id)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "runs/%.32s/spool", run_id);
	return fstatat(store, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* 1 when it was not marked yet. */
static int make_marker(int store, const char *run_id, struct error *err)
{
	struct life_path marker = path_of("pending", "", run_id);
	CLEANUP(close) int fd = sys_openat(store, marker.text, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0660);

	if (fd < 0 && errno != EEXIST)
		return error_sys(err, "the pending marker of run %s", run_id);
	return fd >= 0;
}

int life_mark(int store, life_fn *fn, void *data, struct error *err)
{
	CLEANUP(free) struct id *ids = NULL;
	ssize_t n = list_ids(store, "runs", &ids, err);
	int marked = 0;

	if (n <= 0)
		return (int)n;
	if (make_folder(store, "pending", err) != 0)
		return -1;
	for (ssize_t i = 0; i < n; i++) {
		int rc = fs_exists(store, path_of("pending", "", ids[i].text).text) ? 0 : fn(data, ids[i].text, err);

		if (rc > 0)
			rc = make_marker(store, ids[i].text, err);
		if (rc < 0)
			return -1;
		marked += rc;
	}
	return marked == 0 ? 0 : fs_sync_dir(store, "pending", err) != 0 ? -1 : marked;
}

static int marks_record(void *store, const char *run_id, struct error *err)
{
	(void)err;
	return has_record(*(const int *)store, run_id);
}

int life_mark_all(int store, struct error *err)
{
	return life_mark(store, marks_record, &store, err) < 0 ? -1 : 0;
}

int life_each(int store, life_fn *fn, void *data, struct error *err)
{
	CLEANUP(free) struct id *ids = NULL;
	ssize_t n = list_ids(store, "pending", &ids, err);

	if (n < 0)
		return -1;
	for (ssize_t i = 0; i < n; i++) {
		if (fn(data, ids[i].text, err) != 0)
			return -1;
	}
	return 0;
}

int life_each_done(int store, life_fn *fn, void *data, struct error *err)
{
	CLEANUP(free) struct id *ids = NULL;
	ssize_t n = list_ids(store, "runs", &ids, err);

	for (ssize_t i = 0; i < n; i++) {
		if (has_record(store, ids[i].text) && !fs_exists(store, path_of("pending", "", ids[i].text).text) &&
		    fn(data, ids[i].text, err) != 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}
