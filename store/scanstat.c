/*
 * Stat data of a scanned project's files. It is most of the work of looking at an
 * unchanged project, all of it in the kernel, and divides well among processors.
 */
#include "config.h"

#include "store/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

enum { THREADS_MAX = 8, FILES_A_THREAD = 2000 };

/* A part of the list. Its files are touched by one thread alone. */
struct slice {
	struct scan *scan;
	int root;
	size_t from, to;
	pthread_t thread;
	bool is_running;
};

/* What keeps a file out of the tree is left in its unused fields: an errno in size, or the other kind in mode. */
static void stat_file(const struct slice *s, struct scan_file *f)
{
	struct stat st;

	if (fstatat(s->root, scan_path(s->scan, f), &st, AT_SYMLINK_NOFOLLOW) < 0) {
		f->flags = SCAN_GONE;
		f->size = (uint64_t)errno;
	} else if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
		scan_set_stat(f, &st);
	} else {
		f->flags = SCAN_GONE;
		f->mode = st.st_mode;
	}
}

static void *stat_slice(void *arg)
{
	const struct slice *s = arg;

	for (size_t i = s->from; i < s->to; i++)
		stat_file(s, &s->scan->files[i]);
	return NULL;
}

static size_t threads_for(size_t files)
{
	size_t n = files / FILES_A_THREAD + 1;
	cpu_set_t cpus;
	size_t available = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (size_t)CPU_COUNT(&cpus) : 1;

	n = n < available ? n : available;
	return n < THREADS_MAX ? n : THREADS_MAX;
}

/* A thread that cannot be had is no loss: its part is done here. */
static void start(struct slice *s)
{
	sigset_t all, before;

	/* Signals are for the thread that asked for the scan. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	s->is_running = pthread_create(&s->thread, NULL, stat_slice, s) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stat_all(struct scan *scan, int root)
{
	struct slice slices[THREADS_MAX];
	size_t n = threads_for(scan->n);

	for (size_t i = 0; i < n; i++) {
		slices[i] = (struct slice){ .scan = scan, .root = root, .from = scan->n * i / n, .to = scan->n * (i + 1) / n };
		if (i)
			start(&slices[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (!slices[i].is_running)
			stat_slice(&slices[i]);
	}
	for (size_t i = 1; i < n; i++)
		if (slices[i].is_running)
			pthread_join(slices[i].thread, NULL);
}

static void note_lost(struct scan *s, const struct scan_file *f)
{
	const char *path = scan_path(s, f);

	if (f->mode && S_ISDIR(f->mode))
		scan_note(s, path, SNAPSHOT_VANISHED, "became a folder meanwhile");
	else if (f->mode)
		scan_note(s, path, SNAPSHOT_SPECIAL, "became another kind of file meanwhile");
	else if (f->size == ENOENT || f->size == ENOTDIR)
		scan_note(s, path, SNAPSHOT_VANISHED, strerror((int)f->size));
	else
		scan_note(s, path, SNAPSHOT_UNREADABLE, strerror((int)f->size));
}

void scan_stat_files(struct scan *s, int root)
{
	size_t kept = 0;

	stat_all(s, root);
	for (size_t i = 0; i < s->n; i++) {
		if (s->files[i].flags & SCAN_GONE)
			note_lost(s, &s->files[i]);
		else
			s->files[kept++] = s->files[i];
	}
	s->n = kept;
}
