/* Host names, ports, and what --net allows. */
#include "config.h"

#include "engine/netrule.h"

#include <string.h>

#include "base/str.h"
#include "base/text.h"

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63, PORT_HTTP = 80, PORT_HTTPS = 443 };

static int bad_host(struct error *err, const char *text, size_t n, const char *why)
{
	CLEANUP(buf_release) struct buf shown = BUF_INIT(1024);

	text_escape(&shown, text, n < 100 ? n : 100);
	return error_set(err, ERR_INVALID, "host '%s' %s", buf_text(&shown), why);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_host_byte(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
}

/* Labels of 1 to 63 bytes. */
static const char *label_fault(const char *host)
{
	for (const char *p = host;;) {
		size_t n = strcspn(p, ".");

		if (n == 0)
			return "has an empty part";
		if (n > LABEL_MAX_BYTES)
			return "has a part of more than 63 bytes";
		if (p[0] == '-' || p[n - 1] == '-')
			return "has a part that begins or ends with '-'";
		if (!p[n])
			return NULL;
		p += n + 1;
	}
}

/* A last label that is a number makes the whole an address to some programs (WHATWG URL, "ends in a number"). */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;

	if (last[0] == '0' && last[1] == 'x')
		return strspn(last + 2, "0123456789abcdef") == strlen(last + 2);
	return strspn(last, "0123456789") == strlen(last);
}

static int address_host(const struct netaddr *a, const char *text, size_t n, char *out, struct error *err)
{
	if (a->family == AF_INET6 && netaddr_classify(a) == NETADDR_EMBEDDED) {
		bad_host(err, text, n, "wraps another address");
		return error_hint(err, "write the IPv4 address itself");
	}
	netaddr_format(a, out);
	return 0;
}

int netrule_host(const char *text, size_t n, char *out, struct error *err)
{
	char host[NETRULE_HOST];
	struct netaddr a;
	const char *fault;

	if (n > 1 && text[n - 1] == '.' && !memchr(text, ':', n))
		n--;
	if (n == 0)
		return bad_host(err, text, n, "is empty");
	if (n > NAME_MAX_BYTES)
		return bad_host(err, text, n, "is longer than 253 bytes");
	for (size_t i = 0; i < n; i++) {
		host[i] = lower(text[i]);
		if ((unsigned char)host[i] >= 0x80) {
			bad_host(err, text, n, "is not ASCII");
			return error_hint(err, "write it in its xn-- form");
		}
		if (!is_host_byte(host[i]) && host[i] != ':')
			return bad_host(err, text, n, "has a byte that no host name has");
	}
	host[n] = '\0';
	if (netaddr_parse(host, &a))
		return address_host(&a, text, n, out, err);
	if (strchr(host, ':'))
		return bad_host(err, text, n, "is no IPv6 address");
	if (ends_in_number(host)) {
		bad_host(err, text, n, "is a number, and no address in four decimal parts");
		return error_hint(err, "write an address as 192.0.2.1");
	}
	fault = label_fault(host);
	if (fault)
		return bad_host(err, text, n, fault);
	memcpy(out, host, n + 1);
	return 0;
}

