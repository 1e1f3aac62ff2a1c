/* Runs in cgroups: finding a delegated place, making, reading, killing, removing. Documentation/admin-guide/cgroup-v2.rst */
#include "config.h"

#include "sandbox/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#define PREFIX "wb-"
#define EMPTY_NS INT64_C(2000000000)

enum { CPU_PERIOD_US = 100000, SWEPT_MAX = 64 };

struct cgroup {
	int place;     /* the folder above */
	int dir;
	char *name;
	unsigned holds;
};

static const struct {
	const char *name;
	unsigned bit;
} controllers[] = { { "memory", CGROUP_MEMORY }, { "pids", CGROUP_PIDS }, { "cpu", CGROUP_CPU } };

enum { CONTROLLERS = sizeof controllers / sizeof *controllers };

/* --- files --- */

static bool file_read(int dir, const char *name, char *to, size_t size)
{
	CLEANUP(close) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);

	to[n > 0 ? n : 0] = 0;
	return n >= 0;
}

static bool file_write(int dir, const char *name, const char *text, int flags)
{
	CLEANUP(close) int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | flags, 0600);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static uint64_t file_number(int dir, const char *name)
{
	char text[64];

	return file_read(dir, name, text, sizeof text) ? strtoull(text, NULL, 10) : 0;
}

/* The number behind key in a file of "key number" lines. */
static uint64_t file_keyed(int dir, const char *name, const char *key)
{
	char text[4096];
	size_t n = strlen(key);

	if (!file_read(dir, name, text, sizeof text))
		return 0;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, key, n) == 0 && line[n] == ' ')
			return strtoull(line + n + 1, NULL, 10);
	return 0;
}

