/* Connections of a run: kept in a bounded list, and written into its spool as they change. */
#include "config.h"

#include "engine/net_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

enum {
	NET_OPEN = 512,     /* connections at one time: the proxy serves fewer */
	NET_AGAIN_MS = 1000, /* between two writings of a count of refusals */
};

struct net_entry {
	char host[NETRULE_HOST];
	char address[NETADDR_TEXT];
	char reason[BROKER_REASON];
	char tls[NETRULE_HOST]; /* with is_tls: the name in the hello, "" for none */
	uint64_t count; /* connections alike, refused ones or past NET_ENTRIES */
	uint64_t open;  /* of them, those that have not ended */
	uint64_t up, down;
	int64_t start_ms, duration_ms, written_ms;
	uint16_t port;
	bool used;
	bool asked;   /* it is not decided yet */
	bool allowed;
	bool is_tls;
	bool hidden;  /* there is an encrypted name besides */
	bool unnamed; /* --net HOST:PORT would have let it through */
};

/* A connection that has not ended: what of it is counted already. */
struct net_open {
	uint32_t id; /* 0: free */
	struct net_entry *entry; /* NULL: it is not told by itself */
	char host[NETRULE_HOST];
	uint16_t port;
	bool asked; /* nobody has answered yet */
	uint64_t up, down, duration_ms;
};

struct net_log {
	struct net_entry entries[NET_ENTRIES];
	size_t count;
	struct net_open open[NET_OPEN];
	uint64_t untold;
};

struct net_log *net_log_new(void)
{
	return mem_zalloc(sizeof(struct net_log));
}

void net_log_free(struct net_log *l)
{
	free(l);
}

/* The last one: what is told of earlier connections stays theirs alone. */
static struct net_entry *find_like(struct net_log *l, const struct broker_report *r, bool allowed)
{
	for (size_t i = l->count; i-- > 0;) {
		struct net_entry *e = &l->entries[i];

		if (e->used && !e->asked && e->allowed == allowed && e->port == r->port && str_eq(e->host, r->host) &&
		    (allowed || (str_eq(e->address, r->address) && str_eq(e->reason, r->reason))))
			return e;
	}
	return NULL;
}

/* NULL: there is no room. */
static struct net_entry *new_entry(struct net_log *l, const struct broker_report *r, int64_t now_ms)
{
	struct net_entry *e = NULL;

	for (size_t i = 0; i < l->count && !e; i++)
		e = l->entries[i].used ? NULL : &l->entries[i];
	if (!e && l->count == NET_ENTRIES)
		return NULL;
	if (!e)
		e = &l->entries[l->count++];
	*e = (struct net_entry){ .used = true, .port = r->port, .start_ms = now_ms };
	snprintf(e->host, sizeof e->host, "%s", r->host);
	return e;
}

static struct jval *entry_to_jval(const struct net_entry *e)
{
	CLEANUP(buf_release) struct buf hint = BUF_INIT(LIMIT_KIB);
	struct jval *v = jval_object();

	if (!e->used)
		return v;
	jval_set_text(v, "host", e->host);
	jval_set_int(v, "port", e->port);
	jval_set_text(v, "address", e->address[0] ? e->address : NULL);
	jval_set_text(v, "decision", e->asked ? "pending" : e->allowed ? "allow" : "deny");
	jval_set_text(v, "reason", e->reason[0] ? e->reason : NULL);
	jval_set_int(v, "count", (int64_t)e->count);
	jval_set_int(v, "bytes_up", (int64_t)e->up);
	jval_set_int(v, "bytes_down", (int64_t)e->down);
	jval_set_num(v, "duration_s", (double)e->duration_ms / 1e3);
	jval_set_int(v, "start_ms", e->start_ms);
	if (e->is_tls)
		jval_set_text(v, "tls_name", e->tls[0] ? e->tls : "no name");
	if (e->hidden)
		jval_set_bool(v, "tls_hidden_name", true);
	if (e->open)
		jval_set_int(v, "open", (int64_t)e->open);
	if (e->unnamed) {
		buf_puts(&hint, "--net ");
		netrule_format_place(e->host, e->port, &hint);
		jval_set_text(v, "hint", buf_text(&hint));
	}
	return v;
}

