/* Sums over the processes of one sandbox, read from /proc. */
#include "config.h"

#include "sandbox/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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
	size_t pid_count; /* of the last look; 0: a crowd */
	uint64_t page;
	uint64_t tick_ns;
	int tmpfs[SANDBOX_TMPFS];
	int segments;
	uint64_t shm_before; /* in use on the whole machine */
};

/* proc(5), /proc/PID/stat, counted from 1. */
enum { STAT_UTIME = 14, STAT_STIME, STAT_CUTIME, STAT_CSTIME, STAT_THREADS = 20, STAT_VSIZE = 23, STAT_RSS = 24 };

struct stat_line {
	uint64_t field[STAT_RSS + 1];
	char state;
	char name[16];
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
	memcpy(m->tmpfs, c->tmpfs_fds, sizeof m->tmpfs);
	m->segments = c->segments_fd;
	m->shm_before = shm_in_use();
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
	*s = 0;
	snprintf(out->name, sizeof out->name, "%s", strchr(text, '(') ? strchr(text, '(') + 1 : "");
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

/*
 * The kernel's tables of a process are memory too: a page for each 512 of address space that it touched, if only to read
 * zeros. Asked where they could be more than what is resident.
 */
static uint64_t tables_of(const struct usage_meter *m, pid_t pid, const struct stat_line *line)
{
	enum { SELDOM_MORE = 4 << 20, PAGES_A_TABLE = 512 };
	uint64_t rss = line->field[STAT_RSS] * m->page;
	uint64_t most = line->field[STAT_VSIZE] / PAGES_A_TABLE;
	char text[4096];

	if (most <= SELDOM_MORE || most <= rss || !proc_text(m, pid, "status", text, sizeof text))
		return 0;
	return labelled(text, "\nVmPTE:") * 1024;
}

/* What a tmpfs holds is memory, whether or not a process has it mapped. */
static uint64_t tmpfs_sum(const struct usage_meter *m)
{
	uint64_t sum = 0;

	for (int i = 0; i < SANDBOX_TMPFS; i++) {
		struct statfs st;

		if (m->tmpfs[i] >= 0 && fstatfs(m->tmpfs[i], &st) == 0)
			sum += (uint64_t)(st.f_blocks - st.f_bfree) * (uint64_t)st.f_bsize;
	}
	return sum;
}

/*
 * Memory that only the end of the run gives back. Of shared memory the larger counts: what is mapped, or the files and
 * segments that it may be mapped from. Kernels before 5.3 do not tell anonymous memory apart: there all of it counts.
 * What is mapped from files besides comes from the same look at a process: it may grow fast.
 */
static uint64_t held_sum(struct usage_meter *m, size_t n, uint64_t files, uint64_t *out_mapped)
{
	char text[4096];
	uint64_t anonymous = 0;
	uint64_t shared = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t resident, unmapped;

		if (!proc_text(m, m->pids[i], "smaps_rollup", text, sizeof text))
			continue;
		anonymous += labelled(text, strstr(text, "\nPss_Anon:") ? "\nPss_Anon:" : "\nPss:") * 1024;
		shared += labelled(text, "\nPss_Shmem:") * 1024;
		resident = labelled(text, "\nRss:");
		unmapped = labelled(text, "\nAnonymous:") + labelled(text, "\nPss_Shmem:");
		if (resident > unmapped && (resident - unmapped) * 1024 > *out_mapped)
			*out_mapped = (resident - unmapped) * 1024;
	}
	return anonymous + (shared > files ? shared : files);
}

/* Memfds take part in what the machine has more of than before; somebody else's may be in it. */
static uint64_t memfds_at_most(const struct usage_meter *m)
{
	uint64_t now = shm_in_use();

	return now > m->shm_before ? now - m->shm_before : 0;
}

/* In tier 2 this process holds those that stand for names in /dev/shm. */
static uint64_t memfds_sum(struct usage_meter *m, size_t n)
{
	mem_reserve(&m->pids, &m->pid_cap, n + 1);
	m->pids[n] = getpid();
	return shm_memfds(m->proc, m->pids, m->tier == 1 ? n : n + 1);
}

/* The processes that stand out, and the majority's name by Boyer and Moore's vote (1981). */
struct ranking {
	uint64_t memory, cpu, written;
	uint64_t votes;
};

static void rank(uint64_t value, uint64_t *best, pid_t pid, const char *name, struct usage_process *out)
{
	if (out->pid && value <= *best)
		return;
	*best = value;
	out->pid = pid;
	memcpy(out->name, name, sizeof out->name);
}

static void vote(struct ranking *r, const struct stat_line *line, pid_t pid, unsigned tasks, struct sandbox_usage *u)
{
	if (r->votes && str_eq(u->common.name, line->name)) {
		r->votes += tasks;
	} else if (r->votes >= tasks) {
		r->votes -= tasks;
	} else {
		r->votes = tasks - r->votes;
		u->common.pid = pid;
		memcpy(u->common.name, line->name, sizeof u->common.name);
	}
}

