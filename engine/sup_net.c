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

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/dial.h"
#include "engine/proxy.h"
#include "engine/sup.h"

enum {
	NET_ENTRIES = 512,    /* connections that are told one by one */
	NET_ROUNDS = 64,      /* reports that are taken before something else has its turn */
	NET_FINISH_MS = 4000, /* longer than the proxy takes to send on what the run left */
};

struct net_entry {
	char host[NETRULE_HOST];
	char address[NETADDR_TEXT];
	char reason[BROKER_REASON];
	uint64_t count; /* connections alike, refused ones or past NET_ENTRIES */
	uint64_t up, down;
	int64_t start_ms, duration_ms;
	uint32_t open_id; /* 0: it has ended */
	uint16_t port;
	bool allowed;
	bool unnamed; /* --net HOST:PORT would have let it through */
};

struct sup_net {
	struct supervisor *sup;
	pid_t proxy_pid, dialer_pid;
	int proxy_fd, dialer_fd;
	struct loop_watch proxy_watch, dialer_watch;
	struct net_entry entries[NET_ENTRIES];
	size_t entry_count;
	uint64_t untold;
	bool over; /* one of the processes is gone */
	bool finishing;
};

/* --- the record --- */

static struct net_entry *find_like(struct sup_net *n, const struct broker_report *r, bool allowed)
{
	for (size_t i = 0; i < n->entry_count; i++) {
		struct net_entry *e = &n->entries[i];

		if (e->allowed == allowed && e->port == r->port && str_eq(e->host, r->host) && str_eq(e->address, r->address) &&
		    (allowed || str_eq(e->reason, r->reason)))
			return e;
	}
	return NULL;
}

/* Refused ones alike are one entry; of connections each has its own while there is room. */
static struct net_entry *entry_for(struct sup_net *n, const struct broker_report *r, bool allowed)
{
	bool full = n->entry_count == NET_ENTRIES;
	struct net_entry *e = !allowed || full ? find_like(n, r, allowed) : NULL;

	if (!e && full) {
		n->untold++;
		return NULL;
	}
	if (!e) {
		e = &n->entries[n->entry_count++];
		snprintf(e->host, sizeof e->host, "%s", r->host);
		snprintf(e->address, sizeof e->address, "%s", r->address);
		snprintf(e->reason, sizeof e->reason, "%s", r->reason);
		e->port = r->port;
		e->allowed = allowed;
		e->start_ms = sup_now_ms();
	}
	e->count++;
	return e;
}

static void deny(struct sup_net *n, const struct broker_report *r)
{
	CLEANUP(buf_release) struct buf object = BUF_INIT(LIMIT_KIB);
	struct net_entry *e = entry_for(n, r, false);

	if (e)
		e->unnamed = r->verdict == DIAL_NOT_NAMED;
	if (r->host[0])
		netrule_format_place(r->host, r->port, &object);
	if (r->verdict == DIAL_NOT_PUBLIC)
		buf_printf(&object, " at %s", r->address);
	else if (r->verdict != DIAL_NOT_NAMED)
		buf_printf(&object, "%s%s", object.len ? ": " : "", r->reason);
	sup_denial_add(n->sup, "proxy", buf_text(&object));
}

static void dialled(struct sup_net *n, const struct broker_report *r)
{
	struct net_entry *e;

	if (r->verdict == DIAL_NOT_NAMED || r->verdict == DIAL_NOT_PUBLIC || r->verdict == DIAL_TOO_MANY) {
		deny(n, r);
		return;
	}
	e = entry_for(n, r, true);
	if (e && r->verdict == DIAL_CONNECTED)
		e->open_id = r->id;
}

static void closed(struct sup_net *n, const struct broker_report *r)
{
	for (size_t i = 0; i < n->entry_count; i++) {
		struct net_entry *e = &n->entries[i];

		if (e->open_id != r->id)
			continue;
		e->open_id = 0;
		e->up += r->up;
		e->down += r->down;
		e->duration_ms += r->duration_ms;
		if (r->reason[0])
			snprintf(e->reason, sizeof e->reason, "%s", r->reason);
		return;
	}
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
	struct broker_report r;
	ssize_t got = recv(fd, &r, sizeof r, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got != (ssize_t)sizeof r)
		return -1;
	r.host[sizeof r.host - 1] = r.address[sizeof r.address - 1] = r.reason[sizeof r.reason - 1] = '\0';
	if (from_dialer) {
		/* It has said who was connected to; the other one only says how much, and what it refused itself. */
		dialled(n, &r);
		return 1;
	}
	r.verdict = 0;
	r.address[0] = '\0';
	switch ((enum broker_event)r.event) {
	case BROKER_CLOSED: closed(n, &r); break;
	case BROKER_REFUSED: deny(n, &r); break;
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
	}
}

