/*
 * The event door. Lines that the run writes to $WB_EVENTS are hostile bytes, so
 * they are parsed in a process of their own that can only read and write the
 * descriptors it has (base/confine.h). What it sends on are spool records,
 * checked again (spool_scan) before they are appended.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/confine.h"
#include "base/jval.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/sys.h"
#include "base/text.h"
#include "engine/event.h"
#include "engine/paramseen.h"
#include "engine/sup.h"

/* Messages between the two processes: this header, then len bytes. */
enum door_kind {
	DOOR_RECORDS = 1, /* to the supervisor: spool records */
	DOOR_SYNC,        /* to the supervisor: make all so far durable, answer arg. Back: arg is durable (len 0) */
	DOOR_BAD,         /* to the supervisor: arg lines were not understood; a sample message */
	DOOR_FINISH,      /* to the door: every writer is dead; drain and end */
	DOOR_TAKE,        /* to the door: take what was sent until now. Back: done, and all of it was passed on */
};

struct door_msg {
	uint32_t kind;
	uint32_t len;
	uint64_t arg;
};

enum { DOOR_CLIENTS = 256, DOOR_BATCH = 256 * 1024 };

struct door_client {
	int fd; /* -1: free */
	uint32_t serial;
	struct buf in;
	bool skipping; /* inside a line that was too long */
};

struct door {
	int listen_fd, peer_fd, epoll_fd;
	struct door_client clients[DOOR_CLIENTS];
	uint32_t serial;
	struct buf records;
	struct paramseen params;
	bool param_changed; /* by the line in hand */
	int64_t now_ms;
	uint64_t bad, bad_told;
	char bad_sample[160];
	uint64_t sync_token;
	bool sync_wanted;
	bool finishing;
};

/* --- the door's side --- */

static void door_write(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t done = sys_write(fd, at, n);

		/* Without its supervisor the door has no purpose. */
		if (done <= 0)
			_exit(1);
		at += done;
		n -= (size_t)done;
	}
}

static void door_send(struct door *d, enum door_kind kind, uint64_t arg, const void *p, size_t n)
{
	struct door_msg msg = { .kind = kind, .len = (uint32_t)n, .arg = arg };

	door_write(d->peer_fd, &msg, sizeof msg);
	door_write(d->peer_fd, p, n);
}

static void door_flush(struct door *d)
{
	if (d->records.len) {
		door_send(d, DOOR_RECORDS, 0, d->records.data, d->records.len);
		buf_clear(&d->records);
	}
	if (d->bad != d->bad_told) {
		door_send(d, DOOR_BAD, d->bad - d->bad_told, d->bad_sample, strlen(d->bad_sample));
		d->bad_told = d->bad;
	}
}

static void on_event(void *data, const struct event *e)
{
	struct door *d = data;

	switch (e->kind) {
	case EVENT_METRIC:
		spool_encode_metric(&d->records, e->key, e->value, e->step, e->time_ms);
		break;
	case EVENT_PARAM:
		if (!paramseen_agrees(&d->params, e->key, e->text)) {
			d->param_changed = true;
			break;
		}
		spool_encode_param(&d->records, e->key, e->text, d->now_ms);
		break;
	case EVENT_TAG:
		spool_encode_tag(&d->records, e->key, e->text, d->now_ms);
		break;
	case EVENT_SYNC:
		d->sync_wanted = true;
		d->sync_token = e->token;
		break;
	}
}

static void bad_line(struct door *d, const char *line, size_t n, const char *why)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 4);

	if (d->bad++ > 0)
		return;
	text_escape(&text, line, n < 60 ? n : 60);
	snprintf(d->bad_sample, sizeof d->bad_sample, "%.70s: %.80s", buf_text(&text), why);
}

static void door_line(struct door *d, struct door_client *c, const char *line, size_t n)
{
	struct error err = { 0 };

	if (n == 0)
		return;
	d->sync_wanted = false;
	d->param_changed = false;
	if (event_parse(line, n, d->now_ms, on_event, d, &err) < 0)
		bad_line(d, line, n, err.text);
	else if (d->param_changed)
		bad_line(d, line, n, "a param that has another value already keeps it");
	if (d->records.len >= DOOR_BATCH)
		door_flush(d);
	if (d->sync_wanted) {
		door_flush(d);
		/* The answer finds its way back by client and serial; its token is the client's own. */
		door_send(d, DOOR_SYNC, (uint64_t)(c - d->clients) << 32 | c->serial, &d->sync_token, sizeof d->sync_token);
	}
}

