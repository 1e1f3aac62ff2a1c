/* Finds out what this machine allows by doing it in throw-away children. */
#include "config.h"

#include "sandbox/probe.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/cgroup.h"
#include "sandbox/filter.h"
#include "sandbox/setup.h"

/* What a child finds out about one layer. */
struct finding {
	enum sandbox_layer_id layer;
	bool ok;
	char detail[240];
};

static const struct {
	const char *name;
	bool required;
	const char *fix;
} layer_facts[LAYER_COUNT] = {
	[LAYER_USERNS] = { "user namespace", true,
			   "as root: sysctl user.max_user_namespaces=15000; on Ubuntu 24.04 also "
			   "sysctl kernel.apparmor_restrict_unprivileged_userns=0; "
			   "in a container: a seccomp profile that allows unshare" },
	[LAYER_MOUNT] = { "private mounts", true,
			  "Linux 5.12 or newer; AppArmor or a container may forbid mounts in user namespaces" },
	[LAYER_PROC] = { "own /proc", true,
			 "in a container: an unmasked /proc (docker: --security-opt systempaths=unconfined)" },
	[LAYER_NET] = { "network namespace", true,
			"see the user namespace; sysctl user.max_net_namespaces must not be 0" },
	[LAYER_OVERLAY] = { "overlayfs", false, "Linux 5.11 or newer; without it the working folder is copied" },
	[LAYER_LANDLOCK] = { "Landlock", false, "Linux 5.13 or newer with lsm=...,landlock on the kernel's command line" },
	[LAYER_SECCOMP] = { "seccomp filter", true,
			    "a kernel with CONFIG_SECCOMP_FILTER, and no outer sandbox that forbids filters" },
	[LAYER_NOTIFY] = { "denied calls named", false,
			   "Linux 5.5 or newer, and no outer sandbox with a listener of its own" },
	[LAYER_NO_NEW_PRIVS] = { "no_new_privs", true, "Linux 3.5 or newer" },
	[LAYER_RLIMIT] = { "per-process limits", true, "an outer sandbox forbids setrlimit" },
	[LAYER_CGROUP] = { "cgroup delegation", false,
			   "a session of systemd with cgroup v2 and a manager of yours; without it limits are held by looking" },
};

static void finding_send(int fd, enum sandbox_layer_id layer, bool ok, const char *fmt, ...) WB_PRINTF(4, 5);

static void finding_send(int fd, enum sandbox_layer_id layer, bool ok, const char *fmt, ...)
{
	struct finding f = { .layer = layer, .ok = ok };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f.detail, sizeof f.detail, fmt, ap);
	va_end(ap);
	if (write(fd, &f, sizeof f) != (ssize_t)sizeof f)
		_exit(1);
}

static int fs_try(const char *type, const char *const *options)
{
	CLEANUP(close) int fs = fsopen(type, FSOPEN_CLOEXEC);

	if (fs < 0)
		return -1;
	for (const char *const *o = options; *o; o += 2) {
		if (fsconfig(fs, o[1] ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o[0], o[1], 0))
			return -1;
	}
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return fsmount(fs, FSMOUNT_CLOEXEC, 0);
}

static void try_overlay(int out, int tmpfs)
{
	static const char *const names[] = { "lower", "upper", "work" };
	char paths[3][48];
	const char *options[] = { "lowerdir", paths[0], "upperdir", paths[1], "workdir", paths[2], "userxattr", NULL, NULL };
	CLEANUP(close) int fd = -1;

	for (int i = 0; i < 3; i++) {
		int dir = mkdirat(tmpfs, names[i], 0755) ? -1 : openat(tmpfs, names[i], O_PATH | O_DIRECTORY);

		snprintf(paths[i], sizeof paths[i], "/proc/self/fd/%d", dir);
	}
	fd = fs_try("overlay", options);
	finding_send(out, LAYER_OVERLAY, fd >= 0, "%s", fd >= 0 ? "a layer over a read-only folder works" : strerror(errno));
}

static void try_mounts(int out)
{
	static const char *const none[] = { NULL };
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	CLEANUP(close) int tmpfs = -1;
	CLEANUP(close) int tree = -1;
	CLEANUP(close) int proc = -1;
	bool ok = mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0;

	tmpfs = ok ? fs_try("tmpfs", none) : -1;
	tree = tmpfs < 0 ? -1 : open_tree(AT_FDCWD, "/usr", AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	ok = tree >= 0 && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) == 0 &&
	     move_mount(tmpfs, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) == 0;
	finding_send(out, LAYER_MOUNT, ok, "%s", ok ? "a root of its own with read-only binds works" : strerror(errno));
	proc = fs_try("proc", none);
	finding_send(out, LAYER_PROC, proc >= 0, "%s", proc >= 0 ? "shows the run's own processes only" : strerror(errno));
	if (ok)
		try_overlay(out, tmpfs);
	else
		finding_send(out, LAYER_OVERLAY, false, "needs private mounts");
}

