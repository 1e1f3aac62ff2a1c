/*
 * Both ends of bench/network.sh. Seconds on standard output.
 *
 *     net_peer serve              a server on a port of the loopback, which it prints first
 *     net_peer ask PORT           straight to it
 *     net_peer ask PORT 3128      through a proxy by CONNECT
 *
 * The asking one prints a line each: "down S" and "up S" for that many MiB, "connect S" for one connection with one byte
 * each way, "many S" for a thousand of them, fifty at a time.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, MIB = 1024 * 1024, BULK_MIB = 512, SINGLE = 200, MANY = 1000, AT_ONCE = 50 };

static char piece[PIECE];

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n) {
		ssize_t sent = send(fd, s, n, MSG_NOSIGNAL);

		if (sent <= 0)
			die("send");
		s += sent;
		n -= (size_t)sent;
	}
}

static void take(int fd, size_t n)
{
	while (n) {
		ssize_t got = recv(fd, piece, n < PIECE ? n : PIECE, 0);

		if (got <= 0)
			die("recv");
		n -= (size_t)got;
	}
}

static void push(int fd, size_t n)
{
	for (; n; n -= PIECE)
		put(fd, piece, PIECE);
}

/* 'd': it sends, 'u': it takes and says so, 'p': one byte back. */
static void serve_one(int fd)
{
	const int on = 1;
	char c;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	while (recv(fd, &c, 1, 0) == 1) {
		if (c == 'd')
			push(fd, (size_t)BULK_MIB * MIB);
		if (c == 'u')
			take(fd, (size_t)BULK_MIB * MIB);
		if (c != 'd')
			put(fd, &c, 1);
	}
}

static void serve(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		die("listen");
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			continue;
		if (fork() == 0) {
			close(fd);
			serve_one(c);
			_exit(0);
		}
		close(c);
	}
}

static int connect_to(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static void request(int fd, int port)
{
	char text[128];
	int n = snprintf(text, sizeof text, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n", port);

	put(fd, text, (size_t)n);
}

static void answer(int fd)
{
	static const char good[] = "HTTP/1.1 200 ";
	char head[256];
	size_t n = 0;

	while (n < 4 || memcmp(head + n - 4, "\r\n\r\n", 4) != 0)
		if (n == sizeof head || recv(fd, head + n++, 1, 0) != 1)
			die("the proxy's answer");
	if (memcmp(head, good, sizeof good - 1) != 0)
		die(head);
}

static int open_one(int port, int proxy)
{
	int fd = connect_to(proxy ? proxy : port);

	if (proxy) {
		request(fd, port);
		answer(fd);
	}
	return fd;
}

static void ask(int port, int proxy)
{
	double begun;
	int fd, held[AT_ONCE];

	fd = open_one(port, proxy);
	begun = now();
	put(fd, "d", 1);
	take(fd, (size_t)BULK_MIB * MIB);
	printf("down %g\n", now() - begun);
	begun = now();
	put(fd, "u", 1);
	push(fd, (size_t)BULK_MIB * MIB);
	take(fd, 1);
	printf("up %g\n", now() - begun);
	close(fd);
	begun = now();
	for (int i = 0; i < SINGLE; i++) {
		fd = open_one(port, proxy);
		put(fd, "p", 1);
		take(fd, 1);
		close(fd);
	}
	printf("connect %g\n", (now() - begun) / SINGLE);
	begun = now();
	for (int i = 0; i < MANY; i += AT_ONCE) {
		for (int k = 0; k < AT_ONCE; k++) {
			held[k] = connect_to(proxy ? proxy : port);
			if (proxy)
				request(held[k], port);
		}
		for (int k = 0; k < AT_ONCE; k++) {
			if (proxy)
				answer(held[k]);
			put(held[k], "p", 1);
		}
		for (int k = 0; k < AT_ONCE; k++) {
			take(held[k], 1);
			close(held[k]);
		}
	}
	printf("many %g\n", now() - begun);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "serve") == 0)
		serve();
	if (argc < 3 || strcmp(argv[1], "ask") != 0)
		return 2;
	ask((int)strtol(argv[2], NULL, 10), argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0);
	return 0;
}
