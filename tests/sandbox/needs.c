/* What must go on working inside: everyday things that a stricter sandbox would break. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/sandbox/attack.h"

/* What a child writes to a terminal of ours comes out at our end. */
static int terminal_of_its_own(void)
{
	char text[16] = "";
	struct winsize size = { .ws_row = 5, .ws_col = 50 };
	int end;
	pid_t pid = forkpty(&end, NULL, NULL, &size);
	ssize_t n;

	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(isatty(0) && ttyname(0) && write(1, "seen", 4) == 4 ? 0 : 1);
	n = read(end, text, sizeof text - 1);
	waitpid(pid, NULL, 0);
	return n < 0 ? errno : strcmp(text, "seen") ? REFUSED_QUIETLY : THROUGH;
}

static int put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f)
		return errno;
	fputs(text, f);
	return fclose(f) ? errno : THROUGH;
}

static int own_name(void)
{
	return put("/proc/self/comm", "renamed");
}

static int own_oom_score(void)
{
	return put("/proc/self/oom_score_adj", "900");
}

static int service_names(void)
{
	return getservbyname("https", "tcp") && getprotobyname("tcp") ? THROUGH : REFUSED_QUIETLY;
}

static int made(const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* As copying and unpacking programs do. */
static int owner_as_it_is(void)
{
	int fd = made("owned");

	if (fd < 0 || fchown(fd, getuid(), getgid()) || chown("owned", getuid(), (gid_t)-1) ||
	    lchown("owned", (uid_t)-1, getgid()) || fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH))
		return errno;
	return THROUGH;
}

/* The way of C libraries where a link must not be followed: tar, cp. */
static int mode_by_number(void)
{
	char name[64];
	int fd = made("moded");
	int path = open("moded", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	snprintf(name, sizeof name, "/proc/self/fd/%d", path);
	return fd < 0 || path < 0 || chmod(name, 0640) ? errno : THROUGH;
}

/* cp -a goes on with the mode where there are no access lists, and fails over any other refusal. */
static int access_list(void)
{
	static const unsigned char rw_for_owner[] = { 2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 4, 0, 0, 0,
						      255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255 };

	if (made("listed") < 0)
		return errno;
	if (setxattr("listed", "system.posix_acl_access", rw_for_owner, sizeof rw_for_owner, 0) && errno != EOPNOTSUPP)
		return errno;
	return THROUGH;
}

static int own_attributes(void)
{
	char value[8] = "";
	int fd = made("labelled");

	if (fd < 0 || setxattr("labelled", "user.wb", "word", 4, 0) || fsetxattr(fd, "user.more", "x", 1, XATTR_CREATE) ||
	    fremovexattr(fd, "user.more") || getxattr("labelled", "user.wb", value, sizeof value) != 4)
		return errno;
	return strcmp(value, "word") ? REFUSED_QUIETLY : THROUGH;
}

static int watch_own_folder(void)
{
	char events[512];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd < 0 || inotify_add_watch(fd, ".", IN_CREATE) < 0)
		return errno;
	return made("watched") >= 0 && read(fd, events, sizeof events) > 0 ? THROUGH : errno;
}

const struct attack needs[] = {
	{ "need-terminal", "run a program on a terminal of its own (openpty)", terminal_of_its_own, NEED | T1_ONLY },
	{ "need-own-name", "write its name to /proc/self/comm", own_name, NEED },
	{ "need-oom-score", "ask to be killed first when memory runs out", own_oom_score, NEED | T1_ONLY },
	{ "need-owner", "give its files the owner that they have", owner_as_it_is, NEED },
	{ "need-mode", "change a file's mode by /proc/self/fd", mode_by_number, NEED },
	{ "need-list", "set a file's access list, or be told that there are none", access_list, NEED },
	{ "need-attributes", "give its files attributes (user.*)", own_attributes, NEED },
	{ "need-watch", "watch its folder by inotify", watch_own_folder, NEED },
	{ "need-services", "look up the port of a service and the number of a protocol", service_names, NEED },
	{ 0 },
};
