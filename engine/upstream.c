/* The machine's own proxy. */
#include "config.h"

#include "engine/upstream.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY" };

static const char advice[] = "http://HOST:PORT is what it takes; 'wb config network.proxy none' does without";

/* Undoes %XX. -1: a broken one, or a control byte. */
static int unescape(const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '%') {
			int high = i + 2 < n ? str_hex_value(p[i + 1]) : -1, low = i + 2 < n ? str_hex_value(p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (unsigned char)(high << 4 | low);
			i += 2;
		}
		if (c < ' ' || c == 0x7f)
			return -1;
		buf_putc(out, (char)c);
	}
	return 0;
}

static int base64(const struct buf *in, char *out, size_t size)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)in->data;
	size_t n = in->len, at = 0;

	if ((n + 2) / 3 * 4 + 1 > size)
		return -1;
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16 | (i + 1 < n ? (unsigned)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0u);

		out[at++] = digits[v >> 18];
		out[at++] = digits[v >> 12 & 63];
		out[at++] = '=';
		out[at++] = '=';
		if (i + 1 < n)
			out[at - 2] = digits[v >> 6 & 63];
		if (i + 2 < n)
			out[at - 1] = digits[v & 63];
	}
	out[at] = '\0';
	return 0;
}

/* "USER:PASSWORD", both escaped as in a URL. */
static int read_credentials(const char *p, size_t n, struct upstream *out)
{
	CLEANUP(buf_release) struct buf plain = BUF_INIT(UPSTREAM_AUTH);
	const char *colon = memchr(p, ':', n);
	size_t user = colon ? (size_t)(colon - p) : n;
	int rc = unescape(p, user, &plain);

	buf_putc(&plain, ':');
	if (rc == 0 && colon)
		rc = unescape(colon + 1, n - user - 1, &plain);
	if (rc == 0)
		rc = plain.full ? -1 : base64(&plain, out->auth, sizeof out->auth);
	if (plain.data)
		explicit_bzero(plain.data, plain.len);
	return rc;
}