static unsigned file_controllers(int dir, const char *name)
{
	char text[1024];
	unsigned found = 0;

	if (!file_read(dir, name, text, sizeof text))
		return 0;
	for (char *save = NULL, *word = strtok_r(text, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		for (int i = 0; i < CONTROLLERS; i++)
			if (str_eq(word, controllers[i].name))
				found |= controllers[i].bit;
	return found;
}

/* --- where --- */

void cgroup_host_release(struct cgroup_host *h)
{
	free(h->mount);
	free(h->own);
	*h = (struct cgroup_host){ 0 };
}

/* mountinfo(5): "36 35 0:31 ROOT MOUNT-POINT OPTIONS - TYPE ...". The first whose root is the whole hierarchy, as seen here. */
static char *mount_find(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(4 * LIMIT_MIB);
	struct error ignored = { 0 };
	char *save = NULL;

	if (fs_read_file(AT_FDCWD, "/proc/self/mountinfo", &text, &ignored) < 0)
		return NULL;
	if (!text.len)
		return NULL;
	for (char *line = strtok_r(text.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *type = strstr(line, " - cgroup2 ");
		char root[LIMIT_PATH], point[LIMIT_PATH];

		if (type && sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) == 2 && str_eq(root, "/"))
			return mem_strdup(point);
	}
	return NULL;
}

/* Line "0::/a/b" of /proc/PID/cgroup. 1; 0: there is none, or it lies outside of what a namespace shows ("/../x"). */
static int cgroup_of(const char *process, char **out, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * LIMIT_KIB);
	CLEANUP(free) char *path = mem_printf("/proc/%s/cgroup", process);
	const char *own;

	if (fs_read_file(AT_FDCWD, path, &text, err) < 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	own = strncmp(buf_text(&text), "0::/", 4) == 0 ? buf_text(&text) : strstr(buf_text(&text), "\n0::/");
	own = own ? strchr(own, '/') : NULL;
	if (!own || strncmp(own, "/..", 3) == 0)
		return 0;
	*out = mem_strndup(own, strcspn(own, "\n"));
	return 1;
}

int cgroup_host_find(struct cgroup_host *out, struct error *err)
{
	CLEANUP(cgroup_host_release) struct cgroup_host h = { .uid = geteuid() };
	int rc = cgroup_of("self", &h.own, err);

	h.mount = rc > 0 ? mount_find() : NULL;
	if (!h.mount)
		return rc < 0 ? -1 : 0;
	h.is_managed = fs_is_dir(AT_FDCWD, "/run/systemd/system");
	*out = h;
	h = (struct cgroup_host){ 0 };
	return 1;
}

/* "/a/b" to "/a" to "/"; false: there is nothing above. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return false;
	slash[slash == path] = 0;
	return true;
}

/* systemd writes it on what it has handed over, and on nothing below: whoever owns that decides. */
static bool has_mark(const struct cgroup_host *h, const char *path)
{
	CLEANUP(free) char *at = mem_strdup(path);

	for (;;) {
		CLEANUP(free) char *dir = fs_join(h->mount, at + 1);
		char value[8] = "";

		if (getxattr(dir, "user.delegate", value, sizeof value - 1) > 0 && value[0] == '1')
			return true;
		if (!go_up(at))
			return false;
	}
}

static bool is_handed_over(const struct cgroup_host *h, int dir, const char *path)
{
	struct stat st;

	if (fstat(dir, &st) || faccessat(dir, "cgroup.procs", W_OK, AT_EACCESS) || faccessat(dir, ".", W_OK, AT_EACCESS))
		return false;
	if (h->uid)
		return st.st_uid == h->uid;
	return !h->is_managed || has_mark(h, path);
}

/* Whoever has processes of its own cannot give its children controllers; the hierarchy's root can (it has no events). */
static bool may_enable(int dir)
{
	char text[16];

	return faccessat(dir, "cgroup.events", F_OK, 0) || !file_read(dir, "cgroup.procs", text, sizeof text) || !*text;
}

static unsigned bits(unsigned mask)
{
	return (unsigned)__builtin_popcount(mask);
}

int cgroup_place_find(const struct cgroup_host *h, unsigned wanted, char **out_path, unsigned *out_has, struct error *err)
{
	CLEANUP(free) char *at = mem_strdup(h->own);
	CLEANUP(free) char *best = NULL;
	unsigned best_has = 0;

	for (;;) {
		CLEANUP(free) char *dir = fs_join(h->mount, at + 1);
		CLEANUP(close) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		unsigned has;

		if (fd < 0 && errno != ENOENT && errno != EACCES)
			return error_sys(err, "%s", dir);
		if (fd < 0 || !is_handed_over(h, fd, at))
			break;
		has = file_controllers(fd, "cgroup.subtree_control");
		if (may_enable(fd))
			has |= file_controllers(fd, "cgroup.controllers");
		has &= wanted;
		if (!best || bits(has) > bits(best_has)) {
			free(best);
			best = take_ptr(&dir);
			best_has = has;
		}
		if (best_has == wanted || !go_up(at))
			break;
	}
	if (!best)
		return 0;
	*out_path = take_ptr(&best);
	*out_has = best_has;
	return 1;
}

/* --- leaves of the dead --- */

/* Field 22 of /proc/PID/stat: a number that came back is not the same process. 0: there is none. */
static uint64_t started_at(pid_t pid)
{
	char path[64], text[1024];
	const char *p;
	unsigned long long at = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	p = file_read(AT_FDCWD, path, text, sizeof text) ? strrchr(text, ')') : NULL;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p && sscanf(p, " %llu", &at) == 1 ? at : 0;
}

static uint64_t pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) ? 0 : (uint64_t)st.st_ino;
}

static bool dir_kill(int dir)
{
	char text[65536];

	if (file_write(dir, "cgroup.kill", "1", 0))
		return true;
	if (!file_read(dir, "cgroup.procs", text, sizeof text))
		return false;
	for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		pid_t pid = (pid_t)strtol(line, NULL, 10);

		if (pid > 1)
			(void)kill(pid, SIGKILL);
	}
	return false;
}

static int dir_remove(int place, int dir, const char *name, int64_t patience_ns)
{
	int64_t deadline = clock_mono(&clock_system) + patience_ns;

	while (unlinkat(place, name, AT_REMOVEDIR)) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || clock_mono(&clock_system) > deadline)
			return -1;
		if (dir >= 0)
			(void)dir_kill(dir);
		poll(NULL, 0, 1);
	}
	return 0;
}

static bool is_orphan(const char *name, uint64_t ns)
{
	unsigned long long in, start;
	int pid;

	/* After the id, which has no dash. */
	if (sscanf(name, PREFIX "%*[^-]-%llx-%d-%llu", &in, &pid, &start) != 3 || in != ns)
		return false;
	return started_at((pid_t)pid) != start;
}