static void proxy_ready(struct loop *loop, void *data, unsigned events)
{
	struct sup_net *n = data;

	(void)events;
	/* What the dialer said of a connection is there before the proxy can say that it ended. */
	while (take_reports(n, n->dialer_fd, true) > 0)
		continue;
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

static pid_t start_dialer(const struct words *texts, const struct netrule *rules, int proxy_fd, int report_fd)
{
	const int wanted[] = { proxy_fd, report_fd };
	pid_t pid = fork();

	if (pid == 0) {
		const struct dial_setup setup = { .rules = rules, .rule_count = texts->n, .proxy_fd = 3, .report_fd = 4 };

		keep_only(wanted, 2);
		dial_main(&setup);
	}
	return pid;
}

static pid_t start_proxy(uint64_t quota, int listen_fd, int dial_fd, int report_fd)
{
	const int wanted[] = { listen_fd, dial_fd, report_fd };
	pid_t pid = fork();

	if (pid == 0) {
		const struct proxy_setup setup = { .listen_fd = 3, .dial_fd = 4, .report_fd = 5, .quota_bytes = quota };

		keep_only(wanted, 3);
		proxy_main(&setup);
	}
	return pid;
}

static int make_pair(int *a, int *b, struct error *err)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_sys(err, "making a channel of the network broker");
	*a = pair[0];
	*b = pair[1];
	return 0;
}

static int start_both(struct supervisor *s, struct sup_net *n, struct error *err)
{
	CLEANUP(free) struct netrule *rules = NULL;
	CLEANUP(close) int dial_proxy = -1;
	CLEANUP(close) int dial_dialer = -1;
	CLEANUP(close) int proxy_end = -1;
	CLEANUP(close) int dialer_end = -1;

	if (make_rules(&s->job->nets, &rules, err) < 0 || make_pair(&dial_proxy, &dial_dialer, err) < 0 ||
	    make_pair(&n->proxy_fd, &proxy_end, err) < 0 || make_pair(&n->dialer_fd, &dialer_end, err) < 0)
		return -1;
	n->dialer_pid = start_dialer(&s->job->nets, rules, dial_dialer, dialer_end);
	if (n->dialer_pid > 0)
		n->proxy_pid = start_proxy(s->job->net_bytes, s->child.proxy_fd, dial_proxy, proxy_end);
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
	n->proxy_fd = n->dialer_fd = -1;
	if (start_both(s, n, err) < 0)
		return -1;
	/* Only the proxy listens: with it gone, nobody is let in. */
	close(take_fd(&s->child.proxy_fd));
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

static struct jval *entry_to_jval(const struct net_entry *e)
{
	CLEANUP(buf_release) struct buf hint = BUF_INIT(LIMIT_KIB);
	struct jval *v = jval_object();

	jval_set_text(v, "host", e->host);
	jval_set_int(v, "port", e->port);
	jval_set_text(v, "address", e->address[0] ? e->address : NULL);
	jval_set_text(v, "decision", e->allowed ? "allow" : "deny");
	jval_set_text(v, "reason", e->reason[0] ? e->reason : NULL);
	jval_set_int(v, "count", (int64_t)e->count);
	jval_set_int(v, "bytes_up", (int64_t)e->up);
	jval_set_int(v, "bytes_down", (int64_t)e->down);
	jval_set_num(v, "duration_s", (double)e->duration_ms / 1e3);
	jval_set_int(v, "start_ms", e->start_ms);
	if (e->unnamed) {
		buf_puts(&hint, "--net ");
		netrule_format_place(e->host, e->port, &hint);
		jval_set_text(v, "hint", buf_text(&hint));
	}
	return v;
}

void sup_net_record(const struct supervisor *s, struct jval *end)
{
	const struct sup_net *n = s->net;
	struct jval *list;

	if (!n)
		return;
	list = jval_set(end, "network", jval_array());
	for (size_t i = 0; i < n->entry_count; i++)
		jval_push(list, entry_to_jval(&n->entries[i]));
	if (n->untold)
		jval_set_int(end, "network_more", (int64_t)n->untold);
}
