/* Walking a finished run's writable layer. */
#include "config.h"

#include "engine/collect.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "store/object.h"
#include "store/tensor.h"

enum { MAX_DEPTH = 256, MAX_NOTES = 1000, PROGRESS_FILES = 64 };

#define HOLLOW_MAX ((uint64_t)1024 * LIMIT_MIB)

struct walk {
	struct store *store;
	struct object_batch *batch;
	const struct job_collect *job;
	struct collected *out;
	int lower_fd;       /* what was there before: the frozen tree, or -1 */
	int base_fd;        /* what lay over that, or -1 */
	bool is_tree;       /* walking the working tree, not $WB_OUTPUTS */
	bool is_new;        /* nothing below this folder was there before */
	unsigned depth;
	uint64_t hollow;    /* bytes taken of files that are mostly holes */
	const char **first; /* names that the first walk took, sorted; borrowed */
	size_t n_first;
};

void collected_release(struct collected *c)
{
	for (size_t i = 0; i < c->n_files; i++)
		free(c->files[i].path);
	for (size_t i = 0; i < c->n_notes; i++) {
		free(c->notes[i].path);
		free(c->notes[i].why);
	}
	free(c->files);
	free(c->notes);
	*c = (struct collected){ 0 };
}

/* The name an output goes by: below the working directory where it lies there, else below the tree. */
static const char *public_name(const struct walk *w, const char *path)
{
	size_t n = strlen(w->job->cwd);

	if (w->is_tree && n && strncmp(path, w->job->cwd, n) == 0 && path[n] == '/')
		return path + n + 1;
	return path;
}

static void note(struct walk *w, const char *path, const char *why)
{
	struct collected *c = w->out;

	if (c->n_notes == MAX_NOTES) {
		c->notes_untold++;
		return;
	}
	mem_reserve(&c->notes, &c->cap_notes, c->n_notes + 1);
	c->notes[c->n_notes++] = (struct collected_note){ .path = mem_strdup(public_name(w, path)), .why = mem_strdup(why) };
}

static bool is_excluded(const struct walk *w, const char *path)
{
	for (size_t i = 0; w->is_tree && i < w->job->exclude.n; i++)
		if (str_eq(w->job->exclude.items[i], path))
			return true;
	return false;
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Within one folder's tree no path comes twice: only what the first walk took can be in the way of the second. */
static bool is_taken(const struct walk *w, const char *name)
{
	return w->n_first && bsearch(&name, w->first, w->n_first, sizeof *w->first, name_compare);
}

static const char **names_sorted(const struct collected *c)
{
	const char **names = mem_calloc(c->n_files + 1, sizeof *names);

	for (size_t i = 0; i < c->n_files; i++)
		names[i] = c->files[i].path;
	qsort(names, c->n_files, sizeof *names, name_compare);
	return names;
}

/* True when the same bytes were at path before: the run touched the file without changing it. */
static bool is_unchanged(const struct walk *w, int fd, const struct stat *st, const char *path)
{
	struct error ignored = { 0 };
	struct stat lower;
	CLEANUP(close) int lower_fd = -1;
	off_t at = 0;

	if (w->base_fd >= 0)
		lower_fd = fs_open_beneath(w->base_fd, path, O_RDONLY, 0, &ignored);
	if (lower_fd < 0 && w->lower_fd >= 0)
		lower_fd = fs_open_beneath(w->lower_fd, path, O_RDONLY, 0, &ignored);
	if (lower_fd < 0 || fstat(lower_fd, &lower) < 0 || !S_ISREG(lower.st_mode) || lower.st_size != st->st_size ||
	    (lower.st_mode & 0100) != (st->st_mode & 0100))
		return false;
	while (at < st->st_size) {
		char a[32768], b[32768];
		ssize_t n = sys_pread(fd, a, sizeof a, at), m = sys_pread(lower_fd, b, sizeof b, at);

		if (n <= 0 || n != m || memcmp(a, b, (size_t)n) != 0)
			return false;
		at += n;
	}
	return true;
}

/* Of a file of many names each counts for its part: each is read again. */
static bool is_hollow(const struct stat *st)
{
	return st->st_blocks * 512 / (st->st_nlink ? (off_t)st->st_nlink : 1) < st->st_size / 64;
}

/*
 * Hashing what is mostly holes costs as if it were full, while no limit on the disk sees it: so much of it is taken from a
 * run, and no more. Some file systems give a file its blocks only when it is synced.
 */
static bool is_absurd(struct walk *w, int fd, struct stat *st)
{
	if (!is_hollow(st))
		return false;
	if ((uint64_t)st->st_size <= HOLLOW_MAX - w->hollow) {
		w->hollow += (uint64_t)st->st_size;
		return false;
	}
	return sys_fdatasync(fd) < 0 || fstat(fd, st) < 0 || is_hollow(st);
}

static int take_file(struct walk *w, int dirfd, const char *name, const char *path, struct error *err)
{
	struct error why = { 0 };
	struct collected *c = w->out;
	struct collected_file file = { 0 };
	struct stat st;
	CLEANUP(close) int fd = sys_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);

	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0600, 0) == 0)
		fd = sys_openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		note(w, path, "cannot be read");
		return 0;
	}
	if ((!w->is_new && is_unchanged(w, fd, &st, path)) || is_taken(w, public_name(w, path)))
		return 0;
	if (is_absurd(w, fd, &st)) {
		note(w, path, "a sparse file that is almost only holes");
		return 0;
	}
	if (c->n_files == LIMIT_OUTPUT_FILES) {
		note(w, path, "more than 100000 files");
		return 0;
	}
	if (object_batch_add(w->batch, fd, path, 0, &file.digest, &file.bytes, &why) < 0) {
		/* A full disk is the run's end, not one file's. */
		if (why.sys == ENOSPC || why.sys == EDQUOT) {
			*err = why;
			return -1;
		}
		note(w, path, why.text);
		return 0;
	}
	mem_reserve(&c->files, &c->cap_files, c->n_files + 1);
	file.path = mem_strdup(public_name(w, path));
	file.tensors = tensor_is_container(fd);
	c->files[c->n_files++] = file;
	if (c->progress && c->n_files % PROGRESS_FILES == 0)
		c->progress(c->progress_data, c->n_files);
	return 0;
}

