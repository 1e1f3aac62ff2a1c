/* The host that a program could not reach, by the words it left; private to engine/explain*.c. */
#ifndef WB_ENGINE_EXPLAIN_HOST_H
#define WB_ENGINE_EXPLAIN_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/netrule.h"

/* The last one that is named. text is any bytes; out is normalised, *out_port is 0 where none is told. */
bool explain_host_find(const char *text, size_t n, char out[NETRULE_HOST], uint16_t *out_port);

#endif
