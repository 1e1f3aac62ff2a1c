/* Inside policy/: named time zones, from the bytes of their files (TZif, RFC 9636). */
#ifndef WB_POLICY_ZONE_H
#define WB_POLICY_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What holds in a zone at some time. */
struct zone_rule {
	int64_t offset; /* seconds east of UTC */
	char name[12];  /* "CET" */
};

/* The rule at a second of UTC since 1970. False when the bytes are not such a file. */
bool zone_at(const char *file, size_t len, int64_t utc, struct zone_rule *out);

#endif
