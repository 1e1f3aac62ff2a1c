/*
 * Tier 1's root: a small tmpfs that holds nothing but the plan's mounts.
 *
 * The descriptor-based mount calls (Linux 5.12) attach each tree only after its
 * flags are set, so nothing is ever visible with weaker ones, and no table of
 * mounts has to be read back.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/newroot.h"
#include "sandbox/setup.h"

enum { DEFAULT_INODES = 65536 };

#define DEFAULT_SIZE ((uint64_t)64 * LIMIT_MIB)

/* A new file system that nobody sees yet. options: name, value pairs; a NULL value is a flag; NULL ends. */
static int fs_make(const char *type, const char *const *options, unsigned attrs, struct error *err)
{
	CLEANUP(close) int fs = fsopen(type, FSOPEN_CLOEXEC);
	int fd;

	if (fs < 0)
		return error_sys(err, "cannot open a new %s", type);
	for (const char *const *o = options; *o; o += 2) {
		if (fsconfig(fs, o[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o[0], o[1], 0))
			return error_sys(err, "%s does not take %s=%s", type, o[0], o[1] ? o[1] : "");
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return error_sys(err, "cannot make a new %s", type);
	fd = fsmount(fs, FSMOUNT_CLOEXEC, attrs);
	return fd < 0 ? error_sys(err, "cannot mount a new %s", type) : fd;
}

static int tmpfs_make(uint64_t size, uint64_t inodes, const char *mode, unsigned attrs, struct error *err)
{
	CLEANUP(free) char *size_text = mem_printf("%llu", (unsigned long long)(size ? size : DEFAULT_SIZE));
	CLEANUP(free) char *inodes_text = mem_printf("%llu", (unsigned long long)(inodes ? inodes : DEFAULT_INODES));
	const char *options[] = { "size", size_text, "nr_inodes", inodes_text, "mode", mode, NULL };

	return fs_make("tmpfs", options, attrs, err);
}

/* A private copy of the mounts at source, with attrs set on all of them. Returns 0 with *out = -1 for a missing optional one. */
static int bind_open(const char *source, bool optional, uint64_t attrs, int *out, bool *out_folder, struct error *err)
{
	struct mount_attr attr = { .attr_set = attrs };
	struct stat st;
	CLEANUP(close) int at = -1;
	CLEANUP(close) int tree = -1;

	/* No link may be followed: the plan names real paths, so one that appeared since is somebody's trap. */
	at = newroot_openat2(AT_FDCWD, source, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (at < 0 && optional && (errno == ENOENT || errno == EACCES)) {
		*out = -1;
		return 0;
	}
	if (at < 0 || fstat(at, &st))
		return error_sys(err, "cannot show '%s'", source);
	tree = open_tree(at, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0)
		return error_sys(err, "cannot bind '%s'", source);
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr))
		return error_sys(err, "cannot restrict the mount of '%s'", source);
	*out_folder = S_ISDIR(st.st_mode);
	*out = take_fd(&tree);
	return 0;
}

static int mount_bind(struct newroot *root, const char *source, const char *target, bool optional, uint64_t attrs,
		      struct error *err)
{
	CLEANUP(close) int tree = -1;
	bool folder = false;

	if (bind_open(source, optional, attrs, &tree, &folder, err))
		return -1;
	return tree < 0 ? 0 : newroot_attach(root, tree, target, folder, err);
}

static int mount_tmpfs(struct newroot *root, const struct plan_mount *m, const char *target, struct error *err)
{
	CLEANUP(close) int tree = tmpfs_make(m->size, m->inodes, "1777", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);

	return tree < 0 ? -1 : newroot_attach(root, tree, target, true, err);
}

/* A read-only mount keeps the node itself as it is (mode, times); what is behind it can be written all the same. */
static const uint64_t device_attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY;

/*
 * Terminals of the run's own, for what drives programs through one (script, pexpect). The instance shows none of the
 * host's, and the kernel keeps part of its terminals back from all but the host. A kernel without has none to give.
 */
static int mount_terminals(const struct setup *s, struct newroot *root, const char *dev, struct error *err)
{
	static const char *const options[] = { "ptmxmode", "0666", "max", "256", NULL };
	CLEANUP(free) char *target = fs_join(dev, "pts");
	CLEANUP(free) char *link = fs_join(dev, "ptmx");
	CLEANUP(close) int tree = -1;

	tree = fs_make("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err);
	if (tree < 0 && err->sys == ENODEV) {
		error_clear(err);
		return 0;
	}
	/* It belongs to number 0 of the namespace, which a map of one's own number lacks. */
	if (tree < 0 || (fchownat(tree, "ptmx", s->uid, s->gid, 0) && error_sys(err, "cannot own the maker of terminals")))
		return -1;
	if (newroot_attach(root, tree, target, true, err))
		return -1;
	return newroot_symlink(root, "pts/ptmx", link, err);
}

static int mount_dev(const struct setup *s, struct newroot *root, const struct plan_mount *m, struct error *err)
{
	static const char *const nodes[] = { "null", "zero", "full", "random", "urandom" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "fd" },
		{ "/proc/self/fd/0", "stdin" },
		{ "/proc/self/fd/1", "stdout" },
		{ "/proc/self/fd/2", "stderr" },
	};

	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		CLEANUP(free) char *source = fs_join("/dev", nodes[i]);
		CLEANUP(free) char *target = fs_join(m->target, nodes[i]);

		if (mount_bind(root, source, target, false, device_attrs, err))
			return -1;
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		CLEANUP(free) char *target = fs_join(m->target, links[i][1]);

		if (newroot_symlink(root, links[i][0], target, err))
			return -1;
	}
	{
		CLEANUP(free) char *shm = fs_join(m->target, "shm");

		if (mount_tmpfs(root, m, shm, err))
			return -1;
	}
	/* A terminal that was made outside takes its own name there. */
	return *s->tty_name ? 0 : mount_terminals(s, root, m->target, err);
}