/* Linux 6.2 and later show the number of descriptors as the folder's size. */
static void files_count(const struct usage_meter *m, pid_t pid, const char *name, struct sandbox_usage *u)
{
	uint64_t best = u->max_files;
	char path[32];
	struct stat st;

	snprintf(path, sizeof path, "%d/fd", (int)pid);
	if (fstatat(m->proc, path, &st, 0) || st.st_size <= 0)
		return;
	rank((uint64_t)st.st_size, &best, pid, name, &u->top_files);
	u->max_files = (unsigned)best;
}

/* Of a process whose first thread has ended the others still show what it has; 0: none of them is left. */
static pid_t thread_find(const struct usage_meter *m, pid_t pid)
{
	CLEANUP(closedir) DIR *dir = NULL;
	const struct dirent *e;
	char path[32];
	int fd;

	snprintf(path, sizeof path, "%d/task", (int)pid);
	fd = openat(m->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir))) {
		pid_t tid = (pid_t)strtol(e->d_name, NULL, 10);

		if (tid > 0 && tid != pid)
			return tid;
	}
	return 0;
}

/* Numbers of live processes; of one whose leader is a zombie in front of live threads, a thread's. False: nothing there. */
static bool process_read(struct usage_meter *m, size_t i, struct stat_line *line)
{
	if (!stat_read(m, m->pids[i], line))
		return false;
	if (line->state == 'Z' && line->field[STAT_THREADS] > 1) {
		pid_t tid = thread_find(m, m->pids[i]);

		if (tid && stat_read(m, tid, line))
			m->pids[i] = tid;
	}
	return true;
}

static void process_add(struct usage_meter *m, size_t i, const struct usage_ask *ask, struct ranking *r,
			struct sandbox_usage *u)
{
	struct stat_line line;
	uint64_t cpu, rss, tables, written;
	char text[1024];
	bool ended;
	pid_t pid;

	if (!process_read(m, i, &line))
		return;
	pid = m->pids[i];
	ended = line.state == 'Z' || line.state == 'X';
	cpu = (line.field[STAT_UTIME] + line.field[STAT_STIME] + line.field[STAT_CUTIME] + line.field[STAT_CSTIME]) * m->tick_ns;
	u->cpu_ns += cpu;
	u->tasks += ended ? 1 : (unsigned)line.field[STAT_THREADS];
	vote(r, &line, pid, ended ? 1 : (unsigned)line.field[STAT_THREADS], u);
	if (ended)
		return;
	rss = line.field[STAT_RSS] * m->page;
	u->processes++;
	u->threads += (unsigned)line.field[STAT_THREADS];
	u->rss_bytes += rss;
	tables = tables_of(m, pid, &line);
	u->table_bytes += tables;
	rank(rss + tables, &r->memory, pid, line.name, &u->top_memory);
	rank(cpu, &r->cpu, pid, line.name, &u->top_cpu);
	if (proc_text(m, pid, "io", text, sizeof text)) {
		u->read_bytes += labelled(text, "\nread_bytes:");
		u->write_bytes += labelled(text, "\nwrite_bytes:");
		written = labelled(text, "\nwchar:");
		rank(written, &r->written, pid, line.name, &u->top_writer);
	}
	if (ask->files)
		files_count(m, pid, line.name, u);
}

/* Of a crowd only one is looked at. */
static void crowd_look(const struct usage_meter *m, size_t n, struct sandbox_usage *u)
{
	struct stat_line line;

	u->tasks = (unsigned)n;
	for (size_t i = n; i-- > 0;) {
		if (!stat_read(m, m->pids[i], &line))
			continue;
		u->common.pid = m->pids[i];
		memcpy(u->common.name, line.name, sizeof u->common.name);
		return;
	}
}

int usage_sample(struct usage_meter *m, const struct usage_ask *ask, struct sandbox_usage *out, struct error *err)
{
	struct sandbox_usage u = { 0 };
	struct ranking r = { 0 };
	struct stat_line line;
	size_t n = pids_list(m, err);
	uint64_t files;

	m->pid_count = 0;
	if (n == SIZE_MAX)
		return -1;
	if (ask->max_tasks && n > ask->max_tasks) {
		crowd_look(m, n, &u);
		*out = u;
		return 0;
	}
	/* What init has reaped: orphans, and the payload itself at the end. */
	if (stat_read(m, m->init, &line))
		u.cpu_ns += (line.field[STAT_CUTIME] + line.field[STAT_CSTIME]) * m->tick_ns;
	for (size_t i = 0; i < n; i++)
		process_add(m, i, ask, &r, &u);
	m->pid_count = n;
	u.tmpfs_bytes = tmpfs_sum(m);
	files = u.tmpfs_bytes + shm_segments(m->segments);
	u.memory_bytes = u.rss_bytes + u.table_bytes + files;
	if (ask->look_closer && u.memory_bytes + memfds_at_most(m) > ask->look_closer) {
		uint64_t held = held_sum(m, n, files + memfds_sum(m, n), &u.mapped_bytes);

		/* Nothing readable (all just ended, or not ours): the plain sum stands. */
		if (held)
			u.memory_bytes = held + u.table_bytes;
	}
	*out = u;
	return 0;
}

uint64_t usage_deleted(const struct usage_meter *m)
{
	return files_nameless(m->proc, m->pids, m->pid_count, m->tmpfs);
}
