/*
 * The payload's standard descriptors come from the host, and a descriptor is
 * more than its bytes: by one that was opened for reading the owner can change
 * a file's mode, times and attributes, or open it again for writing. Tier 1
 * replaces them by ones that lie on read-only mounts.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "sandbox/setup.h"

/* The file of fd, found again by its name in our own mounts; -1 when that is not the same one. */
static int file_find(int fd, const struct stat *st)
{
	char link[32];
	char path[LIMIT_PATH];
	struct stat now;
	CLEANUP(close) int at = -1;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0)
		return -1;
	path[n] = 0;
	at = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0 || fstat(at, &now) || now.st_dev != st->st_dev || now.st_ino != st->st_ino)
		return -1;
	return take_fd(&at);
}

static int file_reopen(int at, struct error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	CLEANUP(close) int tree = open_tree(at, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	char link[32];
	int fd;

	if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr))
		return error_sys(err, "cannot make standard input read-only");
	snprintf(link, sizeof link, "/proc/self/fd/%d", tree);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_sys(err, "cannot open standard input's file") : fd;
}

int setup_stdin(struct setup *s, struct error *err)
{
	CLEANUP(close) int at = -1;
	CLEANUP(close) int fd = -1;
	struct stat st;
	off_t pos;

	/* Nothing on the host is behind pipes and removed files. */
	if (fstat(s->io.stdin_fd, &st) || !S_ISREG(st.st_mode) || st.st_nlink == 0)
		return 0;
	at = file_find(s->io.stdin_fd, &st);
	if (at < 0) {
		error_set(err, ERR_UNSUPPORTED, "standard input is a file that is not at its place any more");
		return error_hint(err, "pipe it in: cat FILE | wb run ...");
	}
	fd = file_reopen(at, err);
	if (fd < 0)
		return -1;
	pos = lseek(s->io.stdin_fd, 0, SEEK_CUR);
	if (pos > 0 && lseek(fd, pos, SEEK_SET) < 0)
		return error_sys(err, "cannot go to standard input's place");
	return dup3(fd, s->io.stdin_fd, O_CLOEXEC) < 0 ? error_sys(err, "cannot replace standard input") : 0;
}

void setup_tty_name(struct setup *s)
{
	static const char folder[] = "/dev/pts/";
	char link[32], name[sizeof s->tty_name];
	CLEANUP(close) int at = -1;
	struct stat own, named;
	const char *digits;
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", s->io.stdin_fd);
	n = readlink(link, name, sizeof name - 1);
	if (n < (ssize_t)sizeof folder)
		return;
	name[n] = 0;
	digits = name + sizeof folder - 1;
	if (strncmp(name, folder, sizeof folder - 1) != 0 || digits[strspn(digits, "0123456789")])
		return;
	/* Another devpts may be mounted there by now, with somebody else's terminal of that number. */
	at = open(name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0 || fstat(at, &named) || fstat(s->io.stdin_fd, &own) || named.st_dev != own.st_dev ||
	    named.st_ino != own.st_ino)
		return;
	memcpy(s->tty_name, name, (size_t)n + 1);
}

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

int setup_null(struct error *err)
{
	for (int fd = 0; fd < 3; fd++) {
		CLEANUP(close) int own = -1;

		if (!is_null(fd))
			continue;
		own = open("/dev/null", O_RDWR | O_CLOEXEC);
		/* A sandbox without devices has none to offer. */
		if (own < 0 && errno == ENOENT)
			continue;
		if (own < 0 || !is_null(own) || dup2(own, fd) < 0)
			return error_sys(err, "cannot open the sandbox's /dev/null");
	}
	return 0;
}
