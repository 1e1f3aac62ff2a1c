/* Decides, resolves, connects. */
#include "config.h"

#include "engine/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/fdpass.h"
#include "engine/dial_cage.h"
#include "engine/dial_via.h"

enum {
	DIAL_AT_ONCE = 32,     /* processes that resolve and connect */
	DIAL_ADDRESSES = 8,    /* of one name that are tried */
	DIAL_CONNECT_MS = 10000,
	DIAL_TOTAL_S = 45,     /* of one process; the proxy waits a little longer */
	DIAL_REAP_MS = 100,
	DIAL_FULL_MS = 5,      /* with requests waiting */
	DIAL_NAMES = 256,      /* below wildcards, of one run */
};

struct dialer {
	const struct dial_setup *setup;
	struct dialling {
		pid_t pid; /* 0: free */
		struct dial_request request;
	} running[DIAL_AT_ONCE];
	size_t running_count;
	uint64_t names[DIAL_NAMES]; /* digests of the names below wildcards that were looked up */
	size_t name_count;
	unsigned char *told; /* one for each of running, shared with its process: it has given its answer */
};

/* One dial: what is known of it so far. */
struct dial {
	const struct dial_setup *setup;
	const struct dial_request *request;
	const struct netrule *rule;
	struct broker_report report;
	unsigned char *told; /* NULL: this is the server itself */
	int fd;
};

static void tell(struct dial *d, enum dial_verdict verdict)
{
	if (d->told)
		*d->told = 1;
	d->report.event = BROKER_DIALLED;
	d->report.id = d->request->id;
	d->report.verdict = verdict;
	d->report.port = d->request->port;
	memcpy(d->report.host, d->request->host, sizeof d->report.host);
	/* A supervisor that is gone needs no answer: this process ends with it. */
	(void)fdpass_send(d->setup->fd, &d->report, sizeof d->report, &d->fd, verdict == DIAL_CONNECTED, 0);
}

static void tell_why(struct dial *d, enum dial_verdict verdict, const char *reason)
{
	snprintf(d->report.reason, sizeof d->report.reason, "%.*s", BROKER_REASON - 1, reason);
	tell(d, verdict);
}

/* --- one connection, in a process of its own --- */

static int connect_within(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof error;

	if (connect(fd, sa, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&p, 1, DIAL_CONNECT_MS) <= 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

/* The address that was judged is the address that is connected to: no name is looked at again. */
static int connect_to(struct dial *d, const struct netaddr *a, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = netaddr_to_sockaddr(a, port, &ss);
	const int on = 1;
	int error;

	netaddr_format(a, d->report.address);
	d->fd = socket(a->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	if (d->fd < 0)
		return errno;
	error = connect_within(d->fd, (const struct sockaddr *)&ss, len);
	if (error == 0 && setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0)
		return 0;
	close(d->fd);
	d->fd = -1;
	return error ? error : errno;
}

/* Resolves, or reads an address. The number of addresses, at most DIAL_ADDRESSES; -1: none, the reason is in the report. */
static int find_addresses(struct dial *d, const char *host, struct netaddr out[DIAL_ADDRESSES])
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int n = 0, rc;

	if (netaddr_parse(host, &out[0]))
		return 1;
	rc = getaddrinfo(host, NULL, &hints, &found);
	if (rc != 0) {
		snprintf(d->report.reason, sizeof d->report.reason, "the name does not resolve: %s", gai_strerror(rc));
		return -1;
	}
	for (const struct addrinfo *i = found; i && n < DIAL_ADDRESSES; i = i->ai_next)
		n += netaddr_from_sockaddr(i->ai_addr, i->ai_addrlen, &out[n]);
	freeaddrinfo(found);
	return n;
}

static void not_public(struct dial *d, const struct netaddr *a)
{
	netaddr_format(a, d->report.address);
	snprintf(d->report.reason, sizeof d->report.reason, "%s is %s, and --net does not name that address", d->report.address,
		 netaddr_class_words(netaddr_classify(a)));
	tell(d, DIAL_NOT_PUBLIC);
}

/*
 * Through the machine's own proxy, which is where its user says it is, be that a private address. What a name leads to
 * nobody can judge here.
 */
static void dial_upstream(struct dial *d)
{
	const struct upstream *u = d->setup->upstream;
	struct netaddr addresses[DIAL_ADDRESSES], of_host;
	int n = find_addresses(d, u->host, addresses), error = 0;
	struct error err = { 0 };

	for (int i = 0; i < n && d->fd < 0; i++)
		error = connect_to(d, &addresses[i], u->port);
	d->report.address[0] = '\0';
	if (d->fd < 0) {
		snprintf(d->report.reason, sizeof d->report.reason, "the upstream proxy cannot be reached: %s",
			 n > 0 ? strerror(error) : "its name does not resolve");
		tell(d, DIAL_FAILED);
	} else if (dial_via(d->fd, u, d->request->host, d->request->port, &err) < 0) {
		tell_why(d, DIAL_FAILED, err.text);
	} else {
		tell_why(d, DIAL_CONNECTED, netaddr_parse(d->request->host, &of_host) ? "through the upstream proxy" :
										       "resolved by the upstream proxy");
	}
}

static void dial(struct dial *d)
{
	struct netaddr addresses[DIAL_ADDRESSES];
	int n, error = 0;
	bool tried = false;

	if (d->setup->upstream && !upstream_is_direct(d->setup->upstream, d->request->host, d->request->port)) {
		dial_upstream(d);
		return;
	}
	n = find_addresses(d, d->request->host, addresses);
	if (n <= 0) {
		tell(d, DIAL_UNKNOWN);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (!netrule_admits(d->rule, d->request->host, &addresses[i]))
			continue;
		tried = true;
		error = connect_to(d, &addresses[i], d->request->port);
		if (error == 0) {
			tell(d, DIAL_CONNECTED);
			return;
		}
	}
	if (tried)
		tell_why(d, DIAL_FAILED, strerror(error));
	else
		not_public(d, &addresses[0]);
}

/* --- the server --- */

static void reap(struct dialer *s)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (size_t i = 0; i < DIAL_AT_ONCE; i++) {
			struct dialling *r = &s->running[i];
			struct dial d = { .setup = s->setup, .request = &r->request, .fd = -1 };

			if (r->pid != pid)
				continue;
			/* One that ended without a word: its time was over, or the cage closed on it. */
			if (!s->told[i])
				tell_why(&d, DIAL_FAILED, "resolving or connecting took too long or was stopped");
			r->pid = 0;
			s->running_count--;
		}
	}
}