static int walk_dir(struct walk *w, int dirfd, const char *name, const char *path, struct error *err);

static int take_entry(struct walk *w, int dirfd, const char *name, const char *path, struct error *err)
{
	struct stat st;

	if (strlen(path) >= LIMIT_PATH || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		note(w, path, "cannot be read");
		return 0;
	}
	if (is_excluded(w, path))
		return 0;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return take_file(w, dirfd, name, path, err);
	case S_IFDIR:
		if (w->depth >= MAX_DEPTH) {
			note(w, path, "nested too deeply");
			return 0;
		}
		return walk_dir(w, dirfd, name, path, err);
	case S_IFCHR:
		/* Overlayfs marks a deleted file of the lower layer so. */
		note(w, path, st.st_rdev == makedev(0, 0) ? "deleted" : "not a regular file");
		return 0;
	case S_IFLNK:
		if (!w->job->copied || w->lower_fd < 0 || fstatat(w->lower_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			note(w, path, "symbolic link");
		return 0;
	default:
		note(w, path, "not a regular file");
		return 0;
	}
}

static bool is_folder_at(int dirfd, const char *path)
{
	struct error ignored = { 0 };
	CLEANUP(close) int fd = dirfd < 0 ? -1 : fs_open_beneath(dirfd, path, O_PATH | O_DIRECTORY, 0, &ignored);

	return fd >= 0;
}

/* The folder's entries in order, so that two equal runs are recorded equally. */
static void read_names(DIR *dir, struct words *names)
{
	struct dirent *entry;

	while ((entry = readdir(dir)) && names->n <= LIMIT_OUTPUT_FILES)
		if (!str_eq(entry->d_name, ".") && !str_eq(entry->d_name, ".."))
			words_add(names, entry->d_name);
	words_sort(names);
}

static int walk_dir(struct walk *w, int dirfd, const char *name, const char *path, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	CLEANUP(words_release) struct words names = { 0 };
	int fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	const bool above_is_new = w->is_new;

	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		note(w, path, "cannot be read");
		return 0;
	}
	read_names(dir, &names);
	if (*path && !above_is_new)
		w->is_new = !is_folder_at(w->base_fd, path) && !is_folder_at(w->lower_fd, path);
	w->depth++;
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP(free) char *below = *path ? fs_join(path, names.items[i]) : mem_strdup(names.items[i]);

		if (take_entry(w, fd, names.items[i], below, err) < 0)
			return -1;
	}
	w->depth--;
	w->is_new = above_is_new;
	return 0;
}

/* -1 where there was nothing. */
static int open_before(const char *path)
{
	return path ? sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0) : -1;
}

int collect_outputs(struct store *store, const struct job_collect *job, struct collected *out, struct error *err)
{
	struct walk w = { .store = store, .job = job, .out = out, .lower_fd = -1, .base_fd = -1 };
	CLEANUP(object_batch_close) struct object_batch *batch = NULL;
	CLEANUP(free) const char **first = NULL;
	CLEANUP(close) int lower = open_before(job->lower);
	CLEANUP(close) int base = open_before(job->base);
	CLEANUP(close) int base_out = open_before(job->base_out);

	if (object_batch_open(store, &batch, err) < 0)
		return -1;
	w.batch = batch;
	w.base_fd = base_out;
	if (walk_dir(&w, AT_FDCWD, job->outputs_dir, "", err) < 0)
		return -1;
	first = names_sorted(out);
	w.first = first;
	w.n_first = out->n_files;
	w.is_tree = true;
	w.lower_fd = lower;
	w.base_fd = base;
	w.depth = 0;
	if (walk_dir(&w, AT_FDCWD, job->tree_dir, "", err) < 0)
		return -1;
	return out->n_files ? object_batch_commit(batch, err) : 0;
}