/*
 * Files below /proc/sys and their like belong to the real root, who needs no capability to write them: for root they
 * become read-only mounts of themselves.
 */
static int proc_protect(int tree, struct error *err)
{
	static const char *const names[] = { "sys", "sysrq-trigger", "irq", "bus", "acpi", "scsi", "fs" };
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		CLEANUP(close) int copy = open_tree(tree, names[i], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

		if (copy < 0 && errno == ENOENT)
			continue;
		if (copy < 0 || mount_setattr(copy, "", AT_EMPTY_PATH, &attr, sizeof attr) ||
		    move_mount(copy, "", tree, names[i], MOVE_MOUNT_F_EMPTY_PATH))
			return error_sys(err, "cannot make /proc/%s read-only", names[i]);
	}
	return 0;
}

/*
 * What tells of the whole machine: the user's keys, and for root, who owns those files, the kernel's tables. A file
 * without any permission lies over each.
 */
static int proc_mask(int tree, struct newroot *root, bool is_root, struct error *err)
{
	static const char *const names[] = { "keys", "key-users", "kpagecount", "kpageflags", "kpagecgroup", "slabinfo",
					     "vmallocinfo", "timer_list", "sched_debug", "latency_stats", "kcore" };
	const size_t n = is_root ? sizeof names / sizeof *names : 2;
	CLEANUP(close) int blank = openat(root->fd, ".blank", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);

	if (blank < 0 || fchmod(blank, 0))
		return error_sys(err, "cannot make an empty file");
	for (size_t i = 0; i < n; i++) {
		CLEANUP(close) int copy = -1;

		copy = open_tree(root->fd, ".blank", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		/* Not every kernel has each. */
		if (copy < 0 || (move_mount(copy, "", tree, names[i], MOVE_MOUNT_F_EMPTY_PATH) && errno != ENOENT))
			return error_sys(err, "cannot hide /proc/%s", names[i]);
	}
	return unlinkat(root->fd, ".blank", 0) ? error_sys(err, "cannot remove an empty file") : 0;
}

static int mount_proc(struct setup *s, struct newroot *root, const char *target, struct error *err)
{
	static const char *const options[] = { NULL };
	CLEANUP(close) int tree =
		fs_make("proc", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, err);

	s->failure = SANDBOX_FAIL_USERNS;
	if (tree < 0)
		return error_hint((error_wrap(err, "a fresh /proc"), err),
				  "a container's /proc is often masked: start the container with an unmasked one");
	s->failure = SANDBOX_FAIL_SETUP;
	if (newroot_attach(root, tree, target, true, err))
		return -1;
	if (proc_mask(tree, root, s->uid == 0, err))
		return -1;
	return s->uid == 0 ? proc_protect(tree, err) : 0;
}

/* The layers are named by descriptor: options have a short limit and give some characters a meaning. */
static int mount_overlay(struct setup *s, struct newroot *root, const struct plan_mount *m, struct error *err)
{
	enum { LAYERS = 4 };
	const char *const paths[LAYERS] = { m->source, m->upper, m->work, m->base };
	int fds[LAYERS] = { -1, -1, -1, -1 };
	char names[LAYERS][32], lower[80];
	const char *options[] = { "lowerdir", lower,    "upperdir",  names[1],
				  "workdir",  names[2], "userxattr", NULL,    NULL };
	CLEANUP(close) int tree = -1;
	int rc = 0;

	s->failure = SANDBOX_FAIL_OVERLAY;
	for (int i = 0; i < LAYERS && paths[i] && rc == 0; i++) {
		fds[i] = newroot_openat2(AT_FDCWD, paths[i], RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
		if (fds[i] < 0)
			rc = error_sys(err, "overlay layer '%s'", paths[i]);
		snprintf(names[i], sizeof names[i], "/proc/self/fd/%d", fds[i]);
	}
	/* The one further up comes first. */
	if (m->base)
		snprintf(lower, sizeof lower, "%s:%s", names[3], names[0]);
	else
		snprintf(lower, sizeof lower, "%s", names[0]);
	if (rc == 0) {
		tree = fs_make("overlay", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
		rc = tree < 0 ? -1 : 0;
	}
	for (int i = 0; i < LAYERS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	if (rc)
		return error_hint((error_wrap(err, "the private layer over the working folder"), err),
				  "a private copy of the working folder needs no overlay: --workdir copy");
	s->failure = SANDBOX_FAIL_SETUP;
	return newroot_attach(root, tree, m->target, true, err);
}

static int mount_blank(struct newroot *root, const char *target, struct error *err)
{
	const uint64_t attrs = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	CLEANUP(close) int tree = tmpfs_make(LIMIT_MIB, 0, "0755", attrs, err);

	return tree < 0 ? -1 : newroot_attach(root, tree, target, true, err);
}

/* They take their mounts first. */
static int seal_blank(struct newroot *root, const char *target, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	CLEANUP(close) int fd = newroot_open(root, target, true, err);

	if (fd < 0)
		return -1;
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr))
		return error_sys(err, "cannot make '%s' read-only", target);
	return 0;
}

static int make_dir(struct newroot *root, const char *target, struct error *err)
{
	CLEANUP(close) int fd = newroot_open(root, target, true, err);

	return fd < 0 ? -1 : 0;
}

static int mount_one(struct setup *s, struct newroot *root, const struct plan_mount *m, struct error *err)
{
	const uint64_t plain = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

	switch (m->kind) {
	case PLAN_RO_BIND: return mount_bind(root, m->source, m->target, m->optional, plain | MOUNT_ATTR_RDONLY, err);
	case PLAN_RW_BIND: return mount_bind(root, m->source, m->target, m->optional, plain, err);
	case PLAN_DEVICE: return mount_bind(root, m->source, m->target, m->optional, device_attrs, err);
	case PLAN_TMPFS: return mount_tmpfs(root, m, m->target, err);
	case PLAN_PROC: return mount_proc(s, root, m->target, err);
	case PLAN_DEV: return mount_dev(s, root, m, err);
	case PLAN_OVERLAY: return mount_overlay(s, root, m, err);
	case PLAN_SYMLINK: return newroot_symlink(root, m->source, m->target, err);
	case PLAN_DIR: return make_dir(root, m->target, err);
	case PLAN_FILE: return newroot_file(root, m->text, m->target, err);
	case PLAN_BLANK: return mount_blank(root, m->target, err);
	case PLAN_KIND_COUNT: break;
	}
	return error_set(err, ERR_INTERNAL, "mount kind %d", (int)m->kind);
}

/*
 * A tmpfs attached on top of "/", because pivot_root wants a mount point. Path walks still begin below it, in the old
 * root, so it hides no folder that the plan may want to show; a place like /tmp would.
 */
static int root_make(struct setup *s, struct error *err)
{
	CLEANUP(close) int root = -1;

	s->failure = SANDBOX_FAIL_USERNS;
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return error_sys(err, "cannot detach mounts from the host's");
	root = tmpfs_make(DEFAULT_SIZE, DEFAULT_INODES, "0755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, err);
	if (root < 0)
		return -1;
	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH))
		return error_sys(err, "cannot attach a new root");
	s->failure = SANDBOX_FAIL_SETUP;
	return take_fd(&root);
}

static int root_fill(struct setup *s, struct newroot *root, struct error *err)
{
	for (size_t i = 0; i < s->plan->mount_count; i++) {
		if (mount_one(s, root, &s->plan->mounts[i], err))
			return -1;
	}
	if (*s->tty_name && mount_bind(root, s->tty_name, s->tty_name, false, device_attrs, err))
		return -1;
	if (s->plan->events) {
		const char *slash = strrchr(s->plan->events, '/');
		CLEANUP(free) char *dir = mem_strndup(s->plan->events, (size_t)(slash - s->plan->events));

		if (*dir && make_dir(root, dir, err))
			return -1;
	}
	for (size_t i = 0; i < s->plan->mount_count; i++) {
		if (s->plan->mounts[i].kind == PLAN_BLANK && seal_blank(root, s->plan->mounts[i].target, err))
			return -1;
	}
	return 0;
}

int setup_mounts(struct setup *s, struct error *err)
{
	CLEANUP(close) int fd = root_make(s, err);
	struct newroot root = { .fd = fd, .folder = -1 };
	int rc;

	if (fd < 0)
		return error_hint(err, "AppArmor or a container may forbid mounts in user namespaces: run `wb doctor`");
	rc = root_fill(s, &root, err);
	newroot_release(&root);
	if (rc)
		return -1;
	if (fchdir(fd) || syscall(SYS_pivot_root, ".", "."))
		return error_sys(err, "cannot enter the new root");
	/* The old root now lies over the new one; the namespace's mounts are slaves, so this stays here. */
	if (umount2(".", MNT_DETACH) || chdir("/"))
		return error_sys(err, "cannot leave the old root");
	return 0;
}

int setup_seal_root(struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount_setattr(AT_FDCWD, "/", 0, &attr, sizeof attr))
		return error_sys(err, "cannot make the root read-only");
	return 0;
}
