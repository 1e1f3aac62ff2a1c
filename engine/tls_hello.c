/* The server's name in a ClientHello (RFC 8446, 4.1.2 and 5.1; RFC 6066, 3). */
#include "config.h"

#include "engine/tls_hello.h"

#include <stdint.h>
#include <string.h>

enum {
	RECORD_FIRST = 20, /* change_cipher_spec, alert, handshake, application_data, heartbeat */
	RECORD_HANDSHAKE = 22,
	RECORD_LAST = 24,
	RECORD_HEAD = 5,
	RECORD_MAX = 16384,
	HANDSHAKE_HEAD = 4,
	CLIENT_HELLO = 1,
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_ENCRYPTED_HELLO = 0xfe0d,
	NAME_HOST = 0,
};

/* What is left to read; a read past the end makes it bad and yields nothing. */
struct cursor {
	const unsigned char *p;
	size_t n;
	bool bad;
};

static struct cursor take(struct cursor *c, size_t n)
{
	struct cursor part = { c->p, n, false };

	if (c->bad || n > c->n) {
		c->bad = true;
		return (struct cursor){ NULL, 0, true };
	}
	c->p += n;
	c->n -= n;
	return part;
}

static size_t number(struct cursor *c, size_t bytes)
{
	struct cursor part = take(c, bytes);
	size_t v = 0;

	for (size_t i = 0; i < part.n; i++)
		v = v << 8 | part.p[i];
	return v;
}

/* Its length in so many bytes, then itself. */
static struct cursor vector(struct cursor *c, size_t bytes)
{
	size_t n = number(c, bytes);

	return take(c, n);
}

static int malformed(struct error *err)
{
	return error_set(err, ERR_INVALID, "the TLS hello is malformed");
}

static int read_names(struct cursor list, struct tls_hello *out, struct error *err)
{
	struct cursor names = vector(&list, 2);

	if (list.n || list.bad || names.bad)
		return malformed(err);
	while (names.n) {
		size_t type = number(&names, 1);
		struct cursor name = vector(&names, 2);

		if (names.bad || type != NAME_HOST || out->name[0])
			return malformed(err);
		if (netrule_host((const char *)name.p, name.n, out->name, err) < 0)
			return error_set(err, ERR_INVALID, "the server's name in the TLS hello is no host");
	}
	return out->name[0] ? 0 : malformed(err);
}

static int read_extensions(struct cursor all, struct tls_hello *out, struct error *err)
{
	bool named = false;

	while (all.n) {
		size_t type = number(&all, 2);
		struct cursor body = vector(&all, 2);

		if (all.bad)
			return malformed(err);
		out->has_hidden |= type == EXTENSION_ENCRYPTED_HELLO;
		if (type != EXTENSION_SERVER_NAME)
			continue;
		if (named)
			return malformed(err);
		named = true;
		if (read_names(body, out, err) < 0)
			return -1;
	}
	return 0;
}

static int read_hello(struct cursor c, struct tls_hello *out, struct error *err)
{
	struct cursor extensions;

	(void)take(&c, 2 + 32);  /* version, random */
	(void)vector(&c, 1);     /* session */
	(void)vector(&c, 2);     /* ciphers */
	(void)vector(&c, 1);     /* compressions */
	if (c.bad)
		return malformed(err);
	if (c.n == 0)
		return 0;
	extensions = vector(&c, 2);
	if (c.bad || c.n)
		return malformed(err);
	return read_extensions(extensions, out, err);
}

/*
 * Joins what the records carry until the message is whole. *out_n is how much there is; *out_want, how much there must
 * be. -1: that is no hello.
 */
static int join(struct cursor c, unsigned char out[TLS_HELLO_MAX], size_t *out_n, size_t *out_want)
{
	*out_n = 0;
	*out_want = HANDSHAKE_HEAD;
	while (*out_n < *out_want && c.n >= RECORD_HEAD) {
		size_t type = number(&c, 1), version = number(&c, 2), length = number(&c, 2);
		size_t some = length < c.n ? length : c.n;

		if (type != RECORD_HANDSHAKE || version >> 8 != 3 || length == 0 || length > RECORD_MAX)
			return -1;
		if (some > TLS_HELLO_MAX - *out_n)
			some = TLS_HELLO_MAX - *out_n;
		memcpy(out + *out_n, take(&c, some).p, some);
		*out_n += some;
		if (*out_n && out[0] != CLIENT_HELLO)
			return -1;
		if (*out_n >= HANDSHAKE_HEAD)
			*out_want = HANDSHAKE_HEAD + ((size_t)out[1] << 16 | (size_t)out[2] << 8 | out[3]);
		if (*out_want > TLS_HELLO_MAX)
			return -1;
		/* The record goes on behind the bytes that have come. */
		if (some < length)
			break;
	}
	return 0;
}

int tls_hello_parse(const char *p, size_t n, struct tls_hello *out, struct error *err)
{
	const struct cursor all = { (const unsigned char *)p, n, false };
	unsigned char message[TLS_HELLO_MAX];
	size_t has, want;

	*out = (struct tls_hello){ .is_tls = false };
	if (n == 0)
		return 0;
	if (all.p[0] < RECORD_FIRST || all.p[0] > RECORD_LAST)
		return 1;
	if (n > 1 && all.p[1] != 3)
		return 1;
	if (n < RECORD_HEAD)
		return 0;
	out->is_tls = true;
	if (join(all, message, &has, &want) < 0)
		return error_set(err, ERR_INVALID, "TLS does not begin with a hello of at most 16 KiB");
	if (has < want)
		return 0;
	return read_hello((struct cursor){ message + HANDSHAKE_HEAD, want - HANDSHAKE_HEAD, false }, out, err) < 0 ? -1 : 1;
}