static void door_close(struct door *d, struct door_client *c)
{
	(void)d;
	close(c->fd);
	c->fd = -1;
	c->serial++;
	buf_release(&c->in);
}

/* Takes whole lines out of the client's buffer. at_end: a last line without newline counts. */
static void door_lines(struct door *d, struct door_client *c, bool at_end)
{
	size_t from = 0;

	while (from < c->in.len) {
		char *nl = memchr(c->in.data + from, '\n', c->in.len - from);
		size_t n = nl ? (size_t)(nl - (c->in.data + from)) : c->in.len - from;

		if (!nl && !at_end)
			break;
		if (c->skipping)
			c->skipping = false;
		else
			door_line(d, c, c->in.data + from, n);
		from += n + (nl ? 1 : 0);
	}
	buf_consume(&c->in, from);
	if (c->in.len > LIMIT_EVENT_LINE) {
		if (!c->skipping)
			bad_line(d, c->in.data, c->in.len, "the line is longer than 64 KiB");
		c->skipping = true;
		buf_clear(&c->in);
	}
}

/* Reads what is there. False once the client is gone. */
static bool door_read(struct door *d, struct door_client *c)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	d->now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	for (int round = 0; round < 16 || d->finishing; round++) {
		char *room = buf_room(&c->in, 65536);
		ssize_t n = room ? sys_read(c->fd, room, 65536) : -1;

		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			door_lines(d, c, true);
			door_close(d, c);
			return false;
		}
		c->in.len += (size_t)n;
		c->in.data[c->in.len] = '\0';
		door_lines(d, c, false);
	}
	return true;
}

static void door_accept(struct door *d)
{
	for (;;) {
		int fd = accept4(d->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct epoll_event ev = { .events = EPOLLIN };
		struct door_client *c = NULL;

		if (fd < 0)
			return;
		for (size_t i = 0; i < DOOR_CLIENTS && !c; i++)
			if (d->clients[i].fd < 0)
				c = &d->clients[i];
		if (!c) {
			bad_line(d, "", 0, "more than 256 connections at once");
			close(fd);
			continue;
		}
		c->fd = fd;
		c->skipping = false;
		c->in = (struct buf)BUF_INIT(LIMIT_EVENT_LINE + 2 * 65536);
		ev.data.ptr = c;
		if (epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
			door_close(d, c);
	}
}

static void door_answer(struct door *d, const struct door_msg *msg, uint64_t token)
{
	size_t slot = (size_t)(msg->arg >> 32);
	struct door_client *c = slot < DOOR_CLIENTS ? &d->clients[slot] : NULL;
	char text[32];
	int n = snprintf(text, sizeof text, "ok %llu\n", (unsigned long long)token);

	/* A client that does not read its answers loses them, and nothing else. */
	if (c && c->fd >= 0 && c->serial == (uint32_t)msg->arg && write(c->fd, text, (size_t)n) < 0)
		return;
}

/* What the run wrote before this instant is in the sockets, of connections that may not be accepted yet. */
static void door_take(struct door *d)
{
	door_accept(d);
	for (size_t i = 0; i < DOOR_CLIENTS; i++)
		if (d->clients[i].fd >= 0)
			door_read(d, &d->clients[i]);
	door_flush(d);
	door_send(d, DOOR_TAKE, 0, NULL, 0);
}

static void door_peer(struct door *d)
{
	struct door_msg msg;
	uint64_t token = 0;

	if (recv(d->peer_fd, &msg, sizeof msg, MSG_WAITALL) != (ssize_t)sizeof msg)
		_exit(0);
	if (msg.kind == DOOR_FINISH) {
		d->finishing = true;
		return;
	}
	if (msg.kind == DOOR_TAKE) {
		door_take(d);
		return;
	}
	if (recv(d->peer_fd, &token, sizeof token, MSG_WAITALL) == (ssize_t)sizeof token)
		door_answer(d, &msg, token);
}

static void door_drain(struct door *d)
{
	door_accept(d);
	for (size_t i = 0; i < DOOR_CLIENTS; i++)
		if (d->clients[i].fd >= 0 && door_read(d, &d->clients[i]))
			/* Whoever still holds the other end is not of this run. */
			door_close(d, &d->clients[i]);
	door_flush(d);
	_exit(0);
}

static _Noreturn void door_loop(struct door *d)
{
	struct epoll_event ready[64];

	for (;;) {
		int n = epoll_wait(d->epoll_fd, ready, 64, -1);

		for (int i = 0; i < n; i++) {
			if (ready[i].data.ptr == &d->listen_fd)
				door_accept(d);
			else if (ready[i].data.ptr == &d->peer_fd)
				door_peer(d);
			else
				door_read(d, ready[i].data.ptr);
		}
		if (d->finishing)
			door_drain(d);
		door_flush(d);
	}
}

static _Noreturn void door_main(const struct jval *params, int listen_fd, int peer_fd)
{
	struct door *d = mem_zalloc(sizeof *d);
	struct epoll_event listen_ev = { .events = EPOLLIN, .data.ptr = &d->listen_fd };
	struct epoll_event peer_ev = { .events = EPOLLIN, .data.ptr = &d->peer_fd };
	struct error err = { 0 };

	d->listen_fd = listen_fd;
	d->peer_fd = peer_fd;
	d->records = (struct buf)BUF_INIT(DOOR_BATCH + 4 * LIMIT_MIB);
	paramseen_init(&d->params, params);
	for (size_t i = 0; i < DOOR_CLIENTS; i++)
		d->clients[i].fd = -1;
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll_fd < 0 || epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, listen_fd, &listen_ev) < 0 ||
	    epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, peer_fd, &peer_ev) < 0)
		_exit(1);
	/* The first object draws the hash seed from the kernel: before the cage closes. */
	jval_free(jval_object());
	if (confine_parser(&err) < 0)
		_exit(1);
	door_loop(d);
}

