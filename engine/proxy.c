/* The proxy's life: one loop, bounded connections, each a small machine of states. */
#include "config.h"

#include "engine/proxy.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/confine.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/proxy_request.h"

enum {
	PROXY_CONNS = 256,
	PIPE_BYTES = 32 * 1024, /* a head of PROXY_HEAD_MAX * 2 and a piece of body fit */
	HEAD_MS = 10000,        /* for a whole request to arrive */
	DIAL_MS = 60000,        /* the dialer gives up before */
	IDLE_MS = 600000,       /* without a byte in either direction */
	LINGER_MS = 3000,       /* for a client to read its refusal */
	LINGER_BYTES = 4 * 1024 * 1024,
	FINISH_MS = 2000,       /* for what the run sent before it ended */
	TICK_MS = 500,
};

enum conn_state { CONN_FREE, CONN_HEAD, CONN_SOCKS, CONN_DIALLING, CONN_RELAY, CONN_LINGER };

/* Bytes on their way in one direction. */
struct flow {
	char data[PIPE_BYTES];
	size_t from, to;
	bool ended; /* no more will come */
	bool shut;  /* and the receiver was told */
};

struct end {
	struct conn *conn;
	int fd;
	uint32_t armed; /* epoll's events; 0 when it is not watched */
};

struct conn {
	enum conn_state state;
	uint32_t id;
	struct end client, server;
	struct flow up, down;
	struct proxy_request request;
	struct proxy_body_reader body; /* PROXY_HTTP: what of the client's bytes may go on */
	uint64_t bytes_up, bytes_down;
	int64_t since_ms, start_ms, last_ms;
	size_t discarded;
};

struct proxy {
	const struct proxy_setup *setup;
	int epoll_fd;
	struct conn *conns[PROXY_CONNS];
	size_t count;
	uint32_t next_id;
	uint64_t used;
	bool quota_near, quota_over; /* told */
	int64_t now_ms, finish_ms; /* finish_ms: when the run was over; 0: it is not */
};

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

/* --- reports --- */

static void send_report(const struct proxy *p, const struct broker_report *r)
{
	while (send(p->setup->report_fd, r, sizeof *r, MSG_NOSIGNAL) < 0) {
		/* Without a supervisor there is nobody to serve for; at the run's end it still reads. */
		if (errno != EINTR)
			_exit(0);
	}
}

static void report(struct proxy *p, enum broker_event event, const struct conn *c, const char *reason)
{
	struct broker_report r = { .event = event };

	if (c) {
		r.id = c->id;
		r.port = c->request.port;
		memcpy(r.host, c->request.host, sizeof r.host);
		r.up = c->bytes_up;
		r.down = c->bytes_down;
		r.duration_ms = c->start_ms ? p->now_ms - c->start_ms : 0;
	}
	snprintf(r.reason, sizeof r.reason, "%s", reason);
	send_report(p, &r);
}

/* --- ends and flows --- */

static size_t flow_has(const struct flow *f)
{
	return f->to - f->from;
}

static size_t flow_room(struct flow *f)
{
	if (f->from == f->to)
		f->from = f->to = 0;
	if (f->to == sizeof f->data && f->from) {
		memmove(f->data, f->data + f->from, flow_has(f));
		f->to -= f->from;
		f->from = 0;
	}
	return sizeof f->data - f->to;
}

static void flow_put(struct flow *f, const char *text, size_t n)
{
	if (flow_room(f) < n)
		return;
	memcpy(f->data + f->to, text, n);
	f->to += n;
}

static void watch(struct proxy *p, struct end *e, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = e };

	if (e->fd < 0 || e->armed == events)
		return;
	if (epoll_ctl(p->epoll_fd, !events ? EPOLL_CTL_DEL : e->armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, e->fd, &ev) == 0)
		e->armed = events;
}

/* The dialer's process may hold the socket for a moment longer: closing alone would leave it watched. */
static void end_close(struct proxy *p, struct end *e)
{
	watch(p, e, 0);
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	e->armed = 0;
}

