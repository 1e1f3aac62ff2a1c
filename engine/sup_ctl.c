/*
 * The control socket runs/ID/ctl. A client writes one word a line: watch, stop,
 * interrupt, kill. A watcher gets "." when there is more to read in the log,
 * "!TEXT\n" to be shown, and end of file when the run's record is sealed; it is
 * never waited for.
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

static void obey(struct sup_client *c, const char *word)
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

static void client_ready(struct loop *loop, void *data, unsigned events)
{
	struct sup_client *c = data;
	char line[64];
	ssize_t n = sys_read(c->fd, line, sizeof line - 1);

	(void)loop;
	(void)events;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	line[n] = '\0';
	for (char *save = NULL, *word = strtok_r(line, "\n", &save); word; word = strtok_r(NULL, "\n", &save))
		obey(c, word);
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

void sup_ctl_tell(struct supervisor *s, const char *text)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(4096);

	buf_printf(&line, "!%s\n", text);
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].watching &&
		    send(s->clients[i].fd, line.data, line.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)line.len)
			/* Nobody reads there: a record has it all the same. */
			client_close(&s->clients[i]);
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
