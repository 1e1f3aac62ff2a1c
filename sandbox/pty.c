/* Pseudo terminals. */
#include "config.h"

#include "sandbox/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { SIDE_MAX = 10000 };

void pty_close(struct pty *p)
{
	if (p->master >= 0)
		close(p->master);
	if (p->slave >= 0)
		close(p->slave);
	*p = (struct pty)PTY_INIT;
}

/* By the master, not by a name: no other mount can stand in for it. */
static int open_slave(int master)
{
	return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int pty_open(const struct pty_size *size, struct pty *out, struct error *err)
{
	CLEANUP(close) int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	CLEANUP(close) int slave = -1;

	if (master < 0 || grantpt(master) || unlockpt(master)) {
		error_sys(err, "cannot make a terminal for the run");
		return error_hint(err, "a machine without /dev/ptmx and /dev/pts has none to give: leave --tty out");
	}
	slave = open_slave(master);
	if (slave < 0)
		return error_sys(err, "cannot open the run's terminal");
	if (fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		return error_sys(err, "the run's terminal");
	pty_resize(master, size);
	*out = (struct pty){ .master = take_fd(&master), .slave = take_fd(&slave) };
	return 0;
}

void pty_resize(int master, const struct pty_size *size)
{
	struct winsize w = { .ws_row = (unsigned short)size->rows, .ws_col = (unsigned short)size->cols };

	if (size->rows < 1 || size->rows > SIDE_MAX || size->cols < 1 || size->cols > SIDE_MAX)
		return;
	/* A terminal that is gone has no size. */
	if (ioctl(master, TIOCSWINSZ, &w) < 0)
		errno = 0;
}

bool pty_is_slave_of(int master, int fd)
{
	CLEANUP(close) int slave = open_slave(master);
	struct stat a, b;

	return slave >= 0 && fstat(slave, &a) == 0 && fstat(fd, &b) == 0 && S_ISCHR(b.st_mode) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino && a.st_rdev == b.st_rdev;
}
