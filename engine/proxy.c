/* The proxy's life: one loop over bounded connections. */
#include "config.h"

#include "engine/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/fdpass.h"
#include "base/mem.h"
#include "engine/proxy_answer.h"
#include "engine/proxy_parts.h"

static const struct confine_rule relay_rules[] = {
#if CONFINE_KNOWS_PROCESSOR
	{ SYS_recvmsg, CONFINE_ALLOW },
	{ SYS_shutdown, CONFINE_ALLOW },
#else
	{ SYS_exit_group, CONFINE_ALLOW },
#endif
};

static int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- moving bytes --- */

static uint64_t quota_left(const struct proxy *p)
{
	if (!p->setup->quota_bytes)
		return UINT64_MAX;
	return p->setup->quota_bytes > p->used ? p->setup->quota_bytes - p->used : 0;
}

/* Reads as much as fits, and as the quota leaves. False: the connection is broken. */
static bool fill(struct proxy *p, struct conn *c, struct flow *f, const struct end *from, uint64_t *count)
{
	size_t room = flow_room(f), at = f->to;
	ssize_t n;

	if (f->ended || room == 0 || from->fd < 0 || (f == &c->up && c->request.kind == PROXY_HTTP && c->body.done))
		return true;
	/* Until its beginning was looked at, a piece at a time, with room for a line more. */
	if (f == &c->down && !c->is_answered && room > ANSWER_PIECE)
		room = ANSWER_PIECE;
	if (quota_left(p) < room)
		room = (size_t)quota_left(p);
	if (room == 0)
		return true;
	n = recv(from->fd, f->data + at, room, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0) {
		f->ended = true;
		return true;
	}
	f->to += (size_t)n;
	*count += (uint64_t)n;
	p->used += (uint64_t)n;
	c->last_ms = p->now_ms;
	return f != &c->up || conn_keep_body(c, at);
}

