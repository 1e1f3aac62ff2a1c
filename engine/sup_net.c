/*
 * The supervisor's side of the network broker (broker.h): starts the two
 * processes, keeps what they report of each connection, and turns refusals into
 * denials.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fdpass.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/dial.h"
#include "engine/net_log.h"
#include "engine/proxy.h"
#include "engine/sup.h"

enum {
	NET_ROUNDS = 64,      /* reports that are taken before something else has its turn */
	NET_CHANNEL_BYTES = 208 * 1024,
	NET_FINISH_MS = 4000, /* longer than the proxy takes to send on what the run left */
};

struct sup_net {
	struct supervisor *sup;
	pid_t proxy_pid, dialer_pid;
	int proxy_fd, dialer_fd;
	struct loop_watch proxy_watch, dialer_watch;
	struct net_log *log;
	struct netrule *rules; /* of job->nets */
	bool over; /* one of the processes is gone */
	bool finishing;
};

static const char dialer_gone[] = "the network broker's dialer is gone";

/* --- the record --- */

/* Without a record there is no connection: the run ends. */
static bool is_written(struct sup_net *n, int rc, const struct error *err)
{
	if (rc < 0)
		sup_trouble(n->sup, err);
	return rc == 0;
}

static void add_denial(struct sup_net *n, const struct broker_report *r)
{
	CLEANUP(buf_release) struct buf object = BUF_INIT(LIMIT_KIB);

	if (r->host[0])
		netrule_format_place(r->host, r->port, &object);
	if (r->verdict == DIAL_NOT_PUBLIC)
		buf_printf(&object, " at %s", r->address);
	else if (r->verdict != DIAL_NOT_NAMED)
		buf_printf(&object, "%s%s", object.len ? ": " : "", r->reason);
	sup_denial_add(n->sup, "proxy", buf_text(&object));
}

static void refused(struct sup_net *n, const struct broker_report *r)
{
	struct error err = { 0 };

	if (is_written(n, net_log_refused(n->log, n->sup->spool, r, sup_now_ms(), &err), &err))
		add_denial(n, r);
}

static void moved(struct sup_net *n, const struct broker_report *r, bool is_end)
{
	struct error err = { 0 };

	(void)is_written(n, net_log_moved(n->log, n->sup->spool, r, is_end, &err), &err);
}

static void told_tls(struct sup_net *n, const struct broker_report *r)
{
	struct error err = { 0 };

	(void)is_written(n, net_log_tls(n->log, n->sup->spool, r, &err), &err);
}

static void fronted(struct sup_net *n, const struct broker_report *r)
{
	struct broker_report which;
	struct error err = { 0 };

	if (is_written(n, net_log_fronted(n->log, n->sup->spool, r, &which, &err), &err) && which.port)
		add_denial(n, &which);
}

/* Never waits for the proxy: one that does not read its answers gets none. */
static void send_answer(const struct sup_net *n, const struct broker_report *r, int fd)
{
	struct dial_answer answer = { .id = r->id, .verdict = r->verdict };

	/* What addresses a name has inside this network is for the record, not for the run. */
	snprintf(answer.reason, sizeof answer.reason, "%s",
		 r->verdict == DIAL_NOT_PUBLIC ? "it leads to an address that is not public, and that --net does not name" :
						 r->reason);
	(void)fdpass_send(n->proxy_fd, &answer, sizeof answer, &fd, 1, MSG_DONTWAIT);
}

/* The record first: only then the run has its connection. */
static void dialled(struct sup_net *n, const struct broker_report *r, int fd)
{
	struct error err = { 0 };

	if (!is_written(n, net_log_dialled(n->log, n->sup->spool, r, sup_now_ms(), &err), &err))
		return;
	if (dial_is_refusal((enum dial_verdict)r->verdict))
		add_denial(n, r);
	if (!n->finishing)
		send_answer(n, r, fd);
}

static void fail_dial(struct sup_net *n, const struct broker_report *asked)
{
	struct broker_report r = *asked;

	r.event = BROKER_DIALLED;
	r.verdict = DIAL_FAILED;
	snprintf(r.reason, sizeof r.reason, "%s", dialer_gone);
	dialled(n, &r, -1);
}

/* The proxy reads what the run wrote: what it says is checked once more. */
static bool is_host(const char *text)
{
	char again[NETRULE_HOST];
	struct error ignored = { 0 };

	return netrule_host(text, strlen(text), again, &ignored) == 0 && str_eq(again, text);
}

static bool is_named(const struct sup_net *n, const struct broker_report *r)
{
	for (size_t i = 0; i < n->sup->job->nets.n; i++)
		if (netrule_matches(&n->rules[i], r->host, r->port))
			return true;
	return false;
}

