/*
 * The network broker of a run: two small processes of the supervisor, each in a
 * cage of its own. Private to wb-supervisor.
 *
 *     run ── 127.0.0.1:3128 inside ──> proxy ──> supervisor ──> dialer ──> DNS, connect
 *                                        ^          │  ^           │
 *                                        └──────────┘  └─ socket ──┘
 *
 * The proxy (proxy.h) reads what the run sends and moves bytes; it can neither
 * open nor connect anything. The dialer (dial.h) reads one fixed structure, asks
 * the rules, resolves, judges the address, connects to that very address and
 * hands the socket over; it reads nothing that the run or a server wrote but the
 * answers of the name service. The supervisor stands between them and keeps the
 * record: what is asked for is written before anybody dials, and how it came out
 * before the proxy gets the socket. So nothing reaches a host, and no byte goes
 * there, of which the record is silent, whoever is killed meanwhile. When either
 * dies the run's way to the network is shut; both die with the supervisor.
 */
#ifndef WB_ENGINE_BROKER_H
#define WB_ENGINE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/netaddr.h"
#include "engine/netrule.h"

enum { BROKER_REASON = 200 };

/* From the supervisor to the dialer. All channels are SOCK_SEQPACKET: a message is whole or it is not there. */
struct dial_request {
	uint32_t id;
	uint16_t port;
	uint16_t reserved;
	char host[NETRULE_HOST]; /* normalised */
};

enum dial_verdict {
	DIAL_CONNECTED = 1,
	DIAL_NOT_NAMED,  /* no rule names it */
	DIAL_NOT_PUBLIC, /* it leads to an address that no rule names */
	DIAL_TOO_MANY,   /* one name too many below a wildcard */
	DIAL_UNKNOWN,    /* there is no such name */
	DIAL_FAILED,     /* nobody answers there */
};

static inline bool dial_is_refusal(enum dial_verdict v)
{
	return v == DIAL_NOT_NAMED || v == DIAL_NOT_PUBLIC || v == DIAL_TOO_MANY;
}

/* From the supervisor to the proxy, with the socket when the verdict is DIAL_CONNECTED. */
struct dial_answer {
	uint32_t id;
	uint32_t verdict;
	char reason[BROKER_REASON];
};

enum broker_event {
	BROKER_DIALLED = 1, /* from the dialer: id, verdict, host, port, address, reason; with the socket if there is one */
	BROKER_ASKED,       /* from the proxy: id, host, port */
	BROKER_MOVED,       /* from the proxy: id, up, down, duration_ms until now */
	BROKER_TLS,         /* from the proxy: the TLS hello of a tunnel names host, "" for none; verdict: there is a hidden name */
	BROKER_FRONTED,     /* from the proxy: it names host, which is another one than was asked for; or reason. It is closed */
	BROKER_CLOSED,      /* from the proxy: id, up, down, duration_ms, reason when it did not end by itself */
	BROKER_REFUSED,     /* from the proxy: a request that never came to the dialer: reason; host and port if known */
	BROKER_NEAR,        /* from the proxy: nine tenths of the quota are used: up, all of it */
	BROKER_QUOTA,       /* from the proxy: the quota is used up */
};

struct broker_report {
	uint32_t event;
	uint32_t id;
	uint32_t verdict;
	uint16_t port;
	uint16_t reserved;
	uint64_t up, down; /* bytes from and to the run */
	int64_t duration_ms;
	char host[NETRULE_HOST];
	char address[NETADDR_TEXT];
	char reason[BROKER_REASON];
};

#endif
