/* Reading requests to the proxy (RFC 9110, 9112; RFC 1928). */
#include "config.h"

#include "engine/proxy_request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "base/text.h"

enum { BAD_REQUEST = 400, TOO_LARGE = 431, NOT_SUPPORTED = 501, METHOD_MAX = 32, LENGTH_DIGITS = 18 };
enum { SOCKS_FAILURE = 1, SOCKS_FORBIDDEN = 2, SOCKS_COMMAND = 7, SOCKS_ADDRESS = 8 };

/* A piece of the input. */
struct span {
	const char *p;
	size_t n;
};

struct field {
	struct span name, value;
};

struct http_head {
	struct span method, target;
	bool is_11;
	struct field fields[PROXY_FIELDS_MAX];
	size_t field_count;
};

void proxy_request_init(struct proxy_request *r)
{
	*r = (struct proxy_request){ .head = BUF_INIT(PROXY_HEAD_MAX * 2) };
}

void proxy_request_release(struct proxy_request *r)
{
	buf_release(&r->head);
}

static int refuse(struct proxy_request *r, int status, struct error *err, const char *why)
{
	r->status = status;
	return error_set(err, ERR_INVALID, "%s", why);
}

static bool is_token_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_byte((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static bool span_is(struct span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* The next line without its CR LF. False: there is none that ends so, or it holds a bare CR or LF. */
static bool next_line(struct span *rest, struct span *out)
{
	const char *lf = memchr(rest->p, '\n', rest->n);
	size_t n = lf ? (size_t)(lf - rest->p) : 0;

	if (!lf || n == 0 || rest->p[n - 1] != '\r' || memchr(rest->p, '\r', n - 1))
		return false;
	*out = (struct span){ rest->p, n - 1 };
	rest->p += n + 1;
	rest->n -= n + 1;
	return true;
}

static bool split_request_line(struct span line, struct http_head *h)
{
	const char *a = memchr(line.p, ' ', line.n), *b;
	struct span version;

	if (!a)
		return false;
	h->method = (struct span){ line.p, (size_t)(a - line.p) };
	h->target.p = a + 1;
	b = memchr(h->target.p, ' ', line.n - h->method.n - 1);
	if (!b)
		return false;
	h->target.n = (size_t)(b - h->target.p);
	version = (struct span){ b + 1, line.n - h->method.n - h->target.n - 2 };
	h->is_11 = version.n == 8 && memcmp(version.p, "HTTP/1.1", 8) == 0;
	if (!h->is_11 && !(version.n == 8 && memcmp(version.p, "HTTP/1.0", 8) == 0))
		return false;
	for (size_t i = 0; i < h->target.n; i++)
		if (h->target.p[i] <= ' ' || h->target.p[i] >= 0x7f)
			return false;
	return is_token(h->method) && h->method.n <= METHOD_MAX && h->target.n > 0;
}

static bool split_field(struct span line, struct field *out)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct span value;

	if (!colon)
		return false;
	out->name = (struct span){ line.p, (size_t)(colon - line.p) };
	value = (struct span){ colon + 1, line.n - out->name.n - 1 };
	while (value.n && (*value.p == ' ' || *value.p == '\t'))
		value = (struct span){ value.p + 1, value.n - 1 };
	while (value.n && (value.p[value.n - 1] == ' ' || value.p[value.n - 1] == '\t'))
		value.n--;
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	out->value = value;
	return is_token(out->name);
}

/* The end of the head: behind the empty line. 0: it is not there. */
static size_t head_end(const char *p, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		if (p[i] != '\n')
			continue;
		if (p[i + 1] == '\n')
			return i + 2;
		if (i + 2 < n && p[i + 1] == '\r' && p[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

static int read_head(struct span rest, struct http_head *h, struct proxy_request *out, struct error *err)
{
	struct span line;

	if (!next_line(&rest, &line) || !split_request_line(line, h))
		return refuse(out, BAD_REQUEST, err, "the request line is malformed");
	while (next_line(&rest, &line) && line.n) {
		if (h->field_count == PROXY_FIELDS_MAX)
			return refuse(out, TOO_LARGE, err, "the request has more than 100 header lines");
		if (!split_field(line, &h->fields[h->field_count++]))
			return refuse(out, BAD_REQUEST, err, "a header line is malformed");
	}
	return rest.n ? refuse(out, BAD_REQUEST, err, "a header line is malformed") : 0;
}

/* The only field of that name; NULL: none. twice is set when there are more. */
static const struct field *find_field(const struct http_head *h, const char *name, bool *twice)
{
	const struct field *found = NULL;

	for (size_t i = 0; i < h->field_count; i++) {
		if (!span_is(h->fields[i].name, name))
			continue;
		*twice = *twice || found;
		found = &h->fields[i];
	}
	return found;
}

static int read_length(struct span s, uint64_t *out)
{
	uint64_t n = 0;

	if (s.n == 0 || s.n > LENGTH_DIGITS)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		n = n * 10 + (uint64_t)(s.p[i] - '0');
	}
	*out = n;
	return 0;
}

static int read_body(const struct http_head *h, struct proxy_request *out, struct error *err)
{
	bool twice = false;
	const struct field *length = find_field(h, "content-length", &twice);
	const struct field *coding = find_field(h, "transfer-encoding", &twice);

	if (twice || (length && coding) || (coding && !h->is_11))
		return refuse(out, BAD_REQUEST, err, "the length of the body is told twice");
	if (coding && !span_is(coding->value, "chunked"))
		return refuse(out, NOT_SUPPORTED, err, "the body has a transfer coding other than chunked");
	if (length && read_length(length->value, &out->body_bytes) < 0)
		return refuse(out, BAD_REQUEST, err, "the length of the body is no number");
	out->body = coding ? PROXY_BODY_CHUNKED : out->body_bytes ? PROXY_BODY_LENGTH : PROXY_BODY_NONE;
	return 0;
}

/* True when one of the Connection fields names it: it is meant for this hop alone. */
static bool is_named_by_connection(const struct http_head *h, struct span name)
{
	for (size_t i = 0; i < h->field_count; i++) {
		struct span rest = h->fields[i].value;

		if (!span_is(h->fields[i].name, "connection"))
			continue;
		while (rest.n) {
			const char *comma = memchr(rest.p, ',', rest.n);
			size_t n = comma ? (size_t)(comma - rest.p) : rest.n, from = 0, to = n;

			while (from < to && (rest.p[from] == ' ' || rest.p[from] == '\t'))
				from++;
			while (to > from && (rest.p[to - 1] == ' ' || rest.p[to - 1] == '\t'))
				to--;
			if (to - from == name.n && strncasecmp(rest.p + from, name.p, name.n) == 0)
				return true;
			n += comma != NULL;
			rest = (struct span){ rest.p + n, rest.n - n };
		}
	}
	return false;
}

static bool goes_on(const struct http_head *h, const struct field *f)
{
	static const char *const hop[] = { "host", "connection", "keep-alive", "te", "upgrade", "proxy-connection",
					   "proxy-authorization", "proxy-authenticate" };
	static const char *const framing[] = { "content-length", "transfer-encoding" };

	for (size_t i = 0; i < sizeof hop / sizeof *hop; i++)
		if (span_is(f->name, hop[i]))
			return false;
	for (size_t i = 0; i < sizeof framing / sizeof *framing; i++)
		if (span_is(f->name, framing[i]))
			return true;
	return !is_named_by_connection(h, f->name);
}

/* The request for the server itself: origin form, one Host, and the connection ends with the answer. */
static void write_head(const struct http_head *h, struct span path, struct proxy_request *out)
{
	struct buf *b = &out->head;

	buf_append(b, h->method.p, h->method.n);
	buf_puts(b, path.n && *path.p == '/' ? " " : " /");
	buf_append(b, path.p, path.n);
	buf_printf(b, " HTTP/1.%d\r\nHost: ", h->is_11);
	netrule_format_place(out->host, out->port == 80 ? 0 : out->port, b);
	buf_puts(b, "\r\nConnection: close\r\n");
	for (size_t i = 0; i < h->field_count; i++) {
		const struct field *f = &h->fields[i];

		if (!goes_on(h, f))
			continue;
		buf_append(b, f->name.p, f->name.n);
		buf_puts(b, ": ");
		buf_append(b, f->value.p, f->value.n);
		buf_puts(b, "\r\n");
	}
	buf_puts(b, "\r\n");
}

static int check_host(const struct http_head *h, struct proxy_request *out, struct error *err)
{
	bool twice = false;
	const struct field *f = find_field(h, "host", &twice);
	char host[NETRULE_HOST];
	uint16_t port = 0;

	if (twice)
		return refuse(out, BAD_REQUEST, err, "the request has two Host lines");
	if (!f || f->value.n == 0)
		return 0;
	if (netrule_authority(f->value.p, f->value.n, host, &port, err) < 0) {
		out->status = BAD_REQUEST;
		return -1;
	}
	if (strcmp(host, out->host) != 0 || (port ? port : 80) != out->port)
		return refuse(out, BAD_REQUEST, err, "the Host line names another host than the request");
	return 0;
}

static int parse_absolute(const struct http_head *h, struct proxy_request *out, struct error *err)
{
	struct span rest = h->target, path;
	size_t n = 0;

	if (rest.n < 7 || strncasecmp(rest.p, "http://", 7) != 0)
		return refuse(out, BAD_REQUEST, err, "this is a proxy: it takes CONNECT and http:// requests");
	rest = (struct span){ rest.p + 7, rest.n - 7 };
	while (n < rest.n && !strchr("/?#", rest.p[n]))
		n++;
	path = (struct span){ rest.p + n, rest.n - n };
	if (netrule_authority(rest.p, n, out->host, &out->port, err) < 0) {
		out->status = BAD_REQUEST;
		return -1;
	}
	if (!out->port)
		out->port = 80;
	if (memchr(path.p, '#', path.n))
		return refuse(out, BAD_REQUEST, err, "the request has a fragment");
	if (check_host(h, out, err) < 0 || read_body(h, out, err) < 0)
		return -1;
	write_head(h, path, out);
	if (buf_check(&out->head, "the request", err) < 0) {
		out->status = TOO_LARGE;
		return -1;
	}
	return 0;
}

static int parse_connect(const struct http_head *h, struct proxy_request *out, struct error *err)
{
	if (netrule_authority(h->target.p, h->target.n, out->host, &out->port, err) < 0) {
		out->status = BAD_REQUEST;
		return -1;
	}
	return out->port ? 0 : refuse(out, BAD_REQUEST, err, "CONNECT names no port");
}

int proxy_http_parse(const char *p, size_t n, struct proxy_request *out, struct error *err)
{
	struct http_head h = { .field_count = 0 };
	size_t end = head_end(p, n < PROXY_HEAD_MAX ? n : PROXY_HEAD_MAX);

	buf_clear(&out->head);
	if (n && !is_token_byte((unsigned char)p[0]))
		return refuse(out, BAD_REQUEST, err, "the request is neither HTTP nor SOCKS 5");
	if (!end && n < PROXY_HEAD_MAX)
		return 0;
	if (!end)
		return refuse(out, TOO_LARGE, err, "the request's head is longer than 8 KiB");
	out->took = end;
	if (read_head((struct span){ p, end }, &h, out, err) < 0)
		return -1;
	/* Methods are told apart by case. */
	out->kind = h.method.n == 7 && memcmp(h.method.p, "CONNECT", 7) == 0 ? PROXY_CONNECT : PROXY_HTTP;
	if ((out->kind == PROXY_CONNECT ? parse_connect(&h, out, err) : parse_absolute(&h, out, err)) < 0)
		return -1;
	return 1;
}

int proxy_socks_greeting(const char *p, size_t n, size_t *out_took, bool *out_open, struct error *err)
{
	size_t methods;

	if (n < 2)
		return 0;
	methods = (unsigned char)p[1];
	if (p[0] != 5 || methods == 0)
		return error_set(err, ERR_INVALID, "the greeting is not of SOCKS 5");
	if (n < 2 + methods)
		return 0;
	*out_took = 2 + methods;
	*out_open = memchr(p + 2, 0, methods) != NULL;
	return 1;
}

static int socks_host(const char *p, size_t n, struct proxy_request *out, struct error *err)
{
	if (netrule_host(p, n, out->host, err) < 0) {
		out->status = SOCKS_FORBIDDEN;
		return -1;
	}
	return 0;
}

static int socks_address(int family, const char *p, struct proxy_request *out, struct error *err)
{
	struct netaddr a = { .family = family };
	char text[NETADDR_TEXT];

	memcpy(a.bytes, p, family == AF_INET ? 4 : 16);
	netaddr_format(&a, text);
	return socks_host(text, strlen(text), out, err);
}

int proxy_socks_parse(const char *p, size_t n, struct proxy_request *out, struct error *err)
{
	enum { HEAD = 4, V4 = 1, NAME = 3, V6 = 4 };
	size_t length;
	int rc;

	out->kind = PROXY_SOCKS;
	if (n < HEAD + 1)
		return 0;
	if (p[0] != 5 || p[2] != 0)
		return refuse(out, SOCKS_FAILURE, err, "the request is not of SOCKS 5");
	if (p[1] != 1)
		return refuse(out, SOCKS_COMMAND, err, "SOCKS: only connecting is offered");
	if (p[3] != V4 && p[3] != NAME && p[3] != V6)
		return refuse(out, SOCKS_ADDRESS, err, "SOCKS: an address of unknown type");
	length = p[3] == V4 ? 4 : p[3] == V6 ? 16 : 1u + (unsigned char)p[4];
	if (n < HEAD + length + 2)
		return 0;
	out->took = HEAD + length + 2;
	if (p[3] == NAME)
		rc = socks_host(p + HEAD + 1, length - 1, out, err);
	else
		rc = socks_address(p[3] == V4 ? AF_INET : AF_INET6, p + HEAD, out, err);
	if (rc < 0)
		return -1;
	out->port = (uint16_t)((unsigned char)p[HEAD + length] << 8 | (unsigned char)p[HEAD + length + 1]);
	return out->port ? 1 : refuse(out, SOCKS_FAILURE, err, "SOCKS: port 0");
}

/* --- the end of a body --- */

/* Places in the grammar of RFC 9112, 7.1. */
enum { AT_SIZE, AT_EXTENSION, AT_SIZE_LF, AT_DATA, AT_DATA_CR, AT_DATA_LF, AT_TRAILER, AT_FIELD, AT_FIELD_LF, AT_END_LF };
enum { CHUNK_LINE = 1024, TRAILER_BYTES = 4096, CHUNK_DIGITS = 15 };

void proxy_body_start(struct proxy_body_reader *b, enum proxy_body body, uint64_t bytes)
{
	*b = (struct proxy_body_reader){ .body = body, .left = bytes, .at = AT_SIZE };
	b->done = body == PROXY_BODY_NONE || (body == PROXY_BODY_LENGTH && bytes == 0);
}

/* A line of sizes is at its CR. */
static int size_ended(struct proxy_body_reader *b, char c)
{
	if (c == '\n')
		return -1;
	b->at = c == '\r' ? AT_SIZE_LF : AT_EXTENSION;
	return 0;
}

static int size_byte(struct proxy_body_reader *b, char c)
{
	int digit = str_hex_value(c);

	if (digit >= 0) {
		if (b->line > CHUNK_DIGITS)
			return -1;
		b->left = b->left * 16 + (unsigned)digit;
		return 0;
	}
	return b->line > 1 && strchr("\r;", c) && c ? size_ended(b, c) : -1;
}

static int expect(struct proxy_body_reader *b, char c, char wanted, int next)
{
	b->at = next;
	b->line = 0;
	return c == wanted ? 0 : -1;
}

/* One byte that is not data of a chunk. */
static int grammar_byte(struct proxy_body_reader *b, char c)
{
	if (++b->line > (b->at >= AT_TRAILER ? TRAILER_BYTES : CHUNK_LINE))
		return -1;
	switch (b->at) {
	case AT_SIZE: return size_byte(b, c);
	case AT_EXTENSION: return size_ended(b, c);
	case AT_SIZE_LF: return expect(b, c, '\n', b->left ? AT_DATA : AT_TRAILER);
	case AT_DATA_CR: return expect(b, c, '\r', AT_DATA_LF);
	case AT_DATA_LF: return expect(b, c, '\n', AT_SIZE);
	case AT_TRAILER: b->at = c == '\r' ? AT_END_LF : AT_FIELD; return c == '\n' ? -1 : 0;
	case AT_FIELD: b->at = c == '\r' ? AT_FIELD_LF : AT_FIELD; return c == '\n' ? -1 : 0;
	case AT_FIELD_LF: b->at = AT_TRAILER; return c == '\n' ? 0 : -1;
	default: b->done = true; return c == '\n' ? 0 : -1;
	}
}

static size_t feed_data(struct proxy_body_reader *b, size_t n)
{
	size_t some = b->left < n ? (size_t)b->left : n;

	b->left -= some;
	return some;
}

int64_t proxy_body_feed(struct proxy_body_reader *b, const char *p, size_t n)
{
	size_t at = 0;

	if (b->body == PROXY_BODY_LENGTH) {
		at = feed_data(b, n);
		b->done = b->left == 0;
		return (int64_t)at;
	}
	while (at < n && !b->done) {
		if (b->at == AT_DATA) {
			at += feed_data(b, n - at);
			if (b->left == 0)
				(void)expect(b, 0, 0, AT_DATA_CR);
			continue;
		}
		if (grammar_byte(b, p[at++]) < 0)
			return -1;
	}
	return (int64_t)at;
}
