/*
 * The first bytes of a tunnel: do they begin TLS, and which server do they name?
 * Hostile bytes: read only in the proxy's cage (engine/proxy.h). Pure.
 */
#ifndef WB_ENGINE_TLS_HELLO_H
#define WB_ENGINE_TLS_HELLO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "engine/netrule.h"

enum { TLS_HELLO_MAX = 16 * 1024 }; /* bytes of a ClientHello, in as many records as it likes */

struct tls_hello {
	bool is_tls;
	char name[NETRULE_HOST]; /* normalised; "": it names nobody */
	bool has_hidden;         /* it carries an encrypted name besides, or what looks like one (ECH) */
};

/*
 * 1: the bytes tell; 0: more are needed (n < TLS_HELLO_MAX * 2); -1: they begin TLS in a way that no client does, or
 * name a server as no host is named.
 */
int tls_hello_parse(const char *p, size_t n, struct tls_hello *out, struct error *err) WB_MUST_CHECK;

#endif
