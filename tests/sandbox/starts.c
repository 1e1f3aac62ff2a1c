/*
 * Starts and stops of sandboxes: five hundred in a row and fifty at once in each tier, every other one killed before it
 * ends. Afterwards there is no descriptor, process, mount, cgroup or file more than before.
 *
 *   starts [IN-A-ROW [AT-ONCE]]
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/apply.h"
#include "sandbox/cgroup.h"
#include "sandbox/layout.h"
#include "sandbox/probe.h"
#include "tests/sandbox/world.h"

enum { ID_LEN = 33 };

struct census {
	unsigned fds, children, mounts, cgroups, files;
};

static unsigned entries(const char *path, const char *prefix)
{
	CLEANUP(closedir) DIR *d = opendir(path);
	const struct dirent *e;
	unsigned n = 0;

	while (d && (e = readdir(d)))
		n += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	return n;
}

static unsigned lines(const char *path)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT(LIMIT_MIB);
	struct error err = { 0 };
	unsigned n = 0;

	if (fs_read_file(AT_FDCWD, path, &b, &err) < 0)
		return 0;
	for (size_t i = 0; i < b.len; i++)
		n += b.data[i] == '\n';
	return n;
}

static unsigned children(void)
{
	siginfo_t info = { 0 };

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD ? 0 : 1;
}

static struct census census(const char *dir)
{
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	CLEANUP(free) char *place = NULL;
	struct error err = { 0 };
	unsigned has;
	struct census c = {
		.fds = count_fds(), .children = children(), .mounts = lines("/proc/self/mountinfo"), .files = entries(dir, ""),
	};

	if (cgroup_host_find(&host, &err) == 1 && cgroup_place_find(&host, CGROUP_ALL, &place, &has, &err) == 1)
		c.cgroups = entries(place, "wb-5ca1ab1e");
	return c;
}

static struct sandbox_plan *plan_make(int tier, const char *dir, int i, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_new(tier);
	CLEANUP(free) char *events = tier == 1 ? mem_strdup(PLAN_EVENTS) : mem_printf("%s/events.%d.%d", dir, (int)getpid(), i);
	bool is_killed = i % 2 == 0;

	if (layout_add_system(p, &(struct layout_options){ .tmp_size = LIMIT_MIB }, err) < 0)
		return NULL;
	plan_add_rw(p, dir, dir);
	plan_set_cwd(p, dir);
	/* Nobody answers here: what is to end by itself must have nothing to ask. */
	p->report = is_killed;
	if (is_killed)
		plan_set_events(p, events);
	plan_set_exec(p, is_killed ? "/bin/sleep" : "/bin/true");
	plan_add_arg(p, is_killed ? "sleep" : "true");
	if (is_killed)
		plan_add_arg(p, "1000");
	return take_ptr(&p);
}

/* In a cgroup where there may be one, as the supervisor has it. */
static int start_and_stop(int tier, const char *dir, int i, struct error *err)
{
	CLEANUP(plan_free) struct sandbox_plan *p = plan_make(tier, dir, i, err);
	CLEANUP(sandbox_child_release) struct sandbox_child c = SANDBOX_CHILD_INIT;
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	CLEANUP(close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct cgroup *group = NULL;
	struct sandbox_io io = { null, null, null, -1, 0, NULL, NULL };
	struct error ignored = { 0 };
	char id[ID_LEN];
	int rc;

	if (!p)
		return -1;
	snprintf(id, sizeof id, "5ca1ab1e%08x%08x", (unsigned)getpid(), (unsigned)i);
	if (cgroup_host_find(&host, err) == 1 && cgroup_make(&host, id, &(struct cgroup_limits){ 0 }, true, &group, err) < 0)
		return -1;
	io.cgroup_fd = group ? cgroup_dirfd(group) : 0;
	rc = sandbox_launch(p, &io, &c, err);
	if (rc == 0 && i % 2 == 0)
		sandbox_kill(&c);
	if (rc == 0)
		rc = sandbox_wait(&c, err);
	if (group && cgroup_remove(group, rc < 0 ? &ignored : err) < 0)
		rc = -1;
	if (tier == 2 && p->events)
		unlink(p->events);
	return rc;
}

static bool row(int tier, const char *dir, int n)
{
	for (int i = 0; i < n; i++) {
		struct error err = { 0 };

		if (start_and_stop(tier, dir, i, &err) < 0) {
			printf("# start %d of tier %d: %s\n", i, tier, err.text);
			return false;
		}
	}
	return true;
}

/* Each in a process of its own, and none of them begins before all are there. */
static bool crowd(int tier, const char *dir, int n)
{
	int gate[2], failed = 0;

	if (pipe2(gate, O_CLOEXEC))
		return false;
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		if (fork() == 0) {
			char c;
			struct error err = { 0 };

			close(gate[1]);
			if (read(gate[0], &c, 1) < 0)
				_exit(2);
			_exit(start_and_stop(tier, dir, i, &err) < 0);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < n; i++) {
		int status;

		failed += wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status);
	}
	if (failed)
		printf("# %d of %d at once failed in tier %d\n", failed, n, tier);
	return failed == 0;
}

static bool same(const struct census *a, const struct census *b)
{
	if (memcmp(a, b, sizeof *a) == 0)
		return true;
	printf("# before: %u descriptors, %u children, %u mounts, %u cgroups, %u files\n", a->fds, a->children, a->mounts,
	       a->cgroups, a->files);
	printf("# after:  %u descriptors, %u children, %u mounts, %u cgroups, %u files\n", b->fds, b->children, b->mounts,
	       b->cgroups, b->files);
	return false;
}

int main(int argc, char **argv)
{
	int64_t in_a_row = 500, at_once = 50;
	char dir[] = "/tmp/wb-starts.XXXXXX";
	struct sandbox_caps caps;
	struct error err = { 0 };
	unsigned failed = 0;

	if ((argc > 1 && str_parse_i64(argv[1], &in_a_row, &err) < 0) ||
	    (argc > 2 && str_parse_i64(argv[2], &at_once, &err) < 0) ||
	    !mkdtemp(dir) || sandbox_probe(&caps, &err)) {
		printf("Bail out! %s\n", err.text);
		return 1;
	}
	printf("1..4\n");
	for (int tier = 1; tier <= 2; tier++) {
		bool is_here = tier == 1 ? sandbox_caps_tier(&caps) == 1 : caps.landlock_abi >= SANDBOX_TIER2_ABI;
		struct census before, after;
		bool ok;

		if (!is_here) {
			for (int i = 1; i >= 0; i--)
				printf("ok %d # SKIP no tier %d on this machine\n", 2 * tier - i, tier);
			continue;
		}
		/* The first one sweeps what a killed test may have left. */
		ok = row(tier, dir, 1);
		before = census(dir);
		ok = row(tier, dir, (int)in_a_row) && ok;
		after = census(dir);
		ok = same(&before, &after) && ok;
		failed += !ok;
		printf("%s %d - tier %d: %d in a row leave nothing\n", ok ? "ok" : "not ok", 2 * tier - 1, tier, (int)in_a_row);
		ok = crowd(tier, dir, (int)at_once);
		after = census(dir);
		ok = same(&before, &after) && ok;
		failed += !ok;
		printf("%s %d - tier %d: %d at once leave nothing\n", ok ? "ok" : "not ok", 2 * tier, tier, (int)at_once);
	}
	if (rmdir(dir)) {
		printf("# %s is not empty\n", dir);
		return 1;
	}
	return failed ? 1 : 0;
}
