/* A tunnel through the machine's own proxy, asked for by the dialer (engine/upstream.h). */
#ifndef WB_ENGINE_DIAL_VIA_H
#define WB_ENGINE_DIAL_VIA_H

#include <stdint.h>

#include "base/error.h"
#include "engine/upstream.h"

/*
 * fd is connected to the proxy, and does not block. 0: from its next byte on it leads to host and port; -1 with the
 * reason, in which there is nothing that the proxy wrote but its status.
 */
int dial_via(int fd, const struct upstream *u, const char *host, uint16_t port, struct error *err) WB_MUST_CHECK;

#endif