static bool drain(struct proxy *p, struct conn *c, struct flow *f, const struct end *to)
{
	while (flow_has(f) && to->fd >= 0) {
		ssize_t n = send(to->fd, f->data + f->from, flow_has(f), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		f->from += (size_t)n;
		c->last_ms = p->now_ms;
	}
	if (f->ended && !flow_has(f) && !f->shut && to->fd >= 0) {
		f->shut = true;
		shutdown(to->fd, SHUT_WR);
	}
	return true;
}

/* Some pieces at a time: bytes on their way cost fewer calls, and the other connections still have their turn. */
static bool move(struct proxy *p, struct conn *c, struct flow *f, const struct end *from, const struct end *to, uint64_t *count)
{
	for (int i = 0; i < RELAY_ROUNDS; i++) {
		uint64_t before = *count;

		if (!fill(p, c, f, from, count) || !drain(p, c, f, to))
			return false;
		if (*count == before || flow_has(f))
			return true;
	}
	return true;
}

/* Interim answers go out at once; into the last one a line is put. False: the client does not take it. */
static bool mark_answer(struct conn *c)
{
	static const char close_line[] = "Connection: close\r\n";
	const size_t n = sizeof close_line - 1;
	struct flow *f = &c->down;
	enum proxy_answer kind;
	size_t at = 0;

	while (flow_has(f)) {
		kind = proxy_answer_scan(f->data + f->from, flow_has(f), &at);
		if (kind == PROXY_ANSWER_INTERIM) {
			if (send(c->client.fd, f->data + f->from, at, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)at)
				return false;
			f->from += at;
			continue;
		}
		if (kind == PROXY_ANSWER_SHORT && !f->ended)
			return true;
		if (kind == PROXY_ANSWER_FINAL)
			flow_insert(f, at, close_line, n);
		c->is_answered = true;
		return true;
	}
	c->is_answered = f->ended;
	return true;
}

/* What comes from the server. False: the connection is broken. */
static bool move_down(struct proxy *p, struct conn *c)
{
	if (!c->is_answered && (!fill(p, c, &c->down, &c->server, &c->bytes_down) || !mark_answer(c)))
		return false;
	return !c->is_answered || move(p, c, &c->down, &c->server, &c->client, &c->bytes_down);
}

static void quota_nears(struct proxy *p)
{
	struct broker_report r = { .event = BROKER_NEAR, .up = p->used };

	p->quota_near = true;
	proxy_send(p, &r);
}

static void quota_reached(struct proxy *p)
{
	p->quota_over = true;
	proxy_report(p, BROKER_QUOTA, NULL, "");
	for (size_t i = 0; i < p->count; i++)
		if (p->conns[i]->state == CONN_RELAY)
			conn_close(p, p->conns[i], "the run's byte quota is used up");
}

static void relay(struct proxy *p, struct conn *c)
{
	bool whole, sent_all;

	/* What came with the request may be more than there was left. */
	if (p->setup->quota_bytes && p->used > p->setup->quota_bytes) {
		quota_reached(p);
		return;
	}
	whole = c->is_begun || fill(p, c, &c->up, &c->client, &c->bytes_up);
	if (whole && !c->is_begun && !conn_check_tls(p, c))
		return;
	whole = whole && (!c->is_begun || move(p, c, &c->up, &c->client, &c->server, &c->bytes_up)) &&
		move_down(p, c);
	if (!whole) {
		conn_close(p, c, "one side broke it off");
		return;
	}
	if (!p->quota_near && quota_left(p) <= p->setup->quota_bytes / 10)
		quota_nears(p);
	if (quota_left(p) == 0) {
		quota_reached(p);
		return;
	}
	sent_all = !c->is_begun ||
		   ((c->up.ended || (c->request.kind == PROXY_HTTP && c->body.done)) && !flow_has(&c->up));
	if (c->down.shut && c->request.kind == PROXY_HTTP) {
		proxy_report(p, BROKER_CLOSED, c, "");
		conn_linger(p, c);
	} else if ((c->down.shut && c->up.shut) || (p->finish_ms && sent_all)) {
		conn_close(p, c, "");
	}
}

/* Reads and throws away. */
static void discard(struct proxy *p, struct conn *c)
{
	char waste[4096];
	ssize_t n;

	if (!drain(p, c, &c->down, &c->client)) {
		conn_close(p, c, "");
		return;
	}
	do {
		n = recv(c->client.fd, waste, sizeof waste, MSG_DONTWAIT);
		c->discarded += n > 0 ? (size_t)n : 0;
	} while (n > 0 && c->discarded < LINGER_BYTES);
	if (n == 0 || (n < 0 && errno != EAGAIN) || c->discarded >= LINGER_BYTES || p->finish_ms)
		conn_close(p, c, "");
}

static bool read_head(struct proxy *p, struct conn *c)
{
	size_t has = flow_has(&c->up);
	ssize_t n;

	(void)p;
	if (has >= PROXY_HEAD_MAX || flow_room(&c->up) == 0)
		return true;
	n = recv(c->client.fd, c->up.data + c->up.to, PROXY_HEAD_MAX - has, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->up.ended = n == 0;
	c->up.to += (size_t)n;
	return true;
}

static void arm(struct proxy *p, struct conn *c)
{
	uint32_t client = 0, server = 0;
	bool reads = !c->up.ended && flow_room(&c->up) > 0;

	if (c->state == CONN_FREE)
		return;
	if (c->state == CONN_RELAY && c->request.kind == PROXY_HTTP && c->body.done)
		reads = false;
	if (c->state == CONN_LINGER)
		reads = true;
	if (c->state != CONN_DIALLING && reads)
		client |= EPOLLIN;
	if (flow_has(&c->down) && (c->state != CONN_RELAY || c->is_answered))
		client |= EPOLLOUT;
	if (c->state == CONN_RELAY && !c->down.ended && flow_room(&c->down) > 0)
		server |= EPOLLIN;
	if (c->state == CONN_RELAY && c->is_begun && flow_has(&c->up))
		server |= EPOLLOUT;
	conn_watch(p, &c->client, client);
	conn_watch(p, &c->server, server);
}

/* Does what can be done now. */
static void step(struct proxy *p, struct conn *c)
{
	if (c->state == CONN_HEAD || c->state == CONN_SOCKS) {
		if (!read_head(p, c)) {
			conn_close(p, c, "");
			return;
		}
		conn_take_request(p, c);
	}
	if (c->state == CONN_SOCKS && !drain(p, c, &c->down, &c->client))
		conn_close(p, c, "");
	if (c->state == CONN_RELAY)
		relay(p, c);
	if (c->state == CONN_LINGER)
		discard(p, c);
	arm(p, c);
}

/* --- the loop --- */

/* Freed at the end of a round: the round's other events may still name it. */
static void sweep(struct proxy *p)
{
	for (size_t i = 0; i < p->count;) {
		if (p->conns[i]->state != CONN_FREE) {
			i++;
			continue;
		}
		free(p->conns[i]);
		p->conns[i] = p->conns[--p->count];
	}
}

static struct conn *find_dialling(struct proxy *p, uint32_t id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->conns[i]->state == CONN_DIALLING && p->conns[i]->id == id)
			return p->conns[i];
	return NULL;
}

static int receive_answer(struct proxy *p, struct dial_answer *answer, int *out_fd)
{
	ssize_t n = fdpass_receive(p->setup->report_fd, answer, sizeof *answer, out_fd);

	answer->reason[sizeof answer->reason - 1] = '\0';
	return n == (ssize_t)sizeof *answer ? 1 : n < 0 && errno == EAGAIN ? 0 : -1;
}

/* The client has given up, or was given up. */
static void drop_answer(struct proxy *p, uint32_t id, int fd)
{
	struct broker_report r = { .event = BROKER_CLOSED, .id = id, .reason = "nobody waited for it any more" };

	if (fd < 0)
		return;
	close(fd);
	proxy_send(p, &r);
}

/* False: the run is over. */
static bool take_answers(struct proxy *p)
{
	struct dial_answer a;
	int fd, got;

	while ((got = receive_answer(p, &a, &fd)) > 0) {
		struct conn *c = find_dialling(p, a.id);

		if (!c || (a.verdict == DIAL_CONNECTED) != (fd >= 0)) {
			drop_answer(p, a.id, fd);
			continue;
		}
		c->server.fd = fd;
		if (fd >= 0)
			conn_start_relay(p, c);
		else
			conn_answer_refused(p, c, &a);
		step(p, c);
	}
	return got == 0;
}

/* Too many: a word, and the door. */
static void turn_away(struct proxy *p, int fd)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"
				   "wb: a run has at most 256 connections at a time\n";

	proxy_report(p, BROKER_REFUSED, NULL, "more than 256 connections at once");
	if (send(fd, text, sizeof text - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		errno = 0;
	close(fd);
}

static void take_clients(struct proxy *p)
{
	/* Bounded, so that a flood of connects does not starve the others. */
	for (int i = 0; i < 64; i++) {
		int fd = accept4(p->setup->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct conn *c;

		if (fd < 0)
			return;
		if (p->count == PROXY_CONNS) {
			turn_away(p, fd);
			continue;
		}
		c = p->conns[p->count++] = mem_zalloc(sizeof *c);
		c->id = ++p->next_id;
		c->client = (struct end){ .conn = c, .fd = fd };
		c->server = (struct end){ .conn = c, .fd = -1 };
		proxy_request_init(&c->request);
		conn_enter(p, c, CONN_HEAD);
		step(p, c);
	}
}

/* Now and then, and ever more rarely: the record of a run whose supervisor is killed has the amounts that were told. */
static void report_amounts(struct proxy *p, struct conn *c)
{
	uint64_t moved = c->bytes_up + c->bytes_down;

	if (moved == c->told_bytes || p->now_ms - c->told_ms < c->tell_ms)
		return;
	c->told_bytes = moved;
	c->told_ms = p->now_ms;
	c->tell_ms = c->tell_ms < TELL_MAX_MS / 2 ? c->tell_ms * 2 : TELL_MAX_MS;
	proxy_report(p, BROKER_MOVED, c, "");
}

static void check_times(struct proxy *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct conn *c = p->conns[i];
		int64_t age = p->now_ms - c->since_ms, idle = p->now_ms - c->last_ms;

		if ((c->state == CONN_HEAD || c->state == CONN_SOCKS) && age > HEAD_MS) {
			proxy_report(p, BROKER_REFUSED, c, "no whole request came within 10 seconds");
			conn_refuse(p, c, 408, 1, "no whole request came within 10 seconds", "");
			step(p, c);
		} else if (c->state == CONN_DIALLING && age > DIAL_MS) {
			conn_refuse(p, c, 504, 1, "the network broker's dialer does not answer", "");
			step(p, c);
		} else if (c->state == CONN_RELAY && idle > IDLE_MS) {
			conn_close(p, c, "no byte for 10 minutes");
		} else if (c->state == CONN_RELAY) {
			report_amounts(p, c);
		} else if (c->state == CONN_LINGER && age > LINGER_MS) {
			conn_close(p, c, "");
		}
	}
}

static bool all_is_sent(const struct proxy *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->conns[i]->state == CONN_RELAY)
			return false;
	return true;
}

/* Every process of the run is gone: what they sent goes on, nothing else does. */
static void finish(struct proxy *p)
{
	if (!p->finish_ms) {
		p->finish_ms = p->now_ms;
		epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, p->setup->report_fd, NULL);
	}
	for (size_t i = 0; i < p->count; i++)
		step(p, p->conns[i]);
	sweep(p);
	if (!all_is_sent(p) && p->now_ms - p->finish_ms < FINISH_MS)
		return;
	for (size_t i = 0; i < p->count; i++)
		conn_close(p, p->conns[i], "the run ended");
	_exit(0);
}

