/* Sums over the processes of one sandbox, read from /proc. */
#include "config.h"

#include "sandbox/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "sandbox/setup.h"

enum { TREE_PIDS = 32768 };

struct usage_meter {
	int proc;        /* tier 1: the sandbox's own /proc, where init is 1; tier 2: the host's */
	int tier;
	pid_t init;      /* as proc numbers it */
	pid_t *pids;
	size_t pid_cap;
	uint64_t page;
	uint64_t tick_ns;
};

/* proc(5), /proc/PID/stat, counted from 1. */
enum { STAT_UTIME = 14, STAT_STIME, STAT_CUTIME, STAT_CSTIME, STAT_THREADS = 20, STAT_RSS = 24 };

struct stat_line {
	uint64_t field[STAT_RSS + 1];
	char state;
};

int usage_meter_new(const struct sandbox_child *c, struct usage_meter **out, struct error *err)
{
	struct usage_meter *m;
	int proc = c->tier == 1 ? fcntl(c->proc_fd, F_DUPFD_CLOEXEC, 3) : open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return error_sys(err, "cannot look at the run's processes");
	m = mem_zalloc(sizeof *m);
	m->proc = proc;
	m->tier = c->tier;
	m->init = c->tier == 1 ? 1 : c->init_pid;
	m->page = (uint64_t)sysconf(_SC_PAGESIZE);
	m->tick_ns = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	*out = m;
	return 0;
}

void usage_meter_free(struct usage_meter *m)
{
	if (!m)
		return;
	close(m->proc);
	free(m->pids);
	free(m);
}

/* The file's text, NUL-terminated; false when the process is gone or not ours to look at. */
static bool proc_text(const struct usage_meter *m, pid_t pid, const char *name, char *to, size_t size)
{
	char path[64];
	CLEANUP(close) int fd = -1;
	ssize_t n;

	snprintf(path, sizeof path, "%d/%s", (int)pid, name);
	fd = openat(m->proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, to, size - 1);
	if (n <= 0)
		return false;
	to[n] = 0;
	return true;
}

static bool stat_read(const struct usage_meter *m, pid_t pid, struct stat_line *out)
{
	char text[1024];
	char *s;

	if (!proc_text(m, pid, "stat", text, sizeof text) || !(s = strrchr(text, ')')) || s[1] != ' ')
		return false;
	s += 2;
	out->state = *s++;
	for (int i = 4; i <= STAT_RSS; i++)
		out->field[i] = strtoull(s, &s, 10);
	return true;
}

/* The number behind "Name:" in a file of such lines. */
static uint64_t labelled(const char *text, const char *label)
{
	const char *s = strstr(text, label);

	return s ? strtoull(s + strlen(label), NULL, 10) : 0;
}

static size_t pids_list(struct usage_meter *m, struct error *err)
{
	CLEANUP(closedir) DIR *dir = NULL;
	const struct dirent *e;
	size_t n = 0;
	int fd;

	if (m->tier != 1) {
		mem_reserve(&m->pids, &m->pid_cap, TREE_PIDS);
		return tree_list(m->init, m->pids, TREE_PIDS);
	}
	/* A fresh descriptor, because a copy would share its position in the folder. */
	fd = openat(m->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		error_sys(err, "cannot list the run's processes");
		if (fd >= 0)
			close(fd);
		return SIZE_MAX;
	}
	while ((e = readdir(dir))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		mem_reserve(&m->pids, &m->pid_cap, n + 1);
		m->pids[n] = (pid_t)strtol(e->d_name, NULL, 10);
		if (m->pids[n] != m->init)
			n++;
	}
	return n;
}

static uint64_t pss_sum(const struct usage_meter *m, size_t n)
{
	char text[4096];
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (proc_text(m, m->pids[i], "smaps_rollup", text, sizeof text))
			sum += labelled(text, "\nPss:") * 1024;
	}
	return sum;
}

int usage_sample(struct usage_meter *m, uint64_t limit_bytes, struct sandbox_usage *out, struct error *err)
{
	struct sandbox_usage u = { 0 };
	struct stat_line line;
	char text[1024];
	size_t n = pids_list(m, err);

	if (n == SIZE_MAX)
		return -1;
	/* What init has reaped: orphans, and the payload itself at the end. */
	if (stat_read(m, m->init, &line))
		u.cpu_ns += (line.field[STAT_CUTIME] + line.field[STAT_CSTIME]) * m->tick_ns;
	for (size_t i = 0; i < n; i++) {
		if (!stat_read(m, m->pids[i], &line))
			continue;
		u.cpu_ns += (line.field[STAT_UTIME] + line.field[STAT_STIME] + line.field[STAT_CUTIME] +
			     line.field[STAT_CSTIME]) * m->tick_ns;
		if (line.state == 'Z' || line.state == 'X')
			continue;
		u.processes++;
		u.threads += (unsigned)line.field[STAT_THREADS];
		u.rss_bytes += line.field[STAT_RSS] * m->page;
		if (proc_text(m, m->pids[i], "io", text, sizeof text)) {
			u.read_bytes += labelled(text, "\nread_bytes:");
			u.write_bytes += labelled(text, "\nwrite_bytes:");
		}
	}
	u.memory_bytes = u.rss_bytes;
	if (limit_bytes && u.rss_bytes > limit_bytes) {
		uint64_t pss = pss_sum(m, n);

		/* Nothing readable (all just ended, or not ours): the plain sum stands. */
		if (pss)
			u.memory_bytes = pss;
	}
	*out = u;
	return 0;
}