/* --- the supervisor's side --- */

/* Whole records. */
static int append_events(struct supervisor *s, const char *records, size_t n, struct error *err)
{
	if (!s->diode)
		return spool_append_raw(s->spool, records, n, err);
	diode_events(s->diode, records, n, sup_now_ms(), spool_buffer(s->spool));
	return spool_commit(s->spool, err);
}

static void take_message(struct supervisor *s, const struct door_msg *msg, const char *body)
{
	struct error err = { 0 };
	size_t whole;
	uint64_t count;

	switch ((enum door_kind)msg->kind) {
	case DOOR_RECORDS:
		if (spool_scan(body, msg->len, SPOOL_EVENTS, &whole, &count, &err) < 0 || whole != msg->len) {
			s->bad_lines++;
			return;
		}
		if (append_events(s, body, msg->len, &err) < 0)
			sup_trouble(s, &err);
		return;
	case DOOR_SYNC:
		/* No answer when it could not be made durable: silence is not an acknowledgement. */
		if (msg->len != sizeof(uint64_t))
			return;
		if (spool_sync(s->spool, &err) < 0)
			sup_trouble(s, &err);
		else if (send(s->door_fd, msg, sizeof *msg, MSG_NOSIGNAL | MSG_MORE) < 0 ||
			 send(s->door_fd, body, msg->len, MSG_NOSIGNAL) < 0)
			return;
		return;
	case DOOR_BAD:
		if (s->bad_lines == 0 && !s->diode)
			snprintf(s->bad_sample, sizeof s->bad_sample, "%.*s", (int)msg->len, body);
		s->bad_lines += msg->arg;
		return;
	case DOOR_TAKE:
		/* In the file, where it outlives this process; the disk has it at the next sync. */
		if (spool_flush(s->spool, &err) < 0)
			sup_trouble(s, &err);
		s->held_ms = 0;
		sup_held_release(s);
		return;
	case DOOR_FINISH:
		return;
	}
}

