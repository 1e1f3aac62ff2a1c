/* The rest of what is denied by name, and every number of the table against what the filter's text promises. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/filter.h"
#include "tests/sandbox/attack.h"

#define CALL(...) outcome(syscall(__VA_ARGS__))

/* Numbers that older headers lack; the same everywhere. */
enum { CALL_QUOTACTL_FD = 443, CALL_SETXATTRAT = 463, CALL_OPEN_TREE_ATTR = 467 };

static int splice_pages(void) { return CALL(SYS_splice, -1, NULL, -1, NULL, 1, 0); }
static int tee_pages(void) { return CALL(SYS_tee, -1, -1, 1, 0); }
static int quota(void) { return CALL(SYS_quotactl, 0, NULL, 0, NULL); }
static int quota_fd(void) { return CALL(CALL_QUOTACTL_FD, -1, 0, 0, NULL); }
static int cookie(void) { return CALL(SYS_lookup_dcookie, 0, NULL, 0); }
static int swap_off(void) { return CALL(SYS_swapoff, "/none"); }
static int module_remove(void) { return CALL(SYS_delete_module, "none", 0); }
static int module_file(void) { return CALL(SYS_finit_module, -1, "", 0); }
static int kexec_file(void) { return CALL(SYS_kexec_file_load, -1, -1, 0, "", 0); }
static int domain_name(void) { return CALL(SYS_setdomainname, "x", 1); }
static int hang_up(void) { return CALL(SYS_vhangup); }
static int set_time(void) { return CALL(SYS_settimeofday, NULL, NULL); }
static int adjust_time(void)
{
	char timex[256] = { 0 };

	return CALL(SYS_adjtimex, timex);
}
static int adjust_clock(void)
{
	char timex[256] = { 0 };

	return CALL(SYS_clock_adjtime, 0, timex);
}
static int pages_move(void) { return CALL(SYS_move_pages, (int)fact_number("A_VICTIM"), 0, NULL, NULL, NULL, 0); }
static int pages_migrate(void) { return CALL(SYS_migrate_pages, (int)fact_number("A_VICTIM"), 0, NULL, NULL); }
static int pages_remap(void) { return CALL(SYS_remap_file_pages, NULL, 0, 0, 0, 0); }
static int notify_mark(void) { return CALL(SYS_fanotify_mark, -1, 0, 0, -1, NULL); }
static int mount_pick(void) { return CALL(SYS_fspick, AT_FDCWD, "/", 0); }
static int mount_config(void) { return CALL(SYS_fsconfig, -1, 0, NULL, NULL, 0); }
static int mount_make(void) { return CALL(SYS_fsmount, -1, 0, 0); }
static int mount_tree_attr(void) { return CALL(CALL_OPEN_TREE_ATTR, AT_FDCWD, "/usr", 1, NULL, 0); }

/* The newest way to an attribute, which lists of old names miss. */
static int xattr_newest(void)
{
	const struct {
		uint64_t value;
		uint32_t size, flags;
	} args = { (uintptr_t)"x", 1, 0 };

	return CALL(CALL_SETXATTRAT, AT_FDCWD, fact("A_INPUT"), 0, "user.wb", &args, sizeof args);
}

static void *thread_mounts(void *out)
{
	*(int *)out = outcome(mount("x", "/tmp", "tmpfs", 0, NULL));
	return NULL;
}

static int mount_from_thread(void)
{
	pthread_t thread;
	int got = BROKEN;

	if (pthread_create(&thread, NULL, thread_mounts, &got))
		return BROKEN;
	pthread_join(thread, NULL);
	return got;
}

/* A tracer may ask to be let past its tracee's filter (CVE-2022-30594). */
static int suspend_filter(void)
{
	pid_t pid = fork();
	int got;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	got = outcome(ptrace(PTRACE_SEIZE, pid, NULL, 1 << 21 /* PTRACE_O_SUSPEND_SECCOMP */));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return got;
}

static int own_program(void)
{
	return try_open("/proc/self/exe", O_WRONLY);
}

static int plant_site(void)
{
	return try_open("/usr/lib/python3/dist-packages/sitecustomize.py", O_WRONLY | O_CREAT);
}

/* --- every number --- */

