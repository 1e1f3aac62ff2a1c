/* Layers of lost diode runs. */
#include "config.h"

#include "engine/settle.h"

#include "engine/kept.h"

enum { NEWEST = 100 };

static void settle_one(const struct store *s, struct tracker *t, const char *id)
{
	CLEANUP(run_release) struct run r;
	struct error ignored = { 0 };

	run_init(&r);
	if (tracker_get(t, id, &r, &ignored) < 0 || jval_type(jval_get(r.start, "diode")) != JVAL_OBJECT)
		return;
	if (kept_free(s, id, &ignored) < 0)
		error_clear(&ignored);
}

void settle_lost(const struct store *s, struct tracker *t, const struct tracker_synced *synced)
{
	const struct tracker_filter filter = { .filter = "status = 'LOST'", .limit = NEWEST, .with_deleted = true, .bare = true };
	CLEANUP(run_list_release) struct run_list list = { 0 };
	struct error ignored = { 0 };

	if (!synced->lost || tracker_list(t, &filter, &list, NULL, &ignored) < 0)
		return;
	for (size_t i = 0; i < list.count; i++)
		settle_one(s, t, list.items[i].id);
}