static void sweep(const char *place, int place_fd)
{
	CLEANUP(closedir) DIR *dir = opendir(place);
	uint64_t ns = pid_namespace();
	const struct dirent *e;

	for (int n = 0; dir && n < SWEPT_MAX && (e = readdir(dir));) {
		CLEANUP(close) int leaf = -1;

		if (!is_orphan(e->d_name, ns))
			continue;
		n++;
		leaf = openat(place_fd, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (leaf < 0)
			continue;
		(void)dir_kill(leaf);
		/* What cannot be removed yet is there the next time. */
		(void)(dir_remove(place_fd, leaf, e->d_name, EMPTY_NS / 10) == 0);
	}
}

/* --- one leaf --- */

static void cgroup_free(struct cgroup *c)
{
	if (!c)
		return;
	if (c->dir >= 0)
		close(c->dir);
	if (c->place >= 0)
		close(c->place);
	free(c->name);
	free(c);
}
DEFINE_CLEANUP(cgroup_free, struct cgroup *);

static bool write_number(const struct cgroup *c, const char *name, uint64_t n, int flags)
{
	char text[32];

	snprintf(text, sizeof text, "%" PRIu64, n);
	return file_write(c->dir, name, text, flags);
}

/* What cannot be written is not held: the caller asks cgroup_holds(). */
static void limits_write(struct cgroup *c, const struct cgroup_limits *l, int flags)
{
	char text[64];

	if (l->memory_bytes && write_number(c, "memory.max", l->memory_bytes, flags)) {
		c->holds |= CGROUP_MEMORY;
		/* Not there without swap; the run goes as a whole, never one process of it. */
		(void)file_write(c->dir, "memory.swap.max", "0", flags);
		(void)file_write(c->dir, "memory.oom.group", "1", flags);
	}
	if (l->pids && write_number(c, "pids.max", l->pids, flags))
		c->holds |= CGROUP_PIDS;
	snprintf(text, sizeof text, "%" PRIu64 " %d", (uint64_t)(l->cpus * CPU_PERIOD_US), CPU_PERIOD_US);
	if (l->cpus > 0 && file_write(c->dir, "cpu.max", text, flags))
		c->holds |= CGROUP_CPU;
}

static unsigned wanted_for(const struct cgroup_limits *l)
{
	return (l->memory_bytes ? CGROUP_MEMORY : 0u) | (l->pids ? CGROUP_PIDS : 0u) | (l->cpus > 0 ? CGROUP_CPU : 0u);
}

/* One at a time: a controller that is refused must not cost the others. */
static void enable(int place, unsigned has)
{
	unsigned on = file_controllers(place, "cgroup.subtree_control");

	for (int i = 0; i < CONTROLLERS; i++) {
		char text[16];

		if (!(has & ~on & controllers[i].bit))
			continue;
		snprintf(text, sizeof text, "+%s", controllers[i].name);
		(void)file_write(place, "cgroup.subtree_control", text, 0);
	}
}

/* 1; 0: the place does not let us. */
static int leaf_make(struct cgroup *c, const char *place, const char *id, struct error *err)
{
	c->name = mem_printf(PREFIX "%s-%" PRIx64 "-%d-%" PRIu64, id, pid_namespace(), (int)getpid(), started_at(getpid()));
	if (mkdirat(c->place, c->name, 0755))
		return errno == EACCES || errno == EROFS || errno == EPERM || errno == EAGAIN ? 0 : error_sys(err, "a cgroup in %s", place);
	c->dir = openat(c->place, c->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dir >= 0)
		return 1;
	error_sys(err, "the cgroup %s", c->name);
	(void)unlinkat(c->place, c->name, AT_REMOVEDIR);
	return -1;
}

int cgroup_make(const struct cgroup_host *h, const char *id, const struct cgroup_limits *l, bool is_bare_fine,
		struct cgroup **out, struct error *err)
{
	CLEANUP(cgroup_free) struct cgroup *c = mem_zalloc(sizeof *c);
	CLEANUP(free) char *place = NULL;
	unsigned has;
	int found;

	c->place = c->dir = -1;
	found = cgroup_place_find(h, wanted_for(l), &place, &has, err);
	if (found <= 0 || (!has && !is_bare_fine))
		return found < 0 ? -1 : 0;
	c->place = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->place < 0)
		return error_sys(err, "%s", place);
	sweep(place, c->place);
	enable(c->place, has);
	if ((found = leaf_make(c, place, id, err)) <= 0)
		return found;
	limits_write(c, l, h->file_flags);
	if (!c->holds && !is_bare_fine) {
		(void)unlinkat(c->place, c->name, AT_REMOVEDIR);
		return 0;
	}
	*out = take_ptr(&c);
	return 1;
}

