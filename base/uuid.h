/* Run ids: UUIDv7 (RFC 9562 section 5.7) written as 32 lower-case hex characters, MLflow's form. */
#ifndef WB_BASE_UUID_H
#define WB_BASE_UUID_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/error.h"

struct uuid {
	char text[33];
};

/* Time-ordered and random. Fails only where the kernel gives no randomness. */
int uuid_new(const struct clock *clock, struct uuid *out, struct error *err) WB_MUST_CHECK;

/* True for exactly 32 lower-case hex characters. */
bool uuid_is_valid(const char *text);

#endif
