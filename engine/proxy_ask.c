/* What a client of the proxy asks for, up to the answer. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "engine/proxy_parts.h"

static void ask_dialer(struct proxy *p, struct conn *c)
{
	if (p->quota_over) {
		proxy_report(p, BROKER_REFUSED, c, "the run's byte quota is used up");
		conn_refuse(p, c, 403, 2, "the run's byte quota is used up", "wb run --net-bytes SIZE");
		return;
	}
	proxy_report(p, BROKER_ASKED, c, "");
	conn_enter(p, c, CONN_DIALLING);
}

/* A request was refused before the dialer heard of it. */
static void bad_request(struct proxy *p, struct conn *c, const struct error *why)
{
	int status = c->request.status;

	proxy_report(p, BROKER_REFUSED, c, why->text);
	conn_refuse(p, c, status ? status : 400, status, why->text, why->hint);
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

		proxy_report(p, BROKER_REFUSED, c, rc < 0 ? err.text : "SOCKS: the client insists on a password");
		flow_put(&c->down, none, sizeof none);
		conn_linger(p, c);
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

void conn_take_request(struct proxy *p, struct conn *c)
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
bool conn_keep_body(struct conn *c, size_t from)
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
void conn_start_relay(struct proxy *p, struct conn *c)
{
	static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	size_t early = flow_has(&c->up);

	conn_enter(p, c, CONN_RELAY);
	c->start_ms = c->told_ms = p->now_ms;
	c->tell_ms = TELL_MS;
	if (c->request.kind == PROXY_CONNECT)
		flow_put(&c->down, established, sizeof established - 1);
	else if (c->request.kind == PROXY_SOCKS)
		conn_socks_reply(c, 0);
	c->is_begun = c->request.kind == PROXY_HTTP;
	c->is_answered = !c->is_begun;
	if (c->request.kind == PROXY_HTTP) {
		size_t head = c->request.head.len;

		/* The rewritten head before what has come of the body; both fit. */
		proxy_body_start(&c->body, c->request.body, c->request.body_bytes);
		memmove(c->up.data + head, c->up.data + c->up.from, early);
		memcpy(c->up.data, c->request.head.data, head);
		c->up.from = 0;
		c->up.to = head + early;
		if (!conn_keep_body(c, head)) {
			conn_close(p, c, "the request's body is malformed");
			return;
		}
	}
	c->bytes_up = flow_has(&c->up);
	p->used += c->bytes_up;
}

void conn_answer_refused(struct proxy *p, struct conn *c, const struct dial_answer *a)
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(512), why = BUF_INIT(1024), hint = BUF_INIT(1024);

	netrule_format_place(c->request.host, c->request.port, &place);
	buf_printf(&why, "%s: %s", buf_text(&place), a->reason);
	if (a->verdict == DIAL_NOT_NAMED)
		buf_printf(&hint, "wb run --net %s", buf_text(&place));
	else if (a->verdict == DIAL_NOT_PUBLIC)
		buf_puts(&hint, "name the address itself with --net, if the run may reach it");
	if (dial_is_refusal((enum dial_verdict)a->verdict))
		conn_refuse(p, c, 403, 2, buf_text(&why), buf_text(&hint));
	else
		conn_refuse(p, c, 502, a->verdict == DIAL_UNKNOWN ? 4 : 5, buf_text(&why), "");
}
