/* Which processors a run with --cpus gets. */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "engine/sup.h"

/* A look at the machine's processes may not cost the start more than that. */
#define LOOK_NS INT64_C(5000000)

/* proc(5), /proc/PID/stat: state is field 3, the processor it last ran on field 39. */
static void count_running(int proc, const char *pid, unsigned *busy)
{
	char path[64], text[1024];
	CLEANUP(close) int fd = -1;
	const char *p;
	ssize_t n;
	int cpu;

	snprintf(path, sizeof path, "%.20s/stat", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n <= 0)
		return;
	text[n] = '\0';
	p = strrchr(text, ')');
	if (!p || p[1] != ' ' || p[2] != 'R')
		return;
	for (int field = 2; p && field < 39; field++)
		p = strchr(p + 1, ' ');
	cpu = p ? (int)strtol(p + 1, NULL, 10) : -1;
	if (cpu >= 0 && cpu < CPU_SETSIZE)
		busy[cpu]++;
}

static void look(unsigned *busy)
{
	int64_t deadline = clock_mono(&clock_system) + LOOK_NS;
	CLEANUP(closedir) DIR *dir = opendir("/proc");
	const struct dirent *e;

	while (dir && (e = readdir(dir)) && clock_mono(&clock_system) < deadline)
		if (isdigit((unsigned char)e->d_name[0]))
			count_running(dirfd(dir), e->d_name, busy);
}

/* Best effort: a processor may be taken away at any time. */
void sup_cpus_choose(int cpus)
{
	unsigned busy[CPU_SETSIZE] = { 0 };
	int allowed[CPU_SETSIZE], n = 0, first;
	cpu_set_t all, some;

	if (cpus <= 0 || sched_getaffinity(0, sizeof all, &all) < 0 || cpus >= CPU_COUNT(&all))
		return;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all))
			allowed[n++] = i;
	look(busy);
	/* From anywhere on: runs that start at one time and see the same are not to take the same. */
	first = (int)(clock_mono(&clock_system) / 1000 % n);
	CPU_ZERO(&some);
	while (CPU_COUNT(&some) < cpus) {
		int best = -1;

		for (int i = 0; i < n; i++) {
			int cpu = allowed[(first + i) % n];

			if (!CPU_ISSET(cpu, &some) && (best < 0 || busy[cpu] < busy[best]))
				best = cpu;
		}
		CPU_SET(best, &some);
	}
	if (sched_setaffinity(0, sizeof some, &some) < 0)
		errno = 0;
}