/* Handed to the kernel before it returns: it survives this process. */
static int write_entry(const struct net_log *l, struct spool *spool, const struct net_entry *e, struct error *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(LIMIT_KIB * 4);
	struct jval *v = entry_to_jval(e);

	jval_format(v, JVAL_COMPACT, &text);
	jval_free(v);
	spool_encode_network(spool_buffer(spool), (uint64_t)(e - l->entries), text.data, text.len);
	return spool_commit(spool, err) < 0 ? -1 : spool_flush(spool, err);
}

static struct net_open *find_open(struct net_log *l, uint32_t id)
{
	for (size_t i = 0; id && i < NET_OPEN; i++)
		if (l->open[i].id == id)
			return &l->open[i];
	return NULL;
}

static struct net_open *find_free(struct net_log *l)
{
	for (size_t i = 0; i < NET_OPEN; i++)
		if (!l->open[i].id)
			return &l->open[i];
	return NULL;
}

/* Of connections each has its own entry while there is room. */
int net_log_asked(struct net_log *l, struct spool *spool, const struct broker_report *r, bool is_named, int64_t now_ms,
		  struct error *err)
{
	struct net_open *o = find_free(l);
	struct net_entry *e = NULL;

	if (!o || find_open(l, r->id))
		return error_set(err, ERR_INTERNAL, "the network broker asks for a connection that it cannot have");
	*o = (struct net_open){ .id = r->id, .asked = true };
	memcpy(o->host, r->host, sizeof o->host);
	o->port = r->port;
	if (!is_named)
		return 0;
	e = new_entry(l, r, now_ms);
	if (e)
		e->asked = true;
	else
		e = find_like(l, r, true);
	if (!e) {
		l->untold++;
		return 0;
	}
	o->entry = e;
	e->count++;
	e->open++;
	return write_entry(l, spool, e, err);
}

bool net_log_find_asked(const struct net_log *l, struct broker_report *out)
{
	for (size_t i = 0; i < NET_OPEN; i++) {
		const struct net_open *o = &l->open[i];

		if (!o->id || !o->asked)
			continue;
		*out = (struct broker_report){ .id = o->id, .port = o->port };
		memcpy(out->host, o->host, sizeof out->host);
		return true;
	}
	return false;
}

/* Refused ones alike are one entry. */
int net_log_refused(struct net_log *l, struct spool *spool, const struct broker_report *r, int64_t now_ms, struct error *err)
{
	struct net_entry *e = find_like(l, r, false);

	if (!e) {
		e = new_entry(l, r, now_ms);
		if (!e) {
			l->untold++;
			return 0;
		}
		snprintf(e->address, sizeof e->address, "%s", r->address);
		snprintf(e->reason, sizeof e->reason, "%s", r->reason);
	}
	e->count++;
	e->unnamed = r->event == BROKER_DIALLED && r->verdict == DIAL_NOT_NAMED;
	if (e->count > 1 && now_ms - e->written_ms < NET_AGAIN_MS)
		return 0;
	e->written_ms = now_ms;
	return write_entry(l, spool, e, err);
}

/* It was asked for and is refused: its own entry makes room for the one of all refused ones alike. */
static int withdraw(struct net_log *l, struct spool *spool, struct net_entry *e, struct error *err)
{
	e->count--;
	e->open--;
	e->used = e->count > 0;
	return write_entry(l, spool, e, err);
}

