/* What both faces say of an explanation. */
#include "config.h"

#include "engine/explain.h"

#include <fcntl.h>
#include <sys/stat.h>

bool explain_outside(void *data, const char *path)
{
	struct statx st;

	(void)data;
	return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_TYPE, &st) == 0;
}

const char *explain_kind_title(enum explain_kind kind)
{
	static const char *const titles[EXPLAIN_KINDS] = {
		[EXPLAIN_SETUP] = "Before its start",
		[EXPLAIN_POLICY] = "Refused by policy",
		[EXPLAIN_LIMIT] = "Limits",
		[EXPLAIN_HIDDEN] = "Files that are not visible inside",
		[EXPLAIN_WRITE] = "Places that cannot be written",
		[EXPLAIN_NETWORK] = "Connections",
		[EXPLAIN_GPU] = "GPUs",
		[EXPLAIN_CALL] = "System calls",
		[EXPLAIN_OUTPUT] = "Not kept",
	};

	return titles[kind];
}

const char *explain_kind_advice(enum explain_kind kind)
{
	return kind == EXPLAIN_SETUP ? "next" : kind == EXPLAIN_POLICY ? "rule" : kind == EXPLAIN_LIMIT ? "more" : "allow";
}
