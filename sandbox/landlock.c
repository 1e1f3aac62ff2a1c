/*
 * Landlock rules from the plan's mounts. In tier 1 a second wall inside the
 * namespaces (everything there is visible, only writable mounts can be
 * written); in tier 2 the wall itself.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "sandbox/landlock_abi.h"
#include "sandbox/probe.h"
#include "sandbox/setup.h"

/* The newest of these are missing from older headers; the values are the kernel's ABI. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_WRITE_FILE = 1 << 1,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	FS_READ = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR,
	FS_OF_FILE = FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV,
	VERSION_FLAG = 1,
};

int sandbox_landlock_abi(const char **reason)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);
	const char *why = "";

	if (abi < 0) {
		switch (errno) {
		case ENOSYS: why = "this kernel was built without Landlock"; break;
		case EOPNOTSUPP: why = "Landlock is in this kernel but not switched on (boot parameter lsm=)"; break;
		case EPERM: why = "an outer sandbox (a container's seccomp profile) forbids Landlock"; break;
		default: why = strerror(errno); break;
		}
	}
	if (reason)
		*reason = why;
	return abi < 0 ? 0 : (int)abi;
}

static int rule_add(int ruleset, const char *path, uint64_t rights, bool optional, struct error *err)
{
	CLEANUP(close) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };
	struct stat st;

	if (fd < 0 && optional && (errno == ENOENT || errno == EACCES))
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return error_sys(err, "cannot show '%s'", path);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FS_OF_FILE;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return error_sys(err, "Landlock rule for '%s'", path);
	return 0;
}

static int rules_dev(int ruleset, const char *dev, uint64_t all, int tier, struct error *err)
{
	static const char *const nodes[] = { "null", "zero", "full", "random", "urandom" };
	CLEANUP(free) char *shm = NULL;
	CLEANUP(free) char *pts = NULL;

	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		CLEANUP(free) char *node = fs_join(dev, nodes[i]);

		if (rule_add(ruleset, node, all & (FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV), false, err))
			return -1;
	}
	/* The host's /dev/shm holds the memory of other programs: tier 2 has notify_shm.c instead. */
	if (tier == 2)
		return 0;
	shm = fs_join(dev, "shm");
	pts = fs_join(dev, "pts");
	if (rule_add(ruleset, shm, all, false, err))
		return -1;
	return rule_add(ruleset, pts, all & (FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV), true, err);
}

static int rule_of_mount(const struct setup *s, int ruleset, const struct plan_mount *m, uint64_t all, struct error *err)
{
	int tier = s->plan->tier;

	switch (m->kind) {
	case PLAN_RO_BIND:
		return tier == 1 ? 0 : rule_add(ruleset, m->target, FS_READ, m->optional, err);
	case PLAN_PROC:
		/*
		 * A process may write about itself (CUDA names its threads), and most ways to write to a file ask to
		 * truncate it; in tier 2 /proc is the host's.
		 */
		return rule_add(ruleset, m->target, tier == 1 ? FS_READ | (all & (FS_WRITE_FILE | FS_TRUNCATE)) : FS_READ, false,
				err);
	case PLAN_DEV:
		return rules_dev(ruleset, m->target, all, tier, err);
	case PLAN_DEVICE:
		return rule_add(ruleset, m->target, all & (FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV), m->optional, err);
	case PLAN_RW_BIND:
	case PLAN_TMPFS:
	case PLAN_OVERLAY:
		return rule_add(ruleset, m->target, all, m->optional, err);
	default:
		return 0;
	}
}

static int ruleset_fill(const struct setup *s, int ruleset, uint64_t all, struct error *err)
{
	/* Tier 1: whatever is in the root was put there to be seen. */
	if (s->plan->tier == 1 && rule_add(ruleset, "/", FS_READ, false, err))
		return -1;
	for (size_t i = 0; i < s->plan->mount_count; i++) {
		if (rule_of_mount(s, ruleset, &s->plan->mounts[i], all, err))
			return -1;
	}
	if (*s->tty_name)
		return rule_add(ruleset, s->tty_name, all & (FS_READ_FILE | FS_WRITE_FILE | FS_IOCTL_DEV), false, err);
	return 0;
}

int setup_landlock(struct setup *s, struct error *err)
{
	const struct landlock_rules attr = landlock_rules_for(s->landlock_abi, s->plan->tier);
	CLEANUP(close) int ruleset = -1;

	if (s->plan->tier == 3)
		return 0;
	if (s->landlock_abi < SANDBOX_TIER2_ABI && s->plan->tier == 2) {
		error_set(err, ERR_UNSUPPORTED, "tier 2 needs Landlock ABI %d, here is %d", SANDBOX_TIER2_ABI, s->landlock_abi);
		return error_hint(err, "see `wb doctor` for what this machine lacks for either tier");
	}
	if (s->landlock_abi == 0 || (s->plan->tier == 1 && !s->plan->landlock))
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr.size, 0);
	if (ruleset < 0)
		return error_sys(err, "cannot make a Landlock ruleset");
	if (ruleset_fill(s, ruleset, attr.fs, err))
		return -1;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		return error_sys(err, "cannot enforce Landlock");
	return 0;
}