/* In fresh namespaces: each answer is sent before the next step, so a step that kills the child costs only the rest. */
static _Noreturn void namespaces_child(int out, struct setup *s)
{
	struct error err = { 0 };

	if (setup_id_maps(s, &err)) {
		finding_send(out, LAYER_USERNS, false, "made, but without a usable id map: %s", err.text);
		_exit(0);
	}
	finding_send(out, LAYER_USERNS, true, "with a map of your own id");
	try_mounts(out);
	if (setup_loopback(&err))
		finding_send(out, LAYER_NET, false, "%s", err.text);
	else
		finding_send(out, LAYER_NET, true, "empty, with a loopback of its own");
	_exit(0);
}

static void filters_try(int out)
{
	const struct filter_program *f = filter_find("ml", 1, true, true);
	struct sock_fprog prog = { .len = f->len, .filter = (struct sock_filter *)(uintptr_t)f->code };
	struct rlimit limit = { 0 };
	bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

	finding_send(out, LAYER_NO_NEW_PRIVS, ok, "%s", ok ? "setuid programs gain nothing inside" : strerror(errno));
	ok = getrlimit(RLIMIT_CORE, &limit) == 0;
	limit.rlim_cur = limit.rlim_max = 0;
	ok = ok && setrlimit(RLIMIT_CORE, &limit) == 0;
	finding_send(out, LAYER_RLIMIT, ok, "%s", ok ? "open files, file size, CPU time, data" : strerror(errno));
	/* Nobody answers the listener: only calls that pass without asking may follow. */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog) >= 0) {
		finding_send(out, LAYER_SECCOMP, true, "profile ml, %u instructions", f->len);
		finding_send(out, LAYER_NOTIFY, true, "the run's page says what was denied");
		return;
	}
	finding_send(out, LAYER_NOTIFY, false, "%s", strerror(errno));
	f = filter_find("ml", 1, false, false);
	prog = (struct sock_fprog){ .len = f->len, .filter = (struct sock_filter *)(uintptr_t)f->code };
	ok = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0;
	finding_send(out, LAYER_SECCOMP, ok, "%s", ok ? "profile ml" : strerror(errno));
}

static _Noreturn void filters_child(int out, struct setup *s)
{
	(void)s;
	filters_try(out);
	_exit(0);
}

static void findings_read(int fd, struct sandbox_caps *caps)
{
	struct finding f;

	while (read(fd, &f, sizeof f) == (ssize_t)sizeof f) {
		if ((unsigned)f.layer >= LAYER_COUNT)
			continue;
		caps->layers[f.layer].ok = f.ok;
		memcpy(caps->layers[f.layer].detail, f.detail, sizeof f.detail);
	}
}

typedef void probe_fn(int out, struct setup *s);

