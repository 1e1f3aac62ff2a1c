/*
 * Internet addresses as the network broker judges them: which of them are
 * somebody's public host, and which lead to this machine, to its neighbours or
 * to a cloud's metadata. Pure.
 */
#ifndef WB_ENGINE_NETADDR_H
#define WB_ENGINE_NETADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { NETADDR_TEXT = 48 }; /* INET6_ADDRSTRLEN, with some room */

struct netaddr {
	int family;         /* AF_INET or AF_INET6 */
	uint8_t bytes[16];  /* in network order; the first 4 of them for AF_INET */
};

enum netaddr_class {
	NETADDR_PUBLIC,
	NETADDR_LOOPBACK,
	NETADDR_PRIVATE,     /* RFC 1918, unique local, site local */
	NETADDR_LINK_LOCAL,
	NETADDR_SHARED,      /* RFC 6598: behind a carrier's NAT */
	NETADDR_METADATA,    /* where clouds answer with credentials */
	NETADDR_MULTICAST,
	NETADDR_UNSPECIFIED, /* 0.0.0.0/8 and ::, which mean this machine */
	NETADDR_EMBEDDED,    /* IPv6 that carries another address: mapped, compatible, 6to4, Teredo */
	NETADDR_RESERVED,    /* documentation, benchmarks, not assigned */
};

/*
 * Strict: four decimal numbers without leading zeros, or IPv6 as RFC 4291 writes it, without brackets and zone.
 * False for anything else.
 */
bool netaddr_parse(const char *text, struct netaddr *out);

/* The canonical text (RFC 5952). out has room for NETADDR_TEXT. */
void netaddr_format(const struct netaddr *a, char *out);

bool netaddr_equal(const struct netaddr *a, const struct netaddr *b);

/* NAT64 (64:ff9b::/96) counts as the address behind it. */
enum netaddr_class netaddr_classify(const struct netaddr *a);

/* What a class is in words: "a private address". */
const char *netaddr_class_words(enum netaddr_class c);

/* To and from the kernel's form. False: another family. Returns the length of *out. */
bool netaddr_from_sockaddr(const struct sockaddr *sa, socklen_t len, struct netaddr *out);
socklen_t netaddr_to_sockaddr(const struct netaddr *a, uint16_t port, struct sockaddr_storage *out);

#endif
