/*
 * Room that is set aside beside the database: on a full disk it is given up, so that what runs recorded can still be moved,
 * and runs deleted and collected, which is how a disk gets room again.
 */
#ifndef WB_TRACKER_RESERVE_H
#define WB_TRACKER_RESERVE_H

#include "tracker/core.h"

/* Sets it aside unless it is there; best effort. With the writer's lock held. */
void reserve_keep(struct tracker *t);

/* True when the error says that the disk is full, and there was something to give up: the work is worth a second try. */
bool reserve_spend(struct tracker *t, const struct error *err);

bool reserve_is_full(const struct error *err);

#endif
