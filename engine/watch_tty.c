/* The terminal of a viewer. */
#include "config.h"

#include "engine/watch_tty.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/sys.h"
#include "engine/ttyframe.h"

struct pty_size watch_tty_size(int fd)
{
	struct winsize w;

	if (ioctl(fd, TIOCGWINSZ, &w) < 0)
		return (struct pty_size){ 0 };
	return (struct pty_size){ .rows = w.ws_row, .cols = w.ws_col };
}

static int make_raw(const struct watch_tty *t)
{
	struct termios raw = t->saved;

	cfmakeraw(&raw);
	return tcsetattr(t->fd, TCSADRAIN, &raw);
}

int watch_tty_start(struct watch_tty *t, int fd, struct error *err)
{
	*t = (struct watch_tty){ .fd = fd, .frames = BUF_INIT(LIMIT_MIB) };
	if (tcgetattr(fd, &t->saved) < 0 || make_raw(t) < 0)
		return error_sys(err, "taking over the terminal");
	t->is_raw = true;
	return 0;
}

void watch_tty_stop(struct watch_tty *t)
{
	sigset_t ttou, old;

	if (!t->is_raw)
		return;
	t->is_raw = false;
	/* From the background, too: it is wb that changed it. */
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	sigprocmask(SIG_BLOCK, &ttou, &old);
	if (tcsetattr(t->fd, TCSAFLUSH, &t->saved) < 0)
		/* A terminal that is gone needs nothing back. */
		errno = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
}

void watch_tty_resume(struct watch_tty *t)
{
	struct termios now;

	/* Where it is not ours the kernel stops us here (SIGTTOU), and goes on once it is. */
	if (tcgetattr(t->fd, &now) < 0)
		return;
	t->saved = t->is_raw ? t->saved : now;
	t->is_raw = make_raw(t) == 0;
}

bool watch_tty_read(struct watch_tty *t, bool *hung_up)
{
	char typed[TTYFRAME_MAX];
	ssize_t n = sys_read(t->fd, typed, sizeof typed);

	*hung_up = false;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		*hung_up = true;
		return false;
	}
	for (ssize_t i = 0; i < n; i++) {
		t->escapes = typed[i] == WATCH_TTY_ESCAPE ? t->escapes + 1 : 0;
		if (t->escapes == WATCH_TTY_ESCAPES)
			return false;
	}
	ttyframe_put_typed(&t->frames, typed, (size_t)n);
	return true;
}
