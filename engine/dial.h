/* The broker's dialer (broker.h): from a host and a port to a connected socket, if the rules admit it. */
#ifndef WB_ENGINE_DIAL_H
#define WB_ENGINE_DIAL_H

#include "engine/broker.h"
#include "engine/upstream.h"

struct dial_setup {
	const struct netrule *rules;
	size_t rule_count;
	const struct upstream *upstream; /* the machine's own proxy; NULL: it has none */
	int fd; /* of the supervisor: requests from there, reports with the sockets there; the dialer ends with it */
};

/* Enters the cage and serves; never returns. One short-lived process a connection, so that none waits for another's names. */
_Noreturn void dial_main(const struct dial_setup *setup);

#endif
