/*
 * The broker's proxy (broker.h): serves HTTP CONNECT, plain HTTP and SOCKS 5 on
 * one listener inside the run's network namespace, and moves bytes between the
 * run and the sockets that the dialer hands over.
 */
#ifndef WB_ENGINE_PROXY_H
#define WB_ENGINE_PROXY_H

#include <stdint.h>

#include "engine/broker.h"

struct proxy_setup {
	int listen_fd;        /* non-blocking */
	int report_fd;        /* of the supervisor: reports there, answers and sockets from there; its end of file: the run
				 is over, send on what is there and end */
	uint64_t quota_bytes; /* up and down together; 0: none */
};

/* Enters the cage and serves; never returns. */
_Noreturn void proxy_main(const struct proxy_setup *setup);

#endif