/* Only what was relayed is reported: of the others the record has the decision. */
static void conn_close(struct proxy *p, struct conn *c, const char *reason)
{
	if (c->state == CONN_RELAY)
		report(p, BROKER_CLOSED, c, reason);
	end_close(p, &c->client);
	end_close(p, &c->server);
	proxy_request_release(&c->request);
	c->state = CONN_FREE;
}

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

static void conn_enter(struct proxy *p, struct conn *c, enum conn_state state)
{
	c->state = state;
	c->since_ms = c->last_ms = p->now_ms;
}

/* --- refusals --- */

static const char *status_words(int status)
{
	switch (status) {
	case 403: return "Forbidden";
	case 408: return "Request Timeout";
	case 431: return "Request Header Fields Too Large";
	case 501: return "Coding Not Supported";
	case 502: return "Bad Gateway";
	case 503: return "Service Unavailable";
	case 504: return "Gateway Timeout";
	default: return "Bad Request";
	}
}

static void put_http_refusal(struct conn *c, int status, const char *why, const char *hint)
{
	char body[1024], head[256];
	int n = snprintf(body, sizeof body, "wb: %s%s%s\n", why, *hint ? "\nhint: " : "", hint);
	int m = snprintf(head, sizeof head,
			 "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", status,
			 status_words(status), n);

	if (n > 0 && (size_t)n < sizeof body && m > 0 && (size_t)m < sizeof head) {
		flow_put(&c->down, head, (size_t)m);
		flow_put(&c->down, body, (size_t)n);
	}
}

static void put_socks_reply(struct conn *c, int reply)
{
	const char text[10] = { 5, (char)reply, 0, 1 };

	flow_put(&c->down, text, sizeof text);
}

/* The answer goes out, then whatever the client still sends is read and thrown away until it has seen it. */
static void linger(struct proxy *p, struct conn *c)
{
	end_close(p, &c->server);
	c->up.from = c->up.to = 0;
	c->down.ended = true;
	conn_enter(p, c, CONN_LINGER);
}

static void refuse(struct proxy *p, struct conn *c, int http_status, int socks_reply, const char *why, const char *hint)
{
	if (c->request.kind == PROXY_SOCKS)
		put_socks_reply(c, socks_reply);
	else
		put_http_refusal(c, http_status, why, hint);
	linger(p, c);
}

/* --- requests --- */

static void ask_dialer(struct proxy *p, struct conn *c)
{
	struct dial_request r = { .id = c->id, .port = c->request.port };

	if (p->quota_over) {
		report(p, BROKER_REFUSED, c, "the run's byte quota is used up");
		refuse(p, c, 403, 2, "the run's byte quota is used up", "wb run --net-bytes SIZE");
		return;
	}
	memcpy(r.host, c->request.host, sizeof r.host);
	if (send(p->setup->dial_fd, &r, sizeof r, MSG_NOSIGNAL) != (ssize_t)sizeof r) {
		report(p, BROKER_REFUSED, c, "the network broker's dialer is gone");
		refuse(p, c, 502, 1, "the network broker's dialer is gone", "");
		return;
	}
	conn_enter(p, c, CONN_DIALLING);
}

/* A request was refused before the dialer heard of it. */
static void bad_request(struct proxy *p, struct conn *c, const struct error *why)
{
	int status = c->request.status;

	report(p, BROKER_REFUSED, c, why->text);
	refuse(p, c, status ? status : 400, status, why->text, why->hint);
}

static void take_head(struct proxy *p, struct conn *c)
{
	struct error err = { 0 };
	int rc = proxy_http_parse(c->up.data + c->up.from, flow_has(&c->up), &c->request, &err);

	if (rc < 0) {
		bad_request(p, c, &err);
		return;
	}
	if (rc == 0)
		return;
	c->up.from += c->request.took;
	ask_dialer(p, c);
}

