/* The system's part of a plan. */
#include "config.h"

#include "sandbox/layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

/*
 * What programs read from /etc to find libraries, fonts, zones and certificates: no secrets, no accounts. Each costs
 * some 20 microseconds a run, so what nobody misses is left out.
 */
static const char *const etc_names[] = {
	"/etc/ld.so.cache", "/etc/localtime",     "/etc/ssl",    "/etc/pki",     "/etc/alternatives", "/etc/fonts",
	"/etc/os-release",  "/etc/matplotlibrc",  "/etc/OpenCL", "/etc/openmpi", "/etc/R",	      "/etc/services",
	"/etc/protocols",   "/etc/texmf",
};

static const char *const root_names[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };

/*
 * For tier 2 alone. There a file that is not shown is not absent but forbidden, and programs that do without the one
 * fail over the other: pip over /etc/debian_version, joblib and others over the cgroup's limits. All say the same to
 * every user of the machine.
 */
static const char *const flat_names[] = {
	"/etc/passwd",	     "/etc/group",	   "/etc/nsswitch.conf", "/etc/hosts",	     "/etc/debian_version",
	"/etc/lsb-release",  "/etc/redhat-release", "/etc/system-release", "/etc/host.conf",   "/etc/gai.conf",
	"/etc/timezone",	 "/etc/mime.types",  "/etc/inputrc",
	"/etc/gitconfig",	     "/etc/locale.alias", "/etc/terminfo",	   "/etc/magic",	 "/etc/perl",	     "/sys/fs/cgroup",
};

static const char *const sys_names[] = { "/sys/devices/system/cpu", "/sys/devices/system/node" };

static const char nsswitch[] = "passwd: files\ngroup: files\nhosts: files\nnetworks: files\nprotocols: files\n"
			       "services: files\n";

/* 1: a link that is one in the plan now; 0: it cannot be read. */
static int add_link(struct sandbox_plan *p, const char *path)
{
	char text[LIMIT_PATH];
	ssize_t n = readlink(path, text, sizeof text - 1);

	if (n <= 0)
		return 0;
	text[n] = 0;
	plan_add_symlink(p, text, path);
	return 1;
}

/* Shows path as it is on the host: a link stays a link (tier 1), anything else is bound; nothing where there is nothing. */
static void add_host(struct sandbox_plan *p, const char *path)
{
	struct stat st;

	if (lstat(path, &st))
		return;
	if (S_ISLNK(st.st_mode) && p->tier == 1 && add_link(p, path))
		return;
	/* A link's end may be in no other rule: tier 2 names it by the link, Landlock follows. */
	if (!S_ISLNK(st.st_mode) || stat(path, &st) == 0)
		plan_add_ro(p, path, path);
}

/* Debian keeps parts of a language's library in /etc: python3.11 (sitecustomize.py), java-17-openjdk (its security). */
static void add_etc_languages(struct sandbox_plan *p)
{
	static const char *const names[] = { "python", "java-" };
	CLEANUP(closedir) DIR *dir = opendir("/etc");
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
			CLEANUP(free) char *path = NULL;

			if (!str_starts(e->d_name, names[i]) || !strpbrk(e->d_name, "0123456789"))
				continue;
			path = fs_join("/etc", e->d_name);
			add_host(p, path);
		}
	}
}

/* The name behind a number in a passwd-like file; "user" where it is not there (directory services are not asked). */
static char *name_of(const char *file, unsigned id)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);
	struct error ignored;
	const char *line;

	if (fs_read_file(AT_FDCWD, file, &text, &ignored))
		return mem_strdup("user");
	for (line = buf_text(&text); *line;) {
		size_t len = strcspn(line, "\n");
		size_t name = strcspn(line, ":\n");
		char *end;

		if (name < len && name > 0) {
			const char *number = line + name + 1;

			number += strcspn(number, ":\n");
			if (*number == ':' && strtoul(number + 1, &end, 10) == id && *end == ':')
				return mem_strndup(line, name);
		}
		line += len + (line[len] == '\n');
	}
	return mem_strdup("user");
}