static _Noreturn void serve(struct proxy *p)
{
	struct epoll_event ready[64];

	for (;;) {
		int n = epoll_wait(p->epoll_fd, ready, 64, p->finish_ms ? 20 : p->count ? TICK_MS : -1);
		bool over = p->finish_ms != 0;

		p->now_ms = mono_ms();
		for (int i = 0; i < n; i++) {
			void *what = ready[i].data.ptr;

			if (what == &p->setup->listen_fd)
				take_clients(p);
			else if (what == &p->setup->report_fd)
				over = !take_answers(p) || over;
			else
				step(p, ((struct end *)what)->conn);
		}
		check_times(p);
		sweep(p);
		if (over)
			finish(p);
	}
}

static void listen_to(const struct proxy *p, const int *fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = (void *)(uintptr_t)fd };

	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, *fd, &ev) < 0)
		_exit(1);
}

_Noreturn void proxy_main(const struct proxy_setup *setup)
{
	struct proxy *p = mem_zalloc(sizeof *p);
	struct error err = { 0 };
	const int on = 1;

	p->setup = setup;
	p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epoll_fd < 0)
		_exit(1);
	listen_to(p, &setup->listen_fd);
	listen_to(p, &setup->report_fd);
	/* Accepted connections inherit it. */
	if (setsockopt(setup->listen_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
		errno = 0;
	if (confine_parser_with(relay_rules, sizeof relay_rules / sizeof *relay_rules, "the network broker", &err) < 0)
		_exit(1);
	serve(p);
}
