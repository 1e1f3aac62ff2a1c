/* Process trees of tier 2, where no namespace holds them together: found by parent numbers, killed until none is left. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/setup.h"

enum { TREE_MAX = 32768 };

#define KILL_DEADLINE_NS ((int64_t)1000000000)
#define CHAIN_NS ((int64_t)20000000)

enum kinship { UNKNOWN, DESCENDANT, STRANGER };

struct proc_row {
	pid_t pid;
	pid_t parent;
	char state;
	int threads;
	enum kinship kin;
};

/* A process whose first thread has ended looks like a zombie, and its others run on. */
static bool row_is_over(const struct proc_row *row)
{
	return (row->state == 'Z' || row->state == 'X') && row->threads < 2;
}

/* state and ppid stand behind the name, which is in parentheses and may hold anything. */
static bool row_read(int proc, const char *name, struct proc_row *row)
{
	char path[64];
	char line[512];
	CLEANUP(close) int fd = -1;
	ssize_t n;
	int parent;
	const char *p;

	snprintf(path, sizeof path, "%.20s/stat", name);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);
	if (n <= 0)
		return false;
	line[n] = 0;
	p = strrchr(line, ')');
	/* proc(5), /proc/PID/stat: fields 3, 4 and 20. */
	if (!p || sscanf(p + 1, " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %d", &row->state, &parent,
			 &row->threads) != 3)
		return false;
	row->pid = (pid_t)strtol(name, NULL, 10);
	row->parent = parent;
	row->kin = UNKNOWN;
	return true;
}

static unsigned rows_read(struct proc_row **rows)
{
	CLEANUP(closedir) DIR *dir = opendir("/proc");
	size_t cap = 0;
	unsigned n = 0;
	const struct dirent *e;

	while (dir && n < TREE_MAX && (e = readdir(dir))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		mem_reserve(rows, &cap, n + 1);
		if (row_read(dirfd(dir), e->d_name, &(*rows)[n]))
			n++;
	}
	return n;
}

static int row_compare(const void *a, const void *b)
{
	pid_t x = ((const struct proc_row *)a)->pid;
	pid_t y = ((const struct proc_row *)b)->pid;

	return x < y ? -1 : x > y;
}

static struct proc_row *row_find(struct proc_row *rows, unsigned n, pid_t pid)
{
	const struct proc_row key = { .pid = pid };

	return bsearch(&key, rows, n, sizeof *rows, row_compare);
}

/*
 * Whether a row's ancestors lead to root, written on all of the path: each row is walked once, so that a fork bomb's
 * tree is marked as fast as it is read. The rows were not read at one instant: numbers used again could close a circle,
 * which the count of steps ends.
 */
static void row_mark(struct proc_row *rows, unsigned n, struct proc_row *row, pid_t root)
{
	struct proc_row *at = row;
	enum kinship found = STRANGER;

	for (unsigned steps = 0; at && steps <= n; steps++) {
		if (at->kin != UNKNOWN) {
			found = at->kin;
			break;
		}
		if (at->parent == root) {
			found = DESCENDANT;
			break;
		}
		at = row_find(rows, n, at->parent);
	}
	for (at = row; at && at->kin == UNKNOWN; at = row_find(rows, n, at->parent))
		at->kin = found;
}

/* Marks what descends from root, spare and what is below it excepted. */
static void rows_mark(struct proc_row *rows, unsigned n, pid_t root, pid_t spare)
{
	struct proc_row *s;

	if (n == 0)
		return;
	qsort(rows, n, sizeof *rows, row_compare);
	s = spare > 0 ? row_find(rows, n, spare) : NULL;
	if (s)
		s->kin = STRANGER;
	s = row_find(rows, n, root);
	if (s)
		s->kin = STRANGER;
	for (unsigned i = 0; i < n; i++)
		row_mark(rows, n, &rows[i], root);
}

unsigned tree_list(pid_t root, pid_t *out, unsigned max)
{
	CLEANUP(free) struct proc_row *rows = NULL;
	unsigned n = rows_read(&rows);
	unsigned count = 0;

	rows_mark(rows, n, root, 0);
	for (unsigned i = 0; i < n && count < max; i++) {
		if (rows[i].kin == DESCENDANT)
			out[count++] = rows[i].pid;
	}
	return count;
}