static void take_greeting(struct proxy *p, struct conn *c)
{
	struct error err = { 0 };
	size_t took = 0;
	bool open = false;
	int rc = proxy_socks_greeting(c->up.data + c->up.from, flow_has(&c->up), &took, &open, &err);

	c->request.kind = PROXY_SOCKS;
	if (rc == 0)
		return;
	if (rc < 0 || !open) {
		const char none[2] = { 5, (char)0xff };

		report(p, BROKER_REFUSED, c, rc < 0 ? err.text : "SOCKS: the client insists on a password");
		flow_put(&c->down, none, sizeof none);
		linger(p, c);
		return;
	}
	c->up.from += took;
	flow_put(&c->down, "\5", 2);
	/* The time for a whole request runs on. */
	c->state = CONN_SOCKS;
}

static void take_socks(struct proxy *p, struct conn *c)
{
	struct error err = { 0 };
	int rc = proxy_socks_parse(c->up.data + c->up.from, flow_has(&c->up), &c->request, &err);

	if (rc < 0)
		bad_request(p, c, &err);
	if (rc <= 0)
		return;
	c->up.from += c->request.took;
	ask_dialer(p, c);
}

static void take_request(struct proxy *p, struct conn *c)
{
	if (c->state == CONN_HEAD && flow_has(&c->up)) {
		if (c->up.data[c->up.from] == 5)
			take_greeting(p, c);
		else
			take_head(p, c);
	}
	if (c->state == CONN_SOCKS && flow_has(&c->up))
		take_socks(p, c);
	if ((c->state == CONN_HEAD || c->state == CONN_SOCKS) && c->up.ended)
		conn_close(p, c, "");
}

/* Of a plain request only its body goes on: what follows would be a request that nobody has looked at. */
static bool keep_body(struct conn *c, size_t from)
{
	int64_t n;

	if (c->request.kind != PROXY_HTTP)
		return true;
	n = c->body.done ? 0 : proxy_body_feed(&c->body, c->up.data + from, c->up.to - from);
	if (n < 0)
		return false;
	c->up.to = from + (size_t)n;
	return true;
}

