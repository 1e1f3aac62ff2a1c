/* Memory that lies in files of the kernel's own tmpfs: memfds, whether or not somebody has them mapped, and System V segments. */
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

static bool is_new(ino_t *seen, size_t *n, ino_t inode)
{
	for (size_t i = 0; i < *n; i++)
		if (seen[i] == inode)
			return false;
	if (*n == FILES_MAX)
		return false;
	seen[(*n)++] = inode;
	return true;
}

uint64_t shm_memfds(int proc, const pid_t *pids, size_t n)
{
	CLEANUP(free) ino_t *seen = mem_calloc(FILES_MAX, sizeof *seen);
	dev_t device = memfd_device();
	size_t n_seen = 0;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		CLEANUP(closedir) DIR *dir = NULL;
		const struct dirent *e;
		char path[32];
		int fd;

		snprintf(path, sizeof path, "%d/fd", (int)pids[i]);
		fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		dir = fd < 0 ? NULL : fdopendir(fd);
		if (!dir && fd >= 0)
			close(fd);
		while (dir && (e = readdir(dir))) {
			struct stat st;

			if (e->d_name[0] != '.' && fstatat(dirfd(dir), e->d_name, &st, 0) == 0 && st.st_dev == device &&
			    S_ISREG(st.st_mode) && is_new(seen, &n_seen, st.st_ino))
				sum += (uint64_t)st.st_blocks * 512;
		}
	}
	return sum;
}
