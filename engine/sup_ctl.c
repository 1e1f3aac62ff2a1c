/*
 * The control socket runs/ID/ctl. A client writes one word a line: watch, stop,
 * interrupt, kill; or, where the run has a terminal, "tty ROWS COLS": then it
 * watches, and what follows are frames (sup_tty.c). A watcher gets "." when
 * there is more to read in the log, "!TEXT\n" to be shown, and end of file when
 * the run's record is sealed; it is never waited for.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/str.h"
#include "base/sys.h"
#include "engine/sup.h"

static void client_close(struct sup_client *c)
{
	if (c->fd < 0)
		return;
	loop_stop(c->sup->loop, &c->watch);
	close(c->fd);
	c->fd = -1;
	c->watching = false;
}

void sup_ctl_obey(struct sup_client *c, const char *word)
{
	struct supervisor *s = c->sup;

	if (str_eq(word, "watch")) {
		c->watching = true;
	} else if (str_eq(word, "stop") || str_eq(word, "interrupt")) {
		s->stop_asked = true;
		sup_stop(s, str_eq(word, "stop") ? SIGTERM : SIGINT, s->job->limits.grace_ns);
	} else if (str_eq(word, "kill")) {
		s->stop_asked = true;
		sup_kill(s);
	}
}

/* Words, one a line; behind the one that brings a terminal come frames. */
static bool take_lines(struct sup_client *c, char *p, size_t n)
{
	while (n && !c->typing) {
		char *end = memchr(p, '\n', n);
		size_t used = end ? (size_t)(end - p) + 1 : n;
		int rows, cols;

		if (end)
			*end = '\0';
		if (c->sup->pty.master >= 0 && sscanf(p, "tty %d %d", &rows, &cols) == 2)
			sup_tty_join(c, rows, cols);
		else
			sup_ctl_obey(c, p);
		p += used;
		n -= used;
	}
	return !n || sup_tty_read(c, p, n);
}

static void client_ready(struct loop *loop, void *data, unsigned events)
{
	struct sup_client *c = data;
	char piece[4096];
	ssize_t n = sys_read(c->fd, piece, sizeof piece - 1);

	(void)loop;
	(void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	piece[n] = '\0';
	if (!take_lines(c, piece, (size_t)n))
		client_close(c);
}

static void ctl_ready(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;
	struct error err = { 0 };
	int fd = accept4(s->ctl_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0)
		return;
	for (size_t i = 0; i < SUP_CLIENTS; i++) {
		struct sup_client *c = &s->clients[i];

		if (c->fd >= 0)
			continue;
		*c = (struct sup_client){ .sup = s, .fd = fd };
		if (loop_watch_fd(loop, &c->watch, fd, LOOP_READ, client_ready, c, &err) < 0)
			client_close(c);
		return;
	}
	/* A 33rd viewer is turned away rather than kept waiting. */
	close(fd);
}

int sup_ctl_start(struct supervisor *s, struct error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	for (size_t i = 0; i < SUP_CLIENTS; i++)
		s->clients[i] = (struct sup_client){ .sup = s, .fd = -1 };
	/* By descriptor: a store's path may be longer than a socket's name can be. */
	snprintf(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/%d/ctl", s->run_dirfd);
	s->ctl_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->ctl_fd < 0 || bind(s->ctl_fd, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(s->ctl_fd, 16) < 0)
		return error_sys(err, "making the run's control socket");
	return loop_watch_fd(s->loop, &s->ctl_watch, s->ctl_fd, LOOP_READ, ctl_ready, s, err);
}

void sup_ctl_poke(struct supervisor *s)
{
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].watching &&
		    send(s->clients[i].fd, ".", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
			client_close(&s->clients[i]);
}

static void say(struct supervisor *s, char kind, const char *text)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(4096);

	buf_printf(&line, "%c%s\n", kind, text);
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].watching &&
		    send(s->clients[i].fd, line.data, line.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)line.len)
			/* Nobody reads there: a record has it all the same. */
			client_close(&s->clients[i]);
}

void sup_ctl_tell(struct supervisor *s, const char *text)
{
	say(s, '!', text);
}

void sup_ctl_inform(struct supervisor *s, const char *text)
{
	say(s, '~', text);
}

void sup_ctl_close(struct supervisor *s)
{
	if (s->ctl_fd < 0)
		return;
	/* The name goes first: whoever connects from here on learns that the run is over. */
	unlinkat(s->run_dirfd, "ctl", 0);
	loop_stop(s->loop, &s->ctl_watch);
	close(s->ctl_fd);
	s->ctl_fd = -1;
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		client_close(&s->clients[i]);
}