/* Connected: the client is answered, and what it sent already goes on. */
static void start_relay(struct proxy *p, struct conn *c)
{
	static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	size_t early = flow_has(&c->up);

	conn_enter(p, c, CONN_RELAY);
	c->start_ms = p->now_ms;
	if (c->request.kind == PROXY_CONNECT)
		flow_put(&c->down, established, sizeof established - 1);
	else if (c->request.kind == PROXY_SOCKS)
		put_socks_reply(c, 0);
	if (c->request.kind == PROXY_HTTP) {
		size_t head = c->request.head.len;

		/* The rewritten head before what has come of the body; both fit. */
		proxy_body_start(&c->body, c->request.body, c->request.body_bytes);
		memmove(c->up.data + head, c->up.data + c->up.from, early);
		memcpy(c->up.data, c->request.head.data, head);
		c->up.from = 0;
		c->up.to = head + early;
		if (!keep_body(c, head)) {
			conn_close(p, c, "the request's body is malformed");
			return;
		}
	}
	c->bytes_up = flow_has(&c->up);
	p->used += c->bytes_up;
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
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = answer, .iov_len = sizeof *answer };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(p->setup->dial_fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	const struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*out_fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(out_fd, CMSG_DATA(c), sizeof *out_fd);
	answer->reason[sizeof answer->reason - 1] = '\0';
	return n == (ssize_t)sizeof *answer ? 1 : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void answer_refused(struct proxy *p, struct conn *c, const struct dial_answer *a)
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(512), why = BUF_INIT(1024), hint = BUF_INIT(1024);

	netrule_format_place(c->request.host, c->request.port, &place);
	buf_printf(&why, "%s: %s", buf_text(&place), a->reason);
	if (a->verdict == DIAL_NOT_NAMED)
		buf_printf(&hint, "wb run --net %s", buf_text(&place));
	else if (a->verdict == DIAL_NOT_PUBLIC)
		buf_puts(&hint, "name the address itself with --net, if the run may reach it");
	if (a->verdict == DIAL_NOT_NAMED || a->verdict == DIAL_NOT_PUBLIC)
		refuse(p, c, 403, 2, buf_text(&why), buf_text(&hint));
	else
		refuse(p, c, 502, a->verdict == DIAL_UNKNOWN ? 4 : 5, buf_text(&why), "");
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
	return f != &c->up || keep_body(c, at);
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

static void quota_nears(struct proxy *p)
{
	struct broker_report r = { .event = BROKER_NEAR, .up = p->used };

	p->quota_near = true;
	send_report(p, &r);
}

static void quota_reached(struct proxy *p)
{
	p->quota_over = true;
	report(p, BROKER_QUOTA, NULL, "");
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
	whole = fill(p, c, &c->up, &c->client, &c->bytes_up) && drain(p, c, &c->up, &c->server) &&
		fill(p, c, &c->down, &c->server, &c->bytes_down) && drain(p, c, &c->down, &c->client);
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
	sent_all = (c->up.ended || (c->request.kind == PROXY_HTTP && c->body.done)) && !flow_has(&c->up);
	if (c->down.shut && c->request.kind == PROXY_HTTP) {
		report(p, BROKER_CLOSED, c, "");
		linger(p, c);
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
	if (flow_has(&c->down))
		client |= EPOLLOUT;
	if (c->state == CONN_RELAY && !c->down.ended && flow_room(&c->down) > 0)
		server |= EPOLLIN;
	if (c->state == CONN_RELAY && flow_has(&c->up))
		server |= EPOLLOUT;
	watch(p, &c->client, client);
	watch(p, &c->server, server);
}

/* Does what can be done now. */
static void step(struct proxy *p, struct conn *c)
{
	if (c->state == CONN_HEAD || c->state == CONN_SOCKS) {
		if (!read_head(p, c)) {
			conn_close(p, c, "");
			return;
		}
		take_request(p, c);
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

static void take_answer(struct proxy *p)
{
	struct dial_answer a;
	int fd, got;

	while ((got = receive_answer(p, &a, &fd)) > 0) {
		struct conn *c = find_dialling(p, a.id);

		if (!c || (a.verdict == DIAL_CONNECTED) != (fd >= 0)) {
			if (fd >= 0)
				close(fd);
			continue;
		}
		c->server.fd = fd;
		if (fd >= 0)
			start_relay(p, c);
		else
			answer_refused(p, c, &a);
		step(p, c);
	}
	/* Connections that are there live on; new ones are refused by send(). */
	if (got < 0)
		epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, p->setup->dial_fd, NULL);
}

/* Too many: a word, and the door. */
static void turn_away(struct proxy *p, int fd)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"
				   "wb: a run has at most 256 connections at a time\n";

	report(p, BROKER_REFUSED, NULL, "more than 256 connections at once");
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

static void check_times(struct proxy *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct conn *c = p->conns[i];
		int64_t age = p->now_ms - c->since_ms, idle = p->now_ms - c->last_ms;

		if ((c->state == CONN_HEAD || c->state == CONN_SOCKS) && age > HEAD_MS) {
			report(p, BROKER_REFUSED, c, "no whole request came within 10 seconds");
			refuse(p, c, 408, 1, "no whole request came within 10 seconds", "");
			step(p, c);
		} else if (c->state == CONN_DIALLING && age > DIAL_MS) {
			refuse(p, c, 504, 1, "the network broker's dialer does not answer", "");
			step(p, c);
		} else if (c->state == CONN_RELAY && idle > IDLE_MS) {
			conn_close(p, c, "no byte for 10 minutes");
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
			else if (what == &p->setup->dial_fd)
				take_answer(p);
			else if (what == &p->setup->report_fd)
				over = true;
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
	listen_to(p, &setup->dial_fd);
	listen_to(p, &setup->report_fd);
	/* Accepted connections inherit it. */
	if (setsockopt(setup->listen_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0)
		errno = 0;
	if (confine_parser_with(relay_rules, sizeof relay_rules / sizeof *relay_rules, "the network broker", &err) < 0)
		_exit(1);
	serve(p);
}