/* Before anybody dials. */
static void asked(struct sup_net *n, const struct broker_report *r)
{
	struct dial_request request = { .id = r->id, .port = r->port };
	struct error err = { 0 };

	if (!r->id || !r->port || !r->host[0])
		return;
	if (!is_written(n, net_log_asked(n->log, n->sup->spool, r, is_named(n, r), sup_now_ms(), &err), &err))
		return;
	memcpy(request.host, r->host, sizeof request.host);
	/* A dialer that lags that far behind is none. */
	if (send(n->dialer_fd, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		fail_dial(n, r);
}

/* Nobody will answer those any more. */
static void fail_all(struct sup_net *n)
{
	struct broker_report r;

	while (net_log_find_asked(n->log, &r))
		fail_dial(n, &r);
}

static void quota_over(struct sup_net *n)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(256);

	buf_puts(&text, "its network quota of ");
	str_format_size(&text, n->sup->job->net_bytes);
	buf_puts(&text, " was used up after ");
	str_format_duration(&text, clock_mono(&clock_system) - n->sup->start_mono_ns);
	buf_puts(&text, ": its connections were ended and further ones refused");
	sup_warn(n->sup, buf_text(&text));
}

/* --- reports --- */

/* 1: one was taken; 0: none is there; -1: the process is gone. */
static int take_report(struct sup_net *n, int fd, bool from_dialer)
{
	CLEANUP(close) int sock = -1;
	struct broker_report r;
	ssize_t got = fdpass_receive(fd, &r, sizeof r, &sock);

	if (got < 0 && errno == EAGAIN)
		return 0;
	if (got != (ssize_t)sizeof r)
		return -1;
	r.host[sizeof r.host - 1] = r.address[sizeof r.address - 1] = r.reason[sizeof r.reason - 1] = '\0';
	if (from_dialer) {
		/* It has said who was connected to; the other one only says how much, and what it refused itself. */
		r.event = BROKER_DIALLED;
		dialled(n, &r, sock);
		return 1;
	}
	r.address[0] = '\0';
	if (r.event != BROKER_TLS)
		r.verdict = 0;
	/* A name in it was written by the run. */
	if (r.host[0] && !is_host(r.host))
		r.host[0] = '\0';
	switch ((enum broker_event)r.event) {
	case BROKER_ASKED: asked(n, &r); break;
	case BROKER_MOVED: moved(n, &r, false); break;
	case BROKER_TLS: told_tls(n, &r); break;
	case BROKER_FRONTED: fronted(n, &r); break;
	case BROKER_CLOSED: moved(n, &r, true); break;
	case BROKER_REFUSED: refused(n, &r); break;
	case BROKER_NEAR: sup_near(n->sup, SUP_NETWORK, n->sup->job->net_bytes, r.up); break;
	case BROKER_QUOTA: quota_over(n); break;
	case BROKER_DIALLED: break;
	}
	return 1;
}

static int take_reports(struct sup_net *n, int fd, bool from_dialer)
{
	int got = 1;

	for (int i = 0; i < NET_ROUNDS && got > 0; i++)
		got = take_report(n, fd, from_dialer);
	return got;
}

/* Without either of them there is no way out any more: told once. */
static void broken(struct sup_net *n)
{
	if (!n->over && !n->finishing)
		sup_warn(n->sup, "the network broker ended: from then on the run had no network");
	n->over = true;
}

static void dialer_ready(struct loop *loop, void *data, unsigned events)
{
	struct sup_net *n = data;

	(void)events;
	if (take_reports(n, n->dialer_fd, true) < 0) {
		loop_stop(loop, &n->dialer_watch);
		broken(n);
		fail_all(n);
	}
}

static void proxy_ready(struct loop *loop, void *data, unsigned events)
{
	struct sup_net *n = data;

	(void)events;
	if (take_reports(n, n->proxy_fd, false) < 0) {
		loop_stop(loop, &n->proxy_watch);
		broken(n);
	}
}

/* --- the processes --- */

/* Keeps wanted[i] as descriptor 3 + i and nothing else above the standard ones. */
static void keep_only(const int *wanted, int n)
{
	int high[4];

	for (int i = 0; i < n; i++)
		high[i] = fcntl(wanted[i], F_DUPFD_CLOEXEC, 16);
	for (int i = 0; i < n; i++)
		if (high[i] < 0 || dup2(high[i], 3 + i) < 0)
			_exit(1);
	if (close_range(3 + (unsigned)n, ~0u, 0) < 0)
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int make_rules(const struct words *texts, struct netrule **out, struct error *err)
{
	CLEANUP(free) struct netrule *rules = mem_calloc(texts->n, sizeof *rules);

	for (size_t i = 0; i < texts->n; i++)
		if (netrule_parse(texts->items[i], &rules[i], err) < 0)
			return -1;
	*out = take_ptr(&rules);
	return 0;
}

/* Read in the dialer's process: the proxy's, another fork, never has the password in its memory. */
static const struct upstream *read_upstream(void)
{
	struct upstream *u = mem_zalloc(sizeof *u);

	if (pread(JOB_FD_UPSTREAM, u, sizeof *u, 0) != (ssize_t)sizeof *u)
		_exit(1);
	return u;
}

static pid_t start_dialer(const struct job *job, const struct netrule *rules, int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		const struct dial_setup setup = { .rules = rules, .rule_count = job->nets.n, .fd = 3,
						  .upstream = job->net_upstream ? read_upstream() : NULL };

		keep_only(&fd, 1);
		dial_main(&setup);
	}
	return pid;
}

static pid_t start_proxy(uint64_t quota, int listen_fd, int report_fd)
{
	const int wanted[] = { listen_fd, report_fd };
	pid_t pid = fork();

	if (pid == 0) {
		const struct proxy_setup setup = { .listen_fd = 3, .report_fd = 4, .quota_bytes = quota };

		keep_only(wanted, 2);
		proxy_main(&setup);
	}
	return pid;
}

/* With room for a message of each connection that may be on its way. */
static int make_pair(int *a, int *b, struct error *err)
{
	const int room = NET_CHANNEL_BYTES;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "making a channel of the network broker");
	*a = pair[0];
	*b = pair[1];
	if (setsockopt(*a, SOL_SOCKET, SO_SNDBUF, &room, sizeof room) < 0)
		return error_sys(err, "making a channel of the network broker");
	return 0;
}