/* The text itself stays out of every message: it may hold a password. */
static int read_url(const char *text, struct upstream *out, struct error *err)
{
	const char *p = strstr(text, "://"), *at;
	size_t n;

	if (p && strncasecmp(text, "http://", 7) != 0) {
		error_set(err, ERR_UNSUPPORTED, "the proxy in %s is not of the kind http://", out->origin);
		return error_hint(err, "%s", advice);
	}
	p = p ? p + 3 : text;
	n = strcspn(p, "/?#");
	if (p[n] && !(p[n] == '/' && p[n + 1] == '\0')) {
		error_set(err, ERR_INVALID, "the proxy in %s is no http://HOST:PORT", out->origin);
		return error_hint(err, "%s", advice);
	}
	at = memrchr(p, '@', n);
	if (at && read_credentials(p, (size_t)(at - p), out) < 0)
		return error_set(err, ERR_INVALID, "the user and password of the proxy in %s cannot be read", out->origin);
	if (at) {
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	if (netrule_authority(p, n, out->host, &out->port, err) < 0)
		return error_wrap(err, "the proxy in %s", out->origin);
	if (!out->port) {
		out->host[0] = '\0';
		error_set(err, ERR_INVALID, "the proxy in %s names no port", out->origin);
		return error_hint(err, "%s", advice);
	}
	return 1;
}

static const char *either_case(upstream_env_fn *env, const char *lower, const char *upper)
{
	const char *value = env(lower);

	return value && *value ? value : env(upper);
}

static int read_direct(upstream_env_fn *env, struct upstream *out, struct error *err)
{
	const char *direct = either_case(env, "no_proxy", "NO_PROXY");

	if (!direct)
		return 0;
	if (strlen(direct) >= sizeof out->direct)
		return error_set(err, ERR_LIMIT, "$no_proxy is longer than %d bytes", UPSTREAM_DIRECT - 1);
	snprintf(out->direct, sizeof out->direct, "%s", direct);
	return 0;
}

int upstream_check_setting(const char *text, struct error *err)
{
	struct upstream u = { .origin = "network.proxy" };

	if (str_eq(text, "auto") || str_eq(text, "none"))
		return 0;
	/* Settings are shown. */
	if (strchr(text, '@')) {
		error_set(err, ERR_INVALID, "network.proxy takes no user and password");
		return error_hint(err, "put them into $https_proxy, and network.proxy to auto");
	}
	return read_url(text, &u, err) < 0 ? -1 : 0;
}

int upstream_find(const char *setting, upstream_env_fn *env, struct upstream *out, struct error *err)
{
	struct upstream u = { .origin = "network.proxy" };
	const char *text = setting;

	*out = (struct upstream){ .port = 0 };
	if (str_eq(setting, "none"))
		return 0;
	if (!setting || str_eq(setting, "auto")) {
		text = NULL;
		for (size_t i = 0; i < sizeof names / sizeof *names && !(text && *text); i++) {
			text = env(names[i]);
			snprintf(u.origin, sizeof u.origin, "$%s", names[i]);
		}
		if (!text || !*text)
			return 0;
	} else if (upstream_check_setting(setting, err) < 0) {
		return -1;
	}
	if (read_url(text, &u, err) < 0 || read_direct(env, &u, err) < 0)
		return -1;
	*out = u;
	return 1;
}

void upstream_describe(const struct upstream *u, struct buf *out)
{
	netrule_format_place(u->host, u->port, out);
	buf_printf(out, " (%s)", u->origin);
}

/* --- who is reached without it --- */

/* "10.0.0.0/8" and the like. */
static bool is_in_network(const char *text, size_t slash, size_t n, const struct netaddr *a)
{
	char host[NETADDR_TEXT];
	struct netaddr network;
	int64_t bits = 0;

	if (slash >= sizeof host || n - slash - 1 == 0 || n - slash - 1 > 3)
		return false;
	memcpy(host, text, slash);
	host[slash] = '\0';
	for (size_t i = slash + 1; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		bits = bits * 10 + (text[i] - '0');
	}
	if (!netaddr_parse(host, &network) || network.family != a->family || bits > (a->family == AF_INET ? 32 : 128))
		return false;
	for (int64_t i = 0; i < bits; i++)
		if (((network.bytes[i / 8] ^ a->bytes[i / 8]) >> (7 - i % 8)) & 1)
			return false;
	return true;
}

/* One word of $no_proxy: "*", a name and all below it, an address, a network; a port may follow. */
static bool word_names(const char *p, size_t n, const char *host, uint16_t port, const struct netaddr *address)
{
	const char *slash = memchr(p, '/', n);
	char word[NETRULE_HOST];
	uint16_t only = 0;
	struct error ignored = { 0 };
	size_t hosts = strlen(host), words;

	if (n == 1 && *p == '*')
		return true;
	if (slash)
		return address && is_in_network(p, (size_t)(slash - p), n, address);
	while (n && (*p == '.' || *p == '*')) {
		p++;
		n--;
	}
	if (netrule_authority(p, n, word, &only, &ignored) < 0 && netrule_host(p, n, word, &ignored) < 0)
		return false;
	words = strlen(word);
	if (only && only != port)
		return false;
	if (str_eq(word, host))
		return true;
	return !address && hosts > words + 1 && host[hosts - words - 1] == '.' && str_eq(host + hosts - words, word);
}

bool upstream_is_direct(const struct upstream *u, const char *host, uint16_t port)
{
	struct netaddr a;
	bool is_address = netaddr_parse(host, &a);
	const char *p = u->direct;

	if (!u->host[0] || str_eq(host, "localhost") || str_ends(host, ".localhost"))
		return true;
	if (is_address && netaddr_classify(&a) != NETADDR_PUBLIC)
		return true;
	while (*p) {
		size_t n;

		p += strspn(p, ", \t");
		n = strcspn(p, ", \t");
		if (n && word_names(p, n, host, port, is_address ? &a : NULL))
			return true;
		p += n;
	}
	return false;
}

/* --- what is said to it --- */

size_t upstream_request(const struct upstream *u, const char *host, uint16_t port, char out[UPSTREAM_WORDS])
{
	CLEANUP(buf_release) struct buf place = BUF_INIT(512);
	int n;

	netrule_format_place(host, port, &place);
	n = snprintf(out, UPSTREAM_WORDS, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n", buf_text(&place), buf_text(&place),
		     u->auth[0] ? "Proxy-Authorization: Basic " : "", u->auth, u->auth[0] ? "\r\n" : "");
	return n > 0 && n < UPSTREAM_WORDS ? (size_t)n : 0;
}

int upstream_answer(const char *p, size_t n, size_t *out_took, int *out_status)
{
	const char *end = memmem(p, n, "\r\n\r\n", 4);
	static const char start[] = "HTTP/1.";
	const size_t head = sizeof start - 1;

	if (memcmp(p, start, n < head ? n : head) != 0)
		return -1;
	if (!end)
		return n < UPSTREAM_ANSWER ? 0 : -1;
	if (n < head + 6 || !isdigit((unsigned char)p[head]) || p[head + 1] != ' ')
		return -1;
	*out_status = 0;
	for (size_t i = head + 2; i < head + 5; i++) {
		if (!isdigit((unsigned char)p[i]))
			return -1;
		*out_status = *out_status * 10 + (p[i] - '0');
	}
	*out_took = (size_t)(end - p) + 4;
	return isdigit((unsigned char)p[head + 5]) ? -1 : 1;
}