static int scope_open(const struct cgroup_host *h, const char *scope, pid_t pid, char **out_path, struct error *err)
{
	CLEANUP(free) char *process = mem_printf("%d", (int)pid);
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *place = NULL;
	CLEANUP(close) int fd = -1;
	struct stat st;
	int rc = cgroup_of(process, &path, err);

	if (rc < 0)
		return -1;
	if (rc == 0 || !str_eq(fs_basename(path), scope))
		return error_set(err, ERR_DENIED, "the process is in '%s', not in %s", rc ? path : "a place not to be seen here", scope);
	place = fs_join(h->mount, path + 1);
	fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return error_sys(err, "%s", place);
	if (st.st_uid != h->uid)
		return error_set(err, ERR_DENIED, "%s belongs to user %u", place, (unsigned)st.st_uid);
	*out_path = take_ptr(&place);
	return take_fd(&fd);
}

static bool holder_move(int place, pid_t holder, int flags)
{
	CLEANUP(close) int dir = -1;
	char number[16];

	if (mkdirat(place, "wb-holder", 0755))
		return false;
	dir = openat(place, "wb-holder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(number, sizeof number, "%d", (int)holder);
	return dir >= 0 && file_write(dir, "cgroup.procs", number, flags);
}

int cgroup_make_around(const struct cgroup_host *h, const char *scope, const char *id, const struct cgroup_limits *l, pid_t pid,
		       pid_t holder, struct cgroup **out, struct error *err)
{
	CLEANUP(cgroup_free) struct cgroup *c = mem_zalloc(sizeof *c);
	CLEANUP(free) char *place = NULL;
	int rc;

	c->dir = -1;
	c->place = scope_open(h, scope, pid, &place, err);
	if (c->place < 0)
		return -1;
	rc = leaf_make(c, place, id, err);
	if (rc <= 0)
		return rc < 0 ? -1 : error_sys(err, "%s is not ours to divide", place);
	/* Only who has no processes of its own can hand controllers on. */
	if (!holder_move(c->place, holder, h->file_flags) || !write_number(c, "cgroup.procs", (uint64_t)pid, h->file_flags)) {
		error_sys(err, "moving processes within %s", place);
		(void)unlinkat(c->place, c->name, AT_REMOVEDIR);
		return -1;
	}
	enable(c->place, wanted_for(l) & file_controllers(c->place, "cgroup.controllers"));
	limits_write(c, l, h->file_flags);
	*out = take_ptr(&c);
	return 0;
}

bool cgroup_host_can(const struct cgroup_host *h, const struct cgroup_limits *l)
{
	CLEANUP(close) int top = open(h->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return top >= 0 && (file_controllers(top, "cgroup.controllers") & wanted_for(l));
}

int cgroup_dirfd(const struct cgroup *c)
{
	return c->dir;
}

unsigned cgroup_holds(const struct cgroup *c)
{
	return c->holds;
}

void cgroup_read(const struct cgroup *c, struct cgroup_usage *out)
{
	*out = (struct cgroup_usage){
		.memory_peak = file_number(c->dir, "memory.peak"),
		.pids_peak = file_number(c->dir, "pids.peak"),
		.oom_kills = file_keyed(c->dir, "memory.events", "oom_kill"),
		.pids_refused = file_keyed(c->dir, "pids.events", "max"),
	};
}

bool cgroup_kill(const struct cgroup *c)
{
	return dir_kill(c->dir);
}

int cgroup_remove(struct cgroup *c, struct error *err)
{
	CLEANUP(cgroup_free) struct cgroup *mine = c;

	if (dir_remove(mine->place, mine->dir, mine->name, EMPTY_NS))
		return error_sys(err, "the run's cgroup %s cannot be removed", mine->name);
	return 0;
}
