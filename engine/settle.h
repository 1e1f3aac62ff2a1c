/* What a supervisor that was killed could not tidy up. */
#ifndef WB_ENGINE_SETTLE_H
#define WB_ENGINE_SETTLE_H

#include "store/store.h"
#include "tracker/tracker.h"

/*
 * After a sync: where it found runs lost, the layers of those that were diode runs are removed. Others stay until gc: they
 * may be all that is left of somebody's work. Best effort: gc comes by again.
 */
void settle_lost(const struct store *s, struct tracker *t, const struct tracker_synced *synced);

#endif