/* The proxy reads what the run wrote: what it says is checked once more. */
static bool is_sound(struct dial_request *r)
{
	char again[NETRULE_HOST];
	struct error err = { 0 };
	size_t n = strnlen(r->host, sizeof r->host);

	return n < sizeof r->host && r->port && netrule_host(r->host, n, again, &err) == 0 && strcmp(again, r->host) == 0;
}

static const struct netrule *find_rule(const struct dial_setup *s, const struct dial_request *r)
{
	for (size_t i = 0; i < s->rule_count; i++)
		if (netrule_matches(&s->rules[i], r->host, r->port))
			return &s->rules[i];
	return NULL;
}

/* FNV-1a: two names alike in it would count as one, which harms nobody. */
static uint64_t name_digest(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return h;
}

/*
 * Below a wildcard a run chooses the letters that a name server gets to see: so many names and no more, lest they become
 * a way out.
 */
static bool name_is_too_many(struct dialer *s, const char *name)
{
	uint64_t digest = name_digest(name);

	for (size_t i = 0; i < s->name_count; i++)
		if (s->names[i] == digest)
			return false;
	if (s->name_count == DIAL_NAMES)
		return true;
	s->names[s->name_count++] = digest;
	return false;
}

static void serve(struct dialer *s, const struct dial_request *request)
{
	struct dial d = { .setup = s->setup, .request = request, .rule = find_rule(s->setup, request), .fd = -1 };
	struct dialling *slot = s->running;
	pid_t pid;

	if (!d.rule) {
		tell_why(&d, DIAL_NOT_NAMED, "not named by --net");
		return;
	}
	if (d.rule->is_suffix && name_is_too_many(s, request->host)) {
		tell_why(&d, DIAL_TOO_MANY, "a run may look up 256 names below wildcards, and this is one more");
		return;
	}
	while (slot->pid)
		slot++;
	d.told = &s->told[slot - s->running];
	*d.told = 0;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(DIAL_TOTAL_S);
		dial(&d);
		_exit(0);
	}
	d.told = NULL;
	if (pid < 0) {
		tell_why(&d, DIAL_FAILED, "no process could be started for it");
		return;
	}
	slot->pid = pid;
	slot->request = *request;
	s->running_count++;
}

_Noreturn void dial_main(const struct dial_setup *setup)
{
	struct dialer s = { .setup = setup };
	struct error err = { 0 };

	signal(SIGALRM, SIG_DFL);
	s.told = mmap(NULL, DIAL_AT_ONCE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.told == MAP_FAILED || dial_cage(&err) < 0)
		_exit(1);
	for (;;) {
		bool full = s.running_count == DIAL_AT_ONCE;
		struct pollfd p = { .fd = full ? -1 : setup->fd, .events = POLLIN };
		int n = poll(&p, 1, full ? DIAL_FULL_MS : s.running_count ? DIAL_REAP_MS : -1);
		struct dial_request request;

		reap(&s);
		if (n <= 0 || !p.revents)
			continue;
		if (recv(setup->fd, &request, sizeof request, 0) != (ssize_t)sizeof request || !is_sound(&request))
			_exit(0);
		serve(&s, &request);
	}
}
