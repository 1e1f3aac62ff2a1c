/*
 * A person's terminal joined to a run's: what is typed goes to the run as it
 * is, and the terminal gets its settings back whatever ends the joining.
 */
#ifndef WB_ENGINE_WATCH_TTY_H
#define WB_ENGINE_WATCH_TTY_H

#include <stdbool.h>
#include <termios.h>

#include "base/buf.h"
#include "base/error.h"
#include "sandbox/pty.h"

/* Typed three times in a row it leaves the run running: Ctrl-]. */
enum { WATCH_TTY_ESCAPE = 0x1d, WATCH_TTY_ESCAPES = 3 };

struct watch_tty {
	int fd;                  /* the terminal; borrowed */
	struct termios saved;
	bool is_raw;
	unsigned escapes;        /* how many came last */
	struct buf frames;       /* on their way to the supervisor */
};

/* The size of the terminal behind fd; zeros when it has none. */
struct pty_size watch_tty_size(int fd);

/* Takes the terminal over: no echo, no signals from keys. */
int watch_tty_start(struct watch_tty *t, int fd, struct error *err) WB_MUST_CHECK;

/* Gives it back: its settings, and no answer that a program asked it for is left to be read as typed. Idempotent. */
void watch_tty_stop(struct watch_tty *t);

/* After a stop and a continue. Stops again where the terminal belongs to another job by now. */
void watch_tty_resume(struct watch_tty *t);

/* Reads what was typed into frames. False when it was the wish to leave (*hung_up false), or the terminal is gone. */
bool watch_tty_read(struct watch_tty *t, bool *hung_up);

#endif
