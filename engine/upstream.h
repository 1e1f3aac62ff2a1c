/*
 * The proxy that this machine's own way out needs: where --net's dialer finds
 * it, for which hosts, and the words that are exchanged with it. Pure but for
 * upstream_find(), which reads the environment that it is given.
 *
 * With it in the way a name is resolved by somebody else: the dialer cannot
 * judge the address. Hosts of $no_proxy, localhost and addresses that are not
 * public are reached directly, and judged, as without it.
 */
#ifndef WB_ENGINE_UPSTREAM_H
#define WB_ENGINE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "engine/netrule.h"

enum {
	UPSTREAM_AUTH = 1024,
	UPSTREAM_DIRECT = 4096,
	UPSTREAM_ORIGIN = 64,
	UPSTREAM_WORDS = 2048, /* a request to it */
	UPSTREAM_ANSWER = 8192, /* its answer's head */
};

/* Of a fixed size: it travels as it is, in memory that only the dialer reads. */
struct upstream {
	char host[NETRULE_HOST]; /* normalised; "": there is none */
	uint16_t port;
	char origin[UPSTREAM_ORIGIN]; /* "$https_proxy", "network.proxy" */
	char auth[UPSTREAM_AUTH];     /* what Basic authorization sends (base64); "": nothing. Never shown, never recorded */
	char direct[UPSTREAM_DIRECT]; /* as $no_proxy writes it */
};

typedef const char *upstream_env_fn(const char *name);

/*
 * setting is network.proxy: "auto" asks the environment (https_proxy, all_proxy, http_proxy, in this order, in both
 * cases), "none" is none, anything else a URL without credentials. 1: there is one; 0: there is none.
 */
int upstream_find(const char *setting, upstream_env_fn *env, struct upstream *out, struct error *err) WB_MUST_CHECK;

/* Is it a value of network.proxy? */
int upstream_check_setting(const char *text, struct error *err) WB_MUST_CHECK;

/* "proxy.example:3128 ($https_proxy)". Appended. */
void upstream_describe(const struct upstream *u, struct buf *out);

/* Is host (normalised) reached without it? */
bool upstream_is_direct(const struct upstream *u, const char *host, uint16_t port);

/* The request for a tunnel; its length. */
size_t upstream_request(const struct upstream *u, const char *host, uint16_t port, char out[UPSTREAM_WORDS]);

/* The head of its answer. 1: whole, with the bytes that it takes and the status; 0: more is to come; -1: it is none. */
int upstream_answer(const char *p, size_t n, size_t *out_took, int *out_status);

#endif
