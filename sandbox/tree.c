/* Process trees of tier 2, where no namespace holds them together: found by parent numbers, killed to a fixpoint. */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/setup.h"

enum { TREE_MAX = 32768 };

#define KILL_DEADLINE_NS ((int64_t)1000000000)

struct proc_row {
	pid_t pid;
	pid_t parent;
	char state;
	bool in_tree;
};

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
	if (!p || sscanf(p + 1, " %c %d", &row->state, &parent) != 2)
		return false;
	row->pid = (pid_t)strtol(name, NULL, 10);
	row->parent = parent;
	row->in_tree = false;
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

/* Marks what descends from root; as pids are not sorted by birth, until nothing changes. */
static void rows_mark(struct proc_row *rows, unsigned n, pid_t root, pid_t spare)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (unsigned i = 0; i < n; i++) {
			bool child = rows[i].parent == root;

			for (unsigned k = 0; !child && k < n; k++)
				child = rows[k].in_tree && rows[k].pid == rows[i].parent;
			if (child && !rows[i].in_tree && rows[i].pid != spare) {
				rows[i].in_tree = true;
				changed = true;
			}
		}
	}
}

unsigned tree_list(pid_t root, pid_t *out, unsigned max)
{
	CLEANUP(free) struct proc_row *rows = NULL;
	unsigned n = rows_read(&rows);
	unsigned count = 0;

	rows_mark(rows, n, root, 0);
	for (unsigned i = 0; i < n && count < max; i++) {
		if (rows[i].in_tree)
			out[count++] = rows[i].pid;
	}
	return count;
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

/*
 * Stops everything first, so that nothing can fork faster than it is found, and kills once two scans agree. Zombies do
 * not count: their parent reaps them.
 */
unsigned tree_kill(pid_t root, pid_t spare)
{
	int64_t deadline = clock_mono(&clock_system) + KILL_DEADLINE_NS;
	unsigned seen = 0;
	unsigned alive;

	do {
		CLEANUP(free) struct proc_row *rows = NULL;
		unsigned n = rows_read(&rows);
		bool fresh = false;

		rows_mark(rows, n, root, spare);
		alive = 0;
		for (unsigned i = 0; i < n; i++) {
			if (!rows[i].in_tree || rows[i].state == 'Z' || rows[i].state == 'X')
				continue;
			alive++;
			if (rows[i].state != 'T')
				fresh = true;
			(void)kill(rows[i].pid, SIGSTOP);
		}
		seen = alive > seen ? alive : seen;
		for (unsigned i = 0; !fresh && i < n; i++) {
			if (rows[i].in_tree)
				(void)kill(rows[i].pid, SIGKILL);
		}
	} while (alive && clock_mono(&clock_system) < deadline);
	return seen;
}