static int start_both(struct supervisor *s, struct sup_net *n, struct error *err)
{
	CLEANUP(close) int proxy_end = -1;
	CLEANUP(close) int dialer_end = -1;

	if (make_rules(&s->job->nets, &n->rules, err) < 0 || make_pair(&n->proxy_fd, &proxy_end, err) < 0 ||
	    make_pair(&n->dialer_fd, &dialer_end, err) < 0)
		return -1;
	n->dialer_pid = start_dialer(s->job, n->rules, dialer_end);
	if (n->dialer_pid > 0)
		n->proxy_pid = start_proxy(s->job->net_bytes, s->child.proxy_fd, proxy_end);
	if (n->dialer_pid < 0 || n->proxy_pid < 0)
		return error_sys(err, "starting the network broker");
	return 0;
}

int sup_net_start(struct supervisor *s, struct error *err)
{
	struct sup_net *n;

	if (s->child.proxy_fd < 0)
		return 0;
	n = s->net = mem_zalloc(sizeof *n);
	n->sup = s;
	n->log = net_log_new();
	n->proxy_fd = n->dialer_fd = -1;
	if (start_both(s, n, err) < 0)
		return -1;
	/* Only the proxy listens: with it gone, nobody is let in. */
	close(take_fd(&s->child.proxy_fd));
	close(JOB_FD_UPSTREAM);
	if (loop_watch_fd(s->loop, &n->dialer_watch, n->dialer_fd, LOOP_READ, dialer_ready, n, err) < 0)
		return -1;
	return loop_watch_fd(s->loop, &n->proxy_watch, n->proxy_fd, LOOP_READ, proxy_ready, n, err);
}

void sup_net_finish(struct supervisor *s)
{
	struct sup_net *n = s->net;
	struct pollfd p;

	if (!n)
		return;
	n->finishing = true;
	loop_stop(s->loop, &n->proxy_watch);
	loop_stop(s->loop, &n->dialer_watch);
	/* Its end of file tells the proxy that the run is over; its own tells that all was said. */
	shutdown(n->proxy_fd, SHUT_WR);
	p = (struct pollfd){ .fd = n->proxy_fd, .events = POLLIN };
	while (poll(&p, 1, NET_FINISH_MS) > 0) {
		while (take_reports(n, n->dialer_fd, true) > 0)
			continue;
		if (take_reports(n, n->proxy_fd, false) < 0)
			break;
	}
	if (n->proxy_pid > 0) {
		kill(n->proxy_pid, SIGKILL);
		waitpid(n->proxy_pid, NULL, 0);
	}
	if (n->dialer_pid > 0) {
		kill(n->dialer_pid, SIGKILL);
		waitpid(n->dialer_pid, NULL, 0);
	}
	close(n->proxy_fd);
	close(n->dialer_fd);
}

void sup_net_record(const struct supervisor *s, struct jval *end)
{
	if (s->net)
		net_log_record(s->net->log, end);
}
