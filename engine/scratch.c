/* Short paths for a run in tier 2. */
#include "config.h"

#include "engine/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/sys.h"
#include "tracker/life.h"

/* The temporary folder, below a run's own. */
#define RUN_TMP "work/tmp"

/*
 * Programs add up to 34 bytes to $TMPDIR for a socket: Python's multiprocessing a folder and a listener with eight
 * random letters each, PyTorch's shared memory a folder with a manager.sock. With 23 to spare, this is left of 107.
 */
enum { TMP_LONGEST = 50 };

/* A link of ours leads to a run's temporary folder, nowhere else; true when a process holds that run. */
static bool run_lives(const char *target)
{
	static const char tail[] = "/" RUN_TMP;
	CLEANUP(free) char *run = mem_strdup(target);
	CLEANUP(close) int store = -1;
	size_t len = strlen(run);
	char *runs, *id;

	if (len <= sizeof tail || !str_eq(run + len - (sizeof tail - 1), tail))
		return false;
	run[len - (sizeof tail - 1)] = 0;
	id = strrchr(run, '/');
	if (!id)
		return false;
	*id++ = 0;
	runs = strrchr(run, '/');
	if (!runs || !str_eq(runs, "/runs"))
		return false;
	*runs = 0;
	store = open(*run ? run : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return store >= 0 && life_is_alive(store, id);
}

/* Others may write to /tmp: what is not a folder of this user's with our link in it is not touched. */
static bool is_left_behind(int tmp, const char *name)
{
	CLEANUP(close) int dir = openat(tmp, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char target[LIMIT_PATH];
	struct stat st;
	ssize_t n;

	if (dir < 0 || fstat(dir, &st) || st.st_uid != geteuid())
		return false;
	n = readlinkat(dir, "tmp", target, sizeof target - 1);
	if (n <= 0)
		return false;
	target[n] = 0;
	return !run_lives(target);
}

static void sweep(const char *prefix)
{
	CLEANUP(closedir) DIR *dir = opendir("/tmp");
	const struct dirent *e;
	struct error ignored = { 0 };

	while (dir && (e = readdir(dir))) {
		if (str_starts(e->d_name, prefix) && is_left_behind(dirfd(dir), e->d_name) &&
		    fs_remove_tree(dirfd(dir), e->d_name, &ignored) < 0)
			ignored = (struct error){ 0 };
	}
}

int scratch_make(const char *run_dir, const char *run_id, char **out_dir, struct error *err)
{
	CLEANUP(free) char *prefix = mem_printf("wb-%u-", (unsigned)geteuid());
	CLEANUP(free) char *tmp = fs_join(run_dir, RUN_TMP);
	CLEANUP(free) char *dir = NULL;
	CLEANUP(free) char *link = NULL;

	*out_dir = NULL;
	if (strlen(tmp) <= TMP_LONGEST)
		return 0;
	sweep(prefix);
	/* The id's random end; its beginning is the time. */
	dir = mem_printf("/tmp/%s%s", prefix, run_id + 20);
	link = fs_join(dir, "tmp");
	if (sys_mkdirat(AT_FDCWD, dir, 0700) < 0)
		return error_sys(err, "making %s", dir);
	if (symlink(tmp, link) < 0) {
		error_sys(err, "making %s", link);
		sys_unlinkat(AT_FDCWD, dir, AT_REMOVEDIR);
		return -1;
	}
	*out_dir = take_ptr(&dir);
	return 0;
}
