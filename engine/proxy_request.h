/*
 * What a program inside a run may say to the broker: HTTP CONNECT, plain HTTP
 * in absolute form, SOCKS 5 by name or address. Hostile bytes: read only in the
 * proxy's cage (engine/proxy.h). Pure.
 *
 * Strict where programs that read the same bytes differently could be played off
 * against each other: lines end in CR LF, one length of the body at most, one
 * Host at most and the same as in the target, no folded lines.
 */
#ifndef WB_ENGINE_PROXY_REQUEST_H
#define WB_ENGINE_PROXY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/netrule.h"

enum {
	PROXY_HEAD_MAX = 8192,  /* bytes of a request before its body */
	PROXY_FIELDS_MAX = 100, /* header lines */
};

enum proxy_kind { PROXY_CONNECT, PROXY_HTTP, PROXY_SOCKS };

/* How the end of a request's body is told. */
enum proxy_body { PROXY_BODY_NONE, PROXY_BODY_LENGTH, PROXY_BODY_CHUNKED };

struct proxy_request {
	enum proxy_kind kind;
	char host[NETRULE_HOST]; /* normalised; "" where the request was refused before one was read */
	uint16_t port;
	size_t took;             /* bytes of the input that were the request */
	enum proxy_body body;    /* PROXY_HTTP */
	uint64_t body_bytes;     /* PROXY_BODY_LENGTH */
	struct buf head;         /* PROXY_HTTP: the request as it goes on */
	int status;              /* of a refusal: HTTP status, or the SOCKS reply */
};

void proxy_request_init(struct proxy_request *r);
void proxy_request_release(struct proxy_request *r);

/*
 * 1: a whole request; 0: its end has not come yet (n < PROXY_HEAD_MAX); -1: refused, with out->status and the host as
 * far as it is known.
 */
int proxy_http_parse(const char *p, size_t n, struct proxy_request *out, struct error *err) WB_MUST_CHECK;

/* The first message of SOCKS 5. 1: of *out_took bytes, and whether the client offers to do without a password. */
int proxy_socks_greeting(const char *p, size_t n, size_t *out_took, bool *out_open, struct error *err) WB_MUST_CHECK;
/* The second. */
int proxy_socks_parse(const char *p, size_t n, struct proxy_request *out, struct error *err) WB_MUST_CHECK;

/* Follows a body to its end, so that nothing behind it is taken for part of it. */
struct proxy_body_reader {
	enum proxy_body body;
	uint64_t left;      /* of the body, or of the chunk */
	int at;             /* chunked: the place in the grammar */
	unsigned line;      /* bytes of the size line or of the trailer */
	bool done;
};

/* bytes: of a body whose length is known; else 0. */
void proxy_body_start(struct proxy_body_reader *b, enum proxy_body body, uint64_t bytes);
/* How many of the n bytes belong to the body; -1 when they cannot be one. */
int64_t proxy_body_feed(struct proxy_body_reader *b, const char *p, size_t n);

#endif