/* 0, or -1 with errno when no child with those namespaces can be made. */
static int child_ask(unsigned long flags, probe_fn *fn, struct sandbox_caps *caps)
{
	/* Asked here: inside a new user namespace nobody has a number yet. */
	struct setup s = { .uid = geteuid(), .gid = getegid() };
	int ends[2];
	long pid;
	int saved;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
	saved = errno;
	if (pid == 0) {
		close(ends[0]);
		fn(ends[1], &s);
	}
	close(ends[1]);
	if (pid > 0) {
		findings_read(ends[0], caps);
		while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	close(ends[0]);
	errno = saved;
	return pid < 0 ? -1 : 0;
}

static const char *clone_reason(int sys)
{
	switch (sys) {
	case ENOSPC: return "switched off or used up (sysctl user.max_user_namespaces)";
	case EPERM: return "forbidden (sysctl kernel.unprivileged_userns_clone, or an outer sandbox's seccomp filter)";
	case ENOSYS:
	case EINVAL: return "this kernel was built without it";
	default: return strerror(sys);
	}
}

static void ask_namespaces(struct sandbox_caps *caps)
{
	static const enum sandbox_layer_id ids[] = { LAYER_MOUNT, LAYER_PROC, LAYER_NET, LAYER_OVERLAY };

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		snprintf(caps->layers[ids[i]].detail, sizeof caps->layers[ids[i]].detail, "needs a user namespace");
	snprintf(caps->layers[LAYER_USERNS].detail, sizeof caps->layers[LAYER_USERNS].detail, "the probing child died");
	if (child_ask(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
		      namespaces_child, caps))
		snprintf(caps->layers[LAYER_USERNS].detail, sizeof caps->layers[LAYER_USERNS].detail, "%s",
			 clone_reason(errno));
}

static void ask_landlock(struct sandbox_caps *caps)
{
	struct sandbox_layer *l = &caps->layers[LAYER_LANDLOCK];
	const char *reason = NULL;

	caps->landlock_abi = sandbox_landlock_abi(&reason);
	l->ok = caps->landlock_abi > 0;
	if (!l->ok)
		snprintf(l->detail, sizeof l->detail, "%s", reason);
	else if (caps->landlock_abi >= 6)
		snprintf(l->detail, sizeof l->detail, "ABI %d: files, devices, TCP, signals, abstract sockets",
			 caps->landlock_abi);
	else
		snprintf(l->detail, sizeof l->detail, "ABI %d: does not cover%s%s%s signals and abstract sockets%s",
			 caps->landlock_abi, caps->landlock_abi < 3 ? " truncation," : "",
			 caps->landlock_abi < 4 ? " TCP," : "", caps->landlock_abi < 5 ? " devices," : "",
			 caps->landlock_abi >= SANDBOX_TIER2_ABI ? " (the call filter does)" : "");
}

static void ask_cgroup(struct sandbox_caps *caps)
{
	struct sandbox_layer *l = &caps->layers[LAYER_CGROUP];
	CLEANUP(cgroup_host_release) struct cgroup_host host = { 0 };
	CLEANUP(free) char *place = NULL;
	struct error err = { 0 };
	unsigned has;

	if (cgroup_host_find(&host, &err) != 1) {
		snprintf(l->detail, sizeof l->detail, "no cgroup v2 here");
		return;
	}
	if (cgroup_place_find(&host, CGROUP_ALL, &place, &has, &err) != 1) {
		snprintf(l->detail, sizeof l->detail, "this session's cgroup is not yours to divide");
		return;
	}
	l->ok = has & CGROUP_MEMORY;
	snprintf(l->detail, sizeof l->detail, "this session's cgroup is yours to divide: %s%s%s%s",
		 has & CGROUP_MEMORY ? "memory" : "no memory controller", has & CGROUP_PIDS ? ", pids" : "",
		 has & CGROUP_CPU ? ", cpu" : "", has ? "" : " (tier 2 ends runs by it)");
}

int sandbox_probe(struct sandbox_caps *out, struct error *err)
{
	struct sandbox_caps caps = { 0 };

	for (int i = 0; i < LAYER_COUNT; i++)
		caps.layers[i] = (struct sandbox_layer){ .name = layer_facts[i].name, .required = layer_facts[i].required,
							 .detail = "not answered", .fix = layer_facts[i].fix };
	if (child_ask(0, filters_child, &caps))
		return error_sys(err, "cannot make a child process");
	ask_namespaces(&caps);
	ask_landlock(&caps);
	ask_cgroup(&caps);
	for (int i = 0; i < LAYER_COUNT; i++) {
		if (caps.layers[i].ok)
			caps.layers[i].fix = "";
	}
	*out = caps;
	return 0;
}

int sandbox_caps_tier(const struct sandbox_caps *caps)
{
	bool full = true;

	for (int i = 0; i < LAYER_COUNT; i++)
		full = full && (caps->layers[i].ok || !caps->layers[i].required);
	if (full)
		return 1;
	if (caps->landlock_abi >= SANDBOX_TIER2_ABI && caps->layers[LAYER_SECCOMP].ok && caps->layers[LAYER_NO_NEW_PRIVS].ok &&
	    caps->layers[LAYER_RLIMIT].ok)
		return 2;
	return 0;
}

void sandbox_caps_reason(const struct sandbox_caps *caps, struct buf *out)
{
	bool first = true;

	for (int i = 0; i < LAYER_COUNT; i++) {
		const struct sandbox_layer *l = &caps->layers[i];

		/* Without a user namespace the others could not be tried. */
		if (i > LAYER_USERNS && i <= LAYER_OVERLAY && !caps->layers[LAYER_USERNS].ok)
			continue;
		if (l->ok || !(l->required || (i == LAYER_LANDLOCK && sandbox_caps_tier(caps) == 0)))
			continue;
		buf_printf(out, "%s%s: %s", first ? "" : "; ", l->name, l->detail);
		first = false;
	}
}