/* Takes whole messages out of door_in. False when the door breaks the protocol. */
static bool take_messages(struct supervisor *s)
{
	size_t from = 0;

	for (;;) {
		struct door_msg msg;

		if (s->door_in.len - from < sizeof msg)
			break;
		memcpy(&msg, s->door_in.data + from, sizeof msg);
		if (msg.len > DOOR_BATCH + 4 * LIMIT_MIB)
			return false;
		if (s->door_in.len - from - sizeof msg < msg.len)
			break;
		take_message(s, &msg, s->door_in.data + from + sizeof msg);
		from += sizeof msg + msg.len;
	}
	buf_consume(&s->door_in, from);
	return true;
}

/* Reads once. False at the door's end. */
static bool read_door(struct supervisor *s, int flags)
{
	char *room = buf_room(&s->door_in, 512 * 1024);
	ssize_t n = room ? recv(s->door_fd, room, 512 * 1024, flags) : 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	s->door_in.len += (size_t)n;
	s->door_in.data[s->door_in.len] = '\0';
	return take_messages(s);
}

static void door_ready(struct loop *loop, void *data, unsigned events)
{
	struct supervisor *s = data;

	(void)events;
	for (int round = 0; round < 8; round++) {
		size_t before = s->door_in.len;

		if (!read_door(s, MSG_DONTWAIT)) {
			struct error why = { 0 };

			loop_stop(loop, &s->door_watch);
			s->door_over = true;
			sup_held_release(s);
			error_set(&why, ERR_INTERNAL, "the event door ended; later events of this run are lost");
			spool_encode_warning(spool_buffer(s->spool), why.text, sup_now_ms());
			if (spool_commit(s->spool, &why) < 0)
				sup_trouble(s, &why);
			return;
		}
		if (s->door_in.len == before)
			return;
	}
}

int sup_door_start(struct supervisor *s, struct error *err)
{
	int pair[2];

	s->door_in = (struct buf)BUF_INIT(DOOR_BATCH + 8 * LIMIT_MIB);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "making the event door's socket");
	s->door_pid = fork();
	if (s->door_pid < 0) {
		error_sys(err, "forking the event door");
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	if (s->door_pid == 0) {
		/* Two descriptors and nothing else: neither the store's nor the run's life. */
		int listen_fd = fcntl(s->child.events_fd, F_DUPFD_CLOEXEC, 10), peer_fd = fcntl(pair[1], F_DUPFD_CLOEXEC, 10);

		if (dup2(listen_fd, 3) < 0 || dup2(peer_fd, 4) < 0 || close_range(5, ~0u, 0) < 0)
			_exit(1);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		door_main(jval_get(jval_get(s->job->manifest, "start"), "params"), 3, 4);
	}
	close(pair[1]);
	/* Only the door listens: when it is gone, whoever still waits to be let in learns so. */
	close(s->child.events_fd);
	s->child.events_fd = -1;
	/* What ends all of the run's processes must leave this one: it has lines to deliver still. */
	s->child.spare = s->door_pid;
	s->door_fd = pair[0];
	return loop_watch_fd(s->loop, &s->door_watch, s->door_fd, LOOP_READ, door_ready, s, err);
}

bool sup_door_ask(struct supervisor *s)
{
	struct door_msg msg = { .kind = DOOR_TAKE };

	if (s->door_fd < 0 || s->door_over || send(s->door_fd, &msg, sizeof msg, MSG_NOSIGNAL) != (ssize_t)sizeof msg)
		return false;
	s->held_ms = sup_now_ms();
	return true;
}

void sup_door_watchdog(struct supervisor *s)
{
	if (s->held_ms == 0 || sup_now_ms() - s->held_ms < 2000)
		return;
	s->held_ms = 0;
	sup_held_release(s);
}

void sup_door_finish(struct supervisor *s)
{
	struct door_msg msg = { .kind = DOOR_FINISH };

	if (s->door_fd < 0)
		return;
	loop_stop(s->loop, &s->door_watch);
	if (send(s->door_fd, &msg, sizeof msg, MSG_NOSIGNAL) == (ssize_t)sizeof msg) {
		/* A door that hangs must not hang the run's end: each read waits for ten seconds at most. */
		struct pollfd ready = { .fd = s->door_fd, .events = POLLIN };

		while (poll(&ready, 1, 10000) > 0 && read_door(s, MSG_DONTWAIT))
			continue;
	}
	kill(s->door_pid, SIGKILL);
	waitpid(s->door_pid, NULL, 0);
	close(s->door_fd);
	s->door_fd = -1;
}