int netrule_port(const char *text, size_t n, uint16_t *out, struct error *err)
{
	unsigned port = 0;

	for (size_t i = 0; i < n && port <= UINT16_MAX; i++) {
		if (!is_digit(text[i])) {
			port = 0;
			break;
		}
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	if (port == 0 || port > UINT16_MAX || n > 5 || text[0] == '0') {
		CLEANUP(buf_release) struct buf shown = BUF_INIT(256);

		text_escape(&shown, text, n < 20 ? n : 20);
		return error_set(err, ERR_INVALID, "'%s' is no port (1 to 65535)", buf_text(&shown));
	}
	*out = (uint16_t)port;
	return 0;
}

/* "[V6]" or "[V6]:PORT". */
static int bracketed(const char *text, size_t n, char *out_host, uint16_t *out_port, struct error *err)
{
	const char *close = memchr(text, ']', n);
	size_t len = close ? (size_t)(close - text) + 1 : 0;
	char host[NETRULE_HOST];

	if (!close || (len < n && text[len] != ':'))
		return bad_host(err, text, n, "has a bracket that does not fit");
	if (!memchr(text + 1, ':', len - 2))
		return bad_host(err, text, n, "is no IPv6 address");
	if (netrule_host(text + 1, len - 2, host, err) < 0)
		return -1;
	if (len < n && netrule_port(text + len + 1, n - len - 1, out_port, err) < 0)
		return -1;
	if (len == n)
		*out_port = 0;
	memcpy(out_host, host, sizeof host);
	return 0;
}

int netrule_authority(const char *text, size_t n, char *out_host, uint16_t *out_port, struct error *err)
{
	const char *colon = memchr(text, ':', n);
	size_t len = colon ? (size_t)(colon - text) : n;
	char host[NETRULE_HOST] = "";
	uint16_t port = 0;

	if (n && text[0] == '[')
		return bracketed(text, n, out_host, out_port, err);
	if (colon && memchr(colon + 1, ':', n - len - 1)) {
		bad_host(err, text, n, "has more than one ':'");
		return error_hint(err, "an IPv6 address stands in brackets: [2001:db8::1]:443");
	}
	if (netrule_host(text, len, host, err) < 0 ||
	    (colon && netrule_port(colon + 1, n - len - 1, &port, err) < 0))
		return -1;
	memcpy(out_host, host, sizeof host);
	*out_port = port;
	return 0;
}

int netrule_parse(const char *text, struct netrule *out, struct error *err)
{
	struct netrule r = { .port = 0 };
	bool is_suffix = strncmp(text, "*.", 2) == 0;
	const char *rest = is_suffix ? text + 2 : text;

	if (!*text) {
		error_set(err, ERR_INVALID, "--net names no host");
		return error_hint(err, "write it as --net example.org:443");
	}
	if (strstr(text, "://")) {
		error_set(err, ERR_INVALID, "--net '%.100s' is a URL", text);
		return error_hint(err, "give the host, and the port if it is neither 80 nor 443: --net example.org:8443");
	}
	if (netrule_authority(rest, strlen(rest), r.host, &r.port, err) < 0)
		return error_wrap(err, "--net");
	r.is_suffix = is_suffix;
	r.is_address = netaddr_parse(r.host, &r.address);
	if (is_suffix && r.is_address)
		return error_set(err, ERR_INVALID, "--net '%.100s': a wildcard stands before a name, not before an address", text);
	if (is_suffix && !strchr(r.host, '.')) {
		error_set(err, ERR_INVALID, "--net '%.100s' would allow a whole top level", text);
		return error_hint(err, "name at least two parts: *.example.org");
	}
	*out = r;
	return 0;
}

void netrule_format_place(const char *host, uint16_t port, struct buf *out)
{
	bool is_v6 = strchr(host, ':') != NULL;

	buf_printf(out, "%s%s%s", is_v6 ? "[" : "", host, is_v6 ? "]" : "");
	if (port)
		buf_printf(out, ":%u", port);
}

void netrule_format(const struct netrule *r, struct buf *out)
{
	if (r->is_suffix)
		buf_puts(out, "*.");
	netrule_format_place(r->host, r->port, out);
}

size_t netrule_ports(const struct netrule *r, uint16_t out[NETRULE_PORTS])
{
	out[0] = r->port ? r->port : PORT_HTTPS;
	out[1] = PORT_HTTP;
	return r->port ? 1 : 2;
}

bool netrule_matches(const struct netrule *r, const char *host, uint16_t port)
{
	uint16_t ports[NETRULE_PORTS];
	size_t n = netrule_ports(r, ports), len = strlen(host), suffix = strlen(r->host);
	bool fits = false;

	for (size_t i = 0; i < n; i++)
		fits = fits || ports[i] == port;
	if (!fits)
		return false;
	if (!r->is_suffix)
		return str_eq(host, r->host);
	return len > suffix + 1 && host[len - suffix - 1] == '.' && str_eq(host + len - suffix, r->host);
}

bool netrule_admits(const struct netrule *r, const char *host, const struct netaddr *a)
{
	enum netaddr_class class = netaddr_classify(a);

	if (class == NETADDR_PUBLIC)
		return true;
	if (r->is_address)
		return netaddr_equal(a, &r->address);
	return class == NETADDR_LOOPBACK && !r->is_suffix && str_eq(host, "localhost");
}
