/*
 * A terminal of a run's own. It is made outside, where there is a devpts; the
 * sandbox gets the slave's descriptor as its standard streams and as its
 * controlling terminal, and its name; not the master. What the
 * payload types into it by ioctl or sets on it reaches nobody's terminal.
 */
#ifndef WB_SANDBOX_PTY_H
#define WB_SANDBOX_PTY_H

#include <stdbool.h>

#include "base/error.h"

struct pty_size {
	int rows;
	int cols;
};

struct pty {
	int master; /* non-blocking */
	int slave;
};

#define PTY_INIT { .master = -1, .slave = -1 }

/* Does not become anybody's controlling terminal. size may have zeros: not known. */
int pty_open(const struct pty_size *size, struct pty *out, struct error *err) WB_MUST_CHECK;
void pty_close(struct pty *p);

/* Whoever is in the foreground inside learns of it by SIGWINCH. Sizes out of reason are ignored. */
void pty_resize(int master, const struct pty_size *size);

/* True when fd is the other end of master, and not any other terminal. */
bool pty_is_slave_of(int master, int fd);

#endif
