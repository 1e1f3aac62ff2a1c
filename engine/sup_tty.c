/*
 * The terminal of a run: the supervisor holds its master. What comes out goes
 * into the log like any output, and viewers read it there; what people type
 * comes over the control socket from those that said "tty ROWS COLS", in
 * frames (engine/ttyframe.h).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/sys.h"
#include "engine/sup.h"

/* Past it nothing more is read from those who type, until the program inside has read some. */
enum { TYPED_MAX = 64 * 1024 };

static void typed_pause(struct supervisor *s, bool pause)
{
	struct error err = { 0 };

	for (size_t i = 0; i < SUP_CLIENTS; i++) {
		struct sup_client *c = &s->clients[i];

		if (c->fd < 0 || !c->typing || c->paused == pause)
			continue;
		c->paused = pause;
		if (loop_watch_change(s->loop, &c->watch, pause ? 0 : LOOP_READ, &err) < 0)
			sup_trouble(s, &err);
	}
}

static void typed_write(struct supervisor *s);

static void master_ready(struct loop *loop, void *data, unsigned events)
{
	(void)loop;
	(void)events;
	typed_write(data);
}

static void typed_watch(struct supervisor *s)
{
	struct error err = { 0 };

	if (s->typed.len == 0)
		loop_stop(s->loop, &s->typed_watch);
	else if (!s->typed_watch.active &&
		 loop_watch_fd(s->loop, &s->typed_watch, s->pty.master, LOOP_WRITE, master_ready, s, &err) < 0)
		sup_trouble(s, &err);
	typed_pause(s, s->typed.len >= TYPED_MAX);
}

static void typed_write(struct supervisor *s)
{
	ssize_t n = s->typed.len ? sys_write(s->pty.master, s->typed.data, s->typed.len) : 0;

	if (n > 0)
		buf_consume(&s->typed, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		/* Nobody inside will read it any more. */
		buf_clear(&s->typed);
	typed_watch(s);
}

/*
 * Ctrl-C typed behind lines that nobody reads would wait for ever where the terminal's own buffer is full: it is acted on
 * here, as the terminal would, and what was typed before it is thrown away.
 */
static void typed_signal(struct supervisor *s)
{
	static const struct {
		int key, number;
	} keys[] = { { VINTR, SIGINT }, { VQUIT, SIGQUIT }, { VSUSP, SIGTSTP } };
	struct termios t;

	if (s->typed.len == 0 || tcgetattr(s->pty.master, &t) < 0 || !(t.c_lflag & ISIG))
		return;
	for (size_t i = s->typed.len; i-- > 0;) {
		for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
			if ((cc_t)s->typed.data[i] != t.c_cc[keys[k].key] || t.c_cc[keys[k].key] == _POSIX_VDISABLE)
				continue;
			buf_consume(&s->typed, i + 1);
			if (ioctl(s->pty.master, TIOCSIG, keys[k].number) < 0)
				errno = 0;
			return;
		}
	}
}

int sup_tty_open(struct supervisor *s, struct sandbox_io *io, int *out_fd, struct error *err)
{
	s->typed = (struct buf)BUF_INIT(2 * TYPED_MAX);
	if (pty_open(&s->job->tty, &s->pty, err) < 0)
		return -1;
	io->stdin_fd = io->stdout_fd = io->stderr_fd = s->pty.slave;
	io->pty_master = s->pty.master;
	/* A number of its own: the loop watches reading and writing apart. The slave stays open here, so that a program that
	 * closes its terminal and opens it again does not look like the end. */
	*out_fd = fcntl(s->pty.master, F_DUPFD_CLOEXEC, 3);
	return *out_fd < 0 ? error_sys(err, "the run's terminal") : 0;
}

void sup_tty_join(struct sup_client *c, int rows, int cols)
{
	c->typing = true;
	c->watching = true;
	pty_resize(c->sup->pty.master, &(struct pty_size){ .rows = rows, .cols = cols });
}

bool sup_tty_read(struct sup_client *c, const char *p, size_t n)
{
	struct supervisor *s = c->sup;
	struct ttyframe f;

	while (n) {
		size_t used = ttyframe_next(&c->frames, p, n, &f);

		p += used;
		n -= used;
		switch (f.kind) {
		case TTYFRAME_TYPED:
			buf_append(&s->typed, f.data, f.n);
			break;
		case TTYFRAME_SIZE:
			pty_resize(s->pty.master, &f.size);
			break;
		case TTYFRAME_WORD:
			sup_ctl_obey(c, f.word);
			break;
		case TTYFRAME_BAD:
			return false;
		case TTYFRAME_NONE:
			break;
		}
	}
	typed_write(s);
	typed_signal(s);
	typed_watch(s);
	return true;
}
