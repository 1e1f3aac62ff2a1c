/* Connections of the proxy: reports of them, their descriptors, their refusals and their end. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/proxy_parts.h"

/* --- reports --- */

void proxy_send(const struct proxy *p, const struct broker_report *r)
{
	while (send(p->setup->report_fd, r, sizeof *r, MSG_NOSIGNAL) < 0) {
		/* Without a supervisor there is nobody to serve for; at the run's end it still reads. */
		if (errno != EINTR)
			_exit(0);
	}
}

void proxy_report(struct proxy *p, enum broker_event event, const struct conn *c, const char *reason)
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
	proxy_send(p, &r);
}

/* --- ends and flows --- */

size_t flow_has(const struct flow *f)
{
	return f->to - f->from;
}

size_t flow_room(struct flow *f)
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

void flow_put(struct flow *f, const char *text, size_t n)
{
	if (flow_room(f) < n)
		return;
	memcpy(f->data + f->to, text, n);
	f->to += n;
}

void flow_insert(struct flow *f, size_t at, const char *text, size_t n)
{
	size_t has = flow_has(f);

	if (has + n > sizeof f->data)
		return;
	/* To the front, and its tail behind the new text. */
	memmove(f->data, f->data + f->from, has);
	memmove(f->data + at + n, f->data + at, has - at);
	memcpy(f->data + at, text, n);
	f->from = 0;
	f->to = has + n;
}

void conn_watch(struct proxy *p, struct end *e, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = e };

	if (e->fd < 0 || e->armed == events)
		return;
	if (epoll_ctl(p->epoll_fd, !events ? EPOLL_CTL_DEL : e->armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, e->fd, &ev) == 0)
		e->armed = events;
}

/* The dialer's process may hold the socket for a moment longer: closing alone would leave it watched. */
void conn_end_close(struct proxy *p, struct end *e)
{
	conn_watch(p, e, 0);
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	e->armed = 0;
}

/* Only what was relayed is reported: of the others the record has the decision. */
void conn_close(struct proxy *p, struct conn *c, const char *reason)
{
	if (c->state == CONN_RELAY)
		proxy_report(p, BROKER_CLOSED, c, reason);
	conn_end_close(p, &c->client);
	conn_end_close(p, &c->server);
	proxy_request_release(&c->request);
	c->state = CONN_FREE;
}

void conn_enter(struct proxy *p, struct conn *c, enum conn_state state)
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

void conn_socks_reply(struct conn *c, int reply)
{
	const char text[10] = { 5, (char)reply, 0, 1 };

	flow_put(&c->down, text, sizeof text);
}

/* The answer goes out, then whatever the client still sends is read and thrown away until it has seen it. */
void conn_linger(struct proxy *p, struct conn *c)
{
	conn_end_close(p, &c->server);
	c->up.from = c->up.to = 0;
	c->down.ended = true;
	conn_enter(p, c, CONN_LINGER);
}

void conn_refuse(struct proxy *p, struct conn *c, int http_status, int socks_reply, const char *why, const char *hint)
{
	if (c->request.kind == PROXY_SOCKS)
		conn_socks_reply(c, socks_reply);
	else
		put_http_refusal(c, http_status, why, hint);
	conn_linger(p, c);
}
