/*
 * Names of hosts and what --net says about them. Pure: the command line, the
 * policy's input and the broker read a destination with the same functions.
 *
 *     HOST[:PORT]       a name; one that resolves to a private address is refused
 *     *.SUFFIX[:PORT]   every name below SUFFIX, not SUFFIX itself
 *     1.2.3.4[:PORT]    that address, be it private
 *     [2001:db8::1][:PORT]
 *
 * Without a port it is 80 and 443.
 */
#ifndef WB_ENGINE_NETRULE_H
#define WB_ENGINE_NETRULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/netaddr.h"

enum {
	NETRULE_HOST = 256,   /* 253 bytes of a name (RFC 1035), NUL, and room */
	NETRULE_MAX = 256,    /* rules of one run */
	NETRULE_PORTS = 2,    /* that a rule without a port stands for */
};

struct netrule {
	char host[NETRULE_HOST]; /* normalised; of "*.SUFFIX" the suffix */
	bool is_suffix;
	bool is_address;
	struct netaddr address;  /* with is_address */
	uint16_t port;           /* 0: none was given */
};

/*
 * A host as it may be compared: lower case, without a last dot, an address in its canonical text. Refused, naming the
 * fault: empty or overlong names and labels, bytes that no host name has (controls, blanks, '@', '%', what is not
 * ASCII), numbers that some programs take for IPv4 ("0x7f.1", "2130706433", "127.1", "010.0.0.1"), IPv6 with a zone,
 * and addresses that wrap IPv4. out has room for NETRULE_HOST.
 */
int netrule_host(const char *text, size_t n, char *out, struct error *err) WB_MUST_CHECK;

/* 1 to 65535 in decimal, nothing else. */
int netrule_port(const char *text, size_t n, uint16_t *out, struct error *err) WB_MUST_CHECK;

/* "HOST:PORT" or "[V6]:PORT" as a request names it; the port is 0 where none is given. */
int netrule_authority(const char *text, size_t n, char *out_host, uint16_t *out_port, struct error *err) WB_MUST_CHECK;

/* What --net takes, above. ERR_INVALID with what to write instead. */
int netrule_parse(const char *text, struct netrule *out, struct error *err) WB_MUST_CHECK;

/* The rule as it is written, normalised. Appended. */
void netrule_format(const struct netrule *r, struct buf *out);

/* HOST:PORT, with brackets where HOST is IPv6. Appended. */
void netrule_format_place(const char *host, uint16_t port, struct buf *out);

/* The ports it stands for; their number. */
size_t netrule_ports(const struct netrule *r, uint16_t out[NETRULE_PORTS]);

/* host is normalised. */
bool netrule_matches(const struct netrule *r, const char *host, uint16_t port);

/*
 * Whether a connection to a, found for the normalised host, may be made under the rule that matched: public addresses
 * always; others only where the rule names that very address, or names localhost and a is the loopback.
 */
bool netrule_admits(const struct netrule *r, const char *host, const struct netaddr *a);

#endif
