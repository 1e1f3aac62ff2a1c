/* Classes of internet addresses (IANA's special-purpose registries). */
#include "config.h"

#include "engine/netaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct range {
	uint8_t bytes[16];
	unsigned bits;
	enum netaddr_class class;
};

/* The first that fits counts: single addresses before the nets they lie in. */
static const struct range ranges4[] = {
	{ { 169, 254, 169, 254 }, 32, NETADDR_METADATA },
	{ { 169, 254, 170, 2 }, 32, NETADDR_METADATA },
	{ { 168, 63, 129, 16 }, 32, NETADDR_METADATA },
	{ { 100, 100, 100, 200 }, 32, NETADDR_METADATA },
	{ { 192, 0, 0, 192 }, 32, NETADDR_METADATA },
	{ { 0 }, 8, NETADDR_UNSPECIFIED },
	{ { 10 }, 8, NETADDR_PRIVATE },
	{ { 100, 64 }, 10, NETADDR_SHARED },
	{ { 127 }, 8, NETADDR_LOOPBACK },
	{ { 169, 254 }, 16, NETADDR_LINK_LOCAL },
	{ { 172, 16 }, 12, NETADDR_PRIVATE },
	{ { 192, 0, 0 }, 24, NETADDR_RESERVED },
	{ { 192, 0, 2 }, 24, NETADDR_RESERVED },
	{ { 192, 88, 99 }, 24, NETADDR_EMBEDDED },
	{ { 192, 168 }, 16, NETADDR_PRIVATE },
	{ { 198, 18 }, 15, NETADDR_RESERVED },
	{ { 198, 51, 100 }, 24, NETADDR_RESERVED },
	{ { 203, 0, 113 }, 24, NETADDR_RESERVED },
	{ { 224 }, 4, NETADDR_MULTICAST },
	{ { 240 }, 4, NETADDR_RESERVED },
};

static const struct range ranges6[] = {
	{ { 0xfd, 0x00, 0x0e, 0xc2, [15] = 0x54, [14] = 0x02 }, 128, NETADDR_METADATA },
	{ { [15] = 1 }, 128, NETADDR_LOOPBACK },
	{ { 0 }, 128, NETADDR_UNSPECIFIED },
	{ { [10] = 0xff, [11] = 0xff }, 96, NETADDR_EMBEDDED },
	{ { 0 }, 96, NETADDR_EMBEDDED },
	{ { 0x20, 0x01, 0x00, 0x00 }, 32, NETADDR_EMBEDDED },
	{ { 0x20, 0x01, 0x00 }, 23, NETADDR_RESERVED },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, NETADDR_RESERVED },
	{ { 0x20, 0x02 }, 16, NETADDR_EMBEDDED },
	{ { 0x3f, 0xff, 0x00 }, 20, NETADDR_RESERVED },
	{ { 0x20 }, 3, NETADDR_PUBLIC },
	{ { 0xfc }, 7, NETADDR_PRIVATE },
	{ { 0xfe, 0x80 }, 10, NETADDR_LINK_LOCAL },
	{ { 0xfe, 0xc0 }, 10, NETADDR_PRIVATE },
	{ { 0xff }, 8, NETADDR_MULTICAST },
	/* Nothing else is assigned. */
	{ { 0 }, 0, NETADDR_RESERVED },
};

static const uint8_t nat64[12] = { 0x00, 0x64, 0xff, 0x9b };

static bool in_range(const uint8_t *bytes, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;
	uint8_t mask = rest ? (uint8_t)(0xff << (8 - rest)) : 0;

	if (memcmp(bytes, r->bytes, whole) != 0)
		return false;
	return rest == 0 || (bytes[whole] & mask) == (r->bytes[whole] & mask);
}

static enum netaddr_class find_class(const uint8_t *bytes, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (in_range(bytes, &ranges[i]))
			return ranges[i].class;
	return NETADDR_PUBLIC;
}

enum netaddr_class netaddr_classify(const struct netaddr *a)
{
	if (a->family == AF_INET)
		return find_class(a->bytes, ranges4, sizeof ranges4 / sizeof *ranges4);
	if (memcmp(a->bytes, nat64, sizeof nat64) == 0)
		return find_class(a->bytes + sizeof nat64, ranges4, sizeof ranges4 / sizeof *ranges4);
	return find_class(a->bytes, ranges6, sizeof ranges6 / sizeof *ranges6);
}

const char *netaddr_class_words(enum netaddr_class c)
{
	static const char *const words[] = {
		[NETADDR_PUBLIC] = "a public address",
		[NETADDR_LOOPBACK] = "this machine's loopback",
		[NETADDR_PRIVATE] = "a private address",
		[NETADDR_LINK_LOCAL] = "a link-local address",
		[NETADDR_SHARED] = "an address behind a carrier's NAT",
		[NETADDR_METADATA] = "a cloud's metadata address",
		[NETADDR_MULTICAST] = "a multicast address",
		[NETADDR_UNSPECIFIED] = "an address that means this machine",
		[NETADDR_EMBEDDED] = "an address that wraps another one",
		[NETADDR_RESERVED] = "a reserved address",
	};

	return words[c];
}

bool netaddr_parse(const char *text, struct netaddr *out)
{
	struct netaddr a = { .family = AF_INET };

	/* inet_pton takes four decimal numbers only, and refuses leading zeros. */
	if (inet_pton(AF_INET, text, a.bytes) != 1) {
		a.family = AF_INET6;
		if (inet_pton(AF_INET6, text, a.bytes) != 1)
			return false;
	}
	*out = a;
	return true;
}

void netaddr_format(const struct netaddr *a, char *out)
{
	if (!inet_ntop(a->family, a->bytes, out, NETADDR_TEXT))
		snprintf(out, NETADDR_TEXT, "?");
}

bool netaddr_equal(const struct netaddr *a, const struct netaddr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16) == 0;
}

bool netaddr_from_sockaddr(const struct sockaddr *sa, socklen_t len, struct netaddr *out)
{
	struct netaddr a = { .family = sa->sa_family };

	if (sa->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof in);
		memcpy(a.bytes, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 in;

		memcpy(&in, sa, sizeof in);
		memcpy(a.bytes, &in.sin6_addr, 16);
	} else {
		return false;
	}
	*out = a;
	return true;
}

socklen_t netaddr_to_sockaddr(const struct netaddr *a, uint16_t port, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ .ss_family = AF_UNSPEC };
	if (a->family == AF_INET) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };

		memcpy(&in.sin_addr, a->bytes, 4);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
	{
		struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

		memcpy(&in.sin6_addr, a->bytes, 16);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
}
