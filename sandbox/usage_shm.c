/* What lies in files without a name: memfds and System V segments, which are memory, and deleted files that are open. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "sandbox/setup.h"

/* Distinct files; what has more of them is counted up to there. */
enum { FILES_MAX = 4096 };

uint64_t shm_in_use(void)
{
	char text[4096];
	CLEANUP(close) int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	const char *at;

	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "\nShmem:");
	return at ? strtoull(at + strlen("\nShmem:"), NULL, 10) * 1024 : 0;
}

/* proc(5), /proc/sysvipc/shm: a headline, then 16 columns, the 15th of them resident bytes. */
uint64_t shm_segments(int fd)
{
	char text[65536];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
	uint64_t sum = 0;

	text[n > 0 ? n : 0] = 0;
	for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		char *at = line + 1;
		unsigned long long value = 0;

		for (int column = 1; column <= 15; column++)
			value = strtoull(at, &at, 0);
		sum += value;
	}
	return sum;
}

/* The device that memfds lie on. */
static dev_t memfd_device(void)
{
	CLEANUP(close) int fd = memfd_create("wb-look", MFD_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? st.st_dev : 0;
}

/* Files that were counted, for several processes may have the same one open. */
struct tally {
	struct {
		dev_t device;
		ino_t inode;
	} seen[FILES_MAX];
	size_t n;
	uint64_t sum;
};

static void tally_add(struct tally *t, const struct stat *st)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->seen[i].inode == st->st_ino && t->seen[i].device == st->st_dev)
			return;
	if (t->n == FILES_MAX)
		return;
	t->seen[t->n].device = st->st_dev;
	t->seen[t->n++].inode = st->st_ino;
	t->sum += (uint64_t)st->st_blocks * 512;
}

/* What the process has open, as far as it counts. */
static void tally_process(struct tally *t, int proc, pid_t pid, bool (*counts)(const struct stat *, const dev_t *),
			  const dev_t *devices)
{
	CLEANUP(closedir) DIR *dir = NULL;
	const struct dirent *e;
	char path[32];
	int fd;

	snprintf(path, sizeof path, "%d/fd", (int)pid);
	fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir))) {
		struct stat st;

		if (e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
		    counts(&st, devices))
			tally_add(t, &st);
	}
}

static bool is_on(const struct stat *st, const dev_t *devices)
{
	return st->st_dev == devices[0];
}

/* Nobody finds it by a name; devices: those whose files are memory, ended by 0. */
static bool is_nameless(const struct stat *st, const dev_t *devices)
{
	for (; *devices; devices++)
		if (st->st_dev == *devices)
			return false;
	return st->st_nlink == 0;
}

uint64_t shm_memfds(int proc, const pid_t *pids, size_t n)
{
	CLEANUP(free) struct tally *t = mem_zalloc(sizeof *t);
	const dev_t device = memfd_device();

	for (size_t i = 0; i < n; i++)
		tally_process(t, proc, pids[i], is_on, &device);
	return t->sum;
}

uint64_t files_nameless(int proc, const pid_t *pids, size_t n, const int tmpfs[SANDBOX_TMPFS])
{
	CLEANUP(free) struct tally *t = mem_zalloc(sizeof *t);
	dev_t devices[SANDBOX_TMPFS + 2] = { memfd_device() };
	int next = devices[0] != 0;
	struct stat st;

	for (int i = 0; i < SANDBOX_TMPFS; i++)
		if (tmpfs[i] >= 0 && fstat(tmpfs[i], &st) == 0)
			devices[next++] = st.st_dev;
	for (size_t i = 0; i < n; i++)
		tally_process(t, proc, pids[i], is_nameless, devices);
	return t->sum;
}