int net_log_dialled(struct net_log *l, struct spool *spool, const struct broker_report *r, int64_t now_ms, struct error *err)
{
	struct net_open *o = find_open(l, r->id);
	struct net_entry *e = o ? o->entry : NULL;

	if (!o || !o->asked)
		return error_set(err, ERR_INTERNAL, "the network broker answers what nobody asked");
	o->asked = false;
	if (r->verdict != DIAL_CONNECTED)
		o->id = 0;
	if (dial_is_refusal((enum dial_verdict)r->verdict)) {
		if (net_log_refused(l, spool, r, now_ms, err) < 0)
			return -1;
		return e ? withdraw(l, spool, e, err) : 0;
	}
	if (!e)
		return 0;
	if (e->asked) {
		e->asked = false;
		e->allowed = true;
		snprintf(e->address, sizeof e->address, "%s", r->address);
		snprintf(e->reason, sizeof e->reason, "%s", r->reason);
	}
	e->open -= r->verdict != DIAL_CONNECTED;
	return write_entry(l, spool, e, err);
}

static uint64_t grown(uint64_t *known, uint64_t now)
{
	uint64_t by = now > *known && now < INT64_MAX ? now - *known : 0;

	*known += by;
	return by;
}

int net_log_moved(struct net_log *l, struct spool *spool, const struct broker_report *r, bool is_end, struct error *err)
{
	struct net_open *o = find_open(l, r->id);
	struct net_entry *e = o ? o->entry : NULL;

	if (o && is_end)
		o->id = 0;
	if (!e)
		return 0;
	/* Amounts are the proxy's word; it can only make them grow. */
	e->up += grown(&o->up, r->up);
	e->down += grown(&o->down, r->down);
	e->duration_ms += (int64_t)grown(&o->duration_ms, (uint64_t)r->duration_ms);
	if (is_end) {
		e->open--;
		if (r->reason[0])
			snprintf(e->reason, sizeof e->reason, "%s", r->reason);
	}
	return write_entry(l, spool, e, err);
}

/* NULL: it is not told by itself. */
static struct net_entry *find_entry(struct net_log *l, uint32_t id)
{
	struct net_open *o = find_open(l, id);

	return o && !o->asked ? o->entry : NULL;
}

int net_log_tls(struct net_log *l, struct spool *spool, const struct broker_report *r, struct error *err)
{
	struct net_entry *e = find_entry(l, r->id);

	if (!e)
		return 0;
	e->is_tls = true;
	e->hidden = r->verdict != 0;
	snprintf(e->tls, sizeof e->tls, "%s", r->host);
	return write_entry(l, spool, e, err);
}

int net_log_fronted(struct net_log *l, struct spool *spool, const struct broker_report *r, struct broker_report *out,
		    struct error *err)
{
	struct net_open *o = find_open(l, r->id);
	struct net_entry *e = find_entry(l, r->id);

	*out = (struct broker_report){ .event = BROKER_FRONTED };
	if (!o || o->asked)
		return 0;
	out->port = o->port;
	memcpy(out->host, o->host, sizeof out->host);
	if (r->host[0])
		snprintf(out->reason, sizeof out->reason, "its TLS hello names another host: %.150s", r->host);
	else
		snprintf(out->reason, sizeof out->reason, "%s", r->reason);
	if (!e)
		return 0;
	e->is_tls = true;
	/* One of several alike: they stay what they were. */
	e->allowed = e->allowed && e->count > 1;
	snprintf(e->tls, sizeof e->tls, "%s", r->host);
	snprintf(e->reason, sizeof e->reason, "%s", out->reason);
	return write_entry(l, spool, e, err);
}

void net_log_record(const struct net_log *l, struct jval *end)
{
	struct jval *list = jval_set(end, "network", jval_array());

	for (size_t i = 0; i < l->count; i++)
		if (l->entries[i].used)
			jval_push(list, entry_to_jval(&l->entries[i]));
	if (l->untold)
		jval_set_int(end, "network_more", (int64_t)l->untold);
}