static void add_accounts(struct sandbox_plan *p, const char *home)
{
	unsigned uid = (unsigned)geteuid();
	unsigned gid = (unsigned)getegid();
	CLEANUP(free) char *user = name_of("/etc/passwd", uid);
	CLEANUP(free) char *group = name_of("/etc/group", gid);
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_CONFIG);

	if (uid != 0)
		buf_puts(&text, "root:x:0:0:root:/:/bin/sh\n");
	buf_printf(&text, "%s:x:%u:%u::%s:/bin/sh\n", user, uid, gid, home ? home : "/");
	buf_puts(&text, "nobody:x:65534:65534:nobody:/:/bin/false\n");
	plan_add_file(p, buf_text(&text), "/etc/passwd");
	buf_clear(&text);
	if (gid != 0)
		buf_puts(&text, "root:x:0:\n");
	buf_printf(&text, "%s:x:%u:\nnogroup:x:65534:\n", group, gid);
	plan_add_file(p, buf_text(&text), "/etc/group");
	plan_add_file(p, "127.0.0.1 localhost wb\n::1 localhost\n", "/etc/hosts");
	plan_add_file(p, nsswitch, "/etc/nsswitch.conf");
}

static uint64_t half_of_memory(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		return LIMIT_MIB * 1024;
	return (uint64_t)info.totalram * info.mem_unit / 2;
}

int layout_add_system(struct sandbox_plan *p, const struct layout_options *options, struct error *err)
{
	uint64_t size = options->tmp_size ? options->tmp_size : half_of_memory();
	uint64_t inodes = options->tmp_inodes ? options->tmp_inodes : 1000000;
	const char *home = options->home;

	if (!fs_is_dir(AT_FDCWD, "/usr"))
		return error_set(err, ERR_UNSUPPORTED, "this system has no /usr");
	plan_add_ro(p, "/usr", "/usr");
	for (size_t i = 0; i < sizeof root_names / sizeof *root_names; i++)
		add_host(p, root_names[i]);
	for (size_t i = 0; i < sizeof etc_names / sizeof *etc_names; i++)
		add_host(p, etc_names[i]);
	add_etc_languages(p);
	for (size_t i = 0; i < sizeof sys_names / sizeof *sys_names; i++)
		add_host(p, sys_names[i]);
	if (p->tier != 1) {
		for (size_t i = 0; i < sizeof flat_names / sizeof *flat_names; i++)
			add_host(p, flat_names[i]);
	} else {
		add_accounts(p, home);
		plan_add_tmpfs(p, "/tmp", size, inodes);
		plan_add_symlink(p, "/tmp", "/var/tmp");
		if (home && !str_eq(home, "/") && !plan_find(p, home))
			plan_add_tmpfs(p, home, size, inodes);
	}
	plan_add_proc(p);
	plan_add_dev(p, size, inodes);
	return 0;
}

static bool holds_another(const struct sandbox_plan *p, const char *dir)
{
	size_t n = strlen(dir);

	for (size_t i = 0; i < p->mount_count; i++)
		if (strncmp(p->mounts[i].target, dir, n) == 0 && p->mounts[i].target[n] == '/')
			return true;
	return false;
}

void layout_make_room(struct sandbox_plan *p)
{
	for (size_t i = 0; i < p->mount_count; i++) {
		struct plan_mount *m = &p->mounts[i];
		const struct plan_mount *end = m->kind == PLAN_SYMLINK ? plan_find(p, m->source) : NULL;

		if (!end || end->kind != PLAN_TMPFS || !holds_another(p, m->target))
			continue;
		m->kind = PLAN_DIR;
		free(m->source);
		m->source = NULL;
	}
}

/* Something of the plan is at this very path, or a bind around it keeps the host's place. */
static bool is_shown(const struct sandbox_plan *p, const char *path)
{
	const struct plan_mount *m = plan_find(p, path);

	if (!m)
		return false;
	if (str_eq(m->target, path))
		return true;
	return (m->kind == PLAN_RO_BIND || m->kind == PLAN_RW_BIND) && str_eq(m->source, m->target);
}

static bool folder_is_real(const char *path)
{
	CLEANUP(free) char *dir = mem_strndup(path, (size_t)(fs_basename(path) - path - 1));
	CLEANUP(free) char *real = NULL;
	struct error ignored = { 0 };

	return *dir && fs_realpath(dir, &real, &ignored) == 0 && str_eq(real, dir);
}

int layout_add_visible(struct sandbox_plan *p, const char *path, struct error *err)
{
	CLEANUP(free) char *real = NULL;
	struct stat st;

	if (is_shown(p, path))
		return 0;
	if (lstat(path, &st))
		return error_sys(err, "cannot show '%s'", path);
	if (fs_realpath(path, &real, err))
		return -1;
	if (p->tier != 1 || str_eq(real, path)) {
		plan_add_ro(p, real, real);
		return 0;
	}
	/* A link stays one: a Python finds its prefix through it. What it leads to is shown by a root of its own. */
	if (S_ISLNK(st.st_mode) && folder_is_real(path) && add_link(p, path))
		return 0;
	/* A path through links: what it ends at is bound where the path says. */
	plan_add_ro(p, real, path);
	return 0;
}