/* 0: as promised. Calls that the filter lets through are not made: some would end or hang the test. */
static int call_check(const struct filter_program *f, int tier, int nr, const uint64_t a[6], bool *tried)
{
	struct seccomp_data data = { .nr = nr, .arch = f->code[1].k };
	unsigned verdict;
	long rc;

	memcpy(data.args, a, sizeof data.args);
	verdict = filter_verdict(f, &data);
	*tried = false;
	if (verdict == SECCOMP_RET_ALLOW || (verdict == SECCOMP_RET_USER_NOTIF && filter_call_class(tier, nr) != FILTER_DENY))
		return 0;
	*tried = true;
	rc = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (verdict == SECCOMP_RET_USER_NOTIF)
		return rc == -1 && (errno == EPERM || errno == EAFNOSUPPORT) ? 0 : -1;
	return rc == -1 && errno == (int)(verdict & SECCOMP_RET_DATA) ? 0 : -1;
}

/* The kernel's own trampolines of uprobes: no filter sees them, and who is not being probed gets ENXIO or SIGILL. */
static bool is_probe(int nr)
{
#ifdef __x86_64__
	return nr == 335 || nr == 336;
#else
	return nr < 0;
#endif
}

static int every_call(void)
{
	static const uint64_t patterns[3][6] = {
		{ 0 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
		{ 0xdead00000000, 0x100005412, 0x2000, 0x61b6, 1, 0x800000001 },
	};
	int tier = (int)fact_number("A_TIER");
	const struct filter_program *f = filter_find("ml", tier, true, true);
	unsigned made = 0;

	if (!f)
		return BROKEN;
	for (int nr = 0; nr <= 600; nr++) {
		for (int p = 0; p < 3 && !is_probe(nr); p++) {
			bool tried;

			if (call_check(f, tier, nr, patterns[p], &tried)) {
				seen("call %d, pattern %d: errno %d", nr, p, errno);
				return THROUGH;
			}
			made += tried;
		}
	}
	seen("%u calls", made);
	return made > 600 ? EPERM : BROKEN;
}

const struct attack attacks_calls[] = {
	{ "splice", "splice", splice_pages, EXACT },
	{ "tee", "tee", tee_pages, EXACT },
	{ "quotactl", "quotactl", quota, EXACT },
	{ "quotactl-fd", "quotactl_fd", quota_fd, EXACT },
	{ "lookup-dcookie", "lookup_dcookie", cookie, EXACT | NOT_BARE },
	{ "swapoff", "swapoff", swap_off, EXACT | NOT_BARE },
	{ "module-remove", "delete_module", module_remove, EXACT | NOT_BARE },
	{ "module-file", "finit_module", module_file, EXACT | NOT_BARE },
	{ "kexec-file", "kexec_file_load", kexec_file, EXACT | NOT_BARE },
	{ "setdomainname", "setdomainname", domain_name, EXACT | NOT_BARE },
	{ "vhangup", "vhangup", hang_up, EXACT | NOT_BARE },
	{ "settimeofday", "settimeofday", set_time, EXACT },
	{ "adjtimex", "ask how the clock is steered", adjust_time, EXACT },
	{ "clock-adjtime", "the same by clock_adjtime", adjust_clock, EXACT },
	{ "move-pages", "move a host process's pages", pages_move, EXACT },
	{ "migrate-pages", "migrate them", pages_migrate, EXACT },
	{ "remap-file-pages", "remap_file_pages", pages_remap, EXACT },
	{ "fanotify-mark", "fanotify_mark", notify_mark, EXACT },
	{ "mount-fspick", "fspick", mount_pick, EXACT },
	{ "mount-fsconfig", "fsconfig", mount_config, EXACT },
	{ "mount-fsmount", "fsmount", mount_make, EXACT | ROOT_BARE },
	{ "mount-tree-attr", "open_tree_attr", mount_tree_attr, EXACT | ROOT_BARE },
	{ "mount-thread", "mount from a thread", mount_from_thread, EXACT | NOT_BARE },
	{ "xattr-input-newest", "give an input an attribute by setxattrat", xattr_newest, 0 },
	{ "ptrace-suspend", "have the filter suspended by a tracer", suspend_filter, EXACT | ROOT_BARE },
	{ "write-own-program", "write the running program by /proc/self/exe", own_program, NOT_BARE },
	{ "plant-site", "plant a module that every python loads", plant_site, NOT_BARE },
	{ "every-call", "every call of the table that is refused, with three patterns of arguments", every_call, NOT_BARE },
	{ 0 },
};
