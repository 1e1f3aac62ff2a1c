/* The dialer's talk with the machine's own proxy. */
#include "config.h"

#include "engine/dial_via.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { VIA_MS = 30000 };

static int wait_for(int fd, short events, int64_t until_ns, struct error *err)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = (until_ns - clock_mono(&clock_system)) / 1000000;

	if (left <= 0 || poll(&p, 1, (int)left) <= 0)
		return error_set(err, ERR_TIMEOUT, "the upstream proxy does not answer");
	return 0;
}

static int ask(int fd, const char *words, size_t n, int64_t until_ns, struct error *err)
{
	while (n) {
		ssize_t sent = send(fd, words, n, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return error_set(err, ERR_BUSY, "the upstream proxy: %s", strerror(errno));
		if (sent < 0 && wait_for(fd, POLLOUT, until_ns, err) < 0)
			return -1;
		if (sent > 0) {
			words += sent;
			n -= (size_t)sent;
		}
	}
	return 0;
}

/* Takes the head and not a byte more: what follows is the server's. */
static int hear(int fd, int64_t until_ns, int *out_status, struct error *err)
{
	char head[UPSTREAM_ANSWER];
	size_t has = 0;

	for (;;) {
		ssize_t n = has < sizeof head ? recv(fd, head + has, sizeof head - has, MSG_PEEK) : 0;
		size_t took = 0, some;
		int rc;

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (wait_for(fd, POLLIN, until_ns, err) < 0)
				return -1;
			continue;
		}
		if (n <= 0)
			return error_set(err, ERR_BUSY, "the upstream proxy ended the connection without an answer");
		rc = upstream_answer(head, has + (size_t)n, &took, out_status);
		if (rc < 0)
			return error_set(err, ERR_CORRUPT, "the upstream proxy answers what is not HTTP");
		some = rc > 0 ? took - has : (size_t)n;
		if (recv(fd, head + has, some, 0) != (ssize_t)some)
			return error_set(err, ERR_BUSY, "the upstream proxy ended the connection");
		has += some;
		if (rc > 0)
			return 0;
	}
}

int dial_via(int fd, const struct upstream *u, const char *host, uint16_t port, struct error *err)
{
	int64_t until = clock_mono(&clock_system) + VIA_MS * INT64_C(1000000);
	char words[UPSTREAM_WORDS];
	size_t n = upstream_request(u, host, port, words);
	int status = 0, rc;

	rc = n ? ask(fd, words, n, until, err) : error_set(err, ERR_LIMIT, "the request to the upstream proxy is too long");
	explicit_bzero(words, sizeof words);
	if (rc < 0 || hear(fd, until, &status, err) < 0)
		return -1;
	if (status >= 200 && status < 300)
		return 0;
	return error_set(err, ERR_BUSY, "the upstream proxy answers %d%s", status,
			 status == 407 ? ": it wants a user and a password, or others" :
			 status == 403 || status == 405 ? ": it does not lead there" : "");
}
