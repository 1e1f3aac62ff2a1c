/*
 * What the files of the broker's proxy share: its connections, each a small
 * machine of states, and the bytes on their way. Private to engine/proxy*.c.
 */
#ifndef WB_ENGINE_PROXY_PARTS_H
#define WB_ENGINE_PROXY_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/broker.h"
#include "engine/proxy.h"
#include "engine/proxy_request.h"

enum {
	PROXY_CONNS = 256,
	PIPE_BYTES = 64 * 1024, /* a head of PROXY_HEAD_MAX * 2 and a piece of body fit */
	ANSWER_PIECE = 16 * 1024,
	RELAY_ROUNDS = 8,       /* pieces of one connection before another has its turn */
	HEAD_MS = 10000,        /* for a whole request to arrive */
	DIAL_MS = 60000,        /* the dialer gives up before */
	IDLE_MS = 600000,       /* without a byte in either direction */
	LINGER_MS = 3000,       /* for a client to read its refusal */
	LINGER_BYTES = 4 * 1024 * 1024,
	FINISH_MS = 2000,       /* for what the run sent before it ended */
	TICK_MS = 500,
	TELL_MS = 500,          /* until the first word of how much was moved; then twice as long each time */
	TELL_MAX_MS = 60000,
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
	bool is_begun; /* of a tunnel: its first bytes may go on */
	bool is_answered; /* of a plain request: the beginning of the answer has been looked at */
	uint64_t bytes_up, bytes_down;
	int64_t since_ms, start_ms, last_ms;
	uint64_t told_bytes; /* of bytes_up and bytes_down, what the supervisor knows */
	int64_t told_ms, tell_ms;
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

/* proxy_conn.c: reports, and what becomes of connections. */
void proxy_send(const struct proxy *p, const struct broker_report *r);
/* c may be NULL: of none in particular. */
void proxy_report(struct proxy *p, enum broker_event event, const struct conn *c, const char *reason);

size_t flow_has(const struct flow *f);
/* Bytes that fit behind f->to. */
size_t flow_room(struct flow *f);
/* All of it, or nothing when it does not fit. */
void flow_put(struct flow *f, const char *text, size_t n);

/* Puts text behind the first at bytes; nothing when it does not fit. */
void flow_insert(struct flow *f, size_t at, const char *text, size_t n);

/* epoll's events; 0: none, errors neither. */
void conn_watch(struct proxy *p, struct end *e, uint32_t events);
void conn_end_close(struct proxy *p, struct end *e);
void conn_enter(struct proxy *p, struct conn *c, enum conn_state state);
/* Its memory stays until the end of the round. */
void conn_close(struct proxy *p, struct conn *c, const char *reason);
/* What is in c->down goes out, then whatever the client still sends is read and thrown away until it has seen it. */
void conn_linger(struct proxy *p, struct conn *c);
void conn_refuse(struct proxy *p, struct conn *c, int http_status, int socks_reply, const char *why, const char *hint);
void conn_socks_reply(struct conn *c, int reply);

/* proxy_ask.c: from the first byte of a client to its connection. */
void conn_take_request(struct proxy *p, struct conn *c);
/* Of the bytes behind from only those of the request's body stay. False: they cannot be one. */
bool conn_keep_body(struct conn *c, size_t from);
/* Connected: the client is answered, and what it sent already goes on. */
void conn_start_relay(struct proxy *p, struct conn *c);
void conn_answer_refused(struct proxy *p, struct conn *c, const struct dial_answer *a);

/* proxy_tls.c: looks at the first bytes of a tunnel until they may go on. False: it was refused. */
bool conn_check_tls(struct proxy *p, struct conn *c);

#endif
