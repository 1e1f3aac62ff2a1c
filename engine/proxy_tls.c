/* What a tunnel begins with: a TLS hello must name the host that was asked for. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "engine/netaddr.h"
#include "engine/proxy_parts.h"
#include "engine/tls_hello.h"

/* A fatal alert, unrecognized_name (RFC 6066, 3): what the client's TLS library can say something about. */
static const char unrecognized_name[] = { 21, 3, 3, 0, 2, 2, 112 };

/* Nothing of what it said has gone on. */
static bool refuse(struct proxy *p, struct conn *c, enum broker_event event, const char *host, const char *reason)
{
	struct broker_report r = { .event = event, .id = c->id, .port = c->request.port };

	c->bytes_up = 0;
	snprintf(r.host, sizeof r.host, "%s", host);
	snprintf(r.reason, sizeof r.reason, "%s", reason);
	proxy_send(p, &r);
	proxy_report(p, BROKER_CLOSED, c, "");
	c->down.from = c->down.to = 0;
	flow_put(&c->down, unrecognized_name, sizeof unrecognized_name);
	conn_linger(p, c);
	return false;
}

/* Under an address there are hosts of all names. */
static bool may_name(const struct conn *c, const struct tls_hello *hello)
{
	struct netaddr address;

	return !hello->name[0] || strcmp(hello->name, c->request.host) == 0 || netaddr_parse(c->request.host, &address);
}

static void tell_name(struct proxy *p, struct conn *c, const struct tls_hello *hello)
{
	struct broker_report r = { .event = BROKER_TLS, .id = c->id };

	r.verdict = hello->has_hidden;
	memcpy(r.host, hello->name, sizeof r.host);
	proxy_send(p, &r);
}

bool conn_check_tls(struct proxy *p, struct conn *c)
{
	struct tls_hello hello;
	struct error err = { 0 };
	int rc = tls_hello_parse(c->up.data + c->up.from, flow_has(&c->up), &hello, &err);

	if (rc == 0 && flow_room(&c->up) == 0)
		return refuse(p, c, BROKER_FRONTED, "", "TLS does not begin with a hello of at most 16 KiB");
	if (rc == 0 && c->up.ended && flow_has(&c->up))
		return refuse(p, c, BROKER_FRONTED, "", "the TLS hello is cut off");
	if (rc == 0)
		return true;
	if (rc < 0)
		return refuse(p, c, BROKER_FRONTED, "", err.text);
	if (!may_name(c, &hello))
		return refuse(p, c, BROKER_FRONTED, hello.name, "");
	c->is_begun = true;
	if (hello.is_tls)
		tell_name(p, c, &hello);
	return true;
}
