/* Attacks on what a file is besides its bytes: mode, owner, times, attributes, flags; and on devices. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/sandbox/attack.h"

static const struct timespec long_ago[2] = { { 1000, 0 }, { 1000, 0 } };

static int input_fd(void)
{
	return open(fact("A_INPUT"), O_RDONLY | O_CLOEXEC);
}

static int chmod_input(void) { return outcome(chmod(fact("A_INPUT"), 0777)); }
static int chmod_input_fd(void) { return outcome(fchmod(input_fd(), 0777)); }
static int chown_input(void) { return outcome(chown(fact("A_INPUT"), getuid(), getgid())); }
static int times_input(void) { return outcome(utimensat(AT_FDCWD, fact("A_INPUT"), long_ago, 0)); }
static int times_input_fd(void) { return outcome(futimens(input_fd(), long_ago)); }
static int times_input_old(void)
{
	const struct timeval tv[2] = { { 1000, 0 }, { 1000, 0 } };

	return outcome(utimes(fact("A_INPUT"), tv));
}
static int xattr_input(void) { return outcome(setxattr(fact("A_INPUT"), "user.wb", "x", 1, 0)); }
static int xattr_input_fd(void) { return outcome(fsetxattr(input_fd(), "user.wb", "x", 1, 0)); }

static int chmod_input_proc(void)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", open(fact("A_INPUT"), O_PATH | O_CLOEXEC));
	return outcome(chmod(path, 0777));
}

static int chmod_input_empty(void)
{
	return outcome(syscall(452 /* fchmodat2 */, open(fact("A_INPUT"), O_PATH | O_CLOEXEC), "", 0777, AT_EMPTY_PATH));
}

static int flags_input(void)
{
	int flags = FS_NODUMP_FL;

	return outcome(ioctl(input_fd(), FS_IOC_SETFLAGS, &flags));
}

static int flags_input_wide(void)
{
	int flags = FS_NODUMP_FL;

	return outcome(syscall(SYS_ioctl, input_fd(), (unsigned long)FS_IOC_SETFLAGS | 1ul << 32, &flags));
}

static int fsx_input(void)
{
	struct fsxattr x = { .fsx_xflags = FS_XFLAG_NODUMP };

	return outcome(ioctl(input_fd(), FS_IOC_FSSETXATTR, &x));
}

static int chmod_home(void) { return outcome(chmod(fact_path("A_HOME", ".ssh/id_rsa"), 0777)); }
static int times_home(void) { return outcome(utimensat(AT_FDCWD, fact_path("A_HOME", ".ssh/id_rsa"), long_ago, 0)); }
static int xattr_home(void) { return outcome(setxattr(fact_path("A_HOME", ".ssh/id_rsa"), "user.wb", "x", 1, 0)); }
static int chmod_stdin(void) { return outcome(fchmod(0, 0777)); }
static int times_stdin(void) { return outcome(futimens(0, long_ago)); }
static int xattr_stdin(void) { return outcome(fsetxattr(0, "user.wb", "x", 1, 0)); }

static int flags_stdin(void)
{
	int flags = FS_NODUMP_FL;

	return outcome(ioctl(0, FS_IOC_SETFLAGS, &flags));
}

/* The node is the host's; its mode would be the host's too. */
static int chmod_null(void) { return outcome(chmod("/dev/null", 0777)); }
static int chmod_null_fd(void) { return outcome(fchmod(0, 0777)); }
static int chmod_urandom(void) { return outcome(chmod("/dev/urandom", 0777)); }
static int times_null(void) { return outcome(utimensat(AT_FDCWD, "/dev/null", long_ago, 0)); }
static int chmod_host_shm(void) { return outcome(chmod(fact("A_SHMFILE"), 0777)); }

static int setuid_made(const char *path, mode_t mode)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	return st.st_mode & mode ? THROUGH : REFUSED_QUIETLY;
}

static int setuid_chmod(void)
{
	const char *path = fact_path("A_OUT", "suid1");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	if (fd < 0)
		return BROKEN;
	if (chmod(path, 04755) && fchmod(fd, 04755))
		return errno;
	return setuid_made(path, S_ISUID);
}

static int setuid_create(void)
{
	const char *path = fact_path("A_OUT", "suid2");

	umask(0);
	if (open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 04755) < 0)
		return errno;
	return setuid_made(path, S_ISUID);
}

static int setuid_openat2(void)
{
	struct open_how how = { .flags = O_WRONLY | O_CREAT, .mode = 04755 };
	const char *path = fact_path("A_OUT", "suid3");

	umask(0);
	if (syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how) < 0)
		return errno;
	return setuid_made(path, S_ISUID);
}

static int setuid_mknod(void)
{
	const char *path = fact_path("A_OUT", "suid4");

	umask(0);
	if (mknod(path, S_IFREG | 04755, 0))
		return errno;
	return setuid_made(path, S_ISUID);
}

static int setuid_fchmodat2(void)
{
	const char *path = fact_path("A_OUT", "suid5");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	if (fd < 0)
		return BROKEN;
	if (syscall(452 /* fchmodat2 */, AT_FDCWD, path, 04755, 0))
		return errno;
	return setuid_made(path, S_ISUID);
}

