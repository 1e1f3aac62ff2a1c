/* How much a run has written: its writable layer, its outputs, and what lies in its private /tmp and /dev/shm. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/str.h"
#include "base/sys.h"
#include "engine/sup.h"

enum { ENTRIES_MAX = 200000, DEPTH_MAX = 256 };

/* What is left of the patience with one look; none: there is more than was counted. */
struct budget {
	unsigned entries;
	unsigned depth;
};

/* Allocated bytes below a folder of the run; links are not followed. */
static uint64_t disk_below(int dirfd, const char *name, struct budget *budget)
{
	CLEANUP(closedir) DIR *dir = NULL;
	struct dirent *entry;
	uint64_t total = 0;
	int fd = sys_openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (budget->entries && (entry = readdir(dir))) {
		struct stat st;

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		/* A file of several names counts once: a part for each of them. */
		total += (uint64_t)st.st_blocks * 512 / (S_ISDIR(st.st_mode) || !st.st_nlink ? 1 : st.st_nlink);
		budget->entries--;
		if (!S_ISDIR(st.st_mode))
			continue;
		if (budget->depth == 0) {
			budget->entries = 0;
			break;
		}
		budget->depth--;
		total += disk_below(fd, entry->d_name, budget);
		budget->depth++;
	}
	return total;
}

uint64_t sup_disk_used(struct supervisor *s)
{
	const struct job_collect *c = &s->job->collect;
	struct budget budget = { .entries = ENTRIES_MAX, .depth = DEPTH_MAX };
	uint64_t used = disk_below(AT_FDCWD, c->tree_dir, &budget) + disk_below(AT_FDCWD, c->outputs_dir, &budget);

	/* Tier 1 has tmpfs mounts for these, which the last look has asked. */
	if (s->child.tier == 2)
		used += disk_below(s->run_dirfd, "work/tmp", &budget);
	/* One that was deleted takes its room until nobody has it open. */
	if (s->meter && !s->over)
		used += usage_deleted(s->meter);
	s->disk_used = used + s->usage.tmpfs_bytes;
	s->disk_uncounted = budget.entries == 0;
	return s->disk_used;
}

uint64_t sup_disk_charged(struct supervisor *s)
{
	uint64_t used = sup_disk_used(s);
	struct stat st;

	if (fstatat(s->run_dirfd, "spool", &st, AT_SYMLINK_NOFOLLOW) == 0)
		used += (uint64_t)st.st_blocks * 512;
	s->disk_used = used;
	return used;
}