unsigned tree_tasks_of(uid_t uid)
{
	CLEANUP(closedir) DIR *dir = opendir("/proc");
	const struct dirent *e;
	unsigned tasks = 0;

	while (dir && (e = readdir(dir))) {
		struct proc_row row;
		struct stat st;

		if (e->d_name[0] < '0' || e->d_name[0] > '9' || fstatat(dirfd(dir), e->d_name, &st, 0) || st.st_uid != uid)
			continue;
		if (row_read(dirfd(dir), e->d_name, &row))
			tasks += row.threads > 0 ? (unsigned)row.threads : 1;
	}
	return tasks;
}

unsigned tree_children(pid_t root, pid_t *out, unsigned max)
{
	CLEANUP(free) struct proc_row *rows = NULL;
	unsigned n = rows_read(&rows);
	unsigned count = 0;

	for (unsigned i = 0; i < n && count < max; i++) {
		if (rows[i].parent == root)
			out[count++] = rows[i].pid;
	}
	return count;
}

/* The kernel's own list of the caller's children, where it was built to keep one; microseconds, not milliseconds. */
static unsigned children_list(int fd, pid_t *out, unsigned max)
{
	char text[4096];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	unsigned count = 0;
	char *at = text;
	char *end;

	text[n > 0 ? n : 0] = 0;
	for (long pid; count < max && (pid = strtol(at, &end, 10)) > 0 && end != at; at = end)
		out[count++] = (pid_t)pid;
	return count;
}

/*
 * A chain that forks and ends all the time is never in two scans; but each link of it becomes a child of ours when the
 * one before it has ended, mostly before it has forked itself. So children are killed as they come, for as long as some
 * do, but not for ever.
 */
static void children_kill(pid_t spare)
{
	enum { BATCH = 256 };
	int64_t deadline = clock_mono(&clock_system) + CHAIN_NS;
	CLEANUP(close) int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	pid_t pids[BATCH];
	unsigned n;
	bool any = true;

	while (fd >= 0 && any && clock_mono(&clock_system) < deadline) {
		any = false;
		n = children_list(fd, pids, BATCH);
		for (unsigned i = 0; i < n; i++) {
			if (pids[i] == spare)
				continue;
			any = true;
			(void)kill(pids[i], SIGKILL);
			(void)waitpid(pids[i], NULL, WNOHANG);
		}
	}
}

/* A process that can still fork: one that has stopped cannot, nor one in the kernel with a stop waiting for it. */
static bool row_may_fork(const struct proc_row *row)
{
	return row->state == 'R' || row->state == 'S';
}

/*
 * Stops everything first, until a scan finds nothing that may still fork: a family that replaces whom it loses would
 * grow faster than it is found. What never comes to rest is killed as it is in every fourth scan. Zombies do not count:
 * their parent reaps them. Whoever loses its parent here comes to a subreaper, which root is.
 */
unsigned tree_kill(pid_t root, pid_t spare)
{
	enum { PATIENCE = 4 };
	int64_t deadline = clock_mono(&clock_system) + KILL_DEADLINE_NS;
	unsigned seen = 0;
	unsigned alive, scans = 0;

	do {
		CLEANUP(free) struct proc_row *rows = NULL;
		unsigned n = rows_read(&rows);
		bool at_rest = true;

		rows_mark(rows, n, root, spare);
		alive = 0;
		for (unsigned i = 0; i < n; i++) {
			if (rows[i].kin != DESCENDANT || row_is_over(&rows[i]))
				continue;
			alive++;
			at_rest = at_rest && !row_may_fork(&rows[i]);
			(void)kill(rows[i].pid, SIGSTOP);
		}
		at_rest = at_rest || ++scans % PATIENCE == 0;
		for (unsigned i = 0; at_rest && i < n; i++) {
			if (rows[i].kin == DESCENDANT)
				(void)kill(rows[i].pid, SIGKILL);
		}
		seen = alive > seen ? alive : seen;
		if (root == getpid())
			children_kill(spare);
	} while (alive && clock_mono(&clock_system) < deadline);
	return seen;
}
