/*
 * What a power cut can leave that kill -9 cannot: a run's folder whose pending marker is gone, because a file system made
 * the one durable before the other. Such a run would never reach the database.
 */
#ifndef WB_TRACKER_BOOT_H
#define WB_TRACKER_BOOT_H

#include "tracker/core.h"

/*
 * Once after each start of this machine, which the store's file `boot` tells ("HOST BOOT-ID" a line): marks each run that
 * has a folder, no marker and no row in the database as pending, so that the next move judges it. What stands in the way
 * (somebody who may only read, a full disk) leaves it to the next call.
 */
void boot_settle(struct tracker *t);

#endif