static int file_caps(void)
{
	/* struct vfs_ns_cap_data, revision 2, cap_sys_admin. */
	static const unsigned char caps[20] = { 1, 0, 0, 2, 0, 0, 0x20 };
	const char *path = fact_path("A_OUT", "caps");
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	return fd < 0 ? BROKEN : outcome(setxattr(path, "security.capability", caps, sizeof caps, 0));
}

static int device_char(void)
{
	const char *path = fact_path("A_OUT", "mem");

	return outcome(mknod(path, S_IFCHR | 0600, makedev(1, 1)));
}

static int device_block(void)
{
	return outcome(mknodat(AT_FDCWD, fact_path("A_OUT", "disk"), S_IFBLK | 0600, makedev(8, 0)));
}

static int device_whiteout(void)
{
	return outcome(mknod(fact_path("A_OUT", "whiteout"), S_IFCHR | 0600, 0));
}

static int open_devices(void)
{
	static const char *const nodes[] = { "/dev/mem", "/dev/kmsg", "/dev/port", "/dev/tty",
					     "/dev/console", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/vda", "/dev/sda",
					     "/dev/loop-control", "/dev/uinput", "/dev/userfaultfd", "/dev/vsock" };

	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		int fd = open(nodes[i], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		if (fd >= 0) {
			seen("%s", nodes[i]);
			return THROUGH;
		}
	}
	return EACCES;
}

/* Tier 1 has terminals of its own, none yet; elsewhere whoever makes one is among the host's. */
static int host_terminals(void)
{
	struct dirent *entry;
	DIR *dir;

	if (fact_number("A_TIER") != 1)
		return try_open("/dev/ptmx", O_RDWR | O_NOCTTY);
	dir = opendir("/dev/pts");
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "ptmx") != 0) {
			seen("/dev/pts/%s", entry->d_name);
			return THROUGH;
		}
	}
	return REFUSED_QUIETLY;
}

const struct attack attacks_owner[] = {
	{ "chmod-input", "change an input's mode", chmod_input, 0 },
	{ "chmod-input-fd", "the same by its descriptor", chmod_input_fd, 0 },
	{ "chmod-input-proc", "the same by /proc/self/fd", chmod_input_proc, 0 },
	{ "chmod-input-empty", "the same by fchmodat2 with an empty path", chmod_input_empty, 0 },
	{ "chown-input", "change an input's owner", chown_input, 0 },
	{ "times-input", "change an input's times", times_input, 0 },
	{ "times-input-fd", "the same by its descriptor", times_input_fd, 0 },
	{ "times-input-old", "the same by utimes", times_input_old, 0 },
	{ "xattr-input", "give an input an attribute", xattr_input, 0 },
	{ "xattr-input-fd", "the same by its descriptor", xattr_input_fd, 0 },
	{ "flags-input", "give an input inode flags", flags_input, 0 },
	{ "flags-input-wide", "the same with a 64-bit command word", flags_input_wide, 0 },
	{ "fsxattr-input", "give an input extended flags", fsx_input, 0 },
	{ "chmod-home", "change a secret's mode", chmod_home, 0 },
	{ "times-home", "change a secret's times", times_home, 0 },
	{ "xattr-home", "give a secret an attribute", xattr_home, 0 },
	{ "chmod-stdin", "change the mode of standard input's file", chmod_stdin, 0 },
	{ "times-stdin", "change its times", times_stdin, 0 },
	{ "xattr-stdin", "give it an attribute", xattr_stdin, 0 },
	{ "flags-stdin", "give it inode flags", flags_stdin, 0 },
	{ "chmod-null", "change the mode of /dev/null", chmod_null, NOT_BARE },
	{ "chmod-null-fd", "the same by standard input", chmod_null_fd, NOT_BARE | NULL_STDIN },
	{ "chmod-urandom", "change the mode of /dev/urandom", chmod_urandom, NOT_BARE },
	{ "times-null", "change the times of /dev/null", times_null, NOT_BARE },
	{ "chmod-host-shm", "change the mode of a file in the host's /dev/shm", chmod_host_shm, 0 },
	{ "setuid-chmod", "make a setuid file by chmod", setuid_chmod, 0 },
	{ "setuid-create", "the same by open", setuid_create, 0 },
	{ "setuid-openat2", "the same by openat2", setuid_openat2, 0 },
	{ "setuid-mknod", "the same by mknod", setuid_mknod, 0 },
	{ "setuid-fchmodat2", "the same by fchmodat2", setuid_fchmodat2, 0 },
	{ "file-caps", "give a file capabilities", file_caps, ROOT_BARE },
	{ "device-char", "make the memory device", device_char, ROOT_BARE },
	{ "device-block", "make a disk device", device_block, ROOT_BARE },
	{ "device-whiteout", "make an overlay whiteout", device_whiteout, EXACT },
	{ "open-devices", "open devices that no run needs", open_devices, ROOT_BARE },
	{ "host-terminals", "reach the host's terminals", host_terminals, 0 },
	{ 0 },
};
