/*
 * What the supervisor knows of a run's connections, and when it is written: a
 * connection is in the run's spool before the run is told that it has it, so
 * that nothing was ever sent of which the record is silent. Private to
 * wb-supervisor.
 */
#ifndef WB_ENGINE_NET_LOG_H
#define WB_ENGINE_NET_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/jval.h"
#include "engine/broker.h"
#include "tracker/spool.h"

enum { NET_ENTRIES = 512 }; /* connections that are told one by one */

struct net_log;

struct net_log *net_log_new(void);
void net_log_free(struct net_log *l);
DEFINE_CLEANUP(net_log_free, struct net_log *);

/* All of these write: what they were told is handed to the kernel when they return 0. */

/*
 * A connection is asked for, before anybody dials. One that no rule names is written only when the dialer says so: all
 * of those that are alike have one entry. An identifier that is in use, or one connection too many, is an error.
 */
int net_log_asked(struct net_log *l, struct spool *spool, const struct broker_report *r, bool is_named, int64_t now_ms,
		  struct error *err) WB_MUST_CHECK;
/* One that nobody has answered yet; false: there is none. */
bool net_log_find_asked(const struct net_log *l, struct broker_report *out);

/* The dialer's decision about one that was asked for; about any other it is an error. */
int net_log_dialled(struct net_log *l, struct spool *spool, const struct broker_report *r, int64_t now_ms,
		    struct error *err) WB_MUST_CHECK;
/* The proxy refused it by itself. Equal ones are counted, and written once a second at most. */
int net_log_refused(struct net_log *l, struct spool *spool, const struct broker_report *r, int64_t now_ms,
		    struct error *err) WB_MUST_CHECK;
/* r->up and r->down are what the connection has moved until now; is_end: it moves no more. */
int net_log_moved(struct net_log *l, struct spool *spool, const struct broker_report *r, bool is_end,
		  struct error *err) WB_MUST_CHECK;

/* What the TLS hello of a connection named: r->host, "" for nobody. */
int net_log_tls(struct net_log *l, struct spool *spool, const struct broker_report *r, struct error *err) WB_MUST_CHECK;
/* The connection is denied after all, for what it began with. *out has its host and port, for the denial's words. */
int net_log_fronted(struct net_log *l, struct spool *spool, const struct broker_report *r, struct broker_report *out,
		    struct error *err) WB_MUST_CHECK;

/* Adds "network" and, where not all of them are told, "network_more". */
void net_log_record(const struct net_log *l, struct jval *end);

#endif
